//! What a reader does: reads her mails, follows their links, posts forms from anywhere.
//! Not the site: mod.rs.

#![allow(dead_code, reason = "each test file uses its own part")]

use mail_parser::MessageParser;
use neo::store::Writer;

use crate::support::{Page, Site, encoded};

/// The sign-up form of another site: no cookie, no hidden field, from the given address.
pub(crate) fn sign_up(site: &Site, list: &str, fields: &[(&str, &str)], from: &str) -> Page {
    sign_up_in(site, list, fields, from, "ja")
}

pub(crate) fn sign_up_in(
    site: &Site,
    list: &str,
    fields: &[(&str, &str)],
    from: &str,
    language: &str,
) -> Page {
    site.request(
        "POST",
        &format!("/f/{list}"),
        Some(&encoded(fields)),
        &[
            ("REMOTE_ADDR", from),
            ("HTTP_ACCEPT_LANGUAGE", language),
            ("HTTP_ORIGIN", "https://elsewhere.example"),
            ("HTTP_SEC_FETCH_SITE", "cross-site"),
        ],
    )
}

/// An address of the 10/8 net for each number, each in a range of its own.
pub(crate) fn visitor(number: usize) -> String {
    format!("10.{}.{}.9", number / 250, number % 250)
}

/// Subject and text of every mail to this address, oldest first.
pub(crate) fn mails_to(site: &Site, address: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for raw in site.mails() {
        let mail = MessageParser::new().parse(raw.as_bytes()).unwrap();
        let to = mail.to().and_then(|to| to.first()).and_then(|to| to.address()).unwrap_or_default();
        if to.eq_ignore_ascii_case(address) {
            let text = mail.body_text(0).unwrap_or_default().into_owned();
            found.push((mail.subject().unwrap_or_default().to_string(), text));
        }
    }
    found
}

/// The path of the link of this kind (`confirm`, `u`, `p`) in the latest mail to an address that has one.
pub(crate) fn link(site: &Site, address: &str, kind: &str) -> String {
    let mark = format!("/neo.cgi/{kind}/");
    let mails = mails_to(site, address);
    let found = mails.iter().rev().find_map(|(_, text)| text.split_once(&mark));
    let (_, rest) = found.unwrap_or_else(|| panic!("no {kind} link to {address}: {mails:?}"));
    format!("/{kind}/{}", rest.split_whitespace().next().unwrap())
}

/// Where a reader stands, by the command line.
pub(crate) fn record(site: &Site, list: &str, address: &str) -> serde_json::Value {
    site.neo(&["subscriber", "show", list, address, "--json"]).json()
}

pub(crate) fn state(site: &Site, list: &str, address: &str) -> String {
    record(site, list, address)["state"].as_str().unwrap().to_string()
}

/// Everything in the database that a reader's action may change, as text.
pub(crate) fn traces(site: &Site, list: &str, address: &str) -> String {
    let counts = site.neo(&["list", "show", list, "--json"]).ok();
    format!("{}{counts}{}", record(site, list, address), site.neo(&["ledger", "all", "--json"]).ok())
}

/// A second handle on the site's database.
pub(crate) fn store(site: &Site) -> Writer {
    Writer::open(&site.data().join("neo.sqlite"), Box::new(|| false)).unwrap()
}

/// A site with a list of this name; with the sender's details, so that mails go out.
pub(crate) fn site_with(lists: &[(&str, &str)]) -> Site {
    let site = Site::new();
    for (name, opt_in) in lists {
        let title = format!("{name}だより");
        let from = format!("さくら堂 <{name}@sakurado.example.jp>");
        site.neo(&["list", "add", name, "--title", &title, "--from", &from, "--opt-in", opt_in]).ok();
    }
    for (key, value) in
        [("sender_name", "さくら堂"), ("sender_address", "東京都"), ("sender_contact", "03-0000-0000")]
    {
        site.set(key, value);
    }
    site
}
