//! What a mail that came in says: a bounce and whose, a complaint, an automatic reply, a wish to leave, or something else.
//! Not whose row it is about (trace) and not what follows (feedback).

use crate::domain::bounce::{Enhanced, Reason, Said, Stage, classify, phrases};
use crate::mail::feedback::parts::Pieces;
use crate::mail::feedback::words::{AWAY, FAILED, UNDELIVERED};
use crate::mail::feedback::{plain, report};

/// What kind of mail it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bounce,
    Complaint,
    AutoReply,
    Other,
}

/// One recipient whom a mail did not reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub recipient: String,
    pub reason: Reason,
    /// The server's words, for the owner.
    pub said: String,
    /// "Delayed, we go on trying" is no failure yet: nothing follows from it.
    pub is_delay: bool,
}

/// A mail that came in, understood as far as it can be without the database.
#[derive(Clone, Debug)]
pub struct Reading {
    pub kind: Kind,
    pub failures: Vec<Failure>,
    /// Who complained, if the report says it.
    pub complainant: Option<String>,
}

/// Recipients of one report that are looked at.
pub const MOST_FAILURES: usize = 50;

pub fn read(pieces: &Pieces) -> Reading {
    let reading = |kind, failures| Reading { kind, failures, complainant: None };
    if let Some(complaint) = &pieces.complaint {
        let is_complaint = report::is_complaint(complaint);
        let kind = if is_complaint { Kind::Complaint } else { Kind::Other };
        return Reading { kind, failures: Vec::new(), complainant: report::complainant(complaint) };
    }
    if let Some(status) = &pieces.status {
        let failures = reported(pieces, status);
        let kind = if failures.is_empty() { Kind::Other } else { Kind::Bounce };
        // An old server's report may hold no recipient at all; its words do.
        if !failures.is_empty() || report::says_all_is_well(status) {
            return reading(kind, failures);
        }
    }
    if is_auto_reply(pieces) {
        return reading(Kind::AutoReply, Vec::new());
    }
    if pieces.subject.trim().to_lowercase().starts_with("complaint about message from") {
        return reading(Kind::Complaint, Vec::new()); // Microsoft's, without a report
    }
    match is_from_a_mail_server(pieces) {
        true => reading(Kind::Bounce, spoken(pieces)),
        false => reading(Kind::Other, Vec::new()),
    }
}

/// The failures of a delivery status, its codes completed by the human text.
fn reported(pieces: &Pieces, status: &str) -> Vec<Failure> {
    let blocks = report::recipients(status);
    blocks
        .iter()
        .filter(|block| block.has_failed() || block.is_delayed())
        .take(MOST_FAILURES)
        .map(|block| {
            let mut spoken = plain::passage(&pieces.text, &block.recipient);
            if blocks.len() == 1 && plain::stage(&spoken) == Stage::Unknown {
                spoken = plain::without_courtesies(&pieces.text);
            }
            let said = if block.diagnostic.is_empty() { spoken.as_str() } else { block.diagnostic.as_str() };
            let stage = match plain::stage(said) {
                Stage::Unknown => plain::stage(&spoken),
                known => known,
            };
            let mut reason = judge(said, block.status, &block.recipient, stage);
            if reason == Reason::Unknown || (reason == Reason::Temporary && block.diagnostic.is_empty()) {
                let more = judge(&format!("{said} {spoken}"), block.status, &block.recipient, stage);
                reason = better(reason, more);
            }
            // Who answers for a full disk sometimes speaks of an unknown user below it.
            if reason.is_hard()
                && blocks.len() == 1
                && judge(&pieces.text, None, "", Stage::Unknown) == Reason::MailboxFull
            {
                reason = Reason::MailboxFull;
            }
            Failure {
                recipient: block.recipient.clone(),
                reason,
                said: shown(said),
                is_delay: block.is_delayed(),
            }
        })
        .collect()
}

fn better(first: Reason, second: Reason) -> Reason {
    if second == Reason::Unknown { first } else { second }
}

