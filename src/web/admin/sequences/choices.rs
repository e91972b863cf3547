//! What the selects of a step's form offer: mails for a condition, places to lead to, places in the order, date fields.
//! Not the form: sheet.

use crate::domain::condition::{Condition, Which};
use crate::domain::field::Kind as FieldKind;
use crate::domain::sequence::{Action, Go, Sequence, Step};
use crate::error::Result;
use crate::store::Reader;
use crate::texts::{Language, sequences as texts};
use crate::web::admin::condition_choices::Choices;
use crate::web::admin::sequences::words;

/// The site's date fields: key and label.
pub(super) fn date_fields(store: &Reader) -> Result<Vec<(String, String)>> {
    let fields = store.fields()?.into_iter();
    let dates = fields.filter(|field| matches!(field.kind, FieldKind::Date | FieldKind::Birthday));
    Ok(dates.map(|field| (field.key.as_str().to_string(), field.label)).collect())
}

/// What a step's condition can speak of: the mails of the sequence too, and those that the stored condition names.
pub(super) fn condition_choices(
    store: &Reader,
    sequence: &Sequence,
    own: Option<&Step>,
    language: Language,
) -> Result<Choices> {
    let mut mails = Vec::new();
    for step in store.steps(sequence.id)? {
        if step.action == Action::Mail && own.is_none_or(|own| own.id != step.id) {
            mails.push((step.message, words::name(store, &step)?));
        }
    }
    // What an earlier wording of a step was opened as, or a mail of another sequence.
    for test in own.and_then(|own| own.condition.as_ref()).iter().flat_map(|condition| condition.tests()) {
        if let Condition::Opened(Which::Message(id)) | Condition::Clicked(Which::Message(id)) = test
            && mails.iter().all(|(known, _)| known != id)
            && let Ok((subject, _)) = store.message_subject(*id)
        {
            mails.push((*id, subject));
        }
    }
    Ok(Choices::read(store, language)?.with_mails(mails))
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
