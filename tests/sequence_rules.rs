//! The rules of ARCHITECTURE.md, "Sequences", as sentences: timings, starts, edits of a live sequence, pauses, leads.
//! Not random ones: tests/sequence_property.rs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/engine.rs"]
mod engine;
#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/site.rs"]
mod site;

use engine::{Engine, at, day};
use neo::domain::civil::parse_day;
use neo::domain::condition::{Condition, Which};
use neo::domain::id::{EnrolmentId, SequenceId, StepEditId};
use neo::domain::sequence::{
    Action, Draft, Go, Options, Place, Reach, Rejoin, Start, StartOn, Timing, Unit, Weekdays,
};
use neo::domain::tag::TagName;
use neo::error::Error;
use neo::mail::{effect, ways};
use neo::store::enrolments::Hold;
use neo::store::entries::{CountedFrom, Entry};

const TOKYO: &str = "Asia/Tokyo";

fn hours(amount: i64) -> Timing {
    Timing::AfterPrevious { amount, unit: Unit::Hours, at: None }
}

fn starts(on: StartOn, field: &str) -> Options {
    let start = Start { on, ways: Vec::new(), field: field.to_string() };
    Options { start, ..Options::default() }
}

/// The number of a refusal.
fn number<T>(result: Result<T, Error>) -> (u16, String) {
    match result {
        Err(Error::Invalid(refusal)) => (refusal.sentence.number, refusal.say(neo::texts::Language::En)),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was not refused"),
    }
}

/// One sequence `welcome`, joined on Monday 2026-11-02 at 07:00.
fn scene(steps: &[(&str, Timing)]) -> (Engine, SequenceId) {
    let engine = Engine::new(TOKYO, "2026-11-02 07:00");
    let sequence = engine.sequence("welcome", &Options::default());
    for (subject, timing) in steps {
        engine.step(sequence, subject, timing.clone());
    }
    (engine, sequence)
}

#[test]
fn every_way_to_say_when_is_kept_by_the_engine() {
    let date = parse_day("2026-11-20").unwrap();
    let (mut engine, _) = scene(&[
        ("day0", day(0, "08:00")),
        ("hours", hours(3)),
        ("days", Timing::AfterPrevious { amount: 2, unit: Unit::Days, at: Some(at("18:00")) }),
        ("tuesday", Timing::Weekday { days: Weekdays::parse(["tue", "thu"]).unwrap(), at: at("10:00") }),
        ("date", Timing::OnDate { date, at: at("12:00") }),
        ("before", Timing::AroundField { field: "event".to_string(), days: -3, at: at("09:00") }),
    ]);
    engine.join("a@example.jp", &[("event", "2026-12-10")]);
    let seen = engine.live_until("2027-01-01 00:00");
    let expected = [
        "2026-11-02 08:00 day0",
        "2026-11-02 11:00 hours",
        "2026-11-04 18:00 days",
        "2026-11-05 10:00 tuesday",
        "2026-11-20 12:00 date",
        "2026-12-07 09:00 before",
    ];
    assert_eq!(seen, expected);
}

#[test]
fn who_comes_in_after_a_fixed_date_does_not_get_its_mail_and_who_was_in_before_gets_it_however_late() {
    let date = parse_day("2026-11-04").unwrap();
    let (mut engine, _) =
        scene(&[("day5", day(5, "08:00")), ("date", Timing::OnDate { date, at: at("12:00") })]);
    engine.join("early@example.jp", &[]);
    engine.live_until("2026-11-06 00:00");
    engine.join("late@example.jp", &[]);
    engine.live_until("2026-12-01 00:00");
    let of = |address: &str| -> Vec<String> {
        let hers = engine.sent.iter().filter(|(_, to, _)| to == address);
        hers.map(|(at, _, subject)| format!("{at} {subject}")).collect()
    };
    // The order of steps goes before the date.
    assert_eq!(of("early@example.jp"), ["2026-11-07 08:00 day5", "2026-11-07 08:00 date"]);
    assert_eq!(of("late@example.jp"), ["2026-11-11 08:00 day5"]);
}

