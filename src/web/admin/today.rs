//! 今日: what goes out, what waits, who reads, which clocks tick, and what needs the owner.
//! Not the details: each line leads to its page.

use crate::app::App;
use crate::clock::Instant;
use crate::domain::broadcast::{Broadcast, State};
use crate::domain::id::MessageId;
use crate::domain::list::List;
use crate::domain::transport_url::{self, TransportUrl};
use crate::error::Result;
use crate::mail::pace::{login_subject, trouble_subject};
use crate::mail::tick::SILENT_AFTER;
use crate::mail::{activation as keys, notices, outlet};
use crate::settings;
use crate::store::Reader;
use crate::store::holds::WAITS_FOR_OWNER;
use crate::store::ticks::Beat;
use crate::texts::{Language, Text, admin, guard, pace, site, transfer};
use crate::web::access::Admin;
use crate::web::admin::deliveries::{self, settle_button};
use crate::web::admin::tick::source_name;
use crate::web::admin::{activation, news, page, tick, update};
use crate::web::call::Call;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Column, Markup, Nav, TimelineItem, Tone, html};

/// With nothing due a clock may beat once a day: a pinger comes again when the report says.
const ASLEEP: i64 = 26 * 3600;
/// Rows shown of mails of which nobody knows.
const UNSURE_SHOWN: i64 = 20;

/// Seconds that a backup may take.
const UNDER_WAY: i64 = 120;

/// What every part of the page is given.
struct Today<'a> {
    call: &'a Call<'a>,
    admin: &'a Admin,
    app: &'a App,
    store: &'a Reader,
    language: Language,
    now: Instant,
    lists: Vec<List>,
    beats: Vec<Beat>,
}

/// GET /admin
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let today = Today {
        call,
        admin,
        app,
        store,
        language: call.language,
        now: app.clock.now(),
        lists: store.lists()?,
        beats: store.beats()?,
    };
    let title = today.say(site::TODAY);
    let known = keys::known(app, store)?;
    let write = html! {
        @if !today.lists.is_empty() {
            (view::link_button(&call.link("/admin/broadcasts/new"), today.say(site::WRITE_MAIL), ButtonKind::Primary))
        }
    };
    let content = html! {
        (view::page_heading(title, write))
        (activation::notice_of_today(call, app, &known))
        (today.warnings()?)
        (today.guide()?)
        @if !today.lists.is_empty() {
            (today.figures()?)
            (view::columns(
                html! { (today.running()?) (today.unsure()?) (today.readers()?) },
                html! { (today.clocks()) (news::card_of_today(call, app, store)?) (today.sequences()?) },
            ))
        }
        (activation::quiet_line(call, &known))
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Today, content))
}

