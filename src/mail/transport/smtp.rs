//! The conversation with a mail server: one connection for many mails, in as few round trips as it allows.
//! Not the bytes of the mail (mail/compose) and not the socket (`connection`).
//!
//! The one question that decides everything: was the final dot written? Before it nothing was handed over, and any
//! trouble leaves the mail ours. After it only the server's reply can tell.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use rustls::ClientConfig;

use super::connection::{Broken, Connection};
use super::reply::{Reply, tidy};
use super::{Envelope, Outcome, SmtpSecurity, SmtpServer, Transport, Trouble, is_return_path, tls};
use crate::domain::bounce::Stage;

const GOOD_BYE: Duration = Duration::from_secs(1);

pub(super) struct Smtp {
    server: SmtpServer,
    password: Option<String>,
    ca: Option<PathBuf>,
    timeout: Duration,
    config: Option<Arc<ClientConfig>>,
    line: Option<Session>,
}

/// A connection that has been greeted, encrypted and signed in as needed.
struct Session {
    connection: Connection,
    offers_pipelining: bool,
    /// Whether it has carried a mail before; only then may it have gone stale.
    is_used: bool,
}

/// How a conversation about one mail ended.
enum End {
    /// The server spoke about the mail; the connection is good for the next.
    Said(Outcome),
    /// The server spoke about the mail; the connection is not.
    SaidLast(Outcome),
    /// The server was gone before it heard of this mail.
    Stale(String),
    Trouble(Trouble),
}

impl Smtp {
    pub(super) fn new(
        server: SmtpServer,
        password: Option<&str>,
        data_folder: &Path,
        timeout: Duration,
    ) -> Smtp {
        let ca = server.ca.as_ref().map(|file| data_folder.join(file));
        Smtp { server, password: password.map(str::to_string), ca, timeout, config: None, line: None }
    }

    fn connect(&mut self, hello: &str) -> Result<Session, Trouble> {
        let deadline = Instant::now() + self.timeout;
        let config = match self.server.security {
            SmtpSecurity::None => None,
            _ => Some(self.tls_config().map_err(Trouble::Unreachable)?),
        };
        let implicit = config.as_ref().filter(|_| self.server.security == SmtpSecurity::Implicit);
        let connection = Connection::open(&self.server.host, self.server.port, implicit, deadline)
            .map_err(|why| Trouble::Unreachable(tidy(&why)))?;
        let mut session = Session { connection, offers_pipelining: false, is_used: false };
        session.greeting()?;
        let mut offers = session.hello(hello)?;
        if let (Some(config), false) = (&config, session.connection.is_encrypted()) {
            if offers.has("STARTTLS") {
                session.start_tls(config)?;
                offers = session.hello(hello)?;
            } else if self.server.security == SmtpSecurity::Required {
                return Err(Trouble::Unreachable("the server does not offer STARTTLS".to_string()));
            }
        }
        if let Some(user) = &self.server.user {
            self.sign_in(&mut session, &offers, user)?;
        }
        session.offers_pipelining = offers.has("PIPELINING");
        Ok(session)
    }

    fn tls_config(&mut self) -> Result<Arc<ClientConfig>, String> {
        if let Some(config) = &self.config {
            return Ok(Arc::clone(config));
        }
        let config = tls::config(self.ca.as_deref())?;
        self.config = Some(Arc::clone(&config));
        Ok(config)
    }

    fn sign_in(&self, session: &mut Session, offers: &Offers, user: &str) -> Result<(), Trouble> {
        let may_be_heard = !session.connection.is_encrypted();
        if may_be_heard && !(self.server.security == SmtpSecurity::None && self.server.is_loopback()) {
            return Err(Trouble::Unreachable(
                "the server does not offer STARTTLS, and the password is not sent in the clear".to_string(),
            ));
        }
        let Some(password) = &self.password else {
            return Err(Trouble::LoginRefused("no password is set".to_string()));
        };
        let reply = if offers.has_login("PLAIN") {
            session.sign_in_plain(user, password)?
        } else if offers.has_login("LOGIN") {
            session.sign_in_login(user, password)?
        } else {
            return Err(Trouble::LoginRefused("the server offers neither AUTH PLAIN nor LOGIN".to_string()));
        };
        match reply.code {
            200..=299 => Ok(()),
            500..=599 => Err(Trouble::LoginRefused(reply.say())),
            _ => Err(Trouble::Unreachable(reply.say())),
        }
    }

