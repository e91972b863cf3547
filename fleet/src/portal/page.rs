//! What the portal's pages have in common: the frame, the navigation, moments in Japan's time.
//! Not the look: that is NEO's view.

use neo::clock::Instant;
use neo::domain::calendar::page_time;
use neo::texts::{Language, Text};
use neo::web::admin::page::done_notice;
use neo::web::call::Call;
use neo::web::message::Reply;
use neo::web::view::{self, Entry, Frame, Icon, Markup};

use super::access::Who;
use crate::incidents::house::zone;
use crate::texts::portal as texts;

/// The entries for everybody, for who has keys, and for the vendor's own.
const EVERYBODY: &[(Text, Icon, &str)] = &[(texts::HOME, Icon::Today, "/")];
const CUSTOMER: &[(Text, Icon, &str)] =
    &[(texts::KEYS, Icon::Form, "/keys"), (texts::DOWNLOADS, Icon::Envelope, "/downloads")];
const STAFF: &[(Text, Icon, &str)] = &[
    (texts::FLEET, Icon::Broadcast, "/fleet"),
    (texts::SITES, Icon::Readers, "/sites"),
    (texts::INCIDENTS, Icon::Alert, "/incidents"),
    (texts::RELEASES, Icon::Sequence, "/releases"),
    (texts::AUDIT, Icon::Settings, "/audit"),
];

/// Words of `?done=`.
const DONE: &[(&str, Text)] = &[
    ("password", texts::PASSWORD_CHANGED),
    ("factor", texts::FACTOR_SET),
    ("written", texts::REPORT_WRITTEN),
];

/// A finished page of somebody who is signed in. `at` is the entry that is marked.
pub fn reply(call: &Call, who: &Who, at: &str, title: &str, content: Markup) -> Reply {
    let language = call.language;
    let mut frame: Frame = call
        .frame(texts::PORTAL.to(language), title)
        .user(&who.user.email, &who.csrf)
        .user_paths("/account", "/logout");
    frame = done_notice(frame, call, DONE);
    let customer = if who.customer().is_some() { CUSTOMER } else { &[] };
    let staff = if who.staff().is_ok() { STAFF } else { &[] };
    let entries: Vec<Entry> = EVERYBODY
        .iter()
        .chain(customer)
        .chain(staff)
        .map(|(label, sign, path)| Entry {
            label: label.to(language),
            sign: *sign,
            path,
            is_active: *path == at,
        })
        .collect();
    Reply::html(200, view::page_with_navigation(&frame, "/", &entries, content))
}

/// A page before the sign-in is complete: one sheet.
pub fn plain(call: &Call, title: &str, content: Markup) -> Reply {
    Reply::html(200, view::plain_page(&call.frame(texts::PORTAL.to(call.language), title), content))
}

/// A moment in Japan's time, e.g. `2026-11-24 08:30`.
pub fn time(at: Instant) -> String {
    page_time(at, zone())
}

/// A moment, or that there was none.
pub fn time_or_never(at: Option<Instant>, language: Language) -> String {
    at.map_or_else(|| texts::NEVER.to(language).to_string(), time)
}
