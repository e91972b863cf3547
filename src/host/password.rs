//! Passwords: argon2id hashes, at most two at a time, so that parallel sign-ins cannot exhaust the host.
//! Not the throttle of guesses: web/admin/login.

use std::fs::File;
use std::path::Path;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use rustix::fs::{FlockOperation, flock};

use crate::error::{Error, Result};
use crate::texts::errors;

/// OWASP's minimum: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
/// At least so many characters; no other rule, since rules make worse passwords (NIST SP 800-63B).
pub const SHORTEST: usize = 8;
/// At most so many bytes: argon2 hashes any length, a request should not.
const LONGEST: usize = 1024;

/// Checks a new password and hashes it (PHC string). `folder` holds the slots.
pub fn hash(folder: &Path, password: &str) -> Result<String> {
    check(password)?;
    let _slot = Slot::take(folder)?;
    let hashed = hasher()?.hash_password(password.as_bytes());
    hashed.map(|hash| hash.to_string()).map_err(|cause| Error::fault("hashing a password", cause))
}

/// Whether the password is the one behind `hash`. Without a hash (unknown user) the same work is done in vain, so
/// that the time does not tell.
pub fn verify(folder: &Path, password: &str, hash: Option<&str>) -> Result<bool> {
    let _slot = Slot::take(folder)?;
    if password.len() > LONGEST {
        return Ok(false);
    }
    let Some(parsed) = hash.and_then(|hash| PasswordHash::new(hash).ok()) else {
        let _ = hasher()?.hash_password(password.as_bytes());
        return Ok(false);
    };
    Ok(hasher()?.verify_password(password.as_bytes(), &parsed).is_ok())
}

/// Refuses what is too short, too long, or among the first guesses.
pub fn check(password: &str) -> Result<()> {
    if password.chars().count() < SHORTEST {
        return Err(Error::invalid(errors::PASSWORD_TOO_SHORT)
            .with("limit", SHORTEST.to_string())
            .on("password"));
    }
    if password.len() > LONGEST || is_common(password) {
        return Err(Error::invalid(errors::PASSWORD_TOO_COMMON).on("password"));
    }
    Ok(())
}

/// One letter repeated, a run of the keyboard or the alphabet, or a well-known word with digits around it.
fn is_common(password: &str) -> bool {
    const RUNS: [&str; 4] =
        ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv"];
    const WORDS: [&str; 18] = [
        "password",
        "passw0rd",
        "passwort",
        "letmein",
        "welcome",
        "iloveyou",
        "admin",
        "administrator",
        "sakura",
        "monkey",
        "dragon",
        "football",
        "baseball",
        "sunshine",
        "princess",
        "newsletter",
        "mailmagazine",
        "changeme",
    ];
    let lower = password.to_lowercase();
    let mut letters = lower.chars();
    let first = letters.next();
    let is_one_letter = letters.all(|letter| Some(letter) == first);
    let is_run =
        RUNS.iter().any(|run| run.contains(&lower) || run.chars().rev().collect::<String>().contains(&lower));
    let bare = lower.trim_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
    is_one_letter || is_run || bare.is_empty() && lower.len() < 12 || WORDS.contains(&bare)
}

fn hasher() -> Result<Argon2<'static>> {
    let params =
        Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|cause| Error::fault("setting up argon2", cause))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// One of two slots for hashing; the kernel frees it when the process ends.
struct Slot {
    _file: File,
}

impl Slot {
    fn take(folder: &Path) -> Result<Slot> {
        for number in 0..2 {
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(folder.join(format!("hash-{number}.lock")));
            let file = file.map_err(|cause| Error::fault("opening a slot for hashing", cause))?;
            if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
                return Ok(Slot { _file: file });
            }
        }
        Err(Error::busy(errors::DATABASE_BUSY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_common_passwords_are_refused() {
        for bad in ["short", "password", "Password1!", "aaaaaaaaaa", "12345678", "qwertyui", "87654321"] {
            assert!(check(bad).is_err(), "{bad}");
        }
        for good in ["correct horse battery", "花屋の秘密の合言葉", "t7#Lm2vQ"] {
            assert!(check(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_hash_fits_its_password_only() {
        let folder = std::env::temp_dir();
        let hashed = hash(&folder, "a quiet morning").unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify(&folder, "a quiet morning", Some(&hashed)).unwrap());
        assert!(!verify(&folder, "a quiet evening", Some(&hashed)).unwrap());
        assert!(!verify(&folder, "a quiet morning", None).unwrap());
    }
}
