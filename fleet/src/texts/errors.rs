//! Sentences about what went wrong on the vendor's server, each with a number of the series F.
//! Not the error type: that is `neo::error`, and its E sentences are used where they fit.
//!
//! Numbers are never reused or changed. F10xx fleet, customers, keys, sites, publication; F11xx poller; F12xx incidents and
//! notices; F13xx the gate; F14xx portal.

use neo::texts::errors::Sentence;
use neo::texts::text;

macro_rules! sentences {
    ($($number:literal $name:ident: $ja:expr, $en:expr;)*) => {
        $(pub const $name: Sentence = Sentence { series: 'F', number: $number, text: text($ja, $en) };)*
        /// Every numbered sentence, for the test of the catalogue.
        pub const ALL: &[(&str, Sentence)] = &[$((stringify!($name), $name)),*];
    };
}

sentences! {
    // F10xx: the fleet itself
    1001 FLEET_MISSING: "ここにはまだフリートがありません。先に neo-fleet init を実行してください。({place})", "There is no fleet here yet. Run neo-fleet init first. ({place})";
    1002 FLEET_EXISTS: "ここにはすでにフリートがあります。({place})", "There is a fleet here already. ({place})";
    1003 DATABASE_URL_NOT_VALID: "データベースの指定を読み取れません: {why} 例: sqlite:/srv/fleet/fleet.sqlite、postgres://fleet@db.internal/fleet", "The database URL could not be read: {why} Examples: sqlite:/srv/fleet/fleet.sqlite, postgres://fleet@db.internal/fleet";
    1004 DATABASE_UNREACHABLE: "データベースに接続できません: {why}", "The database could not be reached: {why}";
    1005 DATABASE_CONTENDED: "ほかの処理と重なり、何度試しても完了できませんでした。少し待ってからもう一度実行してください。何も変更されていません。", "Others changed the same rows each time this was tried. Nothing was changed; please try again in a moment.";
    1006 DATABASE_REFUSED: "データベースがこの利用者の接続を受け付けません: {why}", "The database does not let this user in: {why}";
    1007 DATABASE_TLS: "PostgreSQLへの接続にTLSは使えません。Unixソケット、閉じたネットワーク、またはトンネル(stunnel、WireGuard、SSH)を使い、sslmode=disable を指定してください。", "TLS to PostgreSQL is not built in. Use a Unix socket, a closed network or a tunnel (stunnel, WireGuard, SSH) with sslmode=disable.";
    1008 CLOCK_IS_REAL: "NEO_FLEET_NOW は --rehearsal と一緒にのみ使えます。", "NEO_FLEET_NOW counts only together with --rehearsal.";
    1009 FLEET_IS_REAL: "このフリートは本番用です。--rehearsal では動かせません。", "This fleet is a real one and does not run with --rehearsal.";
    1010 FLEET_IS_REHEARSAL: "このフリートは訓練用です。--rehearsal を付けて実行してください。", "This fleet is a rehearsal; run it with --rehearsal.";
    // F12xx: incidents and notices
    1201 CLOSURE_NOT_VALID: "休業日の指定を読み取れません: {typed} 例: 12-29..01-03(毎年)、2027-08-12..2027-08-16(その年だけ)", "This closure could not be read: {typed} Examples: 12-29..01-03 (each year), 2027-08-12..2027-08-16 (once)";
    1202 HOLIDAYS_UNKNOWN: "{day}が営業日かどうか分かりません。このプログラムが知っている祝日は{first}年から{last}年までです。", "Whether {day} is a business day is not known: this program knows the holidays of {first} to {last}.";
    1203 NEVER_OPEN: "{day}から1年以上、営業日がありません。休業日の設定を確かめてください。", "There is no business day for more than a year from {day}. Please check the closures.";
    1204 INCIDENT_NOT_NOW: "状態が{state}の障害には、{act}はできません。", "{act} is not possible while the incident is {state}.";
    1205 INCIDENT_UNKNOWN: "障害「{id}」は見つかりません。", "There is no incident \"{id}\".";
    1206 WORDS_MISSING: "{what}が空です。日本語と英語の両方が必要です。", "{what} is empty. It is needed in Japanese and in English.";
    1207 WORDS_TOO_LONG: "{what}は{limit}文字以内にしてください。", "Please keep {what} within {limit} characters.";
    1208 TEXT_FILE_UNREADABLE: "ファイル {file} を読み取れません: {why}", "The file {file} could not be read: {why}";
    1209 NOTICES_NOT_SET_UP: "通知メールの送信元と送信方法が設定されていません。neo-fleet notice settings --from 'NEO <support@example.jp>' --transport smtp://… を実行してください。", "Notices have no sender or no way out yet. Run neo-fleet notice settings --from 'NEO <support@example.jp>' --transport smtp://…";
    1210 NOTICES_BUSY: "通知メールはほかの処理が送信中です。", "Notices are being sent by another process.";
    1211 ADVICE_NOT_VALID: "助言「{typed}」は使えません。use-local-cron か none を指定してください。", "There is no advice \"{typed}\". It can be use-local-cron or none.";
    1212 TIMES_OUT_OF_ORDER: "時刻の順序が正しくありません: 発生 {began}、解消 {ended}、現在 {now}", "These times are not in order: began {began}, ended {ended}, now {now}";
    1213 DAYS_NOT_VALID: "日数は1から{limit}までにしてください。", "Please give 1 to {limit} days.";
    1214 NEWS_NOT_FOUND: "お知らせ「{id}」は見つかりません。", "There is no news \"{id}\".";
    1215 NOTICE_UNKNOWN: "通知「{id}」は見つかりません。", "There is no notice \"{id}\".";
    1216 CLOSURE_UNKNOWN: "休業日「{days}」は登録されていません。", "There is no closure \"{days}\".";
    1217 PROVIDER_NOT_VALID: "事業者「{typed}」を読み取れません。ホストのプラン名か、203.0.113.0/24 のような範囲を指定してください。", "The provider \"{typed}\" could not be read. It is a host plan or a range such as 203.0.113.0/24.";
}
