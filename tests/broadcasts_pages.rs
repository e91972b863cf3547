//! The pages of who gets a broadcast, until when, again and again, to whom it did not reach; drafts that save themselves.
//! Not the engine behind them: tests/broadcasts_{audience,stop,again}.rs.
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

use owner::{NOON, Owner};
use serde_json::Value;

fn draft(owner: &Owner) -> String {
    let fields = [("list", "1"), ("subject", "冬のお知らせ"), ("text", "こんにちは"), ("html", "")];
    let page = owner.post("/admin/broadcasts/new", &fields);
    assert_eq!(page.status, 303, "{}", page.words());
    let path = page.leads_to().split('?').next().unwrap();
    path.strip_prefix("/admin/broadcasts/").unwrap().to_string()
}

fn site(readers: usize) -> (Owner, String) {
    let owner = Owner::new().complete();
    owner.add_readers(readers);
    let id = draft(&owner);
    (owner, id)
}

fn send(owner: &Owner, id: &str) {
    let page = owner.post(&format!("/admin/broadcasts/{id}/send"), &[("when", "now"), ("confirmed", "1")]);
    assert_eq!(page.leads_to(), format!("/admin/broadcasts/{id}?done=queued"), "{}", page.words());
    owner.neo(&["tick"]);
}

fn status(owner: &Owner, id: &str) -> Value {
    serde_json::from_str(&owner.neo(&["broadcast", "status", id, "--json"])).unwrap()
}

#[test]
fn who_gets_it_is_chosen_on_a_page_counted_before_sending_and_kept_to() {
    let (owner, id) = site(6);
    let sql = "insert into tags (name, created_at) values ('VIP', 1);
               insert into taggings (tag_id, subscriber_id, at) values (1, 1, 1), (1, 2, 1), (1, 3, 1);
               insert into lists (name, title, consent_text, from_address, opt_in, created_at)
                 values ('staff', '店員', '', 'a@example.jp', 'single', 1);
               insert into subscriptions (list_id, subscriber_id, state, asked_at, joined_at)
                 values (2, 3, 'confirmed', 1, 1);";
    owner.sqlite().execute_batch(sql).unwrap();
    let own = format!("/admin/broadcasts/{id}");
    let page = format!("{own}/audience");
    assert!(owner.get(&page).words().contains("6人に送信します リストの登録者全員"));
    // A row is added by a button, without a script, and nothing is stored yet.
    let added = owner.post(&page, &[("condition-new", "tag"), ("condition-do", "add")]);
    assert!(added.status == 200 && added.has("name=\"condition-0-value\""), "{}", added.words());
    assert_eq!(status(&owner, &id)["audience"], serde_json::json!({}));
    let fields = [
        ("condition-0-what", "tag"),
        ("condition-0-how", "is"),
        ("condition-0-value", "VIP"),
        ("exclude-list-2", "1"),
    ];
    let counted = owner.post(&page, &[&fields[..], &[("count", "1")]].concat());
    assert!(counted.words().contains("2人に送信します"), "{}", counted.words());
    let saved = owner.post(&page, &fields);
    assert_eq!(saved.leads_to(), format!("{own}?done=audience"), "{}", saved.words());
    let words = owner.get(&own).words();
    assert!(words.contains("2人に送信します") && words.contains("除く: 「店員」の登録者"), "{words}");
    let check = owner.post(&format!("{own}/send"), &[("when", "now")]).words();
    assert!(check.contains("2人に送信します") && check.contains("VIP"), "{check}");
    send(&owner, &id);
    assert_eq!((owner.ledger(&id, "audience"), owner.ledger(&id, "sent")), (2, 2));
    assert_eq!(owner.get(&page).status, 422, "it has started");
}

#[test]
fn a_value_that_makes_no_sense_is_named_at_its_row_and_nothing_is_stored() {
    let (owner, id) = site(1);
    let fields =
        [("condition-0-what", "joined"), ("condition-0-how", "is"), ("condition-0-value", "someday")];
    let page = owner.post(&format!("/admin/broadcasts/{id}/audience"), &fields);
    assert!(page.status == 422 && page.has("value=\"someday\""), "{}", page.words());
    assert_eq!(status(&owner, &id)["audience"], serde_json::json!({}));
}

