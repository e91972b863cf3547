//! What must have come of the work of a busy site when it has come to rest.
//! Not the work: mixed.rs. Not the mails against the ledger: aftermath.rs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::mixed::{CLUB_ROWS, TOKYO, WELCOME, Work, pref};

impl Work {
    /// What must have come of it.
    pub(crate) fn check(&self) {
        self.check_broadcasts();
        self.check_steps();
        self.check_imports();
        self.check_absences();
    }

    fn was_away(&self, address: &str) -> bool {
        self.absences.iter().any(|absence| absence.address == address)
    }

    fn check_broadcasts(&self) {
        let twice = "select count(*) from (select 1 from deliveries d join messages m on m.id = d.message_id
            where m.kind = 'broadcast' group by d.message_id, d.subscription_id having count(*) > 1)";
        assert_eq!(self.site.number(twice), 0, "somebody has two rows of a broadcast");
        for (message, audience) in &self.broadcasts {
            let reached = self.texts(&format!(
                "select p.address from deliveries d join subscriptions s on s.id = d.subscription_id
                 join subscribers p on p.id = s.subscriber_id
                 where d.message_id = {message} and d.state in ('sent', 'unsure')"
            ));
            for address in audience.iter().filter(|address| !self.was_away(address)) {
                assert!(reached.contains(address), "{address} was left out of broadcast {message}");
            }
        }
        let others = self.site.number(&format!(
            "select count(*) from deliveries d join messages m on m.id = d.message_id
             join subscriptions s on s.id = d.subscription_id join subscribers p on p.id = s.subscriber_id
             where m.kind = 'broadcast' and m.subject = 'Tokyo'
               and coalesce(json_extract(p.fields, '$.pref'), '') <> '{TOKYO}'"
        ));
        assert_eq!(others, 0, "somebody outside of the segment");
    }

    /// Each way through the sequence: each step at most once, in order, and the steps of her time all.
    fn check_steps(&self) {
        let store = self.site.store();
        let steps = store.steps(WELCOME).unwrap();
        let place_of: HashMap<i64, usize> = steps
            .iter()
            .enumerate()
            .flat_map(|(place, step)| {
                store.messages_of_step(step.id).unwrap().into_iter().map(move |message| (message.0, place))
            })
            .collect();
        let mut ways: BTreeMap<(i64, i64), Vec<usize>> = BTreeMap::new();
        self.each("select subscription_id, occurrence, message_id from deliveries order by id", |row| {
            if let Some(place) = place_of.get(&row.get(2).unwrap()) {
                ways.entry((row.get(0).unwrap(), row.get(1).unwrap())).or_default().push(*place);
            }
        });
        let sql = "select e.subscription_id, e.occurrence, e.entered_at, p.address,
              coalesce(json_extract(p.fields, '$.pref'), '')
            from enrolments e join subscriptions s on s.id = e.subscription_id
            join subscribers p on p.id = s.subscriber_id";
        self.each(sql, |row| {
            let way = (row.get(0).unwrap(), row.get(1).unwrap());
            let (entered, address, pref): (i64, String, String) =
                (row.get(2).unwrap(), row.get(3).unwrap(), row.get(4).unwrap());
            let got = ways.remove(&way).unwrap_or_default();
            let once: BTreeSet<usize> = got.iter().copied().collect();
            assert_eq!(once.len(), got.len(), "{address} got a step twice: {got:?}");
            let in_order: Vec<_> =
                got.iter().filter(|place| !self.for_past.contains(&steps[**place].id)).collect();
            assert!(in_order.is_sorted(), "{address} got steps out of order: {got:?}");
            for (place, step) in steps.iter().enumerate() {
                let is_hers = step.condition.is_none() || pref == TOKYO;
                assert!(is_hers || !once.contains(&place), "{address} got a step that was not for her");
                let is_due = is_hers && step.since <= entered && !self.was_away(&address);
                assert!(!is_due || once.contains(&place), "{address} did not get step {place}: {got:?}");
            }
        });
        assert!(ways.is_empty(), "steps without a way: {ways:?}");
    }

    fn each(&self, sql: &str, mut look: impl FnMut(&rusqlite::Row<'_>)) {
        let connection = self.site.sqlite();
        let mut statement = connection.prepare(sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            look(row);
        }
    }

    fn check_imports(&self) {
        let mut found: BTreeMap<String, (i64, String, String)> = BTreeMap::new();
        let sql = "select p.address, s.list_id, p.name, json_extract(p.fields, '$.pref') from subscribers p
            join subscriptions s on s.subscriber_id = p.id where p.address not like 'reader%'";
        self.each(sql, |row| {
            let person = (row.get(1).unwrap(), row.get(2).unwrap(), row.get(3).unwrap());
            let address: String = row.get(0).unwrap();
            assert!(found.insert(address.clone(), person).is_none(), "{address} is there twice");
        });
        for (kind, list, count) in [("import", 1, self.imported), ("club", 2, self.club_files * CLUB_ROWS)] {
            for number in 0..count {
                let person = found.remove(&format!("{kind}{number}@example.jp"));
                let expected = (list, format!("読者{number}"), pref(number).to_string());
                assert_eq!(person, Some(expected), "{kind}{number}");
            }
        }
        assert!(found.is_empty(), "nobody imported these: {found:?}");
        let wrong = self.site.number(&format!(
            "select count(*) from imports where state = 'running' or (way = 'web' and
               (state, rows, added) <> ('finished', {CLUB_ROWS}, {CLUB_ROWS}))"
        ));
        assert_eq!(wrong, 0, "an import whose numbers are wrong");
    }

    fn check_absences(&self) {
        let mails = self.server.log().mails;
        for absence in &self.absences {
            let while_away = mails.get(absence.from..absence.until.min(mails.len())).unwrap_or_default();
            let wrong = while_away.iter().any(|mail| mail.to.contains(&absence.address));
            assert!(!wrong, "{} got a mail after she left", absence.address);
        }
    }
}
