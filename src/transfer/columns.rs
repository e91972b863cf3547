//! The columns of a file, by the names that shops, mail systems and spreadsheets give them.
//! Not the values in them: import.rs.

use serde::{Deserialize, Serialize};

use crate::domain::field::{Field, FieldKey};
use crate::error::{Error, Result};
use crate::texts::errors;

/// What a column is taken for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    Nothing,
    Email,
    Name,
    FamilyName,
    GivenName,
    Tags,
    /// Where she stood in the system that the file comes from.
    State,
    /// One of the owner's own fields, by its key.
    Field(String),
}

impl Target {
    pub const PLAIN: [Target; 7] = [
        Target::Nothing,
        Target::Email,
        Target::Name,
        Target::FamilyName,
        Target::GivenName,
        Target::Tags,
        Target::State,
    ];

    /// The word for it in forms and after `--map column=`.
    pub fn word(&self) -> String {
        match self {
            Target::Nothing => "-".to_string(),
            Target::Email => "email".to_string(),
            Target::Name => "name".to_string(),
            Target::FamilyName => "family_name".to_string(),
            Target::GivenName => "given_name".to_string(),
            Target::Tags => "tags".to_string(),
            Target::State => "state".to_string(),
            Target::Field(key) => format!("field:{key}"),
        }
    }

    /// Reads such a word; what is none of them is the key of a field.
    pub fn parse(word: &str) -> Result<Target> {
        if let Some(plain) = Target::PLAIN.into_iter().find(|target| target.word() == word) {
            return Ok(plain);
        }
        let key = word.strip_prefix("field:").or(word.strip_prefix("field.")).unwrap_or(word);
        FieldKey::parse(key).map(|key| Target::Field(key.as_str().to_string()))
    }
}

/// Names of columns, as [`plain`] gives them.
const NAMES: &[(Target, &[&str])] = &[
    (
        Target::Email,
        &[
            "メールアドレス",
            "メール",
            "mail",
            "email",
            "emailaddress",
            "mailaddress",
            "e-mail",
            "電子メール",
            "電子メールアドレス",
            "eメール",
            "eメールアドレス",
            "pcメール",
            "pcメールアドレス",
            "メアド",
            "連絡先メールアドレス",
            "subscriberemail",
            "contactemail",
            "購読者メールアドレス",
            "お客様メールアドレス",
            "ご登録メールアドレス",
        ],
    ),
    (
        Target::Name,
        &[
            "氏名",
            "名前",
            "お名前",
            "name",
            "fullname",
            "姓名",
            "顧客名",
            "会員名",
            "お客様名",
            "お客様氏名",
            "ご氏名",
            "宛名",
            "表示名",
            "displayname",
            "購読者名",
            "読者名",
            "ニックネーム",
            "nickname",
            "customername",
        ],
    ),
    (
        Target::FamilyName,
        &["姓", "名字", "苗字", "氏", "お名前姓", "氏名姓", "lastname", "familyname", "surname", "sei"],
    ),
    (Target::GivenName, &["名", "お名前名", "氏名名", "firstname", "givenname", "mei", "forename"]),
    (Target::Tags, &["タグ", "tag", "tags", "ラベル", "label", "labels"]),
    (Target::State, &["状態", "登録状態", "配信状態", "購読状態", "ステータス", "state", "status"]),
];

/// Words in a column of states that mean a reader who agreed; every other word means somebody who gets no mail.
pub const STATES_OF_READERS: &[&str] = &[
    "confirmed",
    "subscribed",
    "active",
    "登録済み",
    "登録済",
    "登録",
    "本登録",
    "購読中",
    "購読",
    "配信中",
    "配信",
    "有効",
    "会員",
];

/// Names that a field of the owner's may have on either side: the file and the declaration need not agree on the word.
const TWINS: &[&[&str]] = &[
    &[
        "ふりがな",
        "フリガナ",
        "よみがな",
        "ヨミガナ",
        "かな",
        "カナ",
        "氏名カナ",
        "氏名かな",
        "お名前カナ",
        "お名前フリガナ",
        "kana",
        "furigana",
    ],
    &["会社", "会社名", "法人名", "勤務先", "貴社名", "company", "companyname", "organization"],
    &["電話", "電話番号", "tel", "phone", "phonenumber", "telephone"],
    &["住所", "ご住所", "所在地", "postaladdress", "streetaddress"],
    &["郵便番号", "〒", "zip", "zipcode", "postalcode", "postcode"],
    &["都道府県", "prefecture", "pref"],
    &["誕生日", "生年月日", "お誕生日", "birthday", "dateofbirth", "birthdate"],
    &["性別", "gender", "sex"],
    &["備考", "メモ", "note", "notes", "memo", "remarks", "comment"],
];

/// A name without what people write differently: width, case, spaces, brackets and signs.
fn plain(name: &str) -> String {
    let narrow = |letter: char| match u32::from(letter) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(letter),
        _ => letter,
    };
    let is_sign = |c: &char| {
        c.is_whitespace()
            || matches!(
                c,
                '\u{3000}' | '(' | ')' | '-' | '_' | '.' | '・' | ':' | '*' | '※' | '/' | '「' | '」'
            )
    };
    name.chars().map(narrow).filter(|c| !is_sign(c)).flat_map(char::to_lowercase).collect()
}

