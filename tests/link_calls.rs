//! The vendor's calls, as a site takes them: who is let in, once; what the call brings; what it is answered.
//! Not the formats (tests/link_formats.rs) and not the vendor's folder (tests/link_site.rs).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

mod support;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/vendor.rs"]
mod vendor;

use std::cell::Cell;

use neo::link::activation::new_key;
use neo::link::envelope::{Kind, seal};
use neo::link::feed::Advice;
use neo::link::key::{Role, TrustedKey};
use neo::link::tick_call::{CallBody, sign_call};
use neo::mail::notices::last_clock;
use neo::store::Writer;
use serde_json::{Value, json};
use support::{NOON, Page, Site};
use vendor::{DAY, Vendor, feed, send, signing_key, variables};

/// A site that believes a vendor.
struct Line {
    site: Site,
    vendor: Vendor,
    name: String,
    count: Cell<u32>,
}

fn line() -> Line {
    let (site, vendor) = (Site::new(), Vendor::new());
    site.at(NOON);
    site.neo(&["link", "trust", &vendor.root.public().to_string()]).ok();
    site.set("tick_gap", "0");
    let name = site.setting("site_id");
    let line = Line { site, vendor, name, count: Cell::new(0) };
    let answer = line.bring(&CallBody { keys: Some(line.vendor.keys()), ..CallBody::default() });
    assert_eq!(answer["refused"], json!([]));
    line
}

impl Line {
    fn nonce(&self) -> String {
        self.count.set(self.count.get() + 1);
        format!("nonce-{:016}", self.count.get())
    }

    fn call(&self, at: i64, body: &str) -> Page {
        send(&self.site, &self.vendor.call(&self.name, at, &self.nonce(), body), body)
    }

    /// A good call at noon with this body; its answer.
    fn bring(&self, body: &CallBody) -> Value {
        answer(&self.call(NOON, &serde_json::to_string(body).unwrap()))
    }

    fn status(&self) -> Value {
        self.site.neo(&["link", "status", "--json"]).json()
    }

    fn number(&self, kind: &str) -> i64 {
        self.status()["heard"][kind]["number"].as_i64().unwrap_or(-1)
    }

    fn ticks(&self) -> usize {
        let beats = self.status()["seen_by_vendor"]["beats"].clone();
        usize::from(beats["poller"].is_i64())
    }
}

fn answer(page: &Page) -> Value {
    assert_eq!(page.status, 200, "{}", page.body);
    serde_json::from_str(&page.body).unwrap()
}

fn refused(page: &Page) -> (u16, i64) {
    assert_eq!(page.header("content-type"), Some("application/json"), "{}", page.body);
    let said: Value = serde_json::from_str(&page.body).unwrap();
    assert!(said["says"].as_str().unwrap().contains(&format!("(E{})", said["error"])), "{said}");
    (page.status, said["error"].as_i64().unwrap())
}

#[test]
fn a_signed_call_ticks_and_is_answered_with_the_report_and_the_state_of_the_site() {
    let line = line();
    line.site.set("wanted_clock", "poller");
    let answer = line.bring(&CallBody::default());
    for (name, value) in [
        ("source", json!("poller")),
        ("stopped_by", Value::Null),
        ("site", json!(line.name)),
        ("trips", json!(0)),
        ("key_valid_until", Value::Null),
        ("feed_number", Value::Null),
        ("wanted_clock", json!("poller")),
        ("broadcasts_waiting", json!(0)),
        ("version", json!(env!("CARGO_PKG_VERSION"))),
        ("refused", json!([])),
    ] {
        assert_eq!(answer[name], value, "{name}: {answer}");
    }
    assert_eq!(answer["beats"]["poller"], NOON);
    assert!(answer["next_due"].as_str().unwrap().ends_with('Z'));
    assert_eq!(line.name.len(), 16);
    assert!(line.name.bytes().all(|byte| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(&byte)));
}

#[test]
fn the_poller_counts_as_a_clock_so_that_visits_leave_the_work_to_it() {
    let line = line();
    let store = Writer::open(&line.site.data().join("neo.sqlite"), Box::new(|| false)).unwrap();
    assert_eq!(last_clock(&store).unwrap(), Some(NOON));
    store.add_notice("clock", "", NOON).unwrap();
    line.site.at(NOON + 60);
    line.call(NOON + 60, "{}");
    assert_eq!(last_clock(&store).unwrap(), Some(NOON + 60));
    assert_eq!(line.site.mails(), Vec::<String>::new(), "that no clock ticks is told no more");
}

