//! 読者 > 取り込み > one import: look at how its file will be read, start, watch, stop, undo.
//! Not its upload (imports) and not the work itself (transfer).

use crate::app::App;
use crate::domain::import::{Import, OnDuplicate, State, Way};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::{Language, Text, errors, readers, transfer};
use crate::transfer::columns::{Columns, Target};
use crate::transfer::encoding::{Encoding, Found};
use crate::transfer::inbox;
use crate::transfer::plan::{Plan, SEPARATORS};
use crate::transfer::preview::{self, Preview};
use crate::web::access::Admin;
use crate::web::admin::imports::{named, state_badge};
use crate::web::admin::page::{self, Mistake};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;
use crate::web::view::{
    self, ButtonKind, Choice, Column, Field, Input, Link, Markup, Nav, PostButton, Tone, html,
};

/// Bytes of a file of errors that one page hands out.
const MOST_ERRORS: u64 = 4 * 1024 * 1024;
const DONE: &[(&str, Text)] = &[
    ("started", transfer::STARTED),
    ("stopped", transfer::WAS_STOPPED),
    ("undoing", transfer::UNDO_STARTED),
    ("looked", transfer::LOOKED_AGAIN),
];

/// GET /admin/imports/ID
pub fn show(call: &Call, admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    show_page(call, admin, app, store, &Mistake::none())
}

fn show_page(call: &Call, admin: &Admin, app: &App, store: &Reader, mistake: &Mistake) -> Result<Reply> {
    let import = named(call, store)?;
    let language = call.language;
    let title = import.file_name.as_str();
    let list = store.list(import.list)?;
    let body = match import.state {
        State::Uploading => uploading(call, &import),
        State::Ready => ready(call, admin, app, store, &import, mistake)?,
        _ => at_work(call, admin, app, &import)?,
    };
    let content = html! {
        (view::back_link(Link { label: transfer::IMPORT.to(language), url: &call.link("/admin/imports") }))
        (view::page_heading(title, html! {}))
        p { (list.title) " " (state_badge(import.state, language)) }
        (mistake.summary())
        (body)
    };
    let frame = page::done_notice(page::frame(call, admin, title), call, DONE);
    Ok(page::reply(&frame, Nav::Subscribers, content))
}

fn uploading(call: &Call, import: &Import) -> Markup {
    let language = call.language;
    let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
    let words = format!("{} / {}", bytes(import.received), bytes(import.size));
    view::card(
        transfer::STATE_UPLOADING.to(language),
        html! {
            (view::progress(transfer::UPLOADING.to(language), &words, unsigned(import.received), unsigned(import.size)))
            p { (transfer::UPLOAD_AGAIN.to(language)) }
            (view::link_button(&call.link(&format!("/admin/imports?list={}", import.list)),
                transfer::CHOOSE_FILE.to(language), ButtonKind::Secondary))
        },
    )
}

/// A size as people say it.
pub(super) fn bytes(count: i64) -> String {
    match count {
        0..1024 => format!("{count} B"),
        1024..1_048_576 => format!("{} KB", count / 1024),
        _ => format!("{}.{} MB", count / 1_048_576, count % 1_048_576 * 10 / 1_048_576),
    }
}

/// The preview: how the file is read, what would happen, and the button.
fn ready(
    call: &Call,
    admin: &Admin,
    app: &App,
    store: &Reader,
    import: &Import,
    mistake: &Mistake,
) -> Result<Markup> {
    let language = call.language;
    let plan = Plan::stored(&import.plan)?;
    let preview = preview::look(app, store, import, &plan)?;
    let can_start = preview.counts.is_some();
    Ok(html! {
        @if !can_start { (view::notice(Tone::Warn, transfer::NEED_ADDRESS.to(language))) }
        (figures(&preview, language))
        (view::card(transfer::PREVIEW.to(language), rows_table(&plan, &preview, language)))
        (view::card(transfer::HOW_IT_IS_READ.to(language), view::form(
            &call.link(&format!("/admin/imports/{}/plan", import.id)), &admin.csrf, html! {
                (how_it_is_read(store, &plan, language)?)
                (view::button(transfer::LOOK_AGAIN.to(language), ButtonKind::Secondary))
            })))
        @if can_start {
            (view::card(transfer::START_TITLE.to(language), view::form(
                &call.link(&format!("/admin/imports/{}/start", import.id)), &admin.csrf, html! {
                    p { (transfer::START_TEXT.to(language)) }
                    (Field::new("agreed", transfer::AGREED.to(language), Input::Checkbox).required(language)
                        .hint(readers::AGREED_HINT.to(language)).error(mistake.on("agreed")))
                    (view::button(transfer::START.to(language), ButtonKind::Primary))
                })))
        }
    })
}

