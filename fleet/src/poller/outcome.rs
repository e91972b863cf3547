//! How a call ended, in one word each. Pure.
//! Not what follows from it: backoff and breaker.

/// The end of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Outcome {
    /// The site answered as it should.
    Answered,
    /// The site itself said no, in its own words (an unknown key, a wrong clock): it lives.
    Declined,
    /// 403, and not in the site's words: somebody in front of it keeps us out.
    Forbidden,
    /// 429
    TooMany,
    /// 503
    Unavailable,
    /// 508: the account's limit of processes.
    LimitReached,
    /// Any other status that is no answer.
    BadStatus,
    /// 3xx; never followed.
    Redirected,
    /// The total time was over: no connection, no head, or an answer without end.
    TimedOut,
    /// Nobody listens, or the network has no way there.
    NotConnected,
    /// The line broke.
    Broken,
    TlsFailed,
    /// The name has no address.
    NoSuchHost,
    /// The name leads to a private address, where no site of ours can be.
    PrivateAddress,
    /// The site's address in the registry is none.
    BadAddress,
    /// A head or an answer larger than one can be.
    TooLarge,
    /// What came is no answer of a tick.
    Garbage,
    /// Another site answered.
    WrongSite,
}

impl Outcome {
    #[cfg(test)]
    pub(crate) const ALL: [Outcome; 18] = [
        Outcome::Answered,
        Outcome::Declined,
        Outcome::Forbidden,
        Outcome::TooMany,
        Outcome::Unavailable,
        Outcome::LimitReached,
        Outcome::BadStatus,
        Outcome::Redirected,
        Outcome::TimedOut,
        Outcome::NotConnected,
        Outcome::Broken,
        Outcome::TlsFailed,
        Outcome::NoSuchHost,
        Outcome::PrivateAddress,
        Outcome::BadAddress,
        Outcome::TooLarge,
        Outcome::Garbage,
        Outcome::WrongSite,
    ];

    /// The word in the database and in `--json`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Outcome::Answered => "answered",
            Outcome::Declined => "declined",
            Outcome::Forbidden => "forbidden",
            Outcome::TooMany => "too-many",
            Outcome::Unavailable => "unavailable",
            Outcome::LimitReached => "limit-reached",
            Outcome::BadStatus => "bad-status",
            Outcome::Redirected => "redirected",
            Outcome::TimedOut => "timed-out",
            Outcome::NotConnected => "not-connected",
            Outcome::Broken => "broken",
            Outcome::TlsFailed => "tls-failed",
            Outcome::NoSuchHost => "no-such-host",
            Outcome::PrivateAddress => "private-address",
            Outcome::BadAddress => "bad-address",
            Outcome::TooLarge => "too-large",
            Outcome::Garbage => "garbage",
            Outcome::WrongSite => "wrong-site",
        }
    }

    /// What a status that is not 200 means; `None` for 200. A site that says no itself is told apart by its body.
    pub(crate) fn of_status(status: u16) -> Option<Outcome> {
        match status {
            200 => None,
            300..=399 => Some(Outcome::Redirected),
            403 => Some(Outcome::Forbidden),
            429 => Some(Outcome::TooMany),
            503 => Some(Outcome::Unavailable),
            508 => Some(Outcome::LimitReached),
            _ => Some(Outcome::BadStatus),
        }
    }

    /// Whether the site is there and speaks.
    pub(crate) fn is_alive(self) -> bool {
        matches!(self, Outcome::Answered | Outcome::Declined)
    }

    /// Whether the host may be what stands in the way. What is wrong with one site's registration says nothing about it.
    pub(crate) fn may_be_host(self) -> bool {
        !self.is_alive()
            && !matches!(
                self,
                Outcome::NoSuchHost | Outcome::PrivateAddress | Outcome::BadAddress | Outcome::WrongSite
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_has_a_word_of_its_own() {
        let mut words: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.word()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Outcome::ALL.len());
    }

    #[test]
    fn what_is_wrong_with_one_registration_does_not_speak_against_the_host() {
        let silent: Vec<Outcome> = Outcome::ALL
            .into_iter()
            .filter(|outcome| !outcome.may_be_host() && !outcome.is_alive())
            .collect();
        assert_eq!(
            silent,
            [Outcome::NoSuchHost, Outcome::PrivateAddress, Outcome::BadAddress, Outcome::WrongSite]
        );
    }
}
