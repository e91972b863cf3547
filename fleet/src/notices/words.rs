//! The words of each notice in both languages, fixed at the moment when it is decided to write.
//! Not a person's greeting, which is added when her mail is made (courier).

use neo::clock::Instant;
use neo::domain::calendar::{self, Day, Zone};
use neo::host::plans;
use neo::link::feed::Words;
use neo::texts::{Language, Text};

use super::Occasion;
use crate::store::incidents::Incident;
use crate::store::notices::Notice;
use crate::texts::notices as texts;

/// A notice about an incident, with the text that was told.
pub fn of_incident(
    id: String,
    occasion: Occasion,
    incident: &Incident,
    told: &Words,
    now: Instant,
) -> Notice {
    let (subject, text) = texts_of(occasion);
    let fill = |language: Language, template: &Text| {
        let (title, told) = (pick(&incident.title, language), pick(told, language));
        let ended =
            incident.ended_at.map_or_else(|| texts::STILL.to(language).into(), |at| moment(at, language));
        let values = [
            ("title", title),
            ("began", &moment(incident.began_at, language)),
            ("ended", &ended),
            ("affected", &affected(incident, language)),
            ("advice", &advice(incident, language)),
            ("procedure", &procedure(incident, language)),
            // Last: it is free text, and nothing in it is filled in.
            ("text", told),
        ];
        template.with(language, &values)
    };
    Notice {
        id,
        incident: Some(incident.id.clone()),
        occasion: occasion.word().to_string(),
        subject: both(|language| fill(language, &subject)),
        text: both(|language| fill(language, &text)),
        at: now,
    }
}

fn texts_of(occasion: Occasion) -> (Text, Text) {
    match occasion {
        Occasion::Opened => (texts::OPENED_SUBJECT, texts::OPENED_TEXT),
        Occasion::Update => (texts::UPDATE_SUBJECT, texts::UPDATE_TEXT),
        Occasion::Resolved => (texts::RESOLVED_SUBJECT, texts::RESOLVED_TEXT),
        Occasion::Report => (texts::REPORT_SUBJECT, texts::REPORT_TEXT),
        Occasion::Extended => (texts::EXTENDED_SUBJECT, texts::EXTENDED_TEXT),
        Occasion::Draft => (texts::DRAFT_SUBJECT, texts::DRAFT_TEXT),
        Occasion::Reminder => (texts::REMINDER_SUBJECT, texts::REMINDER_TEXT),
    }
}

/// Makes words of what says them in one language.
pub fn both(say: impl Fn(Language) -> String) -> Words {
    Words::new(say(Language::Ja), say(Language::En))
}

/// Words in one language.
pub fn pick(words: &Words, language: Language) -> &str {
    match language {
        Language::Ja => &words.ja,
        Language::En => &words.en,
    }
}

/// Fills a text with values that are the same in both languages.
pub fn filled(text: Text, values: &[(&str, &str)]) -> Words {
    both(|language| text.with(language, values))
}

/// Whom it concerns, by the names that customers know.
pub fn affected(incident: &Incident, language: Language) -> String {
    if incident.providers.is_empty() {
        return texts::AFFECTED_ALL.to(language).to_string();
    }
    let names: Vec<&str> = incident
        .providers
        .iter()
        .map(|id| plans::find(id).map_or(id.as_str(), |plan| plan.name.to(language)))
        .collect();
    names.join(match language {
        Language::Ja => "、",
        Language::En => ", ",
    })
}

fn advice(incident: &Incident, language: Language) -> String {
    match incident.advice.as_str() {
        "use-local-cron" if incident.ended_at.is_none() => texts::ADVICE_LOCAL_CRON.to(language).to_string(),
        _ => String::new(),
    }
}

fn procedure(incident: &Incident, language: Language) -> String {
    let procedure = pick(&incident.procedure, language);
    match procedure.is_empty() {
        true => String::new(),
        false => texts::PROCEDURE.with(language, &[("procedure", procedure)]),
    }
}

/// A moment on a Japanese clock.
pub fn moment(at: Instant, language: Language) -> String {
    let local = calendar::local(at, Zone::default());
    match language {
        Language::Ja => local.format("%Y年%-m月%-d日 %H:%M").to_string(),
        Language::En => local.format("%Y-%m-%d %H:%M JST").to_string(),
    }
}

pub fn day(day: Day, language: Language) -> String {
    match language {
        Language::Ja => day.format("%Y年%-m月%-d日").to_string(),
        Language::En => day.format("%Y-%m-%d").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incident() -> Incident {
        Incident {
            id: "20261228-01".to_string(),
            title: Words::new("応答なし", "No answer"),
            began_at: 1_798_430_400,
            providers: vec!["sakura".to_string(), "203.0.113.0/24".to_string()],
            procedure: Words::new("cronを設定してください。", "Set up cron."),
            advice: "use-local-cron".to_string(),
            ..Incident::default()
        }
    }

    #[test]
    fn a_notice_says_what_since_when_and_for_whom_in_both_languages() {
        let told = Words::new("調べています。{title}", "We are looking. {title}");
        let notice = of_incident("x".to_string(), Occasion::Opened, &incident(), &told, 0);
        assert_eq!(notice.subject.ja, "【NEO】障害のお知らせ: 応答なし");
        for part in ["2026年12月28日 13:00", "203.0.113.0/24", "cronを設定", "送信の時計"] {
            assert!(notice.text.ja.contains(part), "{part}: {}", notice.text.ja);
        }
        assert!(notice.text.en.contains("2026-12-28 13:00 JST"), "{}", notice.text.en);
        assert!(notice.text.ja.contains("調べています。{title}"), "free text stays as it was typed");
    }

    #[test]
    fn nobody_is_asked_to_do_something_about_an_incident_that_is_over() {
        let over = Incident { ended_at: Some(1_798_430_460), ..incident() };
        let notice = of_incident("x".to_string(), Occasion::Resolved, &over, &Words::new("済", "done"), 0);
        assert!(!notice.text.ja.contains("送信の時計"), "{}", notice.text.ja);
        assert!(notice.text.ja.contains("復旧: 2026年12月28日 13:01"));
    }

    #[test]
    fn an_incident_without_providers_concerns_everybody() {
        let all = Incident { providers: Vec::new(), ..incident() };
        assert_eq!(affected(&all, Language::Ja), "すべてのサーバー");
    }
}
