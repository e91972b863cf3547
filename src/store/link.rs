//! What was heard from the vendor: the newest verified text of each kind, the calls that came, notes about the line.
//! Not the verifying: mail/vendor takes nothing in that link has not believed.

use rusqlite::OptionalExtension;
use serde::de::DeserializeOwned;

use crate::clock::Instant;
use crate::error::Result;
use crate::link::activation::{self, Activation};
use crate::link::envelope::{self, Kind};
use crate::link::feed::{Advice, Feed};
use crate::link::key::{KeyId, KeyList, PublicKey, Trust};
use crate::link::tick_call::NONCE_SECONDS;
use crate::link::update::Manifest;
use crate::settings::{self, Settings};
use crate::store::{Reader, Writer};

/// The kind under which the activation token is kept.
pub const TOKEN: &str = "neo-token";

/// The list of keys that was valid when this program was made: it lets a token be read that is typed in on the first day.
const BUILT_IN_KEYS: Option<&str> = option_env!("NEO_VENDOR_KEYS");

/// What is kept of one kind.
#[derive(Clone, Debug)]
pub struct Heard {
    pub kind: String,
    pub number: i64,
    pub expires: Instant,
    pub heard_at: Instant,
    pub text: String,
}

/// How the line is doing.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// When the vendor's folder was looked at last, and what went wrong, if anything did.
    pub tried_at: Option<Instant>,
    pub trouble: String,
    /// When it was last read whole.
    pub fetched_at: Option<Instant>,
    /// What the vendor's poller asked the owner to do, and when.
    pub advice: Option<(Advice, Instant)>,
}

impl Reader {
    /// What is kept of a kind.
    pub fn heard(&self, kind: &str) -> Result<Option<Heard>> {
        Ok(self.all_heard()?.into_iter().find(|heard| heard.kind == kind))
    }

    /// What is kept of every kind.
    pub fn all_heard(&self) -> Result<Vec<Heard>> {
        let mut statement = self.connection.prepare_cached(
            "select kind, number, expires, heard_at, text from link_documents order by kind",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(Heard {
                kind: row.get(0)?,
                number: row.get(1)?,
                expires: row.get(2)?,
                heard_at: row.get(3)?,
                text: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Incidents and news as they were heard last, however long ago: who shows them says when.
    pub fn feed(&self) -> Result<Option<Feed>> {
        self.kept(Kind::Feed)
    }

    /// The newest version that was heard of.
    pub fn manifest(&self) -> Result<Option<Manifest>> {
        self.kept(Kind::Manifest)
    }

    /// The site's activation, valid or not.
    pub fn activation(&self) -> Result<Option<Activation>> {
        Ok(self.heard(TOKEN)?.and_then(|heard| activation::read_kept(&heard.text)))
    }

    /// Whom this site believes.
    pub fn trust(&self, settings: &Settings) -> Result<Trust> {
        let roots = PublicKey::parse_all(settings.value(&settings::VENDOR_ROOT)).unwrap_or_default();
        let built_in = Trust { roots, list: None };
        let list = BUILT_IN_KEYS
            .and_then(|text| envelope::open::<KeyList>(text, Kind::Keys, &built_in, Kind::Keys.cap()).ok());
        let kept = self.kept::<KeyList>(Kind::Keys)?;
        let list = match (kept, list) {
            (Some(kept), Some(list)) if list.number > kept.number => Some(list),
            (kept, list) => kept.or(list),
        };
        Ok(Trust { list, ..built_in })
    }

    pub fn line(&self) -> Result<Line> {
        let mut statement = self.connection.prepare("select name, at, text from link_notes")?;
        let rows = statement.query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Instant>(1)?, row.get::<_, String>(2)?))
        })?;
        let mut line = Line::default();
        for row in rows {
            let (name, at, text) = row?;
            match name.as_str() {
                "tried" => (line.tried_at, line.trouble) = (Some(at), text),
                "fetched" => line.fetched_at = Some(at),
                _ => line.advice = serde_json::from_str(&text).ok().map(|advice| (advice, at)),
            }
        }
        Ok(line)
    }

