//! The ways out that the settings name, each with its password, its share and its known limits, as one transport.
//! Not the transports themselves (transport) and not the choice among them (pace).

use std::time::Duration;

use crate::app::App;
use crate::domain::calendar;
use crate::domain::pace::{Limits, Span, warm_up};
use crate::error::Result;
use crate::guard;
use crate::host::plans;
use crate::mail::transport::{self, Envelope, Outcome, Transport, TransportUrl, Trouble, Way};
use crate::settings::{self, Setting};

/// The longest that one answer of a mail server may take: less than any tick.
const PATIENCE: Duration = Duration::from_secs(15);

/// The settings of one way out.
pub struct Place {
    pub number: i64,
    pub url: &'static Setting,
    pub password: &'static Setting,
    pub weight: &'static Setting,
    pub pace: &'static Setting,
}

/// Every way that can be set; the first is the setting `transport`.
pub const PLACES: [Place; 3] = [
    Place {
        number: 1,
        url: &settings::TRANSPORT,
        password: &settings::TRANSPORT_PASSWORD,
        weight: &settings::TRANSPORT_WEIGHT,
        pace: &settings::PACE,
    },
    Place {
        number: 2,
        url: &settings::TRANSPORT_2,
        password: &settings::TRANSPORT_2_PASSWORD,
        weight: &settings::TRANSPORT_2_WEIGHT,
        pace: &settings::PACE_2,
    },
    Place {
        number: 3,
        url: &settings::TRANSPORT_3,
        password: &settings::TRANSPORT_3_PASSWORD,
        weight: &settings::TRANSPORT_3_WEIGHT,
        pace: &settings::PACE_3,
    },
];

/// The site's ways out; each connects when the first mail goes out by it.
pub fn open(app: &App) -> Result<Box<dyn Transport>> {
    let mut outlet = Outlet { ways: Vec::new(), taken: 0 };
    for place in PLACES.iter().filter(|place| !app.settings.value(place.url).is_empty()) {
        let url = transport::parse(app.settings.value(place.url))?;
        let password = app.secret(place.password)?;
        let password = (!password.is_empty()).then_some(password.as_str());
        let transport = transport::open(&url, password, app.folder.path(), PATIENCE, guard::before_child);
        outlet.ways.push((way(app, place, &url), transport));
    }
    Ok(Box::new(outlet))
}

/// The ways without their transports, for pages and forecasts.
pub fn ways(app: &App) -> Vec<Way> {
    let set = PLACES.iter().filter_map(|place| {
        transport::parse(app.settings.value(place.url)).ok().map(|url| way(app, place, &url))
    });
    set.collect()
}

fn way(app: &App, place: &Place, url: &TransportUrl) -> Way {
    let is_counted = !matches!(url, TransportUrl::Folder(_));
    Way {
        number: place.number,
        weight: app.settings.number(place.weight),
        limits: if is_counted { limits(app, place) } else { Limits::NONE },
        is_counted,
    }
}

/// Own limits, the plan's (of the first way: the host's), and the warm-up's of today.
fn limits(app: &App, place: &Place) -> Limits {
    let own = Limits::parse(app.settings.value(place.pace)).unwrap_or_default();
    let plan = plans::find(app.settings.value(&settings::HOST_PLAN)).filter(|_| place.number == 1);
    let known = own.with(plan.map_or(Limits::NONE, |plan| plan.limits));
    match warm_up_today(app) {
        Some(most) => known.and(Span::Day, most),
        None => known,
    }
}

/// The most mails of today while a warm-up lasts.
pub fn warm_up_today(app: &App) -> Option<i64> {
    let from = calendar::parse_day(app.settings.value(&settings::WARM_UP_FROM))?;
    let day = calendar::days_since(from, app.clock.now(), app.settings.zone());
    warm_up(app.settings.number(&settings::WARM_UP_FIRST), day)
}

/// Several transports as one; who does not choose sends by the first.
struct Outlet {
    ways: Vec<(Way, Box<dyn Transport>)>,
    taken: usize,
}

impl Outlet {
    fn way(&mut self) -> std::result::Result<&mut Box<dyn Transport>, Trouble> {
        let way = self.ways.get_mut(self.taken).map(|(_, transport)| transport);
        way.ok_or_else(|| Trouble::Unreachable("no transport is set".to_string()))
    }
}

impl Transport for Outlet {
    fn ready(&mut self, from: &str) -> std::result::Result<(), Trouble> {
        self.way()?.ready(from)
    }

    fn deliver(&mut self, envelope: &Envelope<'_>, message: &[u8]) -> std::result::Result<Outcome, Trouble> {
        self.way()?.deliver(envelope, message)
    }

    fn close(&mut self) {
        self.ways.iter_mut().for_each(|(_, transport)| transport.close());
    }

    fn name(&self) -> &'static str {
        "outlet"
    }

    fn ways(&self) -> Vec<Way> {
        self.ways.iter().map(|(way, _)| way.clone()).collect()
    }

    fn take(&mut self, number: i64) {
        self.taken = self.ways.iter().position(|(way, _)| way.number == number).unwrap_or(0);
    }
}
