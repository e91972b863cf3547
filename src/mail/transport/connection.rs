//! A line to a mail server: bytes out, replies in, each within a deadline, plain or encrypted.
//! Not the conversation: that is `smtp`.
//!
//! lettre's own client cannot be used here: it speaks in lock-step, leaves Nagle's algorithm on (40 ms a mail against
//! a server that delays its ACKs), and restarts its timeout with each byte that a slow server sends.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::reply::{Line, Reply, parse_line, tidy};
use super::tls;

const REPLY_LIMIT: usize = 64 * 1024;
const SLACK: Duration = Duration::from_millis(250);

/// Why the line is of no more use.
#[derive(Debug)]
pub(super) enum Broken {
    /// The server closed it before the first byte of a reply.
    Closed(String),
    /// Anything else: too slow, cut off, not SMTP.
    Failed(String),
}

impl Broken {
    pub(super) fn say(&self) -> String {
        match self {
            Broken::Closed(why) | Broken::Failed(why) => tidy(why),
        }
    }
}

pub(super) struct Connection {
    stream: Stream,
    /// Bytes that came and were not read as a reply yet.
    inbox: Vec<u8>,
    host: String,
}

enum Stream {
    Plain(Timed),
    Encrypted(Box<StreamOwned<ClientConnection, Timed>>),
    /// Between the two, for the length of one function.
    Changing,
}

impl Connection {
    /// Opens a line to `host`, encrypted from the first byte if `config` is given.
    pub(super) fn open(
        host: &str,
        port: u16,
        config: Option<&Arc<ClientConfig>>,
        deadline: Instant,
    ) -> Result<Connection, String> {
        let socket = Timed::connect(host, port, deadline).map_err(|why| format!("{host}:{port}: {why}"))?;
        let mut connection =
            Connection { stream: Stream::Plain(socket), inbox: Vec::new(), host: host.to_string() };
        if let Some(config) = config {
            connection.encrypt(config)?;
        }
        Ok(connection)
    }

    /// Encrypts the line; what the server sent ahead in the clear is an injection (CVE-2011-0411) and ends it.
    pub(super) fn encrypt(&mut self, config: &Arc<ClientConfig>) -> Result<(), String> {
        if !self.inbox.is_empty() {
            return Err("the server spoke before the encryption".to_string());
        }
        let session = tls::session(config, &self.host)?;
        let Stream::Plain(socket) = std::mem::replace(&mut self.stream, Stream::Changing) else {
            return Err("the line is encrypted already".to_string());
        };
        let mut stream = StreamOwned::new(session, socket);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).map_err(|why| format!("TLS: {why}"))?;
        }
        self.stream = Stream::Encrypted(Box::new(stream));
        Ok(())
    }

    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self.stream, Stream::Encrypted(_))
    }

    /// All reading and writing from here on has to end by `deadline`.
    pub(super) fn set_deadline(&mut self, deadline: Instant) {
        if let Some(socket) = self.stream.socket() {
            socket.deadline = deadline;
        }
    }

    /// Sends `bytes` in one write, so that they leave in as few packets as possible.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        self.stream.write_all(bytes).and_then(|()| self.stream.flush()).map_err(|why| {
            let is_closed = matches!(why.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset);
            if is_closed { Broken::Closed(why.to_string()) } else { Broken::Failed(why.to_string()) }
        })
    }

    /// The next bytes as they come; none at the end of the line. Not for a line on which replies are read.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.stream.read(buffer) {
            // A TLS server that closes without close_notify: who reads to the end has a length or a hash to check.
            Err(why) if why.kind() == ErrorKind::UnexpectedEof => Ok(0),
            other => other,
        }
    }

    /// Waits for one whole reply.
    pub(super) fn reply(&mut self) -> Result<Reply, Broken> {
        let mut lines = Vec::new();
        let mut size = 0;
        loop {
            let line = self.line(lines.is_empty())?;
            size += line.text.len() + 4;
            if size > REPLY_LIMIT {
                return Err(Broken::Failed("the reply is too long".to_string()));
            }
            lines.push(line.text);
            if line.is_last {
                return Ok(Reply { code: line.code, lines });
            }
        }
    }

    fn line(&mut self, is_first: bool) -> Result<Line, Broken> {
        let mut searched = 0;
        loop {
            let fresh = self.inbox.get(searched..).unwrap_or_default();
            if let Some(at) = fresh.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.inbox.drain(..=searched + at).collect();
                return parse_line(&line).ok_or_else(|| {
                    Broken::Failed(format!("not SMTP: {}", tidy(&String::from_utf8_lossy(&line))))
                });
            }
            searched = self.inbox.len();
            if searched > REPLY_LIMIT {
                return Err(Broken::Failed("the reply is too long".to_string()));
            }
            self.fill(is_first && searched == 0)?;
        }
    }

    fn fill(&mut self, nothing_came: bool) -> Result<(), Broken> {
        let mut chunk = [0; 4096];
        let broken = |why: String| if nothing_came { Broken::Closed(why) } else { Broken::Failed(why) };
        match self.stream.read(&mut chunk) {
            Ok(0) => Err(broken("the server closed the connection".to_string())),
            Ok(length) => {
                self.inbox.extend_from_slice(chunk.get(..length).unwrap_or_default());
                Ok(())
            }
            // A TLS server that closes without close_notify is an unexpected end; SMTP's own replies are framed.
            Err(why) if matches!(why.kind(), ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof) => {
                Err(broken(why.to_string()))
            }
            Err(why) => Err(Broken::Failed(why.to_string())),
        }
    }
}

