//! Artefacts, kept on the vendor's disk under their hash: what is checked is what is published, whatever becomes of the
//! file that was opened. Not the texts (plans, outputs): those are in the database.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use neo::error::{Error, Result};
use ring::digest::{Context, SHA256};

use super::event::{Artefact, Candidate};
use super::journal::make_folder;
use crate::texts::releases as texts;

/// NEO itself is 8 MiB; nothing we publish is near this.
const LONGEST: u64 = 256 * 1024 * 1024;

/// Where kept artefacts lie.
pub fn folder(data: &Path) -> PathBuf {
    data.join("releases")
}

/// The kept file of this hash.
pub fn file(data: &Path, sha256: &str) -> PathBuf {
    folder(data).join(sha256)
}

/// Reads, hashes and keeps a file.
pub fn keep(data: &Path, target: &str, from: &Path) -> Result<Artefact> {
    let (sha256, length) = hash(from)?;
    let to = file(data, &sha256);
    make_folder(&folder(data))?;
    if hash(&to).ok() != Some((sha256.clone(), length)) {
        let fault = |cause| Error::fault("keeping an artefact", cause);
        let aside = to.with_extension("new");
        std::fs::copy(from, &aside).map_err(fault)?;
        // To be run by checks, to be written by nobody.
        std::fs::set_permissions(&aside, std::fs::Permissions::from_mode(0o500)).map_err(fault)?;
        std::fs::File::open(&aside).and_then(|file| file.sync_all()).map_err(fault)?;
        std::fs::rename(&aside, &to).map_err(fault)?;
        if hash(&to)?.0 != sha256 {
            return Err(Error::fault("keeping an artefact", "the file changed while it was read"));
        }
    }
    Ok(Artefact { target: target.to_string(), path: from.display().to_string(), length, sha256 })
}

/// Which kept artefacts are gone or have other bytes.
pub fn damaged(data: &Path, candidate: &Candidate) -> Vec<String> {
    let is_whole = |artefact: &&Artefact| {
        hash(&file(data, &artefact.sha256)).ok() == Some((artefact.sha256.clone(), artefact.length))
    };
    candidate
        .artefacts
        .iter()
        .filter(|artefact| !is_whole(artefact))
        .map(|each| each.target.clone())
        .collect()
}

/// Which files, where they were opened, have other bytes now. One that is gone has not changed: it is kept here.
pub fn changed(candidate: &Candidate) -> Vec<String> {
    let has_changed = |artefact: &&Artefact| {
        let path = Path::new(&artefact.path);
        path.exists() && hash(path).ok() != Some((artefact.sha256.clone(), artefact.length))
    };
    candidate.artefacts.iter().filter(has_changed).map(|each| each.target.clone()).collect()
}

/// SHA-256 in hexadecimal, and the length.
pub fn hash(path: &Path) -> Result<(String, u64)> {
    let unreadable = |why: String| {
        Error::invalid(texts::FILE_UNREADABLE).with("file", path.display().to_string()).with("why", why)
    };
    let mut file = std::fs::File::open(path).map_err(|cause| unreadable(cause.to_string()))?;
    let found = file.metadata().map_err(|cause| unreadable(cause.to_string()))?;
    if !found.is_file() || found.len() == 0 || found.len() > LONGEST {
        return Err(unreadable("no file of 1 byte to 256 MiB".to_string()));
    }
    let mut context = Context::new(&SHA256);
    let mut piece = vec![0; 1 << 16];
    let mut length = 0;
    loop {
        let read = file.read(&mut piece).map_err(|cause| unreadable(cause.to_string()))?;
        if read == 0 {
            return Ok((data_encoding::HEXLOWER.encode(context.finish().as_ref()), length));
        }
        context.update(piece.get(..read).unwrap_or_default());
        length += read as u64;
    }
}
