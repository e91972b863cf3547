//! A site in a temporary folder, run by the real executable as cron runs it.
//! Not the owner's browser: support/owner.rs.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use neo::clock::Clock;
use neo::domain::address::Address;
use neo::domain::consent::Circumstances;
use neo::domain::id::{ListId, MessageId};
use neo::domain::message::{Content, Kind};
use neo::domain::subscriber::{Fields, Name};
use neo::store::Writer;
use neo::store::membership::Request;

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

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
