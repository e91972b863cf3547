//! Rows as people: which value is whose, and why a row is nobody's.
//! Not the work with them: import.rs.
//!
//! A row is refused when it does not say whom it speaks of. A value that cannot be read is left out, and the row stands in
//! the file of errors although its reader was taken: nothing is ever dropped without a word.

use crate::domain::address::Address;
use crate::domain::field::Field;
use crate::domain::import::Newcomer;
use crate::domain::subscriber::Name;
use crate::domain::tag::TagName;
use crate::error::{Error, Refusal, Result};
use crate::texts::{Language, errors};
use crate::transfer::columns::{STATES_OF_READERS, Target};
use crate::transfer::csv;
use crate::transfer::encoding::{Encoding, is_utf8_japanese};
use crate::transfer::plan::Plan;
use crate::transfer::rows::Row;

/// Reads rows as people.
pub struct RowReader {
    encoding: Encoding,
    email: usize,
    name: Option<usize>,
    family_name: Option<usize>,
    given_name: Option<usize>,
    tags: Option<usize>,
    state: Option<usize>,
    fields: Vec<(usize, Field)>,
    titles: Vec<String>,
}

/// A row as a person, with the sentences about values that were left out.
#[derive(Clone, Debug)]
pub struct Person {
    pub person: Newcomer,
    pub left_out: Vec<Refusal>,
}

impl RowReader {
    /// E1120 without a column of addresses; columns of fields that are not declared (any more) are not read.
    pub fn new(plan: &Plan, fields: &[Field]) -> Result<RowReader> {
        let columns = &plan.columns;
        let declared = |key: &str| fields.iter().find(|field| field.key.as_str() == key).cloned();
        Ok(RowReader {
            encoding: plan.encoding,
            email: columns.need_address()?,
            name: columns.place(&Target::Name),
            family_name: columns.place(&Target::FamilyName),
            given_name: columns.place(&Target::GivenName),
            tags: columns.place(&Target::Tags),
            state: columns.place(&Target::State),
            fields: columns.fields().filter_map(|(place, key)| Some((place, declared(key)?))).collect(),
            titles: columns.titles.clone(),
        })
    }

    /// The person of a row, or why there is none.
    pub fn read(&self, row: &Row<'_>) -> Result<Person> {
        if row.is_broken {
            return Err(Error::invalid(errors::IMPORT_ROW_QUOTES));
        }
        if row.raw.contains(&0) {
            return Err(Error::invalid(errors::IMPORT_ROW_NUL));
        }
        if self.encoding != Encoding::Utf8
            && self.encoding.keeps_ascii()
            && !row.raw.is_ascii()
            && is_utf8_japanese(row.raw)
        {
            return Err(self.unreadable());
        }
        let address = Address::parse(csv::unguarded(self.text(row, self.email)?.trim()))?;
        self.refuse_state(row)?;
        let mut left_out = Vec::new();
        let name = self.name(row, &mut left_out)?;
        let fields = self.fields(row, &mut left_out)?;
        let tags = self.tags(row, &mut left_out)?;
        let key = address.key();
        Ok(Person { person: Newcomer { address, key, name, fields, tags }, left_out })
    }

    fn text<'a>(&self, row: &Row<'a>, place: usize) -> Result<std::borrow::Cow<'a, str>> {
        self.encoding.text(row.cell(place)).ok_or_else(|| self.unreadable())
    }

    fn unreadable(&self) -> Error {
        Error::invalid(errors::IMPORT_ROW_UNREADABLE).with("encoding", self.encoding.word())
    }

    /// The whole name, or family and given name put together.
    fn name(&self, row: &Row<'_>, left_out: &mut Vec<Refusal>) -> Result<Option<Name>> {
        let mut parts = Vec::new();
        let places =
            if self.name.is_some() { [self.name, None] } else { [self.family_name, self.given_name] };
        for place in places.into_iter().flatten() {
            let text = self.text(row, place)?;
            let text = csv::unguarded(text.trim());
            if !text.is_empty() {
                parts.push(text.to_string());
            }
        }
        let Some(first) = places.into_iter().flatten().next() else { return Ok(None) };
        Ok(self
            .or_left_out(first, Name::parse(&parts.join(" ")), left_out)?
            .or_else(|| Some(Name::default())))
    }

    fn fields(&self, row: &Row<'_>, left_out: &mut Vec<Refusal>) -> Result<Vec<(String, String)>> {
        let mut fields = Vec::new();
        for (place, field) in &self.fields {
            let text = self.text(row, *place)?;
            let value = field.parse_value(csv::unguarded(text.trim()));
            if let Some(value) = self.or_left_out(*place, value, left_out)? {
                fields.push((field.key.as_str().to_string(), value));
            }
        }
        Ok(fields)
    }

    /// Tags stand in one column, with commas between them, or semicolons where there is no comma.
    fn tags(&self, row: &Row<'_>, left_out: &mut Vec<Refusal>) -> Result<Vec<TagName>> {
        let Some(place) = self.tags else { return Ok(Vec::new()) };
        let text = self.text(row, place)?;
        let mut text = csv::unguarded(text.trim()).to_string();
        if !text.contains([',', '、', '，']) {
            text = text.replace([';', '；'], ",");
        }
        let tags = TagName::parse_many(&text);
        Ok(self.or_left_out(place, tags, left_out)?.unwrap_or_default())
    }

    /// A value, or a note that it was left out.
    fn or_left_out<T>(
        &self,
        place: usize,
        value: Result<T>,
        left_out: &mut Vec<Refusal>,
    ) -> Result<Option<T>> {
        match value {
            Ok(value) => Ok(Some(value)),
            Err(Error::Invalid(why)) => {
                let title = self.titles.get(place).cloned().unwrap_or_default();
                let mut refusal = Error::invalid(errors::IMPORT_VALUE_REFUSED).with("column", title);
                for language in [Language::Ja, Language::En] {
                    refusal = refusal.with(why_key(language), why.say(language));
                }
                left_out.extend(refusal.refusal().cloned());
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// Who had left or had not confirmed where the file comes from is not taken for a reader.
    fn refuse_state(&self, row: &Row<'_>) -> Result<()> {
        let Some(place) = self.state else { return Ok(()) };
        let text = self.text(row, place)?;
        let word = csv::unguarded(text.trim()).to_lowercase();
        match STATES_OF_READERS.contains(&word.as_str()) || word.is_empty() {
            true => Ok(()),
            false => Err(Error::invalid(errors::IMPORT_ROW_STATE).with("state", text.trim())),
        }
    }
}

/// Both languages of an inner sentence are kept until it is known who reads it.
fn why_key(language: Language) -> &'static str {
    match language {
        Language::Ja => "why-ja",
        Language::En => "why",
    }
}

/// A sentence in the language of its reader.
pub fn say(refusal: &Refusal, language: Language) -> String {
    let mut refusal = refusal.clone();
    let inner =
        refusal.values.iter().find(|(name, _)| *name == why_key(language)).map(|(_, value)| value.clone());
    if let Some(inner) = inner {
        refusal.values.retain(|(name, _)| *name != "why");
        refusal.values.push(("why", inner));
    }
    refusal.say(language)
}
