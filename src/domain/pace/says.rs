//! What a refusal at sending time is about, as far as the pace must know: too fast, the sender's fault, or the reader.
//! Not what it means for the reader: domain/bounce.

/// What a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// Slow down.
    TooFast,
    /// The sender is not trusted: spam, blocked, no PTR, DMARC. No reader is to blame.
    Policy,
    /// The reader, the mail, or nothing that helps.
    Other,
}

/// Words of rate limits, as servers write them.
const TOO_FAST: &[&str] = &[
    "rate",
    "too many",
    "too fast",
    "too much mail",
    "throttl",
    "slow down",
    "quota exceeded for sending",
    "ratelimit",
    "limit exceeded",
    "exceeded the max",
    "max emails per hour",
    "unusual rate",
    "try again later, too",
    "sending limit",
];
const POLICY: &[&str] = &[
    "5.7.515",
    "spam",
    "blocked",
    "blacklist",
    "blocklist",
    "block list",
    "denylist",
    "dmarc",
    "spf",
    "dkim",
    "ptr record",
    "reverse dns",
    "reputation",
    "banned",
    "unsolicited",
    "policy",
    "not authenticated",
    "authentication",
    "spamhaus",
];

/// Reads a reply such as `450 4.7.1 slow down`.
pub fn read(code: Option<u16>, reply: &str) -> Says {
    let text = reply.to_ascii_lowercase();
    let enhanced =
        text.split([' ', '-']).nth(1).filter(|word| word.split('.').count() == 3).unwrap_or_default();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match code {
        // A stranger is asked to come again: that is about the pair of addresses, not about the pace.
        Some(400..=499) if text.contains("greylist") || text.contains("graylist") => Says::Other,
        Some(421) => Says::TooFast,
        Some(400..=499) if has(TOO_FAST) || matches!(enhanced, "4.7.28" | "4.3.2" | "4.4.5") => Says::TooFast,
        Some(400..=499) => Says::Other,
        Some(500..=599) if enhanced.starts_with("5.1.") || enhanced.starts_with("5.2.") => Says::Other,
        Some(500..=599) if enhanced.starts_with("5.7.") || has(POLICY) => Says::Policy,
        _ => Says::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_of_real_servers_are_told_apart() {
        for (code, reply, says) in [
            (450, "450 4.7.1 Error: too much mail from 192.0.2.1", Says::TooFast),
            (421, "421 4.7.28 Our system has detected an unusual rate of unsolicited mail", Says::TooFast),
            (
                451,
                "451 4.7.650 The mail server has been temporarily rate limited due to IP reputation",
                Says::TooFast,
            ),
            (452, "452 4.3.2 busy", Says::TooFast),
            (451, "451 4.7.1 Greylisted, try again in 5 minutes at this rate", Says::Other),
            (450, "450 4.2.2 mailbox full", Says::Other),
            (
                550,
                "550 5.7.515 Access denied, sending domain does not meet the required authentication level",
                Says::Policy,
            ),
            (554, "554 5.7.1 Service unavailable; Client host blocked using zen.spamhaus.org", Says::Policy),
            (550, "550 5.1.1 no such user here", Says::Other),
            (552, "552 5.2.2 over quota", Says::Other),
            (550, "550 Message rejected as spam", Says::Policy),
            (550, "550 Unknown user", Says::Other),
        ] {
            assert_eq!(read(Some(code), reply), says, "{reply}");
        }
        assert_eq!(read(None, "the server hung up"), Says::Other);
    }
}
