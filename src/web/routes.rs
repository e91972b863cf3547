//! The sitemap: method, path, who may, handler. A page that is not listed here does not exist.
//! Not the checks themselves: the kind of handler says which gate (access) it stands behind.

use super::access::{Admin, Poller, SetupCode, TickCaller};
use super::call::Call;
use super::form::Form;
use super::message::{Method, Reply};
use super::path::matches;
use super::{admin, public};
use crate::app::App;
use crate::error::Result;
use crate::link::tick_call::BODY_CAP;
use crate::store::engagements::Counter;
use crate::store::{Reader, Writer};
use crate::transfer::inbox::PIECE;

/// A handler, by who may call it. A GET gets a handle that cannot write.
#[derive(Clone, Copy)]
pub enum Handler {
    /// Anybody, without the database.
    Plain(fn(&Call) -> Result<Reply>),
    /// Only while the site is not set up.
    Setup(fn(&Call, SetupCode) -> Result<Reply>),
    SetupPost(fn(&Call, SetupCode, &Form) -> Result<Reply>),
    /// Anybody.
    Visitor(fn(&Call, &App, &Reader) -> Result<Reply>),
    /// Anybody, by a counted link or picture: the one kind of GET that writes, and all it can do is count.
    Event(fn(&Call, &App, &Counter) -> Result<Reply>),
    /// Anybody, from anywhere: what proves the right is in the URL or the form itself.
    VisitorPost(fn(&Call, &App, &Writer, &Form) -> Result<Reply>),
    /// Anybody, from a page of this site only.
    OwnPagePost(fn(&Call, &mut App, &Writer, &Form) -> Result<Reply>),
    /// Who knows the tick's key.
    Tick(fn(&Call, TickCaller, &App, &Writer) -> Result<Reply>),
    /// The vendor's poller: a program, so what is refused is told it as JSON.
    Poller(fn(&Call, Poller, &App, &Writer) -> Result<Reply>),
    /// Who is signed in.
    AdminPage(fn(&Call, &Admin, &App, &Reader) -> Result<Reply>),
    /// Who is signed in, with the session's proof, from a page of this site.
    AdminPost(fn(&Call, &Admin, &mut App, &Writer, &Form) -> Result<Reply>),
}

/// One line of the sitemap. `:name` in the path stands for one segment.
pub struct Route {
    pub path: &'static str,
    pub handler: Handler,
    /// Whether a mail that a reader waits for may have been queued: it is sent after the reply.
    pub sends_after: bool,
}

impl Handler {
    /// The method that this kind of handler answers.
    pub fn method(self) -> Method {
        use Handler::*;
        match self {
            Plain(_) | Setup(_) | Visitor(_) | Event(_) | AdminPage(_) => Method::Get,
            SetupPost(_) | VisitorPost(_) | OwnPagePost(_) | Handler::Poller(_) | AdminPost(_) => {
                Method::Post
            }
            // A pinger can only GET; the key in the path is the proof. What a tick does is bounded by its gap.
            Tick(_) => Method::Other,
        }
    }
}

const fn route(path: &'static str, handler: Handler) -> Route {
    Route { path, handler, sends_after: false }
}

const fn sending(path: &'static str, handler: Handler) -> Route {
    Route { path, handler, sends_after: true }
}

use Handler::*;

