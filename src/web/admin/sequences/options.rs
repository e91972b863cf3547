//! What the owner chooses for a sequence as a whole: how it begins, who may come again, closed days.
//! Not its steps (steps) and not the site's quiet hours (rest).

use crate::app::App;
use crate::domain::sequence::{
    LONGEST_TITLE, MOST_OCCURRENCES, Options, Rejoin, Sequence, Start, StartOn, WAYS, WIDEST_BACKFILL,
    parse_title,
};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::{Language, admin, errors, sequences as texts, site};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::sequences::choices::date_fields;
use crate::web::admin::sequences::{Tab, head, link_to};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Choice, Field, Input, Markup, Nav, html};

/// GET /admin/sequences/NUMBER/options
pub fn show(call: &Call, admin: &Admin, _app: &App, store: &Reader) -> Result<Reply> {
    let sequence = store.sequence_named(call.parameter())?;
    page(call, admin, store, &sequence, &Typed::stored(&sequence), &Mistake::none())
}

/// POST /admin/sequences/NUMBER/options
pub fn save(call: &Call, admin: &Admin, _app: &mut App, store: &Writer, form: &Form) -> Result<Reply> {
    let sequence = store.sequence_named(call.parameter())?;
    let typed = Typed::read(form);
    let saved = typed.check().and_then(|(title, options)| {
        store.transaction(|| store.put_sequence_options(sequence.id, &title, &options))?;
        Ok(call.redirect(&format!("/admin/sequences/{}?done=options", sequence.id)))
    });
    page::or_again(call, saved, |mistake| page(call, admin, store, &sequence, &typed, mistake))
}

/// What stands in the fields.
struct Typed {
    title: String,
    start_on: String,
    ways: Vec<String>,
    field: String,
    rejoin: String,
    backfill_days: String,
    keeps_closed_days: bool,
    most_occurrences: String,
}

impl Typed {
    fn stored(sequence: &Sequence) -> Typed {
        let options = &sequence.options;
        Typed {
            title: sequence.title.clone(),
            start_on: options.start.on.word().to_string(),
            ways: options.start.ways.clone(),
            field: options.start.field.clone(),
            rejoin: options.rejoin.word().to_string(),
            backfill_days: options.backfill_days.to_string(),
            keeps_closed_days: options.keeps_closed_days,
            most_occurrences: options.most_occurrences.to_string(),
        }
    }

    fn read(form: &Form) -> Typed {
        let field = |name: &str| form.text(name).to_string();
        Typed {
            title: field("title"),
            start_on: field("start_on"),
            ways: form.all("way").map(str::to_string).collect(),
            field: field("start_field"),
            rejoin: field("rejoin"),
            backfill_days: field("backfill_days"),
            keeps_closed_days: form.has("keeps_closed_days"),
            most_occurrences: field("most_occurrences"),
        }
    }

    fn check(&self) -> Result<(String, Options)> {
        let unknown = |what: &str| Error::invalid(errors::SEQUENCE_START_NOT_VALID).with("what", what);
        let on = StartOn::parse(&self.start_on).ok_or_else(|| unknown(&self.start_on).on("start_on"))?;
        let field = if on.is_dated() { self.field.trim().to_string() } else { String::new() };
        // What is no number is refused with the sentence of a number out of range.
        let number = |typed: &str| typed.trim().parse().unwrap_or(-1);
        let options = Options {
            start: Start { on, ways: self.ways.clone(), field },
            rejoin: Rejoin::parse(&self.rejoin).ok_or_else(|| unknown(&self.rejoin).on("rejoin"))?,
            backfill_days: number(&self.backfill_days),
            keeps_closed_days: self.keeps_closed_days,
            most_occurrences: number(&self.most_occurrences),
        };
        Ok((parse_title(&self.title)?, options.check()?))
    }
}

