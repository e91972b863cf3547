//! A tick by URL: any pinger that knows the key.
//! Not the tick itself: mail/tick.

use crate::app::App;
use crate::error::{Error, Result};
use crate::mail::{outlet, tick};
use crate::store::Writer;
use crate::web::access::TickCaller;
use crate::web::call::Call;
use crate::web::message::{Method, Reply};

/// GET or POST /tick/KEY: the tick's report as JSON; `too-soon` and `busy` are ordinary answers.
pub fn run(call: &Call, _caller: TickCaller, app: &App, store: &Writer) -> Result<Reply> {
    // HEAD is how link checkers look: it must not start anything.
    if call.request.method == Method::Head {
        return Ok(Reply::json(200, "{}".to_string()));
    }
    let mut transport = outlet::open(app)?;
    let report = tick::run(app, store, tick::Source::Url, transport.as_mut())?;
    let json =
        serde_json::to_string(&report).map_err(|cause| Error::fault("writing the tick's report", cause))?;
    Ok(Reply::json(200, json))
}
