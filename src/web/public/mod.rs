//! Pages of readers, one file per page. None of them needs a sign-in: the proof is in the URL's token.
//! Not the owner's pages: admin.

pub mod assets;
pub mod confirm;
pub mod engagement;
pub mod home;
pub mod leave_sequence;
pub mod preferences;
pub mod sign_up;
pub mod tick;
pub mod unsubscribe;

use super::call::Call;
use crate::app::App;
use crate::domain::consent::Circumstances;
use crate::domain::subscriber::Subscription;
use crate::domain::token::Purpose;
use crate::error::{Error, Result};
use crate::store::Reader;
use crate::texts::errors;

/// The subscription that a link's token names.
fn subscription(app: &App, store: &Reader, purpose: Purpose, token: &str) -> Result<Subscription> {
    let id =
        app.key.open_subscription(purpose, token).ok_or_else(|| Error::not_found(errors::LINK_NOT_VALID))?;
    store.subscription(id)?.ok_or_else(|| Error::not_found(errors::LINK_NOT_VALID))
}

/// How the visitor acted, for the record of consents.
fn circumstances(call: &Call, way: &'static str) -> Circumstances {
    Circumstances {
        ip: call.request.remote_addr.map(|ip| ip.to_string()).unwrap_or_default(),
        user_agent: call.request.user_agent.clone(),
        way,
    }
}
