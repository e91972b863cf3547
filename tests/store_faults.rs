//! What is said when the database cannot be used: each fault has its own sentence, number, exit code and status, on the
//! command line and on every page; never a panic, never half a page.
//! Not faults of mail servers: tests/tick_edges.rs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test says by a panic what failed, also in its helpers"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/site.rs"]
mod site;

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

use neo::app::brake;
use neo::guard::Budget;
use neo::store::{Writer, migrations};
use site::{Site, cgi};

/// 2026-11-24 08:00 in Japan.
const MORNING: i64 = 1_795_474_800;

const COMMANDS: &[&[&str]] = &[
    &["tick"],
    &["ledger", "all", "--json"],
    &["list", "show", "news"],
    &["setting", "list"],
    &["subscriber", "add", "news", "new@example.jp", "--confirmed"],
    &["broadcast", "status", "2"],
    &["sequence", "status", "welcome"],
];

/// Those of them that write.
const WRITING: &[&[&str]] = &[COMMANDS[0], COMMANDS[4]];

const PAGES: &[(&str, &str)] = &[
    ("GET", "/"),
    ("GET", "/f/news"),
    ("GET", "/u/guess"),
    ("GET", "/admin/login"),
    ("GET", "/admin/broadcasts"),
    ("GET", "/tick/guess"),
    ("POST", "/f/news"),
    ("POST", "/confirm/guess"),
    ("POST", "/u/guess"),
    ("POST", "/admin/login"),
];

fn site() -> Site {
    let site = Site::at("folder:outbox", Some(MORNING));
    site.sequence(&[(1, "08:30", "S1")]);
    site.add_readers(20);
    site.broadcast("B");
    site
}

/// A command ended with this sentence and no other, in both languages.
fn check_refusal(what: &str, output: &Output, exit: i32, number: u16) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(exit), "{what}: {said}");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{what}: {said}");
    assert!(lines.iter().all(|line| line.ends_with(&format!("(E{number})"))), "{what}: {said}");
    assert!(!lines[1].contains('{'), "{what}: a value is missing in {said}");
}

/// A whole page with this status and sentence.
fn check_page(what: &str, (status, reply): &(u16, String), expected: u16, number: u16) {
    assert_eq!(*status, expected, "{what}: {reply}");
    assert!(reply.contains(&format!("(E{number})")), "{what}: {reply}");
    assert!(reply.trim_end().ends_with("</html>"), "{what}: half a page: {reply}");
}

/// Every command and every page end with the same sentence.
fn check_everything(site: &Site, exit: i32, status: u16, number: u16) {
    check_everything_as(site, &|arguments| site.command(arguments), exit, status, number);
}

fn check_everything_as(
    site: &Site,
    program: &dyn Fn(&[&str]) -> Command,
    exit: i32,
    status: u16,
    number: u16,
) {
    for arguments in COMMANDS {
        check_refusal(&arguments.join(" "), &program(arguments).output().unwrap(), exit, number);
    }
    for (method, path) in PAGES {
        check_page(
            &format!("{method} {path}"),
            &cgi(program(&[]), method, path, body(method)),
            status,
            number,
        );
    }
    check_no_fault(site);
}

/// What writes ends with the sentence; what only reads goes on.
fn check_writing(site: &Site, program: &dyn Fn(&[&str]) -> Command, exit: i32, number: u16) {
    for arguments in COMMANDS {
        let output = program(arguments).output().unwrap();
        if WRITING.contains(arguments) {
            check_refusal(&arguments.join(" "), &output, exit, number);
        } else {
            assert!(output.status.success(), "{arguments:?}: {output:?}");
        }
    }
    for path in ["/", "/f/news", "/admin/login"] {
        let (status, reply) = cgi(program(&[]), "GET", path, "");
        assert_eq!(status, 200, "GET {path}: {reply}");
    }
    check_page("POST /f/news", &cgi(program(&[]), "POST", "/f/news", body("POST")), 503, number);
    check_no_fault(site);
}

fn body(method: &str) -> &str {
    if method == "POST" { "email=x%40example.jp" } else { "" }
}

fn check_no_fault(site: &Site) {
    let log = std::fs::read_to_string(site.data().join("fault.log")).unwrap_or_default();
    assert_eq!(log, "", "it was taken for a fault of the program");
}

fn set_journal(site: &Site, journal: &str) {
    site.sqlite().pragma_update_and_check(None, "journal_mode", journal, |_| Ok(())).unwrap();
}

