//! `neo-fleet notice send|status|settings`: the outbox of mails to customers and staff.
//! Not what they are about: incident, key extend.

use std::time::Duration;

use clap::Subcommand;
use neo::error::{Error, Result};
use neo::guard::budget::Budget;
use serde_json::{Map, json};

use super::Answer;
use crate::app::Fleet;
use crate::notices::{courier, sender};
use crate::store::notices::Counts;
use crate::texts::errors;

#[derive(Subcommand)]
pub(super) enum NoticeCommand {
    /// Send what is due.
    Send {
        /// So many mails at most.
        #[arg(long, default_value_t = 1000)]
        budget: u64,
        /// So many seconds at most.
        #[arg(long, default_value_t = 600)]
        seconds: u64,
    },
    /// How many mails are in which state; each notice's add up to its audience.
    Status {
        notice: Option<String>,
        #[arg(long, default_value_t = 50)]
        limit: i64,
    },
    /// From whom notices come, how they leave, who of the staff is reminded; prints what is set.
    Settings {
        /// As NEO's own setting: smtp://user@host:587?tls=required, sendmail:/usr/sbin/sendmail, folder:outbox. The password
        /// lies in the file mail-password of the fleet's folder.
        #[arg(long)]
        transport: Option<String>,
        /// 'Name <address>'
        #[arg(long)]
        from: Option<String>,
        /// Addresses, with commas.
        #[arg(long)]
        staff: Option<String>,
        /// When the office closes, HH:MM: what is noticed later owes its first report on the next business day.
        #[arg(long)]
        office_closes: Option<String>,
        /// Business days until the after-report is due.
        #[arg(long)]
        after_report_days: Option<i64>,
    },
}

impl NoticeCommand {
    pub(super) fn run(self, fleet: &mut Fleet) -> Result<Answer> {
        match self {
            NoticeCommand::Send { budget, seconds } => {
                let budget = Budget::new(Duration::from_secs(seconds), budget, u64::MAX);
                let report = courier::send(fleet, &budget)?;
                let mut line = format!(
                    "sent {} deferred {} failed {} unsure {}",
                    report.sent, report.deferred, report.failed, report.unsure
                );
                for why in report.stopped_by.iter().copied().chain(report.trouble.as_deref()) {
                    line.push_str(": ");
                    line.push_str(why);
                }
                Ok(Answer::line(json!(report), line))
            }
            NoticeCommand::Status { notice, limit } => {
                let counts = fleet.store.notice_counts(notice.as_deref(), limit.clamp(1, 1000))?;
                if let (Some(id), true) = (notice, counts.is_empty()) {
                    return Err(Error::not_found(errors::NOTICE_UNKNOWN).with("id", id));
                }
                Ok(Answer::new(json!({ "notices": counts }), counts.iter().map(line).collect()))
            }
            NoticeCommand::Settings { transport, from, staff, office_closes, after_report_days } => {
                let typed = sender::Typed { transport, from, staff, office_closes, after_report_days };
                sender::put(&mut fleet.store, &typed)?;
                let mut found = Map::new();
                let mut lines = Vec::new();
                for name in sender::ALL {
                    let value = fleet.store.meta(name)?;
                    lines.push(format!("{name} {}", value.as_deref().unwrap_or("-")));
                    found.insert(name.to_string(), json!(value));
                }
                Ok(Answer::new(found.into(), lines))
            }
        }
    }
}

fn line(counts: &Counts) -> String {
    let ledger = &counts.ledger;
    format!(
        "{} audience {} queued {} sending {} sent {} deferred {} failed {} unsure {}",
        counts.notice,
        ledger.audience,
        ledger.queued,
        ledger.sending,
        ledger.sent,
        ledger.deferred,
        ledger.failed,
        ledger.unsure
    )
}
