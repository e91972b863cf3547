//! Texts of 読者項目, タグ and 絞り込み: the owner's own fields, tags and conditions.
//! Not the code that shows them: web/admin/{fields,tags,segments}, web/field_input.

crate::catalogue! {
    // 項目
    FIELDS: "読者項目", "Fields";
    FIELDS_TEXT: "お名前とメールアドレスのほかに、読者について覚えておくことです。フォームで聞いたり、本文に差し込んだり、配信先を絞り込んだりできます。", "What is kept of readers beside name and address. Forms can ask for it, mails can say it, and mails can go to some readers only.";
    NO_FIELDS: "項目がありません", "There are no fields yet";
    NEW_FIELD: "項目をつくる", "Make a field";
    LABEL: "項目の名前", "Label";
    LABEL_HINT: "フォームに表示します。例: 誕生日", "Shown on forms. Example: Birthday";
    KEY: "キー", "Key";
    KEY_HINT: "本文への差し込みなどに使います。半角の英小文字で始め、あとから変えられません。例: birthday", "Used in mails and files. A small letter first; it stays for good. Example: birthday";
    KIND: "種類", "Kind";
    KIND_HINT: "あとから変えられません。", "It stays for good.";
    KIND_TEXT: "文字", "Text";
    KIND_NUMBER: "数字", "Number";
    KIND_DATE: "日付", "Date";
    KIND_BIRTHDAY: "誕生日(年なしも可)", "Birthday (the year may be left out)";
    KIND_CHOICE: "選択肢", "Choice";
    KIND_YES_NO: "はい・いいえ", "Yes or no";
    CHOICES: "選択肢(1行に1つ)", "Choices (one a line)";
    CHOICES_HINT: "種類が「選択肢」のときに入力してください。なくした選択肢を選んでいた読者の値は、そのまま残ります。", "For the kind \"Choice\". Readers who chose one that you take away keep it.";
    CREATE: "つくる", "Make it";
    SAVE: "保存する", "Save";
    ORDER: "順番", "Order";
    UP: "上へ", "Up";
    DOWN: "下へ", "Down";
    REMOVE_FIELD: "項目を外す", "Remove the field";
    REMOVE_FIELD_TEXT: "フォームと読者のページから、この項目がなくなります。読者の値は消えません。あとで、もとに戻すか、値を消すかを選べます。", "Forms and readers' pages no longer show it. The values stay: you can bring the field back, or erase them, later.";
    FIELD_REMOVED: "項目を外しました。読者の値は残っています。", "The field was removed. The readers' values are still there.";
    FIELD_RESTORED: "項目をもとに戻しました。", "The field is back.";
    FIELD_ERASING: "次の送信の時計から、読者の値を少しずつ消します。", "The ticks to come erase the readers' values, piece by piece.";
    REMOVED_FIELDS: "外した項目", "Removed fields";
    REMOVED_FIELDS_TEXT: "読者の値が残っています。", "The readers' values are still there.";
    RESTORE: "もとに戻す", "Bring it back";
    ERASE_VALUES: "値をすべて消す", "Erase all values";
    BEING_ERASED: "値を消しています", "Its values are being erased";
    CHOOSE: "選んでください", "Please choose";
    YES: "はい", "Yes";
    NO: "いいえ", "No";
    BIRTHDAY_HINT: "例: 1980-03-05、3月5日", "Examples: 1980-03-05, 3/5";
    // フォーム
    FORM_FIELDS: "フォームで聞く項目", "What the form asks for";
    FORM_FIELDS_TEXT: "メールアドレスとお名前のほかに聞くことを選びます。自分のページに貼ったフォームは、貼り直してください。", "Beside address and name. A form that you pasted elsewhere has to be pasted again.";
    FORM_FIELDS_CHANGE: "聞く項目を変える", "Change what it asks for";
    FORM_FIELDS_NONE: "メールアドレスとお名前だけを聞いています。", "It asks for address and name only.";
    ASK_NOT: "聞かない", "Not asked";
    ASK_OPTIONAL: "聞く(省略できる)", "Asked, optional";
    ASK_REQUIRED: "聞く(必須)", "Asked, required";
    PLACE: "順番", "Place";
    // タグ
    TAGS: "タグ", "Tags";
    TAG: "タグ", "Tag";
    TAGS_TEXT: "読者につける目印です。1人にいくつでもつけられ、読者には見えません。", "Marks on readers, as many as you like. Readers do not see them.";
    NO_TAGS: "タグがありません", "There are no tags yet";
    NEW_TAG: "新しいタグ", "New tag";
    ADD_TAG: "タグをつくる", "Make a tag";
    RENAME: "名前を変える", "Rename";
    REMOVE_TAG: "タグをなくす", "Remove the tag";
    REMOVE_TAG_TEXT: "{count}人の読者から、このタグを外します。元に戻せません。", "Takes it off {count} {count|reader|readers}, for good.";
    REMOVE_TAG_REST: "読者が多いため、まだ{count}人についています。もう一度押してください。", "There are many: {count} {count|reader still carries|readers still carry} it. Please press again.";
    CARRIED_BY: "読者の数", "Readers";
    TAGS_HINT: "コンマ(,)で区切って、いくつでも。", "As many as you like, with commas between them.";
    TAGS_KNOWN: "いまあるタグ: {tags}", "There are: {tags}";
    EDIT_READER: "読者の情報を変える", "Edit the reader";
    EDIT: "変える", "Edit";
    // Before sending
    GAP: "{count}人の読者に「{field}」の値がありません。", "{count} {count|reader has|readers have} no value for \"{field}\".";
    GAP_AT_LEAST: "少なくとも{count}人の読者に「{field}」の値がありません。", "At least {count} {count|reader has|readers have} no value for \"{field}\".";
    GAP_GET: "その方には次のように届きます:「{line}」", "They get this: \"{line}\"";
    GAP_NOTHING: "その方には、その部分がないまま届きます。", "They get the mail without it.";
    GAP_UNKNOWN: "「{key}」という項目は登録されていません。キーの打ち間違いでなければ、そのままで構いません。", "There is no field \"{key}\". Unless its key is mistyped, this is fine.";
    GAP_BREAKS: "「{field}」が「{value}」の読者{count}人には、この本文を差し込めないため、送れません。例:", "The mail cannot be written for {count} {count|reader|readers} whose \"{field}\" is \"{value}\". One of them:";
    TAG_READERS: "このタグの読者", "Readers with this tag";
}
