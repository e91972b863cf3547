//! Runs the CGI program for one request, as RFC 3875 has it, and reads its reply.
//! Not which program or file answers: that is `site`.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use neo::web::form::percent_decoded;

use super::children::Children;
use super::http::{Incoming, Outgoing};
use super::site::Site;

/// How long a tick may take; its own budget ends it long before.
const TICK: Duration = Duration::from_secs(120);
/// The longest reply that is buffered.
const REPLY_BYTES: u64 = 256 * 1024 * 1024;
/// What suEXEC leaves of PATH.
const SAFE_PATH: &str = "/usr/local/bin:/usr/bin:/bin";
const HEADERS: usize = 100;

/// A program and the part of the path that named it.
pub(crate) struct Script {
    pub(crate) program: PathBuf,
    pub(crate) script_name: Vec<u8>,
    pub(crate) path_info: Vec<u8>,
}

/// Why there is no reply of the program.
pub(crate) enum Trouble {
    /// It could not be started.
    NotStarted(std::io::Error),
    /// It said nothing, or nothing that is a CGI reply.
    Malformed,
    /// It took too long and was ended.
    TimedOut,
}

/// A program that has said all, and may still be at work.
pub(crate) struct Afterwork {
    id: u32,
    deadline: Instant,
}

impl Afterwork {
    /// Waits for the program's end, after the reply has gone out.
    pub(crate) fn finish(self, children: &Children) {
        children.finish(self.id, self.deadline);
    }
}

/// Runs the program and waits for the end of its output.
pub(crate) fn run(
    site: &Site,
    script: &Script,
    incoming: &mut Incoming,
    peer: SocketAddr,
    children: &Children,
) -> Result<(Outgoing, Afterwork), Trouble> {
    let deadline = Instant::now() + site.time_out;
    let mut command = command(site, script, incoming, peer);
    let (id, (stdin, stdout)) = children
        .start(&mut command, |child| (child.stdin.take(), child.stdout.take()))
        .map_err(Trouble::NotStarted)?;
    let body = incoming.body.take().unwrap_or_default();
    std::thread::spawn(move || {
        if let Some(mut stdin) = stdin {
            let _ = stdin.write_all(&body); // a program may leave it unread
        }
    });
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut output = Vec::new();
        if let Some(stdout) = stdout {
            let _ = stdout.take(REPLY_BYTES + 1).read_to_end(&mut output);
        }
        let _ = sender.send(output); // nobody listens any more after the deadline
    });
    let Ok(output) = receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) else {
        children.end(id);
        return Err(Trouble::TimedOut);
    };
    match parse_reply(output) {
        Some(reply) => Ok((reply, Afterwork { id, deadline })),
        None => {
            children.finish(id, deadline);
            Err(Trouble::Malformed)
        }
    }
}

/// Runs `neo tick` as cron does.
pub(crate) fn tick(site: &Site, children: &Children) -> std::io::Result<()> {
    let mut command = Command::new(&site.cgi);
    command.arg("tick").env_clear().env("PATH", "/usr/bin:/bin").envs(own_variables(site));
    if let Some(home) = std::env::var_os("HOME") {
        command.current_dir(&home).env("HOME", home);
    }
    let (id, ()) = children.start(command.stdin(Stdio::null()), |_| ())?;
    children.finish(id, Instant::now() + TICK);
    Ok(())
}

