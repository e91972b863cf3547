//! The site's quiet hours and closed days.
//! Not what they do to a mail: domain/rest.

use crate::app::App;
use crate::domain::{holidays, rest};
use crate::error::Result;
use crate::settings;
use crate::store::{Reader, Writer};
use crate::texts::{admin, sequences as texts, site};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::sequences::back_to_list;
use crate::web::admin::settings::put_all;
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Field, Input, Nav, html};

/// GET /admin/sequences/rest
pub fn show(call: &Call, admin: &Admin, app: &App, _store: &Reader) -> Result<Reply> {
    let value = |setting: &'static settings::Setting| app.settings.value(setting).to_string();
    let typed =
        [value(&settings::QUIET_HOURS), value(&settings::CLOSED_DAYS), value(&settings::CLOSED_DATES)];
    Ok(form(call, admin, &typed, &Mistake::none()))
}

/// POST /admin/sequences/rest
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let kinds = sent.all("closed_days").collect::<Vec<&str>>().join(",");
    let typed = [sent.text("quiet_hours").to_string(), kinds, sent.text("closed_dates").to_string()];
    let which = [&settings::QUIET_HOURS, &settings::CLOSED_DAYS, &settings::CLOSED_DATES];
    let value = |setting: &settings::Setting| {
        let place = which.iter().position(|one| one.key == setting.key);
        place.and_then(|place| typed.get(place)).cloned().unwrap_or_default()
    };
    let saved =
        put_all(app, store, &which, value).map(|()| call.redirect("/admin/sequences/rest?done=saved"));
    page::or_again(call, saved, |mistake| Ok(form(call, admin, &typed, mistake)))
}

fn form(call: &Call, admin: &Admin, [quiet, kinds, dates]: &[String; 3], mistake: &Mistake) -> Reply {
    let language = call.language;
    let names = [texts::REST_SAT, texts::REST_SUN, texts::REST_HOLIDAY];
    let years =
        [("announced", holidays::LAST_ANNOUNCED_YEAR.to_string()), ("last", holidays::LAST_YEAR.to_string())];
    let years: Vec<(&str, &str)> = years.iter().map(|(name, year)| (*name, year.as_str())).collect();
    let fields = html! {
        (Field::new("quiet_hours", texts::REST_QUIET.to(language), Input::Text).value(quiet)
            .hint(texts::REST_QUIET_HINT.to(language)).placeholder("21:00-08:00").autocomplete("off")
            .error(mistake.on("quiet_hours")))
        fieldset.field.choices {
            legend { (texts::REST_DAYS.to(language)) }
            p.hint { (texts::REST_DAYS_HINT.to(language)) }
            @for (word, name) in rest::KINDS.iter().zip(names) {
                label.choice {
                    input type="checkbox" name="closed_days" value=(word)
                        checked[kinds.split(',').any(|kind| kind == *word)];
                    span.choice-text { (name.to(language)) }
                }
            }
            p.hint { (texts::REST_HOLIDAY_HINT.with(language, &years)) }
        }
        (Field::new("closed_dates", texts::REST_DATES.to(language), Input::Textarea { rows: 4 })
            .value(&dates.replace(',', "\n")).hint(texts::REST_DATES_HINT.to(language))
            .error(mistake.on("closed_dates")))
        (view::actions(view::button(site::SAVE.to(language), ButtonKind::Primary)))
    };
    let title = texts::REST.to(language);
    let content = html! {
        (back_to_list(call))
        (view::page_heading(title, html! {}))
        (mistake.summary())
        p { (texts::REST_TEXT.to(language)) }
        (view::card("", view::form(&call.link("/admin/sequences/rest"), &admin.csrf, fields)))
    };
    let frame = page::done_notice(page::frame(call, admin, title), call, &[("saved", admin::DONE_SAVED)]);
    page::reply(&frame, Nav::Sequences, content)
}
