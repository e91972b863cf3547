//! How many readers opened a message and clicked in it, as its page shows it.
//! Not the counting: store/engagements.

use crate::domain::delivery::Ledger;
use crate::domain::id::MessageId;
use crate::domain::list::Tracking;
use crate::error::Result;
use crate::store::Reader;
use crate::texts::{Language, feedback};
use crate::web::admin::page;
use crate::web::view::{self, Column, Markup, html};

const LINKS: i64 = 50;

/// The card of a message's openings and clicks; nothing where nothing is counted and nothing was.
pub(super) fn card(
    store: &Reader,
    message: MessageId,
    tracking: Tracking,
    ledger: &Ledger,
    language: Language,
) -> Result<Markup> {
    let counts = store.engagement_counts(message)?;
    let links = store.links_of(message, LINKS)?;
    let shows_opens = tracking.opens || counts.openers > 0;
    let shows_clicks = tracking.clicks || counts.clickers > 0;
    if !shows_opens && !shows_clicks {
        return Ok(html! {});
    }
    let tile = |label: &str, readers: i64| {
        view::stat(label, &page::number(readers), &rate(readers, ledger.sent + ledger.bounced, language))
    };
    let mut tiles = Vec::new();
    if shows_opens {
        tiles.push(tile(feedback::COUNTED_OPENERS.to(language), counts.openers));
    }
    if shows_clicks {
        tiles.push(tile(feedback::COUNTED_CLICKERS.to(language), counts.clickers));
    }
    let rows: Vec<Vec<Markup>> =
        links.iter().map(|link| vec![html! { (link.url) }, html! { (page::number(link.clicks)) }]).collect();
    let columns = [
        Column::main(feedback::COUNTED_LINK.to(language)),
        Column::number(feedback::COUNTED_CLICKS.to(language)),
    ];
    Ok(view::card(
        feedback::COUNTED_TITLE.to(language),
        html! {
            (view::stats(&tiles))
            @if !rows.is_empty() { (view::table(feedback::COUNTED_TITLE.to(language), &columns, &rows)) }
            p.hint { (feedback::COUNTED_CAVEAT.to(language)) }
        },
    ))
}

/// `12.5% of 1,000 sent`; nothing while nothing was sent.
fn rate(readers: i64, sent: i64, language: Language) -> String {
    if sent <= 0 {
        return String::new();
    }
    let tenths = (readers * 1000 + sent / 2) / sent;
    let rate = format!("{}.{}", tenths / 10, tenths % 10);
    feedback::COUNTED_RATE.with(language, &[("count", &page::number(sent)), ("rate", &rate)])
}