fn command(site: &Site, script: &Script, incoming: &Incoming, peer: SocketAddr) -> Command {
    let mut command = Command::new(&script.program);
    command.env_clear().envs(variables(site, script, incoming, peer));
    command.args(words_of_query(&incoming.target));
    command.current_dir(script.program.parent().unwrap_or(&site.public_html));
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

fn variables(
    site: &Site,
    script: &Script,
    incoming: &Incoming,
    peer: SocketAddr,
) -> BTreeMap<OsString, OsString> {
    let mut variables = header_variables(&incoming.headers);
    let mut set = |name: &str, value: &[u8]| {
        variables.insert(OsString::from(name), OsStr::from_bytes(value).to_owned());
    };
    let query = incoming.target.split_once('?').map_or("", |(_, query)| query);
    set("GATEWAY_INTERFACE", b"CGI/1.1");
    set("SERVER_SOFTWARE", concat!("neo-serve/", env!("CARGO_PKG_VERSION")).as_bytes());
    set("SERVER_PROTOCOL", incoming.protocol.as_bytes());
    set("SERVER_NAME", &server_name(site, incoming));
    set("SERVER_PORT", site.address.port().to_string().as_bytes());
    set("REQUEST_METHOD", incoming.method.as_bytes());
    set("REQUEST_URI", incoming.target.as_bytes());
    set("QUERY_STRING", query.as_bytes());
    set("SCRIPT_NAME", &script.script_name);
    set("SCRIPT_FILENAME", script.program.as_os_str().as_bytes());
    set("DOCUMENT_ROOT", site.public_html.as_os_str().as_bytes());
    set("REMOTE_ADDR", peer.ip().to_string().as_bytes());
    set("REMOTE_PORT", peer.port().to_string().as_bytes());
    set("PATH", SAFE_PATH.as_bytes());
    if !script.path_info.is_empty() {
        set("PATH_INFO", &script.path_info);
    }
    if let Some(content_type) = incoming.header("content-type") {
        set("CONTENT_TYPE", content_type);
    }
    if let (Some(_), Some(body)) = (incoming.header("content-length"), &incoming.body) {
        set("CONTENT_LENGTH", body.len().to_string().as_bytes());
    }
    variables.extend(own_variables(site));
    variables
}

/// The `HTTP_*` variables. A name with `_` would pass for the one with `-`; `Proxy` would be obeyed by children
/// (httpoxy); passwords are the server's, as with Apache.
fn header_variables(headers: &[(String, Vec<u8>)]) -> BTreeMap<OsString, OsString> {
    let mut variables: BTreeMap<OsString, OsString> = BTreeMap::new();
    for (name, value) in headers {
        let own = ["content-type", "content-length", "proxy", "authorization", "proxy-authorization"];
        if name.contains('_') || own.contains(&name.as_str()) {
            continue;
        }
        let variable = format!("HTTP_{}", name.to_ascii_uppercase().replace('-', "_"));
        let value = OsStr::from_bytes(value);
        variables
            .entry(OsString::from(variable))
            .and_modify(|joined| {
                joined.push(if name == "cookie" { "; " } else { ", " });
                joined.push(value);
            })
            .or_insert_with(|| value.to_owned());
    }
    variables
}

/// Our own NEO_* variables are the site's configuration, as `SetEnv` would be; `--data` wins.
fn own_variables(site: &Site) -> Vec<(OsString, OsString)> {
    let mut own: Vec<(OsString, OsString)> = std::env::vars_os()
        .filter(|(name, _)| name.as_bytes().starts_with(b"NEO_") && name != "NEO_DATA")
        .collect();
    own.push((OsString::from("NEO_DATA"), site.data.clone().into_os_string()));
    own
}

/// The host that the client named, without its port; else our address.
fn server_name(site: &Site, incoming: &Incoming) -> Vec<u8> {
    let named = incoming.header("host").and_then(|host| std::str::from_utf8(host).ok());
    let name = named.map(|host| match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    });
    let plain = |name: &&str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.[]:_".contains(&byte))
    };
    name.filter(plain).map_or_else(|| site.address.ip().to_string(), str::to_string).into_bytes()
}

/// A query without `=` reaches the program as arguments too (RFC 3875, 4.4): it has to stand that.
fn words_of_query(target: &str) -> Vec<OsString> {
    match target.split_once('?') {
        Some((_, query)) if !query.is_empty() && !query.contains('=') => query
            .split('+')
            .map(|word| percent_decoded(word.as_bytes()))
            .filter(|word| !word.contains(&0))
            .map(OsString::from_vec)
            .collect(),
        _ => Vec::new(),
    }
}

