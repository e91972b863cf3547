//! Failures told in a mail server's own words: whom they name and what they say of each.
//! Not the meaning of the words: domain/bounce.

use crate::domain::bounce::{Stage, phrases};
use crate::mail::feedback::words::{COURTESIES, HEADS};

/// Addresses of one text that are looked at.
const MOST_ADDRESSES: usize = 50;
/// What is weighed of one text; mail servers say it in the beginning.
const MOST_SAID: usize = 4000;
/// Lines after an address that may speak of it.
const LINES: usize = 14;

/// The addresses that a text names as failed, in order, each once. Where lines begin with an address, only those count:
/// the others are help desks, senders and list owners.
pub(super) fn recipients(text: &str) -> Vec<String> {
    let lines = || text.lines().filter(|line| !is_about_others(line));
    let heads = distinct(
        lines()
            .filter(|line| begins_with_address(line))
            .filter_map(|line| addresses(line).into_iter().next()),
    );
    match heads.is_empty() {
        true => distinct(lines().flat_map(addresses)),
        false => heads,
    }
}

fn distinct(found: impl Iterator<Item = String>) -> Vec<String> {
    let mut known: Vec<String> = Vec::new();
    for address in found.take(10 * MOST_ADDRESSES) {
        if known.len() < MOST_ADDRESSES && !known.iter().any(|other| other.eq_ignore_ascii_case(&address)) {
            known.push(address);
        }
    }
    known
}

fn begins_with_address(line: &str) -> bool {
    let first = line
        .trim_start()
        .split(|letter: char| letter.is_whitespace() || letter == ':')
        .next()
        .unwrap_or_default();
    first.contains('@') && !addresses(first).is_empty()
}

/// Lines that name the sender or the help desk.
fn is_about_others(line: &str) -> bool {
    let plain = line.trim().to_lowercase();
    phrases(HEADS).any(|start| plain.starts_with(start))
        || (!begins_with_address(line)
            && (plain.contains("postmaster@") || plain.contains("mailer-daemon@"))
            && !plain.contains("deliver"))
}

/// Everything in a line that looks like an address.
pub(super) fn addresses(line: &str) -> Vec<String> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "._+-='/&?@!#$%*^{|}~".contains(letter);
    line.split(|letter: char| !is_part(letter))
        .map(|word| word.trim_end_matches(['.', '-', '?', '!', '\'']).trim_start_matches(['\'', '=']))
        .map(|word| word.trim_start_matches("mailto:").trim_start_matches("RCPT"))
        .filter(|word| {
            let (local, domain) = word.rsplit_once('@').unwrap_or_default();
            !local.is_empty()
                && !local.contains('@')
                && domain.contains('.')
                && !domain.starts_with('.')
                && word.len() <= 254
        })
        .map(str::to_string)
        .collect()
}

/// The lines that speak of an address: from where it is first named to where another is.
pub(super) fn passage(text: &str, recipient: &str) -> String {
    let recipient = recipient.to_lowercase();
    let mut lines: Vec<&str> = Vec::new();
    let mut has_begun = false;
    let mut blank = 0;
    for line in text.lines() {
        let is_named = !recipient.is_empty() && line.to_lowercase().contains(&recipient);
        if !has_begun && (!is_named || is_about_others(line)) {
            continue;
        }
        let names_another = has_begun
            && !is_named
            && addresses(line).iter().any(|other| !other.eq_ignore_ascii_case(&recipient))
            && !line.contains("said:")
            && line.trim_start().starts_with(['<', '(']);
        if names_another || lines.len() >= LINES {
            break;
        }
        has_begun = true;
        blank += usize::from(line.trim().is_empty());
        if blank > 3 {
            break;
        }
        lines.push(line.trim());
    }
    without_courtesies(&lines.join(" "))
}

/// Which command the server answered, where that is told.
pub(super) fn stage(said: &str) -> Stage {
    let said = said.to_lowercase();
    // A transcript: which command stands before the refusal. What is pipelined behind a refused RCPT does not count.
    if let Some((before, _)) = said.split_once("<<< 5").or_else(|| said.split_once("<<< 4")) {
        let (rcpt, data) = (before.rfind(">>> rcpt"), before.rfind(">>> data"));
        let needs = ["need rcpt", "no valid recipients", "valid rcpt", "rcpt first", "need recipient"];
        let is_rcpt = rcpt > data || needs.iter().any(|words| said.contains(words));
        if rcpt.is_some() || data.is_some() {
            return if is_rcpt { Stage::Rcpt } else { Stage::Data };
        }
    }
    let is_said = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if is_said(&[
        "end of data",
        "reply to data",
        "data command",
        "text command",
        "refused to accept your message (data)",
        ">>> data",
        "[data]",
        "after data",
        "smtp:data",
        ">>> .",
    ]) {
        Stage::Data
    } else if is_said(&[
        "after rcpt to",
        "our rcpt to",
        "reply to rcpt",
        "rcpt_to",
        "smtp:rcpt",
        ">>> rcpt",
        "rcpt to:<",
        "rcpt to command",
        "rcpt command",
    ]) {
        Stage::Rcpt
    } else if is_said(&["after mail from", "reply to mail", "mail_from", ">>> mail", "mail from command"]) {
        Stage::MailFrom
    } else if is_said(&[
        "refused to talk to me",
        "after ehlo",
        "after helo",
        "after initial connection",
        "helo handshake",
        "reply to ehlo",
        "reply to helo",
        "after connect",
    ]) {
        Stage::Hello
    } else {
        Stage::Unknown
    }
}

pub(super) fn without_courtesies(said: &str) -> String {
    let mut plain: String =
        said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MOST_SAID).collect();
    for courtesy in phrases(COURTESIES) {
        while let Some(at) = plain.to_ascii_lowercase().find(courtesy) {
            let Some((before, after)) = plain.split_at_checked(at) else { break };
            let rest = after.split_at_checked(courtesy.len()).map_or("", |(_, rest)| rest);
            plain = format!("{before} {rest}");
        }
    }
    plain
}
