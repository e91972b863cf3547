//! What answers a request: the program, a file, a redirect, or a page that says why not.
//! Not how a program is run or a file is found: those are `script` and `files`.

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use maud::{DOCTYPE, html};
use neo::texts::Language;
use neo::texts::errors::{self, Sentence};
use neo::web::form::percent_decoded;

use super::children::Children;
use super::files;
use super::http::{BODY_BYTES, Incoming, Outgoing, Unreadable};
use super::script::{self, Script, Trouble};

/// The name under which the program is served.
const PROGRAM: &[u8] = b"/neo.cgi";

/// The folders and the address that are served; all paths absolute.
pub(crate) struct Site {
    pub(crate) cgi: PathBuf,
    pub(crate) public_html: PathBuf,
    pub(crate) data: PathBuf,
    pub(crate) address: SocketAddr,
    /// How long a page may take.
    pub(crate) time_out: Duration,
}

impl Site {
    pub(crate) fn open(
        cgi: &Path,
        public_html: &Path,
        data: &Path,
        address: SocketAddr,
        time_out: Duration,
    ) -> Result<Site, String> {
        let existing =
            |path: &Path| path.canonicalize().map_err(|error| format!("{}: {error}", path.display()));
        let data = std::path::absolute(data).map_err(|error| format!("{}: {error}", data.display()))?;
        Ok(Site { cgi: existing(cgi)?, public_html: existing(public_html)?, data, address, time_out })
    }

    /// Answers the one request of a connection.
    pub(crate) fn converse(&self, mut stream: TcpStream, peer: SocketAddr, children: &Children) {
        let mut incoming = match Incoming::read(&mut stream) {
            Ok(incoming) => incoming,
            Err(Unreadable::Gone) => return,
            Err(Unreadable::Broken) => {
                return page(400, Language::Ja, errors::REQUEST_BROKEN).write(&mut stream, false);
            }
            Err(Unreadable::TooLarge) => {
                return page(413, Language::Ja, errors::BODY_TOO_LARGE).write(&mut stream, false);
            }
        };
        let head_only = incoming.method == "HEAD";
        let language = incoming
            .header("accept-language")
            .and_then(|header| Language::accepted(&String::from_utf8_lossy(header)))
            .unwrap_or_default();
        match self.choose(&incoming) {
            Choice::Run(script) => match script::run(self, &script, &mut incoming, peer, children) {
                Ok((reply, afterwork)) => {
                    reply.write(&mut stream, head_only);
                    drop(stream);
                    afterwork.finish(children);
                }
                Err(trouble) => trouble_page(&trouble, language).write(&mut stream, head_only),
            },
            Choice::Reply(reply) => reply.write(&mut stream, head_only),
            Choice::Refuse(status, sentence) => {
                page(status, language, sentence).write(&mut stream, head_only)
            }
        }
    }

    fn choose(&self, incoming: &Incoming) -> Choice {
        let Some(path) = decoded_path(&incoming.target) else {
            return Choice::Refuse(400, errors::REQUEST_BROKEN);
        };
        if let Some(script) = self.script(&path) {
            return Choice::Run(script);
        }
        if incoming.method != "GET" && incoming.method != "HEAD" {
            return Choice::Refuse(405, errors::METHOD_NOT_ALLOWED);
        }
        if path == b"/" {
            let home = Outgoing::new(302, "Found", "text/plain", Vec::new());
            return Choice::Reply(home.with_header("location", "/neo.cgi/"));
        }
        match files::serve(&self.public_html, &path) {
            Some(file) => Choice::Reply(file),
            None => Choice::Refuse(404, errors::PAGE_NOT_FOUND),
        }
    }

    /// The program that a path names, and the rest of the path.
    fn script(&self, path: &[u8]) -> Option<Script> {
        let end = (1..=path.len()).find(|end| {
            let (name, rest) = path.split_at(*end);
            name.ends_with(b".cgi") && (rest.is_empty() || rest.starts_with(b"/"))
        })?;
        let (name, rest) = path.split_at_checked(end)?;
        let program =
            if name == PROGRAM { self.cgi.clone() } else { files::inside(&self.public_html, name)? };
        Some(Script { program, script_name: name.to_vec(), path_info: rest.to_vec() })
    }
}

enum Choice {
    Run(Script),
    Reply(Outgoing),
    Refuse(u16, Sentence),
}

/// The path of a target, %-decoded. One that climbs, or holds a NUL, is nobody's honest path.
fn decoded_path(target: &str) -> Option<Vec<u8>> {
    let path = target.split(['?', '#']).next()?;
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or("/"), // the proxies' form
        None => path,
    };
    let decoded = percent_decoded(path.as_bytes());
    let climbs = decoded.split(|byte| *byte == b'/').any(|segment| segment == b".." || segment == b".");
    (decoded.starts_with(b"/") && !climbs && !decoded.contains(&0)).then_some(decoded)
}

fn trouble_page(trouble: &Trouble, language: Language) -> Outgoing {
    use std::io::Write;
    let (status, sentence, why) = match trouble {
        Trouble::NotStarted(error) => (500, errors::FAULT, format!("it could not be started: {error}")),
        Trouble::Malformed => (502, errors::FAULT, "what it said is no CGI reply".to_string()),
        Trouble::TimedOut => (504, errors::CUT_OFF, "it took too long and was ended".to_string()),
    };
    let _ = writeln!(std::io::stderr(), "neo-serve: the program: {why}");
    page(status, language, sentence)
}

/// A page of the front itself.
fn page(status: u16, language: Language, sentence: Sentence) -> Outgoing {
    let reason = match status {
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        502 => "Bad Gateway",
        504 => "Gateway Timeout",
        _ => "Internal Server Error",
    };
    let limit = format!("{} MB", BODY_BYTES / 1024 / 1024);
    let incident = sentence.number.to_string();
    let said = sentence.text.with(language, &[("limit", &limit), ("incident", &incident)]);
    let page = html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (status) " " (reason) }
            }
            body { p { (said) " (E" (sentence.number) ")" } }
        }
    };
    let reply = Outgoing::new(status, reason, "text/html; charset=utf-8", page.into_string().into_bytes());
    if status == 405 { reply.with_header("allow", "GET, HEAD") } else { reply }
}
