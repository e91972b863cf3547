//! The frames: public pages for readers, admin pages for the owner, plain pages for what stands before both.
//! Not the content inside: handlers build that from the components.

use maud::{DOCTYPE, Markup, Render, html};

use super::assets::{Asset, ICON, STYLESHEET};
use super::form::{CSRF_FIELD, hidden};
use super::{ButtonKind, Icon, Link, Tone, actions, icon, link_button, logo, notice};
use crate::texts::{Language, Text, admin, common};

/// What stands around a page's content.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    language: Language,
    script_name: &'a str,
    name: &'a str,
    title: &'a str,
    user: Option<(&'a str, &'a str)>,
    /// Where the user's own page and the sign-out lie, below the script's name.
    user_paths: (&'a str, &'a str),
    notices: Vec<Markup>,
    indexed: bool,
    script: Option<&'static Asset>,
}

impl<'a> Frame<'a> {
    /// `script_name` is what links begin with, e.g. `/neo.cgi`; `name` is the list's (public) or the site's (admin)
    /// and may be empty; `title` goes to the browser's tab.
    pub fn new(language: Language, script_name: &'a str, name: &'a str, title: &'a str) -> Frame<'a> {
        Frame {
            language,
            script_name,
            name,
            title,
            user: None,
            user_paths: ("/admin/settings/password", "/admin/logout"),
            notices: Vec::new(),
            indexed: false,
            script: None,
        }
    }

    /// Who is signed in, and the session's proof for the sign-out button.
    pub fn user(self, email: &'a str, csrf: &'a str) -> Frame<'a> {
        Frame { user: Some((email, csrf)), ..self }
    }

    /// Where the user's own page and the sign-out lie, if not where an install has them.
    pub fn user_paths(self, account: &'a str, sign_out: &'a str) -> Frame<'a> {
        Frame { user_paths: (account, sign_out), ..self }
    }

    /// Adds a notice above the content, e.g. that something was saved.
    pub fn notice(mut self, tone: Tone, content: impl Render) -> Frame<'a> {
        self.notices.push(notice(tone, content));
        self
    }

    /// A script of ours that makes the page handier; it has to work without.
    pub fn script(self, script: &'static Asset) -> Frame<'a> {
        Frame { script: Some(script), ..self }
    }

    /// Search engines may list this page: the sign-up form and the archive, never a page with a token.
    pub fn indexed(self) -> Frame<'a> {
        Frame { indexed: true, ..self }
    }

    fn say(&self, text: Text) -> &'static str {
        text.to(self.language)
    }

    fn document(&self, class: &str, body: Markup) -> String {
        let document = html! {
            (DOCTYPE)
            html lang=(self.language.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                    meta name="color-scheme" content="light dark";
                    // Telephone numbers and dates of Japanese shops are not ours to turn into links.
                    meta name="format-detection" content="telephone=no, date=no, address=no, email=no";
                    @if !self.indexed { meta name="robots" content="noindex, nofollow"; }
                    title { (self.title) @if !self.name.is_empty() { " | " (self.name) } }
                    link rel="stylesheet" href={ (self.script_name) (STYLESHEET.path()) };
                    @if let Some(script) = self.script {
                        script src={ (self.script_name) (script.path()) } defer {}
                    }
                    link rel="icon" type="image/svg+xml" href={ (self.script_name) (ICON.path()) };
                }
                body class=(class) {
                    a.skip href="#content" { (self.say(common::SKIP_TO_CONTENT)) }
                    (body)
                }
            }
        };
        document.into_string()
    }

    fn notices(&self) -> Markup {
        html! {
            @if !self.notices.is_empty() { div.notices { @for notice in &self.notices { (notice) } } }
        }
    }
}

/// A page for readers: the list's name above one sheet.
pub fn public_page(frame: &Frame, content: Markup) -> String {
    let body = html! {
        header.letterhead { p { (frame.name) } }
        main #content tabindex="-1" { (frame.notices()) div.sheet { (content) } }
        footer.colophon { p { "NEO" } }
    };
    frame.document("public", body)
}

