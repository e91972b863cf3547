//! Personalisation: `{{ name or "お客様" }}` in a subject, a text or an HTML part, on fuel.
//! Not a programming language: no files, no includes, no functions, and an end to every loop.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};

use crate::error::{Error, Result};
use crate::texts::errors;

/// The words that stand for something; `field.KEY` stands for the list's own fields.
pub const VARIABLES: &[&str] =
    &["name", "email", "field", "list_title", "unsubscribe_url", "preferences_url", "confirm_url"];

/// What stands for something in a step's mail only.
pub const STEP_VARIABLES: &[&str] = &["sequence_unsubscribe_url"];

/// Enough for any newsletter: some 100,000 steps, or 6 MB moved about.
pub const USUAL_FUEL: u64 = 100_000;

const OUTPUT_LIMIT: usize = 1024 * 1024;
const SOURCE_LIMIT: usize = 1024 * 1024;
const NAME: &str = "message";

/// What is filled in for one reader.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    pub name: &'a str,
    pub email: &'a str,
    pub field: &'a BTreeMap<String, String>,
    pub list_title: &'a str,
    pub unsubscribe_url: &'a str,
    pub preferences_url: &'a str,
    /// Where a reader leaves the sequence whose step this is; empty in other mails.
    pub sequence_unsubscribe_url: &'a str,
    /// Where a confirmation request is answered.
    pub confirm_url: &'a str,
}

/// A text with places to fill in, read once and filled in for many readers.
pub struct Template {
    source: Source,
    is_html: bool,
}

enum Source {
    /// Nothing to fill in.
    Fixed(String),
    /// The engine keeps the fuel in itself, so each filling-in borrows it.
    Compiled { engine: Box<RefCell<Environment<'static>>>, fields: Vec<String> },
}

impl Template {
    /// Reads a text; an unknown word or a slip in the writing is refused with its line.
    pub fn parse(source: &str, is_html: bool) -> Result<Template> {
        Template::parse_with(source, is_html, &[])
    }

    /// The same for a text that has further words.
    pub fn parse_with(source: &str, is_html: bool, further: &[&str]) -> Result<Template> {
        if !source.contains("{{") && !source.contains("{%") {
            return Ok(Template { source: Source::Fixed(source.to_string()), is_html });
        }
        if source.len() > SOURCE_LIMIT {
            return Err(Error::invalid(errors::FIELD_TOO_LONG)
                .with("field", NAME)
                .with("limit", SOURCE_LIMIT.to_string()));
        }
        let engine = engine(source, is_html)?;
        let words = words(&engine)?;
        refuse_unknown(source, &words, &[VARIABLES, further].concat())?;
        let fields = words.iter().filter_map(|word| word.strip_prefix("field.")).map(first_name).collect();
        let source = Source::Compiled { engine: Box::new(RefCell::new(engine)), fields };
        Template { source, is_html }.tried()
    }

    /// Unknown filters and endless loops only show themselves when a text is filled in: so it is, once, for nobody.
    /// What depends on a reader's values is left to the real run.
    fn tried(self) -> Result<Template> {
        let nobody = Fields {
            name: "x",
            email: "x@example.jp",
            field: &BTreeMap::new(),
            list_title: "x",
            unsubscribe_url: "https://example.jp/",
            preferences_url: "https://example.jp/",
            sequence_unsubscribe_url: "https://example.jp/",
            confirm_url: "https://example.jp/",
        };
        match self.fill(&nobody, USUAL_FUEL)? {
            Err(why) if is_slip(why.kind()) => Err(not_valid(&why)),
            _ => Ok(self),
        }
    }

    /// The keys after `field.`, to be compared with the fields that the list has.
    pub fn fields(&self) -> &[String] {
        match &self.source {
            Source::Fixed(_) => &[],
            Source::Compiled { fields, .. } => fields,
        }
    }

    /// The text for one reader. It ends in an error when `fuel` is used up or the text grows past 1 MiB.
    pub fn render(&self, fields: &Fields<'_>, fuel: u64) -> Result<String> {
        self.fill(fields, fuel)?.map_err(|why| not_valid(&why))
    }

