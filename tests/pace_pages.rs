//! The owner's pages of pace and guard: what they show is what holds, and what they change takes effect.
//! Not the engine behind them: tests/pace.rs and tests/safe_mode.rs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/mail_server.rs"]
mod mail_server;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/owner.rs"]
mod owner;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use mail_server::{MailServer, Script};
use owner::Owner;

fn owner_with(server: &MailServer, readers: usize) -> Owner {
    let owner = Owner::new().complete().with_readers(readers);
    owner.neo(&["setting", "set", "transport", &server.transport()]);
    owner
}

fn broadcast(owner: &Owner, at: &[&str]) -> String {
    std::fs::write(owner.data().join("text.txt"), "こんにちは").unwrap();
    let text = owner.data().join("text.txt").display().to_string();
    let mut line = vec!["broadcast", "create", "--list", "news", "--subject", "冬のお菓子", "--text", &text];
    line.extend(at);
    owner.neo(&line)
}

#[test]
fn a_plan_is_chosen_with_its_source_and_its_limits_hold() {
    let server = MailServer::start(Script::default());
    let owner = owner_with(&server, 3);
    let page = owner.get("/admin/settings/pace");
    assert!(page.words().contains("さくらのレンタルサーバ — 上限は公表されていません"), "{}", page.words());
    let typed = [
        ("host_plan", "lolipop-economy"),
        ("pace", "2/hour"),
        ("pace_domains", "docomo.ne.jp=5/day"),
        ("warm_up_from", ""),
        ("warm_up_first", "200"),
    ];
    assert_eq!(owner.post("/admin/settings/pace", &typed).status, 303);
    let page = owner.get("/admin/settings/pace");
    assert!(page.words().contains("サーバー会社が公表している値です(lolipop.jp/terms/prohibition)"));
    broadcast(&owner, &["--at", "now"]);
    owner.neo(&["tick"]);
    assert_eq!(server.count(), 2);
    assert!(owner.get("/admin/settings/pace").words().contains("2 / 2"), "the window is shown");
    let wrong = [
        ("host_plan", ""),
        ("pace", "many/hour"),
        ("pace_domains", ""),
        ("warm_up_from", ""),
        ("warm_up_first", "200"),
    ];
    let page = owner.post("/admin/settings/pace", &wrong);
    assert!(page.status == 422 && page.has("E1150") && page.has("many/hour"), "{}", page.words());
}

#[test]
fn what_was_learnt_is_shown_with_the_servers_words_and_can_be_forgotten() {
    let room = Arc::new(AtomicI64::new(4));
    let words = "450 4.7.1 Error: too many recipients";
    let server = MailServer::start(Script { room: Some((Arc::clone(&room), words)), ..Script::default() });
    let owner = owner_with(&server, 9);
    broadcast(&owner, &["--at", "now"]);
    owner.neo(&["tick"]);
    let page = owner.get("/admin/settings/pace");
    assert!(page.has(words) && page.words().contains("1分に4通"), "{}", page.words());
    assert_eq!(owner.post("/admin/settings/pace/forget", &[("subject", "1")]).status, 303);
    assert!(owner.get("/admin/settings/pace").words().contains("断られたことはまだありません"));
}

#[test]
fn a_held_message_is_on_the_front_page_and_goes_on_by_the_owners_button() {
    let room = Arc::new(AtomicI64::new(0));
    let words = "554 5.7.1 Service unavailable; client blocked";
    let server = MailServer::start(Script { room: Some((Arc::clone(&room), words)), ..Script::default() });
    let owner = owner_with(&server, 6);
    let message = broadcast(&owner, &["--at", "now"]);
    owner.neo(&["tick"]);
    let page = owner.get("/admin");
    assert!(
        page.words().contains("「冬のお菓子」は、差出人が信用されない") && page.has("client blocked"),
        "{}",
        page.words()
    );
    assert_eq!((owner.ledger(&message, "failed"), owner.ledger(&message, "sent")), (0, 0));
    room.store(100, std::sync::atomic::Ordering::SeqCst);
    owner.move_to(owner.now() + 3600);
    owner.neo(&["tick"]);
    assert_eq!(owner.ledger(&message, "sent"), 0, "it waits for her");
    assert_eq!(owner.post("/admin/settings/pace/release", &[("message", &message)]).status, 303);
    owner.neo(&["tick"]);
    assert_eq!(owner.ledger(&message, "sent"), 6);
    assert!(!owner.get("/admin").words().contains("信用されない"));
}

