//! Leaving one sequence: a page with one button. The list and its other mails stay.
//! Not leaving the list (unsubscribe) and not the reader's own page (preferences), which does this too.

use maud::html;

use crate::app::App;
use crate::domain::id::{SequenceId, SubscriptionId};
use crate::domain::sequence::Sequence;
use crate::domain::subscriber::{Subscription, SubscriptionState};
use crate::domain::token::Purpose;
use crate::error::{Error, Result};
use crate::store::enrolments::Enrolment;
use crate::store::{Reader, Writer};
use crate::texts::{errors, sequences as texts};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind};

/// GET /s/TOKEN: changes nothing, since mail scanners open every link.
pub fn show(call: &Call, app: &App, store: &Reader) -> Result<Reply> {
    let (sequence, reader) = named(call, app, store)?;
    if way_of(store, &sequence, &reader)?.is_none() {
        return done(call, app, store, &sequence, &reader);
    }
    let title = texts::LEAVE_TITLE.with(call.language, &[("sequence", &sequence.title)]);
    let content = html! {
        h1 { (title) }
        p { (texts::LEAVE_TEXT.with(call.language, &[("address", &reader.address)])) }
        form method="post" action=(call.link(&call.request.path)) {
            (view::button(texts::LEAVE_BUTTON.to(call.language), ButtonKind::Primary))
        }
    };
    let list = store.list(reader.list)?;
    Ok(Reply::html(200, view::public_page(&call.frame(&list.title, &title), content)))
}

/// POST /s/TOKEN: from the page's button; the same answer each time.
pub fn leave(call: &Call, app: &App, store: &Writer, _form: &Form) -> Result<Reply> {
    let (sequence, reader) = named(call, app, store)?;
    store.transaction(|| match way_of(store, &sequence, &reader)? {
        Some(way) => store.end_enrolment(&way, "reader", app.clock.now()),
        None => Ok(()),
    })?;
    done(call, app, store, &sequence, &reader)
}

/// Whom and what the link is about. Who was erased has nothing here any more.
fn named(call: &Call, app: &App, store: &Reader) -> Result<(Sequence, Subscription)> {
    let unknown = || Error::not_found(errors::LINK_NOT_VALID);
    let pair = app.key.open_pair(Purpose::LeaveSequence, call.parameter());
    let (sequence, reader) = pair.ok_or_else(unknown)?;
    let sequence = store.sequence(SequenceId(sequence)).map_err(|_| unknown())?;
    let reader = store.subscription(SubscriptionId(reader))?.ok_or_else(unknown)?;
    match reader.address.is_empty() || reader.list != sequence.list {
        true => Err(unknown()),
        false => Ok((sequence, reader)),
    }
}

/// Her way through it, if she is on it; also when all its steps are behind her, since more may be added.
fn way_of(store: &Reader, sequence: &Sequence, reader: &Subscription) -> Result<Option<Enrolment>> {
    let way = store.latest_enrolment(sequence.id, reader.id)?;
    Ok(way.filter(|way| way.is_active && reader.state == SubscriptionState::Confirmed))
}

fn done(call: &Call, app: &App, store: &Reader, sequence: &Sequence, reader: &Subscription) -> Result<Reply> {
    let language = call.language;
    let list = store.list(reader.list)?;
    let title = texts::LEFT_TITLE.with(language, &[("sequence", &sequence.title)]);
    let preferences = app.key.subscription_token(Purpose::Preferences, reader.id);
    let content = html! {
        h1 { (title) }
        p { (texts::LEFT_TEXT.to(language)) }
        p.small {
            (view::link(&call.link(&format!("/p/{preferences}")), texts::LEFT_MORE.to(language)))
        }
    };
    Ok(Reply::html(200, view::public_page(&call.frame(&list.title, &title), content)))
}
