//! The activation key (利用キー) and its token: PASETO v4.public, checked offline; also as a file for copy and paste.
//! Not what an expiry means for a site: that is the activation page and its rules.

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};

use super::key::{Role, SigningKey, Trust, random};
use super::paseto;
use crate::error::{Error, Result};
use crate::texts::errors;

/// Ties a token to its use: a token of another of the vendor's programs does not pass.
const ASSERTION: &[u8] = b"neo-activation";

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// `NEO-XXXX-XXXX-XXXX-XXXX`
    pub key: String,
    pub customer: String,
    pub plan: String,
    /// The one site that may use it; any, if none is named.
    #[serde(default)]
    pub site: Option<String>,
    pub valid_until: i64,
    pub issued_at: i64,
}

#[derive(Serialize, Deserialize)]
struct Footer {
    kid: String,
}

pub fn issue(activation: &Activation, key: &SigningKey) -> Result<String> {
    let write = |cause: serde_json::Error| Error::fault("writing a token", cause);
    let message = serde_json::to_vec(activation).map_err(write)?;
    let footer = serde_json::to_vec(&Footer { kid: key.public().id() }).map_err(write)?;
    Ok(paseto::sign(&message, &footer, ASSERTION, key))
}

/// Believes a token that an activation key signed. Whether it is still valid is for the caller, who knows the time.
pub fn read(token: &str, trust: &Trust) -> Result<Activation> {
    let refuse = |_: serde_json::Error| Error::invalid(errors::TOKEN_NOT_VALID);
    let token = paseto::take_apart(token.trim())?;
    let footer: Footer = serde_json::from_slice(&token.footer).map_err(refuse)?;
    let message = token.verify(ASSERTION, trust.key(&footer.kid, Role::Activation)?)?;
    let activation: Activation = serde_json::from_slice(&message).map_err(refuse)?;
    check_key(&activation.key)?;
    Ok(activation)
}

/// What a token says that was verified when it was taken in; not for what comes from outside.
pub fn read_kept(token: &str) -> Option<Activation> {
    serde_json::from_slice(paseto::take_apart(token).ok()?.message()).ok()
}

/// The key that signed a kept token.
pub fn signer_of(token: &str) -> Option<String> {
    let footer: Footer = serde_json::from_slice(&paseto::take_apart(token).ok()?.footer).ok()?;
    Some(footer.kid)
}

/// Where a key's newest token lies below the vendor's folder: by a hash, since the key is a secret of its customer.
pub fn token_path(key: &str) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, key.as_bytes());
    format!("tokens/{}.txt", BASE32_NOPAD.encode(hash.as_ref()).to_ascii_lowercase())
}

const LINE: usize = 64;

/// A token as lines of 64 letters, each with its number and a check word: `#1/5: v4.public.… =k3fd`.
pub fn to_file(token: &str) -> String {
    let letters: Vec<char> = token.chars().collect();
    let pieces: Vec<String> = letters.chunks(LINE).map(|piece| piece.iter().collect()).collect();
    let lines = pieces.iter().enumerate().map(|(place, piece)| {
        let word = check_word(place + 1, pieces.len(), piece);
        format!("#{}/{}: {piece} ={word}\n", place + 1, pieces.len())
    });
    lines.collect()
}

/// Finds a token in what was pasted: its lines in any order, broken, indented, quoted or in full-width letters, or the
/// bare token. Says which line is missing or damaged.
pub fn from_typed(text: &str) -> Result<String> {
    if text.len() > 4 * paseto::LONGEST {
        return Err(Error::invalid(errors::VENDOR_TOO_LARGE)
            .with("limit", format!("{} KiB", 4 * paseto::LONGEST / 1024)));
    }
    let plain: String = text
        .chars()
        .map(half_width)
        // Mail programs quote with ">" and hide marks in what is pasted; neither stands in a token.
        .filter(|letter| letter.is_ascii_graphic() && *letter != '>')
        .collect();
    let pieces: Vec<Piece> = plain.split('#').filter_map(Piece::read).collect();
    if pieces.is_empty() {
        let start = plain.find("v4.public.").and_then(|start| plain.get(start..));
        let start = start.ok_or_else(|| Error::invalid(errors::TOKEN_NOT_VALID))?;
        let is_letter = |letter: &char| letter.is_ascii_alphanumeric() || "-_.".contains(*letter);
        return Ok(start.chars().take_while(is_letter).collect());
    }
    join(&pieces)
}

struct Piece {
    number: usize,
    total: usize,
    content: String,
    is_whole: bool,
}

