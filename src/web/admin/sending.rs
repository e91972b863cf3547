//! 設定 > 送信方法: how mails leave, and a test mail.
//! Not the transports: mail/transport. No program path comes from here: sendmail is one of a fixed list.

use crate::app::App;
use crate::domain::address::Address;
use crate::domain::transport_url::{self, SmtpSecurity, TransportUrl};
use crate::error::{Error, Result};
use crate::mail::compose::LetterKind;
use crate::mail::transport::{Envelope, Outcome};
use crate::mail::{notices, outlet};
use crate::settings;
use crate::store::{Reader, Writer};
use crate::texts::{errors, mails, site};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::settings::{Tab, put_all, settings_page};
use crate::web::admin::setup::sendmail;
use crate::web::admin::transports;
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Choice, Field, Input, PostButton, Tone, html};

/// What stands in the form.
#[derive(Default, PartialEq, Eq)]
struct Typed {
    way: String,
    host: String,
    port: String,
    security: String,
    user: String,
    return_path: String,
}

/// GET /admin/settings/sending
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    form(call, admin, app, store, &stored(app), &Mistake::none(), None)
}

/// POST /admin/settings/sending
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let typed = Typed {
        way: sent.text("way").to_string(),
        host: sent.text("host").trim().to_string(),
        port: sent.text("port").trim().to_string(),
        security: sent.text("security").to_string(),
        user: sent.text("user").trim().to_string(),
        return_path: sent.text("return_path").to_string(),
    };
    let saved = accept(app, store, &typed, sent.text("password"))
        .map(|()| call.redirect("/admin/settings/sending?done=saved"));
    page::or_again(call, saved, |mistake| form(call, admin, app, store, &typed, mistake, None))
}

fn accept(app: &mut App, store: &Writer, typed: &Typed, password: &str) -> Result<()> {
    let before = stored(app);
    // What the form cannot say (a private CA, another folder) stays as the command line set it.
    let is_same = *typed == Typed { return_path: typed.return_path.clone(), ..stored(app) };
    let url = match is_same {
        true => app.settings.value(&settings::TRANSPORT).to_string(),
        false => transport_of(typed)?,
    };
    check_return_path(&typed.return_path)?;
    // Who has only this session must not have the stored password sent to a server of her own.
    let goes_elsewhere = typed.way == "smtp" && (&typed.host, &typed.user) != (&before.host, &before.user);
    let has_password = !app.settings.value(&settings::TRANSPORT_PASSWORD).is_empty();
    if goes_elsewhere && has_password && password.is_empty() && !typed.user.is_empty() {
        return Err(Error::invalid(errors::PASSWORD_AGAIN).on("password"));
    }
    store.transaction(|| {
        put_all(app, store, &[&settings::TRANSPORT, &settings::RETURN_PATH], |setting| match setting.key {
            "transport" => url.clone(),
            _ => typed.return_path.clone(),
        })?;
        match password {
            "" => Ok(()),
            password => app.put_setting(store, &settings::TRANSPORT_PASSWORD, password),
        }
    })
}

/// The setting's line from the form's fields.
fn transport_of(typed: &Typed) -> Result<String> {
    let refuse = |why: &str| Error::invalid(errors::TRANSPORT_NOT_VALID).with("why", why);
    match typed.way.as_str() {
        "sendmail" => {
            sendmail().map(|program| format!("sendmail:{program}")).ok_or_else(|| refuse("sendmail"))
        }
        "smtp" => {
            let (scheme, query) = match typed.security.as_str() {
                "implicit" => ("smtps", String::new()),
                other => ("smtp", format!("?tls={other}")),
            };
            let user = match typed.user.as_str() {
                "" => String::new(),
                user => format!("{}@", percent_encoded(user)),
            };
            let port = if typed.port.is_empty() { String::new() } else { format!(":{}", typed.port) };
            let url = format!("{scheme}://{user}{}{port}{query}", typed.host);
            transport_url::parse(&url).map_err(|error| error.on("host"))?;
            Ok(url)
        }
        _ => Ok(settings::TRANSPORT.default.to_string()),
    }
}

/// A user's name may hold anything that the line itself is made of.
fn percent_encoded(user: &str) -> String {
    url::form_urlencoded::byte_serialize(user.as_bytes()).collect::<String>().replace('+', "%20")
}

fn check_return_path(typed: &str) -> Result<()> {
    let address = typed.trim().replace("{token}", "1-abcdefgh");
    match address.is_empty() {
        true => Ok(()),
        false => Address::parse(&address).map(|_| ()).map_err(|error| error.on("return_path")),
    }
}

/// The fields as the stored setting has them.
fn stored(app: &App) -> Typed {
    let return_path = app.settings.value(&settings::RETURN_PATH).to_string();
    let usual =
        Typed { return_path, port: "587".to_string(), security: "required".to_string(), ..Typed::default() };
    match transport_url::parse(app.settings.value(&settings::TRANSPORT)) {
        Ok(TransportUrl::Sendmail(_)) => Typed { way: "sendmail".to_string(), ..usual },
        Ok(TransportUrl::Smtp(server)) => {
            let security = match server.security {
                SmtpSecurity::None => "none",
                SmtpSecurity::Opportunistic => "opportunistic",
                SmtpSecurity::Required => "required",
                SmtpSecurity::Implicit => "implicit",
            };
            Typed {
                way: "smtp".to_string(),
                host: server.host,
                port: server.port.to_string(),
                security: security.to_string(),
                user: server.user.unwrap_or_default(),
                ..usual
            }
        }
        _ => Typed { way: "folder".to_string(), ..usual },
    }
}

