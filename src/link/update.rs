//! The manifest: what the newest version is, its files, and how many sites may have it already.
//! Not how an update is put in place: that is `update`.

use serde::{Deserialize, Serialize};

use super::feed::Words;
use super::paseto::encode_parts;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub number: i64,
    pub issued_at: i64,
    pub expires: i64,
    pub version: String,
    pub released_at: i64,
    #[serde(default)]
    pub security: bool,
    #[serde(default)]
    pub notes: Words,
    pub targets: Vec<Target>,
    /// How many of a thousand sites are offered it.
    pub rollout_permille: u16,
    #[serde(default)]
    pub halted: bool,
    /// Versions that nobody should run any more.
    #[serde(default)]
    pub withdrawn: Vec<String>,
    #[serde(default)]
    pub safe: Safe,
    /// For how long it was tested before it was released.
    #[serde(default)]
    pub test_seconds: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// `linux-x86_64` or `freebsd-x86_64`.
    pub name: String,
    /// Its path below the vendor's folder.
    pub file: String,
    pub length: u64,
    pub sha256: String,
}

/// "Safe for so many days on so many sites."
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Safe {
    pub days: i64,
    pub sites: i64,
}

impl Manifest {
    /// Whether this site is among those that are offered this version now.
    pub fn is_offered_to(&self, site: &str) -> bool {
        !self.halted && bucket(site, &self.version) < self.rollout_permille
    }
}

/// Where a site stands in the row of a version's roll-out, 0 to 999: another place for each version, so that not always
/// the same sites are the first.
pub fn bucket(site: &str, version: &str) -> u16 {
    let parts = encode_parts(&[b"neo-rollout", site.as_bytes(), version.as_bytes()]);
    let hash = ring::digest::digest(&ring::digest::SHA256, &parts);
    let number = hash.as_ref().iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    u16::try_from(number % 1000).unwrap_or(0)
}

/// Whether version `a` is newer than `b`, as Semantic Versioning orders them. What is no version is never newer.
pub fn is_newer(a: &str, b: &str) -> bool {
    match (Version::parse(a), Version::parse(b)) {
        (Some(a), Some(b)) => a > b,
        _ => false,
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    numbers: [u32; 3],
    /// A version without a pre-release comes after all of its pre-releases.
    is_final: bool,
    pre_release: Vec<Word>,
}

/// Numbers come before words, as the standard says.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Word {
    Number(u32),
    Letters(String),
}

impl Version {
    fn parse(text: &str) -> Option<Version> {
        let text = text.split('+').next().unwrap_or_default();
        let (numbers, pre_release) = match text.split_once('-') {
            Some((numbers, words)) => (numbers, Some(words)),
            None => (text, None),
        };
        let mut parts = numbers.split('.').map(number);
        let numbers = [parts.next()??, parts.next()??, parts.next()??];
        let words = pre_release.map(|words| words.split('.').map(word).collect::<Option<Vec<Word>>>());
        let ends_here = parts.next().is_none() && text.len() <= 40;
        let version = match words {
            Some(words) => Version { numbers, is_final: false, pre_release: words? },
            None => Version { numbers, is_final: true, pre_release: Vec::new() },
        };
        ends_here.then_some(version)
    }
}

fn number(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn word(text: &str) -> Option<Word> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_plain.then(|| number(text).map_or_else(|| Word::Letters(text.to_string()), Word::Number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_the_standard_does_it() {
        let rising =
            ["0.9.9", "0.10.0-alpha", "0.10.0-alpha.1", "0.10.0-rc.2", "0.10.0-rc.10", "0.10.0", "1.0.0"];
        for (place, newer) in rising.iter().enumerate() {
            for (other, older) in rising.iter().enumerate() {
                assert_eq!(is_newer(newer, older), place > other, "{newer} {older}");
            }
        }
        assert!(!is_newer("1.0.0+build.2", "1.0.0"));
    }

    #[test]
    fn what_is_no_version_is_never_newer() {
        for odd in
            ["", "1", "1.2", "1.2.3.4", "x.y.z", "9.9.9-", "+9.0.0", "99999999999.0.0", "9.0.0-a b", "９.0.0"]
        {
            assert!(!is_newer(odd, "0.1.0"), "{odd}");
            assert!(!is_newer("9.0.0", odd), "{odd}");
        }
    }

    #[test]
    fn a_roll_out_of_a_tenth_reaches_about_a_tenth_and_each_version_another_one() {
        let sites: Vec<String> = (0..5000).map(|number| format!("site{number}")).collect();
        let first =
            |version: &str| -> Vec<bool> { sites.iter().map(|site| bucket(site, version) < 100).collect() };
        let (one, other) = (first("1.0.0"), first("1.0.1"));
        let count = one.iter().filter(|is_first| **is_first).count();
        assert!((400..600).contains(&count), "{count}");
        let both = one.iter().zip(&other).filter(|(one, other)| **one && **other).count();
        assert!(both < 120, "{both}");
    }
}
