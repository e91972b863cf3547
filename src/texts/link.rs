//! Sentences about the line to the vendor.
//! Not its refusals: those are in errors. Not the pages of keys and news: activation, news.

crate::catalogue! {
    ODD_ANSWER: "返事を読み取れませんでした。", "its answer could not be read.";
    SOURCE_POLLER: "提供元からの呼び出し", "The vendor's calls";
}
