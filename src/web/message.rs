//! What a handler is given (Request) and what it gives back (Reply), free of CGI.
//! Not the reading of either from the environment: that is `gateway`.

use std::net::IpAddr;

use super::form::{Form, first};
use crate::error::Result;

/// How a page was asked for. `Other` is answered by the gateway (405) and never reaches a handler.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    #[default]
    Get,
    Head,
    Post,
    Other,
}

/// One request, checked as far as it can be without knowing the page.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: Method,
    /// What follows the program's own URL, %-decoded: starts with `/`, holds no control characters.
    pub path: String,
    /// The program's own URL path, %-encoded and ready for an `href`; starts with one `/` or is empty.
    pub script_name: String,
    /// What the web server calls itself, e.g. `Apache`.
    pub server_software: String,
    /// In the order given; a key may come twice.
    pub query: Vec<(String, String)>,
    pub content_type: String,
    pub body: Vec<u8>,
    pub cookies: Vec<(String, String)>,
    /// The peer of the web server, never a forwarding header's claim.
    pub remote_addr: Option<IpAddr>,
    /// At most 300 characters.
    pub user_agent: String,
    pub accept_language: String,
    pub origin: Option<String>,
    pub fetch_site: Option<String>,
    pub referer: Option<String>,
    /// What the client called this host. Never the base of a link in a mail: that is the `base_url` setting.
    pub host: String,
    pub https: bool,
    /// The `X-Neo-*` headers, names in lower case.
    pub neo_headers: Vec<(String, String)>,
}

impl Request {
    /// The submitted form (urlencoded or multipart); refuses text that is not UTF-8.
    pub fn form(&self) -> Result<Form<'_>> {
        Form::read(&self.content_type, &self.body)
    }

    /// The first cookie of this name.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        first(&self.cookies, name)
    }

    /// The first value of this key in the query.
    pub fn query_value(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }

    /// An `X-Neo-*` header by its whole name in lower case, e.g. `x-neo-site`.
    pub fn neo_header(&self, name: &str) -> Option<&str> {
        first(&self.neo_headers, name)
    }
}

/// One answer. There is room for one cookie, since the web server's side is given no more than one.
///
/// Header values must be printable ASCII and each name may come once; the gateway answers with the page of a fault
/// instead of sending anything else.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub headers: Vec<(&'static str, String)>,
    /// The value of the one `Set-Cookie`.
    pub cookie: Option<String>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn html(status: u16, page: String) -> Reply {
        Reply::bytes(status, "text/html; charset=utf-8", page.into_bytes())
    }

    pub fn text(status: u16, text: String) -> Reply {
        Reply::bytes(status, "text/plain; charset=utf-8", text.into_bytes())
    }

    pub fn json(status: u16, json: String) -> Reply {
        Reply::bytes(status, "application/json", json.into_bytes())
    }

    pub fn bytes(status: u16, content_type: &'static str, body: Vec<u8>) -> Reply {
        Reply { status, content_type, headers: Vec::new(), cookie: None, body }
    }

    /// Sends the browser on with a GET (303). The URL is absolute: a web server takes a bare path for itself.
    pub fn redirect(absolute_url: String) -> Reply {
        Reply::text(303, String::new()).with_header("location", absolute_url)
    }

    /// Sets a header; an earlier value of the same name gives way.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.push((name, value.into()));
        self
    }

    /// Sets the one cookie.
    pub fn with_cookie(mut self, cookie: impl Into<String>) -> Reply {
        self.cookie = Some(cookie.into());
        self
    }
}
