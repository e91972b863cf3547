//! The three ways out, against real peers: a scripted mail server on a TCP port, a program, a folder.
//! Not the bytes of a mail (tests/compose.rs) and not what the ledger makes of an outcome.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/mail_server.rs"]
mod mail_server;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mail_server::{Act, MailServer, Script, certificate};
use neo::domain::address::Address;
use neo::error::Error;
use neo::mail::transport::{
    Envelope, Outcome, SmtpSecurity, SmtpServer, Transport, TransportUrl, Trouble, open, parse,
};

const TIMEOUT: Duration = Duration::from_secs(2);
const MAIL: &[u8] = b"Subject: x\r\n\r\n.one dot\r\n..two dots\r\n.\r\nend\r\n";

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("neo-transports-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn as_it_is(_: &mut Command) {}

fn opened(url: &str, password: Option<&str>, folder: &Path) -> Box<dyn Transport> {
    open(&parse(url).unwrap(), password, folder, TIMEOUT, as_it_is)
}

fn plain(server: &MailServer) -> Box<dyn Transport> {
    opened(&format!("smtp://127.0.0.1:{}?tls=none", server.port), None, Path::new("/nowhere"))
}

fn deliver(transport: &mut dyn Transport) -> Result<Outcome, Trouble> {
    deliver_to(transport, "hanako@example.com")
}

fn deliver_to(transport: &mut dyn Transport, to: &str) -> Result<Outcome, Trouble> {
    let to = Address::parse(to).unwrap();
    transport.deliver(&Envelope { from: "bounce+1@shop.example.jp", to: &to }, MAIL)
}

fn is_sent(result: &Result<Outcome, Trouble>) -> bool {
    matches!(result, Ok(Outcome::Sent { .. }))
}

fn code(result: &Result<Outcome, Trouble>) -> (&'static str, u16) {
    match result {
        Ok(Outcome::Sent { .. }) => ("sent", 0),
        Ok(Outcome::Later { code, .. }) => ("later", code.unwrap_or(0)),
        Ok(Outcome::Never { code, .. }) => ("never", code.unwrap_or(0)),
        Err(Trouble::Unreachable(_)) => ("unreachable", 0),
        Err(Trouble::LoginRefused(_)) => ("login", 0),
        Err(Trouble::Lost(_)) => ("lost", 0),
    }
}

#[test]
fn many_mails_go_over_one_connection_in_one_round_trip_each_and_arrive_unchanged() {
    let server = MailServer::start(Script { pipelining: true, ..Script::default() });
    let mut transport = plain(&server);
    for _ in 0..50 {
        assert!(is_sent(&deliver(transport.as_mut())));
    }
    transport.close();
    let log = server.log();
    assert_eq!(log.connections, 1);
    assert_eq!(log.mails.len(), 50);
    assert!(log.mails.iter().all(|mail| mail.bytes == MAIL && mail.to == ["hanako@example.com"]));
    assert!(log.mails.iter().all(|mail| mail.from == "bounce+1@shop.example.jp"));
    assert_eq!(log.commands.first().unwrap(), "EHLO shop.example.jp");
    assert_eq!(log.commands.last().unwrap(), "QUIT");
    assert_eq!(log.pipelined, 50);
    assert_eq!(log.whole_bodies, 50);
}

#[test]
fn a_server_without_pipelining_is_spoken_to_in_lock_step() {
    let server = MailServer::start(Script::default());
    let mut transport = plain(&server);
    for _ in 0..3 {
        assert!(is_sent(&deliver(transport.as_mut())));
    }
    let log = server.log();
    assert_eq!((log.connections, log.mails.len(), log.pipelined), (1, 3, 0));
    assert!(log.mails.iter().all(|mail| mail.bytes == MAIL));
}

#[test]
fn bare_line_ends_cannot_smuggle_a_second_mail() {
    let server = MailServer::start(Script { pipelining: true, ..Script::default() });
    let mut transport = plain(&server);
    let to = Address::parse("a@example.jp").unwrap();
    let envelope = Envelope { from: "b@example.jp", to: &to };
    for (evil, seen) in [
        (&b"a\n.\nMAIL FROM:<x@x.jp>\nb"[..], &b"a\r\n.\r\nMAIL FROM:<x@x.jp>\r\nb\r\n"[..]),
        (b"a\r.\rb\r\n", b"a\r\n.\r\nb\r\n"),
        (b"a\r\n.\rb\r\n\r\n", b"a\r\n.\r\nb\r\n\r\n"),
        (b"", b""),
        (b".", b".\r\n"),
    ] {
        assert!(is_sent(&transport.deliver(&envelope, evil)));
        assert_eq!(server.log().mails.last().unwrap().bytes, seen);
    }
    assert_eq!(server.log().mails.len(), 5);
}

#[test]
fn a_refusal_is_later_or_never_by_its_code_and_the_connection_carries_the_next_mail() {
    for pipelining in [true, false] {
        for (stage, reply, expected) in [
            ("MAIL", "451 4.3.0 wait", ("later", 451)),
            ("RCPT", "450 4.2.0 busy", ("later", 450)),
            ("RCPT", "550 5.1.1 no such user", ("never", 550)),
            ("RCPT", "552 5.2.2 full", ("never", 552)),
            ("DATA", "452 4.3.1 disk", ("later", 452)),
            ("DATA", "554 5.7.1 no", ("never", 554)),
            (".", "450 4.7.1 greylisted", ("later", 450)),
            (".", "550 5.7.1 spam", ("never", 550)),
        ] {
            let script = Script { pipelining, ..Script::default() }.on(stage, 1, Act::Say(reply.into()));
            let server = MailServer::start(script);
            let mut transport = plain(&server);
            let result = deliver(transport.as_mut());
            assert_eq!(code(&result), expected, "{stage} {reply} {result:?}");
            assert!(is_sent(&deliver(transport.as_mut())), "{stage} {reply}");
            let log = server.log();
            assert_eq!(log.connections, 1, "{stage} {reply} {pipelining}");
            assert_eq!(log.mails.iter().filter(|mail| mail.is_taken).count(), 1);
        }
    }
}

#[test]
fn after_a_refused_recipient_a_waiting_server_gets_a_lone_dot_and_never_the_mail() {
    let script = Script { pipelining: true, data_without_recipients: true, ..Script::default() };
    let server = MailServer::start(script.on("RCPT", 1, Act::Say("550 5.1.1 unknown".into())));
    let mut transport = plain(&server);
    assert_eq!(code(&deliver(transport.as_mut())), ("never", 550));
    assert!(is_sent(&deliver_to(transport.as_mut(), "taro@example.com")));
    let log = server.log();
    assert_eq!(log.connections, 1);
    assert_eq!(log.mails.len(), 2);
    assert_eq!((log.mails[0].to.len(), log.mails[0].bytes.len()), (0, 0));
    assert_eq!(log.mails[1].to, ["taro@example.com"]);
}

#[test]
fn a_server_that_takes_recipients_after_a_refused_sender_gets_no_empty_mail() {
    let script = Script { pipelining: true, in_disorder: true, ..Script::default() };
    let server = MailServer::start(script.on("MAIL", 1, Act::Say("451 4.3.0 wait".into())));
    let mut transport = plain(&server);
    let start = Instant::now();
    assert_eq!(code(&deliver(transport.as_mut())), ("later", 451));
    assert!(is_sent(&deliver(transport.as_mut())));
    assert_eq!(server.log().mails.len(), 1);
    assert!(start.elapsed() < TIMEOUT / 2);
}

#[test]
fn a_refused_sender_is_no_readers_fault_and_a_wanted_login_says_so() {
    for pipelining in [true, false] {
        for (reply, expected) in [
            ("550 5.7.1 sender not allowed", ("unreachable", 0)),
            ("530 5.7.0 authenticate first", ("login", 0)),
        ] {
            let script = Script { pipelining, ..Script::default() }.on("MAIL", 1, Act::Say(reply.into()));
            let server = MailServer::start(script);
            assert_eq!(code(&deliver(plain(&server).as_mut())), expected);
        }
    }
}

#[test]
fn a_good_bye_puts_the_mail_off_and_the_next_one_connects_anew() {
    for pipelining in [true, false] {
        for stage in ["RCPT", "DATA", "."] {
            let script = Script { pipelining, ..Script::default() };
            let server =
                MailServer::start(script.on(stage, 1, Act::SayAndClose("421 4.7.0 slow down".into())));
            let mut transport = plain(&server);
            assert_eq!(code(&deliver(transport.as_mut())), ("later", 421), "{stage}");
            assert!(is_sent(&deliver(transport.as_mut())), "{stage}");
            assert_eq!(server.log().connections, 2, "{stage}");
        }
    }
}

#[test]
fn a_connection_that_went_stale_between_two_mails_is_opened_again_without_a_word() {
    for pipelining in [true, false] {
        for act in [Act::Close, Act::SayAndClose("421 4.4.2 idle too long".into())] {
            let script = Script { pipelining, ..Script::default() }.on("MAIL", 2, act);
            let server = MailServer::start(script);
            let mut transport = plain(&server);
            assert!(is_sent(&deliver(transport.as_mut())));
            assert!(is_sent(&deliver(transport.as_mut())));
            let log = server.log();
            assert_eq!((log.connections, log.mails.len()), (2, 2));
        }
        let script = Script { pipelining, close_after_each_mail: true, ..Script::default() };
        let server = MailServer::start(script);
        let mut transport = plain(&server);
        for _ in 0..3 {
            assert!(is_sent(&deliver(transport.as_mut())));
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!((server.log().connections, server.log().mails.len()), (3, 3));
    }
}

#[test]
fn a_server_that_always_hangs_up_puts_the_mail_off_instead_of_looping() {
    let script = Script { pipelining: true, ..Script::default() };
    let server = MailServer::start(script.on_all("MAIL", Act::Close));
    let mut transport = plain(&server);
    assert_eq!(code(&deliver(transport.as_mut())), ("later", 0));
    assert_eq!(server.log().connections, 1);
}

#[test]
fn a_connection_cut_before_the_final_dot_leaves_the_mail_ours() {
    for pipelining in [true, false] {
        for stage in ["RCPT", "DATA"] {
            let script = Script { pipelining, ..Script::default() }.on(stage, 1, Act::Close);
            let server = MailServer::start(script);
            let mut transport = plain(&server);
            assert_eq!(code(&deliver(transport.as_mut())), ("later", 0), "{stage}");
            assert!(is_sent(&deliver(transport.as_mut())));
        }
    }
}

#[test]
fn a_connection_cut_after_the_final_dot_is_lost_and_not_sent_again() {
    for act in [Act::Close, Act::Say("what?".into()), Act::Hang, Act::Dribble] {
        let script = Script { pipelining: true, ..Script::default() }.on(".", 1, act);
        let server = MailServer::start(script);
        let mut transport = plain(&server);
        assert_eq!(code(&deliver(transport.as_mut())), ("lost", 0));
        assert_eq!(server.log().mails.len(), 1);
        assert!(is_sent(&deliver(transport.as_mut())));
        assert_eq!(server.log().connections, 2);
    }
}

#[test]
fn a_server_that_dribbles_or_hangs_is_given_up_in_time() {
    let given_up = |stage: &'static str, act: Act| {
        let server = MailServer::start(Script::default().on(stage, 1, act.clone()));
        let mut transport = plain(&server);
        let start = Instant::now();
        let result = deliver(transport.as_mut());
        let expected = match stage {
            "connect" | "EHLO" => "unreachable",
            "." => "lost",
            _ => "later",
        };
        assert_eq!(code(&result).0, expected, "{stage} {act:?}");
        let took = start.elapsed();
        assert!(took > TIMEOUT / 2 && took < TIMEOUT + Duration::from_secs(1), "{stage} {act:?} {took:?}");
    };
    std::thread::scope(|scope| {
        for act in [Act::Dribble, Act::Hang] {
            for stage in ["connect", "EHLO", "MAIL", "RCPT", "."] {
                let act = act.clone();
                scope.spawn(move || given_up(stage, act));
            }
        }
    });
}

#[test]
fn a_reply_of_any_size_and_any_bytes_is_bounded_and_tidy() {
    let server = MailServer::start(Script::default().on("RCPT", 1, Act::Flood));
    let start = Instant::now();
    assert_eq!(code(&deliver(plain(&server).as_mut())), ("later", 0));
    assert!(start.elapsed() < TIMEOUT);

    let long = format!("550-5.1.1 \u{7}bell\r\n550-\u{1b}[31m日本\r\n550 {}", "x".repeat(3000));
    let server = MailServer::start(Script::default().on("RCPT", 1, Act::Say(long)));
    let Ok(Outcome::Never { code: Some(550), reply, .. }) = deliver(plain(&server).as_mut()) else {
        panic!()
    };
    assert_eq!(reply.chars().count(), 500);
    assert!(reply.starts_with("550 5.1.1  bell  [31m日本 xxx"), "{reply}");
    assert!(!reply.chars().any(char::is_control));
}

#[test]
fn nobody_at_the_port_no_such_host_and_a_refusing_greeting_are_unreachable() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut nobody = opened(&format!("smtp://127.0.0.1:{free}?tls=none"), None, Path::new("/nowhere"));
    assert_eq!(code(&deliver(nobody.as_mut())).0, "unreachable");
    let mut nowhere = opened("smtp://no-such-host.invalid?tls=none", None, Path::new("/nowhere"));
    assert_eq!(code(&deliver(nowhere.as_mut())).0, "unreachable");
    for (stage, reply) in
        [("connect", "554 no"), ("connect", "421 later"), ("EHLO", "502 what"), ("connect", "SSH-2.0")]
    {
        let server = MailServer::start(Script::default().on(stage, 1, Act::Say(reply.into())));
        assert_eq!(code(&deliver(plain(&server).as_mut())).0, "unreachable", "{stage} {reply}");
    }
}

