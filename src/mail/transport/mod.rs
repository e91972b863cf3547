//! Ways out of the house: one trait, three transports, and the setting that chooses one.
//! Not the decision what to send or when to try again: that is mail/deliver.

mod connection;
pub mod fetch;
mod folder;
mod reply;
mod sendmail;
mod smtp;
mod tls;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::domain::address::Address;
use crate::domain::bounce::Stage;
use crate::domain::pace::Limits;
pub use crate::domain::transport_url::{SmtpSecurity, SmtpServer, TransportUrl, parse};

/// All that a transport may say about one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Taken over; from here the next server answers for it.
    Sent { reply: String },
    /// Not taken now; try again later.
    Later { code: Option<u16>, reply: String },
    /// Refused for good, as the answer to which command: a filter behind DATA is no dead address.
    Never { code: Option<u16>, reply: String, at: Stage },
}

/// Why a transport could not say anything about the mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing was handed over: the row goes back and this tick stops using the transport.
    Unreachable(String),
    /// The server does not know us: like [`Trouble::Unreachable`], and the owner has to act.
    LoginRefused(String),
    /// The mail was handed over whole and the answer never came: nobody knows.
    Lost(String),
}

impl Trouble {
    /// What happened, for the ledger and the report.
    pub fn words(&self) -> &str {
        match self {
            Trouble::Unreachable(words) | Trouble::LoginRefused(words) | Trouble::Lost(words) => words,
        }
    }
}

/// Who gets the mail and who hears of its failure.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// The return path.
    pub from: &'a str,
    pub to: &'a Address,
}

/// One way to hand a mail over; used for many mails, connects at the first.
pub trait Transport {
    /// Gets ready for a mail before its attempt is counted, e.g. connects: the moment in which a kill leaves a row
    /// unsure is then the hand-over alone.
    /// `from` is the return path that will be used.
    fn ready(&mut self, from: &str) -> Result<(), Trouble> {
        let _ = from;
        Ok(())
    }

    /// Hands over one mail, given with CRLF line ends.
    fn deliver(&mut self, envelope: &Envelope<'_>, message: &[u8]) -> Result<Outcome, Trouble>;

    /// Says good-bye; the next mail connects anew.
    fn close(&mut self);

    /// The word for logs and pages.
    fn name(&self) -> &'static str;

    /// The ways out that the pace chooses among; none: this transport is not paced, e.g. a rehearsal's.
    fn ways(&self) -> Vec<Way> {
        Vec::new()
    }

    /// The next mail leaves by the way of this number.
    fn take(&mut self, way: i64) {
        let _ = way;
    }
}

/// One way out, as the settings have it.
#[derive(Clone, Debug)]
pub struct Way {
    /// 1 for the setting `transport`.
    pub number: i64,
    /// Its share of the mails; 0: only while the others cannot be used.
    pub weight: i64,
    pub limits: Limits,
    /// A folder is no server: nothing is counted.
    pub is_counted: bool,
}

/// Prepares a child process before it starts: guard gives it the inherited limits back.
pub type BeforeChild = fn(&mut Command);

/// The transport of `url`. Nothing is connected or started before the first mail.
pub fn open(
    url: &TransportUrl,
    password: Option<&str>,
    data_folder: &Path,
    timeout: Duration,
    before_child: BeforeChild,
) -> Box<dyn Transport> {
    match url {
        TransportUrl::Smtp(server) => {
            Box::new(smtp::Smtp::new(server.clone(), password, data_folder, timeout))
        }
        TransportUrl::Sendmail(program) => {
            Box::new(sendmail::Sendmail::new(program.clone(), timeout, before_child))
        }
        TransportUrl::Folder(folder) => Box::new(folder::Folder::new(data_folder.join(folder))),
    }
}

/// A return path that cannot become more than one: printable ASCII, no angle brackets; empty for none.
fn is_return_path(from: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'<' && byte != b'>';
    from.len() <= 254 && from.bytes().all(is_plain) && !from.starts_with('-')
}
