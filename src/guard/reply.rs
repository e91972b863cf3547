//! What is said when the work is cut off: a whole 503 page for a browser, one line for a command line.
//! Not the pages of errors that leave time to be shown nicely: those are in web/view.

use crate::texts::Language::{En, Ja};
use crate::texts::{common, errors};

/// The 503 reply, with `headers` (each ending in CRLF) after its status.
pub(super) fn page(headers: &str) -> String {
    let (title, sentence, number) = (common::CUT_OFF_TITLE, errors::CUT_OFF.text, errors::CUT_OFF.number);
    format!(
        "Status: 503 Service Unavailable\r\n{headers}Content-Type: text/html; charset=utf-8\r\n\
         Retry-After: 120\r\nCache-Control: no-store\r\n\r\n\
         <!doctype html>\n<html lang=\"ja\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{}</title>\n\
         <style>body{{font-family:sans-serif;line-height:1.7;max-width:36em;margin:3em auto;padding:0 1em}}</style>\n\
         </head>\n<body>\n<main>\n<h1>{}</h1>\n<p>{} (E{number})</p>\n\
         <section lang=\"en\">\n<h2>{}</h2>\n<p>{} (E{number})</p>\n</section>\n</main>\n</body>\n</html>\n",
        title.to(Ja),
        title.to(Ja),
        sentence.to(Ja),
        title.to(En),
        sentence.to(En),
    )
}

/// What a command line sees instead of the page.
pub(super) fn notice() -> String {
    let (sentence, number) = (errors::CUT_OFF.text, errors::CUT_OFF.number);
    format!("neo: {} {} (E{number})\n", sentence.to(Ja), sentence.to(En))
}
