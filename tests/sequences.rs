//! What the pages of sequences and steps promise: when a mail goes, what an edit changes, and that nothing goes twice.
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

use neo::domain::condition::Condition;
use neo::domain::id::SequenceId;
use neo::domain::sequence::{Step, Timing};
use owner::{ADDRESS, NOON, Owner};

const DAY: i64 = 86_400;
const SEQUENCE: &str = "/admin/sequences/1";

fn with_sequence() -> Owner {
    let owner = Owner::new().complete();
    let page = owner.post(
        "/admin/sequences/new",
        &[("title", "はじめましての7日間"), ("name", "welcome"), ("list", "1")],
    );
    assert_eq!(page.leads_to(), "/admin/sequences/1?done=made", "{}", page.words());
    owner
}

fn step(
    after_days: &'static str,
    at: &'static str,
    subject: &'static str,
) -> [(&'static str, &'static str); 5] {
    [
        ("after_days", after_days),
        ("at", at),
        ("subject", subject),
        ("text", "{{ name }} 様、こんにちは。"),
        ("html", ""),
    ]
}

/// The form with the choice of the page in between.
fn chosen<'a>(fields: &[(&'a str, &'a str)], reach: &'a str) -> Vec<(&'a str, &'a str)> {
    [fields, &[("reach", reach)]].concat()
}

fn add(owner: &Owner, after_days: &'static str, at: &'static str, subject: &'static str) {
    let page = owner.post(&format!("{SEQUENCE}/steps/new"), &chosen(&step(after_days, at, subject), "ahead"));
    assert_eq!(page.leads_to(), "/admin/sequences/1?done=step-saved", "{}", page.words());
}

/// How many mails with this subject went out; subjects of these tests are ASCII, so they stand in the bytes.
fn sent(owner: &Owner, subject: &str) -> usize {
    let line = format!("\r\nSubject: {subject}\r\n");
    owner.mails().iter().filter(|mail| mail.contains(&line)).count()
}

fn join(owner: &Owner, address: &str) {
    owner.neo(&["subscriber", "add", "news", address, "--confirmed"]);
}

#[test]
fn a_sequence_is_made_and_shown_as_a_timeline_with_the_dates_of_who_joins_now() {
    let owner = Owner::new();
    assert!(owner.get("/admin/sequences").has("ステップメールはまだありません"));
    let owner = with_sequence();
    assert!(owner.get(SEQUENCE).has("まだメールがありません"));
    add(&owner, "3", "18:00", "third");
    add(&owner, "0", "08:30", "first");
    add(&owner, "1", "08:30", "second");
    let words = owner.get(SEQUENCE).words();
    // By day and hour, not in the order of writing.
    assert!(
        words.contains("登録当日 08:30 first まだ送っていません 編集 1日後 08:30 second")
            && words.contains("3日後 18:00 third"),
        "{words}"
    );
    assert!(
        words.contains("すぐ(2026-11-23 15:00) first 2026-11-24 08:30 second 2026-11-26 18:00 third"),
        "{words}"
    );
    assert!(words.contains("登録当日のメールは、その時刻を過ぎて登録した方にはすぐに届きます"), "{words}");
    let list = owner.get("/admin/sequences").words();
    assert!(list.contains("はじめましての7日間 さくら堂だより 3通 0人"), "{list}");
    // The next step is proposed for the day after the last.
    assert!(owner.get(&format!("{SEQUENCE}/steps/new")).has("value=\"4\""));
}

#[test]
fn mails_go_on_the_dates_that_the_page_showed_and_the_page_counts_who_is_on_the_way() {
    let owner = with_sequence();
    add(&owner, "0", "08:30", "first");
    add(&owner, "1", "08:30", "second");
    join(&owner, "a@example.jp");
    join(&owner, "b@example.jp");
    assert!(owner.get(SEQUENCE).words().contains("途中の読者 2人"));
    owner.neo(&["tick"]);
    assert_eq!((sent(&owner, "first"), sent(&owner, "second")), (2, 0));
    assert!(owner.get(SEQUENCE).words().contains("first 2通送信済み"));
    // 08:29, then 08:30 on the next day.
    owner.move_to(NOON + 17 * 3600 + 29 * 60);
    owner.neo(&["tick"]);
    assert_eq!(sent(&owner, "second"), 0);
    owner.move_to(NOON + 17 * 3600 + 30 * 60);
    owner.neo(&["tick"]);
    assert_eq!((sent(&owner, "first"), sent(&owner, "second")), (2, 2));
    assert!(owner.get(SEQUENCE).words().contains("途中の読者 0人"), "{}", owner.get(SEQUENCE).words());
}

