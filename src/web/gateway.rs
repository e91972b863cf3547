//! The only place that knows CGI: reads the environment and the body, and writes one complete reply.
//! Not the choice of the page: that is `web::handle`.

use super::message::{Method, Reply, Request};
use crate::error::Fault;

/// Answers the one CGI request of this process.
///
/// * `body_cap` gives the most bytes that a body may have, by method and path.
/// * `handle` answers the request.
/// * `on_fault` logs a panic of `handle`, or a reply that cannot be sent, and gives the page with the incident number.
/// * `on_head` runs just before the first byte of the reply is written.
pub fn serve(
    _body_cap: impl Fn(Method, &str) -> usize,
    _handle: impl FnOnce(Request) -> Reply,
    _on_fault: impl FnOnce(Fault) -> Reply,
    _on_head: impl FnOnce(),
) {
}

/// Ends the reply: the web server sees its end and can finish, while this process does a little more work.
pub fn close_reply() {}
