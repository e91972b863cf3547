//! After the gate: 1, 10, 50 and 100 % of the sites, and the stop when those do worse; a withdrawal at any time.
//! Not the gate itself: release_gate. Not what installs do with the manifest: that is NEO's update.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says by a panic what failed, also in its helpers"
)]

mod support;

use std::collections::BTreeMap;

use neo::link::update::bucket;
use neo_fleet::releases::event::{Candidate, Event};
use neo_fleet::releases::history::{Release, Step};
use neo_fleet::releases::judge::{Group, Verdict};
use neo_fleet::releases::manifest_content;
use neo_fleet::releases::rollout;
use neo_fleet::store::releases::Seen;
use support::On;
use support::gate::{DAY, Gate, HOUR, VERSION};

/// A published release and a fleet of sites.
fn published(engine: On, sites: usize) -> Gate {
    let mut gate = Gate::new(engine);
    gate.open().ok();
    gate.check_all_days();
    gate.sign("Hanako").ok();
    gate.sign("Taro").ok();
    gate.publish().ok();
    let rows: Vec<String> = (0..sites)
        .map(|number| format!("('site{number}', 'http://x/', 'p', 'cron', 'active', 1, '0.1.0')"))
        .collect();
    gate.sql(&format!(
        "insert into sites (id, tick_url, provider, wanted_clock, state, added_at, version) values {}",
        rows.join(",")
    ));
    gate
}

/// Every site is called and answers; those that are offered the release have taken it.
fn all_answer(gate: &Gate, sites: usize, permille: u16) {
    gate.sql(&format!("update sites set last_call = {0}, last_ok = {0}", gate.fleet.now));
    let updated: Vec<String> = offered(sites, permille).iter().map(|site| format!("'{site}'")).collect();
    if !updated.is_empty() {
        gate.sql(&format!("update sites set version = '{VERSION}' where id in ({})", updated.join(",")));
    }
}

fn offered(sites: usize, permille: u16) -> Vec<String> {
    (0..sites).map(|number| format!("site{number}")).filter(|site| bucket(site, VERSION) < permille).collect()
}

fn permille(gate: &Gate) -> u16 {
    manifest_content(&mut gate.store(), gate.fleet.now).unwrap().unwrap().rollout_permille
}

