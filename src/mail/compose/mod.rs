//! stub
pub mod template;
use crate::domain::address::Address;
use crate::error::Result;
pub struct Bulk {
    pub list_id: String,
    pub list_title: String,
    pub unsubscribe_url: String,
    pub feedback_id: String,
}
pub enum LetterKind {
    Bulk(Bulk),
    Automatic,
    Test,
}
pub struct Letter<'a> {
    pub from_name: &'a str,
    pub from_address: &'a Address,
    pub to: &'a Address,
    pub to_name: &'a str,
    pub subject: &'a str,
    pub text: &'a str,
    pub html: Option<&'a str>,
    pub message_id: &'a str,
    pub date: i64,
    pub offset_seconds: i32,
    pub kind: LetterKind,
}
pub fn compose(l: &Letter<'_>) -> Result<Vec<u8>> {
    Ok(format!("Message-ID: <{}>\r\nSubject: {}\r\n\r\n{}", l.message_id, l.subject, l.text).into_bytes())
}
