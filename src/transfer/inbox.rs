//! Imports that nobody has to watch: the file arrives in our own folder, a tick takes it in piece by piece.
//! Not a single piece (import.rs) and not the page (web/admin/imports).
//!
//! Bytes are written before the row that counts them, and rows in the transaction that moves the place in the file: a
//! kill at any instant loses nothing and doubles nothing.

use std::fs::{DirBuilder, File};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use crate::app::App;
use crate::clock::Instant;
use crate::domain::id::{ImportId, ListId};
use crate::domain::import::{Import, State, Way};
use crate::error::{Error, Result};
use crate::guard;
use crate::store::Writer;
use crate::texts::errors;
use crate::transfer::encoding;
use crate::transfer::import::{ErrorsFile, Importer, RowReader, Went};
use crate::transfer::plan::Plan;
use crate::transfer::rows::Rows;

/// The largest file, in bytes, and the largest piece of one.
pub const LARGEST: i64 = 512 * 1024 * 1024;
pub const PIECE: usize = 512 * 1024;
/// Rows, and readers of an undo, that a tick takes at a time: some tens of milliseconds.
const ROWS: usize = 2000;
const UNDONE: i64 = 500;
/// Seconds after which the file of an import that nothing happened to is deleted.
const KEPT: i64 = 7 * 86_400;
/// Seconds after which a command that has not moved is dead.
const DEAD: i64 = 600;

/// The uploaded file of an import.
pub fn file(app: &App, import: ImportId) -> PathBuf {
    app.folder.imports().join(format!("{import}.csv"))
}

/// The rows that were refused.
pub fn errors_file(app: &App, import: ImportId) -> PathBuf {
    app.folder.imports().join(format!("{import}.errors.csv"))
}

/// Begins an upload of a file of this size.
pub fn begin(app: &App, store: &Writer, list: ListId, file_name: &str, size: i64) -> Result<ImportId> {
    if size <= 0 {
        return Err(Error::invalid(errors::IMPORT_EMPTY).on("file"));
    }
    if size > LARGEST {
        return Err(Error::invalid(errors::IMPORT_TOO_LARGE).with("limit", "512 MB").on("file"));
    }
    let made = DirBuilder::new().mode(0o700).recursive(true).create(app.folder.imports());
    made.map_err(not_written)?;
    let name: String = file_name.chars().filter(|c| !c.is_control()).take(200).collect();
    store.add_import(list, Way::Web, &name, (State::Uploading, size), app.clock.now())
}

/// Takes the next bytes of the file; returns how many are here now.
pub fn add_piece(app: &App, store: &Writer, import: &Import, at: i64, bytes: &[u8]) -> Result<i64> {
    let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let to = at.saturating_add(length);
    if import.state != State::Uploading || at != import.received || to > import.size || length == 0 {
        return Err(Error::invalid(errors::IMPORT_PIECE_MISPLACED));
    }
    let path = file(app, import.id);
    let offset = u64::try_from(at).unwrap_or(0);
    let written =
        File::options().create(true).truncate(false).write(true).open(&path).and_then(|mut file| {
            file.set_len(offset)?;
            file.seek(SeekFrom::Start(offset))?;
            file.write_all(bytes)?;
            file.sync_data()
        });
    written.map_err(not_written)?;
    match store.receive_piece(import.id, at, to, app.clock.now())? {
        true => Ok(to),
        false => Err(Error::invalid(errors::IMPORT_PIECE_MISPLACED)),
    }
}

/// The last byte is here: looks at the file. What rows cannot be found in is rewritten first.
pub fn complete(app: &App, store: &Writer, import: &Import) -> Result<()> {
    if import.state != State::Uploading || import.received != import.size {
        return Err(Error::invalid(errors::IMPORT_NOT_NOW));
    }
    let path = file(app, import.id);
    let mut uploaded = open(&path)?;
    let fields = store.fields()?;
    let found = encoding::find(&mut uploaded)?;
    let mut plan = Plan::look_as(&mut uploaded, found, None, &fields)?;
    if !found.encoding.keeps_ascii() {
        let part = path.with_extension("part");
        let rewritten = File::create(&part).and_then(|mut out| {
            let mut source =
                encoding::open(uploaded, found).map_err(|_| std::io::Error::other("reading back"))?;
            std::io::copy(&mut source, &mut out)?;
            out.sync_all()?;
            std::fs::rename(&part, &path)
        });
        rewritten.map_err(not_written)?;
        plan.is_rewritten = true;
        plan.mark = 0;
    }
    let size = std::fs::metadata(&path).map_err(not_written)?.len();
    store.file_is_here(import.id, i64::try_from(size).unwrap_or(i64::MAX), &plan.to_json(), app.clock.now())
}

