//! What the gateway promises, shown on a real process that is run as a web server runs a CGI program.
//! Not the pages: the program under test is examples/echo_cgi.rs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

/// The echo program. `cargo test --test gateway` alone does not build examples, so it is built here.
fn echo_cgi() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--offline", "--example", "echo_cgi", "--message-format=json"]);
        if cfg!(feature = "serve") {
            cargo.args(["--features", "serve"]); // or the library would be compiled once more
        }
        // What cargo says of the package to its tests would make ring's build script, and all above it, run again.
        for (name, _) in std::env::vars_os() {
            if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|own| name.as_bytes().starts_with(own.as_bytes()))
            {
                cargo.env_remove(name);
            }
        }
        let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        String::from_utf8(built.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .find(|message| message["target"]["name"] == "echo_cgi" && message["executable"].is_string())
            .map(|message| PathBuf::from(message["executable"].as_str().unwrap()))
            .unwrap()
    })
}

/// One call of the program, with the variables of an ordinary GET until changed.
struct Call {
    /// Where the echo program was copied to, if not where it was built.
    program: Option<PathBuf>,
    variables: Vec<(OsString, OsString)>,
    arguments: Vec<OsString>,
    body: Vec<u8>,
}

struct Answer {
    status: u16,
    status_line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    raw: Vec<u8>,
    errors: String,
}

fn get(path: &str) -> Call {
    let call = Call { program: None, variables: Vec::new(), arguments: Vec::new(), body: Vec::new() };
    call.with("GATEWAY_INTERFACE", "CGI/1.1")
        .with("SERVER_PROTOCOL", "HTTP/1.1")
        .with("REQUEST_METHOD", "GET")
        .with("SCRIPT_NAME", "/neo.cgi")
        .with("PATH_INFO", path)
        .with("QUERY_STRING", "")
        .with("REMOTE_ADDR", "192.0.2.7")
        .with("SERVER_NAME", "example.jp")
        .with("SERVER_PORT", "80")
        .with("HTTP_HOST", "example.jp")
}

fn post(path: &str, body: impl Into<Vec<u8>>) -> Call {
    let body = body.into();
    let mut call = get(path)
        .with("REQUEST_METHOD", "POST")
        .with("CONTENT_TYPE", "application/x-www-form-urlencoded")
        .with("CONTENT_LENGTH", body.len().to_string());
    call.body = body;
    call
}

impl Call {
    fn with(self, name: &str, value: impl AsRef<OsStr>) -> Call {
        self.with_bytes(name.as_bytes(), value.as_ref().as_bytes())
    }

    fn with_bytes(self, name: &[u8], value: &[u8]) -> Call {
        let name = OsStr::from_bytes(name).to_owned();
        let mut call = self;
        call.variables.retain(|(other, _)| *other != name);
        call.variables.push((name, OsStr::from_bytes(value).to_owned()));
        call
    }

