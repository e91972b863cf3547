//! The gate's day board: where each candidate stands, and why it cannot be published yet.
//! Not the judgement: releases.

use neo::error::Result;
use neo::web::call::Call;
use neo::web::message::Reply;
use neo::web::view::{self, html};

use super::access::Staff;
use super::page;
use crate::app::Fleet;
use crate::texts::portal as texts;

/// GET /releases
pub fn board(call: &Call, _fleet: &mut Fleet, staff: &Staff) -> Result<Reply> {
    let language = call.language;
    let title = texts::BOARD_TITLE.to(language);
    let content = html! { (view::page_heading(title, html! {})) };
    Ok(page::reply(call, staff.who, "/releases", title, content))
}
