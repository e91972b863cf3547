//! A scripted mail server on a real TCP port: it can refuse, hang, dribble, hang up and encrypt where told to.
//! Not a mock: the client under test speaks to it over the kernel's sockets.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use data_encoding::BASE64;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What the server does at a stage instead of its usual reply.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Say(String),
    SayAndClose(String),
    Close,
    /// Says nothing, and keeps the line open.
    Hang,
    /// Sends a reply that never ends, a byte at a time.
    Dribble,
    /// Sends without end and without a line end.
    Flood,
}

#[derive(Clone, Default)]
pub(crate) struct Script {
    pub(crate) pipelining: bool,
    pub(crate) tls: Option<Arc<ServerConfig>>,
    pub(crate) implicit: bool,
    pub(crate) auth: Option<&'static str>,
    /// Answers 354 though no recipient was accepted, as RFC 2920, 3.1 warns.
    pub(crate) data_without_recipients: bool,
    pub(crate) close_after_each_mail: bool,
    /// Takes recipients even after a refused sender.
    pub(crate) in_disorder: bool,
    /// Thinks so long about each mail before it answers the final dot.
    pub(crate) pause: Duration,
    pub(crate) acts: HashMap<(&'static str, usize), Act>,
    /// Recipients that are taken before the rest is refused with these words; a test gives more room as time goes by.
    pub(crate) room: Option<(Arc<AtomicI64>, &'static str)>,
    /// Recipients whose domain is refused with these words.
    pub(crate) refused_domains: Vec<(&'static str, &'static str)>,
}

impl Script {
    /// At the `count`th command of this kind, over all connections.
    pub(crate) fn on(mut self, stage: &'static str, count: usize, act: Act) -> Script {
        self.acts.insert((stage, count), act);
        self
    }

    pub(crate) fn on_all(self, stage: &'static str, act: Act) -> Script {
        self.on(stage, 0, act)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct TakenMail {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_encrypted: bool,
    /// Whether it was answered with 2xx.
    pub(crate) is_taken: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    pub(crate) connections: usize,
    /// Connections that go on.
    pub(crate) open: usize,
    /// Connections that ended before a word was said.
    pub(crate) refused_connections: usize,
    pub(crate) commands: Vec<String>,
    pub(crate) mails: Vec<TakenMail>,
    pub(crate) logins: Vec<(String, String)>,
    /// Recipients that were not taken for want of room or for their domain.
    pub(crate) refused: Vec<String>,
    /// How often DATA had come together with MAIL.
    pub(crate) pipelined: usize,
    /// How often the final dot had come together with the first line of the mail.
    pub(crate) whole_bodies: usize,
    counts: HashMap<String, usize>,
}

pub(crate) struct MailServer {
    pub(crate) port: u16,
    log: Arc<Mutex<Log>>,
}

impl MailServer {
    /// Serves until the test's process ends.
    pub(crate) fn start(script: Script) -> MailServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::new(Mutex::new(Log::default()));
        let shared = Arc::clone(&log);
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                let (script, log) = (script.clone(), Arc::clone(&shared));
                {
                    let mut log = log.lock().unwrap();
                    log.connections += 1;
                    log.open += 1;
                }
                std::thread::spawn(move || {
                    greet(socket.unwrap(), script, Arc::clone(&log));
                    log.lock().unwrap().open -= 1;
                });
            }
        });
        MailServer { port, log }
    }

