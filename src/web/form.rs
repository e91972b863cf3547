//! The fields and files of a submitted form, urlencoded or multipart/form-data.
//! Not the rules about what may be typed: those are in `domain`.

use super::message::first;
use crate::error::{Error, Result};
use crate::texts::errors;

/// A submitted form: text fields in the order of the page, and uploaded files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form<'a> {
    fields: Vec<(String, String)>,
    uploads: Vec<Upload<'a>>,
}

/// An uploaded file, as it came: nothing about its bytes has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload<'a> {
    pub field: String,
    /// What the browser calls the file: for showing, never for opening.
    pub file_name: String,
    pub bytes: &'a [u8],
}

impl<'a> Form<'a> {
    /// The first value of a field; "" if it is missing.
    pub fn text(&self, name: &str) -> &str {
        first(&self.fields, name).unwrap_or("")
    }

    /// Whether the field was sent at all: a checkbox that is ticked.
    pub fn has(&self, name: &str) -> bool {
        first(&self.fields, name).is_some()
    }

    /// Every value of a field, in order.
    pub fn all<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b str> {
        self.fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every field, in order.
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// The uploaded file of a field; `None` if no file was chosen.
    pub fn upload(&self, name: &str) -> Option<&Upload<'a>> {
        self.uploads.iter().find(|upload| upload.field == name)
    }

    pub(super) fn read(_content_type: &str, body: &'a [u8]) -> Result<Form<'a>> {
        let fields = serde_urlencoded::from_bytes(body).map_err(|_| Error::invalid(errors::NOT_UTF8))?;
        Ok(Form { fields, uploads: Vec::new() })
    }
}
