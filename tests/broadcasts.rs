//! What the broadcasts' pages promise, from a draft to its result, and under hostile input.
//! Not the sending engine: the tick is run as cron runs it. Not the look: tests/view.rs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/owner.rs"]
mod owner;

use neo::domain::delivery::Urgency;
use owner::{ADDRESS, NOON, Owner, fixture};

const TEXT: &str = "{{ name or \"お客様\" }} 様\n\n冬のお菓子、始まりました。\n";
const HTML: &str = "<h1 style=\"color:red\">冬のお菓子</h1><p>{{ name }}</p><script>alert(1)</script>";

fn draft(owner: &Owner) -> String {
    let page = owner.post(
        "/admin/broadcasts/new",
        &[("list", "1"), ("subject", "冬のお知らせ"), ("text", TEXT), ("html", HTML)],
    );
    assert_eq!(page.status, 303, "{}", page.words());
    let path = page.leads_to().split('?').next().unwrap().to_string();
    path.strip_prefix("/admin/broadcasts/").unwrap().to_string()
}

fn send_now(owner: &Owner, id: &str) {
    let page = owner.post(&format!("/admin/broadcasts/{id}/send"), &[("when", "now"), ("confirmed", "1")]);
    assert_eq!(page.leads_to(), format!("/admin/broadcasts/{id}?done=queued"), "{}", page.words());
}

