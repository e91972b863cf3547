//! The two GETs that write: a counted link leads on, an invisible picture is served. Each may count, and nothing else.
//! Not the making of the links: mail/tracking. Nothing of the visitor is kept but that it happened.

use crate::app::App;
use crate::domain::id::{LinkId, MessageId, SubscriptionId};
use crate::domain::token::Purpose;
use crate::error::{Error, Result};
use crate::store::engagements::Counter;
use crate::texts::errors;
use crate::web::call::Call;
use crate::web::message::{Method, Reply};

/// GET /c/TOKEN: on to where the link leads, which stands in the table and never in the URL.
pub fn click(call: &Call, app: &App, counter: &Counter) -> Result<Reply> {
    let wrong = || Error::not_found(errors::COUNTED_LINK_NOT_VALID);
    let (link, reader) = app.key.open_pair(Purpose::Click, call.parameter()).ok_or_else(wrong)?;
    let (link, reader) = (LinkId(link), SubscriptionId(reader));
    let store = counter.reader();
    let (message, url) = store.link(link)?.ok_or_else(wrong)?;
    if call.request.method == Method::Get {
        let tracking = store.list(store.message(message)?.list)?.tracking;
        let counted = match tracking.clicks {
            true => counter.click(link, reader, tracking.opens, app.clock.now()),
            false => Ok(()),
        };
        forgive_busy(counted)?;
    }
    Ok(Reply::text(302, String::new())
        .with_header("location", url)
        .with_header("referrer-policy", "no-referrer")
        .with_header("x-robots-tag", "noindex"))
}

/// GET /o/TOKEN.gif: always a picture, whatever the token is worth.
pub fn open(call: &Call, app: &App, counter: &Counter) -> Result<Reply> {
    let token = call.parameter().strip_suffix(".gif").unwrap_or_default();
    let opened = app.key.open_pair(Purpose::Open, token);
    if let Some((message, reader)) = opened.filter(|_| call.request.method == Method::Get) {
        let message = MessageId(message);
        let counts = counter.reader().list(counter.reader().message(message)?.list)?.tracking.opens;
        let counted = match counts {
            true => counter.open(message, SubscriptionId(reader), app.clock.now()),
            false => Ok(()),
        };
        forgive_busy(counted)?;
    }
    Ok(Reply::bytes(200, "image/gif", PICTURE.to_vec()))
}

/// A reader's way does not end at our full disk or busy database.
fn forgive_busy(counted: Result<()>) -> Result<()> {
    match counted {
        Err(Error::Busy(_) | Error::Configuration(_)) => Ok(()),
        other => other,
    }
}

/// One transparent pixel.
const PICTURE: &[u8] = &[
    0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff,
    0xff, 0xff, 0x21, 0xf9, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x2c, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00,
    0x01, 0x00, 0x00, 0x02, 0x02, 0x44, 0x01, 0x00, 0x3b,
];
