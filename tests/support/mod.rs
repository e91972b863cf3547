//! A real site for black-box tests: an empty folder, the real executable, set up by its own command, called as a web
//! server would. Not a mail server: mail_server. Not a browser: tests/e2e.
//!
//! When a site goes out of scope it looks behind itself: no process may be left, no file that nobody knows, and no
//! failure of ours in the log.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    reason = "a broken check may stop here"
)]
#![allow(unreachable_pub, reason = "shared by several test files")]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub const EMAIL: &str = "owner@shop.example.jp";
pub const PASSWORD: &str = "a quiet morning in May";
pub const HOST: &str = "shop.example.jp";
pub const SCRIPT: &str = "/neo.cgi";
/// 2026-11-24 10:00 in Tokyo.
pub const NOON: i64 = 1_795_482_000;

/// Files that may lie in a data folder.
const KNOWN_FILES: &[&str] = &[
    "neo.sqlite",
    "neo.sqlite-wal",
    "neo.sqlite-shm",
    "neo.sqlite-journal",
    "neo.key",
    "outbox",
    "guard.log",
    "tick.lock",
    "hash-0.lock",
    "hash-1.lock",
    "setup-code.txt",
    "setup-tries.txt",
    "backups",
    "imports",
];

/// One site in its own folder, and the one browser that looks at it.
pub struct Site {
    root: PathBuf,
    cookies: RefCell<BTreeMap<String, String>>,
    /// The latest page that held forms: a POST takes the hidden fields from it.
    page: RefCell<String>,
    csrf: RefCell<String>,
    /// Further variables of the web server, e.g. `REMOTE_ADDR`.
    variables: RefCell<BTreeMap<String, String>>,
    now: Cell<Option<i64>>,
    may_fail: Cell<bool>,
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// What came back from a request.
#[derive(Clone, Debug)]
pub struct Page {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Site {
    /// A site that is set up.
    pub fn new() -> Site {
        let site = Site::empty();
        let password = site.root.join("password");
        std::fs::write(&password, format!("{PASSWORD}\n")).unwrap();
        let base = format!("https://{HOST}{SCRIPT}");
        let file = password.to_str().unwrap();
        site.neo(&["setup", "--email", EMAIL, "--password-file", file, "--base-url", &base]).ok();
        site
    }

    /// A folder and the executable, nothing else yet.
    pub fn empty() -> Site {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("neo-site-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&root).unwrap();
        Site {
            root,
            cookies: RefCell::default(),
            page: RefCell::default(),
            csrf: RefCell::default(),
            variables: RefCell::default(),
            now: Cell::new(None),
            may_fail: Cell::new(false),
        }
    }

    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// A place for files of the test, outside the data folder.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Lets the site's clock stand still at this instant (debug builds).
    pub fn at(&self, now: i64) {
        self.now.set(Some(now));
    }

    /// Sets a variable of the web server for the requests to come.
    pub fn variable(&self, name: &str, value: &str) {
        self.variables.borrow_mut().insert(name.to_string(), value.to_string());
    }

    /// This test breaks something on purpose, so the log of failures is not looked at.
    pub fn may_fail(&self) {
        self.may_fail.set(true);
    }

    /// Runs a command of the real executable.
    pub fn neo(&self, arguments: &[&str]) -> Ran {
        self.neo_fed(arguments, "")
    }

    /// The same with something on standard input.
    pub fn neo_fed(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.command();
        command.args(arguments);
        let output = run(&mut command, input.as_bytes());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    pub fn set(&self, key: &str, value: &str) {
        self.neo(&["setting", "set", key, value]).ok();
    }

    pub fn setting(&self, key: &str) -> String {
        self.neo(&["setting", "get", key]).ok().trim_end().to_string()
    }

    /// The mails of the try-out folder, oldest first.
    pub fn mails(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.data().join("outbox")) else { return Vec::new() };
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.iter().map(|file| String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned()).collect()
    }

    /// GET, with the browser's cookies. The path is below the program's own URL and may hold a query.
    pub fn get(&self, path: &str) -> Page {
        let page = self.request("GET", path, None, &[]);
        if page.status == 200 && page.body.contains("<form") {
            *self.page.borrow_mut() = page.body.clone();
            if let Some((_, csrf)) =
                hidden_fields(&page.body, None).into_iter().find(|(name, _)| name == "csrf")
            {
                *self.csrf.borrow_mut() = csrf;
            }
        }
        page
    }

    /// POST of a form with its hidden fields: from the form of the latest page that leads to this path, else from a
    /// GET of the path itself, else with the session's token alone.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let action = format!("{SCRIPT}{path}");
        let mut hidden = hidden_fields(&self.page.borrow(), Some(&action));
        if hidden.is_empty() && self.get(path).status == 200 {
            hidden = hidden_fields(&self.page.borrow(), Some(&action));
        }
        if hidden.is_empty() {
            hidden.push(("csrf".to_string(), self.csrf.borrow().clone()));
        }
        let mut all: Vec<(&str, &str)> = hidden
            .iter()
            .filter(|(name, _)| !fields.iter().any(|(given, _)| given == name))
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        all.extend_from_slice(fields);
        self.post_exactly(path, &all)
    }

