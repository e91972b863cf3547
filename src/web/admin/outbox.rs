//! The try-out outbox: mails that the folder transport wrote instead of sending them, to be looked at.
//! Not the transport (mail/transport) and not a mailbox: nothing is changed, and no other file can be reached.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use mail_parser::{Message, MessageParser};

use crate::app::App;
use crate::error::{Error, Result};
use crate::mail::transport::{self, TransportUrl};
use crate::settings;
use crate::store::Reader;
use crate::texts::{Language, admin, errors, site};
use crate::web::access::Admin;
use crate::web::admin::{page, writing};
use crate::web::call::Call;
use crate::web::message::Reply;
use crate::web::view::{self, Column, Link, Markup, Nav, html};

/// The newest mails of the list.
const SHOWN: usize = 50;
/// Enough for the headers of any mail of ours.
const HEAD_BYTES: u64 = 16 * 1024;
/// The largest part of a mail that is read for its page.
const MAIL_BYTES: u64 = 4 * 1024 * 1024;
/// Lines of headers on the page, in characters.
const HEADERS_SHOWN: usize = 16 * 1024;

/// GET /admin/outbox
pub fn list(call: &Call, admin: &Admin, app: &App, _store: &Reader) -> Result<Reply> {
    let language = call.language;
    let title = admin::OUTBOX_TITLE.to(language);
    let folder = folder(app)?;
    let mut rows = Vec::new();
    for name in newest(app, &folder)? {
        // A file that went away in the meantime is left out.
        if let Ok(head) = read(&folder, &name, HEAD_BYTES) {
            rows.push(row(call, app, &name, &head.bytes));
        }
    }
    let columns = [
        Column::main(admin::WRITE_SUBJECT.to(language)),
        Column::text(admin::TROUBLED_TO.to(language)),
        Column::text(admin::OUTBOX_DATE.to(language)),
    ];
    let shown = SHOWN.to_string();
    let content = html! {
        (page::back(call, "/admin/settings/sending", site::TAB_SENDING))
        (view::page_heading(title, html! {}))
        p { (admin::OUTBOX_TEXT.with(language, &[("limit", &shown)])) }
        @if rows.is_empty() {
            (view::empty_state(admin::OUTBOX_EMPTY.to(language), admin::OUTBOX_EMPTY_TEXT.to(language), html! {}))
        } @else {
            (view::table(title, &columns, &rows))
        }
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Elsewhere, content))
}

/// GET /admin/outbox/FILE
pub fn show(call: &Call, admin: &Admin, app: &App, _store: &Reader) -> Result<Reply> {
    let language = call.language;
    let name = file_name(call)?;
    let file = read(&folder(app)?, name, MAIL_BYTES)?;
    let mail = parse(&file.bytes)?;
    let facts = Facts::of(app, &mail, language);
    let has_html = mail.html_body.iter().any(|part| mail.part(*part).is_some_and(|part| part.is_text_html()));
    let frame_url = call.link(&format!("/admin/outbox/{name}/html"));
    let limit = format!("{} MiB", MAIL_BYTES / 1024 / 1024);
    let content = html! {
        (view::back_link(Link { label: admin::OUTBOX_BACK.to(language), url: &call.link("/admin/outbox") }))
        (view::page_heading(&facts.subject, html! {}))
        @if file.is_cut { (view::notice(view::Tone::Warn, admin::OUTBOX_CUT.with(language, &[("limit", &limit)]))) }
        (view::card("", html! {
            (view::definition_list(&[
                (admin::PREVIEW_FROM.to(language), html! { (facts.from) }),
                (admin::TROUBLED_TO.to(language), html! { (facts.to) }),
                (admin::OUTBOX_DATE.to(language), html! { (facts.date) }),
            ]))
            @if has_html {
                h3 { (admin::PREVIEW_HTML.to(language)) }
                (view::mail_preview_frame(admin::PREVIEW_HTML.to(language), &frame_url, language))
            }
            @if let Some(text) = mail.body_text(0) {
                h3 { (admin::PREVIEW_TEXT.to(language)) }
                (view::mail_text(&text))
            }
        }))
        (view::details_box(admin::OUTBOX_HEADERS.to(language), view::mail_text(&headers(&mail))))
    };
    Ok(page::reply(&page::frame(call, admin, &facts.subject), Nav::Elsewhere, content))
}

/// GET /admin/outbox/FILE/html: the HTML part, for the frame.
pub fn html_part(call: &Call, _admin: &Admin, app: &App, _store: &Reader) -> Result<Reply> {
    let file = read(&folder(app)?, file_name(call)?, MAIL_BYTES)?;
    let mail = parse(&file.bytes)?;
    let html = mail.body_html(0).ok_or_else(|| Error::not_found(errors::MAIL_NOT_FOUND))?;
    Ok(writing::mail_html(html.into_owned()))
}

/// Where the folder transport writes; refused while another transport is set.
fn folder(app: &App) -> Result<PathBuf> {
    match transport::parse(app.settings.value(&settings::TRANSPORT)) {
        Ok(TransportUrl::Folder(folder)) => Ok(app.folder.path().join(folder)),
        _ => Err(Error::not_found(errors::OUTBOX_NOT_IN_USE)),
    }
}

