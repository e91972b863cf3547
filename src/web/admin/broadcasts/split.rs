//! A split test (A/Bテスト) of a draft: its form, how its messages are doing, and the owner's choice.
//! Not the rules (domain/split) and not the deciding by itself (mail/split).

use super::sheet::Sheet;
use super::{link_to, named};
use crate::app::App;
use crate::domain::id::MessageId;
use crate::domain::message::{Content, Kind};
use crate::domain::split::{MOST_VARIANTS, Measure, Outcome, Part, Split};
use crate::error::{Error, Result};
use crate::mail::{letter, split};
use crate::store::splits::StoredSplit;
use crate::store::{Reader, Writer};
use crate::texts::{Language, broadcasts, errors};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{
    self, ButtonKind, Choice, Column, Field, Input, Link, Markup, Nav, PostButton, Tab, Tone, html,
};

/// What the messages of a test are called, in order.
const LETTERS: [&str; MOST_VARIANTS] = ["A", "B", "C", "D"];

/// What stands in the form.
struct Typed {
    part: Part,
    /// The other subjects or texts.
    others: Vec<String>,
    share: String,
    measure: String,
    wait: String,
    owner_decides: bool,
}

impl Typed {
    fn stored(call: &Call, store: &Reader, message: MessageId) -> Result<Typed> {
        let asked = call.request.query_value("part").and_then(Part::parse);
        let stored = store.split(message)?.filter(|test| asked.is_none_or(|part| part == test.split.part));
        let Some(test) = stored else {
            return Ok(Typed {
                part: asked.unwrap_or(Part::Subject),
                others: Vec::new(),
                share: "10".to_string(),
                measure: "open".to_string(),
                wait: "4".to_string(),
                owner_decides: false,
            });
        };
        let mut others = Vec::new();
        for variant in store.variants(message)?.into_iter().skip(1) {
            let content = store.message(variant)?.content;
            others.push(if test.split.part == Part::Subject { content.subject } else { content.text });
        }
        Ok(Typed {
            part: test.split.part,
            others,
            share: test.split.share.to_string(),
            measure: test.split.measure.word().to_string(),
            wait: (test.split.wait_seconds / 3600).to_string(),
            owner_decides: test.split.owner_decides,
        })
    }

    fn sent(form: &Form) -> Typed {
        let text = |name: &str| form.text(name).to_string();
        Typed {
            part: Part::parse(form.text("part")).unwrap_or(Part::Subject),
            others: (1..MOST_VARIANTS).map(|place| text(&format!("other-{place}"))).collect(),
            share: text("share"),
            measure: text("measure"),
            wait: text("wait"),
            owner_decides: form.has("owner"),
        }
    }

    fn split(&self) -> Split {
        Split {
            part: self.part,
            share: self.share.trim().parse().unwrap_or(0),
            measure: Measure::parse(&self.measure).unwrap_or(Measure::Open),
            wait_seconds: self.wait.trim().parse::<i64>().unwrap_or(-1).saturating_mul(3600),
            owner_decides: self.owner_decides,
        }
    }

    /// The other messages, checked down to their personalisation.
    fn contents(&self, app: &App, store: &Reader, message: MessageId) -> Result<Vec<Content>> {
        let own = store.message(message)?;
        let list = store.list(own.list)?;
        let mut contents = Vec::new();
        for (place, typed) in self.others.iter().enumerate().filter(|(_, typed)| !typed.trim().is_empty()) {
            let content = match self.part {
                Part::Subject => Content::parse(typed, &own.content.text, &own.content.html),
                Part::Body => Content::parse(&own.content.subject, typed, ""),
            };
            let checked = content
                .and_then(|content| letter::check(app, &list, Kind::Broadcast, &content).map(|()| content));
            contents.push(checked.map_err(|error| error.on(format!("other-{}", place + 1)))?);
        }
        Ok(contents)
    }
}

/// GET /admin/broadcasts/NUMBER/split?part=subject|body
pub fn show(call: &Call, admin: &Admin, _app: &App, store: &Reader) -> Result<Reply> {
    let message = named(call, store)?.message;
    let typed = Typed::stored(call, store, message)?;
    page_of(call, admin, store, &typed, &Mistake::none())
}

