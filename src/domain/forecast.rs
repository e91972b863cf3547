//! The promised finish: when a message will have gone out, worked out from limits, counts, clocks and quiet hours.
//! Not a promise kept by itself: mail/pace sends. Not where the figures come from: mail/forecast.

use crate::clock::Instant;
use crate::domain::pace::{Limits, Room, Span, Window};

/// A way out, or a provider, as it stands now.
#[derive(Clone, Debug, Default)]
pub struct Lane {
    pub limits: Limits,
    pub window: Window,
    /// Nothing goes before this, for what was refused last.
    pub opens_at: Instant,
}

/// A provider with limits of its own.
#[derive(Clone, Debug)]
pub struct Provider {
    pub name: String,
    /// How many of the mails go there.
    pub mails: i64,
    pub lane: Lane,
}

/// All that the finish depends on.
pub struct Plan<'a> {
    /// When the first mail may go.
    pub start: Instant,
    pub mails: i64,
    /// Mails of the site's own that go before.
    pub ahead: i64,
    pub ways: Vec<Lane>,
    pub providers: Vec<Provider>,
    /// Seconds between two ticks, and the most mails of one.
    pub gap: i64,
    pub per_tick: i64,
    /// Parts of a hundred that are kept back of each limit.
    pub reserve: i64,
    /// Minutes of the day between which nothing goes; may lead over midnight.
    pub quiet: Option<(i64, i64)>,
    /// The site's clock.
    pub minute_of_day: &'a dyn Fn(Instant) -> i64,
}

/// What limits the speed most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The clocks or the size of a tick.
    Ticks,
    /// A limit of the ways out.
    Limit(Span, i64),
    /// The last mails wait for this provider.
    Provider(String, Span, i64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// `None`: later than can be told.
    pub done_at: Option<Instant>,
    /// Of the mails, those that arrive at night.
    pub at_night: i64,
    /// Mails of this message by the hour in which they go.
    pub hours: Vec<(Instant, i64)>,
    pub bound: Bound,
}

/// From ten in the evening until seven.
const NIGHT: (i64, i64) = (22 * 60, 7 * 60);
/// Ticks worked out at most; what takes longer is not told.
const MOST_TICKS: usize = 5000;
const HOUR: i64 = 3600;

/// Works the finish out, tick by tick.
pub fn forecast(plan: &Plan<'_>) -> Forecast {
    let mut run = Run {
        plan,
        ways: plan.ways.clone(),
        providers: plan.providers.clone(),
        ahead: plan.ahead.max(0),
        left: (plan.mails - plan.providers.iter().map(|provider| provider.mails).sum::<i64>()).max(0),
        told: Forecast { done_at: None, at_night: 0, hours: Vec::new(), bound: Bound::Ticks },
    };
    let mut now = plan.start;
    for _ in 0..MOST_TICKS {
        now = run.after_quiet(now);
        let wait = run.tick(now);
        if run.is_done() {
            run.told.done_at = Some(now);
            break;
        }
        now += plan.gap.max(1);
        // Ticks that find no room are passed over.
        if let Some(until) = wait.filter(|until| *until > now) {
            now += (until - now + plan.gap.max(1) - 1) / plan.gap.max(1) * plan.gap.max(1);
        }
    }
    run.told
}

struct Run<'a> {
    plan: &'a Plan<'a>,
    ways: Vec<Lane>,
    providers: Vec<Provider>,
    ahead: i64,
    /// Mails to everybody else than the providers'.
    left: i64,
    told: Forecast,
}

