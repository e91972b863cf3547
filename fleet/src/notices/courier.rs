//! Hands queued notices over, one row at a time: make the mail, begin the row, hand over, record.
//! Not what is written to whom (notices) and not how a mail server is spoken to (neo's transport).
//!
//! As in NEO's own courier, one short transaction records the last result and begins the next row, and no lock is held
//! while a mail server is spoken to: a kill at any instant leaves at most the one row in hand unsure. That one goes again
//! once, with the same bytes and Message-ID; a second time it rests for a person to look at.

use std::fs::File;

use neo::clock::Instant;
use neo::domain::address::Address;
use neo::domain::calendar::Zone;
use neo::domain::delivery::{MOST_ATTEMPTS, State, wait_before_retry};
use neo::domain::token::random_code;
use neo::error::{Error, Result};
use neo::guard::budget::Budget;
use neo::mail::compose::{Letter, LetterKind, compose};
use neo::mail::transport::{Envelope, Outcome, Transport, Trouble};
use neo::texts::Language;
use rustix::fs::{FlockOperation, flock};
use serde::Serialize;

use super::sender::{self, Sender};
use super::words::pick;
use crate::app::Fleet;
use crate::store::Store;
use crate::store::notices::{Mail, Record};
use crate::texts::{errors, notices as texts};

/// Rows asked for at once.
const BATCH: i64 = 100;
/// Longer than any hand-over; a dead sender on another machine blocks the rest for no longer than this.
const LEASE: i64 = 180;
/// How often a row may be unsure before it rests.
const MOST_UNSURE: i64 = 2;
/// When what could not be handed over is tried again.
const AFTER_TROUBLE: i64 = 300;

/// What a run did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    pub sent: i64,
    pub deferred: i64,
    pub failed: i64,
    pub unsure: i64,
    /// Rows that a run before this one left in hand.
    pub recovered: u64,
    pub next_due: Option<Instant>,
    /// budget, trouble, or null: nothing more is due.
    pub stopped_by: Option<&'static str>,
    pub trouble: Option<String>,
}

/// Sends what is due until the budget ends.
pub fn send(fleet: &mut Fleet, budget: &Budget) -> Result<Report> {
    let sender = sender::sender(&mut fleet.store)?;
    let mut transport = sender::transport(fleet)?;
    let lease = Lease::take(fleet)?;
    let mut report = Report::default();
    let now = fleet.now();
    report.recovered = fleet.store.transaction(|store| store.recover_mails(MOST_UNSURE, now))?;
    let mut courier =
        Courier { fleet, sender, transport: transport.as_mut(), report, lease: &lease, last: None };
    let sent = courier.send_due(budget);
    // What the mail server said is written down, whatever went wrong afterwards.
    let recorded = courier.record_last();
    let mut report = courier.report;
    transport.close();
    sent.and(recorded)?;
    fleet.store.leave_lease(&lease.owner)?;
    report.next_due = fleet.store.next_mail_due()?;
    Ok(report)
}

/// One sender at a time: a lock file that the kernel frees when its holder dies, and a row for several machines.
struct Lease {
    owner: String,
    _lock: File,
}

impl Lease {
    fn take(fleet: &mut Fleet) -> Result<Lease> {
        let opening = |cause: std::io::Error| Error::fault("opening the lock of notices", cause);
        let file = fleet.data.path().join("notices.lock");
        let lock = File::options().create(true).truncate(false).write(true).open(file).map_err(opening)?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(Error::busy(errors::NOTICES_BUSY));
        }
        // Who holds the lock file knows that the sender before it, at this place, is dead.
        let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let place = format!("{machine}:{}#", fleet.data.path().display());
        let owner = format!("{place}{}", random_code(10)?);
        let now = fleet.now();
        let is_ours = fleet.store.transaction(|store| store.take_lease(&owner, &place, now, now + LEASE))?;
        match is_ours {
            true => Ok(Lease { owner, _lock: lock }),
            false => Err(Error::busy(errors::NOTICES_BUSY)),
        }
    }
}

