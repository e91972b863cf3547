//! The set-up page: once, for who can read the data folder by FTP.
//! Not the set-up itself: install.

use crate::domain::address::Address;
use crate::domain::transport_url::SENDMAIL_PATHS;
use crate::error::{Error, Result};
use crate::host::doctor::is_executable;
use crate::install::{self, Wishes};
use crate::texts::{Language, errors, site};
use crate::web::access::SetupCode;
use crate::web::admin::page::{self, Mistake};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Choice, Field, Input, html};

/// GET /setup
pub fn show(call: &Call, code: SetupCode) -> Result<Reply> {
    Ok(form(call, &code, None, &Mistake::none()))
}

/// POST /setup
pub fn set_up(call: &Call, code: SetupCode, sent: &Form) -> Result<Reply> {
    let done = accept(call, &code, sent).map(|()| call.redirect("/admin/login?done=setup"));
    match done {
        Err(Error::Denied(refusal)) if refusal.sentence == errors::SETUP_THROTTLED => {
            let seconds = refusal.value("seconds", call.language);
            let page = form(call, &code, Some(sent), &Mistake::of(&refusal, call.language));
            Ok(Reply { status: 429, ..page }.with_header("retry-after", seconds))
        }
        done => page::or_again(call, done, |mistake| Ok(form(call, &code, Some(sent), mistake))),
    }
}

fn accept(call: &Call, code: &SetupCode, sent: &Form) -> Result<()> {
    code.check(sent.text("code"), call.surroundings.clock.now())?;
    call.is_owner.set(true);
    let transport = match sent.text("transport") {
        "sendmail" => sendmail().map(|program| format!("sendmail:{program}")),
        _ => None,
    };
    let wishes = Wishes {
        address: Address::parse(sent.text("email"))?,
        password: sent.text("password"),
        base_url: sent.text("base_url"),
        language: sent.text("language"),
        time_zone: sent.text("time_zone"),
        transport: transport.as_deref(),
    };
    install::install(code.folder(), &wishes, &call.surroundings.clock)
}

/// The first sendmail of the fixed list that is there.
pub fn sendmail() -> Option<&'static str> {
    SENDMAIL_PATHS.iter().copied().find(|program| is_executable(program.as_ref()))
}

fn form(call: &Call, code: &SetupCode, sent: Option<&Form>, mistake: &Mistake) -> Reply {
    let language = call.language;
    let typed = |name: &str, first: &str| sent.map_or(first, |form| form.text(name)).to_string();
    let folder = code.folder().path().file_name().unwrap_or_default().to_string_lossy();
    let here = format!("{}{}", call.origin(), call.request.script_name);
    let languages =
        [Language::Ja, Language::En].map(|language| Choice::new(language.tag(), language.own_name()));
    // Under the try-out front nothing is to leave the machine unless somebody asks for it.
    let is_try_out = call.request.server_software.starts_with("neo-serve");
    let mut ways = Vec::new();
    if sendmail().is_some() {
        ways.push(
            Choice::new("sendmail", site::WAY_SENDMAIL.to(language))
                .with_hint(site::WAY_SENDMAIL_HINT.to(language)),
        );
    }
    ways.push(
        Choice::new("folder", site::WAY_FOLDER.to(language)).with_hint(site::WAY_FOLDER_HINT.to(language)),
    );
    let first_way = if sendmail().is_some() && !is_try_out { "sendmail" } else { "folder" };
    let title = site::SETUP_TITLE.to(language);
    let content = html! {
        h1 { (title) }
        p { (site::SETUP_INTRO.with(language, &[("folder", &folder)])) }
        (mistake.summary())
        form method="post" action=(call.link("/setup")) {
            (Field::new("code", site::SETUP_CODE.to(language), Input::Text).value(&typed("code", "")).required(language)
                .autocomplete("off").error(mistake.on("code")))
            (Field::new("email", site::EMAIL.to(language), Input::Email).value(&typed("email", "")).required(language)
                .autocomplete("username").hint(site::SETUP_EMAIL_HINT.to(language)).error(mistake.on("email")))
            (Field::new("password", site::PASSWORD.to(language), Input::Password).required(language)
                .autocomplete("new-password").hint(site::PASSWORD_HINT.to(language)).error(mistake.on("password")))
            (Field::new("base_url", site::BASE_URL.to(language), Input::Url).value(&typed("base_url", &here))
                .required(language).hint(site::BASE_URL_HINT.to(language)).error(mistake.on("base_url")))
            (Field::new("language", site::LANGUAGE.to(language), Input::Select(&languages))
                .value(&typed("language", if language == Language::En { "en" } else { "ja" })).error(mistake.on("language")))
            (Field::new("time_zone", site::TIME_ZONE.to(language), Input::Text).value(&typed("time_zone", "Asia/Tokyo"))
                .error(mistake.on("time_zone")))
            (Field::new("transport", site::HOW_TO_SEND.to(language), Input::Radio(&ways))
                .value(&typed("transport", first_way)))
            (view::button(site::SETUP_BUTTON.to(language), ButtonKind::Primary))
        }
    };
    Reply::html(200, view::plain_page(&call.frame("", title), content))
}
