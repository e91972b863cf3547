//! 設定 > 送信の速さ: the host's plan, own limits, the warm-up; what was learnt; messages that wait for the owner.
//! Not the ways out (sending, transports) and not the pace itself (mail/pace).

use crate::app::App;
use crate::domain::id::MessageId;
use crate::domain::pace::{Span, Window};
use crate::error::Result;
use crate::host::plans::{self, Plan, Trust};
use crate::mail::outlet;
use crate::settings::{self, Setting};
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, pace};
use crate::web::access::Admin;
use crate::web::admin::forecast::limit_words;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::settings::{Tab, put_all, settings_page_with};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Choice, Column, Field, Input, Markup, PostButton, Tone, html};

/// What this page changes.
const HERE: [&Setting; 5] = [
    &settings::HOST_PLAN,
    &settings::PACE,
    &settings::PACE_DOMAINS,
    &settings::WARM_UP_FROM,
    &settings::WARM_UP_FIRST,
];

const DONE: &[(&str, Text)] =
    &[("released", pace::DONE_RELEASED), ("forgotten", pace::DONE_FORGOTTEN), ("again", pace::DONE_AGAIN)];

/// GET /admin/settings/pace
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    form(call, admin, app, store, None, &Mistake::none())
}

/// POST /admin/settings/pace
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let saved = put_all(app, store, &HERE, |setting| sent.text(setting.key).to_string())
        .map(|()| call.redirect("/admin/settings/pace?done=saved"));
    page::or_again(call, saved, |mistake| form(call, admin, app, store, Some(sent), mistake))
}

/// POST /admin/settings/pace/release: a held message goes on.
pub fn release(call: &Call, _admin: &Admin, _app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let message = MessageId(sent.text("message").parse().unwrap_or(0));
    store.transaction(|| {
        store.release_message(message)?;
        store.remove_notice("hold", &message.to_string())
    })?;
    Ok(call.redirect("/admin/settings/pace?done=released"))
}

/// POST /admin/settings/pace/forget: what was learnt of a way or a provider does not count any more.
pub fn forget(call: &Call, _admin: &Admin, _app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    store.forget_learnt(sent.text("subject"))?;
    Ok(call.redirect("/admin/settings/pace?done=forgotten"))
}

/// POST /admin/settings/pace/again: mail servers that could not be reached, or refused the password, are tried again.
pub fn try_again(call: &Call, _admin: &Admin, _app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    store.forget_transport_trouble()?;
    Ok(call.redirect("/admin/settings/pace?done=again"))
}

fn form(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    sent: Option<&Form>,
    mistake: &Mistake,
) -> Result<Reply> {
    let language = call.language;
    let value = |setting: &'static Setting| match sent {
        Some(form) => form.text(setting.key).to_string(),
        None => app.settings.value(setting).to_string(),
    };
    let line = |setting: &'static Setting, label: Text, hint: Text, input: Input<'static>| {
        html! {
            (Field::new(setting.key, label.to(language), input).value(&value(setting)).hint(hint.to(language))
                .error(mistake.on(setting.key)))
        }
    };
    let labels: Vec<String> = plans::PLANS.iter().map(|plan| plan_label(plan, language)).collect();
    let mut choices = vec![Choice::new("", pace::NO_PLAN.to(language))];
    choices.extend(plans::PLANS.iter().zip(&labels).map(|(plan, label)| Choice::new(plan.id, label)));
    let content = html! {
        (mistake.summary())
        (held(call, admin, store)?)
        (view::card(pace::NOW_TITLE.to(language), now(app, store, language)?))
        (view::form(&call.link("/admin/settings/pace"), &admin.csrf, html! {
            (view::card(pace::PLAN_TITLE.to(language), html! {
                (Field::new("host_plan", pace::PLAN.to(language), Input::Select(&choices))
                    .value(&value(&settings::HOST_PLAN)).hint(pace::PLAN_HINT.to(language))
                    .error(mistake.on("host_plan")))
                (source_of(app, language))
                (line(&settings::PACE, pace::OWN, pace::OWN_HINT, Input::Text))
                (line(&settings::PACE_DOMAINS, pace::BY_DOMAIN, pace::BY_DOMAIN_HINT, Input::Text))
            }))
            (view::card(pace::WARM_UP_TITLE.to(language), html! {
                p { (pace::WARM_UP_TEXT.to(language)) }
                (line(&settings::WARM_UP_FROM, pace::WARM_UP_FROM, pace::WARM_UP_FROM_HINT, Input::Date))
                (line(&settings::WARM_UP_FIRST, pace::WARM_UP_FIRST, pace::WARM_UP_FIRST_HINT,
                    Input::Number { min: 10, max: 100_000 }))
                @if let Some(most) = outlet::warm_up_today(app) {
                    p { (pace::WARM_UP_NOW.with(language, &[("count", &page::number(most))])) }
                }
            }))
            (view::button(pace::SAVE.to(language), ButtonKind::Primary))
        }))
        (view::card(pace::LEARNT_TITLE.to(language), learnt(call, admin, app, store)?))
    };
    Ok(settings_page_with(call, admin, Tab::Pace, DONE, content))
}

