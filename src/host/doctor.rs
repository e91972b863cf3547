//! What the doctor asks the machine: permissions, disk, file system, locks, sendmail.
//! Not what he asks the site, and not his words: doctor.

use std::fs::File;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{FlockOperation, fcntl_lock, flock, statvfs};

use crate::error::{Error, Result};
use crate::host::paths::is_network_file_system;

/// Who owns a file, and its permission bits.
pub struct Owner {
    pub is_us: bool,
    pub mode: u32,
}

/// Owner and permissions of a file or folder.
pub fn owner(path: &Path) -> Result<Owner> {
    let found = std::fs::metadata(path).map_err(|cause| Error::fault("looking at permissions", cause))?;
    let is_us = found.uid() == rustix::process::geteuid().as_raw();
    Ok(Owner { is_us, mode: found.permissions().mode() & 0o777 })
}

/// Names of what lies in a folder and is open to others, in order; the first few hundred entries are looked at, and
/// empty files (locks) tell nobody anything.
pub fn open_to_others(folder: &Path) -> Result<Vec<String>> {
    let listed = std::fs::read_dir(folder).map_err(|cause| Error::fault("listing the data folder", cause))?;
    let mut found: Vec<String> = listed
        .take(500)
        .flatten()
        .filter(|entry| {
            let found = entry.metadata();
            found.is_ok_and(|found| {
                found.permissions().mode() & 0o077 != 0 && (found.is_dir() || found.len() > 0)
            })
        })
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    found.sort();
    Ok(found)
}

/// Free space and free files for an ordinary user; `None` where the host does not say.
pub struct Room {
    pub free_mib: u64,
    pub free_files: Option<u64>,
}

pub fn room(folder: &Path) -> Result<Room> {
    let found = statvfs(folder).map_err(|cause| Error::fault("asking for free space", cause))?;
    let free_mib = found.f_bavail.saturating_mul(found.f_frsize) / (1024 * 1024);
    Ok(Room { free_mib, free_files: (found.f_files > 0).then_some(found.f_favail) })
}

/// Whether locks work and the disk is local.
pub struct Locking {
    pub is_local: bool,
    pub works: bool,
}

/// Locks a file both ways that are used here: `fcntl` (the database) must be granted; `flock` (the tick) too, and a
/// second opening must then be refused.
pub fn locking(folder: &Path) -> Locking {
    let file = folder.join(format!("probe-{}.lock", std::process::id()));
    let works = try_locks(&file).unwrap_or(false);
    let _ = std::fs::remove_file(&file);
    Locking { is_local: !is_network_file_system(folder), works }
}

fn try_locks(file: &Path) -> std::io::Result<bool> {
    let one = File::create(file)?;
    let other = File::create(file)?;
    fcntl_lock(&one, FlockOperation::NonBlockingLockExclusive)?;
    fcntl_lock(&one, FlockOperation::NonBlockingUnlock)?;
    flock(&one, FlockOperation::NonBlockingLockExclusive)?;
    let is_refused = flock(&other, FlockOperation::NonBlockingLockExclusive).is_err();
    drop(one);
    Ok(is_refused && flock(&other, FlockOperation::NonBlockingLockExclusive).is_ok())
}

/// Whether a program is there and may be started.
pub fn is_executable(program: &Path) -> bool {
    std::fs::metadata(program).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