fn state(owner: &Owner, id: &str) -> String {
    let json = owner.neo(&["broadcast", "status", id, "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    json["state"].as_str().unwrap().to_string()
}

#[test]
fn a_broadcast_goes_from_a_draft_to_every_reader_through_the_pages() {
    let owner = Owner::new().with_readers(5);
    assert!(owner.get("/admin/broadcasts").has("配信はまだありません"));
    let id = draft(&owner);
    let own = format!("/admin/broadcasts/{id}");

    // The preview is personalised, and sending waits for what the law asks for.
    let page = owner.get(&own);
    assert!(page.has("山田 花子 様"), "{}", page.words());
    assert!(page.has("E3009") && page.has("href=\"/neo.cgi/admin/settings\""), "{}", page.words());
    let refused = owner.post(&format!("{own}/send"), &[("when", "now"), ("confirmed", "1")]);
    assert_eq!(refused.status, 422);
    assert!(refused.words().contains("名前または会社名、住所、問い合わせ先"), "{}", refused.words());
    assert_eq!(state(&owner, &id), "draft");

    // The last check says to how many, and does nothing yet.
    let owner = owner.complete();
    let check = owner.post(&format!("{own}/send"), &[("when", "now")]);
    assert_eq!(check.status, 200);
    assert!(check.has("5人に送信します") && check.has("冬のお知らせ"), "{}", check.words());
    assert_eq!(state(&owner, &id), "draft");

    // A double press is one broadcast.
    send_now(&owner, &id);
    send_now(&owner, &id);
    owner.neo(&["tick"]);
    let again = owner.post(&format!("{own}/send"), &[("when", "now"), ("confirmed", "1")]);
    assert_eq!(again.leads_to(), format!("{own}?done=already"));
    owner.neo(&["tick"]);

    assert_eq!(owner.mails().len(), 5);
    assert_eq!((owner.ledger(&id, "audience"), owner.ledger(&id, "sent")), (5, 5));
    let words = owner.get(&own).words();
    assert!(words.contains("完了") && words.contains("対象 5 送信済み 5"), "{words}");
    let words = owner.get("/admin/broadcasts").words();
    assert!(words.contains("冬のお知らせ 完了 さくら堂だより 2026-11-23 15:00 5通"), "{words}");
    // It can be the pattern of the next one.
    let copy = owner.get(&format!("/admin/broadcasts/new?copy={id}"));
    assert!(copy.has("value=\"冬のお知らせ\"") && copy.has("冬のお菓子、始まりました"));
}

#[test]
fn stopping_cancels_what_has_not_been_sent_and_the_counts_add_up() {
    let owner = Owner::new().complete().with_readers(6);
    let id = draft(&owner);
    let own = format!("/admin/broadcasts/{id}");
    owner.neo(&["setting", "set", "tick_messages", "2"]);
    send_now(&owner, &id);
    owner.neo(&["tick"]);
    let words = owner.get(&own).words();
    assert!(words.contains("2 / 6通") && words.contains("対象 6 送信済み 2 送信待ち 4"), "{words}");
    assert!(words.contains("すでに送信サーバーに渡したメールは取り消せません"), "{words}");

    assert_eq!(owner.post(&format!("{own}/stop"), &[]).leads_to(), format!("{own}?done=stopped"));
    // At once, not only when the clock next ticks.
    assert_eq!((owner.ledger(&id, "sent"), owner.ledger(&id, "cancelled")), (2, 4));
    assert_eq!(owner.post(&format!("{own}/stop"), &[]).status, 303);
    owner.neo(&["tick"]);
    assert_eq!(owner.mails().len(), 2);
    assert_eq!((owner.ledger(&id, "sent"), owner.ledger(&id, "cancelled")), (2, 4));
    let words = owner.get(&own).words();
    assert!(words.contains("停止") && words.contains("対象 6 送信済み 2 取りやめ 4"), "{words}");
}

#[test]
fn stopping_a_draft_or_a_finished_broadcast_changes_nothing() {
    let owner = Owner::new().complete().with_readers(1);
    let id = draft(&owner);
    owner.post(&format!("/admin/broadcasts/{id}/stop"), &[]);
    assert_eq!(state(&owner, &id), "draft");
    send_now(&owner, &id);
    owner.neo(&["tick"]);
    owner.post(&format!("/admin/broadcasts/{id}/stop"), &[]);
    assert_eq!(state(&owner, &id), "finished");
}

#[test]
fn a_broadcast_that_has_started_is_not_changed_and_what_was_typed_is_kept() {
    let owner = Owner::new().complete().with_readers(2);
    let id = draft(&owner);
    owner.neo(&["setting", "set", "tick_messages", "1"]);
    send_now(&owner, &id);
    owner.neo(&["tick"]);
    let edit = format!("/admin/broadcasts/{id}/edit");
    let page =
        owner.post(&edit, &[("list", "1"), ("subject", "直した件名"), ("text", "直した本文"), ("html", "")]);
    assert_eq!(page.status, 422);
    assert!(page.has("E1020") && page.has("value=\"直した件名\"") && page.has("直した本文</textarea>"));
    assert_eq!(owner.get(&edit).status, 422);
    owner.neo(&["tick"]);
    assert!(owner.mails().iter().all(|mail| !mail.contains("直した")));
    assert!(owner.get(&format!("/admin/broadcasts/{id}")).has("冬のお知らせ"));
}

#[test]
fn a_draft_and_a_scheduled_broadcast_can_be_changed_and_moved_to_another_list() {
    let owner = Owner::new().complete().with_readers(1);
    owner.neo(&["list", "add", "vip", "--title", "お得意様", "--from", "news@sakurado.example.jp"]);
    let id = draft(&owner);
    let own = format!("/admin/broadcasts/{id}");
    owner.post(&format!("{own}/send"), &[("when", "at"), ("at", "2026-12-24T10:00"), ("confirmed", "1")]);
    let page = owner.post(
        &format!("{own}/edit"),
        &[("list", "2"), ("subject", "直した件名"), ("text", "本文"), ("html", "")],
    );
    assert_eq!(page.leads_to(), format!("{own}?done=written"), "{}", page.words());
    let words = owner.get(&own).words();
    assert!(words.contains("直した件名") && words.contains("2026-12-24 10:00 に送信します"), "{words}");
    assert_eq!(state(&owner, &id), "scheduled");
    assert_eq!(
        owner.store().message_subject(neo::domain::id::MessageId(id.parse().unwrap())).unwrap().1.0,
        2
    );
}

#[test]
fn a_time_is_read_in_the_sites_zone_and_one_that_has_passed_or_makes_no_sense_is_refused() {
    let owner = Owner::new().complete().with_readers(1);
    let id = draft(&owner);
    let send = format!("/admin/broadcasts/{id}/send");
    for (at, number) in [
        ("2026-11-23T14:58", "E1033"),
        ("2020-01-01T00:00", "E1033"),
        ("2062-11-24T10:00", "E1052"),
        ("", "E1016"),
        ("tomorrow", "E1016"),
        ("2026-02-30T10:00", "E1016"),
        ("\"><script>", "E1016"),
    ] {
        let page = owner.post(&send, &[("when", "at"), ("at", at), ("confirmed", "1")]);
        assert_eq!(page.status, 422, "{at}");
        assert!(page.has(number), "{at}: {}", page.words());
        assert!(!page.has("<script"), "{at}");
        assert_eq!(state(&owner, &id), "draft", "{at}");
    }
    // The minute that is running has not passed.
    let page = owner.post(&send, &[("when", "at"), ("at", "2026-11-23T15:00"), ("confirmed", "1")]);
    assert_eq!(page.leads_to(), format!("/admin/broadcasts/{id}?done=scheduled"));
    let page = owner.post(&send, &[("when", "at"), ("at", "2026-11-24T09:30"), ("confirmed", "1")]);
    assert_eq!(page.status, 303);
    owner.move_to(NOON + 18 * 3600);
    owner.neo(&["tick"]);
    assert_eq!(state(&owner, &id), "scheduled");
    owner.move_to(NOON + 18 * 3600 + 1800);
    owner.neo(&["tick"]);
    assert_eq!(state(&owner, &id), "finished");
}

#[test]
fn a_scheduled_broadcast_can_be_taken_back() {
    let owner = Owner::new().complete().with_readers(1);
    let id = draft(&owner);
    let send = format!("/admin/broadcasts/{id}/send");
    owner.post(&send, &[("when", "at"), ("at", "2026-11-24T09:30"), ("confirmed", "1")]);
    assert_eq!(
        owner.post(&send, &[("when", "never")]).leads_to(),
        format!("/admin/broadcasts/{id}?done=unscheduled")
    );
    assert_eq!(state(&owner, &id), "draft");
    owner.move_to(NOON + 3 * 86_400);
    owner.neo(&["tick"]);
    assert!(owner.mails().is_empty());
}

#[test]
fn a_test_goes_to_the_owner_at_once_and_counts_nowhere() {
    let owner = Owner::new().with_readers(3);
    let id = draft(&owner);
    let page = owner.post(&format!("/admin/broadcasts/{id}/test"), &[]);
    assert_eq!(page.status, 200);
    assert!(page.words().contains("テストメールを送りました"), "{}", page.words());
    assert!(page.words().contains(".eml"), "the server's reply: {}", page.words());
    let mails = owner.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains(&format!("X-Neo-Envelope-To: {ADDRESS}")), "{}", mails[0]);
    assert!(!mails[0].contains("List-Unsubscribe"));
    assert_eq!(owner.ledger(&id, "audience"), 0);
    assert_eq!(state(&owner, &id), "draft");
    owner.neo(&["setting", "set", "transport", "smtp://127.0.0.1:9?tls=none"]);
    let page = owner.post(&format!("/admin/broadcasts/{id}/test"), &[]);
    assert_eq!(page.status, 200);
    assert!(page.words().contains("送信サーバーとやり取りできませんでした"), "{}", page.words());
}

#[test]
fn the_html_is_shown_in_a_frame_that_can_do_nothing() {
    let owner = Owner::new();
    let id = draft(&owner);
    let page = owner.get(&format!("/admin/broadcasts/{id}"));
    assert!(page.has(&format!("<iframe class=\"mail-preview\" src=\"/neo.cgi/admin/broadcasts/{id}/html\"")));
    assert!(page.words().contains("画面が暗い表示でも、書かれたままの色で見せています"), "{}", page.words());
    assert!(page.has("sandbox=\"\"") && !page.has("<script"));
    let html = owner.get(&format!("/admin/broadcasts/{id}/html"));
    let policy = html.head.lines().find_map(|line| line.strip_prefix("content-security-policy: ")).unwrap();
    for part in ["sandbox;", "default-src 'none';", "img-src https: data:;", "style-src 'unsafe-inline';"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("allow-") && !policy.contains("script-src"), "{policy}");
    assert!(html.has("<h1 style=\"color:red\">冬のお菓子</h1>") && html.has("山田 花子"));
}

#[test]
fn every_mistake_is_named_at_its_field_and_nothing_that_was_typed_is_lost() {
    let owner = Owner::new();
    let long = "あ".repeat(10_000);
    for (field, value, number) in [
        ("subject", "", "E1026"),
        ("subject", "件名\r\nBcc: all@example.jp", "E1004"),
        ("subject", long.as_str(), "E1027"),
        ("subject", "{{ nmae }}", "E1035"),
        ("text", "", "E1028"),
        ("text", "{{ name", "E1015"),
        ("text", "{% for a in range(99999999) %}x{% endfor %}", "E10"),
        ("text", "a\u{0}b", "E1004"),
        ("html", "<p>{{ secret }}</p>", "E1035"),
        ("list", "99", "E2009"),
        ("list", "", "E2009"),
    ] {
        let mut fields =
            vec![("list", "1"), ("subject", "たしかな件名"), ("text", "たしかな本文"), ("html", "<b>x</b>")];
        for pair in &mut fields {
            if pair.0 == field {
                pair.1 = value;
            }
        }
        let page = owner.post("/admin/broadcasts/new", &fields);
        assert_eq!(page.status, 422, "{field} {value:.40}");
        assert!(page.has(number), "{field} {value:.40}: {}", page.words());
        assert!(page.has(&format!("href=\"#field-{field}\"")), "{field} {value:.40}");
        let kept = [
            ("subject", "value=\"たしかな件名\""),
            ("text", "たしかな本文</textarea>"),
            ("html", "&lt;b&gt;x&lt;/b&gt;</textarea>"),
        ];
        for (other, written) in kept {
            assert!(other == field || page.has(written), "{field}: {other} is lost");
        }
        if value == long {
            assert!(page.has(&long));
        }
    }
    assert!(owner.get("/admin/broadcasts").has("配信はまだありません"));
}

#[test]
fn naughty_strings_are_stored_or_refused_and_never_become_markup() {
    let owner = Owner::new();
    let strings: Vec<String> =
        serde_json::from_slice(&std::fs::read(fixture("naughty/blns.json")).unwrap()).unwrap();
    let mut stored = 0;
    // A few to a form, or it would be a thousand processes: the subject one, the text the joined.
    for some in strings.chunks(4) {
        let subject =
            some.iter().find(|one| !one.trim().is_empty() && !one.contains("{{")).map_or("x", |one| one);
        let text = some.join("\n").replace("{{", "{ {").replace("{%", "{ %");
        let page = owner.post(
            "/admin/broadcasts/new",
            &[("list", "1"), ("subject", subject), ("text", &text), ("html", "")],
        );
        let shown = match page.status {
            303 => {
                stored += 1;
                owner.get(page.leads_to())
            }
            422 => page,
            other => panic!("{some:?}: {other} {}", page.words()),
        };
        assert!(shown.status == 200 || shown.status == 422, "{some:?}");
        for tag in shown.body.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            if tag.starts_with("script src=\"/neo.cgi/assets/autosave-") {
                continue; // our own
            }
            let name = tag.split([' ', '/']).next().unwrap_or_default().to_ascii_lowercase();
            assert!(
                !matches!(name.as_str(), "script" | "img" | "style" | "object" | "embed" | "b"),
                "{some:?}: <{tag}>"
            );
            let is_handler = tag.split(' ').any(|word| word.to_ascii_lowercase().starts_with("on"));
            // Inside of quotes it is a value, e.g. of the field that holds what was typed.
            assert!(!is_handler || tag.contains("=\""), "{some:?}: <{tag}>");
        }
    }
    assert!(stored > strings.len() / 8, "{stored} stored of {}", strings.len() / 4);
    let list = owner.get("/admin/broadcasts");
    assert!(list.status == 200 && !list.has("<script") && !list.has("<img"));
    // The pager leads on to the rest, without a broadcast being left out.
    let mut next = "/admin/broadcasts".to_string();
    let mut seen = std::collections::BTreeSet::new();
    loop {
        let page = owner.get(&next);
        for rest in page.body.split("href=\"/neo.cgi/admin/broadcasts/").skip(1) {
            seen.extend(rest.split('"').next().and_then(|id| id.parse::<i64>().ok()));
        }
        match page.body.split_once("/admin/broadcasts?before=") {
            Some((_, rest)) => next = format!("/admin/broadcasts?before={}", rest.split('"').next().unwrap()),
            None => break,
        }
    }
    assert_eq!(seen.len(), stored);
}

