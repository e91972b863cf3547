//! The feed: incidents with their reports, and news, in both languages.
//! Not their pages, and not when a report is due: the latter is the vendor's own business.

use serde::{Deserialize, Serialize};

/// A sentence or a text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    pub ja: String,
    pub en: String,
}

impl Words {
    pub fn new(ja: impl Into<String>, en: impl Into<String>) -> Words {
        Words { ja: ja.into(), en: en.into() }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    pub number: i64,
    pub issued_at: i64,
    pub expires: i64,
    #[serde(default)]
    pub incidents: Vec<Incident>,
    #[serde(default)]
    pub news: Vec<News>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub id: String,
    pub title: Words,
    pub state: State,
    pub opened_at: i64,
    #[serde(default)]
    pub resolved_at: Option<i64>,
    /// The host plans (host/plans) that it concerns; empty: all.
    #[serde(default)]
    pub plans: Vec<String>,
    #[serde(default)]
    pub updates: Vec<Update>,
    /// What an owner can do.
    #[serde(default)]
    pub procedure: Option<Words>,
    #[serde(default)]
    pub advice: Option<Advice>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Open,
    Resolved,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    pub at: i64,
    pub kind: UpdateKind,
    pub text: Words,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UpdateKind {
    Opened,
    Daily,
    Update,
    Resolved,
    Report,
}

/// What the vendor asks an install's owner to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Advice {
    UseLocalCron,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    pub id: String,
    pub at: i64,
    pub title: Words,
    pub text: Words,
    #[serde(default)]
    pub url: Option<String>,
}