#[test]
fn the_count_of_who_is_on_the_way_follows_leaving_and_new_steps() {
    let owner = with_sequence();
    add(&owner, "0", "08:30", "first");
    join(&owner, "a@example.jp");
    join(&owner, "b@example.jp");
    owner.neo(&["tick"]);
    let on_the_way = || {
        owner
            .get(SEQUENCE)
            .words()
            .split("途中の読者 ")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .to_string()
    };
    assert_eq!(on_the_way(), "0人");
    add(&owner, "5", "08:30", "later");
    owner.neo(&["tick"]);
    assert_eq!(on_the_way(), "2人");
    owner.neo(&["subscriber", "erase", "news", "a@example.jp"]);
    assert_eq!(on_the_way(), "1人");
}

#[test]
fn an_edit_leaves_what_was_sent_as_it_was_and_nobody_gets_a_step_twice() {
    let owner = with_sequence();
    add(&owner, "0", "08:30", "first");
    add(&owner, "1", "08:30", "second");
    join(&owner, "early@example.jp");
    owner.neo(&["tick"]);
    assert_eq!(sent(&owner, "first"), 1);
    let page = owner.get(&format!("{SEQUENCE}/steps/1"));
    assert!(page.has("このメールは、すでに送っています"), "{}", page.words());
    // Another wording and a later day at once: the early reader has had this step.
    let page = owner.post(&format!("{SEQUENCE}/steps/1"), &chosen(&step("2", "08:30", "rewritten"), "all"));
    assert_eq!(page.status, 303, "{}", page.words());
    join(&owner, "late@example.jp");
    for day in 1..5 {
        owner.move_to(NOON + day * DAY);
        owner.neo(&["tick"]);
    }
    assert_eq!((sent(&owner, "first"), sent(&owner, "second"), sent(&owner, "rewritten")), (1, 2, 1));
    let to_late = owner
        .mails()
        .iter()
        .filter(|mail| mail.contains("Subject: rewritten"))
        .all(|mail| mail.contains("late@example.jp"));
    assert!(to_late);
    // The sent one is still in the ledger with its own message, and its words are unchanged.
    assert_eq!(owner.ledger("1", "sent"), 1);
    let message = owner.store().message(neo::domain::id::MessageId(1)).unwrap();
    assert_eq!(message.content.subject, "first");
}

#[test]
fn who_had_not_got_a_step_gets_it_as_it_was_edited() {
    let owner = with_sequence();
    add(&owner, "1", "08:30", "draft");
    owner.post(&format!("{SEQUENCE}/steps/1"), &step("1", "09:00", "final"));
    let steps = owner.store().steps(neo::domain::id::SequenceId(1)).unwrap();
    let at = neo::domain::calendar::TimeOfDay::parse("09:00").unwrap();
    assert_eq!((steps.len(), &steps[0].timing), (1, &Timing::AfterStart { days: 1, at }));
    join(&owner, "a@example.jp");
    owner.move_to(NOON + 2 * DAY);
    owner.neo(&["tick"]);
    assert_eq!((sent(&owner, "draft"), sent(&owner, "final")), (0, 1));
}

#[test]
fn a_step_that_was_removed_is_not_sent_and_cannot_be_opened() {
    let owner = with_sequence();
    add(&owner, "0", "08:30", "first");
    add(&owner, "1", "08:30", "second");
    join(&owner, "a@example.jp");
    owner.neo(&["tick"]);
    let remove = format!("{SEQUENCE}/steps/2/remove");
    let asked = owner.post(&remove, &[]);
    assert!(
        asked.status == 200 && asked.words().contains("届かなくなる 1人 2026-11-24 08:30"),
        "{}",
        asked.words()
    );
    assert_eq!(owner.get(&format!("{SEQUENCE}/steps/2")).status, 200, "nothing was done yet");
    let chosen = [("reach", "all")];
    assert_eq!(owner.post(&remove, &chosen).leads_to(), "/admin/sequences/1?done=step-removed");
    assert_eq!(owner.post(&remove, &chosen).status, 404);
    assert_eq!(owner.get(&format!("{SEQUENCE}/steps/2")).status, 404);
    owner.move_to(NOON + 3 * DAY);
    owner.neo(&["tick"]);
    assert_eq!((sent(&owner, "first"), sent(&owner, "second")), (1, 0));
}