/// POST /admin/broadcasts/NUMBER/split; with `drop` the test is taken back.
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let message = named(call, store)?.message;
    if form.has("drop") {
        store.drop_split(message)?;
        return Ok(call.redirect(&format!("/admin/broadcasts/{message}?done=split-end")));
    }
    let typed = Typed::sent(form);
    let saved = typed.contents(app, store, message).and_then(|others| {
        let split = typed.split();
        if !split::is_counted(store, message, split.measure)? {
            return Err(Error::invalid(errors::SPLIT_NOT_COUNTED).on("measure"));
        }
        store.set_split(message, split, &others, app.clock.now())?;
        Ok(call.redirect(&format!("/admin/broadcasts/{message}?done=split")))
    });
    page::or_again(call, saved, |mistake| page_of(call, admin, store, &typed, mistake))
}

/// POST /admin/broadcasts/NUMBER/decide with `winner`: the owner's choice.
pub fn decide(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let message = named(call, store)?.message;
    let unknown = |_| Error::not_found(errors::MESSAGE_NOT_FOUND).with("name", form.text("winner"));
    let winner = form.text("winner").parse::<MessageId>().map_err(unknown)?;
    store.decide_split(message, winner, app.clock.now())?;
    Ok(call.redirect(&format!("/admin/broadcasts/{message}?done=decided")))
}

fn page_of(call: &Call, admin: &Admin, store: &Reader, typed: &Typed, mistake: &Mistake) -> Result<Reply> {
    let language = call.language;
    let message = named(call, store)?.message;
    let (subject, _) = store.message_subject(message)?;
    let title = broadcasts::SPLIT_TITLE.to(language);
    let back = link_to(call, message);
    let [by_subject, by_body] = ["subject", "body"].map(|part| format!("{back}/split?part={part}"));
    let tabs = [
        Tab {
            label: broadcasts::SPLIT_BY_SUBJECT.to(language),
            url: &by_subject,
            active: typed.part == Part::Subject,
        },
        Tab {
            label: broadcasts::SPLIT_BY_BODY.to(language),
            url: &by_body,
            active: typed.part == Part::Body,
        },
    ];
    let counted = [Measure::Open, Measure::Click].map(|measure| split::is_counted(store, message, measure));
    let [opens, clicks] = counted;
    let is_possible = opens? || clicks?;
    let content = html! {
        (view::back_link(Link { label: &subject, url: &back }))
        (view::page_heading(title, html! {}))
        (view::prose(html! { p { (broadcasts::SPLIT_TEXT.to(language)) } }))
        @if !is_possible {
            (view::notice(Tone::Warn, html! { p { (broadcasts::SPLIT_IMPOSSIBLE.to(language)) } }))
        } @else {
            (mistake.summary())
            (view::tabs(broadcasts::SPLIT_TITLE.to(language), &tabs))
            (view::card("", view::form(&format!("{back}/split"), &admin.csrf,
                fields(store, message, typed, mistake, language)?)))
        }
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Broadcasts, content))
}

fn fields(
    store: &Reader,
    message: MessageId,
    typed: &Typed,
    mistake: &Mistake,
    language: Language,
) -> Result<Markup> {
    let own = store.message(message)?.content;
    let measures = [
        Choice::new("open", broadcasts::SPLIT_OPENS.to(language)),
        Choice::new("click", broadcasts::SPLIT_CLICKS.to(language)),
    ];
    let shown = if typed.part == Part::Subject { &own.subject } else { &own.text };
    let first = broadcasts::SPLIT_VARIANT.with(language, &[("letter", "A")]);
    let input = if typed.part == Part::Subject { Input::Text } else { Input::Textarea { rows: 10 } };
    Ok(html! {
        (view::hidden("part", typed.part.word()))
        (view::definition_list(&[(first.as_str(), html! { (shown) })]))
        @for (place, letter) in LETTERS.iter().enumerate().skip(1) {
            @let name = format!("other-{place}");
            @let label = broadcasts::SPLIT_VARIANT.with(language, &[("letter", letter)]);
            @let error = mistake.on(&name).or(if place == 1 { mistake.on("variants") } else { None });
            (Field::new(&name, label, input).value(typed.others.get(place - 1).map_or("", String::as_str)).error(error))
        }
        (Field::new("share", broadcasts::SPLIT_SHARE.to(language), Input::Number { min: 1, max: 45 })
            .value(&typed.share).unit("%").hint(broadcasts::SPLIT_SHARE_HINT.to(language)).error(mistake.on("share")))
        (Field::new("measure", broadcasts::SPLIT_MEASURE.to(language), Input::Radio(&measures)).value(&typed.measure)
            .error(mistake.on("measure")))
        (Field::new("wait", broadcasts::SPLIT_WAIT.to(language), Input::Number { min: 0, max: 168 })
            .value(&typed.wait).unit(broadcasts::HOURS.to(language)).hint(broadcasts::SPLIT_WAIT_HINT.to(language))
            .error(mistake.on("wait")))
        (Field::new("owner", broadcasts::SPLIT_OWNER.to(language), Input::Checkbox)
            .value(if typed.owner_decides { "1" } else { "" }))
        (view::actions(view::button(broadcasts::SPLIT_SAVE.to(language), ButtonKind::Primary)))
    })
}

