//! Looks into a fleet's database, and puts sites there, on either engine.
//! Not what the commands do: where a test is about them, it runs them.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken check may stop here"
)]

use super::support::Fleet;

/// Runs a statement.
pub fn execute(fleet: &Fleet, sql: &str) {
    match fleet.database().strip_prefix("sqlite:") {
        Some(file) => open(file).execute_batch(sql).unwrap(),
        None => connect(fleet).batch_execute(sql).unwrap(),
    }
}

/// Every value as text; null is empty.
pub fn rows(fleet: &Fleet, sql: &str) -> Vec<Vec<String>> {
    let Some(file) = fleet.database().strip_prefix("sqlite:").map(str::to_string) else {
        let said = connect(fleet).simple_query(sql).unwrap();
        return said
            .iter()
            .filter_map(|message| match message {
                postgres::SimpleQueryMessage::Row(row) => {
                    Some((0..row.len()).map(|at| row.get(at).unwrap_or_default().to_string()).collect())
                }
                _ => None,
            })
            .collect();
    };
    let connection = open(&file);
    let mut statement = connection.prepare(sql).unwrap();
    let width = statement.column_count();
    let found = statement.query_map([], |row| {
        (0..width)
            .map(|at| {
                Ok(match row.get::<_, rusqlite::types::Value>(at)? {
                    rusqlite::types::Value::Null => String::new(),
                    rusqlite::types::Value::Integer(number) => number.to_string(),
                    rusqlite::types::Value::Text(text) => text,
                    other => panic!("{other:?}"),
                })
            })
            .collect::<rusqlite::Result<Vec<String>>>()
    });
    found.unwrap().map(|row| row.unwrap()).collect()
}

/// A site without a key, due at once.
pub fn add_site(fleet: &Fleet, id: &str, url: &str, plan: Option<&str>) {
    assert_eq!(id.len(), 16, "{id}");
    let (provider, plan) = plan.map_or(("127.0.0.0/24".to_string(), "null".to_string()), |plan| {
        (plan.to_string(), format!("'{plan}'"))
    });
    execute(
        fleet,
        &format!(
            "insert into sites (id, tick_url, provider, host_plan, wanted_clock, state, added_at)
             values ('{id}', '{url}', '{provider}', {plan}, 'poller', 'active', {})",
            fleet.now
        ),
    );
}

#[allow(clippy::disallowed_methods, reason = "a look from outside")]
fn open(file: &str) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(20)).unwrap();
    connection
}

fn connect(fleet: &Fleet) -> postgres::Client {
    postgres::Client::connect(&fleet.database(), postgres::NoTls).unwrap()
}
