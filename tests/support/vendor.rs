//! A vendor for tests: its keys, what it signs, its calls, and its folder on a small web server that can misbehave.
//! Not a site: support/mod.rs.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use neo::link::activation::{self, Activation};
use neo::link::envelope::{Kind, seal};
use neo::link::feed::{Feed, News, Words};
use neo::link::index::{File, Index};
use neo::link::key::{KeyList, Role, SigningKey, TrustedKey};
use neo::link::tick_call::sign_call;
use neo::link::update::{Manifest, Safe};

use crate::support::{NOON, Page, Site};

pub(crate) const DAY: i64 = 86_400;

pub(crate) fn signing_key(number: u8) -> SigningKey {
    SigningKey::from_seed([number; 32]).unwrap()
}

pub(crate) struct Vendor {
    pub(crate) root: SigningKey,
    pub(crate) feed: SigningKey,
    pub(crate) release: SigningKey,
    pub(crate) activation: SigningKey,
    pub(crate) tick: SigningKey,
    pub(crate) list: KeyList,
}

impl Vendor {
    pub(crate) fn new() -> Vendor {
        let [root, feed, release, activation, tick] = [1, 2, 3, 4, 5].map(signing_key);
        let keys = [
            (&feed, Role::Feed),
            (&release, Role::Release),
            (&activation, Role::Activation),
            (&tick, Role::Tick),
        ];
        let keys = keys.iter().map(|(key, role)| TrustedKey::new(key.public(), &[*role])).collect();
        let list =
            KeyList { number: 1, issued_at: NOON, expires: NOON + 365 * DAY, keys, revoked: Vec::new() };
        Vendor { root, feed, release, activation, tick, list }
    }

    pub(crate) fn keys(&self) -> String {
        seal(Kind::Keys, &self.list, &self.root).unwrap()
    }

    pub(crate) fn feed_file(&self, number: i64) -> String {
        seal(Kind::Feed, &feed(number), &self.feed).unwrap()
    }

    pub(crate) fn manifest_file(&self, number: i64) -> String {
        let manifest = Manifest {
            number,
            issued_at: NOON,
            expires: NOON + 14 * DAY,
            version: format!("9.0.{number}"),
            released_at: NOON,
            security: false,
            notes: Words::default(),
            targets: Vec::new(),
            rollout_permille: 1000,
            halted: false,
            withdrawn: Vec::new(),
            safe: Safe::default(),
            test_seconds: 7 * DAY,
        };
        seal(Kind::Manifest, &manifest, &self.release).unwrap()
    }

    pub(crate) fn token(&self, key: &str, issued_at: i64) -> String {
        self.token_for(key, issued_at, None)
    }

    pub(crate) fn token_for(&self, key: &str, issued_at: i64, site: Option<&str>) -> String {
        let activation = Activation {
            key: key.to_string(),
            customer: "c1".to_string(),
            plan: "standard".to_string(),
            site: site.map(str::to_string),
            valid_until: NOON + 365 * DAY,
            issued_at,
        };
        activation::issue(&activation, &self.activation).unwrap()
    }

    /// The variables of a web server that was sent a call which this vendor signed.
    pub(crate) fn call(&self, site: &str, at: i64, nonce: &str, body: &str) -> Vec<(String, String)> {
        variables(&sign_call(site, at, nonce, body.as_bytes(), &self.tick))
    }
}

pub(crate) fn feed(number: i64) -> Feed {
    let news = News {
        id: format!("n{number}"),
        at: NOON,
        title: Words::new("お知らせ", "News"),
        text: Words::new("冬季休業のお知らせです。", "We are closed in winter."),
        url: None,
    };
    Feed { number, issued_at: NOON, expires: NOON + 14 * DAY, incidents: Vec::new(), news: vec![news] }
}