#[test]
fn a_damaged_header_is_called_damage() {
    let site = site();
    let mut bytes = std::fs::read(site.database()).unwrap();
    bytes[..16].reverse();
    std::fs::write(site.database(), &bytes).unwrap();
    check_everything(&site, 78, 503, 3008);
    assert!(bytes == std::fs::read(site.database()).unwrap(), "it was left as it is, for who mends it");
}

#[test]
fn damaged_pages_are_called_damage() {
    let site = site();
    let mut bytes = std::fs::read(site.database()).unwrap();
    let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    bytes[page..].fill(0xa5);
    std::fs::write(site.database(), &bytes).unwrap();
    check_everything(&site, 78, 503, 3008);
}

#[test]
fn a_single_damaged_page_is_called_damage_where_it_is_met_and_nowhere_else() {
    let site = site();
    let root = site.number("select rootpage from sqlite_master where name = 'subscriptions'");
    let mut bytes = std::fs::read(site.database()).unwrap();
    let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    let start = page * (usize::try_from(root).unwrap() - 1);
    bytes[start..start + page].fill(0xa5);
    std::fs::write(site.database(), &bytes).unwrap();
    check_refusal("tick", &site.run(&["tick"]), 78, 3008);
    check_refusal("subscriber", &site.run(COMMANDS[4]), 78, 3008);
    site.neo(&["setting", "list"]);
    assert_eq!(site.request("GET", "/admin/login", "").0, 200);
}

#[test]
fn a_newer_database_is_refused_politely() {
    let site = site();
    // It says from which version on programs can work on it; ours is older than that.
    site.sqlite().pragma_update(None, "user_version", 999).unwrap();
    site.sqlite()
        .execute("update settings set value = '999' where key = 'format_readable_from'", [])
        .unwrap();
    check_everything(&site, 78, 503, 3006);
}

#[test]
fn a_missing_key_file_is_named() {
    let site = site();
    std::fs::remove_file(site.data().join("neo.key")).unwrap();
    check_everything(&site, 78, 503, 3010);
    let said = site.run(&["tick"]).stderr;
    assert!(String::from_utf8_lossy(&said).contains("neo.key"));
    assert!(!site.data().join("neo.key").exists(), "a new key would make every link of old mails invalid");
}

#[test]
fn a_key_file_that_holds_no_key_is_named() {
    let site = site();
    std::fs::write(site.data().join("neo.key"), "truncat").unwrap();
    check_everything(&site, 78, 503, 3010);
}

#[test]
fn a_site_that_is_not_set_up_says_so_and_its_pages_lead_to_the_set_up() {
    let site = site();
    std::fs::remove_file(site.database()).unwrap();
    for arguments in COMMANDS {
        check_refusal(&arguments.join(" "), &site.run(arguments), 78, 3001);
    }
    for (method, path) in PAGES {
        let (status, reply) = site.request(method, path, "");
        assert_eq!(status, 303, "{method} {path}: {reply}");
        assert!(reply.to_lowercase().contains("location: http://shop.example.jp/neo.cgi/setup"), "{reply}");
    }
    assert!(!site.database().exists(), "an empty database would look like a site");
}

/// The program as nobody when we are root, whom modes do not bind; else as we are.
fn as_nobody(site: &Site, arguments: &[&str]) -> Command {
    let program = site.path("neo");
    if !program.exists() {
        std::fs::copy(env!("CARGO_BIN_EXE_neo"), &program).unwrap();
    }
    if !rustix::process::getuid().is_root() {
        return site.command(arguments);
    }
    let owned = Command::new("chown").args(["-R", "65534:65534"]).arg(site.path("")).status();
    assert!(owned.unwrap().success());
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(program).args(arguments);
    prepare(command, site)
}

/// The program that may let no file grow beyond 4 KiB: the kernel refuses as it does at the end of an account's quota, with
/// an error that is not ENOSPC.
fn at_end_of_quota(site: &Site, arguments: &[&str]) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "ulimit -f 8; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_neo")]).args(arguments);
    prepare(command, site)
}

