//! E-mail addresses. A colleague lands the real one.
use crate::error::Result;
#[derive(Clone, Debug)]
pub struct Address(String);
impl Address {
    pub fn parse(t: &str) -> Result<Address> {
        Ok(Address(t.into()))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |p| p.1)
    }
}
