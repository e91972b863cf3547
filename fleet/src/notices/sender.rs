//! From whom notices come, by which way they leave, and who of the staff is reminded: the fleet's own settings.
//! Not an install's settings, and not a second SMTP: the way out is neo's transport.

use std::time::Duration;

use neo::domain::address::Address;
use neo::domain::calendar::TimeOfDay;
use neo::error::{Error, Result};
use neo::guard;
use neo::mail::transport::{self, Transport};

use crate::app::Fleet;
use crate::store::Store;
use crate::texts::errors;

/// The longest that one answer of a mail server may take; a lease lives much longer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Where the fleet keeps each.
pub const TRANSPORT: &str = "notice.transport";
pub const FROM_NAME: &str = "notice.from_name";
pub const FROM_ADDRESS: &str = "notice.from_address";
pub const STAFF: &str = "notice.staff";
pub const OFFICE_CLOSES: &str = "incident.office_closes";
pub const AFTER_REPORT_DAYS: &str = "incident.after_report_days";
/// All of them, for who looks.
pub const ALL: [&str; 6] = [TRANSPORT, FROM_NAME, FROM_ADDRESS, STAFF, OFFICE_CLOSES, AFTER_REPORT_DAYS];

/// Who writes.
pub struct Sender {
    pub name: String,
    pub address: Address,
}

/// The sender, or a refusal that says what to set.
pub fn sender(store: &mut Store) -> Result<Sender> {
    let address =
        store.meta(FROM_ADDRESS)?.ok_or_else(|| Error::configuration(errors::NOTICES_NOT_SET_UP))?;
    let name = store.meta(FROM_NAME)?.unwrap_or_default();
    Ok(Sender { name, address: Address::parse(&address)? })
}

/// The way out; connects at the first mail. Its password lies in the fleet's folder, closed to everybody else.
pub fn transport(fleet: &mut Fleet) -> Result<Box<dyn Transport>> {
    let setting =
        fleet.store.meta(TRANSPORT)?.ok_or_else(|| Error::configuration(errors::NOTICES_NOT_SET_UP))?;
    let url = transport::parse(&setting)?;
    let file = fleet.data.path().join("mail-password");
    let password = match std::fs::read_to_string(&file) {
        Ok(password) => Some(password.trim_end_matches(['\r', '\n']).to_string()),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => None,
        Err(cause) => return Err(Error::fault("reading the password of the mail server", cause)),
    };
    Ok(transport::open(&url, password.as_deref(), fleet.data.path(), PATIENCE, guard::before_child))
}

/// The addresses of those who are reminded.
pub fn staff(store: &mut Store) -> Result<Vec<String>> {
    let listed = store.meta(STAFF)?.unwrap_or_default();
    Ok(listed.split(',').map(str::trim).filter(|address| !address.is_empty()).map(str::to_string).collect())
}

/// What is typed for the settings; each is checked before it is kept.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub transport: Option<String>,
    /// `Name <address>` or an address.
    pub from: Option<String>,
    pub staff: Option<String>,
    pub office_closes: Option<String>,
    pub after_report_days: Option<i64>,
}

/// Checks and keeps what was typed; all of it or nothing.
pub fn put(store: &mut Store, typed: &Typed) -> Result<()> {
    store.transaction(|store| {
        if let Some(url) = &typed.transport {
            transport::parse(url)?;
            store.set_meta(TRANSPORT, url)?;
        }
        if let Some(from) = &typed.from {
            let (name, address) = name_and_address(from)?;
            store.set_meta(FROM_NAME, &name)?;
            store.set_meta(FROM_ADDRESS, address.to_string().as_str())?;
        }
        if let Some(staff) = &typed.staff {
            let addresses = staff.split(',').filter(|address| !address.trim().is_empty());
            let checked =
                addresses.map(|address| Address::parse(address.trim()).map(|address| address.to_string()));
            store.set_meta(STAFF, &checked.collect::<Result<Vec<_>>>()?.join(","))?;
        }
        if let Some(closes) = &typed.office_closes {
            store.set_meta(OFFICE_CLOSES, &TimeOfDay::parse(closes)?.to_string())?;
        }
        if let Some(days) = typed.after_report_days {
            store.set_meta(AFTER_REPORT_DAYS, &days.clamp(1, 60).to_string())?;
        }
        Ok(())
    })
}

fn name_and_address(typed: &str) -> Result<(String, Address)> {
    match typed.trim().strip_suffix('>').and_then(|inside| inside.rsplit_once('<')) {
        Some((name, address)) => Ok((name.trim().trim_matches('"').to_string(), Address::parse(address)?)),
        None => Ok((String::new(), Address::parse(typed)?)),
    }
}
