//! A site in a temporary folder, run by the real executable as cron runs it.
//! Not the owner's browser: support/owner.rs.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use neo::app::App;
use neo::clock::Clock;
use neo::domain::address::Address;
use neo::domain::consent::Circumstances;
use neo::domain::id::{ListId, MessageId};
use neo::domain::message::{Content, Kind};
use neo::domain::subscriber::{Fields, Name};
use neo::guard::Budget;
use neo::host::paths::DataFolder;
use neo::store::Writer;
use neo::store::membership::Request;
use serde_json::Value;

pub(crate) struct Site {
    folder: PathBuf,
    /// Where the program's clock stands; `None`: the machine's.
    pub(crate) now: Option<i64>,
}

impl Site {
    /// Set up with one list, `news`, and mails handed over at `transport`.
    pub(crate) fn new(transport: &str) -> Site {
        Site::at(transport, None)
    }

    /// The same with a clock that stands at `now`.
    pub(crate) fn at(transport: &str, now: Option<i64>) -> Site {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("neo-site-{}-{number}", std::process::id()));
        std::fs::create_dir_all(folder.join("data")).unwrap();
        std::fs::write(folder.join("password"), "a long sentence is a good password\n").unwrap();
        let site = Site { folder, now };
        let password = site.path("password");
        let base = "https://shop.example.jp/neo.cgi";
        site.neo(&[
            "setup",
            "--email",
            "owner@example.jp",
            "--password-file",
            password.to_str().unwrap(),
            "--base-url",
            base,
        ]);
        site.neo(&["list", "add", "news", "--from", "さくら堂 <news@example.jp>"]);
        for (key, value) in [
            ("transport", transport),
            ("sender_name", "さくら堂"),
            ("sender_address", "東京都千代田区1-1"),
            ("sender_contact", "03-0000-0000"),
        ] {
            site.neo(&["setting", "set", key, value]);
        }
        site
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_neo"));
        command.env("NEO_DATA", self.data()).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        match self.now {
            Some(now) => command.env("NEO_TESTING_NOW", now.to_string()),
            None => command.env_remove("NEO_TESTING_NOW"),
        };
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command, which must succeed.
    pub(crate) fn neo(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {:?} {said}", output.status);
        String::from_utf8(output.stdout).unwrap().trim().to_string()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.neo(arguments)).unwrap()
    }

    pub(crate) fn tick(&self) -> serde_json::Value {
        self.json(&["tick", "--json"])
    }

    /// A second handle on the site's database.
    pub(crate) fn store(&self) -> Writer {
        Writer::open(&self.data().join("neo.sqlite"), Box::new(|| false)).unwrap()
    }

    pub(crate) fn clock(&self) -> i64 {
        self.now.unwrap_or_else(|| Clock::machine().now())
    }

    /// `reader1@example.jp` and so on, who have agreed.
    pub(crate) fn add_readers(&self, count: usize) {
        let store = self.store();
        let added = store.transaction(|| {
            for number in 1..=count {
                let address = Address::parse(&format!("reader{number}@example.jp"))?;
                let how = Circumstances { way: "command", ..Circumstances::default() };
                let request = Request {
                    list: ListId(1),
                    address: &address,
                    name: &Name::parse("花子")?,
                    fields: &Fields::default(),
                    how: &how,
                    form_version: None,
                };
                store.add_reader(&request, self.clock())?;
            }
            Ok(())
        });
        added.unwrap();
    }

    /// A broadcast to all readers that is due now.
    pub(crate) fn broadcast(&self, subject: &str) -> MessageId {
        let store = self.store();
        let content = Content::parse(subject, "{{ name }} 様、こんにちは。\n", "").unwrap();
        let added = store.transaction(|| {
            let message = store.add_message(Kind::Broadcast, ListId(1), &content, self.clock())?;
            store.add_broadcast(message, Some(self.clock()))?;
            Ok(message)
        });
        added.unwrap()
    }

    /// A sequence `welcome` whose steps are (day, hour, subject).
    pub(crate) fn sequence(&self, steps: &[(i64, &str, &str)]) {
        let steps: Vec<_> = steps
            .iter()
            .map(|(day, at, subject)| {
                serde_json::json!({ "after_days": day, "at": at, "subject": subject, "text": "こんにちは" })
            })
            .collect();
        let file = serde_json::json!({
            "name": "welcome", "list": "news", "start": { "on": "join" }, "steps": steps
        });
        std::fs::write(self.path("welcome.json"), file.to_string()).unwrap();
        self.neo(&["sequence", "import", self.path("welcome.json").to_str().unwrap()]);
    }
}

