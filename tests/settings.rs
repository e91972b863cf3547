//! Settings and 今日: what the owner changes holds at once, secrets do not come back, and the front page tells the truth.
//! Not the meaning of the single settings: the tests of what they change.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a broken check may stop here"
)]

#[path = "support/mail_server.rs"]
#[allow(dead_code, reason = "other tests use the rest of it")]
mod mail_server;
mod support;

use mail_server::{Act, MailServer, Script};
use support::{EMAIL, HOST, NOON, PASSWORD, Page, Site};

fn signed_in() -> Site {
    let site = Site::new();
    site.at(NOON);
    site.sign_in();
    site
}

const SENDER: [(&str, &str); 8] = [
    ("sender_name", "和菓子処 さくら堂"),
    ("sender_address", "東京都千代田区1-1 <2階>"),
    ("sender_contact", "03-0000-0000"),
    ("base_url", "https://shop.example.jp/neo.cgi"),
    ("language", "ja"),
    ("time_zone", "Asia/Tokyo"),
    ("confirm_days", "3"),
    ("unsure", "hold"),
];

#[test]
fn what_is_saved_stands_in_the_form_and_holds_for_the_command_line() {
    let site = signed_in();
    let page = site.follow(&site.post("/admin/settings", &SENDER));
    assert!(page.says("保存しました"));
    for (name, value) in SENDER {
        assert_eq!(page.value(name), value, "{name}");
        assert_eq!(site.setting(name), value, "{name}");
    }
    assert!(page.is_ticked("unsure", "hold"));
}

#[test]
fn one_mistake_saves_nothing_and_keeps_all_that_was_typed() {
    let site = signed_in();
    for (field, wrong, number) in [
        ("confirm_days", "400", 1061),
        ("base_url", "ftp://example.jp", 1024),
        ("time_zone", "Asia/Edo", 1031),
        ("sender_name", "行\u{7}", 1004),
    ] {
        let mut typed = SENDER.to_vec();
        typed.retain(|(name, _)| *name != field);
        typed.push((field, wrong));
        let page = site.post("/admin/settings", &typed);
        assert_eq!(page.status, 422, "{field}");
        assert!(page.says(&format!("E{number}")), "{field}: {}", page.text());
        assert!(page.body.contains(&format!("id=\"field-{field}-error\"")), "{field}");
        assert_eq!(page.value("sender_contact"), "03-0000-0000");
        assert_eq!(site.setting("sender_contact"), "");
    }
}

#[test]
fn the_language_of_the_settings_is_the_language_of_the_owners_pages() {
    let site = signed_in();
    site.set("language", "en");
    let page = site.get("/admin/settings");
    assert!(page.body.contains("<html lang=\"en\">") && page.says("Who is responsible"), "{}", page.text());
    site.forget_cookies();
    assert!(
        site.get("/admin/login").body.contains("<html lang=\"ja\">"),
        "before the sign-in the browser decides"
    );
}

#[test]
fn a_link_cannot_put_words_into_a_page() {
    let site = signed_in();
    for path in ["/admin", "/admin/settings", "/admin/settings/tick"] {
        let page = site.get(&format!("{path}?done=Your+account+is+blocked&done=%3Cb%3E"));
        assert_eq!(page.status, 200);
        assert!(!page.body.contains("blocked"), "{path}");
    }
}

fn sending<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("way", "smtp"),
        ("host", "mail.example.jp"),
        ("port", "587"),
        ("security", "required"),
        ("user", "hanako@example.jp"),
        ("password", ""),
        ("return_path", ""),
    ];
    for (name, value) in changed {
        fields.retain(|(other, _)| other != name);
        fields.push((name, value));
    }
    fields
}

#[test]
fn the_form_of_the_mail_server_makes_the_line_and_reads_it_back() {
    let site = signed_in();
    for (typed, line) in [
        (sending(&[]), "smtp://hanako%40example.jp@mail.example.jp:587?tls=required"),
        (
            sending(&[("security", "implicit"), ("port", "465")]),
            "smtps://hanako%40example.jp@mail.example.jp:465",
        ),
        (
            sending(&[("user", "a/b?c#d%e f")]),
            "smtp://a%2Fb%3Fc%23d%25e%20f@mail.example.jp:587?tls=required",
        ),
        (
            sending(&[("user", ""), ("security", "opportunistic")]),
            "smtp://mail.example.jp:587?tls=opportunistic",
        ),
    ] {
        let page = site.follow(&site.post("/admin/settings/sending", &typed));
        assert_eq!(site.setting("transport"), line);
        for (name, value) in typed.iter().filter(|(name, _)| *name != "password" && *name != "way") {
            assert_eq!(&page.value(name), value, "{name} of {line}");
        }
        assert!(page.is_ticked("way", "smtp"));
    }
    for (field, wrong) in
        [("host", "mail example"), ("host", ""), ("port", "99999"), ("return_path", "hanako")]
    {
        let page = site.post("/admin/settings/sending", &sending(&[(field, wrong)]));
        assert_eq!((page.status, page.value("user").as_str()), (422, "hanako@example.jp"), "{field}={wrong}");
    }
    assert_eq!(site.post("/admin/settings/sending", &sending(&[("way", "folder")])).status, 303);
    assert_eq!(site.setting("transport"), "folder:outbox");
}