pub(crate) fn variables(headers: &[(&'static str, String)]) -> Vec<(String, String)> {
    let name = |name: &str| format!("HTTP_{}", name.to_ascii_uppercase().replace('-', "_"));
    headers.iter().map(|(header, value)| (name(header), value.clone())).collect()
}

/// Sends a call to the site's door.
pub(crate) fn send(site: &Site, variables: &[(String, String)], body: &str) -> Page {
    let mut all: Vec<(&str, &str)> = vec![("CONTENT_TYPE", "application/json")];
    all.extend(variables.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    site.request("POST", "/tick", Some(body), &all)
}

/// How the vendor's web server answers.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    Plain,
    /// Announces this many bytes and sends without end.
    Announcing(u64),
    /// Sends without end and announces nothing.
    Endless,
    /// One byte at a time, with this long between them.
    Slow(Duration),
    /// Exactly these bytes instead of an answer, for one file.
    Raw(&'static str, Vec<u8>),
    /// Takes the connection and says nothing.
    Silent,
}

/// The vendor's folder.
pub(crate) struct Folder {
    port: u16,
    state: Arc<State>,
}

struct State {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    manner: Mutex<Manner>,
    asked: Mutex<Vec<String>>,
    is_over: AtomicBool,
}

impl Folder {
    pub(crate) fn start() -> Folder {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            files: Mutex::default(),
            manner: Mutex::new(Manner::Plain),
            asked: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                if shared.is_over.load(Ordering::Relaxed) {
                    break;
                }
                let shared = Arc::clone(&shared);
                // A client that hangs up early is what the tests are about.
                std::thread::spawn(move || socket.map(|socket| answer(socket, &shared)));
            }
        });
        Folder { port, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/neo", self.port)
    }

    pub(crate) fn put(&self, path: &str, content: &str) {
        self.state.files.lock().unwrap().insert(format!("/neo/{path}"), content.as_bytes().to_vec());
    }

    pub(crate) fn behave(&self, manner: Manner) {
        *self.state.manner.lock().unwrap() = manner;
    }

    /// The paths that were asked for since the last question.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.state.asked.lock().unwrap())
    }

    /// Puts the keys, a feed and a manifest of these numbers there, and their index.
    pub(crate) fn publish(&self, vendor: &Vendor, number: i64) {
        let files = [
            ("keys.json", vendor.keys(), vendor.list.number),
            ("feed.json", vendor.feed_file(number), number),
            ("manifest.json", vendor.manifest_file(number), number),
        ];
        let listed = files
            .iter()
            .map(|(name, text, number)| ((*name).to_string(), File::of(*number, text.as_bytes())));
        let index = Index { number, issued_at: NOON, expires: NOON + 14 * DAY, files: listed.collect() };
        self.put("index.json", &seal(Kind::Index, &index, &vendor.feed).unwrap());
        for (name, text, _) in &files {
            self.put(name, text);
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn answer(mut socket: TcpStream, state: &State) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 1024];
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        let length = socket.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        request.extend_from_slice(&buffer[..length]);
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let path = request.split(' ').nth(1).unwrap_or_default().to_string();
    state.asked.lock().unwrap().push(path.clone());
    let manner = state.manner.lock().unwrap().clone();
    let file = state.files.lock().unwrap().get(&path).cloned();
    let flood = [b'['; 64 * 1024];
    match (manner, file) {
        (Manner::Raw(which, bytes), _) if path.ends_with(which) => socket.write_all(&bytes),
        (Manner::Silent, _) => {
            let _ = socket.read(&mut buffer)?;
            Ok(())
        }
        (Manner::Announcing(length), _) => {
            write!(socket, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n")?;
            (0..160_000).try_for_each(|_| socket.write_all(&flood))
        }
        (Manner::Endless, _) => {
            socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            (0..160_000).try_for_each(|_| socket.write_all(&flood))
        }
        (Manner::Slow(pause), Some(file)) => {
            write!(socket, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", file.len())?;
            file.iter().try_for_each(|byte| {
                std::thread::sleep(pause);
                socket.write_all(&[*byte])
            })
        }
        (_, Some(file)) => {
            write!(socket, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nX-Odd: a:b\r\n\r\n", file.len())?;
            socket.write_all(&file)
        }
        (_, None) => socket.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"),
    }
}