#[test]
fn the_owner_settles_a_mail_of_which_nobody_knows_whether_it_arrived() {
    let owner = Owner::new().complete().with_readers(2);
    owner.neo(&["setting", "set", "unsure", "hold"]);
    owner.neo(&["setting", "set", "transport", "smtp://127.0.0.1:9?tls=none"]);
    let id = draft(&owner);
    send_now(&owner, &id);
    owner.neo(&["tick"]);
    // The program dies with two mails in hand, one after the other.
    let store = owner.store();
    let rows = store.due_deliveries(Urgency::Normal, NOON + 86_400, 9).unwrap();
    assert_eq!(rows.len(), 2);
    for row in &rows {
        assert!(store.begin_attempt(*row, b"From: a\r\n\r\nx", NOON).unwrap());
        store.recover_sending().unwrap();
    }
    let own = format!("/admin/broadcasts/{id}");
    let page = owner.get(&own);
    assert!(page.words().contains("送信の途中でプログラムが止まりました"), "{}", page.words());
    assert_eq!(page.body.matches("/settle\"").count(), 4);
    let settle = |row: usize, again: &str| {
        owner.post(&format!("/admin/deliveries/{}/settle", rows[row]), &[("again", again)])
    };
    assert_eq!(settle(0, "perhaps").status, 422);
    assert_eq!(owner.ledger(&id, "unsure"), 2);
    assert_eq!(settle(0, "0").leads_to(), format!("{own}?done=settled"));
    assert_eq!(settle(1, "1").leads_to(), format!("{own}?done=settled"));
    assert_eq!(
        (owner.ledger(&id, "sent"), owner.ledger(&id, "queued"), owner.ledger(&id, "unsure")),
        (1, 1, 0)
    );
    // A second answer comes too late and changes nothing.
    settle(0, "1");
    assert_eq!(owner.ledger(&id, "sent"), 1);
    assert_eq!(owner.post("/admin/deliveries/99/settle", &[("again", "1")]).status, 404);
}

