//! What a refusal of a mail server means: from its codes, its words and the habits of carriers to one reason.
//! Not what follows for the reader (domain/strike), and not how a returned mail is read (mail/feedback).
//!
//! "5xx is dead" would strike two of three living readers: servers say 550 for full boxes, filters and senders that they
//! do not like. So words outrank codes, and a code is asked only where the words say nothing.

mod enhanced;
mod words;

pub use enhanced::Enhanced;
use words::Words;
pub use words::phrases;

/// What was said, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'a> {
    /// 550, 421, …
    pub code: Option<u16>,
    /// 5.1.1, … (RFC 3463)
    pub enhanced: Option<Enhanced>,
    pub text: &'a str,
    /// The recipient's domain.
    pub domain: &'a str,
    pub at: Stage,
}

/// Which command was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// The connection, the greeting or EHLO.
    Hello,
    MailFrom,
    Rcpt,
    Data,
    #[default]
    Unknown,
}

/// Why a mail did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    NoSuchAddress,
    NoSuchHost,
    Moved,
    MailboxFull,
    Disabled,
    /// The reader's or her provider's filter; also carriers that answer "unknown user" for it.
    Filtered,
    /// Who sends is not welcome: authentication, reputation, block lists.
    Policy,
    /// This mail is not welcome: size, form, spam, viruses.
    Content,
    TooFast,
    Temporary,
    Unknown,
}

impl Reason {
    pub const ALL: [Reason; 11] = [
        Reason::NoSuchAddress,
        Reason::NoSuchHost,
        Reason::Moved,
        Reason::MailboxFull,
        Reason::Disabled,
        Reason::Filtered,
        Reason::Policy,
        Reason::Content,
        Reason::TooFast,
        Reason::Temporary,
        Reason::Unknown,
    ];

    /// The word in the tables and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Reason::NoSuchAddress => "no-such-address",
            Reason::NoSuchHost => "no-such-host",
            Reason::Moved => "moved",
            Reason::MailboxFull => "mailbox-full",
            Reason::Disabled => "disabled",
            Reason::Filtered => "filtered",
            Reason::Policy => "policy",
            Reason::Content => "content",
            Reason::TooFast => "too-fast",
            Reason::Temporary => "temporary",
            Reason::Unknown => "unknown",
        }
    }

    pub fn parse(word: &str) -> Option<Reason> {
        Reason::ALL.into_iter().find(|reason| reason.word() == word)
    }

    /// The address is dead.
    pub fn is_hard(self) -> bool {
        matches!(self, Reason::NoSuchAddress | Reason::NoSuchHost | Reason::Moved)
    }

    /// It says something about who sends, nothing about the reader.
    pub fn is_senders_fault(self) -> bool {
        matches!(self, Reason::Policy | Reason::Content | Reason::TooFast)
    }

    /// The server would take the mail from somebody who sends less at a time.
    pub fn asks_to_slow_down(self) -> bool {
        self == Reason::TooFast
    }
}

impl<'a> Said<'a> {
    /// A reply as it stands in the ledger: the codes are read from its text.
    pub fn reply(text: &'a str, domain: &'a str, at: Stage) -> Said<'a> {
        Said { code: reply_code(text), enhanced: Enhanced::find(text), text, domain, at }
    }

    /// Status class 4, or a code of that class where no status is given.
    fn is_for_now(&self) -> bool {
        match (self.enhanced, self.code) {
            (Some(enhanced), _) => enhanced.class == 4,
            (None, Some(code)) => (400..500).contains(&code),
            (None, None) => false,
        }
    }

    fn is_status(&self, subject: u16, detail: u16) -> bool {
        self.enhanced.is_some_and(|enhanced| enhanced.subject == subject && enhanced.detail == detail)
    }
}

/// The first three digits that stand alone and look like a refusal.
pub fn reply_code(text: &str) -> Option<u16> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.')
        .filter(|word| word.len() == 3 && word.starts_with(['4', '5']))
        .find_map(|word| word.parse().ok())
}

/// The reason behind a refusal.
pub fn classify(said: &Said<'_>) -> Reason {
    let words = Words::read(said.text);
    carriers_habit(said, &words)
        .or_else(|| about_the_sender(said, &words))
        .or_else(|| about_the_reader(said, &words))
        .or_else(|| by_status(said))
        .unwrap_or_else(|| by_code(said))
}

