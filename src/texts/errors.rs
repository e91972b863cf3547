//! Sentences about what went wrong, each with a number that can be read over the phone.
//! Not the error type itself: that is `error.rs`.
//!
//! Numbers are never reused or changed. 1xxx the reader's input, 2xxx not found or not allowed, 3xxx the site's
//! configuration, 4xxx busy or full, 9xxx ours.

use super::Text;

/// A numbered sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Whose number it is: `E` of NEO, `F` of the vendor's server.
    pub series: char,
    pub number: u16,
    pub text: Text,
}

macro_rules! sentences {
    ($($number:literal $name:ident: $ja:expr, $en:expr;)*) => {
        $(pub const $name: Sentence = Sentence { series: 'E', number: $number, text: super::text($ja, $en) };)*
        /// Every numbered sentence, for the test of the catalogue and the table in the handbook.
        pub const ALL: &[(&str, Sentence)] = &[$((stringify!($name), $name)),*];
    };
}

sentences! {
    // 1xxx: what was typed
    1001 ADDRESS_MISSING: "メールアドレスを入力してください。", "Please enter an e-mail address.";
    1002 ADDRESS_NOT_VALID: "メールアドレスの形が正しくありません。例: hanako@example.jp", "This does not look like an e-mail address. Example: hanako@example.com";
    1003 NAME_TOO_LONG: "お名前は{limit}文字以内で入力してください。", "Please keep the name within {limit} characters.";
    1004 CONTROL_CHARACTER: "改行などの制御文字は使えません。", "Line breaks and other control characters cannot be used here.";
    1005 FORM_EXPIRED: "フォームの有効期限が切れました。内容をご確認のうえ、もう一度送信してください。", "The form has expired. Please check what you typed and send it again.";
    1006 FIELD_MISSING: "{field}を入力してください。", "Please fill in {field}.";
    1007 FIELD_TOO_LONG: "{field}は{limit}文字以内で入力してください。", "Please keep {field} within {limit} characters.";
    1008 FIELD_NOT_VALID: "{field}の値が正しくありません。{why}", "The value of {field} is not valid. {why}";
    1009 CONSENT_MISSING: "登録するには、確認欄にチェックを入れてください。", "Please tick the box to agree before signing up.";
    1010 NOT_UTF8: "文字コードを読み取れませんでした。UTF-8で送信してください。", "The text could not be read. Please send it as UTF-8.";
    1011 NAME_ALREADY_USED: "「{name}」はすでに使われています。別の名前を入力してください。", "\"{name}\" is already in use. Please choose another name.";
    1012 PASSWORD_TOO_SHORT: "パスワードは{limit}文字以上にしてください。", "Please use at least {limit} characters for the password.";
    1013 PASSWORD_TOO_COMMON: "このパスワードは推測されやすいため使えません。", "This password is too easy to guess.";
    1014 LOGIN_WRONG: "メールアドレスまたはパスワードが違います。", "The e-mail address or the password is wrong.";
    1015 TEMPLATE_NOT_VALID: "差し込みの書き方に誤りがあります({where}): {why}", "The personalisation is not valid ({where}): {why}";
    1016 TIME_NOT_VALID: "日時を読み取れません。例: 2026-11-23 08:30", "The date and time could not be read. Example: 2026-11-23 08:30";
    1017 SETUP_CODE_WRONG: "設定コードが違います。データフォルダの setup-code.txt をFTPで開き、書かれているコードを入力してください。", "The set-up code is wrong. Open setup-code.txt in the data folder by FTP and enter the code written there.";
    1018 FILE_NOT_READABLE: "ファイル {file} を読めません: {why}", "The file {file} could not be read: {why}";
    1019 JSON_NOT_VALID: "JSONの内容に誤りがあります: {why}", "The JSON is not valid: {why}";
    1020 MESSAGE_ALREADY_STARTED: "この配信はすでに始まっているため、変更できません。", "This broadcast has already started and cannot be changed.";
    1021 SENDER_DOMAIN_REFUSED: "{domain} のアドレスは差出人にできません。ご自分のドメインのアドレスを指定してください。", "An address at {domain} cannot be the sender. Please use an address of your own domain.";
    1022 TRANSPORT_NOT_VALID: "送信方法の書き方が正しくありません: {why}", "The transport is not valid: {why}";
    1023 SETTING_UNKNOWN: "設定「{key}」はありません。neo setting list で一覧を確認してください。", "There is no setting \"{key}\". See neo setting list.";
    1024 URL_NOT_VALID: "URLの形が正しくありません。例: https://example.jp/neo.cgi", "This is not a valid URL. Example: https://example.jp/neo.cgi";
    1025 NAME_NOT_PLAIN: "リスト名は半角の英小文字・数字・ハイフン・下線で、40文字以内にしてください。例: news", "A list's name may have up to 40 small letters, digits, hyphens and underscores. Example: news";
    1026 SUBJECT_MISSING: "件名を入力してください。", "Please enter a subject.";
    1027 SUBJECT_TOO_LONG: "件名は{limit}文字以内にしてください。", "Please keep the subject within {limit} characters.";
    1028 TEXT_MISSING: "本文(テキスト)を入力してください。", "Please enter the text.";
    1029 BODY_TOO_LONG: "本文が長すぎます(512KBまで)。", "The body is too long (up to 512 KB).";
    1030 HOUR_NOT_VALID: "時刻を読み取れません。例: 08:30", "The time of day could not be read. Example: 08:30";
    1031 TIME_ZONE_UNKNOWN: "タイムゾーン「{zone}」はありません。例: Asia/Tokyo", "There is no time zone \"{zone}\". Example: Asia/Tokyo";
    1032 STEP_DAY_NOT_VALID: "日数は0から{limit}までの数字で入力してください。", "The number of days must be from 0 to {limit}.";
    1033 TIME_IN_THE_PAST: "過去の日時です。これからの日時を指定してください。", "This moment has passed. Please choose one to come.";
    1034 NOTHING_TO_DO: "指定が足りません。--help で使い方を確認してください。", "Something is missing. See --help.";
    1035 TEMPLATE_UNKNOWN_WORD: "{line}行目の差し込み「{name}」は使えません。使えるもの: {known}", "Line {line}: \"{name}\" cannot be filled in. You can use: {known}";
    1036 TEMPLATE_TOO_MUCH: "差し込みの結果が長すぎるか、処理が終わらないため、中断しました。繰り返しの書き方をご確認ください。", "Filling in the text took too long or made it too large and was stopped. Please check its loops.";
    1040 PASSWORD_NOW_WRONG: "現在のパスワードが違います。", "The present password is wrong.";
    1041 PASSWORD_AGAIN: "サーバー名か利用者名を変えるときは、パスワードも入力してください。", "To change the server or the user, please type the password as well.";
    1050 SEQUENCE_TITLE_NOT_VALID: "題名は1文字以上{limit}文字以内で、改行を入れずに入力してください。", "Please give it a title of up to {limit} characters, without line breaks.";
    1051 SEQUENCE_NAME_NOT_PLAIN: "名前は半角の英小文字・数字・ハイフン・下線で、40文字以内にしてください。例: welcome", "The name may have up to 40 small letters, digits, hyphens and underscores. Example: welcome";
    1052 TIME_TOO_FAR: "{years}年より先の日時です。年をご確認ください。", "This is more than {years} years ahead. Please check the year.";
    1060 ADDRESS_SUPPRESSED: "このアドレスは配信を止める記録があるため、追加できません。", "This address is on record as one that gets no mails, so it cannot be added.";
    1061 NUMBER_OUT_OF_RANGE: "「{field}」には、{least}から{most}までの数字を入力してください。", "\"{field}\" takes a number from {least} to {most}.";
    1100 FIELD_KEY_NOT_PLAIN: "項目のキーは、半角の英小文字で始まる英小文字・数字・下線で、40文字以内にしてください。例: birthday", "A field's key may have up to 40 small letters, digits and underscores, a letter first. Example: birthday";
    1101 FIELD_KEY_RESERVED: "「{key}」はフォームの別の目的に使うため、項目のキーにできません。", "\"{key}\" has another use in forms and cannot be the key of a field.";
    1102 FIELD_CHOICES_MISSING: "選択肢を1行に1つずつ、1から{limit}個まで入力してください。", "Please enter 1 to {limit} choices, one a line.";
    1103 FIELD_NOT_NUMBER: "{field}は数字で入力してください(15けたまで)。例: 1200、-3.5", "Please enter a number of up to 15 digits for {field}. Examples: 1200, -3.5";
    1104 FIELD_NOT_DATE: "{field}の日付を読み取れません。例: 2026-03-05、2026/3/5、2026年3月5日、令和8年3月5日", "The date of {field} could not be read. Examples: 2026-03-05, 2026/3/5";
    1105 FIELD_NOT_BIRTHDAY: "{field}の日付を読み取れません。例: 1980-03-05、昭和55年3月5日、年を入れないときは 3月5日", "The date of {field} could not be read. Examples: 1980-03-05, 1980/3/5, or without the year 3/5";
    1106 FIELD_NOT_CHOICE: "{field}は次の中から選んでください: {choices}", "Please choose one of these for {field}: {choices}";
    1107 FIELD_NOT_YES_NO: "{field}は「はい」か「いいえ」で入力してください。例: はい、いいえ、1、0", "Please answer {field} with yes or no. Examples: yes, no, 1, 0";
    1108 FIELD_CONTROL_CHARACTER: "{field}に改行などの制御文字は使えません。", "Line breaks and other control characters cannot be used in {field}.";
    1109 FIELD_KEPT: "「{key}」は前に外した項目で、値が残っています。項目をもとに戻すか、値を消してからつくってください。", "\"{key}\" was removed and its values are still there. Please bring it back, or erase its values first.";
    1110 FIELD_TOO_MANY: "項目は{limit}個までです。", "There can be up to {limit} fields.";
    1111 TAG_NOT_VALID: "タグは1文字以上{limit}文字以内で、改行やコンマを入れずに入力してください。", "A tag may have up to {limit} characters, without line breaks or commas.";
    1112 CONDITION_NOT_VALID: "条件を読み取れません: {why}", "The condition could not be read: {why}";
    1113 CONDITION_TOO_LARGE: "条件が多すぎるか、入れ子が深すぎます({limit}個まで)。", "The condition has too many parts or is nested too deeply (up to {limit}).";
    1114 CONDITION_EMPTY: "条件を1つ以上入力してください。", "Please enter at least one condition.";
    1115 CONDITION_LAST_NOT_VALID: "最近の配信の数は、1から{limit}までで入力してください。", "The number of latest broadcasts must be from 1 to {limit}.";
    1116 CONDITION_DOES_NOT_FIT: "項目「{field}」の種類に、この比べ方({is})は使えません。", "The field \"{field}\" cannot be compared this way ({is}).";
    1117 CONDITION_VALUE_NOT_VALID: "「{what}」の値を読み取れません。{hint}", "The value for \"{what}\" could not be read. {hint}";
    1118 CONDITION_TAG_UNKNOWN: "タグ「{name}」はまだありません。タグをつくってから、条件に使ってください。", "There is no tag \"{name}\" yet. Please make it first.";
    1120 IMPORT_NO_ADDRESS_COLUMN: "メールアドレスの列が見つかりません(見つかった列: {columns})。どの列がメールアドレスか指定してください。", "No column of e-mail addresses was found (columns: {columns}). Please say which one it is.";
    1121 IMPORT_EMPTY: "ファイルに読者の行がありません。", "There are no rows in the file.";
    1122 IMPORT_NO_ENCODING: "文字コードを判別できません。1つのファイルに複数の文字コードが混ざっているか、対応していない文字コードです。UTF-8かShift_JISで保存し直してください。", "The encoding could not be told: the file mixes several, or uses one that is not known here. Please save it as UTF-8 or Shift_JIS.";
    1123 IMPORT_COLUMN_UNKNOWN: "列「{column}」はファイルにありません。ある列: {columns}", "There is no column \"{column}\" in the file. Its columns: {columns}";
    1124 IMPORT_MAP_NOT_VALID: "列の指定「{map}」を読み取れません。例: --map 会社=company", "The mapping \"{map}\" could not be read. Example: --map Company=company";
    1125 IMPORT_ROW_UNREADABLE: "文字化けしているため、この行を {encoding} として読み取れません。", "This row could not be read as {encoding}.";
    1126 IMPORT_ROW_QUOTES: "引用符(\")の対応が取れていないため、この行を読み取れません。", "The quotation marks of this row do not match.";
    1127 IMPORT_ROW_NUL: "値の中に使えない文字(NUL)があります。", "There is a NUL character in a value.";
    1128 IMPORT_ROW_LEFT: "この読者は配信を停止しています。あらためて本人の同意を得たときだけ、その指定をして取り込んでください。", "This reader has left the list. Only with her new consent, import the file with the option for it.";
    1129 IMPORT_ROW_STATE: "状態が「{state}」のため、取り込みませんでした。", "Not imported, since the state is \"{state}\".";
    1130 IMPORT_VALUE_REFUSED: "読者は取り込みましたが、列「{column}」の値は取り込めませんでした: {why}", "The reader was imported, but not the value of \"{column}\": {why}";
    1131 IMPORT_PIECE_MISPLACED: "ファイルの続きの位置が合いません。もう一度アップロードを始めてください。", "This piece does not follow the one before. Please start the upload again.";
    1132 IMPORT_TOO_LARGE: "ファイルが大きすぎます(上限 {limit})。", "The file is too large (limit {limit}).";
    1133 IMPORT_NOT_NOW: "この取り込みは、いまの状態ではその操作ができません。画面を開き直してください。", "This cannot be done with the import in its present state. Please reload the page.";
    1134 BACKUP_NOT_VALID: "{file} はNEOのバックアップではないか、壊れています({why})。データベースはそのままです。", "{file} is not a backup of NEO, or it is damaged ({why}). The database was not touched.";
    1135 BACKUP_EXISTS: "{file} はすでにあります。別の名前を指定してください。", "{file} exists already. Please choose another name.";
    1136 IMPORT_FILE_MISSING: "ファイルを選んでください。", "Please choose a file.";
    1137 IMPORT_FILE_GONE: "取り込むファイルがサーバーから削除されています。もう一度アップロードしてください。", "The file is no longer on the server. Please upload it again.";
    1138 TIME_OF_DAY_NOT_VALID: "時刻は「03:30」の形で入力してください。空欄にすると行いません。", "Please enter a time of day such as 03:30, or leave it empty.";
    1150 PACE_NOT_VALID: "送信数の上限を読み取れません:「{word}」。例: 100/hour 1000/day(minute・15min・hour・day が使えます)", "This limit could not be read: \"{word}\". Example: 100/hour 1000/day (minute, 15min, hour, day)";
    1180 SEQUENCE_START_NOT_VALID: "はじまりの指定が正しくありません({what})。", "What the sequence starts with is not valid ({what}).";
    1181 STEP_NEEDS_ONE_TIMING: "「{name}」の時期は、after_days と at の組か when のどちらか一方で指定してください。", "Please say when \"{name}\" goes either by after_days and at, or by when.";
    1182 STEPS_IN_A_CIRCLE: "この設定では、読者が同じところを回り続けます: {path}", "Readers would go round in a circle: {path}";
    1183 STEP_LEADS_NOWHERE: "「{name}」の進む先がありません。先に、このメールの進む先を変えてください。", "\"{name}\" leads to a step that is not there. Please change where it leads first.";
    1184 NO_ROOM_BETWEEN_STEPS: "この場所には、これ以上メールを入れられません。書き出してから、取り込み直してください。", "No more mails fit into this place. Please export the sequence and import it again.";
    1185 TOO_MANY_STEPS: "メールは1つのステップメールに{limit}通までです。", "A sequence has {limit} steps at most.";
    1186 OTHER_LIST: "別の読者リストのステップメール「{name}」には移れません。同じ読者リストのものを選んでください。", "Readers cannot move to \"{name}\", which belongs to another list. Please choose one of the same list.";
    1187 EDIT_NOT_LATEST: "このメールには、あとからの変更があります。先にそちらを取り消してください。", "This step was changed again later. Please undo that first.";
    1188 BACKFILL_NOT_VALID: "さかのぼる日数は0から{limit}までの数字で入力してください。", "Please enter 0 to {limit} days.";
    1189 OCCURRENCES_NOT_VALID: "回数は1から{limit}までの数字で入力してください。", "Please enter a number from 1 to {limit}.";
    1190 DATE_NOT_VALID: "日付を読み取れません。例: 2026-11-24", "This is not a date. Example: 2026-11-24";
    1191 WEEKDAYS_MISSING: "曜日を1つ以上選んでください。", "Please choose at least one day of the week.";
    1192 QUIET_HOURS_NOT_VALID: "静かな時間は 21:00-08:00 の形で入力してください。空欄なら、ありません。", "Please write the quiet hours as 21:00-08:00; empty means none.";
    1193 CLOSED_DATES_NOT_VALID: "休業日は 2026-12-30 の形で、コンマか改行で区切って入力してください。", "Please write closed days as 2026-12-30, with commas or line breaks between them.";
    1194 AMOUNT_NOT_VALID: "数字で入力してください。", "Please enter a number.";
    1220 NOT_TO_BE_RESUMED: "再開できるのは、停止した配信だけです(期限で終わったものや、再開しないことにしたものは除きます)。", "Only a broadcast that you stopped can be resumed: not one that its deadline ended or that was given up.";
    1221 NOT_SENT_YET: "この配信は、まだ送り始めていません。", "This broadcast has not started yet.";
    1222 MISSING_NOBODY_CHOSEN: "送る相手を1つ以上選んでください。", "Please choose at least one group of readers.";
    1223 UNOPENED_ALREADY: "未開封の読者への再送は1回だけです(配信{message})。", "Those who did not open it are mailed once more only (broadcast {message}).";
    1224 OPENS_NOT_COUNTED: "この配信の開封は数えていないか、まだ1人も開いていないため、未開封の読者が分かりません。", "Opens of this broadcast are not counted, or nobody has opened it yet: so it is not known who did not.";
    1225 RECURRENCE_DAY_NOT_VALID: "曜日は1(月)から7(日)、日は1から31で指定してください。", "The weekday is 1 (Monday) to 7, the day of the month 1 to 31.";
    1226 RECURRENCE_HAS_NO_DAY: "この条件では、送る日が1日もありません。終わりの日と回数をご確認ください。", "There is no day on which it would be sent. Please check its end.";
    1227 RECURRENCE_NEEDS_DRAFT: "くり返しにできるのは、日時を決めていない下書きだけです(A/Bテストとは同時に使えません)。", "Only a draft without a time can recur, and not one with a split test.";
    1228 RECURRING_NOT_SENT: "この下書きは、くり返し配信のもとになっています。くり返しを終えるか、写しをつくって送ってください。", "This draft recurs. End that first, or send a copy of it.";
    1229 SPLIT_VARIANTS: "比べる案は、もとの案を含めて2つから{limit}つまでです。", "A test compares 2 to {limit} messages, the first one included.";
    1230 SPLIT_SHARE: "1つの案を送る割合は、1%から{limit}%までで入力してください。", "The share of each must be from 1 to {limit} per cent.";
    1231 SPLIT_WAIT: "待つ時間は{limit}時間までです。", "The wait may be up to {limit} hours.";
    1232 SPLIT_NEEDS_DRAFT: "A/Bテストは、日時を決めていない下書きだけで設定できます(くり返し配信とは同時に使えません)。", "Only a draft without a time can become a split test, and not one that recurs.";
    1233 SPLIT_NOT_ALONE: "A/Bテストの案は、もとの配信と一緒に送られます。もとの配信から送ってください。", "A message of a split test is sent together with the first one. Please send that.";
    1234 SPLIT_NOT_RUNNING: "このA/Bテストは、始まっていないか、すでに決まっています。", "This split test has not started, or has been decided.";
    1235 SPLIT_NOT_COUNTED: "開封もクリックも数えていないため、A/Bテストはできません。設定で計測をオンにしてください。", "Neither opens nor clicks are counted, so a split test could tell nothing. Please switch the counting on in the settings.";
    1236 DEADLINE_TOO_EARLY: "期限は、送り始める日時よりあとにしてください。", "The deadline must be later than the start.";
    1237 FOLLOW_UP_KEEPS_LIST: "ほかの配信の続きのため、読者リストは変えられません。", "It follows another broadcast, so its list cannot be changed.";
    1238 EDITED_ELSEWHERE: "別の画面で、この下書きが保存されています。入力した内容は、この画面に残っています。もう一度保存すると、この画面の内容に置き換わります。", "This draft was saved in another window. What you typed is still here; if you save again, it takes the place of the other.";
    1250 VENDOR_TOO_LARGE: "大きすぎるため、読み込みませんでした(上限 {limit})。", "It is too large and was not read (limit {limit}).";
    1251 VENDOR_NOT_READABLE: "提供元のファイルとして読み取れません。途中で切れていないか、ご確認ください。({why})", "This is not a file of the vendor; it may have been cut short. ({why})";
    1252 VENDOR_WRONG_KIND: "別の種類のファイルです({found})。{wanted} が必要です。", "This is a file of another kind ({found}); {wanted} is needed.";
    1253 VENDOR_SIGNATURE_WRONG: "署名が正しくありません。提供元のものではないか、途中で変わっています。", "The signature is wrong: this is not from the vendor, or it was changed on the way.";
    1254 VENDOR_KEY_UNKNOWN: "知らない鍵({key})で署名されています。先に提供元の鍵の一覧(keys.json)を取り込んでください。", "It is signed by a key that is not known here ({key}). Please take in the vendor's list of keys (keys.json) first.";
    1255 VENDOR_KEY_REVOKED: "取り消された鍵({key})で署名されています。", "It is signed by a key that was revoked ({key}).";
    1256 VENDOR_KEY_ROLE: "署名した鍵({key})には、この用途({role})の権限がありません。", "The key that signed it ({key}) has no right to sign this ({role}).";
    1257 VENDOR_OLDER: "すでに受け取ったもの(番号 {seen})より古いため(番号 {number})、使いません。", "It is older (number {number}) than what was already received (number {seen}) and is not used.";
    1258 VENDOR_EXPIRED: "有効期限が切れています({what})。新しいものを受け取ってください。", "It is past its time ({what}). Please get a newer one.";
    1259 VENDOR_MIXED: "提供元の一覧(index.json)と、ファイルの中身が合いません。", "The file is not the one that the vendor's index (index.json) speaks of.";
    1260 TOKEN_NOT_VALID: "利用キーの証明(トークン)として読み取れません。「v4.public.」で始まる文字か、「#1/」で始まる行を、すべて貼り付けてください。", "This is not a token. Please paste all of the text that begins with \"v4.public.\", or all lines that begin with \"#1/\".";
    1261 TOKEN_PIECE_MISSING: "{total}行のうち、{number}行目がありません。もう一度、すべての行を貼り付けてください。", "Line {number} of {total} is missing. Please paste all of the lines again.";
    1262 TOKEN_PIECE_DAMAGED: "{total}行のうち、{number}行目に間違いがあります。もう一度コピーしてください。", "Line {number} of {total} is damaged. Please copy it again.";
    1263 ACTIVATION_KEY_NOT_VALID: "利用キーが正しくありません。「NEO-」で始まる文字を、もう一度ご確認ください。", "This is not a valid activation key. Please look again at the letters that begin with \"NEO-\".";
    1264 TOKEN_OLDER: "いま使っているものより古い証明(トークン)のため、使いません。", "The token is older than the present one and is not used.";
    1265 TOKEN_OTHER_KEY: "別の利用キー({key})の証明のため、自動では切り替えません。切り替えるときは、ご自分で入力してください。", "The token is for another activation key ({key}). To change the key, please enter it yourself.";
    1266 TOKEN_OTHER_SITE: "別のサイト用の証明(トークン)です。このサイトの番号は {site} です。", "The token is for another site. The name of this site is {site}.";
    1267 PUBLIC_KEY_NOT_VALID: "公開鍵の形が正しくありません(43文字)。", "This is not a public key (43 letters).";
    1268 CALL_BODY_NOT_VALID: "呼び出しの中身を読み取れません。", "The body of the call could not be read.";
    1280 NEW_BROADCASTS_STOPPED: "利用期限が{until}に切れたため、新しい配信は始められません。「設定 > 利用キー」で更新してください。登録・退会・ステップメール、送信中・予約済みの配信はそのまま動いています。", "The activation key expired at {until}, so no new broadcast can begin. Please renew it under Settings > Activation. Sign-ups, unsubscribes, sequences, and broadcasts under way or scheduled go on.";
    1281 ACTIVATION_MISSING: "利用キーかトークンを入力するか、ファイルを選んでください。", "Please enter a key or a token, or choose its file.";
    1282 ACTIVATION_UNREADABLE: "利用キーともトークンとも読み取れません。「NEO-」「v4.public.」「#1/」のどれかで始まる文字を、すべて貼り付けてください。", "This is neither a key nor a token. Please paste all of the text that begins with NEO-, v4.public. or #1/.";
    1300 UPDATE_FILE_WRONG: "{file} は、提供元が公開したファイルと一致しません({why})。もう一度取得してください。", "{file} is not the file that the vendor published ({why}). Please fetch it again.";
    1301 UPDATE_NOT_OFFERED: "いま入れられる新しい版はありません({why})。", "There is no version to install now ({why}).";
    1302 UPDATE_REFUSED: "版{version}は、データの写しでの試験に合格しなかったため、入れませんでした({why})。サイトは、いまの版のまま動いています。", "Version {version} did not pass its test on a copy of the data and was not installed ({why}). The site goes on with the present version.";
    1303 SELF_TEST_NEEDS_COPY: "自己試験は、データの写しの上でだけ行えます({folder})。写しは更新のときに作られます。", "A self-test works on a copy of the data only ({folder}). An update makes one.";
    // 2xxx: not found, not allowed
    2001 PAGE_NOT_FOUND: "ページが見つかりません。URLをご確認ください。", "There is no such page. Please check the address.";
    2002 METHOD_NOT_ALLOWED: "この操作は受け付けられません。前のページに戻り、ボタンから操作してください。", "This action is not possible here. Please go back and use the button on the page.";
    2003 LINK_NOT_VALID: "リンクが正しくありません。メールに記載されたURLを、途中で切れないように開いてください。", "The link is not valid. Please open the whole address from the mail.";
    2004 LINK_EXPIRED: "リンクの有効期限が切れています。お手数ですが、もう一度登録してください。", "The link has expired. Please sign up again.";
    2005 NOT_SIGNED_IN: "ログインしてください。", "Please sign in.";
    2006 CROSS_SITE: "ほかのサイトから送られた操作のため、実行しませんでした。このサイトのページから、もう一度操作してください。", "The request came from another site and was not carried out. Please use the page on this site.";
    2007 CSRF_WRONG: "ページを開いてから時間がたったため、実行しませんでした。もう一度送信してください。", "The page was open for too long, so nothing was done. Please send it again.";
    2008 LOGIN_THROTTLED: "ログインの失敗が続いたため、しばらく受け付けません。{seconds}秒ほどたってからお試しください。", "Too many failed sign-ins. Please try again in about {seconds} seconds.";
    2009 LIST_NOT_FOUND: "読者リスト「{name}」が見つかりません。", "There is no list \"{name}\".";
    2010 SUBSCRIBER_NOT_FOUND: "この読者は見つかりません。", "There is no such subscriber.";
    2011 MESSAGE_NOT_FOUND: "配信「{name}」が見つかりません。", "There is no message \"{name}\".";
    2012 TICK_KEY_WRONG: "このURLの鍵は無効です。管理画面の「送信の時計」で新しいURLをご確認ください。", "The key of this address is not valid. See the tick page for the present one.";
    2013 SETUP_CLOSED: "初期設定はすでに完了しています。", "The set-up is already complete.";
    2014 SEQUENCE_NOT_FOUND: "ステップメール「{name}」が見つかりません。", "There is no sequence \"{name}\".";
    2015 ALREADY_SET_UP: "このデータフォルダはすでに設定済みです: {folder}", "This data folder is already set up: {folder}";
    2016 TOO_MANY_SIGN_UPS: "短い時間に登録が集中したため、しばらく受け付けません。時間をおいてお試しください。", "There were too many sign-ups in a short time. Please try again later.";
    2017 SOURCE_NOT_ALLOWED: "この方法での送信の開始は、設定で無効になっています。", "Starting a tick this way is switched off in the settings.";
    2018 USER_NOT_FOUND: "この利用者は登録されていません。", "There is no such user.";
    2040 OUTBOX_NOT_IN_USE: "お試しの送信箱は、送信方法が「お試し(folder)」のときだけ使えます。", "The outbox is there only while the sending is set to try-out (folder).";
    2041 MAIL_NOT_FOUND: "このメールは見つかりません。", "There is no such mail.";
    2042 STEP_NOT_FOUND: "このメールは外されたか、ありません。", "This mail was removed or never was.";
    2043 DELIVERY_NOT_FOUND: "この送信記録は見つかりません。", "There is no such delivery.";
    2044 NOT_SENT_AGAIN: "この読者は退会したか、配信が停止されているため、もう一度送ることはできません。「届いたことにする」を選んでください。", "The reader has left or the broadcast was stopped, so it cannot be sent again. Please count it as sent.";
    2045 SETUP_THROTTLED: "設定コードの間違いが続いたため、しばらく受け付けません。{seconds}秒ほどたってから、もう一度送信してください。", "The set-up code was wrong too often. Please send it again in about {seconds} seconds.";
    2100 FIELD_NOT_FOUND: "項目「{name}」が見つかりません。", "There is no field \"{name}\".";
    2101 TAG_NOT_FOUND: "タグ「{name}」が見つかりません。", "There is no tag \"{name}\".";
    2102 SEGMENT_NOT_FOUND: "絞り込み「{name}」が見つかりません。", "There is no segment \"{name}\".";
    2110 IMPORT_NOT_FOUND: "取り込み「{name}」が見つかりません。", "There is no import \"{name}\".";
    2130 COUNTED_LINK_NOT_VALID: "このリンクは壊れているか、途中で切れています。メールの中のリンクをもう一度押すか、テキスト版のメールをご覧ください。", "This link is broken or was cut short. Please press it again in the mail, or look at the mail's text version.";
    2131 RETURNED_MAIL_NOT_FOUND: "このメールは、すでに削除されています。", "This mail has been deleted.";
    2140 ENROLMENT_NOT_FOUND: "この読者は、いまこのステップメールの途中にいません。", "This reader is not on her way through this sequence.";
    2141 EDIT_NOT_FOUND: "この変更は、すでに取り消されたか、ありません。", "This edit was undone already, or never was.";
    2160 CALL_NOT_SIGNED: "提供元からの呼び出しに必要なヘッダー(X-Neo-*)がないか、正しくありません。", "The headers of a signed call (X-Neo-*) are missing or not valid.";
    2161 CALL_FORGED: "呼び出しの署名が正しくありません。", "The signature of the call is wrong.";
    2162 CALL_STALE: "呼び出しの時刻({at})が、このサイトの時計({now})と5分以上ずれています。", "The time of the call ({at}) differs from this site's clock ({now}) by more than five minutes.";
    2163 CALL_REPLAYED: "この呼び出しは、すでに受け取っています。", "This call was received before.";
    2164 CALL_OTHER_SITE: "別のサイトあての呼び出しです。", "The call is for another site.";
    2165 VENDOR_FILE_MISSING: "提供元のサーバーに、このファイルはありません。", "The vendor's server has no such file.";
    2180 NOTHING_TO_PUT_BACK: "戻せる版がありません。", "There is no former version to put back.";
    2181 PUT_BACK_LOSES_DATA: "版{version}は、いまのデータを読めません。戻すと、データも更新前のバックアップ({backup})に戻り、そのあとに登録した読者は失われます。それでも戻すときは、コマンド neo update --rollback --with-data を使ってください。", "Version {version} cannot read the present data. To put it back, the data must go back as well, to the backup of before the update ({backup}); readers who joined since would be lost. If you want that, use the command neo update --rollback --with-data.";
    // 3xxx: the site's configuration
    3001 NOT_SET_UP: "初期設定がまだです。ブラウザで /setup を開くか、neo setup を実行してください。", "NEO is not set up yet. Open /setup in a browser or run neo setup.";
    3002 DATA_FOLDER_PUBLIC: "データフォルダ {folder} が公開フォルダの中にあります。公開フォルダの外に移してください。", "The data folder {folder} lies inside the public web folder. Please move it outside.";
    3003 DATA_FOLDER_OPEN: "データフォルダ {folder} をほかの利用者が読み書きできます。パーミッションを700にしてください。", "Other users can read or write the data folder {folder}. Please set its permissions to 700.";
    3004 WRONG_OWNER: "プログラムが、ファイルの持ち主(uid {owner})とは別の利用者(uid {user})として動いています。個人情報を守れないため停止しました。suEXECなど、ご自分の権限でCGIが動くサーバーでご利用ください。", "The program runs as another user (uid {user}) than the owner of its files (uid {owner}). It stopped, since it could not protect your readers' data. Please use a host that runs CGI programs as you (suEXEC).";
    3005 DATA_FOLDER_MISSING: "データフォルダを作れません: {folder}({why})", "The data folder could not be made: {folder} ({why})";
    3006 DATABASE_NEWER: "データベースは、このプログラムより新しい版(形式{found}、対応は{known}まで)で作られています。新しいプログラムを置いてください。", "The database was made by a newer version (format {found}, this program knows {known}). Please upload the newer program.";
    3007 DATABASE_READ_ONLY: "データベースに書き込めません。{file} のパーミッションを600に、フォルダを700にしてください。", "The database cannot be written. Please set the permissions of {file} to 600 and of its folder to 700.";
    3008 DATABASE_DAMAGED: "データベースが壊れています。{file} には触らず、backups フォルダの新しいバックアップから戻してください。", "The database is damaged. Leave {file} as it is and restore the newest backup from the backups folder.";
    3009 SENDER_NOT_COMPLETE: "配信する前に、設定で差出人の表示({missing})を入力してください(特定電子メール法)。", "Before sending, please complete the sender's details in the settings ({missing}); the law asks for them.";
    3010 KEY_FILE_MISSING: "鍵ファイル {file} がありません。このファイルを戻すまで、リンクとパスワードを読み取れません。", "The key file {file} is missing. Links and stored passwords cannot be read until it is back.";
    3011 TRANSPORT_UNREACHABLE: "送信サーバーに接続できません: {why}", "The mail server could not be reached: {why}";
    3012 SENDMAIL_MISSING: "sendmail が見つかりません: {path}", "sendmail was not found: {path}";
    3050 DRILL_NOT_STOPPED: "制限の試験「{kind}」で、暴走したプログラムを止めたのが制限であることを確認できませんでした({found})。このサーバーでは、この制限が働いていない可能性があります。", "In the drill \"{kind}\" it could not be confirmed that a limit stopped the runaway ({found}). This limit may not work on this server.";
    3080 VENDOR_ROOT_MISSING: "提供元の公開鍵がないため、署名を確かめられません。neo link trust で登録してください。", "No public key of the vendor is known, so signatures cannot be checked. Please set it by neo link trust.";
    3081 VENDOR_UNREACHABLE: "提供元のサーバーから取得できません: {why}", "The vendor's server could not be read: {why}";
    3082 VENDOR_URL_MISSING: "取得元(設定 vendor_url)が登録されていません。", "No place to fetch from is set (setting vendor_url).";
    3090 PROGRAM_NOT_WRITABLE: "プログラム {file} を置き換えられません({why})。新しいファイルを、FTPで同じ場所に上書きしてください(バイナリモード、パーミッションはいまと同じ)。", "The program {file} cannot be replaced from here ({why}). Please upload the new file by FTP to the same place (binary mode, the same permissions).";
    // 4xxx: busy, full, cut off
    4001 DATABASE_BUSY: "データベースが使用中です。少し待ってから、もう一度お試しください。", "The database is in use. Please wait a moment and try again.";
    4002 DISK_FULL: "ディスクの空きがないため、保存できませんでした。不要なファイルを消すか、容量を増やしてください。", "The disk is full, so nothing was saved. Please free some space.";
    4003 BODY_TOO_LARGE: "送信された内容が大きすぎます(上限 {limit})。", "What was sent is too large (limit {limit}).";
    4004 LENGTH_REQUIRED: "送信された内容の長さが分かりませんでした。別のブラウザーでお試しください。", "The length of the content was not given. Please try another browser.";
    4005 REQUEST_BROKEN: "通信が途中で切れました。もう一度お試しください。", "The request was cut short. Please try again.";
    4006 CUT_OFF: "処理に時間がかかりすぎたため、サーバーを守るために中断しました。しばらくしてから、もう一度お試しください。", "The work took too much time or memory and was stopped to protect the server. Please try again later.";
    4007 DISK_NOT_WRITABLE: "ディスクに書き込めませんでした。ディスクの空きか、契約の容量(クォータ)がなくなっていることがほとんどです。不要なファイルを消しても続くときは、サーバー会社にお問い合わせください。", "The disk could not be written. Most often it is full, or the account's quota is used up. Please free some space; if that does not help, ask your host.";
    4030 UPDATE_BUSY: "送信か更新の処理が動いています。終わってから、もう一度お試しください。", "A tick or an update is at work. Please try again when it has ended.";
    // 9xxx: ours
    9001 FAULT: "申し訳ありません。プログラムの不具合が起きました。番号 {incident} をお知らせください。入力した内容は失われていないことがあります。前のページに戻ってご確認ください。", "We are sorry: something went wrong in the program. Please tell us the number {incident}. Go back to the previous page: what you typed may still be there.";
}
