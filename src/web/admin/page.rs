//! What the owner's pages have in common: the frame, the notice after something was done, a form shown again.
//! Not the look (view) and not what any page says.

use crate::app::App;
use crate::clock::Instant;
use crate::domain::calendar;
use crate::error::{Error, Refusal, Result};
use crate::texts::{Language, Text, admin, common};
use crate::web::access::Admin;
use crate::web::call::Call;
use crate::web::message::Reply;
use crate::web::view::{self, Frame, Link, Markup, Nav, Tone};

/// Words of `?done=` that several pages use.
const DONE: &[(&str, Text)] =
    &[("saved", admin::DONE_SAVED), ("added", admin::DONE_ADDED), ("removed", admin::DONE_REMOVED)];

/// The frame of an owner's page: which site, who is signed in, what every page tells, and the notice for a common word of
/// `?done=`.
pub fn frame<'a>(call: &'a Call, admin: &'a Admin, title: &'a str) -> Frame<'a> {
    let frame = call.frame(&call.request.host, title).user(&admin.address, &admin.csrf);
    let frame = match call.banner() {
        Some((tone, words)) => frame.notice(tone, words),
        None => frame,
    };
    done_notice(frame, call, DONE)
}

/// Adds the notice for a word of the page's own, e.g. `&[("sent", admin::TEST_SENT)]`. An unknown word says nothing:
/// a link must not put words into the page.
pub fn done_notice<'a>(frame: Frame<'a>, call: &Call, known: &[(&str, Text)]) -> Frame<'a> {
    let word = call.request.query_value("done").unwrap_or_default();
    match known.iter().find(|(name, _)| *name == word) {
        Some((_, text)) => frame.notice(Tone::Success, text.to(call.language)),
        None => frame,
    }
}

/// The way back to the page above.
pub fn back(call: &Call, path: &str, label: Text) -> Markup {
    view::back_link(Link { label: label.to(call.language), url: &call.link(path) })
}

/// A finished page.
pub fn reply(frame: &Frame, nav: Nav, content: Markup) -> Reply {
    Reply::html(200, view::admin_page(frame, nav, content))
}

/// What is wrong with a submitted form, for its page: `(mistake.summary())` on top, `.error(mistake.on("field"))`.
#[derive(Clone, Debug, Default)]
pub struct Mistake {
    found: Option<(String, String)>,
    language: Language,
}

impl Mistake {
    /// Nothing is wrong: the form is shown for the first time.
    pub fn none() -> Mistake {
        Mistake::default()
    }

    pub fn of(refusal: &Refusal, language: Language) -> Mistake {
        Mistake {
            found: Some((refusal.field.as_deref().unwrap_or_default().to_string(), refusal.say(language))),
            language,
        }
    }

    /// The sentence for a field, if it is to blame.
    pub fn on(&self, field: &str) -> Option<&str> {
        self.found.as_ref().filter(|(name, _)| *name == field).map(|(_, sentence)| sentence.as_str())
    }

    /// The summary at the top of the form; nothing when nothing is wrong.
    pub fn summary(&self) -> Markup {
        let lines: Vec<(&str, &str)> =
            self.found.iter().map(|(name, sentence)| (name.as_str(), sentence.as_str())).collect();
        view::error_summary(common::CHECK_INPUT.to(self.language), &lines)
    }
}

/// Shows the form again with status 422 when `result` blames what was typed; everything else goes on as it is.
pub fn or_again(
    call: &Call,
    result: Result<Reply>,
    show_again: impl FnOnce(&Mistake) -> Result<Reply>,
) -> Result<Reply> {
    match result {
        Err(Error::Invalid(refusal)) => {
            let page = show_again(&Mistake::of(&refusal, call.language))?;
            Ok(Reply { status: 422, ..page })
        }
        other => other,
    }
}

/// A moment in the site's time zone, e.g. `2026-11-24 08:30`.
pub fn time(app: &App, at: Instant) -> String {
    calendar::page_time(at, app.settings.zone())
}

/// How long ago, or how soon: `3分前`, `in 2 hours`.
pub fn distance(now: Instant, at: Instant, language: Language) -> String {
    let seconds = (at - now).abs();
    let (count, past, coming) = match seconds {
        0..60 => return admin::JUST_NOW.to(language).to_string(),
        60..3600 => (seconds / 60, admin::MINUTES_AGO, admin::IN_MINUTES),
        3600..172_800 => (seconds / 3600, admin::HOURS_AGO, admin::IN_HOURS),
        _ => (seconds / 86_400, admin::DAYS_AGO, admin::IN_DAYS),
    };
    let text = if at <= now { past } else { coming };
    text.with(language, &[("count", &number(count))])
}

pub use crate::texts::number;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_written_with_their_thousands_apart() {
        for (count, words) in [(0, "0"), (999, "999"), (1248, "1,248"), (-1_000_000, "-1,000,000")] {
            assert_eq!(number(count), words);
        }
    }

    #[test]
    fn a_moment_is_told_by_its_distance() {
        for (at, words) in [
            (1000, "たった今"),
            (1000 - 125, "2分前"),
            (1000 + 7200, "2時間後"),
            (1000 - 5 * 86_400, "5日前"),
        ] {
            assert_eq!(distance(1000, at, Language::Ja), words);
        }
    }
}