#[test]
fn two_sites_have_two_names() {
    let [one, other] = [Site::new(), Site::new()].map(|site| site.setting("site_id"));
    assert_ne!(one, other);
}

/// A call's headers as a web server hands them on.
type Headers = Vec<(String, String)>;

#[test]
fn a_call_is_refused_unless_it_is_signed_for_this_site_now_and_for_the_first_time() {
    let line = line();
    let stranger = Vendor { tick: signing_key(99), ..Vendor::new() };
    let nonce = line.nonce();
    let good = line.vendor.call(&line.name, NOON, &nonce, "{}");
    let without =
        |name: &str| -> Headers { good.iter().filter(|(other, _)| other != name).cloned().collect() };
    let other_role = variables(&sign_call(&line.name, NOON, &nonce, b"{}", &line.vendor.feed));
    let cases: [(&str, Headers, &str, (u16, i64)); 11] = [
        ("no signature", without("HTTP_X_NEO_SIGNATURE"), "{}", (403, 2160)),
        ("no site", without("HTTP_X_NEO_SITE"), "{}", (403, 2160)),
        ("no headers", Vec::new(), "{}", (403, 2160)),
        ("another body", good.clone(), "{\"feed\":\"x\"}", (403, 2161)),
        ("a cut body", good.clone(), "{", (403, 2161)),
        ("a stranger's key", stranger.call(&line.name, NOON, &nonce, "{}"), "{}", (422, 1254)),
        ("a key of another role", other_role, "{}", (422, 1256)),
        ("old", line.vendor.call(&line.name, NOON - 301, &nonce, "{}"), "{}", (403, 2162)),
        ("from the future", line.vendor.call(&line.name, NOON + 301, &nonce, "{}"), "{}", (403, 2162)),
        ("for another site", line.vendor.call("a234567a234567aa", NOON, &nonce, "{}"), "{}", (403, 2164)),
        (
            "a body that is no JSON",
            line.vendor.call(&line.name, NOON, &line.nonce(), "hello"),
            "hello",
            (422, 1268),
        ),
    ];
    for (what, headers, body, wanted) in &cases {
        assert_eq!(refused(&send(&line.site, headers, body)), *wanted, "{what}");
    }
    assert_eq!(send(&line.site, &good, "{}").status, 200);
    assert_eq!(refused(&send(&line.site, &good, "{}")), (403, 2163), "replayed");
    // A GET is not for this door.
    assert_eq!(line.site.request("GET", "/tick", None, &[]).status, 405);
}

#[test]
fn nothing_that_was_refused_beats_or_leaves_a_trace() {
    let line = line();
    line.site.at(NOON + 3600);
    let before = line.status();
    for at in [NOON, NOON + 9000] {
        assert_eq!(line.call(at, "{}").status, 403);
    }
    assert_eq!(line.status(), before);
}

#[test]
fn a_nonce_is_remembered_for_as_long_as_its_call_could_be_believed_and_not_for_ever() {
    let line = line();
    // Made by a clock that is five minutes ahead.
    let ahead = line.vendor.call(&line.name, NOON + 300, "a-nonce-of-the-test", "{}");
    assert_eq!(send(&line.site, &ahead, "{}").status, 200);
    for later in [1, 299, 300, 599, 600] {
        line.site.at(NOON + later);
        assert_eq!(refused(&send(&line.site, &ahead, "{}")).1, 2163, "{later} seconds later");
    }
    line.site.at(NOON + 601);
    assert_eq!(refused(&send(&line.site, &ahead, "{}")).1, 2162);
    // Old ones go with later calls.
    line.site.at(NOON + DAY);
    assert_eq!(line.call(NOON + DAY, "{}").status, 200);
    let database = line.site.data().join("neo.sqlite");
    #[expect(
        clippy::disallowed_methods,
        reason = "the test looks at the file, not at the store's word for it"
    )]
    let connection = rusqlite::Connection::open(database).unwrap();
    let kept: i64 = connection.query_row("select count(*) from link_nonces", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 1);
}

