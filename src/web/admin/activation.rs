//! 設定 > 利用キー: where the site stands with its key, what an end means, and entering a key or token.
//! Not the rules (domain/activation) and not who asks them (mail/activation).

use crate::app::App;
use crate::domain::activation::Standing;
use crate::error::{Error, Result};
use crate::mail::activation::{self, Entered, Known};
use crate::settings;
use crate::store::link::TOKEN;
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, activation as key_texts, errors};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::admin::settings::{Tab, settings_page_with};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Field, Input, Markup, Tone, html};

const DONE: &[(&str, Text)] = &[
    ("activated", key_texts::DONE_ACTIVATED),
    ("key", key_texts::DONE_KEY_NOTED),
    ("keys", key_texts::DONE_KEYS),
];

/// GET /admin/settings/activation
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    page_of(call, admin, app, store, "", &Mistake::none())
}

/// POST /admin/settings/activation: a key or a token, typed or as a file.
pub fn enter(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let text = match sent.upload("file") {
        Some(file) => String::from_utf8_lossy(file.bytes).into_owned(),
        None => sent.text("text").to_string(),
    };
    let entered = activation::enter(app, store, &text).map_err(|error| error.on("text")).map(|entered| {
        let word = match entered {
            Entered::Activated => "activated",
            Entered::KeyNoted => "key",
            Entered::Keys => "keys",
        };
        call.redirect(&format!("/admin/settings/activation?done={word}"))
    });
    // A line to the vendor that cannot be checked yet is no failure of the page.
    let entered = match entered {
        Err(Error::Configuration(refusal)) if refusal.sentence == errors::VENDOR_ROOT_MISSING => {
            Err(Error::Invalid(refusal))
        }
        other => other,
    };
    page::or_again(call, entered, |mistake| page_of(call, admin, app, store, &text, mistake))
}

fn page_of(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    typed: &str,
    mistake: &Mistake,
) -> Result<Reply> {
    let language = call.language;
    let known = activation::known(app, store)?;
    let is_known = known.activation.is_some();
    let title = if is_known { key_texts::ENTER_AGAIN_TITLE } else { key_texts::ENTER_TITLE };
    let content = html! {
        (mistake.summary())
        (view::card(key_texts::KEY.to(language), standing(app, store, &known, language)?))
        (view::card(title.to(language), html! {
            (view::upload_form(&call.link("/admin/settings/activation"), &admin.csrf, html! {
                (Field::new("text", key_texts::ENTER.to(language), Input::Code { rows: 5 }).value(typed)
                    .hint(key_texts::ENTER_HINT.to(language)).error(mistake.on("text")))
                (Field::new("file", key_texts::ENTER_FILE.to(language), Input::File { accept: ".txt,.neo,text/plain" })
                    .hint(key_texts::ENTER_FILE_HINT.to(language)))
                (view::button(key_texts::ENTER_BUTTON.to(language), ButtonKind::Primary))
            }))
        }))
        (view::card(key_texts::ENDS_TITLE.to(language), what_ends(language)))
    };
    Ok(settings_page_with(call, admin, Tab::Activation, DONE, content))
}