/// A page before the admin pages: signing in, setting up, what went wrong. The wordmark above one sheet.
pub fn plain_page(frame: &Frame, content: Markup) -> String {
    let body = html! {
        header.letterhead { (logo()) @if !frame.name.is_empty() { p.letterhead-small { (frame.name) } } }
        main #content tabindex="-1" { (frame.notices()) div.sheet { (content) } }
    };
    frame.document("public plain", body)
}

/// Where an admin page belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nav {
    Today,
    Broadcasts,
    Sequences,
    Subscribers,
    Forms,
    Settings,
    /// Nowhere of these: no entry is marked.
    Elsewhere,
}

/// The navigation: where, its words, its sign, its path below the script's name.
const NAVIGATION: [(Nav, Text, Icon, &str); 6] = [
    (Nav::Today, admin::NAV_TODAY, Icon::Today, "/admin"),
    (Nav::Broadcasts, admin::NAV_BROADCASTS, Icon::Broadcast, "/admin/broadcasts"),
    (Nav::Sequences, admin::NAV_SEQUENCES, Icon::Sequence, "/admin/sequences"),
    (Nav::Subscribers, admin::NAV_SUBSCRIBERS, Icon::Readers, "/admin/subscribers"),
    (Nav::Forms, admin::NAV_FORMS, Icon::Form, "/admin/forms"),
    (Nav::Settings, admin::NAV_SETTINGS, Icon::Settings, "/admin/settings"),
];

/// A page for the owner: bar, navigation, notices, content.
pub fn admin_page(frame: &Frame, active: Nav, content: Markup) -> String {
    let entries = NAVIGATION.map(|(nav, text, sign, path)| Entry {
        label: frame.say(text),
        sign,
        path,
        is_active: nav == active,
    });
    page_with_navigation(frame, "/admin", &entries, content)
}

/// One entry of a navigation.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    pub label: &'a str,
    pub sign: Icon,
    /// Below the script's name.
    pub path: &'a str,
    pub is_active: bool,
}

/// A page with a navigation of its own; `home` is where the wordmark leads.
pub fn page_with_navigation(frame: &Frame, home: &str, entries: &[Entry], content: Markup) -> String {
    let body = html! {
        header.bar {
            a.bar-home href={ (frame.script_name) (home) } { (logo()) }
            p.bar-name { (frame.name) }
            (user_menu(frame))
        }
        nav.main-nav aria-label=(frame.say(admin::NAV_LABEL)) {
            ul {
                @for entry in entries {
                    li {
                        a href={ (frame.script_name) (entry.path) } aria-current=[entry.is_active.then_some("page")] {
                            (icon(entry.sign)) span { (entry.label) }
                        }
                    }
                }
            }
        }
        main #content tabindex="-1" { (frame.notices()) (content) }
    };
    frame.document("admin", body)
}

fn user_menu(frame: &Frame) -> Markup {
    html! {
        @if let Some((email, csrf)) = frame.user {
            details.user-menu {
                summary { (icon(Icon::Person)) span.user-email { (email) } }
                div.user-menu-content {
                    p.user-menu-email { (email) }
                    a href={ (frame.script_name) (frame.user_paths.0) } { (frame.say(admin::ACCOUNT)) }
                    form method="post" action={ (frame.script_name) (frame.user_paths.1) } {
                        (hidden(CSRF_FIELD, csrf))
                        button.button type="submit" { (frame.say(admin::SIGN_OUT)) }
                    }
                }
            }
        }
    }
}

/// What went wrong, in one sentence, and the way back. `label` is short, e.g. the HTTP status.
pub fn error_page(frame: &Frame, label: &str, sentence: &str, back: Option<Link>) -> String {
    let content = html! {
        div.wrong {
            p.wrong-label { (label) }
            h1 { (frame.title) }
            p { (sentence) }
            @if let Some(back) = back { (actions(link_button(back.url, back.label, ButtonKind::Primary))) }
        }
    };
    if frame.name.is_empty() { plain_page(frame, content) } else { public_page(frame, content) }
}