impl Site {
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    /// Ticks at `now`, where the clock then stands.
    pub(crate) fn tick_at(&mut self, now: i64) -> Value {
        self.now = Some(now);
        self.tick()
    }

    /// The ledger's counts by their words; they must add up.
    pub(crate) fn ledger(&self, message: &str) -> BTreeMap<String, i64> {
        let printed = self.json(&["ledger", message, "--json"]);
        let counts: BTreeMap<String, i64> = serde_json::from_value(printed).unwrap();
        let rows: i64 = counts.iter().filter(|(state, _)| *state != "audience").map(|(_, count)| count).sum();
        assert_eq!(rows, counts["audience"], "the ledger does not add up: {counts:?}");
        counts
    }

    /// The counters tell what a scan of the rows tells.
    pub(crate) fn check_counters(&self) {
        const SCAN: &str = "select message_id, state, count(*) from deliveries group by 1, 2";
        const COUNTERS: &str = "select message_id, state, count from delivery_counts where count <> 0";
        for (one, other) in [(SCAN, COUNTERS), (COUNTERS, SCAN)] {
            let different = self.number(&format!("select count(*) from ({one} except {other})"));
            assert_eq!(different, 0, "counters and rows differ");
        }
    }

    /// The site as the program sees it.
    pub(crate) fn open(&self) -> (App, Writer) {
        let folder = DataFolder::named(&self.data()).unwrap();
        App::open(folder, Clock::standing_at(self.clock()), Budget::unlimited()).unwrap()
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.data().join("neo.sqlite")
    }

