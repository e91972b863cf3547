//! Copies of the database: made while the site runs, checked, kept, thinned out.
//! Not the way back: restore.rs. The key file is never in a copy: without it the secrets in the copy stay sealed.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::app::App;
use crate::clock::Instant;
use crate::domain::calendar::{self, TimeOfDay};
use crate::error::{Error, Result};
use crate::settings;
use crate::store::backups::check_copy;
use crate::store::{Reader, Writer};
use crate::texts::{errors, transfer};
use crate::transfer::inbox::not_written;

/// A backup that was made.
#[derive(Clone, Debug)]
pub struct Made {
    pub path: PathBuf,
    pub size: i64,
}

/// A backup in our own folder.
#[derive(Clone, Debug)]
pub struct Kept {
    pub name: String,
    pub size: u64,
}

/// Bytes that must be free beside the copy itself.
const SPARE: u64 = 16 * 1024 * 1024;
/// Seconds after which nobody is at a copy any more.
const CUT_OFF_AFTER: i64 = 3600;
/// Seconds before a nightly backup that failed is tried again.
const AGAIN_AFTER: i64 = 6 * 3600;

/// Makes a backup: into the folder of backups, or where the owner says (never over a file that is there).
pub fn make(app: &App, store: &Reader, target: Option<&Path>) -> Result<Made> {
    let path = match target {
        Some(path) => path.to_path_buf(),
        None => {
            let made = DirBuilder::new().mode(0o700).recursive(true).create(app.folder.backups());
            made.map_err(not_written)?;
            app.folder.backups().join(name(app, "neo"))
        }
    };
    if path.exists() {
        return Err(Error::invalid(errors::BACKUP_EXISTS).with("file", path.display().to_string()));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    refuse_full_disk(folder, store.size()?)?;
    let part = path.with_extension("part");
    let made = copy(app, store, &part).and_then(|()| put_in_place(&part, &path, folder));
    if made.is_err() {
        for ending in ["", "-journal", "-wal", "-shm"] {
            let mut name = part.clone().into_os_string();
            name.push(ending);
            let _ = std::fs::remove_file(name);
        }
    }
    made?;
    let size = std::fs::metadata(&path).map_err(not_written)?.len();
    Ok(Made { path, size: i64::try_from(size).unwrap_or(i64::MAX) })
}

/// `neo-20261124-033000.sqlite`, in the site's time; sorts as the days do.
pub(crate) fn name(app: &App, beginning: &str) -> String {
    name_at(app, beginning, app.clock.now())
}

fn name_at(app: &App, beginning: &str, at: Instant) -> String {
    let at = calendar::local(at, app.settings.zone());
    format!("{beginning}-{}.sqlite", at.format("%Y%m%d-%H%M%S"))
}

/// A copy that was read back from its first page to its last.
fn copy(app: &App, store: &Reader, part: &Path) -> Result<()> {
    let _ = std::fs::remove_file(part);
    if !store.copy_in_pieces(part, || app.budget.spend(1).is_ok())? {
        return Err(Error::busy(errors::CUT_OFF));
    }
    check_copy(part, crate::app::brake(&app.budget))?;
    Ok(())
}

fn put_in_place(part: &Path, path: &Path, folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let placed = std::fs::set_permissions(part, std::fs::Permissions::from_mode(0o600))
        .and_then(|()| File::open(part)?.sync_all())
        .and_then(|()| std::fs::rename(part, path))
        .and_then(|()| File::open(folder)?.sync_all());
    placed.map_err(not_written)
}

/// A copy that fills the disk would stop the site itself.
pub(crate) fn refuse_full_disk(folder: &Path, bytes: i64) -> Result<()> {
    let wanted = u64::try_from(bytes).unwrap_or(0).saturating_add(SPARE);
    match rustix::fs::statvfs(folder) {
        Ok(found) if found.f_bavail.saturating_mul(found.f_frsize) < wanted => {
            Err(Error::busy(errors::DISK_FULL))
        }
        _ => Ok(()),
    }
}

/// The backups in our folder, newest first.
pub fn kept(app: &App) -> Vec<Kept> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(app.folder.backups()).into_iter().flatten().flatten().take(1000) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".sqlite") {
            found.push(Kept { name, size: entry.metadata().map(|found| found.len()).unwrap_or(0) });
        }
    }
    found.sort_by(|one, other| other.name.cmp(&one.name));
    found
}

/// A chore: the backup of the night, once its time of day has passed. Its failure is noted, and stops nothing.
pub fn nightly(app: &App, store: &Writer) -> Result<()> {
    let Ok(at) = TimeOfDay::parse(app.settings.value(&settings::BACKUP_AT)) else { return Ok(()) };
    let keep = usize::try_from(app.settings.number(&settings::BACKUP_KEEP)).unwrap_or(0);
    let now = app.clock.now();
    if keep == 0 || !is_due(app, store, at, now)? {
        return Ok(());
    }
    remove_cut_off(app);
    // Written down before it begins: if the guard cuts it off, no tick tries again at once and leaves one half copy a
    // minute, each as large as the database.
    let language = app.settings.language();
    store.note_backup("", 0, transfer::BACKUP_CUT_OFF.to(language), now)?;
    match make(app, store, None) {
        Ok(made) => {
            let name =
                made.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            store.note_backup(&name, made.size, "", now)?;
            thin_out(app, keep)
        }
        Err(error) => {
            let why = match &error {
                Error::Fault(fault) => fault.cause.clone(),
                other => {
                    other.refusal().map(|refusal| refusal.say(app.settings.language())).unwrap_or_default()
                }
            };
            store.note_backup("", 0, &why, now)
        }
    }
}

/// Whether the latest time of day for it lies between the last backup and now. A new site only begins to count.
fn is_due(app: &App, store: &Writer, at: TimeOfDay, now: Instant) -> Result<bool> {
    let Some(last) = store.latest_backup()? else {
        store.note_backup("", 0, "", now)?;
        return Ok(false);
    };
    let today = calendar::on_day_after(now, 0, at, app.settings.zone());
    let latest =
        if today <= now { today } else { calendar::on_day_after(now - 86_400, 0, at, app.settings.zone()) };
    let has_failed = !last.trouble.is_empty();
    // A clock that was ahead must not stop backups until it is reached.
    Ok(last.at > now + 86_400 || last.at < latest || (has_failed && now - last.at > AGAIN_AFTER))
}

/// Keeps the newest of ours; what the owner put there, and what a restore put aside, stays.
fn thin_out(app: &App, keep: usize) -> Result<()> {
    let ours = kept(app).into_iter().filter(|backup| is_nightly(&backup.name));
    for old in ours.skip(keep) {
        std::fs::remove_file(app.folder.backups().join(old.name)).map_err(not_written)?;
    }
    Ok(())
}

/// Removes what programs left that died over a copy: each is as large as the database. Another one may be at work.
fn remove_cut_off(app: &App) {
    let limit = name_at(app, "neo", app.clock.now() - CUT_OFF_AFTER);
    for entry in std::fs::read_dir(app.folder.backups()).into_iter().flatten().flatten().take(1000) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let finished = name.split_once(".part").map(|(beginning, _)| format!("{beginning}.sqlite"));
        if finished.is_some_and(|finished| is_nightly(&finished) && finished < limit) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn is_nightly(name: &str) -> bool {
    let middle = name.strip_prefix("neo-").and_then(|rest| rest.strip_suffix(".sqlite"));
    middle.is_some_and(|middle| {
        middle.len() == 15 && middle.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    })
}
