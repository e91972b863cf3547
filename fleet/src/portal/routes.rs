//! The sitemap of the portal: path, who may, handler. A page that is not listed here does not exist.
//! Not the checks themselves: the kind of handler says which gate (access) it stands behind.

use neo::domain::token::SiteKey;
use neo::error::Result;
use neo::web::call::Call;
use neo::web::form::Form;
use neo::web::message::{Method, Reply};
use neo::web::path::matches;
use neo::web::public::assets;

use super::access::{Staff, Who};
use super::{account, audit, customer, incidents, login, overview, releases, sites};
use crate::app::Fleet;

/// A handler, by who may call it. A GET's fleet cannot be written to.
#[derive(Clone, Copy)]
pub enum Handler {
    /// Anybody, without the database.
    Plain(fn(&Call) -> Result<Reply>),
    /// Anybody.
    Visitor(fn(&Call, &mut Fleet, &SiteKey, Option<&Who>) -> Result<Reply>),
    VisitorPost(fn(&Call, &mut Fleet, &SiteKey, &Form) -> Result<Reply>),
    /// Who is signed in.
    Page(fn(&Call, &mut Fleet, &Who) -> Result<Reply>),
    Post(fn(&Call, &mut Fleet, &Who, &Form) -> Result<Reply>),
    /// The vendor's own, with both factors.
    StaffPage(fn(&Call, &mut Fleet, &Staff) -> Result<Reply>),
    StaffPost(fn(&Call, &mut Fleet, &Staff, &Form) -> Result<Reply>),
}

/// One line of the sitemap. `:name` in the path stands for one segment.
pub struct Route {
    pub path: &'static str,
    pub handler: Handler,
}

const fn route(path: &'static str, handler: Handler) -> Route {
    Route { path, handler }
}

use Handler::*;

static ROUTES: &[Route] = &[
    route("/assets/:file", Plain(assets::show)),
    route("/login", Visitor(login::show)),
    route("/login", VisitorPost(login::sign_in)),
    route("/login/code", Page(login::ask_code)),
    route("/login/code", Post(login::check_code)),
    route("/logout", Post(login::sign_out)),
    // Everybody who is signed in
    route("/", Page(customer::home)),
    route("/keys", Page(customer::keys)),
    route("/keys/:key/file", Page(customer::key_file)),
    route("/downloads", Page(customer::downloads)),
    route("/account", Page(account::show)),
    route("/account/password", Post(account::change_password)),
    route("/account/factor", Post(account::set_factor)),
    // The vendor's own
    route("/fleet", StaffPage(overview::show)),
    route("/sites", StaffPage(sites::list)),
    route("/sites/:id", StaffPage(sites::show)),
    route("/incidents", StaffPage(incidents::list)),
    route("/incidents/:id", StaffPage(incidents::show)),
    route("/incidents/:id", StaffPost(incidents::write)),
    route("/releases", StaffPage(releases::board)),
    route("/audit", StaffPage(audit::list)),
];

impl Handler {
    fn method(self) -> Method {
        match self {
            Plain(_) | Visitor(_) | Page(_) | StaffPage(_) => Method::Get,
            VisitorPost(_) | Post(_) | StaffPost(_) => Method::Post,
        }
    }
}

/// What a path and method lead to.
pub enum Found {
    Route(&'static Route, Vec<String>),
    OtherMethod,
    Nothing,
}

/// Looks a request up.
pub fn find(method: Method, path: &str) -> Found {
    let method = if method == Method::Head { Method::Get } else { method };
    let mut is_known = false;
    for route in ROUTES {
        let Some(parameters) = matches(route.path, path) else { continue };
        if route.handler.method() == method {
            return Found::Route(route, parameters);
        }
        is_known = true;
    }
    if is_known { Found::OtherMethod } else { Found::Nothing }
}
