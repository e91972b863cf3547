//! The signs: a small set of line icons and the wordmark, drawn inline in the colour of the text.
//! Not the favicon: that is `public_html/assets/favicon.svg`.

use maud::{Markup, html};

/// A sign that stands beside words, never alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    Today,
    Broadcast,
    Sequence,
    Readers,
    Form,
    Settings,
    Info,
    Check,
    Alert,
    Envelope,
    Back,
    Person,
}

impl Icon {
    /// The lines, on a ground of 24 by 24.
    fn path(self) -> &'static str {
        match self {
            Icon::Today => "M4 11l8-7 8 7M6 9.5V20h4.5v-5.5h3V20H18V9.5",
            Icon::Broadcast => "M21 3L10.5 13.5M21 3l-6.5 18-4-7.5L3 9.5z",
            Icon::Sequence => "M3.5 3.5h7v5h-7zM3.5 15.5h7v5h-7zM7 8.5v7M14.5 6h6M14.5 18h6M14.5 12h6",
            Icon::Readers => {
                "M9 11a3.5 3.5 0 100-7 3.5 3.5 0 000 7zM2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M16 4.4a3.5 3.5 0 010 6.2M17.5 14.4c2.4.7 4 2.8 4 5.6"
            }
            Icon::Form => "M6 3.5h12v17H6zM9 8.5h6M9 12.5h6M9 16.5h3",
            Icon::Settings => "M4 7h8M17 7h3M4 17h3M12 17h8M14.5 4.5v5M9.5 14.5v5",
            Icon::Info => "M12 21a9 9 0 100-18 9 9 0 000 18zM12 11v5.5M12 7.6v.1",
            Icon::Check => "M5 12.5l4.5 4.5L19 7.5",
            Icon::Alert => "M12 4L2.8 20h18.4zM12 10v4.5M12 17.2v.1",
            Icon::Envelope => "M3.5 6h17v12.5h-17zM3.5 6.5l8.5 7 8.5-7",
            Icon::Back => "M14.5 5.5L8 12l6.5 6.5",
            Icon::Person => "M12 12a4 4 0 100-8 4 4 0 000 8zM4.5 20.5c0-4 3.4-6.5 7.5-6.5s7.5 2.5 7.5 6.5",
        }
    }
}

/// Draws a sign; it says nothing to screen readers, since words stand beside it.
pub fn icon(icon: Icon) -> Markup {
    html! {
        svg.icon viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="1.8"
            stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false" {
            path d=(icon.path()) {}
        }
    }
}

/// The wordmark: an envelope with its dot of sealing wax, and the name.
pub fn logo() -> Markup {
    html! {
        svg.logo viewBox="0 0 92 28" width="92" height="28" role="img" aria-label="NEO" fill="none"
            stroke="currentColor" stroke-linecap="round" stroke-linejoin="round" {
            path stroke-width="2.6" d="M3 10v11c0 1.2 1 2.2 2.2 2.2h17.6c1.2 0 2.2-1 2.2-2.2V10" {}
            path stroke-width="2.6" d="M3 9l11 8.6L25 9" {}
            circle.logo-seal cx="25" cy="6" r="3.6" stroke="none" {}
            path stroke-width="3.2" d="M39 22V7l9.5 15V7M66 7h-9v15h9M57 14.4h7.5" {}
            circle cx="79.5" cy="14.5" r="7.6" stroke-width="3.2" {}
        }
    }
}
