//! Which version this program is and for which system: a mark of fixed length in the executable.
//! Not which is newer: link/update.
//!
//! The mark can be read without running the file (`strings neo.cgi | grep '@(#)'`): an update looks whether what it
//! fetched says the same as the manifest before it lets it run.

/// Bytes of the mark.
const LENGTH: usize = 64;
const VERSION: &str = match option_env!("NEO_BUILD_VERSION") {
    Some(version) => version,
    None => env!("CARGO_PKG_VERSION"),
};
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
const TARGET: &str = "linux-x86_64";
#[cfg(all(target_os = "freebsd", target_arch = "x86_64"))]
const TARGET: &str = "freebsd-x86_64";
#[cfg(not(all(any(target_os = "linux", target_os = "freebsd"), target_arch = "x86_64")))]
const TARGET: &str = "other";

/// `@(#)neo=VERSION;target=TARGET;` and spaces.
#[used]
static MARK: [u8; LENGTH] = mark();

const fn mark() -> [u8; LENGTH] {
    let mut bytes = [b' '; LENGTH];
    let at = put(&mut bytes, 0, b"@(#)neo=");
    let at = put(&mut bytes, at, VERSION.as_bytes());
    let at = put(&mut bytes, at, b";target=");
    let at = put(&mut bytes, at, TARGET.as_bytes());
    put(&mut bytes, at, b";");
    bytes
}

#[expect(clippy::indexing_slicing, reason = "done by the compiler: a mark that is too long does not compile")]
const fn put(bytes: &mut [u8; LENGTH], at: usize, text: &[u8]) -> usize {
    let mut index = 0;
    while index < text.len() {
        bytes[at + index] = text[index];
        index += 1;
    }
    at + text.len()
}

/// The version, as in `0.1.0`.
pub fn version() -> &'static str {
    read(std::hint::black_box(&MARK)).map_or(VERSION, |(version, _)| version)
}

/// The system it was built for, as the manifest names it.
pub fn target() -> &'static str {
    TARGET
}

/// Version and target of the first mark in a file's bytes.
pub fn find(bytes: &[u8]) -> Option<(&str, &str)> {
    let mut rest = bytes;
    loop {
        let at = rest.iter().position(|byte| *byte == b'@')?;
        rest = rest.get(at..)?;
        if let Some(found) = rest.get(..LENGTH).and_then(read) {
            return Some(found);
        }
        rest = rest.get(1..)?;
    }
}

fn read(mark: &[u8]) -> Option<(&str, &str)> {
    let words = std::str::from_utf8(mark.strip_prefix(b"@(#)neo=")?).ok()?;
    let (version, rest) = words.split_once(";target=")?;
    let (target, _) = rest.split_once(';')?;
    let is_plain = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte))
    };
    (is_plain(version) && is_plain(target)).then_some((version, target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_says_what_was_built_and_is_found_among_other_bytes() {
        assert_eq!(version(), VERSION);
        let file = [b"@(#)neo=;target=;  @@(#)neo".as_slice(), &[0xff; 9], &MARK, b"after"].concat();
        assert_eq!(find(&file), Some((VERSION, TARGET)));
        assert_eq!(find(b"@(#)neo=1.0.0;target=linux"), None, "cut off");
        assert_eq!(find(b""), None);
    }
}