fn prepare(mut command: Command, site: &Site) -> Command {
    command.env("NEO_DATA", site.data()).env("NEO_TESTING_NOW", MORNING.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn a_folder_that_is_closed_to_writing_is_named_with_what_to_do() {
    let site = site();
    set_journal(&site, "wal");
    close(&site, 0o500, 0o400);
    check_everything_as(&site, &|arguments| as_nobody(&site, arguments), 78, 503, 3007);
    close(&site, 0o700, 0o600);
    assert!(
        as_nobody(&site, &["tick"]).output().unwrap().status.success(),
        "mended by the modes that it asks for"
    );
}

#[test]
fn a_file_that_is_closed_to_writing_still_serves_who_only_reads() {
    for (journal, folder, file) in
        [("wal", 0o700, 0o400), ("truncate", 0o700, 0o400), ("truncate", 0o500, 0o400)]
    {
        let site = site();
        set_journal(&site, journal);
        close(&site, folder, file);
        check_writing(&site, &|arguments| as_nobody(&site, arguments), 78, 3007);
        close(&site, 0o700, 0o600);
    }
}

fn close(site: &Site, folder: u32, file: u32) {
    std::fs::set_permissions(site.database(), std::fs::Permissions::from_mode(file)).unwrap();
    std::fs::set_permissions(site.data(), std::fs::Permissions::from_mode(folder)).unwrap();
}

#[test]
fn the_end_of_the_quota_is_no_fault_of_the_program() {
    let site = site();
    set_journal(&site, "truncate");
    check_writing(&site, &|arguments| at_end_of_quota(&site, arguments), 75, 4007);
    set_journal(&site, "wal");
    check_everything_as(&site, &|arguments| at_end_of_quota(&site, arguments), 75, 503, 4007);
    check_nothing_was_lost(&site);
}

/// A file system of 8 MiB that is full to its last byte; the mount is private to the process.
const FULL_DISK: &str = r#"
    mount -t tmpfs -o size=8m tmpfs "$NEO_DATA" && cp -a "$1"/. "$NEO_DATA" && shift || exit 99
    dd if=/dev/zero of="$NEO_DATA/outbox-filler" bs=4k 2>/dev/null
    exec "$@""#;

fn on_full_disk(site: &Site, arguments: &[&str]) -> Command {
    let copy = site.path("copy");
    if !copy.exists() {
        assert!(Command::new("cp").arg("-a").arg(site.data()).arg(&copy).status().unwrap().success());
    }
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "/bin/sh", "-c", FULL_DISK, "sh"]).arg(copy);
    command.arg(env!("CARGO_BIN_EXE_neo")).args(arguments);
    prepare(command, site)
}

fn may_mount(site: &Site) -> bool {
    let output = on_full_disk(site, &["version"]).output();
    let may = output.as_ref().is_ok_and(|output| output.status.success());
    if !may {
        println!("NOT TESTED: this machine lets nobody mount a small file system: {output:?}");
    }
    may
}

#[test]
fn a_full_disk_is_called_full_and_who_only_reads_is_served() {
    let site = site();
    set_journal(&site, "truncate");
    if may_mount(&site) {
        check_writing(&site, &|arguments| on_full_disk(&site, arguments), 75, 4002);
    }
}

#[test]
fn a_full_disk_is_no_fault_of_the_program_with_a_write_ahead_log() {
    let site = site();
    set_journal(&site, "wal");
    if may_mount(&site) {
        check_everything_as(&site, &|arguments| on_full_disk(&site, arguments), 75, 503, 4007);
    }
}

fn check_nothing_was_lost(site: &Site) {
    site.check_integrity();
    site.check_counters();
    assert_eq!(site.number("select count(*) from subscriptions where state = 'confirmed'"), 20);
    while site.tick()["left"] != 0 {}
    assert_eq!(site.ledger("all")["sent"], 20);
}

#[test]
fn a_database_that_another_program_locks_for_long_is_called_busy() {
    let site = site();
    set_journal(&site, "truncate");
    let other = site.sqlite();
    other.execute_batch("begin exclusive").unwrap();
    std::thread::scope(|scope| {
        for arguments in [COMMANDS[0], COMMANDS[1], COMMANDS[4]] {
            let command = site.command(arguments);
            scope
                .spawn(move || check_refusal(&arguments.join(" "), &{ command }.output().unwrap(), 75, 4001));
        }
        for (method, path) in [("GET", "/f/news"), ("POST", "/f/news"), ("GET", "/tick/guess")] {
            let command = site.command(&[]);
            let check = move || check_page(path, &cgi(command, method, path, body(method)), 503, 4001);
            scope.spawn(check);
        }
    });
    drop(other);
    check_no_fault(&site);
    check_nothing_was_lost(&site);
}