impl Run<'_> {
    fn is_done(&self) -> bool {
        self.left == 0 && self.providers.iter().all(|provider| provider.mails == 0)
    }

    /// One tick; returns until when there is no room, if that is why it stopped.
    fn tick(&mut self, now: Instant) -> Option<Instant> {
        let mut tick = self.plan.per_tick.max(1);
        let mut opens_at: Option<Instant> = None;
        for at in 0..self.ways.len() {
            if let Some(Room::Free(free)) = self.ways.get(at).map(|way| room(way, self.plan.reserve, now)) {
                let gone = self.send(free.min(tick), now);
                tick -= gone;
                if let Some(way) = self.ways.get_mut(at) {
                    way.window.add(gone, 0, now);
                    way.window.forget_before(now - 90_000);
                }
            }
            let Some(way) = self.ways.get(at) else { break };
            let until = match room(way, self.plan.reserve, now) {
                Room::Full { until } => until,
                Room::Free(_) => now,
            };
            opens_at = Some(opens_at.map_or(until, |other| other.min(until)));
            if let (false, Some((span, most))) = (self.is_done(), tightest(way, self.plan.reserve, now)) {
                self.told.bound = Bound::Limit(span, most);
            }
        }
        let waits_for_providers = self.ahead == 0 && self.left == 0;
        match waits_for_providers {
            false => opens_at,
            true => self.providers_open_at(now).max(opens_at),
        }
    }

    /// Sends up to `most`: what is ahead, then to providers with room, then the rest. Returns how many.
    fn send(&mut self, most: i64, now: Instant) -> i64 {
        let ahead = self.ahead.min(most);
        self.ahead -= ahead;
        let mut rest = most - ahead;
        let mut own = 0;
        for provider in &mut self.providers {
            if let Room::Free(free) = room(&provider.lane, self.plan.reserve, now) {
                let gone = provider.mails.min(free).min(rest);
                provider.mails -= gone;
                provider.lane.window.add(gone, 0, now);
                (rest, own) = (rest - gone, own + gone);
            }
        }
        let gone = self.left.min(rest);
        self.left -= gone;
        own += gone;
        self.note(own, now);
        ahead + own
    }

    fn note(&mut self, mails: i64, now: Instant) {
        if mails == 0 {
            return;
        }
        if is_between((self.plan.minute_of_day)(now), NIGHT) {
            self.told.at_night += mails;
        }
        let hour = now - now.rem_euclid(HOUR);
        match self.told.hours.last_mut() {
            Some((at, count)) if *at == hour => *count += mails,
            _ => self.told.hours.push((hour, mails)),
        }
    }

    fn providers_open_at(&mut self, now: Instant) -> Option<Instant> {
        let mut first = None;
        for provider in self.providers.iter().filter(|provider| provider.mails > 0) {
            if let Room::Full { until } = room(&provider.lane, self.plan.reserve, now) {
                if let Some((span, most)) = tightest(&provider.lane, self.plan.reserve, now) {
                    self.told.bound = Bound::Provider(provider.name.clone(), span, most);
                }
                first = Some(first.map_or(until, |other: Instant| other.min(until)));
            }
        }
        first
    }

    /// The end of the quiet hours, if they are now.
    fn after_quiet(&self, now: Instant) -> Instant {
        let Some(quiet) = self.plan.quiet else { return now };
        let minute = (self.plan.minute_of_day)(now);
        match is_between(minute, quiet) {
            true => now + (quiet.1 - minute).rem_euclid(1440) * 60 - now.rem_euclid(60),
            false => now,
        }
    }
}

fn room(lane: &Lane, reserve: i64, now: Instant) -> Room {
    match now < lane.opens_at {
        true => Room::Full { until: lane.opens_at },
        false => lane.window.room(&lane.limits, reserve, now),
    }
}

/// The limit that is used up, by the longest span.
fn tightest(lane: &Lane, reserve: i64, now: Instant) -> Option<(Span, i64)> {
    let is_full = |span: Span, most: i64| {
        matches!(lane.window.room(&Limits::NONE.and(span, most), reserve, now), Room::Full { .. })
    };
    lane.limits.iter().filter(|(span, most)| is_full(*span, *most)).last()
}

