//! The fields and files of a submitted form, urlencoded or multipart/form-data.
//! Not the rules about what may be typed: those are in `domain`.

use mail_parser::{MessageParser, MimeHeaders};

use crate::error::{Error, Result};
use crate::texts::errors;

/// More fields than any page of ours has.
const PARTS: usize = 1_000;

/// The first value of `name` in a list of pairs.
pub(super) fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// A submitted form: text fields in the order of the page, and uploaded files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form<'a> {
    fields: Vec<(String, String)>,
    uploads: Vec<Upload<'a>>,
}

/// An uploaded file, as it came: nothing about its bytes has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload<'a> {
    pub field: String,
    /// What the browser calls the file: for showing, never for opening.
    pub file_name: String,
    pub bytes: &'a [u8],
}

impl<'a> Form<'a> {
    /// The first value of a field; "" if it is missing.
    pub fn text(&self, name: &str) -> &str {
        first(&self.fields, name).unwrap_or("")
    }

    /// Whether the field was sent at all: a checkbox that is ticked.
    pub fn has(&self, name: &str) -> bool {
        first(&self.fields, name).is_some()
    }

    /// Every value of a field, in order.
    pub fn all<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b str> {
        self.fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every field, in order.
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// The uploaded file of a field; `None` if no file was chosen.
    pub fn upload(&self, name: &str) -> Option<&Upload<'a>> {
        self.uploads.iter().find(|upload| upload.field == name)
    }

    /// Reads a body by its content type. A type that no form has gives no fields.
    pub fn read(content_type: &str, body: &'a [u8]) -> Result<Form<'a>> {
        let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media_type.as_str() {
            "" | "application/x-www-form-urlencoded" => {
                Ok(Form { fields: urlencoded(content_type, body)?, uploads: Vec::new() })
            }
            "multipart/form-data" => multipart(content_type, body),
            _ => Ok(Form::default()),
        }
    }
}

fn urlencoded(content_type: &str, body: &[u8]) -> Result<Vec<(String, String)>> {
    let charset = attribute(&format!("Content-Type: {content_type}\r\n\r\n"), "charset");
    let says_utf8 = charset.is_none_or(|charset| charset.eq_ignore_ascii_case("utf-8"));
    // The decoder would put U+FFFD in place of what is not UTF-8, and a name would be lost without a word.
    if !says_utf8 || std::str::from_utf8(&percent_decoded(body)).is_err() {
        return Err(Error::invalid(errors::NOT_UTF8));
    }
    let fields: Vec<(String, String)> =
        serde_urlencoded::from_bytes(body).map_err(|_| Error::invalid(errors::NOT_UTF8))?;
    Ok(fields.into_iter().map(|(name, value)| (name, unix_lines(&value))).collect())
}

/// The bytes behind the %-escapes; a broken escape stands for itself.
pub fn percent_decoded(body: &[u8]) -> Vec<u8> {
    let digit = |at: usize| body.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut decoded = Vec::with_capacity(body.len());
    let mut at = 0;
    while let Some(byte) = body.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap_or_default());
                at += 3;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    decoded
}

fn multipart<'a>(content_type: &str, body: &'a [u8]) -> Result<Form<'a>> {
    let broken = || Error::invalid(errors::REQUEST_BROKEN);
    let boundary = attribute(&format!("Content-Type: {content_type}\r\n\r\n"), "boundary")
        .filter(|boundary| !boundary.is_empty())
        .ok_or_else(broken)?;
    let mut form = Form::default();
    for part in parts(body, &boundary).ok_or_else(broken)? {
        let (head, content) = head_and_content(part).ok_or_else(broken)?;
        let head = std::str::from_utf8(head).map_err(|_| Error::invalid(errors::NOT_UTF8))?;
        let Some(field) = attribute(head, "name") else { continue };
        match attribute(head, "filename") {
            Some(file_name) if file_name.is_empty() && content.is_empty() => {} // no file was chosen
            Some(file_name) => form.uploads.push(Upload { field, file_name, bytes: content }),
            None => {
                let value = std::str::from_utf8(content).map_err(|_| Error::invalid(errors::NOT_UTF8))?;
                form.fields.push((field, unix_lines(value)));
            }
        }
    }
    Ok(form)
}

/// What lies between the boundaries; `None` if the closing one is missing, as in an upload that was cut short.
///
/// Done here and not by the mail parser, which would decode the bytes of a file and needs a copy of the whole body.
fn parts<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<&'a [u8]>> {
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut part_start = None;
    let mut offset = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let line_start = offset;
        offset += line.len();
        let Some(rest) = line.strip_prefix(delimiter.as_bytes()) else { continue };
        let closing = rest.starts_with(b"--");
        if !closing && !rest.trim_ascii().is_empty() {
            continue; // a longer boundary with the same beginning
        }
        if let Some(start) = part_start {
            parts.push(without_line_end(body.get(start..line_start)?));
        }
        if closing {
            return Some(parts);
        }
        if parts.len() >= PARTS {
            return None;
        }
        part_start = Some(offset);
    }
    None
}

/// The line break before a boundary belongs to the boundary.
fn without_line_end(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}

