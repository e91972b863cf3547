//! 読者: the list of a list's readers: by state, by tag, by the beginning of an address.
//! Not one reader (subscribers) and not conditions (segments).

use crate::app::App;
use crate::domain::id::{ListId, SubscriberId, SubscriptionId, TagId};
use crate::domain::list::List;
use crate::domain::subscriber::{Subscription, SubscriptionState};
use crate::domain::tag::Tag;
use crate::error::Result;
use crate::store::Reader;
use crate::texts::{Language, Text, feedback, fields, readers, segments, transfer};
use crate::web::access::Admin;
use crate::web::admin::page;
use crate::web::admin::subscribers::{DONE, shown_address, since, state_badge, state_word, without_lists};
use crate::web::call::Call;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Choice, Column, Field, Input, Link, Markup, Nav, html};

/// Rows of one page.
const ROWS: i64 = 50;

/// GET /admin/subscribers?list=ID&state=confirmed&tag=ID&before=NUMBER, or ?list=ID&q=BEGINNING
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let language = call.language;
    let title = readers::READERS.to(language);
    let lists = store.lists()?;
    let Some(list) = chosen(call, &lists) else { return Ok(without_lists(call, admin)) };
    let sought = call.request.query_value("q").unwrap_or_default().trim().to_lowercase();
    let state = call.request.query_value("state").and_then(SubscriptionState::parse);
    let state = state.unwrap_or(SubscriptionState::Confirmed);
    let before = call.request.query_value("before").and_then(|number| number.parse::<i64>().ok());
    let tag = call.request.query_value("tag").and_then(|id| id.parse::<TagId>().ok());
    let tag = tag.filter(|_| sought.is_empty()).and_then(|id| store.tag(id).ok());
    let found = find(store, list, state, tag.as_ref(), &sought, before)?;
    let mut here = format!("/admin/subscribers?list={}", list.id);
    if let Some(tag) = &tag {
        here.push_str(&format!("&tag={}", tag.id));
    }
    let button = |path: &str, label: Text, kind: ButtonKind| {
        view::link_button(&call.link(&format!("{path}?list={}", list.id)), label.to(language), kind)
    };
    let add = html! {
        (button("/admin/imports", transfer::IMPORT, ButtonKind::Secondary))
        (button("/admin/exports", transfer::EXPORT, ButtonKind::Secondary))
        (button("/admin/subscribers/new", readers::ADD_READER, ButtonKind::Primary))
    };
    let next = found.next.map(|next| call.link(&format!("{here}&state={}&before={next}", state.word())));
    let found = found.readers;
    let content = html! {
        (view::page_heading(title, add))
        @if lists.len() > 1 { (list_tabs(call, &lists, list, language)) }
        (search(call, list, &sought, language))
        (tag_filter(call, store, list, state, tag.as_ref())?)
        (state_tabs(call, store, list, &here, sought.is_empty().then_some(state), tag.is_some())?)
        @if found.is_empty() && sought.is_empty() {
            (view::empty_state(readers::NO_READERS.to(language), readers::NO_READERS_TEXT.to(language), html! {}))
        } @else if found.is_empty() {
            (view::empty_state(readers::NOT_FOUND.to(language), readers::NOT_FOUND_TEXT.to(language), html! {}))
        } @else {
            (table(call, app, &found, !sought.is_empty()))
        }
        @if !sought.is_empty() && found.len() >= 50 { p.hint { (readers::MORE_FOUND.to(language)) } }
        (view::pager(readers::PAGES.to(language),
            before.map(|_| call.link(&format!("{here}&state={}", state.word()))).as_deref()
                .map(|url| Link { label: readers::FIRST.to(language), url }),
            next.as_deref().map(|url| Link { label: readers::NEXT.to(language), url })))
        (more(call, store)?)
    };
    let frame = page::done_notice(page::frame(call, admin, title), call, DONE);
    Ok(page::reply(&frame, Nav::Subscribers, content))
}

/// One page of readers.
struct Found {
    readers: Vec<Subscription>,
    /// Where the next page begins.
    next: Option<i64>,
}

fn find(
    store: &Reader,
    list: &List,
    state: SubscriptionState,
    tag: Option<&Tag>,
    sought: &str,
    before: Option<i64>,
) -> Result<Found> {
    let before = before.unwrap_or(i64::MAX);
    if !sought.is_empty() {
        return Ok(Found { readers: store.find_subscriptions(list.id, sought, ROWS)?, next: None });
    }
    if let Some(tag) = tag {
        let (readers, next) =
            store.tagged_subscriptions(list.id, state, tag.id, SubscriberId(before), ROWS)?;
        return Ok(Found { readers, next: next.map(|next| next.0) });
    }
    let readers = store.subscriptions_page(list.id, state, SubscriptionId(before), ROWS)?;
    let next = readers.last().filter(|_| readers.len() >= 50).map(|last| last.id.0);
    Ok(Found { readers, next })
}

