//! A backup put in the database's place.
//! Not its making: backup.rs. Not what steps were due meanwhile: mail/due, which the command calls between the two halves.
//!
//! What was sent after the backup was made is not known to it. So nothing that waited in it is sent, what was due since
//! counts as done, and nothing at all goes out before the owner has looked. Who left meanwhile stays away, as far as the
//! present database can still be read.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::app::App;
use crate::clock::{Clock, Instant};
use crate::error::{Error, Result};
use crate::guard::budget::Budget;
use crate::host::key_file;
use crate::host::paths::DataFolder;
use crate::store::backups::check_copy;
use crate::store::{Reader, Writer};
use crate::texts::errors;
use crate::transfer::backup;
use crate::transfer::inbox::not_written;

/// A backup made ready beside the present database, which nobody else works on meanwhile.
pub struct Staged {
    folder: DataFolder,
    stage: PathBuf,
    /// The restored site, as it will be.
    pub app: App,
    pub store: Writer,
    /// The latest moment that the backup knows of.
    pub made_at: Instant,
    /// Readers who had left since, and stay away.
    pub stayed_away: i64,
    _lock: File,
}

/// What a restore did.
#[derive(Clone, Debug)]
pub struct Restored {
    pub made_at: Instant,
    pub aside: PathBuf,
    pub stayed_away: i64,
}

/// Checks a backup and makes it ready: a newer, damaged or foreign file is refused before anything is touched.
pub fn stage(folder: DataFolder, clock: Clock, file: &Path) -> Result<Staged> {
    check_copy(file, Box::new(|| false))?;
    let lock = lock(&folder)?;
    let stage = folder.path().join("restore");
    let _ = std::fs::remove_dir_all(&stage);
    DirBuilder::new().mode(0o700).create(&stage).map_err(not_written)?;
    let staged = fill(folder, clock, file, &stage, lock);
    if staged.is_err() {
        let _ = std::fs::remove_dir_all(&stage);
    }
    staged
}

fn fill(folder: DataFolder, clock: Clock, file: &Path, stage: &Path, lock: File) -> Result<Staged> {
    let size = std::fs::metadata(file).map_err(not_written)?.len();
    backup::refuse_full_disk(folder.path(), i64::try_from(size).unwrap_or(i64::MAX).saturating_mul(2))?;
    let stage_folder = DataFolder::named(stage)?;
    std::fs::copy(file, stage_folder.database()).map_err(not_written)?;
    let store = Writer::open(&stage_folder.database(), Box::new(|| false))?;
    let key = key_file::read(&folder.key_file())?;
    let settings = store.settings()?;
    let now = clock.now();
    let made_at = store.newest_instant()?;
    let app = App { folder: stage_folder, clock, key, settings, budget: Budget::unlimited() };
    store.hold_after_restore(made_at, now)?;
    let database = folder.database();
    let (stayed_away, readable) = match present(&folder) {
        Present::Ours => (store.remember_refusals(&database, now)?, Some(database.as_path())),
        // What a newer program keeps elsewhere cannot be taken over; who left is asked for in any case.
        Present::Newer => (store.remember_refusals(&database, now).unwrap_or(0), None),
        Present::Unreadable => (0, None),
    };
    store.go_on_where_it_may_be_over(readable)?;
    Ok(Staged { folder, stage: stage.to_path_buf(), app, store, made_at, stayed_away, _lock: lock })
}

/// The lock of the tick, which no tick gets while we have it.
fn lock(folder: &DataFolder) -> Result<File> {
    let lock = File::options().create(true).truncate(false).write(true).open(folder.tick_lock());
    let lock = lock.map_err(not_written)?;
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(lock),
        Err(_) => Err(Error::busy(errors::DATABASE_BUSY)),
    }
}

/// The present database.
enum Present {
    /// One that can be asked and copied.
    Ours,
    /// A whole one that a newer program has brought to its format.
    Newer,
    Unreadable,
}

fn present(folder: &DataFolder) -> Present {
    let file = folder.database();
    if !file.exists() {
        return Present::Unreadable;
    }
    let refused = match Writer::open(&file, Box::new(|| false)) {
        Ok(_) => check_copy(&file, Box::new(|| false)).err(),
        Err(error) => Some(error),
    };
    match refused {
        None => Present::Ours,
        Some(error) if error.refusal().is_some_and(|refusal| refusal.sentence == errors::DATABASE_NEWER) => {
            Present::Newer
        }
        Some(_) => Present::Unreadable,
    }
}

impl Staged {
    /// Puts the staged database in place; the present one is kept aside. All or nothing, whenever the process dies.
    pub fn put_in_place(self, keeps_hold: bool) -> Result<Restored> {
        let stage = self.stage.clone();
        let placed = self.place(keeps_hold);
        let removed = std::fs::remove_dir_all(stage);
        let restored = placed?;
        removed.map_err(|cause| Error::fault("removing the staged copy", cause))?;
        Ok(restored)
    }

    fn place(self, keeps_hold: bool) -> Result<Restored> {
        // Steps that came due on the copy are among what waits by now.
        self.store.hold_after_restore(self.made_at, self.app.clock.now())?;
        if !keeps_hold {
            self.store.release_hold()?;
        }
        let made = DirBuilder::new().mode(0o700).recursive(true).create(self.folder.backups());
        made.map_err(not_written)?;
        let aside = self.folder.backups().join(backup::name(&self.app, "before-restore"));
        match present(&self.folder) {
            Present::Ours | Present::Newer => self.copy_over(&aside)?,
            Present::Unreadable => self.swap(&aside)?,
        }
        Ok(Restored { made_at: self.made_at, aside, stayed_away: self.stayed_away })
    }

    /// Into the file that is there, in one transaction of SQLite's own: others may have it open.
    fn copy_over(&self, aside: &Path) -> Result<()> {
        let present = Writer::open_as_it_is(&self.folder.database(), Box::new(|| false))?;
        let size = present.size()?;
        backup::refuse_full_disk(self.folder.path(), size.saturating_add(self.store.size()?))?;
        keep_aside(&present, aside)?;
        self.store.copy_over(present)
    }

    /// The present file is damaged or missing: nobody can work with it, so it is moved away as it is.
    fn swap(&self, aside: &Path) -> Result<()> {
        let database = self.folder.database();
        for ending in ["", "-wal", "-journal"] {
            let (from, to) = (with_ending(&database, ending), with_ending(aside, ending));
            if from.exists() {
                std::fs::rename(from, to).map_err(not_written)?;
            }
        }
        let _ = std::fs::remove_file(with_ending(&database, "-shm"));
        self.store.make_single_file()?;
        let placed = File::open(self.app.folder.database())
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(self.app.folder.database(), &database))
            .and_then(|()| File::open(self.folder.path())?.sync_all());
        placed.map_err(not_written)
    }
}

fn keep_aside(present: &Reader, aside: &Path) -> Result<()> {
    present.copy_in_pieces(aside, || true)?;
    File::open(aside).and_then(|file| file.sync_all()).map_err(not_written)
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_os_string();
    name.push(ending);
    PathBuf::from(name)
}