fn page(
    call: &Call,
    admin: &Admin,
    store: &Reader,
    sequence: &Sequence,
    typed: &Typed,
    mistake: &Mistake,
) -> Result<Reply> {
    let language = call.language;
    let longest = u32::try_from(LONGEST_TITLE).unwrap_or(100);
    let closed = if typed.keeps_closed_days { "1" } else { "" };
    let rest = call.link("/admin/sequences/rest");
    let fields = html! {
        (Field::new("title", admin::SEQUENCE_TITLE.to(language), Input::Text).value(&typed.title)
            .required(language).maxlength(longest).error(mistake.on("title")))
        (start_fields(store, typed, mistake, language)?)
        (again_fields(typed, mistake, language))
        (Field::new("keeps_closed_days", texts::KEEPS_CLOSED.to(language), Input::Checkbox).value(closed)
            .hint(view::link(&rest, texts::REST.to(language))))
        (view::actions(view::button(site::SAVE.to(language), ButtonKind::Primary)))
    };
    let content = html! {
        (head(call, sequence, Tab::Options, html! {}))
        (mistake.summary())
        (view::card("", view::form(&format!("{}/options", link_to(call, sequence)), &admin.csrf, fields)))
    };
    Ok(page::reply(&page::frame(call, admin, &sequence.title), Nav::Sequences, content))
}

fn start_fields(store: &Reader, typed: &Typed, mistake: &Mistake, language: Language) -> Result<Markup> {
    let starts = [
        Choice::new(StartOn::Join.word(), texts::START_JOIN.to(language)),
        Choice::new(StartOn::Hand.word(), texts::START_ON_HAND.to(language)),
        Choice::new(StartOn::Date.word(), texts::START_ON_DATE.to(language)),
        Choice::new(StartOn::Birthday.word(), texts::START_ON_BIRTHDAY.to(language))
            .with_hint(texts::START_ON_BIRTHDAY_HINT.to(language)),
    ];
    let dates = date_fields(store)?;
    let mut fields = vec![Choice::new("", "—")];
    fields.extend(dates.iter().map(|(key, label)| Choice::new(key, label)));
    if !dates.iter().any(|(key, _)| *key == typed.field) && !typed.field.is_empty() {
        fields.push(Choice::new(&typed.field, &typed.field));
    }
    let ways = WAYS.iter().zip([texts::WAY_FORM, texts::WAY_IMPORT, texts::WAY_OWNER]);
    Ok(html! {
        (Field::new("start_on", texts::START_ON.to(language), Input::Radio(&starts)).value(&typed.start_on)
            .error(mistake.on("start_on")))
        (Field::new("start_field", texts::START_FIELD.to(language), Input::Select(&fields)).value(&typed.field)
            .hint(texts::START_FIELD_HINT.to(language)).error(mistake.on("start_field")))
        fieldset.field.choices {
            legend { (texts::WAYS.to(language)) }
            p.hint { (texts::WAYS_HINT.to(language)) }
            div.weekdays {
                @for (word, name) in ways {
                    label.choice {
                        input type="checkbox" name="way" value=(word) checked[typed.ways.iter().any(|way| way == word)];
                        span.choice-text { (name.to(language)) }
                    }
                }
            }
        }
    })
}

fn again_fields(typed: &Typed, mistake: &Mistake, language: Language) -> Markup {
    let rejoins = [
        Choice::new(Rejoin::Restart.word(), texts::REJOIN_RESTART.to(language)),
        Choice::new(Rejoin::Continue.word(), texts::REJOIN_CONTINUE.to(language)),
        Choice::new(Rejoin::Ignore.word(), texts::REJOIN_IGNORE.to(language)),
    ];
    let times = Input::Number { min: 1, max: MOST_OCCURRENCES };
    html! {
        (Field::new("rejoin", texts::REJOIN.to(language), Input::Radio(&rejoins)).value(&typed.rejoin)
            .error(mistake.on("rejoin")))
        (Field::new("most_occurrences", texts::MOST_OCCURRENCES.to(language), times)
            .value(&typed.most_occurrences).unit(texts::TIMES.to(language))
            .error(mistake.on("most_occurrences")))
        (Field::new("backfill_days", texts::BACKFILL.to(language), Input::Number { min: 0, max: WIDEST_BACKFILL })
            .value(&typed.backfill_days).unit(site::DAYS.to(language))
            .hint(texts::BACKFILL_HINT.to(language)).error(mistake.on("backfill_days")))
    }
}
