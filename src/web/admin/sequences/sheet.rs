//! What the form of a step holds: typed, or read from the store; and its fields.
//! Not the pages around it (steps, preview) and not the fields of a mail (writing).

use crate::app::App;
use crate::domain::calendar::TimeOfDay;
use crate::domain::civil;
use crate::domain::condition::Condition;
use crate::domain::id::StepId;
use crate::domain::list::List;
use crate::domain::message::{Content, Kind};
use crate::domain::sequence::{Action, Go, Place, Sequence, Step, Timing, Unit, Weekdays};
use crate::error::{Error, Result};
use crate::store::Reader;
use crate::texts::{Language, errors, sequences as texts};
use crate::web::admin::condition_choices::{self, Choices};
use crate::web::admin::condition_form::ConditionForm;
use crate::web::admin::page::Mistake;
use crate::web::admin::sequences::choices::{date_fields, go_choices, place_choices};
use crate::web::admin::sequences::words;
use crate::web::admin::writing::{self, Draft};
use crate::web::form::Form;
use crate::web::view::{self, Choice, Field, Input, Markup, html};

/// Every field of the form but those of the condition, which has as many as it has rows.
const FIELDS: &[&str] = &[
    "when",
    "after_days",
    "amount",
    "unit",
    "weekday",
    "date",
    "field",
    "field_days",
    "at",
    "action",
    "then",
    "otherwise",
    "place",
    "subject",
    "text",
    "html",
];

/// The names of the condition's fields begin with this, those of the buttons among them too.
const CONDITION: &str = "condition";

/// What of a form is brought along unseen: all but the buttons.
pub(super) fn is_kept(name: &str) -> bool {
    FIELDS.contains(&name) || (name.starts_with("condition-") && name != "condition-do")
}

/// What the form holds.
#[derive(Clone, Default)]
pub(super) struct Sheet {
    when: String,
    after_days: String,
    amount: String,
    unit: String,
    weekdays: Vec<String>,
    date: String,
    field: String,
    field_days: String,
    at: String,
    action: String,
    condition: ConditionForm,
    then: String,
    otherwise: String,
    place: String,
    draft: Draft,
}

/// What was typed, checked.
pub(super) struct Checked {
    pub(super) timing: Timing,
    pub(super) condition: Option<Condition>,
    pub(super) action: Action,
    pub(super) then: Go,
    pub(super) otherwise: Go,
    pub(super) place: Place,
    pub(super) content: Content,
}

impl Checked {
    /// Whether nothing was said about its place.
    pub(super) fn place_stays(&self) -> bool {
        matches!(self.place, Place::Stay | Place::ByDay)
    }
}

impl Sheet {
    /// The day after the last step is the likely next.
    pub(super) fn next_after(steps: &[Step]) -> Sheet {
        let last = steps.iter().rev().find_map(|step| match &step.timing {
            Timing::AfterStart { days, at } => Some((days + 1, *at)),
            _ => None,
        });
        let (days, at) = last.unwrap_or((0, TimeOfDay::from_minutes(510)));
        Sheet { after_days: days.to_string(), at: at.to_string(), ..Sheet::usual() }
    }

    fn usual() -> Sheet {
        Sheet {
            when: "start".to_string(),
            amount: "1".to_string(),
            unit: Unit::Days.word().to_string(),
            field_days: "0".to_string(),
            action: Action::Mail.word().to_string(),
            condition: ConditionForm::empty(CONDITION),
            then: Go::Next.word(),
            otherwise: Go::Next.word(),
            place: "auto".to_string(),
            ..Sheet::default()
        }
    }

    pub(super) fn typed(form: &Form) -> Sheet {
        let usual = Sheet::usual();
        let or = |name: &str, usual: &str| match form.has(name) {
            true => form.text(name).to_string(),
            false => usual.to_string(),
        };
        Sheet {
            when: or("when", &usual.when),
            after_days: or("after_days", ""),
            amount: or("amount", ""),
            unit: or("unit", &usual.unit),
            weekdays: form.all("weekday").map(str::to_string).collect(),
            date: or("date", ""),
            field: or("field", ""),
            field_days: or("field_days", ""),
            at: or("at", ""),
            action: or("action", &usual.action),
            condition: ConditionForm::sent(CONDITION, form),
            then: or("then", &usual.then),
            otherwise: or("otherwise", &usual.otherwise),
            place: or("place", &usual.place),
            draft: Draft::typed(form),
        }
    }

