//! Texts of updates of the program.
//! Not the code that shows them: web/admin/update, command/update.

use super::Text;

crate::catalogue! {
    TAB_UPDATE: "更新", "Updates";
    RUNNING: "いまの版", "The present version";
    VERSION: "版", "Version";
    SYSTEM: "動作環境", "System";
    PROGRAM: "プログラムのファイル", "The program's file";
    NEW: "新しい版", "A newer version";
    OFFERED: "版 {version} に更新できます。", "Version {version} can be installed.";
    RELEASED: "公開日", "Released";
    SAFE: "ほかのサイトでの様子", "On other sites";
    SAFE_WORDS: "{days}日間、{sites}サイトで問題なく動いています。", "Safe for {days} days on {sites} sites.";
    SAFE_UNKNOWN: "まだ報告がありません。", "Nothing is known yet.";
    SECURITY: "セキュリティの修正", "Security fix";
    NOTES: "変更点", "What changed";
    APPLY: "更新する", "Install it";
    APPLY_TEXT: "データのバックアップをとり、その写しで新しい版を試し、合格したときだけ入れかえます。入れかえたあと、はじめの20回または1日の様子を見て、失敗が2回あると、自動でいまの版に戻ります。", "The data is backed up and the new version tried on a copy of it; only if it passes is it put in place. Its first twenty runs, or its first day, are watched: after two failures the present version comes back by itself.";
    HOLD: "この版は見送る", "Hold this version";
    UNHOLD: "見送りをやめる", "No longer hold it";
    HELD: "版 {version} は見送っています。次の版が出たら、またお知らせします。", "Version {version} is held. You will be told of the next one.";
    WHY_UNHEARD: "新しい版の知らせを、まだ受け取っていません。", "Nothing has been heard of newer versions yet.";
    WHY_EXPIRED: "新しい版の知らせが届かなくなっています。いまの版のまま動き続けます。", "No fresh word of newer versions arrives. The site goes on with this one.";
    WHY_NEWEST: "最新の版です。", "This is the newest version.";
    WHY_HALTED: "新しい版の公開は、提供元が一時停止しています。", "The vendor has halted the newer version.";
    WHY_WITHDRAWN: "新しい版は、提供元が取り下げました。", "The vendor has withdrawn the newer version.";
    WHY_NO_FILE: "新しい版に、このサーバー用のファイルがありません。", "The newer version has no file for this system.";
    WHY_NOT_YET: "新しい版を順に公開しています。このサイトの番は、まだ来ていません。", "A newer version is on its way to all sites; this one's turn has not come yet.";
    STEP_DOWNLOAD: "版 {version} を取得しています。", "Version {version} is being fetched.";
    STEP_COPY: "版 {version} を取得しました。決めた時刻に、データの写しで試してから入れかえます。", "Version {version} has been fetched. At the chosen hour it is tried on a copy of the data and put in place.";
    STEP_TEST: "版 {version} を、データの写しで試しています。", "Version {version} is being tried on a copy of the data.";
    STEP_PLACE: "版 {version} は試験に合格しました。まもなく入れかえます。", "Version {version} passed its test and is about to be put in place.";
    STEP_WATCH: "版 {version} に更新しました。しばらく様子を見ています(成功 {clean}回、失敗 {failed}回)。", "Version {version} is in place and being watched ({clean} good runs, {failed} failures).";
    GOES_ON: "続きは、送信の時計が動いたときに進みます。", "It goes on when the clock calls next.";
    TRIED: "うまくいかなかったこと({count}回目): {why}", "What went wrong (try {count}): {why}";
    SETTINGS: "更新のしかた", "How updates are made";
    MODE: "更新", "Updates";
    MODE_MANUAL: "知らせを受けて、ボタンで更新する", "Tell me, and I press the button";
    MODE_AUTO: "決めた時刻に、自動で更新する", "By itself at the chosen hour";
    MODE_AUTO_HINT: "失敗したときは自動で元の版に戻り、この画面でお知らせします。", "If it fails, the former version comes back by itself, and this page says so.";
    MODE_OFF: "知らせない", "Do not tell me";
    MODE_OFF_HINT: "セキュリティの修正も届かなくなります。おすすめしません。", "Security fixes will not reach you either. Not advised.";
    HOUR: "自動更新の時刻", "Hour of updates by themselves";
    HOUR_UNIT: "時台", "o'clock";
    DAYS: "公開から待つ日数", "Days after the release";
    DAYS_UNIT: "日", "days";
    BACK: "前の版に戻す", "Go back";
    BACK_TEXT: "版 {version} に戻します。データはそのままです。", "Puts version {version} back. The data stays as it is.";
    BACK_BUTTON: "版 {version} に戻す", "Put version {version} back";
    BACK_DATA: "版 {version} は、いまのデータを読めません。戻すにはデータも更新前のバックアップに戻す必要があり、そのあとに登録した読者は失われます。それでも戻すときは、コマンド neo update --rollback --with-data を使ってください。", "Version {version} cannot read the present data. To go back, the data must go back to the backup of before the update too, and readers who joined since are lost. If you want that: neo update --rollback --with-data.";
    HISTORY: "これまでの更新", "Updates so far";
    WHEN: "日時", "When";
    RESULT: "結果", "Result";
    REASON: "理由", "Reason";
    OUTCOME_INSTALLED: "入れかえた", "Installed";
    OUTCOME_KEPT: "問題なし", "Runs well";
    OUTCOME_ROLLED_BACK: "失敗したため自動で戻した", "Failed; put back by itself";
    OUTCOME_PUT_BACK: "前の版に戻した", "Put back";
    OUTCOME_REFUSED: "試験に不合格", "Did not pass its test";
    OUTCOME_GIVEN_UP: "取りやめ", "Given up";
    OUTCOME_REPLACED: "別のファイルに置きかえられた", "Replaced by another file";
    ROLLED_BACK: "版 {version} は、入れかえたあとに失敗したため、自動で元の版に戻しました({why})。サイトは、いまの版で動いています。", "Version {version} failed after it was installed, and the former version came back by itself ({why}). The site runs on the present version.";
    DATA_WENT_BACK: "新しい版がデータの形式を変えていたため、データも {when} のバックアップに戻しました。「バックアップ」の画面で確かめるまで、メールは送りません。", "The new version had changed the data, so the data went back to the backup of {when}. No mails go out until you have looked at the page of backups.";
    REFUSED: "版 {version} は、データの写しでの試験に合格しなかったため、入れませんでした({why})。", "Version {version} did not pass its test on a copy of the data and was not installed ({why}).";
    RUNNING_WITHDRAWN: "いまの版は、提供元が取り下げました。新しい版があれば更新し、なければ前の版に戻してください。", "The vendor has withdrawn the present version. Please install a newer one if there is one, or go back.";
    DONE_APPLIED: "更新を始めました。", "The update has begun.";
    DONE_HELD: "この版を見送ります。", "This version is held.";
    DONE_UNHELD: "見送りをやめました。", "It is no longer held.";
    DONE_BACK: "前の版に戻しました。", "The former version is back.";
    BY_HAND: "この画面から入れかえられないときは、提供元のサイトから新しいファイルを受け取り、FTPで {file} に上書きしてください(バイナリモード、パーミッションはいまと同じ)。データはそのまま使えます。", "If it cannot be replaced from here: fetch the new file from the vendor's site and upload it by FTP over {file} (binary mode, the same permissions). The data stays.";
    BY_HAND_TITLE: "FTPで更新する", "Updating by FTP";
    WATCH_FAILED: "{count}回の失敗", "{count} failures";
    BY_OWNER: "ご自分の操作", "by you";
    BY_VENDOR: "提供元が取り下げたため", "withdrawn by the vendor";
    NEWER_CAME: "さらに新しい版が出たため", "a still newer version came out";
}

/// The sentence for a word of `update/offer`.
pub fn why(word: &str) -> Text {
    match word {
        "expired" => WHY_EXPIRED,
        "newest" => WHY_NEWEST,
        "halted" => WHY_HALTED,
        "withdrawn" => WHY_WITHDRAWN,
        "no-file" => WHY_NO_FILE,
        "not-yet" => WHY_NOT_YET,
        _ => WHY_UNHEARD,
    }
}