#[test]
fn quiet_hours_and_closed_days_postpone_and_a_late_tick_does_not_send_into_them() {
    let (mut engine, sequence) = scene(&[("night", day(1, "22:00")), ("holiday", day(21, "08:30"))]);
    engine.set("quiet_hours", "21:00-08:00");
    engine.set("closed_days", "sat,sun,holiday");
    let options = Options { keeps_closed_days: true, ..Options::default() };
    engine.store.put_sequence_options(sequence, "welcome", &options).unwrap();
    engine.join("a@example.jp", &[]);
    // The 23rd is a Monday and a holiday. The night of the 3rd, a holiday too, ends on the 4th.
    let seen = engine.live_until("2026-11-23 20:00");
    assert_eq!(seen, ["2026-11-04 08:00 night"]);
    engine.move_to(engine.instant("2026-11-24 21:30"));
    engine.tick();
    assert_eq!(engine.sent.len(), 1, "the tick came late, into the quiet hours");
    assert_eq!(engine.live_until("2026-12-01 00:00"), ["2026-11-25 08:00 holiday"]);
}

#[test]
fn a_change_of_the_quiet_hours_holds_for_those_who_wait_already() {
    let (mut engine, _) = scene(&[("mail", day(1, "08:30"))]);
    engine.join("a@example.jp", &[]);
    engine.set("quiet_hours", "08:00-10:00");
    engine.live_until("2026-11-02 09:00");
    engine.set("quiet_hours", "");
    assert_eq!(engine.live_until("2026-11-05 00:00"), ["2026-11-03 08:30 mail"]);
}

#[test]
fn a_sequence_that_starts_on_a_date_counts_from_it_and_follows_when_the_date_moves() {
    let mut engine = Engine::new(TOKYO, "2026-11-02 07:00");
    let sequence = engine.sequence("event", &starts(StartOn::Date, "event"));
    for (subject, days) in [("week-before", -7), ("day-before", -1), ("day", 0), ("after", 2)] {
        engine.step(sequence, subject, day(days, "08:30"));
    }
    let reader = engine.join("a@example.jp", &[("event", "2026年11月12日")]);
    assert_eq!(engine.live_until("2026-11-06 00:00"), ["2026-11-05 08:30 week-before"]);
    engine.put_field(reader, "event", "2026-11-20");
    let seen = engine.live_until("2026-12-01 00:00");
    let expected = ["2026-11-19 08:30 day-before", "2026-11-20 08:30 day", "2026-11-22 08:30 after"];
    assert_eq!(seen, expected, "what she had is not repeated");
}

#[test]
fn a_date_that_does_not_read_puts_her_on_a_list_and_mending_it_starts_her() {
    let mut engine = Engine::new(TOKYO, "2026-11-02 07:00");
    let sequence = engine.sequence("event", &starts(StartOn::Date, "event"));
    engine.step(sequence, "mail", day(0, "08:30"));
    let reader = engine.join("a@example.jp", &[("event", "春ごろ")]);
    assert!(engine.live_until("2026-11-03 00:00").is_empty());
    let held =
        |engine: &Engine| engine.store.held_enrolments(sequence, Hold::NoDate, EnrolmentId(0), 9).unwrap();
    assert_eq!(held(&engine).iter().map(|one| one.why.as_str()).collect::<Vec<_>>(), ["event=春ごろ"]);
    assert_eq!(engine.store.places(sequence).unwrap().held("no-date"), 1);
    assert_eq!(engine.store.active_enrolments(sequence).unwrap(), 1, "she is not in limbo");
    engine.put_field(reader, "event", "2026-11-10");
    assert_eq!(engine.live_until("2026-12-01 00:00"), ["2026-11-10 08:30 mail"]);
    assert!(held(&engine).is_empty());
}

#[test]
fn a_birthday_comes_each_year_and_february_29_on_the_28th_in_common_years() {
    let mut engine = Engine::new(TOKYO, "2026-11-02 07:00");
    let sequence = engine.sequence("birthday", &starts(StartOn::Birthday, "born"));
    engine.step(sequence, "week-before", day(-7, "08:30"));
    engine.step(sequence, "day", day(0, "08:30"));
    engine.join("a@example.jp", &[("born", "2000-02-29")]);
    let seen = engine.live_until("2029-01-01 00:00");
    let expected = [
        "2027-02-21 08:30 week-before",
        "2027-02-28 08:30 day",
        "2028-02-22 08:30 week-before",
        "2028-02-29 08:30 day",
    ];
    assert_eq!(seen, expected);
    let occurrences =
        engine.site.number("select count(*) from enrolments where occurrence in (2027, 2028, 2029)");
    assert_eq!(occurrences, 3, "each year is an occurrence of its own");
}