pub static ROUTES: &[Route] = &[
    // Everybody
    route("/", Visitor(public::home::show)),
    route("/assets/:file", Plain(public::assets::show)),
    route("/f/:list", Visitor(public::sign_up::show)),
    sending("/f/:list", VisitorPost(public::sign_up::sign_up)),
    route("/confirm/:token", Visitor(public::confirm::show)),
    route("/confirm/:token", VisitorPost(public::confirm::confirm)),
    route("/u/:token", Visitor(public::unsubscribe::show)),
    route("/u/:token", VisitorPost(public::unsubscribe::unsubscribe)),
    route("/p/:token", Visitor(public::preferences::show)),
    route("/p/:token", VisitorPost(public::preferences::change)),
    route("/s/:token", Visitor(public::leave_sequence::show)),
    route("/s/:token", VisitorPost(public::leave_sequence::leave)),
    route("/c/:token", Event(public::engagement::click)),
    route("/o/:file", Event(public::engagement::open)),
    // The clock
    route("/tick/:key", Tick(public::tick::run)),
    route("/tick", Handler::Poller(public::tick::run_for_vendor)),
    // The owner, at first
    route("/setup", Setup(admin::setup::show)),
    route("/setup", SetupPost(admin::setup::set_up)),
    route("/admin/login", Visitor(admin::login::show)),
    route("/admin/login", OwnPagePost(admin::login::sign_in)),
    route("/admin/logout", AdminPost(admin::login::sign_out)),
    // 今日
    route("/admin", AdminPage(admin::today::show)),
    route("/admin/news", AdminPage(admin::news::show)),
    // 配信
    route("/admin/broadcasts", AdminPage(admin::broadcasts::list)),
    route("/admin/broadcasts/new", AdminPage(admin::broadcasts::new)),
    route("/admin/broadcasts/new", AdminPost(admin::broadcasts::create)),
    route("/admin/broadcasts/:id", AdminPage(admin::broadcasts::show)),
    route("/admin/broadcasts/:id/edit", AdminPage(admin::broadcasts::edit)),
    route("/admin/broadcasts/:id/edit", AdminPost(admin::broadcasts::save)),
    route("/admin/broadcasts/:id/html", AdminPage(admin::broadcasts::html_part)),
    route("/admin/broadcasts/:id/test", AdminPost(admin::broadcasts::send_test)),
    route("/admin/broadcasts/:id/send", AdminPost(admin::broadcasts::send)),
    route("/admin/broadcasts/:id/stop", AdminPost(admin::broadcasts::stop)),
    route("/admin/broadcasts/:id/resume", AdminPost(admin::broadcasts::resume)),
    route("/admin/broadcasts/:id/missing", AdminPost(admin::broadcasts::missing)),
    route("/admin/broadcasts/:id/unopened", AdminPost(admin::broadcasts::unopened)),
    route("/admin/broadcasts/:id/audience", AdminPage(admin::broadcasts::audience::show)),
    route("/admin/broadcasts/:id/audience", AdminPost(admin::broadcasts::audience::save)),
    route("/admin/broadcasts/:id/recur", AdminPage(admin::broadcasts::recur::show)),
    route("/admin/broadcasts/:id/recur", AdminPost(admin::broadcasts::recur::save)),
    route("/admin/broadcasts/:id/split", AdminPage(admin::broadcasts::split::show)),
    route("/admin/broadcasts/:id/split", AdminPost(admin::broadcasts::split::save)),
    route("/admin/broadcasts/:id/decide", AdminPost(admin::broadcasts::split::decide)),
    route("/admin/ledger/:message", AdminPage(admin::ledger::of_message)),
    route("/admin/ledger/:message/rows", AdminPage(admin::ledger::download)),
    // ステップメール
    route("/admin/sequences", AdminPage(admin::sequences::list)),
    route("/admin/sequences/new", AdminPage(admin::sequences::new)),
    route("/admin/sequences/new", AdminPost(admin::sequences::create)),
    route("/admin/sequences/rest", AdminPage(admin::sequences::rest::show)),
    route("/admin/sequences/rest", AdminPost(admin::sequences::rest::save)),
    route("/admin/sequences/:id", AdminPage(admin::sequences::show)),
    route("/admin/sequences/:id/pause", AdminPost(admin::sequences::pause)),
    route("/admin/sequences/:id/resume", AdminPost(admin::sequences::resume)),
    route("/admin/sequences/:id/options", AdminPage(admin::sequences::options::show)),
    route("/admin/sequences/:id/options", AdminPost(admin::sequences::options::save)),
    route("/admin/sequences/:id/calendar", AdminPage(admin::sequences::calendar::show)),
    route("/admin/sequences/:id/calendar/list", AdminPage(admin::sequences::outlook::show)),
    route("/admin/sequences/:id/history", AdminPage(admin::sequences::history::show)),
    route("/admin/sequences/:id/history", AdminPost(admin::sequences::history::undo)),
    route("/admin/sequences/:id/people", AdminPage(admin::sequences::people::show)),
    route("/admin/sequences/:id/people", AdminPost(admin::sequences::people::add)),
    route("/admin/sequences/:id/people/:enrolment", AdminPost(admin::sequences::people::act)),
    route("/admin/sequences/:id/go-on", AdminPost(admin::sequences::people::go_on)),
    route("/admin/sequences/:id/steps/new", AdminPage(admin::sequences::steps::new)),
    route("/admin/sequences/:id/steps/new", AdminPost(admin::sequences::steps::create)),
    route("/admin/sequences/:id/steps/:step", AdminPage(admin::sequences::steps::edit)),
    route("/admin/sequences/:id/steps/:step", AdminPost(admin::sequences::steps::save)),
    route("/admin/sequences/:id/steps/:step/html", AdminPage(admin::sequences::steps::html_part)),
    route("/admin/sequences/:id/steps/:step/test", AdminPost(admin::sequences::steps::send_test)),
    route("/admin/sequences/:id/steps/:step/remove", AdminPost(admin::sequences::steps::remove)),
    // 読者
    route("/admin/subscribers", AdminPage(admin::subscriber_list::show)),
    route("/admin/subscribers/new", AdminPage(admin::subscribers::new)),
    route("/admin/subscribers/new", AdminPost(admin::subscribers::add)),
    route("/admin/subscribers/suppressed", AdminPage(admin::suppressions::list)),
    route("/admin/subscribers/suppressed", AdminPost(admin::suppressions::add)),
    route("/admin/subscribers/suppressed/lift", AdminPost(admin::suppressions::lift)),
    route("/admin/subscribers/returned", AdminPage(admin::returned::list)),
    route("/admin/subscribers/returned/:id", AdminPage(admin::returned::show)),
    route("/admin/subscribers/returned/:id/dead", AdminPost(admin::returned::dead)),
    route("/admin/subscribers/returned/:id/delete", AdminPost(admin::returned::delete)),
    route("/admin/subscribers/:id", AdminPage(admin::subscribers::show)),
    route("/admin/subscribers/:id/ledger", AdminPage(admin::ledger::of_reader)),
    route("/admin/subscribers/:id/edit", AdminPage(admin::subscriber_edit::show)),
    route("/admin/subscribers/:id/edit", AdminPost(admin::subscriber_edit::save)),
    route("/admin/subscribers/:id/leave", AdminPost(admin::subscribers::leave)),
    route("/admin/subscribers/:id/erase", AdminPost(admin::subscribers::erase)),
    route("/admin/imports", AdminPage(admin::imports::list)),
    route("/admin/imports/new", AdminPost(admin::imports::upload)),
    route("/admin/imports/begin", AdminPost(admin::imports::begin)),
    route("/admin/imports/:id", AdminPage(admin::import::show)),
    route("/admin/imports/:id/received", AdminPage(admin::imports::received)),
    route("/admin/imports/:id/piece", AdminPost(admin::imports::piece)),
    route("/admin/imports/:id/complete", AdminPost(admin::imports::complete)),
    route("/admin/imports/:id/plan", AdminPost(admin::import::plan)),
    route("/admin/imports/:id/start", AdminPost(admin::import::start)),
    route("/admin/imports/:id/stop", AdminPost(admin::import::stop)),
    route("/admin/imports/:id/undo", AdminPost(admin::import::undo)),
    route("/admin/imports/:id/errors", AdminPage(admin::import::errors)),
    route("/admin/exports", AdminPage(admin::exports::show)),
    route("/admin/exports/:list/:format", AdminPage(admin::exports::download)),
    route("/admin/deliveries/:id/settle", AdminPost(admin::deliveries::settle)),
    route("/admin/fields", AdminPage(admin::fields::list)),
    route("/admin/fields/new", AdminPage(admin::fields::new)),
    route("/admin/fields/new", AdminPost(admin::fields::create)),
    route("/admin/fields/:id", AdminPage(admin::fields::edit)),
    route("/admin/fields/:id", AdminPost(admin::fields::save)),
    route("/admin/fields/:id/up", AdminPost(admin::fields::up)),
    route("/admin/fields/:id/down", AdminPost(admin::fields::down)),
    route("/admin/fields/:id/remove", AdminPost(admin::fields::remove)),
    route("/admin/fields/:id/restore", AdminPost(admin::fields::restore)),
    route("/admin/fields/:id/erase", AdminPost(admin::fields::erase)),
    route("/admin/tags", AdminPage(admin::tags::list)),
    route("/admin/tags", AdminPost(admin::tags::create)),
    route("/admin/tags/:id", AdminPage(admin::tags::show)),
    route("/admin/tags/:id", AdminPost(admin::tags::rename)),
    route("/admin/tags/:id/remove", AdminPost(admin::tags::remove)),
    route("/admin/segments", AdminPage(admin::segments::list)),
    route("/admin/segments/new", AdminPage(admin::segments::new)),
    route("/admin/segments/new", AdminPost(admin::segments::create)),
    route("/admin/segments/:id", AdminPage(admin::segments::show)),
    route("/admin/segments/:id", AdminPost(admin::segments::save)),
    route("/admin/segments/:id/remove", AdminPost(admin::segments::remove)),
    // フォーム: reader lists and their forms
    route("/admin/forms", AdminPage(admin::lists::list)),
    route("/admin/forms/new", AdminPage(admin::lists::new)),
    route("/admin/forms/new", AdminPost(admin::lists::create)),
    route("/admin/forms/:id", AdminPage(admin::lists::edit)),
    route("/admin/forms/:id", AdminPost(admin::lists::save)),
    route("/admin/forms/:id/fields", AdminPage(admin::list_fields::show)),
    route("/admin/forms/:id/fields", AdminPost(admin::list_fields::save)),
    route("/admin/forms/:id/html", AdminPage(admin::lists::html_part)),
    // 設定
    route("/admin/settings", AdminPage(admin::settings::show)),
    route("/admin/settings", AdminPost(admin::settings::save)),
    route("/admin/settings/sending", AdminPage(admin::sending::show)),
    route("/admin/settings/sending", AdminPost(admin::sending::save)),
    route("/admin/settings/sending/test", AdminPost(admin::sending::send_test)),
    route("/admin/settings/sending/:number", AdminPage(admin::transports::show)),
    route("/admin/settings/sending/:number", AdminPost(admin::transports::save)),
    route("/admin/settings/pace", AdminPage(admin::pace::show)),
    route("/admin/settings/pace", AdminPost(admin::pace::save)),
    route("/admin/settings/pace/release", AdminPost(admin::pace::release)),
    route("/admin/settings/pace/forget", AdminPost(admin::pace::forget)),
    route("/admin/settings/pace/again", AdminPost(admin::pace::try_again)),
    route("/admin/settings/guard", AdminPage(admin::guard::show)),
    route("/admin/settings/guard", AdminPost(admin::guard::save)),
    route("/admin/settings/guard/drill", AdminPost(admin::guard::run_drill)),
    route("/admin/settings/guard/aside", AdminPost(admin::guard::settle)),
    route("/admin/settings/tick", AdminPage(admin::tick::show)),
    route("/admin/settings/tick", AdminPost(admin::tick::save)),
    route("/admin/settings/tick/key", AdminPost(admin::tick::renew_key)),
    route("/admin/settings/tick/run", AdminPost(admin::tick::run_now)),
    route("/admin/settings/password", AdminPage(admin::password::show)),
    route("/admin/settings/password", AdminPost(admin::password::change)),
    route("/admin/settings/backups", AdminPage(admin::backups::show)),
    route("/admin/settings/backups", AdminPost(admin::backups::save)),
    route("/admin/settings/backups/release", AdminPost(admin::backups::release)),
    route("/admin/settings/activation", AdminPage(admin::activation::show)),
    route("/admin/settings/activation", AdminPost(admin::activation::enter)),
    route("/admin/settings/update", AdminPage(admin::update::show)),
    route("/admin/settings/update", AdminPost(admin::update::save)),
    route("/admin/settings/update/apply", AdminPost(admin::update::apply)),
    route("/admin/settings/update/hold", AdminPost(admin::update::hold)),
    route("/admin/settings/update/unhold", AdminPost(admin::update::unhold)),
    route("/admin/settings/update/rollback", AdminPost(admin::update::go_back)),
    route("/admin/settings/doctor", AdminPage(admin::doctor::show)),
    // Try-out: the mails of the folder transport
    route("/admin/outbox", AdminPage(admin::outbox::list)),
    route("/admin/outbox/:file", AdminPage(admin::outbox::show)),
    route("/admin/outbox/:file/html", AdminPage(admin::outbox::html_part)),
];

