//! What a new program does on a copy of the data before it may run on the data: it opens and migrates it, counts, shows
//! pages as a web server asks for them, and sends a mail into a folder by a tick. Not who starts it: stage, command.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::clock::Clock;
use crate::domain::address::Address;
use crate::domain::consent::Circumstances;
use crate::domain::id::MessageId;
use crate::domain::list::{List, ListName, OptIn, Tracking, Wishes};
use crate::domain::message::{Content, Kind};
use crate::domain::subscriber::{Fields, Name};
use crate::error::{Error, Result};
use crate::guard::budget::Budget;
use crate::guard::trial::{self, Candidate};
use crate::guard::{self, Limits};
use crate::host::paths::DataFolder;
use crate::mail::tick::{self, Source};
use crate::mail::transport::{self, TransportUrl};
use crate::store::backups::check_copy;
use crate::store::membership::Request;
use crate::store::{Reader, Writer};
use crate::texts::{Language, errors, mails};
use crate::version;

/// Lies beside a copy of the data: nothing else is tested on. Holds what must be found in it.
pub const MARK: &str = "copy.json";
/// Larger databases are not read through a second time.
const READ_THROUGH: i64 = 256 * 1024 * 1024;
const PAGE_WALL: Duration = Duration::from_secs(15);

/// What the copy held before the new program touched it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Mark {
    pub counts: BTreeMap<String, i64>,
}

/// One thing that was tried.
#[derive(Debug, Serialize, Deserialize)]
pub struct Check {
    pub name: String,
    pub ok: bool,
    pub found: String,
}

/// The answer of `neo self-test --json`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Verdict {
    pub ok: bool,
    pub version: String,
    pub target: String,
    pub checks: Vec<Check>,
    pub elapsed_ms: u64,
    pub peak_rss_kib: u64,
}

/// Tries everything; one failure ends it. Refused where no copy lies: a test changes what it works on.
pub fn run(folder: DataFolder) -> Result<Verdict> {
    let mark = std::fs::read_to_string(folder.path().join(MARK)).ok();
    let mark: Option<Mark> = mark.and_then(|text| serde_json::from_str(&text).ok());
    let mark =
        mark.ok_or_else(|| Error::invalid(errors::SELF_TEST_NEEDS_COPY).with("folder", folder.path()))?;
    let mut checks = Vec::new();
    let ok = match try_all(folder, &mark, &mut checks) {
        Ok(()) => true,
        Err(error) => {
            let found = words(&error);
            match checks.last_mut() {
                Some(last) => (last.ok, last.found) = (false, found),
                None => checks.push(Check { name: "begin".to_string(), ok: false, found }),
            }
            false
        }
    };
    let used = guard::measure();
    Ok(Verdict {
        ok,
        version: version::version().to_string(),
        target: version::target().to_string(),
        checks,
        elapsed_ms: used.elapsed_ms,
        peak_rss_kib: used.peak_rss_kib,
    })
}

/// What went wrong, in one line.
pub fn words(error: &Error) -> String {
    match (error, error.refusal()) {
        (_, Some(refusal)) => refusal.say(Language::En),
        (Error::Fault(fault), _) => format!("while {}: {}", fault.doing, fault.cause),
        _ => String::new(),
    }
}

fn try_all(folder: DataFolder, mark: &Mark, checks: &mut Vec<Check>) -> Result<()> {
    fn begin(checks: &mut Vec<Check>, name: &str) {
        checks.push(Check { name: name.to_string(), ok: true, found: String::new() });
    }
    fn found(checks: &mut [Check], words: String) {
        if let Some(last) = checks.last_mut() {
            last.found = words;
        }
    }
    begin(checks, "open");
    let budget = Budget::new(Duration::from_secs(60), 100, 2_000_000);
    let (app, store) = App::open(folder, Clock::machine(), budget)?;
    found(checks, format!("format {}", store.format()?.0));

    begin(checks, "counts");
    let counts = store.row_counts()?;
    if let Some((table, before)) =
        mark.counts.iter().find(|(table, before)| counts.get(*table) != Some(before))
    {
        let now = counts.get(table).copied().unwrap_or(0);
        return Err(Error::fault("counting the rows", format!("{table}: {before} before, {now} now")));
    }
    found(checks, format!("{} rows", counts.values().sum::<i64>()));

    begin(checks, "integrity");
    if store.size()? <= READ_THROUGH {
        check_copy(&app.folder.database(), crate::app::brake(&app.budget))?;
    }

    begin(checks, "pages");
    let shown = pages(&app, &store)?;
    found(checks, shown);

    begin(checks, "mail");
    let sent = mail(&app, &store)?;
    found(checks, format!("{sent} sent"));
    Ok(())
}

