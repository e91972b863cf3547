//! From a row of the ledger to the text of one mail: personalisation, the legal footer, links, return path.
//! Not the bytes: compose. Not the decision to send: deliver.

use crate::app::App;
use crate::clock::Instant;
use crate::domain::address::Address;
use crate::domain::id::{DeliveryId, MessageId, SequenceId, SubscriptionId};
use crate::domain::list::List;
use crate::domain::message::{Content, Kind, Message};
use crate::domain::subscriber::{Fields, Subscription};
use crate::domain::token::Purpose;
use crate::error::Result;
use crate::mail::compose::template::{Fields as Values, STEP_VARIABLES, Template, USUAL_FUEL};
use crate::mail::compose::{Letter, LetterKind, compose};
use crate::mail::tracking::Tracked;
use crate::settings;
use crate::store::deliveries::Delivery;
use crate::store::{Reader, Writer};
use crate::texts::{Language, mails};

/// The request to confirm, in the list's language. It holds nothing that a stranger typed.
pub fn confirmation(language: Language) -> Content {
    Content {
        subject: mails::CONFIRM_SUBJECT.to(language).to_string(),
        text: mails::CONFIRM_TEXT.to(language).to_string(),
        html: String::new(),
    }
}

/// A message whose templates are compiled, with its list: made once per tick, used for each reader.
pub struct Prepared {
    pub message: Message,
    list: List,
    subject: Template,
    text: Template,
    html: Option<Template>,
    /// The sequence that it is a step of.
    sequence: Option<SequenceId>,
    /// What is counted of it; nothing in previews and test mails.
    tracked: Option<Tracked>,
}

/// Reads and compiles a message.
pub fn prepare(store: &Reader, id: MessageId) -> Result<Prepared> {
    let message = store.message(id)?;
    let list = store.list(message.list)?;
    let sequence = match message.kind {
        Kind::Step => store.sequence_of_message(id)?,
        Kind::Broadcast | Kind::Confirmation => None,
    };
    Ok(Prepared { sequence, ..compile(message, list)? })
}

fn compile(message: Message, list: List) -> Result<Prepared> {
    let Content { subject, text, html } = &message.content;
    let further = if message.kind == Kind::Step { STEP_VARIABLES } else { &[] };
    let subject = Template::parse_with(subject, false, further)?;
    let text = Template::parse_with(text, false, further)?;
    let html = if html.is_empty() { None } else { Some(Template::parse_with(html, true, further)?) };
    Ok(Prepared { message, list, subject, text, html, sequence: None, tracked: None })
}

/// Checks that a content can be personalised, before it is stored: compiles it and writes it for a made-up reader.
pub fn check(app: &App, list: &List, kind: Kind, content: &Content) -> Result<()> {
    preview(app, list, kind, content).map(|_| ())
}

/// The parts of a mail as a made-up reader would get it, for the preview.
pub fn preview(app: &App, list: &List, kind: Kind, content: &Content) -> Result<Parts> {
    sample(app, compile_unsaved(list, kind, content)?)
}

/// A content that has no row yet.
pub fn compile_unsaved(list: &List, kind: Kind, content: &Content) -> Result<Prepared> {
    let message = Message { id: MessageId(0), kind, list: list.id, content: content.clone() };
    compile(message, list.clone())
}

fn sample(app: &App, prepared: Prepared) -> Result<Parts> {
    let name = mails::SAMPLE_NAME.to(prepared.list.language);
    let fields = Fields::new();
    prepared.parts(
        app,
        &Person { subscription: SubscriptionId(0), address: "hanako@example.jp", name, fields: &fields },
        0,
        None,
    )
}

/// The finished parts of one mail.
pub struct Parts {
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    pub unsubscribe_url: String,
}

/// Whom a mail is written for.
struct Person<'a> {
    subscription: SubscriptionId,
    address: &'a str,
    name: &'a str,
    fields: &'a Fields,
}

