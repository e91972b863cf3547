//! Makes a new site: key, database, first user, first settings. Once: a site that is set up is refused.
//! Not the page (web/admin/setup) and not the command (command/setup).

use crate::app::App;
use crate::clock::Clock;
use crate::domain::address::Address;
use crate::domain::token::random_code;
use crate::error::{Error, Result};
use crate::guard::budget::Budget;
use crate::host::paths::{DataFolder, is_network_file_system};
use crate::host::{key_file, password, setup_tries};
use crate::settings;
use crate::store::{Writer, probe};
use crate::texts::{Language, errors};

/// The code that proves who may install: it lies where only FTP (or a shell) can read it. Made at the first question.
pub fn setup_code(folder: &DataFolder) -> Result<String> {
    let file = folder.setup_code();
    if !file.exists() {
        // Two first visits at once: the one that comes second reads what the first wrote.
        let _ = key_file::write_new(&file, &random_code(12)?);
    }
    let code =
        std::fs::read_to_string(&file).map_err(|cause| Error::fault("reading the set-up code", cause))?;
    Ok(code.trim().to_string())
}

/// What the owner typed.
pub struct Wishes<'a> {
    pub address: Address,
    pub password: &'a str,
    pub base_url: &'a str,
    pub language: &'a str,
    pub time_zone: &'a str,
    /// `None`: mails go to a folder until the owner chooses.
    pub transport: Option<&'a str>,
}

/// Makes the site. Nothing is written unless everything typed is right; the database appears last, whole.
pub fn install(folder: &DataFolder, wishes: &Wishes<'_>, clock: &Clock) -> Result<()> {
    if folder.database().exists() {
        return Err(Error::denied(errors::ALREADY_SET_UP).with("folder", folder.path()));
    }
    let values = [
        (&settings::BASE_URL, wishes.base_url),
        (&settings::LANGUAGE, wishes.language),
        (&settings::TIME_ZONE, wishes.time_zone),
        (&settings::TRANSPORT, wishes.transport.unwrap_or(settings::TRANSPORT.default)),
    ];
    for (setting, value) in values {
        setting.parse(value)?;
    }
    let hash = password::hash(folder.path(), wishes.password)?;
    let key = key_file::read_or_make(&folder.key_file())?;
    let budget = Budget::unlimited();
    // Built under another name, so that a half-made database is never taken for a site.
    let unfinished = folder.path().join(format!("new-{}.sqlite", std::process::id()));
    let store = Writer::create(&unfinished, false, crate::app::brake(&budget))?;
    let mut app =
        App { folder: folder.clone(), clock: clock.clone(), key, settings: Default::default(), budget };
    let filled = store.transaction(|| {
        for (setting, value) in values {
            app.put_setting(&store, setting, value)?;
        }
        app.put_setting(&store, &settings::TICK_KEY, &random_code(32)?)?;
        let language = Language::parse(wishes.language).unwrap_or_default();
        store.add_user(&wishes.address, &hash, language.tag(), clock.now()).map(|_| ())
    });
    drop(store);
    let moved = filled.and_then(|()| put_in_place(folder, &unfinished));
    for ending in ["", "-journal"] {
        let mut left = unfinished.clone().into_os_string();
        left.push(ending);
        let _ = std::fs::remove_file(left);
    }
    moved?;
    choose_journal(folder)?;
    let _ = std::fs::remove_file(folder.setup_code());
    setup_tries::forget(&folder.setup_tries());
    Ok(())
}

/// Gives the finished database its name, unless another set-up was faster.
fn put_in_place(folder: &DataFolder, unfinished: &std::path::Path) -> Result<()> {
    let linked = std::fs::hard_link(unfinished, folder.database());
    let linked = linked.and_then(|()| std::fs::remove_file(unfinished));
    linked.map_err(|cause| match cause.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Error::denied(errors::ALREADY_SET_UP).with("folder", folder.path())
        }
        _ => Error::fault("putting the database in place", cause),
    })
}

/// WAL where a probe shows that it works and the disk is local; else the truncated journal stays.
fn choose_journal(folder: &DataFolder) -> Result<()> {
    let is_safe = !is_network_file_system(folder.path()) && probe::wal_works(folder.path());
    Writer::create(&folder.database(), is_safe, crate::app::brake(&Budget::unlimited())).map(|_| ())
}
