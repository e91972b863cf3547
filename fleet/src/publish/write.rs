//! Files in the published folder: written beside their place, brought to the disk, and renamed. Whoever reads meets the old
//! bytes or the new ones, and a power cut leaves one of the two.
//! Not what stands in them.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use neo::error::{Error, Result};

use crate::texts::errors;

/// The folder of a web server, or what is copied to a CDN.
pub(super) struct Folder {
    path: PathBuf,
    written: u64,
}

/// Temporary files, which no web server should hand out; one that is left is of a process that died.
const TEMPORARY: &str = ".new-";

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Folder> {
        let folder = Folder { path: path.to_path_buf(), written: 0 };
        folder.make(path)?;
        Ok(folder)
    }

    /// How many files are new or have other bytes than before.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// What lies there, if it is a text of that size.
    pub(super) fn read(&self, name: &str, cap: usize) -> Option<String> {
        let mut text = String::new();
        let file = File::open(self.path.join(name)).ok()?;
        file.take(cap as u64 + 1).read_to_string(&mut text).ok()?;
        (text.len() <= cap).then_some(text)
    }

    /// Puts a file in its place; one that has these bytes already is left alone.
    pub(super) fn put(&mut self, name: &str, content: &[u8]) -> Result<()> {
        let target = self.path.join(name);
        if is_same(&target, content) {
            return Ok(());
        }
        let folder = target.parent().unwrap_or(&self.path).to_path_buf();
        self.make(&folder)?;
        let file_name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let temporary = folder.join(format!("{TEMPORARY}{file_name}"));
        let written = write_whole(&temporary, content).and_then(|()| std::fs::rename(&temporary, &target));
        let written = written.and_then(|()| sync(&folder));
        if let Err(cause) = written {
            let _ = std::fs::remove_file(&temporary);
            return Err(not_writable(&target, &cause));
        }
        self.written += 1;
        Ok(())
    }

    /// The same with the bytes of another file, e.g. an executable.
    pub(super) fn copy(&mut self, name: &str, from: &Path) -> Result<()> {
        let content = std::fs::read(from).map_err(|cause| not_writable(from, &cause))?;
        self.put(name, &content)
    }

    /// Takes away what a process left that died while it wrote.
    pub(super) fn sweep(&self, folder: &str) {
        let entries = std::fs::read_dir(self.path.join(folder)).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(TEMPORARY)) {
            let _ = std::fs::remove_file(entry.path());
        }
    }

    /// Folders that a web server can enter, whatever the umask is.
    fn make(&self, folder: &Path) -> Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        let made = std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::set_permissions(folder, Permissions::from_mode(0o755)))
            .and_then(|()| folder.parent().map_or(Ok(()), sync));
        made.map_err(|cause| not_writable(folder, &cause))
    }
}

fn is_same(file: &Path, content: &[u8]) -> bool {
    let is_as_long = std::fs::metadata(file).is_ok_and(|found| found.len() == content.len() as u64);
    is_as_long && std::fs::read(file).is_ok_and(|found| found == content)
}

fn write_whole(file: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut open = OpenOptions::new().write(true).create(true).truncate(true).mode(0o644).open(file)?;
    open.write_all(content)?;
    open.set_permissions(Permissions::from_mode(0o644))?;
    open.sync_all()
}

fn sync(folder: &Path) -> std::io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

fn not_writable(file: &Path, cause: &std::io::Error) -> Error {
    let error = match cause.kind() {
        std::io::ErrorKind::StorageFull => Error::busy(errors::PLACE_NOT_WRITABLE),
        _ => Error::configuration(errors::PLACE_NOT_WRITABLE),
    };
    error.with("file", file).with("why", cause.to_string())
}

/// Held while one process publishes; the kernel lets go of it when that dies.
pub(super) fn lock(file: &Path) -> Result<File> {
    let open = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(file);
    let open = open.map_err(|cause| not_writable(file, &cause))?;
    match rustix::fs::flock(&open, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(open),
        Err(_) => Err(Error::busy(errors::PUBLISHING)),
    }
}