on_both_engines! {
    fn a_release_reaches_everybody_in_four_steps_each_in_its_time(engine) {
        let mut gate = published(engine, 300);
        gate.run(&["rollout", VERSION, "--permille", "1000"]).refused("F1371");
        gate.run(&["rollout", VERSION, "--permille", "10"]).ok();
        assert_eq!(permille(&gate), 10);
        gate.run(&["rollout", VERSION, "--permille", "100"]).refused("F1372");
        for (step, next, lasts) in [(10, 100, DAY), (100, 500, DAY), (500, 1000, 2 * DAY)] {
            gate.fleet.now += lasts - HOUR;
            all_answer(&gate, 300, step);
            let early = gate.run_json(&["watch", "--auto"]).json();
            assert_eq!(early["watched"][0]["permille"], step, "{early}");
            gate.fleet.now += HOUR;
            let stepped = gate.run_json(&["watch", "--auto"]).json();
            assert_eq!(stepped["watched"][0]["permille"], next, "{stepped}");
        }
        assert_eq!(permille(&gate), 1000);
        gate.run(&["rollout", VERSION, "--permille", "1000"]).refused("F1375");
        let auto = gate.run_json(&["rollout", VERSION, "--auto"]).json();
        assert_eq!(auto["permille"], 1000);
    }

    fn a_release_that_nobody_took_goes_no_further(engine) {
        let mut gate = published(engine, 300);
        gate.run(&["rollout", VERSION, "--permille", "10"]).ok();
        gate.fleet.now += DAY;
        all_answer(&gate, 300, 0);
        gate.run(&["rollout", VERSION, "--permille", "100"]).refused("F1373");
    }

    fn updated_sites_that_trip_their_guard_stop_the_rollout(engine) {
        let mut gate = published(engine, 300);
        gate.run(&["rollout", VERSION, "--permille", "10"]).ok();
        gate.fleet.now += DAY;
        all_answer(&gate, 300, 10);
        gate.run(&["rollout", VERSION, "--permille", "100"]).ok();
        gate.fleet.now += HOUR;
        all_answer(&gate, 300, 100);
        gate.sql(&format!("update sites set trips = 3 where version = '{VERSION}'"));
        let watched = gate.run_json(&["watch"]).json();
        assert!(watched["watched"][0]["stopped"].as_str().unwrap().contains("running"), "{watched}");

        let manifest = manifest_content(&mut gate.store(), gate.fleet.now).unwrap().unwrap();
        assert!(manifest.halted && manifest.rollout_permille == 100);
        gate.run(&["rollout", VERSION, "--permille", "500"]).refused("F1374");
        assert_eq!(gate.status()["releases"][0]["state"], "stopped");
    }

    fn sites_that_went_back_or_fell_silent_count_although_they_do_not_say_the_new_version(engine) {
        let mut gate = published(engine, 300);
        gate.run(&["rollout", VERSION, "--permille", "10"]).ok();
        gate.fleet.now += DAY;
        all_answer(&gate, 300, 10);
        gate.run(&["rollout", VERSION, "--permille", "100"]).ok();
        let before = gate.fleet.now;
        gate.fleet.now += HOUR;
        all_answer(&gate, 300, 0);
        gate.sql("update sites set version = '0.1.0'");
        // Of those offered some went back by themselves and some do not answer.
        for (number, site) in offered(300, 100).iter().enumerate() {
            match number % 3 {
                0 => gate.sql(&format!("update sites set trips = 1 where id = '{site}'")),
                1 => gate.sql(&format!("update sites set last_ok = {before} where id = '{site}'")),
                _ => {}
            }
        }
        let watched = gate.run_json(&["watch", "--auto"]).json();
        assert!(watched["watched"][0]["stopped"].as_str().unwrap().contains("offered"), "{watched}");
    }

    fn after_a_stop_somebody_says_why_it_goes_on_and_the_step_begins_anew(engine) {
        let mut gate = published(engine, 300);
        gate.run(&["rollout", VERSION, "--resume", "--by", "Hanako", "--says", "x"]).refused("F1376");
        gate.run(&["rollout", VERSION, "--permille", "10"]).ok();
        gate.fleet.now += DAY;
        all_answer(&gate, 300, 10);
        gate.run(&["rollout", VERSION, "--permille", "100"]).ok();
        all_answer(&gate, 300, 100);
        gate.sql(&format!("update sites set trips = 1 where version = '{VERSION}'"));
        gate.run(&["watch"]).ok();
        gate.run(&["rollout", VERSION, "--resume"]).refused("F1377");
        gate.fleet.now += HOUR;
        gate.run(&["rollout", VERSION, "--resume", "--by", "Hanako", "--says", "The host had switched PHP off."]).ok();
        assert!(!manifest_content(&mut gate.store(), gate.fleet.now).unwrap().unwrap().halted);
        gate.fleet.now += DAY - HOUR;
        gate.run(&["rollout", VERSION, "--permille", "500"]).refused("F1372");
    }

    fn a_withdrawn_release_is_named_as_withdrawn_and_never_comes_back(engine) {
        let gate = published(engine, 10);
        gate.run(&["rollout", VERSION, "--permille", "10"]).ok();
        let number = manifest_content(&mut gate.store(), gate.fleet.now).unwrap().unwrap().number;
        gate.run(&["halt", VERSION, "--why", "It loops."]).ok();
        let manifest = manifest_content(&mut gate.store(), gate.fleet.now).unwrap().unwrap();
        assert!(manifest.halted && manifest.number > number);
        assert_eq!(manifest.withdrawn, [VERSION]);
        assert!(gate.publish_files().unwrap().halted);
        gate.run(&["rollout", VERSION, "--permille", "100"]).refused("F1303");
        gate.run(&["rollout", VERSION, "--resume", "--by", "x", "--says", "y"]).refused("F1303");
        gate.run(&["halt", VERSION, "--why", "Again."]).refused("F1303");
        gate.open().refused("F1303");
        gate.publish().refused("F1350");
    }
}

