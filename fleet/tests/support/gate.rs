//! A release on its way through the gate: a candidate, its plan, two signers, a site of our own that answers, and a
//! clock that is moved. Not the gate's judgement.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use neo::link::envelope::{Kind, open};
use neo::link::key::{KeyList, PublicKey, Trust};
use neo::link::update::Manifest;
use neo_fleet::releases::entry::{Entry, Moment};
use neo_fleet::releases::event::Event;
use neo_fleet::store::{DatabaseUrl, Store};
use serde_json::Value as Json;

use super::{Fleet, NOON, On, Ran};

pub const VERSION: &str = "0.2.0";
pub const DAY: i64 = 86_400;
pub const HOUR: i64 = 3600;
pub const SITE: &str = "ownsite";

/// A candidate of which everything may be moved, forged and broken.
pub struct Gate {
    pub fleet: Fleet,
    /// What our own site answers.
    pub answer: Arc<Mutex<String>>,
    kept: Vec<(String, i64)>,
}

impl Gate {
    /// A fleet with signers and a site of its own; nothing is open.
    pub fn new(on: On) -> Gate {
        let fleet = Fleet::new(on);
        let answer = Arc::new(Mutex::new(format!("{{\"site\":\"{SITE}\",\"version\":\"{VERSION}\"}}")));
        let gate = Gate { fleet, answer: answer.clone(), kept: Vec::new() };
        gate.sql(&format!(
            "insert into sites (id, tick_url, provider, wanted_clock, state, added_at)
             values ('{SITE}', '{}', 'own', 'cron', 'active', 1)",
            serve(answer)
        ));
        gate.trust_own_keys();
        for name in ["Hanako", "Taro"] {
            gate.add_signer(name);
        }
        gate.run(&["own-site", "add", SITE]).ok();
        gate.write_files();
        gate
    }

    /// The fleet's own keys, vouched for by a root.
    fn trust_own_keys(&self) {
        let root = self.fleet.scratch("offline/root.seed").display().to_string();
        self.fleet.run(&["signing", "new"]).ok();
        let public = self.fleet.json(&["root", "new", &root])["public"].as_str().unwrap().to_string();
        self.fleet.run(&["signing", "request", "wish.json"]).ok();
        self.fleet.run(&["root", "sign", "wish.json", "--root", &root, "--out", "keys.json"]).ok();
        self.fleet.run(&["signing", "take", "keys.json", &format!("--root={public}")]).ok();
        std::fs::write(self.fleet.scratch("root.public"), public).unwrap();
    }

    /// Publishes into a folder and reads the manifest there as an install does.
    pub fn publish_files(&self) -> Option<Manifest> {
        let folder = self.fleet.scratch("web");
        self.fleet.run(&["publish", &folder.display().to_string()]).ok();
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
        let root =
            PublicKey::parse(&std::fs::read_to_string(self.fleet.scratch("root.public")).unwrap()).unwrap();
        let mut trust = Trust { roots: vec![root], list: None };
        let keys: KeyList = open(&read("keys.json")?, Kind::Keys, &trust, Kind::Keys.cap()).unwrap();
        trust.list = Some(keys);
        Some(open(&read("manifest.json")?, Kind::Manifest, &trust, Kind::Manifest.cap()).unwrap())
    }

    /// The files of the candidate as they are at first.
    pub fn write_files(&self) {
        std::fs::write(self.artefact(), "the candidate's bytes").unwrap();
        std::fs::write(self.plan(), plan(&self.fleet.scratch("fail"))).unwrap();
        let _ = std::fs::remove_file(self.fleet.scratch("fail"));
    }

    pub fn open(&self) -> Ran {
        self.open_with(&[])
    }
    pub fn open_with(&self, more: &[&str]) -> Ran {
        let (artefact, plan) = (format!("linux-x86_64={}", self.artefact().display()), self.plan());
        let plan = plan.display().to_string();
        let mut all = vec!["open", VERSION, "--artefact", &artefact, "--plan", &plan];
        all.extend(more);
        self.run(&all)
    }

    /// Day `day` at `hour` o'clock in Japan; day 0 is the day of the opening.
    pub fn at(&mut self, day: i64, hour: i64) {
        self.fleet.now = NOON - 10 * HOUR + day * DAY + hour * HOUR;
    }

    pub fn check(&self, day: i64) -> Ran {
        self.run(&["check", VERSION, "--day", &day.to_string()])
    }
    pub fn look(&self, day: i64) -> Ran {
        let day = day.to_string();
        self.run(&[
            "check",
            VERSION,
            "--day",
            &day,
            "--manual",
            "look",
            "--by",
            "Hanako",
            "--says",
            "All is well.",
        ])
    }
    pub fn sign(&self, name: &str) -> Ran {
        self.run(&["sign", VERSION, "--key", &self.key_file(name).display().to_string()])
    }
    pub fn canary(&self) -> Ran {
        self.run(&["canary"])
    }
    pub fn publish(&self) -> Ran {
        self.run_json(&["publish", VERSION])
    }
    pub fn status(&self) -> Json {
        self.run_json(&["status"]).json()
    }

