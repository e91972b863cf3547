//! The portal as a web server calls it: one process per request, on either engine.
//! Not the look of its pages, and not what the commands behind them do.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a broken check may stop here"
)]

mod support;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::Stdio;

use support::{Fleet, On};

const PASSWORD: &str = "correct horse battery";

/// A browser: a cookie, and where it stands.
struct Browser<'a> {
    fleet: &'a Fleet,
    cookie: String,
    headers: Vec<(&'static str, String)>,
}

#[derive(Debug)]
struct Page {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Page {
    /// The value of a hidden field.
    #[track_caller]
    fn hidden(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let start = self.body.find(&mark).unwrap_or_else(|| panic!("no {name}: {}", self.body)) + mark.len();
        self.body[start..].split('"').next().unwrap().to_string()
    }

    fn location(&self) -> &str {
        self.headers.get("location").map_or("", String::as_str)
    }
}

impl<'a> Browser<'a> {
    fn new(fleet: &'a Fleet) -> Browser<'a> {
        let own = ("HTTP_SEC_FETCH_SITE", "same-origin".to_string());
        Browser { fleet, cookie: String::new(), headers: vec![own] }
    }

    fn get(&mut self, path: &str) -> Page {
        self.send("GET", path, &[])
    }

    fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.send("POST", path, fields)
    }

    fn send(&mut self, method: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut command = self.fleet.command(&[]);
        command
            .env("GATEWAY_INTERFACE", "CGI/1.1")
            .env("NEO_FLEET_REHEARSAL", "1")
            .env("REQUEST_METHOD", method)
            .env("SERVER_PROTOCOL", "HTTP/1.1")
            .env("SERVER_NAME", "portal.example.jp")
            .env("SERVER_PORT", "80")
            .env("HTTP_HOST", "portal.example.jp")
            .env("REMOTE_ADDR", "203.0.113.7")
            .env("SCRIPT_NAME", "/fleet.cgi")
            .env("PATH_INFO", path)
            .env("QUERY_STRING", query)
            .env("HTTP_ACCEPT_LANGUAGE", "ja")
            .env("HTTP_COOKIE", &self.cookie)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if method == "POST" {
            command.env("CONTENT_TYPE", "application/x-www-form-urlencoded");
            command.env("CONTENT_LENGTH", body.len().to_string());
        }
        for (name, value) in &self.headers {
            command.env(name, value);
        }
        let mut child = command.spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(body.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n")).unwrap();
        let headers: BTreeMap<String, String> = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_string()))
            .collect();
        if let Some(cookie) = headers.get("set-cookie") {
            self.cookie = cookie.split(';').next().unwrap().to_string();
        }
        let status = headers.get("status").map_or(200, |status| status[..3].parse().unwrap());
        Page { status, headers, body: body.to_string() }
    }

    fn sign_in(&mut self, email: &str) -> Page {
        self.post("/login", &[("email", email), ("password", PASSWORD)])
    }

    /// The second factor of this moment, as an app shows it.
    fn code(&self, secret: &str) -> String {
        let plain: String = secret.chars().filter(char::is_ascii_alphanumeric).collect();
        let secret = data_encoding::BASE32_NOPAD.decode(plain.as_bytes()).unwrap();
        let step = u64::try_from(self.fleet.now / 30).unwrap();
        // RFC 4226, written a second time: the test shall not ask the library that it tests.
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
        let mac = ring::hmac::sign(&key, &step.to_be_bytes());
        let offset = usize::from(mac.as_ref()[19] & 15);
        let four: [u8; 4] = mac.as_ref()[offset..offset + 4].try_into().unwrap();
        format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
    }

    /// Sets the second factor up and gives its secret as it was shown.
    fn set_up_factor(&mut self) -> String {
        let page = self.get("/account");
        let start = page.body.find("<textarea class=\"code\"").unwrap();
        let secret =
            page.body[start..].split('>').nth(1).unwrap().split('<').next().unwrap().trim().to_string();
        let fields = [
            ("csrf", page.hidden("csrf")),
            ("secret", page.hidden("secret")),
            ("code", self.code(&secret)),
            ("present", PASSWORD.to_string()),
        ];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let set = self.post("/account/factor", &fields);
        assert_eq!(
            (set.status, set.location()),
            (303, "http://portal.example.jp/fleet.cgi/account?done=factor"),
            "{}",
            set.body
        );
        secret
    }
}

