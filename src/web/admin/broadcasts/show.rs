//! The page of one broadcast: before it starts its preview and how to send it, then its progress and its result.
//! Not what the buttons do: send. Not the rows that did not arrive: deliveries.

use super::{badge, link_to, named, progress_words};
use crate::app::App;
use crate::clock::Instant;
use crate::domain::broadcast::{Broadcast, State};
use crate::domain::list::List;
use crate::domain::message::Message;
use crate::error::{Error, Result};
use crate::settings;
use crate::store::Reader;
use crate::texts::{Language, Text, admin, errors};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::{deliveries, writing};
use crate::web::handle::Call;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Choice, Field, Input, Link, Markup, Nav, PostButton, Tone, html};

/// What was chosen for the time of sending.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) when: String,
    pub(super) at: String,
}

const DONE: &[(&str, Text)] = &[
    ("written", admin::BROADCAST_SAVED),
    ("scheduled", admin::BROADCAST_SCHEDULED),
    ("queued", admin::BROADCAST_QUEUED),
    ("unscheduled", admin::BROADCAST_UNSCHEDULED),
    ("already", admin::BROADCAST_ALREADY),
    ("stopped", admin::BROADCAST_WAS_STOPPED),
    ("settled", admin::SETTLED),
];

/// GET /admin/broadcasts/NUMBER
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    page(call, admin, app, store, &Typed::default(), &Mistake::none(), None)
}

/// GET /admin/broadcasts/NUMBER/html: the HTML part, for the preview's frame.
pub fn html_part(call: &Call, _admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    writing::html_part(app, store, named(call, store)?.message)
}

/// All that the page shows.
struct Sheet<'a> {
    call: &'a Call<'a>,
    admin: &'a Admin,
    app: &'a App,
    store: &'a Reader,
    broadcast: Broadcast,
    message: Message,
    list: List,
    /// Confirmed readers of the list right now.
    readers: i64,
}

/// The page, perhaps after a mistake in the form of its time, or with a notice.
pub(super) fn page(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    typed: &Typed,
    mistake: &Mistake,
    notice: Option<(Tone, Markup)>,
) -> Result<Reply> {
    let broadcast = named(call, store)?;
    let message = store.message(broadcast.message)?;
    let list = store.list(message.list)?;
    let readers = store.list_counts(list.id)?.confirmed;
    let sheet = Sheet { call, admin, app, store, broadcast, message, list, readers };
    let content =
        if sheet.broadcast.state.may_be_edited() { sheet.before(typed, mistake) } else { sheet.after()? };
    let title = sheet.message.content.subject.clone();
    let mut frame = page::done_notice(page::frame(call, admin, &title), call, DONE);
    if let Some((tone, said)) = notice {
        frame = frame.notice(tone, said);
    }
    Ok(page::reply(&frame, Nav::Broadcasts, content))
}

/// The last question before mails go out, with what and to how many.
pub(super) fn last_check(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    broadcast: &Broadcast,
    typed: &Typed,
    at: Instant,
) -> Result<Reply> {
    let language = call.language;
    let (subject, list) = store.message_subject(broadcast.message)?;
    let count = page::number(store.list_counts(list)?.confirmed);
    let title = admin::SEND_CHECK_TITLE.to(language);
    let is_later = typed.when == "at";
    let when = if is_later { page::time(app, at) } else { admin::SEND_NOW.to(language).to_string() };
    let facts = [
        (admin::WRITE_SUBJECT.to(language), html! { (subject) }),
        (admin::CHOOSE_LIST.to(language), html! { (store.list(list)?.title) }),
        (admin::SEND_WHEN.to(language), html! { (when) }),
    ];
    let press = if is_later { admin::SEND_BUTTON_AT } else { admin::SEND_BUTTON };
    let back = link_to(call, broadcast.message);
    let form = html! {
        (view::hidden("when", if is_later { "at" } else { "now" }))
        (view::hidden("at", &typed.at))
        (view::hidden("confirmed", "1"))
        (view::actions(html! {
            (view::button(&press.with(language, &[("count", &count)]), ButtonKind::Primary))
            (view::link_button(&back, admin::SEND_BACK.to(language), ButtonKind::Quiet))
        }))
    };
    let question = admin::SEND_TO.with(language, &[("count", &count)]);
    let content = html! {
        (view::page_heading(title, html! {}))
        (view::card(&question, html! {
            (view::definition_list(&facts))
            p { (admin::SEND_CHECK_TEXT.to(language)) }
            (view::form(&format!("{back}/send"), &admin.csrf, form))
        }))
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Broadcasts, content))
}