/// POST /admin/settings/sending/test: one mail to the owner, right now; shows what the server said.
pub fn send_test(call: &Call, admin: &Admin, app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    let said = match try_out(admin, app, store)? {
        Ok(reply) => (Tone::Success, site::TEST_SENT.with(call.language, &[("reply", &reply)])),
        Err(reply) => (Tone::Error, site::TEST_FAILED.with(call.language, &[("reply", &reply)])),
    };
    form(call, admin, app, store, &stored(app), &Mistake::none(), Some(said))
}

fn try_out(admin: &Admin, app: &App, store: &Reader) -> Result<std::result::Result<String, String>> {
    let language = app.settings.language();
    let to = Address::parse(&admin.address)?;
    let subject = mails::TEST_SUBJECT.to(language);
    let text = mails::TEST_TEXT.to(language);
    let (return_path, mail) = notices::letter(app, store, &to, subject, text, LetterKind::Test)?;
    let mut transport = outlet::open(app)?;
    let outcome = transport.deliver(&Envelope { from: &return_path, to: &to }, &mail);
    transport.close();
    Ok(match outcome {
        Ok(Outcome::Sent { reply }) => Ok(reply),
        Ok(Outcome::Later { reply, .. } | Outcome::Never { reply, .. }) => Err(reply),
        Err(trouble) => Err(trouble.words().to_string()),
    })
}

fn form(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    typed: &Typed,
    mistake: &Mistake,
    said: Option<(Tone, String)>,
) -> Result<Reply> {
    let language = call.language;
    let mut ways = Vec::new();
    if sendmail().is_some() {
        ways.push(
            Choice::new("sendmail", site::WAY_SENDMAIL.to(language))
                .with_hint(site::WAY_SENDMAIL_HINT.to(language)),
        );
    }
    ways.push(Choice::new("smtp", site::WAY_SMTP.to(language)).with_hint(site::WAY_SMTP_HINT.to(language)));
    ways.push(
        Choice::new("folder", site::WAY_FOLDER.to(language)).with_hint(site::WAY_FOLDER_HINT.to(language)),
    );
    let securities = [
        Choice::new("required", site::SECURITY_REQUIRED.to(language)),
        Choice::new("implicit", site::SECURITY_IMPLICIT.to(language)),
        Choice::new("opportunistic", site::SECURITY_OPPORTUNISTIC.to(language)),
        Choice::new("none", site::SECURITY_NONE.to(language)),
    ];
    let has_password = !app.settings.value(&settings::TRANSPORT_PASSWORD).is_empty();
    let password_hint = if has_password { site::PASSWORD_KEPT } else { site::PASSWORD_STORED };
    let content = html! {
        @if let Some((tone, words)) = &said { (view::notice(*tone, words)) }
        (mistake.summary())
        (view::form(&call.link("/admin/settings/sending"), &admin.csrf, html! {
            (view::card("", html! {
            (Field::new("way", site::HOW_TO_SEND.to(language), Input::Radio(&ways)).value(&typed.way)
                .error(mistake.on("transport")))
            (Field::new("return_path", site::RETURN_PATH.to(language), Input::Text).value(&typed.return_path)
                .hint(site::RETURN_PATH_HINT.to(language)).error(mistake.on("return_path")))
            }))
            (view::card(site::SMTP.to(language), html! {
                p { (site::SMTP_TEXT.to(language)) }
                (Field::new("host", site::HOST.to(language), Input::Text).value(&typed.host).error(mistake.on("host")))
                (Field::new("port", site::PORT.to(language), Input::Number { min: 1, max: 65535 }).value(&typed.port))
                (Field::new("security", site::SECURITY.to(language), Input::Select(&securities)).value(&typed.security))
                (Field::new("user", site::USER.to(language), Input::Text).value(&typed.user).autocomplete("off"))
                (Field::new("password", site::PASSWORD.to(language), Input::Password).autocomplete("new-password")
                    .hint(password_hint.to(language)).error(mistake.on("password")))
            }))
            (view::button(site::SAVE.to(language), ButtonKind::Primary))
        }))
        (transports::card(call, admin, app, store)?)
        (view::card(site::TEST_TITLE.to(language), html! {
            p { (site::TEST_TEXT.with(language, &[("address", &admin.address)])) }
            (view::post_button(&PostButton {
                action: &call.link("/admin/settings/sending/test"),
                csrf: &admin.csrf,
                label: site::TEST_BUTTON.to(language),
                ..PostButton::default()
            }))
            @if typed.way == "folder" {
                p { (view::link(&call.link("/admin/outbox"), site::TO_OUTBOX.to(language))) }
            }
        }))
    };
    Ok(settings_page(call, admin, Tab::Sending, content))
}