    fn fill(&self, fields: &Fields<'_>, fuel: u64) -> Result<std::result::Result<String, minijinja::Error>> {
        let engine = match &self.source {
            Source::Fixed(text) => return Ok(Ok(text.clone())),
            Source::Compiled { engine, .. } => engine,
        };
        let fault = |why: String| Error::fault("filling in a template", why);
        let mut engine = engine.try_borrow_mut().map_err(|why| fault(why.to_string()))?;
        engine.set_fuel(Some(fuel));
        let mut page = Bounded::default();
        let filled = engine
            .get_template(NAME)
            .and_then(|template| template.render_captured_to(self.context(fields), &mut page).map(|_| ()));
        match filled {
            Ok(()) => String::from_utf8(page.bytes).map(Ok).map_err(|why| fault(why.to_string())),
            Err(why) => Ok(Err(why)),
        }
    }

    fn context(&self, fields: &Fields<'_>) -> Value {
        let url = |url: &str| if self.is_html { safe_url(url) } else { Value::from(url) };
        let field: BTreeMap<String, Value> =
            fields.field.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect();
        Value::from(BTreeMap::from([
            ("name", Value::from(fields.name)),
            ("email", Value::from(fields.email)),
            ("field", Value::from(field)),
            ("list_title", Value::from(fields.list_title)),
            ("unsubscribe_url", url(fields.unsubscribe_url)),
            ("preferences_url", url(fields.preferences_url)),
            ("sequence_unsubscribe_url", url(fields.sequence_unsubscribe_url)),
            ("confirm_url", url(fields.confirm_url)),
        ]))
    }
}

fn engine(source: &str, is_html: bool) -> Result<Environment<'static>> {
    let mut engine = Environment::new();
    // Only what a letter needs: `safe` would let a reader's name write HTML.
    let globals: Vec<String> = engine.globals().map(|(name, _)| name.to_string()).collect();
    for global in globals {
        engine.remove_global(&global);
    }
    engine.remove_filter("safe");
    engine.set_undefined_behavior(UndefinedBehavior::Lenient);
    engine.set_auto_escape_callback(move |_| if is_html { AutoEscape::Html } else { AutoEscape::None });
    engine.set_syntax(syntax()?);
    engine.add_template_owned(NAME, source.to_string()).map_err(|why| not_valid(&why))?;
    Ok(engine)
}

/// Tags that stand alone on a line leave no empty line; `{#` stays what it is in a style sheet.
fn syntax() -> Result<SyntaxConfig> {
    SyntaxConfig::builder()
        .comment_delimiters("{##", "##}")
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .map_err(|why| Error::fault("setting up templates", why))
}

fn words(engine: &Environment<'static>) -> Result<BTreeSet<String>> {
    let template = engine.get_template(NAME).map_err(|why| not_valid(&why))?;
    Ok(template.undeclared_variables(true).into_iter().collect())
}

fn refuse_unknown(source: &str, words: &BTreeSet<String>, known: &[&str]) -> Result<()> {
    let is_known = |word: &str| match word.split_once('.') {
        Some((first, _)) => first == "field",
        None => known.contains(&word),
    };
    let Some(word) = words.iter().find(|word| !is_known(word)) else { return Ok(()) };
    let name = word.split('.').next().unwrap_or(word);
    let line = source.lines().position(|line| line.contains(name)).map_or(1, |line| line + 1);
    Err(Error::invalid(errors::TEMPLATE_UNKNOWN_WORD)
        .with("line", line.to_string())
        .with("name", word.as_str())
        .with("known", known.join(", ").replace("field", "field.KEY")))
}

fn first_name(path: &str) -> String {
    path.split('.').next().unwrap_or(path).to_string()
}

/// Escaped by hand, since the engine also writes `/` as `&#x2f;`: right, but unreadable and not found by link tools.
fn safe_url(url: &str) -> Value {
    let escaped = url
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;");
    Value::from_safe_string(escaped)
}

fn is_slip(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnknownFilter
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownMethod
            | ErrorKind::TooManyArguments
            | ErrorKind::MissingArgument
            | ErrorKind::OutOfFuel
            | ErrorKind::WriteFailure
    )
}

fn not_valid(why: &minijinja::Error) -> Error {
    if matches!(why.kind(), ErrorKind::OutOfFuel | ErrorKind::WriteFailure) {
        return Error::invalid(errors::TEMPLATE_TOO_MUCH);
    }
    let line = why.line().map_or_else(|| "-".to_string(), |line| format!("L{line}"));
    let detail = why.detail().map_or_else(|| why.kind().to_string(), str::to_string);
    Error::invalid(errors::TEMPLATE_NOT_VALID).with("where", line).with("why", detail)
}

/// Takes what is written, up to the limit.
#[derive(Default)]
struct Bounded {
    bytes: Vec<u8>,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > OUTPUT_LIMIT {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
