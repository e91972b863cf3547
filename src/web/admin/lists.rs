//! フォーム: reader lists, their sign-up forms, and the HTML to paste elsewhere.
//! Not the form itself (public/sign_up) and not the readers (subscribers).

use maud::DOCTYPE;

use crate::app::App;
use crate::domain::id::ListId;
use crate::domain::list::{List, ListName, OptIn, Tracking, Wishes};
use crate::error::{Error, Result};
use crate::settings;
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, errors, feedback, public, readers};
use crate::web::access::Admin;
use crate::web::admin::list_fields;
use crate::web::admin::page::{self, Mistake};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::public::sign_up;
use crate::web::view::{self, ButtonKind, Choice, Column, Field, Input, Link, Markup, Nav, html};

/// GET /admin/forms
pub fn list(call: &Call, admin: &Admin, _app: &App, store: &Reader) -> Result<Reply> {
    let language = call.language;
    let title = readers::FORMS.to(language);
    let button = view::link_button(
        &call.link("/admin/forms/new"),
        readers::NEW_LIST.to(language),
        ButtonKind::Primary,
    );
    let mut rows = Vec::new();
    for list in store.lists()? {
        let counts = store.list_counts(list.id)?;
        rows.push(vec![
            view::link(&call.link(&format!("/admin/forms/{}", list.id)), &list.title),
            html! { (list.name.as_str()) },
            html! { (page::number(counts.confirmed)) },
            html! { (page::number(counts.pending)) },
            html! { (page::number(counts.left)) },
        ]);
    }
    let columns = [
        Column::main(readers::LIST.to(language)),
        Column::text(readers::NAME_SHORT.to(language)),
        Column::number(readers::CONFIRMED.to(language)),
        Column::number(readers::PENDING.to(language)),
        Column::number(readers::LEFT.to(language)),
    ];
    let content = html! {
        @if rows.is_empty() {
            (view::page_heading(title, html! {}))
            (view::empty_state(readers::NO_LISTS.to(language), readers::NO_LISTS_TEXT.to(language), button))
        } @else {
            (view::page_heading(title, button))
            (view::table(title, &columns, &rows))
        }
    };
    Ok(page::reply(&page::frame(call, admin, title), Nav::Forms, content))
}

/// GET /admin/forms/new
pub fn new(call: &Call, admin: &Admin, _app: &App, _store: &Reader) -> Result<Reply> {
    Ok(new_page(call, admin, &Typed::default(), &Mistake::none()))
}

/// POST /admin/forms/new
pub fn create(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let typed = Typed::sent(sent);
    let created = typed.list(ListName::parse(&typed.name)).and_then(|list| {
        let id = store.add_list(&list, app.clock.now())?;
        Ok(call.redirect(&format!("/admin/forms/{id}?done=added")))
    });
    page::or_again(call, created, |mistake| Ok(new_page(call, admin, &typed, mistake)))
}

/// GET /admin/forms/ID
pub fn edit(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let list = named(call, store)?;
    edit_page(call, admin, app, store, &list, &Typed::stored(&list), &Mistake::none())
}

/// POST /admin/forms/ID
pub fn save(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let known = named(call, store)?;
    let typed = Typed::sent(sent);
    let saved = typed.list(Ok(known.name.clone())).and_then(|list| {
        let list = List { id: known.id, ..list };
        store.change_list(&list, app.clock.now())?;
        Ok(call.redirect(&format!("/admin/forms/{}?done=saved", list.id)))
    });
    page::or_again(call, saved, |mistake| edit_page(call, admin, app, store, &known, &typed, mistake))
}

/// GET /admin/forms/ID/html: the form to paste, alone and without style, for the preview's frame.
pub fn html_part(call: &Call, _admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    let list = named(call, store)?;
    let page = html! {
        (DOCTYPE)
        html lang=(list.language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (list.title) }
            }
            body { (to_paste(app, store, &list)?) }
        }
    };
    Ok(Reply::html(200, page.into_string()))
}