#[test]
fn with_a_write_ahead_log_readers_do_not_wait_for_a_writer() {
    let site = site();
    set_journal(&site, "wal");
    let other = site.sqlite();
    other.execute_batch("begin exclusive").unwrap();
    let start = std::time::Instant::now();
    site.neo(&["ledger", "all"]);
    assert_eq!(site.request("GET", "/f/news", "").0, 200);
    assert!(start.elapsed() < std::time::Duration::from_secs(4), "it waited for the lock");
    check_refusal("tick", &site.run(&["tick"]), 75, 4001);
}

#[test]
fn a_short_lock_is_waited_for() {
    let site = site();
    set_journal(&site, "truncate");
    let other = site.sqlite();
    other.execute_batch("begin exclusive").unwrap();
    let tick = site.start(&["tick", "--json"]);
    std::thread::sleep(std::time::Duration::from_millis(1500));
    other.execute_batch("commit").unwrap();
    let output = tick.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(site.ledger("all")["sent"], 20);
}

#[test]
fn a_database_larger_than_a_file_may_usually_be_is_written_to_its_end() {
    let site = site();
    let database = site.sqlite();
    database.pragma_update_and_check(None, "journal_mode", "off", |_| Ok(())).unwrap();
    database.execute_batch("pragma synchronous = off; create table filler (bytes blob);").unwrap();
    for _ in 0..2 {
        database.execute("insert into filler values (zeroblob(560000000))", []).unwrap();
    }
    database.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())).unwrap();
    drop(database);
    assert!(std::fs::metadata(site.database()).unwrap().len() > 1 << 30, "no larger than the limit");
    site.add_readers(500);
    assert_eq!(site.tick()["sent"], 500);
    // The last to close a write-ahead log copies it into the database, or it stays.
    let log = site.data().join("neo.sqlite-wal");
    assert!(!log.exists(), "the write-ahead log could not be copied into the database");
    assert_eq!(site.ledger("all")["sent"], 500);
}

/// Rows that a program of every version could have written.
const OLD_ROWS: &str = "
    insert into settings (key, value, updated_at) values ('time_zone', 'Asia/Tokyo', 1);
    insert into lists (name, title, consent_text, from_address, opt_in, created_at)
      values ('news', 'News', 'I agree', 'news@example.jp', 'double', 1);
    insert into subscribers (address, address_key, created_at) values ('A@example.jp', 'a@example.jp', 1);
    insert into subscriptions (list_id, subscriber_id, state, asked_at, joined_at) values (1, 1, 'confirmed', 1, 2);
    insert into consents (subscription_id, event, at, way) values (1, 'confirmed', 2, 'link');
    insert into suppressions (address_key, reason, at) values ('gone@example.jp', 'complaint', 3);
    insert into messages (kind, list_id, subject, text, html, created_at) values ('broadcast', 1, 'B', 'b', '', 4);
    insert into deliveries (message_id, subscription_id, urgency, state, due_at, created_at) values (1, 1, 5, 'sent', 4, 4);";

#[test]
#[expect(clippy::disallowed_methods, reason = "an old database is made as an old program made it")]
fn a_database_of_every_earlier_version_is_brought_up_and_keeps_its_rows() {
    let site = site();
    for version in 0..=migrations::newest() {
        let file = site.path(&format!("old-{version}.sqlite"));
        let old = rusqlite::Connection::open(&file).unwrap();
        migrations::migrate_to(&old, version).unwrap();
        assert_eq!(migrations::version(&old).unwrap(), version);
        if version > 0 {
            old.execute_batch(OLD_ROWS).unwrap();
        }
        drop(old);
        let store = Writer::open(&file, brake(&Budget::unlimited())).unwrap();
        let kept = i64::from(version > 0);
        assert_eq!(store.whole_ledger().unwrap().sent, kept, "version {version}");
        assert_eq!(store.is_suppressed("gone@example.jp").unwrap(), version > 0);
        drop(store);
        let new = rusqlite::Connection::open(&file).unwrap();
        assert_eq!(migrations::version(&new).unwrap(), migrations::newest());
        for table in
            ["settings", "lists", "subscribers", "subscriptions", "consents", "suppressions", "messages"]
        {
            // What migrations write themselves is no row of the owner's.
            let own = "where key not in ('format_readable_from', 'site_id')";
            let sql = format!("select count(*) from {table} {}", if table == "settings" { own } else { "" });
            let rows: i64 = new.query_row(&sql, [], |row| row.get(0)).unwrap();
            assert_eq!(rows, kept, "{table} of version {version}");
        }
    }
}