impl Today<'_> {
    fn say(&self, text: Text) -> &'static str {
        text.to(self.language)
    }

    fn link(&self, path: &str, label: &str) -> Markup {
        view::link(&self.call.link(path), label)
    }

    fn notice(&self, tone: Tone, words: &str, path: &str, label: Text) -> Markup {
        view::notice(tone, html! { p { (words) } p { (self.link(path, self.say(label))) } })
    }

    /// What needs the owner, the gravest first.
    fn warnings(&self) -> Result<Markup> {
        let silent = match notices::last_clock(self.store)? {
            None => Some(site::CLOCK_NEVER),
            Some(at) if self.is_missed(at)? => Some(site::CLOCK_SILENT),
            Some(_) => None,
        };
        let transport = transport_url::parse(self.app.settings.value(&settings::TRANSPORT));
        let is_try_out = matches!(transport, Ok(TransportUrl::Folder(_)));
        Ok(html! {
            (self.held()?)
            (self.trouble()?)
            (self.resting()?)
            (tick::advice(self.call, self.app, self.store)?)
            (update::notice_of_today(self.call, self.app, self.store)?)

            (self.undecided()?)
            (self.backup()?)
            @if let Some(silent) = silent {
                (self.notice(Tone::Warn, self.say(silent), "/admin/settings/tick", site::TO_CLOCK))
            }
            @if !self.app.settings.missing_sender_details().is_empty() {
                (self.notice(Tone::Warn, self.say(site::SENDER_MISSING), "/admin/settings", site::TO_SENDER))
            }
            @if is_try_out {
                (self.notice(Tone::Info, self.say(site::TRYING_OUT), "/admin/outbox", site::TO_OUTBOX))
            }
        })
    }

    /// A backup was restored, and nothing goes out before the owner has looked.
    fn held(&self) -> Result<Markup> {
        let Some(hold) = self.store.hold()? else { return Ok(html! {}) };
        let made_at = hold.detail.parse().unwrap_or(hold.at);
        let (at, when) = (page::time(self.app, hold.at), page::time(self.app, made_at));
        let words = transfer::HELD.with(self.language, &[("at", &at), ("when", &when)]);
        Ok(self.notice(Tone::Error, &words, "/admin/settings/backups", transfer::TO_BACKUPS))
    }

    /// Mail servers that could not be reached (the first answer from one clears its note), or that refused the password
    /// twice.
    fn trouble(&self) -> Result<Markup> {
        let ticks = self.store.ticks(20)?;
        let why = ticks.iter().map(|tick| tick.trouble.as_str()).find(|trouble| !trouble.is_empty());
        let why = why.unwrap_or_default();
        let mut notes = Vec::new();
        for way in outlet::ways(self.app) {
            let held = self.store.throttle(&trouble_subject(way.number))?;
            if self.store.throttle(&login_subject(way.number))?.blocked_until == WAITS_FOR_OWNER {
                let words = pace::LOGIN_STOPPED.with(self.language, &[("why", why)]);
                notes.push(self.notice(Tone::Error, &words, "/admin/settings/sending", site::TO_SENDING));
            } else if held.count > 0 {
                let when = page::time(self.app, held.blocked_until);
                let words = site::TRANSPORT_TROUBLE.with(self.language, &[("why", why), ("when", &when)]);
                notes.push(self.notice(Tone::Error, &words, "/admin/settings/sending", site::TO_SENDING));
            }
        }
        for hold in self.store.holds()? {
            let (subject, _) = self.store.message_subject(hold.message)?;
            let words = pace::HELD.with(self.language, &[("subject", &subject), ("why", &hold.reply)]);
            notes.push(self.notice(Tone::Error, &words, "/admin/settings/pace", pace::TO_PACE));
        }
        Ok(html! { @for note in &notes { (note) } })
    }

    /// Work that was set aside, and sequences that cannot go on: both wait for her.
    fn resting(&self) -> Result<Markup> {
        let aside = page::number(i64::try_from(self.store.all_set_aside()?.len()).unwrap_or(i64::MAX));
        let mut notes = Vec::new();
        if aside != "0" {
            let words = guard::ASIDE_NOTICE.with(self.language, &[("count", &aside)]);
            notes.push(self.notice(Tone::Warn, &words, "/admin/settings/guard", guard::TO_GUARD));
        }
        for sequence in self.store.sequences()?.iter().filter(|sequence| !sequence.paused_why.is_empty()) {
            let words = site::SEQUENCE_STUCK.with(self.language, &[("title", &sequence.title)]);
            let path = format!("/admin/sequences/{}", sequence.id);
            notes.push(self.notice(Tone::Warn, &words, &path, site::TO_SEQUENCE));
        }
        Ok(html! { @for note in &notes { (note) } })
    }

    /// Split tests that have their figures and wait for her choice.
    fn undecided(&self) -> Result<Markup> {
        let mut notes = Vec::new();
        for test in self.store.undecided_splits(self.now)? {
            let (subject, _) = self.store.message_subject(test)?;
            let words = site::SPLIT_WAITS.with(self.language, &[("subject", &subject)]);
            notes.push(self.notice(Tone::Warn, &words, &format!("/admin/broadcasts/{test}"), site::TO_SPLIT));
        }
        Ok(html! { @for note in &notes { (note) } })
    }

    /// The last backup failed. One that has just begun says so too until it is done.
    fn backup(&self) -> Result<Markup> {
        let last = self.store.latest_backup()?;
        let failed = last.filter(|last| !last.trouble.is_empty() && self.now - last.at > UNDER_WAY);
        let Some(failed) = failed else { return Ok(html! {}) };
        let when = page::time(self.app, failed.at);
        let words = transfer::BACKUP_FAILED.with(self.language, &[("when", &when), ("why", &failed.trouble)]);
        Ok(self.notice(Tone::Warn, &words, "/admin/settings/backups", transfer::TO_BACKUPS))
    }

    /// Three steps to the first mail; gone once there is one.
    fn guide(&self) -> Result<Markup> {
        let has_mail = !self.store.broadcasts_page(MessageId(i64::MAX), 1)?.is_empty()
            || !self.store.sequences()?.is_empty();
        if has_mail {
            return Ok(html! {});
        }
        let first = self.lists.first();
        let button = |path: &str, label: Text, kind: ButtonKind| {
            view::link_button(&self.call.link(path), self.say(label), kind)
        };
        let form = first.map(|list| format!("/f/{}", list.name.as_str()));
        let step = |marker: &'static str, title: Text, detail: Text, actions: Markup| TimelineItem {
            marker,
            title: html! { (self.say(title)) },
            detail: html! { (self.say(detail)) },
            actions,
        };
        let make = match first {
            None => button("/admin/forms/new", site::MAKE_LIST, ButtonKind::Primary),
            Some(_) => view::badge(Tone::Success, self.say(site::STEP_DONE)),
        };
        let publish = html! {
            @if let Some(form) = &form {
                (button(form, site::LOOK_AT_FORM, ButtonKind::Secondary))
                (button("/admin/forms", site::TO_FORMS, ButtonKind::Quiet))
            }
        };
        let write = html! {
            @if first.is_some() { (button("/admin/broadcasts/new", site::WRITE_MAIL, ButtonKind::Secondary)) }
        };
        let items = [
            step("1", site::START_LIST, site::START_LIST_TEXT, make),
            step("2", site::START_FORM, site::START_FORM_TEXT, publish),
            step("3", site::START_MAIL, site::START_MAIL_TEXT, write),
        ];
        Ok(view::card(self.say(site::START_TITLE), view::timeline(&items)))
    }

    fn figures(&self) -> Result<Markup> {
        let mut confirmed = 0;
        for list in &self.lists {
            confirmed += self.store.list_counts(list.id)?.confirmed;
        }
        let next = self.store.next_due()?.map(|at| at.max(self.now));
        let soon = match next {
            None => self.say(site::NOTHING_DUE).to_string(),
            Some(at) if at == self.now => self.say(site::DUE_NOW).to_string(),
            Some(at) => page::distance(self.now, at, self.language),
        };
        let when = match next {
            None => String::new(),
            Some(at) if at == self.now => self.say(site::DUE_NOW_HINT).to_string(),
            Some(at) => page::time(self.app, at),
        };
        let waiting = page::number(self.store.waiting_deliveries()?);
        Ok(view::stats(&[
            view::stat_linked(
                &self.call.link("/admin/subscribers"),
                self.say(site::READERS),
                &page::number(confirmed),
                "",
            ),
            view::stat(self.say(site::WAITING_MAILS), &waiting, ""),
            view::stat(self.say(site::NEXT_SENDING), &soon, &when),
        ]))
    }

    fn running(&self) -> Result<Markup> {
        let mut lines = Vec::new();
        for broadcast in self.store.open_broadcasts()? {
            lines.push(self.broadcast(&broadcast)?);
        }
        Ok(view::card(
            self.say(site::RUNNING),
            html! {
                @if lines.is_empty() { p { (self.say(site::NOTHING_RUNNING)) } }
                @for line in &lines { (line) }
            },
        ))
    }

    /// One broadcast that is under way or waits for its time.
    fn broadcast(&self, broadcast: &Broadcast) -> Result<Markup> {
        let subject = self.store.message(broadcast.message)?.content.subject;
        let title = self.link(&format!("/admin/broadcasts/{}", broadcast.message), &subject);
        if broadcast.state == State::Scheduled {
            let when = broadcast.at.map(|at| page::time(self.app, at)).unwrap_or_default();
            return Ok(html! {
                p { (view::badge(Tone::Warn, self.say(site::SCHEDULED))) " " (when) " " (title) }
            });
        }
        let ledger = self.store.ledger(broadcast.message)?;
        let done = ledger.audience - ledger.open();
        let words = site::SENT_OF
            .with(self.language, &[("sent", &page::number(done)), ("all", &page::number(ledger.audience))]);
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        Ok(html! {
            p { (title) }
            (view::progress(self.say(site::UNDER_WAY), &words, count(done), count(ledger.audience)))
        })
    }

    /// Mails of which nobody knows whether they arrived, with the two answers.
    fn unsure(&self) -> Result<Markup> {
        let count = self.store.unsure_count()?;
        if count == 0 {
            return Ok(html! {});
        }
        let mut rows = Vec::new();
        for delivery in self.store.unsure_deliveries(UNSURE_SHOWN)? {
            let reader = self.store.subscription(delivery.subscription)?;
            let address = reader.map(|reader| reader.address).unwrap_or_default();
            let may_again = deliveries::may_be_sent_again(self.store, &delivery)?;
            rows.push(vec![
                self.link(&format!("/admin/subscribers/{}", delivery.subscription), &address),
                html! { (self.store.message(delivery.message)?.content.subject) },
                html! { (deliveries::reason(&delivery, self.language)) },
                html! {
                    @if may_again { (settle_button(self.call, self.admin, &delivery, true)) }
                    (settle_button(self.call, self.admin, &delivery, false))
                },
            ]);
        }
        let columns = [
            Column::main(self.say(site::EMAIL)),
            Column::text(self.say(site::SUBJECT)),
            Column::text(self.say(admin::TROUBLED_WHY)),
            Column::actions(self.say(site::TO_DO)),
        ];
        let words = site::UNSURE_ROWS.with(self.language, &[("count", &page::number(count))]);
        let is_retried = self.app.settings.value(&settings::UNSURE) == "retry";
        let next = match is_retried && self.store.unsure_to_retry_count()? > 0 {
            true => site::UNSURE_RETRIED,
            false => site::UNSURE_HELD,
        };
        Ok(view::card(
            self.say(site::UNSURE),
            html! {
                p { (words) " " (self.say(next)) }
                (view::table(self.say(site::UNSURE), &columns, &rows))
            },
        ))
    }

    fn readers(&self) -> Result<Markup> {
        let mut rows = Vec::new();
        for list in &self.lists {
            let counts = self.store.list_counts(list.id)?;
            rows.push(vec![
                self.link(&format!("/admin/subscribers?list={}", list.id), &list.title),
                html! { (page::number(counts.confirmed)) },
                html! { (page::number(counts.pending)) },
            ]);
        }
        let columns = [
            Column::main(self.say(site::LIST)),
            Column::number(self.say(site::CONFIRMED)),
            Column::number(self.say(site::PENDING)),
        ];
        Ok(view::card(self.say(site::LISTS), view::table(self.say(site::LISTS), &columns, &rows)))
    }

    fn is_silent(&self, at: Instant) -> bool {
        self.now - at > SILENT_AFTER
    }

    /// Whether a clock that was last heard at `at` should have come again: something is planned, or a day has gone by.
    fn is_missed(&self, at: Instant) -> Result<bool> {
        if !self.is_silent(at) {
            return Ok(false);
        }
        let is_planned = self.store.next_due()?.is_some_and(|due| due < WAITS_FOR_OWNER);
        Ok(is_planned || self.now - at > ASLEEP)
    }

    /// Each clock that is allowed or was heard once.
    fn clocks(&self) -> Markup {
        let heard = |source: &str| self.beats.iter().find(|beat| beat.source == source).map(|beat| beat.at);
        let facts: Vec<(&str, Markup)> = ["cron", "poller", "url", "visit"]
            .iter()
            .filter(|source| self.app.settings.has(&settings::TICK_SOURCES_ALLOWED, source))
            // Most sites are not called by the vendor, and need not be told so each day.
            .filter(|source| **source != "poller" || heard(source).is_some() || self.wants(source))
            .map(|source| (source_name(source, self.language), self.clock(source, heard(source))))
            .collect();
        view::card(
            self.say(site::TAB_CLOCK),
            html! {
                (view::definition_list(&facts))
                p { (self.link("/admin/settings/tick", self.say(site::TO_CLOCK))) }
            },
        )
    }

    fn wants(&self, source: &str) -> bool {
        self.app.settings.value(&settings::WANTED_CLOCK) == source
    }

    fn clock(&self, source: &str, heard: Option<Instant>) -> Markup {
        let (tone, word) = match heard {
            None if source == "visit" => (Tone::Neutral, site::CLOCK_STANDS_BY),
            Some(at) if source == "visit" && self.is_silent(at) => (Tone::Neutral, site::CLOCK_STANDS_BY),
            None => (Tone::Neutral, site::CLOCK_UNUSED),
            Some(at) if self.is_silent(at) => (Tone::Warn, site::CLOCK_STOPPED),
            Some(_) => (Tone::Success, site::CLOCK_TICKS),
        };
        let ago = heard.map(|at| page::distance(self.now, at, self.language)).unwrap_or_default();
        html! { (view::badge(tone, self.say(word))) " " (ago) }
    }

    fn sequences(&self) -> Result<Markup> {
        let mut facts = Vec::new();
        let sequences = self.store.sequences()?;
        for sequence in &sequences {
            let count = page::number(self.store.active_enrolments(sequence.id)?);
            let words = site::ON_THEIR_WAY.with(self.language, &[("count", &count)]);
            let link = self.link(&format!("/admin/sequences/{}", sequence.id), &words);
            facts.push((sequence.title.as_str(), link));
        }
        if facts.is_empty() {
            return Ok(html! {});
        }
        Ok(view::card(self.say(site::RUNNING_SEQUENCES), view::definition_list(&facts)))
    }
}
