//! In what encoding a file is written, and its text: what Excel and old mail systems in Japan write.
//! Not its rows. What cannot be decoded is said, never replaced or dropped.

use std::borrow::Cow;
use std::io::{Read, Seek, SeekFrom};

use encoding_rs::{DecoderResult, EUC_JP, ISO_2022_JP, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::texts::errors;

/// The encodings that are told apart. `Cp932` is Shift_JIS with the characters of NEC and IBM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "cp932")]
    Cp932,
    #[serde(rename = "euc-jp")]
    EucJp,
    #[serde(rename = "iso-2022-jp")]
    Iso2022Jp,
    #[serde(rename = "utf-16-le")]
    Utf16Le,
    #[serde(rename = "utf-16-be")]
    Utf16Be,
}

impl Encoding {
    pub const ALL: [Encoding; 6] = [
        Encoding::Utf8,
        Encoding::Cp932,
        Encoding::EucJp,
        Encoding::Iso2022Jp,
        Encoding::Utf16Le,
        Encoding::Utf16Be,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Cp932 => "cp932",
            Encoding::EucJp => "euc-jp",
            Encoding::Iso2022Jp => "iso-2022-jp",
            Encoding::Utf16Le => "utf-16-le",
            Encoding::Utf16Be => "utf-16-be",
        }
    }

    pub fn parse(word: &str) -> Option<Encoding> {
        Encoding::ALL.into_iter().find(|encoding| encoding.word() == word)
    }

    /// Whether separators, quotes and line ends are the same bytes as in ASCII wherever they stand. The rest is
    /// rewritten as UTF-8 before rows are looked for.
    pub fn keeps_ascii(self) -> bool {
        matches!(self, Encoding::Utf8 | Encoding::Cp932 | Encoding::EucJp)
    }

    fn codec(self) -> &'static encoding_rs::Encoding {
        match self {
            Encoding::Utf8 => UTF_8,
            Encoding::Cp932 => SHIFT_JIS,
            Encoding::EucJp => EUC_JP,
            Encoding::Iso2022Jp => ISO_2022_JP,
            Encoding::Utf16Le => UTF_16LE,
            Encoding::Utf16Be => UTF_16BE,
        }
    }

    /// The text of a value; `None` if it is not written in this encoding, or was lost before the file was written.
    pub fn text(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        // What was rewritten is UTF-8 by now; a character that could not be became U+FFFD on the way.
        let codec = if self.keeps_ascii() { self.codec() } else { UTF_8 };
        let text = codec.decode_without_bom_handling_and_without_replacement(bytes)?;
        match self {
            _ if text.contains('\u{FFFD}') => None,
            Encoding::EucJp | Encoding::Iso2022Jp if text.contains(is_of_windows) => {
                Some(Cow::Owned(text.chars().map(of_jis).collect()))
            }
            _ => Some(text),
        }
    }
}

/// Six signs that browsers decode as Windows does also where the file comes from Unix; JIS X 0208 means others.
const SIGNS: [(char, char); 6] = [
    ('\u{FF0D}', '\u{2212}'),
    ('\u{FF5E}', '\u{301C}'),
    ('\u{2225}', '\u{2016}'),
    ('\u{FFE0}', '\u{00A2}'),
    ('\u{FFE1}', '\u{00A3}'),
    ('\u{FFE2}', '\u{00AC}'),
];

fn is_of_windows(letter: char) -> bool {
    SIGNS.iter().any(|(windows, _)| *windows == letter)
}

fn of_jis(letter: char) -> char {
    SIGNS.iter().find(|(windows, _)| *windows == letter).map_or(letter, |(_, jis)| *jis)
}

/// What was found out about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub encoding: Encoding,
    /// The bytes of the byte order mark: the first row begins behind it.
    pub mark: u64,
}

/// Bytes that are looked at, from the first that is not ASCII.
const SAMPLE: usize = 256 * 1024;