/// What would happen, in numbers.
fn figures(preview: &Preview, language: Language) -> Markup {
    let Some(counts) = preview.counts else { return html! {} };
    let tile = |label: Text, count: i64| view::stat(label.to(language), &page::number(count), "");
    html! {
        (view::stats(&[
            tile(transfer::ROWS, counts.rows), tile(transfer::ADDED, counts.added),
            tile(transfer::UPDATED, counts.updated), tile(transfer::SKIPPED, counts.skipped),
            tile(transfer::REJECTED, counts.rejected), tile(transfer::VALUES_REFUSED, counts.values_refused),
        ]))
        @if !preview.is_whole { p.hint { (transfer::ONLY_FIRST.to(language)) } }
    }
}

fn rows_table(plan: &Plan, preview: &Preview, language: Language) -> Markup {
    let mut columns: Vec<Column> = Vec::new();
    for (place, title) in plan.columns.titles.iter().enumerate() {
        let is_address = plan.columns.place(&Target::Email) == Some(place);
        columns.push(if is_address { Column::main(title) } else { Column::text(title) });
    }
    columns.push(Column::text(transfer::ERRORS_COLUMN.to(language)));
    let rows: Vec<Vec<Markup>> = preview
        .rows
        .iter()
        .map(|row| {
            let mut cells: Vec<Markup> = row.cells.iter().map(|cell| html! { (cell) }).collect();
            cells.push(html! { @if let Some(problem) = &row.problem { (problem) } });
            cells
        })
        .collect();
    view::table(transfer::PREVIEW.to(language), &columns, &rows)
}

/// Encoding, separator, columns, duplicates: found out, to be changed where that went wrong.
fn how_it_is_read(store: &Reader, plan: &Plan, language: Language) -> Result<Markup> {
    let encodings: Vec<Choice> = Encoding::ALL
        .into_iter()
        .filter(|encoding| plan.is_rewritten == (*encoding == plan.encoding) || !plan.is_rewritten)
        .filter(|encoding| plan.is_rewritten || encoding.keeps_ascii())
        .map(|encoding| Choice::new(encoding.word(), encoding_name(encoding)))
        .collect();
    let separators = [
        Choice::new(",", transfer::COMMA.to(language)),
        Choice::new("tab", transfer::TAB.to(language)),
        Choice::new(";", transfer::SEMICOLON.to(language)),
    ];
    let targets = target_choices(store, language)?;
    let choices: Vec<Choice> = targets.iter().map(|(word, label)| Choice::new(word, label)).collect();
    let policies = [
        Choice::new("update", transfer::UPDATE.to(language)).with_hint(transfer::UPDATE_HINT.to(language)),
        Choice::new("skip", transfer::SKIP.to(language)).with_hint(transfer::SKIP_HINT.to(language)),
        Choice::new("replace", transfer::REPLACE.to(language)).with_hint(transfer::REPLACE_HINT.to(language)),
    ];
    let header = if plan.columns.has_header { "1" } else { "" };
    Ok(html! {
        (Field::new("encoding", transfer::ENCODING.to(language), Input::Select(&encodings)).value(plan.encoding.word()))
        (Field::new("separator", transfer::SEPARATOR.to(language), Input::Select(&separators))
            .value(separator_word(plan.separator)))
        (Field::new("header", transfer::HAS_HEADER.to(language), Input::Checkbox).value(header))
        (view::fieldset(transfer::COLUMNS.to(language), html! {
            @for (place, title) in plan.columns.titles.iter().enumerate() {
                @let target = plan.columns.targets.get(place).map(Target::word).unwrap_or_default();
                (Field::new(&format!("column-{place}"), title, Input::Select(&choices)).value(&target))
            }
        }))
        (Field::new("on_duplicate", transfer::ON_DUPLICATE.to(language), Input::Radio(&policies))
            .value(plan.on_duplicate.word()))
        (Field::new("rejoin", transfer::REJOIN.to(language), Input::Checkbox)
            .value(if plan.may_rejoin { "1" } else { "" }).hint(transfer::REJOIN_HINT.to(language)))
    })
}

fn target_choices(store: &Reader, language: Language) -> Result<Vec<(String, String)>> {
    let name = |target: &Target| match target {
        Target::Nothing => transfer::COLUMN_NOTHING,
        Target::Email => readers::ADDRESS,
        Target::Name => readers::READER_NAME,
        Target::FamilyName => transfer::COLUMN_FAMILY_NAME,
        Target::GivenName => transfer::COLUMN_GIVEN_NAME,
        Target::Tags => transfer::TAGS,
        _ => readers::STATE,
    };
    let mut choices: Vec<(String, String)> =
        Target::PLAIN.iter().map(|target| (target.word(), name(target).to(language).to_string())).collect();
    for field in store.fields()? {
        choices.push((Target::Field(field.key.as_str().to_string()).word(), field.label));
    }
    Ok(choices)
}

