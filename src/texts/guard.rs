//! Texts of the guard's page (安全装置) and of safe mode.
//! Not the sentences of a cut-off: common and errors.

crate::catalogue! {
    TAB_GUARD: "安全装置", "Guard";
}
