//! A site whose program is a file of its own that can be replaced, a vendor that signs, and new programs that behave or do
//! not. Not a browser: support/mod.rs.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use neo::link::envelope::{Kind, seal};
use neo::link::feed::Words;
use neo::link::key::{KeyList, Role, SigningKey, TrustedKey};
use neo::link::update::{Manifest, Safe, Target};
use serde_json::Value;

pub(crate) const OLD: &str = env!("CARGO_PKG_VERSION");
pub(crate) const NEW: &str = "0.2.0";
pub(crate) const DAY: i64 = 86_400;

/// This program, without its symbols: tests copy it often.
fn stripped(program: &Path, name: &str) -> Vec<u8> {
    let small = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let done = Command::new("strip").arg("--strip-all").arg("-o").arg(&small).arg(program).status();
    assert!(done.unwrap().success());
    let bytes = std::fs::read(&small).unwrap();
    std::fs::remove_file(&small).unwrap();
    bytes
}

fn old_program() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| stripped(Path::new(env!("CARGO_BIN_EXE_neo")), "old"))
}

/// examples/next_version.rs. `cargo test --test update` alone does not build examples, so it is built here.
fn next_program() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--offline", "--example", "next_version", "--message-format=json"]);
        if cfg!(feature = "serve") {
            // As `make test` builds everything, or the library would be compiled once more.
            cargo.args(["--workspace", "--features", "neo/serve"]);
        }
        for (name, _) in std::env::vars_os() {
            if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|own| name.as_bytes().starts_with(own.as_bytes()))
            {
                cargo.env_remove(name);
            }
        }
        let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let messages = String::from_utf8(built.stdout).unwrap();
        let program = messages
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .find(|message| message["target"]["name"] == "next_version" && message["executable"].is_string())
            .map(|message| PathBuf::from(message["executable"].as_str().unwrap()));
        stripped(&program.unwrap(), "next")
    })
}

/// The same program under another version, failing like this after its test.
pub(crate) fn next_version(version: &str, fault: &str) -> Vec<u8> {
    let mut bytes = next_program().to_vec();
    let target = neo::version::target();
    let mark = |version: &str| format!("@(#)neo={version};target={target};");
    let of_version = format!("{:<64}", mark(version));
    write_over(&mut bytes, mark(OLD).as_bytes(), of_version.as_bytes());
    write_over(&mut bytes, b"@(#)fault=none                  ", format!("@(#)fault={fault:<22}").as_bytes());
    bytes
}

fn write_over(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    let places: Vec<usize> = (0..bytes.len() - old.len())
        .filter(|at| bytes[*at] == old[0] && bytes[*at..].starts_with(old))
        .collect();
    assert_eq!(places.len(), 1, "one mark");
    bytes[places[0]..places[0] + new.len()].copy_from_slice(new);
}

/// A script that carries the mark of a new version.
pub(crate) fn script(version: &str, lines: &str) -> Vec<u8> {
    let mark = format!("{:<64}", format!("@(#)neo={version};target={};", neo::version::target()));
    format!("#!/bin/sh\n# {mark}\n{lines}\n").into_bytes()
}

/// How the vendor's web server hands a file out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Ranges,
    /// Always from the beginning.
    NoRanges,
    /// Hangs up after so many bytes of each answer.
    HangsUpAfter(usize),
    /// Goes on after the end of the file, and announces nothing.
    TooLong,
    /// Hangs up at a third of the file, and has nothing more at the next question.
    Truncated,
    /// Answers with a piece from elsewhere.
    WrongPiece,
}

struct Shelf {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    manner: Mutex<Manner>,
    asked: Mutex<Vec<String>>,
}

fn serve(shelf: &Arc<Shelf>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let shelf = Arc::clone(shelf);
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let shelf = Arc::clone(&shelf);
            std::thread::spawn(move || answer(socket, &shelf));
        }
    });
    port
}

