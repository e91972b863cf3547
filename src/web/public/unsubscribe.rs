//! Leaving a list: a page with one button for people, one POST for mail programs (RFC 8058).
//! Not other changes of a reader's own data: preferences.

use maud::html;

use super::{circumstances, subscription};
use crate::app::App;
use crate::domain::list::List;
use crate::domain::subscriber::SubscriptionState;
use crate::domain::token::Purpose;
use crate::error::Result;
use crate::store::{Reader, Writer};
use crate::texts::public;
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind};

/// GET /u/TOKEN: changes nothing, since mail scanners open every link.
pub fn show(call: &Call, app: &App, store: &Reader) -> Result<Reply> {
    let reader = subscription(app, store, Purpose::Unsubscribe, call.parameter())?;
    let list = store.list(reader.list)?;
    if reader.state == SubscriptionState::Left {
        return Ok(done(call, &list));
    }
    let title = public::LEAVE_TITLE.with(call.language, &[("list", &list.title)]);
    let content = html! {
        h1 { (title) }
        p { (public::LEAVE_TEXT.with(call.language, &[("address", &reader.address)])) }
        form method="post" action=(call.link(&call.request.path)) {
            (view::button(public::LEAVE_BUTTON.to(call.language), ButtonKind::Primary))
        }
    };
    Ok(Reply::html(200, view::public_page(&call.frame(&list.title, &title), content)))
}

/// POST /u/TOKEN: from the page's button, or `List-Unsubscribe=One-Click` from a mail program: no cookie, no other
/// proof than the token, no redirect, the same answer each time (RFC 8058, 3.2).
pub fn unsubscribe(call: &Call, app: &App, store: &Writer, form: &Form) -> Result<Reply> {
    let reader = subscription(app, store, Purpose::Unsubscribe, call.parameter())?;
    let is_one_click = form.text("List-Unsubscribe") == "One-Click";
    let how = circumstances(call, if is_one_click { "one-click" } else { "link" });
    store.leave(reader.id, &how, app.clock.now())?;
    let list = store.list(reader.list)?;
    Ok(done(call, &list))
}

fn done(call: &Call, list: &List) -> Reply {
    let language = call.language;
    let title = public::LEFT_TITLE.to(language);
    let content = html! {
        h1 { (title) }
        p { (public::LEFT_TEXT.with(language, &[("list", &list.title)])) }
        p.small {
            (public::LEFT_BY_MISTAKE.to(language))
            (view::link(&call.link(&format!("/f/{}", list.name.as_str())), public::SIGN_UP_AGAIN.to(language)))
        }
    };
    Reply::html(200, view::public_page(&call.frame(&list.title, title), content))
}
