//! Mails to the owner about the site itself: once for each matter, by any way that is open, outside of the ledger.
//! Not mails to readers (deliver), and not the dashboard, which says the same as long as it lasts.

use crate::app::App;
use crate::clock::Instant;
use crate::domain::address::Address;
use crate::domain::calendar::page_time;
use crate::domain::id::MessageId;
use crate::error::Result;
use crate::mail::compose::{Letter, LetterKind, compose};
use crate::mail::pace::is_open;
use crate::mail::tick::{SILENT_AFTER, Source};
use crate::mail::transport::{Envelope, Transport};
use crate::settings;
use crate::store::{Reader, Writer};
use crate::texts::{Text, activation as key_texts, mails};

/// Without a beat for so long, the owner is told when the site wakes.
const ASLEEP: i64 = 26 * 3600;

/// Notes that the clocks were silent for long, as far as this tick can tell: it comes from another source, or it is the
/// clock that is back. Before the beat of this tick is noted.
pub fn look_at_clocks(store: &Writer, source: Source, now: Instant) -> Result<()> {
    let is_clock = source.is_clock();
    if !is_clock && !matches!(source, Source::Visit | Source::Admin) {
        return Ok(());
    }
    match last_clock(store)? {
        // A clock that was never set is told of by the dashboard.
        None => Ok(()),
        // A sleep that made nothing late is nobody's trouble.
        Some(at) if now - at > ASLEEP => match store.has_late_work(now - SILENT_AFTER)? {
            true => store.add_notice("clock", "", now),
            false => Ok(()),
        },
        Some(_) if is_clock => store.remove_notice("clock", ""),
        Some(_) => Ok(()),
    }
}

/// When the host's cron, the vendor's poller or the address with a key was last heard.
pub fn last_clock(store: &Reader) -> Result<Option<Instant>> {
    let clocks = [Source::Cron, Source::Poller, Source::Url];
    clocks.iter().try_fold(None, |last, clock| Ok(store.last_beat(clock.word())?.max(last)))
}

/// Mails what has not been told yet. Marked before it is handed over: a notice is never sent twice.
pub fn send(app: &App, store: &Writer, transport: &mut dyn Transport) -> Result<()> {
    let waiting = store.unmailed_notices()?;
    if waiting.is_empty() {
        return Ok(());
    }
    let Some(owner) = store.owner_address()? else { return Ok(()) };
    for (kind, subject) in waiting {
        let mut open = None;
        for way in transport.ways() {
            if open.is_none() && is_open(store, way.number, app.clock.now())? {
                open = Some(way.number);
            }
        }
        // Told when there is a way again, if it is still true then.
        let Some(way) = open else { return Ok(()) };
        let Some((title, text)) = words(app, store, &kind, &subject)? else {
            store.remove_notice(&kind, &subject)?;
            continue;
        };
        let to = Address::parse(&owner)?;
        let (from, mail) = letter(app, store, &to, &title, &text, LetterKind::Automatic)?;
        store.mark_notice_mailed(&kind, &subject, app.clock.now())?;
        transport.take(way);
        // Whatever becomes of it: the dashboard says it too.
        let _ = transport.deliver(&Envelope { from: &from, to: &to }, &mail);
    }
    Ok(())
}

fn words(app: &App, store: &Reader, kind: &str, subject: &str) -> Result<Option<(String, String)>> {
    let language = app.settings.language();
    let base = app.settings.value(&settings::BASE_URL);
    let say = |title: Text, text: Text, values: &[(&str, &str)]| {
        (title.with(language, values), text.with(language, values))
    };
    Ok(match kind {
        "hold" => {
            let message = MessageId(subject.parse().unwrap_or(0));
            let hold = store.holds()?.into_iter().find(|hold| hold.message == message);
            match hold {
                None => None,
                Some(hold) => {
                    let (subject, _) = store.message_subject(message)?;
                    let url = format!("{base}/admin/settings/pace");
                    let values = [("subject", subject.as_str()), ("why", &hold.reply), ("url", &url)];
                    Some(say(mails::HOLD_SUBJECT, mails::HOLD_TEXT, &values))
                }
            }
        }
        "login" => {
            let url = format!("{base}/admin/settings/sending");
            Some(say(mails::LOGIN_SUBJECT, mails::LOGIN_TEXT, &[("url", &url)]))
        }
        "key-soon" | "key-over" => key_words(app, store, kind, subject)?,
        "clock" => {
            let url = format!("{base}/admin/settings/tick");
            Some(say(mails::CLOCK_SUBJECT, mails::CLOCK_TEXT, &[("url", &url)]))
        }
        _ => None,
    })
}

/// Of a key that ends or has ended; nothing if it was renewed meanwhile.
fn key_words(app: &App, store: &Reader, kind: &str, until: &str) -> Result<Option<(String, String)>> {
    let until = until.parse().unwrap_or(0);
    let is_still = store.activation()?.is_some_and(|activation| activation.valid_until == until);
    let (title, text) = match kind {
        "key-soon" => (key_texts::SOON_SUBJECT, key_texts::SOON_TEXT),
        _ => (key_texts::OVER_SUBJECT, key_texts::OVER_TEXT),
    };
    let until = page_time(until, app.settings.zone());
    let url = format!("{}/admin/settings/activation", app.settings.value(&settings::BASE_URL));
    let values = [("until", until.as_str()), ("url", &url)];
    let language = app.settings.language();
    Ok(is_still.then(|| (title.with(language, &values), text.with(language, &values))))
}

/// A letter to the owner, with its return path. From a list's sender, which is the one that will be used for readers;
/// without a list the owner writes to herself.
pub fn letter(
    app: &App,
    store: &Reader,
    to: &Address,
    subject: &str,
    text: &str,
    kind: LetterKind<'_>,
) -> Result<(String, Vec<u8>)> {
    let from = match store.lists()?.first() {
        Some(list) => Address::parse(&list.from_address)?,
        None => to.clone(),
    };
    let message_id = format!("{}@{}", crate::domain::token::random_code(26)?, from.domain());
    let mail = compose(&Letter {
        from_name: app.settings.value(&settings::SENDER_NAME),
        from_address: &from,
        reply_to: None,
        to,
        to_name: None,
        subject,
        text,
        html: None,
        message_id: &message_id,
        date: app.clock.now(),
        zone: app.settings.zone(),
        kind,
    })?;
    let return_path = match app.settings.value(&settings::RETURN_PATH) {
        "" => from.as_str().to_string(),
        path => path.replace("{token}", "test"),
    };
    Ok((return_path, mail))
}