#[test]
fn leaving_and_coming_back_does_not_bring_a_second_birthday_mail_in_one_year() {
    let mut engine = Engine::new(TOKYO, "2026-11-02 07:00");
    let sequence = engine.sequence("birthday", &starts(StartOn::Birthday, "born"));
    engine.step(sequence, "day", day(0, "08:30"));
    let reader = engine.join("a@example.jp", &[("born", "11-05")]);
    assert_eq!(engine.live_until("2026-11-05 12:00"), ["2026-11-05 08:30 day"]);
    engine.leave(reader);
    engine.join("a@example.jp", &[]);
    assert_eq!(engine.live_until("2027-11-06 00:00"), ["2027-11-05 08:30 day"]);
}

#[test]
fn an_inserted_step_goes_to_those_not_there_yet_or_also_to_those_past_it_as_chosen() {
    for (reach, expected) in [
        (Reach::NotThereYet, vec!["2026-11-12 08:00 S10"]),
        (Reach::AlsoPast, vec!["2026-11-06 12:00 new", "2026-11-12 08:00 S10"]),
    ] {
        let (mut engine, sequence) = scene(&[("S0", day(0, "08:00")), ("S10", day(10, "08:00"))]);
        engine.join("a@example.jp", &[]);
        engine.live_until("2026-11-06 12:00");
        // Her day for it was the 5th.
        engine.put(sequence, &engine.draft("new", day(3, "08:00")), Place::Stay, reach);
        assert_eq!(engine.live_until("2026-12-01 00:00"), expected, "{reach:?}");
    }
}

#[test]
fn a_step_inserted_before_one_that_she_had_is_past_her_also_when_it_is_counted_from_the_one_before() {
    for (reach, count) in [(Reach::NotThereYet, 0), (Reach::AlsoPast, 1)] {
        let (mut engine, sequence) = scene(&[("S0", day(0, "08:00")), ("S1", day(1, "08:00"))]);
        engine.join("a@example.jp", &[]);
        engine.live_until("2026-11-04 00:00");
        let first = engine.store.steps(sequence).unwrap()[0].id;
        engine.put(sequence, &engine.draft("new", hours(1)), Place::After(first), reach);
        assert_eq!(engine.live_until("2026-12-01 00:00").len(), count, "{reach:?}");
        // Who joins now gets it in its place either way.
        engine.join("b@example.jp", &[]);
        let subjects: Vec<String> =
            engine.live_until("2026-12-31 00:00").iter().map(|line| line[17..].to_string()).collect();
        assert_eq!(subjects, ["S0", "new", "S1"]);
    }
}

#[test]
fn a_moved_step_is_never_sent_twice_and_what_stands_between_is_not_skipped() {
    let (mut engine, sequence) =
        scene(&[("S0", day(0, "08:00")), ("S5", day(5, "08:00")), ("S9", day(9, "08:00"))]);
    engine.join("a@example.jp", &[]);
    engine.live_until("2026-11-02 12:00");
    let steps = engine.store.steps(sequence).unwrap();
    let draft = Draft::mail(day(20, "08:00"), steps[0].message);
    engine
        .store
        .change_step(sequence, steps[0].id, &draft, Place::ByDay, Reach::AlsoPast, engine.now())
        .unwrap();
    // A new first step, where the old one stood: she is not past it.
    engine.put(sequence, &engine.draft("new", hours(30)), Place::First, Reach::NotThereYet);
    let seen = engine.live_until("2027-01-01 00:00");
    assert_eq!(seen, ["2026-11-03 14:00 new", "2026-11-07 08:00 S5", "2026-11-11 08:00 S9"]);
}

#[test]
fn a_step_that_is_moved_into_her_past_goes_at_once_or_not_at_all_as_chosen() {
    for (reach, expected) in [(Reach::AlsoPast, vec!["2026-11-08 12:00 S9"]), (Reach::NotThereYet, vec![])] {
        let (mut engine, sequence) = scene(&[("S0", day(0, "08:00")), ("S9", day(9, "08:00"))]);
        engine.join("a@example.jp", &[]);
        engine.live_until("2026-11-08 12:00");
        let step = engine.store.steps(sequence).unwrap()[1].clone();
        let draft = Draft::mail(day(2, "08:00"), step.message);
        engine.store.change_step(sequence, step.id, &draft, Place::ByDay, reach, engine.now()).unwrap();
        assert_eq!(engine.live_until("2026-12-01 00:00"), expected, "{reach:?}");
    }
}

