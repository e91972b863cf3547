//! Until when and at whose hour a broadcast goes out: the fields beside its time.
//! Not the moment at which it starts (show, send).

use crate::app::App;
use crate::clock::Instant;
use crate::domain::broadcast::Timing;
use crate::domain::calendar;
use crate::error::{Error, Result};
use crate::store::Reader;
use crate::texts::{Language, broadcasts, errors};
use crate::web::admin::page::{self, Mistake};
use crate::web::form::Form;
use crate::web::view::{self, Field, Input, Markup, html};

/// The field that says where a reader lives, for mails at her own time.
const ZONE_FIELD: &str = "time_zone";

/// What stands in the fields.
#[derive(Clone, Debug, Default)]
pub(super) struct TypedTiming {
    last: String,
    quiet: bool,
    zone: bool,
}

impl TypedTiming {
    pub(super) fn stored(app: &App, timing: &Timing) -> TypedTiming {
        let last = timing.not_later_than.map(|at| page::time(app, at).replace(' ', "T"));
        TypedTiming {
            last: last.unwrap_or_default(),
            quiet: timing.keeps_quiet_hours,
            zone: timing.in_reader_zone,
        }
    }

    pub(super) fn sent(form: &Form) -> TypedTiming {
        TypedTiming { last: form.text("last").to_string(), quiet: form.has("quiet"), zone: form.has("zone") }
    }

    /// What was typed, for a broadcast that starts at `at`.
    pub(super) fn timing(&self, app: &App, at: Instant) -> Result<Timing> {
        let not_later_than = match self.last.trim() {
            "" => None,
            typed => {
                let last =
                    calendar::parse_moment(typed, app.settings.zone()).map_err(|error| error.on("last"))?;
                if last <= at {
                    return Err(Error::invalid(errors::DEADLINE_TOO_EARLY).on("last"));
                }
                Some(last)
            }
        };
        Ok(Timing { not_later_than, keeps_quiet_hours: self.quiet, in_reader_zone: self.zone })
    }

    /// The fields, folded while nothing is chosen in them.
    pub(super) fn fields(&self, store: &Reader, mistake: &Mistake, language: Language) -> Result<Markup> {
        let zone = store.fields()?.into_iter().find(|field| field.key.as_str() == ZONE_FIELD);
        let hint = match &zone {
            Some(field) => broadcasts::TIMING_ZONE_HINT.with(language, &[("field", &field.label)]),
            None => broadcasts::TIMING_ZONE_NO_FIELD.with(language, &[("key", ZONE_FIELD)]),
        };
        let tick = |chosen: bool| if chosen { "1" } else { "" };
        let fields = html! {
            (Field::new("last", broadcasts::TIMING_LAST.to(language), Input::DateTime).value(&self.last)
                .hint(broadcasts::TIMING_LAST_HINT.to(language)).error(mistake.on("last")))
            (Field::new("quiet", broadcasts::TIMING_QUIET.to(language), Input::Checkbox).value(tick(self.quiet))
                .hint(broadcasts::TIMING_QUIET_HINT.to(language)))
            (Field::new("zone", broadcasts::TIMING_ZONE.to(language), Input::Checkbox).value(tick(self.zone))
                .hint(hint))
        };
        let is_plain = self.last.is_empty() && !self.quiet && !self.zone;
        Ok(match is_plain && mistake.on("last").is_none() {
            true => view::details_box(broadcasts::TIMING_TITLE.to(language), fields),
            false => fields,
        })
    }

    /// The same unseen, for the last check.
    pub(super) fn hidden(&self) -> Markup {
        html! {
            (view::hidden("last", &self.last))
            @if self.quiet { (view::hidden("quiet", "1")) }
            @if self.zone { (view::hidden("zone", "1")) }
        }
    }
}

/// What was chosen, in words.
pub(super) fn facts(app: &App, timing: &Timing, language: Language) -> Vec<String> {
    let last = timing
        .not_later_than
        .map(|last| broadcasts::TIMING_SAID_LAST.with(language, &[("when", &page::time(app, last))]));
    let quiet = timing.keeps_quiet_hours.then(|| broadcasts::TIMING_QUIET.to(language).to_string());
    let zone = timing.in_reader_zone.then(|| broadcasts::TIMING_ZONE.to(language).to_string());
    [last, quiet, zone].into_iter().flatten().collect()
}
