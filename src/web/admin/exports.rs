//! 読者 > 書き出し: the readers of a list as a file to download.
//! Not the writing: transfer/export. A long list comes in parts, so that no page takes long.

use crate::app::App;
use crate::domain::id::{ListId, SubscriptionId};
use crate::domain::list::List;
use crate::error::{Error, Result};
use crate::store::Reader;
use crate::texts::{errors, readers, transfer};
use crate::transfer::export::{Export, Format, Who};
use crate::web::access::Admin;
use crate::web::admin::{page, writing};
use crate::web::call::Call;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Link, Markup, Nav, html};

/// Readers of one file: what fits into a page's memory and time.
const PART: i64 = 20_000;

const FORMATS: [(&str, Format, &str); 3] =
    [("csv", Format::Csv, "csv"), ("cp932", Format::CsvCp932, "csv"), ("jsonl", Format::Jsonl, "jsonl")];

/// GET /admin/exports?list=ID
pub fn show(call: &Call, admin: &Admin, _app: &App, store: &Reader) -> Result<Reply> {
    let language = call.language;
    let title = transfer::EXPORT.to(language);
    let lists = store.lists()?;
    let named = call.request.query_value("list").and_then(|id| id.parse::<ListId>().ok());
    let chosen = lists.iter().find(|list| Some(list.id) == named).or(lists.first());
    let content = html! {
        (view::back_link(Link { label: readers::READERS.to(language), url: &call.link("/admin/subscribers") }))
        (view::page_heading(title, html! {}))
        @match chosen {
            None => { (writing::no_list(call)) }
            Some(list) => {
                @if lists.len() > 1 { (tabs(call, &lists, list)) }
                (downloads(call, store, list)?)
            }
        }
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Subscribers, content))
}

fn tabs(call: &Call, lists: &[List], active: &List) -> Markup {
    let urls: Vec<String> =
        lists.iter().map(|list| call.link(&format!("/admin/exports?list={}", list.id))).collect();
    let tabs: Vec<view::Tab> = lists
        .iter()
        .zip(&urls)
        .map(|(list, url)| view::Tab { label: &list.title, url, active: list.id == active.id })
        .collect();
    view::tabs(readers::LIST.to(call.language), &tabs)
}

fn downloads(call: &Call, store: &Reader, list: &List) -> Result<Markup> {
    let language = call.language;
    let counts = store.list_counts(list.id)?;
    let all = counts.confirmed + counts.pending + counts.left;
    let parts = if all <= PART { 1 } else { store.last_subscription()?.0 / PART + 1 };
    let kinds = [
        ("csv", transfer::AS_CSV, transfer::AS_CSV_TEXT),
        ("cp932", transfer::AS_CP932, transfer::AS_CP932_TEXT),
        ("jsonl", transfer::AS_JSONL, transfer::AS_JSONL_TEXT),
    ];
    Ok(html! {
        p { (transfer::EXPORT_TEXT.with(language, &[("list", &list.title), ("count", &page::number(all))])) }
        @if parts > 1 { p.hint { (transfer::IN_PARTS.to(language)) } }
        @for (word, label, text) in kinds {
            (view::card(label.to(language), html! {
                p { (text.to(language)) }
                (view::actions(html! {
                    @for part in 1..=parts {
                        @let label = match parts {
                            1 => transfer::DOWNLOAD.to(language).to_string(),
                            _ => transfer::DOWNLOAD_PART.with(language,
                                &[("part", &part.to_string()), ("parts", &parts.to_string())]),
                        };
                        (view::link_button(
                            &call.link(&format!("/admin/exports/{}/{word}?part={part}&parts={parts}", list.id)),
                            &label, ButtonKind::Secondary))
                    }
                }))
            }))
        }
    })
}

/// GET /admin/exports/LIST/FORMAT?part=1&parts=1
pub fn download(call: &Call, _admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let wrong = || Error::not_found(errors::PAGE_NOT_FOUND);
    let list = store.list(call.parameter().parse::<ListId>().map_err(|_| wrong())?)?;
    let kind = FORMATS.iter().find(|(word, _, _)| *word == call.parameter_at(1));
    let (word, format, ending) = kind.ok_or_else(wrong)?;
    let number = |name: &str| {
        call.request.query_value(name).and_then(|number| number.parse::<i64>().ok()).unwrap_or(1)
    };
    let (part, parts) = (number("part").clamp(1, 1_000_000), number("parts"));
    // Parts are windows of numbers: whoever joins or leaves between two downloads moves nobody into another part.
    let window = match parts > 1 {
        true => (SubscriptionId((part - 1) * PART), SubscriptionId(part * PART)),
        false => (SubscriptionId(0), SubscriptionId(i64::MAX)),
    };
    let mut export = Export::new(app, store, list.id, *format, &Who::default(), window)?;
    let mut bytes = Vec::new();
    while let Some(piece) = export.next_piece()? {
        bytes.extend_from_slice(&piece);
        if app.budget.spend(1).is_err() || export.readers > 2 * PART.unsigned_abs() as usize {
            return Err(Error::busy(errors::CUT_OFF)); // half a file would look like a whole one
        }
    }
    let of = if parts > 1 { format!("-{part}of{parts}") } else { String::new() };
    let day = crate::domain::calendar::local(app.clock.now(), app.settings.zone()).format("%Y%m%d");
    let sjis = if *word == "cp932" { "-sjis" } else { "" };
    let name = format!("attachment; filename=\"{}-{day}{of}{sjis}.{ending}\"", list.name.as_str());
    let content_type = match format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::CsvCp932 => "text/csv; charset=Shift_JIS",
        Format::Jsonl => "application/x-ndjson",
    };
    Ok(Reply::bytes(200, content_type, bytes).with_header("content-disposition", name))
}