#[test]
fn every_edit_can_be_undone_the_latest_of_a_step_first() {
    let (mut engine, sequence) = scene(&[("S0", day(0, "08:00")), ("S3", day(3, "08:00"))]);
    let step = engine.store.steps(sequence).unwrap()[1].clone();
    let now = engine.now();
    let dates = |engine: &Engine| -> Vec<String> {
        let sequence = engine.store.sequence(sequence).unwrap();
        let seen =
            neo::mail::foresee::for_joiner(&engine.app, &engine.store, &sequence, now, &Default::default());
        let zone = engine.app.settings.zone();
        let line = |one: &neo::mail::foresee::Foreseen| {
            format!("{} {}", &neo::domain::calendar::page_time(one.due, zone)[5..], one.subject)
        };
        seen.unwrap().steps.iter().map(line).collect()
    };
    let as_it_was = dates(&engine);
    let draft = engine.draft("rewritten", day(7, "09:00"));
    engine.store.change_step(sequence, step.id, &draft, Place::ByDay, Reach::AlsoPast, now).unwrap();
    engine.store.remove_step(sequence, step.id, now).unwrap();
    engine.step(sequence, "added", day(1, "08:00"));
    assert_eq!(dates(&engine), ["11-02 08:00 S0", "11-03 08:00 added"]);
    let edits: Vec<StepEditId> =
        engine.store.step_edits(sequence, 9).unwrap().iter().map(|edit| edit.id).collect();
    // Newest first: added, removed, changed.
    assert_eq!(number(engine.store.undo_edit(sequence, edits[2], now)).0, 1187);
    for edit in &edits[..3] {
        engine.store.undo_edit(sequence, *edit, now).unwrap();
    }
    assert_eq!(dates(&engine), as_it_was);
    assert!(engine.store.undo_edit(sequence, edits[0], now).is_err(), "not twice");
    engine.join("a@example.jp", &[]);
    assert_eq!(engine.live_until("2026-12-01 00:00"), ["2026-11-02 08:00 S0", "2026-11-05 08:00 S3"]);
}

#[test]
fn before_an_edit_is_saved_it_is_shown_whom_it_concerns_and_nothing_is_changed() {
    let (mut engine, sequence) = scene(&[("S0", day(0, "08:00")), ("S10", day(10, "08:00"))]);
    engine.join("old@example.jp", &[]);
    engine.live_until("2026-11-06 12:00");
    engine.join("young@example.jp", &[]);
    engine.live_until("2026-11-06 13:00");
    let stored = engine.store.sequence(sequence).unwrap();
    let before = engine.store.steps(sequence).unwrap().len();
    let seen = effect::of_edit(&engine.app, &engine.store, &stored, || {
        Ok(engine.put(sequence, &engine.draft("new", day(3, "08:00")), Place::Stay, Reach::NotThereYet))
    })
    .unwrap();
    assert_eq!((seen.inside, seen.ahead, seen.past, seen.done), (2, 1, 1, 0));
    assert_eq!(seen.earliest, Some(engine.instant("2026-11-09 08:00")));
    let seen = effect::of_edit(&engine.app, &engine.store, &stored, || {
        let step = engine.store.steps(sequence)?[0].clone();
        engine.store.remove_step(sequence, step.id, engine.now())?;
        Ok(step.id)
    })
    .unwrap();
    assert_eq!((seen.ahead, seen.done), (0, 2));
    assert_eq!(engine.store.steps(sequence).unwrap().len(), before);
    assert_eq!(engine.site.number("select count(*) from step_edits"), 2);
}

