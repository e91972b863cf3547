//! The work of a busy site, in random order.
//! Not what ends it (tests/mixed_work.rs), and not what must have come of it (mixed_end.rs).

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use neo::clock::Clock;
use neo::domain::id::{ListId, MessageId, SequenceId, StepId};
use neo::domain::message::{Content, Kind};
use neo::domain::sequence::{Draft, Place, Reach, Timing, Unit};
use neo::transfer::inbox;
use serde_json::json;

use crate::dice::Dice;
use crate::mail_server::{Act, MailServer, Script};
use crate::site::Site;

/// Readers of a file for `neo import`, and of one that ticks take in: three pieces.
pub(crate) const ROWS: i64 = 12;
pub(crate) const CLUB_ROWS: usize = 4200;
const MOST_CLUB_FILES: usize = 3;
const MOST_STEPS: usize = 16;
/// Broadcasts that run at a time.
const MOST_OPEN: i64 = 3;
pub(crate) const WELCOME: SequenceId = SequenceId(1);
pub(crate) const TOKYO: &str = "東京";

/// A time in which somebody was not on the list: mails to her between these numbers of the mail server are wrong.
pub(crate) struct Absence {
    pub(crate) address: String,
    pub(crate) from: usize,
    pub(crate) until: usize,
}

pub(crate) struct Work {
    pub(crate) site: Site,
    pub(crate) server: MailServer,
    pub(crate) dice: Dice,
    joined: usize,
    pub(crate) imported: usize,
    pub(crate) club_files: usize,
    /// Each broadcast, and who was to get it when it was ordered.
    pub(crate) broadcasts: Vec<(MessageId, BTreeSet<String>)>,
    pub(crate) absences: Vec<Absence>,
    edits: usize,
    /// Steps that were changed for those who were past them too: these come out of order.
    pub(crate) for_past: BTreeSet<StepId>,
    stops: usize,
}

/// Now and then a recipient is refused for now.
fn script(dice: &mut Dice) -> Script {
    let mut script = Script { pipelining: true, pause: Duration::from_micros(500), ..Script::default() };
    let words = ["450 4.2.0 Greylisted, come again in 5 minutes", "452 4.2.2 The mailbox is full"];
    let mut count = 0;
    while count < 50_000 {
        count += 1 + usize::try_from(dice.below(80)).unwrap();
        script = script.on("RCPT", count, Act::Say((*dice.choose(&words)).to_string()));
    }
    script
}

impl Work {
    pub(crate) fn new(mut dice: Dice) -> Work {
        let server = MailServer::start(script(&mut dice));
        // The site's time goes by faster, and stays behind the guard's, to whom trips of a day ago are history.
        let site = Site::at(&server.transport(), Some(Clock::machine().now() - 60 * 86_400));
        site.neo(&["list", "add", "club", "--from", "さくら堂 <club@example.jp>"]);
        site.neo(&["field", "add", "pref"]);
        std::fs::write(
            site.path("tokyo"),
            json!({"field": {"key": "pref", "is": "equals", "value": TOKYO}}).to_string(),
        )
        .unwrap();
        std::fs::write(site.path("text"), "{{ name }} 様、こんにちは。\n").unwrap();
        let mut work = Work {
            site,
            server,
            dice,
            joined: 0,
            imported: 0,
            club_files: 0,
            broadcasts: Vec::new(),
            absences: Vec::new(),
            edits: 0,
            for_past: BTreeSet::new(),
            stops: 0,
        };
        work.add_sequence();
        work.join(80);
        work.broadcast_to_all();
        work
    }

    fn add_sequence(&self) {
        let step = |subject: &str, when: serde_json::Value| json!({"subject": subject, "text": "こんにちは", "when": when});
        let mut tokyo =
            step("Tokyo", json!({"after_previous": {"amount": 1, "unit": "days", "at": "08:30"}}));
        tokyo["if"] = json!({"field": {"key": "pref", "is": "equals", "value": TOKYO}});
        let file = json!({"name": "welcome", "list": "news", "start": {"on": "join"}, "steps": [
            step("Welcome", json!({"after_start": {"days": 0, "at": "00:00"}})),
            step("Hours", json!({"after_previous": {"amount": 3, "unit": "hours"}})),
            tokyo,
            step("Weekday", json!({"weekday": {"days": ["tue", "fri"], "at": "10:00"}})),
            step("Day 5", json!({"after_start": {"days": 5, "at": "18:00"}})),
        ]});
        std::fs::write(self.site.path("welcome.json"), file.to_string()).unwrap();
        self.site.neo(&["sequence", "import", self.site.path("welcome.json").to_str().unwrap()]);
    }