/// Asks itself for pages as a web server would: each in a process of its own.
fn pages(app: &App, store: &Reader) -> Result<String> {
    let mut paths = vec!["/admin/login".to_string()];
    paths.extend(store.lists()?.first().map(|list| format!("/f/{}", list.name.as_str())));
    for path in &paths {
        let page = ask(app, path)?;
        let is_whole = page.output.contains("</html>");
        let status = page.output.lines().next().unwrap_or_default().trim().to_string();
        if !page.is_good() || !is_whole || !status.ends_with("200 OK") {
            return Err(Error::fault("showing a page", format!("{path}: {}, \"{status}\"", page.end())));
        }
    }
    Ok(paths.join(" "))
}

fn ask(app: &App, path: &str) -> Result<trial::Trial> {
    let fault = |cause: std::io::Error| Error::fault("asking for a page", cause);
    let base = url::Url::parse(app.settings.value(&crate::settings::BASE_URL)).ok();
    let host = base.as_ref().and_then(|base| base.host_str()).unwrap_or("localhost").to_string();
    let data = app.folder.path().as_os_str().to_os_string();
    let variable = |name: &str, value: &str| (OsString::from(name), OsString::from(value));
    let mut variables = vec![
        variable("GATEWAY_INTERFACE", "CGI/1.1"),
        variable("SERVER_PROTOCOL", "HTTP/1.1"),
        variable("SERVER_NAME", &host),
        variable("SERVER_PORT", "443"),
        variable("HTTPS", "on"),
        variable("HTTP_HOST", &host),
        variable("REMOTE_ADDR", "127.0.0.1"),
        variable("REQUEST_METHOD", "GET"),
        variable("SCRIPT_NAME", "/neo.cgi"),
        variable("PATH_INFO", path),
        variable("QUERY_STRING", ""),
        variable("REQUEST_URI", &format!("/neo.cgi{path}")),
    ];
    variables.push((OsString::from("NEO_DATA"), data));
    let program = std::env::current_exe().map_err(fault)?;
    let candidate =
        Candidate { program: &program, arguments: Vec::new(), variables, folder: app.folder.path() };
    trial::run(&candidate, &Limits::for_flow(guard::Flow::Web), PAGE_WALL).map_err(fault)
}

/// A broadcast to one made-up reader, by a whole tick, into a folder. The other work of the copy rests.
fn mail(app: &App, store: &Writer) -> Result<i64> {
    let now = app.clock.now();
    store.hold_after_restore(now, now)?;
    store.release_hold()?;
    add_broadcast(app, store)?;
    let outbox = TransportUrl::Folder("self-test-outbox".into());
    let mut transport =
        transport::open(&outbox, None, app.folder.path(), Duration::from_secs(5), guard::before_child);
    let report = tick::run(app, store, Source::Rehearsal, transport.as_mut())?;
    let written = std::fs::read_dir(app.folder.path().join("self-test-outbox"));
    let mails = written.into_iter().flatten().flatten();
    let whole = mails.filter(|mail| mail.metadata().is_ok_and(|found| found.len() > 200)).count();
    let is_good = report.sent >= 1 && report.failed == 0 && report.trouble.is_none();
    match is_good && i64::try_from(whole) == Ok(report.sent) {
        true => Ok(report.sent),
        false => Err(Error::fault(
            "sending a mail",
            format!("{} sent, {} failed, {whole} written, {:?}", report.sent, report.failed, report.trouble),
        )),
    }
}

fn add_broadcast(app: &App, store: &Writer) -> Result<MessageId> {
    let now = app.clock.now();
    let wishes = Wishes {
        title: "NEO self-test",
        description: "",
        consent_text: "",
        from_name: "NEO",
        from_address: "self-test@example.jp",
        opt_in: OptIn::Double,
        language: app.settings.language(),
        tracking: Tracking::default(),
    };
    let list = List::parse(ListName::parse("neo-self-test")?, &wishes)?;
    let content = Content::parse("NEO", "{{ name }}", "<p>{{ name }}</p>")?;
    let how = Circumstances { way: "command", ..Circumstances::default() };
    store.transaction(|| {
        let list = store.add_list(&list, now)?;
        let request = Request {
            list,
            address: &Address::parse("reader@example.jp")?,
            name: &Name::parse(mails::SAMPLE_NAME.to(app.settings.language()))?,
            fields: &Fields::default(),
            how: &how,
            form_version: None,
        };
        store.add_reader(&request, now)?;
        let message = store.add_message(Kind::Broadcast, list, &content, now)?;
        store.add_broadcast(message, Some(now))?;
        Ok(message)
    })
}
