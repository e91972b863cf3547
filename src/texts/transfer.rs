//! Texts of imports, exports and backups.
//! Not the code that shows them: transfer, web/admin/{imports,exports,backups}.

crate::catalogue! {
    ERRORS_COLUMN: "エラー", "Problem";
}