#[test]
fn a_deadline_and_the_readers_own_hour_are_chosen_where_it_is_sent() {
    let (owner, id) = site(2);
    let send = format!("/admin/broadcasts/{id}/send");
    let at = ("at", "2026-11-24T10:00");
    let early = [("when", "at"), at, ("last", "2026-11-24T09:00"), ("confirmed", "1")];
    let refused = owner.post(&send, &early);
    assert!(refused.status == 422 && refused.has("E1236"), "{}", refused.words());
    let fields = [("when", "at"), at, ("last", "2026-11-24T20:00"), ("zone", "1"), ("quiet", "1")];
    let check = owner.post(&send, &fields);
    assert!(check.words().contains("2026-11-24 20:00 までに送れなければ取りやめ"), "{}", check.words());
    for hidden in [
        "name=\"last\" value=\"2026-11-24T20:00\"",
        "name=\"zone\" value=\"1\"",
        "name=\"quiet\" value=\"1\"",
    ] {
        assert!(check.has(hidden), "{hidden}");
    }
    let done = owner.post(&send, &[&fields[..], &[("confirmed", "1")]].concat());
    assert_eq!(done.leads_to(), format!("/admin/broadcasts/{id}?done=scheduled"));
    let status = status(&owner, &id);
    assert_eq!(status["not_later_than"], "2026-11-24T11:00:00Z");
    assert_eq!((&status["reader_time_zone"], &status["quiet_hours"]), (&true.into(), &true.into()));
    // It has to start when the day has come so far in the earliest zone.
    let store = owner.store();
    assert_eq!(store.next_due().unwrap(), Some(NOON + 19 * 3600 - 5 * 3600));
}

#[test]
fn a_stopped_broadcast_is_resumed_or_given_up_by_a_button() {
    let (owner, id) = site(4);
    let own = format!("/admin/broadcasts/{id}");
    owner.neo(&["setting", "set", "tick_messages", "1"]);
    send(&owner, &id);
    owner.post(&format!("{own}/stop"), &[]);
    let words = owner.get(&own).words();
    assert!(words.contains("取りやめた3通を、同じ読者に送ります"), "{words}");
    assert_eq!(owner.post(&format!("{own}/resume"), &[]).leads_to(), format!("{own}?done=resumed"));
    owner.neo(&["tick"]);
    assert_eq!(owner.ledger(&id, "sent"), 2);
    owner.post(&format!("{own}/stop"), &[]);
    assert_eq!(
        owner.post(&format!("{own}/resume"), &[("for_good", "1")]).leads_to(),
        format!("{own}?done=given-up")
    );
    assert_eq!(owner.post(&format!("{own}/resume"), &[]).leads_to(), format!("{own}?done=nothing"));
    assert_eq!((owner.ledger(&id, "sent"), owner.ledger(&id, "cancelled")), (2, 2));
}

#[test]
fn those_whom_it_did_not_reach_and_who_did_not_open_it_get_a_draft_of_their_own() {
    let (owner, id) = site(5);
    let own = format!("/admin/broadcasts/{id}");
    send(&owner, &id);
    let store = owner.store();
    let failed = neo::domain::delivery::State::Failed;
    store.record(neo::domain::id::DeliveryId(2), failed, "550 no", NOON, NOON).unwrap();
    let words = owner.get(&own).words();
    assert!(
        words.contains("送信に失敗した方 1人まで") && words.contains("だれが開いていないか分かりません"),
        "{words}"
    );
    assert_eq!(owner.post(&format!("{own}/missing"), &[]).status, 422, "nobody was chosen");
    let made = owner.post(&format!("{own}/missing"), &[("failed", "1")]);
    let next = made.leads_to().split('?').next().unwrap().to_string();
    let words = owner.get(&next).words();
    assert!(
        words.contains("1人に送信します") && words.contains("受け取っていない方だけ(送信に失敗した方)"),
        "{words}"
    );
    assert!(owner.get(&own).has(&format!("href=\"/neo.cgi{next}\"")), "the first one leads to what follows");
    let sql =
        "insert into engagements (message_id, subscription_id, kind, first_at) values (1, 1, 'open', 1)";
    owner.sqlite().execute_batch(sql).unwrap();
    assert!(owner.get(&own).words().contains("およそ3人"));
    let again = owner.post(&format!("{own}/unopened"), &[]);
    assert!(owner.get(again.leads_to()).words().contains("3人に送信します"));
    assert_eq!(owner.post(&format!("{own}/unopened"), &[]).status, 422, "once");
    // Its list is the first one's.
    owner.neo(&["list", "add", "vip", "--from", "news@sakurado.example.jp"]);
    let moved =
        owner.post(&format!("{next}/edit"), &[("list", "2"), ("subject", "a"), ("text", "b"), ("html", "")]);
    assert!(moved.status == 422 && moved.has("E1237"));
}

