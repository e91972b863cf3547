//! What writing a broadcast and writing a step have in common: the fields, the help beside them, preview, test mail.
//! Not the personalisation itself (mail/compose) and not the forms around it (broadcasts, steps).

use crate::app::App;
use crate::domain::address::Address;
use crate::domain::condition::Condition;
use crate::domain::id::MessageId;
use crate::domain::list::List;
use crate::domain::message::{Content, Kind, LONGEST_SUBJECT};
use crate::error::{Error, Result};
use crate::mail::gaps::{self, Break, Gap};
use crate::mail::letter;
use crate::mail::outlet;
use crate::mail::transport::{Envelope, Outcome};
use crate::store::Reader;
use crate::texts::{Language, Text, admin, errors, fields, mails, sequences, text};
use crate::web::access::Admin;
use crate::web::admin::page::{self, Mistake};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{self, ButtonKind, Field, Input, Markup, PostButton, Tone, html};

/// What stands in the fields: typed, or read from the store.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

impl Draft {
    pub(super) fn typed(form: &Form) -> Draft {
        let field = |name: &str| form.text(name).to_string();
        Draft { subject: field("subject"), text: field("text"), html: field("html") }
    }

    pub(super) fn stored(content: Content) -> Draft {
        Draft { subject: content.subject, text: content.text, html: content.html }
    }

    /// Checks what was typed, down to its personalisation; blames the part that is wrong.
    pub(super) fn check(&self, app: &App, list: &List, kind: Kind) -> Result<Content> {
        let content = Content::parse(&self.subject, &self.text, &self.html)?;
        let part = |subject: &str, text: &str, html: &str| Content {
            subject: subject.to_string(),
            text: text.to_string(),
            html: html.to_string(),
        };
        letter::check(app, list, kind, &part(&content.subject, "-", ""))
            .map_err(|error| error.on("subject"))?;
        letter::check(app, list, kind, &part("-", &content.text, "")).map_err(|error| error.on("text"))?;
        letter::check(app, list, kind, &part("-", "-", &content.html)).map_err(|error| error.on("html"))?;
        Ok(content)
    }
}

/// Subject, text and HTML.
pub(super) fn fields(draft: &Draft, mistake: &Mistake, language: Language) -> Markup {
    html! {
        (subject_field(draft, mistake, language))
        (text_field(draft, mistake, language).required(language))
        (html_field(draft, mistake, language))
    }
}

pub(super) fn subject_field(draft: &Draft, mistake: &Mistake, language: Language) -> Markup {
    let longest = u32::try_from(LONGEST_SUBJECT).unwrap_or(200);
    html! {
        (Field::new("subject", admin::WRITE_SUBJECT.to(language), Input::Text).value(&draft.subject)
            .required(language).maxlength(longest).error(mistake.on("subject")))
    }
}

pub(super) fn text_field<'a>(draft: &'a Draft, mistake: &'a Mistake, language: Language) -> Field<'a> {
    Field::new("text", admin::WRITE_TEXT.to(language), Input::Textarea { rows: 16 })
        .value(&draft.text)
        .hint(admin::WRITE_TEXT_HINT.to(language))
        .error(mistake.on("text"))
}

pub(super) fn html_field(draft: &Draft, mistake: &Mistake, language: Language) -> Markup {
    html! {
        (Field::new("html", admin::WRITE_HTML.to(language), Input::Code { rows: 10 }).value(&draft.html)
            .hint(admin::WRITE_HTML_HINT.to(language)).error(mistake.on("html")))
    }
}

/// The words that become a reader's own values.
const HELP: &[(Text, Text)] = &[
    (same("{{ name }}"), admin::WRITE_HELP_NAME),
    (admin::WRITE_SAMPLE_NAME_OR, admin::WRITE_HELP_NAME_OR),
    (same("{{ email }}"), admin::WRITE_HELP_EMAIL),
    (same("{{ list_title }}"), admin::WRITE_HELP_LIST),
    (same("{{ unsubscribe_url }}"), admin::WRITE_HELP_UNSUBSCRIBE),
    (same("{{ preferences_url }}"), admin::WRITE_HELP_PREFERENCES),
];

/// A word of the templates is the same in every language.
const fn same(word: &'static str) -> Text {
    text(word, word)
}

/// What a step has besides.
const STEP_HELP: &[(Text, Text)] =
    &[(same("{{ sequence_unsubscribe_url }}"), sequences::WRITE_HELP_LEAVE_SEQUENCE)];

/// The help box beside the fields.
pub(super) fn help(kind: Kind, language: Language) -> Markup {
    let further = if kind == Kind::Step { STEP_HELP } else { &[] };
    let facts: Vec<(&str, Markup)> = HELP
        .iter()
        .chain(further)
        .map(|(word, meaning)| (meaning.to(language), html! { code { (word.to(language)) } }))
        .collect();
    view::card(
        admin::WRITE_HELP_TITLE.to(language),
        html! {
            p { (admin::WRITE_HELP_TEXT.to(language)) }
            (view::definition_list(&facts))
        },
    )
}

