//! Texts of imports, exports and backups.
//! Not the code that shows them: transfer, web/admin/{imports,exports,backups}.

crate::catalogue! {
    RESTORED: "{when} までの内容のバックアップに戻しました。これまでのデータベースは {aside} に残しました。", "Restored: the backup knows what happened until {when}. The former database is kept at {aside}.";
    RESTORED_HELD: "バックアップのあとに送ったメールを二重に送らないよう、送信を止めています。管理画面の「バックアップ」で内容を確かめてから、再開してください(コマンドでは neo restore --release)。", "So that nothing is sent twice, no mails go out now. Look at the page of backups and let them go on there (or by neo restore --release).";
    REASON_RESTORED: "バックアップから戻したため、二重に送らないよう取りやめました", "Cancelled by the restore of a backup, so that nothing is sent twice";
    TAGS: "タグ", "Tags";
    ERRORS_COLUMN: "エラー", "Problem";
}
