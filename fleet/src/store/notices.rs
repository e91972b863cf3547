//! The outbox of mails to customers and staff: one row for each notice and person, with the ledger's states.
//! Not what the mails say (notices/words) and not their sending (notices/courier).

use neo::clock::Instant;
use neo::domain::delivery::{Ledger, State};
use neo::error::{Error, Result};
use neo::link::feed::Words;

use super::{Row, Store};
use crate::values;

/// An occasion to write.
#[derive(Clone, Debug, Default)]
pub struct Notice {
    pub id: String,
    pub incident: Option<String>,
    /// opened, update, resolved, report, extended, draft, reminder
    pub occasion: String,
    pub subject: Words,
    pub text: Words,
    pub at: Instant,
}

/// Whom a row is for.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// The customer's id; of staff the address.
    pub id: String,
    pub name: String,
    pub address: String,
    pub language: String,
}

/// A row of the ledger with what its mail needs.
#[derive(Clone, Debug)]
pub struct Mail {
    pub notice: String,
    pub person: Person,
    pub about: String,
    pub state: State,
    pub attempts: i64,
    pub unsure: i64,
    pub message_id: String,
}

/// What became of a row in hand.
#[derive(Clone, Debug)]
pub struct Record {
    pub notice: String,
    pub customer: String,
    pub state: State,
    pub reply: String,
    pub due_at: Instant,
    /// Whether the attempt counts; nothing was handed over if not.
    pub counts: bool,
    /// How often nobody knew whether it arrived, this time included.
    pub unsure: i64,
    /// Nothing more will be tried.
    pub is_done: bool,
}

/// A row as staff look at it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct LedgerRow {
    pub customer: String,
    pub address: String,
    pub language: String,
    pub state: String,
    pub attempts: i64,
    pub due_at: Instant,
    pub done_at: Option<Instant>,
    pub reply: String,
}

/// The counts of one notice.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Counts {
    pub notice: String,
    pub occasion: String,
    pub incident: Option<String>,
    pub at: Instant,
    #[serde(flatten)]
    pub ledger: Ledger,
}

impl Store {
    /// Writes a notice; `false` if this occasion had one already.
    pub fn add_notice(&mut self, notice: &Notice) -> Result<bool> {
        let write =
            "insert into notices (id, incident, occasion, subject_ja, subject_en, text_ja, text_en, at)
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing";
        let written = self.execute(
            write,
            &values![
                &notice.id,
                notice.incident.clone(),
                &notice.occasion,
                &notice.subject.ja,
                &notice.subject.en,
                &notice.text.ja,
                &notice.text.en,
                notice.at
            ],
        )?;
        Ok(written > 0)
    }

    /// A row for each customer with a site at an incident's providers, or, if it names none, for each with a key: one that
    /// was valid at the moment `since`.
    pub fn queue_for_affected(&mut self, notice: &str, incident: &str, since: Instant) -> Result<u64> {
        let write = "insert into notice_mails
                 (notice, customer, name, address, language, about, state, attempts, unsure, due_at, reply, message_id)
             select n.id, c.id, c.name, c.email, c.language, '', 'queued', 0, 0, n.at, '', ''
             from customers c join notices n on n.id = $1
             where exists (
                 select 1 from keys k left join sites s on s.key = k.key and s.state <> 'gone'
                 where k.customer = c.id and k.state = 'active' and k.valid_until > $3
                 and (not exists (select 1 from incident_providers p where p.incident = $2)
                     or s.provider in (select provider from incident_providers p where p.incident = $2)))
             on conflict (notice, customer) do nothing";
        self.execute(write, &values![notice, incident, since])
    }

    /// A row for one person; `false` if she has one of this notice already.
    pub fn queue_mail(&mut self, notice: &str, person: &Person, about: &str, now: Instant) -> Result<bool> {
        let write = "insert into notice_mails
                 (notice, customer, name, address, language, about, state, attempts, unsure, due_at, reply, message_id)
             values ($1, $2, $3, $4, $5, $6, 'queued', 0, 0, $7, '', '') on conflict (notice, customer) do nothing";
        let written = self.execute(
            write,
            &values![notice, &person.id, &person.name, &person.address, &person.language, about, now],
        )?;
        Ok(written > 0)
    }

