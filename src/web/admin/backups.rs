//! 設定 > バックアップ: when it is made, what is kept, and the owner's word after a restore.
//! Not the copying: transfer. Nothing is downloaded here: a backup holds every reader and goes by FTP.

use crate::app::App;
use crate::error::Result;
use crate::settings;
use crate::store::{Reader, Writer};
use crate::texts::{Text, site, transfer};
use crate::transfer::backup;
use crate::web::access::Admin;
use crate::web::admin::imports::bytes;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::settings::{Tab, put_all, settings_page_with};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Column, Field, Input, Markup, PostButton, Tone, html};

const DONE: &[(&str, Text)] = &[("released", transfer::RELEASED)];

/// GET /admin/settings/backups
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    form(call, admin, app, store, None, &Mistake::none())
}

/// POST /admin/settings/backups
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let which = [&settings::BACKUP_AT, &settings::BACKUP_KEEP];
    let saved = put_all(app, store, &which, |setting| sent.text(setting.key).to_string())
        .map(|()| call.redirect("/admin/settings/backups?done=saved"));
    page::or_again(call, saved, |mistake| form(call, admin, app, store, Some(sent), mistake))
}

/// POST /admin/settings/backups/release: the owner has looked; mails go out again.
pub fn release(call: &Call, _admin: &Admin, _app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    store.release_hold()?;
    Ok(call.redirect("/admin/settings/backups?done=released"))
}

fn form(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    sent: Option<&Form>,
    mistake: &Mistake,
) -> Result<Reply> {
    let language = call.language;
    let value = |setting: &'static settings::Setting| match sent {
        Some(form) => form.text(setting.key).to_string(),
        None => app.settings.value(setting).to_string(),
    };
    let content = html! {
        (mistake.summary())
        (held(call, admin, app, store)?)
        (last(call, app, store)?)
        (view::card(transfer::BACKUP_WHEN.to(language), view::form(&call.link("/admin/settings/backups"), &admin.csrf, html! {
            (Field::new("backup_at", transfer::BACKUP_AT.to(language), Input::Time).value(&value(&settings::BACKUP_AT))
                .hint(settings::BACKUP_AT.help.to(language)).error(mistake.on("backup_at")))
            (Field::new("backup_keep", transfer::BACKUP_KEEP.to(language), Input::Number { min: 0, max: 60 })
                .value(&value(&settings::BACKUP_KEEP)).hint(settings::BACKUP_KEEP.help.to(language))
                .error(mistake.on("backup_keep")))
            (view::button(site::SAVE.to(language), ButtonKind::Primary))
        })))
        (kept(call, app))
        (view::card(transfer::BACKUP_HOW.to(language), html! {
            p { (transfer::BACKUP_BY_FTP.to(language)) }
            p { (transfer::BACKUP_KEY.to(language)) }
            (view::code_block(transfer::BACKUP_NOW.to(language), "neo backup"))
            (view::code_block(transfer::RESTORE_NOW.to(language), "neo restore data/backups/FILE"))
            p.hint { (transfer::RESTORE_TEXT.to(language)) }
        }))
    };
    Ok(settings_page_with(call, admin, Tab::Backups, DONE, content))
}

/// After a restore: what happened, and the button that lets mails go out again.
fn held(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Markup> {
    let Some(hold) = store.hold()? else { return Ok(html! {}) };
    let language = call.language;
    let made_at = hold.detail.parse().unwrap_or(hold.at);
    let words = transfer::HELD
        .with(language, &[("at", &page::time(app, hold.at)), ("when", &page::time(app, made_at))]);
    Ok(html! {
        (view::notice(Tone::Warn, html! { p { (words) } }))
        (view::card(transfer::HELD_TITLE.to(language), html! {
            ul {
                li { (transfer::HELD_MAILS.to(language)) }
                li { (transfer::HELD_BROADCASTS.to(language)) }
                li { (transfer::HELD_STEPS.to(language)) }
                li { (transfer::HELD_READERS.to(language)) }
            }
            (view::post_button(&PostButton {
                action: &call.link("/admin/settings/backups/release"),
                csrf: &admin.csrf,
                label: transfer::RELEASE.to(language),
                kind: ButtonKind::Primary,
                ..PostButton::default()
            }))
        }))
    })
}

/// What came of the last one.
fn last(call: &Call, app: &App, store: &Reader) -> Result<Markup> {
    let language = call.language;
    let Some(last) = store.latest_backup()?.filter(|last| !last.trouble.is_empty()) else {
        return Ok(html! {});
    };
    let words = transfer::BACKUP_FAILED
        .with(language, &[("when", &page::time(app, last.at)), ("why", &last.trouble)]);
    Ok(view::notice(Tone::Error, html! { p { (words) } }))
}

fn kept(call: &Call, app: &App) -> Markup {
    let language = call.language;
    let found = backup::kept(app);
    let rows: Vec<Vec<Markup>> = found
        .iter()
        .take(100)
        .map(|backup| {
            let size = bytes(i64::try_from(backup.size).unwrap_or(i64::MAX));
            vec![html! { (backup.name) }, html! { (size) }]
        })
        .collect();
    let columns = [Column::main(transfer::FILE.to(language)), Column::number(transfer::SIZE.to(language))];
    let content = match rows.is_empty() {
        true => html! { p { (transfer::BACKUP_NONE.to(language)) } },
        false => view::table(transfer::BACKUPS.to(language), &columns, &rows),
    };
    view::card(transfer::BACKUPS.to(language), content)
}
