//! Who may sign in to the admin, and their sessions.
//! Not passwords in clear and not session tokens: hashes only.

use rusqlite::OptionalExtension;

use crate::clock::Instant;
use crate::domain::address::Address;
use crate::domain::id::UserId;
use crate::error::Result;
use crate::store::{Reader, Writer};

/// Somebody who may sign in.
#[derive(Clone, Debug)]
pub struct User {
    pub id: UserId,
    pub address: String,
    pub password_hash: String,
}

/// A session that was found by its token.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: i64,
    pub user: UserId,
    pub address: String,
    pub created_at: Instant,
    pub seen_at: Instant,
}

impl Reader {
    pub fn user_by_address(&self, address: &Address) -> Result<Option<User>> {
        let found = self.connection.query_row(
            "select id, address, password_hash from users where address_key = ?1",
            [address.key()],
            |row| Ok(User { id: row.get(0)?, address: row.get(1)?, password_hash: row.get(2)? }),
        );
        Ok(found.optional()?)
    }

    /// Who is told about the site: its first user.
    pub fn owner_address(&self) -> Result<Option<String>> {
        let found =
            self.connection.query_row("select address from users order by id limit 1", [], |row| row.get(0));
        Ok(found.optional()?)
    }

    /// When the site was set up.
    pub fn set_up_at(&self) -> Result<Instant> {
        Ok(self
            .connection
            .query_row("select coalesce(min(created_at), 0) from users", [], |row| row.get(0))?)
    }

    pub fn session(&self, token_hash: &[u8; 32]) -> Result<Option<Session>> {
        let found = self.connection.query_row(
            "select s.id, s.user_id, u.address, s.created_at, s.seen_at
             from sessions s join users u on u.id = s.user_id where s.token_hash = ?1",
            [token_hash.as_slice()],
            |row| {
                Ok(Session {
                    id: row.get(0)?,
                    user: row.get(1)?,
                    address: row.get(2)?,
                    created_at: row.get(3)?,
                    seen_at: row.get(4)?,
                })
            },
        );
        Ok(found.optional()?)
    }
}

impl Writer {
    pub fn add_user(
        &self,
        address: &Address,
        password_hash: &str,
        language: &str,
        now: Instant,
    ) -> Result<UserId> {
        self.connection.execute(
            "insert into users (address, address_key, password_hash, language, created_at, password_changed_at)
             values (?1, ?2, ?3, ?4, ?5, ?5)",
            (address.as_str(), address.key(), password_hash, language, now),
        )?;
        Ok(UserId(self.connection.last_insert_rowid()))
    }

    /// Stores a new password and ends all sessions of the user.
    pub fn change_password(&self, user: UserId, password_hash: &str, now: Instant) -> Result<()> {
        self.transaction(|| {
            self.connection.execute(
                "update users set password_hash = ?2, password_changed_at = ?3 where id = ?1",
                (user, password_hash, now),
            )?;
            self.connection.execute("delete from sessions where user_id = ?1", [user])?;
            Ok(())
        })
    }

    pub fn begin_session(
        &self,
        user: UserId,
        token_hash: &[u8; 32],
        user_agent: &str,
        now: Instant,
    ) -> Result<()> {
        self.connection.execute(
            "insert into sessions (token_hash, user_id, created_at, seen_at, user_agent) values (?1, ?2, ?3, ?3, ?4)",
            (token_hash.as_slice(), user, now, user_agent),
        )?;
        Ok(())
    }

    pub fn touch_session(&self, session: i64, now: Instant) -> Result<()> {
        self.connection.execute("update sessions set seen_at = ?2 where id = ?1", (session, now))?;
        Ok(())
    }

    pub fn end_session(&self, session: i64) -> Result<()> {
        self.connection.execute("delete from sessions where id = ?1", [session])?;
        Ok(())
    }

    /// A chore: forgets sessions that were idle since `idle_since` or began before `begun_before`.
    pub fn forget_old_sessions(&self, idle_since: Instant, begun_before: Instant) -> Result<()> {
        self.connection.execute(
            "delete from sessions where seen_at < ?1 or created_at < ?2",
            (idle_since, begun_before),
        )?;
        Ok(())
    }
}