struct Courier<'a> {
    fleet: &'a mut Fleet,
    sender: Sender,
    transport: &'a mut dyn Transport,
    report: Report,
    lease: &'a Lease,
    /// What became of the row in hand; recorded together with the beginning of the next.
    last: Option<Record>,
}

/// A mail that is ready to be handed over.
struct Ready {
    mail: Mail,
    to: Address,
    bytes: Vec<u8>,
}

impl Courier<'_> {
    fn send_due(&mut self, budget: &Budget) -> Result<()> {
        loop {
            let rows = self.fleet.store.due_mails(self.fleet.clock.now(), BATCH)?;
            let mut is_new = false;
            for (notice, customer) in &rows {
                // The row in hand is still due in the table: its result is written with the next.
                if self.last.as_ref().is_some_and(|last| (&last.notice, &last.customer) == (notice, customer))
                {
                    continue;
                }
                is_new = true;
                if budget.message().is_err() {
                    self.report.stopped_by = Some("budget");
                    return Ok(());
                }
                self.send_row(notice, customer)?;
                if self.report.trouble.is_some() {
                    self.report.stopped_by = Some("trouble");
                    return Ok(());
                }
            }
            self.record_last()?;
            if !is_new {
                return Ok(());
            }
        }
    }

    fn send_row(&mut self, notice: &str, customer: &str) -> Result<()> {
        let Some(ready) = self.make(notice, customer)? else { return Ok(()) };
        let from = self.sender.address.to_string();
        // Connected before the attempt is counted: a kill leaves a row unsure only while it is handed over.
        if let Err(trouble) = self.transport.ready(&from) {
            self.report.trouble = Some(trouble.words().to_string());
            return Ok(());
        }
        if !self.begin(&ready)? {
            return Ok(());
        }
        let outcome = self.transport.deliver(&Envelope { from: &from, to: &ready.to }, &ready.bytes);
        self.keep(&ready.mail, outcome);
        Ok(())
    }

    /// The mail of a row; one that may have arrived goes again as it was. What cannot be written fails.
    fn make(&mut self, notice: &str, customer: &str) -> Result<Option<Ready>> {
        let Some(mut mail) = self.fleet.store.mail(notice, customer)? else { return Ok(None) };
        let kept = match mail.unsure {
            0 => None,
            _ => self.fleet.store.mail_in_hand(notice, customer)?,
        };
        match write(&mut self.fleet.store, &self.sender, &mut mail, kept, self.fleet.clock.now()) {
            Ok((to, bytes)) => Ok(Some(Ready { mail, to, bytes })),
            Err(Error::Invalid(refusal)) => {
                self.give_up(&mail, &refusal.say(Language::Ja))?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// A row that cannot become a mail: begun and failed in one transaction, since nothing is handed over.
    fn give_up(&mut self, mail: &Mail, why: &str) -> Result<()> {
        let now = self.fleet.clock.now();
        let record = record_of(mail, State::Failed, now, why.to_string());
        self.report.failed += 1;
        self.fleet.store.transaction(|store| {
            store.begin_mail(mail, &[], now)?;
            store.record_mail(&record, now)
        })
    }

    /// Records the last result, makes sure that the lease is still ours, and begins this row.
    fn begin(&mut self, ready: &Ready) -> Result<bool> {
        let now = self.fleet.clock.now();
        let (last, owner) = (self.last.clone(), &self.lease.owner);
        let begun = self.fleet.store.transaction(|store| {
            if let Some(last) = &last {
                store.record_mail(last, now)?;
            }
            match store.keep_lease(owner, now + LEASE)? {
                true => store.begin_mail(&ready.mail, &ready.bytes, now),
                false => Err(Error::busy(errors::NOTICES_BUSY)),
            }
        })?;
        self.last = None;
        Ok(begun)
    }

    /// Keeps what the transport said for the next transaction.
    fn keep(&mut self, mail: &Mail, outcome: std::result::Result<Outcome, Trouble>) {
        let now = self.fleet.clock.now();
        let attempts = mail.attempts + 1;
        let mut record = match outcome {
            Ok(Outcome::Sent { reply }) => record_of(mail, State::Sent, now, reply),
            Ok(Outcome::Later { reply, .. }) if attempts < MOST_ATTEMPTS => {
                record_of(mail, State::Deferred, now + wait_before_retry(attempts), reply)
            }
            Ok(Outcome::Later { reply, .. } | Outcome::Never { reply, .. }) => {
                record_of(mail, State::Failed, now, reply)
            }
            Err(Trouble::Lost(why)) => {
                Record { unsure: mail.unsure + 1, ..record_of(mail, State::Unsure, now, why) }
            }
            Err(trouble) => {
                self.report.trouble = Some(trouble.words().to_string());
                let again =
                    record_of(mail, State::Deferred, now + AFTER_TROUBLE, trouble.words().to_string());
                Record { counts: false, ..again }
            }
        };
        // What may have arrived never becomes a row that says that nothing was sent.
        if mail.unsure > 0 && record.state == State::Failed {
            record = Record { state: State::Unsure, is_done: true, ..record };
        }
        record.is_done |= record.unsure >= MOST_UNSURE && record.state == State::Unsure;
        match record.state {
            State::Sent => self.report.sent += 1,
            State::Deferred => self.report.deferred += 1,
            State::Failed => self.report.failed += 1,
            _ => self.report.unsure += 1,
        }
        self.last = Some(record);
    }

    fn record_last(&mut self) -> Result<()> {
        let now = self.fleet.clock.now();
        if let Some(last) = self.last.take() {
            self.fleet.store.transaction(|store| store.record_mail(&last, now))?;
        }
        Ok(())
    }
}

fn record_of(mail: &Mail, state: State, due_at: Instant, reply: String) -> Record {
    Record {
        notice: mail.notice.clone(),
        customer: mail.person.id.clone(),
        state,
        reply,
        due_at,
        counts: true,
        unsure: mail.unsure,
        is_done: state.is_final(),
    }
}

/// The bytes of a row's mail, in its reader's language.
fn write(
    store: &mut Store,
    sender: &Sender,
    mail: &mut Mail,
    kept: Option<Vec<u8>>,
    now: Instant,
) -> Result<(Address, Vec<u8>)> {
    let to = Address::parse(&mail.person.address)?;
    if let Some(bytes) = kept {
        return Ok((to, bytes));
    }
    let Some(notice) = store.notice(&mail.notice)? else {
        return Err(Error::fault("writing a notice", "its text is gone"));
    };
    if mail.message_id.is_empty() {
        mail.message_id = format!("{}@{}", random_code(26)?, sender.address.domain());
    }
    let language = Language::parse(&mail.person.language).unwrap_or_default();
    let greeting = match mail.person.name.trim() {
        "" => String::new(),
        name => format!("{}\n\n", texts::GREETING.with(language, &[("name", name)])),
    };
    let name = if sender.name.is_empty() { "NEO" } else { &sender.name };
    let address = sender.address.to_string();
    let footer = texts::FOOTER.with(language, &[("sender", name), ("address", &address)]);
    let text = pick(&notice.text, language).replace("{about}", &mail.about);
    let bytes = compose(&Letter {
        from_name: name,
        from_address: &sender.address,
        reply_to: None,
        to: &to,
        to_name: Some(&mail.person.name),
        subject: pick(&notice.subject, language),
        text: &format!("{greeting}{text}{footer}"),
        html: None,
        message_id: &mail.message_id,
        date: now,
        zone: Zone::default(),
        kind: LetterKind::Automatic,
    })?;
    Ok((to, bytes))
}
