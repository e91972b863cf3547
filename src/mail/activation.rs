//! Where the site stands with its activation key, and the one thing that is asked: whether a new broadcast may begin.
//! Not the rules (domain/activation) and not the taking in of a token (mail/vendor).

use crate::app::App;
use crate::clock::Instant;
use crate::domain::activation::{Seen, Standing};
use crate::domain::calendar::page_time;
use crate::error::{Error, Result};
use crate::link::activation::{Activation, check_key};
use crate::mail::vendor;
use crate::settings;
use crate::store::{Reader, Writer};
use crate::texts::errors;

/// The site's activation with what is known of the time.
pub struct Known {
    pub activation: Option<Activation>,
    pub seen: Seen,
    pub standing: Standing,
}

/// What is known now.
pub fn known(app: &App, store: &Reader) -> Result<Known> {
    let activation = store.activation()?;
    let seen = match &activation {
        Some(activation) => store.seen(activation.issued_at)?,
        None => Seen::default(),
    };
    let valid_until = activation.as_ref().map(|activation| activation.valid_until);
    let standing = Standing::of(valid_until, app.clock.now(), seen.newest);
    Ok(Known { activation, seen, standing })
}

/// Refuses to begin a new broadcast after the key's end. Everything else never asks.
pub fn refuse_new_broadcast(app: &App, store: &Reader) -> Result<()> {
    match known(app, store)?.standing {
        Standing::Over { since } => Err(over(app, since)),
        _ => Ok(()),
    }
}

/// The refusal, for pages that show it in the place of a form.
pub fn over(app: &App, since: Instant) -> Error {
    Error::invalid(errors::NEW_BROADCASTS_STOPPED).with("until", page_time(since, app.settings.zone()))
}

/// What the owner has entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// A token, or a key whose token came at once.
    Activated,
    /// A key whose token is still to come.
    KeyNoted,
    /// Something else that the vendor signed, e.g. its list of keys.
    Keys,
}

/// Takes in what the owner typed, pasted or uploaded: a key, a token in any of its forms, or a signed file.
pub fn enter(app: &mut App, store: &Writer, text: &str) -> Result<Entered> {
    if text.trim().is_empty() {
        return Err(Error::invalid(errors::ACTIVATION_MISSING));
    }
    let refused = match vendor::accept_typed(app, store, text) {
        Ok(taken) if taken.contains(&"token") => {
            if let Some(activation) = store.activation()? {
                app.put_setting(store, &settings::ACTIVATION_KEY, &activation.key)?;
            }
            look(app, store)?;
            return Ok(Entered::Activated);
        }
        Ok(_) => return Ok(Entered::Keys),
        Err(error) => error,
    };
    let is_no_token = refused.refusal().is_some_and(|refusal| refusal.sentence == errors::TOKEN_NOT_VALID);
    if !is_no_token || text.contains("v4.public.") {
        return Err(refused);
    }
    enter_key(app, store, text)
}

fn enter_key(app: &mut App, store: &Writer, typed: &str) -> Result<Entered> {
    let looks_like_a_key = typed.trim_start().starts_with(['N', 'n', 'Ｎ', 'ｎ']);
    let key = check_key(typed).map_err(|error| match looks_like_a_key {
        true => error,
        false => Error::invalid(errors::ACTIVATION_UNREADABLE),
    })?;
    app.put_setting(store, &settings::ACTIVATION_KEY, &key)?;
    if !app.settings.value(&settings::VENDOR_URL).is_empty() {
        // That the vendor cannot be reached now is told by the page that waits for the token.
        let _ = vendor::fetch::look(app, store);
    }
    match store.activation()?.is_some_and(|activation| activation.key == key) {
        true => look(app, store).map(|()| Entered::Activated),
        false => Ok(Entered::KeyNoted),
    }
}

/// The key that was entered and whose token has not come yet.
pub fn awaited_key(app: &App, known: &Known) -> Result<Option<String>> {
    let entered = app.secret(&settings::ACTIVATION_KEY)?;
    let is_here = known.activation.as_ref().is_some_and(|activation| activation.key == entered);
    Ok((!entered.is_empty() && !is_here).then_some(entered))
}

/// A chore: notes that time has gone by, and tells the owner of an end that is near or past. Told is only what is proven:
/// a clock that is wrong for an afternoon alarms nobody.
pub fn look(app: &App, store: &Writer) -> Result<()> {
    let Some(activation) = store.activation()? else { return Ok(()) };
    let now = app.clock.now();
    let newest_sign = store.feed()?.map_or(0, |feed| feed.issued_at).max(activation.issued_at);
    let seen = store.seen(activation.issued_at)?.look(now).prove(newest_sign);
    let is_new_token = store.keep_seen(activation.issued_at, seen)?;
    let proven = Standing::of(Some(activation.valid_until), seen.newest, seen.newest);
    if is_new_token && proven.allows_new_broadcasts() {
        // What fell due while the key was over, and is not too late, goes out.
        store.look_at_recurrences(now)?;
    }
    match proven {
        Standing::Ending { until, .. } => store.add_notice("key-soon", &until.to_string(), now),
        Standing::Over { since } => store.add_notice("key-over", &since.to_string(), now),
        _ => Ok(()),
    }
}
