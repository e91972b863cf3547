//! An incident from its draft to its after-report: what is told, what is owed on which day, what installs read.
//! Not the mails to customers: notices.rs; not longer keys: key_extensions.rs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken check may stop here"
)]

mod support;
#[path = "support/vendor.rs"]
mod vendor;

use neo_fleet::incidents;
use serde_json::Value as Json;
use support::Fleet;
use vendor::{at, mails, open, owed, store, tell};

/// What installs read of incidents and news.
fn feed(fleet: &Fleet) -> (Vec<Json>, Vec<Json>) {
    let (incidents, news) = incidents::feed::content(&mut store(fleet), fleet.now).unwrap();
    (incidents.iter().map(as_json).collect(), news.iter().map(as_json).collect())
}

fn as_json(value: &impl serde::Serialize) -> Json {
    serde_json::to_value(value).unwrap()
}

fn days(fleet: &Fleet, id: &str) -> Vec<String> {
    let shown = fleet.json(&["incident", "show", id]);
    let days = shown["days"].as_array().unwrap();
    days.iter()
        .map(|day| format!("{} {}", day["day"].as_str().unwrap(), day["report"].as_str().unwrap()))
        .collect()
}

on_both_engines! {
    fn daily_reports_fall_due_on_business_days_across_new_year_and_a_day_without_one_is_told_as_such(engine) {
        let mut fleet = vendor::fleet(engine, "2026-12-28 14:00");
        let id = open(&fleet, "sakura");
        assert_eq!(id, "20261228-01");
        assert_eq!(owed(&fleet, "2026-12-28"), [""; 0], "the opening is the report of its day");
        for closed in ["2026-12-29", "2026-12-31", "2027-01-01", "2027-01-03"] {
            assert_eq!(owed(&fleet, closed), [""; 0], "{closed}");
        }
        assert_eq!(owed(&fleet, "2027-01-04"), ["daily"]);

        fleet.now = at("2027-01-05 10:00");
        assert_eq!(owed(&fleet, "2027-01-05"), ["daily"]);
        let due = fleet.json(&["incident", "due"]);
        assert_eq!((&due["day"], &due["business_day"], &due["reckoned"]), (&"2027-01-05".into(), &true.into(), &true.into()));
        assert_eq!(due["owed"][0]["missed"], serde_json::json!(["2027-01-04"]));
        tell(&fleet, "update", &id);
        tell(&fleet, "update", &id);
        assert_eq!(owed(&fleet, "2027-01-05"), [""; 0]);
        assert_eq!(days(&fleet, &id), ["2026-12-28 told", "2027-01-04 missed", "2027-01-05 told"]);

        let (incidents, _) = feed(&fleet);
        let updates = incidents[0]["updates"].as_array().unwrap();
        let kinds: Vec<&str> = updates.iter().map(|update| update["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["opened", "daily", "daily", "update"]);
        assert_eq!(updates[1]["text"]["ja"], "2027年1月4日(営業日)は、報告を出していません。");
        assert_eq!(updates[1]["at"], at("2027-01-05 00:00") - 1);
        assert_eq!((&incidents[0]["state"], &incidents[0]["plans"]), (&"open".into(), &serde_json::json!(["sakura"])));
        assert_eq!(incidents[0]["advice"], "use-local-cron");

        fleet.now = at("2027-01-06 11:00");
        fleet.run(&["incident", "resolve", &id, "--text-ja", "解消", "--text-en", "Over", "--ended", "2027-01-06 09:30"]).ok();
        assert_eq!(owed(&fleet, "2027-01-06"), [""; 0], "the resolution is the report of its day");
        assert_eq!(owed(&fleet, "2027-01-13"), [""; 0]);
        assert_eq!(owed(&fleet, "2027-01-14"), ["after-report"], "five business days; the 11th is a holiday");
        let (incidents, _) = feed(&fleet);
        assert_eq!((&incidents[0]["state"], &incidents[0]["resolved_at"]), (&"resolved".into(), &at("2027-01-06 09:30").into()));
        assert_eq!(incidents[0]["advice"], Json::Null);

        fleet.now = at("2027-01-12 15:00");
        let parts = ["cause", "prevention", "compensation"].map(|part| [format!("--{part}-ja"), format!("--{part}-en")]);
        let mut report = vec!["incident", "report", &id];
        for [ja, en] in &parts {
            report.extend([ja.as_str(), "日本語", en.as_str(), "English"]);
        }
        fleet.run(&report).ok();
        assert_eq!(owed(&fleet, "2027-01-14"), [""; 0]);
        let shown = fleet.json(&["incident", "show", &id]);
        assert_eq!(shown["state"], "reported");
        assert_eq!(shown["entries"][4]["text"]["ja"], "■ 原因\n日本語\n\n■ 再発防止策\n日本語\n\n■ 補償\n日本語");
    }

    fn a_day_in_a_year_whose_holidays_are_not_known_is_refused(engine) {
        let fleet = vendor::fleet(engine, "2026-12-28 14:00");
        fleet.run(&["incident", "due", "--day", "2009-01-05"]).refused("F1202");
        fleet.run(&["incident", "due", "--day", "tomorrow"]).refused("E1190");
    }

    fn a_draft_is_ours_alone_until_it_is_confirmed_and_a_false_alarm_is_never_told(engine) {
        let mut fleet = vendor::fleet(engine, "2026-11-24 10:00");
        let draft = ["incident", "open", "--draft", "--title-ja", "応答なし", "--title-en", "No answer", "--provider", "sakura"];
        let first = fleet.json(&draft)["id"].as_str().unwrap().to_string();
        let second = fleet.json(&draft)["id"].as_str().unwrap().to_string();
        assert_ne!(first, second);
        assert_eq!(feed(&fleet).0.len(), 0);
        assert_eq!(owed(&fleet, "2026-11-24"), ["confirm", "confirm"]);
        fleet.run(&["incident", "dismiss", &second]).ok();
        fleet.now = at("2026-11-25 09:00");
        fleet.run(&["incident", "confirm", &first, "--provider", "sakura,203.0.113.0/24"]).ok();
        let shown = fleet.json(&["incident", "show", &first]);
        assert_eq!(shown["providers"], serde_json::json!(["203.0.113.0/24", "sakura"]));
        assert_eq!(owed(&fleet, "2026-11-25"), [""; 0]);
        assert_eq!(days(&fleet, &first), ["2026-11-24 missed", "2026-11-25 told"], "customers waited for a day");
        let (incidents, _) = feed(&fleet);
        assert_eq!(incidents.len(), 1, "the false alarm is not there");
        assert!(incidents[0]["updates"][1]["text"]["ja"].as_str().unwrap().contains("応答がなくなって"), "{incidents:?}");
        assert_eq!(incidents[0]["plans"], serde_json::json!([]), "an install does not know its range of addresses");
    }

    fn what_is_not_possible_in_a_state_is_refused_and_changes_nothing(engine) {
        let fleet = vendor::fleet(engine, "2026-11-24 10:00");
        let id = open(&fleet, "sakura");
        let text = ["--text-ja", "文", "--text-en", "text"];
        let run = |verb: &str, id: &str| fleet.run(&[&["incident", verb, id][..], &text].concat());
        fleet.run(&["incident", "confirm", &id]).refused("F1204");
        fleet.run(&["incident", "dismiss", &id]).refused("F1204");
        run("update", "20200101-01").refused("F1205");
        let parts = ["--cause-ja", "a", "--cause-en", "a", "--prevention-ja", "a", "--prevention-en", "a", "--compensation-ja", "a", "--compensation-en", "a"];
        fleet.run(&[&["incident", "report", &id][..], &parts].concat()).refused("F1204");
        fleet.run(&["incident", "resolve", &id, "--ended", "2026-11-25 10:00", "--text-ja", "a", "--text-en", "a"]).refused("F1212");
        assert_eq!(fleet.json(&["incident", "show", &id])["entries"].as_array().unwrap().len(), 1);
        run("resolve", &id).ok();
        run("resolve", &id).refused("F1204");
    }

    fn a_text_is_needed_in_both_languages_and_may_come_from_a_file(engine) {
        let fleet = vendor::fleet(engine, "2026-11-24 10:00");
        let title = ["incident", "open", "--title-ja", "題", "--title-en", "Title"];
        let with = |rest: &[&str]| fleet.run(&[&title[..], rest].concat());
        with(&["--text-ja", "文"]).refused("F1206");
        with(&[]).refused("F1206");
        with(&["--text-ja", " ", "--text-en", "text"]).refused("F1206");
        with(&["--text-ja", "文", "--text-en", &"x".repeat(8001)]).refused("F1207");
        with(&["--text-ja", "@missing.txt", "--text-en", "text"]).refused("F1208");
        with(&["--text-ja", "文", "--text-en", "text", "--provider", "no-such-host"]).refused("F1217");
        with(&["--text-ja", "文", "--text-en", "text", "--advice", "panic"]).refused("F1211");
        assert_eq!(fleet.json(&["incident", "list"])["incidents"].as_array().unwrap().len(), 0);
        std::fs::write(fleet.scratch("told.txt"), "\u{feff}一行目\r\n二行目\n").unwrap();
        let opened = fleet.json(&[&title[..], &["--text-ja", "@told.txt", "--text-en", "text"]].concat());
        let shown = fleet.json(&["incident", "show", opened["id"].as_str().unwrap()]);
        assert_eq!(shown["entries"][0]["text"]["ja"], "一行目\n二行目");
    }

    fn staff_are_reminded_once_a_day_of_what_is_owed_and_not_when_nothing_is(engine) {
        let mut fleet = vendor::fleet(engine, "2026-12-28 14:00");
        let remind = vec!["--json", "incident", "due", "--remind"];
        assert_eq!(fleet.json(&remind[1..])["reminded"], 0);
        let id = open(&fleet, "sakura");
        assert_eq!(fleet.json(&remind[1..])["reminded"], 0, "today's report is told");
        fleet.now = at("2027-01-02 09:00");
        assert_eq!(fleet.json(&remind[1..])["reminded"], 0, "the company is closed");
        fleet.now = at("2027-01-04 09:00");
        let ran = fleet.at_once(&[remind.clone(), remind.clone(), remind.clone()]);
        let counts: Vec<i64> = ran.into_iter().map(|ran| ran.json()["reminded"].as_i64().unwrap()).collect();
        assert_eq!(counts.iter().sum::<i64>(), 1, "{counts:?}");
        fleet.run(&["notice", "send"]).ok();
        let sent = mails(&fleet);
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].0, "staff@vendor.example.jp");
        assert!(sent[0].1.contains(&id) && sent[0].1.contains("本日の報告がまだです"), "{}", sent[0].1);
        fleet.now = at("2027-01-05 09:00");
        assert_eq!(fleet.json(&remind[1..])["reminded"], 1, "the next day is another");
        fleet.run(&["notice", "send"]).ok();
        let sent = mails(&fleet);
        assert!(sent.iter().any(|(_, text)| text.contains("報告のなかった営業日: 2027年1月4日")), "{sent:?}");
    }

    fn the_poller_drafts_one_incident_for_a_provider_and_staff_hear_of_it(engine) {
        let fleet = vendor::fleet(engine, "2026-11-24 10:00");
        let what = neo::link::feed::Words::new("10件中8件", "8 of 10");
        let draft = || {
            incidents::draft_for_provider(&mut store(&fleet), "203.0.113.0/24", &what, fleet.now - 600, fleet.now).unwrap()
        };
        let id = draft();
        assert_eq!(draft(), id, "it is the same trouble");
        let shown = fleet.json(&["incident", "show", &id]);
        assert_eq!((&shown["state"], &shown["source"]), (&"draft".into(), &"poller".into()));
        assert_eq!((&shown["began_at"], &shown["advice"]), (&(fleet.now - 600).into(), &"use-local-cron".into()));
        fleet.run(&["notice", "send"]).ok();
        let sent = mails(&fleet);
        assert_eq!(sent.len(), 1);
        assert!(sent[0].1.contains("10件中8件") && sent[0].1.contains("203.0.113.0/24"), "{}", sent[0].1);
    }

    fn what_is_told_is_published_and_a_day_without_a_report_is_on_the_news_page(engine) {
        let mut fleet = vendor::fleet(engine, "2026-12-28 14:00");
        fleet.ceremony();
        let id = open(&fleet, "sakura");
        let number = |fleet: &Fleet| fleet.json(&["publish", "www"])["numbers"]["feed.json"].as_i64().unwrap();
        let first = number(&fleet);
        assert_eq!(number(&fleet), first, "nothing is new");
        fleet.now = at("2027-01-05 00:01");
        let second = number(&fleet);
        assert!(second > first, "the day before passed without a report");
        let published = |fleet: &Fleet| {
            let mut found = String::new();
            for file in ["feed.json", "news/index.html", "news/en.html"] {
                found += &std::fs::read_to_string(fleet.scratch("www").join(file)).unwrap();
            }
            found
        };
        let text = published(&fleet);
        assert!(text.contains(&id) && text.contains("調べています。"));
        assert!(text.matches("2027年1月4日(営業日)は、報告を出していません。").count() == 2, "{text}");
        assert_eq!(text.matches("We gave no report on 2027-01-04, a business day.").count(), 2);
    }

    fn a_reminder_without_anybody_to_remind_is_refused(engine) {
        let mut fleet = Fleet::new(engine);
        fleet.now = at("2026-12-25 10:00");
        fleet.run(&["incident", "due", "--remind"]).ok();
        open(&fleet, "sakura");
        fleet.now = at("2026-12-28 10:00");
        fleet.run(&["incident", "due"]).ok();
        fleet.run(&["incident", "due", "--remind"]).refused("F1218");
    }

    fn news_and_closures_are_kept_until_they_are_removed(engine) {
        let fleet = vendor::fleet(engine, "2026-11-24 10:00");
        let add = ["news", "add", "--id", "winter", "--title-ja", "冬季休業", "--title-en", "Winter", "--text-ja", "文", "--text-en", "text"];
        fleet.run(&add).ok();
        fleet.run(&add).refused("E1011");
        fleet.run(&[&add[..2], &["--id", "../x"], &add[4..]].concat()).refused("E1008");
        fleet.run(&[&add[..2], &["--id", "u", "--url", "javascript:alert(1)"], &add[4..]].concat()).refused("E1008");
        assert_eq!(feed(&fleet).1[0]["id"], "winter");
        fleet.run(&["news", "remove", "winter"]).ok();
        fleet.run(&["news", "remove", "winter"]).refused("F1214");
        assert_eq!(feed(&fleet).1.len(), 0);

        assert_eq!(fleet.json(&["incident", "due", "--day", "2026-11-25"])["business_day"], true);
        fleet.run(&["closure", "add", "2026-11-25"]).ok();
        let due = fleet.json(&["incident", "due", "--day", "2026-11-25"]);
        assert_eq!((&due["business_day"], &due["rest"]), (&false.into(), &"closure".into()));
        let closures = fleet.json(&["closure", "remove", "2026-11-25..2026-11-25"]);
        assert_eq!(closures["closures"], serde_json::json!(["12-29..01-03"]));
        fleet.run(&["closure", "remove", "2026-11-25"]).refused("F1216");
        fleet.run(&["closure", "add", "summer"]).refused("F1201");
    }
}
