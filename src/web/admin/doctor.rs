//! The doctor's page: each check with the one thing to do.
//! Not the checks: doctor.

use crate::app::App;
use crate::doctor::{State, examine};
use crate::error::Result;
use crate::store::Reader;
use crate::texts::site;
use crate::web::access::Admin;
use crate::web::admin::settings::{Tab, settings_page};
use crate::web::call::Call;
use crate::web::message::Reply;
use crate::web::view::{self, Column, Tone, html};

/// GET /admin/settings/doctor
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let language = call.language;
    let root = std::env::var_os("DOCUMENT_ROOT").filter(|root| !root.is_empty());
    let report = examine(app, store, root.as_deref().map(AsRef::as_ref), language)?;
    let rows: Vec<Vec<view::Markup>> = report
        .checks
        .iter()
        .map(|check| {
            let (tone, word) = match check.state {
                State::Good => (Tone::Success, site::GOOD),
                State::Warn => (Tone::Warn, site::WARN),
                State::Bad => (Tone::Error, site::BAD),
            };
            vec![
                html! { (check.title) },
                view::badge(tone, word.to(language)),
                html! {
                    div {
                        p { (check.found) }
                        @if !check.to_do.is_empty() { p { strong { (check.to_do) } } }
                    }
                },
            ]
        })
        .collect();
    let is_all_good = report.checks.iter().all(|check| check.state == State::Good);
    let (tone, verdict) = match (report.ok, is_all_good) {
        (true, true) => (Tone::Success, site::DOCTOR_GOOD),
        (true, false) => (Tone::Info, site::DOCTOR_WARN),
        (false, _) => (Tone::Error, site::DOCTOR_BAD),
    };
    let columns = [
        Column::main(site::CHECK.to(language)),
        Column::text(site::STATE.to(language)),
        Column::text(site::FOUND.to(language)),
    ];
    let content = html! {
        (view::notice(tone, verdict.to(language)))
        (view::table(site::TAB_DOCTOR.to(language), &columns, &rows))
    };
    Ok(settings_page(call, admin, Tab::Doctor, content))
}
