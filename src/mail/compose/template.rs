//! stub
use crate::error::Result;
use std::collections::BTreeMap;
pub struct Values<'a> {
    pub name: &'a str,
    pub email: &'a str,
    pub fields: &'a BTreeMap<String, String>,
    pub list_title: &'a str,
    pub unsubscribe_url: &'a str,
    pub preferences_url: &'a str,
    pub confirm_url: &'a str,
}
pub struct Template(String);
impl Template {
    pub fn parse(s: &str, _h: bool) -> Result<Template> {
        Ok(Template(s.into()))
    }
    pub fn render(&self, v: &Values<'_>, _f: u64) -> Result<String> {
        Ok(self
            .0
            .replace("{{ list_title }}", v.list_title)
            .replace("{{ confirm_url }}", v.confirm_url)
            .replace("{{ name }}", v.name))
    }
}