/// What a path and method lead to.
pub enum Found {
    Route(&'static Route, Vec<String>),
    /// The path exists, but not for this method.
    OtherMethod,
    Nothing,
}

/// Looks a request up.
pub fn find(method: Method, path: &str) -> Found {
    let method = if method == Method::Head { Method::Get } else { method };
    let mut is_known = false;
    for route in ROUTES {
        let Some(parameters) = matches(route.path, path) else { continue };
        let answers = route.handler.method();
        if answers == method || answers == Method::Other {
            return Found::Route(route, parameters);
        }
        is_known = true;
    }
    if is_known { Found::OtherMethod } else { Found::Nothing }
}

/// The most bytes of a body: forms 64 KiB, the vendor's calls 256 KiB, pages where mails are written or files uploaded 8 MiB and what a form adds.
pub fn body_cap(_method: Method, path: &str) -> usize {
    let writes_mail = path.starts_with("/admin/broadcasts/") || path.starts_with("/admin/sequences/");
    let is_upload = path == "/admin/imports/new";
    let is_piece = path.starts_with("/admin/imports/") && path.ends_with("/piece");
    match () {
        () if writes_mail => 8 * 1024 * 1024,
        () if is_upload => 8 * 1024 * 1024 + 64 * 1024,
        () if is_piece => PIECE + 64 * 1024,
        () if path == "/tick" => BODY_CAP,
        () => 64 * 1024,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_path_goes_before_a_name() {
        for (method, path) in [(Method::Get, "/admin/broadcasts/new"), (Method::Post, "/admin/forms/new")] {
            let Found::Route(route, parameters) = find(method, path) else { panic!("{path}") };
            assert_eq!((route.path, parameters.len()), (path, 0));
        }
    }

    #[test]
    fn a_known_path_with_another_method_is_told_apart_from_an_unknown_path() {
        assert!(matches!(find(Method::Get, "/admin/logout"), Found::OtherMethod));
        assert!(matches!(find(Method::Post, "/nowhere"), Found::Nothing));
        assert!(matches!(find(Method::Get, "/f/"), Found::Nothing));
    }

    #[test]
    fn every_admin_path_stands_behind_the_gate() {
        for route in ROUTES.iter().filter(|route| route.path.starts_with("/admin")) {
            let is_gated = matches!(route.handler, AdminPage(_) | AdminPost(_));
            assert!(is_gated || route.path == "/admin/login", "{}", route.path);
        }
    }
}
