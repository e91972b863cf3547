//! Sentences about the line to the vendor.
//! Not its refusals: those are in errors. Not the pages of keys and news: activation, news.

use super::{Text, text};

pub const ODD_ANSWER: Text = text("返事を読み取れませんでした。", "its answer could not be read.");
pub const SOURCE_POLLER: Text = text("提供元からの呼び出し", "The vendor's calls");
pub const POLLER_ALLOWED: Text = text("提供元からの呼び出しを受け付ける", "Accept the vendor's calls");
