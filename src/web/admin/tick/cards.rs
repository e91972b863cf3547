//! The four clocks among which the owner chooses, each with how to set it up for her host and when it was last heard.
//! Not the trying of one (tries) and not the saving (tick).

use std::path::Path;

use super::{answer, poller_url, url_with_key};
use crate::app::App;
use crate::error::Result;
use crate::host::plans::{self, Cron, Takes, Trust, minute_of};
use crate::mail::tick::SILENT_AFTER;
use crate::settings;
use crate::store::ticks::Beat;
use crate::texts::{Language, Text, clocks, pace, site};
use crate::web::admin::page;
use crate::web::call::Call;
use crate::web::view::{self, ButtonKind, Choice, Field, Input, Markup, Tone, html};

/// The clocks in the order of the page: its word, its name, why one would choose it, the button that tries it.
pub(super) const CLOCKS: [(&str, Text, Text, Text); 4] = [
    ("cron", clocks::CRON, clocks::CRON_WHY, clocks::TRY_CRON),
    ("poller", clocks::POLLER, clocks::POLLER_WHY, clocks::TRY_POLLER),
    ("url", clocks::URL, clocks::URL_WHY, clocks::TRY_URL),
    ("visit", clocks::VISIT, clocks::VISIT_WHY, clocks::TRY_VISIT),
];

/// What the cards are given.
pub(super) struct Cards<'a> {
    pub call: &'a Call<'a>,
    pub app: &'a App,
    pub beats: &'a [Beat],
    /// The chosen clock, as stored or as sent.
    pub wanted: &'a str,
}

impl Cards<'_> {
    fn say(&self, text: Text) -> &'static str {
        text.to(self.call.language)
    }

    pub(super) fn all(&self) -> Result<Markup> {
        let mut cards = Vec::new();
        for (word, name, why, attempt) in CLOCKS {
            cards.push(self.card(word, name, why, attempt)?);
        }
        Ok(html! { @for card in &cards { (card) } })
    }

    fn card(&self, word: &str, name: Text, why: Text, attempt: Text) -> Result<Markup> {
        // Cron is advised to who has not chosen yet.
        let is_open = self.wanted == word || (self.wanted.is_empty() && word == "cron");
        let choice = [Choice::new(word, self.say(clocks::CHOOSE)).with_hint(self.say(why))];
        let legend = html! { span.unseen { (self.say(name)) } };
        let how = html! {
            (self.how(word)?)
            (view::button_named("try", word, self.say(attempt), ButtonKind::Secondary))
        };
        Ok(view::card(
            self.say(name),
            html! {
                (Field::new("wanted_clock", legend, Input::Radio(&choice)).id(&format!("clock-{word}")).value(self.wanted))
                p {
                    @if self.app.settings.value(&settings::WANTED_CLOCK) == word {
                        (view::badge(Tone::Info, self.say(clocks::CHOSEN))) " "
                    }
                    (self.beat(word))
                }
                @if is_open { (how) } @else { (view::details_box(self.say(clocks::HOW), how)) }
            },
        ))
    }

    /// When a clock was last heard.
    fn beat(&self, word: &str) -> Markup {
        let now = self.app.clock.now();
        let heard = self.beats.iter().find(|beat| beat.source == word).map(|beat| beat.at);
        let Some(at) = heard else {
            return html! { (self.say(clocks::LAST_BEAT)) ": " (self.say(site::NEVER)) };
        };
        let is_silent = now - at > SILENT_AFTER;
        html! {
            (self.say(clocks::LAST_BEAT)) ": " (page::time(self.app, at)) " ("
            (page::distance(now, at, self.call.language)) ") "
            @if !is_silent { (view::badge(Tone::Success, self.say(site::CLOCK_TICKS))) }
        }
    }

    fn how(&self, word: &str) -> Result<Markup> {
        Ok(match word {
            "cron" => self.cron(),
            "poller" => html! {
                p { (self.say(clocks::POLLER_HOW)) }
                (view::code_block(self.say(clocks::POLLER_URL), &poller_url(self.app)))
                (view::code_block(self.say(clocks::POLLER_SITE), self.app.settings.value(&settings::SITE_ID)))
            },
            "url" => html! {
                p { (self.say(clocks::URL_HOW)) }
                (view::code_block(self.say(site::URL_LINE), &url_with_key(self.app)?))
            },
            _ => html! { p { (self.say(clocks::VISIT_HOW)) } },
        })
    }

    fn cron(&self) -> Markup {
        let plan = plans::find(self.app.settings.value(&settings::HOST_PLAN));
        let cron = plan.map_or(Cron::UNKNOWN, |plan| plan.cron);
        let language = self.call.language;
        let mut facts = Vec::new();
        if let Some(menu) = cron.menu {
            facts.push((self.say(clocks::CRON_MENU), menu.to(language).to_string()));
        }
        if let Some(minutes) = cron.shortest {
            let words = clocks::CRON_GAP_MINUTES.with(language, &[("minutes", &minutes.to_string())]);
            facts.push((self.say(clocks::CRON_GAP), words));
        }
        if let Some(entries) = cron.entries {
            let words = clocks::CRON_ENTRIES_COUNT.with(language, &[("count", &entries.to_string())]);
            facts.push((self.say(clocks::CRON_ENTRIES), words));
        }
        facts.push((self.say(clocks::CRON_EVERY), self.every(&cron)));
        let facts: Vec<(&str, Markup)> =
            facts.iter().map(|(name, words)| (*name, html! { (words) })).collect();
        html! {
            @if let Some(plan) = plan { p { strong { (plan.name.to(language)) } } }
            @if cron.trust == Trust::Unknown { p { (self.say(clocks::CRON_UNKNOWN)) } }
            @if plan.is_none() {
                p { (self.say(clocks::CRON_NO_HOST)) " "
                    (view::link(&self.call.link("/admin/settings/pace"), self.say(clocks::TO_HOST))) }
            }
            (view::definition_list(&facts))
            (self.lines(&cron))
            @if let Some(note) = cron.note { p { (note.to(language)) } }
            (source(&cron, language))
        }
    }

    fn every(&self, cron: &Cron) -> String {
        let language = self.call.language;
        match cron.every {
            60.. => {
                let minute = minute_of(&program().to_string_lossy()).to_string();
                clocks::CRON_EVERY_HOUR.with(language, &[("minute", &minute)])
            }
            minutes => clocks::CRON_EVERY_MINUTES.with(language, &[("minutes", &minutes.to_string())]),
        }
    }

    /// What is typed into the panel.
    fn lines(&self, cron: &Cron) -> Markup {
        let schedule = cron.schedule(&program().to_string_lossy());
        let is_named = std::env::var_os("NEO_DATA").is_some();
        match cron.takes {
            Takes::Unknown => {
                let line = format!("{schedule} {}", command(self.app));
                view::code_block(self.say(clocks::CRON_LINE), &line)
            }
            Takes::Command => html! {
                (view::code_block(self.say(clocks::CRON_COMMAND), &command(self.app)))
                (view::code_block(self.say(clocks::CRON_WHEN), &schedule_for_people(&schedule)))
            },
            // A path has no room for the folder that the web server names.
            Takes::File if is_named => {
                let script = format!("#!/bin/sh\nexec {}\n", command(self.app));
                view::code_block(self.say(clocks::CRON_SCRIPT), &script)
            }
            Takes::File => html! {
                (view::code_block(self.say(clocks::CRON_FILE), &from_ftp_top(&program())))
                p.hint { (self.say(clocks::CRON_FILE_HINT)) }
            },
        }
    }
}

