//! Receiving domains and their limits: which addresses end at one provider, and how many it may get.
//! Not what a provider says at a refusal: domain/bounce.

use super::Limits;
use crate::error::{Error, Result};
use crate::texts::errors;

/// Domains that one provider counts together; the first names the group.
const GROUPS: &[&[&str]] = &[
    &["gmail.com", "googlemail.com"],
    &["outlook.com", "outlook.jp", "hotmail.com", "hotmail.co.jp", "live.jp", "live.com", "msn.com"],
    &["yahoo.co.jp", "ymail.ne.jp"],
    &["docomo.ne.jp"],
    &["au.com", "ezweb.ne.jp"],
    &["softbank.ne.jp", "i.softbank.jp", "disney.ne.jp"],
    &["icloud.com", "me.com", "mac.com"],
];

/// The provider behind a domain, by the first domain of its group; a domain without a group is its own.
pub fn group_of(domain: &str) -> String {
    let domain = domain.to_ascii_lowercase();
    if domain.ends_with(".vodafone.ne.jp") {
        return "softbank.ne.jp".to_string();
    }
    let group = GROUPS.iter().find(|group| group.contains(&domain.as_str()));
    group.and_then(|group| group.first()).map_or(domain, |first| (*first).to_string())
}

/// Reads e.g. `gmail.com=4900/day, docomo.ne.jp=20/minute 1000/hour`.
pub fn parse(typed: &str) -> Result<Vec<(String, Limits)>> {
    let mut found = Vec::new();
    for piece in typed.split([',', '\n']).map(str::trim).filter(|piece| !piece.is_empty()) {
        let refuse = || Error::invalid(errors::PACE_NOT_VALID).with("word", piece);
        let (domain, limits) = piece.split_once('=').ok_or_else(refuse)?;
        let domain = domain.trim();
        let is_domain = domain.contains('.')
            && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        let limits = Limits::parse(limits)?;
        if !is_domain || limits.is_none() {
            return Err(refuse());
        }
        found.push((group_of(domain), limits));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_end_at_one_provider_are_counted_together() {
        assert_eq!(group_of("GoogleMail.com"), "gmail.com");
        assert_eq!(group_of("ezweb.ne.jp"), "au.com");
        assert_eq!(group_of("t.vodafone.ne.jp"), "softbank.ne.jp");
        assert_eq!(group_of("shop.example.jp"), "shop.example.jp");
    }

    #[test]
    fn limits_by_domain_are_read_and_what_is_none_is_refused() {
        let read = parse("googlemail.com=4900/day,\n docomo.ne.jp = 20/minute 1000/hour").unwrap();
        let words: Vec<(&str, String)> =
            read.iter().map(|(domain, limits)| (domain.as_str(), limits.to_string())).collect();
        assert_eq!(
            words,
            [("gmail.com", "4900/day".to_string()), ("docomo.ne.jp", "20/minute 1000/hour".to_string())]
        );
        for wrong in ["gmail.com", "gmail.com=", "gmail=1/day", "gm ail.com=1/day", "gmail.com=1/week"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
