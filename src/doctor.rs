//! The doctor: what was found, whether it is good, and the one thing to do. For the page and the command.
//! Not the questions to the machine: host/doctor.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::app::App;
use crate::domain::activation::Standing;
use crate::domain::calendar::page_time;
use crate::domain::delivery::Ledger;
use crate::domain::id::MessageId;
use crate::domain::transport_url::{self, TransportUrl};
use crate::error::{Error, Result};
use crate::host::doctor as host;
use crate::mail::{activation, transport};
use crate::settings;
use crate::store::Reader;
use crate::texts::{Language, Text, doctor as words, site};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Good,
    Warn,
    Bad,
}

/// One line of the report.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    pub name: &'static str,
    pub state: State,
    pub found: String,
    /// The one thing to do; empty when nothing is to be done.
    #[serde(rename = "do")]
    pub to_do: String,
    #[serde(skip)]
    pub title: &'static str,
}

/// The whole report.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub ok: bool,
    pub version: &'static str,
    pub checks: Vec<Check>,
}

/// The longest that the mail server may take to greet us.
const GREETING: Duration = Duration::from_secs(5);
/// Rows that a page counts again to compare them with the counters.
const MOST_ROWS_ON_A_PAGE: i64 = 20_000;
/// Rows that are counted at once.
const PIECE: i64 = 5_000;
/// Nothing was built before this instant (2026-01-01): an earlier clock is wrong.
const BUILT_AFTER: i64 = 1_767_225_600;

/// Examines the site. `web_root` is the public folder, where it is known.
pub fn examine(app: &App, store: &Reader, web_root: Option<&Path>, language: Language) -> Result<Report> {
    let doctor = Doctor { app, store, language };
    let checks = vec![
        doctor.permissions()?,
        doctor.data_folder(web_root),
        doctor.disk()?,
        doctor.locking(),
        doctor.journal()?,
        doctor.clock()?,
        doctor.base_url(),
        doctor.sender(),
        doctor.transport(),
        doctor.pace()?,
        doctor.last_tick()?,
        doctor.activation()?,
        doctor.ledger()?,
    ];
    let ok = checks.iter().all(|check| check.state != State::Bad);
    Ok(Report { ok, version: crate::version::version(), checks })
}

/// The report of a site that cannot be opened: the one check that says why.
pub fn cannot_open(error: &Error, language: Language) -> Report {
    let found = match (error.refusal(), error) {
        (Some(refusal), _) => refusal.say(language),
        (None, Error::Fault(fault)) => format!("{}: {}", fault.doing, fault.cause),
        (None, _) => String::new(),
    };
    let check = Check {
        name: "opening",
        title: words::OPENING.to(language),
        state: State::Bad,
        found,
        to_do: words::MEND_OPENING.to(language).to_string(),
    };
    Report { ok: false, version: crate::version::version(), checks: vec![check] }
}

struct Doctor<'a> {
    app: &'a App,
    store: &'a Reader,
    language: Language,
}