    pub(super) fn stored(step: &Step, content: Content, choices: &Choices) -> Sheet {
        let mut sheet = Sheet {
            action: step.action.word().to_string(),
            then: step.then.word(),
            otherwise: step.otherwise.word(),
            draft: Draft::stored(content),
            ..Sheet::usual()
        };
        match &step.timing {
            Timing::AfterStart { days, at } => {
                (sheet.after_days, sheet.at) = (days.to_string(), at.to_string());
            }
            Timing::AfterPrevious { amount, unit, at } => {
                sheet.when = "previous".to_string();
                (sheet.amount, sheet.unit) = (amount.to_string(), unit.word().to_string());
                sheet.at = at.map(|at| at.to_string()).unwrap_or_default();
            }
            Timing::Weekday { days, at } => {
                (sheet.when, sheet.at) = ("weekday".to_string(), at.to_string());
                sheet.weekdays = days.words().into_iter().map(str::to_string).collect();
            }
            Timing::OnDate { date, at } => {
                (sheet.when, sheet.at, sheet.date) = ("date".to_string(), at.to_string(), date.to_string());
            }
            Timing::AroundField { field, days, at } => {
                (sheet.when, sheet.at) = ("field".to_string(), at.to_string());
                (sheet.field, sheet.field_days) = (field.clone(), days.to_string());
            }
        }
        if let Some(condition) = &step.condition {
            sheet.condition = ConditionForm::stored(CONDITION, condition, choices);
        }
        sheet
    }

    /// Does what a button of the condition's says; `true` if one was pressed.
    pub(super) fn pressed(&mut self, form: &Form, store: &Reader, choices: &Choices) -> Result<bool> {
        Ok(self.condition.load(form, store, choices)? | self.condition.pressed(form))
    }

    pub(super) fn check(
        &self,
        app: &App,
        store: &Reader,
        choices: &Choices,
        list: &List,
        sequence: &Sequence,
    ) -> Result<Checked> {
        let action = Action::parse(&self.action).unwrap_or(Action::Mail);
        let content = match action {
            Action::Mail => self.draft.check(app, list, Kind::Step)?,
            // Only a name; what else was typed is kept for the day it becomes a mail.
            _ => {
                let named = Content::parse(&self.draft.subject, "-", "")?;
                Content { text: self.draft.text.clone(), html: self.draft.html.clone(), ..named }
            }
        };
        Ok(Checked {
            timing: self.timing()?.check(&sequence.options.start)?,
            condition: self.condition(store, choices)?,
            action,
            then: Go::parse(&self.then).unwrap_or_default(),
            otherwise: Go::parse(&self.otherwise).unwrap_or_default(),
            place: self.place(),
            content,
        })
    }

    fn timing(&self) -> Result<Timing> {
        // What is no number is refused with the sentence of a number out of range.
        let number = |typed: &str| typed.trim().parse::<i64>().unwrap_or(i64::MAX);
        let at = || TimeOfDay::parse(&self.at);
        Ok(match self.when.as_str() {
            "previous" => {
                let amount = self.amount.trim().parse();
                let unit = Unit::parse(&self.unit).unwrap_or(Unit::Days);
                Timing::AfterPrevious {
                    amount: amount.map_err(|_| Error::invalid(errors::AMOUNT_NOT_VALID).on("amount"))?,
                    unit,
                    at: if self.at.trim().is_empty() || unit != Unit::Days { None } else { Some(at()?) },
                }
            }
            "weekday" => {
                let days = Weekdays::parse(self.weekdays.iter().map(String::as_str));
                let days = days.ok_or_else(|| Error::invalid(errors::WEEKDAYS_MISSING).on("weekday"))?;
                Timing::Weekday { days, at: at()? }
            }
            "date" => {
                let date = civil::parse_day(&self.date);
                let date = date.ok_or_else(|| Error::invalid(errors::DATE_NOT_VALID).on("date"))?;
                Timing::OnDate { date, at: at()? }
            }
            "field" => {
                let field = self.field.trim().to_string();
                if field.is_empty() {
                    let label = texts::FIELD.ja;
                    return Err(Error::invalid(errors::FIELD_MISSING).with("field", label).on("field"));
                }
                Timing::AroundField { field, days: number(&self.field_days), at: at()? }
            }
            _ => Timing::AfterStart { days: number(&self.after_days), at: at()? },
        })
    }