/// What a column is taken for by its name.
fn target_of(title: &str, fields: &[Field]) -> Target {
    let title = plain(title);
    if title.is_empty() {
        return Target::Nothing;
    }
    let names_field = |field: &&Field| {
        title == plain(field.key.as_str()) || title == plain(&field.label) || are_twins(&title, field)
    };
    if let Some(field) = fields.iter().find(names_field) {
        return Target::Field(field.key.as_str().to_string());
    }
    let known = NAMES.iter().find(|(_, names)| names.iter().any(|name| plain(name) == title));
    known.map_or(Target::Nothing, |(target, _)| target.clone())
}

fn are_twins(title: &str, field: &Field) -> bool {
    let holds = |names: &&[&str], word: &str| names.iter().any(|name| plain(name) == word);
    let label = plain(&field.label);
    let key = plain(field.key.as_str());
    TWINS.iter().any(|names| holds(names, title) && (holds(names, &label) || holds(names, &key)))
}

/// The columns of a file, and what each is taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns {
    pub has_header: bool,
    /// The names in the file's first row; `1`, `2` … where it has none.
    pub titles: Vec<String>,
    pub targets: Vec<Target>,
}

impl Columns {
    /// Looks at the first rows: names, or readers already. Where no name says so, the addresses are in the first column
    /// that is full of them.
    pub fn guess(rows: &[Vec<String>], fields: &[Field]) -> Columns {
        let first = rows.first().map(Vec::as_slice).unwrap_or_default();
        let has_reader = first.iter().any(|cell| is_address(cell));
        if has_reader {
            return Columns::without_header(first);
        }
        let mut targets: Vec<Target> = first.iter().map(|title| target_of(title, fields)).collect();
        keep_first_of_each(&mut targets);
        if !targets.contains(&Target::Email)
            && let Some(target) = full_of_addresses(rows).and_then(|place| targets.get_mut(place))
        {
            *target = Target::Email;
        }
        Columns { has_header: true, titles: first.to_vec(), targets }
    }

    /// The address is where one stands; the other columns are for the owner to name.
    fn without_header(first: &[String]) -> Columns {
        let titles = (1..=first.len()).map(|number| number.to_string()).collect();
        let mut targets: Vec<Target> =
            first.iter().map(|cell| if is_address(cell) { Target::Email } else { Target::Nothing }).collect();
        keep_first_of_each(&mut targets);
        Columns { has_header: false, titles, targets }
    }

    /// Takes `column=field` of the command line: the column by its name or its number from 1.
    pub fn map(&mut self, wish: &str) -> Result<()> {
        let (column, word) = wish
            .rsplit_once('=')
            .ok_or_else(|| Error::invalid(errors::IMPORT_MAP_NOT_VALID).with("map", wish))?;
        let place = self
            .titles
            .iter()
            .position(|title| title == column)
            .or_else(|| self.titles.iter().position(|title| plain(title) == plain(column)))
            .or_else(|| {
                column.parse::<usize>().ok()?.checked_sub(1).filter(|place| *place < self.titles.len())
            })
            .ok_or_else(|| {
                Error::invalid(errors::IMPORT_COLUMN_UNKNOWN)
                    .with("column", column)
                    .with("columns", self.titles.join(", "))
            })?;
        self.take_for(place, Target::parse(word)?);
        Ok(())
    }

    /// Takes a column for something; another that was taken for the same is nothing now.
    pub fn take_for(&mut self, place: usize, target: Target) {
        if target != Target::Nothing {
            self.targets
                .iter_mut()
                .filter(|other| **other == target)
                .for_each(|other| *other = Target::Nothing);
        }
        if let Some(old) = self.targets.get_mut(place) {
            *old = target;
        }
    }

    /// The column of something.
    pub fn place(&self, target: &Target) -> Option<usize> {
        self.targets.iter().position(|other| other == target)
    }

    /// The columns of the owner's fields: where, and the key.
    pub fn fields(&self) -> impl Iterator<Item = (usize, &str)> {
        self.targets.iter().enumerate().filter_map(|(place, target)| match target {
            Target::Field(key) => Some((place, key.as_str())),
            _ => None,
        })
    }

    /// The names of the columns that nothing is taken from.
    pub fn ignored(&self) -> Vec<&str> {
        let pairs = self.titles.iter().zip(&self.targets);
        pairs.filter(|(_, target)| **target == Target::Nothing).map(|(title, _)| title.as_str()).collect()
    }

    /// Refuses columns among which there is no address: E1120.
    pub fn need_address(&self) -> Result<usize> {
        self.place(&Target::Email).ok_or_else(|| {
            Error::invalid(errors::IMPORT_NO_ADDRESS_COLUMN).with("columns", self.titles.join(", "))
        })
    }
}

fn is_address(cell: &str) -> bool {
    cell.contains('@') && crate::domain::address::Address::parse(super::csv::unguarded(cell)).is_ok()
}

/// The first column in which most rows below the first have an address.
fn full_of_addresses(rows: &[Vec<String>]) -> Option<usize> {
    let width = rows.first().map_or(0, Vec::len);
    let below = || rows.iter().skip(1);
    (0..width).find(|place| {
        let addresses = below().filter(|row| row.get(*place).is_some_and(|cell| is_address(cell))).count();
        addresses > 0 && addresses * 2 > below().count()
    })
}

/// Of two columns of the same name the first counts.
fn keep_first_of_each(targets: &mut [Target]) {
    let mut seen: Vec<Target> = Vec::new();
    for target in targets {
        if *target != Target::Nothing && seen.contains(target) {
            *target = Target::Nothing;
        } else {
            seen.push(target.clone());
        }
    }
}
