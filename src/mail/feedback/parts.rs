//! A mail that came back, cut into the pieces that matter: headers, human text, reports, the returned mail.
//! Not what they mean: read.
//!
//! The mail is a stranger's: at most a megabyte is looked at, and no mail inside the mail is opened.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};

use crate::domain::bounce::phrases;
use crate::mail::feedback::words::BELOW;

/// What is read of one mail.
pub const MOST_BYTES: usize = 1024 * 1024;
const MOST_PARTS: usize = 200;
/// What is kept of one text.
const MOST_TEXT: usize = 64 * 1024;

/// The pieces of one mail.
#[derive(Debug, Default)]
pub struct Pieces {
    /// The headers of the mail itself: name in lower case, value unfolded.
    pub headers: Vec<(String, String)>,
    pub subject: String,
    pub from: String,
    /// What a person would read, the returned mail left out.
    pub text: String,
    /// `message/delivery-status`
    pub status: Option<String>,
    /// `message/feedback-report`
    pub complaint: Option<String>,
    /// The mail that came back, or its headers: found in a part, or below the human text.
    pub returned: String,
    pub is_report: bool,
}

impl Pieces {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// Reads what there is; a mail that cannot be read at all has no pieces.
pub fn cut(mail: &[u8]) -> Pieces {
    let mail = mail.get(..MOST_BYTES).unwrap_or(mail);
    let mail = with_line_feeds(mail);
    // The parser promises not to panic; a stranger's mail is not what a mail server's queue should depend on.
    let cut = catch_unwind(AssertUnwindSafe(|| {
        let mut pieces = Pieces::default();
        if let Some(message) = MessageParser::default().parse(&*mail) {
            pieces.subject = message.subject().unwrap_or_default().to_string();
            pieces.from = sender(&message);
            pieces.headers = headers(message.headers_raw());
            pieces.is_report = message.content_type().is_some_and(|kind| kind.subtype() == Some("report"));
            collect(&message, &mut pieces);
        }
        if pieces.text.trim().is_empty() {
            // A body behind a broken head is still read by people.
            let whole = String::from_utf8_lossy(&mail);
            pieces.text = shortened(whole.split_once("\n\n").map_or(&*whole, |(_, body)| body));
        }
        split_returned(&mut pieces);
        pieces
    }));
    cut.unwrap_or_default()
}

/// Mails with CR as line end exist; the parser knows only LF.
fn with_line_feeds(mail: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    match mail.contains(&b'\n') || !mail.contains(&b'\r') {
        true => mail.into(),
        false => mail.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect(),
    }
}

fn sender(message: &Message<'_>) -> String {
    let first = message.from().and_then(|from| from.first());
    let named = first.and_then(|from| from.address().or(from.name()));
    named.or(message.header_raw("From").map(str::trim)).unwrap_or_default().to_string()
}

fn headers<'a>(raw: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    raw.take(MOST_PARTS).map(|(name, value)| (name.to_lowercase(), unfolded(value))).collect()
}

fn unfolded(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(2000).collect()
}

/// The parts lie flat, whatever their nesting; a mail inside is one of them and is not opened.
fn collect(message: &Message<'_>, pieces: &mut Pieces) {
    for part in message.parts.iter().take(MOST_PARTS) {
        put(part, pieces);
    }
}

fn put(part: &MessagePart<'_>, pieces: &mut Pieces) {
    let kind = part.content_type();
    let (main, sub) = kind.map_or(("text", "plain"), |kind| (kind.ctype(), kind.subtype().unwrap_or("")));
    match (main, sub) {
        ("message", "delivery-status" | "global-delivery-status") => add(&mut pieces.status, &lossy(part)),
        ("message", "feedback-report") => add(&mut pieces.complaint, &lossy(part)),
        ("text", "rfc822-headers") | ("message", "global-headers") => {
            keep(&mut pieces.returned, &lossy(part))
        }
        _ => match &part.body {
            PartType::Message(inner) => keep(&mut pieces.returned, &whole(inner, part)),
            PartType::Text(text) => keep(&mut pieces.text, text),
            PartType::Html(html) if pieces.text.trim().is_empty() => {
                keep(&mut pieces.text, &mail_parser::decoders::html::html_to_text(html));
            }
            _ => {}
        },
    }
}

/// The returned mail's own bytes: nested ones share the outer mail's.
fn whole(inner: &Message<'_>, part: &MessagePart<'_>) -> String {
    let (from, to) = (part.raw_body_offset() as usize, part.raw_end_offset() as usize);
    let bytes = inner.raw_message.get(from..to).unwrap_or(&inner.raw_message);
    shortened(&String::from_utf8_lossy(bytes))
}

fn lossy(part: &MessagePart<'_>) -> String {
    shortened(&String::from_utf8_lossy(part.contents()))
}

fn shortened(text: &str) -> String {
    text.chars().take(MOST_TEXT).collect()
}

fn keep(place: &mut String, text: &str) {
    let room = MOST_TEXT.saturating_sub(place.len());
    place.extend(text.chars().take(room));
    place.push('\n');
}

fn add(place: &mut Option<String>, text: &str) {
    keep(place.get_or_insert_default(), text);
}

/// Headers that begin a mail.
const BEGINNINGS: &str = "\
    return-path:; received:; x-original-to:; delivered-to:; message-id:";

/// Cuts the returned mail off the human text.
fn split_returned(pieces: &mut Pieces) {
    let mut said = String::new();
    let mut came_back = String::new();
    let mut is_below = false;
    for (number, line) in pieces.text.lines().enumerate() {
        let plain = line.trim().to_lowercase();
        let is_rule = is_heading(&plain);
        let is_head = phrases(BEGINNINGS).any(|name| plain.starts_with(name));
        is_below |= (is_rule || is_head) && number > 0;
        let place = if is_below { &mut came_back } else { &mut said };
        place.push_str(line);
        place.push('\n');
    }
    pieces.text = said;
    if pieces.returned.is_empty() {
        pieces.returned = came_back;
    }
}

/// A heading stands alone, ends with a colon or a rule, or begins with the words; a sentence that mentions them does not.
fn is_heading(line: &str) -> bool {
    let bare = line.trim_start_matches(|letter: char| !letter.is_alphanumeric());
    let is_sentence = line.contains("was received at") || line.contains("message was") || line.len() > 120;
    !is_sentence && phrases(BELOW).any(|words| bare.starts_with(words))
}
