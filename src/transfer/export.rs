//! Readers out: CSV that Excel opens and no spreadsheet runs, or a line of JSON each; in pieces of bounded size.
//! Not where the bytes go: command/export, web/admin/exports.

use encoding_rs::{EncoderResult, SHIFT_JIS};
use serde_json::json;

use crate::app::App;
use crate::clock::Instant;
use crate::domain::calendar::{Zone, page_time, rfc3339_local};
use crate::domain::condition::Condition;
use crate::domain::field::Field;
use crate::domain::id::{ListId, SubscriptionId};
use crate::domain::subscriber::SubscriptionState;
use crate::domain::when::Today;
use crate::error::Result;
use crate::store::Reader;
use crate::store::conditions::Fragment;
use crate::store::exports::{self, Exported};
use crate::texts::{Language, Text, readers, transfer};
use crate::transfer::csv;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// UTF-8 with the mark that Excel looks for.
    Csv,
    /// For old Excel and other programs of Windows; letters that it lacks become 〓 and are counted.
    CsvCp932,
    /// One JSON object a line, UTF-8.
    Jsonl,
}

/// Which of a list's readers.
#[derive(Clone, Debug, Default)]
pub struct Who {
    /// Those in this state; `None`: in every state.
    pub state: Option<SubscriptionState>,
    /// Those who match.
    pub condition: Option<Condition>,
}

/// Readers of one piece.
const READERS: i64 = 500;

/// An export under way.
pub struct Export<'a> {
    store: &'a Reader,
    list: ListId,
    format: Format,
    state: Option<SubscriptionState>,
    condition: Option<Fragment>,
    fields: Vec<Field>,
    language: Language,
    zone: Zone,
    after: SubscriptionId,
    until: SubscriptionId,
    has_begun: bool,
    /// Letters that the encoding lacks.
    pub lost: usize,
    pub readers: usize,
}

impl<'a> Export<'a> {
    /// Exports readers with numbers above `after` and up to `until`.
    pub fn new(
        app: &App,
        store: &'a Reader,
        list: ListId,
        format: Format,
        who: &Who,
        (after, until): (SubscriptionId, SubscriptionId),
    ) -> Result<Export<'a>> {
        let today = Today::new(app.clock.now(), app.settings.zone());
        let condition = match &who.condition {
            Some(condition) => Some(store.condition_sql(list, condition, &today, exports::FIRST)?),
            None => None,
        };
        Ok(Export {
            store,
            list,
            format,
            state: who.state,
            condition,
            fields: store.fields()?,
            language: app.settings.language(),
            zone: app.settings.zone(),
            after,
            until,
            has_begun: false,
            lost: 0,
            readers: 0,
        })
    }

    /// The next bytes; `None` at the end.
    pub fn next_piece(&mut self) -> Result<Option<Vec<u8>>> {
        let readers = self.store.export_page(
            self.list,
            self.state,
            self.condition.as_ref(),
            (self.after, self.until),
            READERS,
        )?;
        let mut text = String::new();
        if !self.has_begun {
            self.has_begun = true;
            self.write_header(&mut text);
        } else if readers.is_empty() {
            return Ok(None);
        }
        for reader in &readers {
            match self.format {
                Format::Jsonl => self.write_json(&mut text, reader),
                Format::Csv | Format::CsvCp932 => self.write_line(&mut text, reader),
            }
        }
        self.after = readers.last().map_or(self.until, |reader| reader.id);
        self.readers += readers.len();
        Ok(Some(self.encoded(text)))
    }

    fn write_header(&self, text: &mut String) {
        if self.format == Format::Jsonl {
            return;
        }
        if self.format == Format::Csv {
            text.push_str(csv::MARK);
        }
        let own = HEADER.iter().map(|title| title.to(self.language));
        text.push_str(&csv::line(own.chain(self.fields.iter().map(|field| field.label.as_str()))));
    }

    fn write_line(&self, text: &mut String, reader: &Exported) {
        let time = |at: Option<Instant>| at.map_or_else(String::new, |at| page_time(at, self.zone));
        let cells = [
            reader.address.clone(),
            reader.name.clone(),
            state_word(reader.state).to(self.language).to_string(),
            time(Some(reader.asked_at)),
            time(reader.joined_at),
            time(reader.left_at),
            tags_cell(&reader.tags),
        ];
        let value = |field: &Field| reader.fields.get(field.key.as_str()).map_or("", String::as_str);
        let values = self.fields.iter().map(value);
        text.push_str(&csv::line(cells.iter().map(String::as_str).chain(values)));
    }

    fn write_json(&self, text: &mut String, reader: &Exported) {
        let time = |at: Option<Instant>| at.map(|at| rfc3339_local(at, self.zone));
        let line = json!({
            "email": reader.address, "name": reader.name, "state": reader.state.word(), "fields": reader.fields,
            "tags": reader.tags, "asked_at": time(Some(reader.asked_at)), "joined_at": time(reader.joined_at),
            "left_at": time(reader.left_at),
        });
        text.push_str(&line.to_string());
        text.push('\n');
    }

    fn encoded(&mut self, text: String) -> Vec<u8> {
        if self.format != Format::CsvCp932 {
            return text.into_bytes();
        }
        let mut bytes = Vec::with_capacity(text.len());
        let mut encoder = SHIFT_JIS.new_encoder();
        let mut rest = text.as_str();
        let mut space = [0; 4096];
        loop {
            let (result, read, written) =
                encoder.encode_from_utf8_without_replacement(rest, &mut space, true);
            bytes.extend_from_slice(space.get(..written).unwrap_or_default());
            rest = rest.get(read..).unwrap_or_default();
            match result {
                EncoderResult::InputEmpty => return bytes,
                EncoderResult::OutputFull => {}
                EncoderResult::Unmappable(letter) => match twin(letter) {
                    Some(twin) => bytes.extend_from_slice(&twin),
                    None => {
                        self.lost += 1;
                        bytes.extend_from_slice(GETA);
                    }
                },
            }
        }
    }
}

/// 〓, which printers put where they lack a letter.
const GETA: &[u8] = &[0x81, 0xAC];

/// The sign of Windows for one of JIS X 0208 that it has under another number.
fn twin(letter: char) -> Option<[u8; 2]> {
    Some(match letter {
        '\u{301C}' => [0x81, 0x60],
        '\u{2016}' => [0x81, 0x61],
        '\u{2212}' => [0x81, 0x7C],
        '\u{00A2}' => [0x81, 0x91],
        '\u{00A3}' => [0x81, 0x92],
        '\u{00AC}' => [0x81, 0xCA],
        '\u{2014}' => [0x81, 0x5C],
        _ => return None,
    })
}

/// The columns of every list, by names that an import knows.
const HEADER: [Text; 7] = [
    readers::ADDRESS,
    readers::READER_NAME,
    readers::STATE,
    readers::ASKED_AT,
    readers::SINCE,
    readers::LEFT_AT,
    transfer::TAGS,
];

fn state_word(state: SubscriptionState) -> Text {
    match state {
        SubscriptionState::Confirmed => readers::CONFIRMED,
        SubscriptionState::Pending => readers::PENDING,
        SubscriptionState::Left => readers::LEFT,
    }
}

/// Tags with commas between them. A comma at the end tells an import that semicolons are part of a tag.
fn tags_cell(tags: &[String]) -> String {
    let cell = tags.join(",");
    if cell.contains([';', '；']) { format!("{cell},") } else { cell }
}