/// What one mail has of its own in its headers.
struct Head<'a> {
    to: &'a Address,
    to_name: &'a str,
    message_id: &'a str,
    date: Instant,
    /// The address that ends the subscription; only where the return path may differ for each mail.
    leave_by_mail: Option<&'a str>,
}

impl Prepared {
    /// The same, with its links numbered where the list counts openings or clicks.
    pub fn counted(mut self, app: &App, store: &Writer) -> Result<Prepared> {
        let Message { id, kind, content, .. } = &self.message;
        if self.list.tracking.is_on() && *kind != Kind::Confirmation && self.html.is_some() {
            self.tracked = Some(Tracked::prepare(app, store, *id, self.list.tracking, &content.html)?);
        }
        Ok(self)
    }

    pub fn is_counted(&self) -> bool {
        self.tracked.is_some()
    }

    /// The bytes of the mail for one row. The Date is that of the first attempt, so a retry has the same.
    pub fn write(
        &self,
        app: &App,
        delivery: &Delivery,
        reader: &Subscription,
        to: &Address,
        is_counted: bool,
        now: Instant,
    ) -> Result<Vec<u8>> {
        let person = Person {
            subscription: reader.id,
            address: &reader.address,
            name: reader.name.as_str(),
            fields: &reader.fields,
        };
        let tracked = self.tracked.as_ref().filter(|_| is_counted);
        let parts = self.parts(app, &person, reader.asked_at, tracked)?;
        let message_id = format!("{}@{}", app.key.message_reference(delivery.id), self.sender_domain());
        let is_confirmation = self.message.kind == Kind::Confirmation;
        // A stranger may have typed the name: it does not go to an address that has not confirmed.
        let to_name = if is_confirmation { "" } else { reader.name.as_str() };
        let date = delivery.begun_at.unwrap_or(now);
        let leave_by_mail = self.leave_by_mail(app, reader.id);
        let leave_by_mail = leave_by_mail.as_deref();
        self.bytes(app, &parts, &Head { to, to_name, message_id: &message_id, date, leave_by_mail }, false)
    }

    /// A test mail to the owner: the same parts, marked in the subject, without links that act on a reader.
    pub fn write_test(&self, app: &App, to: &Address, now: Instant) -> Result<Vec<u8>> {
        let name = mails::SAMPLE_NAME.to(self.list.language);
        let fields = Fields::new();
        let person = Person { subscription: SubscriptionId(0), address: to.as_str(), name, fields: &fields };
        let mut parts = self.parts(app, &person, 0, None)?;
        parts.subject = format!("{}{}", mails::TEST_MARK.to(self.list.language), parts.subject);
        let random = crate::domain::token::random_code(26)?;
        let message_id = format!("{random}@{}", self.sender_domain());
        self.bytes(
            app,
            &parts,
            &Head { to, to_name: "", message_id: &message_id, date: now, leave_by_mail: None },
            true,
        )
    }

