//! The promises of the pages' look: strict policy, escaping, readable colours, forms that explain themselves.
//! Not what single pages say: their handlers' tests do that. How it looks to the eye: tests/e2e/screenshots.mjs.

#![expect(clippy::unwrap_used, clippy::panic, clippy::string_slice, reason = "a broken check may stop here")]

use neo::texts::Language::{En, Ja};
use neo::web::view::*;

#[path = "../examples/gallery.rs"]
#[allow(dead_code, reason = "the gallery's main is not run here")]
mod gallery;

fn stylesheet() -> &'static str {
    let asset = assets().iter().find(|asset| asset.name == "neo.css").unwrap();
    std::str::from_utf8(asset.bytes).unwrap()
}

#[test]
fn every_page_of_the_gallery_stands_under_a_policy_without_inline_styles_and_scripts() {
    for (name, page) in gallery::pages() {
        for tag in page.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            assert!(!tag.starts_with("script") && !tag.starts_with("style"), "{name}: <{tag}>");
            assert!(!tag.contains(" style="), "{name}: <{tag}>");
            let handler = tag.split(' ').any(|word| word.starts_with("on") && word.contains('='));
            assert!(!handler && !tag.contains("javascript:"), "{name}: <{tag}>");
        }
    }
}

#[test]
fn every_page_of_the_gallery_has_one_heading_unique_ids_and_a_label_for_every_input() {
    for (name, page) in gallery::pages() {
        assert_eq!(page.matches("<h1").count(), 1, "{name}");
        let mut ids: Vec<&str> =
            page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        for label in page.split("<label for=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(ids.contains(&label), "{name}: a label for {label}");
        }
        for described in page.split("aria-describedby=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(described.split(' ').all(|id| ids.contains(&id)), "{name}: described by {described}");
        }
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count, "{name}: an id is there twice");
    }
}

#[test]
fn what_was_typed_comes_back_escaped_and_in_place() {
    let typed = "\"><script>alert('x')</script>&amp;";
    let field = Field::new("name", "お名前", Input::Text).value(typed).error(Some("長すぎます")).required(Ja);
    let line = html! { (field) }.into_string();
    assert!(line.contains("value=\"&quot;&gt;&lt;script&gt;"), "{line}");
    assert!(line.contains("&amp;amp;"), "{line}");
    assert!(line.contains("aria-invalid=\"true\" aria-describedby=\"field-name-error\""), "{line}");
    assert!(line.contains("長すぎます") && line.contains("必須"), "{line}");

    let area = html! { (Field::new("text", "本文", Input::Textarea { rows: 3 }).value("\n</textarea>")) };
    // A browser drops the first line break; the reader's own stays.
    assert!(area.into_string().contains(">\n\n&lt;/textarea&gt;</textarea>"));
}

#[test]
fn a_password_never_comes_back() {
    let field = Field::new("password", "パスワード", Input::Password).value("himitsu-no-kotoba");
    assert!(!html! { (field) }.into_string().contains("himitsu"));
}

#[test]
fn a_checkbox_keeps_its_tick_and_a_select_its_choice() {
    let ticked = |value| {
        html! { (Field::new("c", "同意", Input::Checkbox).value(value)) }.into_string().contains(" checked")
    };
    assert!(ticked("1") && ticked("on") && !ticked("") && !ticked("0"));
    let choices = [Choice::new("ja", "日本語"), Choice::new("en", "English")];
    let select = html! { (Field::new("l", "Language", Input::Select(&choices)).value("en")) }.into_string();
    assert!(select.contains("<option value=\"en\" selected>"), "{select}");
}

#[test]
fn a_post_button_carries_the_proof_and_its_hidden_values() {
    let post = PostButton {
        action: "/neo.cgi/x",
        csrf: "p\"1",
        label: "止める",
        hidden: &[("id", "7")],
        ..PostButton::default()
    };
    let form = post_button(&post).into_string();
    assert!(form.contains("method=\"post\" action=\"/neo.cgi/x\""), "{form}");
    assert!(form.contains("name=\"csrf\" value=\"p&quot;1\"") && form.contains("name=\"id\" value=\"7\""));
}