#[test]
fn what_may_have_reached_a_reader_who_left_can_only_be_counted_as_sent() {
    let owner = Owner::new().complete().with_readers(1);
    owner.neo(&["setting", "set", "transport", "smtp://127.0.0.1:9?tls=none"]);
    let id = draft(&owner);
    send_now(&owner, &id);
    owner.neo(&["tick"]);
    let store = owner.store();
    let row = store.due_deliveries(Urgency::Normal, NOON + 86_400, 1).unwrap()[0];
    assert!(store.begin_attempt(row, b"From: a\r\n\r\nx", NOON).unwrap());
    store.recover_sending().unwrap();
    let reader = store.delivery(row).unwrap().unwrap().subscription;
    assert_eq!(owner.post(&format!("/admin/subscribers/{reader}/leave"), &[]).status, 303);
    let settle = format!("/admin/deliveries/{row}/settle");
    for path in [format!("/admin/broadcasts/{id}"), "/admin".to_string()] {
        let page = owner.get(&path);
        let words = page.words();
        assert!(words.contains("退会したため(届いた可能性があります。もう送りません)"), "{path}: {words}");
        assert_eq!(page.body.matches("/settle\"").count(), 1, "{path}: {words}");
        assert!(page.has("name=\"again\" value=\"0\""), "{path}: {}", page.body);
    }
    let refused = owner.post(&settle, &[("again", "1")]);
    assert!(refused.status == 403 && refused.words().contains("E2044"), "{}", refused.words());
    assert_eq!((owner.ledger(&id, "unsure"), owner.ledger(&id, "suppressed")), (1, 0));
    assert_eq!(owner.post(&settle, &[("again", "0")]).status, 303);
    assert_eq!((owner.ledger(&id, "sent"), owner.ledger(&id, "unsure")), (1, 0));
}

