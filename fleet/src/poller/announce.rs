//! What a breaker that changed means for people: a line in the audit, and a draft of an incident when it opens.
//! Not the breaker (record), and nothing that customers see: staff confirm or dismiss the draft.

use neo::clock::Instant;
use neo::error::Result;
use neo::link::feed::Words;
use neo::texts::Language;

use super::record::Change;
use super::schedule::DAY;
use crate::incidents;
use crate::store::Store;
use crate::texts::poller as texts;

const WHO: &str = "poller";

pub(crate) fn announce(store: &mut Store, change: &Change, now: Instant) -> Result<()> {
    match change {
        Change::Opened { provider, called, stopped } => store.transaction(|store| {
            store.audit(now, WHO, "breaker opened", provider)?;
            let began_at = store.silent_since(provider, now - DAY)?.unwrap_or(now).min(now);
            let what = seen(provider, *called, *stopped);
            let incident = incidents::draft_for_provider(store, provider, &what, began_at, now)?;
            store.set_breaker_incident(provider, &incident)
        }),
        Change::OpenedAgain { provider } => store.audit(now, WHO, "breaker opened again", provider),
        Change::Closed { provider } => store.audit(now, WHO, "breaker closed", provider),
    }
}

fn seen(provider: &str, called: i64, stopped: i64) -> Words {
    let (called, stopped) = (called.to_string(), stopped.to_string());
    let values = [("provider", provider), ("called", called.as_str()), ("stopped", stopped.as_str())];
    let say = |language| texts::PROVIDER_STOPPED.with(language, &values);
    Words { ja: say(Language::Ja), en: say(Language::En) }
}
