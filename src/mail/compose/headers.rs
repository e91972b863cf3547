//! Header values that stay one header: folded, 7-bit, and equal when read back.
//! Not which headers a mail has: that is the module above.

use data_encoding::BASE64;

use crate::error::{Error, Result};
use crate::texts::errors;

/// Lines with encoded words (RFC 2047, 2); 78 is the bound for others (RFC 5322, 2.1.1).
const LINE_LIMIT: usize = 76;
/// SoftBank refused header sections of more than 12 KB; no single value needs more than this.
const VALUE_LIMIT: usize = 900;
const TEXT_LIMIT: usize = 2000;
const WORD_FRAME: usize = "=?utf-8?b??=".len();

/// A value of printable ASCII without spaces or angle brackets: ids and URLs.
pub(super) fn plain<'a>(header: &'static str, value: &'a str) -> Result<&'a str> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'<' && byte != b'>';
    if value.is_empty() || !value.bytes().all(is_plain) {
        return Err(Error::invalid(errors::CONTROL_CHARACTER).on(header));
    }
    within(header, value, VALUE_LIMIT)?;
    Ok(value)
}

/// Free text, as in Subject.
pub(super) fn unstructured(header: &'static str, text: &str) -> Result<String> {
    one_line(header, text)?;
    let start = header.len() + 2;
    Ok(if reads_as_it_is(text) { folded(start, text) } else { encoded_words(start, text) })
}

/// A name before `<…>`, as in From and List-Id.
pub(super) fn phrase(header: &'static str, name: &str, bracketed: &str) -> Result<String> {
    one_line(header, name)?;
    let start = header.len() + 2;
    let name = phrase_words(start, name);
    let last_line = name.rsplit("\r\n").next().unwrap_or(&name).len();
    let used = if name.contains("\r\n") { last_line } else { start + last_line };
    let gap = match name.as_str() {
        "" => "",
        _ if used + 1 + bracketed.len() > LINE_LIMIT => "\r\n ",
        _ => " ",
    };
    Ok(format!("{name}{gap}{bracketed}"))
}

fn phrase_words(start: usize, name: &str) -> String {
    let is_atom = |byte: u8| byte.is_ascii_alphanumeric() || byte == b' ' || b"!#$&'*+-/^_".contains(&byte);
    let fits = start + name.len() + 2 <= LINE_LIMIT;
    if !fits || !reads_as_it_is(name) {
        return encoded_words(start, name);
    }
    if name.bytes().all(is_atom) {
        return name.to_string();
    }
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

fn one_line(header: &'static str, text: &str) -> Result<()> {
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(errors::CONTROL_CHARACTER).on(header));
    }
    within(header, text, TEXT_LIMIT)
}

fn within(header: &'static str, text: &str, limit: usize) -> Result<()> {
    if text.len() <= limit {
        return Ok(());
    }
    Err(Error::invalid(errors::FIELD_TOO_LONG)
        .with("field", header)
        .with("limit", limit.to_string())
        .on(header))
}

/// Whether unfolding gives the text back: printable ASCII, single inner spaces, nothing like an encoded word.
fn reads_as_it_is(text: &str) -> bool {
    let is_printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let is_short = |word: &str| !word.is_empty() && word.len() <= LINE_LIMIT - 20;
    text.is_empty() || (is_printable && !text.contains("=?") && text.split(' ').all(is_short))
}

fn folded(start: usize, text: &str) -> String {
    let mut value = String::with_capacity(text.len() + 16);
    let mut column = start;
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            let is_full = column + 1 + word.len() > LINE_LIMIT;
            value.push_str(if is_full { "\r\n " } else { " " });
            column = if is_full { 1 } else { column + 1 };
        }
        value.push_str(word);
        column += word.len();
    }
    value
}

/// RFC 2047: words of at most 75 bytes, whole characters in each, one a line.
fn encoded_words(start: usize, text: &str) -> String {
    let mut value = String::with_capacity(text.len() * 3 / 2 + 32);
    let mut room = room(start);
    let mut word = String::new();
    for letter in text.chars() {
        if word.len() + letter.len_utf8() > room {
            push_word(&mut value, &word);
            word.clear();
            room = self::room(1);
        }
        word.push(letter);
    }
    push_word(&mut value, &word);
    value
}

/// Bytes of text that fit into one word on a line used up to `column`.
fn room(column: usize) -> usize {
    let letters = LINE_LIMIT.saturating_sub(column + WORD_FRAME).min(75 - WORD_FRAME);
    (letters / 4 * 3).max(4)
}

fn push_word(value: &mut String, word: &str) {
    if !value.is_empty() {
        value.push_str("\r\n ");
    }
    value.push_str("=?utf-8?b?");
    BASE64.encode_append(word.as_bytes(), value);
    value.push_str("?=");
}
