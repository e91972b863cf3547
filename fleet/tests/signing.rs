//! The signing keys: who vouches for whom, and that an install believes exactly that.
//! Not what is signed: publish, keys.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a broken check may stop here"
)]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use neo::error::Result;
use neo::link::envelope::{self, Kind, refuse_old};
use neo::link::feed::Feed;
use neo::link::key::{KeyList, PublicKey, Role, SigningKey, Trust};
use support::{Fleet, On};

/// An install: the roots it was built with, and the newest list that it took.
struct Install {
    trust: Trust,
    now: i64,
}

impl Install {
    fn new(roots: &[&str], now: i64) -> Install {
        let roots = roots.iter().map(|root| PublicKey::parse(root).unwrap()).collect();
        Install { trust: Trust { roots, list: None }, now }
    }

    /// As NEO takes keys.json.
    fn take(&mut self, file: &Path) -> Result<()> {
        let text = std::fs::read_to_string(file).unwrap();
        let list: KeyList = envelope::open(text.trim(), Kind::Keys, &self.trust, Kind::Keys.cap())?;
        let seen = self.trust.list.as_ref().map_or(i64::MIN, |list| list.number);
        refuse_old(list.number, seen, list.expires, self.now)?;
        self.trust.list = Some(list);
        Ok(())
    }

    fn believes(&self, feed: &str) -> bool {
        envelope::open::<Feed>(feed, Kind::Feed, &self.trust, Kind::Feed.cap()).is_ok()
    }
}

fn seed(fleet: &Fleet, name: &str) -> SigningKey {
    let text = std::fs::read_to_string(fleet.data().join("keys").join(name)).unwrap();
    let bytes = data_encoding::BASE64URL_NOPAD.decode(text.trim().as_bytes()).unwrap();
    SigningKey::from_seed(bytes.try_into().unwrap()).unwrap()
}