    /// POST of exactly these fields, as a page of this site would send them.
    pub fn post_exactly(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = encoded(fields);
        self.request("POST", path, Some(&body), &[("HTTP_ORIGIN", &format!("https://{HOST}"))])
    }

    /// GET of where a redirect leads.
    pub fn follow(&self, page: &Page) -> Page {
        self.get(&page.leads_to())
    }

    pub fn sign_in(&self) {
        let page = self.post("/admin/login", &[("email", EMAIL), ("password", PASSWORD)]);
        assert_eq!(page.status, 303, "{}", page.body);
        self.follow(&page);
    }

    /// Closes the browser.
    pub fn forget_cookies(&self) {
        self.cookies.borrow_mut().clear();
        self.page.borrow_mut().clear();
        self.csrf.borrow_mut().clear();
    }

    /// The browser's cookies, as one header.
    pub fn cookie_header(&self) -> String {
        let cookies = self.cookies.borrow();
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// One CGI call. `more` are variables for this call only.
    pub fn request(&self, method: &str, path: &str, body: Option<&str>, more: &[(&str, &str)]) -> Page {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut command = self.command();
        command
            .env("GATEWAY_INTERFACE", "CGI/1.1")
            .env("SERVER_PROTOCOL", "HTTP/1.1")
            .env("SERVER_NAME", HOST)
            .env("SERVER_PORT", "443")
            .env("HTTPS", "on")
            .env("HTTP_HOST", HOST)
            .env("HTTP_ACCEPT_LANGUAGE", "ja")
            .env("HTTP_USER_AGENT", "Mozilla/5.0 (test)")
            .env("REMOTE_ADDR", "203.0.113.7")
            .env("REQUEST_METHOD", method)
            .env("SCRIPT_NAME", SCRIPT)
            .env("PATH_INFO", path)
            .env("QUERY_STRING", query)
            .env("REQUEST_URI", format!("{SCRIPT}{path}"));
        let cookies = self.cookie_header();
        if !cookies.is_empty() {
            command.env("HTTP_COOKIE", cookies);
        }
        if let Some(body) = body {
            command.env("CONTENT_TYPE", "application/x-www-form-urlencoded");
            command.env("CONTENT_LENGTH", body.len().to_string());
        }
        command.envs(self.variables.borrow().iter()).envs(more.iter().copied());
        let output = run(&mut command, body.unwrap_or_default().as_bytes());
        let page = Page::read(&output);
        self.keep_cookie(&page);
        page
    }

    fn keep_cookie(&self, page: &Page) {
        let Some(cookie) = page.header("set-cookie") else { return };
        let mut parts = cookie.split(';').map(str::trim);
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let is_over = value.is_empty() || parts.any(|part| part.eq_ignore_ascii_case("max-age=0"));
        match is_over {
            true => self.cookies.borrow_mut().remove(name),
            false => self.cookies.borrow_mut().insert(name.to_string(), value.to_string()),
        };
    }

    /// The executable with nothing of our own environment.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_neo"));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("NEO_DATA", self.data()).current_dir(&self.root);
        if let Some(now) = self.now.get() {
            command.env("NEO_TESTING_NOW", now.to_string());
        }
        command
    }

    fn leftovers(&self) -> Vec<String> {
        let mut found = stray_processes(&self.data());
        for entry in std::fs::read_dir(self.data()).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name == "fault.log" && !self.may_fail.get() {
                found.push(format!(
                    "fault.log: {}",
                    std::fs::read_to_string(entry.path()).unwrap_or_default()
                ));
            } else if name != "fault.log" && !KNOWN_FILES.contains(&name.as_str()) {
                found.push(format!("a file: {name}"));
            }
        }
        found
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let found = self.leftovers();
        let _ = std::fs::remove_dir_all(&self.root);
        if std::thread::panicking() {
            eprintln!("left behind: {found:?}");
        } else {
            assert!(found.is_empty(), "left behind: {found:?}");
        }
    }
}

impl Ran {
    /// The output of a command that must succeed.
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{} {}", self.out, self.err);
        self.out
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|cause| panic!("{cause}: {} {}", self.out, self.err))
    }
}