#[test]
fn a_manifest_of_a_published_row_without_signatures_is_not_made() {
    let gate = Gate::new(On::Sqlite);
    gate.open().ok();
    let event = Event::Published { version: VERSION.to_string() };
    gate.forge(&event, gate.fleet.now);
    assert!(manifest_content(&mut gate.store(), gate.fleet.now).is_err());
}

#[test]
fn a_log_that_was_tampered_with_changes_no_manifest_and_keeps_no_news_back() {
    let gate = published(On::Sqlite, 3);
    gate.run(&["rollout", VERSION, "--permille", "10"]).ok();
    let before = gate.publish_files().unwrap();
    assert_eq!(before.rollout_permille, 10);
    let forged = Event::Rollout {
        version: VERSION.into(),
        permille: 1000,
        automatic: false,
        others: Group::default(),
    };
    gate.forge_with(&forged, gate.fleet.now, &ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"a guess"));
    assert_eq!(gate.publish_files().unwrap(), before);
    let folder = gate.fleet.scratch("web").display().to_string();
    let said = gate.fleet.run(&["publish", &folder]).ok().err;
    assert!(said.contains("(F1337)"), "{said}");
}

#[test]
fn a_signer_on_her_own_machine_signs_what_that_machine_has_known_for_seven_days() {
    let mut gate = Gate::new(On::Sqlite);
    gate.open().ok();
    let (statement, key) =
        (gate.fleet.scratch("statement.json"), gate.key_file("Taro").display().to_string());
    let print = |gate: &Gate| {
        let text = gate.run(&["statement", VERSION]).ok().out;
        std::fs::write(&statement, text).unwrap();
    };
    let path = statement.display().to_string();
    let sign = ["sign", "--statement", &path, "--key", &key];
    print(&gate);
    gate.run(&sign).refused("F1381");
    gate.check_all_days();

    // Her clock is not the vendor's: a statement of last week, and one of a log that was known to be longer.
    gate.run(&sign).refused("F1379");
    print(&gate);
    let long = std::fs::read_to_string(&statement).unwrap();
    let carried = gate.run(&sign).ok().out;
    let shorter: serde_json::Value = serde_json::from_str(&long).unwrap();
    let mut shorter = shorter;
    shorter["log"]["number"] = 7.into();
    std::fs::write(&statement, shorter.to_string()).unwrap();
    gate.run(&sign).refused("F1380");

    let file = gate.fleet.scratch("carried.json");
    std::fs::write(&file, carried).unwrap();
    gate.run(&["sign", VERSION, "--signature", &file.display().to_string()]).ok();
    gate.sign("Hanako").ok();
    assert_eq!(gate.publish().json()["published"], true);
}

/// A published release that is offered to so many, without a database.
fn release(permille: u16) -> Release {
    let candidate = Candidate {
        version: VERSION.to_string(),
        security: false,
        notes_ja: String::new(),
        notes_en: String::new(),
        artefacts: Vec::new(),
        plan: String::new(),
    };
    let others = Group::default();
    let steps = vec![Step { at: 0, permille, automatic: false, others }];
    Release {
        candidate,
        plan_path: String::new(),
        opened: 1,
        opened_at: 0,
        rounds: 1,
        restarts: Vec::new(),
        changed: None,
        checks: Vec::new(),
        explained: BTreeMap::new(),
        signatures: Vec::new(),
        published_at: Some(0),
        halted: None,
        steps,
        stopped: None,
        resumed_at: None,
    }
}

/// A generator of dice that falls the same way each time (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
    fn falls(&mut self, per_thousand: u64) -> bool {
        self.next() % 1000 < per_thousand
    }
}