/// The refusal to send while the details that the law asks for are missing; names them.
pub(super) fn missing_sender_details(app: &App, language: Language) -> Option<Error> {
    let name = |setting: &settings::Setting| match setting.key {
        "sender_name" => admin::SENDER_NAME_SHORT,
        "sender_address" => admin::SENDER_ADDRESS_SHORT,
        _ => admin::SENDER_CONTACT_SHORT,
    };
    let missing: Vec<&str> =
        app.settings.missing_sender_details().into_iter().map(|setting| name(setting).to(language)).collect();
    let comma = if language == Language::Ja { "、" } else { ", " };
    (!missing.is_empty())
        .then(|| Error::invalid(errors::SENDER_NOT_COMPLETE).with("missing", missing.join(comma)))
}

impl Sheet<'_> {
    fn say(&self, text: Text) -> &'static str {
        text.to(self.call.language)
    }

    fn heading(&self, buttons: Markup) -> Markup {
        html! {
            (view::back_link(Link {
                label: self.say(admin::BROADCAST_TO_LIST),
                url: &self.call.link("/admin/broadcasts"),
            }))
            (view::page_heading(&self.message.content.subject, html! {
                (badge(self.broadcast.state, self.call.language))
                (buttons)
            }))
        }
    }

    fn url(&self, action: &str) -> String {
        format!("{}/{action}", link_to(self.call, self.broadcast.message))
    }

    fn post(&self, action: &str, label: Text, kind: ButtonKind, hidden: &[(&str, &str)]) -> Markup {
        let action = self.url(action);
        view::post_button(&PostButton {
            action: &action,
            csrf: &self.admin.csrf,
            label: self.say(label),
            kind,
            hidden,
        })
    }

    fn preview(&self) -> Markup {
        writing::preview(self.call, self.app, &self.list, &self.message.content, &self.url("html"))
    }

    /// A draft, or one that waits for its time.
    fn before(&self, typed: &Typed, mistake: &Mistake) -> Markup {
        let edit = view::link_button(&self.url("edit"), self.say(admin::EDIT), ButtonKind::Secondary);
        html! {
            (self.heading(edit))
            (mistake.summary())
            (view::columns(
                self.preview(),
                html! {
                    (self.waiting())
                    (writing::test_card(self.call, self.admin, &self.url("test")))
                    @if !self.is_due() { (self.send_card(typed, mistake)) }
                },
            ))
        }
    }

    /// Its time has come, and the next tick starts it.
    fn is_due(&self) -> bool {
        self.broadcast.at.is_some_and(|at| at <= self.app.clock.now())
    }

    /// When a scheduled broadcast goes out, and how to take it back.
    fn waiting(&self) -> Markup {
        let Some(at) = self.broadcast.at.filter(|_| self.broadcast.state == State::Scheduled) else {
            return html! {};
        };
        let is_due = self.is_due();
        let when = page::time(self.app, at);
        let title = match is_due {
            true => self.say(admin::SEND_SOON).to_string(),
            false => admin::SEND_WAITS.with(self.call.language, &[("when", &when)]),
        };
        let count = page::number(self.readers);
        view::card(
            &title,
            html! {
                p { (admin::SEND_TO.with(self.call.language, &[("count", &count)])) }
                @if is_due {
                    p { (self.say(admin::SEND_SOON_TEXT)) }
                    (view::post_button(&PostButton {
                        action: &self.call.link("/admin/settings/tick/run"),
                        csrf: &self.admin.csrf,
                        label: self.say(admin::SEND_TICK),
                        ..PostButton::default()
                    }))
                }
                (self.post("send", admin::SEND_UNSCHEDULE, ButtonKind::Quiet, &[("when", "never")]))
            },
        )
    }

    fn send_card(&self, typed: &Typed, mistake: &Mistake) -> Markup {
        let is_scheduled = self.broadcast.state == State::Scheduled;
        let title = self.say(if is_scheduled { admin::SEND_CHANGE_TIME } else { admin::SEND_TITLE });
        if let Some(error) = missing_sender_details(self.app, self.call.language) {
            let why = error.refusal().map(|refusal| refusal.say(self.call.language)).unwrap_or_default();
            let link = view::link(&self.call.link("/admin/settings"), self.say(admin::SENDER_SET));
            return view::card(title, view::notice(Tone::Warn, html! { p { (why) } p { (link) } }));
        }
        let count = page::number(self.readers);
        view::card(
            title,
            html! {
                p { strong { (admin::SEND_TO.with(self.call.language, &[("count", &count)])) } }
                @if self.readers == 0 { p.hint { (self.say(admin::SEND_TO_NOBODY)) } }
                (view::form(&self.url("send"), &self.admin.csrf, self.time_fields(typed, mistake)))
            },
        )
    }

    fn time_fields(&self, typed: &Typed, mistake: &Mistake) -> Markup {
        let language = self.call.language;
        let stored = self.broadcast.at.map(|at| page::time(self.app, at).replace(' ', "T"));
        let at = if typed.at.is_empty() { stored.unwrap_or_default() } else { typed.at.clone() };
        let when = match typed.when.as_str() {
            "" if self.broadcast.at.is_some() => "at",
            "" => "now",
            typed => typed,
        };
        let hint = admin::SEND_AT_HINT.with(language, &[("zone", self.app.settings.zone().name())]);
        let choices = [
            Choice::new("now", self.say(admin::SEND_NOW)),
            Choice::new("at", self.say(admin::SEND_AT)).with_hint(&hint),
        ];
        html! {
            (Field::new("when", self.say(admin::SEND_WHEN), Input::Radio(&choices)).value(when))
            (Field::new("at", self.say(admin::SEND_AT_LABEL), Input::DateTime).value(&at).error(mistake.on("at")))
            (view::button(self.say(admin::SEND_CHECK), ButtonKind::Primary))
        }
    }

    /// Started: how far it is, what did not arrive, and what was written.
    fn after(&self) -> Result<Markup> {
        let language = self.call.language;
        let ledger = self.store.ledger(self.broadcast.message)?;
        let done = ledger.audience - ledger.open();
        let is_sending = self.broadcast.state == State::Sending;
        let copy = self.call.link(&format!("/admin/broadcasts/new?copy={}", self.broadcast.message));
        let buttons = html! {
            @if is_sending {
                (view::link_button(&link_to(self.call, self.broadcast.message), self.say(admin::WATCH_RELOAD),
                    ButtonKind::Secondary))
            } @else {
                (view::link_button(&copy, self.say(admin::BROADCAST_COPY), ButtonKind::Secondary))
            }
        };
        let count = |count: i64| u64::try_from(count).unwrap_or(0);
        Ok(html! {
            (self.heading(buttons))
            (view::card("", html! {
                (view::progress(self.say(admin::WATCH_PROGRESS), &progress_words(done, ledger.audience, language),
                    count(done), count(ledger.audience)))
                p.hint { (self.history()) }
            }))
            (deliveries::ledger_stats(&ledger, language))
            @if is_sending { (self.stop_card()) }
            @if self.broadcast.state == State::Stopped && ledger.queued + ledger.deferred > 0 {
                (self.rest_card(ledger.queued + ledger.deferred))
            }
            (deliveries::troubled(self.call, self.admin, self.app, self.store, &self.broadcast)?)
            (self.preview())
        })
    }

    fn history(&self) -> String {
        let said = |text: Text, at: Option<Instant>| {
            at.map(|at| text.with(self.call.language, &[("when", &page::time(self.app, at))]))
        };
        let end = match self.broadcast.state {
            State::Stopped => admin::WATCH_STOPPED,
            _ => admin::WATCH_FINISHED,
        };
        let parts =
            [said(admin::WATCH_STARTED, self.broadcast.started_at), said(end, self.broadcast.finished_at)];
        parts.into_iter().flatten().collect::<Vec<String>>().join(" ")
    }

    fn stop_card(&self) -> Markup {
        view::card(
            self.say(admin::STOP_TITLE),
            html! {
                p { (self.say(admin::STOP_TEXT)) }
                (self.post("stop", admin::STOP_BUTTON, ButtonKind::Danger, &[]))
            },
        )
    }

    /// Stopped with many rows: the ticks cancel them, or the owner does not wait for that.
    fn rest_card(&self, rest: i64) -> Markup {
        let count = page::number(rest);
        view::card(
            "",
            html! {
                p { (admin::STOP_REST.with(self.call.language, &[("count", &count)])) }
                (self.post("stop", admin::STOP_REST_BUTTON, ButtonKind::Secondary, &[]))
            },
        )
    }
}
