//! The one interface to the database says the same on both engines.
//! Not the queries of nouns: those are tested through the commands.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a broken check may stop here"
)]

mod support;

use neo::error::{Error, Result};
use neo_fleet::store::{DatabaseUrl, Store, Value};
use neo_fleet::texts::errors;
use neo_fleet::values;
use support::Fleet;

fn open(fleet: &Fleet) -> Store {
    Store::open(&DatabaseUrl::parse(&fleet.database()).unwrap()).unwrap()
}

fn meta_names(store: &mut Store) -> Vec<String> {
    let rows = store.query("select name from meta where name like 't-%' order by name", &[]).unwrap();
    rows.iter().map(|row| row.text(0).unwrap()).collect()
}

on_both_engines! {
    fn what_goes_in_comes_out(engine) {
        let fleet = Fleet::new(engine);
        let mut store = open(&fleet);
        store.batch(&store.dialect().translate("create table kept (id {id}, number BIGINT, text TEXT, bytes BYTEA) {strict}")).unwrap();
        let insert = "insert into kept (number, text, bytes) values ($3, $1, $2) returning id, number, text, bytes";
        let row = store.row(insert, &values!["花子 '$1' \u{10ffff}", vec![0_u8, 255, 39], i64::MIN]).unwrap().unwrap();
        assert_eq!((row.integer(0).unwrap(), row.integer(1).unwrap()), (1, i64::MIN));
        assert_eq!(row.text(2).unwrap(), "花子 '$1' \u{10ffff}");
        assert_eq!(row.bytes(3).unwrap(), [0, 255, 39]);
        let empty = store.row(insert, &[Value::Null, Value::Null, Value::Null]).unwrap().unwrap();
        assert_eq!((empty.optional_integer(1).unwrap(), empty.optional_text(2).unwrap()), (None, None));
        assert!(empty.integer(1).is_err() && empty.text(1).is_err() && empty.text(9).is_err());
        // PostgreSQL cannot keep a NUL in a text.
        let odd = store.row(insert, &values!["a\0b", Vec::<u8>::new(), 0]).unwrap().unwrap();
        assert_eq!(odd.text(2).unwrap(), "a\u{fffd}b");
        assert_eq!(store.number("select cast(sum(id) as bigint) from kept", &[]).unwrap(), 6);
        assert_eq!(store.number("select max(id) from kept where id > 9", &[]).unwrap(), 0);
    }

    fn texts_sort_by_their_bytes_or_pages_would_differ(engine) {
        let fleet = Fleet::new(engine);
        let mut store = open(&fleet);
        for name in ["t-あ", "t-a", "t-Z", "t-é", "t-_", "t-a b", "t-1"] {
            store.set_meta(name, "").unwrap();
        }
        assert_eq!(meta_names(&mut store), ["t-1", "t-Z", "t-_", "t-a", "t-a b", "t-é", "t-あ"]);
    }

    fn a_transaction_is_all_or_nothing_and_one_inside_is_a_part_of_it(engine) {
        let fleet = Fleet::new(engine);
        let mut store = open(&fleet);
        let failed: Result<()> = store.transaction(|store| {
            store.set_meta("t-1", "")?;
            store.transaction(|store| store.set_meta("t-2", ""))?;
            Err(Error::invalid(errors::SAME_PLACE))
        });
        assert!(failed.is_err());
        assert!(meta_names(&mut store).is_empty());
        // Also where the database itself refuses.
        let failed = store.transaction(|store| {
            store.set_meta("t-1", "")?;
            store.execute("insert into meta (name, value) values ($1, $1)", &values!["t-1"])
        });
        assert!(failed.is_err());
        assert!(meta_names(&mut store).is_empty());
        store.transaction(|store| store.set_meta("t-3", "")).unwrap();
        assert_eq!(meta_names(&mut store), ["t-3"]);
    }

    fn a_transaction_is_as_if_it_were_alone(engine) {
        let fleet = Fleet::new(engine);
        let threads: Vec<_> = (0..6)
            .map(|_| {
                let mut store = open(&fleet);
                std::thread::spawn(move || (0..10).map(|_| store.next_number("t-n").unwrap()).collect::<Vec<i64>>())
            })
            .collect();
        let mut numbers: Vec<i64> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=60).collect::<Vec<i64>>());
    }

    fn workers_side_by_side_share_rows_and_take_none_twice(engine) {
        let fleet = Fleet::new(engine);
        let mut store = open(&fleet);
        for number in 0..60 {
            store.set_meta(&format!("t-{number:02}"), "free").unwrap();
        }
        let threads: Vec<_> = (0..4)
            .map(|worker: i64| {
                let mut store = open(&fleet);
                std::thread::spawn(move || {
                    let mut taken = 0;
                    loop {
                        let count = store.side_by_side(|store| {
                            let free = format!(
                                "update meta set value = $1 where value = 'free' and name in (select name from meta
                                   where value = 'free' order by name limit 3{})",
                                store.dialect().skip_locked()
                            );
                            store.execute(&free, &values![format!("worker {worker}")])
                        });
                        match count.unwrap() {
                            0 => return taken,
                            count => taken += count,
                        }
                    }
                })
            })
            .collect();
        let taken: u64 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert_eq!(taken, 60);
    }

    fn of_many_who_make_a_fleet_at_once_one_does(engine) {
        let fleet = Fleet::empty(engine);
        let all: Vec<Vec<&str>> = (0..5).map(|_| vec!["init"]).collect();
        let ran = fleet.at_once(&all);
        let made = ran.iter().filter(|ran| ran.code == 0).count();
        assert_eq!(made, 1, "{ran:?}");
        for ran in ran.into_iter().filter(|ran| ran.code != 0) {
            ran.refused("F1002");
        }
        assert_eq!(fleet.json(&["audit"])["entries"].as_array().unwrap().len(), 1);
    }
}

#[test]
#[ignore = "needs PostgreSQL: make e2e"]
fn a_lost_connection_is_busy_and_no_failure_of_ours() {
    let fleet = Fleet::new(support::On::Postgres);
    let (mut store, mut other) = (open(&fleet), open(&fleet));
    let own = store.number("select pg_backend_pid()", &[]).unwrap();
    other.query("select pg_terminate_backend(cast($1 as int))", &values![own]).unwrap();
    let lost = store.transaction(|store| store.set_meta("t-1", "")).unwrap_err();
    assert_eq!(lost.exit_code(), 75, "{lost:?}");
}

#[test]
fn a_database_that_cannot_be_reached_or_read_says_so() {
    let fleet = Fleet::empty(support::On::Sqlite);
    let with = |url: &str| fleet.run(&["--database", url, "init"]);
    with("mysql://x/y").refused("F1003");
    with("postgres://u@127.0.0.1:1/x").refused("F1004");
    with("postgres://u@127.0.0.1:1/x?sslmode=require").refused("F1007");
    with("postgres://u@127.0.0.1:1/x?nonsense=1").refused("F1003");
    assert!(!with("postgres://u:geheim@127.0.0.1:1/x").err.contains("geheim"));
}
