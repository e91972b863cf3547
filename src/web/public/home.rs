//! The front page: which lists one can sign up for.
//! Not the forms themselves: sign_up.

use maud::html;

use crate::app::App;
use crate::error::Result;
use crate::store::Reader;
use crate::texts::public;
use crate::web::call::{Call, product_name};
use crate::web::message::Reply;
use crate::web::view;

/// GET /
pub fn show(call: &Call, _app: &App, store: &Reader) -> Result<Reply> {
    let lists = store.lists()?;
    let title = public::HOME_TITLE.to(call.language);
    let content = html! {
        h1 { (title) }
        @if lists.is_empty() {
            p { (public::HOME_EMPTY.to(call.language)) }
        }
        ul {
            @for list in &lists {
                li { a href=(call.link(&format!("/f/{}", list.name.as_str()))) { (list.title) } }
            }
        }
    };
    Ok(Reply::html(200, view::public_page(&call.frame(product_name(call.language), title), content)))
}
