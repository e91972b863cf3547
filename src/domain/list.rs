//! A reader list (読者リスト): its name in URLs, its sender, how one joins.
//! Not its readers.

use crate::domain::address::Address;
use crate::domain::id::ListId;
use crate::error::{Error, Result};
use crate::texts::{Language, errors, feedback, public};

/// How a reader joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptIn {
    /// By the button behind the link of a confirmation mail.
    Double,
    /// By the form alone.
    Single,
}

impl OptIn {
    pub fn word(self) -> &'static str {
        match self {
            OptIn::Double => "double",
            OptIn::Single => "single",
        }
    }

    pub fn parse(word: &str) -> Option<OptIn> {
        match word {
            "double" => Some(OptIn::Double),
            "single" => Some(OptIn::Single),
            _ => None,
        }
    }
}

/// A reader list.
#[derive(Clone, Debug)]
pub struct List {
    pub id: ListId,
    pub name: ListName,
    pub title: String,
    pub description: String,
    /// What the reader agrees to, beside the check box of the form.
    pub consent_text: String,
    pub from_name: String,
    pub from_address: String,
    pub opt_in: OptIn,
    pub language: Language,
    pub tracking: Tracking,
}

/// What is counted of the mails of a list; nothing unless the owner wants it, and then its form says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tracking {
    pub opens: bool,
    pub clicks: bool,
}

impl Tracking {
    pub fn is_on(self) -> bool {
        self.opens || self.clicks
    }

    /// What readers are told before they sign up; nothing where nothing is counted.
    pub fn disclosure(self, language: Language) -> Option<&'static str> {
        let text = match (self.opens, self.clicks) {
            (true, true) => feedback::DISCLOSURE_BOTH,
            (true, false) => feedback::DISCLOSURE_OPENS,
            (false, true) => feedback::DISCLOSURE_CLICKS,
            (false, false) => return None,
        };
        Some(text.to(language))
    }
}

/// What an owner typed for a list.
pub struct Wishes<'a> {
    pub title: &'a str,
    pub description: &'a str,
    /// Empty: the usual sentence in the list's language.
    pub consent_text: &'a str,
    pub from_name: &'a str,
    pub from_address: &'a str,
    pub opt_in: OptIn,
    pub language: Language,
    pub tracking: Tracking,
}

impl List {
    /// Checks what was typed. The number is given when it is stored.
    pub fn parse(name: ListName, wishes: &Wishes<'_>) -> Result<List> {
        let from_address = Address::parse(wishes.from_address).map_err(|error| error.on("from_address"))?;
        if is_refused_sender_domain(from_address.domain()) || from_address.is_carrier() {
            return Err(Error::invalid(errors::SENDER_DOMAIN_REFUSED)
                .with("domain", from_address.domain())
                .on("from_address"));
        }
        let usual = public::CONSENT_DEFAULT.to(wishes.language);
        let consent_text = if wishes.consent_text.trim().is_empty() { usual } else { wishes.consent_text };
        Ok(List {
            id: ListId(0),
            name,
            title: line(wishes.title, "title", 100)?,
            description: lines(wishes.description, "description", 2000)?,
            consent_text: lines(consent_text, "consent_text", 500)?,
            from_name: match wishes.from_name.trim() {
                "" => String::new(),
                name => line(name, "from_name", 100)?,
            },
            from_address: from_address.as_str().to_string(),
            opt_in: wishes.opt_in,
            language: wishes.language,
            tracking: wishes.tracking,
        })
    }

    /// Everything that a reader reads and agrees to on the form; kept with her consent.
    pub fn wording(&self) -> String {
        let wording = format!("{}\n{}\n{}", self.title, self.description, self.consent_text);
        match self.tracking.disclosure(self.language) {
            Some(disclosure) => format!("{wording}\n{disclosure}"),
            None => wording,
        }
    }
}

fn line(typed: &str, field: &'static str, limit: usize) -> Result<String> {
    let typed = lines(typed, field, limit)?;
    match typed.as_str() {
        "" => Err(Error::invalid(errors::FIELD_MISSING).with("field", field).on(field)),
        text if text.contains('\n') => Err(Error::invalid(errors::CONTROL_CHARACTER).on(field)),
        _ => Ok(typed),
    }
}

fn lines(typed: &str, field: &'static str, limit: usize) -> Result<String> {
    let typed = typed.trim().replace("\r\n", "\n");
    if typed.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Error::invalid(errors::CONTROL_CHARACTER).on(field));
    }
    if typed.chars().count() > limit {
        return Err(Error::invalid(errors::FIELD_TOO_LONG)
            .with("field", field)
            .with("limit", limit.to_string())
            .on(field));
    }
    Ok(typed)
}

/// A list's name in URLs and commands: 1 to 40 of `a-z 0-9 - _`, not starting with `-`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ListName(String);

impl ListName {
    pub fn parse(typed: &str) -> Result<ListName> {
        let name = typed.trim().to_ascii_lowercase();
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if name.is_empty() || name.len() > 40 || name.starts_with('-') || !name.chars().all(is_plain) {
            return Err(Error::invalid(errors::NAME_NOT_PLAIN).on("name"));
        }
        Ok(ListName(name))
    }

    pub fn stored(name: String) -> ListName {
        ListName(name)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ListName {
    type Error = &'static str;
    fn try_from(typed: String) -> std::result::Result<ListName, Self::Error> {
        ListName::parse(&typed).map_err(|_| "not the name of a list")
    }
}

impl From<ListName> for String {
    fn from(name: ListName) -> String {
        name.0
    }
}

/// Splits `Name <a@example.jp>` or a bare address; the address itself is parsed by the caller.
pub fn split_mailbox(typed: &str) -> (String, String) {
    match typed.trim().rsplit_once('<') {
        Some((name, rest)) => {
            (name.trim().trim_matches('"').trim().to_string(), rest.trim_end_matches('>').trim().to_string())
        }
        None => (String::new(), typed.trim().to_string()),
    }
}

/// Mailbox providers whose addresses cannot be a sender: their DMARC policy would have the mail refused.
pub fn is_refused_sender_domain(domain: &str) -> bool {
    const REFUSED: [&str; 16] = [
        "gmail.com",
        "googlemail.com",
        "yahoo.co.jp",
        "yahoo.com",
        "ymail.ne.jp",
        "outlook.com",
        "outlook.jp",
        "hotmail.com",
        "hotmail.co.jp",
        "live.jp",
        "icloud.com",
        "docomo.ne.jp",
        "ezweb.ne.jp",
        "au.com",
        "softbank.ne.jp",
        "i.softbank.jp",
    ];
    REFUSED.contains(&domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_name_is_plain_so_that_it_is_safe_in_urls_and_commands() {
        assert_eq!(ListName::parse(" News ").unwrap().as_str(), "news");
        for bad in ["", "-x", "a b", "読者", "a/b", &"a".repeat(41)] {
            assert!(ListName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_mailbox_is_split_into_name_and_address() {
        assert_eq!(split_mailbox("花屋 <a@example.jp>"), ("花屋".into(), "a@example.jp".into()));
        assert_eq!(split_mailbox("a@example.jp"), (String::new(), "a@example.jp".into()));
    }
}
