//! The house of ARCHITECTURE.md, checked: who may use whom, what only one place may know, how long files get.
//! It reads the sources as text, so it also sees what no feature compiles.

#![cfg(test)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a broken check may stop here"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Each module and the modules that it may use. `command` and `web` are the two doors; only `start` uses them.
const ARROWS: &[(&str, &[&str])] = &[
    ("version", &[]),
    ("texts", &[]),
    ("clock", &[]),
    ("error", &["texts"]),
    ("domain", &["clock", "error", "texts"]),
    ("link", &["error", "texts"]),
    ("guard", &["clock", "error", "texts"]),
    ("host", &["clock", "domain", "error", "texts"]),
    ("settings", &["domain", "error", "host", "link", "texts"]),
    ("store", &["clock", "domain", "error", "link", "settings", "texts", "version"]),
    ("app", &["clock", "domain", "error", "guard", "host", "settings", "store", "texts"]),
    ("install", &["app", "clock", "domain", "error", "guard", "host", "settings", "store", "texts"]),
    ("transfer", &["app", "clock", "domain", "error", "guard", "host", "settings", "store", "texts"]),
    (
        "mail",
        &[
            "app", "clock", "domain", "error", "guard", "host", "link", "settings", "store", "texts",
            "transfer", "version",
        ],
    ),
    (
        "doctor",
        &[
            "app", "clock", "domain", "error", "guard", "host", "mail", "settings", "store", "texts",
            "version",
        ],
    ),
    (
        "update",
        &[
            "app", "clock", "domain", "error", "guard", "host", "link", "mail", "settings", "store", "texts",
            "transfer", "version",
        ],
    ),
    (
        "web",
        &[
            "app", "clock", "doctor", "domain", "error", "guard", "host", "install", "link", "mail",
            "settings", "store", "texts", "transfer", "update", "version",
        ],
    ),
    (
        "command",
        &[
            "app", "clock", "doctor", "domain", "error", "guard", "host", "install", "link", "mail",
            "settings", "store", "texts", "transfer", "update", "version",
        ],
    ),
    ("start", &["clock", "command", "error", "guard", "host", "update", "web"]),
];

/// The same for the vendor's server. What of NEO its files may use is `FLEET_USES`.
const FLEET_ARROWS: &[(&str, &[&str])] = &[
    ("texts", &[]),
    ("course", &["texts"]),
    ("store", &["course", "texts"]),
    ("place", &["store", "texts"]),
    ("app", &["store", "texts"]),
    ("signing", &["app", "store", "texts"]),
    ("notices", &["app", "store", "texts"]),
    ("incidents", &["app", "course", "notices", "store", "texts"]),
    ("releases", &["app", "signing", "store", "texts"]),
    ("publish", &["app", "incidents", "releases", "signing", "store", "texts"]),
    ("poller", &["app", "incidents", "place", "publish", "signing", "store", "texts"]),
    ("portal", &["app", "course", "incidents", "place", "publish", "releases", "signing", "store", "texts"]),
    (
        "command",
        &[
            "app",
            "course",
            "incidents",
            "notices",
            "place",
            "poller",
            "portal",
            "publish",
            "releases",
            "signing",
            "store",
            "texts",
        ],
    ),
];

/// NEO's own modules that the vendor's server may use: what both must agree on, and what is of use anywhere.
const FLEET_USES: &[&str] = &[
    "catalogue",
    "clock",
    "domain::address",
    "domain::calendar",
    "domain::civil",
    // The outbox of notices has NEO's states, and leaves by NEO's composing and transports: no second SMTP.
    "domain::delivery",
    "domain::token",
    "mail::compose",
    "mail::transport",
    "domain::guesses",
    "domain::holidays",
    "error",
    "guard",
    "host",
    "link",
    "texts",
    // The portal stands on the whole web layer: gateway, calls, forms, assets, view, and what the owner's pages share.
    "web",
];

/// Words that only one place of the vendor's server may say.
const FLEET_ONLY: &[(&str, &[&str])] = &[
    ("rusqlite::", &["fleet/src/store/"]),
    ("postgres::", &["fleet/src/store/"]),
    ("tokio::", &["fleet/src/poller/"]),
    ("reqwest::", &["fleet/src/poller/"]),
    ("hyper::", &["fleet/src/poller/"]),
    ("SystemTime::now", &["fleet/src/poller/time.rs"]), // delays are shorter than a second
    ("Utc::now", &[]),
    ("Local::now", &[]),
    ("env::vars", &[]),
    ("env::args", &[]),
    ("Command::new", &["fleet/src/releases/", "fleet/src/incidents/"]),
    ("PreEscaped", &[]),
    ("unsafe {", &[]),
    ("unsafe fn", &[]),
    ("unsafe extern", &[]),
    ("process::exit", &[]),
];