    /// A plain handle on the database, to look at what no public function shows.
    #[expect(
        clippy::disallowed_methods,
        reason = "the test looks at the file, not at the store's word for it"
    )]
    pub(crate) fn sqlite(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.database()).unwrap()
    }

    /// The one number that a query gives.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.sqlite().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Readers with these addresses, who have agreed.
    pub(crate) fn add(&self, addresses: &[impl AsRef<str>]) {
        let store = self.store();
        let how = Circumstances { way: "command", ..Circumstances::default() };
        let add = |address: &str| {
            let request = Request {
                list: ListId(1),
                address: &Address::parse(address)?,
                name: &Name::parse("花子")?,
                fields: &Fields::default(),
                how: &how,
                form_version: None,
            };
            store.add_reader(&request, self.clock()).map(|_| ())
        };
        store.transaction(|| addresses.iter().try_for_each(|address| add(address.as_ref()))).unwrap();
    }

    /// The reader presses the button of the unsubscribe page.
    pub(crate) fn leave(&self, address: &str) {
        let store = self.store();
        let reader = store.subscription_of(ListId(1), &Address::parse(address).unwrap()).unwrap().unwrap();
        let how = Circumstances { way: "link", ..Circumstances::default() };
        assert!(store.leave(reader.id, &how, self.clock()).unwrap());
    }

    /// A broadcast that is due now, of a text that neither page nor command has checked.
    pub(crate) fn unchecked_broadcast(&self, text: &str) -> String {
        let store = self.store();
        let content = Content { subject: "B".to_string(), text: text.to_string(), html: String::new() };
        let added = store.transaction(|| {
            let message = store.add_message(Kind::Broadcast, ListId(1), &content, self.clock())?;
            store.add_broadcast(message, Some(self.clock()))?;
            Ok(message)
        });
        added.unwrap().to_string()
    }

    /// Whether the database file is whole and its references hold.
    pub(crate) fn check_integrity(&self) {
        let connection = self.sqlite();
        let verdict: String = connection.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
        let is_broken = connection.prepare("pragma foreign_key_check").unwrap().exists([]).unwrap();
        assert!(!is_broken, "a reference leads nowhere");
    }

    /// What lies in the data folder is what should, and nobody holds the tick's lock.
    pub(crate) fn check_no_leftovers(&self) {
        const OURS: [&str; 6] =
            ["guard.log", "hash-0.lock", "hash-1.lock", "neo.key", "neo.sqlite", "tick.lock"];
        for entry in std::fs::read_dir(self.data()).unwrap().map(|entry| entry.unwrap()) {
            let name = entry.file_name().into_string().unwrap();
            // A truncated journal stays, empty.
            let is_empty_journal = name == "neo.sqlite-journal" && entry.metadata().unwrap().len() == 0;
            // Whole files that are kept for some days; nothing that was begun.
            let is_store = ["backups", "imports"].contains(&name.as_str());
            assert!(OURS.contains(&name.as_str()) || is_empty_journal || is_store, "left over: {name}");
            for file in is_store.then(|| std::fs::read_dir(entry.path()).unwrap()).into_iter().flatten() {
                let name = file.unwrap().file_name().into_string().unwrap();
                assert!(name.ends_with(".sqlite") || name.ends_with(".csv"), "left over: {name}");
            }
        }
        let lock = std::fs::File::open(self.data().join("tick.lock")).unwrap();
        let free = rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive);
        assert!(free.is_ok(), "somebody holds the tick's lock");
    }

    /// Adds the line that the brake writes when it cuts a tick off.
    pub(crate) fn note_trip(&self, stage: &str, item: i64) {
        let line = format!(
            "{} pid=4711 tripped=memory signal=SIGABRT flow=cron stage={stage} item={item} peak_rss_kib=130000 cpu_ms=900 elapsed_ms=1500\n",
            self.clock()
        );
        let path = self.data().join("guard.log");
        let mut log = std::fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
        log.write_all(line.as_bytes()).unwrap();
    }

    /// One request, as a web server runs it: its status and the whole reply.
    pub(crate) fn request(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        cgi(self.command(&[]), method, path, body)
    }
}

/// Runs `command`, whose environment names the data folder, as a CGI program.
pub(crate) fn cgi(mut command: Command, method: &str, path: &str, body: &str) -> (u16, String) {
    command
        .env("GATEWAY_INTERFACE", "CGI/1.1")
        .env("REQUEST_METHOD", method)
        .env("SCRIPT_NAME", "/neo.cgi")
        .env("PATH_INFO", path)
        .env("QUERY_STRING", "")
        .env("HTTP_HOST", "shop.example.jp")
        .env("REMOTE_ADDR", "192.0.2.1")
        .env("HTTP_ACCEPT_LANGUAGE", "en");
    if method == "POST" {
        command.env("CONTENT_TYPE", "application/x-www-form-urlencoded");
        command.env("CONTENT_LENGTH", body.len().to_string());
    }
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    // A program that does not read what it was sent is no failure.
    let _ = child.stdin.take().unwrap().write_all(body.as_bytes());
    let output = child.wait_with_output().unwrap();
    let reply = String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n");
    let said = String::from_utf8_lossy(&output.stderr);
    let (head, _) = reply.split_once("\n\n").unwrap_or_else(|| panic!("{method} {path}: {reply} {said}"));
    let status =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("status: ").map(str::to_string));
    (status.map_or(200, |status| status[..3].parse().unwrap()), reply)
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
