//! Secret halves as files: 0600, ours, in a folder that nobody else can enter. What is open to others is refused, not mended:
//! it may have been read. Nothing here prints a seed.
//!
//! `feed.seed` signs now; `feed.next.seed` is its successor, which signs nothing until the root has vouched for it.

use std::fs::{DirBuilder, File, Metadata};
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use neo::error::{Error, Result};
use neo::host::key_file::write_new;
use neo::link::key::{Role, SigningKey};

use crate::texts::errors;

/// The key that signs now in this role.
pub fn present(folder: &Path, role: Role) -> Result<SigningKey> {
    read(&file(folder, role))
}

/// Its successor, if one was made.
pub fn next(folder: &Path, role: Role) -> Result<Option<SigningKey>> {
    let file = next_file(folder, role);
    if file.exists() { read(&file).map(Some) } else { Ok(None) }
}

/// Makes the first key of a role, or leaves the one that is there.
pub fn make(folder: &Path, role: Role) -> Result<SigningKey> {
    let file = file(folder, role);
    if file.exists() { read(&file) } else { make_new(&file) }
}

/// Makes a role's successor, or leaves the one that is there.
pub fn make_next(folder: &Path, role: Role) -> Result<SigningKey> {
    read(&file(folder, role))?;
    match next(folder, role)? {
        Some(key) => Ok(key),
        None => make_new(&next_file(folder, role)),
    }
}

/// The successor takes the present key's place; what the present one was is gone.
pub fn switch(folder: &Path, role: Role) -> Result<()> {
    let file = file(folder, role);
    std::fs::rename(next_file(folder, role), &file).map_err(|cause| not_writable(&file, &cause))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|cause| not_writable(folder, &cause))
}

/// Makes a key in a file that must not exist yet.
pub fn make_new(file: &Path) -> Result<SigningKey> {
    if file.exists() {
        return Err(Error::invalid(errors::SEED_EXISTS).with("file", file));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.exists() {
        let made = DirBuilder::new().mode(0o700).recursive(true).create(folder);
        made.map_err(|cause| not_writable(folder, &cause))?;
    }
    let key = SigningKey::generate()?;
    write_new(file, &BASE64URL_NOPAD.encode(key.seed()))?;
    read(file)
}

/// Reads a seed that only we can read.
pub fn read(file: &Path) -> Result<SigningKey> {
    let missing = |_| Error::configuration(errors::SEED_MISSING).with("file", file);
    // What is looked at is what is read: the open file, whatever its name points to by then.
    let mut open = File::open(file).map_err(missing)?;
    let found = open.metadata().map_err(missing)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = std::fs::metadata(folder).map_err(missing)?;
    if !found.is_file() || !is_closed(&found) || !is_closed(&folder) {
        return Err(Error::configuration(errors::SEED_OPEN).with("file", file));
    }
    let damaged = || Error::configuration(errors::SEED_DAMAGED).with("file", file);
    let mut text = String::new();
    open.by_ref().take(200).read_to_string(&mut text).map_err(|_| damaged())?;
    let seed = BASE64URL_NOPAD.decode(text.trim().as_bytes()).map_err(|_| damaged())?;
    SigningKey::from_seed(seed.try_into().map_err(|_| damaged())?)
}

fn is_closed(found: &Metadata) -> bool {
    found.permissions().mode() & 0o077 == 0 && found.uid() == rustix::process::geteuid().as_raw()
}

fn file(folder: &Path, role: Role) -> PathBuf {
    folder.join(format!("{}.seed", role.word()))
}

fn next_file(folder: &Path, role: Role) -> PathBuf {
    folder.join(format!("{}.next.seed", role.word()))
}

fn not_writable(file: &Path, cause: &std::io::Error) -> Error {
    Error::configuration(errors::PLACE_NOT_WRITABLE).with("file", file).with("why", cause.to_string())
}