    pub fn add_signer(&self, name: &str) {
        let file = self.key_file(name).display().to_string();
        let key = self.run(&["signer", "new-key", &file]).ok().out;
        self.run(&["signer", "add", name, "--key", key.trim()]).ok();
    }

    /// All checks of days 1 to 7, each on its day, and our own site's answers of the last days.
    pub fn check_all_days(&mut self) {
        self.check_days(1..=7);
    }
    pub fn check_days(&mut self, days: impl IntoIterator<Item = i64>) {
        for day in days {
            self.at(day, 10);
            self.check(day).ok();
            if day == 3 {
                self.look(day).ok();
            }
            if day >= 5 {
                self.canary().ok();
                self.at(day, 22);
                self.canary().ok();
            }
        }
        self.at(8, 9);
        self.canary().ok();
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[])
    }
    pub fn run_json(&self, arguments: &[&str]) -> Ran {
        let mut all = vec!["--json"];
        all.extend(arguments);
        self.run(&all)
    }
    /// With further variables: another machine, another boot.
    pub fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut all = vec!["release"];
        all.extend(arguments);
        let mut command = self.fleet.command(&all);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let output = command.env("PATH", path).envs(variables.iter().copied()).output().unwrap();
        super::ran(output)
    }

    /// Changes the database behind the program's back.
    pub fn sql(&self, sql: &str) {
        let mut store = Store::open(&DatabaseUrl::parse(&self.fleet.database()).unwrap()).unwrap();
        store.batch(sql).unwrap();
    }
    pub fn store(&self) -> Store {
        Store::open(&DatabaseUrl::parse(&self.fleet.database()).unwrap()).unwrap()
    }

    /// Writes an entry as somebody could who has the journal's key, too.
    pub fn forge(&self, event: &Event, at: i64) {
        let seed = std::fs::read_to_string(self.keys().join("journal.seed")).unwrap();
        let seed = data_encoding::BASE64URL_NOPAD.decode(seed.trim().as_bytes()).unwrap();
        self.forge_with(event, at, &ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &seed));
    }
    pub fn forge_with(&self, event: &Event, at: i64, key: &ring::hmac::Key) {
        let mut store = self.store();
        let head = store.release_log_end().unwrap().map(|row| Entry::from(row).head());
        let moment = Moment { at, boot: "rehearsal".into(), uptime: at, host: "rehearsal".into() };
        let entry = Entry::after(head.as_ref(), moment, event, key).unwrap();
        store.add_to_release_log(&entry.row()).unwrap();
    }

    pub fn artefact(&self) -> PathBuf {
        self.fleet.scratch("neo.cgi")
    }
    pub fn plan(&self) -> PathBuf {
        self.fleet.scratch("release-plan.toml")
    }
    pub fn keys(&self) -> PathBuf {
        self.fleet.data().join("keys")
    }
    pub fn key_file(&self, name: &str) -> PathBuf {
        self.fleet.scratch(&format!("{name}.key"))
    }

    /// Keeps everything as it is now under a name.
    pub fn keep(&mut self, name: &str) {
        copy(&self.fleet.data(), &self.fleet.scratch(name));
        self.kept.push((name.to_string(), self.fleet.now));
    }
    /// Puts everything back as it was then.
    pub fn bring_back(&mut self, name: &str) {
        std::fs::remove_dir_all(self.fleet.data()).unwrap();
        copy(&self.fleet.scratch(name), &self.fleet.data());
        self.fleet.now = self.kept.iter().find(|(kept, _)| kept == name).unwrap().1;
        self.write_files();
        self.serve_version(VERSION);
    }
    pub fn serve_version(&self, version: &str) {
        *self.answer.lock().unwrap() = format!("{{\"site\":\"{SITE}\",\"version\":\"{version}\"}}");
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    std::fs::set_permissions(to, std::fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => std::fs::copy(entry.path(), to).map(|_| ()).unwrap(),
        }
    }
}

/// Seven days: the artefact is read each day, nothing may lie at `fail`, and on day 3 somebody looks.
pub fn plan(fail: &Path) -> String {
    let mut text = String::new();
    for day in 1..=7 {
        text += &format!("[[day]]\nnumber = {day}\n");
        text += "[[day.check]]\nname = \"bytes\"\nrun = [\"grep\", \"-q\", \"candidate\", \"{artefact}\"]\nseconds = 20\n";
        text += &format!(
            "[[day.check]]\nname = \"calm\"\nrun = [\"test\", \"!\", \"-e\", \"{}\"]\nseconds = 20\n",
            fail.display()
        );
        if day == 3 {
            text += "[[day.check]]\nname = \"look\"\nmanual = \"Read the news page on a phone.\"\n";
        }
    }
    text
}

/// A web server that answers every call with the text as it stands then.
fn serve(answer: Arc<Mutex<String>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                head.push(byte[0]);
            }
            let body = answer.lock().unwrap().clone();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nDate: Tue, 24 Nov 2026 01:00:00 GMT\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    format!("http://{address}/tick")
}
