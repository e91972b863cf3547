//! An enhanced status code (RFC 3463): `5.1.1`.
//! Not what it means: domain/bounce.

/// Class, subject and detail of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enhanced {
    pub class: u8,
    pub subject: u16,
    pub detail: u16,
}

impl Enhanced {
    /// Reads `5.1.1`, and nothing else.
    pub fn parse(word: &str) -> Option<Enhanced> {
        let mut parts = word.split('.');
        let mut next = |most: usize| {
            let part = parts.next()?;
            let is_number =
                (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| part.parse::<u16>().ok()).flatten()
        };
        let (class, subject, detail) = (next(1)?, next(3)?, next(3)?);
        let is_class = matches!(class, 2 | 4 | 5);
        (is_class && parts.next().is_none()).then_some(Enhanced {
            class: u8::try_from(class).ok()?,
            subject,
            detail,
        })
    }

    /// The first status of a refusal in a text, `(#5.1.1)` and `550-5.7.1` included; addresses of machines are none.
    pub fn find(text: &str) -> Option<Enhanced> {
        text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.')
            .filter_map(|word| Enhanced::parse(word.trim_end_matches('.')))
            .find(|found| found.class != 2)
    }
}

impl std::fmt::Display for Enhanced {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_found_in_what_servers_write() {
        let found = |text: &str| Enhanced::find(text).map(|status| status.to_string());
        assert_eq!(found("Sorry, no mailbox here by that name. (#5.1.1)").as_deref(), Some("5.1.1"));
        assert_eq!(found("550-5.7.26 Unauthenticated").as_deref(), Some("5.7.26"));
        assert_eq!(found("host mx[192.0.2.1] said: 550 5.2.1."), Some("5.2.1".to_string()));
        assert_eq!(found("from 4.16.55.1 and 5.1234.1, version 2.1.0"), None);
    }
}
