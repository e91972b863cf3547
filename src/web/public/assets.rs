//! Style and icons, out of the executable: nothing can be missing or mixed up after an upload by FTP.
//! Not their content: web/view and public_html/assets.

use crate::error::{Error, Result};
use crate::texts::errors;
use crate::web::call::Call;
use crate::web::message::Reply;
use crate::web::view;

/// GET /assets/NAME-HASH.ext
pub fn show(call: &Call) -> Result<Reply> {
    let served = view::asset(call.parameter()).ok_or_else(|| Error::not_found(errors::PAGE_NOT_FOUND))?;
    let reply = Reply::bytes(200, served.asset.content_type, served.asset.bytes.to_vec());
    // The name holds a hash of the content, so a copy never grows stale.
    let keep = if served.immutable { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
    Ok(reply.with_header("cache-control", keep))
}
