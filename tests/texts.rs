//! The catalogue of texts: both languages, the same values in both, numbers in order, nothing unused, nothing elsewhere.
//! Not whether a text is well said.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use neo::settings;
use neo::texts::{self, Text};

/// Japanese texts without Japanese letters: names, and words that owners know in Latin letters.
const LATIN: &[&str] = &["PRODUCT", "SOURCE_CRON"];

/// Places outside of texts/ that may hold Japanese: settings carry their help beside their declaration, and Japanese
/// domains have full stops and dots of their own. Mail servers speak Japanese too.
const JAPANESE_ELSEWHERE: &[&str] = &[
    "src/settings.rs",
    "src/domain/address.rs",
    "src/domain/bounce/words.rs",
    "src/mail/feedback/words.rs",
    "src/transfer/columns.rs",
    "src/transfer/people.rs",
    "src/domain/civil.rs",
    "src/domain/field.rs",
    "src/domain/tag.rs",
    "src/domain/when.rs",
    "src/domain/condition.rs",
    "src/domain/condition_words.rs",
    "src/domain/width.rs",
];

/// Numbers that were given and are no longer said: they stay, so that nothing else gets them.
const RETIRED: &[&str] = &["NOT_SIGNED_IN", "SENDMAIL_MISSING"];

/// Every text with the name of its file and its own: `("public", "NAME", …)`.
fn catalogue() -> Vec<(&'static str, String, Text)> {
    let mut all = Vec::new();
    let files = [
        ("activation", texts::activation::ALL),
        ("admin", texts::admin::ALL),
        ("broadcasts", texts::broadcasts::ALL),
        ("clocks", texts::clocks::ALL),
        ("common", texts::common::ALL),
        ("doctor", texts::doctor::ALL),
        ("fields", texts::fields::ALL),
        ("guard", texts::guard::ALL),
        ("feedback", texts::feedback::ALL),
        ("link", texts::link::ALL),
        ("mails", texts::mails::ALL),
        ("news", texts::news::ALL),
        ("pace", texts::pace::ALL),
        ("public", texts::public::ALL),
        ("readers", texts::readers::ALL),
        ("sequences", texts::sequences::ALL),
        ("segments", texts::segments::ALL),
        ("site", texts::site::ALL),
        ("transfer", texts::transfer::ALL),
        ("update", texts::update::ALL),
    ];
    let known: BTreeSet<String> = files.iter().map(|(file, _)| (*file).to_string()).collect();
    let mut there: BTreeSet<String> = sources("src/texts").into_keys().map(|path| stem(&path)).collect();
    there.remove("mod");
    there.remove("errors");
    assert_eq!(known, there, "a file of texts is not tested");
    for (file, texts) in files {
        all.extend(texts.iter().map(|(name, text)| (file, (*name).to_string(), *text)));
    }
    all.extend(
        texts::errors::ALL.iter().map(|(name, sentence)| ("errors", (*name).to_string(), sentence.text)),
    );
    all
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// Every Rust file below `folder`, by its path from the package's root.
fn sources(folder: &str) -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeMap::new();
    let mut open = vec![root.join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.insert(path.strip_prefix(root).unwrap().to_path_buf(), text);
            }
        }
    }
    found
}

fn is_japanese(letter: char) -> bool {
    matches!(letter, '\u{3041}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}')
}

/// `{name}` of a text; `{{ name }}` belongs to the templates of mails.
fn values(text: &str) -> BTreeSet<String> {
    let plain = text.replace("{{", "\u{1}").replace("}}", "\u{2}");
    let mut found = BTreeSet::new();
    for piece in plain.split('{').skip(1) {
        // `{count|mail|mails}`: the words beside a number are no value of their own.
        let name = piece.split('}').next().unwrap().split('|').next().unwrap();
        found.insert(name.to_string());
    }
    for piece in plain.split('\u{1}').skip(1) {
        // `{{ name or "お客様" }}`: the value is `name`; what stands in for it may differ.
        found.insert(format!("{{{{{}}}}}", piece.split_whitespace().next().unwrap_or_default()));
    }
    found
}

