//! Full-width letters, digits and signs as their plain ones: people type both and mean the same.
//! Not a normalisation of names or texts: those stay as they were typed.

/// Trimmed, with full-width ASCII, wide spaces and the many dashes in their plain forms.
pub fn narrow(typed: &str) -> String {
    typed.trim().chars().map(narrow_letter).collect()
}

fn narrow_letter(letter: char) -> char {
    match letter {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(letter).saturating_sub(0xFEE0)).unwrap_or(letter),
        '\u{3000}' | '\u{00A0}' => ' ',
        '\u{2212}' | '\u{2010}'..='\u{2015}' => '-',
        '、' => ',',
        other => other,
    }
}