#[test]
fn an_odd_carrier_address_is_sent_bare_and_an_empty_return_path_stays_empty() {
    let server = MailServer::start(Script { pipelining: true, ..Script::default() });
    let mut transport = plain(&server);
    let to = Address::parse(".a..b.@docomo.ne.jp").unwrap();
    assert!(is_sent(&transport.deliver(&Envelope { from: "", to: &to }, MAIL)));
    let log = server.log();
    assert_eq!((log.mails[0].from.as_str(), log.mails[0].to[0].as_str()), ("", ".a..b.@docomo.ne.jp"));
    for evil in ["a@b.jp>\r\nRCPT TO:<c@d.jp", "a b@c.jp", "-oQ@x.jp", "あ@x.jp"] {
        assert_eq!(code(&transport.deliver(&Envelope { from: evil, to: &to }, MAIL)).0, "unreachable");
    }
    assert_eq!(server.log().mails.len(), 1);
}

#[test]
fn the_line_is_encrypted_with_a_certificate_that_is_really_checked() {
    let folder = Folder::new("tls");
    let (good, ca) = certificate(&["localhost", "127.0.0.1"]);
    let (wrong_name, wrong_ca) = certificate(&["other.example.jp"]);
    fs::write(folder.0.join("ca.pem"), &ca).unwrap();
    fs::write(folder.0.join("wrong.pem"), &wrong_ca).unwrap();
    fs::write(folder.0.join("empty.pem"), "").unwrap();
    for (scheme, implicit) in [("smtp", false), ("smtps", true)] {
        let server = |tls| {
            MailServer::start(Script { pipelining: true, tls: Some(tls), implicit, ..Script::default() })
        };
        for host in ["localhost", "127.0.0.1"] {
            let server = server(good.clone());
            let url = format!("{scheme}://{host}:{}?tls=required&ca=ca.pem", server.port);
            let mut transport = opened(&url, None, &folder.0);
            assert!(is_sent(&deliver(transport.as_mut())), "{url}");
            assert!(is_sent(&deliver(transport.as_mut())), "{url}");
            let log = server.log();
            assert!(
                log.mails.len() == 2 && log.mails.iter().all(|mail| mail.is_encrypted && mail.bytes == MAIL)
            );
            assert_eq!(log.connections - log.refused_connections, 1);
        }
        for (tls, ca) in [
            (&good, ""),
            (&good, "&ca=wrong.pem"),
            (&wrong_name, "&ca=wrong.pem"),
            (&good, "&ca=none.pem"),
            (&good, "&ca=empty.pem"),
        ] {
            let server = server(tls.clone());
            let url = format!("{scheme}://127.0.0.1:{}?tls=required{ca}", server.port);
            let result = deliver(opened(&url, None, &folder.0).as_mut());
            assert_eq!(code(&result).0, "unreachable", "{url} {result:?}");
            assert_eq!(server.log().mails.len(), 0);
        }
    }
}