#[test]
fn a_pause_of_all_keeps_the_dates_or_moves_them_on_as_chosen() {
    for (shifts, expected) in [
        (true, vec!["2026-11-07 08:00 S1", "2026-11-08 08:00 S2"]),
        (false, vec!["2026-11-06 08:30 S1", "2026-11-06 08:30 S2"]),
    ] {
        let (mut engine, sequence) =
            scene(&[("S0", day(0, "08:00")), ("S1", day(1, "08:00")), ("S2", day(2, "08:00"))]);
        engine.join("a@example.jp", &[]);
        engine.live_until("2026-11-02 08:30");
        engine.store.pause_sequence(sequence, "", engine.now()).unwrap();
        engine.join("b@example.jp", &[]);
        assert!(engine.live_until("2026-11-06 08:30").is_empty(), "everybody stands still");
        engine.store.resume_sequence(sequence, shifts, engine.now()).unwrap();
        engine.live_until("2026-12-01 00:00");
        let hers = engine.sent.iter().filter(|(_, to, _)| to == "a@example.jp").skip(1);
        let seen: Vec<String> = hers.map(|(at, _, subject)| format!("{at} {subject}")).collect();
        assert_eq!(seen, expected, "shifted: {shifts}");
        assert_eq!(engine.sent.len(), 6, "who came in meanwhile lost nothing");
    }
}

#[test]
fn one_reader_can_be_stopped_and_let_go_on_with_or_without_her_clock() {
    for (shifts, expected) in [(true, "2026-11-07 08:00 S1"), (false, "2026-11-06 08:30 S1")] {
        let (mut engine, _) = scene(&[("S0", day(0, "08:00")), ("S1", day(1, "08:00"))]);
        let reader = engine.join("a@example.jp", &[]);
        engine.live_until("2026-11-02 08:30");
        let enrolment = engine.store.enrolments_of(reader, 1).unwrap()[0].id;
        assert!(engine.store.pause_enrolment(enrolment, engine.now()).unwrap());
        assert!(engine.live_until("2026-11-06 08:30").is_empty());
        assert!(engine.store.resume_enrolment(enrolment, shifts, engine.now()).unwrap());
        assert_eq!(engine.live_until("2026-12-01 00:00"), [expected], "shifted: {shifts}");
    }
}

#[test]
fn a_pause_of_one_and_a_pause_of_all_count_once_where_they_overlap() {
    // Her pause, that of all, whether the latter moves the dates on; and where S1 of the 5th, 08:00, is then.
    let cases = [
        (("02", "05"), ("03", "04"), true, "08 08:00"),
        (("02", "05"), ("03", "04"), false, "08 08:00"),
        (("02", "04"), ("03", "06"), true, "09 08:00"),
        (("02", "04"), ("03", "06"), false, "07 08:00"),
        (("03", "05"), ("02", "04"), true, "08 08:00"),
        (("03", "05"), ("02", "04"), false, "07 08:00"),
        (("03", "04"), ("02", "05"), true, "08 08:00"),
        (("02", "03"), ("05", "06"), true, "07 08:00"),
    ];
    for (hers, all, all_shift, expected) in cases {
        let (mut engine, sequence) = scene(&[("S0", day(0, "08:00")), ("S1", day(3, "08:00"))]);
        let reader = engine.join("a@example.jp", &[]);
        let enrolment = engine.store.enrolments_of(reader, 1).unwrap()[0].id;
        let mut events = vec![(hers.0, 'p'), (hers.1, 'r'), (all.0, 'P'), (all.1, 'R')];
        events.sort_by_key(|(day, _)| *day);
        for (day, event) in events {
            engine.live_until(&format!("2026-11-{day} 09:00"));
            match event {
                'p' => assert!(engine.store.pause_enrolment(enrolment, engine.now()).unwrap()),
                'r' => assert!(engine.store.resume_enrolment(enrolment, true, engine.now()).unwrap()),
                'P' => engine.store.pause_sequence(sequence, "", engine.now()).unwrap(),
                _ => engine.store.resume_sequence(sequence, all_shift, engine.now()).unwrap(),
            }
        }
        engine.live_until("2026-12-01 00:00");
        let seen: Vec<String> =
            engine.sent.iter().map(|(at, _, subject)| format!("{at} {subject}")).collect();
        let expected = format!("2026-11-{expected} S1");
        assert_eq!(seen.last(), Some(&expected), "hers {hers:?}, of all {all:?}, moved on: {all_shift}");
    }
}

