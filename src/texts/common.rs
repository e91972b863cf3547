//! Texts: common.
//! Not the code that shows them.

crate::catalogue! {
    CUT_OFF_TITLE: "処理を中断しました", "The work was stopped";
}
