//! The site's key: 32 random bytes in a file beside the database, mode 0600, not part of any export.
//! Not what it signs and seals: domain/token.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use data_encoding::HEXLOWER_PERMISSIVE;

use crate::domain::token::{SiteKey, random};
use crate::error::{Error, Result};
use crate::texts::errors;

/// Reads the key; a missing one is a sentence, since nothing that it sealed can be read without it.
pub fn read(file: &Path) -> Result<SiteKey> {
    let missing = || Error::configuration(errors::KEY_FILE_MISSING).with("file", file);
    let written = std::fs::read_to_string(file).map_err(|_| missing())?;
    let bytes = HEXLOWER_PERMISSIVE.decode(written.trim().as_bytes()).map_err(|_| missing())?;
    Ok(SiteKey::new(bytes.try_into().map_err(|_| missing())?))
}

/// Makes the key of a new site; an existing one is read.
pub fn read_or_make(file: &Path) -> Result<SiteKey> {
    if file.exists() {
        return read(file);
    }
    let key = random::<32>()?;
    write_new(file, &HEXLOWER_PERMISSIVE.encode(&key))?;
    Ok(SiteKey::new(key))
}

/// Writes a file that must not exist yet, readable by us only.
pub fn write_new(file: &Path, content: &str) -> Result<()> {
    let written =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).and_then(|mut open| {
            open.write_all(content.as_bytes())?;
            open.write_all(b"\n")?;
            open.sync_all()
        });
    written.map_err(|cause| {
        Error::configuration(errors::DATA_FOLDER_MISSING).with("folder", file).with("why", cause.to_string())
    })
}
