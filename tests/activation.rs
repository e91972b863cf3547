//! What an activation key means for a site, by its own pages and commands: checked offline, told in time, and at its end
//! new broadcasts stop and nothing else. Not the token's form (tests/link_formats.rs), nor the pure rules (domain/activation).
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

use neo::link::activation::{self, Activation, new_key};
use serde_json::Value;
use support::{NOON, Site};
use vendor::{DAY, Folder, Vendor, send};

const HOUR: i64 = 3600;
const YEAR: i64 = 365 * DAY;

/// A site that can send, with a list and a reader, that believes a vendor and has heard its keys.
struct Shop {
    site: Site,
    vendor: Vendor,
}

impl Shop {
    fn new() -> Shop {
        let (site, vendor) = (Site::new(), Vendor::new());
        site.at(NOON);
        site.neo(&["link", "trust", &vendor.root.public().to_string()]).ok();
        let keys = site.scratch("keys.json");
        std::fs::write(&keys, vendor.keys()).unwrap();
        site.neo(&["link", "accept", keys.to_str().unwrap()]).ok();
        for (key, value) in
            [("sender_name", "花屋"), ("sender_address", "東京都"), ("sender_contact", "03-0000-0000")]
        {
            site.set(key, value);
        }
        site.neo(&["list", "add", "news", "--title", "便り", "--from", "news@shop.example.jp"]).ok();
        site.neo(&["subscriber", "add", "news", "hanako@example.jp", "--confirmed"]).ok();
        std::fs::write(site.scratch("text"), "本文\n").unwrap();
        site.sign_in();
        Shop { site, vendor }
    }

    fn token(&self, key: &str, issued_at: i64, valid_until: i64) -> String {
        let activation = Activation {
            key: key.to_string(),
            customer: "花屋さくら堂".to_string(),
            plan: "スタンダード".to_string(),
            site: None,
            valid_until,
            issued_at,
        };
        activation::issue(&activation, &self.vendor.activation).unwrap()
    }

    /// A shop whose key is valid for so many days from `NOON`.
    fn valid_for(days: i64) -> Shop {
        let shop = Shop::new();
        let token = shop.token(&new_key().unwrap(), NOON, NOON + days * DAY);
        shop.site.neo(&["activate", &token]).ok();
        shop
    }

    fn at(&self, now: i64) -> &Shop {
        self.site.at(now);
        self
    }

    fn tick(&self) -> Value {
        self.site.neo(&["tick", "--json"]).json()
    }

    fn state(&self) -> String {
        let status = self.site.neo(&["activate", "--status", "--json"]).json();
        status["state"].as_str().unwrap().to_string()
    }

    fn create(&self, more: &[&str]) -> support::Ran {
        let text = self.site.scratch("text");
        let mut line = vec!["broadcast", "create", "--list", "news", "--subject", "秋の便り", "--text"];
        line.push(text.to_str().unwrap());
        line.extend_from_slice(more);
        self.site.neo(&line)
    }

    fn draft(&self) -> String {
        self.create(&[]).ok().trim().to_string()
    }

    /// How many mails about the key the owner got.
    fn told(&self, words: &str) -> usize {
        self.site
            .mails()
            .iter()
            .filter(|mail| mail.contains("To: owner@shop.example.jp") && subject_of(mail).contains(words))
            .count()
    }
}

/// The subject in the clear: its encoded words are decoded one by one.
fn subject_of(mail: &str) -> String {
    let (_, rest) = mail.split_once("Subject: ").unwrap();
    let mut subject = String::new();
    for line in rest.lines().enumerate().take_while(|(place, line)| *place == 0 || line.starts_with(' ')) {
        for word in line.1.split_whitespace() {
            let encoded = word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?="));
            match encoded {
                Some(encoded) => subject.push_str(
                    &String::from_utf8(data_encoding::BASE64.decode(encoded.as_bytes()).unwrap()).unwrap(),
                ),
                None => subject.push_str(word),
            }
        }
    }
    subject
}