    fn kept<T: DeserializeOwned>(&self, kind: Kind) -> Result<Option<T>> {
        Ok(self.heard(kind.word())?.and_then(|heard| envelope::read_kept(&heard.text)))
    }
}

impl Writer {
    /// Keeps a verified text, unless a newer one came meanwhile. The same one again is noted as heard again.
    pub fn keep_heard(&self, heard: &Heard) -> Result<()> {
        self.connection.execute(
            "insert into link_documents (kind, number, expires, heard_at, text) values (?1, ?2, ?3, ?4, ?5)
             on conflict do update set number = excluded.number, expires = excluded.expires,
               heard_at = excluded.heard_at, text = excluded.text
             where excluded.number > link_documents.number or excluded.text = link_documents.text",
            (&heard.kind, heard.number, heard.expires, heard.heard_at, &heard.text),
        )?;
        Ok(())
    }

    /// The owner chose another activation key, or the present token's signer was revoked.
    pub fn forget_heard(&self, kind: &str) -> Result<()> {
        self.connection.execute("delete from link_documents where kind = ?1", [kind])?;
        Ok(())
    }

    /// Forgets what a revoked key signed, numbers included: it may have made them as high as numbers go. The token stays:
    /// no customer is to pay for a stolen key.
    pub fn forget_signed_by(&self, revoked: &[KeyId]) -> Result<()> {
        for heard in self.all_heard()? {
            let is_revoked = envelope::signer_of(&heard.text).is_some_and(|signer| revoked.contains(&signer));
            if is_revoked && heard.kind != Kind::Keys.word() {
                self.forget_heard(&heard.kind)?;
            }
        }
        Ok(())
    }

    /// Another vendor is believed from here on: nothing that was heard counts.
    pub fn forget_vendor(&self) -> Result<()> {
        self.transaction(|| {
            self.connection.execute("delete from link_documents", [])?;
            self.connection.execute("delete from link_notes", [])?;
            Ok(())
        })
    }

    /// Notes a call; `false` if it came before. Old ones go.
    pub fn note_call(&self, nonce: &str, now: Instant) -> Result<bool> {
        self.transaction(|| {
            // Also those of a clock that was ahead: they would never go.
            let apart = "delete from link_nonces where abs(at - ?1) > ?2";
            self.connection.execute(apart, (now, NONCE_SECONDS))?;
            let noted = self
                .connection
                .execute("insert or ignore into link_nonces (nonce, at) values (?1, ?2)", (nonce, now))?;
            Ok(noted == 1)
        })
    }

    /// The vendor's folder is about to be looked at, or what went wrong then.
    pub fn note_tried(&self, trouble: &str, now: Instant) -> Result<()> {
        self.note("tried", trouble, now)
    }

    /// The vendor's folder was read whole.
    pub fn note_fetched(&self, now: Instant) -> Result<()> {
        self.note("fetched", "", now)
    }

    /// What the poller asked the owner to do; nothing any more, if it asked nothing.
    pub fn note_advice(&self, advice: Option<Advice>, now: Instant) -> Result<()> {
        let known =
            self.connection.query_row("select text from link_notes where name = 'advice'", [], |row| {
                row.get::<_, String>(0)
            });
        let known = known.optional()?;
        let wanted = advice.and_then(|advice| serde_json::to_string(&advice).ok());
        match wanted {
            // When it was asked first is what counts.
            wanted if wanted == known => Ok(()),
            Some(wanted) => self.note("advice", &wanted, now),
            None => {
                self.connection.execute("delete from link_notes where name = 'advice'", [])?;
                Ok(())
            }
        }
    }

    fn note(&self, name: &str, text: &str, now: Instant) -> Result<()> {
        self.connection.execute(
            "insert into link_notes (name, at, text) values (?1, ?2, ?3)
             on conflict do update set at = excluded.at, text = excluded.text",
            (name, now, text),
        )?;
        Ok(())
    }
}