/// Whether a minute of the day lies between two others, over midnight where the second is the smaller.
fn is_between(minute: i64, (from, to): (i64, i64)) -> bool {
    if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23 18:00 in Japan.
    const EVENING: Instant = 1_795_424_400;
    const MINUTE: i64 = 60;

    fn japan(at: Instant) -> i64 {
        (at / 60 + 9 * 60).rem_euclid(1440)
    }

    fn lane(limits: &str) -> Lane {
        Lane { limits: Limits::parse(limits).unwrap(), ..Lane::default() }
    }

    fn plan(mails: i64, limits: &str) -> Plan<'static> {
        Plan {
            start: EVENING,
            mails,
            ahead: 0,
            ways: vec![lane(limits)],
            providers: Vec::new(),
            gap: 5 * MINUTE,
            per_tick: 10_000,
            reserve: 0,
            quiet: None,
            minute_of_day: &japan,
        }
    }

    #[test]
    fn a_hundred_in_a_quarter_of_an_hour_take_eight_hours_for_3200() {
        let told = forecast(&plan(3200, "100/15min"));
        // 32 times a hundred: the first at once, the last after 31 quarters.
        assert_eq!(told.done_at, Some(EVENING + 31 * 15 * MINUTE));
        // From 22:00 on: 16 quarters have gone by until then (18:00 to 21:45), the others are at night.
        assert_eq!(told.at_night, 1600);
        assert_eq!(told.bound, Bound::Limit(Span::Quarter, 100));
        assert_eq!(told.hours.first(), Some(&(EVENING, 400)));
        assert_eq!(told.hours.iter().map(|(_, mails)| mails).sum::<i64>(), 3200);
    }

    #[test]
    fn clocks_that_beat_once_an_hour_set_the_pace_when_they_are_the_slowest() {
        let told = forecast(&Plan { gap: 60 * MINUTE, ..plan(500, "100/15min") });
        assert_eq!(told.done_at, Some(EVENING + 4 * 60 * MINUTE));
        let told = forecast(&Plan { per_tick: 50, ..plan(500, "") });
        assert_eq!((told.done_at, told.bound), (Some(EVENING + 9 * 5 * MINUTE), Bound::Ticks));
    }

    #[test]
    fn what_went_out_before_and_what_is_ahead_take_their_room() {
        let mut window = Window::default();
        window.add(60, 0, EVENING - 30 * MINUTE);
        let busy = Lane { window, ..lane("100/hour") };
        let told = forecast(&Plan { ways: vec![busy], ahead: 40, ..plan(60, "") });
        // 40 ahead go now; the 60 of before make room at 18:30 and a minute.
        assert_eq!(told.done_at, Some(EVENING + 35 * MINUTE));
    }

    #[test]
    fn nothing_goes_in_quiet_hours() {
        let told = forecast(&Plan { quiet: Some((21 * 60, 8 * 60)), ..plan(2000, "100/15min") });
        assert_eq!(told.at_night, 0);
        // 12 quarters until 21:00, the other 8 from 08:00 on.
        assert_eq!(told.done_at, Some(EVENING + (14 * 60 + 7 * 15) * MINUTE));
    }

    #[test]
    fn a_provider_with_a_limit_of_its_own_holds_up_its_own_mails_alone() {
        let gmail = Provider { name: "gmail.com".to_string(), mails: 500, lane: lane("100/hour") };
        let told = forecast(&Plan { providers: vec![gmail], ..plan(1000, "") });
        assert_eq!(told.hours.first(), Some(&(EVENING, 600)));
        // A minute more each time: over an hour it counts by the minute.
        assert_eq!(told.done_at, Some(EVENING + 4 * 65 * MINUTE));
        assert_eq!(told.bound, Bound::Provider("gmail.com".to_string(), Span::Hour, 100));
    }

    #[test]
    fn two_ways_add_up() {
        let told = forecast(&Plan { ways: vec![lane("100/hour"), lane("300/hour")], ..plan(400, "") });
        assert_eq!(told.done_at, Some(EVENING));
    }

    #[test]
    fn a_wait_after_a_refusal_is_waited_for() {
        let resting = Lane { opens_at: EVENING + 20 * MINUTE, ..lane("") };
        assert_eq!(
            forecast(&Plan { ways: vec![resting], ..plan(10, "") }).done_at,
            Some(EVENING + 20 * MINUTE)
        );
    }

    #[test]
    fn what_takes_years_is_not_told_and_nothing_is_done_at_once() {
        assert_eq!(forecast(&Plan { gap: MINUTE, ..plan(10_000_000, "1/minute") }).done_at, None);
        assert_eq!(forecast(&plan(0, "1/minute")).done_at, Some(EVENING));
    }
}
