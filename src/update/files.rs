//! Files of an update on the disk: durable writes, hashes, and where the program lies.
//! Not the order of the steps: work.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;

use crate::error::{Error, Result};
use crate::host::paths::DataFolder;
use crate::texts::errors;
use crate::transfer::inbox::not_written;
use crate::version as mark_of;

/// Where everything of updates lies.
#[derive(Clone, Debug)]
pub struct Place {
    pub folder: PathBuf,
    /// The file that web server and cron start.
    pub program: PathBuf,
}

impl Place {
    pub fn of(data: &DataFolder) -> Result<Place> {
        Ok(Place { folder: data.path().join("update"), program: program()? })
    }

    /// Makes the folder if it is missing.
    pub fn make(&self) -> Result<()> {
        DirBuilder::new().mode(0o700).recursive(true).create(&self.folder).map_err(not_written)
    }

    pub fn state(&self) -> PathBuf {
        self.folder.join("state.json")
    }
    /// Being fetched.
    pub fn part(&self) -> PathBuf {
        self.folder.join("new.part")
    }
    /// Whole, and what the manifest says.
    pub fn new_program(&self) -> PathBuf {
        self.folder.join("new")
    }
    /// What ran before.
    pub fn previous(&self) -> PathBuf {
        self.folder.join("previous")
    }
    /// The data on which the new program is tried.
    pub fn copy(&self) -> PathBuf {
        self.folder.join("copy")
    }
    pub fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }
}

/// The program's file. A process whose program was replaced since it began is told "NAME (deleted)".
pub fn program() -> Result<PathBuf> {
    let found = std::env::current_exe().map_err(|cause| Error::fault("finding the program", cause))?;
    let text = found.to_string_lossy();
    match text.strip_suffix(" (deleted)") {
        Some(name) if !found.exists() => Ok(PathBuf::from(name)),
        _ => Ok(found),
    }
}

/// Refuses what can be seen to be in the way without trying: a foreign program, a folder that is closed to us.
pub fn refuse_foreign(place: &Place) -> Result<()> {
    let found = std::fs::metadata(&place.program).map_err(|cause| not_replaced(place, cause.to_string()))?;
    let user = rustix::process::geteuid().as_raw();
    if found.uid() != user {
        return Err(not_replaced(place, format!("uid {} != {user}", found.uid())));
    }
    let folder = place.program.parent().unwrap_or(Path::new("/"));
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK)
        .map_err(|cause| not_replaced(place, std::io::Error::from(cause).to_string()))
}

/// Refuses early what could not be put in place at the end: the same, and another file system than the
/// data's.
pub fn refuse_unwritable(place: &Place) -> Result<()> {
    refuse_foreign(place)?;
    // Always the same names: what a kill leaves goes with the next trial. The caller holds the lock of updates.
    let probe = place.folder.join("probe");
    let beside = place.program.with_file_name(".neo-probe");
    let tried = File::create(&probe).and_then(|_| std::fs::rename(&probe, &beside));
    let _ = std::fs::remove_file(&probe);
    let _ = std::fs::remove_file(&beside);
    tried.map_err(|cause| not_replaced(place, cause.to_string()))
}

fn not_replaced(place: &Place, why: String) -> Error {
    Error::configuration(errors::PROGRAM_NOT_WRITABLE).with("file", place.program.as_path()).with("why", why)
}

/// Length and SHA-256, as the manifest writes it.
pub fn hash(file: &Path) -> std::io::Result<(u64, String)> {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    let mut file = File::open(file)?;
    let (mut buffer, mut length) = (vec![0; 64 * 1024], 0_u64);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((length, HEXLOWER.encode(context.finish().as_ref())));
        }
        context.update(buffer.get(..read).unwrap_or_default());
        length += read as u64;
    }
}

/// Version and target that the file says of itself.
pub fn mark(file: &Path) -> std::io::Result<Option<(String, String)>> {
    let bytes = std::fs::read(file)?;
    Ok(mark_of::find(&bytes).map(|(version, target)| (version.to_string(), target.to_string())))
}

/// Writes a small file so that after a power cut either the old or the new one is there.
pub fn write_durably(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let part = file.with_extension("tmp");
    let _ = std::fs::remove_file(&part);
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    let written = new.write_all(bytes).and_then(|()| new.sync_all());
    let placed = written.and_then(|()| std::fs::rename(&part, file));
    if placed.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    placed?;
    sync_folder_of(file)
}

/// Makes names durable.
pub fn sync_folder_of(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Gives a second name to the program's file; where the file system knows no such thing, a copy.
pub fn keep_aside(program: &Path, previous: &Path) -> std::io::Result<()> {
    let part = previous.with_extension("tmp");
    let _ = std::fs::remove_file(&part);
    if std::fs::hard_link(program, &part).is_err() {
        std::fs::copy(program, &part)?;
        let mode = std::fs::metadata(program)?.permissions();
        std::fs::set_permissions(&part, mode)?;
        File::open(&part)?.sync_all()?;
    }
    std::fs::rename(&part, previous)?;
    // Two names of one file: rename does nothing, and leaves the first.
    let _ = std::fs::remove_file(&part);
    sync_folder_of(previous)
}

/// Gives the new program the permissions of the one that it replaces.
pub fn take_permissions(program: &Path, new: &Path) -> std::io::Result<()> {
    let mode = std::fs::metadata(program)?.permissions().mode() & 0o7777;
    std::fs::set_permissions(new, std::fs::Permissions::from_mode(mode | 0o500))?;
    File::open(new)?.sync_all()
}
