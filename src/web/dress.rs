//! What every page is sent with: the policy of its content, and what keeps tokens out of other sites' logs.
//! Not the choice of the page: handle.

use super::message::Reply;

/// Headers that every page has. A handler may have set its own.
pub fn dress(mut reply: Reply) -> Reply {
    const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; \
                          frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";
    let headers = [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        // Tokens stay out of other sites' logs, and the browser still sends `Origin` with our own forms.
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cache-control", "no-store"),
    ];
    for (name, value) in headers {
        if !reply.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            reply = reply.with_header(name, value);
        }
    }
    reply
}
