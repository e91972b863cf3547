//! The data folder: found or made outside the web root, owned by us, closed to everybody else.
//! Not what lies in it: store, host/key_file, guard.

use std::fs::{DirBuilder, Metadata, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::texts::errors;

/// The folder that holds everything of this site: database, key, backups, outbox, logs.
#[derive(Clone, Debug)]
pub struct DataFolder {
    path: PathBuf,
}

impl DataFolder {
    pub fn path(&self) -> &Path {
        &self.path
    }
    pub fn database(&self) -> PathBuf {
        self.path.join("neo.sqlite")
    }
    pub fn key_file(&self) -> PathBuf {
        self.path.join("neo.key")
    }
    pub fn guard_log(&self) -> PathBuf {
        self.path.join("guard.log")
    }
    /// Our own failures, one line each: number, place, cause; no addresses.
    pub fn fault_log(&self) -> PathBuf {
        self.path.join("fault.log")
    }
    pub fn outbox(&self) -> PathBuf {
        self.path.join("outbox")
    }
    /// Uploaded files on their way in, and what was wrong with them.
    pub fn imports(&self) -> PathBuf {
        self.path.join("imports")
    }
    pub fn backups(&self) -> PathBuf {
        self.path.join("backups")
    }
    /// Holds the code that proves who may install: only who can read this folder by FTP.
    pub fn setup_code(&self) -> PathBuf {
        self.path.join("setup-code.txt")
    }
    /// How often that code was guessed.
    pub fn setup_tries(&self) -> PathBuf {
        self.path.join("setup-tries.txt")
    }
    /// Held by a running tick; the kernel lets go of it when the process dies.
    pub fn tick_lock(&self) -> PathBuf {
        self.path.join("tick.lock")
    }

    /// Uses the folder that was named on the command line or in `NEO_DATA`, making it if it is missing.
    pub fn named(path: &Path) -> Result<DataFolder> {
        open(path)
    }

    /// Looks from the program's folder upwards for `data` or `neo-data`; makes `data` beside the web root, or
    /// `neo-data` where somebody else's `data` is in the way.
    ///
    /// `document_root` is what the web server calls its root; without it (command line) the program's own folder
    /// counts as public.
    pub fn found(program: &Path, document_root: Option<&Path>) -> Result<DataFolder> {
        let program_folder = program.parent().unwrap_or(Path::new("/"));
        let public = document_root.unwrap_or(program_folder);
        let public = public.canonicalize().unwrap_or_else(|_| public.to_path_buf());
        let outside = || program_folder.ancestors().filter(|folder| !folder.starts_with(&public)).take(4);
        let known = outside().flat_map(candidates).find(|candidate| is_ours(candidate));
        if let Some(known) = known {
            return open(&known);
        }
        if let Some(inside) =
            program_folder.ancestors().flat_map(candidates).find(|folder| holds_database(folder))
        {
            return Err(Error::configuration(errors::DATA_FOLDER_PUBLIC).with("folder", inside.as_path()));
        }
        let parent = outside()
            .next()
            .ok_or_else(|| Error::configuration(errors::DATA_FOLDER_PUBLIC).with("folder", program_folder))?;
        // A `data` that is there is somebody else's, or it would have been found.
        let [usual, other] = candidates(parent);
        open(if usual.exists() { &other } else { &usual })
    }
}

fn candidates(folder: &Path) -> [PathBuf; 2] {
    [folder.join("data"), folder.join("neo-data")]
}

fn holds_database(folder: &Path) -> bool {
    folder.join("neo.sqlite").exists()
}

/// A folder named `data` may be somebody else's: it is ours when it holds our files or nothing that can be seen.
fn is_ours(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return holds_database(folder) };
    let is_visible = |name: &std::ffi::OsStr| !name.as_encoded_bytes().starts_with(b".");
    ["neo.sqlite", "neo.key", "setup-code.txt", "guard.log"].iter().any(|file| folder.join(file).exists())
        || !entries.flatten().any(|entry| is_visible(&entry.file_name()))
}

/// Makes the folder if needed, and closes it to everybody else.
fn open(path: &Path) -> Result<DataFolder> {
    if !path.exists() {
        let made = DirBuilder::new().mode(0o700).recursive(true).create(path);
        made.map_err(|cause| missing(path, cause))?;
    }
    let path = path.canonicalize().map_err(|cause| missing(path, cause))?;
    let folder = std::fs::metadata(&path).map_err(|cause| missing(&path, cause))?;
    refuse_foreign(&folder)?;
    close(&path, &folder, 0o700)?;
    for file in ["neo.sqlite", "neo.key"] {
        let file = path.join(file);
        if let Ok(found) = std::fs::metadata(&file) {
            close(&file, &found, 0o600)?;
        }
    }
    mend_companions(&path);
    Ok(DataFolder { path })
}

/// SQLite gives its companion files the database's permissions: one that was read-only for a while leaves them so.
fn mend_companions(folder: &Path) {
    let is_writable =
        |path: &Path| std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o200 != 0);
    if !is_writable(&folder.join("neo.sqlite")) {
        return;
    }
    for companion in ["neo.sqlite-wal", "neo.sqlite-shm", "neo.sqlite-journal"] {
        let companion = folder.join(companion);
        if companion.exists() && !is_writable(&companion) {
            let _ = std::fs::set_permissions(&companion, Permissions::from_mode(0o600));
        }
    }
}

fn missing(path: &Path, cause: std::io::Error) -> Error {
    Error::configuration(errors::DATA_FOLDER_MISSING).with("folder", path).with("why", cause.to_string())
}

/// Somebody else's folder cannot be kept closed by us: the host runs CGI programs under a common account.
fn refuse_foreign(found: &Metadata) -> Result<()> {
    let user = rustix::process::geteuid().as_raw();
    match found.uid() == user {
        true => Ok(()),
        false => Err(Error::configuration(errors::WRONG_OWNER)
            .with("owner", found.uid().to_string())
            .with("user", user.to_string())),
    }
}

/// FTP clients upload folders as 755: what is ours is closed here, quietly.
fn close(path: &Path, found: &Metadata, mode: u32) -> Result<()> {
    if found.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, Permissions::from_mode(mode))
        .map_err(|_| Error::configuration(errors::DATA_FOLDER_OPEN).with("folder", path))
}

/// Refuses to run for the web as another user than the program's owner (no suEXEC): neighbours could read the data.
/// A program owned by root is a VPS's.
pub fn refuse_wrong_user(program: &Path) -> Result<()> {
    match std::fs::metadata(program) {
        Ok(found) if found.uid() != 0 => refuse_foreign(&found),
        _ => Ok(()),
    }
}

/// Whether the folder lies on a network file system, where WAL is not safe.
pub fn is_network_file_system(folder: &Path) -> bool {
    const NETWORK: [u64; 6] = [0x6969, 0x517b, 0xfe53_4d42, 0xff53_4d42, 0x6e66_7364, 0x0187];
    #[cfg(target_os = "linux")]
    {
        let kind = rustix::fs::statfs(folder).map(|found| found.f_type as u64 & 0xffff_ffff);
        kind.map_or(true, |kind| NETWORK.contains(&kind))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (folder, NETWORK);
        true
    }
}
