//! What the selects of a step's form offer: conditions with a name, places to lead to, places in the order, date fields.
//! Not the form: sheet.

use crate::domain::condition::{Condition, Which};
use crate::domain::field::Kind as FieldKind;
use crate::domain::id::MessageId;
use crate::domain::sequence::{Action, Go, Sequence, Step};
use crate::domain::tag::TagName;
use crate::error::Result;
use crate::store::Reader;
use crate::store::segments::Segment;
use crate::texts::{Language, Text, sequences as texts};
use crate::web::admin::sequences::words;

/// The site's date fields: key and label.
pub(super) fn date_fields(store: &Reader) -> Result<Vec<(String, String)>> {
    let fields = store.fields()?.into_iter();
    let dates = fields.filter(|field| matches!(field.kind, FieldKind::Date | FieldKind::Birthday));
    Ok(dates.map(|field| (field.key.as_str().to_string(), field.label)).collect())
}

/// The conditions that have a line of their own in the select.
pub(super) fn named_condition(kind: &str, name: &str) -> Option<Condition> {
    let message = || name.parse().ok().map(|id: MessageId| Which::Message(id));
    let not = |condition: Condition| Condition::Not(Box::new(condition));
    match kind {
        "opened" => message().map(Condition::Opened),
        "not-opened" => message().map(|which| not(Condition::Opened(which))),
        "clicked" => message().map(Condition::Clicked),
        "not-clicked" => message().map(|which| not(Condition::Clicked(which))),
        "tag" => TagName::parse(name).ok().map(Condition::Tag),
        "not-tag" => TagName::parse(name).ok().map(|tag| not(Condition::Tag(tag))),
        _ => None,
    }
}

fn who_word(condition: &Condition) -> Option<String> {
    match condition {
        Condition::Opened(Which::Message(id)) => Some(format!("opened:{id}")),
        Condition::Clicked(Which::Message(id)) => Some(format!("clicked:{id}")),
        Condition::Tag(tag) => Some(format!("tag:{}", tag.as_str())),
        Condition::Not(inner) if !matches!(**inner, Condition::Not(_)) => {
            who_word(inner).map(|word| format!("not-{word}"))
        }
        _ => None,
    }
}

/// The select's word for a stored condition; a segment is known by having the same one.
pub(super) fn stored_who(condition: &Condition, segments: &[Segment]) -> String {
    let segment = || segments.iter().find(|segment| segment.condition == *condition);
    let word = who_word(condition).or_else(|| segment().map(|segment| format!("segment:{}", segment.id)));
    word.unwrap_or_else(|| "custom".to_string())
}

pub(super) fn who_choices(
    store: &Reader,
    others: &[Step],
    language: Language,
) -> Result<Vec<(String, String)>> {
    let mut choices = vec![("all".to_string(), texts::WHO_ALL.to(language).to_string())];
    for step in others.iter().filter(|step| step.action == Action::Mail) {
        let name = words::name(store, step)?;
        let kinds: [(&str, Text); 4] = [
            ("opened", texts::WHO_OPENED),
            ("not-opened", texts::WHO_NOT_OPENED),
            ("clicked", texts::WHO_CLICKED),
            ("not-clicked", texts::WHO_NOT_CLICKED),
        ];
        for (kind, text) in kinds {
            choices.push((format!("{kind}:{}", step.message), text.with(language, &[("name", &name)])));
        }
    }
    for tag in store.tags()?.into_iter().take(100) {
        let name = tag.name.as_str();
        choices.push((format!("tag:{name}"), texts::WHO_TAG.with(language, &[("name", name)])));
        choices.push((format!("not-tag:{name}"), texts::WHO_NOT_TAG.with(language, &[("name", name)])));
    }
    for segment in store.segments()? {
        let label = texts::WHO_SEGMENT.with(language, &[("name", &segment.name)]);
        choices.push((format!("segment:{}", segment.id), label));
    }
    choices.push(("custom".to_string(), texts::WHO_CUSTOM.to(language).to_string()));
    Ok(choices)
}

pub(super) fn go_choices(
    store: &Reader,
    sequence: &Sequence,
    others: &[Step],
    language: Language,
) -> Result<Vec<(String, String)>> {
    let mut goes = vec![Go::Next, Go::End];
    goes.extend(others.iter().map(|step| Go::Step(step.id)));
    let siblings = store.sequences_of_list(sequence.list)?;
    goes.extend(siblings.iter().filter(|other| other.id != sequence.id).map(|other| Go::Sequence(other.id)));
    goes.into_iter()
        .map(|go| words::go(store, sequence, go, language).map(|label| (go.word(), label)))
        .collect()
}

pub(super) fn place_choices(
    store: &Reader,
    others: &[Step],
    language: Language,
) -> Result<Vec<(String, String)>> {
    let mut choices = vec![
        ("auto".to_string(), texts::PLACE_AUTO.to(language).to_string()),
        ("first".to_string(), texts::PLACE_FIRST.to(language).to_string()),
    ];
    for step in others {
        let name = words::name(store, step)?;
        choices.push((format!("after:{}", step.id), texts::PLACE_AFTER.with(language, &[("name", &name)])));
    }
    Ok(choices)
}