/// The mail as a made-up reader would get it. `html_url` is the page of its HTML part.
pub(super) fn preview(
    call: &Call,
    app: &App,
    list: &List,
    kind: Kind,
    content: &Content,
    html_url: &str,
) -> Markup {
    let language = call.language;
    let parts = match letter::preview(app, list, kind, content) {
        Ok(parts) => parts,
        Err(error) => return unwritable(&error, language),
    };
    let name = mails::SAMPLE_NAME.to(list.language);
    let from_name = if list.from_name.is_empty() { &list.title } else { &list.from_name };
    let facts = [
        (admin::WRITE_SUBJECT.to(language), html! { strong { (parts.subject) } }),
        (admin::PREVIEW_FROM.to(language), html! { (from_name) " <" (list.from_address) ">" }),
    ];
    let content = html! {
        p.hint { (admin::PREVIEW_FOR.with(language, &[("name", name)])) }
        (view::definition_list(&facts))
        @if parts.html.is_some() {
            h3 { (admin::PREVIEW_HTML.to(language)) }
            (view::mail_preview_frame(admin::PREVIEW_HTML.to(language), html_url, language))
        }
        h3 { (admin::PREVIEW_TEXT.to(language)) }
        (view::mail_text(&parts.text))
        @if parts.html.is_none() { p.hint { (admin::PREVIEW_NO_HTML.to(language)) } }
    };
    view::card(admin::PREVIEW_TITLE.to(language), content)
}

/// Who of the audience has no value for what the mail says, what they would get, and for whom it cannot be written:
/// one line each. Nothing where the mail uses no fields.
pub(super) fn gaps(
    call: &Call,
    app: &App,
    store: &Reader,
    list: &List,
    audience: &Condition,
    kind: Kind,
    content: &Content,
) -> Result<Markup> {
    let language = call.language;
    let found = match gaps::find(app, store, list, audience, kind, content) {
        Ok(found) => found,
        Err(Error::Invalid(_)) => return Ok(html! {}), // the preview says why
        Err(error) => return Err(error),
    };
    let lines: Vec<Markup> = found.gaps.iter().filter_map(|gap| gap_line(call, gap, language)).collect();
    Ok(html! {
        @for broken in &found.breaks {
            (view::notice(Tone::Error, break_line(call, broken, language)))
        }
        @if !lines.is_empty() {
            (view::notice(Tone::Warn, html! { @for line in &lines { (line) } }))
        }
    })
}

fn gap_line(call: &Call, gap: &Gap, language: Language) -> Option<Markup> {
    let label = gap.field.as_ref().map_or(gap.key.as_str(), |field| field.label.as_str());
    let count = page::number(gap.empty.matching);
    let text = if gap.empty.is_whole { fields::GAP } else { fields::GAP_AT_LEAST };
    let said = (gap.empty.matching > 0).then(|| text.with(language, &[("count", &count), ("field", label)]));
    let unknown = gap.field.is_none().then(|| fields::GAP_UNKNOWN.with(language, &[("key", &gap.key)]));
    (said.is_some() || unknown.is_some()).then(|| {
        html! {
            @if let Some(unknown) = unknown {
                p { (unknown) " " (view::link(&call.link("/admin/fields"), fields::FIELDS.to(language))) }
            }
            @if let Some(said) = said {
                p {
                    (said) " "
                    @if gap.line.is_empty() { (fields::GAP_NOTHING.to(language)) }
                    @else { (fields::GAP_GET.with(language, &[("line", &gap.line)])) }
                }
            }
        }
    })
}

fn break_line(call: &Call, broken: &Break, language: Language) -> Markup {
    let label = broken.field.as_ref().map_or(broken.key.as_str(), |field| field.label.as_str());
    let count = page::number(broken.readers);
    let values = [("count", count.as_str()), ("field", label), ("value", &broken.value)];
    html! {
        p {
            (fields::GAP_BREAKS.with(language, &values)) " "
            (view::link(&call.link(&format!("/admin/subscribers/{}", broken.example)), &broken.address))
        }
        p { (broken.why.say(language)) }
    }
}

/// The declared fields with their placeholders, for the help beside the text.
pub(super) fn field_help(call: &Call, store: &Reader) -> Result<Markup> {
    let declared = store.fields()?;
    if declared.is_empty() {
        return Ok(html! {});
    }
    let facts: Vec<(&str, Markup)> = declared
        .iter()
        .map(|field| (field.label.as_str(), html! { code { "{{ field." (field.key.as_str()) " }}" } }))
        .collect();
    Ok(view::card(fields::FIELDS.to(call.language), view::definition_list(&facts)))
}

