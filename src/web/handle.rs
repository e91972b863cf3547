//! The request flow on one screen: which page, may it, open the database, call the handler, dress the reply.
//! Not the bytes (gateway) and not the pages (public, admin).

use super::access;
use super::admin::news;
use super::call::{Call, Surroundings};
use super::dress::dress;
use super::message::{Method, Reply, Request};
use super::routes::{self, Found, Handler, Route};
use super::view::{self, Link};
use crate::app::App;
use crate::clock::Clock;
use crate::error::{Error, Fault, Result};
use crate::guard;
use crate::host::paths::DataFolder;
use crate::mail::tick;
use crate::settings;
use crate::store::Reader;
use crate::texts::{Language, common, errors, site};

/// What is left to do after the reply was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    Nothing,
    /// A reader waits for a mail.
    SendUrgent,
    /// The clocks are silent and something is due.
    Visit,
    /// What this request took is noted for the guard's page.
    Sample,
}

/// Pages that take more than this are noted whenever they occur; the others only when they write anyway.
const HEAVY_KIB: u64 = 48 * 1024;
const HEAVY_MS: u64 = 2000;

/// Answers one request. Every error becomes a complete page.
pub fn handle(request: &Request, surroundings: &Surroundings) -> (Reply, After) {
    let language = Language::accepted(&request.accept_language).unwrap_or_default();
    let (found, parameters) = match routes::find(request.method, &request.path) {
        Found::Route(route, parameters) => (Ok(route), parameters),
        Found::OtherMethod => (Err(405), Vec::new()),
        Found::Nothing => (Err(404), Vec::new()),
    };
    let call = Call::new(request, surroundings, language, parameters);
    let (reply, after) = match found {
        Ok(route) => {
            guard::stage(route.path);
            match answer(&call, route) {
                Ok((reply, _)) if route.sends_after => (reply, After::SendUrgent),
                Ok((reply, true)) => (reply, After::Visit),
                Ok((reply, false)) => (reply, sampled(request.method)),
                Err(error) => (error_reply(&call, &error), After::Nothing),
            }
        }
        Err(405) => {
            let error = Error::not_found(errors::METHOD_NOT_ALLOWED);
            (error_page(&call, &error, 405), After::Nothing)
        }
        Err(_) => (error_reply(&call, &Error::not_found(errors::PAGE_NOT_FOUND)), After::Nothing),
    };
    (dress(reply), after)
}

/// Whether this request is one of those that the guard's page tells of.
fn sampled(method: Method) -> After {
    let used = guard::measure();
    match method == Method::Post || used.peak_rss_kib > HEAVY_KIB || used.cpu_ms > HEAVY_MS {
        true => After::Sample,
        false => After::Nothing,
    }
}

/// Opens what the handler may use, asks the gate, calls the handler. `true`: a tick is to follow, since the clocks are
/// silent.
fn answer(call: &Call, route: &Route) -> Result<(Reply, bool)> {
    let mut is_visit_due = false;
    let reply = reply_of(call, route, &mut is_visit_due)?;
    Ok((reply, is_visit_due))
}

fn reply_of(call: &Call, route: &Route, is_visit_due: &mut bool) -> Result<Reply> {
    let read = || {
        let opened = App::open_read_only(folder(call)?, clock(call), call.surroundings.budget.clone())?;
        Ok(noting_base(call, opened.0, opened.1))
    };
    let write = || {
        let opened = App::open(folder(call)?, clock(call), call.surroundings.budget.clone())?;
        Ok(noting_base(call, opened.0, opened.1))
    };
    let answered = match route.handler {
        Handler::Plain(handler) => return handler(call),
        Handler::Setup(handler) => return handler(call, access::setup(folder(call)?)?),
        Handler::SetupPost(handler) => {
            let code = access::setup(folder(call)?)?;
            access::refuse_cross_site(call, None)?;
            return handler(call, code, &call.request.form()?);
        }
        Handler::Visitor(handler) => read().and_then(|(app, store)| {
            let reply = handler(call, &app, &store)?;
            *is_visit_due = call.request.method == Method::Get && tick::visit_is_due(&app, &store)?;
            Ok(reply)
        }),
        Handler::Event(handler) => {
            write().and_then(|(app, store)| handler(call, &app, &access::counter(store)))
        }
        Handler::VisitorPost(handler) => {
            let form = call.request.form()?;
            write().and_then(|(app, store)| handler(call, &app, &store, &form))
        }
        Handler::OwnPagePost(handler) => {
            let form = call.request.form()?;
            write().and_then(|(mut app, store)| {
                access::refuse_cross_site(call, Some(&app))?;
                handler(call, &mut app, &store, &form)
            })
        }
        Handler::Tick(handler) => write().and_then(|(app, store)| {
            let caller = access::tick_caller(call, &app)?;
            handler(call, caller, &app, &store)
        }),
        Handler::Poller(handler) => {
            let answered = access::signed_call(call).and_then(|signed| {
                let (app, store) = write()?;
                let poller = access::poller(call, &signed, &app, &store)?;
                handler(call, poller, &app, &store)
            });
            return answered.or_else(as_json);
        }
        Handler::AdminPage(handler) => {
            read().and_then(|(app, store)| match access::admin(call, &app, &store)? {
                Some(admin) => handler(&for_owner(call, &app, &store)?, &admin, &app, &store),
                None => Ok(access::to_login(call)),
            })
        }
        Handler::AdminPost(handler) => {
            let form = call.request.form()?;
            write().and_then(|(mut app, store)| match access::admin(call, &app, &store)? {
                Some(admin) => {
                    access::refuse_forged(call, &app, &admin, &form)?;
                    access::touch(&app, &store, &admin)?;
                    handler(&for_owner(call, &app, &store)?, &admin, &mut app, &store, &form)
                }
                None => Ok(access::to_login(call)),
            })
        }
    };
    match answered {
        Err(Error::Configuration(refusal)) if refusal.sentence == errors::NOT_SET_UP => {
            Ok(call.redirect("/setup"))
        }
        other => other,
    }
}

