//! What was last published: each signed file's number and exact bytes. Folders and tick calls hand out these bytes.
//! Not the folder: publish.

use neo::clock::Instant;
use neo::error::Result;
use neo::link::envelope::Kind;

use super::{Row, Store};
use crate::values;

/// A signed file as it was last published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    pub number: i64,
    pub issued_at: Instant,
    pub expires: Instant,
    /// Of what it says, without number and times: the same content needs no new number.
    pub hash: String,
    /// The envelope.
    pub text: String,
}

impl Store {
    /// The newest signed file of a kind, if there is one.
    pub fn publication(&mut self, kind: Kind) -> Result<Option<Publication>> {
        let row = self.row(
            "select number, issued_at, expires, hash, text from publications where kind = $1",
            &values![kind.word()],
        )?;
        row.as_ref().map(read).transpose()
    }

    /// Takes the place of the one before; `false` if that has a number as high.
    pub fn put_publication(&mut self, kind: Kind, new: &Publication) -> Result<bool> {
        let written = self.execute(
            "insert into publications (kind, number, issued_at, expires, hash, text) values ($1, $2, $3, $4, $5, $6)
             on conflict (kind) do update set number = excluded.number, issued_at = excluded.issued_at,
               expires = excluded.expires, hash = excluded.hash, text = excluded.text
             where publications.number < excluded.number",
            &values![kind.word(), new.number, new.issued_at, new.expires, &new.hash, &new.text],
        )?;
        Ok(written == 1)
    }
}

fn read(row: &Row) -> Result<Publication> {
    Ok(Publication {
        number: row.integer(0)?,
        issued_at: row.integer(1)?,
        expires: row.integer(2)?,
        hash: row.text(3)?,
        text: row.text(4)?,
    })
}
