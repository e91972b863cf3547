//! The owner changes her password: the present one is asked again, all other sessions end.
//! Not the hashing: host/password.

use crate::app::App;
use crate::domain::address::Address;
use crate::error::{Error, Result};
use crate::host::password;
use crate::store::{Reader, Writer};
use crate::texts::{errors, site};
use crate::web::access::{self, Admin};
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::settings::{Tab, settings_page_with};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Field, Input, html};

/// GET /admin/settings/password
pub fn show(call: &Call, admin: &Admin, _app: &App, _store: &Reader) -> Result<Reply> {
    Ok(form(call, admin, &Mistake::none()))
}

/// POST /admin/settings/password
pub fn change(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let changed = accept(admin, app, store, sent).and_then(|()| {
        // All sessions have ended; this browser gets a new one.
        access::begin_session(
            call,
            app,
            store,
            admin.user,
            call.redirect("/admin/settings/password?done=password"),
        )
    });
    page::or_again(call, changed, |mistake| Ok(form(call, admin, mistake)))
}

fn accept(admin: &Admin, app: &App, store: &Writer, sent: &Form) -> Result<()> {
    let user = store.user_by_address(&Address::parse(&admin.address)?)?;
    let hash = user.as_ref().map(|user| user.password_hash.as_str());
    if !password::verify(app.folder.path(), sent.text("present"), hash)? {
        return Err(Error::invalid(errors::PASSWORD_NOW_WRONG).on("present"));
    }
    let hash = password::hash(app.folder.path(), sent.text("password"))?;
    store.change_password(admin.user, &hash, app.clock.now())
}

fn form(call: &Call, admin: &Admin, mistake: &Mistake) -> Reply {
    let language = call.language;
    let content = html! {
        (mistake.summary())
        (view::card("", view::form(&call.link("/admin/settings/password"), &admin.csrf, html! {
            (Field::new("present", site::PASSWORD_NOW.to(language), Input::Password).required(language)
                .autocomplete("current-password").error(mistake.on("present")))
            (Field::new("password", site::PASSWORD_NEW.to(language), Input::Password).required(language)
                .autocomplete("new-password").hint(site::PASSWORD_HINT.to(language)).error(mistake.on("password")))
            p.hint { (site::PASSWORD_NOTE.to(language)) }
            (view::button(site::PASSWORD_CHANGE.to(language), ButtonKind::Primary))
        })))
    };
    settings_page_with(call, admin, Tab::Password, &[("password", site::PASSWORD_CHANGED)], content)
}
