//! タグ: the tags with how many readers carry them; make, rename, remove.
//! Not who carries one (subscriber_edit, segments).

use crate::app::App;
use crate::domain::id::TagId;
use crate::domain::tag::{LONGEST_TAG, Tag, TagName};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::{errors, fields, readers};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Column, Field, Input, Markup, Nav, PostButton, html};

/// Readers that lose a tag in one transaction.
const CHUNK: i64 = 2000;

/// GET /admin/tags
pub fn list(call: &Call, admin: &Admin, _app: &App, store: &Reader) -> Result<Reply> {
    list_page(call, admin, store, "", &Mistake::none())
}

fn list_page(call: &Call, admin: &Admin, store: &Reader, typed: &str, mistake: &Mistake) -> Result<Reply> {
    let language = call.language;
    let title = fields::TAGS.to(language);
    let rows: Vec<Vec<Markup>> = store
        .tags()?
        .iter()
        .map(|tag| {
            let url = call.link(&format!("/admin/tags/{}", tag.id));
            vec![view::link(&url, tag.name.as_str()), html! { (page::number(tag.count)) }]
        })
        .collect();
    let columns = [Column::main(fields::TAG.to(language)), Column::number(fields::CARRIED_BY.to(language))];
    let content = html! {
        (page::back(call, "/admin/subscribers", readers::READERS))
        (view::page_heading(title, html! {}))
        (mistake.summary())
        @if rows.is_empty() {
            (view::empty_state(fields::NO_TAGS.to(language), fields::TAGS_TEXT.to(language), html! {}))
        } @else {
            (view::prose(html! { p { (fields::TAGS_TEXT.to(language)) } }))
            (view::table(title, &columns, &rows))
        }
        (view::card("", view::form(&call.link("/admin/tags"), &admin.csrf, html! {
            (name_field(fields::NEW_TAG.to(language), typed, mistake))
            (view::button(fields::ADD_TAG.to(language), ButtonKind::Primary))
        })))
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Subscribers, content))
}

fn name_field(label: &str, value: &str, mistake: &Mistake) -> Markup {
    let longest = u32::try_from(LONGEST_TAG).unwrap_or(50);
    html! {
        (Field::new("tag", label, Input::Text).value(value).maxlength(longest).error(mistake.on("tag")))
    }
}

/// POST /admin/tags
pub fn create(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let typed = sent.text("tag");
    let created = TagName::parse(typed).and_then(|name| {
        store.add_tag(&name, app.clock.now())?;
        Ok(call.redirect("/admin/tags?done=added"))
    });
    page::or_again(call, created, |mistake| list_page(call, admin, store, typed, mistake))
}

fn named(call: &Call, store: &Reader) -> Result<Tag> {
    let wrong = || Error::not_found(errors::TAG_NOT_FOUND).with("name", call.parameter());
    store.tag(call.parameter().parse::<TagId>().map_err(|_| wrong())?)
}

/// GET /admin/tags/ID
pub fn show(call: &Call, admin: &Admin, _app: &App, store: &Reader) -> Result<Reply> {
    let tag = named(call, store)?;
    Ok(page_of(call, admin, &tag, tag.name.as_str(), &Mistake::none()))
}

fn page_of(call: &Call, admin: &Admin, tag: &Tag, typed: &str, mistake: &Mistake) -> Reply {
    let language = call.language;
    let title = tag.name.as_str();
    let own = call.link(&format!("/admin/tags/{}", tag.id));
    let count = page::number(tag.count);
    let is_rest = call.request.query_value("rest").is_some();
    let readers_link = view::link_button(
        &call.link(&format!("/admin/segments/new?tag={}", tag.id)),
        fields::TAG_READERS.to(language),
        ButtonKind::Secondary,
    );
    let content = html! {
        (page::back(call, "/admin/tags", fields::TAGS))
        (view::page_heading(title, readers_link))
        (mistake.summary())
        @if is_rest {
            (view::notice(view::Tone::Warn, fields::REMOVE_TAG_REST.with(language, &[("count", &count)])))
        }
        (view::card("", html! {
            (view::definition_list(&[(fields::CARRIED_BY.to(language), html! { (count) })]))
            (view::form(&own, &admin.csrf, html! {
                (name_field(fields::RENAME.to(language), typed, mistake))
                (view::button(fields::SAVE.to(language), ButtonKind::Primary))
            }))
        }))
        (view::details_box(fields::REMOVE_TAG.to(language), html! {
            p { (fields::REMOVE_TAG_TEXT.with(language, &[("count", &count)])) }
            (view::post_button(&PostButton {
                action: &format!("{own}/remove"),
                csrf: &admin.csrf,
                label: fields::REMOVE_TAG.to(language),
                kind: ButtonKind::Danger,
                ..PostButton::default()
            }))
        }))
    };
    page::reply(&page::frame(call, admin, title), Nav::Subscribers, content)
}

/// POST /admin/tags/ID
pub fn rename(call: &Call, admin: &Admin, _app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let tag = named(call, store)?;
    let typed = sent.text("tag");
    let renamed = TagName::parse(typed).and_then(|name| {
        store.rename_tag(tag.id, &name)?;
        Ok(call.redirect("/admin/tags?done=saved"))
    });
    page::or_again(call, renamed, |mistake| Ok(page_of(call, admin, &tag, typed, mistake)))
}

/// POST /admin/tags/ID/remove: as far as the budget goes.
pub fn remove(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    let tag = named(call, store)?;
    while !store.remove_tag(tag.id, CHUNK)? {
        if app.budget.spend(1).is_err() {
            return Ok(call.redirect(&format!("/admin/tags/{}?rest=1", tag.id)));
        }
    }
    Ok(call.redirect("/admin/tags?done=removed"))
}
