//! The portal: what customers and staff see of the fleet, as one CGI request per page on NEO's own web layer.
//! Not the work itself: keys, incidents and releases have modules of their own, and the command line does the rest.

mod access;
mod account;
mod audit;
mod customer;
mod flow;
mod incidents;
mod login;
mod overview;
mod page;
mod releases;
mod routes;
mod sites;
mod totp;

pub use access::key_file;
pub use flow::serve;