impl Piece {
    /// Reads `1/5:…=word`; anything else between two number signs is no piece.
    fn read(text: &str) -> Option<Piece> {
        let (number, rest) = text.split_once('/')?;
        let (total, rest) = rest.split_once(':')?;
        let (number, total) = (number.parse().ok()?, total.parse().ok()?);
        let (content, rest) = rest.split_once('=').unwrap_or((rest, ""));
        let word = rest.get(..4).unwrap_or_default().to_ascii_lowercase();
        let is_whole = word == check_word(number, total, content);
        Some(Piece { number, total, content: content.to_string(), is_whole })
    }
}

fn join(pieces: &[Piece]) -> Result<String> {
    let most = paseto::LONGEST / LINE + 1;
    // A damaged line may have lost the count too: what most lines say, counts.
    let total = pieces.iter().map(|piece| piece.total).filter(|total| (1..=most).contains(total));
    let total = total
        .max_by_key(|total| pieces.iter().filter(|piece| piece.total == *total).count())
        .ok_or_else(|| Error::invalid(errors::TOKEN_NOT_VALID))?;
    let mut token = String::new();
    for number in 1..=total {
        let mut candidates = pieces.iter().filter(|piece| piece.number == number && piece.total == total);
        let sentence = match candidates.clone().next() {
            Some(_) => errors::TOKEN_PIECE_DAMAGED,
            None => errors::TOKEN_PIECE_MISSING,
        };
        let Some(piece) = candidates.find(|piece| piece.is_whole) else {
            return Err(Error::invalid(sentence)
                .with("number", number.to_string())
                .with("total", total.to_string()));
        };
        token.push_str(&piece.content);
    }
    Ok(token)
}

fn check_word(number: usize, total: usize, piece: &str) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, format!("{number}/{total}:{piece}").as_bytes());
    let word = BASE32_NOPAD.encode(hash.as_ref().get(..5).unwrap_or_default()).to_ascii_lowercase();
    word.chars().take(4).collect()
}

/// Full-width letters and the ideographic space as their plain forms.
fn half_width(letter: char) -> char {
    match letter {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        '\u{3000}' => ' ',
        // Minus, dashes, and the Japanese mark of a long vowel, which lies on the same key.
        '\u{2212}' | '\u{2010}'..='\u{2015}' | '\u{30FC}' => '-',
        letter => letter,
    }
}

/// Letters of keys: without I, L, O and U, which are misread.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A new key. Its last letter is a check: it catches every single wrong letter and every two that changed places.
pub fn new_key() -> Result<String> {
    let mut letters: Vec<u8> = random::<15>()?.iter().map(|byte| byte % 32).collect();
    letters.push(times_two(sum(&letters)));
    Ok(written(&letters))
}

/// The key in its one form, however it was typed.
pub fn check_key(typed: &str) -> Result<String> {
    let refuse = || Error::invalid(errors::ACTIVATION_KEY_NOT_VALID);
    let plain: String =
        typed.chars().take(100).map(|letter| half_width(letter).to_ascii_uppercase()).collect();
    let plain: String = plain.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect();
    let letters = plain.strip_prefix("NEO").or_else(|| plain.strip_prefix("NE0")).ok_or_else(refuse)?;
    let values: Option<Vec<u8>> = letters.chars().map(value).collect();
    let values = values.filter(|values| values.len() == 16 && sum(values) == 0).ok_or_else(refuse)?;
    Ok(written(&values))
}

fn value(letter: char) -> Option<u8> {
    let letter = match letter {
        'O' => '0',
        'I' | 'L' => '1',
        letter => letter,
    };
    let place = ALPHABET.iter().position(|other| char::from(*other) == letter)?;
    u8::try_from(place).ok()
}

fn written(values: &[u8]) -> String {
    let letters: Vec<char> = values
        .iter()
        .filter_map(|value| ALPHABET.get(usize::from(*value)))
        .map(|byte| char::from(*byte))
        .collect();
    let groups = letters.chunks(4).map(|group| group.iter().collect::<String>());
    std::iter::once("NEO".to_string()).chain(groups).collect::<Vec<String>>().join("-")
}

/// A polynomial over the field of 32 elements: each place weighs differently, so no two errors of one kind cancel out.
fn sum(values: &[u8]) -> u8 {
    values.iter().fold(0, |sum, value| times_two(sum) ^ value)
}

/// By two in the field of 32 elements (x^5 + x^2 + 1).
fn times_two(value: u8) -> u8 {
    let doubled = value << 1;
    if doubled & 32 == 0 { doubled } else { (doubled ^ 0b10_0101) & 31 }
}
