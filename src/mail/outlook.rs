//! What goes out to a whole sequence on which day: the plans of all who are inside, added up.
//! Not the plan of one reader (foresee), and nobody who has yet to come.

use std::collections::BTreeMap;

use crate::app::App;
use crate::clock::Instant;
use crate::domain::calendar::{self, Day, Zone};
use crate::domain::rest::Rest;
use crate::domain::sequence::{Action, Sequence, Step, Timing, World, plan_until};
use crate::domain::subscriber::Fields;
use crate::error::Result;
use crate::mail::ways;
use crate::store::Reader;
use crate::store::enrolments::{Enrolment, Hold};

/// The days that can be asked for at once.
pub const MOST_DAYS: i64 = 366;

/// What goes out on which day.
#[derive(Debug)]
pub struct Outlook {
    pub first: Day,
    pub days: i64,
    pub steps: Vec<Step>,
    /// Readers per day and place of the step in `steps`, as far as they were looked at.
    counts: BTreeMap<(Day, usize), i64>,
    /// Who goes on by herself, and how many of them were looked at.
    pub going_on: i64,
    pub looked_at: i64,
    /// Whether everybody was looked at. If not, the counts are made from a sample: see [`Outlook::mails`].
    pub is_whole: bool,
    /// Of those looked at: who cannot go on, since a date of hers is missing.
    pub undated: i64,
    /// Who stands still for a reason of her own.
    pub held: i64,
    /// Mails that are in the ledger already and have not gone yet.
    pub waiting: i64,
}

/// Looks at everybody inside, or at some `most` rows from all over the list; and no longer than the budget lasts.
pub fn of_list(
    app: &App,
    store: &Reader,
    sequence: &Sequence,
    days: i64,
    most: Option<u64>,
) -> Result<Outlook> {
    let (now, zone) = (app.clock.now(), app.settings.zone());
    let days = days.clamp(1, MOST_DAYS);
    let mut outlook = Outlook::empty(store, sequence, calendar::day_of(now, zone), days)?;
    let end = calendar::start_of(calendar::add_days(outlook.first, days), zone);
    let time = Time { now, end, zone, rest: app.settings.rest() };
    let mut walk = store.walk_sequence(sequence.id, needs_fields(sequence, &outlook.steps))?;
    let mut rows = 0;
    while app.budget.spend(1).is_ok() && most.is_none_or(|most| rows < most) {
        let Some(piece) = store.walk_on(&mut walk)? else {
            outlook.is_whole = true;
            break;
        };
        rows += piece.rows;
        for (enrolment, fields) in piece.going_on {
            if app.budget.spend(1).is_err() {
                return Ok(outlook);
            }
            outlook.add(store, sequence, enrolment, &fields, &time)?;
        }
    }
    Ok(outlook)
}

/// The clockwork around all of them, and where to stop.
struct Time {
    now: Instant,
    end: Instant,
    zone: Zone,
    rest: Rest,
}

/// Whether a date of the readers decides anything.
fn needs_fields(sequence: &Sequence, steps: &[Step]) -> bool {
    sequence.options.start.on.is_dated()
        || steps.iter().any(|step| matches!(step.timing, Timing::AroundField { .. }))
}

impl Outlook {
    fn empty(store: &Reader, sequence: &Sequence, first: Day, days: i64) -> Result<Outlook> {
        let places = store.places(sequence.id)?;
        let held = [Hold::Paused, Hold::Waiting, Hold::NoDate].map(|hold| places.held(hold.word()));
        let held: i64 = held.iter().sum();
        Ok(Outlook {
            first,
            days,
            steps: store.steps(sequence.id)?,
            counts: BTreeMap::new(),
            going_on: (store.active_enrolments(sequence.id)? - held).max(0),
            looked_at: 0,
            is_whole: false,
            undated: 0,
            held,
            waiting: store.waiting_of_sequence(sequence.id)?,
        })
    }

    fn add(
        &mut self,
        store: &Reader,
        sequence: &Sequence,
        mut enrolment: Enrolment,
        fields: &Fields,
        time: &Time,
    ) -> Result<()> {
        let zone = time.zone;
        self.looked_at += 1;
        enrolment.catch_up(sequence);
        if ways::set_start(store, &mut enrolment, sequence, fields, zone)?.is_err() {
            self.undated += 1;
            return Ok(());
        }
        let world = World { zone, rest: &time.rest, options: &sequence.options, fields };
        let (planned, missing) = plan_until(&self.steps, &enrolment.progress, &world, time.now, time.end);
        self.undated += i64::from(missing.is_some() && planned.is_empty());
        for one in planned {
            if self.steps.get(one.index).is_some_and(|step| step.action == Action::Mail) {
                *self.counts.entry((calendar::day_of(one.due, zone), one.index)).or_default() += 1;
            }
        }
        Ok(())
    }

    /// Day, place of the step, and mails, in the order of the days. If not everybody was looked at, the mails are
    /// estimated from those who were.
    pub fn mails(&self) -> impl Iterator<Item = (Day, usize, i64)> + '_ {
        self.counts.iter().map(|((day, index), count)| (*day, *index, self.scaled(*count)))
    }

    fn scaled(&self, count: i64) -> i64 {
        if self.is_whole || self.looked_at == 0 {
            return count;
        }
        let scaled = i128::from(count) * i128::from(self.going_on.max(self.looked_at));
        i64::try_from(scaled / i128::from(self.looked_at)).unwrap_or(i64::MAX)
    }

    /// All the days asked for.
    pub fn all_days(&self) -> impl Iterator<Item = Day> + '_ {
        (0..self.days).map(|place| calendar::add_days(self.first, place))
    }
}
