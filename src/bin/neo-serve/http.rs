//! One HTTP/1 request in, one reply out, over a plain connection that is closed after it.
//! Not the choice of what answers: that is `site`.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// The longest request head, as other servers have it.
const HEAD_BYTES: usize = 32 * 1024;
const HEADERS: usize = 100;
/// Far above what any page takes: the program refuses with a page of its own before this.
pub(crate) const BODY_BYTES: usize = 64 * 1024 * 1024;
/// A client that is slower than this over its whole request is hung up on: there are few workers.
const READING: Duration = Duration::from_secs(30);
const WRITING: Duration = Duration::from_secs(30);

/// A request as it came over the wire.
pub(crate) struct Incoming {
    pub(crate) method: String,
    /// The raw target: path and query.
    pub(crate) target: String,
    pub(crate) protocol: &'static str,
    /// Names in lower case; a name may come twice.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    /// `None` for a chunked body, which is left unread: its length is not known.
    pub(crate) body: Option<Vec<u8>>,
}

/// Why a request cannot be answered by a page of the site.
pub(crate) enum Unreadable {
    /// Nobody is there to answer.
    Gone,
    Broken,
    TooLarge,
}

/// What goes back.
pub(crate) struct Outgoing {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl Incoming {
    pub(crate) fn read(stream: &mut TcpStream) -> Result<Incoming, Unreadable> {
        let deadline = Instant::now() + READING;
        let mut received = Vec::new();
        let (mut incoming, head_length) = loop {
            match parse_head(&received)? {
                Some((_, length)) if length > HEAD_BYTES => return Err(Unreadable::Broken),
                Some(parsed) => break parsed,
                None if received.len() > HEAD_BYTES => return Err(Unreadable::Broken),
                None => {}
            }
            receive(stream, &mut received, HEAD_BYTES, deadline)?;
        };
        incoming.body = match incoming.body_length()? {
            None => None,
            Some(length) => {
                if length > received.len() - head_length && incoming.expects_continue() {
                    stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").map_err(|_| Unreadable::Gone)?;
                }
                while received.len() - head_length < length {
                    receive(stream, &mut received, length, deadline)?;
                }
                let mut body = received.split_off(head_length);
                body.truncate(length); // what follows would be a second request: there is none on this connection
                Some(body)
            }
        };
        Ok(incoming)
    }

    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_slice())
    }

    /// `None` if the body is chunked. Two lengths, or a length beside chunks, are somebody's trick.
    fn body_length(&self) -> Result<Option<usize>, Unreadable> {
        let chunked = self.header("transfer-encoding").is_some();
        let mut lengths = self.headers.iter().filter(|(name, _)| name == "content-length");
        let (first, second) = (lengths.next(), lengths.next());
        let length = match (first, second) {
            (None, _) if chunked => return Ok(None),
            (None, _) => return Ok(Some(0)),
            (Some((_, digits)), None) if !chunked && digits.iter().all(u8::is_ascii_digit) => digits,
            _ => return Err(Unreadable::Broken),
        };
        let length = std::str::from_utf8(length).unwrap_or_default();
        match length.parse::<usize>() {
            Ok(length) if length <= BODY_BYTES => Ok(Some(length)),
            _ if length.is_empty() => Err(Unreadable::Broken),
            _ => Err(Unreadable::TooLarge),
        }
    }

    fn expects_continue(&self) -> bool {
        self.header("expect").is_some_and(|value| value.eq_ignore_ascii_case(b"100-continue"))
    }
}

/// The request but for its body, and the length of the head; `None` if the head is not complete yet.
fn parse_head(received: &[u8]) -> Result<Option<(Incoming, usize)>, Unreadable> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(received) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(Unreadable::Broken),
    };
    let incoming = Incoming {
        method: request.method.unwrap_or_default().to_string(),
        target: request.path.unwrap_or_default().to_string(),
        protocol: if request.version == Some(0) { "HTTP/1.0" } else { "HTTP/1.1" },
        headers: request
            .headers
            .iter()
            .map(|header| (header.name.to_ascii_lowercase(), header.value.to_vec()))
            .collect(),
        body: None,
    };
    Ok(Some((incoming, length)))
}

/// Reads a little more, but never past the deadline.
fn receive(
    stream: &mut TcpStream,
    received: &mut Vec<u8>,
    wanted: usize,
    deadline: Instant,
) -> Result<(), Unreadable> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
        return Err(Unreadable::Gone);
    }
    let mut chunk = vec![0; wanted.clamp(4 * 1024, 64 * 1024)];
    match stream.read(&mut chunk) {
        Ok(0) => Err(Unreadable::Gone),
        Ok(length) => {
            received.extend(chunk.iter().take(length));
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
        Err(_) => Err(Unreadable::Gone),
    }
}

impl Outgoing {
    pub(crate) fn new(status: u16, reason: &str, content_type: &str, body: Vec<u8>) -> Outgoing {
        let headers = vec![("content-type".to_string(), content_type.as_bytes().to_vec())];
        Outgoing { status, reason: reason.to_string(), headers, body }
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Outgoing {
        self.headers.push((name.to_string(), value.as_bytes().to_vec()));
        self
    }

    /// Writes the reply and says goodbye, in a way that lets the client read all of it.
    pub(crate) fn write(self, stream: &mut TcpStream, head_only: bool) {
        let bodyless = head_only || matches!(self.status, 204 | 304);
        let mut bytes = format!("HTTP/1.1 {} {}\r\n", self.status, self.reason).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        if !bodyless {
            bytes.extend_from_slice(format!("content-length: {}\r\n", self.body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"connection: close\r\n\r\n");
        if !bodyless {
            bytes.extend_from_slice(&self.body);
        }
        let written = stream.set_write_timeout(Some(WRITING)).and_then(|()| stream.write_all(&bytes));
        if written.and_then(|()| stream.shutdown(Shutdown::Write)).is_ok() {
            drain(stream);
        }
    }
}

/// Takes in what the client is still sending, for a while: a connection that is closed with unread bytes is reset,
/// and the reply may be lost with it.
fn drain(stream: &mut TcpStream) {
    let until = Instant::now() + Duration::from_secs(2);
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return;
        }
        if matches!(stream.read(&mut chunk), Ok(0) | Err(_)) {
            return;
        }
    }
}