    fn condition(&self, store: &Reader, choices: &Choices) -> Result<Option<Condition>> {
        let condition = self.condition.condition(choices)?;
        match condition.is_everybody() {
            true => Ok(None),
            false => store.check_condition(&condition).map(Some),
        }
    }

    fn place(&self) -> Place {
        match self.place.split_once(':') {
            Some(("after", id)) => id.parse().map_or(Place::Stay, |id: StepId| Place::After(id)),
            _ if self.place == "first" => Place::First,
            _ if self.when == "start" => Place::ByDay,
            _ => Place::Stay,
        }
    }

    /// The fields, for a sequence and the step itself, if it is stored.
    pub(super) fn fields(
        &self,
        app: &App,
        store: &Reader,
        (sequence, own): (&Sequence, Option<StepId>),
        choices: &Choices,
        mistake: &Mistake,
    ) -> Result<Markup> {
        let language = choices.language();
        let others: Vec<Step> =
            store.steps(sequence.id)?.into_iter().filter(|step| Some(step.id) != own).collect();
        Ok(html! {
            (self.action_field(language))
            (self.when_fields(app, store, mistake, language)?)
            (writing::subject_field(&self.draft, mistake, language))
            // What is no mail has no text: a browser must not insist on one.
            div.part.when-mail {
                (writing::text_field(&self.draft, mistake, language))
                (writing::html_field(&self.draft, mistake, language))
            }
            (view::details_box_open(texts::MORE.to(language), self.is_more_in_use(),
                self.more_fields(store, sequence, &others, choices, mistake, language)?))
        })
    }

    fn when_fields(
        &self,
        app: &App,
        store: &Reader,
        mistake: &Mistake,
        language: Language,
    ) -> Result<Markup> {
        let whens = [
            ("start", texts::WHEN_START),
            ("previous", texts::WHEN_PREVIOUS),
            ("weekday", texts::WHEN_WEEKDAY),
            ("date", texts::WHEN_DATE),
            ("field", texts::WHEN_FIELD),
        ]
        .map(|(value, text)| Choice::new(value, text.to(language)));
        let units = [
            (Unit::Minutes, texts::UNIT_MINUTES),
            (Unit::Hours, texts::UNIT_HOURS),
            (Unit::Days, texts::UNIT_DAYS),
        ]
        .map(|(unit, text)| Choice::new(unit.word(), text.to(language)));
        let far = crate::domain::sequence::FURTHEST_DAY;
        let number = Input::Number { min: -far, max: far };
        let hint = texts::AT_HINT.with(language, &[("zone", app.settings.zone().name())]);
        let dates = date_fields(store)?;
        let fields: Vec<Choice> = dates.iter().map(|(key, label)| Choice::new(key, label)).collect();
        Ok(html! {
            (Field::new("when", texts::WHEN.to(language), Input::Select(&whens)).value(&self.when))
            div.part.when-start {
                (Field::new("after_days", texts::DAYS_LABEL.to(language), number).value(&self.after_days)
                    .hint(texts::DAYS_HINT.to(language)).error(mistake.on("after_days")))
            }
            div.part.when-previous {
                (Field::new("amount", texts::AMOUNT.to(language), Input::Number { min: 0, max: 1_000_000 })
                    .value(&self.amount).error(mistake.on("amount")))
                (Field::new("unit", texts::UNIT.to(language), Input::Select(&units)).value(&self.unit))
            }
            div.part.when-weekday { (self.weekday_fields(mistake, language)) }
            div.part.when-date {
                (Field::new("date", texts::DATE.to(language), Input::Date).value(&self.date)
                    .hint(texts::DATE_HINT.to(language)).error(mistake.on("date")))
            }
            div.part.when-field {
                @if fields.is_empty() {
                    (Field::new("field", texts::FIELD.to(language), Input::Text).value(&self.field)
                        .error(mistake.on("field")))
                } @else {
                    (Field::new("field", texts::FIELD.to(language), Input::Select(&fields)).value(&self.field)
                        .error(mistake.on("field")))
                }
                (Field::new("field_days", texts::FIELD_DAYS.to(language), number).value(&self.field_days)
                    .hint(texts::FIELD_DAYS_HINT.to(language)).error(mistake.on("field_days")))
            }
            (Field::new("at", texts::AT.to(language), Input::Time).value(&self.at).hint(hint)
                .error(mistake.on("at")))
        })
    }

