//! Where the database is: a file, or a PostgreSQL server.
//! Not the connection: sqlite, postgres.

use std::fmt;
use std::path::{Path, PathBuf};

use neo::error::{Error, Result};

use crate::texts::errors;

/// A database, as `--database` and `NEO_FLEET_DATABASE` name it. Its `Display` has no password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    Sqlite(PathBuf),
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads `sqlite:PATH`, `postgres://…` or `postgresql://…`.
    pub fn parse(typed: &str) -> Result<DatabaseUrl> {
        let typed = typed.trim();
        if typed.starts_with("postgres://") || typed.starts_with("postgresql://") {
            return Ok(DatabaseUrl::Postgres(typed.to_string()));
        }
        match typed.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//")) {
            Some(path) if !path.is_empty() => Ok(DatabaseUrl::Sqlite(PathBuf::from(rooted(typed, path)))),
            _ => Err(Error::invalid(errors::DATABASE_URL_NOT_VALID).with("why", typed)),
        }
    }

    pub fn file(path: &Path) -> DatabaseUrl {
        DatabaseUrl::Sqlite(path.to_path_buf())
    }
}

/// `sqlite:///srv/x` means the same as `sqlite:/srv/x`.
fn rooted(typed: &str, path: &str) -> String {
    match typed.starts_with("sqlite:/") {
        true => format!("/{}", path.trim_start_matches('/')),
        false => path.to_string(),
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DatabaseUrl::Sqlite(path) => write!(formatter, "sqlite:{}", path.display()),
            DatabaseUrl::Postgres(typed) => formatter.write_str(&without_password(typed)),
        }
    }
}

/// Parameters are left out whole, since `?password=` is one of them.
fn without_password(typed: &str) -> String {
    let place = typed.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = place.split_once("://") else { return String::new() };
    match rest.rsplit_once('@') {
        Some((user, host)) => format!("{scheme}://{}@{host}", user.split(':').next().unwrap_or_default()),
        None => format!("{scheme}://{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_shown_without_its_password() {
        for (typed, shown) in [
            ("postgres://fleet:se@cret@db/fleet", "postgres://fleet@db/fleet"),
            ("postgres:///fleet?host=/run/pg&password=secret", "postgres:///fleet"),
            ("postgresql://db:5432/fleet", "postgresql://db:5432/fleet"),
            ("sqlite:/srv/fleet.sqlite", "sqlite:/srv/fleet.sqlite"),
            ("sqlite:///srv/fleet.sqlite", "sqlite:/srv/fleet.sqlite"),
            ("sqlite:fleet.sqlite", "sqlite:fleet.sqlite"),
        ] {
            assert_eq!(DatabaseUrl::parse(typed).unwrap().to_string(), shown);
        }
        for wrong in ["", "mysql://x", "/srv/fleet.sqlite", "sqlite:"] {
            assert!(DatabaseUrl::parse(wrong).is_err(), "{wrong}");
        }
    }
}