#[test]
fn the_active_entry_of_the_navigation_is_marked_once_and_links_begin_with_the_script() {
    let frame = Frame::new(En, "/cgi-bin/neo.cgi", "Shop", "Broadcasts").user("a@example.com", "p");
    let page = admin_page(&frame, Nav::Broadcasts, html! { h1 { "Broadcasts" } });
    assert_eq!(page.matches("aria-current=\"page\"").count(), 1);
    assert!(page.contains("href=\"/cgi-bin/neo.cgi/admin/broadcasts\" aria-current=\"page\""));
    assert!(page.contains("<html lang=\"en\">") && page.contains("href=\"/cgi-bin/neo.cgi/assets/neo-"));
    assert!(page.contains("action=\"/cgi-bin/neo.cgi/admin/logout\""));
}

#[test]
fn only_a_page_that_says_so_may_be_found_by_search_engines() {
    let frame = Frame::new(Ja, "", "便り", "登録");
    assert!(public_page(&frame, html! {}).contains("noindex"));
    assert!(!public_page(&frame.indexed(), html! {}).contains("noindex"));
}

#[test]
fn an_asset_answers_to_its_present_name_for_ever_and_to_an_older_one_for_a_moment() {
    for known in assets() {
        let path = known.path();
        let file = path.strip_prefix("/assets/").unwrap();
        assert!(asset(file).unwrap().immutable);
    }
    assert!(!asset("neo-0123456789abcdef.css").unwrap().immutable);
    for wrong in
        ["neo.css", "neo-.css", "neo-0123456789abcdef.svg", "neo-../../../etc/pass.css", "", "あ.css"]
    {
        assert!(asset(wrong).is_none(), "{wrong}");
    }
}

#[test]
fn the_stylesheet_needs_nothing_from_elsewhere_and_stays_small() {
    let css = include_str!("../public_html/assets/neo.css");
    assert!(css.len() < 30_000, "{}", css.len());
    assert!(!css.contains("url(") && !css.contains("@import") && !css.contains("@font-face"));
    assert!(stylesheet().contains("Permission is hereby granted"), "the base's licence goes with it");
}

#[test]
fn every_pair_of_colours_can_be_read_in_both_schemes() {
    let css = include_str!("../public_html/assets/neo.css");
    let (_, after) = css.split_once(":root {").unwrap();
    let (light, rest) = after.split_once("\n}").unwrap();
    let (_, after) = rest.split_once("prefers-color-scheme: dark").unwrap();
    let (dark, _) = after.split_once("\n}").unwrap();
    for (scheme, tokens) in [("light", light), ("dark", dark)] {
        let text = [
            (
                "text",
                "ground sheet sunken info-wash success-wash warn-wash error-wash neutral-wash accent-wash",
            ),
            ("text-soft", "ground sheet sunken neutral-wash"),
            ("accent", "ground sheet sunken accent-wash neutral-wash"),
            ("accent-strong", "sheet accent-wash"),
            ("on-accent", "accent accent-strong"),
            ("info", "info-wash"),
            ("success", "success-wash"),
            ("warn", "warn-wash"),
            ("error", "error-wash sheet sunken"),
            ("neutral", "neutral-wash"),
        ];
        let shapes =
            [("control-line", "sheet ground"), ("focus", "sheet ground sunken"), ("accent", "neutral-wash")];
        for (pairs, least) in [(text.as_slice(), 4.5), (shapes.as_slice(), 3.0)] {
            for (front, backs) in pairs {
                for back in backs.split(' ') {
                    let ratio = contrast(colour(tokens, front), colour(tokens, back));
                    assert!(ratio >= least, "{scheme}: {front} on {back} is {ratio:.2}, needs {least}");
                }
            }
        }
    }
}

fn colour(tokens: &str, name: &str) -> [f64; 3] {
    let (_, rest) = tokens.split_once(&format!("--{name}: #")).unwrap_or_else(|| panic!("no colour {name}"));
    let hex = u32::from_str_radix(&rest[..6], 16).unwrap();
    [hex >> 16, hex >> 8 & 255, hex & 255].map(|part| f64::from(part) / 255.0)
}

/// WCAG 2.2, relative luminance and contrast ratio.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let luminance = |colour: [f64; 3]| {
        let [r, g, b] = colour
            .map(|part| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}