/// A part's head, with the empty line that ends it, and its content.
fn head_and_content(part: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length = 0;
    for line in part.split_inclusive(|byte| *byte == b'\n') {
        length += line.len();
        if line.trim_ascii().is_empty() {
            return part.split_at_checked(length);
        }
    }
    // An empty field may end with its head: its empty line went to the boundary.
    Some((part, &[]))
}

/// An attribute of the Content-Disposition or Content-Type in `head`.
fn attribute(head: &str, name: &str) -> Option<String> {
    let message = MessageParser::new().parse_headers(head)?;
    let header = message.content_disposition().or_else(|| message.content_type())?;
    header.attribute(name).map(str::to_string)
}

/// Browsers send the line breaks of a textarea as CRLF.
fn unix_lines(value: &str) -> String {
    value.replace("\r\n", "\n").replace('\r', "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=----WebKitFormBoundaryAbC";

    fn multipart_body(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut body = Vec::new();
        for (disposition, content) in parts {
            body.extend_from_slice(b"------WebKitFormBoundaryAbC\r\nContent-Disposition: form-data; ");
            body.extend_from_slice(disposition.as_bytes());
            body.extend_from_slice(b"\r\n\r\n");
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"------WebKitFormBoundaryAbC--\r\n");
        body
    }

    fn number(error: &Error) -> u16 {
        error.refusal().unwrap().sentence.number
    }

    #[test]
    fn a_form_keeps_order_repeats_and_turns_line_breaks() {
        let body = b"b=%E8%8A%B1%E5%AD%90&a=1&a=2&text=x%0D%0Ay%0Dz&plus=a+b%2Bc&broken=50%&flag";
        let form = Form::read("application/x-www-form-urlencoded; charset=UTF-8", body).unwrap();
        assert_eq!(form.text("b"), "花子");
        assert_eq!(form.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(form.text("text"), "x\ny\nz");
        assert_eq!(form.text("plus"), "a b+c");
        assert_eq!(form.text("broken"), "50%");
        assert!(form.has("flag") && !form.has("absent") && form.text("absent").is_empty());
        assert_eq!(form.fields()[0].0, "b");
    }

    #[test]
    fn text_that_is_not_utf8_is_refused_and_not_replaced() {
        for body in [b"name=%8A%D4".as_slice(), b"name=\x8a\xd4", b"%ff=1"] {
            let error = Form::read("application/x-www-form-urlencoded", body).unwrap_err();
            assert_eq!(number(&error), 1010);
        }
        let error = Form::read("application/x-www-form-urlencoded; charset=Shift_JIS", b"a=b").unwrap_err();
        assert_eq!(number(&error), 1010);
        let body = multipart_body(&[("name=\"name\"", b"\x8a\xd4")]);
        assert_eq!(number(&Form::read(TYPE, &body).unwrap_err()), 1010);
        // U+FFFD itself is text.
        assert_eq!(Form::read("", b"a=%EF%BF%BD").unwrap().text("a"), "\u{FFFD}");
    }

    #[test]
    fn a_multipart_form_gives_its_fields_and_its_files_byte_for_byte() {
        let file: Vec<u8> = (0..=255).chain(*b"\r\n--\r\n------WebKitFormBoundaryAbCd\r\n\r\n").collect();
        let body = multipart_body(&[
            ("name=\"お名前\"", "花子".as_bytes()),
            ("name=\"note\"", b"one\r\ntwo"),
            ("name=\"empty\"", b""),
            ("name=\"file\"; filename=\"読者 一覧.csv\"\r\nContent-Type: text/csv", &file),
            ("name=\"none\"; filename=\"\"\r\nContent-Type: application/octet-stream", b""),
        ]);
        let form = Form::read(TYPE, &body).unwrap();
        assert_eq!(form.text("お名前"), "花子");
        assert_eq!(form.text("note"), "one\ntwo");
        assert!(form.has("empty") && form.text("empty").is_empty());
        let upload = form.upload("file").unwrap();
        assert_eq!(upload.file_name, "読者 一覧.csv");
        assert_eq!(upload.bytes, file);
        assert_eq!(form.upload("none"), None);
    }

    #[test]
    fn a_one_click_unsubscribe_is_read_in_both_encodings() {
        let plain = Form::read("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click").unwrap();
        assert_eq!(plain.text("List-Unsubscribe"), "One-Click");
        let body = b"--x\nContent-Disposition: form-data; name=List-Unsubscribe\n\nOne-Click\n--x--";
        let multi = Form::read("Multipart/Form-Data; boundary=\"x\"", body).unwrap();
        assert_eq!(multi.text("List-Unsubscribe"), "One-Click");
    }

    #[test]
    fn a_multipart_form_that_was_cut_short_is_refused() {
        let whole = multipart_body(&[("name=\"a\"", b"1"), ("name=\"b\"", b"2")]);
        for length in 0..whole.len() - 4 {
            let error = Form::read(TYPE, &whole[..length]).unwrap_err();
            assert_eq!(number(&error), 4005, "cut at {length}");
        }
        assert_eq!(number(&Form::read("multipart/form-data", &whole).unwrap_err()), 4005);
    }

    #[test]
    fn a_body_of_another_type_has_no_fields() {
        assert_eq!(Form::read("text/plain", b"a=1").unwrap(), Form::default());
        assert_eq!(Form::read("application/json", b"{}").unwrap(), Form::default());
    }
}