impl Stream {
    fn socket(&mut self) -> Option<&mut Timed> {
        match self {
            Stream::Plain(socket) => Some(socket),
            Stream::Encrypted(stream) => Some(&mut stream.sock),
            Stream::Changing => None,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.read(buffer),
            Stream::Encrypted(stream) => stream.read(buffer),
            Stream::Changing => Err(ErrorKind::NotConnected.into()),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.write(bytes),
            Stream::Encrypted(stream) => stream.write(bytes),
            Stream::Changing => Err(ErrorKind::NotConnected.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(socket) => socket.flush(),
            Stream::Encrypted(stream) => stream.flush(),
            Stream::Changing => Err(ErrorKind::NotConnected.into()),
        }
    }
}

/// A socket whose reads and writes end by a deadline, however slowly the other side goes.
struct Timed {
    socket: TcpStream,
    deadline: Instant,
    /// The time-out that the kernel has now; setting it anew for each read would double the system calls.
    armed: Option<Duration>,
}

impl Timed {
    fn connect(host: &str, port: u16, deadline: Instant) -> io::Result<Timed> {
        let addresses: Vec<SocketAddr> = (host, port).to_socket_addrs()?.take(8).collect();
        let mut last = io::Error::new(ErrorKind::NotFound, "no address");
        let mut left = u32::try_from(addresses.len()).unwrap_or(1);
        for address in addresses {
            // A black hole behind the first address (IPv6 often is one) must leave time for the next.
            let share = remaining(deadline)? / left;
            left = left.saturating_sub(1).max(1);
            match TcpStream::connect_timeout(&address, share) {
                Ok(socket) => {
                    socket.set_nodelay(true)?;
                    return Ok(Timed { socket, deadline, armed: None });
                }
                Err(why) => last = why,
            }
        }
        Err(last)
    }

    fn arm(&mut self) -> io::Result<()> {
        let remaining = remaining(self.deadline)?;
        if self.armed.is_none_or(|armed| armed.abs_diff(remaining) > SLACK) {
            self.socket.set_read_timeout(Some(remaining))?;
            self.socket.set_write_timeout(Some(remaining))?;
            self.armed = Some(remaining);
        }
        Ok(())
    }

    /// Repeats `act` until it says something else than "not yet", or the deadline comes.
    fn until_deadline(
        &mut self,
        mut act: impl FnMut(&mut TcpStream) -> io::Result<usize>,
    ) -> io::Result<usize> {
        loop {
            self.arm()?;
            match act(&mut self.socket) {
                Err(why)
                    if matches!(
                        why.kind(),
                        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                    ) => {}
                result => return result,
            }
        }
    }
}

fn remaining(deadline: Instant) -> io::Result<Duration> {
    let remaining = deadline.saturating_duration_since(Instant::now());
    if remaining < Duration::from_millis(1) {
        return Err(io::Error::new(ErrorKind::TimedOut, "the server did not answer in time"));
    }
    Ok(remaining)
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.until_deadline(|socket| socket.read(buffer))
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.until_deadline(|socket| socket.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
