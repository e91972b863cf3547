//! Signing in and out of the owner's pages: who gets in, who is slowed down, what another site cannot do.
//! Not the set-up: tests/setup.rs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a broken check may stop here"
)]

mod support;

use support::{EMAIL, NOON, PASSWORD, Page, SCRIPT, Site};

const RIGHT: [(&str, &str); 2] = [("email", EMAIL), ("password", PASSWORD)];
const WRONG: [(&str, &str); 2] = [("email", EMAIL), ("password", "a loud morning in May")];

fn is_signed_in(site: &Site) -> bool {
    site.get("/admin").status == 200
}

#[test]
fn without_a_session_every_page_of_the_owner_leads_to_the_sign_in() {
    let site = Site::new();
    for route in neo::web::routes::ROUTES.iter().filter(|route| route.path.starts_with("/admin")) {
        let path = route.path.replace(":id", "1").replace(":step", "1").replace(":file", "x.eml");
        if path == "/admin/login" {
            continue;
        }
        let is_get = route.handler.method() == neo::web::message::Method::Get;
        let page = if is_get { site.get(&path) } else { site.post_exactly(&path, &[("csrf", "x")]) };
        assert_eq!(page.leads_to(), "/admin/login", "{path}");
    }
}

#[test]
fn the_right_password_opens_a_session_whose_secret_is_in_the_cookie_alone() {
    let site = Site::new();
    let page = site.post("/admin/login", &RIGHT);
    assert_eq!(page.leads_to(), "/admin");
    let cookie = page.header("set-cookie").unwrap();
    for word in ["__Host-neo=", "; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    assert!(is_signed_in(&site));
    let token = cookie.split(['=', ';']).nth(1).unwrap();
    for file in ["neo.sqlite", "neo.sqlite-wal"] {
        let bytes = std::fs::read(site.data().join(file)).unwrap_or_default();
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()), "{file}");
    }
}

#[test]
fn an_unknown_address_and_a_wrong_password_get_the_same_answer() {
    let site = Site::new();
    let unknown = [("email", "nobody@shop.example.jp"), ("password", PASSWORD)];
    let mask = |page: Page, email: &str| {
        assert_eq!(page.status, 422);
        assert!(page.says("E1014") && !page.body.contains(PASSWORD), "{}", page.text());
        let csrf = page.value("csrf");
        page.body.replace(&csrf, "").replace(email, "")
    };
    let unknown = mask(site.post("/admin/login", &unknown), "nobody@shop.example.jp");
    assert_eq!(unknown, mask(site.post("/admin/login", &WRONG), EMAIL));
}

#[test]
fn guesses_wait_longer_each_time_and_even_the_right_password_waits_with_them() {
    let site = Site::new();
    let mut now = NOON;
    let mut waits = Vec::new();
    while waits.len() < 12 {
        site.at(now);
        let page = site.post("/admin/login", &WRONG);
        if page.status == 429 {
            assert!(page.says("E2008"), "{}", page.text());
            let wait: i64 = page.header("retry-after").unwrap().parse().unwrap();
            assert_eq!(site.post("/admin/login", &RIGHT).status, 429);
            waits.push(wait);
            now += wait;
        } else {
            assert_eq!(page.status, 422);
        }
    }
    assert_eq!(waits[..4], [1, 2, 4, 8]);
    assert_eq!(waits[10..], [900, 900]);
    // The owner at another place is not kept waiting by the guesser.
    site.variable("REMOTE_ADDR", "198.51.100.9");
    assert_eq!(site.post("/admin/login", &RIGHT).status, 303);
    // And when the time has passed, the right password is enough, and the count begins anew.
    site.forget_cookies();
    site.variable("REMOTE_ADDR", "203.0.113.7");
    site.at(now);
    assert_eq!(site.post("/admin/login", &RIGHT).status, 303);
    site.forget_cookies();
    for _ in 0..3 {
        assert_eq!(site.post("/admin/login", &WRONG).status, 422);
    }
}

#[test]
fn a_guesser_with_many_addresses_is_slowed_down_too() {
    let site = Site::new();
    site.at(NOON);
    let refused_at = (0..80).find(|place| {
        site.variable("REMOTE_ADDR", &format!("198.51.{place}.1"));
        site.post("/admin/login", &WRONG).status == 429
    });
    assert!(refused_at.is_some_and(|place| (20..80).contains(&place)), "{refused_at:?}");
}

