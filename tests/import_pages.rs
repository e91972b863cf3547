//! The pages of imports, exports and backups, and imports done by ticks: in pieces, stopped, undone, killed.
//! Not the reading of files (import) and not the look.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test says by a panic what failed, also in its helpers"
)]

mod support;

use std::process::Stdio;
use std::time::Duration;

use neo::texts::transfer;
use support::{HOST, Page, Site};

fn site() -> Site {
    let site = Site::new();
    site.neo(&["list", "add", "news", "--from", "さくら堂 <news@sakurado.example.jp>"]).ok();
    site.sign_in();
    site
}

fn database(site: &Site) -> rusqlite::Connection {
    let database = rusqlite::Connection::open(site.data().join("neo.sqlite")).unwrap();
    database.busy_timeout(Duration::from_secs(10)).unwrap();
    database
}

fn number(site: &Site, sql: &str) -> i64 {
    database(site).query_row(sql, [], |row| row.get(0)).unwrap()
}

/// A multipart form, as a browser sends it. The last part is a file of bytes that are text.
fn post_file(
    site: &Site,
    path: &str,
    fields: &[(&str, &str)],
    (name, file_name, content): (&str, &str, &str),
) -> Page {
    let csrf = site.get("/admin/imports").value("csrf");
    let mut body = String::new();
    for (name, value) in fields.iter().chain([&("csrf", csrf.as_str())]) {
        body.push_str(&format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    }
    body.push_str(&format!(
        "--XX\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\r\n{content}\r\n--XX--\r\n"
    ));
    let more =
        [("HTTP_ORIGIN", &*format!("https://{HOST}")), ("CONTENT_TYPE", "multipart/form-data; boundary=XX")];
    site.request("POST", path, Some(&body), &more)
}

fn upload(site: &Site, content: &str) -> Page {
    post_file(site, "/admin/imports/new", &[("list", "1")], ("file", "読者.csv", content))
}

/// `email,name` of so many readers.
fn readers(count: usize) -> String {
    let mut text = "email,name\n".to_string();
    (0..count).for_each(|number| text.push_str(&format!("reader{number}@example.jp,読者{number}\n")));
    text
}

/// Uploads and starts; returns the import's page.
fn start(site: &Site, content: &str) -> String {
    let path = upload(site, content).leads_to();
    let page = site.get(&path);
    assert!(page.says(transfer::PREVIEW.ja), "{}", page.text());
    let started = site.post(&format!("{path}/start"), &[("agreed", "1")]);
    assert_eq!(started.status, 303, "{}", started.text());
    path
}

fn tick(site: &Site) {
    let ran = site.neo(&["tick"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

fn state(site: &Site) -> String {
    database(site)
        .query_row("select state from imports order by id desc limit 1", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn an_uploaded_file_is_shown_as_it_will_be_read_and_nothing_happens_before_the_owner_starts() {
    let site = site();
    let content = "メール,なまえ\na@example.jp,花子\nb@example,太郎\nc@example.jp,次郎\n";
    let path = upload(&site, content).leads_to();
    let page = site.get(&path);
    for words in ["a@example.jp", "花子", "(E1002)", transfer::HOW_IT_IS_READ.ja] {
        assert!(page.says(words), "{words}: {}", page.text());
    }
    assert_eq!((page.value("encoding"), page.value("separator")), ("utf-8".to_string(), ",".to_string()));
    assert_eq!((page.value("column-0"), page.value("column-1")), ("email".to_string(), "-".to_string()));
    tick(&site);
    assert_eq!(number(&site, "select count(*) from subscribers"), 0);
    // The column that was not known is named by the owner.
    let fields = [
        ("encoding", "utf-8"),
        ("separator", ","),
        ("header", "1"),
        ("column-0", "email"),
        ("column-1", "name"),
        ("on_duplicate", "skip"),
    ];
    let page = site.follow(&site.post(&format!("{path}/plan"), &fields));
    assert_eq!(
        (page.value("column-1"), page.value("on_duplicate")),
        ("name".to_string(), "skip".to_string())
    );
    let without_consent = site.post(&format!("{path}/start"), &[]);
    assert_eq!(without_consent.status, 422);
    assert_eq!(site.post(&format!("{path}/start"), &[("agreed", "1")]).status, 303);
    tick(&site);
    let page = site.get(&path);
    assert!(page.says(transfer::STATE_FINISHED.ja), "{}", page.text());
    let reader = site.neo(&["subscriber", "show", "news", "a@example.jp", "--json"]).json();
    assert_eq!(
        (reader["name"].as_str(), reader["consents"][0]["way"].as_str()),
        (Some("花子"), Some("import"))
    );
    let errors = site.get(&format!("{path}/errors"));
    assert!(errors.header("content-disposition").unwrap().contains("attachment"));
    assert!(errors.body.contains("b@example,太郎,"), "{}", errors.body);
}

#[test]
fn what_is_no_list_of_readers_is_refused_on_the_page() {
    let site = site();
    let empty = upload(&site, "\n\n");
    assert_eq!(empty.status, 422);
    assert!(empty.says("(E1121)"), "{}", empty.text());
    let page = site.get(&upload(&site, "a,b\n1,2\n").leads_to());
    assert!(page.says(transfer::NEED_ADDRESS.ja));
    assert_eq!(site.post("/admin/imports/2/start", &[("agreed", "1")]).status, 422);
    assert_eq!(site.get("/admin/imports/77").status, 404);
    site.forget_cookies();
    assert_eq!(site.get("/admin/imports").status, 303);
    assert_eq!(site.get("/admin/exports/1/csv").status, 303);
}

#[test]
fn a_large_file_arrives_in_pieces_and_goes_on_where_it_stopped() {
    let site = site();
    let content = readers(30_000);
    let csrf = site.get("/admin/imports").value("csrf");
    let size = content.len().to_string();
    let fields = [("csrf", csrf.as_str()), ("list", "1"), ("file_name", "big.csv"), ("size", &size)];
    let begun: serde_json::Value =
        serde_json::from_str(&site.post_exactly("/admin/imports/begin", &fields).body).unwrap();
    let id = begun["id"].as_i64().unwrap();
    let send = |at: usize, piece: &str| {
        post_file(
            &site,
            &format!("/admin/imports/{id}/piece"),
            &[("at", &at.to_string())],
            ("piece", "blob", piece),
        )
    };
    let half = content.len() / 2;
    assert_eq!(send(0, &content[..half]).status, 200);
    // The same piece again, or one from further on, is not taken.
    assert_eq!(send(0, &content[..half]).status, 422);
    assert_eq!(send(half + 1, &content[half + 1..]).status, 422);
    assert_eq!(site.post(&format!("/admin/imports/{id}/complete"), &[]).status, 422, "half a file");
    let known: serde_json::Value =
        serde_json::from_str(&site.get(&format!("/admin/imports/{id}/received")).body).unwrap();
    assert_eq!(known["received"], half);
    assert_eq!(send(half, &content[half..]).status, 200);
    let path = site.post(&format!("/admin/imports/{id}/complete"), &[]).leads_to();
    site.get(&path);
    site.post(&format!("{path}/start"), &[("agreed", "1")]);
    tick(&site);
    assert_eq!(number(&site, "select count(*) from subscriptions where state = 'confirmed'"), 30_000);
    // More than a piece may hold is refused before it is read.
    let body = "x".repeat(700_000);
    assert_eq!(site.request("POST", "/admin/imports/1/piece", Some(&body), &[]).status, 413);
}

#[test]
fn a_wide_file_is_rewritten_on_arrival_and_read_by_ticks() {
    let site = site();
    // UTF-16 is not text in a test's form: the upload is made by the library's own hands.
    let text = "メール,名前\r\na@example.jp,髙橋\r\nb@example.jp,花子\r\n";
    let wide: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let folder = neo::host::paths::DataFolder::named(&site.data()).unwrap();
    let (app, store) =
        neo::app::App::open(folder, neo::clock::Clock::machine(), neo::guard::Budget::unlimited()).unwrap();
    let size = i64::try_from(wide.len()).unwrap();
    let id = neo::transfer::inbox::begin(&app, &store, neo::domain::id::ListId(1), "wide.txt", size).unwrap();
    neo::transfer::inbox::add_piece(&app, &store, &store.import(id).unwrap(), 0, &wide).unwrap();
    neo::transfer::inbox::complete(&app, &store, &store.import(id).unwrap()).unwrap();
    drop(store);
    let path = format!("/admin/imports/{id}");
    let page = site.get(&path);
    assert!(page.says("髙橋"), "{}", page.text());
    assert_eq!(page.value("encoding"), "utf-16-le");
    let fields = [
        ("encoding", "utf-16-le"),
        ("separator", ","),
        ("header", "1"),
        ("column-0", "email"),
        ("column-1", "name"),
    ];
    assert!(site.follow(&site.post(&format!("{path}/plan"), &fields)).says("髙橋"));
    site.post(&format!("{path}/start"), &[("agreed", "1")]);
    tick(&site);
    assert_eq!(number(&site, "select count(*) from subscribers where name in ('髙橋', '花子')"), 2);
}

#[test]
fn a_stopped_import_goes_on_where_it_was() {
    let site = site();
    let path = start(&site, &readers(9000));
    // One piece of the work, as a tick with little time would do.
    let folder = neo::host::paths::DataFolder::named(&site.data()).unwrap();
    let (app, store) =
        neo::app::App::open(folder, neo::clock::Clock::machine(), neo::guard::Budget::unlimited()).unwrap();
    assert!(neo::transfer::inbox::work(&app, &store).unwrap());
    drop(store);
    let page = site.get(&path);
    assert!(page.says(transfer::STATE_RUNNING.ja) && page.body.contains("<progress"), "{}", page.text());
    site.post(&format!("{path}/stop"), &[]);
    tick(&site);
    let there = number(&site, "select count(*) from subscribers");
    assert!(there > 0 && there < 9000, "{there}");
    site.get(&path);
    site.post(&format!("{path}/start"), &[]);
    tick(&site);
    assert_eq!(
        (number(&site, "select count(*) from subscribers"), state(&site)),
        (9000, "finished".to_string())
    );
}

#[test]
fn an_undo_takes_back_exactly_what_the_import_did() {
    let site = site();
    site.neo(&["list", "add", "other", "--from", "さくら堂 <news@sakurado.example.jp>"]).ok();
    site.neo(&["subscriber", "add", "news", "known@example.jp", "--name", "前の名前", "--confirmed"]).ok();
    site.neo(&["subscriber", "add", "other", "elsewhere@example.jp", "--name", "別の人", "--confirmed"]).ok();
    site.neo(&["subscriber", "add", "news", "pending@example.jp"]).ok();
    let content = "email,name,tags\nknown@example.jp,新しい名前,春\nelsewhere@example.jp,,\npending@example.jp,,\n\
                   mailed@example.jp,送った人,春\nfresh@example.jp,新しい人,春\nchanged@example.jp,x,\n";
    let path = start(&site, content);
    tick(&site);
    assert_eq!(state(&site), "finished");
    let database = database(&site);
    // One of them got a mail, and the known reader was renamed by hand since.
    database
        .execute_batch(
            "insert into messages (kind, list_id, subject, text, created_at) values ('broadcast', 1, 's', 't', 0);
             insert into deliveries (message_id, subscription_id, urgency, state, due_at, created_at)
               select last_insert_rowid(), s.id, 5, 'sent', 0, 0 from subscriptions s join subscribers p
               on p.id = s.subscriber_id where p.address = 'mailed@example.jp';",
        )
        .unwrap();
    site.get(&path);
    assert_eq!(site.post(&format!("{path}/undo"), &[]).status, 303);
    tick(&site);
    assert_eq!(state(&site), "undone");
    let show = |list: &str, address: &str| site.neo(&["subscriber", "show", list, address, "--json"]);
    let known = show("news", "known@example.jp").json();
    assert_eq!((known["name"].as_str(), known["state"].as_str()), (Some("前の名前"), Some("confirmed")));
    assert_eq!(number(&site, "select count(*) from taggings"), 1, "only who was mailed keeps what she had");
    assert_eq!(show("news", "mailed@example.jp").json()["state"], "left");
    assert_eq!(show("news", "elsewhere@example.jp").json()["state"], "left");
    assert_eq!(show("other", "elsewhere@example.jp").json()["state"], "confirmed");
    assert_eq!(show("news", "pending@example.jp").json()["state"], "pending");
    assert_eq!(show("news", "fresh@example.jp").code, 65, "erased");
    assert_eq!(number(&site, "select count(*) from subscribers where erased_at is not null"), 2);
    let page = site.get(&path);
    assert!(page.says(transfer::STATE_UNDONE.ja));
    assert_eq!(site.post(&format!("{path}/undo"), &[]).status, 422, "once");
}

#[test]
fn a_value_that_was_changed_since_survives_the_undo() {
    let site = site();
    site.neo(&["subscriber", "add", "news", "known@example.jp", "--name", "一", "--confirmed"]).ok();
    let path = start(&site, "email,name\nknown@example.jp,二\n");
    tick(&site);
    database(&site).execute("update subscribers set name = '三'", []).unwrap();
    site.get(&path);
    site.post(&format!("{path}/undo"), &[]);
    tick(&site);
    assert_eq!(site.neo(&["subscriber", "show", "news", "known@example.jp", "--json"]).json()["name"], "三");
}

#[test]
fn an_import_that_is_killed_at_any_moment_loses_and_doubles_nobody() {
    let site = site();
    let count = 10_000;
    let mut content = readers(count);
    // A bad row now and then: the file of errors must neither lose nor double one either.
    let bad: usize =
        (0..count).step_by(500).map(|number| content.push_str(&format!("bad{number}@@x,x\n"))).count();
    let path = start(&site, &content);
    let mut kills = 0;
    for round in 0_u64.. {
        if state(&site) != "running" {
            break;
        }
        let mut tick =
            site.command().arg("tick").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Short at first, so that a fast machine is not done after a few; longer and longer, so that a slow one gets on.
        std::thread::sleep(Duration::from_millis(5 + (round * 17) % (60 + round * 4)));
        if tick.try_wait().unwrap().is_none() {
            tick.kill().unwrap();
            kills += 1;
        }
        tick.wait().unwrap();
        assert!(round < 400, "no end");
    }
    assert!(kills > 3, "{kills} kills");
    let all = i64::try_from(count).unwrap();
    assert_eq!(number(&site, "select count(*) from subscribers"), all);
    assert_eq!(number(&site, "select count(*) from subscriptions where state = 'confirmed'"), all);
    assert_eq!(number(&site, "select count(*) from consents"), all);
    assert_eq!(number(&site, "select count from subscription_counts where state = 'confirmed'"), all);
    assert_eq!(number(&site, "select rows from imports"), all + i64::try_from(bad).unwrap());
    assert_eq!(number(&site, "select added from imports"), all);
    let errors = site.get(&format!("{path}/errors")).body;
    let mut lines: Vec<&str> = errors.lines().skip(1).collect();
    assert_eq!(lines.len(), bad);
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), bad, "a bad row is listed twice");
    // The undo is killed too.
    site.get(&path);
    site.post(&format!("{path}/undo"), &[]);
    for round in 0_u64.. {
        if state(&site) != "undoing" {
            break;
        }
        let mut tick =
            site.command().arg("tick").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(200 + (round * 137) % 3000));
        let _ = tick.kill();
        tick.wait().unwrap();
        assert!(round < 400, "no end");
    }
    assert_eq!(number(&site, "select count(*) from subscribers where erased_at is not null"), all);
    assert_eq!(number(&site, "select undone from imports"), all);
}

#[test]
fn an_import_starts_the_sequences_of_its_list() {
    let site = site();
    let sequence = site.scratch("welcome.json");
    let steps = r#"{"name":"welcome","list":"news","start":{"on":"join"},"steps":[{"after_days":1,"at":"08:30","subject":"s","text":"t"}]}"#;
    std::fs::write(&sequence, steps).unwrap();
    site.neo(&["sequence", "import", sequence.to_str().unwrap()]).ok();
    start(&site, &readers(120));
    tick(&site);
    assert_eq!(number(&site, "select count(*) from enrolments where state = 'active'"), 120);
}

#[test]
fn a_download_is_a_file_with_every_reader_and_a_long_list_comes_in_parts() {
    let site = site();
    let file = site.scratch("many.csv");
    std::fs::write(&file, readers(20_050)).unwrap();
    let page = site.get("/admin/exports?list=1");
    assert!(page.body.contains("/admin/exports/1/csv?part=1&amp;parts=1"), "{}", page.body);
    site.neo(&["import", "news", file.to_str().unwrap()]).ok();
    let page = site.get("/admin/exports?list=1");
    assert!(page.says(transfer::IN_PARTS.ja));
    let mut addresses = std::collections::BTreeSet::new();
    for part in 1..=2 {
        let got = site.get(&format!("/admin/exports/1/csv?part={part}&parts=2"));
        assert_eq!(got.header("content-type"), Some("text/csv; charset=utf-8"));
        assert!(got.header("content-disposition").unwrap().contains(&format!("-{part}of2.csv\"")));
        addresses.extend(got.body.lines().skip(1).map(|line| line.split(',').next().unwrap().to_string()));
    }
    assert_eq!(addresses.len(), 20_050);
    assert_eq!(site.get("/admin/exports/1/exe").status, 404);
}

#[test]
fn after_a_restore_the_pages_say_so_until_the_owner_lets_mails_go_out() {
    let site = site();
    let backup = site.scratch("copy.sqlite");
    site.neo(&["backup", backup.to_str().unwrap()]).ok();
    site.neo(&["backup"]).ok();
    assert!(site.get("/admin/settings/backups").says("neo-20"));
    site.neo(&["restore", backup.to_str().unwrap()]).ok();
    site.sign_in();
    assert!(site.get("/admin").says(transfer::TO_BACKUPS.ja));
    let page = site.get("/admin/settings/backups");
    assert!(page.says(transfer::HELD_READERS.ja) && page.says("before-restore-"), "{}", page.text());
    let page = site.follow(&site.post("/admin/settings/backups/release", &[]));
    assert!(page.says(transfer::RELEASED.ja) && !page.says(transfer::HELD_READERS.ja));
    let saved = site.post("/admin/settings/backups", &[("backup_at", "02:15"), ("backup_keep", "3")]);
    assert_eq!(saved.status, 303, "{}", saved.text());
    assert_eq!(site.setting("backup_at"), "02:15");
    assert_eq!(site.post("/admin/settings/backups", &[("backup_at", "x"), ("backup_keep", "3")]).status, 422);
}

#[test]
fn files_of_old_imports_are_deleted_and_their_numbers_stay() {
    let site = site();
    site.at(support::NOON);
    site.sign_in();
    let path = upload(&site, &readers(3)).leads_to();
    assert!(site.data().join("imports/1.csv").exists());
    site.at(support::NOON + 8 * 86_400);
    tick(&site);
    assert!(!site.data().join("imports/1.csv").exists());
    site.sign_in();
    let page = site.get(&path);
    assert_eq!(page.status, 200);
    assert!(page.says(transfer::STATE_STOPPED.ja), "{}", page.text());
}