fn plan_label(plan: &Plan, language: Language) -> String {
    let limits: Vec<String> =
        plan.limits.iter().map(|(span, most)| limit_words(span, most, language)).collect();
    match limits.is_empty() {
        true => format!("{} — {}", plan.name.to(language), pace::UNKNOWN.to(language)),
        false => format!("{} — {}", plan.name.to(language), limits.join(pace::COMMA.to(language))),
    }
}

/// How far the chosen plan's figures can be trusted, and what else is to be known of it.
fn source_of(app: &App, language: Language) -> Markup {
    let Some(plan) = plans::find(app.settings.value(&settings::HOST_PLAN)) else { return html! {} };
    let trust = match plan.trust {
        Trust::Published => pace::TRUST_PUBLISHED,
        Trust::Reported => pace::TRUST_REPORTED,
        Trust::Unknown => pace::TRUST_UNKNOWN,
    };
    html! {
        p.hint { (trust.with(language, &[("source", plan.source)])) }
        @if let Some(note) = plan.note { (view::notice(Tone::Warn, note.to(language))) }
    }
}

/// Each way and each limited provider: how much of each limit is used.
fn now(app: &App, store: &Reader, language: Language) -> Result<Markup> {
    let now = app.clock.now();
    let mut rows = Vec::new();
    for way in outlet::ways(app).into_iter().filter(|way| way.is_counted) {
        let subject = way.number.to_string();
        let window = Window::new(store.pace_counts(&subject, now)?, now);
        let learnt = store.learnt(&subject)?;
        let limits = learnt.as_ref().map_or(way.limits, |learnt| way.limits.and(learnt.span, learnt.most));
        let mut row = vec![html! { (subject_name(&subject, language)) }];
        for span in Span::ALL {
            let handed = page::number(window.handed(span, now));
            row.push(match limits.of_span(span) {
                Some(most) => html! { (handed) " / " (page::number(most)) },
                None => html! { (handed) },
            });
        }
        rows.push(row);
    }
    if rows.is_empty() {
        return Ok(html! { p { (pace::NOW_FOLDER.to(language)) } });
    }
    let columns = [
        Column::main(pace::WAY.to(language)),
        Column::number(pace::SPAN_MINUTE.to(language)),
        Column::number(pace::SPAN_QUARTER.to(language)),
        Column::number(pace::SPAN_HOUR.to(language)),
        Column::number(pace::SPAN_DAY.to(language)),
    ];
    Ok(html! {
        p { (pace::NOW_TEXT.to(language)) }
        (view::table(pace::NOW_TITLE.to(language), &columns, &rows))
    })
}

fn subject_name(subject: &str, language: Language) -> String {
    match subject.strip_prefix('@') {
        Some(provider) => provider.to_string(),
        None => pace::WAY_NUMBER.with(language, &[("number", subject)]),
    }
}

/// Messages that servers refused for the sender's sake.
fn held(call: &Call, admin: &Admin, store: &Reader) -> Result<Markup> {
    let language = call.language;
    let mut notes = Vec::new();
    for hold in store.holds()? {
        let (subject, _) = store.message_subject(hold.message)?;
        let number = hold.message.to_string();
        notes.push(view::notice(
            Tone::Error,
            html! {
                p { (pace::HELD.with(language, &[("subject", &subject), ("why", &hold.reply)])) }
                p { (pace::HELD_ADVICE.to(language)) }
                (view::post_button(&PostButton {
                    action: &call.link("/admin/settings/pace/release"),
                    csrf: &admin.csrf,
                    label: pace::RELEASE.to(language),
                    hidden: &[("message", &number)],
                    ..PostButton::default()
                }))
            },
        ));
    }
    Ok(html! { @for note in &notes { (note) } })
}

fn learnt(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Markup> {
    let language = call.language;
    let mut rows = Vec::new();
    for (subject, learnt) in store.all_learnt()? {
        rows.push(vec![
            html! { (subject_name(&subject, language)) },
            html! { (limit_words(learnt.span, learnt.most, language)) },
            html! { (limit_words(learnt.span, learnt.ceiling, language)) },
            html! { (page::time(app, learnt.learnt_at)) },
            html! { (learnt.reply) },
            view::post_button(&PostButton {
                action: &call.link("/admin/settings/pace/forget"),
                csrf: &admin.csrf,
                label: pace::FORGET.to(language),
                kind: ButtonKind::Quiet,
                hidden: &[("subject", &subject)],
            }),
        ]);
    }
    if rows.is_empty() {
        return Ok(html! { p { (pace::LEARNT_NOTHING.to(language)) } });
    }
    let columns = [
        Column::main(pace::WAY.to(language)),
        Column::text(pace::LEARNT_NOW.to(language)),
        Column::text(pace::LEARNT_CEILING.to(language)),
        Column::text(pace::LEARNT_AT.to(language)),
        Column::text(pace::LEARNT_REPLY.to(language)),
        Column::actions(pace::FORGET.to(language)),
    ];
    Ok(html! {
        p { (pace::LEARNT_TEXT.to(language)) }
        (view::table(pace::LEARNT_TITLE.to(language), &columns, &rows))
    })
}
