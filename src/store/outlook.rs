//! The readers of a sequence in pieces from all over their numbers: wherever a walk ends, what it saw is a fair sample.
//! Not what is foreseen for them (mail/outlook) and not their ways as the ticks see them (enrolments.rs).

use std::collections::VecDeque;

use rusqlite::OptionalExtension;

use crate::domain::id::{SequenceId, SubscriptionId};
use crate::domain::subscriber::Fields;
use crate::error::Result;
use crate::store::Reader;
use crate::store::enrolments::{COLUMNS, Enrolment, read};

/// Stripes of numbers that a walk takes turns in, and rows of one piece.
const STRIPES: i64 = 20;
const PIECE: i64 = 250;

/// A walk through all readers of a sequence.
#[derive(Debug)]
pub struct Walk {
    sequence: SequenceId,
    /// Whether what is known of the readers is wanted too.
    with_fields: bool,
    /// What is left of each stripe: numbers above the first, up to the second.
    left: VecDeque<(SubscriptionId, SubscriptionId)>,
}

/// What one piece of a walk held.
#[derive(Debug)]
pub struct Piece {
    /// Rows looked at, also of those whose way is over.
    pub rows: u64,
    /// Who goes on by herself, or stands still with the whole sequence; and what is known of her.
    pub going_on: Vec<(Enrolment, Fields)>,
}

impl Reader {
    pub fn walk_sequence(&self, sequence: SequenceId, with_fields: bool) -> Result<Walk> {
        let end = |order: &str| -> Result<Option<SubscriptionId>> {
            let sql = format!(
                "select subscription_id from enrolments where sequence_id = ?1 order by subscription_id {order} limit 1"
            );
            Ok(self.connection.query_row(&sql, [sequence], |row| row.get(0)).optional()?)
        };
        let (Some(first), Some(last)) = (end("asc")?, end("desc")?) else {
            return Ok(Walk { sequence, with_fields, left: VecDeque::new() });
        };
        let width = (last.0 - first.0) / STRIPES + 1;
        let stripes = (0..STRIPES).map(|place| first.0 - 1 + place * width);
        let left = stripes
            .take_while(|after| *after < last.0)
            .map(|after| (SubscriptionId(after), SubscriptionId(after + width)));
        Ok(Walk { sequence, with_fields, left: left.collect() })
    }

    /// The next piece; `None` when everybody was seen.
    pub fn walk_on(&self, walk: &mut Walk) -> Result<Option<Piece>> {
        let Some((after, until)) = walk.left.pop_front() else { return Ok(None) };
        let mut window = self.connection.prepare_cached(
            "select count(*), max(subscription_id) from (select subscription_id from enrolments
             where sequence_id = ?1 and subscription_id > ?2 and subscription_id <= ?3
             order by subscription_id limit ?4)",
        )?;
        let (rows, last): (i64, Option<SubscriptionId>) =
            window.query_row((walk.sequence, after, until, PIECE), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let end = match last {
            Some(last) if rows == PIECE => last,
            _ => until,
        };
        if end < until {
            walk.left.push_back((end, until));
        }
        let fields = if walk.with_fields { "p.fields" } else { "'{}'" };
        let mut statement = self.connection.prepare_cached(&format!(
            "select {COLUMNS}, (select {fields} from subscriptions s join subscribers p on p.id = s.subscriber_id
               where s.id = enrolments.subscription_id and s.state = 'confirmed') as known
             from enrolments where sequence_id = ?1 and subscription_id > ?2 and subscription_id <= ?3
               and state = 'active' and ((hold = '' and due_at is not null) or hold = 'sequence')"
        ))?;
        let found = statement.query_map((walk.sequence, after, end), |row| {
            let fields: Option<String> = row.get("known")?;
            Ok(fields.map(|json| (read(row), serde_json::from_str(&json).unwrap_or_default())))
        })?;
        let mut going_on = Vec::new();
        for one in found {
            if let Some((enrolment, fields)) = one? {
                going_on.push((enrolment?, fields));
            }
        }
        Ok(Some(Piece { rows: u64::try_from(rows).unwrap_or(0), going_on }))
    }
}