/// Only who carries a tag; nothing where there are no tags.
fn tag_filter(
    call: &Call,
    store: &Reader,
    list: &List,
    state: SubscriptionState,
    chosen: Option<&Tag>,
) -> Result<Markup> {
    let language = call.language;
    let tags: Vec<(String, String)> = store
        .tags()?
        .into_iter()
        .map(|tag| (tag.id.to_string(), format!("{} ({})", tag.name.as_str(), page::number(tag.count))))
        .collect();
    let every = (String::new(), readers::EVERY_TAG.to(language).to_string());
    let choices: Vec<(String, String)> = std::iter::once(every).chain(tags).collect();
    let choices: Vec<Choice> = choices.iter().map(|(id, label)| Choice::new(id, label)).collect();
    let value = chosen.map(|tag| tag.id.to_string()).unwrap_or_default();
    Ok(html! {
        @if choices.len() > 1 {
            form method="get" action=(call.link("/admin/subscribers")) {
                (view::hidden("list", &list.id.to_string()))
                (view::hidden("state", state.word()))
                (view::fields_row(html! {
                    (Field::new("tag", fields::TAG.to(language), Input::Select(&choices)).value(&value))
                    (view::button(readers::FILTER.to(language), ButtonKind::Secondary))
                }))
            }
        }
    })
}

/// What belongs to readers and has pages of its own, folded below the list.
fn more(call: &Call, store: &Reader) -> Result<Markup> {
    let language = call.language;
    let returned = format!("{} {}", feedback::RETURNED.to(language), page::number(store.returned_count()?));
    let pages = [
        ("/admin/segments", segments::SEGMENTS.to(language)),
        ("/admin/fields", fields::FIELDS.to(language)),
        ("/admin/tags", fields::TAGS.to(language)),
        ("/admin/subscribers/suppressed", feedback::SUPPRESSIONS.to(language)),
        ("/admin/subscribers/returned", &returned),
    ];
    let links = html! {
        ul { @for (path, label) in pages { li { (view::link(&call.link(path), label)) } } }
    };
    Ok(view::details_box(readers::MORE.to(language), links))
}

fn chosen<'a>(call: &Call, lists: &'a [List]) -> Option<&'a List> {
    let named = call.request.query_value("list").and_then(|id| id.parse::<ListId>().ok());
    lists.iter().find(|list| Some(list.id) == named).or(lists.first())
}

fn list_tabs(call: &Call, lists: &[List], active: &List, language: Language) -> Markup {
    let urls: Vec<String> =
        lists.iter().map(|list| call.link(&format!("/admin/subscribers?list={}", list.id))).collect();
    let tabs: Vec<view::Tab> = lists
        .iter()
        .zip(&urls)
        .map(|(list, url)| view::Tab { label: &list.title, url, active: list.id == active.id })
        .collect();
    view::tabs(readers::LIST.to(language), &tabs)
}

/// With a tag nobody has counted by state: the tabs then stand without numbers.
fn state_tabs(
    call: &Call,
    store: &Reader,
    list: &List,
    here: &str,
    active: Option<SubscriptionState>,
    is_tagged: bool,
) -> Result<Markup> {
    let counts = store.list_counts(list.id)?;
    let words: Vec<(SubscriptionState, String, String)> = [
        (SubscriptionState::Confirmed, counts.confirmed),
        (SubscriptionState::Pending, counts.pending),
        (SubscriptionState::Left, counts.left),
    ]
    .into_iter()
    .map(|(state, count)| {
        let word = state_word(state).to(call.language);
        let label = if is_tagged { word.to_string() } else { format!("{word} {}", page::number(count)) };
        (state, label, call.link(&format!("{here}&state={}", state.word())))
    })
    .collect();
    let tabs: Vec<view::Tab> = words
        .iter()
        .map(|(state, label, url)| view::Tab { label, url, active: active == Some(*state) })
        .collect();
    Ok(view::tabs(readers::STATE.to(call.language), &tabs))
}

fn search(call: &Call, list: &List, sought: &str, language: Language) -> Markup {
    view::search_form(
        &call.link("/admin/subscribers"),
        &[("list", &list.id.to_string())],
        readers::SEARCH.to(language),
        ("q", sought),
        readers::SEARCH_BUTTON.to(language),
    )
}

/// The state is told only where states are mixed: a tab says it already.
fn table(call: &Call, app: &App, found: &[Subscription], is_mixed: bool) -> Markup {
    let language = call.language;
    let rows: Vec<Vec<Markup>> = found
        .iter()
        .map(|reader| {
            let url = call.link(&format!("/admin/subscribers/{}", reader.id));
            let mut cells =
                vec![view::link(&url, shown_address(reader, language)), html! { (reader.name.as_str()) }];
            if is_mixed {
                cells.push(state_badge(reader.state, language));
            }
            cells.push(html! { (page::time(app, since(reader).1)) });
            cells
        })
        .collect();
    let mut columns =
        vec![Column::main(readers::ADDRESS.to(language)), Column::text(readers::READER_NAME.to(language))];
    if is_mixed {
        columns.push(Column::text(readers::STATE.to(language)));
    }
    let moment = match found.first().filter(|_| !is_mixed) {
        Some(reader) => since(reader).0,
        None => readers::WHEN,
    };
    columns.push(Column::number(moment.to(language)));
    view::table(readers::READERS.to(language), &columns, &rows)
}
