//! `neo-fleet notice send|status|settings`: the outbox of mails to customers and staff.
//! Not what they are about: incident, key extend.

use std::time::Duration;

use clap::Subcommand;
use neo::error::{Error, Result};
use neo::guard::budget::Budget;
use serde_json::{Map, json};

use super::{Answer, Page};
use crate::app::Fleet;
use crate::notices::{courier, sender};
use crate::store::Store;
use crate::store::notices::{Counts, LedgerRow};
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
    /// The rows of one notice.
    Show {
        notice: String,
        /// Only those in this state, e.g. unsure.
        #[arg(long)]
        state: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// A mail that failed, or of which nobody knows whether it arrived, goes once more.
    Again { notice: String, customer: String },
    /// A mail of which nobody knew whether it arrived did.
    Arrived { notice: String, customer: String },
    /// From whom notices come, how they leave, who of the staff is reminded; prints what is set.
    Settings {
        /// As NEO's own setting: smtp://user@host:587?tls=required, sendmail:/usr/sbin/sendmail, folder:outbox. The password
        /// lies in the file mail-password of the fleet's folder.
        #[arg(long)]
        transport: Option<String>,
        /// A name and an address as in a mail's head.
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
            NoticeCommand::Show { notice, state, page } => {
                let rows = fleet.store.notice_rows(&notice, state.as_deref(), page.after(), page.limit())?;
                let next = page.next(rows.len(), rows.last().map(|last| last.customer.as_str()));
                let row = |row: &LedgerRow| {
                    format!("{} {} {} {} {}", row.customer, row.address, row.state, row.attempts, row.reply)
                };
                Ok(Answer::new(json!({ "rows": rows, "next": next }), rows.iter().map(row).collect()))
            }
            NoticeCommand::Again { notice, customer } => {
                let act = fleet.act();
                decide(fleet, &notice, &customer, "notice to go again", |store| {
                    store.send_again(&notice, &customer, act.now)
                })
            }
            NoticeCommand::Arrived { notice, customer } => {
                decide(fleet, &notice, &customer, "notice counted as sent", |store| {
                    store.count_as_sent(&notice, &customer)
                })
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

/// What a person decides about one row, with its line in the audit.
fn decide(
    fleet: &mut Fleet,
    notice: &str,
    customer: &str,
    what: &str,
    mut decide: impl FnMut(&mut Store) -> Result<bool>,
) -> Result<Answer> {
    let act = fleet.act();
    fleet.store.transaction(|store| match decide(store)? {
        true => store.audit_act(&act, &format!("{what}: {notice}"), customer),
        false => Err(Error::invalid(errors::NOTICE_NOT_OPEN).with("customer", customer)),
    })?;
    Ok(Answer::line(json!({ "notice": notice, "customer": customer }), customer))
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