/// The file that the path names: a plain name, so that nothing outside of the folder can be meant.
fn file_name<'a>(call: &'a Call) -> Result<&'a str> {
    let name = call.parameter();
    if is_mail_name(name) { Ok(name) } else { Err(Error::not_found(errors::MAIL_NOT_FOUND)) }
}

fn is_mail_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_short = name.len() > ".eml".len() && name.len() <= 120;
    is_short
        && name.ends_with(".eml")
        && !name.starts_with(['.', '-'])
        && !name.contains("..")
        && name.chars().all(is_plain)
}

/// The newest names; they begin with the time, so the greatest are the newest.
fn newest(app: &App, folder: &Path) -> Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(Error::fault("reading the outbox", cause)),
    };
    let mut names: Vec<String> = Vec::new();
    for entry in entries.flatten() {
        if app.budget.spend(1).is_err() {
            break;
        }
        let name = entry.file_name();
        names.extend(name.to_str().filter(|name| is_mail_name(name)).map(str::to_string));
        // A folder may hold a hundred thousand: only the newest are kept in hand.
        if names.len() >= SHOWN * 20 {
            keep_newest(&mut names);
        }
    }
    keep_newest(&mut names);
    Ok(names)
}

fn keep_newest(names: &mut Vec<String>) {
    names.sort_unstable_by(|one, other| other.cmp(one));
    names.truncate(SHOWN);
}

/// The beginning of a file.
struct Beginning {
    bytes: Vec<u8>,
    is_cut: bool,
}

fn read(folder: &Path, name: &str, limit: u64) -> Result<Beginning> {
    let unknown = |_| Error::not_found(errors::MAIL_NOT_FOUND);
    let path = folder.join(OsStr::new(name));
    // A link could lead anywhere: only a file that is one itself.
    let is_file = std::fs::symlink_metadata(&path).map_err(unknown)?.is_file();
    if !is_file {
        return Err(Error::not_found(errors::MAIL_NOT_FOUND));
    }
    let mut bytes = Vec::new();
    let file = File::open(&path).map_err(unknown)?;
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|cause| Error::fault("reading a mail of the outbox", cause))?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_cut = bytes.len() > limit;
    bytes.truncate(limit);
    Ok(Beginning { bytes, is_cut })
}

fn parse(bytes: &[u8]) -> Result<Message<'_>> {
    MessageParser::default().parse(bytes).ok_or_else(|| Error::not_found(errors::MAIL_NOT_FOUND))
}

fn row(call: &Call, app: &App, name: &str, head: &[u8]) -> Vec<Markup> {
    let url = call.link(&format!("/admin/outbox/{name}"));
    let mail = MessageParser::default().parse_headers(head);
    let facts = mail.map(|mail| Facts::of(app, &mail, call.language)).unwrap_or_default();
    let subject = if facts.subject.is_empty() { name } else { &facts.subject };
    vec![view::link(&url, subject), html! { (facts.to) }, html! { (facts.date) }]
}

/// What stands at the top of a mail.
#[derive(Default)]
struct Facts {
    subject: String,
    from: String,
    to: String,
    date: String,
}

impl Facts {
    fn of(app: &App, mail: &Message, language: Language) -> Facts {
        let subject = mail.subject().map(str::trim).filter(|subject| !subject.is_empty());
        Facts {
            subject: subject.unwrap_or(admin::OUTBOX_NO_SUBJECT.to(language)).to_string(),
            from: mailboxes(mail.from()),
            to: mailboxes(mail.to()),
            date: mail.date().map(|date| page::time(app, date.to_timestamp())).unwrap_or_default(),
        }
    }
}

fn mailboxes(addresses: Option<&mail_parser::Address>) -> String {
    let Some(addresses) = addresses else { return String::new() };
    let one = |address: &mail_parser::Addr| match (address.name(), address.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (None, Some(address)) => address.to_string(),
        (name, None) => name.unwrap_or_default().to_string(),
    };
    addresses.iter().take(20).map(one).collect::<Vec<String>>().join(", ")
}

/// The headers as they were written.
fn headers(mail: &Message) -> String {
    let lines: String =
        mail.headers_raw().map(|(name, value)| format!("{name}:{}\n", value.trim_end())).collect();
    lines.chars().take(HEADERS_SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_the_outbox_can_mean_nothing_outside_of_it() {
        assert!(is_mail_name("20261123T233000Z-000001-0a1b2c3d.eml"));
        for wrong in [
            ".eml",
            "x.txt",
            "../x.eml",
            "a/b.eml",
            "a\\b.eml",
            "..eml",
            "a..b.eml",
            "-x.eml",
            ".x.eml",
            "x.eml\0",
            "あ.eml",
            "x.EML",
            "x.eml.part",
            &format!("{}.eml", "a".repeat(200)),
        ] {
            assert!(!is_mail_name(wrong), "{wrong:?}");
        }
    }
}
