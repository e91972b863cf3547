//! Conditions on readers: random trees on random readers, the SQL against a plain evaluation of the same tree; what a
//! condition may not be; counts of many readers.
//! Not the form in which they are typed: tests/segments.rs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_wrap,
    clippy::cast_possible_truncation,
    reason = "a test says by a panic what failed, also in its helpers"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/site.rs"]
mod site;

use std::collections::{BTreeMap, BTreeSet};

use neo::domain::address::Address;
use neo::domain::calendar;
use neo::domain::condition::{Condition, Way, Which};
use neo::domain::consent::Circumstances;
use neo::domain::field::{Field, FieldKey, Kind};
use neo::domain::field_test::Asks;
use neo::domain::id::{ListId, MessageId, SubscriptionId};
use neo::domain::subscriber::{Fields, Name};
use neo::domain::tag::TagName;
use neo::domain::when::{Anniversary, Month, Today, When};
use neo::error::Error;
use neo::store::Writer;
use neo::store::membership::Request;
use site::Site;

/// 2026-11-24 10:00 in Tokyo.
const NOON: i64 = 1_795_482_000;
const DAY: i64 = 86_400;

const TEXTS: &[&str] = &[
    "",
    "東京",
    "大阪",
    "東京都港区",
    "Tokyo",
    "tokyo",
    "50%",
    "a_b",
    "10",
    "9",
    "-3.5",
    "0.5",
    "100",
    "1,200",
    "1e3",
    "[1]",
    "\"x\"",
    "null",
    " 7",
    "2026-11-24",
    "2026-11-23",
    "1980-02-29",
    "--02-29",
    "--11-24",
    "1999-11-24",
    "--02-28",
    "2026-13-45",
    "20261124",
    "yes",
    "no",
    "O'Reilly",
    "'); drop table subscribers; --",
    "😀 絵文字",
    "ＡＢＣ",
];

/// What is known of a reader, written down beside the database.
#[derive(Debug, Default, Clone)]
struct Known {
    fields: BTreeMap<String, String>,
    tags: BTreeSet<String>,
    opened: BTreeSet<i64>,
    clicked: BTreeSet<i64>,
    is_on_other: bool,
    joined_at: Option<i64>,
    way: &'static str,
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    fn when(&mut self) -> When {
        match self.below(3) {
            0 => When::Today(self.below(9) as i64 - 4),
            _ => When::parse(self.pick(&["2026-11-24", "2026-11-20", "1990-01-01", "2026-11-23"])).unwrap(),
        }
    }

    fn asks(&mut self) -> Asks {
        let text = loop {
            let text = self.pick(TEXTS);
            if !text.is_empty() {
                break text.trim().to_string();
            }
        };
        let number = self.pick(&["10", "9.5", "-3.5", "0", "1000", "-100"]).to_string();
        match self.below(15) {
            0 => Asks::Equals(text),
            1 => Asks::Differs(text),
            2 => Asks::Contains(text.chars().take(2).collect::<String>().trim().to_string()),
            3 => Asks::Starts(text.chars().take(2).collect::<String>().trim().to_string()),
            4 => Asks::Empty,
            5 => Asks::Set,
            6 => Asks::Less(number),
            7 => Asks::AtMost(number),
            8 => Asks::More(number),
            9 => Asks::AtLeast(number),
            10 => Asks::Before(self.when()),
            11 => Asks::After(self.when()),
            12 => Asks::On(self.when()),
            13 => Asks::Anniversary(match self.below(2) {
                0 => Anniversary::Today(self.below(3) as i64 - 1),
                _ => Anniversary::parse(self.pick(&["--11-24", "--02-29", "2/28"])).unwrap(),
            }),
            _ => Asks::InMonth([Month::This, Month::Next, Month::Fixed(2)][self.below(3)]),
        }
    }

    fn which(&mut self) -> Which {
        match self.below(2) {
            0 => Which::Message(MessageId(1 + self.below(6) as i64)),
            _ => Which::Last(1 + self.below(5) as u32),
        }
    }

