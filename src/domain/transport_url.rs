//! The `transport` setting: one line that says how mails leave.
//! Not the password: that is a setting of its own, sealed in the database.

use std::net::IpAddr;
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};
use crate::texts::errors;

/// The only programs that may be started; suexec's PATH has no sendmail, and a free path would be a shell.
pub const SENDMAIL_PATHS: &[&str] = &["/usr/sbin/sendmail", "/usr/lib/sendmail", "/usr/local/sbin/sendmail"];

const FORMS: &str =
    "smtp://user@host:587?tls=required smtps://user@host sendmail:/usr/sbin/sendmail folder:outbox";

/// How mails leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportUrl {
    Smtp(SmtpServer),
    /// The absolute path of the program.
    Sendmail(PathBuf),
    /// A folder below the data folder.
    Folder(PathBuf),
}

/// A mail server and how to speak to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpServer {
    pub host: String,
    pub port: u16,
    pub user: Option<String>,
    pub security: SmtpSecurity,
    /// PEM file of a private CA, below the data folder.
    pub ca: Option<PathBuf>,
}

/// When the line is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// Never.
    None,
    /// By STARTTLS if the server offers it; its certificate is checked all the same.
    Opportunistic,
    /// By STARTTLS, or not at all.
    Required,
    /// From the first byte (`smtps`).
    Implicit,
}

impl SmtpServer {
    /// Whether the server is on this machine, so that nobody can listen in.
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// Reads the `transport` setting.
pub fn parse(setting: &str) -> Result<TransportUrl> {
    let setting = setting.trim();
    if let Some(path) = setting.strip_prefix("sendmail:") {
        return parse_sendmail(path);
    }
    if let Some(path) = setting.strip_prefix("folder:") {
        return Ok(TransportUrl::Folder(below_data_folder(path)?));
    }
    if let Some(rest) = setting.strip_prefix("smtps://") {
        return parse_smtp(rest, true);
    }
    if let Some(rest) = setting.strip_prefix("smtp://") {
        return parse_smtp(rest, false);
    }
    Err(not_valid(FORMS))
}

fn parse_sendmail(path: &str) -> Result<TransportUrl> {
    if SENDMAIL_PATHS.contains(&path) {
        return Ok(TransportUrl::Sendmail(PathBuf::from(path)));
    }
    Err(not_valid(format!("sendmail:{path} ({})", SENDMAIL_PATHS.join(" | "))))
}

fn parse_smtp(rest: &str, implicit: bool) -> Result<TransportUrl> {
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let place = place.strip_suffix('/').unwrap_or(place);
    let (user, place) = match place.rsplit_once('@') {
        Some((user, place)) => (Some(parse_user(user)?), place),
        None => (None, place),
    };
    let (host, port) = parse_place(place)?;
    let mut server = SmtpServer {
        host,
        port: port.unwrap_or(if implicit { 465 } else { 587 }),
        user,
        security: if implicit { SmtpSecurity::Implicit } else { SmtpSecurity::Opportunistic },
        ca: None,
    };
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        read_option(&mut server, &key, &value)?;
    }
    if server.user.is_some() && server.security == SmtpSecurity::None && !server.is_loopback() {
        return Err(not_valid(format!("user + tls=none: {} (tls=required)", server.host)));
    }
    Ok(TransportUrl::Smtp(server))
}

fn read_option(server: &mut SmtpServer, key: &str, value: &str) -> Result<()> {
    match (key, value, server.security) {
        ("ca", path, _) => server.ca = Some(below_data_folder(path)?),
        ("tls", "required", SmtpSecurity::Implicit) => {}
        ("tls", "none", security) if security != SmtpSecurity::Implicit => {
            server.security = SmtpSecurity::None;
        }
        ("tls", "opportunistic", security) if security != SmtpSecurity::Implicit => {
            server.security = SmtpSecurity::Opportunistic;
        }
        ("tls", "required", _) => server.security = SmtpSecurity::Required,
        _ => return Err(not_valid(format!("{key}={value} (tls=none | opportunistic | required, ca=FILE)"))),
    }
    Ok(())
}

/// The user may be a mail address itself; its `@` may stand as `@` or `%40`.
fn parse_user(typed: &str) -> Result<String> {
    if typed.contains(':') {
        return Err(not_valid("smtp://user:********@ (transport_password)"));
    }
    let user = percent_decoded(typed).filter(|user| !user.is_empty() && !user.chars().any(char::is_control));
    user.ok_or_else(|| not_valid(format!("user: {typed}")))
}

fn parse_place(place: &str) -> Result<(String, Option<u16>)> {
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    let port = match port.map(str::parse::<u16>) {
        None => None,
        Some(Ok(port)) if port > 0 => Some(port),
        Some(_) => return Err(not_valid(format!("port: {place}"))),
    };
    let host = host.to_ascii_lowercase();
    if host.parse::<IpAddr>().is_ok() || is_host_name(&host) {
        return Ok((host, port));
    }
    Err(not_valid(format!("host: {place}")))
}

fn is_host_name(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

/// A relative path that cannot leave the data folder.
fn below_data_folder(path: &str) -> Result<PathBuf> {
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    if path.is_empty() || path.contains(['\0', '\\']) || !Path::new(path).components().all(is_plain) {
        return Err(not_valid(format!("{path} (outbox)")));
    }
    Ok(PathBuf::from(path))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or("").as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(piece.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(piece.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// The reason names the piece at fault and the forms that exist, so that it reads the same in every language.
fn not_valid(why: impl Into<String>) -> Error {
    Error::invalid(errors::TRANSPORT_NOT_VALID).with("why", why.into()).on("transport")
}
