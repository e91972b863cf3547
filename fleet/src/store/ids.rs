//! Names that we make ourselves: random, short, and without letters that are misread.
//! Not activation keys: `neo::link::activation`.

use data_encoding::BASE32_NOPAD;
use neo::error::{Error, Result};
use ring::rand::SecureRandom;

/// A new name: the prefix and 12 random letters of small base32 (60 bits).
pub fn new_id(prefix: &str) -> Result<String> {
    let mut bytes = [0; 8];
    let filled = ring::rand::SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| Error::fault("asking the system for random bytes", "refused"))?;
    let letters: String = BASE32_NOPAD.encode(&bytes).to_ascii_lowercase().chars().take(12).collect();
    Ok(format!("{prefix}{letters}"))
}