    pub fn notice(&mut self, id: &str) -> Result<Option<Notice>> {
        let row = self.row(
            "select id, incident, occasion, subject_ja, subject_en, text_ja, text_en, at from notices where id = $1",
            &values![id],
        )?;
        row.map(|row| {
            Ok(Notice {
                id: row.text(0)?,
                incident: row.optional_text(1)?,
                occasion: row.text(2)?,
                subject: Words::new(row.text(3)?, row.text(4)?),
                text: Words::new(row.text(5)?, row.text(6)?),
                at: row.integer(7)?,
            })
        })
        .transpose()
    }

    /// The counts of one notice, or of the latest; each adds up to its audience.
    pub fn notice_counts(&mut self, id: Option<&str>, limit: i64) -> Result<Vec<Counts>> {
        let notices = match id {
            Some(id) => self.query(
                "select id, occasion, incident, at from notices where id = $1 limit $2",
                &values![id, limit],
            )?,
            None => self.query(
                "select id, occasion, incident, at from notices order by at desc, id desc limit $1",
                &values![limit],
            )?,
        };
        notices.iter().map(|row| self.counts_of(row)).collect()
    }

    /// The counts of all notices of an incident.
    pub fn notice_counts_of(&mut self, incident: &str) -> Result<Vec<Counts>> {
        let notices = self.query(
            "select id, occasion, incident, at from notices where incident = $1 order by at, id",
            &values![incident],
        )?;
        notices.iter().map(|row| self.counts_of(row)).collect()
    }

    fn counts_of(&mut self, row: &Row) -> Result<Counts> {
        let notice = row.text(0)?;
        let states = self.query(
            "select state, count(*) from notice_mails where notice = $1 group by state",
            &values![&notice],
        )?;
        let mut ledger = Ledger::default();
        for state in states {
            let count = state.integer(1)?;
            ledger.add(parse(&state.text(0)?)?, count);
            ledger.audience += count;
        }
        Ok(Counts {
            notice,
            occasion: row.text(1)?,
            incident: row.optional_text(2)?,
            at: row.integer(3)?,
            ledger,
        })
    }