    /// Subject, text and HTML, to see what they use.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        [Some(&self.subject), Some(&self.text), self.html.as_ref()].into_iter().flatten()
    }

    /// Whether this mail can be written for a reader.
    pub fn try_for(&self, app: &App, reader: &Subscription) -> Result<()> {
        let person = Person {
            subscription: reader.id,
            address: &reader.address,
            name: reader.name.as_str(),
            fields: &reader.fields,
        };
        self.parts(app, &person, reader.asked_at, None).map(|_| ())
    }

    /// Subject and text, line by line, for a made-up reader with these fields.
    pub fn sample_lines(&self, fields: &Fields) -> Result<Vec<String>> {
        let values = Values {
            name: mails::SAMPLE_NAME.to(self.list.language),
            email: "hanako@example.jp",
            field: fields,
            list_title: &self.list.title,
            unsubscribe_url: "",
            preferences_url: "",
            sequence_unsubscribe_url: "",
            confirm_url: "",
        };
        let mut lines = vec![self.subject.render(&values, USUAL_FUEL)?];
        lines.extend(self.text.render(&values, USUAL_FUEL)?.lines().map(str::to_string));
        Ok(lines)
    }

    /// Where a bounce of this row goes.
    pub fn return_path(&self, app: &App, id: DeliveryId) -> String {
        match app.settings.value(&settings::RETURN_PATH) {
            "" => self.list.from_address.clone(),
            path => path.replace("{token}", &app.key.return_token(id)),
        }
    }

    /// Where a reader can mail to leave: the return path's pattern with her own token.
    fn leave_by_mail(&self, app: &App, id: SubscriptionId) -> Option<String> {
        let path = app.settings.value(&settings::RETURN_PATH);
        path.contains("{token}").then(|| path.replace("{token}", &app.key.leave_token(id)))
    }

    /// The letter in its envelope's words; `is_test` leaves out what acts on a reader.
    fn bytes(&self, app: &App, parts: &Parts, head: &Head<'_>, is_test: bool) -> Result<Vec<u8>> {
        let list_id = format!("{}.{}", self.list.name.as_str(), self.sender_domain());
        let feedback_id = feedback_id(app, &self.message, &self.list);
        let kind = match self.message.kind {
            _ if is_test => LetterKind::Test,
            Kind::Confirmation => LetterKind::Automatic,
            Kind::Broadcast | Kind::Step => LetterKind::Bulk {
                list_id: &list_id,
                list_title: &self.list.title,
                unsubscribe_url: &parts.unsubscribe_url,
                unsubscribe_mailto: head.leave_by_mail,
                feedback_id: &feedback_id,
            },
        };
        compose(&Letter {
            from_name: self.sender_name(),
            from_address: &Address::parse(&self.list.from_address)?,
            reply_to: None,
            to: head.to,
            to_name: (!head.to_name.is_empty()).then_some(head.to_name),
            subject: &parts.subject,
            text: &parts.text,
            html: parts.html.as_deref(),
            message_id: head.message_id,
            date: head.date,
            zone: app.settings.zone(),
            kind,
        })
    }

    /// Where a reader leaves the sequence alone; empty where the mail is no step.
    fn leave_sequence_url(&self, app: &App, base: &str, id: SubscriptionId) -> String {
        if self.message.kind != Kind::Step {
            return String::new();
        }
        let sequence = self.sequence.map_or(0, |sequence| sequence.0);
        format!("{base}/s/{}", app.key.pair_token(Purpose::LeaveSequence, sequence, id.0))
    }

    fn sender_name(&self) -> &str {
        match self.list.from_name.is_empty() {
            true => &self.list.title,
            false => &self.list.from_name,
        }
    }

    fn sender_domain(&self) -> &str {
        self.list.from_address.rsplit_once('@').map_or("localhost", |(_, domain)| domain)
    }

    /// Personalises the parts and adds the footer.
    fn parts(
        &self,
        app: &App,
        person: &Person<'_>,
        asked_at: Instant,
        tracked: Option<&Tracked>,
    ) -> Result<Parts> {
        let base = app.settings.value(&settings::BASE_URL);
        let unsubscribe = app.key.subscription_token(Purpose::Unsubscribe, person.subscription);
        let preferences = app.key.subscription_token(Purpose::Preferences, person.subscription);
        let unsubscribe_url = format!("{base}/u/{unsubscribe}");
        let confirmation = app.key.confirmation_token(person.subscription, asked_at);
        let is_confirmation = self.message.kind == Kind::Confirmation;
        let values = Values {
            // Whoever typed the name of somebody else's address must not get words into her mailbox.
            name: if is_confirmation { "" } else { person.name },
            email: person.address,
            field: person.fields,
            list_title: &self.list.title,
            unsubscribe_url: &unsubscribe_url,
            preferences_url: &format!("{base}/p/{preferences}"),
            sequence_unsubscribe_url: &self.leave_sequence_url(app, base, person.subscription),
            confirm_url: &format!("{base}/confirm/{confirmation}"),
        };
        let footer = Footer::new(app, &self.list, (!is_confirmation).then_some(unsubscribe_url.as_str()));
        let mut text = self.text.render(&values, USUAL_FUEL)?;
        text.push_str(&footer.text());
        let html = match &self.html {
            Some(html) => {
                let mut html = html.render(&values, USUAL_FUEL)?;
                let mut end = footer.html();
                // Before the footer is added: its links stay as they are.
                if let Some(tracked) = tracked {
                    html = tracked.rewrite(app, person.subscription, &html);
                    end.push_str(&tracked.picture(app, person.subscription));
                }
                Some(with_footer(html, &end))
            }
            None => None,
        };
        let subject = self.subject.render(&values, USUAL_FUEL)?.replace(['\r', '\n'], " ");
        Ok(Parts { subject, text, html, unsubscribe_url })
    }
}

