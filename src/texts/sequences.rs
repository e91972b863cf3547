//! Texts: sequences and their steps.
//! Not the code that shows them.

crate::catalogue! {
    // The timeline
    CALENDAR: "カレンダー", "Calendar";
    PEOPLE_PAGE: "読者", "Readers";
    OPTIONS: "設定", "Options";
    HISTORY: "変更の履歴", "History";
    OVERVIEW: "流れ", "Steps";
    WAITING_HERE: "{count}人がこれから", "{count} on their way to it";
    SENT_COUNT: "{count}通送信済み", "{count} sent";
    NOT_SENT: "まだ送っていません", "Not sent yet";
    WAIT_HERE: "{count}人が確認を待っています", "{count} {count|waits|wait} for you";
    STARTS: "はじまり", "Begins";
    START_JOIN: "リストに登録したとき", "When she joins the list";
    START_HAND: "手で加えたとき", "When you bring her in";
    START_DATE: "項目「{field}」の日付", "On the date in the field {field}";
    START_BIRTHDAY: "毎年の誕生日(項目「{field}」)", "Each year's birthday (field {field})";
    PAUSED: "一時停止中", "Paused";
    PAUSED_NOTICE: "{when}から、すべての読者を止めています。止まっている間に送られるメールはありません。", "Everybody stands still since {when}. Nothing is sent meanwhile.";
    PAUSED_BY_STEP: "「{name}」の内容が空か、差し込みに誤りがあるため、{when}に自動で止めました。内容を直してから、再開してください。読者は失われていません。", "It was paused at {when} by itself: \"{name}\" is empty, or its personalisation is not valid. Please mend it and go on; no reader is lost.";
    PAUSE_ALL: "全員を止める", "Pause everybody";
    PAUSE_ALL_TEXT: "途中の読者を全員その場で止めます。あとで再開できます。", "Everybody stands still. You can let them go on later.";
    RESUME: "再開する", "Go on";
    RESUME_SHIFT: "止まっていた分だけ、日程をずらす", "Move all dates on by the pause";
    RESUME_KEEP: "もとの日程のまま再開する(過ぎたものはすぐ届きます)", "Keep the dates (what is past goes at once)";
    RESUMED: "再開しました。", "It goes on.";
    STOPPED_ALL: "全員を止めました。", "Everybody stands still now.";
    UNDATED_NOTICE: "日付が読み取れず、始められない読者が{count}人います。", "{count} {count|reader|readers} cannot start: a date of theirs is missing or does not read.";
    WAITING_NOTICE: "{count}人が、あなたの確認を待っています。", "{count} {count|reader waits|readers wait} for you.";
    SEE_THEM: "一覧を見る", "See them";
    ONLY_FOR: "対象: {who}", "For: {who}";
    LEADS_TO: "このあと → {where}", "Then → {where}";
    LEADS_ELSE: "対象外の方は → {where}", "Others → {where}";
    GO_NEXT: "次へ", "the next";
    GO_END: "ここで終わり", "the end";
    GO_STEP: "「{name}」へ", "\"{name}\"";
    GO_SEQUENCE: "ステップメール「{name}」へ移る", "the sequence \"{name}\"";
    IS_WAIT: "確認を待つ", "Waits for you";
    IS_LEAD: "分かれ道", "Branch";

    // When
    WHEN: "時期", "When";
    WHEN_START: "はじまりの日から数える", "Days after the start";
    WHEN_PREVIOUS: "前のステップから数える", "A while after the step before";
    WHEN_WEEKDAY: "曜日で決める", "On a day of the week";
    WHEN_DATE: "決まった日付", "On a fixed date";
    WHEN_FIELD: "読者の項目の日付から数える", "Around a date of the reader's";
    START_DAY_ZERO: "はじまりの日 {time}", "Day of the start, {time}";
    START_DAY_BEFORE: "{days}日前 {time}", "{days} {days|day|days} before, {time}";
    PREVIOUS_MINUTES: "前のステップの{count}分後", "{count} {count|minute|minutes} after the step before";
    PREVIOUS_HOURS: "前のステップの{count}時間後", "{count} {count|hour|hours} after the step before";
    PREVIOUS_DAYS: "前のステップの{count}日後", "{count} {count|day|days} after the step before";
    PREVIOUS_DAYS_AT: "前のステップの{count}日後 {time}", "{count} {count|day|days} after the step before, {time}";
    ON_WEEKDAYS: "次の{days} {time}", "Next {days}, {time}";
    ON_DATE: "{date}の{time}", "On {date}, {time}";
    FIELD_ON: "「{field}」の当日 {time}", "On {field}, {time}";
    FIELD_BEFORE: "「{field}」の{days}日前 {time}", "{days} {days|day|days} before {field}, {time}";
    FIELD_AFTER: "「{field}」の{days}日後 {time}", "{days} {days|day|days} after {field}, {time}";
    DAYS_LABEL: "はじまりから何日後", "Days after the start";
    DAYS_HINT: "0は当日、1はその翌日です。日付から始まるステップメールでは、-7で7日前になります。", "0 is the day itself, 1 the day after. Where the start is a date, -7 is a week before.";
    AMOUNT: "前のステップから", "After the step before";
    UNIT: "単位", "Unit";
    UNIT_MINUTES: "分後", "minutes";
    UNIT_HOURS: "時間後", "hours";
    UNIT_DAYS: "日後", "days";
    WEEKDAYS: "曜日", "Days of the week";
    WEEKDAYS_HINT: "前のステップのあと、最初に来るその曜日に送ります。", "It goes on the first such day after the step before.";
    WEEKDAY_GAP: "・", ", ";
    MON: "月", "Mon";
    TUE: "火", "Tue";
    WED: "水", "Wed";
    THU: "木", "Thu";
    FRI: "金", "Fri";
    SAT: "土", "Sat";
    SUN: "日", "Sun";
    DATE: "日付", "Date";
    DATE_HINT: "その日より後に入った読者には送りません。", "Readers who come in after that day do not get it.";
    FIELD: "日付の項目", "Field with the date";
    FIELD_DAYS: "その日から何日後", "Days after that date";
    FIELD_DAYS_HINT: "-7で7日前、0で当日です。", "-7 is a week before, 0 the day itself.";
    AT: "時刻", "Time of day";
    AT_HINT: "{zone} の時刻です。「前のステップから」のときは、空欄なら前と同じ時刻です。", "Time zone: {zone}. After the step before, empty means the same time.";

    // What, for whom, and then
    ACTION: "このステップですること", "What it does";
    ACTION_MAIL: "メールを送る", "Sends a mail";
    ACTION_WAIT: "確認を待つ", "Waits for you";
    ACTION_WAIT_HINT: "読者はここで止まり、あなたが「進める」を押すと次へ進みます。件名は目印になります。", "Readers stand still here until you press \"go on\". The subject is its name.";
    ACTION_LEAD: "条件で分かれる", "Only leads on";
    ACTION_LEAD_HINT: "メールは送らず、条件に合う方と合わない方の行き先を分けます。", "Sends nothing, and leads those who fit and those who do not to different places.";
    WHO: "だれに", "For whom";
    WHO_ALL: "条件がないときは、全員に送ります。", "Without a condition it is for everybody.";
    WHO_HINT: "送るときの状態で決まります。合わない方は、このステップを飛ばします。", "Decided when it is due. Others skip the step.";
    WHERE_TO: "行き先と順番", "Where it leads, and its place";
    THEN: "このあと", "Then";
    OTHERWISE: "対象でない方は", "Others";
    MORE: "条件と行き先", "Conditions and where it leads";
    PLACE: "順番", "Place in the order";
    PLACE_AUTO: "自動(日数の順、それ以外は今の場所か最後)", "By itself (by its day; else where it is, or last)";
    PLACE_FIRST: "いちばん前", "First";
    PLACE_AFTER: "「{name}」の次", "After \"{name}\"";

    // Before saving
    CHECK: "影響を確かめて保存する", "See who is affected, then save";
    PREVIEW_TITLE: "保存する前に", "Before saving";
    PREVIEW_REMOVE_TITLE: "外す前に", "Before removing it";
    PREVIEW_INSIDE: "いま{count}人が途中にいます。", "{count} {count|reader is|readers are} on their way.";
    PREVIEW_SAMPLE: "うち{count}人を調べた結果です。", "Judged by {count} of them.";
    PREVIEW_AHEAD: "これから届く", "Will get it";
    PREVIEW_LOSE: "届かなくなる", "Will not get it any more";
    PREVIEW_PAST: "もう通り過ぎている", "Past it already";
    PREVIEW_DONE: "もう受け取った(二度は届きません)", "Had it (nobody gets it twice)";
    PREVIEW_AHEAD_OTHER: "これから通る", "Will come to it";
    PREVIEW_LOSE_OTHER: "通らなくなる", "Will not come to it any more";
    PREVIEW_DONE_OTHER: "もう通った", "Have passed it";
    PREVIEW_AT_OTHER: "{when} に着きます", "comes to it {when}";
    REACH_AHEAD_OTHER: "まだの方だけ", "Only those who are not there yet";
    REACH_AHEAD_HINT_OTHER: "通り過ぎた方は、そのまま進みます。", "Those past it go on as they are.";
    REACH_ALL_OTHER: "通り過ぎた方も", "Also those already past it";
    REACH_ALL_HINT_OTHER: "{count}人が、すぐにここへ来ます。", "{count} {count|reader comes|readers come} to it at once.";
    PREVIEW_SHIFTED: "ほかのメールの日時が変わる", "Other mails move";
    PREVIEW_DATES: "{first} から {last}", "{first} to {last}";
    PREVIEW_FIRST: "はじめの読者", "The first readers";
    PREVIEW_AT: "{when} に届きます", "gets it {when}";
    PREVIEW_IS_PAST: "通り過ぎています", "is past it";
    REACH: "もう通り過ぎている読者は", "Those who are past it";
    REACH_AHEAD: "まだの方だけに送る", "Only those who are not there yet";
    REACH_AHEAD_HINT: "通り過ぎた方には送りません。", "Those past it do not get it.";
    REACH_ALL: "通り過ぎた方にも送る", "Also those already past it";
    REACH_ALL_HINT: "{count}人に、すぐ送ります。", "{count} {count|reader gets|readers get} it at once.";
    SAVE_NOW: "この内容で保存する", "Save it";
    REMOVE_NOW: "外す", "Remove it";
    EDIT_AGAIN: "編集に戻る", "Edit again";
    CAN_UNDO: "どの変更も、あとから「変更の履歴」で取り消せます。", "Every change can be undone under History.";

    // History
    EDIT_ADDED: "足した", "Added";
    EDIT_CHANGED: "変えた", "Changed";
    EDIT_REMOVED: "外した", "Removed";
    EDIT_UNDO: "取り消す", "Undo";
    EDIT_UNDONE: "取り消し済み", "Undone";
    EDIT_UNDONE_NOTICE: "変更を取り消しました。", "The change was undone.";
    HISTORY_EMPTY: "まだ変更はありません。", "There are no changes yet.";
    HISTORY_TEXT: "取り消しても、送ったメールは戻りません。受け取った方に二度届くこともありません。", "Undoing does not call mails back, and nobody gets one twice.";
    EDIT_WHEN: "日時", "When";
    EDIT_WHAT: "変更", "Change";
    EDIT_STEP: "ステップ", "Step";

    // Options
    OPTIONS_SAVED: "設定を保存しました。", "The options are saved.";
    START_ON: "いつ始めるか", "When it begins";
    START_ON_HAND: "手で加えたときだけ", "Only when you bring readers in";
    START_ON_DATE: "読者の項目の日付(契約日・イベントの日など)", "On a date of the reader's (contract, event)";
    START_ON_BIRTHDAY: "毎年の誕生日", "Each year's birthday";
    START_ON_BIRTHDAY_HINT: "2月29日生まれの方は、平年では2月28日です。", "Who was born on February 29 has February 28 in common years.";
    START_FIELD: "日付の項目", "Field with the date";
    START_FIELD_HINT: "「日付」「誕生日」から始めるときに選びます。", "For a start on a date or a birthday.";
    WAYS: "どの登録で始めるか", "Which ways of joining count";
    WAYS_HINT: "どれも選ばなければ、すべての登録で始まります。", "None chosen: all.";
    WAY_FORM: "フォーム", "Form";
    WAY_IMPORT: "取り込み", "Import";
    WAY_OWNER: "管理画面・コマンド", "By you";
    REJOIN: "もう一度登録した方は", "Who joins again";
    REJOIN_RESTART: "はじめから", "begins anew";
    REJOIN_CONTINUE: "前に止まったところから続ける", "goes on where she left";
    REJOIN_IGNORE: "何も送らない", "gets nothing";
    BACKFILL: "さかのぼる日数", "Back-fill window";
    BACKFILL_HINT: "入ったときにもう過ぎていた日のメールも、この日数までならすぐ送ります。0なら送りません。", "Mails whose day was over when she came in still go at once, up to so many days. 0: they do not.";
    KEEPS_CLOSED: "休みの日には送らず、次の営業日まで待つ", "On closed days wait for the next open day";
    MOST_OCCURRENCES: "一人が通れる回数", "How often one reader may go through";
    TIMES: "回", "times";

    // Readers
    WHERE_ALL: "すべて", "All";
    WHERE_WAITING: "確認待ち", "Waiting for you";
    WHERE_PAUSED: "一時停止", "Paused";
    WHERE_NO_DATE: "始められない", "Cannot start";
    NOBODY: "ここにはだれもいません。", "Nobody is here.";
    ALL_THROUGH: "最後まで届きました", "All through";
    BEING_WORKED_OUT: "計算中(次の送信の時計で決まります)", "Being worked out by the next tick";
    NO_DATE_WHY: "項目「{field}」の値「{value}」を日付として読み取れません", "The field {field} holds \"{value}\", which is not a date";
    NO_DATE_EMPTY: "項目「{field}」が空です", "The field {field} is empty";
    GO_ON: "進める", "Go on";
    GO_ON_ALL: "待っている方を全員進める", "Let all of them go on";
    WENT_ON: "進めました。", "They go on.";
    PAUSE_ONE: "止める", "Pause";
    STOP_ONE: "やめる", "End";
    STOPPED_ONE: "この読者のステップメールを終わりにしました。", "Her way through this sequence is ended.";
    PAUSED_ONE: "止めました。", "She stands still now.";
    ADD_PEOPLE: "前からの読者を加える", "Bring readers in";
    ADD_ADDRESS: "メールアドレス", "E-mail address";
    ADD_ADDRESS_HINT: "空欄なら、リストの全員(いま途中にいる方を除く)。", "Empty: everybody on the list who is not inside.";
    ADD_AT: "どこから始めるか", "Where they begin";
    ADD_AT_FIRST: "はじめから", "At the first step";
    ADD_FROM: "日数の数え方", "Days are counted from";
    ADD_FROM_NOW: "今日から", "today";
    ADD_FROM_JOINED: "登録した日から(過ぎた日のメールは、さかのぼる日数まで)", "the day she joined (what is past goes only within the back-fill window)";
    ADD_BUTTON: "加える", "Bring in";
    ADDED_ONE: "加えました。", "She is in.";
    ADDED_ALL: "加えています。次の送信の時計から順に進みます。", "They are being brought in by the next ticks.";
    NOT_ADDED: "すでに途中にいるか、決めた回数だけ通ったため、加えませんでした。", "She is inside already, or has been through as often as allowed.";
    ADDRESS: "読者", "Reader";
    STATE: "いま", "Now";
    DO: "操作", "Actions";
    NEXT_PAGE: "次へ", "Next";
    FIRST_PAGE: "はじめへ", "To the start";

    // Calendar
    CALENDAR_TITLE: "いつ届くか", "What arrives when";
    CALENDAR_JOIN: "登録する日", "Joins on";
    CALENDAR_READER: "読者のメールアドレス(省略可)", "A reader's address (optional)";
    CALENDAR_SHOW: "日付を見る", "Show the dates";
    CALENDAR_MISSING: "項目「{field}」の日付が分からないため、この先は決まりません。", "What follows hangs on the date in the field {field}, which is not known.";
    CALENDAR_NOTHING: "届くメールはありません。", "No mail lies ahead.";
    CALENDAR_NOTE: "条件のあるメールは、条件に合うものとして数えています。静かな時間と休みの日は考えに入れています。", "Mails with a condition are counted as if it held. Quiet hours and closed days are heeded.";

    // The calendar of everybody
    CALENDAR_ONE: "1人の日程", "One reader";
    CALENDAR_LIST: "全員の日程", "Everybody";
    OUTLOOK_TITLE: "これから送るメール", "What goes out";
    OUTLOOK_SPAN: "期間", "Span";
    OUTLOOK_DAYS: "{days}日間", "{days} days";
    OUTLOOK_TOP: "多い日で{mails}", "at most {mails} a day";
    OUTLOOK_MAILS: "{count}通", "{count} {count|mail|mails}";
    OUTLOOK_ABOUT: "約{count}通", "about {count} {count|mail|mails}";
    OUTLOOK_DAY: "日付", "Day";
    OUTLOOK_COUNT: "通数", "Mails";
    OUTLOOK_STEPS: "内訳", "Of which";
    OUTLOOK_MORE: "ほかに{mails}", "others: {mails}";
    OUTLOOK_NOTE: "いま途中にいる方だけを数えています。これから登録する方、確認を待つステップより先、ほかのステップメールに移ったあとのメールは含みません。", "Only readers who are inside now are counted. Not counted: who has yet to join, what follows a step that waits for you, and the mails of another sequence that a step leads to.";
    OUTLOOK_SAMPLE: "途中の{total}人のうち、全体から選んだ{looked}人で見積もった数です。", "Estimated from {looked} readers from all over the {total} who are on their way.";
    OUTLOOK_ALL: "全員で数える(時間がかかります)", "Count everybody (takes a while)";
    OUTLOOK_WAITING: "このほかに、もう送信を待っているメールが{count}通あります。", "Besides, {count} {count|mail waits|mails wait} to be sent already.";
    OUTLOOK_HELD: "いま止まっている{count}人は、数えていません。", "Not counted: {count} {count|reader|readers} standing still.";
    OUTLOOK_UNDATED: "日付が読み取れない{count}人は、数えていません。", "Not counted: {count} {count|reader|readers} without the date it hangs on.";
    OUTLOOK_PAUSED: "いまは全員を止めています。いま再開したら(日程はもとのまま)、この日付に送ります。", "Everybody stands still. These are the days if they went on now, with the dates kept.";

    // Quiet hours
    REST: "静かな時間と休みの日", "Quiet hours and closed days";
    REST_TEXT: "この間に届くはずのステップメールは、次に送れる時刻まで待ちます。なくなることはありません。", "Mails of sequences that fall into them wait for the next allowed moment. None is dropped.";
    REST_QUIET: "静かな時間", "Quiet hours";
    REST_QUIET_HINT: "例: 21:00-08:00。空欄なら、ありません。", "Example: 21:00-08:00. Empty: none.";
    REST_DAYS: "休みの日", "Closed days";
    REST_DAYS_HINT: "ステップメールの設定で「休みの日には送らない」を選んだものだけが待ちます。", "Only sequences whose options say so wait for an open day.";
    REST_SAT: "土曜日", "Saturdays";
    REST_SUN: "日曜日", "Sundays";
    REST_HOLIDAY: "国民の祝日", "Japan's national holidays";
    REST_HOLIDAY_HINT: "{announced}年までは内閣府の発表のとおり、それより先は今の法律で計算します({last}年まで)。", "Until {announced} as announced by the Cabinet Office, later ones reckoned by the law as it stands (until {last}).";
    REST_DATES: "そのほかの休業日", "Further closed days";
    REST_DATES_HINT: "2026-12-30 の形で、コンマか改行で区切ってください。", "As 2026-12-30, with commas or line breaks between them.";

    // For readers
    LEAVE_TITLE: "「{sequence}」の停止", "Stop \"{sequence}\"";
    LEAVE_TEXT: "{address} への、このシリーズの続きを停止します。ほかのメールは、これまでどおり届きます。", "What is left of it will no longer go to {address}. Other mails still come.";
    LEAVE_BUTTON: "このシリーズを停止する", "Stop it";
    LEFT_TITLE: "「{sequence}」を停止しました", "\"{sequence}\" has stopped";
    LEFT_TEXT: "続きは届きません。ほかのメールは、これまでどおり届きます。", "Nothing more of it will come. Other mails still do.";
    LEFT_MORE: "ほかのメールも見直す", "Look at your other mails";
    WRITE_HELP_LEAVE_SEQUENCE: "このステップメールだけを停止するURL", "Where the reader stops this sequence only";
    YOUR_SEQUENCES: "順に届くメール", "Mails that come one after the other";
    YOUR_SEQUENCES_HINT: "チェックを外して保存すると、その続きは届かなくなります。ほかのメールは届きます。", "Untick a box and save to stop what is left of it. Other mails still come.";
}
