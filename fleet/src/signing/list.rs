//! The list of keys on the online machine: what to ask the root for, what it has signed, and whom installs trust by it.
//! Not the root's own side: root.

use std::path::Path;

use neo::clock::Instant;
use neo::error::{Error, Result};
use neo::link::envelope::{self, Kind, refuse_old};
use neo::link::index::sha256_hex;
use neo::link::key::{KeyId, KeyList, PublicKey, Role, Trust, TrustedKey};

use super::{ROLES, seeds};
use crate::store::Store;
use crate::store::audit::Act;
use crate::store::publications::Publication;
use crate::texts::errors;

const DAY: i64 = 86_400;

/// What the root is asked to sign: present keys, successors, and all that was ever revoked.
pub fn request(store: &mut Store, folder: &Path, act: &Act, days: i64, revoke: &[KeyId]) -> Result<KeyList> {
    let known = known(store)?;
    let mut revoked = known.map(|list| list.revoked).unwrap_or_default();
    for id in revoke.iter().map(|id| id.trim()).filter(|id| !id.is_empty()) {
        if !revoked.iter().any(|other| other == id) {
            revoked.push(id.to_string());
        }
    }
    let mut keys = Vec::new();
    for role in ROLES {
        let present = seeds::present(folder, role)?.public();
        let next = seeds::next(folder, role)?.map(|key| key.public());
        let named =
            [Some(present), next].into_iter().flatten().map(|public| TrustedKey::new(public, &[role]));
        let before = keys.len();
        keys.extend(named.filter(|key| !revoked.contains(&key.id)));
        if keys.len() == before {
            return Err(Error::invalid(errors::SUCCESSOR_MISSING).with("role", role.word()));
        }
    }
    let number = store.next_number("keys")?;
    Ok(KeyList { number, issued_at: act.now, expires: act.now + days * DAY, keys, revoked })
}

/// What became of a list that the root signed.
#[derive(Debug)]
pub struct Taken {
    pub list: KeyList,
    /// Roles whose successor signs from now on, since the list does not name the present key any more.
    pub switched: Vec<Role>,
}

/// Takes a signed list: verified by the roots as an install would, newer than the one before, with a key for each role.
/// `roots`, if given, are whom installs are built with from now on.
pub fn take(
    store: &mut Store,
    folder: &Path,
    act: &Act,
    text: &str,
    roots: Option<Vec<PublicKey>>,
) -> Result<Taken> {
    let text = text.trim();
    let mut trust = trust(store)?;
    let renamed = roots.is_some();
    if let Some(roots) = roots {
        trust.roots = roots;
    }
    let list: KeyList = envelope::open(text, Kind::Keys, &trust, Kind::Keys.cap())?;
    refuse_old(list.number, trust.list.as_ref().map_or(0, |known| known.number), list.expires, act.now)?;
    let vouched = Trust { roots: trust.roots.clone(), list: Some(list.clone()) };
    let mut switched = Vec::new();
    for role in ROLES {
        let present = seeds::present(folder, role)?.public();
        if vouched.key(&present.id(), role).is_ok() {
            continue;
        }
        match seeds::next(folder, role)?.map(|key| key.public().id()) {
            Some(next) if vouched.key(&next, role).is_ok() => switched.push(role),
            _ => return Err(Error::invalid(errors::KEY_LIST_LACKS).with("role", role.word())),
        }
    }
    let publication = Publication {
        number: list.number,
        issued_at: list.issued_at,
        expires: list.expires,
        hash: sha256_hex(text.as_bytes()),
        text: text.to_string(),
    };
    store.transaction(|store| {
        if renamed {
            let roots: Vec<String> = trust.roots.iter().map(ToString::to_string).collect();
            store.set_meta("roots", &roots.join(","))?;
        }
        store.put_publication(Kind::Keys, &publication)?;
        store.audit_act(act, &format!("list of keys {} taken", list.number), "signing")
    })?;
    for role in &switched {
        seeds::switch(folder, *role)?;
    }
    Ok(Taken { list, switched })
}

/// A role's successor signs from now on; the root must have vouched for it.
pub fn switch(store: &mut Store, folder: &Path, act: &Act, role: Role) -> Result<PublicKey> {
    let next = seeds::next(folder, role)?;
    let next =
        next.ok_or_else(|| Error::invalid(errors::SUCCESSOR_MISSING).with("role", role.word()))?.public();
    if trust(store)?.key(&next.id(), role).is_err() {
        return Err(Error::invalid(errors::SUCCESSOR_NOT_LISTED).with("role", role.word()));
    }
    store.audit_act(act, &format!("{} signs for {}", next.id(), role.word()), "signing")?;
    seeds::switch(folder, role)?;
    Ok(next)
}

/// Whom an install believes that has heard the newest list.
pub fn trust(store: &mut Store) -> Result<Trust> {
    let roots = PublicKey::parse_all(&store.meta("roots")?.unwrap_or_default())?;
    let Some(kept) = store.publication(Kind::Keys)? else { return Ok(Trust { roots, list: None }) };
    // It was believed when it was taken; its root may have been revoked by itself since.
    let list: KeyList = envelope::open(
        &kept.text,
        Kind::Keys,
        &Trust { roots: roots.clone(), list: None },
        Kind::Keys.cap(),
    )?;
    Ok(Trust { roots, list: Some(list) })
}

/// The newest list, refused when it is missing or out of its time: nothing that is signed now would be believed.
pub fn in_force(store: &mut Store, now: Instant) -> Result<Publication> {
    let list = store.publication(Kind::Keys)?;
    let list = list.ok_or_else(|| Error::configuration(errors::KEY_LIST_MISSING))?;
    match list.expires > now {
        true => Ok(list),
        false => Err(Error::configuration(errors::KEY_LIST_EXPIRED)),
    }
}

fn known(store: &mut Store) -> Result<Option<KeyList>> {
    Ok(trust(store)?.list)
}