    fn without(mut self, name: &str) -> Call {
        self.variables.retain(|(other, _)| other != name);
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.program.as_ref().unwrap_or(echo_cgi()));
        command.env_clear().envs(self.variables.iter().cloned()).args(&self.arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn answer(&self) -> Answer {
        let mut child = self.command().spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let body = self.body.clone();
        let writer = std::thread::spawn(move || {
            let _ = stdin.write_all(&body); // a program may leave the rest unread
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        assert!(output.status.success(), "{:?} {}", output.status, String::from_utf8_lossy(&output.stderr));
        Answer::parse(output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

impl Answer {
    fn parse(raw: Vec<u8>, errors: String) -> Answer {
        let end = raw.windows(2).position(|pair| pair == b"\n\n").unwrap_or_else(|| {
            panic!("no head in {:?}, errors: {errors}", String::from_utf8_lossy(&raw));
        });
        let head = std::str::from_utf8(&raw[..end]).expect("a head of ASCII");
        let mut lines = head.lines();
        let status_line = lines.next().unwrap().to_string();
        let status = status_line.strip_prefix("Status: ").expect("a Status line first")[..3].parse().unwrap();
        let headers = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        Answer { status, status_line, headers, body: raw[end + 2..].to_vec(), raw, errors }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn echo(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        serde_json::from_str(self.text()).unwrap()
    }

    /// A whole page of the gateway's own, with the sentence of this number.
    fn assert_page(&self, status: u16, sentence: &str) {
        assert_eq!(self.status, status, "{}", self.text());
        assert!(self.text().contains(sentence), "{}", self.text());
        assert!(self.text().starts_with("<!DOCTYPE html>") && self.text().ends_with("</html>"));
        assert_eq!(self.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(self.header("content-length"), Some(self.body.len().to_string().as_str()));
        assert!(!self.errors.contains("panicked"), "the log was told of a client's mistake: {}", self.errors);
    }
}

#[test]
fn an_ordinary_request_reaches_the_handler_whole() {
    let echo = post("/f/main", "a=1&b=2")
        .with("QUERY_STRING", "x=1&x=2&name=%E8%8A%B1%E5%AD%90&rate=50%&odd=%zz&flag")
        .with("HTTP_COOKIE", "a=1; b=x=y; broken;c=")
        .with("HTTP_USER_AGENT", "x".repeat(500))
        .with("HTTP_ACCEPT_LANGUAGE", "en")
        .with("HTTP_ORIGIN", "https://example.jp")
        .with("HTTP_SEC_FETCH_SITE", "same-origin")
        .with("HTTP_REFERER", "https://example.jp/neo.cgi/")
        .with("HTTP_X_NEO_SITE", "site-1")
        .with("HTTP_X_NEO_SIGNATURE", "abc=")
        .answer()
        .echo();
    assert_eq!(echo["method"], "Post");
    assert_eq!(echo["path"], "/f/main");
    assert_eq!(echo["script_name"], "/neo.cgi");
    assert_eq!(echo["body"], "a=1&b=2");
    assert_eq!(
        echo["query"].to_string(),
        r#"[["x","1"],["x","2"],["name","花子"],["rate","50%"],["odd","%zz"],["flag",""]]"#
    );
    assert_eq!(echo["cookies"].to_string(), r#"[["a","1"],["b","x=y"],["c",""]]"#);
    assert_eq!(echo["user_agent"].as_str().unwrap().len(), 300);
    assert_eq!(echo["origin"], "https://example.jp");
    assert_eq!(echo["fetch_site"], "same-origin");
    assert_eq!(echo["referer"], "https://example.jp/neo.cgi/");
    assert_eq!(echo["host"], "example.jp");
    assert_eq!(echo["remote_addr"], "192.0.2.7");
    assert_eq!(echo["neo_headers"].to_string(), r#"[["x-neo-signature","abc="],["x-neo-site","site-1"]]"#);
}

#[test]
fn a_missing_or_empty_path_is_the_root() {
    assert_eq!(get("").answer().echo()["path"], "/");
    assert_eq!(get("").without("PATH_INFO").answer().echo()["path"], "/");
    assert_eq!(get("/f/花子 <\"").answer().echo()["path"], "/f/花子 <\"");
}

#[test]
fn a_path_that_is_not_text_or_holds_control_characters_is_refused() {
    for path in
        [b"/\xff".as_slice(), b"/\xe8\x8a", b"/a\nb", b"/\x01", b"/\x7f", "/\u{85}".as_bytes(), b"u/T"]
    {
        let answer = get("/").with_bytes(b"PATH_INFO", path).answer();
        answer.assert_page(400, "E4005");
    }
}

#[test]
fn a_variable_that_is_not_utf8_stops_nothing() {
    let echo = get("/")
        .with_bytes(b"HTTP_USER_AGENT", b"odd \xff agent")
        .with_bytes(b"HTTP_ODD_\xff", b"x")
        .with_bytes(b"PATH_TRANSLATED", b"/home/\xff")
        .with_bytes(b"SOMETHING", b"\xff")
        .with_bytes(b"SOME\xff", b"x")
        .with_bytes(b"QUERY_STRING", b"a=\xff&b=%ff")
        .with_bytes(b"HTTP_COOKIE", b"a=\xff; b=2")
        .with_bytes(b"HTTP_X_NEO_SITE", b"\xff")
        .answer()
        .echo();
    assert_eq!(echo["user_agent"], "odd \u{FFFD} agent");
    assert_eq!(echo["query"].to_string(), "[[\"a\",\"\u{FFFD}\"],[\"b\",\"\u{FFFD}\"]]");
    assert_eq!(echo["cookies"][1][1], "2");
    assert_eq!(echo["neo_headers"].to_string(), "[]");
}

#[test]
fn the_clients_address_is_the_servers_word_alone() {
    let call = get("/")
        .with("HTTP_X_CGI_REMOTE_ADDR", "198.51.100.1")
        .with("HTTP_X_CGI_REMOTE_USER", "admin")
        .with("HTTP_X_FORWARDED_FOR", "198.51.100.2")
        .with("HTTP_X_FORWARDED_PROTO", "https")
        .with("HTTP_X_FORWARDED_HOST", "evil.example");
    let echo = call.answer().echo();
    assert_eq!(echo["remote_addr"], "192.0.2.7");
    assert_eq!(echo["https"], false);
    assert_eq!(echo["host"], "example.jp");
    assert_eq!(get("/").with("REMOTE_ADDR", "::ffff:192.0.2.9").answer().echo()["remote_addr"], "192.0.2.9");
    assert_eq!(get("/").with("REMOTE_ADDR", "2001:db8::1").answer().echo()["remote_addr"], "2001:db8::1");
    assert_eq!(get("/").with("REMOTE_ADDR", "unix:").answer().echo()["remote_addr"], Value::Null);
}

#[test]
fn nothing_the_client_wrote_stays_in_the_environment_for_children() {
    let answer = get("/")
        .with("HTTP_PROXY", "http://evil.example:8080")
        .with("HTTP_X_CGI_REMOTE_ADDR", "198.51.100.1")
        .with("HTTP_USER_AGENT", "x")
        .with("QUERY_STRING", "a=b")
        .with("TZ", "Asia/Tokyo")
        .answer();
    let echo = answer.echo();
    let names: Vec<&str> =
        echo["environment"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert!(!names.iter().any(|name| name.starts_with("HTTP_")), "{names:?}");
    assert!(!names.contains(&"QUERY_STRING") && !names.contains(&"PATH_INFO"), "{names:?}");
    assert!(names.contains(&"TZ"), "{names:?}");
}

#[test]
fn any_request_uri_and_any_header_name_is_survived() {
    let long = format!("/{}", "a".repeat(70_000));
    for uri in ["/a\"b", "/<b>", "/a b", "", "http://[", "/\u{1}", "/花子", long.as_str()] {
        assert_eq!(get("/").with("REQUEST_URI", uri).answer().status, 200, "{uri:.20}");
        assert_eq!(get("/").with("SCRIPT_URI", uri).answer().status, 200, "{uri:.20}");
        assert_eq!(get("/").with("QUERY_STRING", uri).answer().status, 200, "{uri:.20}");
    }
    for name in ["HTTP_", "HTTP_A B", "HTTP_花子", "HTTP_(", "HTTP_A:"] {
        assert_eq!(get("/").with(name, "x").answer().status, 200, "{name}");
    }
    assert_eq!(get("/").with("HTTP_X_ODD", "a\nb\u{1}").answer().status, 200);
    for name in ["AUTH_TYPE", "PATH_TRANSLATED", "REMOTE_HOST", "REMOTE_IDENT", "REMOTE_USER", "REQUEST_URL"]
    {
        assert_eq!(get("/").with(name, "花\n子").answer().status, 200, "{name}");
    }
    for name in ["CONTENT_TYPE", "GATEWAY_INTERFACE", "SCRIPT_URL", "SERVER_PORT", "SERVER_SOFTWARE"] {
        assert_eq!(get("/").with(name, "花\n子").answer().status, 200, "{name}");
    }
}

#[test]
fn the_program_may_lie_in_a_folder_of_any_name() {
    let root = std::env::temp_dir().join(format!("neo-gateway-folder-{}", std::process::id()));
    let folder = root.join("my \"shop\" <花子>");
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join("neo.cgi");
    std::fs::copy(echo_cgi(), &program).unwrap();
    let mut call = get("/").without("PATH_INFO").without("SCRIPT_NAME");
    call.program = Some(program);
    assert_eq!(call.answer().status, 200);
    std::fs::remove_dir_all(&root).unwrap();
}

#[test]
fn any_protocol_version_is_served() {
    for protocol in
        ["HTTP/0.9", "HTTP/1.0", "HTTP/2", "HTTP/2.0", "HTTP/3", "HTTP/3.0", "INCLUDED", "", "\u{1}"]
    {
        assert_eq!(get("/").with("SERVER_PROTOCOL", protocol).answer().status, 200, "{protocol:?}");
    }
    assert_eq!(get("/").without("SERVER_PROTOCOL").answer().status, 200);
}

#[test]
fn a_script_name_is_ready_for_a_link() {
    let script_name = |given: &[u8]| {
        let echo = get("/").with_bytes(b"SCRIPT_NAME", given).answer().echo();
        echo["script_name"].as_str().unwrap().to_string()
    };
    assert_eq!(script_name(b"/my shop/\"<neo>.cgi"), "/my%20shop/%22%3Cneo%3E.cgi");
    assert_eq!(script_name(b"/\xff/neo.cgi"), "/%FF/neo.cgi");
    assert_eq!(script_name(b"//evil.example/neo.cgi"), "/evil.example/neo.cgi");
    assert_eq!(script_name(b""), "");
    assert_eq!(script_name(b"neo.cgi\r\n"), "/neo.cgi%0D%0A");
}

#[test]
fn the_host_is_as_the_client_called_it_and_only_nginx_which_takes_the_port_off_gets_it_back() {
    // A proxy in front hides the port that the server listens on.
    for (software, host, port, known) in [
        ("Apache/2.4.67 (Debian)", "example.jp", "8080", "example.jp"),
        ("lighttpd/1.4.69", "example.jp", "8080", "example.jp"),
        ("Apache/2.4.67 (Debian)", "example.jp:8025", "8080", "example.jp:8025"),
        ("nginx/1.22.1", "example.jp", "8080", "example.jp:8080"),
        ("nginx/1.22.1", "example.jp:8025", "8080", "example.jp:8025"),
        ("nginx/1.22.1", "example.jp", "80", "example.jp"),
        ("nginx/1.22.1", "[::1]", "8080", "[::1]:8080"),
        ("", "example.jp", "8080", "example.jp"),
    ] {
        let call = get("/").with("SERVER_SOFTWARE", software).with("HTTP_HOST", host);
        assert_eq!(call.with("SERVER_PORT", port).answer().echo()["host"], known, "{software} {host} {port}");
    }
}

#[test]
fn https_is_known_from_the_servers_own_variables() {
    for (name, value, https) in [
        ("HTTPS", "on", true),
        ("HTTPS", "1", true),
        ("HTTPS", "off", false),
        ("HTTPS", "", false),
        ("REDIRECT_HTTPS", "on", true),
        ("REQUEST_SCHEME", "https", true),
        ("REQUEST_SCHEME", "http", false),
        ("SERVER_PORT", "443", true),
        ("HTTP_X_FORWARDED_PROTO", "https", false),
        ("HTTP_HTTPS", "on", false),
    ] {
        assert_eq!(get("/").with(name, value).answer().echo()["https"], https, "{name}={value}");
    }
}

#[test]
fn a_body_is_read_to_its_announced_length_and_no_further() {
    let mut call = post("/", "0123456789and more");
    call = call.with("CONTENT_LENGTH", "10");
    assert_eq!(call.answer().echo()["body"], "0123456789");
    assert_eq!(post("/", "abc").with("CONTENT_LENGTH", "").answer().echo()["body"], "");
    assert_eq!(post("/", "abc").without("CONTENT_LENGTH").answer().echo()["body"], "");
    assert_eq!(get("/").with("CONTENT_LENGTH", "0").answer().echo()["body"], "");
}

#[test]
fn the_body_is_not_waited_for_to_its_end() {
    // The web server may keep the pipe open: the answer must come all the same.
    let call = post("/", "");
    let mut child = call.with("CONTENT_LENGTH", "3").command().spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"abc").unwrap();
    let mut raw = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut raw).unwrap();
    drop(stdin);
    child.wait().unwrap();
    assert_eq!(Answer::parse(raw, String::new()).echo()["body"], "abc");
}

#[test]
fn a_body_over_the_cap_of_its_page_is_refused_before_it_is_read() {
    assert_eq!(post("/f/a", vec![b'x'; 65_536]).answer().echo()["body_length"], 65_536);
    let large = post("/f/a", vec![b'x'; 65_537]).answer();
    large.assert_page(413, "E4003");
    assert!(large.text().contains("64 KB"), "{}", large.text());
    let upload = vec![b'x'; 8 * 1024 * 1024];
    assert_eq!(post("/upload", upload).answer().echo()["body_length"], 8 * 1024 * 1024);
    let huge = post("/upload", "x").with("CONTENT_LENGTH", (8 * 1024 * 1024 + 1).to_string()).answer();
    huge.assert_page(413, "E4003");
    assert!(huge.text().contains("8 MB"), "{}", huge.text());
}

#[test]
fn a_length_that_no_machine_could_hold_is_refused_and_not_allocated() {
    for length in ["99999999999", "9223372036854775807", "18446744073709551616", "9".repeat(500).as_str()] {
        post("/upload", "x").with("CONTENT_LENGTH", length).answer().assert_page(413, "E4003");
    }
}

#[test]
fn a_length_that_is_no_number_is_refused() {
    for length in ["-1", "+5", "5, 5", "0x10", "abc", "1e3", " ", "5 "] {
        post("/", "hello").with("CONTENT_LENGTH", length).answer().assert_page(400, "E4005");
    }
    post("/", "hello").with_bytes(b"CONTENT_LENGTH", b"\xff").answer().assert_page(400, "E4005");
}

#[test]
fn a_body_that_ends_early_gets_a_whole_answer() {
    let answer = post("/", "short").with("CONTENT_LENGTH", "5000").answer();
    answer.assert_page(400, "E4005");
    assert_eq!(String::from_utf8_lossy(&answer.raw).matches("Status:").count(), 1);
}

#[test]
fn a_refused_body_is_taken_in_to_its_end() {
    // A program that ends with its input unread makes mod_cgid and fcgiwrap cut off its reply.
    let body = vec![b'x'; 3 * 1024 * 1024];
    let refused = [
        post("/f/a", body.clone()),
        post("/\u{1}", body.clone()),
        post("/", body.clone()).with("REQUEST_METHOD", "PUT"),
        post("/", body.clone()).without("CONTENT_LENGTH").with("HTTP_TRANSFER_ENCODING", "chunked"),
    ];
    for call in refused {
        let mut child = call.command().spawn().unwrap();
        let taken = child.stdin.take().unwrap().write_all(&body);
        let output = child.wait_with_output().unwrap();
        taken.expect("the whole body was read");
        assert!(Answer::parse(output.stdout, String::new()).status >= 400);
    }
}

#[test]
fn a_refused_body_that_never_comes_is_not_waited_for_long() {
    let mut child = post("/f/a", "").with("CONTENT_LENGTH", "70000").command().spawn().unwrap();
    let stdin = child.stdin.take().unwrap();
    let began = Instant::now();
    let mut raw = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut raw).unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    drop(stdin);
    child.wait().unwrap();
    Answer::parse(raw, String::new()).assert_page(413, "E4003");
}

#[test]
fn a_chunked_body_without_a_length_is_asked_for_its_length() {
    let chunked = || post("/", "5\r\nhello\r\n0\r\n\r\n").with("HTTP_TRANSFER_ENCODING", "chunked");
    chunked().without("CONTENT_LENGTH").answer().assert_page(411, "E4004");
    chunked().with("CONTENT_LENGTH", "").answer().assert_page(411, "E4004");
    // A server that has undone the chunks tells the length.
    assert_eq!(chunked().with("CONTENT_LENGTH", "5").answer().status, 200);
}

#[test]
fn an_unknown_method_is_refused_with_the_known_ones() {
    for method in ["PUT", "DELETE", "OPTIONS", "TRACE", "get", "", "G\u{1}T", "GET\n"] {
        let answer = get("/").with("REQUEST_METHOD", method).answer();
        answer.assert_page(405, "E2002");
        assert_eq!(answer.header("allow"), Some("GET, HEAD, POST"));
    }
    get("/").with_bytes(b"REQUEST_METHOD", b"\xff").answer().assert_page(405, "E2002");
}

#[test]
fn early_answers_speak_the_readers_language() {
    let answer = |language: &str| get("/\u{1}").with("HTTP_ACCEPT_LANGUAGE", language).answer();
    assert!(answer("ja").text().contains("もう一度お試しください"));
    assert!(answer("").text().contains("もう一度お試しください"));
    assert!(answer("en-GB,en;q=0.9,ja;q=0.1").text().contains("Please try again."));
    assert!(answer("en").text().contains("<html lang=\"en\">"));
}

#[test]
fn the_status_is_always_given_with_its_words() {
    for (status, words) in [
        (200, "OK"),
        (404, "Not Found"),
        (422, "Unprocessable Entity"),
        (429, "Too Many Requests"),
        (503, "Service Unavailable"),
    ] {
        let answer = get(&format!("/status/{status}")).answer();
        assert_eq!(answer.status_line, format!("Status: {status} {words}"));
        assert_eq!(answer.text(), "<p>page</p>");
    }
    for status in [0, 42, 100, 299, 999] {
        assert_eq!(get(&format!("/status/{status}")).answer().status, 500, "{status}");
    }
}

#[test]
fn a_head_request_gets_the_headers_and_no_body() {
    let answer = get("/status/200").with("REQUEST_METHOD", "HEAD").answer();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(answer.body.is_empty());
    for path in ["/panic", "/\u{1}"] {
        assert!(get(path).with("REQUEST_METHOD", "HEAD").answer().body.is_empty());
    }
    let not_modified = get("/status/304").answer();
    assert!(not_modified.body.is_empty() && not_modified.header("content-length").is_none());
}

#[test]
fn a_redirect_is_absolute_with_a_status() {
    let answer = get("/redirect").answer();
    assert_eq!(answer.status_line, "Status: 303 See Other");
    assert_eq!(answer.header("location"), Some("https://example.jp/neo.cgi/next"));
    let relative = get("/redirect/relative").answer();
    assert_eq!(relative.status, 500);
    assert!(relative.text().contains("not an absolute URL"), "{}", relative.text());
}

#[test]
fn a_header_that_cannot_be_sent_is_a_fault_and_never_cut() {
    for path in ["/header/japanese", "/header/break", "/header/long", "/header/cookie", "/header/coding"] {
        let answer = get(path).answer();
        assert_eq!(answer.status, 500, "{path}");
        assert!(answer.text().starts_with("incident: sending the reply"), "{path}: {}", answer.text());
        assert_eq!(answer.header("set-cookie"), None, "{path}");
        assert_eq!(answer.header("x-name"), None, "{path}");
    }
    assert_eq!(get("/header/replaced").answer().header("x-name"), Some("b"));
}

#[test]
fn a_reply_holds_its_one_cookie() {
    let answer = get("/cookie").answer();
    assert_eq!(answer.header("set-cookie"), Some("__Host-neo=1; Path=/; Secure; HttpOnly; SameSite=Lax"));
}

#[test]
fn a_panic_becomes_the_page_of_an_incident() {
    let answer = get("/panic").answer();
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("incident: answering /panic"), "{}", answer.text());
    assert!(answer.text().contains("the handler broke"), "{}", answer.text());
    assert!(answer.text().contains("echo_cgi.rs:"), "it says where: {}", answer.text());
    assert!(answer.errors.contains("the handler broke"), "the hook that stood before is told");
    let twice = get("/panic-twice").with("HTTP_ACCEPT_LANGUAGE", "en").answer();
    assert_eq!(twice.status, 500);
    assert!(twice.text().contains("We are sorry"), "{}", twice.text());
}

#[test]
fn a_token_in_the_path_stays_out_of_the_incident() {
    let answer = get("/panic/a-secret-token").answer();
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("incident: answering /panic"), "{}", answer.text());
    assert!(!answer.text().contains("a-secret-token"), "{}", answer.text());
}

#[test]
fn a_reader_who_leaves_is_no_failure() {
    let mut child = get("/large").command().spawn().unwrap();
    drop(child.stdout.take());
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(errors, "");
}

#[test]
fn a_large_reply_arrives_whole() {
    let answer = get("/large").answer();
    assert_eq!(answer.body.len(), 3 * 1024 * 1024);
    assert_eq!(answer.header("content-length"), Some("3145728"));
}

#[test]
fn the_hook_before_the_head_runs_for_every_kind_of_reply() {
    let folder = std::env::temp_dir().join(format!("neo-gateway-head-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let short = post("/", "x").with("CONTENT_LENGTH", "9");
    for (name, call) in
        [("ok", get("/")), ("early", get("/\u{1}")), ("panic", get("/panic")), ("short", short)]
    {
        let file = folder.join(name);
        call.with("ECHO_HEAD", &file).answer();
        assert!(file.exists(), "{name}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_reply_ends_before_the_work_that_comes_after_it() {
    let file = std::env::temp_dir().join(format!("neo-gateway-after-{}", std::process::id()));
    let mut command = get("/").with("ECHO_AFTER", &file).command();
    let began = Instant::now();
    let mut child = command.spawn().unwrap();
    let (mut raw, mut errors) = (Vec::new(), Vec::new());
    child.stdout.take().unwrap().read_to_end(&mut raw).unwrap();
    child.stderr.take().unwrap().read_to_end(&mut errors).unwrap(); // mod_cgi waits for this end too
    let ended = began.elapsed();
    assert_eq!(Answer::parse(raw, String::new()).status, 200);
    assert!(ended < Duration::from_millis(1400), "the reply took {ended:?}");
    assert!(!file.exists());
    assert!(child.wait().unwrap().success());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "after");
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn the_reply_ends_too_where_one_socket_is_input_and_output() {
    // So mod_cgid runs a program.
    let file = std::env::temp_dir().join(format!("neo-gateway-socket-{}", std::process::id()));
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let mut command = get("/").with("ECHO_AFTER", &file).command();
    let began = Instant::now();
    command.stdin(OwnedFd::from(theirs.try_clone().unwrap())).stdout(OwnedFd::from(theirs));
    let mut child = command.spawn().unwrap();
    drop(command); // it holds their end
    let mut raw = Vec::new();
    ours.read_to_end(&mut raw).unwrap();
    let ended = began.elapsed();
    assert_eq!(Answer::parse(raw, String::new()).status, 200);
    assert!(ended < Duration::from_millis(1400), "the reply took {ended:?}");
    child.wait().unwrap();
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn words_of_a_query_string_are_no_commands() {
    // A query without `=` reaches a CGI program as command-line words too: the program itself must not obey them.
    let folder = std::env::temp_dir().join(format!("neo-gateway-words-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let run = |words: &[&str], variable: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_neo"))
            .env_clear()
            .env("NEO_DATA", &folder)
            .env("GATEWAY_INTERFACE", "CGI/1.1")
            .env("REQUEST_METHOD", "GET")
            .env("SCRIPT_NAME", "/neo.cgi")
            .env("QUERY_STRING", words.join("+"))
            .env_remove(variable)
            .args(words)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    for words in [["version"].as_slice(), &["--help"], &["tick"], &["setting", "list"]] {
        for variable in ["GATEWAY_INTERFACE", "REQUEST_METHOD", "NOTHING"] {
            assert!(run(words, variable).starts_with("Status: "), "{words:?} without {variable}");
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