fn refused(ran: &support::Ran) -> bool {
    ran.code == 65 && ran.err.contains("E1280")
}

#[test]
fn without_a_key_everything_works_and_a_quiet_line_says_so() {
    let shop = Shop::new();
    for years in [0, 1, 30] {
        shop.at(NOON + years * YEAR);
        assert_eq!(shop.state(), "try-out");
        shop.create(&["--at", "now"]).ok();
    }
    shop.at(NOON);
    let page = shop.site.get("/admin");
    assert!(page.says("利用キーは未登録です。登録しなくても、すべての機能を使えます"), "{}", page.text());
    assert!(shop.site.get("/admin/settings/activation").says("未登録"));
}

#[test]
fn a_token_is_taken_offline_as_it_was_pasted_or_uploaded() {
    let shop = Shop::new();
    let key = new_key().unwrap();
    let token = shop.token(&key, NOON, NOON + 100 * DAY);
    let lines = activation::to_file(&token);
    let full_width: String = lines
        .chars()
        .map(|letter| match letter {
            '!'..='~' => char::from_u32(u32::from(letter) + 0xFEE0).unwrap(),
            letter => letter,
        })
        .collect();
    for pasted in [token.clone(), lines.clone(), full_width, format!("> {}", lines.replace('\n', "\r\n> "))] {
        let page = shop.site.post("/admin/settings/activation", &[("text", &pasted)]);
        assert_eq!(page.leads_to(), "/admin/settings/activation?done=activated", "{pasted}");
    }
    let page = shop.site.get("/admin/settings/activation?done=activated");
    for words in ["利用キーを登録しました", "花屋さくら堂", "スタンダード", &key, "2027-03-04 10:00", "有効"]
    {
        assert!(page.says(words), "{words}: {}", page.text());
    }
    // Uploaded, by a browser's own kind of form.
    let csrf = page.value("csrf");
    let body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n\
         --x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n\r\n\
         --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"t.txt\"\r\n\r\n{lines}\r\n--x--\r\n"
    );
    let more =
        [("CONTENT_TYPE", "multipart/form-data; boundary=x"), ("HTTP_ORIGIN", "https://shop.example.jp")];
    let page = shop.site.request("POST", "/admin/settings/activation", Some(&body), &more);
    assert_eq!(page.leads_to(), "/admin/settings/activation?done=activated");
    // By command, from a file; and what the command says.
    let file = shop.site.scratch("token.txt");
    std::fs::write(&file, &lines).unwrap();
    let said = shop.site.neo(&["activate", file.to_str().unwrap(), "--json"]).json();
    assert_eq!((said["state"].as_str(), said["new_broadcasts"].as_bool()), (Some("valid"), Some(true)));
    assert_eq!(said["valid_until"], "2027-03-04T01:00:00Z");
}

#[test]
fn what_is_no_key_and_no_token_is_refused_with_its_reason_and_stays_in_the_form() {
    let shop = Shop::new();
    let key = new_key().unwrap();
    let mut wrong: Vec<char> = key.chars().collect();
    wrong.swap(5, 6);
    let wrong: String =
        if wrong[5] == wrong[6] { "NEO-1111-1111-1111-1112".to_string() } else { wrong.iter().collect() };
    let other = Vendor { activation: vendor::signing_key(77), ..Vendor::new() };
    let forged = other.token(&key, NOON);
    let lines = activation::to_file(&shop.token(&key, NOON, NOON + DAY));
    let missing: String = lines.lines().skip(1).map(|line| format!("{line}\n")).collect();
    for (typed, number) in [
        ("", "E1281"),
        ("こんにちは", "E1282"),
        (wrong.as_str(), "E1263"),
        (forged.as_str(), "E1254"),
        (missing.as_str(), "E1261"),
    ] {
        let page = shop.site.post("/admin/settings/activation", &[("text", typed)]);
        assert!(page.status == 422 && page.says(number), "{typed}: {} {}", page.status, page.text());
        assert_eq!(page.value("text").trim(), typed.trim());
        let ran = shop.site.neo(&["activate", typed]);
        assert!(ran.code == 65 && ran.err.contains(number), "{typed}: {}", ran.err);
        assert_eq!(shop.state(), "try-out");
    }
    let stranger = Site::new();
    stranger.sign_in();
    let token = shop.token(&key, NOON, NOON + DAY);
    let page = stranger.post("/admin/settings/activation", &[("text", &token)]);
    assert!(page.status == 422 && page.says("E3080"), "no vendor is believed: {}", page.text());
    let ran = shop.site.neo(&["activate"]);
    assert!(ran.err.contains("E1281"), "{}", ran.err);
}

