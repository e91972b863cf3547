//! The promise that no mail is lost silently and none is sent twice silently, whatever ends the process.
//! Not power cuts: a kill leaves the page cache in place. The sink here counts every mail that it took.

#![cfg(test)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a broken check may stop here"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use neo::app::App;
use neo::clock::Clock;
use neo::domain::address::Address;
use neo::domain::consent::Circumstances;
use neo::domain::message::{Content, Kind};
use neo::domain::subscriber::{Fields, Name};
use neo::guard::Budget;
use neo::host::paths::DataFolder;
use neo::store::Writer;
use neo::store::membership::Request;

const NEO: &str = env!("CARGO_BIN_EXE_neo");
const READERS: i64 = 150;

/// To whom, and the bytes.
type Copy = (String, Vec<u8>);

/// A mail server that keeps every mail it took.
struct Sink {
    port: u16,
    taken: Arc<Mutex<Vec<Copy>>>,
}

impl Sink {
    fn start() -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&taken);
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().flatten().enumerate() {
                let kept = Arc::clone(&kept);
                // Every other connection offers PIPELINING: both ways of speaking are killed.
                std::thread::spawn(move || converse(stream, number % 2 == 0, &kept));
            }
        });
        Sink { port, taken }
    }

    /// What was taken, by Message-ID.
    fn by_message_id(&self) -> BTreeMap<String, Vec<Copy>> {
        let mut found: BTreeMap<String, Vec<Copy>> = BTreeMap::new();
        for (to, mail) in self.taken.lock().unwrap().iter() {
            let text = String::from_utf8_lossy(mail);
            let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap().to_string();
            found.entry(id).or_default().push((to.clone(), mail.clone()));
        }
        found
    }
}

/// One conversation. A mail counts as taken when its last dot is in, as with a real server, whether or not the reply
/// is still read by anybody.
fn converse(stream: TcpStream, pipelining: bool, taken: &Mutex<Vec<Copy>>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut out = stream.try_clone().ok()?;
    let mut lines = BufReader::new(stream);
    out.write_all(b"220 sink\r\n").ok()?;
    let mut to = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let reply: &[u8] = match line.get(..4).unwrap_or("").to_ascii_uppercase().as_str() {
            "EHLO" if pipelining => b"250-sink\r\n250 PIPELINING\r\n",
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or("").to_string();
                b"250 ok\r\n"
            }
            "DATA" => {
                out.write_all(b"354 go\r\n").ok()?;
                let mut mail = Vec::new();
                loop {
                    let start = mail.len();
                    if lines.read_until(b'\n', &mut mail).ok()? == 0 {
                        return None;
                    }
                    if &mail[start..] == b".\r\n" {
                        mail.truncate(start);
                        break;
                    }
                }
                taken.lock().unwrap().push((to.clone(), mail));
                b"250 taken\r\n"
            }
            "QUIT" => {
                let _ = out.write_all(b"221 bye\r\n");
                return None;
            }
            _ => b"250 ok\r\n",
        };
        out.write_all(reply).ok()?;
    }
}

/// A site with readers, in a folder that is removed at the end.
struct Site {
    folder: PathBuf,
    sink: Sink,
}