fn feed_by(key: &SigningKey) -> String {
    let feed = Feed { number: 1, issued_at: 0, expires: i64::MAX, incidents: Vec::new(), news: Vec::new() };
    envelope::seal(Kind::Feed, &feed, key).unwrap()
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

on_both_engines! {
    fn an_install_believes_each_key_in_its_role_and_no_other(engine) {
        let fleet = Fleet::new(engine);
        let root = fleet.ceremony();
        let signed = fleet.vouch(&[], &[]);
        let mut install = Install::new(&[&root], fleet.now);
        let feed = seed(&fleet, "feed.seed");
        assert!(!install.believes(&feed_by(&feed)), "before it has heard the list");
        install.take(&signed).unwrap();
        assert!(install.believes(&feed_by(&feed)));
        for role in [Role::Feed, Role::Release, Role::Activation, Role::Tick] {
            let id = seed(&fleet, &format!("{}.seed", role.word())).public().id();
            for other in [Role::Feed, Role::Release, Role::Activation, Role::Tick] {
                assert_eq!(install.trust.key(&id, other).is_ok(), role == other, "{role:?} {other:?}");
            }
        }
        assert!(!install.believes(&feed_by(&seed(&fleet, "tick.seed"))));
        let stranger = SigningKey::generate().unwrap();
        assert!(Install::new(&[&stranger.public().to_string()], fleet.now).take(&signed).is_err());
    }

    fn a_key_is_rotated_without_a_moment_in_which_an_install_believes_nobody(engine) {
        let fleet = Fleet::new(engine);
        let root = fleet.ceremony();
        let mut install = Install::new(&[&root], fleet.now);
        fleet.run(&["signing", "switch", "feed"]).refused("F1032");
        fleet.run(&["signing", "next", "feed"]).ok();
        fleet.run(&["signing", "switch", "feed"]).refused("F1039");
        let (old, new) = (seed(&fleet, "feed.seed"), seed(&fleet, "feed.next.seed"));
        install.take(&fleet.vouch(&[], &[])).unwrap();
        assert!(install.believes(&feed_by(&old)) && install.believes(&feed_by(&new)));
        fleet.run(&["signing", "switch", "feed"]).ok();
        assert_eq!(seed(&fleet, "feed.seed").public(), new.public());
        assert!(!fleet.data().join("keys/feed.next.seed").exists());
        // The next list does not name the old key any more.
        install.take(&fleet.vouch(&[], &[])).unwrap();
        assert!(!install.believes(&feed_by(&old)) && install.believes(&feed_by(&new)));
    }

    fn a_stolen_key_is_revoked_by_one_list_and_its_successor_signs_at_once(engine) {
        let fleet = Fleet::new(engine);
        let root = fleet.ceremony();
        let before = fleet.vouch(&[], &[]);
        let mut install = Install::new(&[&root], fleet.now);
        install.take(&before).unwrap();
        let stolen = seed(&fleet, "feed.seed");
        let id = stolen.public().id();
        // Without a successor nobody could sign the feed.
        fleet.run(&["signing", "request", "none.json", "--revoke", &id]).refused("F1032");
        fleet.run(&["signing", "next", "feed"]).ok();
        let new = seed(&fleet, "feed.next.seed");
        let after = fleet.vouch(&["--revoke", &id], &[]);
        assert_eq!(seed(&fleet, "feed.seed").public(), new.public());
        install.take(&after).unwrap();
        assert!(!install.believes(&feed_by(&stolen)) && install.believes(&feed_by(&new)));
        // Who holds the stolen key cannot bring the old list back.
        assert!(install.take(&before).is_err());
        fleet.run(&["signing", "take", before.to_str().unwrap()]).refused("E1257");
        // What was revoked stays revoked in every later list.
        let later = fleet.vouch(&[], &[]);
        let mut late = Install::new(&[&root], fleet.now);
        late.take(&later).unwrap();
        assert!(!late.believes(&feed_by(&stolen)) && late.believes(&feed_by(&new)));
        assert!(late.trust.list.unwrap().revoked.contains(&id));
    }

    fn the_root_is_rotated_by_a_release_that_carries_both_and_a_list_that_revokes_the_old(engine) {
        let fleet = Fleet::new(engine);
        let old = fleet.ceremony();
        let first = fleet.vouch(&[], &[]);
        let rotated = fleet.json(&["root", "rotate", "offline/root2.seed", "--root", "offline/root.seed"]);
        let both = rotated["roots"].as_str().unwrap();
        let new = rotated["new"].as_str().unwrap();
        let mut install = Install::new(&both.split(',').collect::<Vec<_>>(), fleet.now);
        install.take(&first).unwrap();
        let old_id = rotated["old_id"].as_str().unwrap();
        // The fleet has to be told first whom installs believe.
        let second = fleet.vouch_by("offline/root2.seed", &["--revoke", old_id], &["--root", both]);
        install.take(&second).unwrap();
        let forged = fleet.scratch("forged.json");
        let list = KeyList { number: 99, issued_at: 0, expires: i64::MAX, keys: Vec::new(), revoked: Vec::new() };
        let seed = std::fs::read_to_string(fleet.scratch("offline/root.seed")).unwrap();
        let seed = data_encoding::BASE64URL_NOPAD.decode(seed.trim().as_bytes()).unwrap();
        let stolen = SigningKey::from_seed(seed.try_into().unwrap()).unwrap();
        std::fs::write(&forged, envelope::seal(Kind::Keys, &list, &stolen).unwrap()).unwrap();
        assert!(install.take(&forged).is_err(), "the old root is worth nothing any more");
        fleet.run(&["signing", "take", "forged.json"]).refused("E1255");
        // An install that was built with the old root only waits for its update, and is not fooled meanwhile.
        assert!(Install::new(&[&old], fleet.now).take(&second).is_err());
        fleet.run(&["signing", "take", second.to_str().unwrap(), "--root", new]).ok();
        fleet.vouch_by("offline/root2.seed", &[], &[]);
    }

    fn a_list_is_taken_only_if_installs_would_take_it(engine) {
        let mut fleet = Fleet::new(engine);
        fleet.run(&["signing", "request", "early.json"]).refused("F1024");
        let root = fleet.ceremony();
        let first = fleet.vouch(&[], &[]);
        let second = fleet.vouch(&["--days", "10"], &[]);
        fleet.run(&["signing", "take", first.to_str().unwrap()]).refused("E1257");
        fleet.run(&["signing", "take", second.to_str().unwrap()]).ok();
        fleet.run(&["root", "new", "offline/other.seed"]).ok();
        fleet.run(&["signing", "request", "wish.json"]).ok();
        fleet.run(&["root", "sign", "wish.json", "--root", "offline/other.seed", "--out", "foreign.json"]).ok();
        fleet.run(&["signing", "take", "foreign.json"]).refused("E1254");
        let text = std::fs::read_to_string(&second).unwrap();
        std::fs::write(fleet.scratch("bent.json"), text.replacen("\\\"number\\\":", "\\\"number\\\":1", 1)).unwrap();
        assert_ne!(fleet.run(&["signing", "take", "bent.json"]).code, 0);
        fleet.run(&["root", "sign", "wish.json", "--root", "offline/root.seed", "--out", "late.json"]).ok();
        fleet.now += 400 * 86_400;
        assert_ne!(fleet.run(&["signing", "take", "late.json"]).code, 0, "it has expired");
        assert!(!root.is_empty());
    }
}

#[test]
fn the_root_needs_no_fleet_signs_no_number_twice_and_nothing_that_is_wrong() {
    let fleet = Fleet::new(On::Sqlite);
    fleet.ceremony();
    fleet.run(&["signing", "request", "a.json"]).ok();
    let offline = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_neo-fleet"));
        command.env_clear().current_dir(fleet.root()).args(arguments);
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let sign = |request: &str, out: &str| {
        offline(&["root", "sign", request, "--root", "offline/root.seed", "--out", out])
    };
    assert_eq!(sign("a.json", "a-signed.json").0, 0);
    assert_eq!(sign("a.json", "a-again.json").0, 0, "the same again is the same");
    let read = |name: &str| std::fs::read_to_string(fleet.scratch(name)).unwrap();
    assert_eq!(read("a-signed.json"), read("a-again.json"));
    assert!(sign("a.json", "a-signed.json").1.contains("(F1026)"), "nothing is written over");
    let request: serde_json::Value = serde_json::from_str(&read("a.json")).unwrap();
    let bent = |name: &str, bend: &dyn Fn(&mut serde_json::Value)| {
        let mut bent = request.clone();
        bend(&mut bent);
        std::fs::write(fleet.scratch(name), bent.to_string()).unwrap();
        sign(name, &format!("{name}.signed")).1
    };
    assert!(bent("same-number.json", &|list| list["expires"] = (i64::MAX - 1).into()).contains("(F1031)"));
    assert!(bent("lower.json", &|list| list["number"] = 1.into()).contains("(F1031)"));
    assert!(bent("name.json", &|list| list["keys"][0]["id"] = "mmml4h7ajv26jym5".into()).contains("(F1038)"));
    assert!(bent("none.json", &|list| list["keys"] = serde_json::json!([])).contains("(F1038)"));
    assert!(
        bent("both.json", &|list| list["revoked"] = serde_json::json!([list["keys"][0]["id"]]))
            .contains("(F1038)")
    );
    assert!(!fleet.scratch("fleet-data").exists(), "no data folder was made");
}

#[test]
fn a_public_half_that_begins_with_a_hyphen_is_no_option() {
    let fleet = Fleet::new(On::Sqlite);
    fleet.run(&["signing", "new"]).ok();
    let root = loop {
        let root = SigningKey::generate().unwrap();
        if root.public().to_string().starts_with('-') {
            break root;
        }
    };
    let folder = fleet.scratch("offline");
    std::fs::create_dir(&folder).unwrap();
    set_mode(&folder, 0o700);
    std::fs::write(folder.join("root.seed"), data_encoding::BASE64URL_NOPAD.encode(root.seed())).unwrap();
    set_mode(&folder.join("root.seed"), 0o600);
    fleet.vouch(&[], &["--root", &root.public().to_string()]);
}

#[test]
fn a_seed_that_others_can_read_is_refused_and_none_is_ever_printed() {
    let fleet = Fleet::new(On::Sqlite);
    fleet.ceremony();
    fleet.run(&["signing", "next", "tick"]).ok();
    let keys = fleet.data().join("keys");
    let mut seeds: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(&keys).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
        seeds.push(std::fs::read_to_string(path).unwrap().trim().to_string());
    }
    seeds.push(std::fs::read_to_string(fleet.scratch("offline/root.seed")).unwrap().trim().to_string());
    assert_eq!(seeds.len(), 6);
    assert_eq!(std::fs::metadata(&keys).unwrap().permissions().mode() & 0o777, 0o700);
    let key = fleet.key();
    let all: [&[&str]; 9] = [
        &["--json", "signing", "show"],
        &["signing", "show"],
        &["signing", "new"],
        &["--json", "signing", "next", "tick"],
        &["--json", "signing", "request", "r.json"],
        &["--json", "root", "sign", "r.json", "--root", "offline/root.seed", "--out", "s.json"],
        &["--json", "root", "show", "offline/root.seed"],
        &["--json", "key", "token", &key],
        &["--json", "audit"],
    ];
    for arguments in all {
        let ran = fleet.run(arguments).ok();
        for seed in &seeds {
            assert!(!ran.out.contains(seed) && !ran.err.contains(seed), "{arguments:?}");
        }
    }
    set_mode(&keys.join("activation.seed"), 0o640);
    let refused = fleet.run(&["key", "token", &key]).refused("F1025");
    assert!(!seeds.iter().any(|seed| refused.err.contains(seed)));
    set_mode(&keys.join("activation.seed"), 0o600);
    set_mode(&keys, 0o755);
    fleet.run(&["key", "token", &key]).refused("F1025");
    set_mode(&keys, 0o700);
    std::fs::write(keys.join("activation.seed"), "half").unwrap();
    fleet.run(&["key", "token", &key]).refused("F1027");
    set_mode(&fleet.scratch("offline"), 0o750);
    fleet.run(&["root", "show", "offline/root.seed"]).refused("F1025");
}