#[test]
fn a_step_that_waits_for_the_owner_holds_her_until_he_says_go_on() {
    let (mut engine, sequence) = scene(&[("S0", day(0, "08:00"))]);
    let wait = Draft { action: Action::Wait, ..engine.draft("call her", hours(0)) };
    engine.put(sequence, &wait, Place::Stay, Reach::NotThereYet);
    engine.step(sequence, "after", hours(2));
    let reader = engine.join("a@example.jp", &[]);
    assert_eq!(engine.live_until("2026-11-05 10:00"), ["2026-11-02 08:00 S0"]);
    assert_eq!(engine.store.places(sequence).unwrap().held("waiting"), 1);
    let enrolment = engine.store.enrolments_of(reader, 1).unwrap()[0].clone();
    assert!(ways::go_on(&engine.app, &engine.store, &enrolment).unwrap());
    assert!(!ways::go_on(&engine.app, &engine.store, &enrolment).unwrap(), "once is enough");
    assert_eq!(engine.live_until("2026-12-01 00:00"), ["2026-11-05 12:00 after"]);
}

#[test]
fn conditions_skip_a_step_and_lead_to_another_and_a_jump_cannot_be_caught_up_with() {
    let (mut engine, sequence) = scene(&[("S0", day(0, "08:00"))]);
    let tag = TagName::parse("VIP").unwrap();
    let vip = engine.store.add_tag(&tag, engine.now()).unwrap();
    let last = engine.step(sequence, "last", day(9, "08:00"));
    let branch = Draft {
        action: Action::Lead,
        condition: Some(Condition::Tag(tag.clone())),
        then: Go::Next,
        otherwise: Go::Step(last),
        ..engine.draft("branch", hours(1))
    };
    let first = engine.store.steps(sequence).unwrap()[0].clone();
    let branch = engine.put(sequence, &branch, Place::After(first.id), Reach::NotThereYet);
    let only_vip =
        engine.put(sequence, &engine.draft("for VIPs", hours(1)), Place::After(branch), Reach::NotThereYet);
    let not_opened = Condition::Not(Box::new(Condition::Opened(Which::Message(first.message))));
    let reminder = Draft { condition: Some(not_opened), ..engine.draft("reminder", hours(1)) };
    engine.put(sequence, &reminder, Place::After(only_vip), Reach::NotThereYet);
    let (a, b) = (engine.join("vip@example.jp", &[]), engine.join("other@example.jp", &[]));
    let subscriber = engine.store.subscription(a).unwrap().unwrap().subscriber;
    engine.store.tag_subscriber(vip, subscriber, engine.now()).unwrap();
    engine.live_until("2026-11-03 00:00");
    // "Also those past it" does not reach who was led around it.
    let draft = Draft::mail(hours(2), engine.store.step(sequence, only_vip).unwrap().unwrap().message);
    engine.store.change_step(sequence, only_vip, &draft, Place::Stay, Reach::AlsoPast, engine.now()).unwrap();
    engine.live_until("2026-12-01 00:00");
    let of = |address: &str| -> Vec<&str> {
        engine
            .sent
            .iter()
            .filter(|(_, to, _)| to == address)
            .map(|(_, _, subject)| subject.as_str())
            .collect()
    };
    assert_eq!(of("vip@example.jp"), ["S0", "for VIPs", "reminder", "last"]);
    assert_eq!(of("other@example.jp"), ["S0", "last"]);
    assert_ne!(a, b);
}

#[test]
fn who_opened_an_earlier_wording_of_a_step_has_opened_the_step() {
    let (mut engine, sequence) = scene(&[("S0", day(0, "08:00"))]);
    let first = engine.store.steps(sequence).unwrap()[0].clone();
    let reader = engine.join("a@example.jp", &[]);
    engine.live_until("2026-11-02 09:00");
    engine
        .site
        .sqlite()
        .execute(
            "insert into engagements (message_id, subscription_id, kind, first_at) values (?1, ?2, 'open', 0)",
            (first.message.0, reader.0),
        )
        .unwrap();
    let rewritten = engine.draft("S0 anew", day(0, "08:00"));
    engine
        .store
        .change_step(sequence, first.id, &rewritten, Place::Stay, Reach::AlsoPast, engine.now())
        .unwrap();
    let opened = Condition::Opened(Which::Message(rewritten.message));
    let thanks = Draft { condition: Some(opened), ..engine.draft("thanks", day(1, "08:00")) };
    engine.put(sequence, &thanks, Place::Stay, Reach::NotThereYet);
    assert_eq!(engine.live_until("2026-12-01 00:00"), ["2026-11-03 08:00 thanks"]);
}

