//! What the form of a condition offers: fields, tags, lists, mails; and saved segments to begin with.
//! Not the form: condition_form.

use crate::domain::condition_words::Names;
use crate::domain::field::Field as OwnField;
use crate::domain::id::MessageId;
use crate::error::Result;
use crate::store::Reader;
use crate::texts::{Language, segments};
use crate::web::view::{self, ButtonKind, Choice, Field, Input, Markup, html};

/// Broadcasts that a row can choose.
const BROADCASTS: i64 = 30;

/// What a condition can speak of on this site.
pub struct Choices {
    pub(super) names: Names,
    pub(super) tags: Vec<String>,
    pub(super) lists: Vec<(String, String)>,
    pub(super) broadcasts: Vec<(String, String)>,
}

impl Choices {
    pub fn read(store: &Reader, language: Language) -> Result<Choices> {
        let names = store.condition_names(&[], language)?;
        let lists = names.lists.clone().into_iter().collect();
        let mut broadcasts: Vec<(String, String)> = [5, 10, 20]
            .map(|count: i32| {
                let words = segments::LAST_MAILS.with(language, &[("count", &count.to_string())]);
                (format!("last-{count}"), words)
            })
            .into();
        let sent = store.sent_broadcasts(BROADCASTS)?;
        broadcasts.extend(sent.into_iter().map(|(id, subject)| (id.to_string(), subject)));
        let tags = store.tags()?.into_iter().map(|tag| String::from(tag.name)).collect();
        Ok(Choices { names, tags, lists, broadcasts })
    }

    /// Puts further mails before those that can be opened and clicked: their numbers and subjects.
    pub fn with_mails(mut self, mails: Vec<(MessageId, String)>) -> Choices {
        let mails = mails.into_iter().map(|(id, subject)| (id.to_string(), subject));
        self.broadcasts = mails.chain(self.broadcasts).collect();
        self
    }

    pub(super) fn language(&self) -> Language {
        self.names.language
    }

    pub(super) fn field(&self, what: &str) -> Option<&OwnField> {
        let key = what.strip_prefix("field.")?;
        self.names.fields.iter().find(|field| field.key.as_str() == key)
    }

    /// What a row is about, in words.
    pub(super) fn what(&self, what: &str) -> String {
        let text = match what {
            "tag" => segments::WHAT_TAG,
            "opened" => segments::WHAT_OPENED,
            "clicked" => segments::WHAT_CLICKED,
            "list" => segments::WHAT_LIST,
            "joined" => segments::WHAT_JOINED,
            "way" => segments::WHAT_WAY,
            what => {
                let key = what.strip_prefix("field.").unwrap_or(what);
                return self.field(what).map_or(key, |field| field.label.as_str()).to_string();
            }
        };
        text.to(self.language()).to_string()
    }

    /// What a further row can be about: only what there is.
    pub(super) fn all_whats(&self) -> Vec<String> {
        let fields = self.names.fields.iter().map(|field| format!("field.{}", field.key.as_str()));
        let mut whats: Vec<String> = fields.collect();
        if !self.tags.is_empty() {
            whats.push("tag".to_string());
        }
        whats.extend(["opened", "clicked", "joined", "way"].map(str::to_string));
        if self.lists.len() > 1 {
            whats.push("list".to_string());
        }
        whats
    }
}

/// A saved segment can be the beginning.
pub fn load_field(store: &Reader, language: Language) -> Result<Markup> {
    let saved: Vec<(String, String)> =
        store.segments()?.into_iter().map(|segment| (segment.id.to_string(), segment.name)).collect();
    let choices: Vec<Choice> = saved.iter().map(|(id, name)| Choice::new(id, name)).collect();
    Ok(html! {
        @if !choices.is_empty() {
            (view::fields_row(html! {
                (Field::new("segment", segments::LOAD.to(language), Input::Select(&choices)))
                (view::button_aside("load", "1", segments::LOAD_BUTTON.to(language), ButtonKind::Secondary))
            }))
        }
    })
}