    /// The open session, or a new one.
    fn session(&mut self, from: &str) -> Result<Session, Trouble> {
        match self.line.take() {
            Some(session) => Ok(session),
            None => self.connect(&hello_name(from)),
        }
    }
}

impl Transport for Smtp {
    fn ready(&mut self, from: &str) -> Result<(), Trouble> {
        self.line = Some(self.session(from)?);
        Ok(())
    }

    fn deliver(&mut self, envelope: &Envelope<'_>, message: &[u8]) -> Result<Outcome, Trouble> {
        if !is_return_path(envelope.from) {
            return Err(Trouble::Unreachable(tidy(&format!("return path: {}", envelope.from))));
        }
        let body = stuffed(message);
        // Two rounds: a server may close an idle connection, and then nothing was handed over by the first.
        for _ in 0..2 {
            let mut session = self.session(envelope.from)?;
            let may_be_stale = session.is_used;
            session.is_used = true;
            match session.converse(envelope, &body, self.timeout) {
                End::Said(outcome) => {
                    self.line = Some(session);
                    return Ok(outcome);
                }
                End::SaidLast(outcome) => return Ok(outcome),
                End::Stale(_) if may_be_stale => {}
                End::Stale(why) => return Ok(Outcome::Later { code: None, reply: why }),
                End::Trouble(trouble) => return Err(trouble),
            }
        }
        Err(Trouble::Unreachable("the server closes every connection".to_string()))
    }

    fn close(&mut self) {
        if let Some(mut session) = self.line.take() {
            session.connection.set_deadline(Instant::now() + GOOD_BYE);
            // A server that does not answer is as good as one that does.
            let _ = session.connection.send(b"QUIT\r\n").and_then(|()| session.connection.reply());
        }
    }

    fn name(&self) -> &'static str {
        "smtp"
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.close();
    }
}

impl Session {
    fn greeting(&mut self) -> Result<(), Trouble> {
        let reply = self.connection.reply().map_err(unreachable)?;
        if reply.is_positive() { Ok(()) } else { Err(Trouble::Unreachable(reply.say())) }
    }

    fn hello(&mut self, name: &str) -> Result<Offers, Trouble> {
        let reply = self.command(&format!("EHLO {name}\r\n"))?;
        if reply.is_positive() {
            return Ok(Offers { lines: reply.lines });
        }
        Err(Trouble::Unreachable(reply.say()))
    }

    fn start_tls(&mut self, config: &Arc<ClientConfig>) -> Result<(), Trouble> {
        let reply = self.command("STARTTLS\r\n")?;
        if !reply.is_positive() {
            return Err(Trouble::Unreachable(reply.say()));
        }
        self.connection.encrypt(config).map_err(|why| Trouble::Unreachable(tidy(&why)))
    }

    fn sign_in_plain(&mut self, user: &str, password: &str) -> Result<Reply, Trouble> {
        let secret = BASE64.encode(format!("\0{user}\0{password}").as_bytes());
        self.command(&format!("AUTH PLAIN {secret}\r\n"))
    }

    /// The prompts' wording differs between servers; their order does not.
    fn sign_in_login(&mut self, user: &str, password: &str) -> Result<Reply, Trouble> {
        let mut reply = self.command("AUTH LOGIN\r\n")?;
        for secret in [user, password] {
            if reply.code != 334 {
                break;
            }
            reply = self.command(&format!("{}\r\n", BASE64.encode(secret.as_bytes())))?;
        }
        Ok(reply)
    }

    /// One command before the first mail: all that can go wrong with it is that the server cannot be used.
    fn command(&mut self, command: &str) -> Result<Reply, Trouble> {
        self.connection.send(command.as_bytes()).map_err(unreachable)?;
        self.connection.reply().map_err(unreachable)
    }