#[test]
fn a_test_of_a_step_goes_to_the_owner_alone() {
    let owner = with_sequence();
    add(&owner, "1", "08:30", "first");
    join(&owner, "a@example.jp");
    let page = owner.post(&format!("{SEQUENCE}/steps/1/test"), &[]);
    assert!(page.words().contains("テストメールを送りました"), "{}", page.words());
    let mails = owner.mails();
    assert!(mails.len() == 1 && mails[0].contains(&format!("X-Neo-Envelope-To: {ADDRESS}")));
    assert_eq!(owner.ledger("1", "audience"), 0);
}

#[test]
fn every_mistake_in_a_step_is_named_at_its_field_and_nothing_that_was_typed_is_lost() {
    let owner = with_sequence();
    add(&owner, "1", "08:30", "stored");
    for path in [format!("{SEQUENCE}/steps/new"), format!("{SEQUENCE}/steps/1")] {
        for (field, value, number) in [
            ("after_days", "-1", "E1032"),
            ("after_days", "99999", "E1032"),
            ("after_days", "9223372036854775808", "E1032"),
            ("after_days", "", "E1032"),
            ("at", "25:00", "E1030"),
            ("at", "", "E1030"),
            ("subject", "a\nb", "E1004"),
            ("text", "", "E1028"),
            ("text", "{{ password }}", "E1035"),
        ] {
            let mut fields = step("7", "18:00", "kept subject");
            for pair in &mut fields {
                if pair.0 == field {
                    pair.1 = value;
                }
            }
            let page = owner.post(&path, &fields);
            assert_eq!(page.status, 422, "{path} {field} {value}");
            assert!(page.has(number) && page.has(&format!("href=\"#field-{field}\"")), "{field} {value}");
            assert!(field == "subject" || page.has("value=\"kept subject\""), "{field}");
            assert!(field == "text" || page.has("様、こんにちは。</textarea>"), "{field}");
        }
    }
    let steps = owner.store().steps(neo::domain::id::SequenceId(1)).unwrap();
    assert!(matches!(&steps[..], [Step { timing: Timing::AfterStart { days: 1, .. }, .. }]));
}

#[test]
fn a_new_sequence_needs_a_title_a_plain_name_of_its_own_and_a_list() {
    let owner = with_sequence();
    let long = "あ".repeat(101);
    for (title, name, list, number) in [
        ("", "second", "1", "E1050"),
        ("a\r\nb", "second", "1", "E1050"),
        (long.as_str(), "second", "1", "E1050"),
        ("二つめ", "二つめ", "1", "E1051"),
        ("二つめ", "", "1", "E1051"),
        ("二つめ", "welcome", "1", "E1011"),
        ("二つめ", "second", "7", "E2009"),
    ] {
        let page = owner.post("/admin/sequences/new", &[("title", title), ("name", name), ("list", list)]);
        assert_eq!(page.status, 422, "{title} {name} {list}");
        assert!(page.has(number), "{title} {name} {list}: {}", page.words());
        assert!(title != "二つめ" || page.has("value=\"二つめ\""));
    }
}

#[test]
fn what_the_owner_wrote_is_shown_and_never_run() {
    let owner = Owner::new().complete();
    let markup = "</title><script>alert(1)</script><img src=x onerror=alert(1)>";
    owner.post("/admin/sequences/new", &[("title", markup), ("name", "x"), ("list", "1")]);
    owner.post(
        &format!("{SEQUENCE}/steps/new"),
        &[("after_days", "0"), ("at", "08:30"), ("subject", markup), ("text", markup), ("html", markup)],
    );
    for path in ["/admin/sequences", SEQUENCE, "/admin/sequences/1/steps/1", "/admin/sequences/1/steps/new"] {
        let page = owner.get(path);
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.has("<script") && !page.has("<img"), "{path}");
    }
    assert!(owner.get(SEQUENCE).has("&lt;script&gt;alert(1)&lt;/script&gt;"));
    let html = owner.get("/admin/sequences/1/steps/1/html");
    assert!(html.head.contains("content-security-policy: sandbox; default-src 'none'"), "{}", html.head);
}

