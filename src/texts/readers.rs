//! Texts of 読者 and フォーム: reader lists, their forms, their readers.
//! Not the code that shows them: web/admin/{lists,subscribers}.

crate::catalogue! {
    // フォーム
    FORMS: "フォーム", "Forms";
    NEW_LIST: "読者リストをつくる", "Make a reader list";
    NO_LISTS: "読者リストがありません", "There is no reader list yet";
    NO_LISTS_TEXT: "読者リストをつくると、登録フォームができます。", "Make a reader list: its sign-up form comes with it.";
    LIST: "読者リスト", "Reader list";
    NAME: "リスト名(URLに使います)", "Name in URLs";
    NAME_HINT: "半角の英小文字・数字・ハイフン・下線。あとから変えられません。例: news", "Small letters, digits, hyphens, underscores. It stays for good. Example: news";
    TITLE: "タイトル", "Title";
    TITLE_HINT: "フォームとメールに表示します。例: 花だより", "Shown on the form and in mails.";
    DESCRIPTION: "説明", "Description";
    DESCRIPTION_HINT: "フォームの上に表示します。どんなメールが、どのくらい届くかを書いてください。", "Shown above the form: what mails come, and how often.";
    CONSENT: "同意の文章", "Consent";
    CONSENT_HINT: "登録ボタンの上に表示します。読者が同意した文章は、版ごとに保存されます。", "Shown above the button. Every wording a reader agreed to is kept.";
    FROM_NAME: "差出人の名前", "Sender's name";
    FROM_ADDRESS: "差出人のメールアドレス", "Sender's address";
    FROM_ADDRESS_HINT: "ご自分のドメインのアドレスにしてください。フリーメールや携帯電話のアドレスは、迷惑メールと見なされるため使えません。", "Use an address of your own domain. Addresses of free mailboxes and phone carriers would be taken for spam.";
    OPT_IN: "登録のしかた", "How readers join";
    OPT_IN_DOUBLE: "確認メールのボタンで登録が完了(おすすめ)", "By a button behind a confirmation mail (recommended)";
    OPT_IN_DOUBLE_HINT: "他人のアドレスでの登録や、打ち間違いを防げます。", "Nobody can sign somebody else up, and typing errors show.";
    OPT_IN_SINGLE: "フォームだけで登録が完了", "By the form alone";
    OPT_IN_SINGLE_HINT: "いたずらの登録があっても、すぐに配信されます。", "Mischief gets mails at once.";
    LANGUAGE: "フォームとメールの言語", "Language of form and mails";
    SAVE: "保存する", "Save";
    HOSTED: "登録フォームのURL", "Address of the form";
    HOSTED_TEXT: "このURLを、サイトやSNSに載せてください。", "Put this address on your site.";
    OPEN_FORM: "フォームを開く", "Open the form";
    PASTE: "自分のページに貼るHTML", "HTML to paste into your own page";
    PASTE_TEXT: "ホームページに登録フォームを置きたいときは、次のHTMLを貼り付けてください。", "Paste this where the form is to stand.";
    TO_READERS: "読者を見る", "Readers";
    CONFIRMED: "登録済み", "Confirmed";
    PENDING: "確認待ち", "Pending";
    LEFT: "停止", "Left";
    // 読者
    READERS: "読者", "Readers";
    ADD_READER: "読者を追加", "Add a reader";
    SEARCH: "メールアドレスの先頭で探す", "Find by the beginning of the address";
    SEARCH_BUTTON: "探す", "Find";
    NO_READERS: "まだ読者がいません", "No readers here";
    NO_READERS_TEXT: "登録フォームから登録されると、ここに表示されます。", "They appear here when they sign up.";
    ADDRESS: "メールアドレス", "E-mail address";
    READER_NAME: "お名前", "Name";
    STATE: "状態", "State";
    SINCE: "登録日時", "Joined";
    PAGES: "ページ", "Pages";
    FIRST: "はじめへ", "First";
    NEXT: "次へ", "Next";
    AGREED: "本人の同意を得ています", "She has agreed to get these mails";
    AGREED_HINT: "同意のない方への広告メールは、法律で禁じられています。", "The law forbids advertising mails without consent.";
    ADD: "追加する", "Add";
    LEAVE: "配信を停止する", "Take off the list";
    LEAVE_TEXT: "この読者への配信をすぐに停止します。", "Nothing more will be sent to her.";
    ERASE: "個人情報を消去する", "Erase";
    ERASE_TEXT: "メールアドレス・名前など、この方に関する情報を、すべてのリストから消去します。元に戻せません。送信した数の記録だけが残ります。", "Erases address, name and fields on all lists, for good. Only the counts of what was sent stay.";
    ERASED: "消去しました。", "Erased.";
    TAKEN_OFF: "配信を停止しました。", "She is off the list.";
    CONSENTS: "同意の記録", "Record of consent";
    EVENT: "できごと", "Event";
    EVENT_ASKED: "登録の申し込み", "Asked to join";
    EVENT_CONFIRMED: "登録を確認", "Confirmed";
    EVENT_ADDED: "管理者が追加", "Added by the owner";
    EVENT_WITHDRAWN: "配信を停止", "Left";
    WAY: "方法", "By";
    WHEN: "日時", "When";
    IP: "IPアドレス", "IP address";
    USER_AGENT: "ブラウザー", "Browser";
    WORDING: "同意した文章", "What she agreed to";
    MAILS: "送信の記録", "Mails";
    MAIL: "メール", "Mail";
    REPLY: "送信サーバーの返事など", "Reply";
    NO_MAILS: "まだ送信していません。", "Nothing has been sent yet.";
    FIELDS: "項目", "Fields";
}