    fn converse(&mut self, envelope: &Envelope<'_>, body: &[u8], timeout: Duration) -> End {
        self.connection.set_deadline(Instant::now() + timeout);
        if let Err(end) = self.announce(envelope) {
            return end;
        }
        self.connection.set_deadline(Instant::now() + timeout);
        self.hand_over(body)
    }

    /// MAIL, RCPT and DATA; `Ok` when the server waits for the mail.
    fn announce(&mut self, envelope: &Envelope<'_>) -> Result<(), End> {
        let commands = [
            format!("MAIL FROM:<{}>\r\n", envelope.from),
            format!("RCPT TO:<{}>\r\n", envelope.to.as_str()),
            "DATA\r\n".to_string(),
        ];
        if self.offers_pipelining {
            return self.announce_at_once(&commands);
        }
        for (step, command) in commands.iter().enumerate() {
            self.connection.send(command.as_bytes()).map_err(|broken| gone(broken, step == 0))?;
            let reply = self.connection.reply().map_err(|broken| gone(broken, step == 0))?;
            if !is_accepted(step, &reply) {
                return Err(self.refused(step, &reply, false));
            }
        }
        Ok(())
    }

    /// The same in one round trip (RFC 2920): all three replies come, whatever the first says.
    fn announce_at_once(&mut self, commands: &[String]) -> Result<(), End> {
        self.connection.send(commands.concat().as_bytes()).map_err(|broken| gone(broken, true))?;
        let mut refusal: Option<(usize, Reply)> = None;
        let mut accepted = [false; 3];
        for step in 0..commands.len() {
            let reply = match self.connection.reply() {
                Ok(reply) => reply,
                // What was refused stays refused, even if the server hangs up before the rest.
                Err(broken) => match &refusal {
                    Some((step, reply)) => return Err(last_word(self.verdict(*step, reply))),
                    None => return Err(gone(broken, step == 0)),
                },
            };
            if reply.is_good_bye() {
                let (step, reply) = refusal.unwrap_or((step, reply));
                return Err(self.refused(step, &reply, false));
            }
            if let Some(accepted) = accepted.get_mut(step) {
                *accepted = is_accepted(step, &reply);
            }
            if refusal.is_none() && !is_accepted(step, &reply) {
                refusal = Some((step, reply));
            }
        }
        match refusal {
            None => Ok(()),
            // A server in such disorder would deliver the empty mail that a lone dot ends.
            Some((step, reply)) if accepted == [false, true, true] => {
                Err(last_word(self.verdict(step, &reply)))
            }
            Some((step, reply)) => Err(self.refused(step, &reply, accepted == [true, false, true])),
        }
    }

    /// Writes the mail with its final dot in one go and hears what became of it.
    fn hand_over(&mut self, body: &[u8]) -> End {
        if let Err(broken) = self.connection.send(body) {
            // Not all bytes left, so the dot did not. A server that cut us off may have said why.
            return match self.connection.reply() {
                Ok(reply) => last_word(End::Said(outcome(&reply, Stage::Data))),
                Err(_) => End::SaidLast(Outcome::Later { code: None, reply: broken.say() }),
            };
        }
        match self.connection.reply() {
            Ok(reply) if reply.is_good_bye() => End::SaidLast(outcome(&reply, Stage::Data)),
            Ok(reply) if matches!(reply.code, 200..=299 | 400..=599) => {
                End::Said(outcome(&reply, Stage::Data))
            }
            Ok(reply) => End::Trouble(Trouble::Lost(reply.say())),
            Err(broken) => End::Trouble(Trouble::Lost(broken.say())),
        }
    }

    /// What a refusal before the mail means, and the connection made fit for the next mail where possible.
    fn refused(&mut self, step: usize, reply: &Reply, waits_for_mail: bool) -> End {
        let verdict = self.verdict(step, reply);
        if reply.is_good_bye() {
            // On a kept connection this may be the end of an idle time, sent before it heard of this mail.
            return if step == 0 { End::Stale(reply.say()) } else { last_word(verdict) };
        }
        // RFC 2920, 3.1: a DATA accepted without a recipient is ended by a lone dot, anything else by RSET.
        let end_of_transaction: &[u8] = if waits_for_mail { b".\r\n" } else { b"RSET\r\n" };
        let answer = self.connection.send(end_of_transaction).and_then(|()| self.connection.reply());
        match answer {
            Ok(answer) if !answer.is_good_bye() && (waits_for_mail || answer.is_positive()) => verdict,
            _ => last_word(verdict),
        }
    }

