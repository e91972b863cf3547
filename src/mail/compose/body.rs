//! One text part: its line ends, and the encoding that survives every mail server.
//! Not the frame around two parts: that is the module above.

use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, SinglePart};

use crate::error::{Error, Result};

const LINE_LIMIT: usize = 76;

/// The part for `text`, 7-bit and with short lines whatever it holds.
pub(super) fn part(text: &str, is_html: bool) -> Result<SinglePart> {
    let text = with_crlf(text);
    let encoding = encoding(&text);
    let body = Body::new_with_encoding(text, encoding)
        .map_err(|_| Error::fault("encoding a mail", "the text does not fit its encoding"))?;
    let kind = if is_html { ContentType::TEXT_HTML } else { ContentType::TEXT_PLAIN };
    Ok(SinglePart::builder().content_type(kind).body(body))
}

/// Every line end, also a lone CR, as CRLF.
fn with_crlf(text: &str) -> String {
    match text.contains('\r') {
        true => text.replace("\r\n", "\n").replace(['\r', '\n'], "\r\n"),
        false => text.replace('\n', "\r\n"),
    }
}

/// Plain where nothing can go wrong on the way, quoted-printable for mostly ASCII, base64 for the rest.
fn encoding(text: &str) -> ContentTransferEncoding {
    if text.is_ascii() && text.split("\r\n").all(is_safe_line) {
        return ContentTransferEncoding::SevenBit;
    }
    let has_from = text.split("\r\n").any(|line| line.starts_with("From "));
    let odd = text.bytes().filter(|byte| !(b' '..=b'~').contains(byte) && !b"\r\n".contains(byte)).count();
    // Quoted-printable triples each odd byte; base64 adds a third to all.
    if odd * 6 < text.len() && !has_from {
        return ContentTransferEncoding::QuotedPrintable;
    }
    ContentTransferEncoding::Base64
}

/// Servers cut white space at the end of a line, and mbox writers change `From `: both break DKIM.
fn is_safe_line(line: &str) -> bool {
    line.len() <= LINE_LIMIT
        && !line.ends_with(' ')
        && !line.starts_with("From ")
        && line.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}
