//! Reads the request from the web server's variables, and refuses what must not reach a handler.
//! Not the body: the crate reads that, once its length is known to be sane.

use super::scrub::Variables;
use super::{Method, Request};
use crate::texts::Language;

/// The longest User-Agent that is kept.
const USER_AGENT_CHARACTERS: usize = 300;
/// More cookies than any page of ours sets.
const COOKIES: usize = 64;

/// Why a request is answered without a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Early {
    /// The path, the length or the body is not what it says (400).
    Broken,
    /// The body has no announced length (411).
    LengthRequired,
    /// Neither GET, HEAD nor POST (405).
    MethodNotAllowed,
    /// The body is longer than this page takes (413).
    TooLarge { cap: usize },
}

/// The request without its body, and the length of the body that is to be read.
pub(super) fn read(
    variables: &Variables,
    body_cap: impl Fn(Method, &str) -> usize,
) -> Result<(Request, usize), (Early, Method)> {
    let method = method(variables);
    let refused = |early| (early, method);
    if method == Method::Other {
        return Err(refused(Early::MethodNotAllowed));
    }
    let path = path(variables).ok_or(refused(Early::Broken))?;
    let cap = body_cap(method, &path);
    let length = body_length(variables, cap).map_err(refused)?;
    Ok((request(variables, method, path), length))
}

/// The language of a reply that no handler makes.
pub(super) fn language(variables: &Variables) -> Language {
    spoken(&text(variables, "HTTP_ACCEPT_LANGUAGE"))
}

/// The language of an `Accept-Language` header, or the default.
pub(super) fn spoken(accept_language: &str) -> Language {
    Language::accepted(accept_language).unwrap_or_default()
}

fn method(variables: &Variables) -> Method {
    match variables.bytes("REQUEST_METHOD") {
        Some(b"GET") => Method::Get,
        Some(b"HEAD") => Method::Head,
        Some(b"POST") => Method::Post,
        _ => Method::Other,
    }
}

/// PATH_INFO: bytes that the server has %-decoded, so anything may be in it.
fn path(variables: &Variables) -> Option<String> {
    let path = std::str::from_utf8(variables.bytes("PATH_INFO").unwrap_or_default()).ok()?;
    match path {
        "" => Some("/".to_string()),
        path if path.starts_with('/') && !path.contains(char::is_control) => Some(path.to_string()),
        _ => None,
    }
}

/// How many bytes to read: exactly as many as announced, and none before they are known to be few enough.
fn body_length(variables: &Variables, cap: usize) -> Result<usize, Early> {
    let digits = content_length(variables);
    if digits.is_empty() {
        return if is_chunked(variables) { Err(Early::LengthRequired) } else { Ok(0) };
    }
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(Early::Broken);
    }
    let length = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<usize>().ok());
    match length {
        Some(length) if length <= cap => Ok(length),
        _ => Err(Early::TooLarge { cap }), // longer than the cap, or than a number can say
    }
}

/// How many bytes lie in wait if the request is refused; `None` if only their end can tell.
pub(super) fn announced(variables: &Variables) -> Option<u64> {
    let digits = content_length(variables);
    if digits.is_empty() && !is_chunked(variables) {
        return Some(0);
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn content_length(variables: &Variables) -> &[u8] {
    variables.bytes("CONTENT_LENGTH").unwrap_or_default()
}

/// A body without a length: some servers announce a chunked one so.
fn is_chunked(variables: &Variables) -> bool {
    variables.bytes("HTTP_TRANSFER_ENCODING").is_some_and(|coding| !coding.is_empty())
}

fn request(variables: &Variables, method: Method, path: String) -> Request {
    let header = |name: &str| variables.bytes(name).map(clean);
    Request {
        method,
        path,
        script_name: url_path(variables.bytes("SCRIPT_NAME").unwrap_or_default()),
        server_software: text(variables, "SERVER_SOFTWARE"),
        query: serde_urlencoded::from_bytes(variables.bytes("QUERY_STRING").unwrap_or_default())
            .unwrap_or_default(),
        content_type: text(variables, "CONTENT_TYPE"),
        body: Vec::new(),
        cookies: cookies(variables),
        remote_addr: text(variables, "REMOTE_ADDR")
            .parse::<std::net::IpAddr>()
            .ok()
            .map(|address| address.to_canonical()),
        user_agent: text(variables, "HTTP_USER_AGENT").chars().take(USER_AGENT_CHARACTERS).collect(),
        accept_language: text(variables, "HTTP_ACCEPT_LANGUAGE"),
        origin: header("HTTP_ORIGIN"),
        fetch_site: header("HTTP_SEC_FETCH_SITE"),
        referer: header("HTTP_REFERER"),
        host: host(variables),
        https: https(variables),
        neo_headers: neo_headers(variables),
    }
}

/// Only the web server's own word counts: a forwarding header can be written by anyone.
fn https(variables: &Variables) -> bool {
    let says = |name: &str, words: &[&str]| {
        let value = text(variables, name).to_ascii_lowercase();
        words.contains(&value.as_str())
    };
    says("HTTPS", &["on", "1"])
        || says("REDIRECT_HTTPS", &["on", "1"])
        || says("REQUEST_SCHEME", &["https"])
        || says("SERVER_PORT", &["443"])
}

fn cookies(variables: &Variables) -> Vec<(String, String)> {
    text(variables, "HTTP_COOKIE")
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .take(COOKIES)
        .collect()
}

/// The headers of a signed tick call. One that is not text would not match its signature: it is left out.
fn neo_headers(variables: &Variables) -> Vec<(String, String)> {
    variables
        .all()
        .filter_map(|(name, value)| {
            let name = std::str::from_utf8(name.strip_prefix(b"HTTP_")?).ok()?;
            let name = name.to_ascii_lowercase().replace('_', "-");
            name.starts_with("x-neo-").then_some(())?;
            Some((name, std::str::from_utf8(value).ok()?.trim().to_string()))
        })
        .collect()
}

/// The host as the client called it. Only nginx hands it on without its port (on purpose, in its fastcgi_params); the
/// port that it listens on is then the best guess, unless TLS ends in front of it. Another server's port says nothing:
/// a proxy in front of it may have one of its own.
fn host(variables: &Variables) -> String {
    let host = text(variables, "HTTP_HOST");
    let port = text(variables, "SERVER_PORT");
    let has_port =
        host.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let is_telling =
        !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && port != "80" && port != "443";
    let is_nginx = text(variables, "SERVER_SOFTWARE").starts_with("nginx");
    match host.is_empty() || has_port || !is_nginx || !is_telling || https(variables) {
        true => host,
        false => format!("{host}:{port}"),
    }
}

/// SCRIPT_NAME is %-decoded too; links need it encoded again. One leading slash: two would name another host.
fn url_path(decoded: &[u8]) -> String {
    let from = decoded.iter().position(|byte| *byte != b'/').unwrap_or(decoded.len());
    let Some(rest) = decoded.get(from..).filter(|rest| !rest.is_empty()) else { return String::new() };
    let mut path = "/".to_string();
    for byte in rest {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                path.push(char::from(*byte));
            }
            odd => path.push_str(&format!("%{odd:02X}")),
        }
    }
    path
}

/// A variable as text; "" if it is missing.
fn text(variables: &Variables, name: &str) -> String {
    clean(variables.bytes(name).unwrap_or_default())
}

/// Text without control characters; bytes that are not UTF-8 become U+FFFD.
fn clean(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().chars().filter(|character| !character.is_control()).collect()
}