#[test]
fn what_is_not_there_is_not_found_and_a_stranger_sees_nothing() {
    let owner = with_sequence();
    for path in [
        "/admin/sequences/9",
        "/admin/sequences/1/steps/9",
        "/admin/sequences/1/steps/x",
        "/admin/sequences/1/steps/9/html",
    ] {
        assert_eq!(owner.get(path).status, 404, "{path}");
    }
    for path in ["/admin/sequences", SEQUENCE, "/admin/sequences/1/steps/new"] {
        assert_eq!(owner.stranger("GET", path).leads_to(), "/admin/login", "{path}");
    }
    for path in ["/admin/sequences/new", "/admin/sequences/1/steps/new", "/admin/sequences/1/steps/1/remove"]
    {
        assert_eq!(owner.forged(path).status, 403, "{path}");
    }
}

#[test]
fn an_edit_with_readers_inside_shows_first_whom_it_concerns_and_is_undone_on_the_page_of_its_history() {
    let owner = with_sequence();
    add(&owner, "0", "08:30", "first");
    add(&owner, "10", "08:30", "last");
    join(&owner, "old@example.jp");
    owner.neo(&["tick"]);
    owner.move_to(NOON + 5 * DAY);
    owner.neo(&["tick"]);
    let asked = owner.post(&format!("{SEQUENCE}/steps/new"), &step("3", "08:30", "inserted"));
    let words = asked.words();
    assert!(asked.status == 200 && words.contains("いま1人が途中にいます"), "{words}");
    assert!(
        words.contains("もう通り過ぎている 1人") && words.contains("old@example.jp 通り過ぎています"),
        "{words}"
    );
    assert!(asked.has("name=\"subject\" value=\"inserted\""), "what was typed comes along");
    assert!(!owner.get(SEQUENCE).has("inserted"), "nothing was saved");
    let again = owner.post(
        &format!("{SEQUENCE}/steps/new"),
        &[&step("3", "08:30", "inserted")[..], &[("again", "1")]].concat(),
    );
    assert!(again.status == 200 && again.has("value=\"inserted\""), "{}", again.words());
    let saved = owner.post(&format!("{SEQUENCE}/steps/new"), &chosen(&step("3", "08:30", "inserted"), "all"));
    assert_eq!(saved.leads_to(), "/admin/sequences/1?done=step-saved");
    owner.neo(&["tick"]);
    assert_eq!(sent(&owner, "inserted"), 1, "also to those past it");
    assert!(owner.get(&format!("{SEQUENCE}/history")).words().contains("inserted 足した"));
    let undone = owner.post(&format!("{SEQUENCE}/history"), &[("edit", "3")]);
    assert_eq!(undone.leads_to(), "/admin/sequences/1/history?done=undone", "{}", undone.words());
    assert!(!owner.get(SEQUENCE).has("inserted"));
    assert_eq!(owner.post(&format!("{SEQUENCE}/history"), &[("edit", "3")]).status, 404);
}