/// Finds the encoding of a file; E1122 if no single one fits. The file is at its beginning before and after.
pub fn find(file: &mut (impl Read + Seek)) -> Result<Found> {
    let mut sample = read_sample(file)?;
    if let Some(found) = by_mark(&sample).or_else(|| by_zeros(&sample)).or_else(|| by_escapes(&sample)) {
        file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        return Ok(found);
    }
    while sample.is_ascii() && !sample.is_empty() {
        let next = read_sample(file)?;
        if next.is_empty() {
            break;
        }
        sample = next;
    }
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    let encoding =
        by_letters(whole_lines(&sample)).ok_or_else(|| Error::invalid(errors::IMPORT_NO_ENCODING))?;
    Ok(Found { encoding, mark: 0 })
}

fn read_sample(file: &mut impl Read) -> Result<Vec<u8>> {
    let mut sample = Vec::with_capacity(SAMPLE);
    file.by_ref().take(SAMPLE as u64).read_to_end(&mut sample).map_err(unreadable)?;
    Ok(sample)
}

pub(super) fn unreadable(cause: std::io::Error) -> Error {
    Error::invalid(errors::FILE_NOT_READABLE).with("file", "").with("why", cause.to_string())
}

fn by_mark(sample: &[u8]) -> Option<Found> {
    let (codec, length) = encoding_rs::Encoding::for_bom(sample)?;
    let encoding = Encoding::ALL.into_iter().find(|encoding| encoding.codec() == codec)?;
    Some(Found { encoding, mark: length as u64 })
}

/// UTF-16 without its mark: half of the bytes of separators and line ends are zero.
fn by_zeros(sample: &[u8]) -> Option<Found> {
    let pairs = sample.len() / 2;
    let zeros = |at: usize| sample.iter().skip(at).step_by(2).filter(|byte| **byte == 0).count();
    let (high, low) = (zeros(0), zeros(1));
    let encoding = match () {
        () if pairs < 4 || (high + low) * 10 < pairs => return None,
        () if low > high * 10 => Encoding::Utf16Le,
        () if high > low * 10 => Encoding::Utf16Be,
        () => return None, // zeros here and there are not a language
    };
    Some(Found { encoding, mark: 0 })
}

/// ISO-2022-JP is seven bits wide and turns to Japanese by an escape.
fn by_escapes(sample: &[u8]) -> Option<Found> {
    let turns = [b"\x1B$B".as_slice(), b"\x1B$@", b"\x1B(J", b"\x1B(I"];
    let is_turned = sample.windows(3).any(|three| turns.contains(&three));
    (is_turned && sample.is_ascii()).then_some(Found { encoding: Encoding::Iso2022Jp, mark: 0 })
}

/// Without the first and the last line where the sample may have cut them, unless there is nothing else.
fn whole_lines(sample: &[u8]) -> &[u8] {
    if sample.len() < SAMPLE {
        return sample;
    }
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let from = sample.iter().position(is_end).unwrap_or(0);
    let to = sample.iter().rposition(is_end).unwrap_or(sample.len());
    sample.get(from..to).filter(|lines| !lines.is_empty()).unwrap_or(sample)
}

/// By the letters themselves. `None`: lines are written in different encodings, or in one that is not known here.
fn by_letters(sample: &[u8]) -> Option<Encoding> {
    let lines = || sample.split(|byte| matches!(byte, b'\n' | b'\r')).filter(|line| !line.is_ascii());
    let is_utf8 = |line: &[u8]| std::str::from_utf8(line).is_ok();
    let broken = lines().filter(|line| !is_utf8(line)).count();
    if broken == 0 {
        return Some(Encoding::Utf8);
    }
    let all = lines().count();
    if lines().any(is_utf8_japanese) {
        // A line or two that were damaged are reported one by one; a file pasted together from two is refused.
        return (all > 20 && broken * 50 < all).then_some(Encoding::Utf8);
    }
    let mut best: Option<(usize, Encoding)> = None;
    for encoding in [Encoding::Cp932, Encoding::EucJp] {
        let Some(score) = score(encoding, lines()) else { continue };
        if best.is_none_or(|(highest, _)| score > highest) {
            best = Some((score, encoding));
        }
    }
    best.map(|(_, encoding)| encoding)
}

/// Whether a line is Japanese in UTF-8: such bytes mean nothing that anybody writes in the other encodings.
pub fn is_utf8_japanese(line: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(line) else { return false };
    text.chars().any(|letter| matches!(letter, '\u{3040}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}'))
}

