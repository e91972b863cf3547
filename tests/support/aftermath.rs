//! What was in hand whenever the program was ended, and whether the mails that were taken are those of the ledger.
//! Not the ending itself: each test has its own way to kill.

use std::collections::{BTreeMap, BTreeSet};

use neo::domain::id::DeliveryId;

use crate::mail_server::MailServer;
use crate::site::Site;

/// Each row that was in hand when the program was ended, with the numbers of its attempts.
#[derive(Default)]
pub(crate) struct Aftermath {
    pub(crate) in_hand: BTreeMap<i64, BTreeSet<i64>>,
}

impl Aftermath {
    /// At most one row is in hand when the program dies; it is noted as a possible duplicate.
    pub(crate) fn look(&mut self, site: &Site) {
        let connection = site.sqlite();
        let mut statement =
            connection.prepare("select id, attempts from deliveries where state = 'sending'").unwrap();
        let rows: Vec<(i64, i64)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        assert!(rows.len() <= 1, "one connection had {} mails in hand", rows.len());
        for (row, attempt) in rows {
            self.in_hand.entry(row).or_default().insert(attempt);
        }
    }

    /// How often a mail was in hand.
    pub(crate) fn deaths(&self) -> usize {
        self.in_hand.values().map(BTreeSet::len).sum()
    }

    /// Compares the ledger of a site that has come to rest with what the mail server took, mail by mail. Returns the
    /// duplicates.
    pub(crate) fn check_mails(&self, site: &Site, server: &MailServer) -> usize {
        let (app, _) = site.open();
        let mut copies = copies_by_message_id(server);
        let connection = site.sqlite();
        let mut statement = connection
            .prepare(
                "select d.id, d.state, p.address from deliveries d join subscriptions s on s.id = d.subscription_id
                 join subscribers p on p.id = s.subscriber_id",
            )
            .unwrap();
        let mut rows = statement.query([]).unwrap();
        let mut duplicates = 0;
        while let Some(row) = rows.next().unwrap() {
            let (id, state, address): (i64, String, String) =
                (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap());
            let mails = copies.remove(&app.key.message_reference(DeliveryId(id))).unwrap_or_default();
            let deaths = self.in_hand.get(&id).map_or(0, BTreeSet::len);
            match state.as_str() {
                "sent" => assert!(!mails.is_empty(), "row {id} stands as sent, but no mail came"),
                "unsure" => assert!(deaths > 0, "row {id} is unsure, but was never in hand at an end"),
                "suppressed" => assert!(mails.is_empty(), "row {id} stands as not sent, but a mail came"),
                other => panic!("row {id} ended as {other}"),
            }
            assert!(mails.iter().all(|(to, _)| *to == address), "row {id} went to somebody else");
            let contents: BTreeSet<&[u8]> = mails.iter().map(|(_, bytes)| bytes.as_slice()).collect();
            assert!(contents.len() <= 1, "the copies of row {id} differ: {}", told_apart(&contents));
            let extra = mails.len().saturating_sub(1);
            assert!(extra <= deaths, "row {id} came {extra} times too often after {deaths} deaths");
            duplicates += extra;
        }
        // What the owner is told about her site is outside of the ledger.
        copies.retain(|_, mails| mails.iter().any(|(to, _)| to != "owner@example.jp"));
        let strangers: Vec<_> =
            copies.values().flatten().map(|(to, bytes)| (to, String::from_utf8_lossy(bytes))).collect();
        assert!(strangers.is_empty(), "mails without a row: {strangers:?}");
        duplicates
    }
}

fn told_apart(contents: &BTreeSet<&[u8]>) -> String {
    contents
        .iter()
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .collect::<Vec<_>>()
        .join("\n---\n")
}

fn copies_by_message_id(server: &MailServer) -> BTreeMap<String, Vec<(String, Vec<u8>)>> {
    let mut copies: BTreeMap<String, Vec<(String, Vec<u8>)>> = BTreeMap::new();
    for mail in server.log().mails {
        let head = String::from_utf8_lossy(&mail.bytes).into_owned();
        let id = head.split_once("\r\nMessage-ID: <").expect("a Message-ID").1;
        let reference = id.split('@').next().unwrap().to_string();
        copies.entry(reference).or_default().push((mail.to.concat(), mail.bytes));
    }
    copies
}