#[test]
fn readers_are_stopped_let_go_on_ended_and_brought_in_on_the_pages() {
    let owner = with_sequence();
    join(&owner, "before@example.jp");
    owner.post("/admin/sequences/1/people/1", &[("do", "stop")]);
    add(&owner, "1", "08:30", "first");
    let page = owner.post(&format!("{SEQUENCE}/people"), &[("email", "before@example.jp"), ("from", "now")]);
    assert_eq!(page.leads_to(), "/admin/sequences/1/people?done=one", "{}", page.words());
    owner.neo(&["tick"]);
    assert!(
        owner
            .get(&format!("{SEQUENCE}/people"))
            .words()
            .contains("before@example.jp first · 2026-11-24 08:30")
            || owner.get(&format!("{SEQUENCE}/people")).words().contains("first · 2026-11-24 08:30")
    );
    for (word, done) in [("pause", "paused"), ("shift", "resumed")] {
        let page = owner.post("/admin/sequences/1/people/2", &[("do", word)]);
        assert_eq!(page.leads_to(), format!("/admin/sequences/1/people?done={done}"));
    }
    assert_eq!(owner.post(&format!("{SEQUENCE}/pause"), &[]).status, 303);
    assert!(owner.get(SEQUENCE).has("すべての読者を止めています"));
    owner.move_to(NOON + 3 * DAY);
    owner.neo(&["tick"]);
    assert_eq!(sent(&owner, "first"), 0);
    assert_eq!(owner.post(&format!("{SEQUENCE}/resume"), &[("clock", "keep")]).status, 303);
    owner.neo(&["tick"]);
    assert_eq!(sent(&owner, "first"), 1);
    for path in [
        "calendar?join=2026-12-01",
        "calendar?reader=before%40example.jp",
        "options",
        "history",
        "people?where=waiting",
    ] {
        assert_eq!(owner.get(&format!("{SEQUENCE}/{path}")).status, 200, "{path}");
    }
    assert!(owner.get(&format!("{SEQUENCE}/calendar?join=2026-12-01")).has("2026-12-02 08:30"));
    assert!(owner.get(&format!("{SEQUENCE}/calendar?join=soon")).has("E1190"));
    assert_eq!(owner.get("/admin/sequences/rest").status, 200);
    let wrong = owner.post("/admin/sequences/rest", &[("quiet_hours", "late")]);
    assert!(wrong.status == 422 && wrong.has("E1192"), "{}", wrong.words());
}