#[test]
fn a_refused_password_stops_everything_until_try_again_is_pressed() {
    let script = Script { auth: Some("PLAIN"), ..Script::default() };
    let wrong = || mail_server::Act::Say("535 5.7.8 wrong".to_string());
    let server = MailServer::start(script.on("AUTH", 1, wrong()).on("AUTH", 2, wrong()));
    let owner = owner_with(&server, 2);
    owner.neo(&["setting", "set", "transport", &format!("smtp://hanako@127.0.0.1:{}?tls=none", server.port)]);
    owner.neo(&["setting", "set", "transport_password", "secret"]);
    let message = broadcast(&owner, &["--at", "now"]);
    owner.neo(&["tick"]);
    owner.move_to(owner.now() + 4000);
    owner.neo(&["tick"]);
    let page = owner.get("/admin");
    assert!(page.words().contains("2度受け付けなかったため、送信を止めています"), "{}", page.words());
    owner.move_to(owner.now() + 90_000);
    owner.neo(&["tick"]);
    assert_eq!(server.log().logins.len(), 2);
    let page = owner.get("/admin/settings/sending");
    assert!(page.words().contains("停止中(パスワード)") && page.words().contains("もう一度試す"));
    assert_eq!(owner.post("/admin/settings/pace/again", &[]).status, 303);
    owner.neo(&["tick"]);
    assert_eq!((owner.ledger(&message, "sent"), server.log().logins.len()), (2, 3));
}

#[test]
fn a_second_way_is_set_by_the_page_and_its_password_does_not_follow_to_another_server() {
    let owner = Owner::new().complete();
    let path = "/admin/settings/sending/2";
    let typed = |url: &'static str, password: &'static str| {
        [("url", url), ("password", password), ("weight", "2"), ("pace", "100/hour")]
    };
    assert_eq!(owner.post(path, &typed("smtp://a@relay.example.jp:587?tls=required", "secret")).status, 303);
    assert_eq!(owner.neo(&["setting", "get", "transport_2_weight"]), "2");
    assert_eq!(owner.neo(&["setting", "get", "pace_2"]), "100/hour");
    let page = owner.get(path);
    assert!(page.has("relay.example.jp") && !page.has("secret"), "{}", page.words());
    let page = owner.post(path, &typed("smtp://a@evil.example.com:587?tls=required", ""));
    assert!(page.status == 422 && page.has("E1041"), "{}", page.words());
    for wrong in ["sendmail:/usr/sbin/sendmail", "folder:x", "http://relay"] {
        let page = owner.post(path, &typed(wrong, ""));
        assert!(page.status == 422 && page.has("E1022"), "{wrong}: {}", page.words());
    }
    assert_eq!(owner.post(path, &typed("", "")).status, 303);
    assert_eq!(owner.neo(&["setting", "get", "transport_2"]), "");
    assert_eq!(owner.get("/admin/settings/sending/1").status, 404);
    assert_eq!(owner.get("/admin/settings/sending/9").status, 404);
}

#[test]
fn before_sending_the_finish_is_promised_and_while_it_goes_it_is_told_again() {
    let server = MailServer::start(Script::default());
    let owner = owner_with(&server, 30);
    owner.neo(&["setting", "set", "pace", "5/15min"]);
    let message = broadcast(&owner, &[]);
    let page = owner.post(&format!("/admin/broadcasts/{message}/send"), &[("when", "now"), ("at", "")]);
    // One of five is kept for confirmations: eight times four, the last after seven quarters.
    assert!(page.words().contains("今日 16:45ごろに送り終わります"), "{}", page.words());
    assert!(
        page.words().contains("15分に5通") && page.words().contains("5分おきとして計算"),
        "{}",
        page.words()
    );
    let at = "2026-11-23 21:00";
    let page = owner.post(&format!("/admin/broadcasts/{message}/send"), &[("when", "at"), ("at", at)]);
    assert!(
        page.words().contains("うち14通は夜間") || page.words().contains("夜間(22時〜7時)"),
        "{}",
        page.words()
    );
    owner.post(&format!("/admin/broadcasts/{message}/send"), &[("when", "now"), ("confirmed", "1")]);
    owner.neo(&["tick"]);
    let page = owner.get(&format!("/admin/broadcasts/{message}"));
    for words in ["残り 26", "速さ 4", "ごろに送り終わります", "この8時間に出た通数"] {
        assert!(page.words().contains(words), "{words}: {}", page.words());
    }
}

