//! One request on its way through a handler: what was asked, the words for it, links, the frame of a page.
//! Not the flow: that is handle. Handlers stand between the two, so neither knows the other.

use std::cell::{Cell, OnceCell};
use std::net::Ipv6Addr;

use maud::{Markup, html};

use super::message::{Reply, Request};
use super::view::{self, Frame, Tone};
use crate::clock::Clock;
use crate::error::Result;
use crate::guard::budget::Budget;
use crate::host::paths::DataFolder;
use crate::texts::{Language, public};

/// What the process knows before the database is opened.
pub struct Surroundings {
    pub folder: Result<DataFolder>,
    pub clock: Clock,
    pub budget: Budget,
}

/// One request on its way through a handler.
#[derive(Clone)]
pub struct Call<'a> {
    pub request: &'a Request,
    pub surroundings: &'a Surroundings,
    pub language: Language,
    pub(super) parameters: Vec<String>,
    /// The `base_url` setting, once the site is open.
    pub(super) base: OnceCell<String>,
    /// Whether who asks has shown to be the owner: by her session, or by the set-up code.
    pub(in crate::web) is_owner: Cell<bool>,
    /// What every page of the owner tells on top, if there is something.
    pub(super) banner: Option<(Tone, Markup)>,
}

impl<'a> Call<'a> {
    /// A call that has found its page; `parameters` are the values of the path's `:names`.
    pub fn new(
        request: &'a Request,
        surroundings: &'a Surroundings,
        language: Language,
        parameters: Vec<String>,
    ) -> Call<'a> {
        Call {
            request,
            surroundings,
            language,
            parameters,
            base: OnceCell::new(),
            is_owner: Cell::new(false),
            banner: None,
        }
    }

    /// The same call, answered in another language than the browser's.
    pub fn in_language(&self, language: Language) -> Call<'a> {
        Call { language, ..self.clone() }
    }

    /// Notes the public URL, once it is known; links to this host are then made from it.
    pub fn note_base(&self, base: &str) {
        let _ = self.base.set(base.to_string());
    }

    /// The value of the path's first `:name`; empty if there is none.
    pub fn parameter(&self) -> &str {
        self.parameter_at(0)
    }

    /// The value of the path's `:name` at `place`.
    pub fn parameter_at(&self, place: usize) -> &str {
        self.parameters.get(place).map_or("", String::as_str)
    }

    /// A link within this site, for `href` and `action`.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.request.script_name)
    }

    /// Sends the browser on, within this site. Absolute, from the address that the browser itself used.
    pub fn redirect(&self, path: &str) -> Reply {
        Reply::redirect(format!("{}{}", self.origin(), self.link(path)))
    }

    /// `https://host`, as the browser sees us: the public URL's where the host is the same, since proxies hide ports.
    pub fn origin(&self) -> String {
        let base = self.base.get().and_then(|base| url::Url::parse(base).ok());
        let name = self.request.host.rsplit_once(':').map_or(self.request.host.as_str(), |(name, _)| name);
        if let Some(base) = base.filter(|base| base.host_str() == Some(name)) {
            return base.origin().ascii_serialization();
        }
        let scheme = if self.request.https { "https" } else { "http" };
        match is_host(&self.request.host) {
            true => format!("{scheme}://{}", self.request.host),
            false => format!("{scheme}://localhost"),
        }
    }

    /// What this page tells on top.
    pub fn banner(&self) -> Option<(Tone, Markup)> {
        self.banner.clone()
    }

    /// The frame of a page for readers or of a page before the sign-in.
    pub fn frame<'b>(&'b self, name: &'b str, title: &'b str) -> Frame<'b> {
        Frame::new(self.language, &self.request.script_name, name, title)
    }
}

/// Whether a `Host` header names one: a name or an IPv6 address in brackets, and perhaps a port.
fn is_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (host, "80"),
    };
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let is_named = match address {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => name.len() < 254 && name.strip_suffix('.').unwrap_or(name).split('.').all(is_label),
    };
    is_named && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

/// A small page for readers: a heading and some paragraphs.
pub fn simple_page(call: &Call, name: &str, title: &str, paragraphs: &[&str]) -> Reply {
    let content = html! {
        h1 { (title) }
        @for paragraph in paragraphs { p { (paragraph) } }
    };
    Reply::html(200, view::public_page(&call.frame(name, title), content))
}

/// The title of the site's own pages.
pub fn product_name(language: Language) -> &'static str {
    public::PRODUCT.to(language)
}
