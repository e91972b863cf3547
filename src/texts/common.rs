//! Texts: common.
//! Not the code that shows them.

crate::catalogue! {
    SKIP_TO_CONTENT: "本文へ移動", "Skip to the content";
    REQUIRED: "必須", "Required";
}