    pub(crate) fn log(&self) -> Log {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn transport(&self) -> String {
        format!("smtp://127.0.0.1:{}?tls=none", self.port)
    }

    /// How many mails came so far, without copying them.
    pub(crate) fn count(&self) -> usize {
        self.log.lock().unwrap().mails.len()
    }

    /// Waits until nobody is connected: all that was said before a client died has been heard.
    pub(crate) fn wait_for_quiet(&self) {
        let end = std::time::Instant::now() + Duration::from_secs(20);
        while self.log.lock().unwrap().open > 0 {
            assert!(std::time::Instant::now() < end, "somebody stays connected");
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Waits until `count` mails have come.
    pub(crate) fn wait_for(&self, count: usize) {
        let end = std::time::Instant::now() + Duration::from_secs(20);
        while self.count() < count {
            assert!(std::time::Instant::now() < end, "{} mails instead of {count}", self.count());
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}

/// A self-signed certificate for `names` and its PEM form.
pub(crate) fn certificate(names: &[&str]) -> (Arc<ServerConfig>, String) {
    let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (Arc::new(config), made.cert.pem())
}

trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

fn greet(socket: TcpStream, script: Script, log: Arc<Mutex<Log>>) {
    socket.set_nodelay(true).unwrap();
    let mut conversation = Conversation {
        wire: Some(socket.try_clone().unwrap()),
        lines: BufReader::new(Box::new(socket)),
        script,
        log,
        is_encrypted: false,
    };
    if conversation.script.implicit && !conversation.encrypt() {
        conversation.log.lock().unwrap().refused_connections += 1;
        return;
    }
    if conversation.answer("connect", "220 mail.test ESMTP") {
        conversation.serve();
    }
}

struct Conversation {
    wire: Option<TcpStream>,
    lines: BufReader<Box<dyn Wire>>,
    script: Script,
    log: Arc<Mutex<Log>>,
    is_encrypted: bool,
}

impl Conversation {
    fn serve(&mut self) {
        let (mut from, mut to) = (String::new(), Vec::new());
        let mut has_sender = false;
        loop {
            let mut line = Vec::new();
            if !matches!(self.lines.read_until(b'\n', &mut line), Ok(1..)) {
                return;
            }
            let command = String::from_utf8_lossy(&line).trim_end().to_string();
            self.log.lock().unwrap().commands.push(command.clone());
            let inside = |text: &str| text.split_once('<').unwrap().1.trim_end_matches('>').to_string();
            let verb = command.split(' ').next().unwrap().to_uppercase();
            let goes_on = match verb.as_str() {
                "EHLO" => self.answer("EHLO", &self.offers()),
                "STARTTLS" => self.answer("STARTTLS", "220 go") && self.encrypt(),
                "AUTH" => self.sign_in(&command),
                "MAIL" => {
                    if find(self.lines.buffer(), b"DATA\r\n") {
                        self.log.lock().unwrap().pipelined += 1;
                    }
                    from = inside(&command);
                    to.clear();
                    let (goes_on, is_accepted) = self.answered("MAIL", "250 ok");
                    has_sender = is_accepted;
                    goes_on
                }
                "RCPT" if !has_sender && !self.script.in_disorder => {
                    self.say("503 MAIL first");
                    true
                }
                "RCPT" if self.refusal(&command).is_some() => {
                    let words = self.refusal(&command).unwrap();
                    self.log.lock().unwrap().refused.push(inside(&command));
                    self.say(words);
                    true
                }
                "RCPT" => {
                    if let Some((room, _)) = &self.script.room {
                        room.fetch_sub(1, Ordering::SeqCst);
                    }
                    let (goes_on, is_accepted) = self.answered("RCPT", "250 ok");
                    if is_accepted {
                        to.push(inside(&command));
                    }
                    goes_on
                }
                "DATA" if to.is_empty() && !self.script.data_without_recipients => {
                    self.say("503 no recipients");
                    true
                }
                "DATA" => {
                    let (goes_on, is_accepted) = self.answered("DATA", "354 go on");
                    goes_on && (!is_accepted || self.take(&from, std::mem::take(&mut to)))
                }
                "RSET" => self.answer("RSET", "250 ok"),
                "QUIT" => {
                    self.say("221 bye");
                    false
                }
                _ => {
                    self.say("500 what?");
                    true
                }
            };
            if !goes_on {
                return;
            }
        }
    }

    /// Why this recipient is not taken, if she is not.
    fn refusal(&self, command: &str) -> Option<&'static str> {
        let domains = &self.script.refused_domains;
        if let Some((_, words)) = domains.iter().find(|(domain, _)| command.contains(&format!("@{domain}>")))
        {
            return Some(words);
        }
        self.script
            .room
            .as_ref()
            .filter(|(room, _)| room.load(Ordering::SeqCst) <= 0)
            .map(|(_, words)| *words)
    }

    fn offers(&self) -> String {
        let mut lines = vec!["250-mail.test"];
        if self.script.tls.is_some() && !self.is_encrypted {
            lines.push("250-STARTTLS");
        }
        if self.script.pipelining {
            lines.push("250-PIPELINING");
        }
        let auth = self.script.auth.map(|auth| {
            if auth.starts_with('=') { format!("250-AUTH{auth}") } else { format!("250-AUTH {auth}") }
        });
        if let Some(auth) = auth.as_deref().filter(|_| self.is_encrypted || self.script.tls.is_none()) {
            lines.push(auth);
        }
        lines.push("250 8BITMIME");
        lines.join("\r\n")
    }

    fn sign_in(&mut self, command: &str) -> bool {
        let words: Vec<&str> = command.split(' ').collect();
        let decoded = |text: &str| String::from_utf8(BASE64.decode(text.as_bytes()).unwrap()).unwrap();
        let login = if words[1] == "PLAIN" {
            let secret = decoded(words[2]);
            let mut parts = secret.split('\0').skip(1).map(str::to_string);
            (parts.next().unwrap(), parts.next().unwrap())
        } else {
            let mut ask = |prompt: &str| {
                self.say(&format!("334 {}", BASE64.encode(prompt.as_bytes())));
                let mut line = String::new();
                self.lines.read_line(&mut line).unwrap();
                decoded(line.trim_end())
            };
            (ask("Your name:"), ask("Password:"))
        };
        self.log.lock().unwrap().logins.push(login);
        self.answer("AUTH", "235 ok")
    }

    fn take(&mut self, from: &str, to: Vec<String>) -> bool {
        let mut bytes = Vec::new();
        let mut is_first = true;
        loop {
            let mut line = Vec::new();
            if !matches!(self.lines.read_until(b'\n', &mut line), Ok(1..)) {
                return false;
            }
            if is_first && find(self.lines.buffer(), b"\r\n.\r\n") {
                self.log.lock().unwrap().whole_bodies += 1;
            }
            is_first = false;
            if line == b".\r\n" {
                break;
            }
            bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        let is_taken = self.act(".").is_none();
        let mail = TakenMail { from: from.to_string(), to, bytes, is_encrypted: self.is_encrypted, is_taken };
        let has_recipients = !mail.to.is_empty();
        self.log.lock().unwrap().mails.push(mail);
        std::thread::sleep(self.script.pause);
        let usual = if has_recipients { "250 2.0.0 taken" } else { "554 5.5.1 no recipients" };
        self.answer(".", usual) && !self.script.close_after_each_mail
    }

    fn encrypt(&mut self) -> bool {
        let config = self.script.tls.clone().unwrap();
        let socket = self.wire.take().unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), socket);
        while stream.conn.is_handshaking() {
            if stream.conn.complete_io(&mut stream.sock).is_err() {
                return false;
            }
        }
        self.lines = BufReader::new(Box::new(stream));
        self.is_encrypted = true;
        true
    }

    /// The act for the coming command of this kind.
    fn act(&self, stage: &'static str) -> Option<Act> {
        let count = self.log.lock().unwrap().counts.get(stage).copied().unwrap_or(0) + 1;
        let acts = &self.script.acts;
        acts.get(&(stage, count)).or_else(|| acts.get(&(stage, 0))).cloned()
    }

    fn answer(&mut self, stage: &'static str, usual: &str) -> bool {
        self.answered(stage, usual).0
    }

    /// Whether the conversation goes on, and whether the usual answer was given.
    fn answered(&mut self, stage: &'static str, usual: &str) -> (bool, bool) {
        let act = self.act(stage);
        *self.log.lock().unwrap().counts.entry(stage.to_string()).or_default() += 1;
        let Some(act) = act else {
            self.say(usual);
            return (true, true);
        };
        match act {
            Act::Say(text) => {
                self.say(&text);
                return (true, false);
            }
            Act::SayAndClose(text) => self.say(&text),
            Act::Close => {}
            Act::Hang => std::thread::sleep(Duration::from_secs(30)),
            Act::Dribble => {
                for byte in "250-".bytes().chain(std::iter::repeat_n(b'x', 3000)) {
                    if self.lines.get_mut().write_all(&[byte]).is_err() {
                        break;
                    }
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
            Act::Flood => while self.lines.get_mut().write_all(&[b'2'; 100_000]).is_ok() {},
        }
        (false, false)
    }

    fn say(&mut self, text: &str) {
        let wire = self.lines.get_mut();
        let _ = wire.write_all(format!("{text}\r\n").as_bytes()).and_then(|()| wire.flush());
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