fn encoding_name(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Utf8 => "UTF-8",
        Encoding::Cp932 => "Shift_JIS (CP932)",
        Encoding::EucJp => "EUC-JP",
        Encoding::Iso2022Jp => "ISO-2022-JP",
        Encoding::Utf16Le => "UTF-16 LE",
        Encoding::Utf16Be => "UTF-16 BE",
    }
}

fn separator_word(separator: u8) -> &'static str {
    match separator {
        b'\t' => "tab",
        b';' => ";",
        _ => ",",
    }
}

/// POST /admin/imports/ID/plan: look again, as the owner says.
pub fn plan(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let import = named(call, store)?;
    let changed = change_plan(app, store, &import, sent)
        .map(|()| call.redirect(&format!("/admin/imports/{}?done=looked", import.id)));
    page::or_again(call, changed, |mistake| show_page(call, admin, app, store, mistake))
}

fn change_plan(app: &App, store: &Writer, import: &Import, sent: &Form) -> Result<()> {
    if import.state != State::Ready {
        return Err(Error::invalid(errors::IMPORT_NOT_NOW));
    }
    let before = Plan::stored(&import.plan)?;
    let encoding =
        Encoding::parse(sent.text("encoding")).filter(|found| found.keeps_ascii() && !before.is_rewritten);
    let encoding = encoding.unwrap_or(before.encoding);
    let separator = SEPARATORS
        .into_iter()
        .find(|byte| separator_word(*byte) == sent.text("separator"))
        .unwrap_or(before.separator);
    let found =
        Found { encoding: if before.is_rewritten { Encoding::Utf8 } else { encoding }, mark: before.mark };
    let mut file = inbox::open(&inbox::file(app, import.id))?;
    let mut plan = Plan::look_as(&mut file, found, Some(separator), &store.fields()?)?;
    plan.encoding = encoding;
    plan.is_rewritten = before.is_rewritten;
    let has_header = sent.has("header");
    if has_header != plan.columns.has_header {
        plan.columns = turned(&plan.columns, &before.columns, has_header);
    }
    // The columns that were shown are those that the owner spoke of.
    if (separator, has_header) == (before.separator, before.columns.has_header) {
        for place in 0..plan.columns.titles.len() {
            plan.columns.take_for(place, Target::Nothing);
        }
        for place in 0..plan.columns.titles.len() {
            let word = sent.text(&format!("column-{place}"));
            plan.columns.take_for(place, Target::parse(if word.is_empty() { "-" } else { word })?);
        }
    }
    plan.on_duplicate = OnDuplicate::parse(sent.text("on_duplicate")).unwrap_or_default();
    plan.may_rejoin = sent.has("rejoin");
    store.put_plan(import.id, &plan.to_json(), app.clock.now())
}

/// The first row taken for the other thing than was found: a header, or a reader.
fn turned(found: &Columns, before: &Columns, has_header: bool) -> Columns {
    let titles = match has_header {
        true => before.titles.clone(),
        false => (1..=found.titles.len()).map(|number| number.to_string()).collect(),
    };
    Columns { has_header, titles, targets: found.targets.clone() }
}

/// POST /admin/imports/ID/start: also goes on after a stop.
pub fn start(call: &Call, admin: &Admin, app: &mut App, store: &Writer, sent: &Form) -> Result<Reply> {
    let import = named(call, store)?;
    let started = match import.state == State::Ready && !sent.has("agreed") {
        true => Err(Error::invalid(errors::CONSENT_MISSING).on("agreed")),
        false => inbox::start(app, store, &import),
    };
    let started = started.map(|()| call.redirect(&format!("/admin/imports/{}?done=started", import.id)));
    page::or_again(call, started, |mistake| show_page(call, admin, app, store, mistake))
}

/// POST /admin/imports/ID/stop
pub fn stop(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    let import = named(call, store)?;
    store.turn_import(import.id, &[State::Running], State::Stopped, app.clock.now())?;
    Ok(call.redirect(&format!("/admin/imports/{}?done=stopped", import.id)))
}

/// POST /admin/imports/ID/undo
pub fn undo(call: &Call, _admin: &Admin, app: &mut App, store: &Writer, _sent: &Form) -> Result<Reply> {
    let import = named(call, store)?;
    let from = [State::Finished, State::Stopped];
    match store.turn_import(import.id, &from, State::Undoing, app.clock.now())? {
        true => Ok(call.redirect(&format!("/admin/imports/{}?done=undoing", import.id))),
        false => Err(Error::invalid(errors::IMPORT_NOT_NOW)),
    }
}

