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
    1011 CUSTOMER_NOT_FOUND: "顧客 {id} はありません。", "There is no customer {id}.";
    1012 KEY_NOT_FOUND: "利用キー {key} はありません。", "There is no activation key {key}.";
    1013 KEY_REVOKED: "利用キー {key} は失効しています。", "The activation key {key} was revoked.";
    1014 SITE_NOT_FOUND: "サイト {id} はありません。", "There is no site {id}.";
    1015 SITE_ID_NOT_VALID: "サイトIDの形が正しくありません。NEOの管理画面に表示される半角英数字16文字を指定してください。", "This is not a site's id. Please give the 16 letters and digits that NEO shows on its page.";
    1016 SITE_EXISTS: "サイト {id} はすでに登録されています。", "The site {id} is registered already.";
    1017 KEY_IN_USE: "この利用キーは、すでに別のサイト({site})が使っています。1つのキーは1つのサイトだけで使えます。", "This activation key is used by another site already ({site}). A key is for one site only.";
    1018 TICK_URL_NOT_VALID: "呼び出しURLが正しくありません: {why} 例: https://example.jp/neo.cgi/tick", "The tick URL is not valid: {why} Example: https://example.jp/neo.cgi/tick";
    1019 PROVIDER_UNKNOWN: "{host} のサーバー会社が分かりません。--host-plan または --ip を指定してください。", "The host of {host} is not known. Please give --host-plan or --ip.";
    1020 HOST_PLAN_UNKNOWN: "サーバーのプラン「{plan}」はありません。使えるもの: {known}", "There is no host plan \"{plan}\". Known: {known}";
    1021 END_NOT_LATER: "延長後の期限は、今の期限より後にしてください。", "The new end has to be later than the present one.";
    1022 DAYS_NOT_VALID: "日数は1から{limit}までにしてください。", "The number of days must be from 1 to {limit}.";
    1023 PLAN_NOT_PLAIN: "契約プラン名は半角の英小文字・数字・ハイフンで、40文字以内にしてください。", "A plan's name may have up to 40 small letters, digits and hyphens.";
    1024 SEED_MISSING: "署名鍵 {file} がありません。", "The signing key {file} is missing.";
    1025 SEED_OPEN: "{file} を他の利用者が読めるため、使いません。ファイルは600、フォルダは700にしてください。読まれた可能性がある鍵は取り替えてください。", "{file} can be read by others and is not used. Make the file 600 and its folder 700, and replace a key that may have been read.";
    1026 SEED_EXISTS: "{file} はすでにあります。上書きはしません。", "{file} exists already and is not written over.";
    1027 SEED_DAMAGED: "署名鍵 {file} を読み取れません。", "The signing key {file} could not be read.";
    1028 KEY_LIST_MISSING: "署名済みの鍵リストがまだありません。signing request、root sign、signing take の順に実行してください。", "There is no signed list of keys yet. Run signing request, root sign, signing take.";
    1029 KEY_LIST_EXPIRED: "鍵リストの期限が切れています。signing request からやり直し、ルート鍵で署名してください。", "The list of keys has expired. Begin with signing request again and sign it with the root key.";
    1030 KEY_LIST_LACKS: "鍵リストに {role} の現在の鍵がありません。", "The list of keys does not name the present key for {role}.";
    1031 ROOT_ALREADY_SIGNED: "このルート鍵は、すでに番号 {number} 以上の別のリストに署名しています。新しい番号の申請を作り直してください。", "This root key has signed another list with the number {number} or higher. Please make a new request.";
    1032 SUCCESSOR_MISSING: "{role} の次の鍵がありません。先に signing next {role} を実行してください。", "There is no next key for {role}. Run signing next {role} first.";
    1033 PLACE_NOT_WRITABLE: "{file} に書き込めません: {why}", "{file} could not be written: {why}";
    1034 TARGET_NOT_EMPTY: "移行先は空ではありません(表 {table})。", "The target is not empty (table {table}).";
    1035 COPY_DIFFERS: "移行先の表 {table} が元と一致しません。何も移行していません。", "The table {table} of the copy differs from the original. Nothing was moved.";
    1036 FLEET_MOVED: "このフリートは {place} に移行済みです。", "This fleet was moved to {place}.";
    1037 SAME_PLACE: "移行元と移行先が同じです。", "Source and target are the same.";
    1038 REQUEST_NOT_VALID: "署名の申請を読み取れません: {why}", "The request could not be read: {why}";
    1039 SUCCESSOR_NOT_LISTED: "{role} の次の鍵は、署名済みの鍵リストにまだありません。", "The next key for {role} is not in the signed list of keys yet.";
    1040 PUBLISHING: "ほかの公開処理が実行中です。", "Somebody else is publishing.";
    1041 PUBLISHED_NEWER: "公開先にある鍵リスト(番号{number})は、このフリートのものより新しいです。バックアップから戻した場合は、その鍵リストを signing take で取り込んでください。", "The list of keys in the published folder (number {number}) is newer than this fleet's. After restoring a backup, take that list with signing take.";
    1042 DOCUMENT_TOO_LARGE: "{kind} が大きすぎます(上限 {limit})。古い内容を減らしてください。", "{kind} is too large (limit {limit}). Please shorten what it says.";
    // F11xx: the poller
    1101 CONTACT_MISSING: "サイトの管理者やサーバー会社が問い合わせられるURLが必要です。一度だけ neo-fleet poll --contact https://… を付けて実行してください。", "Hosts must be able to ask who calls them. Run neo-fleet poll once with --contact https://….";
    1102 CONTACT_NOT_VALID: "問い合わせ先はhttpsのURLで指定してください。", "The contact has to be an https URL.";
    1103 TRUST_NOT_VALID: "認証局の証明書(PEM)を読み取れません: {why} ({file})", "The certificates (PEM) could not be read: {why} ({file})";
    1104 SPEED_IS_REHEARSAL: "--speed は --rehearsal と一緒にのみ使えます。", "--speed counts only together with --rehearsal.";
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
    1212 TIMES_OUT_OF_ORDER: "時刻の順序が正しくありません: 発生 {began}、復旧 {ended}、現在 {now}", "These times are not in order: began {began}, ended {ended}, now {now}";
    1213 NOTICE_NOT_OPEN: "{customer} への通知は、失敗でも不明でもありません。", "The notice to {customer} has neither failed nor is it unsure.";
    1214 NEWS_NOT_FOUND: "お知らせ「{id}」は見つかりません。", "There is no news \"{id}\".";
    1215 NOTICE_UNKNOWN: "通知「{id}」は見つかりません。", "There is no notice \"{id}\".";
    1216 CLOSURE_UNKNOWN: "休業日「{days}」は登録されていません。", "There is no closure \"{days}\".";
    1217 PROVIDER_NOT_VALID: "事業者「{typed}」を読み取れません。ホストのプラン名か、203.0.113.0/24 のような範囲を指定してください。", "The provider \"{typed}\" could not be read. It is a host plan or a range such as 203.0.113.0/24.";
    1218 STAFF_MISSING: "報告の担当者が設定されていません。neo-fleet notice settings --staff support@example.jp を実行してください。", "Nobody is set to be reminded. Run neo-fleet notice settings --staff support@example.jp";
    // F14xx: the portal
    1401 STAFF_ONLY: "このページは担当者だけが開けます。", "This page is for staff only.";
    1402 PORTAL_NOT_SET_UP: "ポータルの準備ができていません。サーバーで neo-fleet user add を実行してください。", "The portal is not set up yet. Run neo-fleet user add on the server.";
    1403 CODE_WRONG: "確認コードが違うか、すでに使われています。新しい数字が表示されてから入力してください。", "The code is wrong or was used before. Please wait for the app's next digits.";
    1404 USER_EXISTS: "{email} はすでに登録されています。", "{email} has access already.";
    1405 USER_NOT_FOUND: "{email} は登録されていません。", "{email} has no access.";
    1406 CUSTOMER_NEEDED: "顧客の利用者には --customer が必要です。", "A customer's user needs --customer.";
}
