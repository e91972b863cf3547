//! One request from end to end: find the page, open the fleet, ask the gate, call the handler, dress the reply.
//! Not the choice of the page (routes) and not who may see it (access).

use neo::clock::Clock;
use neo::error::{Error, Fault, Result};
use neo::guard::{self, Budget};
use neo::host::fault_log;
use neo::host::paths::DataFolder;
use neo::texts::{Language, common, errors as neo_errors};
use neo::web::Surroundings;
use neo::web::call::Call;
use neo::web::dress::dress;
use neo::web::message::{Method, Reply, Request};
use neo::web::{access as own_page, gateway, view};

use super::access::{self, Who};
use super::routes::{self, Found, Handler};
use crate::app::{Fleet, Place};
use crate::texts::portal as texts;

/// The most bytes of a form: reports are texts.
const BODY: usize = 256 * 1024;
/// What a page may take.
const WALL: std::time::Duration = std::time::Duration::from_secs(20);

/// Answers the one request of this process.
pub fn serve(place: Result<Place>) {
    let surroundings = Surroundings {
        folder: place.as_ref().map_err(Error::clone).and_then(|place| DataFolder::named(&place.data)),
        clock: Clock::machine(),
        budget: Budget::new(WALL, 0, 10_000_000),
    };
    gateway::serve(
        |_, _| BODY,
        |request| dress(handle(&request, &surroundings, &place)),
        |fault| {
            let request = Request { path: "/".to_string(), ..Request::default() };
            let call = Call::new(&request, &surroundings, Language::default(), Vec::new());
            dress(error_reply(&call, &Error::Fault(fault)))
        },
        guard::header_sent,
    );
}

fn handle(request: &Request, surroundings: &Surroundings, place: &Result<Place>) -> Reply {
    let language = Language::accepted(&request.accept_language).unwrap_or_default();
    let (found, parameters) = match routes::find(request.method, &request.path) {
        Found::Route(route, parameters) => {
            guard::stage(route.path);
            (Ok(route.handler), parameters)
        }
        Found::OtherMethod => (Err((405, neo_errors::METHOD_NOT_ALLOWED)), Vec::new()),
        Found::Nothing => (Err((404, neo_errors::PAGE_NOT_FOUND)), Vec::new()),
    };
    let call = Call::new(request, surroundings, language, parameters);
    match found {
        Ok(handler) => answer(&call, place, handler).unwrap_or_else(|error| error_reply(&call, &error)),
        Err((status, sentence)) => Reply { status, ..error_reply(&call, &Error::not_found(sentence)) },
    }
}

/// A GET sees the database as it is and can change nothing; a POST comes from a page of ours.
fn answer(call: &Call, place: &Result<Place>, handler: Handler) -> Result<Reply> {
    if let Handler::Plain(handler) = handler {
        return handler(call);
    }
    let mut fleet = Fleet::open(place.as_ref().map_err(Error::clone)?)?;
    if let Some(base) = fleet.store.meta("portal_url")? {
        call.note_base(&base);
    }
    if call.request.method != Method::Post {
        fleet.store.read_only()?;
    } else {
        own_page::refuse_cross_site(call, None)?;
    }
    let key = access::key(&fleet)?;
    let who = access::who(call, &mut fleet, &key)?;
    match (handler, who) {
        (Handler::Plain(handler), _) => handler(call),
        (Handler::Visitor(handler), who) => handler(call, &mut fleet, &key, who.as_ref()),
        (Handler::VisitorPost(handler), _) => handler(call, &mut fleet, &key, &call.request.form()?),
        (_, None) => Ok(call.redirect("/login")),
        (handler, Some(who)) => signed_in(call, &mut fleet, handler, &who),
    }
}

fn signed_in(call: &Call, fleet: &mut Fleet, handler: Handler, who: &Who) -> Result<Reply> {
    let call = call.in_language(who.user.language);
    // Only the second step of signing in is open to half a session.
    if let Some(elsewhere) = who.unfinished(&call.request.path) {
        return Ok(call.redirect(elsewhere));
    }
    let staff = || who.staff();
    match handler {
        Handler::Page(handler) => handler(&call, fleet, who),
        Handler::StaffPage(handler) => handler(&call, fleet, &staff()?),
        Handler::Post(handler) => {
            let form = call.request.form()?;
            access::refuse_forged(who, &form)?;
            access::touch(fleet, who)?;
            handler(&call, fleet, who, &form)
        }
        Handler::StaffPost(handler) => {
            let form = call.request.form()?;
            access::refuse_forged(who, &form)?;
            access::touch(fleet, who)?;
            handler(&call, fleet, &staff()?, &form)
        }
        Handler::Plain(_) | Handler::Visitor(_) | Handler::VisitorPost(_) => {
            Err(Error::not_found(neo_errors::PAGE_NOT_FOUND))
        }
    }
}

/// The page of an error: what to do, and its number.
fn error_reply(call: &Call, error: &Error) -> Reply {
    let language = call.language;
    let sentence = match (error, error.refusal()) {
        (_, Some(refusal)) => refusal.say_to_stranger(language),
        (Error::Fault(fault), None) => incident(call, fault),
        _ => String::new(),
    };
    let frame = call.frame(texts::PORTAL.to(language), common::WENT_WRONG.to(language));
    let home = call.link("/");
    let back = view::Link { label: texts::TO_HOME.to(language), url: &home };
    let status = error.status();
    Reply::html(status, view::error_page(&frame, &status.to_string(), &sentence, Some(back)))
}

/// Logs a failure of ours, once, under a number that the visitor can tell us.
fn incident(call: &Call, fault: &Fault) -> String {
    let number = neo::domain::token::random_code(8).unwrap_or_else(|_| "unknown".to_string());
    let page = call.request.path.split('/').nth(1).unwrap_or_default();
    let line = format!(
        "{} {number} portal {page} while {}: {}",
        call.surroundings.clock.now(),
        fault.doing,
        fault.cause
    );
    if let Ok(folder) = &call.surroundings.folder {
        fault_log::append(&folder.fault_log(), &line);
    }
    let sentence = neo_errors::FAULT.text.with(call.language, &[("incident", &number)]);
    format!("{sentence} (E{})", neo_errors::FAULT.number)
}