#[test]
fn a_key_that_was_typed_waits_for_its_token_and_takes_it_from_a_call_or_from_the_vendors_folder() {
    let shop = Shop::new();
    let key = new_key().unwrap();
    let typed = key.to_lowercase().replace('-', " ");
    let page = shop.site.post("/admin/settings/activation", &[("text", &typed)]);
    assert_eq!(page.leads_to(), "/admin/settings/activation?done=key");
    assert!(shop.site.follow(&page).says(&format!("キー {key} を控えました")));
    assert_eq!(shop.site.setting("activation_key"), "(set)", "it is its customer's secret");
    let token = shop.token(&key, NOON, NOON + YEAR);
    let body = serde_json::json!({ "token": token }).to_string();
    let name = shop.site.setting("site_id");
    let call = shop.vendor.call(&name, NOON, "0123456789abcdef", &body);
    assert_eq!(send(&shop.site, &call, &body).status, 200);
    assert_eq!(shop.state(), "valid");
    assert!(!shop.site.get("/admin/settings/activation").says("を控えました"));

    // Another key: the owner's word lets its token in, which is fetched at once.
    let folder = Folder::start();
    folder.publish(&shop.vendor, 1);
    let second = new_key().unwrap();
    folder.put(&activation::token_path(&second), &shop.token(&second, NOON + 1, NOON + 2 * YEAR));
    shop.site.set("vendor_url", &folder.url());
    let said = shop.site.neo(&["activate", &second, "--json"]).json();
    assert_eq!((said["key"].as_str(), said["awaited_key"].as_str()), (Some(second.as_str()), None));
    assert_eq!(said["valid_until"], "2028-11-23T01:00:00Z");
}

#[test]
fn the_owner_is_told_fourteen_days_ahead_and_at_the_end_on_the_front_page_and_once_by_mail() {
    let shop = Shop::valid_for(30);
    for day in 0..16 {
        shop.at(NOON + day * DAY).tick();
        assert_eq!((shop.state().as_str(), shop.told("利用期限")), ("valid", 0), "{day}");
    }
    for day in 16..30 {
        shop.at(NOON + day * DAY).tick();
        assert_eq!((shop.state().as_str(), shop.told("近づいています")), ("ending", 1), "{day}");
    }
    assert!(shop.site.get("/admin").status == 303, "the session is over");
    shop.site.forget_cookies();
    shop.site.sign_in();
    let page = shop.site.get("/admin");
    assert!(page.says("利用期限は2026-12-24 10:00です(あと1日)"), "{}", page.text());
    shop.at(NOON + 30 * DAY + HOUR).tick();
    shop.at(NOON + 31 * DAY).tick();
    assert_eq!((shop.state().as_str(), shop.told("切れました"), shop.told("近づいています")), ("over", 1, 1));
    shop.site.forget_cookies();
    shop.site.sign_in();
    let page = shop.site.get("/admin");
    assert!(
        page.says("利用期限が2026-12-24 10:00に切れたため、新しい配信を始められません"),
        "{}",
        page.text()
    );
}

