//! What comes back by mail: bounces, complaints, wishes to leave, automatic replies, and what nobody understands.
//! Never answers anything. Not how each is read (read) or traced to its row (trace).

pub mod parts;
mod plain;
pub mod read;
pub mod refusal;
mod report;
mod trace;
mod words;

use serde::Serialize;

use crate::app::App;
use crate::domain::bounce::Reason;
use crate::domain::consent::Circumstances;
use crate::domain::id::{DeliveryId, ReturnedMailId};
use crate::domain::subscriber::Subscription;
use crate::error::Result;
use crate::store::Writer;
use crate::store::feedback::ReturnedMail;
use crate::store::suppressions::COMPLAINT;
use parts::Pieces;
use read::{Failure, Kind, Reading};
use trace::Trace;

/// What a mail was taken for, and what it is about.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Answer {
    /// `bounce`, `complaint`, `unsubscribe`, `autoreply` or `other`.
    pub kind: &'static str,
    /// Only of a bounce: whether the address is dead.
    pub hard: Option<bool>,
    pub reason: Option<&'static str>,
    pub recipient: Option<String>,
    /// The row of the ledger, where it could be proved.
    pub delivery: Option<DeliveryId>,
}

/// Takes one mail in. `addressed` are addresses that the mail server says it came to, beside those in its headers.
/// With `is_dry_run` nothing is changed.
pub fn take(
    app: &App,
    store: &Writer,
    mail: &[u8],
    addressed: &[String],
    is_dry_run: bool,
) -> Result<Answer> {
    let pieces = parts::cut(mail);
    let reading = read::read(&pieces);
    let mut to = addressed.to_vec();
    to.extend(trace::ADDRESSED.iter().flat_map(|name| pieces.all(name)).map(str::to_string));
    let named: Vec<String> = reading
        .failures
        .iter()
        .map(|failure| failure.recipient.clone())
        .chain(reading.complainant.clone())
        .collect();
    let found = trace::find(app, store, &pieces, &to, &named)?;
    let case = Case { app, store, pieces: &pieces, mail, is_dry_run };
    match reading.kind {
        Kind::Bounce => case.bounce(&reading.failures, &found),
        Kind::Complaint => case.complaint(&reading, &found),
        Kind::AutoReply => Ok(Answer { kind: "autoreply", ..Answer::default() }),
        Kind::Other => case.other(&to, &found),
    }
}

/// One mail and what may be done about it.
struct Case<'a> {
    app: &'a App,
    store: &'a Writer,
    pieces: &'a Pieces,
    mail: &'a [u8],
    is_dry_run: bool,
}

impl Case<'_> {
    fn bounce(&self, failures: &[Failure], found: &Trace) -> Result<Answer> {
        let reader = found.reader.as_ref();
        let failure = failures
            .iter()
            .find(|failure| {
                reader.is_some_and(|reader| reader.address.eq_ignore_ascii_case(&failure.recipient))
            })
            .or(failures.iter().find(|failure| !failure.is_delay))
            .or(failures.first());
        let Some(failure) = failure else { return self.keep("bounce", "") };
        // A delay is no end: whatever the server says meanwhile, it goes on trying.
        let reason = if failure.is_delay { Reason::Temporary } else { failure.reason };
        let recipient = reader.map(|reader| reader.address.clone()).filter(|address| !address.is_empty());
        let recipient = recipient.unwrap_or_else(|| failure.recipient.clone());
        let answer = Answer {
            kind: "bounce",
            hard: Some(reason.is_hard()),
            reason: Some(reason.word()),
            delivery: found.delivery.as_ref().map(|delivery| delivery.id),
            recipient: Some(recipient).filter(|recipient| !recipient.is_empty()),
        };
        if failure.is_delay || self.is_dry_run {
            return Ok(answer);
        }
        match (&found.delivery, reader) {
            (Some(delivery), Some(reader)) => {
                let now = self.app.clock.now();
                self.store.transaction(|| {
                    // Only the first return of a mail counts: servers on the way may each send one.
                    match self.store.record_bounce(delivery.id, &failure.said, now)? {
                        true => refusal::note(self.store, delivery.id, reader, reason, &failure.said, now),
                        false => Ok(()),
                    }
                })?;
                Ok(answer)
            }
            _ => {
                self.keep("bounce", &failure.recipient)?;
                Ok(answer)
            }
        }
    }

    /// A reader who presses "spam" wants to hear nothing more, from any list; nor a word about that.
    fn complaint(&self, reading: &Reading, found: &Trace) -> Result<Answer> {
        let named = reading.complainant.clone();
        let Some(reader) = &found.reader else {
            self.keep("complaint", named.as_deref().unwrap_or_default())?;
            return Ok(Answer { kind: "complaint", recipient: named, ..Answer::default() });
        };
        if !self.is_dry_run {
            let now = self.app.clock.now();
            self.store.transaction(|| {
                self.store.leave(reader.id, &by("complaint"), now)?;
                match reader.address.is_empty() {
                    true => Ok(()),
                    false => self.store.end_mailing(&reader.address.to_ascii_lowercase(), COMPLAINT, "", now),
                }
            })?;
        }
        Ok(answer_about("complaint", reader, found))
    }

    /// A mail to a reader's own address for leaving is her wish, whatever it says.
    fn other(&self, to: &[String], found: &Trace) -> Result<Answer> {
        let wish = to.iter().find_map(|address| self.app.key.find_leave_token(address));
        let reader = wish.map(|id| self.store.subscription(id)).transpose()?.flatten();
        let Some(reader) = reader.filter(|_| !is_automatic(self.pieces)) else {
            let sender =
                found.reader.as_ref().map_or(self.pieces.from.as_str(), |reader| reader.address.as_str());
            return self.keep("other", sender);
        };
        if !self.is_dry_run {
            self.store.leave(reader.id, &by("mail"), self.app.clock.now())?;
        }
        Ok(answer_about("unsubscribe", &reader, &Trace::default()))
    }

    /// What cannot be acted on is kept for the owner's eyes.
    fn keep(&self, kind: &'static str, recipient: &str) -> Result<Answer> {
        if !self.is_dry_run {
            let short =
                |text: &str| text.chars().filter(|letter| !letter.is_control()).take(300).collect::<String>();
            let kept = ReturnedMail {
                id: ReturnedMailId(0),
                at: self.app.clock.now(),
                kind: kind.to_string(),
                sender: short(&self.pieces.from),
                subject: short(&self.pieces.subject),
                recipient: short(recipient),
            };
            self.store.keep_returned_mail(&kept, self.mail)?;
        }
        Ok(Answer { kind, ..Answer::default() })
    }
}

fn answer_about(kind: &'static str, reader: &Subscription, found: &Trace) -> Answer {
    Answer {
        kind,
        recipient: Some(reader.address.clone()).filter(|address| !address.is_empty()),
        delivery: found.delivery.as_ref().map(|delivery| delivery.id),
        ..Answer::default()
    }
}

fn by(way: &'static str) -> Circumstances {
    Circumstances { way, ..Circumstances::default() }
}

/// A program wrote it: no reader's wish.
fn is_automatic(pieces: &Pieces) -> bool {
    let is_marked = pieces.all("auto-submitted").any(|value| !value.eq_ignore_ascii_case("no"));
    let is_list = pieces
        .all("precedence")
        .any(|value| matches!(value.to_lowercase().as_str(), "bulk" | "junk" | "list"));
    is_marked || is_list
}
