//! Who of the list gets a broadcast: the page where it is chosen, and its words and count for other pages.
//! Not the form of a condition (condition_form) and not the rule (domain/audience).

use super::{link_to, named};
use crate::app::App;
use crate::domain::audience::Audience;
use crate::domain::broadcast::Broadcast;
use crate::domain::condition::Condition;
use crate::domain::id::ListId;
use crate::domain::list::List;
use crate::domain::when::Today;
use crate::error::{Error, Result};
use crate::store::conditions::Count;
use crate::store::{Reader, Writer};
use crate::texts::{Language, admin, broadcasts, errors, segments};
use crate::web::access::Admin;
use crate::web::admin::condition_choices::{self, Choices};
use crate::web::admin::condition_form::ConditionForm;
use crate::web::admin::page::{self, Mistake};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Field, Input, Link, Markup, Nav, html};

const CONDITION: &str = "condition";
const EXCLUDE: &str = "exclude";
/// Readers that a page looks at before it says "at least": some ten milliseconds.
const LOOKED_AT: i64 = 20_000;

/// How many readers fit now: as many as a page may look at, or with `all` as many as its budget lets it.
pub(super) fn count(
    app: &App,
    store: &Reader,
    list: ListId,
    audience: &Audience,
    all: bool,
) -> Result<Count> {
    let today = Today::new(app.clock.now(), app.settings.zone());
    store.count_audience(list, audience, &today, |looked_at| {
        (all || looked_at < LOOKED_AT) && app.budget.spend(1).is_ok()
    })
}

/// `1,248人に送信します`; a count that was cut short says so.
pub(super) fn count_words(count: Count, language: Language) -> String {
    let number = page::number(count.matching);
    let text = if count.is_whole { admin::SEND_TO } else { broadcasts::SEND_TO_AT_LEAST };
    text.with(language, &[("count", &number)])
}

/// The rule in words, a line each; nothing for the whole list.
pub(super) fn words(store: &Reader, audience: &Audience, language: Language) -> Result<Vec<String>> {
    let conditions: Vec<&Condition> = audience.conditions().collect();
    let names = store.condition_names(&conditions, language)?;
    let mut lines = Vec::new();
    if let Some(condition) = &audience.condition {
        lines.push(names.say(condition));
    }
    if let Some(condition) = &audience.exclude {
        lines.push(broadcasts::LEFT_OUT.with(language, &[("what", &names.say(condition))]));
    }
    for list in &audience.exclude_lists {
        let title = names.lists.get(list.as_str()).map_or(list.as_str(), String::as_str);
        lines.push(broadcasts::LEFT_OUT_LIST.with(language, &[("list", title)]));
    }
    if let Some(missing) = &audience.missing {
        let (subject, _) = store.message_subject(missing.message)?;
        let gaps: Vec<&str> =
            missing.groups.iter().map(|gap| super::follow::gap_words(*gap).to(language)).collect();
        let gaps = gaps.join(if language == Language::Ja { "、" } else { ", " });
        lines.push(broadcasts::ONLY_MISSING.with(language, &[("subject", &subject), ("groups", &gaps)]));
    }
    if let Some(message) = audience.unopened {
        let (subject, _) = store.message_subject(message)?;
        lines.push(broadcasts::ONLY_UNOPENED.with(language, &[("subject", &subject)]));
    }
    Ok(lines)
}

/// The form as it stands.
struct Typed {
    condition: ConditionForm,
    exclude: ConditionForm,
    exclude_lists: Vec<String>,
}

impl Typed {
    fn stored(audience: &Audience, choices: &Choices) -> Typed {
        let everybody = Condition::everybody();
        let form = |prefix, condition: &Option<Condition>| {
            ConditionForm::stored(prefix, condition.as_ref().unwrap_or(&everybody), choices)
        };
        Typed {
            condition: form(CONDITION, &audience.condition),
            exclude: form(EXCLUDE, &audience.exclude),
            exclude_lists: audience.exclude_lists.iter().map(|name| name.as_str().to_string()).collect(),
        }
    }

    fn sent(form: &Form, lists: &[List]) -> Typed {
        let exclude_lists = lists
            .iter()
            .filter(|list| form.has(&list_field(list)))
            .map(|list| list.name.as_str().to_string())
            .collect();
        Typed {
            condition: ConditionForm::sent(CONDITION, form),
            exclude: ConditionForm::sent(EXCLUDE, form),
            exclude_lists,
        }
    }

    /// What was typed, with what of `stored` is not in the form.
    fn audience(
        &self,
        store: &Reader,
        choices: &Choices,
        lists: &[List],
        stored: Audience,
    ) -> Result<Audience> {
        let some = |condition: Condition| (!condition.is_everybody()).then_some(condition);
        let chosen =
            lists.iter().filter(|list| self.exclude_lists.iter().any(|name| name == list.name.as_str()));
        store.check_audience(&Audience {
            condition: some(self.condition.condition(choices)?),
            exclude: some(self.exclude.condition(choices)?),
            exclude_lists: chosen.map(|list| list.name.clone()).collect(),
            ..stored
        })
    }
}

