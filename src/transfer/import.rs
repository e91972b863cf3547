//! Readers in: rows become people or are refused with a reason, and people are taken in piece by piece.
//! Not the file's form (rows, encoding, columns) and not what happens to a reader (store/intake).
//!
//! A row is refused when it does not say whom it speaks of. A value that cannot be read is left out, and the row stands in
//! the file of errors although its reader was taken: nothing is ever dropped without a word.

use std::fs::File;
use std::io::{BufWriter, Read, Write};

use crate::clock::Instant;
use crate::domain::address::Address;
use crate::domain::field::Field;
use crate::domain::id::ImportId;
use crate::domain::import::{Counts, Fate, Newcomer};
use crate::domain::subscriber::Name;
use crate::domain::tag::TagName;
use crate::error::{Error, Refusal, Result};
use crate::store::{Reader, Writer};
use crate::texts::{Language, errors, transfer};
use crate::transfer::columns::{STATES_OF_READERS, Target};
use crate::transfer::csv;
use crate::transfer::encoding::{Encoding, is_utf8_japanese};
use crate::transfer::plan::{Plan, shown};
use crate::transfer::rows::{Row, Rows};

/// Bytes of one piece at most, however many rows these are.
const MOST_BYTES: usize = 2 * 1024 * 1024;

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

/// The rows that were refused, as a file to mend and to import again.
pub struct ErrorsFile {
    out: BufWriter<File>,
    bytes: u64,
    language: Language,
}

impl ErrorsFile {
    /// A file that holds `bytes` bytes of earlier pieces; whatever a killed process wrote behind them is cut off.
    pub fn go_on(mut file: File, bytes: u64, language: Language) -> Result<ErrorsFile> {
        use std::io::{Seek, SeekFrom};
        let placed = file.set_len(bytes).and_then(|()| file.seek(SeekFrom::Start(bytes)));
        placed.map_err(|cause| Error::fault("going on with the file of errors", cause))?;
        Ok(ErrorsFile { out: BufWriter::new(file), bytes, language })
    }

    fn add(&mut self, plan: &Plan, raw: &[u8], why: &str) -> Result<()> {
        if self.bytes == 0 {
            let titles = plan.columns.titles.iter().map(String::as_str);
            let reason = transfer::ERRORS_COLUMN.to(self.language);
            self.write(&format!("{}{}", csv::MARK, csv::line(titles.chain([reason]))))?;
        }
        let mut rows = Rows::new(raw, plan.separator, 0);
        let mut cells: Vec<String> = match rows.next_row()? {
            Some(row) => row.cells().map(|cell| original(plan, cell)).collect(),
            None => Vec::new(),
        };
        cells.resize(cells.len().max(plan.columns.titles.len()), String::new());
        cells.truncate(plan.columns.titles.len().max(1));
        cells.push(why.to_string());
        self.write(&csv::line(cells.iter().map(String::as_str)))
    }

    fn write(&mut self, text: &str) -> Result<()> {
        self.bytes += text.len() as u64;
        self.out.write_all(text.as_bytes()).map_err(|cause| Error::fault("writing the file of errors", cause))
    }

    fn flush(&mut self) -> Result<()> {
        let written = self.out.flush().and_then(|()| self.out.get_ref().sync_data());
        written.map_err(|cause| Error::fault("writing the file of errors", cause))
    }
}

/// A value as it stands in the file, without the guard that it may have had already.
fn original(plan: &Plan, cell: &[u8]) -> String {
    let text = shown(plan.encoding, cell);
    csv::unguarded(&text).to_string()
}

/// Takes a file in, piece by piece.
pub struct Importer<'a, Source> {
    pub store: &'a Writer,
    pub import: ImportId,
    pub plan: &'a Plan,
    pub reader: &'a RowReader,
    pub rows: Rows<Source>,
    pub rules: crate::domain::import::Rules,
    pub errors: Option<ErrorsFile>,
    pub counts: Counts,
    pub language: Language,
    /// The first reasons, for who watches.
    pub first_reasons: Vec<(i64, String)>,
}