#[test]
fn what_did_not_arrive_is_listed_with_the_mail_servers_words() {
    let owner = Owner::new().complete().with_readers(3);
    let id = draft(&owner);
    send_now(&owner, &id);
    owner.neo(&["tick"]);
    let store = owner.store();
    let reply = "550 5.1.1 <b>no such user</b>";
    store
        .record(neo::domain::id::DeliveryId(2), neo::domain::delivery::State::Failed, reply, NOON, NOON)
        .unwrap();
    let page = owner.get(&format!("/admin/broadcasts/{id}"));
    assert!(page.has("reader2@example.jp") && !page.has("reader1@example.jp"), "{}", page.words());
    assert!(page.has("550 5.1.1 &lt;b&gt;no such user&lt;/b&gt;") && page.words().contains("送信失敗 1"));
}

#[test]
fn no_page_of_these_is_shown_to_or_done_for_a_stranger() {
    let owner = Owner::new().complete().with_readers(1);
    let id = draft(&owner);
    for page in ["", "/edit", "/html"] {
        let page = owner.stranger("GET", &format!("/admin/broadcasts/{id}{page}"));
        assert_eq!((page.status, page.leads_to()), (303, "/admin/login"));
    }
    for action in ["edit", "test", "send", "stop"] {
        let path = format!("/admin/broadcasts/{id}/{action}");
        assert_eq!(owner.stranger("POST", &path).leads_to(), "/admin/login");
        assert_eq!(owner.forged(&path).status, 403, "{action}");
    }
    assert_eq!((owner.mails().len(), state(&owner, &id)), (0, "draft".to_string()));
    assert_eq!(owner.get("/admin/broadcasts/99").status, 404);
    assert_eq!(owner.get("/admin/broadcasts/1%27").status, 404);
}
