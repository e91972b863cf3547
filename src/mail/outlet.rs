//! The transport that the settings name, with its password and its children's limits.
//! Not the transports: transport.

use std::time::Duration;

use crate::app::App;
use crate::error::Result;
use crate::guard;
use crate::mail::transport::{self, Transport};
use crate::settings;

/// The longest that one answer of a mail server may take: less than any tick.
const PATIENCE: Duration = Duration::from_secs(15);

/// The site's transport; it connects when the first mail goes out.
pub fn open(app: &App) -> Result<Box<dyn Transport>> {
    let url = transport::parse(app.settings.value(&settings::TRANSPORT))?;
    let password = app.secret(&settings::TRANSPORT_PASSWORD)?;
    let password = (!password.is_empty()).then_some(password.as_str());
    Ok(transport::open(&url, password, app.folder.path(), PATIENCE, guard::before_child))
}