/// docomo and au say "unknown user" also for what a reader's filter refused (facts: 1.13 of RFC and carriers' notes).
fn carriers_habit(said: &Said<'_>, words: &Words) -> Option<Reason> {
    let domain = said.domain.to_ascii_lowercase();
    let says_unknown = words.say(words::UNKNOWN_USER);
    match domain.as_str() {
        "docomo.ne.jp" if says_unknown => Some(match said.at {
            Stage::Rcpt => Reason::NoSuchAddress,
            _ => Reason::Filtered,
        }),
        // The address stands in au's answer when it does not exist, and is left out when a filter refused.
        "ezweb.ne.jp" | "au.com" if says_unknown => Some(match words.answers_about_an_address {
            true => Reason::NoSuchAddress,
            false => Reason::Filtered,
        }),
        _ => None,
    }
}

fn about_the_sender(said: &Said<'_>, words: &Words) -> Option<Reason> {
    // Microsoft's "recipient address rejected: access denied" is its way to say that there is no such address.
    if said.is_status(4, 1) && words.say("address rejected: access denied") {
        return Some(Reason::NoSuchAddress);
    }
    // Some full boxes are told in words that also tell of too much mail.
    if words.say(words::MAILBOX_FULL) || said.is_status(2, 2) {
        return Some(Reason::MailboxFull);
    }
    if words.say(words::BY_THE_READER) {
        return Some(Reason::Filtered);
    }
    if words.say(words::TOO_FAST) {
        return Some(Reason::TooFast);
    }
    if words.say(words::CONTENT) {
        return Some(Reason::Content);
    }
    if words.say(words::POLICY) || words.names_a_block_list {
        return Some(Reason::Policy);
    }
    // Before the recipient was named, nothing can be said about her.
    let is_early = matches!(said.at, Stage::Hello | Stage::MailFrom);
    (is_early && !said.is_for_now() && said.code.is_some()).then_some(Reason::Policy)
}

fn about_the_reader(said: &Said<'_>, words: &Words) -> Option<Reason> {
    if words.say(words::OUT_OF_ORDER) {
        return Some(Reason::Temporary);
    }
    if words.say(words::DISABLED) {
        return Some(Reason::Disabled);
    }
    if words.say(words::MOVED) {
        return Some(Reason::Moved);
    }
    if words.say(words::NO_SUCH_HOST) {
        let may_pass =
            said.is_for_now() || (said.code.is_none() && words.say("try again; again later; temporar"));
        return Some(if may_pass { Reason::Temporary } else { Reason::NoSuchHost });
    }
    if said.is_for_now() && words.say(words::NOT_NOW) {
        return Some(Reason::Temporary);
    }
    if words.say(words::SURELY_UNKNOWN) && said.at != Stage::Data {
        return Some(Reason::NoSuchAddress);
    }
    if words.say(words::UNKNOWN_USER) || (!said.is_for_now() && words.say(words::NOT_AVAILABLE)) {
        return Some(match is_about_the_address(said) {
            true => Reason::NoSuchAddress,
            false => Reason::Filtered,
        });
    }
    if words.say(words::FILTERED) {
        return Some(Reason::Filtered);
    }
    if words.say(words::NOT_NOW) {
        return Some(Reason::Temporary);
    }
    words.say(words::LATER).then(|| match by_status(said).unwrap_or_else(|| by_code(said)) {
        Reason::TooFast => Reason::TooFast,
        _ => Reason::Temporary,
    })
}

/// Words that filters use too count only as an answer to RCPT, or with a status that speaks of the address.
fn is_about_the_address(said: &Said<'_>) -> bool {
    let is_bad_address =
        said.enhanced.is_some_and(|is| is.subject == 1 && matches!(is.detail, 0 | 1 | 2 | 3 | 6 | 10));
    match said.at {
        Stage::Rcpt => said.enhanced.is_none_or(|is| matches!(is.subject, 0..=2 | 5)),
        Stage::Data => false,
        _ => is_bad_address,
    }
}