/// How a simulated rollout went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Stopped(u16),
    /// At the end of this step the figures were not calm enough for the next one: somebody has to look.
    Held(u16),
    Through,
}

/// Four days of a rollout (1 %, 10 %, 50 % twice) with a look every three hours. Each day a site trips with `base` in a
/// thousand, an updated one with `harm` more; each day one of ten providers may fail as a whole.
fn simulate(fleet: usize, base: u64, harm: u64, seed: u64) -> Course {
    let mut dice = Dice(seed);
    let sites: Vec<String> = (0..fleet).map(|_| format!("s{:x}", dice.next())).collect();
    for permille in [10, 100, 500, 500] {
        let release = release(permille);
        let failing = dice.falls(200).then(|| dice.next() as usize % 10);
        let mut seen: Vec<Seen> = Vec::new();
        // At which hour of the day each is called, and trips.
        let mut hours: Vec<(u64, u64)> = Vec::new();
        for (number, id) in sites.iter().enumerate() {
            let is_updated = bucket(id, VERSION) < permille;
            let trips = dice.falls(base) || (is_updated && dice.falls(harm));
            hours.push((dice.next() % 24, if trips { dice.next() % 24 } else { 99 }));
            let version = if is_updated { VERSION } else { "0.1.0" }.to_string();
            let is_silent = failing == Some(number % 10);
            let last_ok = Some(if is_silent { -1 } else { 1 });
            seen.push(Seen { id: id.clone(), version, trips: 0, last_call: None, last_ok });
        }
        let mut verdict = Verdict::Calm;
        for hour in (2..24).step_by(3) {
            for (site, (called, trips)) in seen.iter_mut().zip(&hours) {
                site.last_call = (hour >= *called).then_some(1);
                site.trips = i64::from(hour >= *trips);
            }
            verdict = rollout::figures(&seen, &release, 0).verdict();
            if verdict == Verdict::Stop {
                return Course::Stopped(permille);
            }
        }
        if verdict == Verdict::Wait {
            return Course::Held(permille);
        }
    }
    Course::Through
}

#[test]
fn of_harmless_rollouts_fewer_than_one_in_twenty_is_stopped_in_fleets_of_any_size() {
    for (fleet, base) in [(50, 20), (300, 20), (1000, 5), (1000, 50)] {
        let courses = (0..100).map(|seed| simulate(fleet, base, 0, seed * 7919 + 1));
        let stopped = courses.filter(|course| matches!(course, Course::Stopped(_))).count();
        assert!(stopped < 5, "{fleet} sites, {base} of 1000 trip a day: {stopped} of 100 stopped");
    }
}

#[test]
fn a_release_that_trips_every_fourth_site_a_day_is_stopped_or_held_before_everybody_has_it() {
    for (fleet, latest) in [(50, 500), (300, 500), (1000, 100)] {
        let courses: Vec<Course> = (0..50).map(|seed| simulate(fleet, 10, 250, seed * 104_729 + 3)).collect();
        let in_time = |course: &&Course| match course {
            Course::Stopped(permille) | Course::Held(permille) => *permille <= latest,
            Course::Through => false,
        };
        let count = courses.iter().filter(in_time).count();
        assert!(count >= 48, "{fleet} sites: {count} of 50 by {latest} of 1000: {courses:?}");
    }
}

#[test]
fn a_release_that_loops_everywhere_is_stopped_with_the_first_tenth_also_in_a_fleet_of_fifty() {
    for fleet in [50, 1000] {
        let courses: Vec<Course> = (0..50).map(|seed| simulate(fleet, 10, 1000, seed * 31_337 + 5)).collect();
        let count = courses
            .iter()
            .filter(|course| matches!(course, Course::Stopped(10 | 100) | Course::Held(10 | 100)))
            .count();
        assert!(count >= 48, "{fleet} sites: {count} of 50: {courses:?}");
    }
}