/// How far what is said of a cron can be trusted.
fn source(cron: &Cron, language: Language) -> Markup {
    let text = match cron.trust {
        Trust::Published => clocks::CRON_PUBLISHED,
        Trust::Reported => clocks::CRON_REPORTED,
        Trust::Unknown => return html! {},
    };
    html! { p.hint { (text.with(language, &[("source", cron.source)])) } }
}

/// Month, day, hour, minute, weekday: the order of such panels.
fn schedule_for_people(schedule: &str) -> String {
    let fields: Vec<&str> = schedule.split(' ').collect();
    match fields.as_slice() {
        [minute, hour, day, month, weekday] => format!("{month} {day} {hour} {minute} {weekday}"),
        _ => schedule.to_string(),
    }
}

fn program() -> std::path::PathBuf {
    std::env::current_exe().unwrap_or_default()
}

/// A path as FTP shows it: of an account whose FTP opens the folder `web`, what follows it.
fn from_ftp_top(program: &Path) -> String {
    let path = program.display().to_string();
    match path.split_once("/web/") {
        Some((_, below)) => format!("/{below}"),
        None => path,
    }
}

/// What cron calls. Cron does not know the web server's variables, so a folder that is named there is named here.
fn command(app: &App) -> String {
    match std::env::var_os("NEO_DATA") {
        None => quoted(&program()),
        Some(_) => format!("{} --data {} tick", quoted(&program()), quoted(app.folder.path())),
    }
}

/// A path as the shell reads it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    match path.chars().all(|c| c.is_alphanumeric() || "/._-+@".contains(c)) {
        true => path,
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}

/// What the vendor sees of the site: the very answer that its call would get now.
pub(super) fn seen_by_vendor(app: &App, store: &crate::store::Reader, language: Language) -> Result<Markup> {
    Ok(view::card(
        clocks::SEEN_TITLE.to(language),
        html! {
            p { (clocks::SEEN_TEXT.to(language)) }
            (view::code_block(clocks::SEEN_LABEL.to(language), &answer(app, store)?))
        },
    ))
}

/// The source of a clock's name for a sentence.
pub(super) fn name_of(word: &str) -> Text {
    CLOCKS.iter().find(|(other, ..)| *other == word).map_or(pace::UNKNOWN, |(_, name, ..)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_as_ftp_shows_it() {
        let path = Path::new("/home/users/0/lolipop.jp-dp12345/web/shop/neo.cgi");
        assert_eq!(from_ftp_top(path), "/shop/neo.cgi");
        assert_eq!(from_ftp_top(Path::new("/home/shop/www/neo.cgi")), "/home/shop/www/neo.cgi");
    }

    #[test]
    fn a_schedule_stands_in_the_order_of_the_panel() {
        assert_eq!(schedule_for_people("17 * * * *"), "* * * 17 *");
        assert_eq!(schedule_for_people("5 4 3 2 1"), "2 3 4 5 1");
    }
}