#[test]
fn a_steps_condition_is_made_of_rows_by_buttons_without_a_script() {
    let owner = with_sequence();
    add(&owner, "0", "08:30", "first");
    owner.add_readers(1);
    let new = format!("{SEQUENCE}/steps/new");
    // A subject is asked for, but not by the button that adds a row.
    assert!(owner.get(&new).has("formnovalidate"));
    let press = |button: &'static str| {
        [&step("1", "08:30", "")[..], &[("condition-new", "opened"), ("condition-do", button)]].concat()
    };
    let page = owner.post(&new, &press("add"));
    assert_eq!(page.status, 200, "{}", page.words());
    assert!(
        page.has(r#"name="condition-0-what" value="opened""#) && page.has("<details class=\"fold\" open>")
    );
    let first = owner.store().steps(SequenceId(1)).unwrap()[0].message;
    let option = format!(r#"<option value="{first}">first</option>"#);
    assert!(page.has(&option), "the mails of the sequence can be chosen: {}", page.words());
    let first = first.to_string();
    let row =
        [("condition-0-what", "opened"), ("condition-0-how", "not"), ("condition-0-value", first.as_str())];
    let removed = [&press("remove-0")[..], &row[..]].concat();
    assert!(!owner.post(&new, &removed).has("condition-0-what"));
    // Somebody is inside: the page in between brings the rows along.
    let typed = [&step("1", "08:30", "second")[..], &row[..]].concat();
    let between = owner.post(&new, &typed);
    let brought = format!(r#"name="condition-0-value" value="{first}""#);
    assert!(between.has("保存する前に") && between.has(&brought), "{}", between.words());
    assert_eq!(owner.post(&new, &chosen(&typed, "ahead")).leads_to(), "/admin/sequences/1?done=step-saved");
    let second = owner.store().steps(SequenceId(1)).unwrap().remove(1);
    let expected = format!(r#"{{"all":[{{"not":{{"opened":{{"message":{first}}}}}}}]}}"#);
    assert_eq!(second.condition.map(|condition| condition.to_json()), Some(expected));
    let shown = owner.get(&format!("{SEQUENCE}/steps/{}", second.id));
    let chosen_option = format!(r#"<option value="{first}" selected>first</option>"#);
    assert!(shown.has(&chosen_option), "{}", shown.words());
    let wrong =
        [&step("2", "08:30", "x")[..], &[("condition-0-what", "joined"), ("condition-0-value", "soon")]];
    let wrong = owner.post(&new, &wrong.concat());
    assert!(wrong.status == 422 && wrong.has("E1117"), "{}", wrong.words());
}

#[test]
fn a_step_takes_the_condition_of_a_saved_segment_as_a_beginning() {
    let owner = with_sequence();
    let condition = Condition::parse_json(r#"{"way":"import"}"#).unwrap();
    let segment = owner.store().add_segment("お得意様", &condition, NOON).unwrap().to_string();
    let new = format!("{SEQUENCE}/steps/new");
    let load =
        [&step("1", "08:30", "for-some")[..], &[("segment", segment.as_str()), ("load", "1")]].concat();
    let page = owner.post(&new, &load);
    assert!(page.status == 200 && page.has(r#"name="condition-0-what" value="way""#), "{}", page.words());
    assert!(owner.store().steps(SequenceId(1)).unwrap().is_empty(), "nothing is stored yet");
    let gone = [&step("2", "08:30", "x")[..], &[("segment", "99"), ("load", "1")]].concat();
    assert_eq!(owner.post(&new, &gone).status, 404);
}

#[test]
fn a_step_that_waits_needs_no_text_and_dates_are_called_by_their_fields_label() {
    let owner = with_sequence();
    owner.neo(&["field", "add", "event", "--label", "体験会の日", "--kind", "date"]);
    let page = owner.get(&format!("{SEQUENCE}/steps/new"));
    let textarea = page.body.split("<textarea").find(|piece| piece.contains("name=\"text\"")).unwrap();
    let tag = textarea.split('>').next().unwrap();
    assert!(!tag.contains("required"), "a browser would not let a step without a mail be saved: {tag}");
    let waits = [
        ("when", "field"),
        ("field", "event"),
        ("field_days", "-7"),
        ("at", "09:00"),
        ("action", "wait"),
        ("subject", "お電話で確認"),
        ("text", ""),
    ];
    assert_eq!(owner.post(&format!("{SEQUENCE}/steps/new"), &waits).status, 303);
    let shown = owner.get(SEQUENCE);
    assert!(shown.has("「体験会の日」の7日前") && !shown.has("「event」"), "{}", shown.words());
}

#[test]
fn the_calendar_of_everybody_is_exact_for_few_and_says_so_when_it_is_an_estimate() {
    let owner = with_sequence();
    add(&owner, "1", "08:30", "first");
    add(&owner, "40", "08:30", "later");
    owner.add_readers(3);
    let list = format!("{SEQUENCE}/calendar/list");
    let words = owner.get(&list).words();
    assert!(words.contains("2026-11-24 3通 first · 3通"), "{words}");
    assert!(!words.contains("later ·") && !words.contains("見積もった"), "{words}");
    let words = owner.get(&format!("{list}?days=92")).words();
    assert!(words.contains("2027-01-02 3通 later · 3通"), "{words}");
    // Far more than a page looks at by itself.
    owner.add_readers(5_400);
    let words = owner.get(&list).words();
    assert!(words.contains("途中の5,400人のうち、全体から選んだ5,000人で見積もった数です"), "{words}");
    assert!(words.contains("2026-11-24 約5,400通 first · 約5,400通"), "{words}");
    let words = owner.get(&format!("{list}?days=31&all=1")).words();
    assert!(words.contains("2026-11-24 5,400通 first · 5,400通") && !words.contains("見積もった"), "{words}");
}

#[test]
fn a_step_that_waits_is_passed_and_not_received_and_is_not_counted_as_a_mail() {
    let owner = with_sequence();
    add(&owner, "0", "08:30", "first");
    let waits =
        [("after_days", "5"), ("at", "08:30"), ("action", "wait"), ("subject", "お電話で確認"), ("text", "")];
    assert_eq!(owner.post(&format!("{SEQUENCE}/steps/new"), &chosen(&waits, "ahead")).status, 303);
    assert!(
        owner.get("/admin/sequences").words().contains("1通 0人"),
        "{}",
        owner.get("/admin/sequences").words()
    );
    join(&owner, "a@example.jp");
    let id = owner.store().steps(SequenceId(1)).unwrap()[1].id;
    let page = owner.post(&format!("{SEQUENCE}/steps/{id}"), &[&waits[1..], &[("after_days", "6")]].concat());
    let words = page.words();
    assert!(words.contains("これから通る 1人") && words.contains("に着きます"), "{words}");
    let shown = owner.get(&format!("{SEQUENCE}/steps/{id}")).words();
    assert!(shown.contains("このステップを外す") && !shown.contains("このメールを外す"), "{shown}");
    let words = owner.post(&format!("{SEQUENCE}/steps/{id}/remove"), &[]).words();
    assert!(words.contains("通らなくなる 1人") && !words.contains("届かなくなる"), "{words}");
}
