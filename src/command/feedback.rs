//! `neo feedback < mail`: what .forward, .mailfilter and .qmail pipe in. Not the work: mail/feedback.
//!
//! A mail server bounces or loops a mail by the exit code of what it pipes to. So there are two: 0, done (also for what
//! nobody understands), and 75, try again later, for every failure of ours. Nothing is printed unless asked for, since
//! some servers mail the output back.

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use clap::Args;

use super::{Place, say, say_json};
use crate::error::{Error, Result};
use crate::guard::budget::Budget;
use crate::mail::feedback::{parts, take};

#[derive(Args)]
pub(super) struct Feedback {
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON line.
    #[arg(long)]
    json: bool,
    /// The address that the mail came to, where no header and no variable tells it.
    #[arg(long, value_name = "ADDRESS")]
    recipient: Option<String>,
}

/// Variables in which Postfix, qmail, Exim and sendmail name the address that a mail came to.
const RECIPIENT: [&str; 5] = ["ORIGINAL_RECIPIENT", "RECIPIENT", "LOCAL_PART", "EXT", "EXTENSION"];
const WALL: Duration = Duration::from_secs(15);

impl Feedback {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let mail = read_all()?;
        let (app, store) = place.open_within(Budget::new(WALL, 0, 100_000))?;
        let mut addressed: Vec<String> = self.recipient.into_iter().collect();
        addressed.extend(RECIPIENT.iter().filter_map(|name| std::env::var(name).ok()));
        // A panic would be exit code 101, which servers mail back.
        let taken = || take(&app, &store, &mail, &addressed, self.dry_run);
        let answer = catch_unwind(AssertUnwindSafe(taken))
            .unwrap_or_else(|_| Err(Error::fault("taking in a mail", "a panic")))?;
        match (self.json, self.dry_run) {
            (true, _) => say_json(&answer),
            (false, true) => say(&format!(
                "{} {} {}",
                answer.kind,
                answer.reason.unwrap_or("-"),
                answer.recipient.as_deref().unwrap_or("-")
            )),
            (false, false) => Ok(()),
        }
    }
}

/// The beginning of the mail. The rest is read too, or the server would take the closed pipe for a failure.
fn read_all() -> Result<Vec<u8>> {
    let reading = |cause| Error::fault("reading the mail from standard input", cause);
    let mut mail = Vec::new();
    let mut input = std::io::stdin().lock();
    let most = u64::try_from(parts::MOST_BYTES).unwrap_or(u64::MAX);
    input.by_ref().take(most).read_to_end(&mut mail).map_err(reading)?;
    std::io::copy(&mut input, &mut std::io::sink()).map_err(reading)?;
    Ok(mail)
}