#[test]
fn the_least_gap_holds_for_the_poller_and_what_a_call_brings_is_taken_all_the_same() {
    let line = line();
    line.site.set("tick_gap", "30");
    let body = CallBody { feed: Some(line.vendor.feed_file(7)), ..CallBody::default() };
    let answer = line.bring(&body);
    assert_eq!((&answer["stopped_by"], &answer["feed_number"]), (&json!("too-soon"), &json!(7)));
    line.site.at(NOON + 30);
    let page = line.call(NOON + 30, "{}");
    assert_eq!(serde_json::from_str::<Value>(&page.body).unwrap()["stopped_by"], Value::Null);
}

#[test]
fn the_owner_may_shut_the_door() {
    let line = line();
    line.site.set("tick_sources", "cron,url,visit,admin");
    assert_eq!(refused(&line.call(NOON, "{}")), (403, 2017));
    line.site.set("tick_sources", "poller");
    assert_eq!(line.call(NOON, "{}").status, 200);
}

#[test]
fn without_a_root_no_call_is_believed() {
    let (site, vendor) = (Site::new(), Vendor::new());
    site.at(NOON);
    let body = serde_json::to_string(&CallBody { keys: Some(vendor.keys()), ..CallBody::default() }).unwrap();
    let call = vendor.call(&site.setting("site_id"), NOON, "a-nonce-of-the-test", &body);
    assert_eq!(refused(&send(&site, &call, &body)), (503, 3080));
}

#[test]
fn a_call_before_the_set_up_is_refused_in_json() {
    let site = Site::empty();
    let call = Vendor::new().call("a234567a234567aa", NOON, "a-nonce-of-the-test", "{}");
    assert_eq!(refused(&send(&site, &call, "{}")), (503, 3001));
}

#[test]
fn numbers_only_rise() {
    let line = line();
    for (number, refused) in
        [(7, json!([])), (7, json!([])), (6, json!([{"part": "feed", "error": 1257}])), (8, json!([]))]
    {
        let body = CallBody { feed: Some(line.vendor.feed_file(number)), ..CallBody::default() };
        assert_eq!(line.bring(&body)["refused"], refused, "{number}");
    }
    assert_eq!(line.number("feed"), 8);
    let body = CallBody { manifest: Some(line.vendor.manifest_file(3)), ..CallBody::default() };
    line.bring(&body);
    let body = CallBody { manifest: Some(line.vendor.manifest_file(2)), ..CallBody::default() };
    assert_eq!(line.bring(&body)["refused"], json!([{"part": "manifest", "error": 1257}]));
    let mut older = Vendor::new();
    older.list.number = 0;
    let body = CallBody { keys: Some(older.keys()), ..CallBody::default() };
    assert_eq!(line.bring(&body)["refused"], json!([{"part": "keys", "error": 1257}]));
}

#[test]
fn each_part_that_is_not_believed_is_told_by_its_number_and_keeps_no_other_from_being_taken() {
    let line = line();
    let vendor = &line.vendor;
    let whole = vendor.feed_file(7);
    let past = neo::link::feed::Feed { expires: NOON, ..feed(9) };
    let cases = [
        ("forged", whole.replace("winter", "summer"), 1253),
        ("cut", whole[..whole.len() / 2].to_string(), 1251),
        ("too large", "x".repeat(200_000), 1250),
        ("a manifest in its place", vendor.manifest_file(7), 1252),
        ("a stranger's", seal(Kind::Feed, &feed(7), &signing_key(99)).unwrap(), 1254),
        ("of another role", seal(Kind::Feed, &feed(7), &vendor.release).unwrap(), 1256),
        ("past its time", seal(Kind::Feed, &past, &vendor.feed).unwrap(), 1258),
        ("not a feed", seal(Kind::Feed, &json!({ "number": "x" }), &vendor.feed).unwrap(), 1251),
    ];
    for (place, (what, text, error)) in cases.into_iter().enumerate() {
        let number = i64::try_from(place).unwrap() + 1;
        let body = CallBody {
            feed: Some(text),
            manifest: Some(vendor.manifest_file(number)),
            ..CallBody::default()
        };
        let answer = line.bring(&body);
        assert_eq!(answer["refused"], json!([{ "part": "feed", "error": error }]), "{what}");
        assert_eq!((line.number("feed"), line.number("manifest")), (-1, number), "{what}");
        assert_eq!(answer["stopped_by"], Value::Null, "the tick ran: {what}");
    }
}