#[test]
fn after_the_end_every_way_to_begin_a_broadcast_is_refused() {
    let shop = Shop::valid_for(30);
    let (draft, sent) = (shop.draft(), shop.create(&["--at", "now"]).ok().trim().to_string());
    shop.tick();
    shop.at(NOON + 31 * DAY);
    for line in [
        vec!["broadcast", "schedule", &draft, "--at", "now"],
        vec!["broadcast", "copy", &sent],
        vec!["broadcast", "missing", &sent],
        vec!["broadcast", "unopened", &sent],
        vec!["broadcast", "recur", &draft, "--every", "week", "--at", "08:00"],
    ] {
        let ran = shop.site.neo(&line);
        assert!(refused(&ran), "{line:?}: {} {}", ran.code, ran.err);
    }
    assert!(refused(&shop.create(&[])) && refused(&shop.create(&["--at", "now"])));

    shop.site.forget_cookies();
    shop.site.sign_in();
    let new = shop.site.get("/admin/broadcasts/new");
    assert!(new.says("E1280") && !new.body.contains("name=\"subject\""), "{}", new.text());
    let page = shop.site.get(&format!("/admin/broadcasts/{draft}"));
    assert!(page.says("E1280") && !page.body.contains("name=\"when\""), "{}", page.text());
    for (path, fields) in [
        ("/admin/broadcasts/new".to_string(), vec![("list", "1"), ("subject", "S"), ("text", "T")]),
        (format!("/admin/broadcasts/{draft}/send"), vec![("when", "now")]),
        (format!("/admin/broadcasts/{draft}/send"), vec![("when", "now"), ("confirmed", "1")]),
        (format!("/admin/broadcasts/{draft}/recur"), vec![("every", "day"), ("time", "08:00")]),
        (format!("/admin/broadcasts/{sent}/missing"), vec![("failed", "1")]),
        (format!("/admin/broadcasts/{sent}/unopened"), vec![]),
    ] {
        let page = shop.site.post(&path, &fields);
        assert!(page.status == 422 && page.says("E1280"), "{path}: {} {}", page.status, page.text());
    }
    shop.tick();
    let mails = shop.site.mails().iter().filter(|mail| mail.contains("To: hanako@example.jp")).count();
    assert_eq!(mails, 1, "nothing went out but the broadcast of the time before");
}

#[test]
fn after_the_end_everything_else_goes_on() {
    let shop = Shop::valid_for(30);
    let site = &shop.site;
    let steps = serde_json::json!({
        "name": "welcome", "list": "news", "start": { "on": "join" },
        "steps": [{ "after_days": 0, "at": "00:00", "subject": "ようこそ", "text": "一通目" },
                  { "after_days": 1, "at": "08:00", "subject": "二通目", "text": "二通目" }],
    });
    std::fs::write(site.scratch("welcome.json"), steps.to_string()).unwrap();
    site.neo(&["sequence", "import", site.scratch("welcome.json").to_str().unwrap()]).ok();
    site.neo(&["subscriber", "add", "news", "shiro@example.jp", "--confirmed"]).ok();
    let running = shop.create(&["--at", "now"]).ok().trim().to_string();
    site.set("tick_messages", "1");
    assert_eq!(shop.tick()["stopped_by"], "budget", "it is under way");
    shop.at(NOON + 31 * DAY);
    assert_eq!(shop.state(), "over");
    site.set("tick_messages", "1000");
    shop.tick();
    assert!(site.neo(&["broadcast", "status", &running]).ok().contains("finished"));

    // A reader signs up, confirms, gets the first mail of the sequence, the second on the next day, and leaves.
    site.forget_cookies();
    site.post("/f/news", &[("email", "taro@example.jp"), ("name", "太郎")]);
    shop.tick();
    let link = |words: &str| {
        let mails = site.mails();
        let mail = mails
            .iter()
            .rev()
            .find(|mail| mail.contains("To: ") && mail.contains("taro@example.jp"))
            .unwrap();
        let text = decoded_body(mail);
        let (_, rest) = text.split_once(&format!("https://shop.example.jp/neo.cgi/{words}/")).unwrap();
        format!("/{words}/{}", rest.split_whitespace().next().unwrap())
    };
    let confirm = link("confirm");
    assert_eq!(site.post(&confirm, &[]).status, 200);
    shop.tick();
    shop.at(NOON + 32 * DAY + HOUR).tick();
    let to_taro = site.mails().iter().filter(|mail| mail.contains("taro@example.jp")).count();
    assert_eq!(to_taro, 3, "the confirmation and two steps");
    let leave = link("u");
    assert_eq!(site.post(&leave, &[]).status, 200);

    let copy = site.scratch("copy.sqlite");
    for line in [
        vec!["export", "news"],
        vec!["backup", copy.to_str().unwrap()],
        vec!["subscriber", "add", "news", "jiro@example.jp", "--confirmed"],
        vec!["ledger", "all", "--json"],
    ] {
        site.neo(&line).ok();
    }
    let csv = site.scratch("readers.csv");
    std::fs::write(&csv, "email\nsaburo@example.jp\n").unwrap();
    site.neo(&["import", "news", csv.to_str().unwrap()]).ok();
}

