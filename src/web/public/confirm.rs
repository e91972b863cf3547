//! The page behind the link of the confirmation mail: a button, since mail scanners open every link.
//! Not the sign-up: sign_up.

use maud::html;

use super::circumstances;
use crate::app::App;
use crate::clock::Instant;
use crate::domain::consent::Event;
use crate::domain::list::List;
use crate::domain::subscriber::{Subscription, SubscriptionState};
use crate::error::{Error, Result};
use crate::settings;
use crate::store::{Reader, Writer};
use crate::texts::{errors, public};
use crate::web::call::{Call, simple_page};
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Link};

/// GET /confirm/TOKEN
pub fn show(call: &Call, app: &App, store: &Reader) -> Result<Reply> {
    let Some((reader, list)) = asked(call, app, store)? else { return expired(call, app, store) };
    if reader.state == SubscriptionState::Confirmed {
        return Ok(done(call, &list));
    }
    let title = public::CONFIRM_TITLE.with(call.language, &[("list", &list.title)]);
    let content = html! {
        h1 { (title) }
        p { (public::CONFIRM_TEXT.to(call.language)) }
        form method="post" action=(call.link(&call.request.path)) {
            (view::button(public::CONFIRM_BUTTON.to(call.language), ButtonKind::Primary))
        }
    };
    Ok(Reply::html(200, view::public_page(&call.frame(&list.title, &title), content)))
}

/// POST /confirm/TOKEN
pub fn confirm(call: &Call, app: &App, store: &Writer, _form: &Form) -> Result<Reply> {
    // Looked at and written in one go: a reader who leaves at this very moment is not put back.
    let joined = store.transaction(|| {
        let Some((reader, list)) = asked(call, app, store)? else { return Ok(None) };
        store.join(reader.id, Event::Confirmed, &circumstances(call, "link"), app.clock.now())?;
        Ok(Some(list))
    })?;
    match joined {
        Some(list) => Ok(done(call, &list)),
        None => expired(call, app, store),
    }
}

/// Who the link was made for. It is good for the request that it answers, for some days (else `None`): a reader who
/// left later, or asked again, is not put back by an old mail.
fn asked(call: &Call, app: &App, store: &Reader) -> Result<Option<(Subscription, List)>> {
    let (reader, asked_at) = named(call, app, store)?;
    if reader.asked_at != asked_at || reader.state == SubscriptionState::Left {
        return Ok(None);
    }
    let age = app.clock.now() - asked_at;
    let is_old = age > app.settings.number(&settings::CONFIRM_DAYS) * 86_400;
    match is_old && reader.state == SubscriptionState::Pending {
        true => Ok(None),
        false => store.list(reader.list).map(|list| Some((reader, list))),
    }
}

/// The subscription and the moment of asking that the link's token names.
fn named(call: &Call, app: &App, store: &Reader) -> Result<(Subscription, Instant)> {
    let wrong = || Error::not_found(errors::LINK_NOT_VALID);
    let (id, asked_at) = app.key.open_confirmation(call.parameter()).ok_or_else(wrong)?;
    Ok((store.subscription(id)?.ok_or_else(wrong)?, asked_at))
}

/// Says that the link is too old, and leads back to the list's form.
fn expired(call: &Call, app: &App, store: &Reader) -> Result<Reply> {
    let (reader, _) = named(call, app, store)?;
    let list = store.list(reader.list)?;
    let error = Error::not_found(errors::LINK_EXPIRED);
    let sentence = error.refusal().map(|refusal| refusal.say_to_stranger(call.language)).unwrap_or_default();
    let label = public::SIGN_UP_TITLE.with(call.language, &[("list", &list.title)]);
    let url = call.link(&format!("/f/{}", list.name.as_str()));
    let frame = call.frame(&list.title, public::EXPIRED_TITLE.to(call.language));
    let page = view::error_page(&frame, "", &sentence, Some(Link { label: &label, url: &url }));
    Ok(Reply::html(error.status(), page))
}

fn done(call: &Call, list: &List) -> Reply {
    let text =
        public::JOINED_TEXT.with(call.language, &[("list", &list.title), ("address", &list.from_address)]);
    let paragraphs: Vec<&str> = text.split('\n').collect();
    simple_page(call, &list.title, public::JOINED_TITLE.to(call.language), &paragraphs)
}
