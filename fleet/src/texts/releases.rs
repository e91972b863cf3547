//! Sentences of the release gate: every reason with its number, and what commands refuse.
//! Not which reason is which sentence: releases/reason.rs.

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
    // 1301-1349: why a candidate cannot be published
    1301 NOT_OPENED: "このバージョンの候補は登録されていません。release open で登録してください。", "No candidate of this version has been opened; begin with release open.";
    1302 ALREADY_PUBLISHED: "このバージョンはすでに公開されています。", "This version has been published already.";
    1303 WITHDRAWN: "このバージョンは取り下げられました: {why}", "This version has been withdrawn: {why}";
    1304 NOT_NEWER: "公開済みの {newest} より新しいバージョンではありません。", "This is not newer than {newest}, which is published.";
    1305 BYTES_CHANGED: "登録後に内容が変わりました: {what}。release open からやり直してください。", "Bytes changed after the candidate was opened: {what}. Begin again with release open.";
    1306 STORE_DAMAGED: "保管した記録が失われたか、書き換えられています: {what}", "What was kept of it is gone or has other bytes: {what}";
    1307 PLAN_NOT_VALID: "保管した検査計画を読み取れません。", "The plan that was kept cannot be read.";
    1308 FULL_DAYS: "候補の登録から24時間×{need}が過ぎていません。あと {left} です。", "{need} times 24 hours have not passed since it was opened: {left} are left.";
    1309 CALENDAR_DAYS: "日本時間で丸{need}日が終わっていません。早くて {until} です。", "{need} full calendar days in Japan are not over; they are at {until}.";
    1310 PROVEN_TIME: "機械の経過時間の記録は {proven} で、{need} に足りません。再起動の前後の時間は数えません。", "The machine itself has counted {proven}, not yet {need}; time around a restart does not count.";
    1311 CHECKED_DAYS: "検査をした日が{have}日しかありません。丸{need}日、それぞれの日に検査が必要です。", "Checks were made on {have} full days only; it takes {need}, each with a check on it.";
    1312 CHECK_MISSING: "{day}日目の検査「{name}」がまだです。", "Day {day}: the check {name} has not been made.";
    1313 CHECK_FAILED: "{day}日目の検査「{name}」が不合格です(記録 {entry})。", "Day {day}: the check {name} has failed (entry {entry}).";
    1314 FAILURE_UNEXPLAINED: "{day}日目の検査「{name}」が一度不合格になった理由の説明がありません(記録 {entry})。release explain で記録してください。", "Day {day}: nobody has explained why the check {name} failed (entry {entry}); use release explain.";
    1315 CHECK_TOO_EARLY: "{day}日目の検査「{name}」が、その日より前に行われています(記録 {entry})。", "Day {day}: the check {name} was made before that day (entry {entry}).";
    1316 CHECK_OF_OTHER_BYTES: "記録 {entry} の検査は、別の内容を対象にしています。", "The check of entry {entry} looked at other bytes.";
    1317 SIGNATURES_MISSING: "有効な署名が{have}人分しかありません。二人の署名が必要です。", "Two people have to sign; {have} valid signatures are there.";
    1318 SIGNATURE_NOT_VALID: "{name} さんの署名は正しくありません。", "The signature of {name} is not valid.";
    1319 SIGNER_UNKNOWN: "{name} さんは署名者として登録されていません。", "{name} is not registered as a signer.";
    1320 SIGNER_TOO_NEW: "{name} さんは候補の登録より後に署名者になりました。この候補には署名できません。", "{name} became a signer after this candidate was opened and cannot sign it.";
    1321 SIGNER_REVOKED: "{name} さんの鍵は失効しています。", "The key of {name} is revoked.";
    1322 SIGNATURE_OF_OTHER_BYTES: "{name} さんの署名は、別の内容に対するものです。", "The signature of {name} is about other bytes.";
    1323 SIGNATURE_BEFORE_CHECK: "{name} さんの署名の後に検査が記録されています(記録 {entry})。もう一度署名してください。", "{name} signed before the check of entry {entry} was made and has to sign again.";
    1324 CANARY_MISSING: "自社のリストがこの候補で配信されている記録がありません。", "Nothing shows that a list of our own is served by this candidate.";
    1325 CANARY_TOO_SHORT: "自社のリストを候補で配信した期間が、直近の丸二日に足りません。あと {left} です。", "Our own list has not been served by the candidate for the last two days: {left} are missing.";
    1326 CANARY_GAP: "自社サイトの応答の記録が {from} から {to} まで途切れています。", "No answer of our own site between {from} and {to}.";
    1327 CANARY_OTHER_VERSION: "自社サイトが {at} に別のバージョン({version})で応答しました。", "At {at} our own site answered as another version ({version}).";
    1328 CANARY_OTHER_PROGRAM: "自社サイトが {at} に、候補と異なる実行ファイルで動いていました。", "At {at} our own site ran another program than the candidate.";
    1329 CANARY_OLD: "自社サイトの応答の記録が {at} で終わっています。", "The last answer of our own site is of {at}.";
    1330 CANARY_CLOCK: "自社サイトの時計と、この機械の時計が合いません({at}、{seconds}秒)。", "The clock of our own site and this machine's disagree (at {at}, by {seconds} seconds).";
    1331 CLOCK_BACKWARDS: "時計が{seconds}秒戻されています(記録 {entry})。", "The clock went back by {seconds} seconds (entry {entry}).";
    1332 CLOCK_JUMPED: "時計が機械の経過時間と{seconds}秒ずれて動きました(記録 {entry})。", "The clock moved {seconds} seconds away from what the machine counted (entry {entry}).";
    1333 COUNT_FELL: "機械の経過時間が減りました(記録 {entry})。", "The machine's count of time fell (entry {entry}).";
    1334 LOG_CHANGED: "リリース記録の {entry} 番が書き換えられています。", "Entry {entry} of the release log has been changed.";
    1335 LOG_MISSING: "リリース記録の {entry} 番の前が抜けています。", "Entries are missing before entry {entry} of the release log.";
    1336 LOG_UNLINKED: "リリース記録の {entry} 番が前の記録につながりません。", "Entry {entry} of the release log does not follow the one before it.";
    1337 LOG_UNSEALED: "リリース記録の {entry} 番は、このフリートの鍵で書かれたものではありません。", "Entry {entry} of the release log was not written with this fleet's key.";
    1338 LOG_UNREADABLE: "リリース記録の {entry} 番を読み取れません。", "Entry {entry} of the release log cannot be read.";
    1339 LOG_BEHIND: "リリース記録が {last} 番で終わっていますが、{entry} 番まで記録されていました。データベースが古い控えに戻されています。", "The release log ends with entry {last}, but entry {entry} had been written, or there is another one in its place: the database is an older copy.";
    1340 PUBLICATION_AHEAD: "公開中の目録({published} 番)が、このデータベース({known} 番)より新しくなっています。データベースが古い控えに戻されています。", "What is published (number {published}) is newer than this database (number {known}): the database is an older copy.";
    1341 REHEARSAL_DATABASE: "このデータベースは訓練に使われたため、本番の公開には使えません。", "This database has been used for a rehearsal and can publish nothing real.";
    1342 NO_RELEASE_KEY: "リリース用の署名鍵(keys/release.seed)がありません。", "The release key (keys/release.seed) is missing.";
    // 1350-1399: what commands refuse
    1350 MAY_NOT_PUBLISH: "{version} は公開できません。理由は{count}件です。", "{version} cannot be published, for {count} reasons.";
    1351 PLAN_REFUSED: "検査計画を受け付けられません: {why}", "The plan is refused: {why}";
    1352 VERSION_NOT_VALID: "バージョン「{version}」を読み取れません。例: 1.4.0", "\"{version}\" is not a version. Example: 1.4.0";
    1353 ARTEFACT_NOT_VALID: "成果物の指定を読み取れません: {why} 例: linux-x86_64=dist/neo.cgi", "The artefact is not valid: {why} Example: linux-x86_64=dist/neo.cgi";
    1354 FILE_UNREADABLE: "ファイル {file} を読めません: {why}", "The file {file} could not be read: {why}";
    1355 DAY_TO_COME: "{day}日目の検査は {from} より前には行えません。", "Day {day} cannot be checked before {from}.";
    1356 DAY_NOT_PLANNED: "検査計画に{day}日目の検査「{name}」はありません。", "The plan has no check {name} on day {day}.";
    1357 MANUAL_INCOMPLETE: "目で見る検査には、確認した人の名前(--by)と結果の一文(--says)が必要です。", "A manual check needs a name (--by) and a sentence (--says).";
    1358 CHECKS_FAILED: "{day}日目の検査のうち{count}件が不合格です。", "{count} checks of day {day} have failed.";
    1359 CANDIDATE_RESTARTED: "内容が変わったため({what})、七日間を最初から数え直します。", "Bytes changed ({what}): the seven days begin again.";
    1360 SIGNER_EXISTS: "この名前または鍵は、すでに署名者「{name}」として登録されています。", "This name or key is registered already, as {name}.";
    1361 SIGNER_KEY_UNKNOWN: "この鍵は署名者として登録されていません。release signer add で登録してください。", "This key is not registered; see release signer add.";
    1362 KEY_FILE_NOT_VALID: "鍵ファイル {file} を読み取れません。", "The key file {file} cannot be read as a key.";
    1363 KEY_FILE_OPEN: "鍵ファイル {file} をほかの利用者が読めます。chmod 600 を実行してください。", "Others can read the key file {file}; please chmod 600.";
    1364 STATEMENT_NOT_VALID: "署名する内容を読み取れません。", "The statement cannot be read.";
    1365 SIGNATURE_REFUSED: "署名が内容と鍵に合いません。", "The signature does not fit the statement and a registered key.";
    1366 STATEMENT_OUTDATED: "この署名の内容は、現在の候補と記録に合いません。release statement からやり直してください。", "This statement is not about the candidate and the log as they are; begin with release statement.";
    1367 ENTRY_NOT_FAILED: "記録 {entry} は、この候補の不合格の検査ではありません。", "Entry {entry} is no failed check of this candidate.";
    1368 SITE_UNKNOWN: "サイト {site} は登録されていません。", "There is no site {site}.";
    1369 NO_OWN_SITE: "自社サイトが登録されていません。release own-site add で登録してください。", "No site of our own is named; see release own-site add.";
    1370 NOT_PUBLISHED: "{version} は公開されていません。", "{version} is not published.";
    1371 STEP_OUT_OF_ORDER: "配布の割合は 10、100、500、1000(千分率)の順に進めます。次は {next} です。", "The rollout goes by 10, 100, 500, 1000 of a thousand; the next is {next}.";
    1372 STEP_TOO_EARLY: "この段階は {until} まで続けます。", "This step has to last until {until}.";
    1373 STEP_NOT_HEALTHY: "更新したサイトの状態が、次の段階に進める状態ではありません: {why}", "The figures of the updated sites do not allow the next step: {why}";
    1374 ROLLOUT_STOPPED: "配布は止まっています: {why}", "The rollout has stopped: {why}";
    1375 ROLLOUT_COMPLETE: "すべてのサイトに配布済みです。", "It is offered to all sites already.";
    1376 ROLLOUT_NOT_STOPPED: "配布は止まっていません。", "The rollout has not stopped.";
    1377 WHO_MISSING: "名前(--by)と理由の一文(--says)が必要です。", "It takes a name (--by) and a sentence (--says).";
    1378 JOURNAL_KEY_MISSING: "記録用の鍵(keys/journal.seed)がありません。控えから戻してください。", "The log's key (keys/journal.seed) is missing; bring it back from the backup.";
    1379 CLOCK_OF_STATEMENT: "この機械の時計と、署名する内容の時刻が{seconds}秒ずれています。", "This machine's clock and the statement's time are {seconds} seconds apart.";
    1380 STATEMENT_ROLLED_BACK: "以前に署名した記録({seen} 番)が、この内容({number} 番)に含まれていません。", "This statement (entry {number}) is older than one that was signed here before (entry {seen}).";
    1381 STATEMENT_TOO_YOUNG: "この候補をこの機械で最初に見たのは {first} です。七日間が過ぎるまで署名しません。", "This machine first saw this candidate at {first}; it does not sign before seven days have passed.";
    1382 ALREADY_OPEN: "まったく同じ内容の候補が登録されています({since} から)。--restart を付けると数え直します。", "Exactly these bytes are open already, since {since}; --restart begins again.";
}
