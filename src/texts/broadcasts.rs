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
    LEDGER_UNWRITTEN: "あと{count}人分は、まだ台帳に書き込んでいる途中です。", "{count} more {count|is|are} still being written into the ledger.";
    LEDGER_TRIES: "試した回数", "Tries";
    LEDGER_MAIL: "メール", "Mail";
    LEDGER_WHEN: "日時", "When";
    LEDGER_WHY: "理由・返事", "Reason";
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
    RESUME_TEXT: "取りやめた{count}通を、同じ読者に送ります。すでに送った読者に、もう一度届くことはありません。", "The {count} cancelled {count|mail goes|mails go} to the same readers. Nobody who got it gets it again.";
    RESUME_TEXT_SCHEDULED: "予約に戻します。決めた日時を過ぎていれば、次に送信の時計が動いたときに送り始めます。", "It is scheduled again. If its time has passed, it starts when the clock next ticks.";
    RESUME_BUTTON: "送信を再開する", "Resume sending";
    RESUMED: "再開しました。次に送信の時計が動いたときに、続きを送ります。", "Resumed. The rest goes out when the clock next ticks.";
    FOR_GOOD_BUTTON: "再開しないことにする", "Give it up for good";
    GIVEN_UP: "この配信は終わりにしました。", "This broadcast was given up.";
    STOPPED_AT_DEADLINE: "期限({when})までに送れなかった{count}通を取りやめました。", "{count} {count|mail|mails} that had not been sent by {when} {count|was|were} cancelled.";
    TURNING_BACK: "取りやめたメールを、順に送信待ちへ戻しています。", "The cancelled mails are being put back, step by step.";
    REASON_DEADLINE: "期限までに送れなかったため", "Not sent by the deadline";

    // Saving by itself
    AUTOSAVED: "{time} に自動で保存しました。", "Saved by itself at {time}.";
    AUTOSAVE_FAILED: "自動で保存できませんでした。下のボタンで保存してください。", "It could not be saved by itself. Please use the button below.";

    // Who gets it
    AUDIENCE_TITLE: "だれに送るか", "Who gets it";
    AUDIENCE_TEXT: "「{list}」の登録者のうち、条件に合う方に送ります。条件がなければ全員です。だれに当てはまるかは、送り始めるときに調べます。", "It goes to the readers of \"{list}\" who match; without conditions to all of them. Who matches is looked up when it starts.";
    AUDIENCE_WHO: "送る人の条件", "Whom to send it to";
    AUDIENCE_LEAVE_OUT: "送らない人の条件", "Whom to leave out";
    AUDIENCE_NOBODY_LEFT_OUT: "条件がなければ、だれも除きません。", "Without a condition nobody is left out.";
    AUDIENCE_LEAVE_LIST: "「{list}」にも登録している方には送らない", "Leave out who is on \"{list}\" as well";
    AUDIENCE_SAVE: "この条件にする", "Save";
    AUDIENCE_SAVED: "送る相手を保存しました。", "Saved who gets it.";
    AUDIENCE_CHANGE: "送る相手を選ぶ", "Choose who gets it";
    AUDIENCE_WHOLE: "リストの登録者全員", "Every reader of the list";
    SEND_TO_AT_LEAST: "{count}人以上に送信します", "This goes to {count} {count|reader|readers} or more";
    LEFT_OUT: "除く: {what}", "Not: {what}";
    LEFT_OUT_LIST: "除く: 「{list}」の登録者", "Not: readers of \"{list}\"";
    ONLY_MISSING: "「{subject}」を受け取っていない方だけ({groups})", "Only who did not get \"{subject}\" ({groups})";
    ONLY_UNOPENED: "「{subject}」を受け取って、開いていない方だけ", "Only who got \"{subject}\" and did not open it";

    // When it goes out
    TIMING_TITLE: "期限・夜間・時差の設定", "Deadline, quiet hours, time zones";
    TIMING_LAST: "この日時までに送れなければ、取りやめる", "Cancel what has not gone out by";
    TIMING_LAST_HINT: "セールなど、過ぎてから届いては困る配信に。空欄なら、いつまででも送ります。", "For sales and the like. Empty: no end.";
    TIMING_QUIET: "静かな時間(夜間など)には送らない", "Send nothing in the quiet hours";
    TIMING_QUIET_HINT: "設定の「静かな時間」の間は止まり、終わると続きを送ります。", "It waits for the end of the quiet hours of the settings.";
    TIMING_ZONE: "読者それぞれの地域の時刻で送る", "At each reader's own time";
    TIMING_ZONE_HINT: "読者の項目「{field}」にある地域(例: America/New_York)の時刻で送ります。空の方には、このサイトの時刻で送ります。日時を決めて送るときに使えます。", "Uses the region in the readers' field \"{field}\" (e.g. America/New_York); where it is empty, this site's time. For a set time only.";
    TIMING_ZONE_NO_FIELD: "読者の地域を知るための項目が、まだありません。「読者の項目」で、キーを {key} にした項目をつくると使えます。", "There is no field yet that says where readers live. Make one under Fields of readers with the key {key}.";
    TIMING_SAID_LAST: "{when} までに送れなければ取りやめ", "Cancelled if not sent by {when}";

    MORE_WAYS: "ほかの送り方", "Other ways to send it";

    // What follows a broadcast
    FOLLOWED_BY: "この配信の続き", "What follows it";
    FOLLOWS_OPEN: "もとの配信を見る", "See the first one";
    FOLLOWS_MISSING: "届いていない読者への再送です。", "Sent again to those who did not get it.";
    FOLLOWS_UNOPENED: "開いていない読者への再送です。", "Sent again to those who did not open it.";
    FOLLOWS_OCCURRENCE: "くり返し配信の1回です。", "One of a recurring broadcast.";
    FOLLOWS_VARIANT: "A/Bテストの案の1つです。", "One of the messages of a split test.";
    FOLLOWS_REST: "A/Bテストで選ばれた案を、残りの読者に送るものです。", "The best of a split test, to the others.";
    FOLLOW_MADE: "下書きをつくりました。件名や本文を直して、送る人数を確かめてから送ってください。", "The draft is there. Change it as you like, look at the count, then send it.";
    MISSING_TITLE: "届いていない読者にだけ送る", "Send it to those who did not get it";
    MISSING_TEXT: "この配信を受け取っていない読者を選んで、新しい下書きをつくります。受け取った読者に、もう一度届くことはありません。", "Makes a draft to those who did not get it. Nobody who got it gets it again.";
    MISSING_BUTTON: "この人たちへの下書きをつくる", "Make a draft to them";
    GAP_COUNT: "{group} {count}人まで", "{group}: up to {count}";
    GAP_FAILED: "送信に失敗した方", "Failed";
    GAP_FAILED_HINT: "アドレスに間違いがある場合は、また失敗します。", "If the address is wrong, it fails again.";
    GAP_CANCELLED: "取りやめた方", "Cancelled";
    GAP_CANCELLED_HINT: "停止や期限で送らなかった方です。", "It was stopped, or its last moment passed.";
    GAP_SUPPRESSED: "送信対象外だった方", "Left out";
    GAP_SUPPRESSED_HINT: "そのときは配信停止などで、いまは登録している方だけに送ります。", "Only those who are back on the list.";
    GAP_BOUNCED: "不達で戻ってきた方", "Bounced";
    GAP_BOUNCED_HINT: "何度も送ると、迷惑メールの送信元と見なされることがあります。", "Sending to them again can harm your standing with mail services.";
    GAP_JOINED: "配信のあとに登録した方など", "Who joined since";
    GAP_JOINED_HINT: "そのときは対象でなく、いまは当てはまる方です。", "They were not among its readers then, and would be now.";
    UNOPENED_TITLE: "開いていない読者にもう一度送る", "Send it again to those who did not open it";
    UNOPENED_TEXT: "受け取って、まだ開いていない方(およそ{count}人)への下書きをつくります。1つの配信につき1回だけです。件名を変えるのがおすすめです。", "Makes a draft to those who got it and have not opened it (about {count}). Once for each broadcast; a new subject helps.";
    UNOPENED_BUTTON: "開いていない方への下書きをつくる", "Make a draft to them";
    UNOPENED_DONE: "開いていない読者への再送は、1回だけです。", "This is possible only once.";
    UNOPENED_UNKNOWN: "開封を数えていないか、まだ1人も開いていないため、だれが開いていないか分かりません。", "Opens are not counted, or nobody has opened it yet: so it is not known who did not.";

    TAG_AGAIN: "再送", "Again";
    TAG_RECURS: "くり返し", "Recurring";

    // Recurring
    RECUR_TITLE: "くり返し送る", "Send it again and again";
    RECUR_TEXT: "この下書きをもとに、決めた日時になるたびに新しい配信をつくって送ります。下書きを直すと、次の回から変わります。送信の時計が長く止まって送れなかった回は、あとから送りません。", "At each set time a new broadcast is made from this draft and sent. A change of the draft shows from the next one on. One that was missed for long is not made up for.";
    RECUR_LINK: "くり返し送る(毎日・毎週・毎月)", "Send it daily, weekly or monthly";
    RECUR_EVERY: "くり返し", "How often";
    EVERY_DAY: "毎日", "Every day";
    EVERY_WEEK: "毎週", "Every week";
    EVERY_MONTH: "毎月", "Every month";
    RECUR_WEEKDAY: "曜日(毎週のとき)", "Weekday (every week)";
    RECUR_DAY: "日(毎月のとき)", "Day (every month)";
    RECUR_DAY_HINT: "その日がない月は、月末に送ります。", "A shorter month: on its last day.";
    RECUR_TIME: "時刻", "Time of day";
    RECUR_TIME_HINT: "{zone} の時刻です。", "Time zone: {zone}.";
    RECUR_UNTIL: "終わりの日", "Last day";
    RECUR_END_HINT: "空欄なら、終えるまで続きます。", "Empty: until you end it.";
    RECUR_TIMES: "回数", "How many times";
    RECUR_SAVE: "くり返しを始める", "Start";
    RECUR_SAVED: "くり返しを設定しました。", "It recurs from now on.";
    RECUR_ENDED: "くり返しを終えました。", "It does not recur any more.";
    RECUR_NEXT: "次は {when} です。", "The next one: {when}.";
    RECUR_LEFT: "あと{count}回です。", "{count} more.";
    RECUR_LAST: "{day} まで続きます。", "Until {day}.";
    RECUR_DRAFT: "この下書きは送られず、回ごとに写しが送られます。", "The draft itself is not sent: each time a copy of it is.";
    RECUR_CHANGE: "くり返しを変える", "Change how it recurs";
    RECUR_STOP: "くり返しを終える", "End it";
    HOW_DAY: "毎日 {time} に送ります", "Every day at {time}";
    HOW_WEEK: "毎週{weekday} {time} に送ります", "Every {weekday} at {time}";
    HOW_MONTH: "毎月{day}日 {time} に送ります", "On day {day} of each month at {time}";
    MONDAY: "月曜日", "Monday";
    TUESDAY: "火曜日", "Tuesday";
    WEDNESDAY: "水曜日", "Wednesday";
    THURSDAY: "木曜日", "Thursday";
    FRIDAY: "金曜日", "Friday";
    SATURDAY: "土曜日", "Saturday";
    SUNDAY: "日曜日", "Sunday";

    // Split tests
    SPLIT_TITLE: "A/Bテスト", "Split test";
    SPLIT_TEXT: "一部の読者に案ごとに送り、開封かクリックの割合が高い案を、残りの読者に送ります。だれがどの案を受け取るかは、くじのように決まります。", "Each message goes to a part of the readers, and the one that more of them open or click goes to the others. Who gets which is drawn like a lot.";
    SPLIT_LINK: "A/Bテストをする", "Make a split test";
    SPLIT_BY_SUBJECT: "件名を比べる", "Compare subjects";
    SPLIT_BY_BODY: "本文を比べる", "Compare texts";
    SPLIT_IMPOSSIBLE: "この読者リストでは、開封もクリックも数えていません。どの案がよいか分からないため、A/Bテストはできません。フォームの設定で計測をオンにすると使えます。", "Neither opens nor clicks are counted for this list, so a test could not tell which is best. Switch the counting on in the settings of its form.";
    SPLIT_VARIANT: "案{letter}", "Message {letter}";
    SPLIT_SHARE: "1つの案を送る割合", "Share for each message";
    SPLIT_SHARE_HINT: "読者全体に対する割合です。案が2つで10%なら、20%の読者で試します。", "Of all readers. Two messages at 10% try it on 20% of them.";
    SPLIT_MEASURE: "くらべる数字", "What decides";
    SPLIT_OPENS: "開いた人", "Opened by";
    SPLIT_CLICKS: "クリックした人", "Clicked by";
    SPLIT_WAIT: "結果を待つ時間", "How long to wait";
    SPLIT_WAIT_HINT: "すべての案を送り終えてから数えます。", "Counted from when all of them have gone out.";
    HOURS: "時間", "hours";
    SPLIT_OWNER: "自分で結果を見て決める", "I decide by myself";
    SPLIT_SAVE: "A/Bテストを設定する", "Save the test";
    SPLIT_SAVED: "A/Bテストを設定しました。送ると、まず一部の読者に届きます。", "The test is set. When you send it, it goes to a part of the readers first.";
    SPLIT_DROPPED: "A/Bテストをやめました。", "The test was taken back.";
    SPLIT_WAS_DECIDED: "決めました。次に送信の時計が動いたときに、残りの読者に送ります。", "Decided. It goes to the others when the clock next ticks.";
    SPLIT_WHAT: "案", "Message";
    SPLIT_SENT: "送信済み", "Sent";
    SPLIT_RATE: "{rate}({count}人)", "{rate} ({count})";
    SPLIT_WINNER: "選ばれた案", "The best";
    SPLIT_DECIDE: "この案に決める", "Choose this one";
    SPLIT_PLANNED: "それぞれ読者の{share}%に送り、送り終えてから{hours}時間後に、よい方を残りの読者に送ります。", "Each goes to {share}% of the readers; {hours} {hours|hour|hours} after they have gone out, the best one goes to the others.";
    SPLIT_RUNNING: "案を送っています。送り終えてから{hours}時間後に決まります。", "They are going out. It is decided {hours} {hours|hour|hours} after that.";
    SPLIT_DECIDES_AT: "{when} に、割合の高い案を残りの読者に送ります。", "At {when} the best one goes to the others.";
    SPLIT_YOUR_TURN: "結果を見て、残りの読者に送る案を選んでください。", "Look at the result and choose which one goes to the others.";
    SPLIT_DECIDED: "結果が決まり、選ばれた案を残りの読者に送りました。", "It is decided: the best one goes to the others.";
    SPLIT_REST_OPEN: "残りの読者への配信を見る", "See the broadcast to the others";
    SPLIT_CHANGE: "A/Bテストを変える", "Change the test";
    SPLIT_DROP: "A/Bテストをやめる", "Take the test back";
}
