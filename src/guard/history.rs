//! The lines of guard.log: how one is put together without allocation, and how it is read back.
//! Not safe mode itself: what follows from a trip is decided where the work is chosen (mail/tick).

/// One trip of the brake, as read from guard.log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trip {
    /// UTC seconds.
    pub at: i64,
    pub pid: u32,
    /// wall, cpu, memory, panic, stack or fault.
    pub tripped: String,
    /// The signal's name, e.g. `SIGXCPU`.
    pub signal: String,
    pub flow: String,
    /// Where in the flow, e.g. `tick/deliver`; `-` before the first stage.
    pub stage: String,
    /// The delivery or message in hand, if any.
    pub item: Option<i64>,
    pub peak_rss_kib: u64,
    pub cpu_ms: u64,
    pub elapsed_ms: u64,
}

/// Reads one line; `None` for anything that is not a whole one (a line may be torn by a full disk).
pub fn parse(line: &str) -> Option<Trip> {
    let (at, fields) = line.trim_end().split_once(' ')?;
    let field = |name: &str| {
        fields.split(' ').find_map(|field| field.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')))
    };
    let number = |name: &str| field(name)?.parse::<u64>().ok();
    Some(Trip {
        at: at.parse().ok()?,
        pid: field("pid")?.parse().ok()?,
        tripped: field("tripped")?.to_string(),
        signal: field("signal")?.to_string(),
        flow: field("flow")?.to_string(),
        stage: field("stage")?.to_string(),
        item: field("item")?.parse().ok().filter(|item| *item != 0),
        peak_rss_kib: number("peak_rss_kib")?,
        cpu_ms: number("cpu_ms")?,
        elapsed_ms: number("elapsed_ms")?,
    })
}

/// A line under construction in a signal handler: fixed size, no allocation, no formatting machinery. It is filled in
/// place, since the stack of a handler may be small.
pub(super) struct Line {
    bytes: [u8; 384],
    length: usize,
}

impl Line {
    pub(super) const fn new() -> Line {
        Line { bytes: [0; 384], length: 0 }
    }

    /// A line starts with its instant.
    pub(super) fn at(&mut self, instant: i64) -> &mut Line {
        self.push_number(instant);
        self
    }

    /// Adds ` name=text`; what is not printable ASCII becomes `_`, nothing becomes `-`.
    pub(super) fn text(&mut self, name: &str, text: &[u8]) -> &mut Line {
        self.push_name(name);
        let text = if text.is_empty() { b"-" } else { text };
        for byte in text {
            self.push(if byte.is_ascii_graphic() { *byte } else { b'_' });
        }
        self
    }

    /// Adds ` name=number`.
    pub(super) fn number(&mut self, name: &str, number: i64) -> &mut Line {
        self.push_name(name);
        self.push_number(number);
        self
    }

    /// The whole line with its end.
    pub(super) fn end(&mut self) -> &[u8] {
        self.push(b'\n');
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn push_name(&mut self, name: &str) {
        self.push(b' ');
        for byte in name.bytes() {
            self.push(byte);
        }
        self.push(b'=');
    }

    fn push_number(&mut self, number: i64) {
        if number < 0 {
            self.push(b'-');
        }
        let mut rest = number.unsigned_abs();
        let mut digits = [b'0'; 20];
        let mut count = 0_usize;
        for place in digits.iter_mut().rev() {
            *place = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
            count += 1;
            if rest == 0 {
                break;
            }
        }
        for digit in digits.iter().skip(digits.len() - count) {
            self.push(*digit);
        }
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_handler_writes_can_be_read_back() {
        let mut line = Line::new();
        line.at(1_795_000_000)
            .number("pid", 4711)
            .text("tripped", b"memory")
            .text("signal", b"SIGABRT")
            .text("flow", b"cron")
            .text("stage", "tick deliver\u{3042}".as_bytes())
            .number("item", -9_223_372_036_854_775_808)
            .number("peak_rss_kib", 0)
            .number("cpu_ms", 10)
            .number("elapsed_ms", 123_456);
        let text = String::from_utf8(line.end().to_vec()).unwrap();
        assert!(text.ends_with('\n') && text.lines().count() == 1);
        let trip = parse(&text).unwrap();
        assert_eq!((trip.at, trip.pid, trip.item), (1_795_000_000, 4711, Some(i64::MIN)));
        assert_eq!((trip.tripped.as_str(), trip.signal.as_str()), ("memory", "SIGABRT"));
        assert_eq!((trip.flow.as_str(), trip.stage.as_str()), ("cron", "tick_deliver___"));
        assert_eq!((trip.peak_rss_kib, trip.cpu_ms, trip.elapsed_ms), (0, 10, 123_456));
    }

    #[test]
    fn a_torn_line_is_no_trip() {
        assert_eq!(parse("1795000000 pid=1 tripped=wall signal=SIGA"), None);
        assert_eq!(parse(""), None);
    }
}
