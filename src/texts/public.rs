//! Texts of the pages for readers.
//! Not the code that shows them: web/public.

crate::catalogue! {
    PRODUCT: "NEO", "NEO";
    HOME_TITLE: "メールの登録", "Sign up for mails";
    HOME_EMPTY: "登録できるメールは、まだありません。", "There is nothing to sign up for yet.";
    SIGN_UP_TITLE: "「{list}」に登録", "Sign up for \"{list}\"";
    SIGN_UP_BUTTON: "登録する", "Sign up";
    EMAIL: "メールアドレス", "E-mail address";
    NAME: "お名前", "Name";
    NAME_HINT: "省略できます。メールの宛名に使います。", "Optional. Used to address you in mails.";
    LEAVE_EMPTY: "この欄は空のままにしてください", "Leave this field empty";
    CONSENT_LEAD: "「登録する」を押すと、次の内容に同意したことになります。", "By pressing \"Sign up\" you agree to this:";
    CONSENT_DEFAULT: "案内や広告を含むメールの受信に同意します。配信はいつでも停止できます。", "I agree to receive mails, which may contain advertising. I can stop them at any time.";
    ALLOW_DOMAIN: "携帯電話のメールアドレスをご利用の方は、{address} からのメールを受信できるように設定してください。", "If your mailbox filters senders, please allow mails from {address}.";
    ASKED_TITLE: "確認メールを送信しました", "Please check your mailbox";
    ASKED_TEXT: "ご入力のアドレスに確認メールを送りました。メールの中のリンクを開き、ボタンを押すと登録が完了します。\n数分たっても届かないときは、迷惑メールフォルダと、{address} からの受信設定をご確認ください。すでに登録済みのアドレスには、確認メールは届きません。", "We sent a mail to the address you entered. Open the link in it and press the button to complete the sign-up.\nIf nothing arrives within a few minutes, please check your spam folder and whether mails from {address} are allowed. An address that is on the list already gets no mail.";
    CONFIRM_TITLE: "「{list}」への登録の確認", "Confirm your sign-up for \"{list}\"";
    CONFIRM_TEXT: "登録はまだ完了していません。下のボタンを押してください。", "You are not signed up yet. Please press the button below.";
    CONFIRM_BUTTON: "登録を完了する", "Complete the sign-up";
    EXPIRED_TITLE: "リンクの期限が切れています", "This link has expired";
    JOINED_TITLE: "登録が完了しました", "You are signed up";
    JOINED_TEXT: "「{list}」にご登録いただき、ありがとうございます。\n配信は、メールの末尾にあるリンクからいつでも停止できます。", "Thank you for signing up for \"{list}\".\nYou can stop the mails at any time by the link at their end.";
    LEAVE_TITLE: "「{list}」の配信停止", "Stop mails of \"{list}\"";
    LEAVE_TEXT: "{address} への配信を停止します。下のボタンを押してください。", "Mails to {address} will stop. Please press the button below.";
    LEAVE_BUTTON: "配信を停止する", "Stop the mails";
    LEFT_TITLE: "配信を停止しました", "The mails have stopped";
    LEFT_TEXT: "「{list}」のメールは、今後届きません。", "You will get no more mails of \"{list}\".";
    LEFT_BY_MISTAKE: "間違えて停止した場合は、", "If this was a mistake, you can ";
    SIGN_UP_AGAIN: "もう一度登録できます。", "sign up again.";
    PREFERENCES_TITLE: "登録内容の確認と変更", "Your preferences";
    PREFERENCES_SAVED: "変更を保存しました。", "Your changes have been saved.";
    YOUR_LISTS: "受け取っているメール", "Mails you get";
    YOUR_LISTS_HINT: "チェックを外して保存すると、そのメールは届かなくなります。", "Untick a box and save to stop those mails.";
    NO_LISTS: "受け取っているメールはありません。", "You get no mails from us.";
    SAVE: "保存する", "Save";
}