/// How a test stands, on the page of its first message; nothing where there is none.
pub(super) fn card(sheet: &Sheet) -> Result<Markup> {
    let Some(test) = sheet.store.split(sheet.broadcast.message)? else { return Ok(html! {}) };
    let is_started = sheet.broadcast.started_at.is_some();
    let outcomes = sheet.store.outcomes(&test)?;
    let mut rows = Vec::new();
    for (outcome, letter) in outcomes.iter().zip(LETTERS) {
        rows.push(row(sheet, &test, outcome, letter, is_started)?);
    }
    let measured =
        if test.split.measure == Measure::Open { broadcasts::SPLIT_OPENS } else { broadcasts::SPLIT_CLICKS };
    let columns = [
        Column::main(sheet.say(broadcasts::SPLIT_WHAT)),
        Column::number(sheet.say(broadcasts::SPLIT_SENT)),
        Column::number(sheet.say(measured)),
        Column::actions(sheet.say(crate::texts::admin::ACTIONS)),
    ];
    Ok(view::card(
        sheet.say(broadcasts::SPLIT_TITLE),
        html! {
            p { (stands(sheet, &test, is_started)) }
            (view::table(sheet.say(broadcasts::SPLIT_TITLE), &columns, &rows))
            @if let Some(rest) = test.rest {
                p { (view::link(&link_to(sheet.call, rest), sheet.say(broadcasts::SPLIT_REST_OPEN))) }
            }
            @if !is_started {
                (view::actions(html! {
                    (view::link_button(&sheet.url("split"), sheet.say(broadcasts::SPLIT_CHANGE), ButtonKind::Secondary))
                    (sheet.post("split", broadcasts::SPLIT_DROP, ButtonKind::Quiet, &[("drop", "1")]))
                }))
            }
        },
    ))
}

fn row(
    sheet: &Sheet,
    test: &StoredSplit,
    outcome: &Outcome,
    letter: &str,
    is_started: bool,
) -> Result<Vec<Markup>> {
    let language = sheet.call.language;
    let content = sheet.store.message(outcome.message)?.content;
    let told = if test.split.part == Part::Subject { content.subject } else { first_line(&content.text) };
    let rate = outcome.readers * 1000 / outcome.sent.max(1);
    let rate = format!("{}.{}%", rate / 10, rate % 10);
    let readers = page::number(outcome.readers);
    Ok(vec![
        html! {
            strong { (letter) } " " (view::link(&link_to(sheet.call, outcome.message), &told))
            @if test.winner == Some(outcome.message) {
                " " (view::badge(Tone::Success, broadcasts::SPLIT_WINNER.to(language)))
            }
        },
        html! { @if is_started { (page::number(outcome.sent)) } },
        html! { @if is_started { (broadcasts::SPLIT_RATE.with(language, &[("rate", &rate), ("count", &readers)])) } },
        html! {
            @if is_started && test.winner.is_none() {
                (view::post_button(&PostButton {
                    action: &sheet.url("decide"),
                    csrf: &sheet.admin.csrf,
                    label: broadcasts::SPLIT_DECIDE.to(language),
                    kind: ButtonKind::Quiet,
                    hidden: &[("winner", &outcome.message.to_string())],
                }))
            }
        },
    ])
}

fn first_line(text: &str) -> String {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().chars().take(60).collect()
}

fn stands(sheet: &Sheet, test: &StoredSplit, is_started: bool) -> String {
    let language = sheet.call.language;
    let share = test.split.share.to_string();
    let wait = (test.split.wait_seconds / 3600).to_string();
    match (test.winner, test.decide_at) {
        (Some(_), _) => sheet.say(broadcasts::SPLIT_DECIDED).to_string(),
        _ if !is_started => broadcasts::SPLIT_PLANNED.with(language, &[("share", &share), ("hours", &wait)]),
        _ if test.split.owner_decides => sheet.say(broadcasts::SPLIT_YOUR_TURN).to_string(),
        (None, Some(at)) => {
            broadcasts::SPLIT_DECIDES_AT.with(language, &[("when", &page::time(sheet.app, at))])
        }
        (None, None) => broadcasts::SPLIT_RUNNING.with(language, &[("hours", &wait)]),
    }
}