#[test]
fn a_reader_moves_on_to_another_sequence_and_a_circle_is_refused_with_its_path() {
    let mut engine = Engine::new(TOKYO, "2026-11-02 07:00");
    let first = engine.sequence("first", &Options::default());
    let second = engine.sequence("second", &starts(StartOn::Hand, ""));
    engine.step(second, "B", day(1, "08:00"));
    let leading = Draft { then: Go::Sequence(second), ..engine.draft("A", day(0, "08:00")) };
    engine.put(first, &leading, Place::Stay, Reach::NotThereYet);
    engine.join("a@example.jp", &[]);
    assert_eq!(engine.live_until("2026-12-01 00:00"), ["2026-11-02 08:00 A", "2026-11-03 08:00 B"]);

    let back = Draft { then: Go::Sequence(first), ..engine.draft("back", day(2, "08:00")) };
    let refused = number(engine.store.add_step(second, &back, Place::Stay, Reach::NotThereYet, engine.now()));
    assert_eq!(refused.0, 1182);
    assert!(refused.1.contains("second → first → second"), "{}", refused.1);
    assert_eq!(engine.store.steps(second).unwrap().len(), 1, "nothing was saved");
    // Within a sequence only onwards.
    let steps = engine.store.steps(second).unwrap();
    let backwards = Draft { then: Go::Step(steps[0].id), ..engine.draft("C", day(3, "08:00")) };
    let refused =
        number(engine.store.add_step(second, &backwards, Place::Stay, Reach::NotThereYet, engine.now()));
    assert!(refused.0 == 1182 && refused.1.contains("B → C"), "{}", refused.1);
}

#[test]
fn a_circle_that_came_past_the_check_ends_by_the_limit_of_occurrences() {
    let mut engine = Engine::new(TOKYO, "2026-11-02 07:00");
    let options = Options { most_occurrences: 3, ..Options::default() };
    let (one, two) = (engine.sequence("one", &options), engine.sequence("two", &starts(StartOn::Hand, "")));
    for (from, to) in [(one, two), (two, one)] {
        engine.step(from, &format!("of {from}"), hours(1));
        let sql = format!("update steps set go_then = 'sequence:{to}' where sequence_id = {from}");
        engine.site.sqlite().execute(&sql, []).unwrap();
    }
    engine.join("a@example.jp", &[]);
    let subjects: Vec<String> =
        engine.live_until("2027-11-02 07:00").iter().map(|line| line[17..].to_string()).collect();
    assert_eq!(subjects, ["of 1", "of 2", "of 1", "of 2", "of 1", "of 2"]);
    let ends = "select count(*) from enrolments where why = 'limit'";
    assert_eq!(engine.site.number(ends), 1);
}

#[test]
fn a_step_that_another_leads_to_cannot_be_taken_out() {
    let (engine, sequence) = scene(&[("S0", day(0, "08:00")), ("S1", day(1, "08:00"))]);
    let steps = engine.store.steps(sequence).unwrap();
    let leading = Draft { then: Go::Step(steps[1].id), ..Draft::mail(day(0, "08:00"), steps[0].message) };
    engine
        .store
        .change_step(sequence, steps[0].id, &leading, Place::Stay, Reach::AlsoPast, engine.now())
        .unwrap();
    let refused = number(engine.store.remove_step(sequence, steps[1].id, engine.now()));
    assert!(refused.0 == 1183 && refused.1.contains("S0"), "{}", refused.1);
    assert_eq!(engine.store.steps(sequence).unwrap().len(), 2);
}

#[test]
fn who_joins_again_begins_anew_goes_on_or_gets_nothing_as_chosen() {
    for (rejoin, expected) in [
        (Rejoin::Restart, vec!["2026-11-12 08:00 S0", "2026-11-17 08:00 S5"]),
        // Ten days away: her fifth day is ten days later.
        (Rejoin::Continue, vec!["2026-11-17 08:00 S5"]),
        (Rejoin::Ignore, vec![]),
    ] {
        let (mut engine, sequence) = scene(&[("S0", day(0, "08:00")), ("S5", day(5, "08:00"))]);
        let options = Options { rejoin, ..Options::default() };
        engine.store.put_sequence_options(sequence, "welcome", &options).unwrap();
        let reader = engine.join("a@example.jp", &[]);
        engine.live_until("2026-11-02 09:00");
        engine.move_to(engine.instant("2026-11-02 07:30"));
        engine.leave(reader);
        engine.live_until("2026-11-12 07:30");
        engine.join("a@example.jp", &[]);
        assert_eq!(engine.live_until("2027-01-01 00:00"), expected, "{rejoin:?}");
    }
}

