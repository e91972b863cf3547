//! Warnings of the command line that stop nothing.
//! Not refusals: errors.

neo::catalogue! {
    KEY_LIST_ENDS: "鍵リストはあと{days}日で期限が切れます。ルート鍵での署名を予定してください。", "The list of keys ends in {days} days. Please plan its signing with the root key.";
}
