//! Texts: common.
//! Not the code that shows them.

crate::catalogue! {
    SKIP_TO_CONTENT: "本文へ移動", "Skip to the content";
    REQUIRED: "必須", "Required";
    CUT_OFF_TITLE: "処理を中断しました", "The work was stopped";
    WENT_WRONG: "うまくいきませんでした", "That did not work";
    SETUP_CODE: "設定コード (set-up code)", "Set-up code";
    BACK: "戻る", "Back";
    CHECK_INPUT: "入力内容をご確認ください", "Please check what you typed";
}