#[test]
fn a_body_beyond_the_limit_is_refused_before_it_is_read() {
    let line = line();
    let body = "x".repeat(256 * 1024 + 1);
    assert_eq!(
        send(&line.site, &line.vendor.call(&line.name, NOON, &line.nonce(), &body), &body).status,
        413
    );
    let body = " ".repeat(256 * 1024);
    assert_eq!(line.call(NOON, &body).status, 200);
}

#[test]
fn a_token_comes_by_a_call_and_is_renewed_only_for_the_same_key_and_by_a_newer_one() {
    let line = line();
    let (key, other) = (new_key().unwrap(), new_key().unwrap());
    let bring = |token: String| line.bring(&CallBody { token: Some(token), ..CallBody::default() });
    let refused = |error: u16| json!([{ "part": "token", "error": error }]);
    assert_eq!(bring(line.vendor.token(&key, NOON))["key_valid_until"], NOON + 365 * DAY);
    assert_eq!(bring(line.vendor.token(&key, NOON))["refused"], json!([]), "the same again");
    assert_eq!(bring(line.vendor.token(&key, NOON - 1))["refused"], refused(1264));
    assert_eq!(bring(line.vendor.token(&other, NOON + 1))["refused"], refused(1265));
    assert_eq!(
        bring(line.vendor.token_for(&key, NOON + 1, Some("a234567a234567aa")))["refused"],
        refused(1266)
    );
    assert_eq!(bring(line.vendor.token_for(&key, NOON + 1, Some(&line.name)))["refused"], json!([]));
    assert_eq!(line.status()["activation"]["issued_at"], NOON + 1);
    let token = line.vendor.token(&key, NOON + 2);
    for (what, text, error) in [
        ("cut", token[..token.len() - 10].to_string(), [1251, 1253, 1254, 1260]),
        ("forged", token.replacen("v4.public.e", "v4.public.f", 1), [1253; 4]),
        ("oversized", format!("v4.public.{}", "A".repeat(100_000)), [1260; 4]),
        ("not a token", "{}".to_string(), [1260; 4]),
    ] {
        let answer = bring(text);
        let number = u16::try_from(answer["refused"][0]["error"].as_i64().unwrap()).unwrap();
        assert!(error.contains(&number), "{what}: {number}");
    }
    assert_eq!(line.status()["activation"]["issued_at"], NOON + 1);
}

#[test]
fn keys_change_by_a_list_that_the_root_signed_even_in_the_call_that_the_new_key_signs() {
    let line = line();
    line.bring(&CallBody { feed: Some(line.vendor.feed_file(1_000_000)), ..CallBody::default() });
    let mut next = Vendor { tick: signing_key(15), feed: signing_key(12), ..Vendor::new() };
    next.list.number = 2;
    next.list.keys[0] = TrustedKey::new(next.feed.public(), &[Role::Feed]);
    next.list.keys[3] = TrustedKey::new(next.tick.public(), &[Role::Tick]);
    next.list.revoked = vec![line.vendor.tick.public().id(), line.vendor.feed.public().id()];
    // Not by the new key's own word.
    let forged = seal(Kind::Keys, &next.list, &next.tick).unwrap();
    let body = serde_json::to_string(&CallBody { keys: Some(forged), ..CallBody::default() }).unwrap();
    let call = next.call(&line.name, NOON, &line.nonce(), &body);
    assert_eq!(refused(&send(&line.site, &call, &body)).1, 1254);
    // By the root's. What the old key had signed, numbers included, is forgotten: it may have been stolen.
    let body = CallBody { keys: Some(next.keys()), feed: Some(next.feed_file(2)), ..CallBody::default() };
    let body = serde_json::to_string(&body).unwrap();
    let call = next.call(&line.name, NOON, &line.nonce(), &body);
    let answer = answer(&send(&line.site, &call, &body));
    assert_eq!((&answer["refused"], &answer["feed_number"]), (&json!([]), &json!(2)));
    assert_eq!(refused(&line.call(NOON, "{}")), (422, 1255), "the old key");
    let body = CallBody { feed: Some(line.vendor.feed_file(3)), ..CallBody::default() };
    let body = serde_json::to_string(&body).unwrap();
    let call = next.call(&line.name, NOON, &line.nonce(), &body);
    assert_eq!(
        self::answer(&send(&line.site, &call, &body))["refused"],
        json!([{"part": "feed", "error": 1255}])
    );
}