    fn verdict(&self, step: usize, reply: &Reply) -> End {
        if reply.asks_for_login() {
            return End::Trouble(Trouble::LoginRefused(reply.say()));
        }
        // A refused MAIL is about the sender, or about a quota of the account: no reader is to blame for it, and
        // the next thousand mails would meet the same.
        if step == 0 && reply.code >= 500 {
            return End::Trouble(Trouble::Unreachable(reply.say()));
        }
        let at = match step {
            0 => Stage::MailFrom,
            1 => Stage::Rcpt,
            _ => Stage::Data,
        };
        End::Said(outcome(reply, at))
    }
}

/// What the server said it can do.
struct Offers {
    lines: Vec<String>,
}

impl Offers {
    fn words(&self) -> impl Iterator<Item = impl Iterator<Item = &str>> {
        // The first line is the greeting. Old servers write `AUTH=PLAIN`.
        self.lines.iter().skip(1).map(|line| line.split([' ', '=']).filter(|word| !word.is_empty()))
    }

    fn has(&self, keyword: &str) -> bool {
        self.words().any(|mut words| words.next().is_some_and(|word| word.eq_ignore_ascii_case(keyword)))
    }

    fn has_login(&self, mechanism: &str) -> bool {
        self.words().any(|mut words| {
            words.next().is_some_and(|word| word.eq_ignore_ascii_case("AUTH"))
                && words.any(|word| word.eq_ignore_ascii_case(mechanism))
        })
    }
}

fn is_accepted(step: usize, reply: &Reply) -> bool {
    if step == 2 { reply.code == 354 } else { reply.is_positive() }
}

/// 2xx, 4xx and 5xx as they are; what is none of them before the mail was sent is a server in disorder.
fn outcome(reply: &Reply, at: Stage) -> Outcome {
    let (code, said) = (Some(reply.code), reply.say());
    match reply.code {
        200..=299 => Outcome::Sent { reply: said },
        500..=599 => Outcome::Never { code, reply: said, at },
        _ => Outcome::Later { code, reply: said },
    }
}

/// The line broke before the final dot: the mail is still ours, and later is the worst that can be said.
fn gone(broken: Broken, before_any_reply: bool) -> End {
    match broken {
        Broken::Closed(why) if before_any_reply => End::Stale(tidy(&why)),
        broken => End::SaidLast(Outcome::Later { code: None, reply: broken.say() }),
    }
}

fn last_word(end: End) -> End {
    match end {
        End::Said(outcome) => End::SaidLast(outcome),
        other => other,
    }
}

fn unreachable(broken: Broken) -> Trouble {
    Trouble::Unreachable(broken.say())
}

/// The sender's domain; an empty return path has none, and RFC 5321, 4.1.3 gives it an address literal.
fn hello_name(from: &str) -> String {
    match from.rsplit_once('@') {
        Some((_, domain)) if !domain.is_empty() => domain.to_string(),
        _ => "[127.0.0.1]".to_string(),
    }
}

/// The mail as it goes over the line: dots doubled (RFC 5321, 4.5.2), every line end CRLF, the final dot at the end.
///
/// A bare CR or LF is made CRLF here too: servers differ in what they take for a line end, and that difference is
/// how a body smuggles a second mail in.
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(message.len() + message.len() / 32 + 8);
    let mut lines = message.split(|byte| *byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let is_after_last = lines.peek().is_none();
        if is_after_last && line.is_empty() {
            break;
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        for piece in line.split(|byte| *byte == b'\r') {
            if piece.starts_with(b".") {
                body.push(b'.');
            }
            body.extend_from_slice(piece);
            body.extend_from_slice(b"\r\n");
        }
    }
    body.extend_from_slice(b".\r\n");
    body
}
