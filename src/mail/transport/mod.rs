//! stub
use crate::domain::address::Address;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
pub enum Outcome {
    Sent { reply: String },
    Later { code: Option<u16>, reply: String },
    Never { code: Option<u16>, reply: String },
}
pub enum Trouble {
    Unreachable(String),
    LoginRefused(String),
    Lost(String),
}
impl Trouble {
    pub fn words(&self) -> &str {
        match self {
            Trouble::Unreachable(w) | Trouble::LoginRefused(w) | Trouble::Lost(w) => w,
        }
    }
}
pub struct Envelope<'a> {
    pub from: &'a str,
    pub to: &'a Address,
}
pub trait Transport {
    fn ready(&mut self) -> Result<(), Trouble> {
        Ok(())
    }
    fn deliver(&mut self, envelope: &Envelope<'_>, message: &[u8]) -> Result<Outcome, Trouble>;
    fn close(&mut self);
    fn name(&self) -> &'static str;
}
pub enum TransportUrl {
    Folder(String),
}
pub fn parse(_t: &str) -> crate::error::Result<TransportUrl> {
    Ok(TransportUrl::Folder("outbox".into()))
}
pub fn check(t: &str) -> crate::error::Result<()> {
    parse(t).map(|_| ())
}
struct Folder(std::path::PathBuf);
impl Transport for Folder {
    fn deliver(&mut self, _e: &Envelope<'_>, m: &[u8]) -> Result<Outcome, Trouble> {
        let _ = std::fs::create_dir_all(&self.0);
        static N: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let n = N.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let _ = std::fs::write(self.0.join(format!("{}-{n}.eml", std::process::id())), m);
        Ok(Outcome::Sent { reply: "written".into() })
    }
    fn close(&mut self) {}
    fn name(&self) -> &'static str {
        "folder"
    }
}
pub fn open(
    _u: &TransportUrl,
    _p: Option<&str>,
    f: &Path,
    _t: Duration,
    _b: fn(&mut Command),
) -> Box<dyn Transport> {
    Box::new(Folder(f.join("outbox")))
}