/// A stored mail that cannot be written any more, e.g. since a setting changed: said in its place.
fn unwritable(error: &Error, language: Language) -> Markup {
    let why = error.refusal().map(|refusal| refusal.say(language)).unwrap_or_default();
    view::notice(Tone::Error, html! { p { (admin::PREVIEW_FAILS.to(language)) } p { (why) } })
}

/// The HTML part of a message for the preview's frame.
pub(super) fn html_part(app: &App, store: &Reader, message: MessageId) -> Result<Reply> {
    let message = store.message(message)?;
    let list = store.list(message.list)?;
    let parts = letter::preview(app, &list, message.kind, &message.content)?;
    parts.html.map(mail_html).ok_or_else(|| Error::not_found(errors::PAGE_NOT_FOUND))
}

/// A mail's HTML as a page of its own that can do nothing: no script, no form, no way to the pages around it.
pub(super) fn mail_html(html: String) -> Reply {
    const POLICY: &str = "sandbox; default-src 'none'; img-src https: data:; style-src 'unsafe-inline'; \
                          form-action 'none'; base-uri 'none'; frame-ancestors 'self'";
    Reply::html(200, html).with_header("content-security-policy", POLICY)
}

/// The button that sends a test to the owner.
pub(super) fn test_card(call: &Call, admin: &Admin, action: &str) -> Markup {
    let language = call.language;
    let button = PostButton {
        action,
        csrf: &admin.csrf,
        label: admin::TEST_BUTTON.to(language),
        ..PostButton::default()
    };
    let content = html! {
        p { (admin::TEST_EXPLAINED.with(language, &[("address", &admin.address)])) }
        (view::post_button(&button))
    };
    view::card(admin::TEST_TITLE.to(language), content)
}

/// Sends one test mail to the owner at once, past the ledger; says what the mail server said.
pub(super) fn send_test(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    id: MessageId,
) -> Result<(Tone, Markup)> {
    let to = Address::parse(&admin.address)?;
    let prepared = letter::prepare(store, id)?;
    let mail = prepared.write_test(app, &to, app.clock.now())?;
    let from = store.list(prepared.message.list)?.from_address;
    let mut transport = outlet::open(app)?;
    let envelope = Envelope { from: &from, to: &to };
    let outcome = transport.ready(&from).and_then(|()| transport.deliver(&envelope, &mail));
    transport.close();
    let (tone, text, reply) = match &outcome {
        Ok(Outcome::Sent { reply }) => (Tone::Success, admin::TEST_SENT, reply.as_str()),
        Ok(Outcome::Later { reply, .. }) => (Tone::Warn, admin::TEST_LATER, reply.as_str()),
        Ok(Outcome::Never { reply, .. }) => (Tone::Error, admin::TEST_REFUSED, reply.as_str()),
        Err(trouble) => (Tone::Error, admin::TEST_NOT_SENT, trouble.words()),
    };
    let said = html! {
        p { (text.with(call.language, &[("address", to.as_str())])) }
        p { (admin::SERVER_SAID.with(call.language, &[("reply", reply)])) }
    };
    Ok((tone, said))
}

/// What stands where there is no list to write to.
pub(super) fn no_list(call: &Call) -> Markup {
    view::empty_state(
        admin::NO_LIST_YET.to(call.language),
        admin::NO_LIST_YET_TEXT.to(call.language),
        view::link_button(
            &call.link("/admin/forms/new"),
            admin::MAKE_LIST.to(call.language),
            ButtonKind::Primary,
        ),
    )
}

/// The field that chooses a list, each with its count of readers.
pub(super) struct ListChoice {
    choices: Vec<(String, String)>,
}

impl ListChoice {
    pub(super) fn read(store: &Reader, language: Language) -> Result<ListChoice> {
        let mut choices = Vec::new();
        for list in store.lists()? {
            let count = page::number(store.list_counts(list.id)?.confirmed);
            let label = admin::LIST_WITH_COUNT.with(language, &[("list", &list.title), ("count", &count)]);
            choices.push((list.id.to_string(), label));
        }
        Ok(ListChoice { choices })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.choices.is_empty()
    }

    pub(super) fn field(&self, chosen: &str, mistake: &Mistake, language: Language) -> Markup {
        let choices: Vec<view::Choice> =
            self.choices.iter().map(|(id, label)| view::Choice::new(id, label)).collect();
        html! {
            (Field::new("list", admin::CHOOSE_LIST.to(language), Input::Select(&choices)).value(chosen)
                .error(mistake.on("list")))
        }
    }
}

/// The list that was chosen in a form.
pub(super) fn chosen_list(store: &Reader, form: &Form) -> Result<List> {
    let typed = form.text("list");
    let refuse = || Error::invalid(errors::LIST_NOT_FOUND).with("name", typed).on("list");
    let id: i64 = typed.parse().map_err(|_| refuse())?;
    store.list(crate::domain::id::ListId(id)).map_err(|error| match error {
        Error::NotFound(_) => refuse(),
        other => other,
    })
}