#[test]
fn readers_who_were_there_before_are_brought_in_at_a_chosen_step_or_by_the_day_they_joined() {
    for (counted_from, backfill, expected) in [
        (CountedFrom::Now, 0, vec!["2026-11-09 08:00 S3", "2026-11-16 08:00 S10"]),
        (CountedFrom::Joined, 0, vec!["2026-11-12 08:00 S10"]),
        (CountedFrom::Joined, 5, vec!["2026-11-09 07:00 S3", "2026-11-12 08:00 S10"]),
    ] {
        let mut engine = Engine::new(TOKYO, "2026-11-02 07:00");
        engine.join("a@example.jp", &[]);
        engine.move_to(engine.instant("2026-11-09 07:00"));
        let options = Options { backfill_days: backfill, ..starts(StartOn::Hand, "") };
        let sequence = engine.sequence("late", &options);
        engine.step(sequence, "S0", day(0, "08:00"));
        let third = engine.step(sequence, "S3", day(3, "08:00"));
        engine.step(sequence, "S10", day(10, "08:00"));
        let stored = engine.store.sequence(sequence).unwrap();
        let at = (counted_from == CountedFrom::Now).then_some(third);
        engine.store.begin_entry(&stored, Entry { counted_from, at }, engine.now()).unwrap();
        assert_eq!(engine.live_until("2027-01-01 00:00"), expected, "{counted_from:?} {backfill}");
        // A second time it brings nobody who is inside.
        engine.store.begin_entry(&stored, Entry { counted_from, at }, engine.now()).unwrap();
        assert!(engine.live_until("2027-02-01 00:00").is_empty());
    }
}

#[test]
fn a_reader_can_leave_one_sequence_and_stay_on_the_list() {
    let (mut engine, _) = scene(&[("S0", day(0, "08:00")), ("S1", day(1, "08:00"))]);
    let other = engine.sequence("other", &Options::default());
    engine.step(other, "other", day(2, "08:00"));
    let reader = engine.join("a@example.jp", &[]);
    engine.live_until("2026-11-02 09:00");
    let first =
        engine.store.enrolments_of(reader, 9).unwrap().into_iter().find(|one| one.sequence.0 == 1).unwrap();
    engine.store.end_enrolment(&first, "reader", engine.now()).unwrap();
    assert_eq!(engine.live_until("2026-12-01 00:00"), ["2026-11-04 08:00 other"]);
}

#[test]
fn a_step_whose_content_was_emptied_pauses_the_sequence_says_so_and_loses_nobody() {
    let (mut engine, sequence) = scene(&[("S0", day(0, "08:00")), ("S1", day(1, "08:00"))]);
    let steps = engine.store.steps(sequence).unwrap();
    engine.join("a@example.jp", &[]);
    engine.join("b@example.jp", &[]);
    engine.live_until("2026-11-02 09:00");
    let sql = format!("update messages set text = '' where id = {}", steps[1].message);
    engine.site.sqlite().execute(&sql, []).unwrap();
    engine.live_until("2026-11-04 09:00");
    let paused = engine.store.sequence(sequence).unwrap();
    assert_eq!(paused.paused_why, format!("step:{}", steps[1].id));
    assert_eq!((engine.sent.len(), engine.store.active_enrolments(sequence).unwrap()), (2, 2));
    let mended = engine.draft("S1", day(1, "08:00"));
    engine
        .store
        .change_step(sequence, steps[1].id, &mended, Place::Stay, Reach::AlsoPast, engine.now())
        .unwrap();
    engine.store.resume_sequence(sequence, false, engine.now()).unwrap();
    assert_eq!(engine.live_until("2026-12-01 00:00"), ["2026-11-04 09:00 S1", "2026-11-04 09:00 S1"]);
}
