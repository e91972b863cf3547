//! What is published is what installs believe: signed, of one piece, rising, in its time, and whole at every moment.
//! Not what incidents and releases say.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a broken check may stop here"
)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use neo::link::activation::{self, token_path};
use neo::link::envelope::{self, Kind, refuse_old};
use neo::link::feed::Feed;
use neo::link::index::{FEED, INDEX, Index, KEYS};
use neo::link::key::{KeyList, PublicKey, Trust};
use support::{Fleet, On};

const DAY: i64 = 86_400;

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|cause| panic!("{name}: {cause}"))
}

/// Reads the folder as an install does that knows nothing but the root: keys, index, then each file by its hash.
fn read_as_install(folder: &Path, root: &str, now: i64) -> (Trust, Index, Feed) {
    let mut trust = Trust { roots: vec![PublicKey::parse(root).unwrap()], list: None };
    let keys: KeyList = envelope::open(&read(folder, KEYS), Kind::Keys, &trust, Kind::Keys.cap()).unwrap();
    refuse_old(keys.number, 0, keys.expires, now).unwrap();
    trust.list = Some(keys);
    let index: Index = envelope::open(&read(folder, INDEX), Kind::Index, &trust, Kind::Index.cap()).unwrap();
    refuse_old(index.number, 1, index.expires, now).unwrap();
    for (name, file) in &index.files {
        file.check(read(folder, name).as_bytes()).unwrap();
    }
    let feed: Feed = envelope::open(&read(folder, FEED), Kind::Feed, &trust, Kind::Feed.cap()).unwrap();
    refuse_old(feed.number, index.files[FEED].number, feed.expires, now).unwrap();
    (trust, index, feed)
}

