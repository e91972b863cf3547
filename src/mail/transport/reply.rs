//! One SMTP reply: a code and its text, read leniently (RFC 5321, 4.2).
//! Not what follows from it: that is `smtp`.

const TEXT_LIMIT: usize = 500;

/// A whole reply, its lines joined.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) code: u16,
    pub(super) lines: Vec<String>,
}

impl Reply {
    pub(super) fn is_positive(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// RFC 5321, 3.8: the server is about to close the connection.
    pub(super) fn is_good_bye(&self) -> bool {
        self.code == 421
    }

    /// The server wants to know us first (RFC 4954, 6).
    pub(super) fn asks_for_login(&self) -> bool {
        matches!(self.code, 530 | 535 | 538)
    }

    /// Code and text on one tidy line, for the ledger and the pages.
    pub(super) fn say(&self) -> String {
        tidy(&format!("{} {}", self.code, self.lines.join(" ")))
    }
}

/// One line of a reply.
pub(super) struct Line {
    pub(super) code: u16,
    pub(super) is_last: bool,
    pub(super) text: String,
}

/// Reads `250-text`, `250 text` or a bare `250`; servers also send Latin-1 and Shift_JIS, which must not matter.
pub(super) fn parse_line(bytes: &[u8]) -> Option<Line> {
    let line = String::from_utf8_lossy(bytes);
    let line = line.trim_end_matches(['\r', '\n']);
    let code = line.get(..3)?;
    if !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (is_last, text) = match line.get(3..)? {
        "" => (true, ""),
        rest => match (rest.strip_prefix('-'), rest.strip_prefix(' ')) {
            (Some(text), _) => (false, text),
            (_, Some(text)) => (true, text),
            _ => return None,
        },
    };
    Some(Line { code: code.parse().ok()?, is_last, text: text.to_string() })
}

/// Text from outside, fit to be kept and shown: one line, no control characters, at most 500 characters.
pub(super) fn tidy(text: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.trim().chars().map(plain).take(TEXT_LIMIT).collect()
}