#[test]
fn a_token_of_a_revoked_signer_stays_until_a_good_one_comes() {
    let line = line();
    let key = new_key().unwrap();
    line.bring(&CallBody { token: Some(line.vendor.token(&key, NOON + 1000)), ..CallBody::default() });
    let mut next = Vendor { activation: signing_key(14), ..Vendor::new() };
    next.list.number = 2;
    next.list.keys[2] = TrustedKey::new(next.activation.public(), &[Role::Activation]);
    next.list.revoked = vec![line.vendor.activation.public().id()];
    let answer = line.bring(&CallBody { keys: Some(next.keys()), ..CallBody::default() });
    assert_eq!(answer["key_valid_until"], NOON + 365 * DAY, "no customer pays for a stolen key");
    let bring = |token: String| {
        line.bring(&CallBody { token: Some(token), ..CallBody::default() })["refused"].clone()
    };
    assert_eq!(bring(line.vendor.token(&key, NOON + 2000)), json!([{"part": "token", "error": 1255}]));
    assert_eq!(bring(next.token(&key, NOON)), json!([]), "an earlier one, but of a good signer");
    assert_eq!(line.status()["activation"]["issued_at"], NOON);
}

#[test]
fn keys_past_their_time_vouch_for_no_news_but_the_clock_keeps_ticking() {
    let line = line();
    let late = NOON + 366 * DAY;
    line.site.at(late);
    let fresh = neo::link::feed::Feed { issued_at: late, expires: late + DAY, ..feed(7) };
    let feed = seal(Kind::Feed, &fresh, &line.vendor.feed).unwrap();
    let body = serde_json::to_string(&CallBody { feed: Some(feed.clone()), ..CallBody::default() }).unwrap();
    let said = answer(&line.call(late, &body));
    assert_eq!(
        (&said["refused"], &said["stopped_by"]),
        (&json!([{"part": "feed", "error": 1258}]), &Value::Null)
    );
    let mut next = Vendor::new();
    (next.list.number, next.list.expires) = (2, late + 365 * DAY);
    let body = CallBody { keys: Some(next.keys()), feed: Some(feed), ..CallBody::default() };
    let said = answer(&line.call(late, &serde_json::to_string(&body).unwrap()));
    assert_eq!((&said["refused"], &said["feed_number"]), (&json!([]), &json!(7)));
}

#[test]
fn advice_holds_as_long_as_the_calls_give_it() {
    let line = line();
    let asked = CallBody { advice: Some(Advice::UseLocalCron), ..CallBody::default() };
    line.bring(&asked);
    assert_eq!(line.status()["advice"], json!({ "word": "use-local-cron", "asked_at": NOON }));
    line.site.at(NOON + 200);
    line.call(NOON + 200, &serde_json::to_string(&asked).unwrap());
    assert_eq!(line.status()["advice"]["asked_at"], NOON, "since when it holds");
    line.call(NOON + 200, "{}");
    assert_eq!(line.status()["advice"], Value::Null);
}

#[test]
fn another_root_makes_void_all_that_was_heard() {
    let line = line();
    let body = CallBody {
        feed: Some(line.vendor.feed_file(7)),
        token: Some(line.vendor.token(&new_key().unwrap(), NOON)),
        ..CallBody::default()
    };
    line.bring(&body);
    line.site.neo(&["link", "trust", &line.vendor.root.public().to_string()]).ok();
    assert_eq!(line.number("feed"), 7, "the same root changes nothing");
    line.site.neo(&["link", "trust", &signing_key(77).public().to_string()]).ok();
    let status = line.status();
    assert_eq!(
        (&status["heard"], &status["activation"], &status["keys"]),
        (&json!({}), &Value::Null, &json!([]))
    );
    assert_eq!(refused(&line.call(NOON, "{}")), (422, 1254));
    assert_eq!(line.ticks(), 1);
    for odd in ["", "x", "利用キー", &"A".repeat(44)] {
        let ran = line.site.neo(&["link", "trust", odd]);
        assert!(ran.code == 65 && ran.err.contains("E1267"), "{odd}: {}", ran.err);
    }
}