#[test]
fn required_encryption_is_never_given_up_and_opportunistic_is_used_where_offered() {
    let folder = Folder::new("opportunistic");
    let (tls, ca) = certificate(&["127.0.0.1"]);
    fs::write(folder.0.join("ca.pem"), ca).unwrap();
    let without = MailServer::start(Script::default());
    let url = |port: u16, tls: &str| format!("smtp://127.0.0.1:{port}?tls={tls}&ca=ca.pem");
    assert_eq!(
        code(&deliver(opened(&url(without.port, "required"), None, &folder.0).as_mut())).0,
        "unreachable"
    );
    assert!(is_sent(&deliver(opened(&url(without.port, "opportunistic"), None, &folder.0).as_mut())));
    let with = MailServer::start(Script { tls: Some(tls.clone()), ..Script::default() });
    assert!(is_sent(&deliver(opened(&url(with.port, "opportunistic"), None, &folder.0).as_mut())));
    assert!(with.log().mails[0].is_encrypted);
    // Words sent in the clear after STARTTLS must not be taken for words of the encrypted line.
    let script = Script { tls: Some(tls), ..Script::default() };
    let injected = "220 go\r\n250-evil\r\n250 AUTH PLAIN";
    let server = MailServer::start(script.on("STARTTLS", 1, Act::Say(injected.into())));
    assert_eq!(
        code(&deliver(opened(&url(server.port, "required"), None, &folder.0).as_mut())).0,
        "unreachable"
    );
}