/// The failures that a mail server tells in its own words.
fn spoken(pieces: &Pieces) -> Vec<Failure> {
    let is_delay = is_mere_delay(pieces);
    let named: Vec<String> = pieces.all("x-failed-recipients").flat_map(plain::recipients).collect();
    let recipients = if named.is_empty() { plain::recipients(&pieces.text) } else { named };
    let found: Vec<Failure> = recipients
        .iter()
        .take(MOST_FAILURES)
        .map(|recipient| {
            let passage = plain::passage(&pieces.text, recipient);
            let stage = plain::stage(&passage);
            let mut reason = judge(&passage, None, recipient, stage);
            if reason == Reason::Unknown {
                let whole = plain::without_courtesies(&format!("{} {}", pieces.subject, pieces.text));
                reason = judge(&whole, None, recipient, plain::stage(&whole));
            }
            Failure { recipient: recipient.clone(), reason, said: shown(&passage), is_delay }
        })
        .collect();
    match found.is_empty() {
        false => found,
        true => {
            let whole = plain::without_courtesies(&format!("{} {}", pieces.subject, pieces.text));
            // Where nobody is named, nobody is pronounced dead.
            let reason = match judge(&whole, None, "", plain::stage(&whole)) {
                reason if reason.is_hard() => Reason::Unknown,
                reason => reason,
            };
            vec![Failure { recipient: String::new(), reason, said: shown(&pieces.text), is_delay }]
        }
    }
}

fn judge(said: &str, status: Option<Enhanced>, recipient: &str, stage: Stage) -> Reason {
    let domain = recipient.rsplit_once('@').map_or("", |(_, domain)| domain);
    let mut reply = Said::reply(said, domain, stage);
    let is_vague = |found: Enhanced| found.subject == 0 && found.detail == 0;
    // The server's own status says more than what its neighbour made of it.
    if reply.enhanced.is_none_or(is_vague) {
        reply.enhanced = status.filter(|status| !is_vague(*status)).or(reply.enhanced).or(status);
    }
    classify(&reply)
}

/// One tidy line of at most 500 characters.
fn shown(said: &str) -> String {
    said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(500).collect()
}

/// RFC 3834 and what programs did before it. Mail servers call themselves automatic too: their words come first.
fn is_auto_reply(pieces: &Pieces) -> bool {
    let says = |name: &str, words: &[&str]| {
        pieces.all(name).any(|value| words.iter().any(|word| value.to_lowercase().starts_with(word)))
    };
    let is_marked = says("auto-submitted", &["auto-replied", "auto-notified"])
        || says("precedence", &["auto_reply"])
        || says("x-auto-response-suppress", &["all"])
        || ["x-autoreply", "x-autorespond", "x-autoresponse", "x-vacation"]
            .iter()
            .any(|name| pieces.header(name).is_some());
    let subject = pieces.subject.trim().to_lowercase();
    let is_titled = phrases(AWAY).any(|words| subject.starts_with(words));
    (is_marked || is_titled) && !is_mail_servers_name(&pieces.from) && !is_titled_as_failure(&subject)
}

fn is_from_a_mail_server(pieces: &Pieces) -> bool {
    let subject = pieces.subject.trim().to_lowercase();
    let is_titled = is_titled_as_failure(&subject);
    let has_no_return = pieces.all("return-path").any(|path| matches!(path.trim(), "<>" | ""));
    let is_answer =
        pieces.header("in-reply-to").is_some() && !has_no_return && !is_mail_servers_name(&pieces.from);
    let failed = pieces.header("x-failed-recipients").is_some();
    let is_server = is_mail_servers_name(&pieces.from) || has_no_return || pieces.is_report;
    failed
        || (is_server && (is_titled || speaks_of_failure(&pieces.text)))
        || (is_titled && !is_answer && speaks_of_failure(&pieces.text))
}

fn is_mail_servers_name(from: &str) -> bool {
    let local = from.split('@').next().unwrap_or_default().to_lowercase();
    [
        "mailer-daemon",
        "mailerdaemon",
        "postmaster",
        "post_master",
        "post-master",
        "mail-daemon",
        "maildelivery",
        "mailadmin",
        "mdaemon",
        "mmdf",
        "bounce",
    ]
    .iter()
    .any(|name| local.starts_with(name))
}

fn is_titled_as_failure(subject: &str) -> bool {
    phrases(FAILED).any(|words| subject.contains(words))
}

fn speaks_of_failure(text: &str) -> bool {
    let text: String = text.chars().take(8000).collect::<String>().to_lowercase();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    phrases(UNDELIVERED).any(|words| text.contains(words))
}

/// "Your mail is delayed, we go on trying" is not a failure.
fn is_mere_delay(pieces: &Pieces) -> bool {
    let text: String = pieces.text.chars().take(8000).collect::<String>().to_lowercase();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let delays = [
        "will be delayed",
        "has been delayed",
        "delivery is delayed",
        "warning only",
        "not need to resend",
        "be retried until",
        "it will be retried",
        "will continue to try",
        "will keep trying",
        "will be retried",
        "this is a warning message only",
        "do not need to resend",
        "no action is required on your part",
        "delivery attempts will continue",
    ];
    delays.iter().any(|words| text.contains(words))
        && !text.contains("giving up")
        && !text.contains("permanent")
}
