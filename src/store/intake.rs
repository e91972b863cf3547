//! Takes a piece of an import in: many readers in one transaction, each with consent, sequences, tags, and with what an
//! undo needs. Not the reading of the file (transfer) and not a single reader's joining (membership).
//!
//! The piece is worked through in the order of the addresses, so that the index of addresses is touched page by page:
//! in the order of the file a million readers would write the index a hundred times over. New people are written many at
//! a time, and their places on the list and their consents in one statement each for all of them.

use std::collections::HashMap;

use rusqlite::CachedStatement;

use crate::clock::Instant;
use crate::domain::consent::{Circumstances, Event};
use crate::domain::id::{ImportId, SubscriberId, SubscriptionId, TagId};
use crate::domain::import::{Change, Fate, Newcomer, OnDuplicate, Rules};
use crate::domain::sequence::Sequence;
use crate::domain::subscriber::{Fields, Name, SubscriptionState};
use crate::domain::tag::TagName;
use crate::error::Result;
use crate::store::{Reader, Writer};

/// What is known of an address before its row is taken in.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    subscriber: Option<SubscriberId>,
    subscription: Option<(SubscriptionId, SubscriptionState)>,
    is_suppressed: bool,
}

const LOOK_UP: &str =
    "select p.id, s.id, s.state, exists (select 1 from suppressions x where x.address_key = k.k)
     from (select ?1 as k) k left join subscribers p on p.address_key = k.k
     left join subscriptions s on s.list_id = ?2 and s.subscriber_id = p.id";

impl Reader {
    /// What would become of each person, without writing. Those who come twice are `Added` twice: the caller knows.
    pub fn foresee(&self, rules: &Rules, people: &[Newcomer]) -> Result<Vec<Fate>> {
        let mut look_up = self.connection.prepare_cached(LOOK_UP)?;
        let mut fates = vec![Fate::Skipped; people.len()];
        for (place, person) in in_order(people) {
            let known = known(&mut look_up, rules, person)?;
            if let Some(fate) = fates.get_mut(place) {
                *fate = fate_of(rules, &known);
            }
        }
        Ok(fates)
    }
}

/// The places of people in the order of their addresses; who comes twice keeps her order.
fn in_order(people: &[Newcomer]) -> Vec<(usize, &Newcomer)> {
    let mut order: Vec<(usize, &Newcomer)> = people.iter().enumerate().collect();
    order.sort_by(|(_, one), (_, other)| one.key.cmp(&other.key));
    order
}

fn known(look_up: &mut CachedStatement<'_>, rules: &Rules, person: &Newcomer) -> Result<Known> {
    Ok(look_up.query_row((&person.key, rules.list), |row| {
        let id: Option<SubscriptionId> = row.get(1)?;
        let state = row.get_ref(2)?.as_str_or_null()?.and_then(SubscriptionState::parse);
        Ok(Known { subscriber: row.get(0)?, subscription: id.zip(state), is_suppressed: row.get(3)? })
    })?)
}

fn fate_of(rules: &Rules, known: &Known) -> Fate {
    match known.subscription {
        _ if known.is_suppressed => Fate::Suppressed,
        Some((_, SubscriptionState::Left)) if !rules.may_rejoin => Fate::Left,
        Some((_, SubscriptionState::Confirmed)) if rules.on_duplicate == OnDuplicate::Skip => Fate::Skipped,
        Some((_, SubscriptionState::Confirmed)) => Fate::Updated,
        _ => Fate::Added,
    }
}

impl Writer {
    /// Takes people in, inside the caller's transaction; the fates are in the order given.
    pub fn take_in<'a>(
        &'a self,
        import: ImportId,
        rules: &'a Rules,
        people: &'a [Newcomer],
        now: Instant,
    ) -> Result<Vec<Fate>> {
        let mut intake = Intake::new(self, import, rules, now)?;
        let mut fates = vec![Fate::Skipped; people.len()];
        let mut before: Option<&Newcomer> = None;
        for (place, person) in in_order(people) {
            if before.is_some_and(|before| before.key == person.key) {
                intake.write_new_people()?; // she comes twice: the second row finds her on the list
            }
            before = Some(person);
            let fate = intake.take(person)?;
            if let Some(place) = fates.get_mut(place) {
                *place = fate;
            }
        }
        intake.write_new_people()?;
        intake.note_ranges()?;
        Ok(fates)
    }
}