/// `message:list:kind:site`, for the mailbox providers' own statistics; names nobody.
fn feedback_id(app: &App, message: &Message, list: &List) -> String {
    let site = app.key.mac("feedback-id", &[]);
    let site = data_encoding::BASE32_NOPAD.encode(site.get(..6).unwrap_or_default()).to_ascii_lowercase();
    format!("{}:{}:{}:{site}", message.id, list.id, message.kind.word())
}

/// What the law asks for at the end of every mail (特定電子メール法 Art. 4, rule Art. 7-9): who is responsible, that
/// one can opt out and where, the postal address, and where complaints go.
struct Footer<'a> {
    language: Language,
    sender: &'a str,
    address: &'a str,
    contact: &'a str,
    /// Absent in a confirmation request: there is nothing to leave yet.
    unsubscribe_url: Option<&'a str>,
}

impl<'a> Footer<'a> {
    fn new(app: &'a App, list: &'a List, unsubscribe_url: Option<&'a str>) -> Footer<'a> {
        let or = |value: &'a str, fallback: &'a str| if value.is_empty() { fallback } else { value };
        let from_name = or(&list.from_name, &list.title);
        Footer {
            language: list.language,
            sender: or(app.settings.value(&settings::SENDER_NAME), from_name),
            address: app.settings.value(&settings::SENDER_ADDRESS),
            contact: or(app.settings.value(&settings::SENDER_CONTACT), &list.from_address),
            unsubscribe_url,
        }
    }

    fn lines(&self) -> Vec<String> {
        let say = |text: crate::texts::Text, value: &str| text.with(self.language, &[("value", value)]);
        let mut lines = vec![say(mails::FOOTER_SENDER, self.sender)];
        if !self.address.is_empty() {
            lines.push(say(mails::FOOTER_ADDRESS, self.address));
        }
        lines.push(say(mails::FOOTER_CONTACT, self.contact));
        lines
    }

    fn text(&self) -> String {
        let mut footer = String::from("\n\n-- \n");
        if let Some(url) = self.unsubscribe_url {
            footer.push_str(&format!("{}\n{url}\n\n", mails::FOOTER_OPT_OUT.to(self.language)));
        }
        footer.push_str(&self.lines().join("\n"));
        footer.push('\n');
        footer
    }

    fn html(&self) -> String {
        let lines = self.lines();
        let page = maud::html! {
            hr;
            p {
                @if let Some(url) = self.unsubscribe_url {
                    (mails::FOOTER_OPT_OUT.to(self.language)) br;
                    a href=(url) { (url) } br; br;
                }
                @for line in &lines { (line) br; }
            }
        };
        page.into_string()
    }
}

/// Puts the footer before `</body>`, or at the end where there is none.
fn with_footer(html: String, footer: &str) -> String {
    match html.to_ascii_lowercase().rfind("</body>") {
        Some(place) => {
            let (before, after) = html.split_at(place);
            format!("{before}{footer}{after}")
        }
        None => html + footer,
    }
}
