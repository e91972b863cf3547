//! 絞り込み: saved conditions with their names, and how many readers of each list match.
//! Not the form of a condition: condition_form.

use crate::app::App;
use crate::domain::condition::Condition;
use crate::domain::id::{SegmentId, TagId};
use crate::domain::list::List;
use crate::domain::when::Today;
use crate::error::{Error, Result};
use crate::store::conditions::Count;
use crate::store::segments::Segment;
use crate::store::{Reader, Writer};
use crate::texts::{Language, errors, readers, segments};
use crate::web::access::Admin;
use crate::web::admin::condition_choices::Choices;
use crate::web::admin::condition_form::ConditionForm;
use crate::web::admin::page::{self, Mistake};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Column, Field, Input, Markup, Nav, PostButton, html};

/// The names of the condition's fields begin with this.
const PREFIX: &str = "condition";
/// Readers that a page looks at before it says "at least": some twenty milliseconds.
const LOOKED_AT: i64 = 20_000;
const LONGEST_NAME: usize = 100;

/// How many of a list's readers match; without a limit `most` it looks at as many as the budget lets it.
pub(super) fn count(
    app: &App,
    store: &Reader,
    list: &List,
    condition: &Condition,
    most: Option<i64>,
) -> Result<Count> {
    let today = Today::new(app.clock.now(), app.settings.zone());
    store.count_matching(list.id, condition, &today, |looked_at| {
        most.is_none_or(|most| looked_at < most) && app.budget.spend(1).is_ok()
    })
}

/// A count in words; one that was cut short says so.
pub(super) fn count_words(count: Count, language: Language) -> String {
    let [matching, looked_at] = [count.matching, count.looked_at].map(page::number);
    match count.is_whole {
        true => segments::COUNT_WHOLE.with(language, &[("count", &matching)]),
        false => segments::COUNT_PART.with(language, &[("count", &matching), ("looked", &looked_at)]),
    }
}

/// GET /admin/segments
pub fn list(call: &Call, admin: &Admin, _app: &App, store: &Reader) -> Result<Reply> {
    let language = call.language;
    let title = segments::SEGMENTS.to(language);
    let add = view::link_button(
        &call.link("/admin/segments/new"),
        segments::NEW_SEGMENT.to(language),
        ButtonKind::Primary,
    );
    let saved = store.segments()?;
    let conditions: Vec<&Condition> = saved.iter().map(|segment| &segment.condition).collect();
    let names = store.condition_names(&conditions, language)?;
    let rows: Vec<Vec<Markup>> = saved
        .iter()
        .map(|segment| {
            let url = call.link(&format!("/admin/segments/{}", segment.id));
            vec![view::link(&url, &segment.name), html! { (names.say(&segment.condition)) }]
        })
        .collect();
    let columns = [Column::main(segments::NAME.to(language)), Column::text(segments::CONDITION.to(language))];
    let content = html! {
        (page::back(call, "/admin/subscribers", readers::READERS))
        @if rows.is_empty() {
            (view::page_heading(title, html! {}))
            (view::empty_state(segments::NO_SEGMENTS.to(language), segments::SEGMENTS_TEXT.to(language), add))
        } @else {
            (view::page_heading(title, add))
            (view::prose(html! { p { (segments::SEGMENTS_TEXT.to(language)) } }))
            (view::table(title, &columns, &rows))
        }
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Subscribers, content))
}

/// What the page of one segment shows.
struct Sheet {
    /// Absent: a new one.
    id: Option<SegmentId>,
    name: String,
    form: ConditionForm,
    choices: Choices,
    /// What is counted: the stored condition, or what was typed when it can be read.
    counted: Option<Condition>,
}

/// GET /admin/segments/new, or with ?tag=ID: the readers with this tag
pub fn new(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let choices = Choices::read(store, call.language)?;
    let tag = call.request.query_value("tag").and_then(|id| id.parse::<TagId>().ok());
    let (name, condition) = match tag.and_then(|id| store.tag(id).ok()) {
        Some(tag) => (tag.name.as_str().to_string(), Condition::All(vec![Condition::Tag(tag.name)])),
        None => (String::new(), Condition::everybody()),
    };
    let form = ConditionForm::stored(PREFIX, &condition, &choices);
    let counted = (!condition.is_everybody()).then_some(condition);
    let sheet = Sheet { id: None, name, form, choices, counted };
    show_sheet(call, admin, app, store, &sheet, &Mistake::none())
}

/// POST /admin/segments/new
pub fn create(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    save_sheet(call, admin, app, store, sent, None)
}

fn named(call: &Call, store: &Reader) -> Result<Segment> {
    let wrong = || Error::not_found(errors::SEGMENT_NOT_FOUND).with("name", call.parameter());
    store.segment(call.parameter().parse::<SegmentId>().map_err(|_| wrong())?)
}

/// GET /admin/segments/ID
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let segment = named(call, store)?;
    let choices = Choices::read(store, call.language)?;
    let form = ConditionForm::stored(PREFIX, &segment.condition, &choices);
    let counted = Some(segment.condition);
    let sheet = Sheet { id: Some(segment.id), name: segment.name, form, choices, counted };
    show_sheet(call, admin, app, store, &sheet, &Mistake::none())
}

/// POST /admin/segments/ID
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let id = named(call, store)?.id;
    save_sheet(call, admin, app, store, sent, Some(id))
}

/// POST /admin/segments/ID/remove
pub fn remove(call: &Call, _admin: &Admin, _app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    store.remove_segment(named(call, store)?.id)?;
    Ok(call.redirect("/admin/segments?done=removed"))
}

