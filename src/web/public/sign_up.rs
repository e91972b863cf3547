//! The sign-up form of a list, and what it does. The same answer for known and unknown addresses.
//! Not the confirmation: confirm.

use std::net::IpAddr;

use maud::{Markup, html};

use super::circumstances;
use crate::app::App;
use crate::domain::address::Address;
use crate::domain::field::AskedField;
use crate::domain::id::FormVersionId;
use crate::domain::list::{List, OptIn};
use crate::domain::subscriber::{LONGEST_NAME, Name};
use crate::error::{Error, Result};
use crate::mail::letter;
use crate::store::membership::Request;
use crate::store::{Reader, Writer};
use crate::texts::{Language, common, errors, public};
use crate::web::call::{Call, simple_page};
use crate::web::field_input;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Field, Input, Tone};

/// Sign-ups from one address range and for one list within an hour. All visitors may share one proxy, so the first
/// is generous; the second is the breaker against a flood from everywhere.
const MOST_BY_RANGE: i64 = 200;
const MOST_BY_LIST: i64 = 3000;

/// What was typed, and what is wrong with it.
#[derive(Default)]
struct Typed<'a> {
    address: &'a str,
    name: &'a str,
    fields: Option<&'a Form<'a>>,
    error: Option<Error>,
}

/// A list's form: its wording's number, and what it asks for beside address and name. What is asked is no part of the
/// wording: the reader agrees to mails, and a further field is no further consent.
pub struct Sheet {
    pub list: List,
    version: Option<FormVersionId>,
    asked: Vec<AskedField>,
}

impl Sheet {
    pub fn read(store: &Reader, list: List) -> Result<Sheet> {
        let version = store.form_version_of(list.id, &list.wording())?;
        let asked = store.list_fields(list.id)?;
        Ok(Sheet { list, version, asked })
    }
}

/// GET /f/LIST
pub fn show(call: &Call, _app: &App, store: &Reader) -> Result<Reply> {
    let list = store.list_named(call.parameter())?;
    let sheet = Sheet::read(store, list)?;
    let typed = Typed { address: call.request.query_value("email").unwrap_or_default(), ..Typed::default() };
    Ok(page(call, &sheet, &typed))
}

/// POST /f/LIST. May come from a form that the owner pasted into another site, so nothing hidden is required.
pub fn sign_up(call: &Call, app: &App, store: &Writer, form: &Form) -> Result<Reply> {
    let list = store.list_named(call.parameter())?;
    // A field that people do not see: who fills it in is a program, and gets the same page.
    if !form.text("website").is_empty() {
        return Ok(thanks(call, &list));
    }
    match accept(call, app, store, &list, form) {
        Ok(()) => Ok(thanks(call, &list)),
        Err(error @ Error::Invalid(_)) => {
            let typed = Typed {
                address: form.text("email"),
                name: form.text("name"),
                fields: Some(form),
                error: Some(error),
            };
            Ok(Reply { status: 422, ..page(call, &Sheet::read(store, list)?, &typed) })
        }
        Err(error) => Err(error),
    }
}

fn accept(call: &Call, app: &App, store: &Writer, list: &List, form: &Form) -> Result<()> {
    let address = Address::parse(form.text("email"))?;
    let name = Name::parse(form.text("name"))?;
    let mut fields = field_input::read(&store.list_fields(list.id)?, form)?;
    fields.retain(|_, value| !value.is_empty());
    let now = app.clock.now();
    throttle(call, app, store, list)?;
    let version = store.form_version(list.id, &list.wording(), now)?;
    let how = circumstances(call, "form");
    let request = Request {
        list: list.id,
        address: &address,
        name: &name,
        fields: &fields,
        how: &how,
        form_version: Some(shown_version(store, list, form, version)),
    };
    match list.opt_in {
        OptIn::Double => store.ask_to_join(&request, &letter::confirmation(list.language), now),
        OptIn::Single => store.join_by_form(&request, now),
    }
}

/// The wording that this visitor saw: an older one if she used a form that was pasted earlier.
fn shown_version(store: &Reader, list: &List, form: &Form, newest: FormVersionId) -> FormVersionId {
    let named = form.text("form").parse::<FormVersionId>().ok();
    named.filter(|id| store.form_belongs_to(*id, list.id).unwrap_or(false)).unwrap_or(newest)
}

fn throttle(call: &Call, app: &App, store: &Writer, list: &List) -> Result<()> {
    let now = app.clock.now();
    let range = call.request.remote_addr.map(range_of).unwrap_or_default();
    let subject = |kind: &str, value: &str| {
        let mac = app.key.mac("throttle", &[kind.as_bytes(), value.as_bytes()]);
        format!("sign-up-{kind}:{}", data_encoding::HEXLOWER.encode(mac.get(..12).unwrap_or_default()))
    };
    let by_range = store.count_event(&subject("range", &range), 3600, now)?;
    let by_list = store.count_event(&subject("list", &list.id.to_string()), 3600, now)?;
    match by_range > MOST_BY_RANGE || by_list > MOST_BY_LIST {
        true => Err(Error::busy(errors::TOO_MANY_SIGN_UPS)),
        false => Ok(()),
    }
}

