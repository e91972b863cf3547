//! The page behind the link of the confirmation mail: a button, since mail scanners open every link.
//! Not the sign-up: sign_up.

use maud::html;

use super::circumstances;
use crate::app::App;
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
use crate::web::view::{self, ButtonKind};

/// GET /confirm/TOKEN
pub fn show(call: &Call, app: &App, store: &Reader) -> Result<Reply> {
    let (reader, list) = asked(call, app, store)?;
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
    let (reader, list) = asked(call, app, store)?;
    store.join(reader.id, Event::Confirmed, &circumstances(call, "link"), app.clock.now())?;
    Ok(done(call, &list))
}

/// Who the link was made for. It is good for the request that it answers, for some days: a reader who left later,
/// or asked again, is not put back by an old mail.
fn asked(call: &Call, app: &App, store: &Reader) -> Result<(Subscription, List)> {
    let wrong = || Error::not_found(errors::LINK_NOT_VALID);
    let (id, asked_at) = app.key.open_confirmation(call.parameter()).ok_or_else(wrong)?;
    let reader = store.subscription(id)?.ok_or_else(wrong)?;
    let list = store.list(reader.list)?;
    if reader.asked_at != asked_at || reader.state == SubscriptionState::Left {
        return Err(Error::not_found(errors::LINK_EXPIRED));
    }
    let age = app.clock.now() - asked_at;
    let is_old = age > app.settings.number(&settings::CONFIRM_DAYS) * 86_400;
    match is_old && reader.state == SubscriptionState::Pending {
        true => Err(Error::not_found(errors::LINK_EXPIRED)),
        false => Ok((reader, list)),
    }
}

fn done(call: &Call, list: &List) -> Reply {
    let text =
        public::JOINED_TEXT.with(call.language, &[("list", &list.title), ("address", &list.from_address)]);
    let paragraphs: Vec<&str> = text.split('\n').collect();
    simple_page(call, &list.title, public::JOINED_TITLE.to(call.language), &paragraphs)
}
