//! Who did what, to what, when: one row per change, in the change's own transaction.
//! Not the log of failures, and nothing secret: no token, no seed, no password.

use neo::clock::Instant;
use neo::error::Result;
use serde::Serialize;

use super::Store;
use crate::values;

/// Who does something, and when.
#[derive(Clone, Debug)]
pub struct Act {
    pub now: Instant,
    pub who: String,
}

/// A line of the audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub id: i64,
    pub at: Instant,
    pub who: String,
    pub what: String,
    pub about: String,
}

impl Store {
    /// Writes a line; `what` reads as "key issued", `about` names the thing.
    pub fn audit(&mut self, at: Instant, who: &str, what: &str, about: &str) -> Result<()> {
        let write = "insert into audit (at, who, what, about) values ($1, $2, $3, $4)";
        self.execute(write, &values![at, who, what, about]).map(|_| ())
    }

    /// The same for a change that knows who makes it.
    pub fn audit_act(&mut self, act: &Act, what: &str, about: &str) -> Result<()> {
        self.audit(act.now, &act.who, what, about)
    }

    /// The latest lines, newest first, below `before` if given; `about` narrows to one thing.
    pub fn audit_lines(
        &mut self,
        about: Option<&str>,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<Entry>> {
        let before = before.unwrap_or(i64::MAX);
        let rows = match about {
            Some(about) => self.query(
                "select id, at, who, what, about from audit where about = $1 and id < $2 order by id desc limit $3",
                &values![about, before, limit],
            )?,
            None => self.query(
                "select id, at, who, what, about from audit where id < $1 order by id desc limit $2",
                &values![before, limit],
            )?,
        };
        rows.iter()
            .map(|row| {
                Ok(Entry {
                    id: row.integer(0)?,
                    at: row.integer(1)?,
                    who: row.text(2)?,
                    what: row.text(3)?,
                    about: row.text(4)?,
                })
            })
            .collect()
    }
}