/// The text part of a mail of ours, which is base64.
fn decoded_body(mail: &str) -> String {
    let mail = mail.replace("\r\n", "\n");
    let (_, body) = mail.split_once("\n\n").unwrap();
    let encoded: String = body
        .split("\n\n")
        .find(|piece| piece.lines().all(|line| data_encoding::BASE64.decode(line.as_bytes()).is_ok()))
        .unwrap_or(body)
        .split_whitespace()
        .collect();
    String::from_utf8(data_encoding::BASE64.decode(encoded.as_bytes()).unwrap()).unwrap()
}

#[test]
fn what_was_scheduled_before_the_end_goes_out_after_it() {
    let shop = Shop::valid_for(30);
    let later = shop.create(&["--at", "2026-12-26 08:00"]).ok().trim().to_string();
    shop.at(NOON + 31 * DAY).tick();
    assert!(shop.site.neo(&["broadcast", "status", &later]).ok().contains("scheduled"));
    shop.at(NOON + 33 * DAY).tick();
    assert!(shop.site.neo(&["broadcast", "status", &later]).ok().contains("finished"));
}

#[test]
fn a_recurring_draft_rests_after_the_end_and_a_day_that_is_not_too_late_goes_out_when_the_key_is_renewed() {
    let shop = Shop::valid_for(3);
    let draft = shop.draft();
    shop.site.neo(&["broadcast", "recur", &draft, "--every", "day", "--at", "11:00"]).ok();
    let sent =
        |shop: &Shop| shop.site.mails().iter().filter(|mail| mail.contains("hanako@example.jp")).count();
    for day in 0..3 {
        shop.at(NOON + day * DAY + 2 * HOUR).tick();
    }
    assert_eq!(sent(&shop), 3);
    for day in 3..10 {
        shop.at(NOON + day * DAY + 2 * HOUR).tick();
    }
    assert_eq!(sent(&shop), 3, "none of the days after the end");
    // Renewed five hours after the time of day: today's goes, the days before do not.
    let renewed = NOON + 9 * DAY + 6 * HOUR;
    let key = shop.site.neo(&["activate", "--status", "--json"]).json()["key"].as_str().unwrap().to_string();
    shop.at(renewed).site.neo(&["activate", &shop.token(&key, renewed, renewed + YEAR)]).ok();
    shop.tick();
    assert_eq!(sent(&shop), 4);
    shop.at(renewed + HOUR).tick();
    assert_eq!(sent(&shop), 4);
}