fn answer(mut socket: TcpStream, shelf: &Shelf) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 1024];
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        let length = socket.read(&mut buffer)?;
        request.extend_from_slice(&buffer[..length]);
        if length == 0 {
            return Ok(());
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let path = request.split(' ').nth(1).unwrap_or_default().to_string();
    let from = request.split("Range: bytes=").nth(1).and_then(|range| range.split('-').next()?.parse().ok());
    let from: usize = from.unwrap_or(0);
    shelf.asked.lock().unwrap().push(format!("{path} {from}"));
    let Some(file) = shelf.files.lock().unwrap().get(&path).cloned() else {
        return socket.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno");
    };
    let manner = *shelf.manner.lock().unwrap();
    let starts = if manner == Manner::NoRanges { 0 } else { from };
    let piece = &file[starts.min(file.len())..];
    let range = match (starts, manner) {
        (0, _) => "200 OK\r\n".to_string(),
        (from, Manner::WrongPiece) => {
            format!(
                "206 Partial Content\r\nContent-Range: bytes {}-{}/{}\r\n",
                from - 1,
                file.len() - 1,
                file.len()
            )
        }
        (from, _) => {
            format!(
                "206 Partial Content\r\nContent-Range: bytes {from}-{}/{}\r\n",
                file.len() - 1,
                file.len()
            )
        }
    };
    match manner {
        Manner::TooLong => {
            write!(socket, "HTTP/1.1 {range}\r\n")?;
            socket.write_all(piece)?;
            (0..1000).try_for_each(|_| socket.write_all(&[7; 8192]))
        }
        Manner::HangsUpAfter(most) => {
            write!(socket, "HTTP/1.1 {range}Content-Length: {}\r\n\r\n", piece.len())?;
            socket.write_all(&piece[..most.min(piece.len())])
        }
        Manner::Truncated => {
            let third = (file.len() / 3).saturating_sub(starts).min(piece.len());
            write!(socket, "HTTP/1.1 {range}Content-Length: {}\r\n\r\n", piece.len())?;
            socket.write_all(&piece[..third])
        }
        _ => {
            write!(socket, "HTTP/1.1 {range}Content-Length: {}\r\n\r\n", piece.len())?;
            socket.write_all(piece)
        }
    }
}

/// A site under `root`: public_html/neo.cgi and data/.
pub(crate) struct Rig {
    pub(crate) root: PathBuf,
    shelf: Arc<Shelf>,
    root_key: SigningKey,
    release: SigningKey,
    number: AtomicU32,
    /// Where the clock stands.
    pub(crate) now: i64,
}