/// Rows of one piece, before anything was written.
#[derive(Default)]
struct Piece {
    people: Vec<Newcomer>,
    /// The places of people among the rows, and what was left out of each.
    numbers: Vec<i64>,
    refused: Vec<(i64, String)>,
    left_out: Vec<(i64, String)>,
    /// The rows' bytes and where each ends, for the file of errors.
    raw: Vec<u8>,
    raw_ends: Vec<usize>,
    has_more: bool,
}

/// How a piece ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Went {
    More,
    End,
    /// Somebody stopped the import: the piece was not taken.
    Stopped,
}

impl<Source: Read> Importer<'_, Source> {
    /// Takes up to `most` rows in: people, counts and the place in the file in one transaction.
    pub fn piece(&mut self, most: usize, now: Instant) -> Result<Went> {
        let piece = self.read_piece(most)?;
        let (before, at) = (self.counts, self.rows.at());
        let errors_before = self.errors.as_ref().map_or(0, |errors| errors.bytes);
        let store = self.store;
        let taken = store.transaction(|| {
            let fates = store.take_in(self.import, &self.rules, &piece.people, now)?;
            self.settle(&piece, &fates)?;
            let errors_bytes = self.errors.as_ref().map_or(0, |errors| errors.bytes);
            let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
            match store.move_import(self.import, signed(at), signed(errors_bytes), &self.counts, now)? {
                true => Ok(()),
                false => Err(Error::invalid(errors::IMPORT_NOT_NOW)),
            }
        });
        match taken {
            Ok(()) if piece.has_more => Ok(Went::More),
            Ok(()) => Ok(Went::End),
            Err(error) => {
                self.counts = before;
                if let Some(errors) = &mut self.errors {
                    errors.bytes = errors_before;
                }
                match error.refusal().is_some_and(|refusal| refusal.sentence == errors::IMPORT_NOT_NOW) {
                    true => Ok(Went::Stopped),
                    false => Err(error),
                }
            }
        }
    }

    fn read_piece(&mut self, most: usize) -> Result<Piece> {
        let mut piece = Piece { has_more: true, ..Piece::default() };
        let keeps_raw = self.errors.is_some();
        let mut bytes = 0;
        for number in 0.. {
            if number as usize >= most || bytes > MOST_BYTES {
                break;
            }
            let Some(row) = self.rows.next_row()? else {
                piece.has_more = false;
                break;
            };
            bytes += row.raw.len();
            if keeps_raw {
                piece.raw.extend_from_slice(row.raw);
                piece.raw_ends.push(piece.raw.len());
            }
            match self.reader.read(&row) {
                Ok(read) => {
                    let notes = read.left_out.iter().map(|refusal| (number, say(refusal, self.language)));
                    piece.left_out.extend(notes);
                    piece.numbers.push(number);
                    piece.people.push(read.person);
                }
                Err(error) => piece.refused.push((number, reason(&error, self.language)?)),
            }
        }
        Ok(piece)
    }

    /// Counts, and writes down what was refused, in the order of the file.
    fn settle(&mut self, piece: &Piece, fates: &[Fate]) -> Result<()> {
        let first = self.counts.rows;
        let mut notes: Vec<(i64, String)> = piece.refused.clone();
        piece.refused.iter().for_each(|_| self.counts.reject());
        for (number, fate) in piece.numbers.iter().zip(fates) {
            self.counts.count(*fate);
            let sentence = match fate {
                Fate::Suppressed => errors::ADDRESS_SUPPRESSED,
                Fate::Left => errors::IMPORT_ROW_LEFT,
                Fate::Skipped => continue,
                Fate::Added | Fate::Updated => {
                    let from = piece.left_out.partition_point(|(other, _)| other < number);
                    let own = piece.left_out.iter().skip(from).take_while(|(other, _)| other == number);
                    for note in own {
                        self.counts.values_refused += 1;
                        notes.push(note.clone());
                    }
                    continue;
                }
            };
            notes.push((*number, reason(&Error::invalid(sentence), self.language)?));
        }
        notes.sort_by_key(|(number, _)| *number);
        let room = 20_usize.saturating_sub(self.first_reasons.len());
        self.first_reasons
            .extend(notes.iter().take(room).map(|(number, why)| (first + number + 1, why.clone())));
        let Some(errors) = &mut self.errors else { return Ok(()) };
        for (number, why) in &notes {
            let place = usize::try_from(*number).unwrap_or(0);
            let from =
                place.checked_sub(1).and_then(|before| piece.raw_ends.get(before)).copied().unwrap_or(0);
            let to = piece.raw_ends.get(place).copied().unwrap_or(from);
            errors.add(self.plan, piece.raw.get(from..to).unwrap_or_default(), why)?;
        }
        if notes.is_empty() { Ok(()) } else { errors.flush() }
    }
}