    fn condition(&mut self, depth: usize) -> Condition {
        let parts = |dice: &mut Dice, least: usize| {
            let count = least + dice.below(3);
            (0..count).map(|_| dice.condition(depth + 1)).collect::<Vec<_>>()
        };
        match self.below(if depth < 3 { 14 } else { 10 }) {
            0..=3 => {
                let key = FieldKey::parse(self.pick(&["a", "b", "c"])).unwrap();
                Condition::Field(neo::domain::field_test::FieldTest { key, asks: self.asks() })
            }
            4 => Condition::Tag(TagName::parse(self.pick(&["VIP", "東京", "いない", "old name"])).unwrap()),
            5 => Condition::Opened(self.which()),
            6 => Condition::Clicked(self.which()),
            7 => Condition::OnList(
                neo::domain::list::ListName::parse(self.pick(&["news", "other", "none"])).unwrap(),
            ),
            8 => {
                let (from, to) = (self.when(), self.when());
                let between = match self.below(3) {
                    0 => neo::domain::condition::Between { from: Some(from), to: None },
                    1 => neo::domain::condition::Between { from: None, to: Some(to) },
                    _ => neo::domain::condition::Between { from: Some(from), to: Some(to) },
                };
                Condition::JoinedBetween(between)
            }
            9 => Condition::Way(Way::ALL[self.below(4)]),
            10 | 11 => Condition::All(parts(self, 0)),
            12 => Condition::Any(parts(self, 1)),
            _ => Condition::Not(Box::new(self.condition(depth + 1))),
        }
    }
}

/// Asks the tree of one reader, in plain words and without SQL.
fn plainly(condition: &Condition, known: &Known, sent: &[i64], now: i64) -> bool {
    let engaged = |which: &Which, with: &BTreeSet<i64>| match which {
        Which::Message(id) => with.contains(&id.0),
        Which::Last(count) => sent.iter().take(*count as usize).any(|id| with.contains(id)),
    };
    match condition {
        Condition::All(parts) => parts.iter().all(|part| plainly(part, known, sent, now)),
        Condition::Any(parts) => parts.iter().any(|part| plainly(part, known, sent, now)),
        Condition::Not(part) => !plainly(part, known, sent, now),
        Condition::Field(test) => {
            let value = known.fields.get(test.key.as_str()).map_or("", String::as_str);
            plainly_field(&test.asks, value, now)
        }
        Condition::Tag(name) if name.as_str() == "old name" => known.tags.contains("VIP"),
        Condition::Tag(name) => known.tags.contains(name.as_str()),
        Condition::Opened(which) => engaged(which, &known.opened) || engaged(which, &known.clicked),
        Condition::Clicked(which) => engaged(which, &known.clicked),
        Condition::OnList(name) => match name.as_str() {
            "news" => known.joined_at.is_some(),
            "other" => known.is_on_other,
            _ => false,
        },
        Condition::JoinedBetween(between) => {
            let Some(joined) = known.joined_at else { return false };
            let day = day_in_tokyo(joined);
            between.from.is_none_or(|from| day >= plain_day(from, now))
                && between.to.is_none_or(|to| day <= plain_day(to, now))
        }
        Condition::Way(way) => known.way == way.word(),
    }
}

