//! Sites on this machine that answer as a test says: well, wrongly, endlessly, or never. One port on every loopback address.
//! Not a real install: those are driven by tests/e2e.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a broken check may stop here"
)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

/// A call that arrived.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The loopback address that was called.
    pub ip: String,
    pub line: String,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
    pub at: Instant,
}

impl Heard {
    pub fn site(&self) -> &str {
        self.header("x-neo-site")
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
    pub fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or(Json::Null)
    }
}

/// What is said to it.
pub enum Say {
    /// An answer of a tick.
    Tick(Json),
    /// A status, further headers (each with its line end) and a body.
    Page(u16, &'static str, &'static str),
    /// These bytes and an end.
    Bytes(&'static [u8]),
    /// A good head, then zeros for as long as somebody reads.
    Endless,
    /// Header after header.
    EndlessHead,
    /// One byte of a good answer each second.
    Drip,
    /// Nothing, for so long.
    Silence(Duration),
}

/// An answer of an idle site that heard the newest feed.
pub fn idle(site: &str, now: i64) -> Json {
    tick(site, now + 86_400)
}

/// An answer of a site that wants to be called at `next`.
pub fn tick(site: &str, next: i64) -> Json {
    let next = neo::domain::calendar::rfc3339_utc(next);
    json!({ "run": 1, "source": "poller", "sent": 0, "deferred": 0, "failed": 0, "left": 0, "next_due": next,
        "stopped_by": null, "elapsed_ms": 3, "peak_rss_kib": 5000, "version": "0.9.0", "site": site, "trips": 1,
        "beats": { "cron": 1_795_481_000, "poller": 1_795_481_500 }, "key_valid_until": null, "feed_number": null,
        "wanted_clock": "poller", "broadcasts_waiting": 2 })
}

#[derive(Default)]
struct Shared {
    heard: Vec<Heard>,
    open: HashMap<String, usize>,
    most_at_once: usize,
    endless_bytes: usize,
}

pub struct Hostile {
    pub port: u16,
    shared: Arc<Mutex<Shared>>,
}

impl Hostile {
    /// Serves until the test's process ends.
    pub fn start(answer: impl Fn(&Heard) -> Say + Send + Sync + 'static) -> Hostile {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Mutex::new(Shared::default()));
        let (ours, answer) = (Arc::clone(&shared), Arc::new(answer));
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                let (shared, answer, socket) = (Arc::clone(&ours), Arc::clone(&answer), socket.unwrap());
                std::thread::spawn(move || {
                    let ip = socket.local_addr().unwrap().ip().to_string();
                    begin(&shared, &ip);
                    // A caller that hangs up is what many of these want.
                    let _ = serve(&socket, &ip, &shared, answer.as_ref());
                    *shared.lock().unwrap().open.get_mut(&ip).unwrap() -= 1;
                });
            }
        });
        Hostile { port, shared }
    }

    pub fn url(&self, ip: &str, path: &str) -> String {
        format!("http://{ip}:{}{path}", self.port)
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.shared.lock().unwrap().heard.clone()
    }

    /// Sites that were called since the last time, sorted.
    pub fn take_sites(&self) -> Vec<String> {
        let mut sites: Vec<String> =
            self.shared.lock().unwrap().heard.drain(..).map(|heard| heard.site().to_string()).collect();
        sites.sort();
        sites
    }

    /// The most calls that were open at one address at one time.
    pub fn most_at_once(&self) -> usize {
        self.shared.lock().unwrap().most_at_once
    }

    pub fn endless_bytes(&self) -> usize {
        self.shared.lock().unwrap().endless_bytes
    }

    /// Waits until so many calls have come.
    pub fn wait_for(&self, count: usize) {
        for _ in 0..600 {
            if self.heard().len() >= count {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{} calls came, not {count}", self.heard().len());
    }
}

fn begin(shared: &Mutex<Shared>, ip: &str) {
    let mut shared = shared.lock().unwrap();
    let open = shared.open.entry(ip.to_string()).or_default();
    *open += 1;
    let open = *open;
    shared.most_at_once = shared.most_at_once.max(open);
}

fn serve(
    mut socket: &TcpStream,
    ip: &str,
    shared: &Mutex<Shared>,
    answer: &(impl Fn(&Heard) -> Say + ?Sized),
) -> std::io::Result<()> {
    socket.set_read_timeout(Some(Duration::from_secs(20)))?;
    let heard = read(socket, ip)?;
    shared.lock().unwrap().heard.push(heard.clone());
    match answer(&heard) {
        Say::Tick(json) => {
            let body = json.to_string();
            write!(socket, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        }
        Say::Page(status, headers, body) => {
            write!(socket, "HTTP/1.1 {status} Said\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
        }
        Say::Bytes(bytes) => socket.write_all(bytes),
        Say::Endless => {
            socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            let piece = [b'0'; 16 * 1024];
            for _ in 0..100_000 {
                socket.write_all(&piece)?;
                shared.lock().unwrap().endless_bytes += piece.len();
            }
            Ok(())
        }
        Say::EndlessHead => {
            socket.write_all(b"HTTP/1.1 200 OK\r\n")?;
            (0..10_000_000).try_for_each(|number| write!(socket, "X-{number}: {}\r\n", "y".repeat(500)))
        }
        Say::Drip => {
            socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")?;
            for _ in 0..60 {
                socket.write_all(b" ")?;
                std::thread::sleep(Duration::from_secs(1));
            }
            Ok(())
        }
        Say::Silence(long) => {
            std::thread::sleep(long);
            Ok(())
        }
    }
}

fn read(socket: &TcpStream, ip: &str) -> std::io::Result<Heard> {
    let mut reader = BufReader::new(socket);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut headers = HashMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        match header.trim().split_once(':') {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.trim().to_string()),
            None => break,
        };
    }
    let length = headers.get("content-length").and_then(|text: &String| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Heard { ip: ip.to_string(), line: line.trim().to_string(), headers, body, at: Instant::now() })
}

/// A good site behind TLS with a certificate for `name`; its port and the certificate (PEM).
pub fn over_tls(name: &str, now: i64) -> (u16, String) {
    use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto, pki_types};
    let made = rcgen::generate_simple_self_signed(vec![name.to_string()]).unwrap();
    let key = pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, socket.unwrap());
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
            let Some(site) = head.split("x-neo-site: ").nth(1).and_then(|rest| rest.split("\r\n").next())
            else {
                continue; // who does not trust us says nothing
            };
            let body = idle(site, now).to_string();
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    (port, made.cert.pem())
}
