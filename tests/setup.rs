//! The set-up page: who may, what is asked, what is left afterwards.
//! Not the command `neo setup`, which every other test uses.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a broken check may stop here"
)]

mod support;

use support::{EMAIL, NOON, PASSWORD, Site};

/// What an owner types; later pairs win.
fn typed<'a>(code: &'a str, changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("code", code),
        ("email", EMAIL),
        ("password", PASSWORD),
        ("base_url", "https://shop.example.jp/neo.cgi"),
        ("language", "ja"),
        ("time_zone", "Asia/Tokyo"),
        ("transport", "folder"),
    ];
    for (name, value) in changed {
        fields.retain(|(other, _)| other != name);
        fields.push((name, value));
    }
    fields
}

fn code_of(site: &Site) -> String {
    std::fs::read_to_string(site.data().join("setup-code.txt")).unwrap().trim().to_string()
}

#[test]
fn before_the_set_up_every_page_leads_there() {
    let site = Site::empty();
    for path in ["/", "/admin", "/admin/login", "/f/news", "/admin/settings"] {
        assert_eq!(site.get(path).leads_to(), "/setup", "{path}");
    }
    assert_eq!(site.get("/setup").status, 200);
}

#[test]
fn before_the_set_up_the_browser_is_sent_where_it_came_from_and_never_to_a_host_that_is_none() {
    let site = Site::empty();
    let plain = [("HTTPS", ""), ("SERVER_PORT", "8080"), ("SERVER_SOFTWARE", "Apache")];
    for (host, origin) in [
        ("shop.example.jp", "http://shop.example.jp"),
        ("shop.example.jp:8025", "http://shop.example.jp:8025"),
        ("[2001:db8::1]:8025", "http://[2001:db8::1]:8025"),
        ("shop.example.jp:8025:9", "http://localhost"),
        ("shop.example.jp:99999", "http://localhost"),
        ("shop.example.jp/evil", "http://localhost"),
        ("hanako@evil.example", "http://localhost"),
        ("[evil", "http://localhost"),
        ("..", "http://localhost"),
        ("", "http://localhost"),
    ] {
        let more: Vec<(&str, &str)> = plain.into_iter().chain([("HTTP_HOST", host)]).collect();
        let page = site.request("GET", "/", None, &more);
        assert_eq!(page.header("location"), Some(format!("{origin}/neo.cgi/setup").as_str()), "{host}");
    }
}