#[test]
fn a_draft_is_made_to_recur_on_its_page_and_says_when_it_is_sent_next() {
    let (owner, id) = site(1);
    let own = format!("/admin/broadcasts/{id}");
    let page = format!("{own}/recur");
    assert_eq!(owner.get(&page).status, 200);
    let fields = |time: &'static str| {
        [("every", "week"), ("weekday", "5"), ("day", "1"), ("time", time), ("until", ""), ("times", "3")]
    };
    let refused = owner.post(&page, &fields("25:00"));
    assert!(refused.status == 422 && refused.has("value=\"25:00\""), "{}", refused.words());
    assert_eq!(owner.post(&page, &fields("18:00")).leads_to(), format!("{own}?done=recur"));
    let words = owner.get(&own).words();
    assert!(
        words.contains("毎週金曜日 18:00 に送ります") && words.contains("次は 2026-11-27 18:00 です"),
        "{words}"
    );
    assert!(!words.contains("読者に送る"), "the draft itself is not sent");
    assert!(owner.get("/admin/broadcasts").words().contains("くり返し"));
    owner.post(&page, &[("stop", "1")]);
    assert!(owner.get(&own).words().contains("読者に送る"));
}

#[test]
fn a_split_test_says_why_it_is_not_possible_where_nothing_is_counted() {
    let (owner, id) = site(1);
    let page = format!("/admin/broadcasts/{id}/split");
    assert!(owner.get(&page).words().contains("開封もクリックも数えていません"));
    let fields =
        [("part", "subject"), ("other-1", "別の件名"), ("share", "10"), ("measure", "open"), ("wait", "4")];
    let refused = owner.post(&page, &fields);
    assert!(refused.status == 422 && owner.store().split(neo::domain::id::MessageId(1)).unwrap().is_none());
}

#[test]
fn a_draft_saves_itself_and_of_two_windows_the_later_is_told_and_loses_nothing() {
    let (owner, id) = site(1);
    let edit = format!("/admin/broadcasts/{id}/edit");
    let page = owner.get(&edit);
    assert!(page.has("data-autosave=\"20\"") && page.has("name=\"version\" value=\"1\""));
    assert!(page.has("<script src=\"/neo.cgi/assets/autosave-") && page.head.contains("script-src 'self'"));
    let fields = |subject: &'static str, version: &'static str| {
        [("list", "1"), ("subject", subject), ("text", "本文"), ("html", ""), ("version", version)]
    };
    let by_script = |fields: &[(&str, &str)]| owner.post(&edit, &[fields, &[("autosave", "1")]].concat());
    let reply = by_script(&fields("一つ目の窓", "1"));
    let told: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!((reply.status, &told["version"]), (200, &2.into()));
    // The second window still has the first version: its script is told, and then its owner.
    let reply = by_script(&fields("二つ目の窓", "1"));
    let told: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!((reply.status, &told["over"]), (422, &true.into()));
    assert!(told["words"].as_str().unwrap().contains("E1238"));
    let page = owner.post(&edit, &fields("二つ目の窓", "1"));
    assert!(page.status == 422 && page.has("E1238") && page.has("value=\"二つ目の窓\""), "{}", page.words());
    assert!(owner.get(&edit).has("value=\"一つ目の窓\""), "nothing was stored");
    assert!(page.has("name=\"version\" value=\"2\""), "who saves again means it");
    assert_eq!(owner.post(&edit, &fields("二つ目の窓", "2")).status, 303);
    // What is not complete is told in words, and stops nothing.
    let reply = by_script(&fields("", "3"));
    let told: Value = serde_json::from_str(&reply.body).unwrap();
    assert!(told["words"].as_str().unwrap().contains("E1026") && told["over"] == false);
    // A new draft is made once by the script, which then goes on with it.
    let new = [
        ("list", "1"),
        ("subject", "新しい"),
        ("text", "本文"),
        ("html", ""),
        ("version", "0"),
        ("autosave", "1"),
    ];
    let told: Value = serde_json::from_str(&owner.post("/admin/broadcasts/new", &new).body).unwrap();
    assert_eq!(told["action"], "/neo.cgi/admin/broadcasts/2/edit");
}

