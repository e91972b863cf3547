//! Pages: what comes in over HTTP and what goes out.
//! Not the sending of mail: that is `mail`.

/// The fields of a submitted form.
pub mod form;
/// The only place that knows CGI: environment in, one reply out.
pub mod gateway;
/// What a handler is given and what it gives back.
pub mod message;