#[test]
fn the_mail_servers_password_is_sealed_kept_when_left_empty_and_never_shown() {
    let site = signed_in();
    let secret = "himitsu-no-kotoba";
    let page = site.follow(&site.post("/admin/settings/sending", &sending(&[("password", secret)])));
    assert!(page.says("設定済み") && !page.body.contains(secret));
    assert_eq!(site.setting("transport_password"), "(set)");
    for file in ["neo.sqlite", "neo.sqlite-wal"] {
        let bytes = std::fs::read(site.data().join(file)).unwrap_or_default();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{file}");
    }
    assert_eq!(site.post("/admin/settings/sending", &sending(&[("port", "2525")])).status, 303);
    assert_eq!(site.setting("transport_password"), "(set)");
    // Who has only the session cannot have it sent to a server of her own.
    for changed in [("host", "evil.example"), ("user", "mallory")] {
        let page = site.post("/admin/settings/sending", &sending(&[changed]));
        assert!(page.says("E1041"), "{}", page.text());
    }
    assert!(site.setting("transport").contains("mail.example.jp:2525"));
    let page =
        site.post("/admin/settings/sending", &sending(&[("host", "mx.example.jp"), ("password", "new")]));
    assert_eq!(page.status, 303);
}

#[test]
fn no_program_can_be_named_from_the_web_and_what_the_command_line_set_stays() {
    let site = signed_in();
    let evil = [("transport", "sendmail:/tmp/evil"), ("sendmail", "/tmp/evil"), ("program", "/tmp/evil")];
    for way in ["sendmail", "folder", "sendmail:/tmp/evil", ""] {
        let mut typed = sending(&[("way", way)]);
        typed.extend(evil);
        site.post("/admin/settings/sending", &typed);
        assert!(!site.setting("transport").contains("evil"), "{way}");
    }
    let line = "smtp://hanako@mail.example.jp:587?tls=required&ca=ca.pem";
    site.set("transport", line);
    let page = site
        .post("/admin/settings/sending", &sending(&[("user", "hanako"), ("return_path", "b@example.jp")]));
    assert_eq!(page.status, 303);
    assert_eq!(
        (site.setting("transport"), site.setting("return_path")),
        (line.to_string(), "b@example.jp".to_string())
    );
}

#[test]
fn a_test_mail_goes_out_at_once_and_the_page_shows_what_the_server_said() {
    let site = signed_in();
    let page = site.post("/admin/settings/sending/test", &[]);
    assert!(page.says("送信サーバーが受け付けました"), "{}", page.text());
    let mails = site.mails();
    assert_eq!(mails.len(), 1);
    assert!(
        mails[0].contains(&format!("To: {EMAIL}")) && !mails[0].contains("List-Unsubscribe"),
        "{}",
        mails[0]
    );

    let server = MailServer::start(Script::default());
    site.set("transport", &format!("smtp://127.0.0.1:{}?tls=none", server.port));
    assert!(site.post("/admin/settings/sending/test", &[]).says("2.0.0 taken"));
    assert_eq!(server.log().mails[0].to, [EMAIL]);

    let refusing = Script::default().on_all("RCPT", Act::Say("550 5.7.1 <b>we do not relay</b>".to_string()));
    let refusing = MailServer::start(refusing);
    site.set("transport", &format!("smtp://127.0.0.1:{}?tls=none", refusing.port));
    let page = site.post("/admin/settings/sending/test", &[]);
    assert!(page.says("送れませんでした") && page.says("we do not relay"), "{}", page.text());
    assert!(!page.body.contains("<b>we"), "escaped");

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    site.set("transport", &format!("smtp://127.0.0.1:{nobody}?tls=none"));
    assert!(site.post("/admin/settings/sending/test", &[]).says("送れませんでした"));
}

fn tick_url(page: &Page) -> String {
    let (_, rest) = page.body.split_once(&format!("https://{HOST}/neo.cgi/tick/")).unwrap();
    format!("/tick/{}", rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap())
}

