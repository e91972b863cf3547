//! Writes mails into a folder: for previews, rehearsals and the first look at a new installation.
//! Not a relay: nothing takes the files further, and they are not forced to disk one by one.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ring::rand::{SecureRandom, SystemRandom};

use super::reply::tidy;
use super::{Envelope, Outcome, Transport, Trouble, is_return_path};
use crate::clock::Clock;

const TRIES: usize = 8;

pub(super) struct Folder {
    path: PathBuf,
    clock: Clock,
    counter: u32,
}

impl Folder {
    pub(super) fn new(path: PathBuf) -> Folder {
        Folder { path, clock: Clock::machine(), counter: 0 }
    }

    fn write(&mut self, envelope: &Envelope<'_>, message: &[u8]) -> io::Result<String> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.path)?;
        for _ in 0..TRIES {
            let name = self.next_name()?;
            match write_new(&self.path, &name, envelope, message) {
                Err(why) if why.kind() == io::ErrorKind::AlreadyExists => {}
                result => return result.map(|()| name),
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "no free name"))
    }

    /// Sorts by time and, within a second, by the order of this process; the end keeps two processes apart.
    fn next_name(&mut self) -> io::Result<String> {
        let mut random = [0; 4];
        SystemRandom::new().fill(&mut random).map_err(|_| io::Error::other("no random numbers"))?;
        self.counter = self.counter.wrapping_add(1);
        let now = chrono::DateTime::from_timestamp(self.clock.now(), 0).unwrap_or_default();
        let time = now.format("%Y%m%dT%H%M%SZ");
        Ok(format!("{time}-{:06}-{:08x}.eml", self.counter, u32::from_be_bytes(random)))
    }
}

impl Transport for Folder {
    fn deliver(&mut self, envelope: &Envelope<'_>, message: &[u8]) -> Result<Outcome, Trouble> {
        if !is_return_path(envelope.from) {
            return Err(Trouble::Unreachable(tidy(&format!("return path: {}", envelope.from))));
        }
        match self.write(envelope, message) {
            Ok(name) => Ok(Outcome::Sent { reply: name }),
            Err(why) => Err(Trouble::Unreachable(tidy(&format!("{}: {why}", self.path.display())))),
        }
    }

    fn close(&mut self) {}

    fn name(&self) -> &'static str {
        "folder"
    }
}

/// Whoever holds `NAME.part` alone may make `NAME`; so none is overwritten, and none is seen half written.
fn write_new(folder: &Path, name: &str, envelope: &Envelope<'_>, message: &[u8]) -> io::Result<()> {
    let part = folder.join(format!("{name}.part"));
    let target = folder.join(name);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    let head = format!("X-Neo-Envelope-From: {}\r\nX-Neo-Envelope-To: {}\r\n", envelope.from, envelope.to);
    let written = file.write_all(&[head.as_bytes(), message].concat()).and_then(|()| {
        if target.try_exists()? {
            Err(io::ErrorKind::AlreadyExists.into())
        } else {
            fs::rename(&part, &target)
        }
    });
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}