/// The /24 or /64 of an address.
pub fn range_of(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}")
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

/// The fields and the button. Who presses it agrees to the sentence above it: that is what the form is for.
fn fields(sheet: &Sheet, language: Language, typed: &Typed, blamed: Option<(&str, &str)>) -> Markup {
    let value = |key: &str| typed.fields.map(|form| form.text(key)).unwrap_or_default();
    let error = |field: &str| blamed.filter(|(name, _)| *name == field).map(|(_, sentence)| sentence);
    html! {
        @if let Some(version) = sheet.version { (view::hidden("form", &version.to_string())) }
        (Field::new("email", public::EMAIL.to(language), Input::Email).value(typed.address).required(language)
            .autocomplete("email").maxlength(254).error(error("email")))
        (Field::new("name", public::NAME.to(language), Input::Text).value(typed.name).autocomplete("name")
            .maxlength(u32::try_from(LONGEST_NAME).unwrap_or(100)).hint(public::NAME_HINT.to(language))
            .error(error("name")))
        @for asked in &sheet.asked {
            @let key = asked.field.key.as_str();
            (field_input::input(asked, value(key), error(key), typed.fields.is_some(), language))
        }
        div hidden { label { (public::LEAVE_EMPTY.to(language)) input name="website" tabindex="-1" autocomplete="off"; } }
        div.field { p.small {
            (public::CONSENT_LEAD.to(language)) br; (sheet.list.consent_text)
            @if let Some(disclosure) = sheet.list.tracking.disclosure(sheet.list.language) { br; (disclosure) }
        } }
        (view::button(public::SIGN_UP_BUTTON.to(language), ButtonKind::Primary))
    }
}

/// The form as plain HTML for the owner's own page: no style of ours, an absolute address, the whole wording and its
/// number. The line breaks are for the owner, who may change it.
pub fn form_to_paste(sheet: &Sheet, address: &str) -> Markup {
    let Sheet { list, version, asked } = sheet;
    let language = list.language;
    html! {
        form method="post" action=(address) accept-charset="UTF-8" { "\n"
            @if let Some(version) = version { "  " input type="hidden" name="form" value=(version); "\n" }
            "  " p { strong { (list.title) } } "\n"
            @if !list.description.is_empty() {
                "  " p { @for line in list.description.lines() { (line) br; } } "\n"
            }
            "  " p { label { (public::EMAIL.to(language)) " (" (common::REQUIRED.to(language)) ")" br; "\n    "
                input type="email" name="email" required maxlength="254" autocomplete="email"; } } "\n"
            "  " p { label { (public::NAME.to(language)) br; "\n    "
                input type="text" name="name" maxlength=(LONGEST_NAME) autocomplete="name"; } } "\n"
            (field_input::to_paste(asked, common::REQUIRED.to(language), language))
            "  " p hidden { label { (public::LEAVE_EMPTY.to(language)) " "
                input type="text" name="website" tabindex="-1" autocomplete="off"; } } "\n"
            "  " p {
                (public::CONSENT_LEAD.to(language)) br; "\n" (list.consent_text)
                @if let Some(disclosure) = list.tracking.disclosure(language) { br; "\n" (disclosure) }
            } "\n"
            "  " p { button type="submit" { (public::SIGN_UP_BUTTON.to(language)) } } "\n"
        }
    }
}

fn page(call: &Call, sheet: &Sheet, typed: &Typed) -> Reply {
    let (list, language) = (&sheet.list, call.language);
    let title = public::SIGN_UP_TITLE.with(language, &[("list", &list.title)]);
    let said = typed.error.as_ref().and_then(Error::refusal);
    let sentence = said.map(|refusal| refusal.say_to_stranger(language));
    let blamed = said.and_then(|refusal| refusal.field.as_deref()).zip(sentence.as_deref());
    let content = html! {
        h1 { (title) }
        @if !list.description.is_empty() { @for line in list.description.lines() { p { (line) } } }
        @if let Some((field, sentence)) = blamed {
            (view::error_summary(common::CHECK_INPUT.to(language), &[(field, sentence)]))
        } @else if let Some(sentence) = &sentence {
            (view::notice(Tone::Error, sentence))
        }
        form method="post" action=(call.link(&format!("/f/{}", list.name.as_str()))) {
            (fields(sheet, language, typed, blamed))
        }
        p.small { (public::ALLOW_DOMAIN.with(language, &[("address", &list.from_address)])) }
    };
    Reply::html(200, view::public_page(&call.frame(&list.title, &title).indexed(), content))
}

fn thanks(call: &Call, list: &List) -> Reply {
    let language = call.language;
    let (title, text) = match list.opt_in {
        OptIn::Double => (public::ASKED_TITLE, public::ASKED_TEXT),
        OptIn::Single => (public::JOINED_TITLE, public::JOINED_TEXT),
    };
    let text = text.with(language, &[("list", &list.title), ("address", &list.from_address)]);
    let paragraphs: Vec<&str> = text.split('\n').collect();
    simple_page(call, &list.title, title.to(language), &paragraphs)
}
