//! The gate's day board: where each candidate stands, and why it cannot be published yet.
//! Not the judgement: releases.

use neo::error::Result;
use neo::texts::Language;
use neo::web::call::Call;
use neo::web::message::Reply;
use neo::web::view::{self, Column, Markup, Tone, html};

use super::access::Staff;
use super::page;
use crate::app::Fleet;
use crate::releases::board::{self, Board, BoardCheck, BoardDay};
use crate::releases::journal::Journal;
use crate::texts::portal as texts;

/// The candidates and releases that a page shows, the newest first.
const SHOWN: usize = 5;

/// GET /releases
pub fn board(call: &Call, fleet: &mut Fleet, staff: &Staff) -> Result<Reply> {
    let language = call.language;
    let mut boards = Vec::new();
    // An empty log is begun by the command, not by looking at it.
    if fleet.store.release_log_end()?.is_some() {
        boards = newest(fleet)?;
    }
    let title = texts::BOARD_TITLE.to(language);
    let content = html! {
        (view::page_heading(title, html! {}))
        @if boards.is_empty() {
            (view::empty_state(texts::NO_CANDIDATE.to(language), texts::NO_CANDIDATE_TEXT.to(language), html! {}))
        }
        @for board in &boards { (view::card(&format!("NEO {}", board.version), one(board, language))) }
    };
    Ok(page::reply(call, staff.who, "/releases", title, content))
}

fn newest(fleet: &mut Fleet) -> Result<Vec<Board>> {
    let journal = Journal::open(fleet)?;
    let mut versions: Vec<(i64, String)> = journal
        .history
        .releases
        .iter()
        .map(|(version, release)| (release.opened_at, version.clone()))
        .collect();
    versions.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let mut boards = Vec::new();
    for (_, version) in versions.iter().take(SHOWN) {
        boards.extend(board::board(fleet, &journal, version)?);
    }
    Ok(boards)
}

fn one(board: &Board, language: Language) -> Markup {
    let tone = match board.state {
        "published" => Tone::Success,
        "stopped" | "withdrawn" | "changed" => Tone::Error,
        _ => Tone::Info,
    };
    let signed: Vec<&str> =
        board.signatures.iter().filter(|signed| signed.counts).map(|signed| signed.name.as_str()).collect();
    let share = format!("{}.{} %", board.rollout_permille / 10, board.rollout_permille % 10);
    let facts = [
        (texts::STATE.to(language), view::badge(tone, board.state)),
        (texts::BEGAN.to(language), html! { (page::time(board.opened_at)) }),
        (texts::ROUNDS.to(language), html! { (board.rounds) }),
        (texts::EARLIEST.to(language), html! { (page::time(board.earliest)) }),
        (
            texts::SIGNATURES.to(language),
            html! { (if signed.is_empty() { "-".to_string() } else { signed.join(", ") }) },
        ),
        (texts::ROLLOUT.to(language), html! { (share) }),
    ];
    html! {
        (view::definition_list(&facts))
        @if !board.reasons.is_empty() && board.state != "published" {
            (view::details_box(texts::WHY_NOT.to(language), html! {
                ul { @for reason in &board.reasons {
                    li { (if language == Language::Ja { &reason.ja } else { &reason.en }) " (" (reason.number) ")" }
                } }
            }))
        }
        @for day in &board.days { (one_day(day, language)) }
    }
}

fn one_day(day: &BoardDay, language: Language) -> Markup {
    let rows: Vec<Vec<Markup>> = day.checks.iter().map(|check| row(check, language)).collect();
    let columns = [
        Column::main(texts::CHECK.to(language)),
        Column::text(texts::STATE.to(language)),
        Column::text(texts::WHEN.to(language)),
        Column::text(texts::WHO.to(language)),
    ];
    let heading = texts::DAY.with(language, &[("number", &day.number.to_string())]);
    html! {
        h3 { (heading) " " small { (day.date) } }
        (view::table(&heading, &columns, &rows))
    }
}

fn row(check: &BoardCheck, language: Language) -> Vec<Markup> {
    let (tone, words) = match check.state {
        "passed" => (Tone::Success, texts::CHECK_PASSED),
        "failed" => (Tone::Error, texts::CHECK_FAILED),
        _ => (Tone::Neutral, texts::CHECK_MISSING),
    };
    vec![
        html! { (check.name) @if let Some(says) = &check.says { br; small { (says) } } },
        view::badge(tone, words.to(language)),
        html! { (check.at.map(page::time).unwrap_or_default()) },
        html! { (check.by.as_deref().unwrap_or_default()) },
    ]
}
