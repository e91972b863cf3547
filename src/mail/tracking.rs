//! Counted links and the invisible picture of a mail's HTML part, where its list says so on its form.
//! Not the counting (store/engagements, web/public/engagement), and never the text part: what stands there is what is
//! opened.
//!
//! Only links that the owner wrote out are counted: those made for each reader (leaving, preferences, personal ones)
//! stay as they are, so that no redirect leads anywhere but to what is in the table.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::app::App;
use crate::domain::id::{LinkId, MessageId, SubscriptionId};
use crate::domain::list::Tracking;
use crate::domain::token::Purpose;
use crate::error::Result;
use crate::settings;
use crate::store::Writer;

/// Links counted in one message, and their longest.
const MOST_LINKS: usize = 200;
const LONGEST_LINK: usize = 2000;

/// What is counted of one message.
pub struct Tracked {
    message: MessageId,
    counts_opens: bool,
    /// By the text between the quotation marks.
    links: BTreeMap<String, LinkId>,
}

impl Tracked {
    /// Gives the links of a message's HTML their numbers.
    pub fn prepare(
        app: &App,
        store: &Writer,
        message: MessageId,
        tracking: Tracking,
        html: &str,
    ) -> Result<Tracked> {
        let mut links = BTreeMap::new();
        if tracking.clicks {
            for place in anchors(html) {
                let Some(written) = html.get(place) else { continue };
                let Some(url) = countable(app, written) else { continue };
                if links.len() < MOST_LINKS && !links.contains_key(written) {
                    links.insert(written.to_string(), store.link_id(message, &url)?);
                }
            }
        }
        Ok(Tracked { message, counts_opens: tracking.opens, links })
    }

    /// The HTML for one reader, before its footer is added: links by way of this site.
    pub fn rewrite(&self, app: &App, subscription: SubscriptionId, html: &str) -> String {
        let base = app.settings.value(&settings::BASE_URL);
        let mut written = String::with_capacity(html.len() + 64 * self.links.len());
        let mut done = 0;
        for place in anchors(html) {
            let Some(link) = html.get(place.clone()).and_then(|url| self.links.get(url)) else { continue };
            let token = app.key.pair_token(Purpose::Click, link.0, subscription.0);
            written.push_str(html.get(done..place.start).unwrap_or_default());
            written.push_str(&format!("{base}/c/{token}"));
            done = place.end;
        }
        written.push_str(html.get(done..).unwrap_or_default());
        written
    }

    /// The picture that tells of an opening; empty where openings are not counted.
    pub fn picture(&self, app: &App, subscription: SubscriptionId) -> String {
        if !self.counts_opens {
            return String::new();
        }
        let base = app.settings.value(&settings::BASE_URL);
        let token = app.key.pair_token(Purpose::Open, self.message.0, subscription.0);
        maud::html! { img src=(format!("{base}/o/{token}.gif")) width="1" height="1" alt=""; }.into_string()
    }
}

/// The address of a link that may be counted: written out, http(s), not one of this site's own.
fn countable(app: &App, written: &str) -> Option<String> {
    let base = app.settings.value(&settings::BASE_URL);
    let is_made = ["{{", "{%", "{#"].iter().any(|mark| written.contains(mark));
    if is_made || base.is_empty() || written.len() > LONGEST_LINK {
        return None;
    }
    let plain = written.trim().replace("&amp;", "&").replace("&#38;", "&");
    let url = url::Url::parse(&plain).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    (is_web && !url.as_str().starts_with(base)).then(|| url.to_string())
}

/// Where the values of `href` stand in `<a>` and `<area>`. Comments are left alone.
fn anchors(html: &str) -> Vec<Range<usize>> {
    let bytes = html.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = position(bytes, at, |byte| byte == b'<') {
        if bytes.get(start..).is_some_and(|rest| rest.starts_with(b"<!--")) {
            let Some(end) = html.get(start..).and_then(|rest| rest.find("-->")) else { break };
            at = start + end + 3;
            continue;
        }
        let name_end =
            position(bytes, start + 1, |byte| !byte.is_ascii_alphanumeric()).unwrap_or(bytes.len());
        let name = html.get(start + 1..name_end).unwrap_or_default();
        let is_anchor = name.eq_ignore_ascii_case("a") || name.eq_ignore_ascii_case("area");
        let (end, href) = tag(bytes, name_end);
        found.extend(href.filter(|_| is_anchor));
        at = end.max(start + 1);
    }
    found
}

/// Reads a tag's attributes from `at`: where it ends, and where its `href` stands.
fn tag(bytes: &[u8], mut at: usize) -> (usize, Option<Range<usize>>) {
    let mut href = None;
    loop {
        let Some(start) = position(bytes, at, |byte| !byte.is_ascii_whitespace() && byte != b'/') else {
            return (bytes.len(), href);
        };
        if bytes.get(start) == Some(&b'>') {
            return (start + 1, href);
        }
        let name_end =
            position(bytes, start, |byte| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'>' | b'/'));
        let name_end =
            name_end.unwrap_or(bytes.len()).max(start + usize::from(bytes.get(start) == Some(&b'=')));
        let name = bytes.get(start..name_end).unwrap_or_default();
        let after = position(bytes, name_end, |byte| !byte.is_ascii_whitespace()).unwrap_or(bytes.len());
        if bytes.get(after) != Some(&b'=') {
            at = after.max(start + 1);
            continue;
        }
        let value = position(bytes, after + 1, |byte| !byte.is_ascii_whitespace()).unwrap_or(bytes.len());
        let (range, next) = match bytes.get(value) {
            Some(quote @ (b'"' | b'\'')) => {
                let end = position(bytes, value + 1, |byte| byte == *quote).unwrap_or(bytes.len());
                (value + 1..end, end + 1)
            }
            _ => {
                let end = position(bytes, value, |byte| byte.is_ascii_whitespace() || byte == b'>')
                    .unwrap_or(bytes.len());
                (value..end, end)
            }
        };
        if name.eq_ignore_ascii_case(b"href") && href.is_none() {
            href = Some(range);
        }
        at = next;
    }
}

fn position(bytes: &[u8], from: usize, is_it: impl Fn(u8) -> bool) -> Option<usize> {
    bytes.get(from..)?.iter().position(|byte| is_it(*byte)).map(|place| from + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hrefs(html: &str) -> Vec<&str> {
        anchors(html).into_iter().filter_map(|place| html.get(place)).collect()
    }

    #[test]
    fn links_are_found_however_they_are_written() {
        let html = "<p>花<a class='x' href=\"https://a.example/?q=1&amp;r=2\">店</a> <A HREF='https://b.example/'>b</A>\
                    <a href=https://c.example/>c</a><area href = \"https://d.example/\">";
        assert_eq!(
            hrefs(html),
            [
                "https://a.example/?q=1&amp;r=2",
                "https://b.example/",
                "https://c.example/",
                "https://d.example/"
            ]
        );
    }

    #[test]
    fn nothing_else_is_taken_for_a_link() {
        for html in [
            "<!-- <a href=\"https://a.example/\"> -->",
            "<link href=\"https://a.example/\"><img src=\"https://a.example/\">",
            "<a title='href=\"https://a.example/\"'>",
            "<a href",
            "<a href=",
            "<",
            "<a =x href",
            "<abbr href=\"https://a.example/\">",
            "<a data-href=\"https://a.example/\">",
        ] {
            assert!(hrefs(html).iter().all(|href| href.is_empty()), "{html}: {:?}", hrefs(html));
        }
    }
}
