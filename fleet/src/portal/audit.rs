//! Who did what, newest first.
//! Not the writing of it: each change does that in its own transaction.

use neo::error::Result;
use neo::texts::Language;
use neo::web::call::Call;
use neo::web::message::Reply;
use neo::web::view::{self, Column, Link, Markup, html};

use super::access::Staff;
use super::page;
use crate::app::Fleet;
use crate::store::audit::Entry;
use crate::texts::portal as texts;

const PAGE: i64 = 50;

/// GET /audit?before=ID
pub fn list(call: &Call, fleet: &mut Fleet, staff: &Staff) -> Result<Reply> {
    let language = call.language;
    let before = call.request.query_value("before").and_then(|typed| typed.parse().ok());
    let lines = fleet.store.audit_lines(None, before, PAGE)?;
    let is_full = i64::try_from(lines.len()).is_ok_and(|shown| shown == PAGE);
    let first = call.link("/audit");
    let next = lines.last().map(|line| call.link(&format!("/audit?before={}", line.id)));
    let title = texts::AUDIT.to(language);
    let content = html! {
        (view::page_heading(title, html! {}))
        (table(&lines, language))
        (view::pager(title,
            before.map(|_| Link { label: texts::FIRST.to(language), url: &first }),
            next.as_deref().filter(|_| is_full).map(|url| Link { label: texts::NEXT.to(language), url })))
    };
    Ok(page::reply(call, staff.who, "/audit", title, content))
}

pub(super) fn table(lines: &[Entry], language: Language) -> Markup {
    let rows: Vec<Vec<Markup>> = lines
        .iter()
        .map(|line| {
            vec![
                html! { (page::time(line.at)) },
                html! { (line.what) },
                html! { (line.about) },
                html! { (line.who) },
            ]
        })
        .collect();
    let columns = [
        Column::text(texts::WHEN.to(language)),
        Column::main(texts::WHAT.to(language)),
        Column::text(texts::ABOUT.to(language)),
        Column::text(texts::WHO.to(language)),
    ];
    view::table(texts::AUDIT.to(language), &columns, &rows)
}