#[test]
fn the_guards_page_shows_limits_peaks_and_trips_and_the_text_for_support() {
    let owner = Owner::new().complete();
    owner.neo(&["tick"]);
    let line = format!(
        "{} pid=1 tripped=memory signal=SIGABRT flow=cron stage=tick/deliver item=0 peak_rss_kib=130000 cpu_ms=900 elapsed_ms=1500\n",
        owner.now()
    );
    std::fs::write(owner.data().join("guard.log"), line).unwrap();
    owner.neo(&["setting", "set", "transport", "folder:outbox"]);
    owner.neo(&["tick"]);
    let typed = [
        ("guard_memory_mib", "200"),
        ("guard_cpu_seconds", "15"),
        ("guard_wall_seconds", "45"),
        ("guard_web_cpu_seconds", "8"),
        ("guard_web_wall_seconds", "25"),
    ];
    assert_eq!(owner.post("/admin/settings/guard", &typed).status, 303);
    let page = owner.get("/admin/settings/guard");
    for words in
        ["126.9 MiB", "メールの送信", "1.50秒", "メモリ200MiB、cronではCPU15秒・45秒", "上限で止めた回数 1回"]
    {
        assert!(page.has(words), "{words}: {}", page.words());
    }
    assert!(
        page.body.matches("<svg viewBox=\"0 0 300 100\"").count() >= 6,
        "three charts of ticks, three of pages"
    );
    let page = owner.post("/admin/settings/guard", &[("guard_memory_mib", "9999")]);
    assert_eq!(page.status, 422);
}

#[test]
fn a_drill_by_button_is_a_real_one_and_only_one_runs_at_a_time() {
    let owner = Owner::new().complete();
    let page = owner.post("/admin/settings/guard/drill", &[("kind", "memory")]);
    assert!(
        page.status == 200 && page.words().contains("「メモリを使い続ける」は、ブレーキが"),
        "{}",
        page.words()
    );
    let held = owner.store().take_lease("drill", "another", "-", owner.now() + 60, owner.now()).unwrap();
    assert!(held);
    let page = owner.post("/admin/settings/guard/drill", &[("kind", "loop")]);
    assert!(page.words().contains("別の訓練が動いています"), "{}", page.words());
    assert_eq!(owner.get("/admin/settings/guard/drill").status, 405, "a link starts nothing");
    assert_eq!(owner.post("/admin/settings/guard/drill", &[("kind", "rm")]).status, 303);
}

#[test]
fn work_that_rests_is_tried_again_or_given_up_by_the_owners_button() {
    let owner = Owner::new().complete().with_readers(2);
    let message = broadcast(&owner, &["--at", "now"]);
    let store = owner.store();
    store.start_due_broadcasts(owner.now()).unwrap();
    store.write_audience(neo::domain::id::MessageId(message.parse().unwrap()), 10, owner.now()).unwrap();
    for item in [1, 2] {
        store.set_aside("delivery", item, "memory", owner.now()).unwrap();
    }
    drop(store);
    owner.neo(&["tick"]);
    assert_eq!(owner.ledger(&message, "queued"), 2);
    let today = owner.get("/admin");
    assert!(today.has("取り分けてあります") && today.has("/admin/settings/guard"), "{}", today.words());
    let page = owner.get("/admin/settings/guard");
    assert!(page.words().contains("「冬のお菓子」をreader1@example.jpへ送る"), "{}", page.words());
    let answer = |item: &str, what: &str| {
        owner
            .post("/admin/settings/guard/aside", &[("kind", "delivery"), ("item", item), ("do", what)])
            .status
    };
    assert_eq!((answer("1", "again"), answer("2", "give-up")), (303, 303));
    owner.neo(&["tick"]);
    assert_eq!((owner.ledger(&message, "sent"), owner.ledger(&message, "failed")), (1, 1));
    assert!(!owner.get("/admin/settings/guard").words().contains("取り分けた処理"));
    assert!(!owner.get("/admin").words().contains("取り分けて"), "nothing waits any more: the page is calm");
}