impl Page {
    fn read(output: &Output) -> Page {
        // A picture is no text; everything else is.
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            text.as_bytes() == output.stdout || text.contains("content-type: image/"),
            "not UTF-8: {text:?}"
        );
        let Some((head, body)) = text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n")) else {
            panic!("no reply: {text:?} {}", String::from_utf8_lossy(&output.stderr));
        };
        let headers: Vec<(String, String)> = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_string()))
            .collect();
        let status = headers.iter().find(|(name, _)| name == "status");
        let status = status.map_or(200, |(_, value)| value[..3].parse().unwrap());
        Page { status, headers, body: body.to_string() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The path below the program's URL that a redirect leads to.
    pub fn leads_to(&self) -> String {
        assert_eq!(self.status, 303, "{}", self.body);
        let location = self.header("location").unwrap();
        let (_, path) = location.split_once(SCRIPT).unwrap_or_else(|| panic!("leads away: {location}"));
        path.to_string()
    }

    /// Whether the page says this, tags aside.
    pub fn says(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    /// The page as it reads: without tags, with entities decoded.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for piece in self.body.split('<') {
            text.push_str(piece.split_once('>').map_or(piece, |(_, rest)| rest));
        }
        decoded(&text)
    }

    /// The value of the input, select or textarea of this name; empty if there is none.
    pub fn value(&self, name: &str) -> String {
        let marked = format!(" name=\"{name}\"");
        for (tag, rest) in tags(&self.body) {
            if !tag.contains(&marked) {
                continue;
            }
            if tag.starts_with("textarea") {
                let content = rest.split("</textarea").next().unwrap_or_default();
                return decoded(content.strip_prefix('\n').unwrap_or(content));
            }
            if tag.starts_with("select") {
                let options = rest.split("</select").next().unwrap_or_default();
                let chosen = tags(options).into_iter().find(|(tag, _)| tag.ends_with(" selected"));
                return chosen.and_then(|(tag, _)| attribute(tag, "value")).unwrap_or_default();
            }
            if tag.contains("type=\"radio\"") && !tag.contains(" checked") {
                continue;
            }
            return attribute(tag, "value").unwrap_or_default();
        }
        String::new()
    }

    /// Whether a checkbox, or the radio button of this value, is ticked.
    pub fn is_ticked(&self, name: &str, value: &str) -> bool {
        let marks = [format!(" name=\"{name}\""), format!(" value=\"{value}\""), " checked".to_string()];
        tags(&self.body).iter().any(|(tag, _)| marks.iter().all(|mark| tag.contains(mark)))
    }
}

/// Runs to the end; a program that hangs is ended and fails the test.
fn run(command: &mut Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program may leave its input unread.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// Processes that still work on this folder; one that is just ending is waited for.
fn stray_processes(data: &Path) -> Vec<String> {
    let mark = format!("NEO_DATA={}\0", data.display());
    let deadline = Instant::now() + Duration::from_secs(3);
    loop {
        let mut found = Vec::new();
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
            if environment.windows(mark.len()).any(|window| window == mark.as_bytes()) {
                found.push(format!("a process: {}", entry.file_name().to_string_lossy()));
            }
        }
        if found.is_empty() || Instant::now() > deadline {
            return found;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The hidden inputs of the first form with this action (`None`: of the whole page).
pub fn hidden_fields(page: &str, action: Option<&str>) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut is_inside = action.is_none();
    for (tag, _) in tags(page) {
        if let Some(action) = action {
            if tag.starts_with("form") && attribute(tag, "action").as_deref() == Some(action) {
                is_inside = true;
            } else if tag == "/form" && is_inside {
                break;
            }
        }
        if is_inside && tag.starts_with("input") && attribute(tag, "type").as_deref() == Some("hidden") {
            fields.push((attribute(tag, "name").unwrap(), attribute(tag, "value").unwrap_or_default()));
        }
    }
    fields
}

/// Every tag without its brackets, and what follows it.
fn tags(page: &str) -> Vec<(&str, &str)> {
    page.split_inclusive('<')
        .scan(0, |place, piece| {
            *place += piece.len();
            Some(&page[*place..])
        })
        .filter_map(|rest| rest.split_once('>'))
        .collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next().map(decoded)
}

fn decoded(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// A form's body.
pub fn encoded(fields: &[(&str, &str)]) -> String {
    let mut body = String::new();
    for (name, value) in fields {
        if !body.is_empty() {
            body.push('&');
        }
        for (text, end) in [(name, "="), (value, "")] {
            for byte in text.bytes() {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                        body.push(char::from(byte))
                    }
                    _ => body.push_str(&format!("%{byte:02X}")),
                }
            }
            body.push_str(end);
        }
    }
    body
}
