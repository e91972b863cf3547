//! A reader's e-mail address, and the name shown beside it: what is accepted, how it is kept, how it is compared.
//! Not a look-up: nothing here asks the network whether a mailbox exists.
//!
//! The policy is stricter than RFC 5321 (no quoted local parts, no address literals) and looser in one place: mobile
//! carriers in Japan once handed out addresses like `a..b@docomo.ne.jp`, and their owners still use them.

use std::borrow::Cow;
use std::fmt;

use crate::error::{Error, Result};
use crate::texts::errors;

const LOCAL_LIMIT: usize = 64; // RFC 5321, 4.5.3.1.1
const WHOLE_LIMIT: usize = 254; // RFC 5321, 4.5.3.1.3, less the angle brackets
const LABEL_LIMIT: usize = 63; // RFC 1035, 2.3.4
const NAME_LIMIT: usize = 100;

/// Carriers (and all hosts below a leading dot) that gave out dots at the start, at the end or doubled.
const ODD_DOTS: &[&str] = &["docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", ".vodafone.ne.jp"];

/// Mailboxes of mobile phones in Japan: filters that answer like dead addresses, slow sending, text parts.
const CARRIERS: &[&str] = &[
    "docomo.ne.jp",
    "ezweb.ne.jp",
    "au.com",
    ".au.com",
    "softbank.ne.jp",
    "i.softbank.jp",
    ".vodafone.ne.jp",
    "disney.ne.jp",
    "ymobile.ne.jp",
    "y-mobile.ne.jp",
    "ymobile1.ne.jp",
    "emobile.ne.jp",
    "willcom.com",
    "pdx.ne.jp",
    ".pdx.ne.jp",
    "uqmobile.jp",
    "rakumail.jp",
];

/// An address that mail may be sent to: local part as typed, domain in lower case and as A-labels, ASCII only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    text: String,
}

impl Address {
    /// Reads what somebody typed; full-width letters become ASCII and outer spaces go.
    pub fn parse(typed: &str) -> Result<Address> {
        let text = typed.trim_matches([' ', '\u{3000}']);
        if text.is_empty() {
            return Err(Error::invalid(errors::ADDRESS_MISSING).on("email"));
        }
        read(text).ok_or_else(|| Error::invalid(errors::ADDRESS_NOT_VALID).on("email"))
    }

    /// The whole address, as it is kept and written into mails.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part before the `@`, as typed.
    pub fn local(&self) -> &str {
        self.parts().0
    }

    /// The part after the `@`: lower case, A-labels.
    pub fn domain(&self) -> &str {
        self.parts().1
    }

    /// The address in lower case: two addresses with the same key are the same reader.
    pub fn key(&self) -> String {
        self.text.to_ascii_lowercase()
    }

    /// Whether the mailbox is on a mobile phone in Japan (docomo, au, SoftBank and their kin).
    pub fn is_carrier(&self) -> bool {
        is_among(CARRIERS, self.domain())
    }

    fn parts(&self) -> (&str, &str) {
        self.text.split_once('@').unwrap_or((&self.text, ""))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl AsRef<str> for Address {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// A name to show beside an address: one line, no control characters, at most 100 characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DisplayName {
    text: String,
}

impl DisplayName {
    /// Reads a typed name; an empty one is a name too, one that is not shown.
    pub fn parse(typed: &str) -> Result<DisplayName> {
        let text = typed.trim_matches([' ', '\u{3000}']);
        if text.chars().any(breaks_a_line) {
            return Err(Error::invalid(errors::CONTROL_CHARACTER).on("name"));
        }
        if text.chars().count() > NAME_LIMIT {
            return Err(Error::invalid(errors::NAME_TOO_LONG)
                .with("limit", NAME_LIMIT.to_string())
                .on("name"));
        }
        Ok(DisplayName { text: text.to_string() })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

fn read(text: &str) -> Option<Address> {
    let narrow = narrowed(text);
    let (local, domain) = narrow.split_once('@')?;
    let domain = read_domain(domain)?;
    if !is_local_part(local, &domain) || local.len() + 1 + domain.len() > WHOLE_LIMIT {
        return None;
    }
    Some(Address { text: format!("{local}@{domain}") })
}

/// Full-width ASCII (U+FF01 to U+FF5E), which Japanese keyboards type, as ASCII.
fn narrowed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let narrow = |letter: char| match u32::from(letter) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(letter),
        _ => letter,
    };
    Cow::Owned(text.chars().map(narrow).collect())
}

fn is_local_part(local: &str, domain: &str) -> bool {
    if local.is_empty() || local.len() > LOCAL_LIMIT || !local.bytes().all(is_local_byte) {
        return false;
    }
    if is_among(ODD_DOTS, domain) {
        return local.bytes().any(|byte| byte != b'.');
    }
    let has_odd_dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    // A leading hyphen looks like an option to a sendmail that does not know `--`.
    !has_odd_dots && !local.starts_with('-')
}

/// The letters that mail providers hand out; the rest of RFC 5322's atext is only ever seen in attacks and tests.
fn is_local_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._+-'=/&?".contains(&byte)
}

fn read_domain(typed: &str) -> Option<String> {
    let domain = if typed.is_ascii() && !has_a_label(typed) {
        typed.to_ascii_lowercase()
    } else {
        to_a_labels(typed)?
    };
    is_domain(&domain).then_some(domain)
}

fn has_a_label(domain: &str) -> bool {
    domain.as_bytes().windows(4).any(|window| window.eq_ignore_ascii_case(b"xn--"))
}

/// UTS 46 alone lets symbols such as `€` pass; registries sell letters, digits, marks and the hyphen.
fn to_a_labels(typed: &str) -> Option<String> {
    let is_sold = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '.' | '。' | '・');
    if !typed.chars().all(is_sold) {
        return None;
    }
    idna::domain_to_ascii_strict(typed).ok()
}

fn is_domain(domain: &str) -> bool {
    let mut labels = domain.rsplit('.');
    let has_top = labels.next().is_some_and(is_top_label);
    let mut below = labels.peekable();
    has_top && below.peek().is_some() && below.all(is_label)
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= LABEL_LIMIT
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Top-level domains are two or more letters, or an A-label: `example.j` and `192.0.2.1` are slips.
fn is_top_label(label: &str) -> bool {
    let is_word = label.len() >= 2 && label.bytes().all(|byte| byte.is_ascii_lowercase());
    is_label(label) && (is_word || label.starts_with("xn--"))
}

fn is_among(list: &[&str], domain: &str) -> bool {
    list.iter().any(|entry| if entry.starts_with('.') { domain.ends_with(entry) } else { domain == *entry })
}

/// Control characters, and the two separators that readers and Python's `email` take for line ends.
fn breaks_a_line(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
}
