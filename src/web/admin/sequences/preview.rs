//! Before an edit of a live sequence is saved: who is affected and when, and the choice for those already past it.
//! Not the working out (mail/effect) and not the edit (steps).

use crate::app::App;
use crate::domain::sequence::{Reach, Sequence};
use crate::error::Result;
use crate::mail::effect::Effect;
use crate::texts::{Language, sequences as texts};
use crate::web::access::Admin;
use crate::web::admin::page;
use crate::web::admin::sequences::sheet::is_kept;
use crate::web::admin::sequences::{link_to, people};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Choice, Field, Input, Link, Markup, Nav, html};

/// What is about to be done to the step.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Added,
    Moved,
    /// Only its words, its condition or where it leads.
    Reworded,
    Removed,
}

pub(super) struct Preview<'a> {
    pub(super) effect: Effect,
    /// Where the form posts to, again with the choice.
    pub(super) action: &'a str,
    pub(super) form: &'a Form<'a>,
    pub(super) kind: Kind,
    /// Whether the step is a mail: others are passed, not received.
    pub(super) is_mail: bool,
}

pub(super) fn show(
    call: &Call,
    admin: &Admin,
    app: &App,
    sequence: &Sequence,
    preview: &Preview,
) -> Result<Reply> {
    let language = call.language;
    let title = match preview.kind {
        Kind::Removed => texts::PREVIEW_REMOVE_TITLE,
        _ => texts::PREVIEW_TITLE,
    }
    .to(language);
    let own = link_to(call, sequence);
    let save = match preview.kind {
        Kind::Removed => view::button(texts::REMOVE_NOW.to(language), ButtonKind::Danger),
        _ => view::button(texts::SAVE_NOW.to(language), ButtonKind::Primary),
    };
    let fields = html! {
        @for (name, value) in preview.form.fields().iter().filter(|(name, _)| is_kept(name)) {
            (view::hidden(name, value))
        }
        (choice(preview, language))
        p.hint { (texts::CAN_UNDO.to(language)) }
        (view::actions(html! {
            (save)
            (view::button_named("again", "1", texts::EDIT_AGAIN.to(language), ButtonKind::Secondary))
        }))
    };
    let content = html! {
        (view::back_link(Link { label: &sequence.title, url: &own }))
        (view::page_heading(title, html! {}))
        (view::columns(
            html! {
                (view::card("", counts(app, preview, language)))
                (view::card("", view::form(preview.action, &admin.csrf, fields)))
            },
            named(app, preview, language),
        ))
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Sequences, content))
}

fn counts(app: &App, preview: &Preview, language: Language) -> Markup {
    let effect = &preview.effect;
    let dates = effect.earliest.zip(effect.latest).map(|(first, last)| {
        let (first, last) = (page::time(app, first), page::time(app, last));
        if first == last {
            first
        } else {
            texts::PREVIEW_DATES.with(language, &[("first", &first), ("last", &last)])
        }
    });
    let ahead = match (preview.kind, preview.is_mail) {
        (Kind::Removed, true) => texts::PREVIEW_LOSE,
        (Kind::Removed, false) => texts::PREVIEW_LOSE_OTHER,
        (_, true) => texts::PREVIEW_AHEAD,
        (_, false) => texts::PREVIEW_AHEAD_OTHER,
    };
    let mut facts = vec![(
        ahead.to(language),
        html! { strong { (people(effect.ahead, language)) } @if let Some(dates) = &dates { br; (dates) } },
    )];
    let mut add = |label: crate::texts::Text, count: i64| {
        if count > 0 {
            facts.push((label.to(language), html! { strong { (people(count, language)) } }));
        }
    };
    add(texts::PREVIEW_PAST, effect.past);
    add(if preview.is_mail { texts::PREVIEW_DONE } else { texts::PREVIEW_DONE_OTHER }, effect.done);
    add(texts::PREVIEW_SHIFTED, effect.shifted);
    let inside = texts::PREVIEW_INSIDE.with(language, &[("count", &page::number(effect.inside))]);
    let sample = (effect.inside > effect.looked_at)
        .then(|| texts::PREVIEW_SAMPLE.with(language, &[("count", &page::number(effect.looked_at))]));
    html! {
        p { (inside) @if let Some(sample) = sample { " " (sample) } }
        (view::definition_list(&facts))
    }
}

/// Where nothing is to be chosen, the form says so by itself.
fn choice(preview: &Preview, language: Language) -> Markup {
    let (kind, past) = (preview.kind, preview.effect.past);
    // A step that was moved is owed to whoever has not had it; a new one is not.
    let usual = if kind == Kind::Added { Reach::NotThereYet } else { Reach::AlsoPast };
    if matches!(kind, Kind::Reworded | Kind::Removed) || past == 0 {
        return view::hidden("reach", usual.word());
    }
    let [ahead, ahead_hint, all, all_hint] = match preview.is_mail {
        true => [texts::REACH_AHEAD, texts::REACH_AHEAD_HINT, texts::REACH_ALL, texts::REACH_ALL_HINT],
        false => [
            texts::REACH_AHEAD_OTHER,
            texts::REACH_AHEAD_HINT_OTHER,
            texts::REACH_ALL_OTHER,
            texts::REACH_ALL_HINT_OTHER,
        ],
    };
    let all_hint = all_hint.with(language, &[("count", &page::number(past))]);
    let choices = [
        Choice::new(Reach::NotThereYet.word(), ahead.to(language)).with_hint(ahead_hint.to(language)),
        Choice::new(Reach::AlsoPast.word(), all.to(language)).with_hint(&all_hint),
    ];
    html! {
        (Field::new("reach", texts::REACH.to(language), Input::Radio(&choices)).value(usual.word()))
    }
}

fn named(app: &App, preview: &Preview, language: Language) -> Markup {
    let lines: Vec<(&str, Markup)> = preview
        .effect
        .named
        .iter()
        .map(|one| {
            let words = match one.at {
                Some(at) => {
                    let text = if preview.is_mail { texts::PREVIEW_AT } else { texts::PREVIEW_AT_OTHER };
                    text.with(language, &[("when", &page::time(app, at))])
                }
                None => texts::PREVIEW_IS_PAST.to(language).to_string(),
            };
            (one.address.as_str(), html! { (words) })
        })
        .collect();
    html! {
        @if !lines.is_empty() {
            (view::card(texts::PREVIEW_FIRST.to(language), view::definition_list(&lines)))
        }
    }
}