#[test]
fn who_signs_out_is_out_with_the_old_cookie_as_well() {
    let site = Site::new();
    site.sign_in();
    let cookie = site.cookie_header();
    site.get("/admin");
    let page = site.post("/admin/logout", &[]);
    assert!(page.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert!(site.follow(&page).says("ログアウトしました"));
    let page = site.request("GET", "/admin", None, &[("HTTP_COOKIE", &cookie)]);
    assert_eq!(page.leads_to(), "/admin/login");
}

#[test]
fn a_session_ends_after_half_an_hour_of_silence_and_after_twelve_hours_in_any_case() {
    let site = Site::new();
    site.at(NOON);
    site.sign_in();
    site.at(NOON + 29 * 60);
    assert!(is_signed_in(&site));
    site.at(NOON + 31 * 60);
    assert!(!is_signed_in(&site), "half an hour of silence");
    site.forget_cookies();
    site.sign_in();
    let start = NOON + 31 * 60;
    site.get("/admin/settings/tick");
    for step in 1..=35 {
        site.at(start + step * 20 * 60);
        let page = site.post("/admin/settings/tick", &[("cron", "1"), ("url", "1"), ("tick_gap", "30")]);
        assert_eq!(page.leads_to(), "/admin/settings/tick?done=saved", "{step}");
    }
    site.at(start + 12 * 3600);
    assert!(!is_signed_in(&site), "twelve hours");
}

#[test]
fn a_form_that_another_site_sent_or_an_earlier_session_made_does_nothing() {
    let site = Site::new();
    site.sign_in();
    let csrf = site.get("/admin/settings/tick").value("csrf");
    let body = format!("csrf={csrf}&tick_gap=77");
    for (name, value) in [("HTTP_ORIGIN", "https://evil.example"), ("HTTP_SEC_FETCH_SITE", "same-site")] {
        let page = site.request("POST", "/admin/settings/tick", Some(&body), &[(name, value)]);
        assert_eq!(page.status, 403);
        assert!(page.says("E2006"), "{}", page.text());
    }
    for wrong in ["", "guess"] {
        let page = site.post_exactly("/admin/settings/tick", &[("csrf", wrong), ("tick_gap", "77")]);
        assert_eq!(page.status, 403);
        assert!(page.says("E2007"), "{}", page.text());
    }
    site.forget_cookies();
    site.sign_in();
    let page = site.post_exactly("/admin/settings/tick", &[("csrf", &csrf), ("tick_gap", "77")]);
    assert!(page.says("E2007"), "{}", page.text());
    assert_eq!(site.setting("tick_gap"), "30");
}

#[test]
fn the_sign_in_form_of_yesterday_or_of_nobody_is_sent_back_with_the_address_kept() {
    let site = Site::new();
    site.at(NOON);
    site.get("/admin/login");
    site.at(NOON + 86_401);
    let old = site.post("/admin/login", &RIGHT);
    let none = site.post_exactly("/admin/login", &RIGHT);
    for page in [old, none] {
        assert_eq!(page.status, 422);
        assert!(page.says("E1005"), "{}", page.text());
        assert_eq!(page.value("email"), EMAIL);
    }
    let evil = [("HTTP_ORIGIN", "https://evil.example")];
    let page = site.request("POST", "/admin/login", Some(&support::encoded(&RIGHT)), &evil);
    assert!(page.says("E2006"), "{}", page.text());
}

#[test]
fn every_link_and_form_of_the_owners_pages_leads_to_a_page_that_exists() {
    let site = Site::new();
    site.sign_in();
    let pages =
        ["", "/settings", "/settings/sending", "/settings/tick", "/settings/password", "/settings/doctor"];
    for page in pages.map(|path| site.get(&format!("/admin{path}"))) {
        assert_eq!(page.status, 200);
        for link in page.body.split(&format!("=\"{SCRIPT}")).skip(1) {
            let path = link.split(['"', '?']).next().unwrap();
            let found =
                [neo::web::message::Method::Get, neo::web::message::Method::Post].into_iter().any(|method| {
                    matches!(neo::web::routes::find(method, path), neo::web::routes::Found::Route(..))
                });
            assert!(found, "{path}");
        }
    }
}