fn with_user(on: On, email: &str, role: &[&str]) -> Fleet {
    let fleet = Fleet::new(on);
    add_user(&fleet, email, role);
    fleet
}

fn add_user(fleet: &Fleet, email: &str, role: &[&str]) {
    std::fs::write(fleet.scratch("password"), PASSWORD).unwrap();
    fleet.run(&[&["user", "add", email, "--password-file", "password"], role].concat()).ok();
}

on_both_engines! {
    fn a_customer_sees_her_own_keys_and_nobody_elses(engine) {
        let fleet = Fleet::new(engine);
        fleet.ceremony();
        let customer = fleet.customer();
        let own = fleet.json(&["key", "issue", "--customer", &customer, "--days", "365"]);
        let own = own["key"].as_str().unwrap();
        let other = fleet.key();
        add_user(&fleet, "hanako@shop.example.jp", &["--role", "customer", "--customer", &customer]);
        let mut browser = Browser::new(&fleet);
        assert_eq!(browser.get("/keys").location(), "http://portal.example.jp/fleet.cgi/login");
        assert_eq!(browser.sign_in("hanako@shop.example.jp").status, 303);
        let home = browser.get("/");
        assert!(home.status == 200 && home.body.contains("現在、障害はありません"), "{}", home.body);
        let keys = browser.get("/keys");
        assert!(keys.body.contains(own) && !keys.body.contains(&other), "{}", keys.body);
        let file = browser.get(&format!("/keys/{own}/file"));
        let token = neo::link::activation::from_typed(&file.body).unwrap();
        assert_eq!(neo::link::activation::read_kept(&token).unwrap().key, own);
        assert_eq!(browser.get(&format!("/keys/{other}/file")).status, 404);
        for path in ["/fleet", "/sites", "/incidents", "/releases", "/audit"] {
            let page = browser.get(path);
            assert!(page.status == 403 && page.body.contains("F1401"), "{path}: {}", page.body);
        }
        assert_eq!(browser.get("/nowhere").status, 404);
    }

    fn staff_see_nothing_before_their_second_factor_and_each_code_counts_once(engine) {
        let mut fleet = with_user(engine, "staff@vendor.example.jp", &["--role", "staff"]);
        let mut browser = Browser::new(&fleet);
        browser.sign_in("staff@vendor.example.jp");
        assert_eq!(browser.get("/fleet").location(), "http://portal.example.jp/fleet.cgi/account");
        let secret = browser.set_up_factor();
        for path in ["/fleet", "/sites", "/incidents", "/releases", "/audit", "/", "/keys", "/downloads", "/account"] {
            assert_eq!(browser.get(path).status, 200, "{path}");
        }
        // In another browser, a minute later: the password alone opens nothing but the question for the code.
        fleet.now += 60;
        let mut second = Browser::new(&fleet);
        let signed_in = second.sign_in("staff@vendor.example.jp");
        assert_eq!(signed_in.location(), "http://portal.example.jp/fleet.cgi/login/code");
        assert_eq!(second.get("/audit").location(), "http://portal.example.jp/fleet.cgi/login/code");
        let csrf = second.get("/login/code").hidden("csrf");
        let code = second.code(&secret);
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let refused = second.post("/login/code", &[("csrf", &csrf), ("code", wrong)]);
        assert!(refused.status == 422 && refused.body.contains("F1403"), "{}", refused.body);
        assert_eq!(second.post("/login/code", &[("csrf", &csrf), ("code", &code)]).status, 303);
        assert_eq!(second.get("/audit").status, 200);
        let mut third = Browser::new(&fleet);
        third.sign_in("staff@vendor.example.jp");
        let csrf = third.get("/login/code").hidden("csrf");
        let again = third.post("/login/code", &[("csrf", &csrf), ("code", &code)]);
        assert!(again.status == 422 && again.body.contains("F1403"), "a used code: {}", again.body);
    }

    fn the_days_report_is_written_on_a_page_and_read_by_customers(engine) {
        let fleet = with_user(engine, "staff@vendor.example.jp", &["--role", "staff"]);
        fleet.run(&["incident", "open", "--title-ja", "さくらで応答がない", "--title-en", "No answer at Sakura",
            "--text-ja", "調べています。", "--text-en", "We are looking.", "--provider", "sakura"]).ok();
        let mut browser = Browser::new(&fleet);
        browser.sign_in("staff@vendor.example.jp");
        browser.set_up_factor();
        let list = browser.get("/incidents");
        let id = list.body.split("/fleet.cgi/incidents/").nth(1).unwrap().split('"').next().unwrap().to_string();
        let path = format!("/incidents/{id}");
        let csrf = browser.get(&path).hidden("csrf");
        let half = browser.post(&path, &[("csrf", &csrf), ("ja", "原因は回線です。"), ("en", "")]);
        assert!(half.status == 422 && half.body.contains("F1206") && half.body.contains("原因は回線です。"), "{}", half.body);
        let written = browser.post(&path, &[("csrf", &csrf), ("ja", "原因は回線です。"), ("en", "It is the line.")]);
        assert_eq!(written.status, 303, "{}", written.body);
        assert!(browser.get(&path).body.contains("staff@vendor.example.jp"));
        let customer = fleet.customer();
        add_user(&fleet, "hanako@shop.example.jp", &["--role", "customer", "--customer", &customer, "--language", "en"]);
        let mut hers = Browser::new(&fleet);
        hers.sign_in("hanako@shop.example.jp");
        let home = hers.get("/");
        assert!(home.body.contains("No answer at Sakura") && home.body.contains("It is the line."), "{}", home.body);
    }

    fn forms_of_other_sites_and_of_other_sessions_change_nothing(engine) {
        let fleet = Fleet::new(engine);
        let customer = fleet.customer();
        add_user(&fleet, "hanako@shop.example.jp", &["--role", "customer", "--customer", &customer]);
        let mut browser = Browser::new(&fleet);
        browser.sign_in("hanako@shop.example.jp");
        let csrf = browser.get("/account").hidden("csrf");
        let change = [("csrf", csrf.as_str()), ("present", PASSWORD), ("password", "another fine password")];
        browser.headers = vec![("HTTP_SEC_FETCH_SITE", "cross-site".to_string())];
        assert_eq!(browser.post("/account/password", &change).status, 403);
        browser.headers = vec![("HTTP_ORIGIN", "https://elsewhere.example.com".to_string())];
        assert_eq!(browser.post("/account/password", &change).status, 403);
        browser.headers = vec![("HTTP_SEC_FETCH_SITE", "same-origin".to_string())];
        let forged = [("csrf", "AAAA"), ("present", PASSWORD), ("password", "another fine password")];
        assert_eq!(browser.post("/account/password", &forged).status, 403);
        assert_eq!(browser.get("/account/password").status, 405);
        assert_eq!(browser.post("/account/password", &change).status, 303);
        let mut old = Browser::new(&fleet);
        assert_eq!(old.sign_in("hanako@shop.example.jp").status, 422, "the old password");
    }

    fn guesses_are_slowed_down_and_tell_nothing(engine) {
        let fleet = with_user(engine, "staff@vendor.example.jp", &["--role", "admin"]);
        let guess = |email: &str| {
            let mut browser = Browser::new(&fleet);
            let page = browser.post("/login", &[("email", email), ("password", "guess")]);
            (page.status, page.body)
        };
        let (_, known) = guess("staff@vendor.example.jp");
        let (_, unknown) = guess("nobody@vendor.example.jp");
        assert_eq!(known.replace("staff@", ""), unknown.replace("nobody@", ""));
        let statuses: Vec<u16> = (0..4).map(|_| guess("staff@vendor.example.jp").0).collect();
        assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    }
}

#[test]
fn a_database_url_that_does_not_read_is_refused_and_no_other_database_is_shown() {
    let fleet = with_user(On::Sqlite, "staff@vendor.example.jp", &["--role", "staff"]);
    let mut browser = Browser::new(&fleet);
    assert_eq!(browser.get("/login").status, 200);
    browser.headers.push(("NEO_FLEET_DATABASE", "mysql://elsewhere/fleet".to_string()));
    let page = browser.get("/login");
    assert!(page.status == 422 && page.body.contains("F1003"), "{}: {}", page.status, page.body);
}