    /// One thing that an owner or a reader does while the program is not running; time goes by.
    pub(crate) fn next(&mut self) {
        let jump = if self.dice.below(10) == 0 { 20 * 3600 } else { 20 * 60 };
        let seconds = self.dice.below(jump);
        self.pass(i64::try_from(seconds).unwrap());
        let open =
            self.site.number("select count(*) from broadcasts where state in ('scheduled', 'sending')");
        match self.dice.below(14) {
            0 => self.join(10),
            1 => self.leave(),
            2 => self.come_back(),
            3 | 4 => self.edit(),
            5 => self.stop(),
            6 => {
                self.resume();
            }
            7 if self.club_files < MOST_CLUB_FILES => self.upload(),
            8 | 9 if open < MOST_OPEN => self.broadcast_to_segment(),
            10 if open < MOST_OPEN => self.broadcast_to_all(),
            11 | 12 => self.stumble(),
            // Many ends at the same work, and now and then a clock that is left in peace.
            _ => {
                self.site.tick();
            }
        }
    }

    pub(crate) fn pass(&mut self, seconds: i64) {
        self.site.now = Some(self.site.clock() + seconds);
    }

    fn join(&mut self, count: usize) {
        let numbers = self.joined..self.joined + count;
        self.site.add(&numbers.map(|number| format!("reader{number}@example.jp")).collect::<Vec<_>>());
        self.joined += count;
    }

    fn leave(&mut self) {
        let there: Vec<String> = self.on_list("true").into_iter().collect();
        for _ in 0..3 {
            let address = self.dice.choose(&there).clone();
            if self.on_list("true").contains(&address) {
                self.site.leave(&address);
                self.absences.push(Absence { address, from: self.server.count(), until: usize::MAX });
            }
        }
    }

    fn come_back(&mut self) {
        let now = self.server.count();
        // Not those of a file: they would get another name.
        let may_come =
            |absence: &&mut Absence| absence.until == usize::MAX && absence.address.starts_with("reader");
        if let Some(absence) = self.absences.iter_mut().find(may_come) {
            absence.until = now;
            self.site.add(&[&absence.address]);
        }
    }

    fn broadcast_to_all(&mut self) {
        let message = self.site.broadcast("News");
        self.broadcasts.push((message, self.on_list("true")));
    }

    fn broadcast_to_segment(&mut self) {
        let path = |name: &str| self.site.path(name).display().to_string();
        let (text, tokyo) = (path("text"), path("tokyo"));
        let flags =
            ["--list", "news", "--subject", "Tokyo", "--text", &text, "--segment", &tokyo, "--at", "now"];
        let message = self.site.neo(&[&["broadcast", "create"], &flags[..]].concat());
        let there = self.on_list(&format!("json_extract(p.fields, '$.pref') = '{TOKYO}'"));
        self.broadcasts.push((MessageId(message.parse().unwrap()), there));
    }

    fn stop(&mut self) {
        let sql =
            "select coalesce(max(message_id), 0) from broadcasts where state in ('scheduled', 'sending')";
        let message = self.site.number(sql);
        if message > 0 {
            self.site.neo(&["broadcast", "stop", &message.to_string()]);
            self.stops += 1;
        }
    }

    fn resume(&self) -> bool {
        let message =
            self.site.number("select coalesce(min(message_id), 0) from broadcasts where state = 'stopped'");
        if message > 0 {
            self.site.neo(&["broadcast", "resume", &message.to_string()]);
        }
        message > 0
    }

    pub(crate) fn resume_all(&self) {
        while self.resume() {}
    }