/// A word of another crate or of the system, and the only places that may say it.
const ONLY: &[(&str, &[&str])] = &[
    ("rusqlite::", &["src/store/"]),
    ("cgi::", &["src/web/gateway/"]),
    ("lettre::", &["src/mail/compose/"]),
    ("rustls::", &["src/mail/transport/"]),
    ("argon2::", &["src/host/password.rs"]),
    ("libc::", &["src/guard/"]),
    ("SystemTime::now", &["src/clock.rs"]),
    ("Utc::now", &[]),
    ("Local::now", &[]),
    ("encoding_rs::", &["src/transfer/"]),
    ("csv_core::", &["src/transfer/rows.rs"]),
    ("env::vars", &["src/web/gateway/", "src/bin/neo-serve/"]),
    ("env::args", &["src/guard/runaway.rs", "src/guard/watch.rs"]),
    (
        "Command::new",
        &[
            "src/mail/transport/sendmail.rs",
            "src/guard/drill.rs",
            "src/guard/runaway.rs",
            // A new program's test on a copy of the data, under limits; and the former program after a failure.
            "src/guard/trial.rs",
            "src/guard/watch.rs",
            "src/bin/neo-serve/",
        ],
    ),
    // Before a reader's mail is handed over, `may_send` is asked (mail/deliver). The others write to the owner herself.
    (
        "transport.deliver(",
        &[
            "src/mail/deliver.rs",
            "src/mail/notices.rs",
            "src/mail/transport/",
            "src/web/admin/sending.rs",
            "src/web/admin/writing.rs",
        ],
    ),
    ("PreEscaped", &[]),
    ("unsafe {", &["src/guard/", "src/web/gateway/"]),
    ("unsafe fn", &["src/guard/", "src/web/gateway/"]),
    ("unsafe extern", &["src/guard/", "src/web/gateway/"]),
    ("process::exit", &["src/bin/neo-serve/"]),
];

#[test]
fn every_arrow_between_modules_is_drawn_in_the_house() {
    for (folder, arrows) in [("src", ARROWS), ("fleet/src", FLEET_ARROWS)] {
        let wrong = wrong_arrows(folder, arrows);
        assert!(wrong.is_empty(), "wrong arrows:\n{}", wrong.join("\n"));
    }
}

fn wrong_arrows(folder: &str, arrows: &[(&str, &[&str])]) -> Vec<String> {
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        arrows.iter().map(|(module, uses)| (*module, uses.iter().copied().collect())).collect();
    let mut wrong = Vec::new();
    for (path, text) in sources(folder) {
        let Some(module) = module_of(path.strip_prefix(folder).unwrap()) else { continue };
        let uses = allowed.get(module.as_str()).unwrap_or_else(|| panic!("{module} is not in the house"));
        for used in used_modules(&text) {
            if used != module && !uses.contains(used.as_str()) {
                wrong.push(format!("{}: {module} -> {used}", path.display()));
            }
        }
    }
    wrong
}

