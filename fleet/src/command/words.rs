//! Texts in both languages from the command line: as they are, or `@FILE` for the text of a file.
//! Not their limits: incidents.

use clap::Args;
use neo::error::{Error, Result};
use neo::link::feed::Words;

use crate::texts::errors;

/// Larger files are no text to tell customers.
const LARGEST: u64 = 64 * 1024;

/// Defines the two flags of one text.
macro_rules! words_args {
    ($($(#[$meta:meta])* $name:ident $ja:ident $en:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Args, Default)]
        pub(super) struct $name {
            /// In Japanese; @FILE reads a file.
            #[arg(long, value_name = "TEXT|@FILE")]
            $ja: Option<String>,
            /// In English; @FILE reads a file.
            #[arg(long, value_name = "TEXT|@FILE")]
            $en: Option<String>,
        }
        impl $name {
            /// Both languages, or neither.
            pub(super) fn words(&self) -> Result<Option<Words>> {
                both(stringify!($ja), self.$ja.as_deref(), self.$en.as_deref())
            }
        }
    )*};
}

words_args! {
    TitleArgs title_ja title_en;
    TextArgs text_ja text_en;
    ProcedureArgs procedure_ja procedure_en;
    CauseArgs cause_ja cause_en;
    PreventionArgs prevention_ja prevention_en;
    CompensationArgs compensation_ja compensation_en;
}

/// Text that must be there.
pub(super) fn needed(what: &'static str, words: Option<Words>) -> Result<Words> {
    words.ok_or_else(|| Error::invalid(errors::WORDS_MISSING).with("what", what))
}

fn both(name: &'static str, ja: Option<&str>, en: Option<&str>) -> Result<Option<Words>> {
    match (ja, en) {
        (None, None) => Ok(None),
        (Some(ja), Some(en)) => Ok(Some(Words::new(read(ja)?, read(en)?))),
        _ => Err(Error::invalid(errors::WORDS_MISSING).with("what", name.trim_end_matches("_ja"))),
    }
}

fn read(typed: &str) -> Result<String> {
    let Some(file) = typed.strip_prefix('@') else { return Ok(typed.trim().to_string()) };
    let refuse =
        |why: String| Error::invalid(errors::TEXT_FILE_UNREADABLE).with("file", file).with("why", why);
    let length = std::fs::metadata(file).map_err(|cause| refuse(cause.to_string()))?.len();
    if length > LARGEST {
        return Err(refuse(format!("> {} KiB", LARGEST / 1024)));
    }
    let text = std::fs::read_to_string(file).map_err(|cause| refuse(cause.to_string()))?;
    Ok(text.trim_start_matches('\u{feff}').trim().replace("\r\n", "\n"))
}