fn plainly_field(asks: &Asks, value: &str, now: i64) -> bool {
    let number = serde_json::from_str::<f64>(value).ok();
    let than = |other: &str, fits: fn(f64, f64) -> bool| {
        number.is_some_and(|number| fits(number, other.parse().unwrap()))
    };
    let looks_like = |shape: &str| {
        value.len() == shape.len()
            && value
                .chars()
                .zip(shape.chars())
                .all(|(c, s)| if s == '0' { c.is_ascii_digit() } else { c == s })
    };
    let is_date = looks_like("0000-00-00");
    let month_and_day = (is_date || looks_like("--00-00")).then(|| value[value.len() - 5..].to_string());
    match asks {
        Asks::Equals(text) => value == text,
        Asks::Differs(text) => value != text,
        Asks::Contains(text) => value.to_ascii_lowercase().contains(&text.to_ascii_lowercase()),
        Asks::Starts(text) => value.to_ascii_lowercase().starts_with(&text.to_ascii_lowercase()),
        Asks::Empty => value.is_empty(),
        Asks::Set => !value.is_empty(),
        Asks::Less(other) => than(other, |a, b| a < b),
        Asks::AtMost(other) => than(other, |a, b| a <= b),
        Asks::More(other) => than(other, |a, b| a > b),
        Asks::AtLeast(other) => than(other, |a, b| a >= b),
        Asks::Before(when) => is_date && *value < *plain_day(*when, now),
        Asks::After(when) => is_date && *value > *plain_day(*when, now),
        Asks::On(when) => is_date && *value == *plain_day(*when, now),
        Asks::Anniversary(Anniversary::Fixed { month, day }) => {
            month_and_day == Some(format!("{month:02}-{day:02}"))
        }
        Asks::Anniversary(Anniversary::Today(days)) => {
            let day = day_in_tokyo(now + days * DAY);
            let is_leap = day[..4].parse::<i32>().unwrap() % 4 == 0;
            month_and_day.is_some_and(|found| {
                found == day[5..] || (!is_leap && &day[5..] == "02-28" && found == "02-29")
            })
        }
        Asks::InMonth(month) => {
            let this: u32 = day_in_tokyo(now)[5..7].parse().unwrap();
            let wanted = match month {
                Month::Fixed(month) => *month,
                Month::This => this,
                Month::Next => {
                    if this == 12 {
                        1
                    } else {
                        this + 1
                    }
                }
            };
            month_and_day.is_some_and(|found| found[..2] == format!("{wanted:02}"))
        }
    }
}

fn day_in_tokyo(instant: i64) -> String {
    calendar::rfc3339_utc(instant + 9 * 3600)[..10].to_string()
}

fn plain_day(when: When, now: i64) -> String {
    match when {
        When::Day(day) => day.to_string(),
        When::Today(days) => day_in_tokyo(now + days * DAY),
    }
}

fn today(now: i64) -> Today {
    Today::new(now, calendar::parse_zone("Asia/Tokyo").unwrap())
}

fn key(name: &str) -> FieldKey {
    FieldKey::parse(name).unwrap()
}

/// Adds a reader who is as `known` says.
fn add(site: &Site, store: &Writer, number: usize, known: &Known) -> SubscriptionId {
    let joined = known.joined_at.unwrap_or(NOON);
    let address = Address::parse(&format!("reader{number}@example.jp")).unwrap();
    let how = Circumstances { way: known.way, ..Circumstances::default() };
    let fields: Fields = known.fields.clone();
    let (name, no_fields) = (Name::default(), Fields::default());
    let mut request = Request {
        list: ListId(1),
        address: &address,
        name: &name,
        fields: &fields,
        how: &how,
        form_version: None,
    };
    let id = match known.joined_at {
        Some(_) => store.add_reader(&request, joined).unwrap(),
        None => {
            let content = neo::mail::letter::confirmation(neo::texts::Language::Ja);
            store.ask_to_join(&request, &content, joined).unwrap();
            store.subscription_of(ListId(1), &address).unwrap().unwrap().id
        }
    };
    if known.is_on_other {
        request.list = ListId(2);
        request.fields = &no_fields;
        store.add_reader(&request, joined).unwrap();
    }
    let subscriber = store.subscription(id).unwrap().unwrap().subscriber;
    let tags: Vec<TagName> = known.tags.iter().map(|tag| TagName::parse(tag).unwrap()).collect();
    store.put_tags(subscriber, &tags, joined).unwrap();
    for (kind, messages) in [("open", &known.opened), ("click", &known.clicked)] {
        for message in messages {
            site.sqlite()
                .execute(
                    "insert into engagements (message_id, subscription_id, kind, first_at) values (?1, ?2, ?3, ?4)",
                    (message, id.0, kind, NOON),
                )
                .unwrap();
        }
    }
    id
}