#[test]
fn what_goes_out_by_itself_is_not_saved_by_itself() {
    let (owner, id) = site(1);
    let edit = format!("/admin/broadcasts/{id}/edit");
    let send = format!("/admin/broadcasts/{id}/send");
    owner.post(&send, &[("when", "at"), ("at", "2026-12-24T10:00"), ("confirmed", "1")]);
    assert!(!owner.get(&edit).has("data-autosave"));
    let fields = [
        ("list", "1"),
        ("subject", "途中"),
        ("text", "と"),
        ("html", ""),
        ("version", "1"),
        ("autosave", "1"),
    ];
    assert_eq!(owner.post(&edit, &fields).status, 422);
    assert!(owner.get(&edit).has("value=\"冬のお知らせ\""));
}

#[test]
fn no_page_of_these_is_shown_to_or_done_for_a_stranger() {
    let (owner, id) = site(1);
    for page in ["audience", "recur", "split"] {
        let page = owner.stranger("GET", &format!("/admin/broadcasts/{id}/{page}"));
        assert_eq!(page.leads_to(), "/admin/login");
    }
    for action in ["audience", "recur", "split", "resume", "missing", "unopened", "decide"] {
        let path = format!("/admin/broadcasts/{id}/{action}");
        assert_eq!(owner.stranger("POST", &path).leads_to(), "/admin/login");
        assert_eq!(owner.forged(&path).status, 403, "{action}");
    }
    assert_eq!(status(&owner, &id)["state"], "draft");
}

#[test]
fn today_tells_of_a_test_that_waits_for_the_owner_and_of_a_backup_that_failed() {
    let (owner, id) = site(1);
    let today = || owner.get("/admin").words();
    let message = neo::domain::id::MessageId(id.parse().unwrap());
    let put = |decides: i64, at: i64| {
        let sql = format!(
            "insert or replace into splits (message_id, part, share, measure, wait_seconds, owner_decides, decide_at)
             values ({message}, 'subject', 10, 'open', 3600, {decides}, {at})"
        );
        owner.sqlite().execute_batch(&sql).unwrap();
    };
    put(0, NOON - 1);
    assert!(!today().contains("A/Bテスト"), "the program decides it");
    put(1, NOON + 60);
    assert!(!today().contains("A/Bテスト"), "it still waits for its figures");
    put(1, NOON - 1);
    assert!(today().contains("A/Bテスト「冬のお知らせ」の結果が出ています"), "{}", today());
    let store = owner.store();
    store.note_backup("", 0, "途中で", NOON - 60).unwrap();
    assert!(!today().contains("バックアップに失敗"), "one may be under way");
    store.note_backup("", 0, "ディスクの空きがない", NOON - 3600).unwrap();
    assert!(today().contains("のバックアップに失敗しました: ディスクの空きがない"), "{}", today());
    store.note_backup("neo-20261123-150000.sqlite", 1, "", NOON - 30).unwrap();
    assert!(!today().contains("バックアップに失敗"), "a later one was made");
}

#[test]
fn the_readers_own_time_is_offered_by_the_fields_label_or_says_which_field_is_missing() {
    let (owner, id) = site(1);
    let page = format!("/admin/broadcasts/{id}");
    assert!(owner.get(&page).words().contains("キーを time_zone にした項目"), "{}", owner.get(&page).words());
    owner.neo(&["field", "add", "time_zone", "--label", "お住まいの地域", "--kind", "text"]);
    let words = owner.get(&page).words();
    assert!(words.contains("読者の項目「お住まいの地域」") && !words.contains("time_zone"), "{words}");
}
