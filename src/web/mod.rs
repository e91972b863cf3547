//! Pages: what comes in over HTTP and what goes out. One request is one call of `handle`.
//! Not the sending of mail: that is `mail`.

/// The gate: who may do what; proof values come only from here.
pub mod access;
/// Pages of the owner, one file per noun.
pub mod admin;
/// One request on its way through a handler.
pub mod call;
/// Headers that every page has.
pub mod dress;
/// Fields of readers, as they are typed.
pub mod field_input;
/// The fields of a submitted form.
pub mod form;
/// The only place that knows CGI: environment in, one reply out.
pub mod gateway;
/// What a handler is given and what it gives back.
pub mod message;
/// How a path fits a line of a sitemap.
pub mod path;
/// Pages of readers, one file per page.
pub mod public;
/// The sitemap: method, path, who may, handler.
pub mod routes;
/// How every page looks.
pub mod view;

mod handle;
mod serve;
pub use call::Surroundings;
pub use handle::handle;
pub use serve::serve;