    /// The guard cut three ticks off at the same work, which by chance alone is rare.
    fn stumble(&mut self) {
        let kinds = [
            ("tick/deliver", "id), 0) from deliveries where state in ('queued', 'deferred')"),
            ("tick/audience", "message_id), 0) from broadcasts where state = 'sending' and all_written = 0"),
            ("tick/import", "id), 0) from imports where state = 'running' and way = 'web'"),
        ];
        let (stage, rows) = *self.dice.choose(&kinds);
        let item = self.site.number(&format!("select ifnull(min({rows}"));
        if item > 0 {
            (0..3).for_each(|_| self.site.note_trip(stage, item));
        }
    }

    /// A step more, or other words or another time for one that came in this way.
    fn edit(&mut self) {
        let (store, now) = (self.site.store(), self.site.clock());
        let steps = store.steps(WELCOME).unwrap();
        let content = Content::parse(&format!("Edit {}", self.edits), "こんにちは", "").unwrap();
        let message = store.add_message(Kind::Step, ListId(1), &content, now).unwrap();
        let amount = 1 + i64::try_from(self.dice.below(30)).unwrap();
        let timing = Timing::AfterPrevious { amount, unit: Unit::Hours, at: None };
        let reach = *self.dice.choose(&[Reach::NotThereYet, Reach::AlsoPast]);
        let added: Vec<StepId> = steps.iter().map(|step| step.id).filter(|id| id.0 > 5).collect();
        if added.is_empty() || (steps.len() < MOST_STEPS && self.dice.below(2) == 0) {
            let place = Place::After(self.dice.choose(&steps).id);
            // In the order of steps for everybody: who is past its place does not go back.
            store.add_step(WELCOME, &Draft::mail(timing, message), place, Reach::NotThereYet, now).unwrap();
        } else {
            let step = *self.dice.choose(&added);
            let draft = Draft::mail(timing, message);
            store.change_step(WELCOME, step, &draft, Place::Stay, reach, now).unwrap();
            if reach == Reach::AlsoPast {
                self.for_past.insert(step);
            }
        }
        self.edits += 1;
    }

    fn rows(kind: &str, numbers: std::ops::Range<usize>) -> String {
        let row = |number: usize| format!("{kind}{number}@example.jp,読者{number},{}\n", pref(number));
        format!("email,name,pref\n{}", numbers.map(row).collect::<String>())
    }

    /// New readers of `news` in a file.
    pub(crate) fn import_file(&mut self) -> PathBuf {
        let end = self.imported + usize::try_from(ROWS).unwrap();
        let path = self.site.path("import.csv");
        std::fs::write(&path, Work::rows("import", self.imported..end)).unwrap();
        self.imported = end;
        path
    }

    /// What the page of imports does with a file: ticks take it in.
    fn upload(&mut self) {
        let first = self.club_files * CLUB_ROWS;
        let text = Work::rows("club", first..first + CLUB_ROWS);
        let (app, store) = self.site.open();
        let size = i64::try_from(text.len()).unwrap();
        let id = inbox::begin(&app, &store, ListId(2), "club.csv", size).unwrap();
        let import = || store.import(id).unwrap();
        inbox::add_piece(&app, &store, &import(), 0, text.as_bytes()).unwrap();
        inbox::complete(&app, &store, &import()).unwrap();
        inbox::start(&app, &store, &import()).unwrap();
        self.club_files += 1;
    }

    /// The addresses on `news` of whom this holds.
    fn on_list(&self, condition: &str) -> BTreeSet<String> {
        let sql = format!(
            "select p.address from subscriptions s join subscribers p on p.id = s.subscriber_id
             where s.list_id = 1 and s.state = 'confirmed' and {condition}"
        );
        self.texts(&sql)
    }

    pub(crate) fn texts(&self, sql: &str) -> BTreeSet<String> {
        let connection = self.site.sqlite();
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<rusqlite::Result<_>>().unwrap()
    }

    pub(crate) fn story(&self) -> String {
        format!(
            "{} broadcasts, {} stops, {} edits, {} absences, {} imported, {} files by ticks, {} refused for now",
            self.broadcasts.len(),
            self.stops,
            self.edits,
            self.absences.len(),
            self.imported,
            self.club_files,
            self.site.number("select sum(attempts) - count(*) from deliveries where state = 'sent'")
        )
    }
}

pub(crate) fn pref(number: usize) -> &'static str {
    if number.is_multiple_of(3) { TOKYO } else { "大阪" }
}