/// Every file below a folder with its bytes.
fn all_files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(inner) = open.pop() {
        for entry in std::fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_path_buf(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

on_both_engines! {
    fn what_is_published_is_what_an_install_believes(engine) {
        let fleet = Fleet::new(engine);
        let key = fleet.key();
        fleet.run(&["publish", "www"]).refused("F1028");
        assert!(!fleet.scratch("www").join(INDEX).exists());
        let root = fleet.ceremony();
        let report = fleet.json(&["publish", "www"]);
        let www = fleet.scratch("www");
        let (trust, index, _) = read_as_install(&www, &root, fleet.now);
        assert_eq!(report["numbers"][INDEX], index.number);
        assert!(index.files.contains_key(KEYS) && index.files.contains_key(FEED));
        let token = activation::read(&read(&www, &token_path(&key)), &trust).unwrap();
        assert_eq!((token.key.as_str(), token.valid_until), (key.as_str(), fleet.now + 365 * DAY));
        assert!(!all_files(&www).keys().any(|path| path.to_string_lossy().contains(&key)), "a key is a secret");
        for (page, words) in [("news/index.html", "現在お知らせはありません。"), ("news/en.html", "There is no news")] {
            assert!(read(&www, page).contains(words), "{page}");
        }
    }

    fn publishing_again_changes_nothing_until_something_has_changed(engine) {
        let mut fleet = Fleet::new(engine);
        let key = fleet.key();
        let root = fleet.ceremony();
        let www = fleet.scratch("www");
        fleet.run(&["publish", "www"]).ok();
        let first = all_files(&www);
        fleet.now += 3600;
        let again = fleet.json(&["publish", "www"]);
        assert_eq!(again["written"], 0);
        assert_eq!(all_files(&www), first);
        // Another folder gets the same bytes.
        fleet.run(&["publish", "cdn/inner"]).ok();
        assert_eq!(all_files(&fleet.scratch("cdn/inner")), first);
        fleet.run(&["key", "extend", &key, "--days", "30"]).ok();
        assert_eq!(fleet.json(&["publish", "www"])["written"], 1, "the token");
        let (_, before, feed_before) = read_as_install(&www, &root, fleet.now);
        // More than half of the index's time, less than half of the feed's.
        fleet.now += 4 * DAY;
        fleet.run(&["publish", "www"]).ok();
        let (_, index, feed) = read_as_install(&www, &root, fleet.now);
        assert_eq!((index.number, feed.number), (before.number + 1, feed_before.number));
        fleet.now += 4 * DAY;
        fleet.run(&["publish", "www"]).ok();
        let (_, later, feed) = read_as_install(&www, &root, fleet.now);
        assert_eq!((later.number, feed.number), (index.number + 1, feed_before.number + 1));
        assert!(later.expires > fleet.now + 6 * DAY);
    }

    fn a_revoked_key_is_told_by_its_token(engine) {
        let mut fleet = Fleet::new(engine);
        let key = fleet.key();
        let root = fleet.ceremony();
        fleet.run(&["publish", "www"]).ok();
        let www = fleet.scratch("www");
        let (trust, ..) = read_as_install(&www, &root, fleet.now);
        let before = activation::read(&read(&www, &token_path(&key)), &trust).unwrap();
        fleet.now += DAY;
        fleet.run(&["key", "revoke", &key, "--reason", "returned"]).ok();
        fleet.run(&["publish", "www"]).ok();
        let token = activation::read(&read(&www, &token_path(&key)), &trust).unwrap();
        assert!(token.issued_at > before.issued_at && token.valid_until == fleet.now);
    }

    fn a_new_key_signs_what_is_published_next_with_higher_numbers(engine) {
        let fleet = Fleet::new(engine);
        let root = fleet.ceremony();
        fleet.run(&["publish", "www"]).ok();
        let www = fleet.scratch("www");
        let (old, before, _) = read_as_install(&www, &root, fleet.now);
        let feed_id = fleet.json(&["signing", "show"])["keys"][0]["id"].as_str().unwrap().to_string();
        fleet.run(&["signing", "next", "feed"]).ok();
        fleet.vouch(&["--revoke", &feed_id], &[]);
        fleet.run(&["publish", "www"]).ok();
        let (_, index, feed) = read_as_install(&www, &root, fleet.now);
        assert!(index.number > before.number && feed.number > before.files[FEED].number);
        assert!(envelope::open::<Index>(&read(&www, INDEX), Kind::Index, &old, Kind::Index.cap()).is_err());
    }

    fn several_who_publish_at_once_leave_one_whole_set(engine) {
        let fleet = Fleet::new(engine);
        let root = fleet.ceremony();
        let all: Vec<Vec<&str>> = (0..4).map(|_| vec!["publish", "www"]).collect();
        for ran in fleet.at_once(&all) {
            if ran.code != 0 { ran.refused("F1040"); }
        }
        read_as_install(&fleet.scratch("www"), &root, fleet.now);
    }

    fn an_expired_list_of_keys_publishes_nothing_and_its_end_is_told_in_time(engine) {
        let mut fleet = Fleet::new(engine);
        fleet.ceremony();
        fleet.run(&["publish", "www"]).ok();
        let before = all_files(&fleet.scratch("www"));
        fleet.now += 340 * DAY;
        let warned = fleet.run(&["publish", "www"]).ok();
        assert!(warned.err.contains("ends in 25 days"), "{}", warned.err);
        let late = all_files(&fleet.scratch("www"));
        assert_ne!(before, late);
        fleet.now += 26 * DAY;
        fleet.run(&["publish", "www"]).refused("F1029");
        assert_eq!(all_files(&fleet.scratch("www")), late);
    }
}

#[test]
fn numbers_rise_also_after_the_database_came_back_from_a_backup() {
    let fleet = Fleet::new(On::Sqlite);
    let root = fleet.ceremony();
    let (database, backup) = (fleet.data().join("fleet.sqlite"), fleet.scratch("backup.sqlite"));
    std::fs::copy(&database, &backup).unwrap();
    fleet.run(&["publish", "www"]).ok();
    let id = fleet.json(&["signing", "show"])["keys"][0]["id"].as_str().unwrap().to_string();
    fleet.run(&["signing", "next", "feed"]).ok();
    let list = fleet.vouch(&["--revoke", &id], &[]);
    fleet.run(&["publish", "www"]).ok();
    let www = fleet.scratch("www");
    let (_, before, _) = read_as_install(&www, &root, fleet.now);
    std::fs::copy(&backup, &database).unwrap();
    // The old list does not know the key that signs now: nothing is published by it.
    fleet.run(&["publish", "www"]).refused("F1030");
    fleet.run(&["signing", "take", list.to_str().unwrap()]).ok();
    fleet.run(&["publish", "www"]).ok();
    let (_, after, feed) = read_as_install(&www, &root, fleet.now);
    assert!(after.number > before.number && feed.number > before.files[FEED].number, "{after:?}");
}

#[test]
fn killed_at_any_moment_it_leaves_whole_files_and_the_next_run_ends_the_work() {
    let mut fleet = Fleet::new(On::Sqlite);
    let customer = fleet.customer();
    for _ in 0..30 {
        fleet.run(&["key", "issue", "--customer", &customer, "--days", "30"]).ok();
    }
    let root = fleet.ceremony();
    let www = fleet.scratch("www");
    fleet.run(&["publish", "www"]).ok();
    let (trust, ..) = read_as_install(&www, &root, fleet.now);
    for kill in 0..25 {
        // Everything is due again: the signed files by their time, the tokens by a change.
        fleet.now += 8 * DAY;
        let mut child =
            fleet.command(&["publish", "www"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(kill * 2500));
        let _ = child.kill();
        child.wait().unwrap();
        for (path, bytes) in all_files(&www) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with(".new-") {
                continue;
            }
            let text = String::from_utf8(bytes).unwrap();
            match name.as_str() {
                INDEX => {
                    assert!(envelope::open::<Index>(&text, Kind::Index, &trust, Kind::Index.cap()).is_ok())
                }
                FEED => assert!(envelope::open::<Feed>(&text, Kind::Feed, &trust, Kind::Feed.cap()).is_ok()),
                KEYS => assert!(envelope::kind_of(&text).is_ok()),
                _ if path.starts_with("tokens") => {
                    assert!(activation::read(&text, &trust).is_ok(), "{path:?}")
                }
                _ => assert!(text.ends_with("</html>"), "{path:?}"),
            }
        }
        if kill % 8 == 7 {
            fleet.run(&["publish", "www"]).ok();
            read_as_install(&www, &root, fleet.now);
        }
    }
    fleet.run(&["publish", "www"]).ok();
    read_as_install(&www, &root, fleet.now);
    assert!(!all_files(&www).keys().any(|path| path.to_string_lossy().contains(".new-")));
}

#[test]
fn a_folder_that_cannot_be_written_is_said_by_its_name() {
    let fleet = Fleet::new(On::Sqlite);
    fleet.ceremony();
    std::fs::write(fleet.scratch("file"), "").unwrap();
    assert!(fleet.run(&["publish", "file/www"]).refused("F1033").err.contains("file/www"));
}