/// RFC 3463, where the words said nothing.
fn by_status(said: &Said<'_>) -> Option<Reason> {
    let Enhanced { class, subject, detail } = said.enhanced?;
    let for_good = |reason: Reason| if class == 5 { reason } else { Reason::Temporary };
    match (subject, detail) {
        (1, 1 | 3 | 10) if said.at != Stage::Data => Some(for_good(Reason::NoSuchAddress)),
        (1, 2) | (4, 4) => Some(for_good(Reason::NoSuchHost)),
        (1, 6) => Some(for_good(Reason::Moved)),
        (1, 7..=9) => Some(for_good(Reason::Policy)),
        (2, 1) | (7, 13) => Some(Reason::Disabled),
        (2, 2) => Some(Reason::MailboxFull),
        (2, 3) | (3, 4) | (6, _) => Some(for_good(Reason::Content)),
        (3, 1 | 2) | (4, 5) | (5, 3) if class == 4 => Some(Reason::TooFast),
        (7, _) => Some(if class == 5 { Reason::Policy } else { Reason::TooFast }),
        (4, 7 | 1 | 2 | 3 | 6) => Some(Reason::Temporary),
        _ => None,
    }
}

fn by_code(said: &Said<'_>) -> Reason {
    match said.code {
        Some(421 | 450 | 451) if said.enhanced.is_none_or(|is| matches!(is.subject, 0 | 7)) => {
            Reason::TooFast
        }
        Some(452) => Reason::TooFast,
        Some(521 | 556) => Reason::NoSuchHost, // RFC 7504: no mail is taken there at all
        Some(552) => Reason::Content,
        Some(530 | 535 | 538) => Reason::Policy,
        _ if said.is_for_now() => Reason::Temporary,
        _ => Reason::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str, domain: &str, at: Stage) -> Reason {
        classify(&Said::reply(text, domain, at))
    }

    #[test]
    fn a_dead_address_is_hard_and_a_full_one_is_not() {
        let said =
            "550 5.1.1 <gone@example.jp>: Recipient address rejected: User unknown in local recipient table";
        assert_eq!(reason(said, "example.jp", Stage::Rcpt), Reason::NoSuchAddress);
        let said = "552 5.2.2 <full@example.jp>: user is over quota";
        assert_eq!(reason(said, "example.jp", Stage::Rcpt), Reason::MailboxFull);
    }

    #[test]
    fn what_big_receivers_hold_against_the_sender_strikes_no_reader() {
        for said in [
            "550 5.7.515 Access denied, sending domain example.jp does not meet the required authentication level",
            "550-5.7.26 Unauthenticated email from example.jp is not accepted due to domain's DMARC policy",
            "550 5.7.25 The IP address sending this message does not have a PTR record setup",
            "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
        ] {
            assert_eq!(reason(said, "example.com", Stage::Rcpt), Reason::Policy, "{said}");
        }
    }

    #[test]
    fn docomo_and_au_say_unknown_user_for_filters_too() {
        let docomo = "550 Unknown user taro@docomo.ne.jp";
        assert_eq!(reason(docomo, "docomo.ne.jp", Stage::Data), Reason::Filtered);
        assert_eq!(reason(docomo, "docomo.ne.jp", Stage::Rcpt), Reason::NoSuchAddress);
        assert_eq!(reason("550 : User unknown", "ezweb.ne.jp", Stage::Data), Reason::Filtered);
        let au = "550 <taro@ezweb.ne.jp>: User unknown";
        assert_eq!(reason(au, "ezweb.ne.jp", Stage::Rcpt), Reason::NoSuchAddress);
    }

    #[test]
    fn rates_ask_to_slow_down() {
        for said in [
            "421 4.7.0 [TSS04] Messages from 192.0.2.25 temporarily deferred due to unexpected volume",
            "452 4.3.2 Connection rate limit exceeded.",
            "450 4.7.1 Error: too much mail from 192.0.2.1",
            "421 try again later",
            "451 too many messages",
        ] {
            assert!(reason(said, "example.com", Stage::Unknown).asks_to_slow_down(), "{said}");
        }
        let grey = "450 4.2.0 <a@example.jp>: Recipient address rejected: Greylisted";
        assert_eq!(reason(grey, "example.jp", Stage::Rcpt), Reason::Temporary);
    }

    #[test]
    fn every_reason_has_its_own_word_that_reads_back() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.word()), Some(reason));
        }
    }
}
