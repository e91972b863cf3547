//! The owner of a fresh site at her browser: every page is one run of the real executable, as a web server runs it.
//! Not the sign-in page, which has its own tests: her session is written into the database.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use neo::domain::id::UserId;
use neo::domain::token::sha256;
use neo::store::Writer;

pub(crate) const ADDRESS: &str = "sakura@sakurado.example.jp";
/// 2026-11-23 15:00 in Japan.
pub(crate) const NOON: i64 = 1_795_413_600;

pub(crate) struct Owner {
    folder: PathBuf,
    now: Cell<i64>,
    token: RefCell<String>,
    csrf: RefCell<String>,
}

pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Page {
    /// The path (with its query) that the browser is sent to, below the program.
    pub(crate) fn leads_to(&self) -> &str {
        let line = self.head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or("");
        line.split_once("/neo.cgi").map_or("", |(_, path)| path)
    }

    /// The words of the page without its tags.
    pub(crate) fn words(&self) -> String {
        let text = self.body.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text);
        text.collect::<Vec<&str>>().join(" ").split_whitespace().collect::<Vec<&str>>().join(" ")
    }

    pub(crate) fn has(&self, words: &str) -> bool {
        self.body.contains(words)
    }
}

impl Owner {
    /// A site that is set up, with one list, `news`, and without the sender's details.
    pub(crate) fn new() -> Owner {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("neo-owner-{}-{number}", std::process::id()));
        std::fs::create_dir_all(folder.join("data")).unwrap();
        std::fs::write(folder.join("password"), "a long sentence is a good password\n").unwrap();
        let owner =
            Owner { folder, now: Cell::new(NOON), token: RefCell::default(), csrf: RefCell::default() };
        let password = owner.folder.join("password").display().to_string();
        let base = "https://shop.example.jp/neo.cgi";
        owner.neo(&["setup", "--email", ADDRESS, "--password-file", &password, "--base-url", base]);
        let from = "さくら堂 <news@sakurado.example.jp>";
        owner.neo(&["list", "add", "news", "--title", "さくら堂だより", "--from", from]);
        owner.sign_in();
        owner
    }

    /// Fills in what the law asks for.
    pub(crate) fn complete(self) -> Owner {
        for (key, value) in [
            ("sender_name", "さくら堂"),
            ("sender_address", "東京都千代田区1-1"),
            ("sender_contact", "03-0000-0000"),
        ] {
            self.neo(&["setting", "set", key, value]);
        }
        self
    }

    pub(crate) fn with_readers(self, count: usize) -> Owner {
        for number in 1..=count {
            self.neo(&["subscriber", "add", "news", &format!("reader{number}@example.jp"), "--confirmed"]);
        }
        self
    }

    /// Many readers at once, past the command: `reader1@example.jp` and so on.
    pub(crate) fn add_readers(&self, count: usize) {
        use neo::domain::address::Address;
        use neo::domain::consent::Circumstances;
        use neo::domain::subscriber::{Fields, Name};
        use neo::store::membership::Request;
        let store = self.store();
        let added = store.transaction(|| {
            for number in 1..=count {
                let how = Circumstances { way: "command", ..Circumstances::default() };
                let request = Request {
                    list: neo::domain::id::ListId(1),
                    address: &Address::parse(&format!("reader{number}@example.jp"))?,
                    name: &Name::default(),
                    fields: &Fields::default(),
                    how: &how,
                    form_version: None,
                };
                store.add_reader(&request, self.now.get())?;
            }
            Ok(())
        });
        added.unwrap();
    }

    /// A plain handle on the database, past the store.
    #[expect(
        clippy::disallowed_methods,
        reason = "the test looks at the file, not at the store's word for it"
    )]
    pub(crate) fn sqlite(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.data().join("neo.sqlite")).unwrap()
    }

    /// The doctor's report, which may be bad.
    pub(crate) fn doctor(&self) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_neo"));
        command.arg("--data").arg(self.data()).args(["doctor", "--json"]);
        command.env("NEO_TESTING_NOW", self.now.get().to_string());
        let output = command.stdin(Stdio::null()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(crate) fn outbox(&self) -> PathBuf {
        self.data().join("outbox")
    }

    /// The mails that went out, oldest first.
    pub(crate) fn mails(&self) -> Vec<String> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.outbox())
            .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
            .unwrap_or_default();
        files.sort();
        files.iter().map(|file| String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned()).collect()
    }

    /// Runs a command, which must succeed.
    pub(crate) fn neo(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_neo"));
        command
            .arg("--data")
            .arg(self.data())
            .args(arguments)
            .env("NEO_TESTING_NOW", self.now.get().to_string());
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap().trim().to_string()
    }

    /// A number of the ledger, e.g. `sent`.
    pub(crate) fn ledger(&self, message: &str, state: &str) -> i64 {
        let json: serde_json::Value =
            serde_json::from_str(&self.neo(&["ledger", message, "--json"])).unwrap();
        json[state].as_i64().unwrap()
    }

    /// A second handle on the site's database.
    pub(crate) fn store(&self) -> Writer {
        Writer::open(&self.data().join("neo.sqlite"), Box::new(|| false)).unwrap()
    }

    pub(crate) fn now(&self) -> i64 {
        self.now.get()
    }

    /// Moves the clock; the session of before may have ended by then.
    pub(crate) fn move_to(&self, now: i64) {
        self.now.set(now);
        self.sign_in();
    }

    fn sign_in(&self) {
        let token = format!("session-{}", self.now.get());
        let hash = sha256(token.as_bytes());
        // The clock may stand still between two of them.
        let _ = self.store().begin_session(UserId(1), &hash, "test", self.now.get());
        self.token.replace(token);
        let page = self.get("/admin/broadcasts");
        let (_, rest) = page.body.split_once("name=\"csrf\" value=\"").expect("a signed-in page");
        self.csrf.replace(rest.split('"').next().unwrap().to_string());
    }

    pub(crate) fn get(&self, target: &str) -> Page {
        self.request("GET", target, "", true)
    }

    /// Sends a form with the session's proof.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut fields = fields.to_vec();
        let csrf = self.csrf.borrow().clone();
        fields.push(("csrf", &csrf));
        self.request("POST", path, &serde_urlencoded::to_string(&fields).unwrap(), true)
    }

    /// What a stranger gets: no cookie.
    pub(crate) fn stranger(&self, method: &str, path: &str) -> Page {
        self.request(method, path, "", false)
    }

    /// A form of hers that another site's page sent: her cookie, but not the proof.
    pub(crate) fn forged(&self, path: &str) -> Page {
        self.request("POST", path, "when=now&confirmed=1&csrf=guess", true)
    }

    fn request(&self, method: &str, target: &str, body: &str, is_signed_in: bool) -> Page {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut command = Command::new(env!("CARGO_BIN_EXE_neo"));
        command
            .env_clear()
            .env("GATEWAY_INTERFACE", "CGI/1.1")
            .env("REQUEST_METHOD", method)
            .env("SCRIPT_NAME", "/neo.cgi")
            .env("PATH_INFO", path)
            .env("QUERY_STRING", query)
            .env("HTTP_HOST", "shop.example.jp")
            .env("REMOTE_ADDR", "192.0.2.1")
            .env("HTTP_ACCEPT_LANGUAGE", "ja")
            .env("NEO_DATA", self.data())
            .env("NEO_TESTING_NOW", self.now.get().to_string());
        if is_signed_in {
            command.env("HTTP_COOKIE", format!("neo={}", self.token.borrow()));
        }
        if method == "POST" {
            command.env("CONTENT_TYPE", "application/x-www-form-urlencoded");
            command.env("CONTENT_LENGTH", body.len().to_string());
        }
        run(command, body.as_bytes(), target)
    }
}

fn run(mut command: Command, body: &[u8], target: &str) -> Page {
    use std::io::Write;
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Both ways at once: a large form and a large page must not wait for each other.
    let mut stdin = child.stdin.take().unwrap();
    let body = body.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&body)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let reply = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let (head, body) = reply.split_once("\n\n").unwrap_or_else(|| panic!("{target}: {reply} {said}"));
    let head = head.to_ascii_lowercase_keys();
    let status =
        head.lines().find_map(|line| line.strip_prefix("status: ")).map_or("200", |status| &status[..3]);
    Page { status: status.parse().unwrap(), body: body.to_string(), head: head.clone() }
}

/// Header names in lower case; their values stay.
trait LowerKeys {
    fn to_ascii_lowercase_keys(&self) -> String;
}

impl LowerKeys for str {
    fn to_ascii_lowercase_keys(&self) -> String {
        let line = |line: &str| match line.split_once(':') {
            Some((name, value)) => format!("{}:{value}", name.to_ascii_lowercase()),
            None => line.to_string(),
        };
        self.lines().map(line).collect::<Vec<String>>().join("\n")
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The folder of the test data.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}