fn standing(app: &App, store: &Reader, known: &Known, language: Language) -> Result<Markup> {
    let mut facts = vec![(
        key_texts::STATE.to(language),
        view::badge(tone(known.standing), known.standing.name().to(language)),
    )];
    if let Some(activation) = &known.activation {
        let until = page::time(app, activation.valid_until);
        let until = match known.standing {
            Standing::Ending { days, .. } => {
                key_texts::UNTIL_DAYS.with(language, &[("until", &until), ("days", &days.to_string())])
            }
            _ => until,
        };
        let bound = if activation.site.is_some() { key_texts::FOR_SITE } else { key_texts::ANY_SITE };
        facts.push((key_texts::UNTIL.to(language), html! { (until) }));
        facts.push((key_texts::KEY.to(language), html! { (activation.key) " (" (bound.to(language)) ")" }));
        facts.push((key_texts::CUSTOMER.to(language), html! { (activation.customer) }));
        facts.push((key_texts::PLAN.to(language), html! { (activation.plan) }));
        facts.push((key_texts::ISSUED.to(language), html! { (page::time(app, activation.issued_at)) }));
    }
    if let Some(heard) = store.heard(TOKEN)? {
        facts.push((key_texts::CHECKED.to(language), html! { (page::time(app, heard.heard_at)) }));
    }
    let site = match app.settings.value(&settings::SITE_ID) {
        "" => key_texts::NO_SITE.to(language),
        site => site,
    };
    facts.push((
        key_texts::SITE.to(language),
        html! { code { (site) } p.hint { (key_texts::SITE_HINT.to(language)) } },
    ));
    let awaited = activation::awaited_key(app, known)?;
    let is_back = known.activation.is_some() && app.clock.now() + CLOCKS_APART < known.seen.newest;
    let seen = page::time(app, known.seen.newest);
    Ok(html! {
        @if known.standing == Standing::TryOut { p { (key_texts::TRY_OUT_TEXT.to(language)) } }
        @if let Some(key) = awaited {
            (view::notice(Tone::Info, key_texts::WANTED_KEY.with(language, &[("key", &key)])))
        }
        @if is_back { (view::notice(Tone::Warn, key_texts::CLOCK_BACK.with(language, &[("seen", &seen)]))) }
        (view::definition_list(&facts))
    })
}

/// Clocks of a host's machines differ a little.
const CLOCKS_APART: i64 = 3600;

fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::TryOut => Tone::Neutral,
        Standing::Valid { .. } => Tone::Success,
        Standing::Ending { .. } => Tone::Warn,
        Standing::Over { .. } => Tone::Error,
    }
}

fn what_ends(language: Language) -> Markup {
    let list = |texts: &[Text]| html! { ul { @for text in texts { li { (text.to(language)) } } } };
    html! {
        h3 { (key_texts::ENDS_STOPS.to(language)) }
        (list(&[key_texts::ENDS_STOPS_NEW, key_texts::ENDS_STOPS_RECUR]))
        h3 { (key_texts::ENDS_GOES_ON.to(language)) }
        (list(&[key_texts::ENDS_SIGN_UP, key_texts::ENDS_SEQUENCES, key_texts::ENDS_RUNNING, key_texts::ENDS_DATA]))
        p.hint { (key_texts::ENDS_NOTICE.to(language)) }
    }
}

/// What 今日 says of the key; the quiet line of a site without one stands at the page's end.
pub fn notice_of_today(call: &Call, app: &App, known: &Known) -> Markup {
    let language = call.language;
    let (tone, said) = match known.standing {
        Standing::TryOut | Standing::Valid { .. } => return html! {},
        Standing::Ending { until, days } => {
            let until = page::time(app, until);
            let values = [("until", until.as_str()), ("days", &days.to_string())];
            (Tone::Warn, key_texts::ENDING.with(language, &values))
        }
        Standing::Over { since } => {
            (Tone::Error, key_texts::OVER.with(language, &[("until", &page::time(app, since))]))
        }
    };
    view::notice(tone, html! { p { (said) } p { (link(call)) } })
}

/// The quiet line of 今日 while there is no key.
pub fn quiet_line(call: &Call, known: &Known) -> Markup {
    html! {
        @if known.standing == Standing::TryOut {
            p.hint { (key_texts::TRY_OUT_LINE.to(call.language)) " " (link(call)) }
        }
    }
}

/// In the place of what begins a broadcast, after the end: why, and where to go; nothing while it may begin.
pub fn in_place_of_sending(call: &Call, app: &App, store: &Reader) -> Result<Option<Markup>> {
    let Standing::Over { since } = activation::known(app, store)?.standing else { return Ok(None) };
    let error = activation::over(app, since);
    let why = error.refusal().map(|refusal| refusal.say(call.language)).unwrap_or_default();
    Ok(Some(view::notice(Tone::Warn, html! { p { (why) } p { (link(call)) } })))
}

fn link(call: &Call) -> Markup {
    view::link(&call.link("/admin/settings/activation"), key_texts::TO_ACTIVATION.to(call.language))
}