#[test]
fn the_clocks_page_gives_a_cron_line_that_works_as_it_stands() {
    let site = signed_in();
    let page = site.get("/admin/settings/tick");
    let (_, rest) = page.body.split_once("*/5 * * * * ").unwrap();
    let command = rest.split('<').next().unwrap();
    let mut shell = std::process::Command::new("/bin/sh");
    let output = shell.args(["-c", command]).env_clear().current_dir("/").output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty() && output.stderr.is_empty(), "cron mails every word");
    assert_eq!(site.neo(&["tick", "--json"]).json()["run"], 2, "the line ran the first tick of this site");
}

#[test]
fn a_renewed_key_ends_the_old_address_and_a_clock_that_is_switched_off_is_refused() {
    let site = signed_in();
    let old = tick_url(&site.get("/admin/settings/tick"));
    assert_eq!(site.get(&old).status, 200);
    let page = site.follow(&site.post("/admin/settings/tick/key", &[]));
    assert!(page.says("鍵を取りかえました"));
    let new = tick_url(&page);
    assert_ne!(old, new);
    assert_eq!(site.get(&old).status, 403);
    assert_eq!(site.get(&new).status, 200);

    let saved = site.post("/admin/settings/tick", &[("tick_gap", "60")]);
    let page = site.follow(&saved);
    assert!(!page.is_ticked("cron", "1") && !page.is_ticked("url", "1"));
    assert!(site.get(&new).says("E2017"));
    let cron = site.neo(&["tick"]);
    assert!(cron.code == 65 && cron.err.contains("E2017"), "{}", cron.err);
    let page = site.post("/admin/settings/tick", &[("cron", "1"), ("tick_gap", "-1")]);
    assert_eq!((page.status, page.is_ticked("cron", "1")), (422, true));
}

/// A site that may send, with two readers.
fn with_readers() -> Site {
    let site = signed_in();
    site.post("/admin/settings", &SENDER);
    site.neo(&["list", "add", "news", "--title", "さくら堂だより", "--from", "news@shop.example.jp"]).ok();
    for reader in ["hanako@example.jp", "taro@example.jp"] {
        site.neo(&["subscriber", "add", "news", reader, "--confirmed"]).ok();
    }
    site
}

fn broadcast(site: &Site, at: &str) -> String {
    let text = site.scratch("text");
    std::fs::write(&text, "本文\n").unwrap();
    let file = text.to_str().unwrap();
    site.neo(&[
        "broadcast",
        "create",
        "--list",
        "news",
        "--subject",
        "冬のお菓子",
        "--text",
        file,
        "--at",
        at,
    ])
    .ok()
}

#[test]
fn the_owners_button_sends_what_is_due_and_the_history_shows_it() {
    let site = with_readers();
    broadcast(&site, "now");
    let page = site.follow(&site.post("/admin/settings/tick/run", &[]));
    assert!(page.says("送信処理をしました") && page.says("管理画面"), "{}", page.text());
    assert_eq!(site.mails().len(), 2);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    site.set("transport", &format!("smtp://127.0.0.1:{nobody}?tls=none"));
    broadcast(&site, "now");
    let page = site.follow(&site.post("/admin/settings/tick/run", &[]));
    assert!(page.says("送信サーバーに接続できませんでした"), "{}", page.text());
    let today = site.get("/admin");
    assert!(today.says("にもう一度試します") || today.says("以降にもう一度試します"), "{}", today.text());
    // A new server is a new chance at once.
    let typed = sending(&[("way", "folder")]);
    assert_eq!(site.post("/admin/settings/sending", &typed).status, 303);
    assert!(!site.get("/admin").says("以降にもう一度試します"));
    site.post("/admin/settings/tick/run", &[]);
    assert_eq!(site.mails().len(), 4);
}

#[test]
fn today_leads_through_the_first_steps_and_then_shows_what_runs() {
    let site = signed_in();
    let page = site.get("/admin");
    for words in
        ["送信の時計がまだ動いていません", "差出人の表示", "お試し中", "はじめに", "読者リストをつくる"]
    {
        assert!(page.says(words), "{words}: {}", page.text());
    }
    let site = with_readers();
    site.neo(&["tick"]).ok();
    let page = site.get("/admin");
    assert!(page.says("はじめに") && page.says("さくら堂だより"), "{}", page.text());
    assert!(page.body.contains("/neo.cgi/f/news"), "the form is one press away");
    for words in ["送信の時計がまだ動いていません", "差出人の表示", "1時間以上"] {
        assert!(!page.says(words), "{words}: {}", page.text());
    }
    broadcast(&site, "2026-11-25 08:30");
    let page = site.get("/admin");
    assert!(page.says("冬のお菓子") && page.says("予約") && page.says("2026-11-25 08:30"), "{}", page.text());
    assert!(page.says("22時間後") && !page.says("はじめに"), "{}", page.text());
    site.at(NOON + 66 * 60);
    site.forget_cookies();
    site.sign_in();
    let page = site.get("/admin");
    assert!(
        page.says("1時間以上、送信の時計が動いていません") && page.says("止まっています"),
        "{}",
        page.text()
    );
}

