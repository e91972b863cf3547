//! How every page looks: frames, components and their one stylesheet. `examples/gallery.rs` shows all of it.
//! Not what a page says or does: handlers pass finished sentences in, and nothing here reads the store.
//!
//! No component writes an inline style, an inline script or an event handler, so the pages stand under
//! `default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'`. Two pages name a script file of ours (uploads in
//! pieces, drafts that save themselves), and work without it.

mod assets;
mod button;
mod chart;
mod data;
mod field;
mod form;
mod icon;
mod layout;
mod notice;
mod parts;

pub use assets::{Asset, ServedAsset, UPLOAD_SCRIPT, asset, assets};
pub use button::{
    ButtonKind, PostButton, actions, button, button_aside, button_named, link_button, post_button,
};
pub use chart::{Bar, bar_chart, progress};
pub use data::{
    Column, TimelineItem, code_block, definition_list, pager, stat, stat_linked, stats, table, timeline,
};
pub use field::{Choice, Field, Input};
pub use form::{
    CSRF_FIELD, autosave, error_summary, fields_row, fieldset, form, hidden, search_form, upload_form,
};
pub use icon::{Icon, icon, logo};
pub use layout::{Entry, Frame, Nav, admin_page, error_page, page_with_navigation, plain_page, public_page};
pub use maud::{Markup, Render, html};
pub use notice::{Tone, badge, empty_state, notice};
pub use parts::{
    Link, Tab, back_link, card, columns, details_box, details_box_open, link, mail_preview_frame, mail_text,
    page_heading, prose, steps, tabs,
};
