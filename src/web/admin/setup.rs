//! setup: to be written.

#![allow(unused_imports)]
use crate::app::App;
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::errors;
use crate::web::access::{Admin, SetupCode};
use crate::web::form::Form;
use crate::web::handle::Call;
use crate::web::message::Reply;

pub fn show(_call: &Call, _code: SetupCode) -> Result<Reply> {
    Err(Error::not_found(errors::PAGE_NOT_FOUND))
}

pub fn set_up(_call: &Call, _code: SetupCode, _form: &Form) -> Result<Reply> {
    Err(Error::not_found(errors::PAGE_NOT_FOUND))
}
