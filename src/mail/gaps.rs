//! What a mail says of readers' own fields, before it is sent: who has no value, what they would get, and for whom the
//! text cannot be written at all.
//! Not the writing itself (letter) and not the sending.

use std::collections::BTreeSet;

use crate::app::App;
use crate::domain::condition::Condition;
use crate::domain::field::{Field, FieldKey};
use crate::domain::field_test::{Asks, FieldTest};
use crate::domain::id::SubscriptionId;
use crate::domain::list::List;
use crate::domain::message::{Content, Kind as MessageKind};
use crate::domain::subscriber::Fields;
use crate::domain::when::Today;
use crate::error::{Error, Refusal, Result};
use crate::mail::letter::{self, Prepared};
use crate::store::Reader;
use crate::store::conditions::Count;

/// Readers that are counted, the latest of them whose values are tried, and how many different values: so much fits
/// into a page (a thousand readers take a millisecond).
const READERS: i64 = 20_000;
const TRIED: i64 = 5000;
const VALUES: i64 = 200;
/// Fields of one mail that are looked at.
const FIELDS: usize = 20;

/// A field that a mail uses.
#[derive(Debug)]
pub struct Gap {
    pub key: String,
    /// Absent: nobody declared it. It may be a slip, or a value that came by command.
    pub field: Option<Field>,
    /// Readers of the audience without a value.
    pub empty: Count,
    /// The first line that is different for them, as they would get it; empty if none is.
    pub line: String,
}

/// A value for which the mail cannot be written.
#[derive(Debug)]
pub struct Break {
    pub key: String,
    pub field: Option<Field>,
    pub value: String,
    /// How many readers have it, and one of them.
    pub readers: i64,
    pub example: SubscriptionId,
    pub address: String,
    pub why: Refusal,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Gaps {
    pub gaps: Vec<Gap>,
    pub breaks: Vec<Break>,
}

/// Looks at the confirmed readers of a list who match `audience`.
pub fn find(
    app: &App,
    store: &Reader,
    list: &List,
    audience: &Condition,
    kind: MessageKind,
    content: &Content,
) -> Result<Gaps> {
    let prepared = letter::compile_unsaved(list, kind, content)?;
    let declared = store.fields()?;
    let today = Today::new(app.clock.now(), app.settings.zone());
    let mut found = Gaps::default();
    for key in used(&prepared).iter().take(FIELDS) {
        let field = declared.iter().find(|field| field.key.as_str() == key).cloned();
        let empty = count_empty(app, store, list, audience, &today, key)?;
        let line = first_difference(&prepared, &declared, key);
        for seen in store.field_values(list.id, key, audience, &today, (TRIED, VALUES))? {
            let Some(reader) = store.subscription(seen.example)? else { continue };
            if let Err(Error::Invalid(why)) = prepared.try_for(app, &reader) {
                found.breaks.push(Break {
                    key: key.clone(),
                    field: field.clone(),
                    value: seen.value,
                    readers: seen.readers,
                    example: reader.id,
                    address: reader.address,
                    why,
                });
            }
        }
        found.gaps.push(Gap { key: key.clone(), field, empty, line });
    }
    Ok(found)
}

fn used(prepared: &Prepared) -> BTreeSet<String> {
    prepared.templates().flat_map(|template| template.fields().iter().cloned()).collect()
}

fn count_empty(
    app: &App,
    store: &Reader,
    list: &List,
    audience: &Condition,
    today: &Today,
    key: &str,
) -> Result<Count> {
    let asks = FieldTest { key: FieldKey::stored(key.to_string()), asks: Asks::Empty };
    let condition = Condition::All(vec![audience.clone(), Condition::Field(asks)]);
    store.count_matching(list.id, &condition, today, |looked_at| {
        looked_at < READERS && app.budget.spend(1).is_ok()
    })
}

/// The mail for one who told everything against the mail for one who did not tell this. What the others told is shown by
/// their labels, or, where a text reckons with it, by a number or a day.
fn first_difference(prepared: &Prepared, declared: &[Field], key: &str) -> String {
    let label = |key: &str| {
        let field = declared.iter().find(|field| field.key.as_str() == key);
        format!("({})", field.map_or(key, |field| field.label.as_str()))
    };
    let samples: [&dyn Fn(&str) -> String; 3] = [&label, &|_| "1".to_string(), &|_| "2026-01-01".to_string()];
    for sample in samples {
        let told: Fields = used(prepared).into_iter().map(|key| (key.clone(), sample(&key))).collect();
        let mut untold = told.clone();
        untold.remove(key);
        if let (Ok(full), Ok(lacking)) = (prepared.sample_lines(&told), prepared.sample_lines(&untold)) {
            let different = lacking.iter().enumerate().find(|(place, line)| full.get(*place) != Some(line));
            return different.map(|(_, line)| line.trim().chars().take(80).collect()).unwrap_or_default();
        }
    }
    String::new()
}
