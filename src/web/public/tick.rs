//! A tick from outside: any pinger that knows the key, or the vendor's poller by a signed call.
//! Not the tick itself: mail/tick.

use crate::app::App;
use crate::error::{Error, Result};
use crate::mail::{outlet, tick, vendor};
use crate::store::Writer;
use crate::update;
use crate::web::access::{Poller, TickCaller};
use crate::web::call::Call;
use crate::web::message::{Method, Reply};

/// GET or POST /tick/KEY: the tick's report as JSON; `too-soon` and `busy` are ordinary answers.
pub fn run(call: &Call, _caller: TickCaller, app: &App, store: &Writer) -> Result<Reply> {
    // HEAD is how link checkers look: it must not start anything.
    if call.request.method == Method::Head {
        return Ok(Reply::json(200, "{}".to_string()));
    }
    let mut transport = outlet::open(app)?;
    let mut report = tick::run(app, store, tick::Source::Url, transport.as_mut())?;
    update::after_tick(app, store, tick::Source::Url, &mut report);
    let json =
        serde_json::to_string(&report).map_err(|cause| Error::fault("writing the tick's report", cause))?;
    Ok(Reply::json(200, json))
}

/// POST /tick: takes in what the call brings, ticks, and answers with the tick's report and the state of the site.
pub fn run_for_vendor(_call: &Call, poller: Poller, app: &App, store: &Writer) -> Result<Reply> {
    let accepted = vendor::accept(app, store, poller.body())?;
    if poller.body().advice.is_none() {
        store.note_advice(None, app.clock.now())?;
    }
    let mut transport = outlet::open(app)?;
    let mut report = tick::run(app, store, tick::Source::Poller, transport.as_mut())?;
    update::after_tick(app, store, tick::Source::Poller, &mut report);
    let mut state = vendor::site_state(app, store)?;
    state.refused = accepted.refused_numbers();
    Ok(Reply::json(200, vendor::answer(&report, &state)?.to_string()))
}