fn list_field(list: &List) -> String {
    format!("exclude-list-{}", list.id)
}

/// GET /admin/broadcasts/NUMBER/audience
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let broadcast = editable(call, store)?;
    let choices = Choices::read(store, call.language)?;
    let audience = store.audience(broadcast.message)?;
    let typed = Typed::stored(&audience, &choices);
    page_of(call, admin, app, store, &broadcast, &typed, &choices, Some(&audience), &Mistake::none())
}

/// POST /admin/broadcasts/NUMBER/audience: stores what was typed, or does what a button of the form says.
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let broadcast = editable(call, store)?;
    let choices = Choices::read(store, call.language)?;
    let lists = store.lists()?;
    let mut typed = Typed::sent(form, &lists);
    let is_counting = form.has("count");
    let is_loading = typed.condition.load(form, store, &choices)?;
    let is_own_button =
        typed.condition.pressed(form) | typed.exclude.pressed(form) | is_counting | is_loading;
    let audience = typed.audience(store, &choices, &lists, store.audience(broadcast.message)?);
    let shown = |mistake: &Mistake| {
        let counted = audience.as_ref().ok();
        page_of(call, admin, app, store, &broadcast, &typed, &choices, counted, mistake)
    };
    match &audience {
        // A row that was just added has no value yet: that is no mistake.
        Err(_) if is_own_button && !is_counting => shown(&Mistake::none()),
        Err(error) => page::or_again(call, Err(error.clone()), shown),
        Ok(_) if is_own_button => shown(&Mistake::none()),
        Ok(audience) => {
            store.set_audience(broadcast.message, audience)?;
            Ok(call.redirect(&format!("/admin/broadcasts/{}?done=audience", broadcast.message)))
        }
    }
}

fn editable(call: &Call, store: &Reader) -> Result<Broadcast> {
    let broadcast = named(call, store)?;
    match broadcast.state.may_be_edited() {
        true => Ok(broadcast),
        false => Err(Error::invalid(errors::MESSAGE_ALREADY_STARTED)),
    }
}

#[expect(clippy::too_many_arguments, reason = "a page shows all of it")]
fn page_of(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    broadcast: &Broadcast,
    typed: &Typed,
    choices: &Choices,
    counted: Option<&Audience>,
    mistake: &Mistake,
) -> Result<Reply> {
    let language = call.language;
    let title = broadcasts::AUDIENCE_TITLE.to(language);
    let (subject, list) = store.message_subject(broadcast.message)?;
    let own = store.list(list)?;
    let others: Vec<List> = store.lists()?.into_iter().filter(|other| other.id != list).collect();
    let back = link_to(call, broadcast.message);
    let fields = html! {
        // Return in a line presses the first button of a form: it must not be one that takes a row out.
        button.unseen type="submit" tabindex="-1" aria-hidden="true" {}
        (view::fieldset(broadcasts::AUDIENCE_WHO.to(language), html! {
            (condition_choices::load_field(store, language)?)
            (typed.condition.markup(choices, mistake))
        }))
        (view::fieldset(broadcasts::AUDIENCE_LEAVE_OUT.to(language), html! {
            @for other in &others {
                @let is_chosen = typed.exclude_lists.iter().any(|name| name == other.name.as_str());
                @let label = broadcasts::AUDIENCE_LEAVE_LIST.with(language, &[("list", &other.title)]);
                (Field::new(&list_field(other), label, Input::Checkbox).value(if is_chosen { "1" } else { "" }))
            }
            (typed.exclude.markup_or(choices, mistake, broadcasts::AUDIENCE_NOBODY_LEFT_OUT))
        }))
        (view::actions(html! {
            (view::button(broadcasts::AUDIENCE_SAVE.to(language), ButtonKind::Primary))
            (view::button_named("count", "1", segments::COUNT_NOW.to(language), ButtonKind::Secondary))
        }))
    };
    let content = html! {
        (view::back_link(Link { label: &subject, url: &back }))
        (view::page_heading(title, html! {}))
        (view::prose(html! { p { (broadcasts::AUDIENCE_TEXT.with(language, &[("list", &own.title)])) } }))
        (mistake.summary())
        (view::columns(
            view::card("", view::form(&format!("{back}/audience"), &admin.csrf, fields)),
            html! { @if let Some(audience) = counted { (summary(call, app, store, list, audience)?) } },
        ))
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Broadcasts, content))
}

/// The rule in words and how many fit now.
fn summary(call: &Call, app: &App, store: &Reader, list: ListId, audience: &Audience) -> Result<Markup> {
    let language = call.language;
    let all = call.request.query_value("all").is_some();
    let count = count(app, store, list, audience, all)?;
    let lines = words(store, audience, language)?;
    Ok(view::card(
        &count_words(count, language),
        html! {
            @if lines.is_empty() { p { (broadcasts::AUDIENCE_WHOLE.to(language)) } }
            @for line in &lines { p { (line) } }
            @if !count.is_whole && !all {
                (view::link(&format!("{}?all=1", call.link(&call.request.path)), segments::COUNT_ALL.to(language)))
            }
        },
    ))
}
