//! Texts: admin.
//! Not the code that shows them.

crate::catalogue! {
    // The frame of every admin page.
    NAV_LABEL: "メインメニュー", "Main menu";
    NAV_TODAY: "今日", "Today";
    NAV_BROADCASTS: "配信", "Broadcasts";
    NAV_SEQUENCES: "ステップメール", "Sequences";
    NAV_SUBSCRIBERS: "読者", "Subscribers";
    NAV_FORMS: "フォーム", "Forms";
    NAV_SETTINGS: "設定", "Settings";
    ACCOUNT: "アカウント", "Account";
    SIGN_OUT: "ログアウト", "Sign out";
    DONE_SAVED: "保存しました。", "Saved.";
    DONE_ADDED: "追加しました。", "Added.";
    DONE_REMOVED: "削除しました。", "Removed.";
    SAVE: "保存する", "Save";
    JUST_NOW: "たった今", "just now";
    MINUTES_AGO: "{count}分前", "{count} minutes ago";
    HOURS_AGO: "{count}時間前", "{count} hours ago";
    DAYS_AGO: "{count}日前", "{count} days ago";
    IN_MINUTES: "{count}分後", "in {count} minutes";
    IN_HOURS: "{count}時間後", "in {count} hours";
    IN_DAYS: "{count}日後", "in {count} days";
}
