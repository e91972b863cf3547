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
    HOLD_SUBJECT: "【NEO】「{subject}」の配信を止めました", "[NEO] \"{subject}\" waits for you";
    HOLD_TEXT: "受信側のサーバーが、差出人を信用できないという理由で「{subject}」を続けて断ったため、残りの配信を止めました。読者の登録はそのままです。\n\n最後の返事: {why}\n\nSPF・DKIM・DMARCなどを直してから、下のページの「再開する」を押してください。\n\n{url}", "Receiving servers kept refusing \"{subject}\" since they do not trust the sender, so the rest waits. Your readers are untouched.\n\nThe last reply: {why}\n\nPlease mend SPF, DKIM or DMARC, then press \"Go on\" on this page:\n\n{url}";
    LOGIN_SUBJECT: "【NEO】送信サーバーがパスワードを受け付けません", "[NEO] The mail server refuses the password";
    LOGIN_TEXT: "送信サーバーが利用者名かパスワードを2度受け付けなかったため、そのサーバーからの送信を止めました。下のページで設定を直してください。\n\n{url}", "The mail server refused the user or the password twice, so nothing more goes out by it. Please mend the settings:\n\n{url}";
    CLOCK_SUBJECT: "【NEO】送信の時計が1日以上止まっていました", "[NEO] The clock was silent for more than a day";
    CLOCK_TEXT: "サーバーのcronも鍵つきURLも1日以上動いていなかったため、予約した配信やステップメールが遅れている可能性があります。下のページで時計をご確認ください。\n\n{url}", "Neither the host's cron nor the address with a key was heard for more than a day: scheduled mails may be late. Please look at the clock:\n\n{url}";
}