/// A refusal for a program: its number, and the sentence for who reads the log. Failures of ours get a page and a number
/// of their own.
fn as_json(error: Error) -> Result<Reply> {
    let Some(refusal) = error.refusal() else { return Err(error) };
    let says = refusal.say_to_stranger(Language::En);
    let json = serde_json::json!({ "error": refusal.sentence.number, "says": says });
    Ok(Reply::json(error.status(), json.to_string()))
}

/// Tells the call the public URL and the guard the owner's limits, now that the settings are known.
fn noting_base<Handle>(call: &Call, app: App, store: Handle) -> (App, Handle) {
    app.heed_limits(guard::Flow::Web);
    call.note_base(app.settings.value(&settings::BASE_URL));
    (app, store)
}

/// The owner's pages speak the language of the settings, not the browser's, and tell of an incident.
fn for_owner<'a>(call: &Call<'a>, app: &App, store: &Reader) -> Result<Call<'a>> {
    call.is_owner.set(true);
    let call = Call { language: app.settings.language(), ..call.clone() };
    Ok(Call { banner: news::banner(&call, app, store)?, ..call })
}

fn folder(call: &Call) -> Result<DataFolder> {
    call.surroundings.folder.clone()
}

fn clock(call: &Call) -> Clock {
    call.surroundings.clock.clone()
}

/// The page of an error: what to do, and its number. Where the server keeps its files is for the owner only.
fn error_reply(call: &Call, error: &Error) -> Reply {
    error_page(call, error, error.status())
}

fn error_page(call: &Call, error: &Error, status: u16) -> Reply {
    if error.is_of_the_program() {
        guard::watch::note_failure();
    }
    let sentence = match (error, error.refusal()) {
        (_, Some(refusal)) if call.is_owner.get() => refusal.say(call.language),
        (_, Some(refusal)) => refusal.say_to_stranger(call.language),
        (Error::Fault(fault), None) => incident(call, fault),
        _ => String::new(),
    };
    let frame = call.frame("", common::WENT_WRONG.to(call.language));
    let login = call.link("/admin/login");
    let today = call.link("/admin");
    let is_set_up = error.refusal().is_some_and(|refusal| refusal.sentence == errors::SETUP_CLOSED);
    let back = match is_set_up {
        true => Some(Link { label: site::LOGIN_TITLE.to(call.language), url: &login }),
        false if call.request.path.starts_with("/admin") => {
            Some(Link { label: site::TO_TODAY.to(call.language), url: &today })
        }
        false => None,
    };
    let page = view::error_page(&frame, &status.to_string(), &sentence, back);
    let reply = Reply::html(status, page);
    if status == 503 { reply.with_header("retry-after", "60") } else { reply }
}

/// The page of a panic or of a reply that could not be sent.
pub(super) fn fault_reply(request_language: Language, surroundings: &Surroundings, fault: Fault) -> Reply {
    let request = Request { path: "/".to_string(), ..Request::default() };
    let call = Call::new(&request, surroundings, request_language, Vec::new());
    dress(error_reply(&call, &Error::Fault(fault)))
}

/// Logs a failure of ours, once, under a number that the visitor can tell us.
fn incident(call: &Call, fault: &Fault) -> String {
    let number = crate::domain::token::random_code(8).unwrap_or_else(|_| "unknown".to_string());
    if let Ok(folder) = &call.surroundings.folder {
        let line = format!(
            "{} {number} {} while {}: {}",
            call.surroundings.clock.now(),
            page_kind(&call.request.path),
            fault.doing,
            fault.cause
        );
        crate::host::fault_log::append(&folder.fault_log(), &line);
    }
    let sentence = errors::FAULT.text.with(call.language, &[("incident", &number)]);
    format!("{sentence} (E{})", errors::FAULT.number)
}

/// The first segment of a path: what follows may hold a token.
fn page_kind(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}