impl Rig {
    pub(crate) fn new() -> Rig {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("neo-update-{}-{number}", std::process::id()));
        Rig::at(root)
    }

    pub(crate) fn at(root: PathBuf) -> Rig {
        std::fs::create_dir_all(root.join("public_html")).unwrap();
        let shelf = Arc::new(Shelf {
            files: Mutex::default(),
            manner: Mutex::new(Manner::Ranges),
            asked: Mutex::default(),
        });
        let port = serve(&shelf);
        let now = neo::clock::Clock::machine().now();
        let key = |number| SigningKey::from_seed([number; 32]).unwrap();
        let rig = Rig { root, shelf, root_key: key(1), release: key(3), number: AtomicU32::new(1), now };
        rig.upload(old_program());
        std::fs::write(rig.root.join("password"), "a quiet morning in May\n").unwrap();
        let password = rig.root.join("password").display().to_string();
        rig.ok(&[
            "setup",
            "--email",
            "owner@example.jp",
            "--password-file",
            &password,
            "--base-url",
            "https://shop.example.jp/neo.cgi",
        ]);
        rig.ok(&["list", "add", "news", "--from", "News <news@example.jp>"]);
        for (key, value) in [
            ("sender_name", "さくら堂"),
            ("sender_address", "東京都千代田区1-1"),
            ("sender_contact", "03-0000-0000"),
            ("tick_gap", "0"),
        ] {
            rig.ok(&["setting", "set", key, value]);
        }
        for reader in 1..=5 {
            rig.ok(&["subscriber", "add", "news", &format!("reader{reader}@example.jp"), "--confirmed"]);
        }
        rig.ok(&["setting", "set", "vendor_url", &format!("http://127.0.0.1:{port}/neo")]);
        rig.ok(&["link", "trust", &rig.root_key.public().to_string()]);
        let keys = vec![TrustedKey::new(rig.release.public(), &[Role::Release])];
        let list = KeyList {
            number: 1,
            issued_at: rig.now,
            expires: rig.now + 365 * DAY,
            keys,
            revoked: Vec::new(),
        };
        rig.accept(&seal(Kind::Keys, &list, &rig.root_key).unwrap());
        rig
    }

    pub(crate) fn program(&self) -> PathBuf {
        self.root.join("public_html/neo.cgi")
    }
    pub(crate) fn data(&self) -> PathBuf {
        self.root.join("data")
    }
    pub(crate) fn update(&self) -> PathBuf {
        self.data().join("update")
    }
    pub(crate) fn watch(&self) -> PathBuf {
        self.root.join("public_html/.neo.cgi.watch")
    }

    /// As an owner does by FTP: a new file of the same name.
    pub(crate) fn upload(&self, bytes: &[u8]) {
        let part = self.root.join("public_html/upload");
        std::fs::write(&part, bytes).unwrap();
        std::fs::set_permissions(&part, std::fs::Permissions::from_mode(0o705)).unwrap();
        std::fs::rename(part, self.program()).unwrap();
    }

    pub(crate) fn mode(&self) -> u32 {
        std::fs::metadata(self.program()).unwrap().mode() & 0o7777
    }

    pub(crate) fn behave(&self, manner: Manner) {
        *self.shelf.manner.lock().unwrap() = manner;
    }

    /// The files of versions that were asked for since the last question, and from which byte on.
    pub(crate) fn asked(&self) -> Vec<String> {
        let asked = std::mem::take(&mut *self.shelf.asked.lock().unwrap());
        asked.into_iter().filter(|path| path.starts_with("/neo/releases/")).collect()
    }

    pub(crate) fn accept(&self, text: &str) {
        let file = self.root.join("accepted.json");
        std::fs::write(&file, text).unwrap();
        self.ok(&["link", "accept", file.to_str().unwrap()]);
    }

    pub(crate) fn manifest(&self, version: &str, bytes: &[u8]) -> Manifest {
        let hash = ring::digest::digest(&ring::digest::SHA256, bytes);
        let target = Target {
            name: neo::version::target().to_string(),
            file: format!("releases/{version}/neo"),
            length: bytes.len() as u64,
            sha256: data_encoding::HEXLOWER.encode(hash.as_ref()),
        };
        Manifest {
            number: i64::from(self.number.fetch_add(1, Ordering::Relaxed)),
            issued_at: self.now,
            expires: self.now + 14 * DAY,
            version: version.to_string(),
            released_at: self.now - 8 * DAY,
            security: false,
            notes: Words::new("速くなりました。", "It is faster."),
            targets: vec![target],
            rollout_permille: 1000,
            halted: false,
            withdrawn: Vec::new(),
            safe: Safe { days: 7, sites: 1200 },
            test_seconds: 7 * DAY,
        }
    }

    pub(crate) fn sealed(&self, manifest: &Manifest) -> String {
        seal(Kind::Manifest, manifest, &self.release).unwrap()
    }

    /// The vendor publishes these bytes as this version, and the site hears of it.
    pub(crate) fn publish(&self, version: &str, bytes: &[u8], change: impl FnOnce(&mut Manifest)) {
        let path = format!("/neo/releases/{version}/neo");
        self.shelf.files.lock().unwrap().insert(path, bytes.to_vec());
        let mut manifest = self.manifest(version, bytes);
        change(&mut manifest);
        self.accept(&self.sealed(&manifest));
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program());
        command.env_clear().env("PATH", "/usr/bin:/bin").current_dir(&self.root).args(arguments);
        command.env("NEO_TESTING_NOW", self.now.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        started(&mut self.command(arguments)).wait_with_output().unwrap()
    }

    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {:?} {said}", output.status);
        String::from_utf8(output.stdout).unwrap().trim().to_string()
    }

    /// The number of the sentence with which it refuses.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        said.rsplit_once("(E")
            .map_or(said.clone(), |(_, number)| format!("E{}", number.trim().trim_end_matches(')')))
    }

    pub(crate) fn status(&self) -> Value {
        serde_json::from_str(&self.ok(&["update", "--json"])).unwrap()
    }

    pub(crate) fn running(&self) -> String {
        self.ok(&["version"]).trim_start_matches("neo ").to_string()
    }

    pub(crate) fn tick(&self) -> Value {
        serde_json::from_str(&self.ok(&["tick", "--json"])).unwrap()
    }

    /// One CGI request; its status line and all of the page.
    pub(crate) fn get(&self, path: &str) -> (String, String) {
        let output = started(&mut self.request(path)).wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (text.lines().next().unwrap_or_default().trim().to_string(), text)
    }

    /// A GET as a web server makes it.
    fn request(&self, path: &str) -> Command {
        let mut command = self.command(&[]);
        command
            .env("GATEWAY_INTERFACE", "CGI/1.1")
            .env("SERVER_PROTOCOL", "HTTP/1.1")
            .env("SERVER_NAME", "shop.example.jp")
            .env("SERVER_PORT", "443")
            .env("HTTPS", "on")
            .env("HTTP_HOST", "shop.example.jp")
            .env("REMOTE_ADDR", "203.0.113.7")
            .env("DOCUMENT_ROOT", self.root.join("public_html"))
            .env("REQUEST_METHOD", "GET")
            .env("SCRIPT_NAME", "/neo.cgi")
            .env("PATH_INFO", path)
            .env("QUERY_STRING", "");
        command
    }

    /// The site works: a page, a command, a tick; and nothing of the readers is lost.
    pub(crate) fn check_works(&self, when: &str) {
        let (status, page) = self.get("/f/news");
        assert!(status.ends_with("200 OK") && page.contains("</html>"), "{when}: {status} {page}");
        let report = self.tick();
        assert!(report["version"].is_string(), "{when}: {report}");
        self.check_readers(when);
        let mode = self.mode();
        assert_eq!(mode, 0o705, "{when}: permissions");
    }

    #[expect(clippy::disallowed_methods, reason = "the test looks at the file itself")]
    pub(crate) fn sqlite(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.data().join("neo.sqlite")).unwrap()
    }

    pub(crate) fn check_readers(&self, when: &str) {
        let connection = self.sqlite();
        let said: String = connection.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
        let confirmed: i64 = connection
            .query_row("select count(*) from subscriptions where state = 'confirmed'", [], |row| row.get(0))
            .unwrap();
        assert_eq!((said.as_str(), confirmed), ("ok", 5), "{when}");
    }

    /// Nothing half-made lies about.
    pub(crate) fn check_no_leftovers(&self, when: &str) {
        let names = |folder: &Path| -> Vec<String> {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
        };
        for name in names(&self.root.join("public_html")) {
            assert!(["neo.cgi", ".neo.cgi.watch"].contains(&name.as_str()), "{when}: {name}");
        }
        for name in names(&self.update()) {
            assert!(["state.json", "lock", "previous"].contains(&name.as_str()), "{when}: {name}");
        }
        for name in names(&self.data().join("backups")) {
            assert!(name.ends_with(".sqlite"), "{when}: {name}");
        }
    }

    /// The outcomes of the history, oldest first.
    pub(crate) fn outcomes(&self) -> Vec<String> {
        let status = self.status();
        let entries = status["history"].as_array().unwrap().iter();
        entries.map(|entry| entry["outcome"].as_str().unwrap().to_string()).collect()
    }

    /// As the owner who leaves updates to us; this is the chosen hour.
    pub(crate) fn update_by_itself(&self) {
        let hour = neo::domain::calendar::local(self.now, neo::settings::Settings::default().zone());
        self.ok(&["setting", "set", "update_mode", "auto"]);
        self.ok(&["setting", "set", "update_hour", &hour.format("%H").to_string()]);
    }

    /// Runs of the new program until it is trusted.
    pub(crate) fn watch_it_through(&self) {
        for _ in 0..20 {
            assert!(self.get("/f/news").0.ends_with("200 OK"));
        }
        self.tick();
        self.tick();
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

/// Starts a program that was written a moment ago. Another test's child may still hold its file open for writing, from
/// its fork to its exec; that is no concern of the program.
pub(crate) fn started(command: &mut Command) -> Child {
    for _ in 0..200 {
        match command.spawn() {
            Err(why) if why.kind() == std::io::ErrorKind::ExecutableFileBusy => pause(10_000),
            other => return other.unwrap(),
        }
    }
    panic!("the program's file stays busy");
}

/// Waits for a moment that cannot be asked for.
pub(crate) fn pause(micros: u64) {
    std::thread::sleep(Duration::from_micros(micros));
}

/// The owner's browser, as far as these tests need one.
pub(crate) struct Browser<'a> {
    rig: &'a Rig,
    cookie: String,
}