/// The statements of one piece, prepared once, and what it has added so far.
struct Intake<'a> {
    store: &'a Writer,
    import: ImportId,
    rules: &'a Rules,
    now: Instant,
    how: Circumstances,
    look_up: CachedStatement<'a>,
    add_subscriber: CachedStatement<'a>,
    add_subscribers: CachedStatement<'a>,
    add_tagging: CachedStatement<'a>,
    /// The list's, read once for all its newcomers.
    sequences: Vec<Sequence>,
    tags: HashMap<String, TagId>,
    /// New people who are not written yet, in the order of their addresses.
    waiting: Vec<&'a Newcomer>,
    /// New people who are written and not on the list yet: their first and last number.
    off_list: Option<(i64, i64)>,
    subscriptions: Option<(i64, i64)>,
    subscribers: Option<(i64, i64)>,
}

/// New people in one statement.
const MANY: usize = 50;

/// Joins two ranges of numbers of which the second follows the first.
fn joined(range: Option<(i64, i64)>, first: i64, last: i64) -> Option<(i64, i64)> {
    Some((range.map_or(first, |(first, _)| first), last))
}

impl<'a> Intake<'a> {
    fn new(store: &'a Writer, import: ImportId, rules: &'a Rules, now: Instant) -> Result<Intake<'a>> {
        let prepare = |sql: &str| store.connection.prepare_cached(sql);
        let sequences = store.sequences_of_list(rules.list)?;
        Ok(Intake {
            store,
            import,
            rules,
            now,
            how: Circumstances { way: "import", ..Circumstances::default() },
            look_up: prepare(LOOK_UP)?,
            add_subscriber: prepare(
                "insert into subscribers (address, address_key, name, fields, created_at) values (?1, ?2, ?3, ?4, ?5)",
            )?,
            add_subscribers: prepare(&format!(
                "insert into subscribers (address, address_key, name, fields, created_at) values {}",
                vec!["(?, ?, ?, ?, ?)"; MANY].join(", ")
            ))?,
            add_tagging: prepare(
                "insert into taggings (tag_id, subscriber_id, at) values (?1, ?2, ?3) on conflict do nothing",
            )?,
            sequences,
            tags: HashMap::new(),
            waiting: Vec::new(),
            off_list: None,
            subscriptions: None,
            subscribers: None,
        })
    }

    fn take(&mut self, person: &'a Newcomer) -> Result<Fate> {
        let known = known(&mut self.look_up, self.rules, person)?;
        let fate = fate_of(self.rules, &known);
        match (fate, known.subscriber, known.subscription) {
            (Fate::Added, None, _) => {
                self.waiting.push(person);
                if self.waiting.len() >= MANY {
                    self.write_waiting()?;
                }
            }
            (Fate::Added, Some(subscriber), None) => {
                self.write_new_people()?;
                self.off_list = Some((subscriber.0, subscriber.0));
                let subscription = self.put_on_list()?;
                self.update(subscriber, subscription, person, None)?;
            }
            (Fate::Added, Some(subscriber), Some((subscription, state))) => {
                self.store.join(subscription, Event::Added, &self.how, self.now)?;
                self.update(subscriber, subscription, person, Some(state))?;
            }
            (Fate::Updated, Some(subscriber), Some((subscription, _))) => {
                self.update(subscriber, subscription, person, None)?;
            }
            _ => {}
        }
        Ok(fate)
    }

    /// Everybody who waits is written and on the list.
    fn write_new_people(&mut self) -> Result<()> {
        self.write_waiting()?;
        if self.off_list.is_some() {
            self.put_on_list()?;
        }
        Ok(())
    }

    /// Writes the people who wait; their numbers follow each other.
    fn write_waiting(&mut self) -> Result<()> {
        let people = std::mem::take(&mut self.waiting);
        if people.len() == MANY {
            for (place, person) in people.iter().enumerate() {
                bind(&mut self.add_subscribers, place * 5, person, self.now)?;
            }
            self.add_subscribers.raw_execute()?;
        } else {
            for person in &people {
                bind(&mut self.add_subscriber, 0, person, self.now)?;
                self.add_subscriber.raw_execute()?;
            }
        }
        let Ok(count @ 1..) = i64::try_from(people.len()) else { return Ok(()) };
        let last = self.store.connection.last_insert_rowid();
        let first = last - count + 1;
        self.subscribers = joined(self.subscribers, first, last);
        self.off_list = joined(self.off_list, first, last);
        for (number, person) in (first..).zip(&people) {
            for name in &person.tags {
                self.tag(SubscriberId(number), name)?;
            }
        }
        Ok(())
    }

    /// Puts those who are not yet on the list there, with their consents and the list's sequences. Returns the last.
    fn put_on_list(&mut self) -> Result<SubscriptionId> {
        let connection = &self.store.connection;
        let range = self.off_list.take().unwrap_or((0, -1));
        let count = connection
            .prepare_cached(
                "insert into subscriptions (list_id, subscriber_id, state, asked_at, joined_at)
                 select ?1, id, 'confirmed', ?2, ?2 from subscribers where id between ?3 and ?4 order by id",
            )?
            .execute((self.rules.list, self.now, range.0, range.1))?;
        let last = connection.last_insert_rowid();
        let first = last - i64::try_from(count).unwrap_or(0) + 1;
        connection
            .prepare_cached(
                "insert into consents (subscription_id, event, at, way)
                 select id, 'added', ?1, 'import' from subscriptions where id between ?2 and ?3 order by id",
            )?
            .execute((self.now, first, last))?;
        self.subscriptions = joined(self.subscriptions, first, last);
        for number in first..=last {
            self.store.enrol_in(&self.sequences, SubscriptionId(number), self.now)?;
        }
        Ok(SubscriptionId(last))
    }

    /// Takes over what the file says of a known person, and notes what that changed.
    fn update(
        &mut self,
        subscriber: SubscriberId,
        subscription: SubscriptionId,
        person: &Newcomer,
        came_from: Option<SubscriptionState>,
    ) -> Result<()> {
        let mut change =
            Change { state: came_from.map(|state| state.word().to_string()), ..Change::default() };
        if self.rules.on_duplicate != OnDuplicate::Skip {
            self.update_name(subscriber, person, &mut change)?;
            self.update_fields(subscriber, person, &mut change)?;
            self.update_tags(subscriber, person, &mut change)?;
        }
        if change.is_none() {
            return Ok(());
        }
        let change = serde_json::to_string(&change).unwrap_or_default();
        self.store
            .connection
            .prepare_cached(
                "insert into import_changes (import_id, subscription_id, change) values (?1, ?2, ?3)",
            )?
            .execute((self.import, subscription, change))?;
        Ok(())
    }

    fn replaces(&self) -> bool {
        self.rules.on_duplicate == OnDuplicate::Replace
    }

    fn update_name(&self, subscriber: SubscriberId, person: &Newcomer, change: &mut Change) -> Result<()> {
        let Some(name) = person.name.as_ref().filter(|name| self.replaces() || !name.as_str().is_empty())
        else {
            return Ok(());
        };
        let former: String = self
            .store
            .connection
            .prepare_cached("select name from subscribers where id = ?1")?
            .query_row([subscriber], |row| row.get(0))?;
        if former != name.as_str() {
            self.store.rename_subscriber(subscriber, name)?;
            change.name = Some((former, name.as_str().to_string()));
        }
        Ok(())
    }

    fn update_fields(&self, subscriber: SubscriberId, person: &Newcomer, change: &mut Change) -> Result<()> {
        if person.fields.is_empty() {
            return Ok(());
        }
        let former = self.store.fields_of(subscriber)?;
        let mut fields = former.clone();
        for (key, value) in &person.fields {
            match (value.is_empty(), self.replaces()) {
                (true, true) => drop(fields.remove(key)),
                (true, false) => {}
                (false, _) => drop(fields.insert(key.clone(), value.clone())),
            }
        }
        for (key, _) in person.fields.iter().filter(|(key, _)| former.get(key) != fields.get(key)) {
            change.fields.insert(key.clone(), (former.get(key).cloned(), fields.get(key).cloned()));
        }
        if change.fields.is_empty() { Ok(()) } else { self.store.put_fields(subscriber, &fields) }
    }

    fn update_tags(
        &mut self,
        subscriber: SubscriberId,
        person: &Newcomer,
        change: &mut Change,
    ) -> Result<()> {
        let mut wanted = Vec::new();
        for name in &person.tags {
            let (tag, is_new) = self.tag(subscriber, name)?;
            wanted.push(tag);
            if is_new {
                change.tags_added.push(tag.0);
            }
        }
        if self.replaces() && self.rules.has_tags {
            for tag in self.store.tag_ids_of(subscriber)? {
                if !wanted.contains(&tag) {
                    self.store.untag_subscriber(tag, subscriber)?;
                    change.tags_taken.push(tag.0);
                }
            }
        }
        Ok(())
    }

    /// Puts a tag on a person; the second value tells whether she did not have it.
    fn tag(&mut self, subscriber: SubscriberId, name: &TagName) -> Result<(TagId, bool)> {
        let tag = match self.tags.get(name.as_str()) {
            Some(tag) => *tag,
            None => {
                let tag = self.store.add_tag(name, self.now)?;
                self.tags.insert(name.as_str().to_string(), tag);
                tag
            }
        };
        Ok((tag, self.add_tagging.execute((tag, subscriber, self.now))? > 0))
    }

    /// Whom this piece added: numbers of one transaction lie side by side.
    fn note_ranges(&self) -> Result<()> {
        let Some((first, last)) = self.subscriptions else { return Ok(()) };
        let (first_person, last_person) = self.subscribers.unwrap_or((0, -1));
        self.store.connection.execute(
            "insert into import_ranges (import_id, first_subscription, last_subscription, first_subscriber,
               last_subscriber) values (?1, ?2, ?3, ?4, ?5)",
            (self.import, first, last, first_person, last_person),
        )?;
        Ok(())
    }
}

