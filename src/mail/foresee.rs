//! "If she joins on this day she gets these mails on these dates": the plan of a joiner or of a reader who is inside.
//! Not a rehearsal, which runs the engine itself: rehearse. Both use the same rules (domain/sequence).

use crate::app::App;
use crate::clock::Instant;
use crate::domain::calendar;
use crate::domain::id::StepId;
use crate::domain::sequence::{Birthdays, Progress, Sequence, StartOn, Step, Undated, World, date_in, plan};
use crate::domain::subscriber::Fields;
use crate::error::Result;
use crate::mail::ways;
use crate::store::Reader;
use crate::store::enrolments::Enrolment;

/// One step that lies ahead.
#[derive(Clone, Debug)]
pub struct Foreseen {
    pub step: StepId,
    pub subject: String,
    pub due: Instant,
}

/// What lies ahead, and what is missing for more.
pub struct Foresight {
    pub steps: Vec<Foreseen>,
    pub missing: Option<Undated>,
}

/// For somebody with these fields who joins at `join`.
pub fn for_joiner(
    app: &App,
    store: &Reader,
    sequence: &Sequence,
    join: Instant,
    fields: &Fields,
) -> Result<Foresight> {
    match start_of(app, sequence, join, fields) {
        Ok(start) => {
            let steps = store.steps(sequence.id)?;
            foresee(app, store, sequence, &steps, &Progress::begun(start, join), fields, join)
        }
        Err(missing) => Ok(Foresight { steps: Vec::new(), missing: Some(missing) }),
    }
}

/// For a reader who is inside.
pub fn for_reader(
    app: &App,
    store: &Reader,
    sequence: &Sequence,
    enrolment: &Enrolment,
    fields: &Fields,
) -> Result<Foresight> {
    let mut enrolment = enrolment.clone();
    enrolment.catch_up(sequence);
    if let Err(missing) = ways::set_start(store, &mut enrolment, sequence, fields, app.settings.zone())? {
        return Ok(Foresight { steps: Vec::new(), missing: Some(missing) });
    }
    let steps = store.steps(sequence.id)?;
    foresee(app, store, sequence, &steps, &enrolment.progress, fields, app.clock.now())
}

/// What days are counted from.
fn start_of(
    app: &App,
    sequence: &Sequence,
    join: Instant,
    fields: &Fields,
) -> std::result::Result<Instant, Undated> {
    let (start, zone) = (&sequence.options.start, app.settings.zone());
    let day = match start.on {
        StartOn::Join | StartOn::Hand => return Ok(join),
        StartOn::Date => date_in(fields, &start.field)?,
        StartOn::Birthday => {
            let birthdays = Birthdays::of(fields, &start.field)?;
            birthdays.in_year(birthdays.next_year(join, zone))
        }
    };
    Ok(calendar::start_of(day, zone))
}

fn foresee(
    app: &App,
    store: &Reader,
    sequence: &Sequence,
    steps: &[Step],
    progress: &Progress,
    fields: &Fields,
    now: Instant,
) -> Result<Foresight> {
    let rest = app.settings.rest();
    let world = World { zone: app.settings.zone(), rest: &rest, options: &sequence.options, fields };
    let (planned, missing) = plan(steps, progress, &world, now);
    let mut foreseen = Vec::new();
    for one in planned {
        let Some(step) = steps.get(one.index) else { continue };
        let (subject, _) = store.message_subject(step.message)?;
        foreseen.push(Foreseen { step: step.id, subject, due: one.due });
    }
    Ok(Foresight { steps: foreseen, missing })
}
