//! Before a new program is put in place: the backup, the copy of the data, and the new program's test on it.
//! Not what the test looks at: self_test. Not the putting in place: place.

use std::ffi::OsString;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::time::Duration;

use crate::app::App;
use crate::error::{Error, Result};
use crate::guard::trial::{self, Candidate};
use crate::guard::{Flow, Limits};
use crate::host::paths::DataFolder;
use crate::settings;
use crate::store::Reader;
use crate::transfer::backup;
use crate::transfer::inbox::not_written;
use crate::update::files::Place;
use crate::update::self_test::{MARK, Mark, Verdict};

/// The beginning of the names of backups that updates make.
const BACKUP: &str = "before-update";
/// Such backups that are kept.
const KEPT: usize = 2;

/// Makes a backup of the data as they are; its name.
pub fn back_up(app: &App, store: &Reader) -> Result<String> {
    // The backup, the copy, and what a migration needs beside it.
    backup::refuse_full_disk(app.folder.path(), store.size()?.saturating_mul(3))?;
    let made = DirBuilder::new().mode(0o700).recursive(true).create(app.folder.backups());
    made.map_err(not_written)?;
    let name = backup::name(app, BACKUP);
    let file = app.folder.backups().join(&name);
    // One of the same second that was cut off or is not known of any more.
    let _ = std::fs::remove_file(&file);
    backup::make(app, store, Some(&file))?;
    Ok(name)
}

/// The newest backup that an update made.
pub fn newest(folder: &DataFolder) -> Option<String> {
    let entries = std::fs::read_dir(folder.backups()).into_iter().flatten().flatten().take(1000);
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(BACKUP) && name.ends_with(".sqlite")).max()
}

/// Removes all but the newest backups of updates, and what cut-off ones left.
pub fn thin_out(app: &App, needed: Option<&str>) {
    let ours = backup::kept(app).into_iter().filter(|kept| kept.name.starts_with(BACKUP));
    for old in ours.skip(KEPT).filter(|old| Some(old.name.as_str()) != needed) {
        let _ = std::fs::remove_file(app.folder.backups().join(old.name));
    }
    for entry in std::fs::read_dir(app.folder.backups()).into_iter().flatten().flatten().take(1000) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(BACKUP) && name.contains(".part") {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Lays a copy of the data out of a backup; the new program may do with it what it likes.
pub fn lay_out_copy(app: &App, place: &Place, backup: &str) -> Result<()> {
    remove_copy(place);
    DirBuilder::new().mode(0o700).create(place.copy()).map_err(not_written)?;
    let copy = DataFolder::named(&place.copy())?;
    std::fs::copy(app.folder.backups().join(backup), copy.database()).map_err(not_written)?;
    std::fs::copy(app.folder.key_file(), copy.key_file()).map_err(not_written)?;
    // Of the copy, not of the site: that one goes on meanwhile.
    let counts = crate::store::Writer::open(&copy.database(), Box::new(|| false))?.row_counts()?;
    let mark = Mark { counts };
    let mark =
        serde_json::to_string(&mark).map_err(|cause| Error::fault("writing the copy's mark", cause))?;
    std::fs::write(copy.path().join(MARK), mark).map_err(not_written)
}

pub fn remove_copy(place: &Place) {
    let _ = std::fs::remove_dir_all(place.copy());
}

/// Lets the new program test itself on the copy. `Err(why)`: it must not be put in place.
pub fn try_out(
    app: &App,
    place: &Place,
    version: &str,
    wall: Duration,
) -> Result<std::result::Result<(), String>> {
    use std::os::unix::fs::PermissionsExt;
    let program = place.new_program();
    let may_run = std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700));
    may_run.map_err(not_written)?;
    let arguments = ["self-test", "--json", "--data"].map(OsString::from).to_vec();
    let arguments = [arguments, vec![place.copy().into_os_string()]].concat();
    let variables = vec![(OsString::from("PATH"), OsString::from("/usr/bin:/bin"))];
    let candidate = Candidate { program: &program, arguments, variables, folder: &place.folder };
    let tried = match trial::run(&candidate, &limits(app, wall), wall) {
        Ok(tried) => tried,
        Err(cause) => return Ok(Err(format!("start: {cause}"))),
    };
    let said = tried.output.lines().rev().find_map(|line| serde_json::from_str::<Verdict>(line).ok());
    Ok(match said {
        Some(verdict) if verdict.ok && verdict.version == version && tried.is_good() => Ok(()),
        Some(verdict) if verdict.ok && verdict.version != version => {
            Err(format!("it says that it is version {}", short(&verdict.version)))
        }
        Some(verdict) if !verdict.ok => {
            let failed = verdict.checks.iter().find(|check| !check.ok);
            Err(failed.map_or(tried.end(), |check| short(&format!("{}: {}", check.name, check.found))))
        }
        _ => {
            let last = tried.errors.lines().next_back().unwrap_or_default();
            Err(short(format!("{} {last}", tried.end()).trim()))
        }
    })
}

/// Those that it would have on the site: what a tick may take, also for bringing the data to its format.
fn limits(app: &App, wall: Duration) -> Limits {
    let usual = Limits::for_flow(Flow::Cron);
    let number = |setting| u64::try_from(app.settings.number(setting)).unwrap_or(0);
    let wished = usual.wished(
        Flow::Cron,
        number(&settings::GUARD_MEMORY),
        number(&settings::GUARD_CPU),
        wall.as_secs(),
    );
    let address_space_kib = wished.address_space_kib.max(usual.address_space_kib);
    // A database may be doubled whatever stands here.
    Limits { address_space_kib, file_size_mib: 64, ..wished }
}

fn short(words: &str) -> String {
    words.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(300).collect()
}
