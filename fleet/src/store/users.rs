//! Who may sign in to the portal, and their sessions.
//! Not passwords in clear and not session tokens: hashes only. The rules are in portal/access.

use neo::clock::Instant;
use neo::error::Result;
use neo::texts::Language;

use super::{Row, Store};
use crate::values;

/// What somebody may see and do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Sees her own keys and sites.
    Customer,
    /// Sees the fleet, writes incident reports.
    Staff,
    /// The same, and who has access.
    Admin,
}

impl Role {
    pub fn word(self) -> &'static str {
        match self {
            Role::Customer => "customer",
            Role::Staff => "staff",
            Role::Admin => "admin",
        }
    }

    pub fn parse(word: &str) -> Option<Role> {
        [Role::Customer, Role::Staff, Role::Admin].into_iter().find(|role| role.word() == word)
    }

    /// Whether a password alone is not enough.
    pub fn needs_second_factor(self) -> bool {
        self != Role::Customer
    }
}

/// Somebody who may sign in.
#[derive(Clone, Debug)]
pub struct User {
    pub id: String,
    pub email: String,
    pub role: Role,
    /// Whose keys and sites she sees.
    pub customer: Option<String>,
    pub password: String,
    /// Sealed with the portal's key.
    pub totp: Option<String>,
    pub language: Language,
}

const COLUMNS: &str = "u.id, u.email, u.role, u.customer, u.password, u.totp, u.language";

fn read(row: &Row) -> Result<User> {
    Ok(User {
        id: row.text(0)?,
        email: row.text(1)?,
        // An unknown role may do the least.
        role: Role::parse(&row.text(2)?).unwrap_or(Role::Customer),
        customer: row.optional_text(3)?,
        password: row.text(4)?,
        totp: row.optional_text(5)?,
        language: if row.text(6)? == "en" { Language::En } else { Language::Ja },
    })
}

/// A session that was found by its token.
#[derive(Clone, Debug)]
pub struct Session {
    pub user: User,
    pub is_whole: bool,
    pub created_at: Instant,
    pub seen_at: Instant,
}

impl Store {
    /// Adds somebody; `false` if the address is taken.
    pub fn add_user(&mut self, user: &User, now: Instant) -> Result<bool> {
        let added = self.execute(
            "insert into users (id, email, role, customer, password, totp, language, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
            &values![
                user.id.as_str(),
                user.email.as_str(),
                user.role.word(),
                user.customer.clone(),
                user.password.as_str(),
                user.totp.clone(),
                user.language.tag(),
                now
            ],
        )?;
        Ok(added == 1)
    }

    pub fn user_by_email(&mut self, email: &str) -> Result<Option<User>> {
        let sql = format!("select {COLUMNS} from users u where u.email = $1");
        self.row(&sql, &values![email])?.as_ref().map(read).transpose()
    }

    pub fn users(&mut self) -> Result<Vec<User>> {
        let sql = format!("select {COLUMNS} from users u order by u.email");
        self.query(&sql, &[])?.iter().map(read).collect()
    }

    /// Takes an access away, with all its sessions.
    pub fn remove_user(&mut self, id: &str) -> Result<()> {
        self.end_sessions(id)?;
        self.execute("delete from totp_steps where user_id = $1", &values![id])?;
        self.execute("delete from users where id = $1", &values![id]).map(|_| ())
    }

    pub fn set_user_password(&mut self, id: &str, hash: &str) -> Result<()> {
        self.execute("update users set password = $2 where id = $1", &values![id, hash]).map(|_| ())
    }

    pub fn set_user_totp(&mut self, id: &str, sealed: Option<&str>) -> Result<()> {
        self.execute("delete from totp_steps where user_id = $1", &values![id])?;
        let sealed = sealed.map(str::to_string);
        self.execute("update users set totp = $2 where id = $1", &values![id, sealed]).map(|_| ())
    }

    /// Uses a time step up; `false` if it, or a later one, was used before.
    pub fn use_totp_step(&mut self, id: &str, step: i64) -> Result<bool> {
        let used = self.execute(
            "insert into totp_steps (user_id, step) values ($1, $2)
             on conflict (user_id) do update set step = excluded.step where totp_steps.step < excluded.step",
            &values![id, step],
        )?;
        Ok(used == 1)
    }

    pub fn begin_session(
        &mut self,
        user: &str,
        token_hash: &[u8; 32],
        is_whole: bool,
        now: Instant,
    ) -> Result<()> {
        self.execute(
            "insert into sessions (token_hash, user_id, is_whole, created_at, seen_at) values ($1, $2, $3, $4, $4)",
            &values![token_hash.to_vec(), user, is_whole, now],
        )
        .map(|_| ())
    }

    pub fn session(&mut self, token_hash: &[u8; 32]) -> Result<Option<Session>> {
        let sql = format!(
            "select {COLUMNS}, s.is_whole, s.created_at, s.seen_at
             from sessions s join users u on u.id = s.user_id where s.token_hash = $1"
        );
        let Some(row) = self.row(&sql, &values![token_hash.to_vec()])? else { return Ok(None) };
        Ok(Some(Session {
            user: read(&row)?,
            is_whole: row.integer(7)? == 1,
            created_at: row.integer(8)?,
            seen_at: row.integer(9)?,
        }))
    }

    pub fn touch_session(&mut self, token_hash: &[u8; 32], now: Instant) -> Result<()> {
        let sql = "update sessions set seen_at = $2 where token_hash = $1";
        self.execute(sql, &values![token_hash.to_vec(), now]).map(|_| ())
    }

    pub fn end_session(&mut self, token_hash: &[u8; 32]) -> Result<()> {
        self.execute("delete from sessions where token_hash = $1", &values![token_hash.to_vec()]).map(|_| ())
    }

    /// Ends all sessions of somebody.
    pub fn end_sessions(&mut self, user: &str) -> Result<()> {
        self.execute("delete from sessions where user_id = $1", &values![user]).map(|_| ())
    }

    /// Forgets sessions that nobody can use any more.
    pub fn forget_old_sessions(&mut self, unseen_since: Instant, begun_before: Instant) -> Result<()> {
        let sql = "delete from sessions where seen_at < $1 or created_at < $2";
        self.execute(sql, &values![unseen_since, begun_before]).map(|_| ())
    }
}
