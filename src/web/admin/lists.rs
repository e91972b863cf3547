//! lists: to be written.

#![allow(unused_imports)]
use crate::app::App;
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::errors;
use crate::web::access::{Admin, SetupCode};
use crate::web::call::Call;
use crate::web::form::Form;
use crate::web::message::Reply;

pub fn list(_call: &Call, _admin: &Admin, _app: &App, _store: &Reader) -> Result<Reply> {
    Err(Error::not_found(errors::PAGE_NOT_FOUND))
}

pub fn new(_call: &Call, _admin: &Admin, _app: &App, _store: &Reader) -> Result<Reply> {
    Err(Error::not_found(errors::PAGE_NOT_FOUND))
}

pub fn create(_call: &Call, _admin: &Admin, _app: &mut App, _store: &Writer, _form: &Form) -> Result<Reply> {
    Err(Error::not_found(errors::PAGE_NOT_FOUND))
}

pub fn edit(_call: &Call, _admin: &Admin, _app: &App, _store: &Reader) -> Result<Reply> {
    Err(Error::not_found(errors::PAGE_NOT_FOUND))
}

pub fn save(_call: &Call, _admin: &Admin, _app: &mut App, _store: &Writer, _form: &Form) -> Result<Reply> {
    Err(Error::not_found(errors::PAGE_NOT_FOUND))
}
