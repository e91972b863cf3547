//! What may follow a broadcast that was sent: to those whom it did not reach, and to those who did not open it.
//! Not the writing of the follow-up, which is a draft like any other.

use super::sheet::Sheet;
use super::{badge, link_to, named};
use crate::app::App;
use crate::domain::audience::Gap;
use crate::domain::broadcast::{Broadcast, Follows};
use crate::domain::delivery::Ledger;
use crate::error::Result;
use crate::mail::activation;
use crate::store::Writer;
use crate::texts::{Text, broadcasts};
use crate::web::access::Admin;
use crate::web::admin::page;
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Field, Input, Markup, html};

/// POST /admin/broadcasts/NUMBER/missing with a ticked box for each group: a draft to them.
pub fn missing(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let broadcast = named(call, store)?;
    activation::refuse_new_broadcast(app, store)?;
    let groups: Vec<Gap> = Gap::ALL.into_iter().filter(|gap| form.has(gap.word())).collect();
    let draft = store.follow_missing(broadcast.message, &groups, app.clock.now())?;
    Ok(call.redirect(&format!("/admin/broadcasts/{draft}?done=follow")))
}

/// POST /admin/broadcasts/NUMBER/unopened: a draft to who got it and did not open it.
pub fn unopened(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, _form: &Form) -> Result<Reply> {
    let broadcast = named(call, store)?;
    activation::refuse_new_broadcast(app, store)?;
    let draft = store.follow_unopened(broadcast.message, app.clock.now())?;
    Ok(call.redirect(&format!("/admin/broadcasts/{draft}?done=follow")))
}

/// The cards below what became of a broadcast.
pub(super) fn cards(sheet: &Sheet, ledger: &Ledger) -> Result<Markup> {
    Ok(html! {
        (family(sheet)?)
        @if sheet.broadcast.started_at.is_some() {
            (missing_card(sheet, ledger))
            (unopened_card(sheet, ledger)?)
        }
    })
}

/// The draft or message that it follows, for the top of its page.
pub(super) fn origin(call: &Call, broadcast: &Broadcast) -> Markup {
    let Some((parent, follows)) = broadcast.parent else { return html! {} };
    let text = match follows {
        Follows::Missing => broadcasts::FOLLOWS_MISSING,
        Follows::Unopened => broadcasts::FOLLOWS_UNOPENED,
        Follows::Occurrence => broadcasts::FOLLOWS_OCCURRENCE,
        Follows::Variant => broadcasts::FOLLOWS_VARIANT,
        Follows::Rest => broadcasts::FOLLOWS_REST,
    };
    html! { p.hint { (text.to(call.language)) " " (view::link(&link_to(call, parent), broadcasts::FOLLOWS_OPEN.to(call.language))) } }
}

/// What follows it already.
fn family(sheet: &Sheet) -> Result<Markup> {
    let mut items = Vec::new();
    for (message, follows) in sheet.store.follow_ups(sheet.broadcast.message)? {
        if !matches!(follows, Follows::Variant | Follows::Rest) {
            let (subject, _) = sheet.store.message_subject(message)?;
            let state = sheet.store.broadcast(message)?.state;
            items.push(html! {
                (view::link(&link_to(sheet.call, message), &subject)) " " (badge(state, sheet.call.language))
            });
        }
    }
    Ok(html! {
        @if !items.is_empty() {
            (view::card(sheet.say(broadcasts::FOLLOWED_BY), html! { ul { @for item in &items { li { (item) } } } }))
        }
    })
}

fn missing_card(sheet: &Sheet, ledger: &Ledger) -> Markup {
    let language = sheet.call.language;
    let counts = [
        (Gap::Failed, Some(ledger.failed), true),
        (Gap::Cancelled, Some(ledger.cancelled), true),
        (Gap::Suppressed, Some(ledger.suppressed), true),
        (Gap::Bounced, Some(ledger.bounced), false),
        (Gap::Joined, None, false),
    ];
    let boxes = html! {
        @for (gap, count, is_ticked) in counts {
            @if count != Some(0) {
                @let words = gap_words(gap).to(language);
                @let label = match count {
                    Some(count) => broadcasts::GAP_COUNT.with(language, &[("group", words), ("count", &page::number(count))]),
                    None => words.to_string(),
                };
                (Field::new(gap.word(), label, Input::Checkbox).value(if is_ticked { "1" } else { "" })
                    .hint(gap_hint(gap).to(language)))
            }
        }
        (view::button(sheet.say(broadcasts::MISSING_BUTTON), ButtonKind::Secondary))
    };
    view::details_box(
        sheet.say(broadcasts::MISSING_TITLE),
        html! {
            p { (sheet.say(broadcasts::MISSING_TEXT)) }
            (view::form(&sheet.url("missing"), &sheet.admin.csrf, boxes))
        },
    )
}

fn unopened_card(sheet: &Sheet, ledger: &Ledger) -> Result<Markup> {
    let language = sheet.call.language;
    let message = sheet.broadcast.message;
    let follow_ups = sheet.store.follow_ups(message)?;
    let is_done = follow_ups.iter().any(|(_, follows)| *follows == Follows::Unopened)
        || matches!(sheet.broadcast.parent, Some((_, Follows::Unopened)));
    let openers = sheet.store.openers(message)?;
    let content = match (is_done, openers) {
        (true, _) => html! { p { (sheet.say(broadcasts::UNOPENED_DONE)) } },
        (false, None) => html! { p { (sheet.say(broadcasts::UNOPENED_UNKNOWN)) } },
        (false, Some(openers)) => {
            let count = page::number((ledger.sent - openers).max(0));
            html! {
                p { (broadcasts::UNOPENED_TEXT.with(language, &[("count", &count)])) }
                (sheet.post("unopened", broadcasts::UNOPENED_BUTTON, ButtonKind::Secondary, &[]))
            }
        }
    };
    Ok(view::details_box(sheet.say(broadcasts::UNOPENED_TITLE), content))
}

pub(super) fn gap_words(gap: Gap) -> Text {
    match gap {
        Gap::Failed => broadcasts::GAP_FAILED,
        Gap::Cancelled => broadcasts::GAP_CANCELLED,
        Gap::Suppressed => broadcasts::GAP_SUPPRESSED,
        Gap::Bounced => broadcasts::GAP_BOUNCED,
        Gap::Joined => broadcasts::GAP_JOINED,
    }
}

fn gap_hint(gap: Gap) -> Text {
    match gap {
        Gap::Failed => broadcasts::GAP_FAILED_HINT,
        Gap::Cancelled => broadcasts::GAP_CANCELLED_HINT,
        Gap::Suppressed => broadcasts::GAP_SUPPRESSED_HINT,
        Gap::Bounced => broadcasts::GAP_BOUNCED_HINT,
        Gap::Joined => broadcasts::GAP_JOINED_HINT,
    }
}