#[test]
fn the_password_goes_over_an_encrypted_line_only_and_a_refused_one_says_so() {
    let folder = Folder::new("auth");
    let (tls, ca) = certificate(&["127.0.0.1"]);
    fs::write(folder.0.join("ca.pem"), ca).unwrap();
    for mechanisms in ["PLAIN LOGIN", "LOGIN", "=PLAIN"] {
        let server =
            MailServer::start(Script { tls: Some(tls.clone()), auth: Some(mechanisms), ..Script::default() });
        let url = format!("smtp://shop%40example.jp@127.0.0.1:{}?tls=required&ca=ca.pem", server.port);
        assert!(is_sent(&deliver(opened(&url, Some("秘密 pass"), &folder.0).as_mut())), "{mechanisms}");
        assert_eq!(server.log().logins, [("shop@example.jp".to_string(), "秘密 pass".to_string())]);
        assert_eq!(code(&deliver(opened(&url, None, &folder.0).as_mut())).0, "login");
        let refusing = Script { tls: Some(tls.clone()), auth: Some(mechanisms), ..Script::default() };
        let server = MailServer::start(refusing.on("AUTH", 1, Act::Say("535 5.7.8 wrong".into())));
        let url = url.replace(
            &url.split(':').next_back().unwrap().split('?').next().unwrap().to_string(),
            &server.port.to_string(),
        );
        assert_eq!(code(&deliver(opened(&url, Some("x"), &folder.0).as_mut())).0, "login");
    }
    // Offered in the clear: not taken, except on this machine when asked for.
    let server = MailServer::start(Script { auth: Some("PLAIN"), ..Script::default() });
    let clear = |tls: &str| format!("smtp://shop@127.0.0.1:{}?tls={tls}", server.port);
    for tls in ["opportunistic", "required"] {
        assert_eq!(code(&deliver(opened(&clear(tls), Some("x"), &folder.0).as_mut())).0, "unreachable");
    }
    assert_eq!(server.log().logins, []);
    assert!(is_sent(&deliver(opened(&clear("none"), Some("x"), &folder.0).as_mut())));
    assert_eq!(server.log().logins.len(), 1);
}