/// GET /admin/imports/ID/errors: the rows that were refused, to mend and upload again.
pub fn errors(call: &Call, _admin: &Admin, app: &App, store: &Reader) -> Result<Reply> {
    use std::io::Read;
    let import = named(call, store)?;
    let file = inbox::open(&inbox::errors_file(app, import.id))?;
    let most = u64::try_from(import.errors_bytes).unwrap_or(0).min(MOST_ERRORS);
    let mut bytes = Vec::new();
    file.take(most)
        .read_to_end(&mut bytes)
        .map_err(|cause| Error::fault("reading the file of errors", cause))?;
    let name = format!("attachment; filename=\"import-{}-errors.csv\"", import.id);
    Ok(Reply::bytes(200, "text/csv; charset=utf-8", bytes).with_header("content-disposition", name))
}

/// Running, stopped, finished, undone: how far, what came of it, and what can be done.
fn at_work(call: &Call, admin: &Admin, app: &App, import: &Import) -> Result<Markup> {
    let language = call.language;
    let counts = import.counts;
    let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
    let tile = |label: Text, count: i64| view::stat(label.to(language), &page::number(count), "");
    let words = transfer::ROWS_DONE.with(language, &[("count", &page::number(counts.rows))]);
    let is_moving = matches!(import.state, State::Running | State::Undoing);
    let has_file = import.way == Way::Web && import.size > 0;
    Ok(html! {
        @if import.state == State::Running && import.way == Way::Web {
            (view::card(transfer::PROGRESS.to(language), html! {
                (view::progress(transfer::PROGRESS.to(language), &words, unsigned(import.at_byte), unsigned(import.size)))
                p.hint { (transfer::BY_CLOCK.to(language)) }
            }))
        }
        @if matches!(import.state, State::Undoing | State::Undone) {
            (view::card(transfer::UNDO_TITLE.to(language), html! {
                p { (transfer::UNDONE_COUNT.with(language, &[("count", &page::number(import.undone))])) }
                @if import.state == State::Undoing { p.hint { (transfer::BY_CLOCK.to(language)) } }
            }))
        }
        (view::stats(&[
            tile(transfer::ROWS, counts.rows), tile(transfer::ADDED, counts.added),
            tile(transfer::UPDATED, counts.updated), tile(transfer::SKIPPED, counts.skipped),
            tile(transfer::REJECTED, counts.rejected), tile(transfer::VALUES_REFUSED, counts.values_refused),
        ]))
        @if let Some(at) = import.finished_at { p.hint { (transfer::FINISHED_AT.with(language, &[("when", &page::time(app, at))])) } }
        @if import.errors_bytes > 0 && has_file {
            (view::card(transfer::ERRORS_TITLE.to(language), html! {
                p { (transfer::ERRORS_TEXT.to(language)) }
                @if unsigned(import.errors_bytes) > MOST_ERRORS { p.hint { (transfer::ERRORS_LONG.to(language)) } }
                (view::link_button(&call.link(&format!("/admin/imports/{}/errors", import.id)),
                    transfer::ERRORS_DOWNLOAD.to(language), ButtonKind::Secondary))
            }))
        }
        (view::actions(html! {
            @if is_moving {
                (view::link_button(&call.link(&format!("/admin/imports/{}", import.id)),
                    transfer::RELOAD.to(language), ButtonKind::Secondary))
            }
            @if import.state == State::Running && import.way == Way::Web {
                (button(call, admin, import, "stop", transfer::STOP, ButtonKind::Danger))
            }
            @if import.state == State::Stopped && has_file && !import.plan.is_empty() && import.at_byte > 0 {
                (button(call, admin, import, "start", transfer::GO_ON, ButtonKind::Primary))
            }
        }))
        @if matches!(import.state, State::Finished | State::Stopped) && counts.added + counts.updated > 0 {
            (view::details_box(transfer::UNDO_TITLE.to(language), html! {
                p { (transfer::UNDO_TEXT.to(language)) }
                (button(call, admin, import, "undo", transfer::UNDO, ButtonKind::Danger))
            }))
        }
    })
}

fn button(call: &Call, admin: &Admin, import: &Import, path: &str, label: Text, kind: ButtonKind) -> Markup {
    view::post_button(&PostButton {
        action: &call.link(&format!("/admin/imports/{}/{path}", import.id)),
        csrf: &admin.csrf,
        label: label.to(call.language),
        kind,
        ..PostButton::default()
    })
}