/// How well lines read in an encoding, in thousandths; `None` if most do not read at all. Kana and the common kanji (JIS
/// level 1) speak for it; half-width kana and rare kanji, which the wrong encoding is full of, do not.
fn score<'a>(encoding: Encoding, lines: impl Iterator<Item = &'a [u8]>) -> Option<usize> {
    let (mut read, mut unread, mut common, mut letters) = (0_usize, 0_usize, 0_usize, 0_usize);
    for line in lines {
        let whole = encoding.text(line);
        // A file that ends within a character is cut off, not in another encoding.
        let text = whole.or_else(|| line.split_last().and_then(|(_, rest)| encoding.text(rest)));
        let Some(text) = text else {
            unread += 1;
            continue;
        };
        read += 1;
        for letter in text.chars().filter(|letter| !letter.is_ascii()) {
            letters += 1;
            common += usize::from(is_common(letter));
        }
    }
    (read > 0 && unread * 10 <= read + unread).then(|| common * 1000 / letters.max(1) + 1)
}

/// Kana, full-width signs and letters, and kanji of JIS level 1 (told by the first byte of their CP932 form).
fn is_common(letter: char) -> bool {
    match letter {
        '\u{3000}'..='\u{30FF}' | '\u{FF01}'..='\u{FF5E}' => true,
        '\u{4E00}'..='\u{9FFF}' => {
            let mut buffer = [0; 4];
            let (bytes, _, _) = SHIFT_JIS.encode(letter.encode_utf8(&mut buffer));
            matches!(bytes.first(), Some(0x88..=0x98))
        }
        _ => false,
    }
}

/// Reads a file of any encoding as one in which rows can be found: as it is, or rewritten as UTF-8.
pub fn open<'a>(mut file: impl Read + Seek + 'a, found: Found) -> Result<Box<dyn Read + 'a>> {
    file.seek(SeekFrom::Start(found.mark)).map_err(unreadable)?;
    Ok(match found.encoding.keeps_ascii() {
        true => Box::new(file),
        false => Box::new(Rewritten::new(file, found.encoding)),
    })
}

/// A file rewritten as UTF-8 while it is read. What cannot be decoded becomes U+FFFD, which [`Encoding::text`] refuses.
struct Rewritten<Source> {
    source: Source,
    decoder: encoding_rs::Decoder,
    input: Vec<u8>,
    from: usize,
    to: usize,
    is_at_end: bool,
    is_over: bool,
}

const LOST: &[u8] = "\u{FFFD}".as_bytes();

impl<Source: Read> Rewritten<Source> {
    fn new(source: Source, encoding: Encoding) -> Rewritten<Source> {
        Rewritten {
            source,
            decoder: encoding.codec().new_decoder_without_bom_handling(),
            input: vec![0; 16 * 1024],
            from: 0,
            to: 0,
            is_at_end: false,
            is_over: false,
        }
    }
}

impl<Source: Read> Read for Rewritten<Source> {
    fn read(&mut self, output: &mut [u8]) -> std::io::Result<usize> {
        // Room for one character and for the sign that one was lost.
        if output.len() < 16 {
            return Err(std::io::Error::other("the buffer is too small to decode into"));
        }
        while !self.is_over {
            if self.from == self.to && !self.is_at_end {
                self.from = 0;
                self.to = self.source.read(&mut self.input)?;
                self.is_at_end = self.to == 0;
            }
            let input = self.input.get(self.from..self.to).unwrap_or_default();
            let room = output.len() - LOST.len();
            let Some(space) = output.get_mut(..room) else { break };
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(input, space, self.is_at_end);
            self.from += read;
            let mut length = written;
            match result {
                DecoderResult::Malformed(_, _) => {
                    if let Some(space) = output.get_mut(written..written + LOST.len()) {
                        space.copy_from_slice(LOST);
                        length += LOST.len();
                    }
                }
                DecoderResult::InputEmpty => self.is_over = self.is_at_end,
                DecoderResult::OutputFull => {}
            }
            if length > 0 {
                return Ok(length);
            }
        }
        Ok(0)
    }
}