#[test]
fn the_setting_is_read_or_refused_with_the_piece_at_fault() {
    let smtp = |host: &str, port, user: Option<&str>, security| {
        TransportUrl::Smtp(SmtpServer {
            host: host.into(),
            port,
            user: user.map(str::to_string),
            security,
            ca: None,
        })
    };
    for (text, url) in [
        ("smtp://mail.example.jp", smtp("mail.example.jp", 587, None, SmtpSecurity::Opportunistic)),
        (
            "smtp://u@Mail.example.jp:25?tls=required",
            smtp("mail.example.jp", 25, Some("u"), SmtpSecurity::Required),
        ),
        (
            "smtp://a@b.jp@mail.example.jp/",
            smtp("mail.example.jp", 587, Some("a@b.jp"), SmtpSecurity::Opportunistic),
        ),
        ("smtp://a%40b.jp@[::1]:2525?tls=none", smtp("::1", 2525, Some("a@b.jp"), SmtpSecurity::None)),
        ("smtps://u@mail.example.jp", smtp("mail.example.jp", 465, Some("u"), SmtpSecurity::Implicit)),
        ("sendmail:/usr/sbin/sendmail", TransportUrl::Sendmail("/usr/sbin/sendmail".into())),
        ("folder:outbox/test", TransportUrl::Folder("outbox/test".into())),
    ] {
        assert_eq!(parse(text).unwrap(), url, "{text}");
    }
    for text in [
        "",
        "http://x",
        "smtp://",
        "smtp://ho st",
        "smtp://host:0",
        "smtp://host:99999",
        "smtp://u:secret@host",
        "smtp://u@host?tls=none",
        "smtp://host?tls=maybe",
        "smtp://host?shell=1",
        "smtps://host?tls=none",
        "smtp://host?ca=/etc/passwd",
        "smtp://host?ca=../ca.pem",
        "sendmail:/bin/sh",
        "sendmail:sendmail",
        "sendmail:/usr/sbin/sendmail -bs",
        "folder:",
        "folder:/tmp",
        "folder:..",
        "folder:a/../../b",
        "folder:./",
    ] {
        match parse(text) {
            Err(Error::Invalid(refusal)) => {
                assert_eq!(refusal.sentence.number, 1022);
                assert!(!refusal.say(neo::texts::Language::Ja).contains("secret"));
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

/// One test of sendmail at a time: a program that is being written in one thread cannot be started while another thread
/// is between fork and exec (ETXTBSY).
static PROGRAMS: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    PROGRAMS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A program in sendmail's place: writes down how it was called and what it read.
fn program(folder: &Folder, script: &str) -> Box<dyn Transport> {
    let path = folder.0.join("sendmail");
    fs::write(&path, format!("#!/bin/sh\ncd {}\n{script}\n", folder.0.display())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    open(&TransportUrl::Sendmail(path), None, &folder.0, TIMEOUT, marked)
}

fn marked(command: &mut Command) {
    command.env("PREPARED", "yes");
}

#[test]
fn sendmail_gets_the_envelope_as_arguments_and_the_mail_with_local_line_ends() {
    let _alone = alone();
    let folder = Folder::new("sendmail");
    let mut transport =
        program(&folder, "for a in \"$@\"; do echo \"$a\"; done > args; env > env; cat > mail");
    assert_eq!(deliver(transport.as_mut()), Ok(Outcome::Sent { reply: "exit 0".into() }));
    let read = |name: &str| fs::read_to_string(folder.0.join(name)).unwrap();
    assert_eq!(read("args"), "-i\n-f\nbounce+1@shop.example.jp\n--\nhanako@example.com\n");
    assert_eq!(read("mail"), String::from_utf8(MAIL.to_vec()).unwrap().replace("\r\n", "\n"));
    let env = read("env");
    assert!(env.contains("PATH=/usr/sbin:/usr/bin:/bin\n") && env.contains("PREPARED=yes\n"), "{env}");
    assert!(!env.contains("HOME=") && !env.contains("CARGO"), "{env}");
}

#[test]
fn sendmails_exit_code_decides_and_its_complaint_is_kept() {
    let _alone = alone();
    let folder = Folder::new("exit");
    for (exit, expected) in [
        (0, "sent"),
        (75, "later"),
        (69, "later"),
        (71, "later"),
        (1, "later"),
        (65, "never"),
        (67, "never"),
        (68, "never"),
        (64, "unreachable"),
        (77, "unreachable"),
        (78, "unreachable"),
        (127, "unreachable"),
    ] {
        let mut transport = program(&folder, &format!("cat > /dev/null; echo 'no luck' >&2; exit {exit}"));
        let result = deliver(transport.as_mut());
        assert_eq!(code(&result).0, expected, "{exit}");
        assert!(format!("{result:?}").contains(&format!("exit {exit} no luck")), "{result:?}");
    }
}

#[test]
fn a_sendmail_that_dies_hangs_or_is_missing_leaves_no_doubt_that_need_not_be() {
    let _alone = alone();
    let folder = Folder::new("dies");
    let large = [b"Subject: x\r\n\r\n".as_slice(), &b"0123456789abcdef\r\n".repeat(20_000)].concat();
    let to = Address::parse("a@example.jp").unwrap();
    let envelope = Envelope { from: "b@example.jp", to: &to };
    for (script, expected) in [
        ("cat > /dev/null; kill -9 $$", "lost"),
        ("kill -9 $$", "unreachable"),
        ("cat > /dev/null; sleep 60", "lost"),
        ("sleep 60", "unreachable"),
        ("exit 0", "lost"),
        ("exit 75", "later"),
    ] {
        let start = Instant::now();
        let result = program(&folder, &format!("exec 3>&1; {script}").replace("sleep", "exec sleep"))
            .deliver(&envelope, &large);
        assert_eq!(code(&result).0, expected, "{script} {result:?}");
        assert!(start.elapsed() < TIMEOUT + Duration::from_secs(1), "{script}");
    }
    let missing = TransportUrl::Sendmail(folder.0.join("none"));
    let mut transport = open(&missing, None, &folder.0, TIMEOUT, as_it_is);
    assert_eq!(code(&deliver(transport.as_mut())).0, "unreachable");
    fs::set_permissions(folder.0.join("sendmail"), fs::Permissions::from_mode(0o600)).unwrap();
    let forbidden = TransportUrl::Sendmail(folder.0.join("sendmail"));
    let mut transport = open(&forbidden, None, &folder.0, TIMEOUT, as_it_is);
    assert_eq!(code(&deliver(transport.as_mut())).0, "unreachable");
}

#[test]
fn a_folder_takes_each_mail_whole_under_a_name_of_its_own_with_its_envelope() {
    let folder = Folder::new("folder");
    let mut one = opened("folder:outbox", None, &folder.0);
    let mut two = opened("folder:outbox", None, &folder.0);
    for _ in 0..20 {
        assert!(is_sent(&deliver(one.as_mut())) && is_sent(&deliver(two.as_mut())));
    }
    let outbox = folder.0.join("outbox");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&outbox), 0o700);
    let files: Vec<PathBuf> = fs::read_dir(&outbox).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 40);
    let head = b"X-Neo-Envelope-From: bounce+1@shop.example.jp\r\nX-Neo-Envelope-To: hanako@example.com\r\n";
    for file in files {
        assert_eq!(mode(&file), 0o600);
        assert_eq!(file.extension().unwrap(), "eml");
        assert_eq!(fs::read(&file).unwrap(), [head.as_slice(), MAIL].concat());
    }
    let blocked = folder.0.join("file");
    fs::write(&blocked, "").unwrap();
    assert_eq!(code(&deliver(opened("folder:file", None, &folder.0).as_mut())).0, "unreachable");
}