#[test]
fn the_vendors_server_uses_of_neo_only_what_both_must_agree_on() {
    let mut wrong = Vec::new();
    for (path, text) in sources("fleet/src") {
        for used in without_comments(&text).split("neo::").skip(1).flat_map(neo_words) {
            let is_allowed = |one: &&str| used == **one || used.starts_with(&format!("{one}::"));
            if !FLEET_USES.iter().any(is_allowed) {
                wrong.push(format!("{}: neo::{used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_house_has_no_circles() {
    for arrows in [ARROWS, FLEET_ARROWS] {
        // In the order of the table each module may use only what stands above it.
        let mut above: BTreeSet<&str> = BTreeSet::new();
        for (module, uses) in arrows {
            for used in *uses {
                assert!(above.contains(used), "{module} -> {used} points down");
            }
            above.insert(module);
        }
    }
}

#[test]
fn the_files_of_the_web_have_no_circles() {
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in sources("src/web") {
        let name = web_file(&path);
        let uses = arrows.entry(name.clone()).or_default();
        for used in web_uses(&path, &text) {
            if used != name {
                uses.insert(used);
            }
        }
    }
    for start in arrows.keys() {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&String> = arrows[start].iter().collect();
        while let Some(next) = open.pop() {
            assert_ne!(next, start, "web/{start} uses itself by way of others: {:?}", arrows[start]);
            if seen.insert(next) {
                open.extend(arrows.get(next).into_iter().flatten());
            }
        }
    }
}

#[test]
fn what_only_one_place_may_know_is_known_in_that_place_only() {
    let mut wrong = Vec::new();
    for (folder, only) in [("src", ONLY), ("fleet/src", FLEET_ONLY)] {
        for (path, text) in sources(folder) {
            let shown = path.display().to_string();
            let code = without_tests(&text);
            for (word, places) in only {
                let mut lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
                if lines.any(|line| says(line, word)) && !places.iter().any(|place| shown.starts_with(place))
                {
                    wrong.push(format!("{shown}: {word}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "said in the wrong place:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_says_what_it_is_and_what_it_is_not() {
    let silent: Vec<String> = sources("src")
        .into_iter()
        .chain(sources("fleet/src"))
        .filter(|(_, text)| {
            !text.starts_with("//! ") || text.lines().nth(1).is_none_or(|line| !line.starts_with("//!"))
        })
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "no head of two lines: {silent:?}");
}

#[test]
fn no_file_has_grown_a_second_subject() {
    let long: Vec<String> = sources("src")
        .into_iter()
        .chain(sources("fleet/src"))
        .map(|(path, text)| (path, without_tests(&text).lines().count()))
        .filter(|(path, lines)| {
            *lines > 450 && !path.starts_with("src/texts") && !path.starts_with("fleet/src/texts")
        })
        .map(|(path, lines)| format!("{} ({lines})", path.display()))
        .collect();
    assert!(long.is_empty(), "split by subject: {long:?}");
}

/// Every Rust file below `folder`, by its path from the package's root.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut open = vec![root.join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root).unwrap().to_path_buf(), text));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no sources below {folder}");
    found
}

/// The module of a file by its path below `src`: `mail/tick.rs` is `mail`. The roots (main, lib, bin) belong to none.
fn module_of(path: &Path) -> Option<String> {
    let first = path.iter().next()?.to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(name, "main" | "lib" | "bin")).then(|| name.to_string())
}

/// Modules named by `crate::…` anywhere in the code, also in groups: `use crate::{app, store::Reader};`.
fn used_modules(text: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for piece in without_comments(text).split("crate::").skip(1) {
        match piece.strip_prefix('{') {
            Some(group) => {
                let group = group.split("};").next().unwrap_or(group);
                let mut depth = 0;
                let mut name = String::new();
                for letter in group.chars() {
                    match letter {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' if depth == 0 => used.extend(first_word(&std::mem::take(&mut name))),
                        letter => name.push(letter),
                    }
                }
                used.extend(first_word(&name));
            }
            None => used.extend(first_word(piece)),
        }
    }
    used
}

/// Macros at the roots of the crates, which are not modules.
const MACROS: &[&str] = &["catalogue", "values"];

/// The paths that follow `neo::`, two words deep, also in groups: `{clock::Clock, error::{Error}}`.
fn neo_words(piece: &str) -> Vec<String> {
    let flat: String = piece.split(';').next().unwrap_or(piece).replace(char::is_whitespace, "");
    let mut pieces = Vec::new();
    match flat.strip_prefix('{') {
        Some(group) => {
            let (mut depth, mut start) = (0, 0);
            for (place, letter) in group.char_indices() {
                match letter {
                    '{' => depth += 1,
                    '}' if depth > 0 => depth -= 1,
                    ',' | '}' if depth == 0 => {
                        pieces.push(&group[start..place]);
                        start = place + 1;
                        if letter == '}' {
                            break;
                        }
                    }
                    _ => {}
                }
            }
        }
        None => pieces.push(&flat),
    }
    let word =
        |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let paths = pieces.iter().filter(|piece| !piece.is_empty()).map(|piece| {
        let mut words = piece.split("::").map(word);
        let first = words.next().unwrap_or_default();
        match words.next() {
            Some(second) if !second.is_empty() => format!("{first}::{second}"),
            _ => first,
        }
    });
    paths.collect()
}

fn first_word(text: &str) -> Option<String> {
    let word: String = text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    // Types and macros of the crate's root are not modules.
    (!word.is_empty()
        && word.chars().all(|c| c.is_lowercase() || c == '_')
        && !MACROS.contains(&word.as_str()))
    .then_some(word)
}

/// `src/web/admin/lists.rs` is `admin`, `src/web/routes.rs` is `routes`.
fn web_file(path: &Path) -> String {
    let name = path.iter().nth(2).and_then(|name| name.to_str()).unwrap_or_default();
    name.strip_suffix(".rs").unwrap_or(name).to_string()
}

/// The files and folders of the web that a file of the web uses, by `crate::web::x` or, at its top, by `super::x`.
fn web_uses(path: &Path, text: &str) -> BTreeSet<String> {
    let code = without_comments(text);
    let mut used: BTreeSet<String> = code.split("crate::web::").skip(1).flat_map(group_words).collect();
    if path.iter().count() == 3 {
        used.extend(code.split("use super::").skip(1).flat_map(group_words));
    }
    used
}

fn group_words(piece: &str) -> Vec<String> {
    match piece.strip_prefix('{') {
        Some(group) => group.split('}').next().unwrap_or("").split(',').filter_map(first_word).collect(),
        None => first_word(piece).into_iter().collect(),
    }
}

/// Whether a line says a word that does not merely end another word.
fn says(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(place, _)| {
        let before = line[..place].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && c != '_')
    })
}

fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod ").next().unwrap_or(text)
}