#[test]
fn every_text_stands_in_both_languages() {
    for (file, name, text) in catalogue() {
        assert!(!text.ja.trim().is_empty() && !text.en.trim().is_empty(), "{file}::{name}");
        let is_latin = !text.ja.chars().any(is_japanese);
        let is_mostly_values = !text.ja.chars().any(char::is_alphabetic);
        assert!(
            !is_latin || is_mostly_values || LATIN.contains(&name.as_str()),
            "{file}::{name}: {}",
            text.ja
        );
        assert!(!text.en.chars().any(is_japanese), "{file}::{name}: {}", text.en);
    }
    for setting in settings::ALL {
        assert!(setting.help.ja.chars().any(is_japanese), "{}", setting.key);
        assert!(!setting.help.en.trim().is_empty(), "{}", setting.key);
        assert!(!setting.help.en.chars().any(is_japanese), "{}", setting.key);
    }
}

#[test]
fn both_languages_hold_the_same_values() {
    let mut count = 0;
    for (file, name, text) in catalogue() {
        assert_eq!(values(text.ja), values(text.en), "{file}::{name}");
        count += values(text.ja).len();
    }
    assert!(count > 20, "values were found at all: {count}");
}

#[test]
fn every_error_has_a_number_of_its_own_that_rises_within_its_thousand() {
    let mut last: BTreeMap<u16, u16> = BTreeMap::new();
    for (name, sentence) in texts::errors::ALL {
        let thousand = sentence.number / 1000;
        assert!(matches!(thousand, 1..=4 | 9), "{name}: {}", sentence.number);
        let before = last.insert(thousand, sentence.number).unwrap_or(0);
        assert!(sentence.number > before, "{name}: {} follows {before}", sentence.number);
    }
}

#[test]
fn every_text_is_used_by_the_program() {
    let code: String = sources("src")
        .into_iter()
        .filter(|(path, _)| !path.starts_with("src/texts") || path.ends_with("mod.rs"))
        .map(|(_, text)| without_tests(&text))
        .collect();
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    // `doctor as words`: a file of texts under another name.
    let words: Vec<&str> =
        code.split(|letter: char| letter.is_whitespace() || "{},;".contains(letter)).collect();
    let aliases: BTreeMap<&str, &str> =
        words.windows(3).filter(|three| three[1] == "as").map(|three| (three[2], three[0])).collect();
    let said: BTreeSet<String> = code
        .match_indices("::")
        .map(|(place, _)| {
            let before = code[..place].rsplit(|letter| !is_name(letter)).next().unwrap();
            let after = code[place + 2..].split(|letter| !is_name(letter)).next().unwrap();
            format!("{}::{after}", aliases.get(before).unwrap_or(&before))
        })
        .collect();
    let unused: Vec<String> = catalogue()
        .into_iter()
        .filter(|(file, name, _)| !said.contains(&format!("{file}::{name}")))
        .filter(|(file, name, _)| *file != "errors" || !RETIRED.contains(&name.as_str()))
        .map(|(file, name, _)| format!("{file}::{name}"))
        .collect();
    assert!(unused.is_empty(), "never shown: {unused:?}");
}

#[test]
fn no_japanese_stands_in_the_program_outside_of_the_catalogue() {
    let mut found = Vec::new();
    for (path, text) in sources("src") {
        let shown = path.display().to_string();
        if shown.starts_with("src/texts/") || JAPANESE_ELSEWHERE.contains(&shown.as_str()) {
            continue;
        }
        for (number, line) in without_tests(&text).lines().enumerate() {
            if without_comment(line).chars().any(is_japanese) {
                found.push(format!("{shown}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "put it into src/texts:\n{}", found.join("\n"));
}

#[test]
fn punctuation_does_not_mix_the_languages() {
    for (file, name, text) in catalogue() {
        assert!(!text.en.contains(['。', '、', '「', '」', '（', '）', '：']), "{file}::{name}: {}", text.en);
        assert!(!text.ja.contains(['，', '．']) && !text.ja.contains(" 。"), "{file}::{name}: {}", text.ja);
    }
}

/// What stands before the file's own tests.
fn without_tests(text: &str) -> String {
    text.split("#[cfg(test)]\nmod ").next().unwrap().to_string()
}

/// A line without the comment at its end; `//` within quotes, as in a URL, is none.
fn without_comment(line: &str) -> &str {
    let mut is_quoted = false;
    let mut before = ' ';
    for (place, letter) in line.char_indices() {
        match letter {
            '"' if before != '\\' => is_quoted = !is_quoted,
            '/' if !is_quoted && before == '/' => return &line[..place - 1],
            _ => {}
        }
        before = letter;
    }
    line
}
