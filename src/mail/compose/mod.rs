//! The bytes of one mail: headers, text, HTML. The same letter gives the same bytes, always.
//! Not its way out (mail/transport) and not the choice of words (texts/, `template`).

mod body;
mod headers;
pub mod template;

use lettre::Message;
use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{MessageBuilder, MultiPart};

use crate::clock::Instant;
use crate::domain::address::Address;
use crate::domain::calendar::{self, Zone};
use crate::error::{Error, Result};
use headers::{phrase, plain, unstructured};

/// One mail to one reader.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    pub from_name: &'a str,
    pub from_address: &'a Address,
    pub reply_to: Option<&'a Address>,
    pub to: &'a Address,
    pub to_name: Option<&'a str>,
    pub subject: &'a str,
    pub text: &'a str,
    pub html: Option<&'a str>,
    /// `left@domain`, without angle brackets.
    pub message_id: &'a str,
    pub date: Instant,
    /// The time zone that the Date header is written in.
    pub zone: Zone,
    pub kind: LetterKind<'a>,
}

/// What a mail is, for the programs that read it.
#[derive(Clone, Copy, Debug)]
pub enum LetterKind<'a> {
    /// A broadcast or a step of a sequence.
    Bulk {
        /// `list.domain`, without angle brackets; stable for the life of the list.
        list_id: &'a str,
        list_title: &'a str,
        unsubscribe_url: &'a str,
        /// `address?subject=…`, without `mailto:`.
        unsubscribe_mailto: Option<&'a str>,
        feedback_id: &'a str,
    },
    /// Written by the program on an event: confirmations, notices.
    Automatic,
    /// A trial send to the owner.
    Test,
}

/// Writes the mail; a header that could become two is refused with a sentence.
pub fn compose(letter: &Letter<'_>) -> Result<Vec<u8>> {
    let mut message = Message::builder().envelope(envelope(letter)?);
    for (name, raw, encoded) in common(letter)? {
        message = with_header(message, name, raw, encoded);
    }
    for (name, value) in of_kind(&letter.kind)? {
        message = with_header(message, name, String::new(), value);
    }
    let text = body::part(letter.text, false)?;
    let built = match letter.html {
        None => message.singlepart(text),
        // RFC 2046, 5.1.4: the plainest first.
        Some(html) => message.multipart(
            MultiPart::alternative_with_boundary(letter.message_id)
                .singlepart(text)
                .singlepart(body::part(html, true)?),
        ),
    };
    built.map(|message| message.formatted()).map_err(|why| Error::fault("composing a mail", why))
}

/// lettre wants an envelope, or it reads its own To header, and refuses the carriers' addresses there.
fn envelope(letter: &Letter<'_>) -> Result<Envelope> {
    let to = lettre::Address::new_dangerous(letter.to.local(), letter.to.domain());
    Envelope::new(None, vec![to]).map_err(|why| Error::fault("addressing a mail", why))
}

type Header = (&'static str, String, String);

/// The headers of every mail: name, a form that lettre can read back, the form that is sent.
fn common(letter: &Letter<'_>) -> Result<Vec<Header>> {
    let from = letter.from_address;
    let mut headers = vec![
        ("From", from.to_string(), mailbox("From", letter.from_name, from)?),
        ("To", String::new(), mailbox("To", letter.to_name.unwrap_or(""), letter.to)?),
        ("Subject", String::new(), unstructured("Subject", letter.subject)?),
        date(letter),
        ("Message-ID", String::new(), format!("<{}>", plain("Message-ID", letter.message_id)?)),
    ];
    if let Some(address) = letter.reply_to {
        headers.push(("Reply-To", String::new(), address.to_string()));
    }
    Ok(headers)
}

fn date(letter: &Letter<'_>) -> Header {
    let instant = chrono::DateTime::from_timestamp(letter.date, 0).unwrap_or_default();
    let raw = instant.format("%a, %d %b %Y %H:%M:%S +0000").to_string();
    let local = calendar::local(letter.date, letter.zone).format("%a, %d %b %Y %H:%M:%S %z").to_string();
    ("Date", raw, local)
}

fn of_kind(kind: &LetterKind<'_>) -> Result<Vec<(&'static str, String)>> {
    match kind {
        LetterKind::Bulk { list_id, list_title, unsubscribe_url, unsubscribe_mailto, feedback_id } => {
            let mut unsubscribe = format!("<{}>", plain("List-Unsubscribe", unsubscribe_url)?);
            if let Some(mailto) = unsubscribe_mailto {
                unsubscribe += &format!(",\r\n <mailto:{}>", plain("List-Unsubscribe", mailto)?);
            }
            let list_id = format!("<{}>", plain("List-Id", list_id)?);
            Ok(vec![
                ("List-Id", phrase("List-Id", list_title, &list_id)?),
                ("List-Unsubscribe", unsubscribe),
                // RFC 8058, 3.1
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_string()),
                ("Feedback-ID", plain("Feedback-ID", feedback_id)?.to_string()),
                ("Precedence", "bulk".to_string()),
            ])
        }
        // RFC 3834, 5; the second is Exchange's word for the same.
        LetterKind::Automatic => Ok(vec![
            ("Auto-Submitted", "auto-generated".to_string()),
            ("X-Auto-Response-Suppress", "All".to_string()),
        ]),
        LetterKind::Test => Ok(Vec::new()),
    }
}

fn mailbox(header: &'static str, name: &str, address: &Address) -> Result<String> {
    if name.trim().is_empty() {
        return Ok(address.to_string());
    }
    phrase(header, name, &format!("<{address}>"))
}

/// Our own encoding goes in as it is: lettre's leaves text that only looks like an encoded word alone.
fn with_header(message: MessageBuilder, name: &'static str, raw: String, encoded: String) -> MessageBuilder {
    let name = HeaderName::new_from_ascii_str(name);
    message.raw_header(HeaderValue::dangerous_new_pre_encoded(name, raw, encoded))
}

/// A [`MultiPart`] whose boundary follows from the Message-ID, so that a retry has the same bytes.
trait WithBoundary {
    fn alternative_with_boundary(message_id: &str) -> lettre::message::MultiPartBuilder;
}

impl WithBoundary for MultiPart {
    fn alternative_with_boundary(message_id: &str) -> lettre::message::MultiPartBuilder {
        let digest = ring::digest::digest(&ring::digest::SHA256, message_id.as_bytes());
        let hash = data_encoding::HEXLOWER.encode(digest.as_ref().get(..16).unwrap_or_default());
        // `=_` stands in no quoted-printable or base64 text (RFC 2045, 6.7).
        MultiPart::builder()
            .kind(lettre::message::MultiPartKind::Alternative)
            .boundary(format!("=_neo_{hash}"))
    }
}