/// Why a row was refused; a failure of ours stays one.
fn reason(error: &Error, language: Language) -> Result<String> {
    error.refusal().map(|refusal| say(refusal, language)).ok_or_else(|| error.clone())
}

/// What an import would do, without doing it. `seen` remembers who came before in the same file.
pub struct Rehearsal<'a, Source> {
    pub store: &'a Reader,
    pub reader: &'a RowReader,
    pub rows: Rows<Source>,
    pub rules: crate::domain::import::Rules,
    pub counts: Counts,
    pub seen: Seen,
}

impl<Source: Read> Rehearsal<'_, Source> {
    /// Looks at up to `most` rows; `false` at the end of the file.
    pub fn piece(&mut self, most: usize) -> Result<bool> {
        let mut people = Vec::new();
        for _ in 0..most {
            let Some(row) = self.rows.next_row()? else {
                self.count(&people)?;
                return Ok(false);
            };
            match self.reader.read(&row) {
                Ok(read) => {
                    self.counts.values_refused += i64::try_from(read.left_out.len()).unwrap_or(0);
                    people.push(read.person);
                }
                Err(Error::Invalid(_)) => self.counts.reject(),
                Err(other) => return Err(other),
            }
        }
        self.count(&people)?;
        Ok(true)
    }

    fn count(&mut self, people: &[Newcomer]) -> Result<()> {
        let fates = self.store.foresee(&self.rules, people)?;
        let again = match self.rules.on_duplicate {
            crate::domain::import::OnDuplicate::Skip => Fate::Skipped,
            _ => Fate::Updated,
        };
        for (person, fate) in people.iter().zip(fates) {
            let is_new = fate != Fate::Added || self.seen.is_new(&person.key);
            self.counts.count(if is_new { fate } else { again });
        }
        Ok(())
    }
}

/// Who came already, by 32 bits of a hash each: four bytes a reader, and wrong once in a billion.
pub struct Seen {
    slots: Vec<u32>,
    used: usize,
}

impl Seen {
    /// Room for about as many rows as a file of this size has; beyond it, readers who come twice count twice.
    pub fn for_file(bytes: u64) -> Seen {
        let rows = usize::try_from(bytes / 24).unwrap_or(usize::MAX).clamp(512, 1 << 20);
        Seen { slots: vec![0; (rows * 2).next_power_of_two()], used: 0 }
    }

    fn is_new(&mut self, key: &str) -> bool {
        use std::hash::{BuildHasher, Hasher};
        let mut hasher = std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default().build_hasher();
        hasher.write(key.as_bytes());
        let hash = hasher.finish();
        let mark = u32::try_from(hash >> 32).unwrap_or(0).max(1);
        let mask = self.slots.len() - 1;
        let mut place = usize::try_from(hash & 0xFFFF_FFFF).unwrap_or(0) & mask;
        loop {
            match self.slots.get_mut(place) {
                Some(slot) if *slot == mark => return false,
                Some(slot) if *slot == 0 => {
                    if self.used * 8 < mask * 7 {
                        *slot = mark;
                        self.used += 1;
                    }
                    return true;
                }
                _ => place = (place + 1) & mask,
            }
        }
    }
}