fn to_paste(app: &App, store: &Reader, list: &List) -> Result<Markup> {
    let sheet = sign_up::Sheet::read(store, list.clone())?;
    Ok(sign_up::form_to_paste(&sheet, &hosted(app, list)))
}

/// The form's public address, by the setting: a page opened through another name must not leak into other sites.
fn hosted(app: &App, list: &List) -> String {
    format!("{}/f/{}", app.settings.value(&settings::BASE_URL), list.name.as_str())
}

fn back(call: &Call) -> Markup {
    view::back_link(Link { label: readers::FORMS.to(call.language), url: &call.link("/admin/forms") })
}

fn named(call: &Call, store: &Reader) -> Result<List> {
    let id = call.parameter().parse::<ListId>();
    store.list(id.map_err(|_| Error::not_found(errors::LIST_NOT_FOUND).with("name", call.parameter()))?)
}

/// What stands in the form.
#[derive(Default)]
struct Typed {
    name: String,
    title: String,
    description: String,
    consent_text: String,
    from_name: String,
    from_address: String,
    opt_in: String,
    language: String,
    tracking: Tracking,
}

impl Typed {
    fn sent(form: &Form) -> Typed {
        let text = |name: &str| form.text(name).to_string();
        Typed {
            name: text("name"),
            title: text("title"),
            description: text("description"),
            consent_text: text("consent_text"),
            from_name: text("from_name"),
            from_address: text("from_address"),
            opt_in: text("opt_in"),
            language: text("language"),
            tracking: Tracking { opens: form.has("track_opens"), clicks: form.has("track_clicks") },
        }
    }

    fn stored(list: &List) -> Typed {
        Typed {
            name: list.name.as_str().to_string(),
            title: list.title.clone(),
            description: list.description.clone(),
            consent_text: list.consent_text.clone(),
            from_name: list.from_name.clone(),
            from_address: list.from_address.clone(),
            opt_in: list.opt_in.word().to_string(),
            language: list.language.tag().to_string(),
            tracking: list.tracking,
        }
    }

    fn list(&self, name: Result<ListName>) -> Result<List> {
        // The usual sentence in the other language is no wish: the list's own language decides.
        let Text { ja, en } = public::CONSENT_DEFAULT;
        let is_usual = [ja, en].contains(&self.consent_text.trim());
        let wishes = Wishes {
            title: &self.title,
            description: &self.description,
            consent_text: if is_usual { "" } else { &self.consent_text },
            from_name: &self.from_name,
            from_address: &self.from_address,
            opt_in: OptIn::parse(&self.opt_in).unwrap_or(OptIn::Double),
            language: Language::parse(&self.language).unwrap_or_default(),
            tracking: self.tracking,
        };
        List::parse(name?, &wishes).map_err(labelled)
    }
}

/// Puts the label of the page in the place of a field's key: `タイトルを入力してください。`
fn labelled(error: Error) -> Error {
    let label = match error.refusal().and_then(|refusal| refusal.field.as_deref()) {
        Some("title") => readers::TITLE,
        Some("description") => readers::DESCRIPTION,
        Some("consent_text") => readers::CONSENT,
        Some("from_name") => readers::FROM_NAME,
        _ => return error,
    };
    error.with("field", label)
}

fn new_page(call: &Call, admin: &Admin, typed: &Typed, mistake: &Mistake) -> Reply {
    let language = call.language;
    let title = readers::NEW_LIST.to(language);
    let content = html! {
        (back(call))
        (view::page_heading(title, html! {}))
        (mistake.summary())
        (view::card("", view::form(&call.link("/admin/forms/new"), &admin.csrf, html! {
            (Field::new("name", readers::NAME.to(language), Input::Text).value(&typed.name).required(language)
                .maxlength(40).hint(readers::NAME_HINT.to(language)).error(mistake.on("name")))
            (fields(typed, mistake, language))
        })))
    };
    page::reply(&page::frame(call, admin, title), Nav::Forms, content)
}