/// Binds a new person from the parameter after `before` on.
fn bind(statement: &mut CachedStatement<'_>, before: usize, person: &Newcomer, now: Instant) -> Result<()> {
    let told = person.fields.iter().filter(|(_, value)| !value.is_empty());
    let told: Fields = told.cloned().collect();
    let fields = if told.is_empty() { "{}".to_string() } else { super::subscribers::to_json(&told) };
    let name = person.name.as_ref().map_or("", Name::as_str);
    statement.raw_bind_parameter(before + 1, person.address.as_str())?;
    statement.raw_bind_parameter(before + 2, &person.key)?;
    statement.raw_bind_parameter(before + 3, name)?;
    statement.raw_bind_parameter(before + 4, fields)?;
    statement.raw_bind_parameter(before + 5, now)?;
    Ok(())
}

impl Reader {
    fn fields_of(&self, subscriber: SubscriberId) -> Result<Fields> {
        let mut statement = self.connection.prepare_cached("select fields from subscribers where id = ?1")?;
        let json: String = statement.query_row([subscriber], |row| row.get(0))?;
        Ok(serde_json::from_str(&json).unwrap_or_default())
    }

    fn tag_ids_of(&self, subscriber: SubscriberId) -> Result<Vec<TagId>> {
        let mut statement =
            self.connection.prepare_cached("select tag_id from taggings where subscriber_id = ?1")?;
        Ok(statement.query_map([subscriber], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }
}