/// Opens the file of an import: E1137 when it was deleted.
pub fn open(path: &std::path::Path) -> Result<File> {
    File::open(path).map_err(|_| Error::invalid(errors::IMPORT_FILE_GONE))
}

/// Starts, or goes on after a stop.
pub fn start(app: &App, store: &Writer, import: &Import) -> Result<()> {
    let plan = Plan::stored(&import.plan)?;
    plan.columns.need_address()?;
    open(&file(app, import.id))?;
    let is_new = import.state == State::Ready;
    store.transaction(|| {
        if is_new {
            // The first row of the file is its header; the place is moved past it once and for all.
            let at = first_row(app, import.id, &plan)?;
            let turned = store.turn_import(import.id, &[State::Ready], State::Running, app.clock.now())?;
            refuse_unless(turned)?;
            store.move_import(import.id, at, 0, &import.counts, app.clock.now()).map(|_| ())
        } else {
            refuse_unless(store.turn_import(import.id, &[State::Stopped], State::Running, app.clock.now())?)
        }
    })
}

fn refuse_unless(turned: bool) -> Result<()> {
    if turned { Ok(()) } else { Err(Error::invalid(errors::IMPORT_NOT_NOW)) }
}

/// Where the first reader begins.
fn first_row(app: &App, import: ImportId, plan: &Plan) -> Result<i64> {
    let mut rows = at_row(open(&file(app, import))?, plan, plan.mark)?;
    if plan.columns.has_header {
        rows.next_row()?;
    }
    Ok(i64::try_from(rows.at()).unwrap_or(i64::MAX))
}

/// The rows of a file from a place on.
fn at_row(mut file: File, plan: &Plan, at: u64) -> Result<Rows<File>> {
    file.seek(SeekFrom::Start(at)).map_err(encoding::unreadable)?;
    Ok(Rows::new(file, plan.separator, at))
}

/// One piece of the work of the imports, for a tick; `false` when there is none.
pub fn work(app: &App, store: &Writer) -> Result<bool> {
    let Some(import) = store.import_at_work()? else { return Ok(false) };
    if app.budget.spend(1).is_err() {
        return Ok(false);
    }
    let now = app.clock.now();
    guard::stage("tick/import");
    guard::working_on(import.id.0);
    let worked = match import.state {
        State::Undoing => store.undo_piece(import.id, UNDONE, now).map(|_| ()),
        _ => take_piece(app, store, &import, now),
    };
    guard::working_on(0);
    match worked {
        Ok(()) => Ok(true),
        Err(busy @ Error::Busy(_)) => Err(busy),
        // Whatever is wrong with it, it must not stand in the way of mails at every tick.
        Err(error) => {
            store.turn_import(import.id, &[State::Running, State::Undoing], State::Stopped, now)?;
            if error.refusal().is_some() { Ok(true) } else { Err(error) }
        }
    }
}

fn take_piece(app: &App, store: &Writer, import: &Import, now: Instant) -> Result<()> {
    let plan = Plan::stored(&import.plan)?;
    let reader = RowReader::new(&plan, &store.fields()?)?;
    let errors =
        File::options().create(true).truncate(false).read(true).write(true).open(errors_file(app, import.id));
    let language = app.settings.language();
    let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
    let mut importer = Importer {
        store,
        import: import.id,
        plan: &plan,
        reader: &reader,
        rows: at_row(open(&file(app, import.id))?, &plan, unsigned(import.at_byte))?,
        rules: plan.rules(import.list),
        errors: Some(ErrorsFile::go_on(
            errors.map_err(not_written)?,
            unsigned(import.errors_bytes),
            language,
        )?),
        counts: import.counts,
        language,
        first_reasons: Vec::new(),
    };
    match importer.piece(ROWS, now)? {
        Went::End => store.finish_import(import.id, now),
        Went::More | Went::Stopped => Ok(()),
    }
}

/// A chore: files of imports that nothing has happened to for a week are deleted; dead commands are not running.
pub fn clean_up(app: &App, store: &Writer) -> Result<()> {
    let now = app.clock.now();
    store.stop_dead_imports(now - DEAD, now)?;
    for import in store.imports_with_old_files(now - KEPT)? {
        for path in [file(app, import), errors_file(app, import)] {
            if let Err(cause) = std::fs::remove_file(path)
                && cause.kind() != std::io::ErrorKind::NotFound
            {
                return Err(Error::fault("deleting the file of an old import", cause));
            }
        }
        store.forget_import_file(import)?;
    }
    Ok(())
}

/// A file that cannot be written: a full disk is the owner's to mend.
pub fn not_written(cause: std::io::Error) -> Error {
    use std::io::ErrorKind;
    match cause.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::busy(errors::DISK_FULL),
        _ => Error::fault("writing a file into the data folder", cause),
    }
}