fn random_reader(dice: &mut Dice) -> Known {
    let mut known = Known { way: dice.pick(&["form", "import", "admin", "command"]), ..Known::default() };
    for key in ["a", "b", "c"] {
        if dice.below(4) > 0 {
            known.fields.insert(key.to_string(), dice.pick(TEXTS).to_string());
        }
    }
    for tag in ["VIP", "東京"] {
        if dice.below(2) == 0 {
            known.tags.insert(tag.to_string());
        }
    }
    for message in 1..=6 {
        match dice.below(4) {
            0 => known.opened.insert(message),
            1 => known.clicked.insert(message),
            _ => false,
        };
    }
    known.is_on_other = dice.below(3) == 0;
    // Also in the minutes around midnight in Tokyo.
    let joined = NOON - dice.below(8) as i64 * DAY + 14 * 3600 + dice.below(7200) as i64 - 3600;
    known.joined_at = (dice.below(6) > 0).then_some(joined);
    known
}

/// A site with two lists and six broadcasts on the first, of which the latest two are drafts.
fn site() -> (Site, Writer, Vec<i64>) {
    let site = Site::at("folder:outbox", Some(NOON));
    site.neo(&["list", "add", "other", "--from", "other@shop.example.jp"]);
    let store = site.store();
    for number in 1..=6 {
        site.broadcast(&format!("No. {number}"));
    }
    // Sent in an order that is not that of their numbers.
    for (message, started) in [(1, 400), (2, 300), (3, 500), (4, 100)] {
        site.sqlite()
            .execute(
                "update broadcasts set started_at = ?2, state = 'finished' where message_id = ?1",
                (message, NOON - started),
            )
            .unwrap();
    }
    let vip = store.add_tag(&TagName::parse("old name").unwrap(), NOON).unwrap();
    store.rename_tag(vip, &TagName::parse("VIP").unwrap()).unwrap();
    (site, store, vec![4, 2, 1, 3])
}