    /// The rows of a notice in the order of their customers, after one of them; of one state if given.
    pub fn notice_rows(
        &mut self,
        notice: &str,
        state: Option<&str>,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<LedgerRow>> {
        let rows = self.query(
            "select customer, address, language, state, attempts, due_at, done_at, reply from notice_mails
             where notice = $1 and customer > $2 and ($3 = '' or state = $3) order by customer limit $4",
            &values![notice, after.unwrap_or(""), state.unwrap_or(""), limit],
        )?;
        rows.iter()
            .map(|row| {
                Ok(LedgerRow {
                    customer: row.text(0)?,
                    address: row.text(1)?,
                    language: row.text(2)?,
                    state: row.text(3)?,
                    attempts: row.integer(4)?,
                    due_at: row.integer(5)?,
                    done_at: row.optional_integer(6)?,
                    reply: row.text(7)?,
                })
            })
            .collect()
    }

    /// A person has looked: a row that failed or rests unsure goes once more. `false`: it does neither.
    pub fn send_again(&mut self, notice: &str, customer: &str, now: Instant) -> Result<bool> {
        let write = "update notice_mails set done_at = null, due_at = $3, attempts = 0,
                 unsure = case when state = 'unsure' then 1 else 0 end,
                 state = case when state = 'failed' then 'deferred' else state end
             where notice = $1 and customer = $2 and done_at is not null and state in ('failed', 'unsure')";
        Ok(self.execute(write, &values![notice, customer, now])? > 0)
    }

    /// A person has looked: an unsure row did arrive. `false`: it does not rest unsure.
    pub fn count_as_sent(&mut self, notice: &str, customer: &str) -> Result<bool> {
        let write = "update notice_mails set state = 'sent', mail = null
             where notice = $1 and customer = $2 and done_at is not null and state = 'unsure'";
        Ok(self.execute(write, &values![notice, customer])? > 0)
    }

    /// Rows that are due, oldest first.
    pub fn due_mails(&mut self, now: Instant, limit: i64) -> Result<Vec<(String, String)>> {
        let rows = self.query(
            "select notice, customer from notice_mails
             where done_at is null and due_at <= $1 and state in ('queued', 'deferred', 'unsure')
             order by due_at, notice, customer limit $2",
            &values![now, limit],
        )?;
        rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
    }

    /// When the next row is due, if one waits.
    pub fn next_mail_due(&mut self) -> Result<Option<Instant>> {
        let row = self.row(
            "select min(due_at) from notice_mails where done_at is null and state in ('queued', 'deferred', 'unsure')",
            &[],
        )?;
        row.map_or(Ok(None), |row| row.optional_integer(0))
    }

    pub fn mail(&mut self, notice: &str, customer: &str) -> Result<Option<Mail>> {
        let row = self.row(
            "select notice, customer, name, address, language, about, state, attempts, unsure, message_id
             from notice_mails where notice = $1 and customer = $2 and done_at is null",
            &values![notice, customer],
        )?;
        row.map(|row| {
            Ok(Mail {
                notice: row.text(0)?,
                person: Person {
                    id: row.text(1)?,
                    name: row.text(2)?,
                    address: row.text(3)?,
                    language: row.text(4)?,
                },
                about: row.text(5)?,
                state: parse(&row.text(6)?)?,
                attempts: row.integer(7)?,
                unsure: row.integer(8)?,
                message_id: row.text(9)?,
            })
        })
        .transpose()
    }

    /// The bytes of a mail that may have arrived: it goes again as it was.
    pub fn mail_in_hand(&mut self, notice: &str, customer: &str) -> Result<Option<Vec<u8>>> {
        let row = self.row(
            "select mail from notice_mails where notice = $1 and customer = $2 and mail is not null",
            &values![notice, customer],
        )?;
        row.map(|row| row.bytes(0)).transpose()
    }

    /// Counts the attempt and keeps the bytes; `false` if the row is not to be sent any more.
    pub fn begin_mail(&mut self, mail: &Mail, bytes: &[u8], now: Instant) -> Result<bool> {
        let write = "update notice_mails set state = 'sending', attempts = attempts + 1, begun_at = $3, message_id = $4, mail = $5
             where notice = $1 and customer = $2 and done_at is null and state in ('queued', 'deferred', 'unsure')";
        let begun = self
            .execute(write, &values![&mail.notice, &mail.person.id, now, &mail.message_id, bytes.to_vec()])?;
        Ok(begun > 0)
    }

    pub fn record_mail(&mut self, record: &Record, now: Instant) -> Result<()> {
        let done_at = record.is_done.then_some(now);
        let write = "update notice_mails set state = $3, reply = $4, due_at = $5, done_at = $6,
                 mail = case when cast($6 as bigint) is null then mail end, unsure = $7, attempts = attempts - $8
             where notice = $1 and customer = $2 and state = 'sending'";
        self.execute(
            write,
            &values![
                &record.notice,
                &record.customer,
                record.state.word(),
                &record.reply,
                record.due_at,
                done_at,
                record.unsure,
                !record.counts
            ],
        )
        .map(|_| ())
    }

    /// What died in hand is unsure: nobody knows whether it arrived. The second time it rests.
    pub fn recover_mails(&mut self, most_unsure: i64, now: Instant) -> Result<u64> {
        let write = "update notice_mails set state = 'unsure', unsure = unsure + 1, due_at = $1,
                 done_at = case when unsure + 1 >= $2 then cast($1 as bigint) end
             where state = 'sending'";
        self.execute(write, &values![now, most_unsure])
    }

    /// Takes the lease of sending if it is free, over, or ours (`owner` begins with `place`: the one before died here).
    pub fn take_lease(&mut self, owner: &str, place: &str, now: Instant, until: Instant) -> Result<bool> {
        let write = "insert into notice_lease (name, owner, until) values ('send', $1, $3)
             on conflict (name) do update set owner = excluded.owner, until = excluded.until
             where notice_lease.until <= $4 or substr(notice_lease.owner, 1, length(cast($2 as text))) = $2";
        Ok(self.execute(write, &values![owner, place, until, now])? > 0)
    }

    /// Lengthens the lease; `false` if somebody else has it.
    pub fn keep_lease(&mut self, owner: &str, until: Instant) -> Result<bool> {
        let write = "update notice_lease set until = $2 where name = 'send' and owner = $1";
        Ok(self.execute(write, &values![owner, until])? > 0)
    }

    pub fn leave_lease(&mut self, owner: &str) -> Result<()> {
        self.execute("delete from notice_lease where name = 'send' and owner = $1", &values![owner])
            .map(|_| ())
    }
}

fn parse(word: &str) -> Result<State> {
    State::parse(word).ok_or_else(|| Error::fault("reading the ledger of notices", word))
}