#[test]
fn a_mail_in_doubt_waits_on_the_front_page_for_the_owners_answer() {
    let site = with_readers();
    // The server takes the whole mail and never answers: nobody knows whether it arrived.
    let server = MailServer::start(Script::default().on("body", 1, Act::Close).on(".", 1, Act::Close));
    site.set("transport", &format!("smtp://127.0.0.1:{}?tls=none", server.port));
    broadcast(&site, "now");
    site.neo(&["tick"]).ok();
    let ledger = site.neo(&["ledger", "all", "--json"]).json();
    assert_eq!(ledger["unsure"], 1, "{ledger}");
    let page = site.get("/admin");
    assert!(page.says("届いたかどうか分からないメールが1通あります"), "{}", page.text());
    let settle = page.body.split("/neo.cgi").find(|rest| rest.contains("/settle\"")).unwrap();
    let path = settle.split('"').next().unwrap();
    assert_eq!(site.post(path, &[("again", "0")]).status, 303);
    assert!(!site.get("/admin").says("届いたかどうか分からない"));
    assert_eq!(site.neo(&["ledger", "all", "--json"]).json()["unsure"], 0);
}

#[test]
fn a_new_password_needs_the_present_one_and_ends_all_other_sessions() {
    let site = signed_in();
    let elsewhere = site.cookie_header();
    site.forget_cookies();
    site.sign_in();
    let new = "a loud evening in June";
    let page = site.post("/admin/settings/password", &[("present", "wrong"), ("password", new)]);
    assert!(page.status == 422 && page.says("E1040"), "{}", page.text());
    let page = site.post("/admin/settings/password", &[("present", PASSWORD), ("password", "short")]);
    assert!(page.status == 422 && page.says("E1012"), "{}", page.text());
    let page = site.post("/admin/settings/password", &[("present", PASSWORD), ("password", new)]);
    assert!(site.follow(&page).says("パスワードを変えました"));
    let other = site.request("GET", "/admin", None, &[("HTTP_COOKIE", &elsewhere)]);
    assert_eq!(other.leads_to(), "/admin/login");
    site.forget_cookies();
    assert_eq!(site.post("/admin/login", &[("email", EMAIL), ("password", PASSWORD)]).status, 422);
    assert_eq!(site.post("/admin/login", &[("email", EMAIL), ("password", new)]).status, 303);
}

#[test]
fn a_value_that_a_setting_does_not_take_is_named_by_its_label_in_the_owners_language() {
    let site = signed_in();
    let post = |field: &str, value: &str| {
        let mut typed = SENDER.to_vec();
        typed.retain(|(name, _)| *name != field);
        typed.push((field, value));
        site.post("/admin/settings", &typed)
    };
    for (language, gap, days, sender) in [
        ("ja", "URLで受け付ける最短の間隔", "確認リンクの有効日数", "送信責任者の名前・会社名"),
        ("en", "Shortest gap by URL", "Days a confirmation link is valid", "Who is responsible"),
    ] {
        site.set("language", language);
        let page = site.post("/admin/settings/tick", &[("cron", "1"), ("tick_gap", "99999")]);
        assert!(page.status == 422 && page.says("E1061"), "{}", page.text());
        let sentence = page.text();
        let sentence = sentence.split("(E1061)").next().unwrap();
        assert!(
            sentence.ends_with(&match language {
                "ja" => format!("「{gap}」には、0から3600までの数字を入力してください。 "),
                _ => format!("\"{gap}\" takes a number from 0 to 3600. "),
            }),
            "{sentence}"
        );
        assert!(!page.says("tick_gap"), "{}", page.text());
        let page = post("confirm_days", "0");
        assert!(page.says("E1061") && page.says(days) && !page.says("confirm_days"), "{}", page.text());
        let page = post("sender_name", &"x".repeat(101));
        let sentence = page.text();
        let sentence = sentence.split("(E1007)").next().unwrap();
        assert!(sentence.contains(sender) && !page.says("sender_name"), "{sentence}");
        let page = post("unsure", "perhaps");
        let (own, other) = match language {
            "ja" => ("選べる値ではありません。", "Not one of the choices."),
            _ => ("Not one of the choices.", "選べる値ではありません。"),
        };
        assert!(page.says("E1008") && page.says(own) && !page.says(other), "{}", page.text());
    }
    // A script knows the key, not the label.
    let ran = site.neo(&["setting", "set", "tick_gap", "99999"]);
    assert!(ran.code == 65 && ran.err.contains("tick_gap") && ran.err.contains("3600"), "{}", ran.err);
}