#[test]
fn the_sql_of_a_condition_says_of_each_reader_what_plain_reading_says() {
    let given = std::env::var("NEO_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or(20_261_124);
    let mut dice = Dice(seed << 16 | 1);
    let (site, store, sent) = site();
    let readers: Vec<Known> = (0..60).map(|_| random_reader(&mut dice)).collect();
    let ids: Vec<SubscriptionId> =
        readers.iter().enumerate().map(|(number, known)| add(&site, &store, number, known)).collect();
    // Today, a 28th of February without a 29th behind it, and a new year's eve.
    let days = [NOON, 1_803_776_400, 1_798_678_800];
    let (mut hits, mut misses) = (0_usize, 0_usize);
    for round in 0..700 {
        let condition = dice.condition(0);
        let now = days[round % 3];
        if condition.check_size().is_err() {
            continue;
        }
        let read_back = Condition::parse_json(&condition.to_json()).unwrap();
        assert_eq!(read_back, condition);
        let mut confirmed = 0;
        for (known, id) in readers.iter().zip(&ids) {
            let expected = plainly(&condition, known, &sent, now);
            let found = store.matches(*id, &condition, &today(now)).unwrap();
            assert_eq!(found, expected, "seed {seed}, {}: {known:?}", condition.to_json());
            confirmed += i64::from(expected && known.joined_at.is_some());
            if expected { hits += 1 } else { misses += 1 }
        }
        let count = store.count_matching(ListId(1), &condition, &today(now), |_| true).unwrap();
        assert_eq!((count.matching, count.is_whole), (confirmed, true), "{}", condition.to_json());
    }
    assert!(hits > 5000 && misses > 5000, "the dice do not decide: {hits} and {misses}");
    assert_eq!(site.number("select count(*) from subscribers"), 60);
}

#[test]
fn a_reader_who_is_not_there_matches_nothing() {
    let (_site, store, _) = site();
    let nobody = SubscriptionId(999);
    assert!(!store.matches(nobody, &Condition::everybody(), &today(NOON)).unwrap());
}

#[test]
fn a_count_that_was_cut_short_says_so() {
    let (site, store, _) = site();
    site.sqlite()
        .execute_batch(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000)
             insert into subscribers (address, address_key, fields, created_at)
               select 'm' || i || '@example.jp', 'm' || i || '@example.jp', json_object('a', i || ''), 0 from n;
             insert into subscriptions (list_id, subscriber_id, state, asked_at, joined_at)
               select 1, id, 'confirmed', 0, 0 from subscribers order by id;",
        )
        .unwrap();
    let odd = Condition::parse_json(r#"{"field":{"key":"a","is":"at_most","value":"2500"}}"#).unwrap();
    let whole = store.count_matching(ListId(1), &odd, &today(NOON), |_| true).unwrap();
    assert_eq!((whole.matching, whole.looked_at, whole.is_whole), (2500, 5000, true));
    let short = store.count_matching(ListId(1), &odd, &today(NOON), |_| false).unwrap();
    assert_eq!((short.matching, short.looked_at, short.is_whole), (2000, 2000, false));
    let everybody =
        store.count_matching(ListId(1), &Condition::everybody(), &today(NOON), |_| false).unwrap();
    assert_eq!((everybody.matching, everybody.is_whole), (5000, true));
}

#[test]
fn what_a_condition_names_has_to_be_there_and_to_fit() {
    let (_site, store, _) = site();
    for (name, label, kind, choices) in [
        ("pref", "都道府県", Kind::Choice, "東京\n大阪"),
        ("age", "年齢", Kind::Number, ""),
        ("born", "誕生日", Kind::Birthday, ""),
        ("member", "会員", Kind::YesNo, ""),
    ] {
        store.add_field(&Field::parse(key(name), label, kind, choices).unwrap(), NOON).unwrap();
    }
    let check = |text: &str| store.check_condition(&Condition::parse_json(text)?);
    for (typed, stored) in [
        (
            r#"{"field":{"key":"pref","is":"equals","value":" 東京 "}}"#,
            r#"{"field":{"key":"pref","is":"equals","value":"東京"}}"#,
        ),
        (
            r#"{"field":{"key":"age","is":"equals","value":"１，０００"}}"#,
            r#"{"field":{"key":"age","is":"equals","value":"1000"}}"#,
        ),
        (
            r#"{"field":{"key":"member","is":"not","value":"はい"}}"#,
            r#"{"field":{"key":"member","is":"not","value":"yes"}}"#,
        ),
        (r#"{"all":[{"tag":"old name"},{"on_list":"other"},{"opened":{"message":1}}]}"#, ""),
    ] {
        let checked = check(typed).unwrap().to_json();
        assert_eq!(checked, if stored.is_empty() { typed } else { stored });
    }
    for (typed, number) in [
        (r#"{"field":{"key":"pref","is":"equals","value":"京都"}}"#, 1106),
        (r#"{"field":{"key":"pref","is":"more","value":"1"}}"#, 1116),
        (r#"{"field":{"key":"age","is":"equals","value":"たくさん"}}"#, 1103),
        (r#"{"field":{"key":"unknown","is":"set"}}"#, 2100),
        (r#"{"not":{"tag":"いない"}}"#, 1118),
        (r#"{"any":[{"on_list":"none"}]}"#, 2009),
        (r#"{"opened":{"message":99}}"#, 2011),
    ] {
        let Err(Error::Invalid(refusal)) = check(typed) else { panic!("{typed}") };
        assert_eq!(refusal.sentence.number, number, "{typed}");
        assert_eq!(refusal.field.as_deref(), Some("condition"));
    }
}