/// Stores what was typed, or shows it again: a button of the form was pressed, or something is wrong.
fn save_sheet(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Writer,
    sent: &Form,
    id: Option<SegmentId>,
) -> Result<Reply> {
    let choices = Choices::read(store, call.language)?;
    let mut form = ConditionForm::sent(PREFIX, sent);
    let is_counting = sent.has("count");
    let is_own_button = form.pressed(sent) || is_counting;
    let typed = form.condition(&choices).and_then(|typed| store.check_condition(&typed));
    let name = sent.text("name").to_string();
    let counted = typed.as_ref().ok().cloned();
    let sheet = Sheet { id, name, form, choices, counted };
    if is_own_button {
        // A row that was just added has no value yet: that is no mistake. Who wants to count is told.
        let told = if is_counting { typed.map(|_| ()) } else { Ok(()) };
        let shown = |mistake: &Mistake| show_sheet(call, admin, app, store, &sheet, mistake);
        return match told {
            Ok(()) => shown(&Mistake::none()),
            Err(error) => page::or_again(call, Err(error), shown),
        };
    }
    let stored = typed.and_then(|condition| {
        let name = parse_name(&sheet.name, call.language)?;
        if condition.is_everybody() {
            return Err(Error::invalid(errors::CONDITION_EMPTY).on(format!("{PREFIX}-new")));
        }
        match id {
            Some(id) => store.change_segment(&Segment { id, name, condition })?,
            None => drop(store.add_segment(&name, &condition, app.clock.now())?),
        }
        Ok(call.redirect("/admin/segments?done=saved"))
    });
    page::or_again(call, stored, |mistake| show_sheet(call, admin, app, store, &sheet, mistake))
}

fn parse_name(typed: &str, language: Language) -> Result<String> {
    let label = segments::NAME.to(language);
    match typed.trim() {
        "" => Err(Error::invalid(errors::FIELD_MISSING).with("field", label).on("name")),
        name if name.chars().any(char::is_control) => {
            Err(Error::invalid(errors::CONTROL_CHARACTER).on("name"))
        }
        name if name.chars().count() > LONGEST_NAME => Err(Error::invalid(errors::FIELD_TOO_LONG)
            .with("field", label)
            .with("limit", LONGEST_NAME.to_string())
            .on("name")),
        name => Ok(name.to_string()),
    }
}

fn show_sheet(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    sheet: &Sheet,
    mistake: &Mistake,
) -> Result<Reply> {
    let language = call.language;
    let title = if sheet.id.is_some() { &sheet.name } else { segments::NEW_SEGMENT.to(language) };
    let own = match sheet.id {
        Some(id) => call.link(&format!("/admin/segments/{id}")),
        None => call.link("/admin/segments/new"),
    };
    let fields = html! {
        (Field::new("name", segments::NAME.to(language), Input::Text).value(&sheet.name).maxlength(100)
            .hint(segments::NAME_HINT.to(language)).error(mistake.on("name")))
        // Return in a line presses the first button of a form: it must not be one that takes a row out.
        button.unseen type="submit" tabindex="-1" aria-hidden="true" {}
        (view::fieldset(segments::CONDITION.to(language), sheet.form.markup(&sheet.choices, mistake)))
        (view::actions(html! {
            (view::button(segments::SAVE.to(language), ButtonKind::Primary))
            (view::button_named("count", "1", segments::COUNT_NOW.to(language), ButtonKind::Secondary))
        }))
    };
    let content = html! {
        (page::back(call, "/admin/segments", segments::SEGMENTS))
        (view::page_heading(title, html! {}))
        (mistake.summary())
        (view::columns(
            view::card("", view::form(&own, &admin.csrf, fields)),
            html! {
                @if let Some(condition) = &sheet.counted { (counts(call, app, store, sheet.id, condition)?) }
            },
        ))
        @if let Some(id) = sheet.id {
            (view::details_box(segments::REMOVE.to(language), html! {
                p { (segments::REMOVE_TEXT.to(language)) }
                (view::post_button(&PostButton {
                    action: &call.link(&format!("/admin/segments/{id}/remove")),
                    csrf: &admin.csrf,
                    label: segments::REMOVE.to(language),
                    kind: ButtonKind::Danger,
                    ..PostButton::default()
                }))
            }))
        }
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Subscribers, content))
}

/// The condition in words, and how many readers of each list match.
fn counts(
    call: &Call,
    app: &App,
    store: &Reader,
    id: Option<SegmentId>,
    condition: &Condition,
) -> Result<Markup> {
    let language = call.language;
    let all = call.request.query_value("all").is_some();
    let names = store.condition_names(&[condition], language)?;
    let lists = store.lists()?;
    let mut facts = Vec::new();
    let mut is_whole = true;
    let mut left = LOOKED_AT;
    for list in &lists {
        let count = count(app, store, list, condition, (!all).then_some(left))?;
        left -= count.looked_at;
        is_whole &= count.is_whole;
        facts.push((list.title.as_str(), html! { (count_words(count, language)) }));
    }
    let content = html! {
        p { (names.say(condition)) }
        (view::definition_list(&facts))
        @if let Some(id) = id.filter(|_| !is_whole && !all) {
            (view::link(&call.link(&format!("/admin/segments/{id}?all=1")), segments::COUNT_ALL.to(language)))
        }
    };
    Ok(view::card(segments::MATCHING.to(language), content))
}
