//! What the root key does, on a machine that is never online: it vouches for a list of keys, and for nothing else.
//! Not what the list says: that is asked for by the online machine (list) and read aloud in the ceremony.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use neo::error::{Error, Result};
use neo::link::envelope::{Kind, seal};
use neo::link::index::sha256_hex;
use neo::link::key::{KeyList, SigningKey};

use super::{ROLES, seeds};
use crate::texts::errors;

/// Requests are small; what is larger is something else.
const LARGEST_REQUEST: usize = 64 * 1024;

/// Reads a request and refuses what no install would want.
pub fn read_request(text: &str) -> Result<KeyList> {
    let refuse = |why: String| Error::invalid(errors::REQUEST_NOT_VALID).with("why", why);
    if text.len() > LARGEST_REQUEST {
        return Err(refuse("too long".to_string()));
    }
    let list: KeyList = serde_json::from_str(text).map_err(|cause| refuse(cause.to_string()))?;
    for key in &list.keys {
        if key.id != key.public.id() {
            return Err(refuse(format!("{} is not the name of its key", key.id)));
        }
        if list.revoked.contains(&key.id) {
            return Err(refuse(format!("{} is listed and revoked", key.id)));
        }
    }
    for role in ROLES {
        if !list.keys.iter().any(|key| key.roles.contains(&role)) {
            return Err(refuse(format!("no key for {}", role.word())));
        }
    }
    match list.number > 0 && list.expires > list.issued_at {
        true => Ok(list),
        false => Err(refuse("number, issued_at, expires".to_string())),
    }
}

/// Signs a list. The root remembers what it signed, beside its seed: two lists with one number would let an attacker choose.
pub fn sign(root_file: &Path, list: &KeyList) -> Result<String> {
    let root = seeds::read(root_file)?;
    if list.revoked.contains(&root.public().id()) {
        let why = format!("{} would revoke itself", root.public().id());
        return Err(Error::invalid(errors::REQUEST_NOT_VALID).with("why", why));
    }
    let text = seal(Kind::Keys, list, &root)?;
    let hash = sha256_hex(text.as_bytes());
    match last_signed(root_file)? {
        Some((number, known)) if number == list.number && known == hash => return Ok(text),
        Some((number, _)) if number >= list.number => {
            return Err(Error::invalid(errors::ROOT_ALREADY_SIGNED).with("number", number.to_string()));
        }
        _ => {}
    }
    note(root_file, &format!("{} {hash}", list.number))?;
    Ok(text)
}

/// A new root beside the old one; it goes on where the old one's numbers end.
pub fn rotate(old_file: &Path, new_file: &Path) -> Result<(SigningKey, SigningKey)> {
    let old = seeds::read(old_file)?;
    let new = seeds::make_new(new_file)?;
    if let Some((number, hash)) = last_signed(old_file)? {
        note(new_file, &format!("{number} {hash}"))?;
    }
    Ok((old, new))
}

fn last_signed(root_file: &Path) -> Result<Option<(i64, String)>> {
    let file = log_file(root_file);
    let text = match std::fs::read_to_string(&file) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|_| Error::configuration(errors::SEED_DAMAGED).with("file", file.as_path()))?,
    };
    let entries = text.lines().filter_map(|line| {
        let (number, hash) = line.split_once(' ')?;
        Some((number.parse().ok()?, hash.to_string()))
    });
    Ok(entries.max_by_key(|(number, _): &(i64, String)| *number))
}

fn note(root_file: &Path, line: &str) -> Result<()> {
    let file = log_file(root_file);
    let written =
        OpenOptions::new().append(true).create(true).mode(0o600).open(&file).and_then(|mut open| {
            writeln!(open, "{line}")?;
            open.sync_all()
        });
    written.map_err(|cause| {
        Error::configuration(errors::PLACE_NOT_WRITABLE)
            .with("file", file.as_path())
            .with("why", cause.to_string())
    })
}

fn log_file(root_file: &Path) -> PathBuf {
    let mut name = root_file.as_os_str().to_owned();
    name.push(".signed");
    PathBuf::from(name)
}