impl Site {
    fn new() -> Site {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("neo-crash-{}-{number}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("password"), "a quiet morning in May\n").unwrap();
        let site = Site { folder, sink: Sink::start() };
        let password = site.folder.join("password").display().to_string();
        let url = "http://127.0.0.1/neo.cgi";
        site.neo(&["setup", "--email", "o@example.jp", "--password-file", &password, "--base-url", url]);
        site.neo(&["setting", "set", "transport", &format!("smtp://127.0.0.1:{}?tls=none", site.sink.port)]);
        site.neo(&["list", "add", "news", "--from", "Shop <shop@example.jp>"]);
        site.import_sequence();
        site.add_readers();
        site
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(NEO);
        command.args(words).env_clear().env("NEO_DATA", self.folder.join("data"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn neo(&self, words: &[&str]) -> String {
        let output = self.command(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn tick(&self) -> Child {
        self.command(&["tick"]).spawn().unwrap()
    }

    /// Waits until the tick has handed a mail over, or has ended: from then on it is at work.
    fn wait_for_mail(&self, tick: &mut Child) {
        let before = self.sink.taken.lock().unwrap().len();
        while self.sink.taken.lock().unwrap().len() == before && tick.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn import_sequence(&self) {
        let file = self.folder.join("sequence.json");
        let step = r#"{"after_days":0,"at":"00:00","subject":"Welcome","text":"Hello {{ name }}"}"#;
        let plan = format!(r#"{{"name":"welcome","list":"news","start":{{"on":"join"}},"steps":[{step}]}}"#);
        std::fs::write(&file, plan).unwrap();
        self.neo(&["sequence", "import", &file.display().to_string()]);
    }

    fn open(&self) -> (App, Writer) {
        let folder = DataFolder::named(&self.folder.join("data")).unwrap();
        App::open(folder, Clock::machine(), Budget::unlimited()).unwrap()
    }

    fn add_readers(&self) {
        let (app, store) = self.open();
        let list = store.list_named("news").unwrap();
        let how = Circumstances { way: "command", ..Circumstances::default() };
        for number in 0..READERS {
            let request = Request {
                list: list.id,
                address: &Address::parse(&format!("reader{number}@example.jp")).unwrap(),
                name: &Name::parse("花子").unwrap(),
                fields: &Fields::new(),
                how: &how,
                form_version: None,
            };
            store.add_reader(&request, app.clock.now()).unwrap();
        }
    }

    fn add_broadcast(&self) {
        let (app, store) = self.open();
        let list = store.list_named("news").unwrap();
        let content = Content::parse("News", "{{ name }}様\nこんにちは", "").unwrap();
        let message = store.add_message(Kind::Broadcast, list.id, &content, app.clock.now()).unwrap();
        store.add_broadcast(message, Some(app.clock.now())).unwrap();
    }

    /// The ledger adds up, by its counters and by its rows. Returns how many mails still wait.
    fn check_ledger(&self, when: &str) -> i64 {
        let (_, store) = self.open();
        let (counted, scanned) = (store.whole_ledger().unwrap(), store.ledger_by_scan().unwrap());
        assert_eq!(counted.rows(), counted.audience, "{when}: {counted:?}");
        assert!(counted.sending + counted.unsure <= 1 + scanned.unsure, "{when}: {counted:?}");
        assert!(scanned.sending <= 1, "{when}: more than one mail was in hand: {scanned:?}");
        assert_eq!((counted.sent, counted.failed), (scanned.sent, scanned.failed), "{when}");
        counted.queued + counted.deferred + counted.sending
    }

    /// Ticks until nothing waits.
    fn finish(&self) {
        for _ in 0..100 {
            let mut tick = self.tick();
            assert!(tick.wait().unwrap().success());
            let (_, store) = self.open();
            if self.check_ledger("at the end") == 0 && store.unwritten_broadcast().unwrap().is_none() {
                return;
            }
        }
        panic!("it never ends");
    }

    /// Nobody was skipped; no more second copies than `most`, each the same mail to the same reader.
    fn check_copies(&self, most: usize) -> usize {
        let (_, store) = self.open();
        let ledger = store.whole_ledger().unwrap();
        assert_eq!(ledger.sent + ledger.unsure, ledger.audience, "{ledger:?}");
        let taken = self.sink.by_message_id();
        let mut second = 0;
        for (id, copies) in &taken {
            assert!(copies.iter().all(|copy| copy == &copies[0]), "{id} came with different bytes");
            second += copies.len() - 1;
        }
        let (sent, unsure) = (usize::try_from(ledger.sent).unwrap(), usize::try_from(ledger.unsure).unwrap());
        assert!(taken.len() >= sent && taken.len() <= sent + unsure, "{} mails for {ledger:?}", taken.len());
        assert!(second <= most, "{second} second copies by {most} kills");
        second
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// xorshift: the same kills for the same seed, which stands in every message.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn seed() -> u64 {
    std::env::var("NEO_CRASH_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_124)
}

fn kills() -> usize {
    std::env::var("NEO_CRASH_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(300)
}

/// Kills that many ticks, each at a random instant, and looks at the ledger after each.
fn kill_often(site: &Site, times: usize) {
    let mut chance = Chance(seed());
    for number in 0..times {
        if site.check_ledger(&format!("seed {}, kill {number}", seed())) == 0 {
            site.add_broadcast();
        }
        let mut tick = site.tick();
        std::thread::sleep(Duration::from_micros(chance.below(60_000)));
        tick.kill().unwrap();
        tick.wait().unwrap();
    }
}

fn send_signal(child: &Child, signal: &str) {
    let number = child.id().to_string();
    let _ = Command::new("kill").args(["-s", signal, &number]).stderr(Stdio::null()).status();
}

#[test]
fn kills_at_any_instant_skip_nobody_and_repeat_at_most_the_mail_in_hand() {
    let site = Site::new();
    kill_often(&site, kills());
    site.finish();
    site.check_copies(kills());
}

#[test]
fn the_limit_signals_end_a_tick_as_a_kill_does_and_say_so_in_the_log() {
    let site = Site::new();
    let mut chance = Chance(seed());
    let mut tripped = 0;
    for number in 0..60 {
        while site.check_ledger(&format!("signal {number}")) < READERS {
            site.add_broadcast();
            // Brings the audience into the ledger, so that the next tick has work from its start.
            let mut tick = site.tick();
            site.wait_for_mail(&mut tick);
            tick.kill().unwrap();
            tick.wait().unwrap();
        }
        let mut tick = site.tick();
        site.wait_for_mail(&mut tick);
        std::thread::sleep(Duration::from_micros(chance.below(5_000)));
        send_signal(&tick, ["XCPU", "ALRM", "SEGV", "ABRT"][number % 4]);
        let status = tick.wait().unwrap();
        // A tick that had ended before is none that was cut off.
        tripped += usize::from(status.code() == Some(75));
    }
    assert!(tripped >= 20, "only {tripped} ticks were cut off: the test proves little");
    let log = std::fs::read_to_string(site.folder.join("data/guard.log")).unwrap();
    assert_eq!(log.lines().count(), tripped, "{log}");
    site.finish();
    site.check_copies(kills());
}

#[test]
fn sigterm_finishes_the_mail_in_hand_and_leaves_none_unsure() {
    let site = Site::new();
    let mut chance = Chance(seed());
    for number in 0..40 {
        if site.check_ledger(&format!("term {number}")) == 0 {
            site.add_broadcast();
        }
        let mut tick = site.tick();
        std::thread::sleep(Duration::from_micros(15_000 + chance.below(40_000)));
        send_signal(&tick, "TERM");
        tick.wait().unwrap();
        let (_, store) = site.open();
        let ledger = store.ledger_by_scan().unwrap();
        assert_eq!((ledger.sending, ledger.unsure), (0, 0), "after SIGTERM {number}: {ledger:?}");
    }
    site.finish();
    assert_eq!(site.check_copies(0), 0);
}

#[test]
fn held_rows_are_never_sent_twice() {
    let site = Site::new();
    site.neo(&["setting", "set", "unsure", "hold"]);
    kill_often(&site, 80);
    site.finish();
    assert_eq!(site.check_copies(0), 0);
}
