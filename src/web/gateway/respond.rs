//! Turns a Reply into what the crate writes, and refuses one that it would cut short or that a server would misread.
//! Not the pages of handlers: here are only those that must work when nothing else does.

use cgi::http::header::{HeaderName, HeaderValue};
use cgi::http::{Response, StatusCode};
use maud::{DOCTYPE, html};

use super::request::Early;
use super::{Method, Reply};
use crate::texts::{Language, errors};

/// Web servers keep 8 KB for the whole head; one longer than that is a broken reply.
const HEAD_BYTES: usize = 8_000;
/// Ours to write, or the web server's.
const RESERVED: &[&str] =
    &["connection", "content-length", "content-type", "set-cookie", "status", "transfer-encoding"];

/// The reply in the crate's form, or why it cannot be sent.
pub(super) fn response(reply: Reply, method: Method) -> Result<cgi::Response, String> {
    let status = StatusCode::from_u16(reply.status)
        .ok()
        .filter(|status| reply.status >= 200 && status.canonical_reason().is_some())
        .ok_or_else(|| format!("{} is not a status of a reply", reply.status))?;
    let bodyless = method == Method::Head || matches!(reply.status, 204 | 304);
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;

    let mut head_bytes = 64; // the Status line
    let mut add = |name: &'static str, value: &str| {
        let field =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{name:?} is no header name"))?;
        let sent = HeaderValue::from_str(value)
            .ok()
            .filter(|sent| sent.to_str().is_ok()) // the crate panics at what is not ASCII
            .ok_or_else(|| format!("{name} cannot hold {value:?}"))?;
        if name.eq_ignore_ascii_case("location") && !is_absolute(value) {
            return Err(format!("{name} is not an absolute URL: {value:?}"));
        }
        head_bytes += name.len() + value.len() + 4;
        match response.headers_mut().insert(field, sent) {
            Some(_) => Err(format!("{name} is given twice")), // the crate would write one of them
            None => Ok(()),
        }
    };
    add("content-type", reply.content_type)?;
    if !bodyless {
        add("content-length", &reply.body.len().to_string())?;
    }
    if let Some(cookie) = &reply.cookie {
        add("set-cookie", cookie)?;
    }
    for (name, value) in &reply.headers {
        if RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
            return Err(format!("{name} is not for a handler to set"));
        }
        add(name, value)?;
    }
    if head_bytes > HEAD_BYTES {
        return Err(format!("the head has {head_bytes} bytes, {HEAD_BYTES} are allowed"));
    }
    if !bodyless {
        *response.body_mut() = reply.body;
    }
    Ok(response)
}

/// The reply to a request that no handler gets to see.
pub(super) fn early(early: &Early, language: Language, method: Method) -> cgi::Response {
    let (status, sentence, cap) = match early {
        Early::Broken => (400, errors::REQUEST_BROKEN, 0),
        Early::LengthRequired => (411, errors::LENGTH_REQUIRED, 0),
        Early::MethodNotAllowed => (405, errors::METHOD_NOT_ALLOWED, 0),
        Early::TooLarge { cap } => (413, errors::BODY_TOO_LARGE, *cap),
    };
    let said = sentence.text.with(language, &[("limit", &size(cap))]);
    let mut reply = page(status, language, &format!("{said} (E{})", sentence.number));
    if status == 405 {
        reply = reply.with_header("allow", "GET, HEAD, POST");
    }
    response(reply, method).unwrap_or_default()
}

/// The reply when even the page of a fault could not be made.
pub(super) fn last_resort(language: Language, method: Method) -> cgi::Response {
    let sentence = errors::FAULT;
    let said = sentence.text.with(language, &[("incident", &sentence.number.to_string())]);
    let mut sent = response(page(500, language, &said), method).unwrap_or_default();
    *sent.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    sent
}

fn page(status: u16, language: Language, said: &str) -> Reply {
    let page = html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (status) }
            }
            body { main { p { (said) } } }
        }
    };
    Reply::html(status, page.into_string())
        .with_header("cache-control", "no-store")
        .with_header("x-content-type-options", "nosniff")
}

fn is_absolute(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// A limit as people say it.
fn size(bytes: usize) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KB", bytes / 1_024),
        _ => format!("{} MB", bytes / 1_048_576),
    }
}
