//! What staff do in tests of incidents: dates in Japan, customers with sites, calls that were answered or not, sent mails.
//! Not the fleet itself: support.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a broken check may stop here"
)]

use neo::domain::calendar::{Zone, parse_moment};
use neo_fleet::store::{DatabaseUrl, Store};
use neo_fleet::values;
use serde_json::Value as Json;

use crate::support::{Fleet, On};

/// An instant in Japan: `2026-12-28 14:00`.
pub fn at(typed: &str) -> i64 {
    parse_moment(typed, Zone::default()).unwrap()
}

/// A fleet whose notices land in a folder.
pub fn fleet(on: On, now: &str) -> Fleet {
    let mut fleet = Fleet::new(on);
    fleet.now = at(now);
    set_up(&fleet, "folder:outbox");
    fleet
}

pub fn set_up(fleet: &Fleet, transport: &str) {
    let from = "NEOサポート <support@vendor.example.jp>";
    fleet
        .run(&[
            "notice",
            "settings",
            "--from",
            from,
            "--transport",
            transport,
            "--staff",
            "staff@vendor.example.jp",
        ])
        .ok();
}

pub fn store(fleet: &Fleet) -> Store {
    Store::open(&DatabaseUrl::parse(&fleet.database()).unwrap()).unwrap()
}

/// A customer with one site; gives the key. `number` makes both their own.
pub fn customer(fleet: &Fleet, number: u32, language: &str, plan: &str) -> Customer {
    let email = format!("owner{number}@shop{number}.example.jp");
    let name = format!("顧客{number}");
    let made = fleet.json(&["customer", "add", "--name", &name, "--email", &email, "--language", language]);
    let id = made["id"].as_str().unwrap().to_string();
    let (key, site) = site(fleet, &id, number, plan);
    Customer { id, email, key, site }
}

pub struct Customer {
    pub id: String,
    pub email: String,
    pub key: String,
    pub site: String,
}

/// One more key and site of a customer.
pub fn site(fleet: &Fleet, customer: &str, number: u32, plan: &str) -> (String, String) {
    let key = fleet.json(&["key", "issue", "--customer", customer, "--days", "365"]);
    let key = key["key"].as_str().unwrap().to_string();
    let site = format!("site{number:012}").replace(['0', '1', '8', '9'], "a");
    let site = format!("{}{}", &site[..12], letters(number));
    let url = format!("https://shop{number}.example.jp/neo.cgi/tick");
    fleet.run(&["site", "add", &site, "--key", &key, "--tick-url", &url, "--host-plan", plan]).ok();
    (key, site)
}

/// Four letters that are a number's own.
fn letters(number: u32) -> String {
    (0..4).map(|place| char::from(b'a' + u8::try_from((number / 26_u32.pow(place)) % 26).unwrap())).collect()
}

/// A call of the poller, as it writes it down.
pub fn call(fleet: &Fleet, site: &str, when: i64, is_answered: bool) {
    let mut store = store(fleet);
    let outcome = if is_answered { "answered" } else { "forbidden" };
    store
        .execute(
            "insert into calls (site, provider, at, outcome, detail, elapsed_ms, late_ms)
             select id, provider, $2, $3, '', 10, 0 from sites where id = $1",
            &values![site, when, outcome],
        )
        .unwrap();
    if is_answered {
        store
            .execute(
                "update sites set last_ok = $2, next_due = $3 where id = $1",
                &values![site, when, when + 600],
            )
            .unwrap();
    }
}

/// The mails in the folder: recipient and whole text, decoded as far as a test needs.
pub fn mails(fleet: &Fleet) -> Vec<(String, String)> {
    let Ok(folder) = std::fs::read_dir(fleet.data().join("outbox")) else { return Vec::new() };
    let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
        .iter()
        .map(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            let to =
                text.lines().find_map(|line| line.strip_prefix("X-Neo-Envelope-To: ")).unwrap().to_string();
            (to, decoded(&text))
        })
        .collect()
}

/// The base64 body of a mail as text; other bodies as they are.
fn decoded(text: &str) -> String {
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let plain: String = body.split_whitespace().collect();
    match data_encoding::BASE64.decode(plain.as_bytes()) {
        Ok(bytes) => format!("{head}\r\n\r\n{}", String::from_utf8(bytes).unwrap()),
        Err(_) => text.to_string(),
    }
}

/// Opens an incident; gives its id.
pub fn open(fleet: &Fleet, providers: &str) -> String {
    open_with(fleet, providers, &[])
}

pub fn open_with(fleet: &Fleet, providers: &str, more: &[&str]) -> String {
    let usual = [
        "incident",
        "open",
        "--title-ja",
        "応答なし",
        "--title-en",
        "No answer",
        "--text-ja",
        "調べています。",
        "--text-en",
        "We are looking.",
        "--provider",
        providers,
        "--advice",
        "use-local-cron",
    ];
    let opened = fleet.json(&[&usual, more].concat());
    opened["id"].as_str().unwrap().to_string()
}

/// Tells something of an incident.
pub fn tell(fleet: &Fleet, verb: &str, id: &str) -> Json {
    fleet.json(&["incident", verb, id, "--text-ja", "続報です。", "--text-en", "There is news."])
}

/// What is owed on a day: `20261228-01 daily`.
pub fn owed(fleet: &Fleet, day: &str) -> Vec<String> {
    let due = fleet.json(&["incident", "due", "--day", day]);
    let items = due["owed"].as_array().unwrap();
    items
        .iter()
        .filter(|item| item["is_due"] == true)
        .map(|item| item["what"].as_str().unwrap().to_string())
        .collect()
}
