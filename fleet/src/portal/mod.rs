//! The portal: what customers and staff see of the fleet, as one CGI request per page on NEO's own web layer.
//! Not the work itself: keys, incidents and releases have modules of their own, and the command line does the rest.

/// The gate: who is signed in, and what she may see.
pub mod access;
/// One's own page.
pub mod account;
/// Who did what.
pub mod audit;
/// News, keys and downloads.
pub mod customer;
/// One request from end to end.
pub mod flow;
/// Incidents, and the day's report.
pub mod incidents;
/// Signing in and out.
pub mod login;
/// The fleet at a glance.
pub mod overview;
/// What all pages have in common.
pub mod page;
/// The day board.
pub mod releases;
/// The sitemap.
pub mod routes;
/// The list of sites.
pub mod sites;
/// The second factor.
pub mod totp;

pub use access::key_file;
pub use flow::serve;