/// A CGI reply (RFC 3875, 6): a head with a type, a place or a status, and a body.
fn parse_reply(mut output: Vec<u8>) -> Option<Outgoing> {
    if u64::try_from(output.len()).ok()? > REPLY_BYTES {
        return None;
    }
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let (head_length, headers) = match httparse::parse_headers(&output, &mut headers).ok()? {
        httparse::Status::Complete((length, headers)) => (length, headers),
        httparse::Status::Partial => return None,
    };
    let find = |name: &str| headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    let (status, reason) = match find("status") {
        Some(status) => split_status(std::str::from_utf8(status.value).ok()?)?,
        None if find("location").is_some() => (302, "Found".to_string()),
        None if find("content-type").is_some() => (200, "OK".to_string()),
        None => return None,
    };
    // Ours to say, since the body is buffered and the connection closed.
    let ours = ["status", "content-length", "connection", "transfer-encoding", "keep-alive"];
    let headers = headers
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), header.value.to_vec()))
        .filter(|(name, _)| !ours.contains(&name.as_str()))
        .collect();
    let body = output.split_off(head_length);
    Some(Outgoing { status, reason, headers, body })
}

fn split_status(status: &str) -> Option<(u16, String)> {
    let (code, reason) = status.split_once(' ').unwrap_or((status, ""));
    let code = code.parse().ok().filter(|code| (200..600).contains(code))?;
    Some((code, reason.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_read_with_either_line_end() {
        for output in [
            "Status: 422 Unprocessable Entity\ncontent-type: text/html\n\n<p>\n\n",
            "Status: 422 Unprocessable Entity\r\ncontent-type: text/html\r\n\r\n<p>\n\n",
        ] {
            let reply = parse_reply(output.into()).unwrap();
            assert_eq!((reply.status, reply.reason.as_str()), (422, "Unprocessable Entity"));
            assert_eq!(reply.headers, [("content-type".to_string(), b"text/html".to_vec())]);
            assert_eq!(reply.body, b"<p>\n\n");
        }
        assert_eq!(parse_reply(b"Location: https://example.jp/\n\n".to_vec()).unwrap().status, 302);
        assert_eq!(parse_reply(b"Content-Type: text/plain\n\nx".to_vec()).unwrap().status, 200);
    }

    #[test]
    fn what_is_no_reply_is_not_passed_on() {
        for output in [
            "",
            "\n",
            "hello",
            "<p>early print</p>\nStatus: 200 OK\n\n",
            "Content-Type: text/html\n",
            "X-Other: 1\n\nbody",
            "Status: hello\n\n",
            "Status: 99\n\n",
            "Status: 20000\n\n",
        ] {
            assert!(parse_reply(output.into()).is_none(), "{output:?}");
        }
    }

    #[test]
    fn headers_become_variables_without_tricks() {
        let header = |name: &str, value: &str| (name.to_string(), value.as_bytes().to_vec());
        let variables = header_variables(&[
            header("x-neo-site", "a"),
            header("x_neo_site", "b"),
            header("proxy", "http://evil.example"),
            header("authorization", "Basic x"),
            header("content-length", "5"),
            header("cookie", "a=1"),
            header("cookie", "b=2"),
            header("accept", "x"),
            header("accept", "y"),
        ]);
        let all: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (name.to_str().unwrap(), value.to_str().unwrap())).collect();
        assert_eq!(all, [("HTTP_ACCEPT", "x, y"), ("HTTP_COOKIE", "a=1; b=2"), ("HTTP_X_NEO_SITE", "a")]);
    }

    #[test]
    fn a_query_without_an_equals_sign_becomes_words() {
        assert_eq!(words_of_query("/neo.cgi?tick+--json+%E8%8A%B1"), ["tick", "--json", "花"]);
        assert!(words_of_query("/neo.cgi?a=1+b").is_empty());
        assert!(words_of_query("/neo.cgi").is_empty());
    }
}
