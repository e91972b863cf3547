//! Texts that stand in mails.
//! Not the code that builds them: mail/letter.

crate::catalogue! {
    CONFIRM_SUBJECT: "【要確認】「{{ list_title }}」へのご登録", "Please confirm your sign-up for \"{{ list_title }}\"";
    CONFIRM_TEXT: "「{{ list_title }}」への登録のお申し込みを受け付けました。\n\n下のURLを開き、ボタンを押すと登録が完了します。\n\n{{ confirm_url }}\n\nお心当たりのない場合は、このメールを破棄してください。何もしなければ登録されません。", "We received a request to sign this address up for \"{{ list_title }}\".\n\nPlease open this address and press the button to complete the sign-up:\n\n{{ confirm_url }}\n\nIf you did not ask for this, simply ignore this mail: nothing will be sent to you.";
    FOOTER_OPT_OUT: "配信の停止は、こちらのURLからいつでもできます。", "You can stop these mails at any time here:";
    FOOTER_SENDER: "配信者: {value}", "Sender: {value}";
    FOOTER_ADDRESS: "住所: {value}", "Address: {value}";
    FOOTER_CONTACT: "お問い合わせ・苦情: {value}", "Questions and complaints: {value}";
    SAMPLE_NAME: "山田 花子", "Hanako Yamada";
    TEST_MARK: "【テスト】", "[Test] ";
    TEST_SUBJECT: "NEOからのテストメール", "A test mail from NEO";
    TEST_TEXT: "このメールが届いていれば、送信の設定は正しく動いています。", "If you can read this, the sending settings work.";
}