#[test]
fn a_clock_that_goes_back_revives_nothing_and_one_that_leaps_ahead_kills_no_mail_that_runs() {
    let shop = Shop::valid_for(30);
    let steps = serde_json::json!({
        "name": "daily", "list": "news", "start": { "on": "join" },
        "steps": (0..5).map(|day| serde_json::json!({
            "after_days": day, "at": "08:00", "subject": format!("{day}"), "text": "本文" })).collect::<Vec<_>>(),
    });
    std::fs::write(shop.site.scratch("daily.json"), steps.to_string()).unwrap();
    shop.site.neo(&["sequence", "import", shop.site.scratch("daily.json").to_str().unwrap()]).ok();
    shop.site.neo(&["subscriber", "add", "news", "taro@example.jp", "--confirmed"]).ok();
    let running = shop.create(&["--at", "now"]).ok().trim().to_string();
    // A year ahead for an afternoon: what was begun goes on, a new broadcast waits, nobody is alarmed by mail.
    for minute in [0, 30, 60] {
        shop.at(NOON + YEAR + minute * 60).tick();
    }
    assert!(shop.site.neo(&["broadcast", "status", &running]).ok().contains("finished"));
    let to_taro = shop.site.mails().iter().filter(|mail| mail.contains("To: taro@example.jp")).count();
    assert!(to_taro >= 5, "{to_taro}: her sequence went on");
    assert!(refused(&shop.create(&[])));
    assert_eq!(shop.told("利用期限"), 0);
    // Mended: all is as it was.
    shop.at(NOON + 3 * HOUR).tick();
    assert_eq!(shop.state(), "valid");
    shop.create(&[]).ok();
    // Time goes by, the key ends, and the clock is put back.
    for day in 1..32 {
        shop.at(NOON + day * DAY).tick();
    }
    for back in [NOON + 29 * DAY, NOON, NOON - YEAR] {
        shop.at(back).tick();
        assert_eq!(shop.state(), "over", "{back}");
        assert!(refused(&shop.create(&["--at", "now"])));
    }
    shop.at(NOON + 10 * DAY);
    shop.site.forget_cookies();
    shop.site.sign_in();
    let page = shop.site.get("/admin/settings/activation");
    assert!(page.says("サーバーの時計が、前に見た日時"), "{}", page.text());
    // A token that the vendor issues afterwards begins anew.
    let key = shop.site.neo(&["activate", "--status", "--json"]).json()["key"].as_str().unwrap().to_string();
    shop.site.neo(&["activate", &shop.token(&key, NOON + 10 * DAY, NOON + 60 * DAY)]).ok();
    assert_eq!(shop.state(), "valid");
    shop.create(&["--at", "now"]).ok();
}

#[test]
fn with_the_vendor_gone_for_a_year_a_site_sends_and_shows_all_that_it_did_before() {
    let folder = Folder::start();
    let shop = Shop::valid_for(3 * 365);
    folder.publish(&shop.vendor, 1);
    shop.site.set("vendor_url", &folder.url());
    shop.site.set("wanted_clock", "cron");
    shop.site.neo(&["link", "fetch"]).ok();
    let draft = shop.draft();
    shop.site.neo(&["broadcast", "recur", &draft, "--every", "month", "--on", "1", "--at", "09:00"]).ok();
    drop(folder);
    let mut sent = 0;
    for day in (1..=370).step_by(3) {
        let report = shop.at(NOON + day * DAY).tick();
        assert_eq!(report["stopped_by"], Value::Null, "{day}: {report}");
        sent += report["sent"].as_i64().unwrap();
    }
    assert_eq!(sent, 12, "one a month");
    assert_eq!(shop.state(), "valid");
    shop.create(&["--at", "now"]).ok();
    assert_eq!(shop.tick()["sent"], 1);
    shop.site.forget_cookies();
    shop.site.sign_in();
    for path in ["/admin", "/admin/news", "/admin/settings/activation", "/admin/settings/tick", "/f/news"] {
        assert_eq!(shop.site.get(path).status, 200, "{path}");
    }
    let page = shop.site.get("/admin/news");
    assert!(
        page.says("最後に受け取ったのは2026-11-24 10:00") && page.says("冬季休業のお知らせです"),
        "{}",
        page.text()
    );
    let news = shop.site.neo(&["news", "--json"]).json();
    assert_eq!((news["is_expired"].as_bool(), news["number"].as_i64()), (Some(true), Some(1)));
    assert_eq!(shop.site.neo(&["activate", "--status", "--json"]).json()["state"], "valid");
}
