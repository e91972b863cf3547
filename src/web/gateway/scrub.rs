//! Takes what the client wrote out of the process environment, before the crate `cgi` and any child can meet it.
//! Not the reading of it: `request` does that, from the copy that is kept here.
#![expect(
    unsafe_code,
    reason = "changing the environment is unsafe while other threads read it; there are none yet"
)]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use super::Method;

/// What the crate copies into headers, or reads as the URL or the protocol.
const READ_BY_THE_CRATE: &[&str] = &[
    "AUTH_TYPE",
    "CONTENT_LENGTH",
    "CONTENT_TYPE",
    "GATEWAY_INTERFACE",
    "PATH_INFO",
    "PATH_TRANSLATED",
    "QUERY_STRING",
    "REMOTE_ADDR",
    "REMOTE_HOST",
    "REMOTE_IDENT",
    "REMOTE_USER",
    "REQUEST_METHOD",
    "REQUEST_URI",
    "REQUEST_URL",
    "SCRIPT_NAME",
    "SCRIPT_URI",
    "SCRIPT_URL",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "SERVER_SOFTWARE",
];

/// A copy of the environment as the web server gave it: bytes, since a client can send any.
pub(super) struct Variables(BTreeMap<OsString, OsString>);

impl Variables {
    /// Copies the environment and leaves in the process only what neither the crate nor a child can misread.
    pub(super) fn take() -> Variables {
        let variables = Variables(std::env::vars_os().collect());
        for (name, value) in &variables.0 {
            let keep = match (name.to_str(), value.to_str()) {
                // All headers go: HTTP_PROXY would be obeyed by children, HTTP_X_CGI_REMOTE_ADDR passes for the
                // server's word, HTTP_ has no name left.
                (Some(name), Some(_)) => !name.starts_with("HTTP_") && !READ_BY_THE_CRATE.contains(&name),
                // The crate asks for all variables as text, and panics at one that is not.
                _ => false,
            };
            if !keep && !name.as_bytes().contains(&b'=') {
                // SAFETY: the process has one thread until the request is answered.
                unsafe { std::env::remove_var(name) };
            }
        }
        variables
    }

    /// The bytes of a variable; `None` if it is missing.
    pub(super) fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.0.get(std::ffi::OsStr::new(name)).map(|value| value.as_bytes())
    }

    /// The names and bytes of all variables.
    pub(super) fn all(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()))
    }
}

/// Tells the crate of a request that it cannot misread: the checked length of the body, and a URL of no meaning, for
/// without one it would make one of the path of the executable.
pub(super) fn announce(length: usize, method: Method) {
    let method = match method {
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Get | Method::Other => "GET",
    };
    for (name, value) in
        [("REQUEST_METHOD", method), ("REQUEST_URI", "/"), ("CONTENT_LENGTH", &length.to_string())]
    {
        // SAFETY: the process has one thread until the request is answered.
        unsafe { std::env::set_var(name, value) };
    }
}
