//! `neo subscriber add|show|erase`.
//! The readers' page: web/admin/subscribers.

use clap::Subcommand;
use serde_json::json;

use super::{Place, say, say_json};
use crate::domain::address::Address;
use crate::domain::calendar::rfc3339_utc;
use crate::domain::consent::Circumstances;
use crate::domain::field::FieldKey;
use crate::domain::subscriber::{Fields, Name, Subscription};
use crate::domain::tag::TagName;
use crate::error::{Error, Result};
use crate::store::membership::Request;
use crate::store::{Reader, Writer};
use crate::texts::errors;

#[derive(Subcommand)]
pub(super) enum Subscriber {
    /// Add a reader; without --confirmed she is asked by mail first.
    Add {
        list: String,
        email: String,
        #[arg(long, default_value = "")]
        name: String,
        /// KEY=VALUE, may be repeated.
        #[arg(long = "field", value_name = "KEY=VALUE")]
        fields: Vec<String>,
        /// May be repeated.
        #[arg(long = "tag", value_name = "TAG")]
        tags: Vec<String>,
        /// She has agreed already: no confirmation mail.
        #[arg(long)]
        confirmed: bool,
    },
    /// Print where a reader stands.
    Show {
        list: String,
        email: String,
        #[arg(long)]
        json: bool,
    },
    /// Remove everything that names a reader, on all lists. The ledger's rows stay, nameless.
    Erase { list: String, email: String },
}

impl Subscriber {
    pub(super) fn run(self, place: &Place) -> Result<()> {
        let (app, store) = place.open()?;
        let now = app.clock.now();
        let how = Circumstances { way: "command", ..Circumstances::default() };
        match self {
            Subscriber::Add { list, email, name, fields, tags, confirmed } => {
                let list = store.list_named(&list)?;
                let address = Address::parse(&email)?;
                let tags: Vec<TagName> = tags.iter().map(|tag| TagName::parse(tag)).collect::<Result<_>>()?;
                let request = Request {
                    list: list.id,
                    address: &address,
                    name: &Name::parse(&name)?,
                    fields: &parse_fields(&store, &fields)?,
                    how: &how,
                    form_version: None,
                };
                store.transaction(|| {
                    match confirmed {
                        true => drop(store.add_reader(&request, now)?),
                        false => {
                            let mail = crate::mail::letter::confirmation(list.language);
                            store.ask_to_join(&request, &mail, now)?;
                        }
                    }
                    add_tags(&store, &address, &tags, now)
                })
            }
            Subscriber::Show { list, email, json } => show(&store, &find(&store, &list, &email)?, json),
            Subscriber::Erase { list, email } => erase(&store, &find(&store, &list, &email)?, &how, now),
        }
    }
}

fn erase(store: &Writer, reader: &Subscription, how: &Circumstances, now: i64) -> Result<()> {
    store.erase(reader, how, now)
}

fn find(store: &Reader, list: &str, email: &str) -> Result<Subscription> {
    let list = store.list_named(list)?;
    let found = store.subscription_of(list.id, &Address::parse(email)?)?;
    found.ok_or_else(|| Error::not_found(errors::SUBSCRIBER_NOT_FOUND))
}

fn show(store: &Reader, reader: &Subscription, as_json: bool) -> Result<()> {
    let consents = store.consents_of(reader.id)?;
    if as_json {
        let consents: Vec<_> = consents
            .iter()
            .map(|consent| {
                json!({ "event": consent.event, "at": rfc3339_utc(consent.at), "way": consent.way,
                "ip": consent.ip, "form": consent.form_version })
            })
            .collect();
        return say_json(&json!({
            "id": reader.id, "email": reader.address, "name": reader.name.as_str(), "state": reader.state.word(),
            "fields": reader.fields, "tags": store.tags_of(reader.subscriber)?, "joined_at": reader.joined_at.map(rfc3339_utc),
            "left_at": reader.left_at.map(rfc3339_utc), "consents": consents,
        }));
    }
    say(&format!("{} <{}> {}", reader.name.as_str(), reader.address, reader.state.word()))?;
    consents.iter().try_for_each(|consent| {
        say(&format!("  {} {} by {} {}", rfc3339_utc(consent.at), consent.event, consent.way, consent.ip))
    })
}

/// Tags are put on, never taken off.
fn add_tags(store: &Writer, address: &Address, tags: &[TagName], now: i64) -> Result<()> {
    let Some(subscriber) = store.subscriber_by_address(address)? else { return Ok(()) };
    for tag in tags {
        store.tag_subscriber(store.add_tag(tag, now)?, subscriber, now)?;
    }
    Ok(())
}

/// A declared field takes what its kind takes. Other keys are allowed, as text: mails can say them too, and a script
/// need not wait until the owner has declared what she wants to ask for.
fn parse_fields(store: &Reader, typed: &[String]) -> Result<Fields> {
    let pairs = typed.iter().map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let declared = FieldKey::parse(key).ok().map(|key| store.field_by_key(&key)).transpose()?.flatten();
        if let Some(field) = declared {
            return Ok((field.key.as_str().to_string(), field.parse_value(value)?));
        }
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_right = !key.is_empty()
            && key.len() <= 40
            && key.chars().all(is_plain)
            && value.chars().count() <= 500
            && !value.chars().any(char::is_control);
        match is_right {
            true => Ok((key.to_string(), value.to_string())),
            false => Err(Error::invalid(errors::FIELD_NOT_VALID).with("field", key).with("why", "KEY=VALUE")),
        }
    });
    pairs.collect()
}
