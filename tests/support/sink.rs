//! A mail server on a real TCP port that takes everything and counts it: what a reader would find in her mailbox.
//! Not a scripted one that refuses: support/mail_server.rs.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// One mail for one recipient; taken as soon as its final dot was read, whether or not the answer arrived.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Copy {
    pub(crate) to: String,
    pub(crate) bytes: Vec<u8>,
}

impl Copy {
    pub(crate) fn header(&self, name: &str) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        let head = text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let found = head.split("\r\n").find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_string())
        });
        found.unwrap_or_else(|| panic!("no {name} in {head}"))
    }
}

#[derive(Default)]
struct Shared {
    copies: Mutex<Vec<Copy>>,
    taken: AtomicUsize,
    open: AtomicUsize,
    accepted: AtomicUsize,
    is_silent: AtomicBool,
}

pub(crate) struct Sink {
    port: u16,
    shared: Arc<Shared>,
}

impl Sink {
    /// Serves until the test's process ends.
    pub(crate) fn start() -> Sink {
        Sink::offering(|_| true)
    }

    /// Offers PIPELINING to every other connection only, so that both ways of speaking are met.
    pub(crate) fn of_both_kinds() -> Sink {
        Sink::offering(|number| number % 2 == 0)
    }

    fn offering(pipelining: fn(usize) -> bool) -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let ours = Arc::clone(&shared);
        std::thread::spawn(move || {
            for (number, socket) in listener.incoming().enumerate() {
                let shared = Arc::clone(&ours);
                shared.open.fetch_add(1, SeqCst);
                shared.accepted.fetch_add(1, SeqCst);
                std::thread::spawn(move || {
                    // A client that was killed resets the line: that ends a conversation like any other.
                    let _ = serve(&socket.unwrap(), pipelining(number), &shared);
                    shared.open.fetch_sub(1, SeqCst);
                });
            }
        });
        Sink { port, shared }
    }

    pub(crate) fn transport(&self) -> String {
        format!("smtp://127.0.0.1:{}?tls=none", self.port)
    }

    pub(crate) fn copies(&self) -> Vec<Copy> {
        self.shared.copies.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.shared.taken.load(SeqCst)
    }

    /// From now on mails are taken, but the answer to the final dot waits until this is over.
    pub(crate) fn be_silent(&self, is_silent: bool) {
        self.shared.is_silent.store(is_silent, SeqCst);
    }

    /// Waits until more than `count` mails were taken.
    pub(crate) fn wait_for_more_than(&self, count: usize) {
        wait(|| self.count() > count, "no mail came");
    }

    /// Waits until every conversation is over: what a dead client had still sent is read by then.
    pub(crate) fn settle(&self) {
        // The kernel may hold a connection that was not accepted yet: ours comes after it in the queue.
        let before = self.shared.accepted.load(SeqCst);
        drop(TcpStream::connect(("127.0.0.1", self.port)).unwrap());
        wait(|| self.shared.accepted.load(SeqCst) > before, "the sink is dead");
        wait(|| self.shared.open.load(SeqCst) == 0, "a conversation does not end");
    }
}

fn wait(mut is_there: impl FnMut() -> bool, or: &str) {
    let end = Instant::now() + Duration::from_secs(20);
    while !is_there() {
        assert!(Instant::now() < end, "{or}");
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn serve(socket: &TcpStream, pipelining: bool, shared: &Shared) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let mut lines = BufReader::new(socket.try_clone()?);
    let say = |text: &str| (&mut &*socket).write_all(text.as_bytes());
    let mut to = Vec::new();
    say("220 sink ESMTP\r\n")?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" if pipelining => say("250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n")?,
            "EHLO" => say("250-sink\r\n250 8BITMIME\r\n")?,
            "RCPT" => {
                to.push(line.split(['<', '>']).nth(1).unwrap_or_default().to_string());
                say("250 ok\r\n")?;
            }
            "DATA" => {
                say("354 go on\r\n")?;
                let Some(bytes) = read_mail(&mut lines)? else { return Ok(()) };
                let mut copies = shared.copies.lock().unwrap();
                copies.extend(to.drain(..).map(|to| Copy { to, bytes: bytes.clone() }));
                shared.taken.store(copies.len(), SeqCst);
                drop(copies);
                while shared.is_silent.load(SeqCst) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                say("250 taken\r\n")?;
            }
            "QUIT" => return say("221 bye\r\n"),
            _ => say("250 ok\r\n")?,
        }
    }
}

/// `None` when the line broke before the final dot: such a mail never was.
fn read_mail(lines: &mut impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        if line == b".\r\n" {
            return Ok(Some(bytes));
        }
        bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
