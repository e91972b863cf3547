//! A real fleet for black-box tests: an empty folder, the real executable, on either engine.
//! Not a poller's or a site's stand-in: those are with their tests.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a broken check may stop here"
)]

pub mod gate;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value as Json;

/// 2026-11-24 10:00 in Tokyo.
pub const NOON: i64 = 1_795_482_000;

/// Which engine a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

/// Makes of each function with an `On` two tests: `name::sqlite`, and `name::postgres`, which `make e2e` runs.
#[macro_export]
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* fn $name:ident($engine:ident) $body:block)*) => {$(
        #[allow(
            clippy::unwrap_used,
            clippy::indexing_slicing,
            clippy::string_slice,
            clippy::panic,
            reason = "a broken check may stop here"
        )]
        mod $name {
            #[allow(unused_imports, reason = "some tests need nothing of it")]
            use super::*;
            fn check($engine: $crate::support::On) $body
            #[test]
            fn sqlite() {
                check($crate::support::On::Sqlite);
            }
            #[test]
            #[ignore = "needs PostgreSQL: make e2e"]
            fn postgres() {
                check($crate::support::On::Postgres);
            }
        }
    )*};
}

/// One fleet in its own folder and its own database.
pub struct Fleet {
    root: PathBuf,
    database: Option<String>,
    schema: Option<String>,
    more_schemas: RefCell<Vec<String>>,
    pub now: i64,
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    #[track_caller]
    pub fn ok(self) -> Ran {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self
    }

    /// Refused with this number, e.g. `F1002`.
    #[track_caller]
    pub fn refused(self, number: &str) -> Ran {
        assert!(
            self.code != 0 && self.err.contains(&format!("({number})")),
            "{} {}{}",
            self.code,
            self.out,
            self.err
        );
        assert!(!self.err.contains("(E9001)"), "{}", self.err);
        self
    }

    #[track_caller]
    pub fn json(self) -> Json {
        let ran = self.ok();
        serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("no JSON: {}", ran.out))
    }
}

impl Fleet {
    /// A rehearsal fleet that is made already.
    pub fn new(on: On) -> Fleet {
        let fleet = Fleet::empty(on);
        fleet.run(&["init"]).ok();
        fleet
    }

    /// A folder and the executable, nothing else yet.
    pub fn empty(on: On) -> Fleet {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("neo_fleet_{}_{number}", std::process::id());
        let root = std::env::temp_dir().join(&name);
        std::fs::create_dir_all(&root).unwrap();
        let schema = (on == On::Postgres).then(|| name.clone());
        let database = schema.as_deref().map(make_schema);
        Fleet { root, database, schema, more_schemas: RefCell::default(), now: NOON }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }
    pub fn data(&self) -> PathBuf {
        self.root.join("fleet")
    }
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
    /// A URL where another database can be made; on PostgreSQL a further schema, gone with this fleet.
    pub fn another_database(&self, name: &str) -> String {
        match &self.schema {
            Some(schema) => {
                let inner = format!("{schema}_{name}");
                let url = make_schema(&inner);
                self.more_schemas.borrow_mut().push(inner);
                url
            }
            None => format!("sqlite:{}", self.root.join(format!("{name}.sqlite")).display()),
        }
    }
    /// The URL of the database.
    pub fn database(&self) -> String {
        self.database
            .clone()
            .unwrap_or_else(|| format!("sqlite:{}", self.data().join("fleet.sqlite").display()))
    }

    /// The executable with this fleet's folder, database and clock.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_neo-fleet"));
        command.env_clear().env("NEO_FLEET_DATA", self.data()).env("NEO_FLEET_NOW", self.now.to_string());
        command.env("USER", "hanako").current_dir(&self.root);
        if let Some(database) = &self.database {
            command.env("NEO_FLEET_DATABASE", database);
        }
        command.arg("--rehearsal").args(arguments);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    /// Runs with `--json` and reads the answer.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Json {
        let mut all = vec!["--json"];
        all.extend(arguments);
        self.run(&all).json()
    }

    /// Adds a customer and gives the id.
    pub fn customer(&self) -> String {
        let added =
            self.json(&["customer", "add", "--name", "花子商店", "--email", "hanako@shop.example.jp"]);
        added["id"].as_str().unwrap().to_string()
    }

    /// Issues a key for a year to a new customer.
    pub fn key(&self) -> String {
        let customer = self.customer();
        let key = self.json(&["key", "issue", "--customer", &customer, "--days", "365"]);
        key["key"].as_str().unwrap().to_string()
    }

    /// Registers a site at a known host plan.
    pub fn add_site(&self, id: &str, key: &str) -> Ran {
        let url = format!("https://{id}.example.jp/neo.cgi/tick");
        self.run(&["site", "add", id, "--key", key, "--tick-url", &url, "--host-plan", "sakura"])
    }

    /// Makes the signing keys and a root that vouches for them; gives the root's public half.
    pub fn ceremony(&self) -> String {
        self.run(&["signing", "new"]).ok();
        let root = self.json(&["root", "new", "offline/root.seed"]);
        let public = root["public"].as_str().unwrap().to_string();
        self.vouch(&[], &["--root", &public]);
        public
    }

    /// Asks for a list, has it signed by the root and takes it; gives the signed list's file.
    pub fn vouch(&self, request: &[&str], take: &[&str]) -> PathBuf {
        self.vouch_by("offline/root.seed", request, take)
    }

    pub fn vouch_by(&self, root: &str, request: &[&str], take: &[&str]) -> PathBuf {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let (wish, signed) = (format!("request-{number}.json"), format!("keys-{number}.json"));
        self.run(&[&["signing", "request", wish.as_str()], request].concat()).ok();
        self.run(&["root", "sign", &wish, "--root", root, "--out", &signed]).ok();
        self.run(&[&["signing", "take", signed.as_str()], take].concat()).ok();
        self.scratch(&signed)
    }

    /// Runs all at once, each in its own process.
    pub fn at_once(&self, all: &[Vec<&str>]) -> Vec<Ran> {
        let started: Vec<Child> = all
            .iter()
            .map(|arguments| {
                let mut command = self.command(arguments);
                command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        started.into_iter().map(|child| ran(child.wait_with_output().unwrap())).collect()
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
        for schema in self.schema.iter().chain(self.more_schemas.borrow().iter()) {
            let dropped = postgres::Client::connect(&server(), postgres::NoTls)
                .and_then(|mut client| client.batch_execute(&format!("drop schema {schema} cascade")));
            assert!(dropped.is_ok() || std::thread::panicking());
        }
    }
}

pub fn ran(output: std::process::Output) -> Ran {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

fn server() -> String {
    std::env::var("NEO_FLEET_TEST_POSTGRES")
        .expect("NEO_FLEET_TEST_POSTGRES names the server: tests/e2e/support/with-postgres")
}

/// A schema of its own is as good as a database of its own, and made in a moment.
fn make_schema(name: &str) -> String {
    let server = server();
    let mut client = postgres::Client::connect(&server, postgres::NoTls).unwrap();
    client.batch_execute(&format!("create schema {name}")).unwrap();
    let sign = if server.contains('?') { '&' } else { '?' };
    format!("{server}{sign}options=-csearch_path%3D{name}")
}