impl Doctor<'_> {
    fn check(
        &self,
        name: &'static str,
        title: Text,
        state: State,
        found: String,
        to_do: Option<Text>,
    ) -> Check {
        let to_do = to_do.map(|text| text.to(self.language).to_string()).unwrap_or_default();
        Check { name, title: title.to(self.language), state, found, to_do }
    }

    fn judge(
        &self,
        name: &'static str,
        title: Text,
        is_good: bool,
        found: String,
        otherwise: (State, Text),
    ) -> Check {
        match is_good {
            true => self.check(name, title, State::Good, found, None),
            false => self.check(name, title, otherwise.0, found, Some(otherwise.1)),
        }
    }

    /// The folder itself keeps everybody out; a file that is open behind it is a second lock that is missing.
    fn permissions(&self) -> Result<Check> {
        let folder = &self.app.folder;
        let mut found = Vec::new();
        let mut is_good = true;
        for file in [folder.path().to_path_buf(), folder.database(), folder.key_file()] {
            let owner = host::owner(&file)?;
            is_good &= owner.is_us && owner.mode & 0o077 == 0;
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            found.push(format!("{name} {:03o}", owner.mode));
        }
        let open = host::open_to_others(folder.path())?;
        let state = if is_good { State::Warn } else { State::Bad };
        if !open.is_empty() {
            is_good = false;
            found = open;
        }
        let otherwise = (state, words::CLOSE_FILES);
        Ok(self.judge("permissions", words::PERMISSIONS, is_good, found.join(", "), otherwise))
    }

    fn data_folder(&self, web_root: Option<&Path>) -> Check {
        let root = web_root.and_then(|root| root.canonicalize().ok());
        let is_outside = root.is_none_or(|root| !self.app.folder.path().starts_with(root));
        let found = self.app.folder.path().display().to_string();
        self.judge(
            "data_folder",
            words::DATA_FOLDER,
            is_outside,
            found,
            (State::Bad, words::MOVE_DATA_FOLDER),
        )
    }

    fn disk(&self) -> Result<Check> {
        let room = host::room(self.app.folder.path())?;
        let mib = room.free_mib.to_string();
        let found = match room.free_files {
            Some(files) => words::ROOM_AND_FILES.with(
                self.language,
                &[("mib", &mib), ("files", &crate::texts::number(i64::try_from(files).unwrap_or(i64::MAX)))],
            ),
            None => words::ROOM.with(self.language, &[("mib", &mib)]),
        };
        let is_good = room.free_mib >= 200 && room.free_files.is_none_or(|files| files >= 1000);
        let state = if room.free_mib < 20 { State::Bad } else { State::Warn };
        Ok(self.judge("disk", words::DISK, is_good, found, (state, words::FREE_SOME_SPACE)))
    }

    fn locking(&self) -> Check {
        let locking = host::locking(self.app.folder.path());
        let kind = if locking.is_local { words::LOCAL_DISK } else { words::NETWORK_DISK };
        let found = kind.to(self.language).to_string();
        self.judge("locking", words::LOCKING, locking.works, found, (State::Bad, words::ASK_ABOUT_LOCKS))
    }

    fn journal(&self) -> Result<Check> {
        let (journal, synchronous) = self.store.durability()?;
        let is_local = host::locking(self.app.folder.path()).is_local;
        let (is_good, why) = match journal.as_str() {
            "wal" if is_local => (true, words::WAL_WORKS),
            "wal" => (false, words::WAL_ON_NETWORK),
            "truncate" | "persist" if is_local => (true, words::NO_WAL),
            "truncate" | "persist" => (true, words::NO_WAL_ON_NETWORK),
            _ => (false, words::JOURNAL_UNSAFE),
        };
        let (is_good, why) = if synchronous >= 2 { (is_good, why) } else { (false, words::JOURNAL_UNSAFE) };
        let mode = journal.to_ascii_uppercase();
        let text = if is_good { words::JOURNAL_SAFE } else { words::JOURNAL_FOUND };
        let found = text.with(self.language, &[("mode", &mode), ("why", why.to(self.language))]);
        let otherwise = (State::Bad, words::RESTART_SITE);
        Ok(self.judge("journal", words::JOURNAL, is_good, found, otherwise))
    }

    fn clock(&self) -> Result<Check> {
        let now = self.app.clock.now();
        let newest = self.store.newest_instant()?;
        let is_good = now >= BUILT_AFTER && newest <= now + 300;
        let found = page_time(now, self.app.settings.zone());
        Ok(self.judge("clock", words::CLOCK, is_good, found, (State::Bad, words::MEND_CLOCK)))
    }

    fn base_url(&self) -> Check {
        let url = self.app.settings.value(&settings::BASE_URL).to_string();
        let is_good = url.starts_with("https://");
        self.judge("base_url", words::BASE_URL, is_good, url, (State::Warn, words::USE_HTTPS))
    }

    fn sender(&self) -> Check {
        let label = |setting: &settings::Setting| match setting.key {
            "sender_name" => site::SENDER_NAME,
            "sender_address" => site::SENDER_ADDRESS,
            _ => site::SENDER_CONTACT,
        };
        let missing = self.app.settings.missing_sender_details();
        let missing: Vec<&str> = missing.iter().map(|one| label(one).to(self.language)).collect();
        let found = if missing.is_empty() {
            self.app.settings.value(&settings::SENDER_NAME).to_string()
        } else {
            words::MISSING.with(self.language, &[("what", &missing.join(", "))])
        };
        self.judge("sender", words::SENDER, missing.is_empty(), found, (State::Bad, words::FILL_IN_SENDER))
    }

    /// Connects, greets, encrypts and signs in, without sending anything.
    fn transport(&self) -> Check {
        let title = words::TRANSPORT;
        let setting = self.app.settings.value(&settings::TRANSPORT);
        let answered = transport_url::parse(setting).and_then(|url| match &url {
            TransportUrl::Folder(_) => Ok(Err(words::CHOOSE_TRANSPORT)),
            TransportUrl::Sendmail(program) if host::is_executable(program) => Ok(Ok(())),
            TransportUrl::Sendmail(_) => Ok(Err(words::FIND_SENDMAIL)),
            TransportUrl::Smtp(_) => self.greet(&url).map(Ok),
        });
        match answered {
            Ok(Ok(())) => self.check("transport", title, State::Good, setting.to_string(), None),
            Ok(Err(what)) => {
                let state = if what == words::CHOOSE_TRANSPORT { State::Warn } else { State::Bad };
                self.check("transport", title, state, setting.to_string(), Some(what))
            }
            Err(error) => {
                let why = error.refusal().map(|refusal| refusal.say(self.language)).unwrap_or_default();
                self.check("transport", title, State::Bad, why, Some(words::MEND_TRANSPORT))
            }
        }
    }

    fn greet(&self, url: &TransportUrl) -> Result<()> {
        let password = self.app.secret(&settings::TRANSPORT_PASSWORD)?;
        let password = (!password.is_empty()).then_some(password.as_str());
        let before_child = crate::guard::before_child;
        let mut transport = transport::open(url, password, self.app.folder.path(), GREETING, before_child);
        let base = url::Url::parse(self.app.settings.value(&settings::BASE_URL)).ok();
        let host = base.as_ref().and_then(|base| base.host_str()).unwrap_or("localhost");
        let greeted = transport.ready(&format!("doctor@{host}"));
        transport.close();
        greeted.map_err(|trouble| {
            Error::invalid(crate::texts::errors::TRANSPORT_UNREACHABLE).with("why", trouble.words())
        })
    }

    /// What was learnt of the servers' patience, and what they refuse for the sender's sake.
    fn pace(&self) -> Result<Check> {
        let held = self.store.holds()?.len();
        if held > 0 {
            let found = words::PACE_HELD.with(self.language, &[("count", &held.to_string())]);
            return Ok(self.check("pace", words::PACE, State::Warn, found, Some(words::RELEASE_HELD)));
        }
        let learnt: Vec<String> = self
            .store
            .all_learnt()?
            .into_iter()
            .map(|(subject, learnt)| {
                let limit = format!("{}/{}", learnt.most, learnt.span.word());
                let values = [("subject", subject.as_str()), ("limit", &limit), ("reply", &learnt.reply)];
                words::PACE_LEARNT.with(self.language, &values)
            })
            .collect();
        let found = match learnt.is_empty() {
            true => words::PACE_FREE.to(self.language).to_string(),
            false => learnt.join(" · "),
        };
        Ok(self.check("pace", words::PACE, State::Good, found, None))
    }

    fn last_tick(&self) -> Result<Check> {
        let now = self.app.clock.now();
        let last = self.store.beats()?.into_iter().max_by_key(|beat| beat.at);
        let found = match &last {
            Some(beat) => format!("{} ({})", page_time(beat.at, self.app.settings.zone()), beat.source),
            None => words::NEVER.to(self.language).to_string(),
        };
        // A host may allow no more than one tick an hour.
        let is_good = last.is_some_and(|beat| now - beat.at < 65 * 60);
        Ok(self.judge("last_tick", words::LAST_TICK, is_good, found, (State::Warn, words::SET_CLOCK)))
    }

    /// A key that ends soon or has ended; a site without one lacks nothing.
    fn activation(&self) -> Result<Check> {
        let known = activation::known(self.app, self.store)?;
        let is_good = matches!(known.standing, Standing::TryOut | Standing::Valid { .. });
        let until = known.activation.map(|activation| activation.valid_until);
        let until = until.map(|until| page_time(until, self.app.settings.zone())).unwrap_or_default();
        let found = format!("{} {until}", known.standing.name().to(self.language));
        let otherwise = (State::Warn, words::RENEW_KEY);
        Ok(self.judge("activation", words::ACTIVATION, is_good, found.trim().to_string(), otherwise))
    }

    /// The counters against the rows, message by message in bounded pieces, the newest first; and each audience against
    /// its rows. A page stops after some rows, the command counts them all.
    fn ledger(&self) -> Result<Check> {
        let rows = self.store.whole_ledger()?.audience;
        let allowance = if self.app.budget.time_left().is_some() { MOST_ROWS_ON_A_PAGE } else { i64::MAX };
        let mut looked = 0;
        let mut is_whole = true;
        let mut wrong = Vec::new();
        for message in self.store.ledger_messages()? {
            let compared = self.compare(message, allowance - looked)?;
            looked += compared.looked;
            is_whole &= compared.is_whole;
            if !compared.agrees {
                wrong.push(message.to_string());
            }
        }
        let is_good = wrong.is_empty() && self.store.broadcasts_that_do_not_add_up()? == 0;
        let text = match (wrong.is_empty(), is_whole) {
            (false, _) => words::DIFFERS_AT,
            (true, true) => words::ROWS,
            (true, false) => words::PARTLY_COMPARED,
        };
        let values =
            [("rows", rows.to_string()), ("looked", looked.to_string()), ("messages", wrong.join(", "))];
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let found = text.with(self.language, &values);
        Ok(self.judge("ledger", words::LEDGER, is_good, found, (State::Bad, words::TELL_VENDOR)))
    }

    /// Counts a message's rows piece by piece. No lock is held over the pieces: when the counters moved meanwhile, mails
    /// are going out, and it is counted once more.
    fn compare(&self, message: MessageId, allowance: i64) -> Result<Compared> {
        let mut compared = Compared { looked: 0, is_whole: true, agrees: true };
        for _ in 0..2 {
            let before = self.store.counted_rows(message)?;
            let mut scanned = Ledger::default();
            let mut place = None;
            loop {
                if compared.looked >= allowance || self.app.budget.spend(1).is_err() {
                    return Ok(Compared { is_whole: false, ..compared });
                }
                let (piece, next) = self.store.count_rows(message, place, PIECE)?;
                compared.looked += piece.audience;
                scanned.add_all(&piece);
                place = next;
                if place.is_none() {
                    break;
                }
            }
            compared.agrees = scanned == before;
            if compared.agrees || self.store.counted_rows(message)? == before {
                break;
            }
            compared.agrees = true; // being sent: nothing is proven either way
        }
        Ok(compared)
    }
}

/// What counting a message's rows again told.
struct Compared {
    looked: i64,
    is_whole: bool,
    agrees: bool,
}
