//! Texts of 配信 beyond writing and sending one: the ledger, stopping and resuming, who gets it, when, and again.
//! Not the code that shows them: web/admin/{broadcasts,ledger}.

crate::catalogue! {
    // The ledger's rows
    LEDGER_TITLE: "送信の記録", "Who got it";
    LEDGER_OPEN: "一人ひとりの記録を見る", "See each reader's";
    LEDGER_TABS: "状態で絞り込む", "By state";
    LEDGER_ALL: "すべて", "All";
    LEDGER_EMPTY: "この状態の記録はありません", "There is nothing in this state";
    LEDGER_EMPTY_TEXT: "メールが送られると、ここに一人ひとりの記録が残ります。", "When mails go out, each reader's record is kept here.";
    LEDGER_FEW: "このあたりには、この状態の記録がありません。「次へ」で先を見られます。", "There are none in this part. Go on with \"Next\".";
    LEDGER_UNWRITTEN: "あと{count}人分は、まだ台帳に書き込んでいる途中です。", "{count} more are still being written into the ledger.";
    LEDGER_TRIES: "試した回数", "Tries";
    LEDGER_MAIL: "メール", "Mail";
    LEDGER_WHEN: "日時", "When";
    LEDGER_WHY: "理由・送信サーバーの返事", "Why, or what the server said";
    LEDGER_FIRST: "はじめへ", "First";
    LEDGER_NEXT: "次へ", "Next";
    LEDGER_PAGES: "ページ送り", "Pages";
    LEDGER_SAVE: "ファイルに保存する", "Save as a file";
    LEDGER_SAVE_TEXT: "いま選んでいる状態の記録を保存します。", "Saves the records in the chosen state.";
    LEDGER_SAVE_PARTS: "{limit}人分ずつに分けて保存します。1つのファイルにするには、コマンド neo ledger {message} --rows を使います。", "In parts of {limit} readers. For one file, use the command neo ledger {message} --rows.";
    LEDGER_SAVE_PART: "CSV({part}つ目)", "CSV (part {part})";
    LEDGER_CSV: "CSV(表計算ソフト用)", "CSV (for spreadsheets)";
    LEDGER_JSONL: "JSON Lines(プログラム用)", "JSON Lines (for programs)";
    LEDGER_READER_BACK: "読者のページへ", "Back to the reader";
    LEDGER_MESSAGE_BACK: "配信のページへ", "Back to the broadcast";
    LEDGER_OF_READER: "この読者の記録をすべて見る", "See all of this reader's mails";

    // Stopping and resuming
    RESUME_TITLE: "再開する", "Resume it";
    RESUME_TEXT: "取りやめた{count}通を、同じ読者に送ります。すでに送った読者に、もう一度届くことはありません。", "The {count} cancelled mails go to the same readers. Nobody who got it gets it again.";
    RESUME_TEXT_SCHEDULED: "予約に戻します。決めた日時を過ぎていれば、次に送信の時計が動いたときに送り始めます。", "It is scheduled again. If its time has passed, it starts when the clock next ticks.";
    RESUME_BUTTON: "送信を再開する", "Resume sending";
    RESUMED: "再開しました。次に送信の時計が動いたときに、続きを送ります。", "Resumed. The rest goes out when the clock next ticks.";
    FOR_GOOD_BUTTON: "再開しないことにする", "Give it up for good";
    GIVEN_UP: "この配信は終わりにしました。", "This broadcast was given up.";
    STOPPED_AT_DEADLINE: "期限({when})までに送れなかった{count}通を取りやめました。", "{count} mails that had not been sent by {when} were cancelled.";
    TURNING_BACK: "取りやめたメールを、順に送信待ちへ戻しています。", "The cancelled mails are being put back, step by step.";
    REASON_DEADLINE: "期限までに送れなかったため", "Not sent by the deadline";
    REASON_STOPPED_UNSURE: "停止したため(届いた可能性があります)", "Stopped by you; it may have arrived";
}