#[test]
fn the_page_says_which_file_holds_the_code_and_tells_neither_the_code_nor_where_the_server_keeps_it() {
    let site = Site::empty();
    let page = site.get("/setup");
    assert!(page.says("setup-code.txt") && page.says("「data」"), "{}", page.text());
    assert!(!page.body.contains(&code_of(&site)));
    assert!(!page.body.contains(&*site.data().to_string_lossy()));
    assert_eq!(page.value("base_url"), "https://shop.example.jp/neo.cgi");
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(site.data().join("setup-code.txt")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn who_does_not_know_the_code_sets_nothing_up_and_keeps_what_was_typed_but_the_password() {
    let site = Site::empty();
    site.get("/setup");
    for wrong in ["", "0000-0000-0000"] {
        let page = site.post("/setup", &typed(wrong, &[("email", "hanako@example.jp")]));
        assert_eq!(page.status, 422);
        assert!(page.says("E1017"), "{}", page.text());
        assert_eq!(page.value("email"), "hanako@example.jp");
        assert!(!page.body.contains(PASSWORD));
    }
    assert!(!site.data().join("neo.sqlite").exists());
}

#[test]
fn a_mistake_is_named_beside_its_field_and_nothing_is_made() {
    let site = Site::empty();
    site.get("/setup");
    let code = code_of(&site);
    for (field, value, number) in [
        ("email", "hanako", 1002),
        ("password", "short", 1012),
        ("password", "password1", 1013),
        ("base_url", "javascript:alert(1)", 1024),
        ("time_zone", "Asia/Edo", 1031),
    ] {
        let page = site.post("/setup", &typed(&code, &[(field, value)]));
        assert_eq!(page.status, 422, "{field}={value}");
        assert!(page.says(&format!("E{number}")), "{field}={value}: {}", page.text());
        assert!(page.body.contains(&format!("id=\"field-{field}-error\"")), "{field}={value}");
        assert!(!site.data().join("neo.sqlite").exists(), "{field}={value}");
    }
}

#[test]
fn with_the_code_the_site_is_made_the_code_goes_and_the_page_closes_for_good() {
    let site = Site::empty();
    site.get("/setup");
    let code = code_of(&site).to_uppercase().replace('-', " ");
    let done = site.post("/setup", &typed(&code, &[("time_zone", "Europe/Berlin")]));
    let login = site.follow(&done);
    assert!(login.says("初期設定が完了しました"), "{}", login.text());
    assert!(!site.data().join("setup-code.txt").exists());
    assert_eq!(site.setting("time_zone"), "Europe/Berlin");
    assert_eq!(site.setting("transport"), "folder:outbox");
    for page in [site.get("/setup"), site.post_exactly("/setup", &typed(&code, &[]))] {
        assert_eq!(page.status, 403);
        assert!(page.says("E2013"), "{}", page.text());
    }
    assert!(!site.data().join("setup-code.txt").exists());
    site.sign_in();
    assert_eq!(site.get("/admin").status, 200);
}

#[test]
fn under_the_try_out_front_nothing_leaves_the_machine_unless_it_is_asked_for() {
    let site = Site::empty();
    site.variable("SERVER_SOFTWARE", "neo-serve/0.1.0");
    assert!(site.get("/setup").is_ticked("transport", "folder"));
    site.variable("SERVER_SOFTWARE", "Apache");
    let page = site.get("/setup");
    let has_sendmail = ["/usr/sbin/sendmail", "/usr/lib/sendmail", "/usr/local/sbin/sendmail"]
        .iter()
        .any(|program| std::path::Path::new(program).exists());
    assert_eq!(page.is_ticked("transport", "sendmail"), has_sendmail);
    assert_eq!(page.is_ticked("transport", "folder"), !has_sendmail);
}

#[test]
fn another_sites_page_cannot_set_up() {
    let site = Site::empty();
    site.get("/setup");
    let body = support::encoded(&typed(&code_of(&site), &[]));
    for (name, value) in [("HTTP_ORIGIN", "https://evil.example"), ("HTTP_SEC_FETCH_SITE", "cross-site")] {
        let page = site.request("POST", "/setup", Some(&body), &[(name, value)]);
        assert_eq!(page.status, 403);
        assert!(page.says("E2006"), "{}", page.text());
    }
    assert!(!site.data().join("neo.sqlite").exists());
}

/// How many of the tries, sent one by one, were looked at; the others were told to wait.
fn looked_at(site: &Site, code: &str, tries: usize) -> usize {
    (0..tries).filter(|_| site.post("/setup", &typed(code, &[])).status == 422).count()
}

#[test]
fn wrong_codes_are_slowed_down_ever_more_and_the_right_one_is_taken_after_the_wait() {
    let site = Site::empty();
    site.at(NOON);
    site.get("/setup");
    assert_eq!(looked_at(&site, "0000", 9), 5);
    let code = code_of(&site);
    let held = site.post("/setup", &typed(&code, &[("email", "hanako@example.jp")]));
    assert!(held.status == 429 && held.says("E2045"), "{}", held.text());
    assert_eq!((held.header("retry-after"), held.value("email").as_str()), (Some("1"), "hanako@example.jp"));
    assert_eq!(code_of(&site), code, "the owner's code stays good");
    // One more try is looked at when each wait is over: after 1, 2, 4, 8, 16, 32, 60 and again 60 seconds.
    let mut now = NOON;
    for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
        site.at(now + wait - 1);
        assert_eq!(looked_at(&site, "0000", 1), 0, "{wait}");
        now += wait;
        site.at(now);
        assert_eq!(looked_at(&site, "0000", 3), 1, "{wait}");
    }
    site.at(now + 60);
    let mistaken = site.post("/setup", &typed(&code, &[("password", "short")]));
    assert!(mistaken.says("E1012"), "{}", mistaken.text());
    assert_eq!(looked_at(&site, "0000", 9), 5, "who knew the code made no guess");
    site.at(now + 120);
    assert_eq!(site.post("/setup", &typed(&code, &[])).leads_to(), "/admin/login?done=setup");
    assert!(!site.data().join("setup-tries.txt").exists());
}

#[test]
fn codes_that_are_tried_side_by_side_share_one_count() {
    let site = Site::empty();
    site.at(NOON);
    site.get("/setup");
    let body = support::encoded(&typed("0000", &[]));
    let calls: Vec<_> = (0..24)
        .map(|_| {
            let mut call = site.command();
            call.env("GATEWAY_INTERFACE", "CGI/1.1")
                .env("REQUEST_METHOD", "POST")
                .env("SCRIPT_NAME", "/neo.cgi")
                .env("PATH_INFO", "/setup")
                .env("CONTENT_TYPE", "application/x-www-form-urlencoded")
                .env("CONTENT_LENGTH", body.len().to_string())
                .stdin(std::process::Stdio::piped())
                .stdout(std::process::Stdio::piped());
            let mut child = call.spawn().unwrap();
            std::io::Write::write_all(&mut child.stdin.take().unwrap(), body.as_bytes()).unwrap();
            child
        })
        .collect();
    let looked_at = calls
        .into_iter()
        .map(|call| String::from_utf8(call.wait_with_output().unwrap().stdout).unwrap())
        .inspect(|reply| assert!(reply.contains("E1017") || reply.contains("E2045"), "{reply}"))
        .filter(|reply| reply.contains("E1017"))
        .count();
    assert_eq!(looked_at, 5);
}

#[test]
fn a_wait_that_a_clock_far_ahead_wrote_down_holds_nobody_up() {
    let site = Site::empty();
    site.at(NOON + 365 * 86_400);
    site.get("/setup");
    assert_eq!(looked_at(&site, "0000", 6), 5);
    site.at(NOON);
    assert_eq!(looked_at(&site, "0000", 1), 1);
}