    fn weekday_fields(&self, mistake: &Mistake, language: Language) -> Markup {
        html! {
            fieldset.field.choices id="field-weekday" {
                legend { (texts::WEEKDAYS.to(language)) }
                p.hint { (texts::WEEKDAYS_HINT.to(language)) }
                div.weekdays {
                    @for (word, name) in Weekdays::WORDS.iter().zip(words::WEEKDAYS) {
                        label.choice {
                            input type="checkbox" name="weekday" value=(word)
                                checked[self.weekdays.iter().any(|chosen| chosen == word)];
                            span.choice-text { (name.to(language)) }
                        }
                    }
                }
                @if let Some(sentence) = mistake.on("weekday") { p.field-error { (sentence) } }
            }
        }
    }

    fn action_field(&self, language: Language) -> Markup {
        let actions = [
            Choice::new(Action::Mail.word(), texts::ACTION_MAIL.to(language)),
            Choice::new(Action::Wait.word(), texts::ACTION_WAIT.to(language))
                .with_hint(texts::ACTION_WAIT_HINT.to(language)),
            Choice::new(Action::Lead.word(), texts::ACTION_LEAD.to(language))
                .with_hint(texts::ACTION_LEAD_HINT.to(language)),
        ];
        html! { (Field::new("action", texts::ACTION.to(language), Input::Radio(&actions)).value(&self.action)) }
    }

    fn more_fields(
        &self,
        store: &Reader,
        sequence: &Sequence,
        others: &[Step],
        choices: &Choices,
        mistake: &Mistake,
        language: Language,
    ) -> Result<Markup> {
        let goes = go_choices(store, sequence, others, language)?;
        let goes: Vec<Choice> = goes.iter().map(|(value, label)| Choice::new(value, label)).collect();
        let places = place_choices(store, others, language)?;
        let places: Vec<Choice> = places.iter().map(|(value, label)| Choice::new(value, label)).collect();
        Ok(html! {
            (view::fieldset(texts::WHO.to(language), html! {
                p.hint { (texts::WHO_HINT.to(language)) }
                (condition_choices::load_field(store, language)?)
                (self.condition.markup_or(choices, mistake, texts::WHO_ALL))
            }))
            (view::fieldset(texts::WHERE_TO.to(language), html! {
            (Field::new("then", texts::THEN.to(language), Input::Select(&goes)).value(&self.then)
                .error(mistake.on("then")))
            (Field::new("otherwise", texts::OTHERWISE.to(language), Input::Select(&goes)).value(&self.otherwise)
                .error(mistake.on("otherwise")))
            (Field::new("place", texts::PLACE.to(language), Input::Select(&places)).value(&self.place)
                .error(mistake.on("place")))
            }))
        })
    }

    /// Whether something of it was chosen, so that it should be seen.
    fn is_more_in_use(&self) -> bool {
        let usual = Go::Next.word();
        !self.condition.is_empty() || self.then != usual || self.otherwise != usual
    }
}
