//! The real engine on a real site, ticked inside the test's own process with a clock that stands where it is put.
//! Not the executable: tests that kill it are elsewhere.

use neo::app::App;
use neo::domain::address::Address;
use neo::domain::calendar::{TimeOfDay, parse_moment, rfc3339_local};
use neo::domain::consent::Circumstances;
use neo::domain::id::{ListId, SequenceId, StepId, SubscriptionId};
use neo::domain::message::{Content, Kind};
use neo::domain::sequence::{Draft, Options, Place, Reach, Timing};
use neo::domain::subscriber::{Fields, Name};
use neo::mail::tick::{self, Source};
use neo::mail::transport::{Envelope, Outcome, Transport, Trouble};
use neo::store::Writer;
use neo::store::membership::Request;

use crate::site::Site;

/// When it went, to whom, which.
pub(crate) type Sent = (String, String, String);

pub(crate) struct Engine {
    pub(crate) site: Site,
    pub(crate) app: App,
    pub(crate) store: Writer,
    pub(crate) sent: Vec<Sent>,
}

/// Writes down what is handed over.
struct Notebook(Vec<(String, String)>);

impl Transport for Notebook {
    fn deliver(&mut self, envelope: &Envelope<'_>, mail: &[u8]) -> Result<Outcome, Trouble> {
        let mail = String::from_utf8_lossy(mail);
        let subject = mail.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or_default();
        self.0.push((envelope.to.as_str().to_string(), subject.to_string()));
        Ok(Outcome::Sent { reply: "noted".to_string() })
    }

    fn close(&mut self) {}

    fn name(&self) -> &'static str {
        "notebook"
    }
}

impl Engine {
    /// A site in `zone` whose clock stands at `start`, with the list `news` and no sequence.
    pub(crate) fn new(zone: &str, start: &str) -> Engine {
        let parsed = neo::domain::calendar::parse_zone(zone).unwrap();
        let site = Site::at("folder:outbox", Some(parse_moment(start, parsed).unwrap()));
        site.neo(&["setting", "set", "time_zone", zone]);
        let (app, store) = site.open();
        // The proof is in the mails, not on the disk.
        site_is_quick(&store);
        Engine { site, app, store, sent: Vec::new() }
    }

    pub(crate) fn instant(&self, civil: &str) -> i64 {
        parse_moment(civil, self.app.settings.zone()).unwrap()
    }

    pub(crate) fn now(&self) -> i64 {
        self.app.clock.now()
    }

    pub(crate) fn move_to(&self, now: i64) {
        self.app.clock.move_to(now);
    }

    pub(crate) fn set(&mut self, key: &str, value: &str) {
        let setting = neo::settings::find(key).unwrap();
        self.app.put_setting(&self.store, setting, value).unwrap();
    }

    pub(crate) fn sequence(&self, name: &str, options: &Options) -> SequenceId {
        self.store
            .transaction(|| self.store.add_sequence(name, name, ListId(1), options, self.now()))
            .unwrap()
    }

    pub(crate) fn draft(&self, subject: &str, timing: Timing) -> Draft {
        let content = Content::parse(subject, "Hello", "").unwrap();
        Draft::mail(timing, self.store.add_message(Kind::Step, ListId(1), &content, self.now()).unwrap())
    }

    /// A step at the end, or where its day puts it, for those not there yet.
    pub(crate) fn step(&self, sequence: SequenceId, subject: &str, timing: Timing) -> StepId {
        self.put(sequence, &self.draft(subject, timing), Place::Stay, Reach::NotThereYet)
    }

    pub(crate) fn put(&self, sequence: SequenceId, draft: &Draft, place: Place, reach: Reach) -> StepId {
        self.store.add_step(sequence, draft, place, reach, self.now()).unwrap()
    }

    /// Joins now.
    pub(crate) fn join(&self, address: &str, fields: &[(&str, &str)]) -> SubscriptionId {
        let fields: Fields =
            fields.iter().map(|(key, value)| ((*key).to_string(), (*value).to_string())).collect();
        let how = Circumstances { way: "command", ..Circumstances::default() };
        let request = Request {
            list: ListId(1),
            address: &Address::parse(address).unwrap(),
            name: &Name::default(),
            fields: &fields,
            how: &how,
            form_version: None,
        };
        self.store.add_reader(&request, self.now()).unwrap()
    }

    pub(crate) fn leave(&self, id: SubscriptionId) {
        assert!(self.store.leave(id, &Circumstances::default(), self.now()).unwrap());
    }

    pub(crate) fn put_field(&self, id: SubscriptionId, key: &str, value: &str) {
        let reader = self.store.subscription(id).unwrap().unwrap();
        let mut fields = reader.fields;
        fields.insert(key.to_string(), value.to_string());
        self.store.put_fields(reader.subscriber, &fields).unwrap();
    }

    /// One tick at the present moment.
    pub(crate) fn tick(&mut self) {
        let mut notebook = Notebook(Vec::new());
        // A process that another test starts holds our lock too, until it has become its program.
        while tick::run(&self.app, &self.store, Source::Rehearsal, &mut notebook).unwrap().stopped_by
            == Some("busy")
        {
            std::thread::yield_now();
        }
        let at = rfc3339_local(self.now(), self.app.settings.zone());
        let at = at[..16].replace('T', " ");
        self.sent.extend(notebook.0.into_iter().map(|(to, subject)| (at.clone(), to, subject)));
    }

    /// Ticks whenever there is something to do, until `end`, where the clock then stands; what went in that time, as
    /// `WHEN SUBJECT`.
    pub(crate) fn live_until(&mut self, end: &str) -> Vec<String> {
        let (end, before) = (self.instant(end), self.sent.len());
        loop {
            self.tick();
            match self.store.next_due().unwrap() {
                Some(next) if next <= end => {
                    assert!(next > self.now(), "there would be work for ever");
                    self.move_to(next);
                }
                _ => break,
            }
        }
        self.move_to(end);
        self.sent[before..].iter().map(|(at, _, subject)| format!("{at} {subject}")).collect()
    }
}

fn site_is_quick(store: &Writer) {
    store.hurry(false).unwrap();
}

pub(crate) fn at(text: &str) -> TimeOfDay {
    TimeOfDay::parse(text).unwrap()
}

/// So many days after the start.
pub(crate) fn day(days: i64, time: &str) -> Timing {
    Timing::AfterStart { days, at: at(time) }
}