fn edit_page(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    list: &List,
    typed: &Typed,
    mistake: &Mistake,
) -> Result<Reply> {
    let language = call.language;
    let own = call.link(&format!("/admin/forms/{}", list.id));
    let paste = to_paste(app, store, list)?.into_string();
    let readers_link = view::link_button(
        &call.link(&format!("/admin/subscribers?list={}", list.id)),
        readers::TO_READERS.to(language),
        ButtonKind::Secondary,
    );
    let content = html! {
        (back(call))
        (view::page_heading(&list.title, readers_link))
        (mistake.summary())
        (view::card(readers::HOSTED.to(language), html! {
            (view::code_block(readers::HOSTED_TEXT.to(language), &hosted(app, list)))
            p { (view::link(&call.link(&format!("/f/{}", list.name.as_str())), readers::OPEN_FORM.to(language))) }
            (view::details_box(readers::PASTE.to(language), html! {
                (view::code_block(readers::PASTE_TEXT.to(language), &paste))
                p { strong { (readers::PREVIEW.to(language)) } br; span.hint { (readers::PREVIEW_TEXT.to(language)) } }
                (view::mail_preview_frame(readers::PREVIEW.to(language), &format!("{own}/html"), language))
            }))
        }))
        (list_fields::card(call, store, list)?)
        (view::card(readers::CONTENT.to(language),
            view::form(&own, &admin.csrf, fields(typed, mistake, language))))
    };
    Ok(page::reply(&page::frame(call, admin, &list.title), Nav::Forms, content))
}

fn fields(typed: &Typed, mistake: &Mistake, language: Language) -> Markup {
    let languages =
        [Language::Ja, Language::En].map(|language| Choice::new(language.tag(), language.own_name()));
    let ways = [
        Choice::new("double", readers::OPT_IN_DOUBLE.to(language))
            .with_hint(readers::OPT_IN_DOUBLE_HINT.to(language)),
        Choice::new("single", readers::OPT_IN_SINGLE.to(language))
            .with_hint(readers::OPT_IN_SINGLE_HINT.to(language)),
    ];
    let or = |typed: &str, usual: &str| if typed.is_empty() { usual.to_string() } else { typed.to_string() };
    html! {
        (Field::new("title", readers::TITLE.to(language), Input::Text).value(&typed.title).required(language)
            .maxlength(100).hint(readers::TITLE_HINT.to(language)).error(mistake.on("title")))
        (Field::new("description", readers::DESCRIPTION.to(language), Input::Textarea { rows: 4 })
            .value(&typed.description).hint(readers::DESCRIPTION_HINT.to(language)).error(mistake.on("description")))
        (Field::new("consent_text", readers::CONSENT.to(language), Input::Textarea { rows: 2 })
            .value(&or(&typed.consent_text, public::CONSENT_DEFAULT.to(language)))
            .hint(readers::CONSENT_HINT.to(language)).error(mistake.on("consent_text")))
        (Field::new("from_name", readers::FROM_NAME.to(language), Input::Text).value(&typed.from_name).maxlength(100)
            .error(mistake.on("from_name")))
        (Field::new("from_address", readers::FROM_ADDRESS.to(language), Input::Email).value(&typed.from_address)
            .required(language).hint(readers::FROM_ADDRESS_HINT.to(language)).error(mistake.on("from_address")))
        (Field::new("opt_in", readers::OPT_IN.to(language), Input::Radio(&ways)).value(&or(&typed.opt_in, "double")))
        (Field::new("language", readers::LANGUAGE.to(language), Input::Select(&languages))
            .value(&or(&typed.language, language.tag())))
        (view::fieldset(feedback::TRACKING.to(language), html! {
            (Field::new("track_opens", feedback::TRACK_OPENS.to(language), Input::Checkbox)
                .value(if typed.tracking.opens { "1" } else { "" }))
            (Field::new("track_clicks", feedback::TRACK_CLICKS.to(language), Input::Checkbox)
                .value(if typed.tracking.clicks { "1" } else { "" }))
            p.hint { (feedback::TRACK_HINT.to(language)) }
        }))
        (view::button(readers::SAVE.to(language), ButtonKind::Primary))
    }
}