impl<'a> Browser<'a> {
    pub(crate) fn sign_in(rig: &'a Rig) -> Browser<'a> {
        let mut browser = Browser { rig, cookie: String::new() };
        let fields = [("email", "owner@example.jp"), ("password", "a quiet morning in May")];
        let (status, page) = browser.press("/admin/login", "/admin/login", &fields);
        assert!(status.ends_with("303 See Other"), "{status} {page}");
        let cookie = page.lines().find(|line| line.to_ascii_lowercase().starts_with("set-cookie:"));
        let cookie = cookie.unwrap().split_once(':').unwrap().1;
        browser.cookie = cookie.split(';').next().unwrap().trim().to_string();
        browser
    }

    pub(crate) fn get(&self, path: &str) -> (String, String) {
        self.ask("GET", path, "")
    }

    /// Sends the form of this page that leads there, with what was typed.
    pub(crate) fn press(&self, page: &str, action: &str, typed: &[(&str, &str)]) -> (String, String) {
        let (_, text) = self.get(page);
        let form = text.split(&format!("action=\"/neo.cgi{action}\"")).nth(1);
        let form =
            form.unwrap_or_else(|| panic!("no form to {action}: {text}")).split("</form>").next().unwrap();
        let mut fields: Vec<(String, String)> = form
            .split("<input")
            .skip(1)
            .filter(|input| input.contains("type=\"hidden\""))
            .map(|input| (attribute(input, "name"), attribute(input, "value")))
            .filter(|(name, _)| !typed.iter().any(|(other, _)| other == name))
            .collect();
        fields.extend(typed.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())));
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| {
                format!(
                    "{name}={}",
                    url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>()
                )
            })
            .collect();
        self.ask("POST", action, &body.join("&"))
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> (String, String) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut command = self.rig.request(path);
        command.env("REQUEST_METHOD", method).env("QUERY_STRING", query).env("HTTP_COOKIE", &self.cookie);
        if method == "POST" {
            command.env("CONTENT_TYPE", "application/x-www-form-urlencoded");
            command.env("CONTENT_LENGTH", body.len().to_string());
            command.env("HTTP_ORIGIN", "https://shop.example.jp").stdin(Stdio::piped());
        }
        let mut child = started(&mut command);
        if let Some(mut input) = child.stdin.take() {
            let _ = input.write_all(body.as_bytes());
        }
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (text.lines().next().unwrap_or_default().trim().to_string(), text)
    }
}

fn attribute(tag: &str, name: &str) -> String {
    let found = tag.split_once(&format!("{name}=\"")).map(|(_, rest)| rest.split('"').next().unwrap());
    found.unwrap_or_default().to_string()
}
