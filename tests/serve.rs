//! What neo-serve promises: a CGI program is run as a web server runs it, and nothing else gets out.
//! Not the pages: the programs under test are small shell scripts, and the real executable for the last word.
#![cfg(feature = "serve")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A site in a fresh folder, served on a free port, ended with the test.
struct Served {
    folder: PathBuf,
    child: Child,
    address: String,
    /// The line that was printed.
    line: String,
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

fn folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("neo-serve-{}-{number}", std::process::id()));
    std::fs::create_dir_all(folder.join("public_html/assets")).unwrap();
    folder.canonicalize().unwrap()
}

fn write_script(file: &Path, text: &str) {
    std::fs::write(file, text).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Serves a shell script; `$DIR` in it is the test's folder.
fn serve_script(script: &str, options: &[&str]) -> Served {
    let folder = folder();
    let program = folder.join("program.sh");
    write_script(&program, &format!("#!/bin/sh\nDIR='{}'\n{script}\n", folder.display()));
    serve(folder, &program, options)
}

fn serve(folder: PathBuf, program: &Path, options: &[&str]) -> Served {
    let mut child = Command::new(env!("CARGO_BIN_EXE_neo-serve"))
        .arg("--cgi")
        .arg(program)
        .arg("--public-html")
        .arg(folder.join("public_html"))
        .arg("--data")
        .arg(folder.join("data"))
        .args(["--listen", "127.0.0.1:0"])
        .args(if options.contains(&"--tick-every") { [].as_slice() } else { &["--tick-every", "0"] })
        .args(options)
        .env("SECRET_OF_THE_SHELL", "1")
        .env("NEO_OTHER", "passed")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("http://").unwrap().strip_suffix("/neo.cgi/").unwrap().to_string();
    Served { folder, child, address, line }
}

impl Served {
    fn get(&self, target: &str) -> Answer {
        self.send(format!("GET {target} HTTP/1.1\r\nHost: shop.example:8025\r\n\r\n").as_bytes())
    }

    fn post(&self, target: &str, body: &[u8]) -> Answer {
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/x\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.send(&[head.as_bytes(), body].concat())
    }

    fn send(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let _ = stream.write_all(bytes); // it may be refused before its end
        let mut raw = Vec::new();
        stream.read_to_end(&mut raw).unwrap();
        let end = raw.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or_else(|| {
            panic!("no reply to {:?}: {:?}", String::from_utf8_lossy(bytes), String::from_utf8_lossy(&raw))
        });
        let head = String::from_utf8(raw[..end].to_vec()).unwrap();
        Answer { status: head[9..12].parse().unwrap(), head, body: raw[end + 4..].to_vec() }
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.join(name)).unwrap_or_default()
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if self.child.try_wait().unwrap().is_none() {
            self.signal("-TERM");
            self.child.wait().unwrap();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn has_line(&self, line: &str) -> bool {
        self.text().lines().any(|other| other == line)
    }
}

const ENVIRONMENT: &str =
    "echo 'Content-Type: text/plain'; echo; env; for word in \"$@\"; do echo \"word=$word\"; done";
const BODY: &str = "echo 'Content-Type: text/plain'; echo; head -c \"${CONTENT_LENGTH:-0}\"";

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn is_running(id: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", id.trim())).unwrap_or_default();
    !stat.is_empty()
}

#[test]
fn it_prints_where_it_listens_and_leads_there() {
    let served = serve_script(ENVIRONMENT, &[]);
    assert!(served.line.ends_with("/neo.cgi/\n") && !served.line.contains(":0/"), "{}", served.line);
    let home = served.get("/");
    assert_eq!(home.status, 302);
    assert!(home.head.contains("location: /neo.cgi/"), "{}", home.head);
}

#[test]
fn the_program_gets_the_variables_of_the_standard_and_no_others() {
    let served = serve_script(ENVIRONMENT, &[]);
    let answer = served.send(
        b"GET /neo.cgi/f/%E8%8A%B1%20a?x=1&y=%20 HTTP/1.1\r\nHost: shop.example:8025\r\nX-Neo-Site: s\r\n\
          X_Neo_Site: forged\r\nProxy: http://evil.example\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n",
    );
    assert_eq!(answer.status, 200);
    let port = served.address.rsplit_once(':').unwrap().1;
    let public_html = served.folder.join("public_html");
    for line in [
        "GATEWAY_INTERFACE=CGI/1.1",
        "SERVER_PROTOCOL=HTTP/1.1",
        "REQUEST_METHOD=GET",
        "SCRIPT_NAME=/neo.cgi",
        "PATH_INFO=/f/花 a",
        "QUERY_STRING=x=1&y=%20",
        "REQUEST_URI=/neo.cgi/f/%E8%8A%B1%20a?x=1&y=%20",
        "REMOTE_ADDR=127.0.0.1",
        "SERVER_NAME=shop.example",
        &format!("SERVER_PORT={port}"),
        &format!("DOCUMENT_ROOT={}", public_html.display()),
        &format!("SCRIPT_FILENAME={}", served.folder.join("program.sh").display()),
        &format!("NEO_DATA={}", served.folder.join("data").display()),
        "NEO_OTHER=passed",
        "HTTP_HOST=shop.example:8025",
        "HTTP_X_NEO_SITE=s",
        "HTTP_COOKIE=a=1; b=2",
    ] {
        assert!(answer.has_line(line), "{line} is missing in\n{}", answer.text());
    }
    for name in ["HTTP_PROXY", "SECRET_OF_THE_SHELL", "HOME=", "CONTENT_LENGTH", "word="] {
        assert!(!answer.text().contains(name), "{name} in\n{}", answer.text());
    }
    assert!(!served.get("/neo.cgi").text().contains("PATH_INFO="));
}

#[test]
fn odd_bytes_reach_the_program_as_they_came() {
    let served =
        serve_script("echo 'Content-Type: text/plain'; echo; printf %s \"$HTTP_USER_AGENT|$PATH_INFO\"", &[]);
    let answer = served.send(b"GET /neo.cgi/%ff HTTP/1.0\r\nUser-Agent: odd \xff \xe8\x8a\xb1\r\n\r\n");
    assert_eq!(answer.body, b"odd \xff \xe8\x8a\xb1|/\xff");
}

#[test]
fn words_of_a_query_come_as_arguments_as_the_standard_has_it() {
    let served = serve_script(ENVIRONMENT, &[]);
    assert!(served.get("/neo.cgi/?tick+--json").has_line("word=--json"));
    assert!(!served.get("/neo.cgi/?tick=1+--json").text().contains("word="));
}

#[test]
fn a_body_arrives_whole_and_a_large_reply_returns_whole() {
    let served = serve_script(BODY, &[]);
    let body: Vec<u8> = (0..8 * 1024 * 1024_u32).map(|number| number.to_le_bytes()[1]).collect();
    assert!(served.post("/neo.cgi/upload", &body).body == body);
    assert_eq!(served.post("/neo.cgi/", b"").body, b"");
}

#[test]
fn a_program_that_leaves_the_body_unread_still_answers() {
    let served =
        serve_script("printf 'Status: 413 Content Too Large\\nContent-Type: text/plain\\n\\nno'", &[]);
    let answer = served.post("/neo.cgi/", &vec![b'x'; 4 * 1024 * 1024]);
    assert_eq!((answer.status, answer.body.as_slice()), (413, b"no".as_slice()));
}

#[test]
fn a_client_that_asks_before_it_sends_is_told_to_go_on() {
    let served = serve_script(BODY, &[]);
    let mut stream = TcpStream::connect(&served.address).unwrap();
    stream
        .write_all(b"POST /neo.cgi/ HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        .unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"abc").unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert!(rest.starts_with("HTTP/1.1 200 OK\r\n") && rest.ends_with("\r\n\r\nabc"), "{rest}");
}

#[test]
fn a_request_that_is_a_trick_is_refused() {
    let served = serve_script(ENVIRONMENT, &[]);
    for request in [
        "GET /neo.cgi/\0 HTTP/1.1\r\n\r\n",
        "hello\r\n\r\n",
        "GET /neo.cgi/ HTTP/1.1\r\nno colon\r\n\r\n",
        "POST /neo.cgi/ HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST /neo.cgi/ HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na",
        "POST /neo.cgi/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST /neo.cgi/ HTTP/1.1\r\nContent-Length: +1\r\n\r\na",
        "POST /neo.cgi/ HTTP/1.1\r\nContent-Length:\r\n\r\n",
        "GET /neo.cgi/%00 HTTP/1.1\r\n\r\n",
        "GET /neo.cgi/../x HTTP/1.1\r\n\r\n",
        "GET /neo.cgi/%2e%2e/x HTTP/1.1\r\n\r\n",
        "GET neo.cgi HTTP/1.1\r\n\r\n",
    ] {
        assert_eq!(served.send(request.as_bytes()).status, 400, "{request:?}");
    }
    let huge = served.send(b"POST /neo.cgi/ HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n");
    assert_eq!(huge.status, 413);
    let long = format!("GET /neo.cgi/ HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(40_000));
    assert_eq!(served.send(long.as_bytes()).status, 400);
}

#[test]
fn a_head_request_gets_no_body() {
    let served = serve_script("printf 'Content-Type: text/plain\\n\\nbody'", &[]);
    let answer = served.send(b"HEAD /neo.cgi/ HTTP/1.1\r\n\r\n");
    assert_eq!((answer.status, answer.body.len()), (200, 0));
}

#[test]
fn the_programs_status_and_headers_are_passed_on() {
    let served = serve_script(
        "printf 'Status: 422 Unprocessable Entity\\nContent-Type: text/html\\nSet-Cookie: a=1\\nContent-Length: 99\\n\\n<p>'",
        &[],
    );
    let answer = served.get("/neo.cgi/");
    assert!(answer.head.starts_with("HTTP/1.1 422 Unprocessable Entity\r\n"), "{}", answer.head);
    assert!(answer.head.contains("set-cookie: a=1") && answer.head.contains("content-length: 3"));
    assert_eq!(answer.body, b"<p>");
}

#[test]
fn a_program_that_gives_no_reply_becomes_a_page() {
    let served = serve_script(
        "case $PATH_INFO in /empty) ;; /early) echo debug; echo 'Status: 200 OK'; echo;; /crash) kill -9 $$;; esac",
        &[],
    );
    for path in ["/empty", "/early", "/crash"] {
        let answer = served.get(&format!("/neo.cgi{path}"));
        assert_eq!(answer.status, 502, "{path}");
        assert!(answer.text().starts_with("<!DOCTYPE html>"), "{path}");
    }
}

#[test]
fn files_are_served_if_their_kind_is_known_and_nothing_hidden_or_outside() {
    let served = serve_script("printf 'Content-Type: text/plain\\n\\nran'", &[]);
    let root = served.folder.join("public_html");
    let put = |name: &str, text: &str| std::fs::write(root.join(name), text).unwrap();
    put("assets/neo.css", "body{}");
    put("assets/花.svg", "<svg/>");
    put(".htaccess", "secret");
    put(".hidden.css", "secret");
    put("neo.bin", "secret");
    put("neo.sqlite", "secret");
    put("notes", "secret");
    put("other.cgi", "#!/bin/sh\necho secret");
    put("neo.cgi", "secret");
    std::fs::write(served.folder.join("outside.css"), "secret").unwrap();
    std::os::unix::fs::symlink(served.folder.join("outside.css"), root.join("link.css")).unwrap();
    std::os::unix::fs::symlink(root.join(".hidden.css"), root.join("shown.css")).unwrap();

    let css = served.get("/assets/neo.css?v=1");
    assert_eq!((css.status, css.body.as_slice()), (200, b"body{}".as_slice()));
    assert!(css.head.contains("content-type: text/css; charset=utf-8"), "{}", css.head);
    assert!(css.head.contains("x-content-type-options: nosniff"), "{}", css.head);
    assert_eq!(served.get("/assets/%E8%8A%B1.svg").status, 200);
    assert_eq!(served.get("http://shop.example/assets/neo.css").status, 200);
    assert_eq!(served.get("/neo.cgi/x").body, b"ran");
    for target in [
        "/.htaccess",
        "/.hidden.css",
        "/shown.css",
        "/link.css",
        "/neo.bin",
        "/neo.sqlite",
        "/notes",
        "/other.cgi",
        "/assets",
        "/assets/",
        "//assets/neo.css",
        "/assets/../../outside.css",
        "/assets/%2e%2e/%2e%2e/outside.css",
        "/..%2foutside.css",
        "/%2e%2e/outside.css",
        "/nowhere.css",
        "/neo.cgi%00.css",
    ] {
        let answer = served.get(target);
        assert!([400, 404, 500].contains(&answer.status), "{target} gave {}", answer.status);
        assert!(!answer.text().contains("secret"), "{target}");
    }
    assert_eq!(served.post("/assets/neo.css", b"x").status, 405);
}

#[test]
fn another_program_in_the_public_folder_is_run_and_not_shown() {
    let served = serve_script("printf 'Content-Type: text/plain\\n\\nneo'", &[]);
    let other = served.folder.join("public_html/index.cgi");
    write_script(
        &other,
        "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'; echo \"$SCRIPT_NAME|$PATH_INFO\"",
    );
    assert_eq!(served.get("/index.cgi/a/b").text(), "/index.cgi|/a/b\n");
}

#[test]
fn a_program_that_takes_too_long_is_ended_with_its_children() {
    let script = "sleep 300 & echo $! > \"$DIR/child\"; echo $$ > \"$DIR/parent\"; wait";
    let served = serve_script(script, &["--time-out", "1"]);
    let began = Instant::now();
    let answer = served.get("/neo.cgi/");
    assert_eq!(answer.status, 504);
    assert!(answer.text().starts_with("<!DOCTYPE html>"));
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    wait_until("both end", || !is_running(&served.file("child")) && !is_running(&served.file("parent")));
}

#[test]
fn a_program_that_ignores_the_polite_signal_is_killed() {
    let script = "trap '' TERM; echo $$ > \"$DIR/parent\"; while :; do sleep 1; done";
    let served = serve_script(script, &["--time-out", "1"]);
    let began = Instant::now();
    assert_eq!(served.get("/neo.cgi/").status, 504);
    assert!(began.elapsed() >= Duration::from_secs(4), "SIGKILL came without the 3 seconds");
    wait_until("it ends", || !is_running(&served.file("parent")));
}

#[test]
fn the_reply_goes_out_while_the_program_still_works() {
    let script =
        "printf 'Content-Type: text/plain\\n\\nthanks'; exec 1>&-; sleep 2; echo done > \"$DIR/after\"";
    let served = serve_script(script, &[]);
    let began = Instant::now();
    assert_eq!(served.get("/neo.cgi/").text(), "thanks");
    assert!(began.elapsed() < Duration::from_millis(1900), "{:?}", began.elapsed());
    wait_until("the work after the reply", || served.file("after") == "done\n");
}

#[test]
fn at_most_eight_programs_run_at_once_and_every_request_is_answered() {
    let script = "n=$(mktemp \"$DIR/run.XXXXXX\"); ls \"$DIR\" | grep -c '^run' >> \"$DIR/counts\"; sleep 0.3; rm \"$n\"\n\
                  printf 'Content-Type: text/plain\\n\\nok'";
    let served = serve_script(script, &[]);
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..24).map(|_| scope.spawn(|| served.get("/neo.cgi/").text())).collect();
        assert!(all.into_iter().all(|thread| thread.join().unwrap() == "ok"));
    });
    let most = served.file("counts").lines().map(|count| count.parse::<u32>().unwrap()).max().unwrap();
    assert!((2..=8).contains(&most), "{most} at once");
}

#[test]
fn a_client_that_says_nothing_keeps_no_other_waiting() {
    let served = serve_script("printf 'Content-Type: text/plain\\n\\nok'", &[]);
    let mut idle: Vec<TcpStream> = (0..7).map(|_| TcpStream::connect(&served.address).unwrap()).collect();
    for stream in &mut idle {
        stream.write_all(b"GET /neo.cgi/ HT").unwrap();
    }
    assert_eq!(served.get("/neo.cgi/").text(), "ok");
}

#[test]
fn the_clock_ticks_as_cron_would() {
    let script = "[ \"$1\" = tick ] && { env | grep -E 'NEO_|GATEWAY|HTTP_|REQUEST' | tr '\\n' ' '; echo \"$@\"; } >> \"$DIR/ticks\"";
    let served = serve_script(script, &["--tick-every", "1"]);
    wait_until("two ticks", || served.file("ticks").lines().count() >= 2);
    let ticks = served.file("ticks");
    let line = ticks.lines().next().unwrap();
    assert!(line.contains(&format!("NEO_DATA={}", served.folder.join("data").display())), "{line}");
    assert!(line.ends_with("tick") && !line.contains("GATEWAY") && !line.contains("REQUEST"), "{line}");
}

#[test]
fn without_a_period_nothing_ticks() {
    let served = serve_script("echo \"$@\" >> \"$DIR/ticks\"", &["--tick-every", "0"]);
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(served.file("ticks"), "");
}

#[test]
fn it_ends_on_a_signal_and_leaves_no_child() {
    for signal in ["-TERM", "-INT"] {
        let mut served = serve_script("echo $$ > \"$DIR/parent\"; exec sleep 300", &[]);
        let mut stream = TcpStream::connect(&served.address).unwrap();
        stream.write_all(b"GET /neo.cgi/ HTTP/1.1\r\n\r\n").unwrap();
        wait_until("the program runs", || !served.file("parent").trim().is_empty());
        let began = Instant::now();
        served.signal(signal);
        assert!(served.child.wait().unwrap().success(), "{signal}");
        assert!(began.elapsed() < Duration::from_secs(5), "{signal}: {:?}", began.elapsed());
        assert!(!is_running(&served.file("parent")), "{signal}");
    }
}

#[test]
fn a_wrong_folder_or_a_taken_port_is_said_and_not_served() {
    let served = serve_script(ENVIRONMENT, &[]);
    let run = |cgi: &Path, listen: &str| {
        Command::new(env!("CARGO_BIN_EXE_neo-serve"))
            .args(["--cgi".as_ref(), cgi.as_os_str(), "--listen".as_ref(), listen.as_ref()])
            .arg("--public-html")
            .arg(served.folder.join("public_html"))
            .output()
            .unwrap()
    };
    let taken = run(&served.folder.join("program.sh"), &served.address);
    assert_eq!(taken.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&taken.stderr).contains(&served.address));
    let missing = run(&served.folder.join("nothing.cgi"), "127.0.0.1:0");
    assert_eq!(missing.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("nothing.cgi"));
    assert!(missing.stdout.is_empty());
}

#[test]
fn the_real_program_answers_through_it() {
    let served = serve(folder(), Path::new(env!("CARGO_BIN_EXE_neo")), &[]);
    let page = served.get("/neo.cgi/");
    assert!([200, 302, 303, 503].contains(&page.status), "{}", page.head);
    assert!(page.head.contains("content-type: "), "{}", page.head);
    // The gateway's own answers, whatever the pages are.
    let put = served.send(b"PUT /neo.cgi/ HTTP/1.1\r\nAccept-Language: en\r\n\r\n");
    assert_eq!(put.status, 405);
    assert!(put.text().contains("E2002") && put.head.contains("allow: GET, HEAD, POST"), "{}", put.text());
    let chunked =
        served.send(b"POST /neo.cgi/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");
    assert_eq!(chunked.status, 411);
    assert_eq!(served.get("/neo.cgi/%ff").status, 400);
    assert_eq!(served.post("/neo.cgi/nowhere", &vec![b'x'; 9 * 1024 * 1024]).status, 413);
}
