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
}
