//! One bounded GET: over the connections and the TLS that mails use anyway, so no HTTP client is linked for it.
//! Not a browser: no redirects, no cookies, no compression; the vendor's folder is static files.
//!
//! HTTP/1.0 is spoken on purpose: a server must then send the body plainly, to the end of the connection or of the
//! announced length. The caller says how much it takes and by when; nothing is kept beyond that.

use std::path::Path;
use std::time::Instant;

use url::{Host, Url};

use super::connection::Connection;
use super::{reply::tidy, tls};
use crate::error::{Error, Result};
use crate::texts::{errors, link};

/// The longest head of an answer.
const HEAD_LIMIT: usize = 16 * 1024;

/// Reads `url`, at most `limit` bytes, until `deadline`; gives `take` the body piece by piece as it comes. The length is
/// given back. `private_ca`: a further authority to trust.
pub fn get(
    url: &Url,
    limit: u64,
    deadline: Instant,
    private_ca: Option<&Path>,
    take: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<u64> {
    get_from(url, 0, limit, deadline, private_ca, &mut |_, piece| take(piece))
}

/// The same from byte `from` on, where the server knows ranges; else from the beginning again. `take` is told where in
/// the file each piece begins; `limit` is that of the whole file.
pub fn get_from(
    url: &Url,
    from: u64,
    limit: u64,
    deadline: Instant,
    private_ca: Option<&Path>,
    take: &mut dyn FnMut(u64, &[u8]) -> Result<()>,
) -> Result<u64> {
    let mut connection = open(url, deadline, private_ca)?;
    connection.send(request(url, from).as_bytes()).map_err(|broken| unreachable(url, &broken.say()))?;
    let (head, mut piece) = read_to_body(&mut connection, url)?;
    let Head { starts, announced } = read_head(url, &head, from)?;
    let limit = limit.saturating_sub(starts);
    let too_large =
        || Error::invalid(errors::VENDOR_TOO_LARGE).with("limit", format!("{} KiB", limit / 1024));
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut received = 0;
    loop {
        let at = starts + received;
        received += piece.len() as u64;
        if received > limit {
            return Err(too_large());
        }
        take(at, &piece)?;
        if announced.is_some_and(|length| received >= length) {
            break;
        }
        piece = read_piece(&mut connection, url)?;
        if piece.is_empty() {
            break;
        }
    }
    match announced {
        // Cut short, or longer than announced.
        Some(length) if length != received => Err(odd(url)),
        _ => Ok(received),
    }
}

/// The head of the answer with its empty line, and what came of the body behind it.
fn read_to_body(connection: &mut Connection, url: &Url) -> Result<(Vec<u8>, Vec<u8>)> {
    let mut head = Vec::new();
    loop {
        if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            let first = head.split_off(end + 4);
            return Ok((head, first));
        }
        let piece = read_piece(connection, url)?;
        if piece.is_empty() || head.len() > HEAD_LIMIT {
            return Err(odd(url));
        }
        head.extend(piece);
    }
}

/// What has come by now; nothing at the end.
fn read_piece(connection: &mut Connection, url: &Url) -> Result<Vec<u8>> {
    let mut buffer = vec![0; 8 * 1024];
    let length = connection.read(&mut buffer).map_err(|why| unreachable(url, &why.to_string()))?;
    buffer.truncate(length);
    Ok(buffer)
}

fn open(url: &Url, deadline: Instant, private_ca: Option<&Path>) -> Result<Connection> {
    let failed = |why: String| unreachable(url, &why);
    let host = match url.host() {
        Some(Host::Ipv6(address)) => address.to_string(),
        Some(host) => host.to_string(),
        None => return Err(odd(url)),
    };
    let port = url.port_or_known_default().unwrap_or(443);
    let config = match url.scheme() {
        "https" => Some(tls::config(private_ca).map_err(failed)?),
        "http" => None,
        _ => return Err(odd(url)),
    };
    Connection::open(&host, port, config.as_ref(), deadline).map_err(failed)
}

fn request(url: &Url, from: u64) -> String {
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let range = if from > 0 { format!("Range: bytes={from}-\r\n") } else { String::new() };
    format!(
        "GET {}{query} HTTP/1.0\r\nHost: {}{port}\r\nUser-Agent: neo/{}\r\nAccept: */*\r\n{range}Connection: close\r\n\r\n",
        url.path(),
        url.host_str().unwrap_or_default(),
        crate::version::version(),
    )
}

struct Head {
    /// Where in the file the body begins.
    starts: u64,
    /// The length of the body.
    announced: Option<u64>,
}

/// What an answer says, if it is one whose body can be read as it is.
fn read_head(url: &Url, head: &[u8], from: u64) -> Result<Head> {
    let head = std::str::from_utf8(head).map_err(|_| odd(url))?;
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let is_http = words.next().is_some_and(|version| version.starts_with("HTTP/1."));
    let status = words.next();
    match status {
        Some("200") if is_http => {}
        Some("206") if is_http && from > 0 => {}
        Some("404" | "410") if is_http => return Err(Error::not_found(errors::VENDOR_FILE_MISSING)),
        Some(status) if is_http => return Err(unreachable(url, &format!("HTTP {status}"))),
        _ => return Err(odd(url)),
    }
    let (mut announced, mut starts) = (None, 0);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(odd(url));
        }
        if name.eq_ignore_ascii_case("content-range") && status == Some("206") {
            let begin = value.trim().strip_prefix("bytes ").and_then(|range| range.split_once('-'));
            starts = begin.and_then(|(begin, _)| begin.parse().ok()).ok_or_else(|| odd(url))?;
        }
        if name.eq_ignore_ascii_case("content-length") {
            let length: u64 = value.trim().parse().map_err(|_| odd(url))?;
            if announced.is_some_and(|other| other != length) {
                return Err(odd(url));
            }
            announced = Some(length);
        }
    }
    // A piece from elsewhere, or no word of where it is from.
    match status == Some("206") && starts != from {
        true => Err(odd(url)),
        false => Ok(Head { starts, announced }),
    }
}

fn unreachable(url: &Url, why: &str) -> Error {
    let host = url.host_str().unwrap_or_default();
    Error::busy(errors::VENDOR_UNREACHABLE).with("why", format!("{host}: {}", tidy(why)))
}

fn odd(url: &Url) -> Error {
    let host = url.host_str().unwrap_or_default();
    Error::busy(errors::VENDOR_UNREACHABLE).with("host", host).with("why", link::ODD_ANSWER)
}
