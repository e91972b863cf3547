//! A customer's token: what the key says now, signed. The same key gives the same token until something changes.
//! Not its file with check words: `neo::link::activation`.

use neo::error::Result;
use neo::link::activation::{self, Activation};
use neo::link::key::SigningKey;

use crate::store::keys::Key;

/// The token of a key. A revoked one ends when it was revoked: whoever hears of it knows.
pub fn of(key: &Key, signer: &SigningKey) -> Result<String> {
    let valid_until = key.revoked_at.map_or(key.valid_until, |at| at.min(key.valid_until));
    let activation = Activation {
        key: key.key.clone(),
        customer: key.customer.clone(),
        plan: key.plan.clone(),
        site: key.site.clone(),
        valid_until,
        issued_at: key.issued_at,
    };
    activation::issue(&activation, signer)
}
