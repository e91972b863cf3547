//! Texts of the doctor: what was looked at, and the one thing to do.
//! Not the checks: doctor.

crate::catalogue! {
    OPENING: "サイトを開く", "Opening the site";
    MEND_OPENING: "結果に書かれていることを直してから、もう一度診断してください。", "Mend what is said there, then ask the doctor again.";
    PERMISSIONS: "パーミッション", "Permissions";
    CLOSE_FILES: "FTPで、データフォルダを700、その中のファイルを600にしてください。", "Set the data folder to 700 and the files in it to 600 by FTP.";
    DATA_FOLDER: "データフォルダ", "Data folder";
    MOVE_DATA_FOLDER: "データフォルダを公開フォルダの外へ移してください。", "Move the data folder outside the public web folder.";
    DISK: "ディスクの空き", "Disk space";
    ROOM: "空き {mib} MiB", "{mib} MiB free";
    ROOM_AND_FILES: "空き {mib} MiB(ファイルは、あと{files}個つくれます)", "{mib} MiB free ({files} more {files|file|files} can be made)";
    FREE_SOME_SPACE: "不要なファイルを消すか、容量を増やしてください。", "Delete what is not needed, or get more space.";
    LOCKING: "ファイルのロック", "File locks";
    LOCAL_DISK: "ローカルディスク", "local disk";
    NETWORK_DISK: "ネットワークディスク", "network disk";
    ASK_ABOUT_LOCKS: "ファイルのロックが働きません。サーバー会社にお問い合わせください。", "File locks do not work here. Please ask the host.";
    JOURNAL: "データベースの記録方式", "Database journal";
    JOURNAL_SAFE: "停電でも失われません({mode}: {why})", "nothing is lost when the power fails ({mode}: {why})";
    JOURNAL_FOUND: "方式は{mode}。{why}", "mode {mode}: {why}";
    WAL_WORKS: "ローカルディスクで試験に合格", "tried out on a local disk";
    WAL_ON_NETWORK: "ネットワークディスクでは安全でない", "not safe on a network disk";
    NO_WAL: "この環境で使える、いちばん安全な方式", "the safest that works here";
    NO_WAL_ON_NETWORK: "ネットワークディスクで使える、いちばん安全な方式", "the safest on a network disk";
    JOURNAL_UNSAFE: "停電のときに失われることがある", "may lose data when the power fails";
    RESTART_SITE: "データベースの設定が変わっています。開発元にお知らせください。", "The database's mode was changed. Please tell the vendor.";
    CLOCK: "サーバーの時計", "Clock";
    MEND_CLOCK: "サーバーの時計がずれています。サーバー会社にお問い合わせください。", "The server's clock is wrong. Please ask the host.";
    BASE_URL: "公開URL", "Public URL";
    USE_HTTPS: "サーバーでSSLを有効にし、設定の公開URLを https:// に変えてください。ワンクリック停止はHTTPSでのみ働きます。", "Switch SSL on at the host and change the public URL to https://; one-click unsubscribe needs it.";
    SENDER: "差出人の表示", "Sender's details";
    MISSING: "未入力: {what}", "missing: {what}";
    FILL_IN_SENDER: "設定 > 差出人 で入力してください(特定電子メール法)。", "Fill them in under Settings; the law asks for them.";
    TRANSPORT: "送信方法", "Transport";
    CHOOSE_TRANSPORT: "お試しのため、メールは送られずフォルダに保存されます。設定 > 送信方法 で選んでください。", "Try-out: mails go to a folder. Choose how to send under Settings.";
    FIND_SENDMAIL: "sendmail が見つかりません。設定 > 送信方法 で SMTP を選んでください。", "sendmail was not found. Choose SMTP under Settings.";
    MEND_TRANSPORT: "設定 > 送信方法 で、サーバー名・利用者・パスワードをご確認ください。", "Check server, user and password under Settings.";
    LAST_TICK: "最後の送信処理", "Last tick";
    NEVER: "まだありません", "never";
    SET_CLOCK: "設定 > 送信の時計 の行を、サーバーのcronに登録してください。", "Add the line shown under Settings, Clock to the host's cron.";
    ACTIVATION: "利用キー", "Activation key";
    RENEW_KEY: "設定 > 利用キー で更新してください。期限が切れても、止まるのは新しい配信だけです。", "Renew it under Settings, Activation. Its end stops new broadcasts and nothing else.";
    LEDGER: "配信台帳", "Ledger";
    ROWS: "{rows}行、合計は一致", "{rows} {rows|row|rows}, adding up";
    PARTLY_COMPARED: "{rows}行。新しい{looked}行を数え直し、合計は一致(すべて数え直すには neo doctor)", "{rows} {rows|row|rows}; the newest {looked} were counted again and add up (neo doctor counts them all)";
    DIFFERS_AT: "{rows}行。番号{messages}の配信で、数え直した結果と合わない", "{rows} {rows|row|rows}; counted again, message {messages} differs";
    TELL_VENDOR: "台帳の合計が合いません。開発元にお知らせください。", "The ledger does not add up. Please tell the vendor.";
    PACE: "送信の速さ", "Pace";
    PACE_FREE: "断られたことはありません", "nothing was refused";
    PACE_LEARNT: "{subject}: {limit}まで({reply})", "{subject}: at most {limit} ({reply})";
    PACE_HELD: "{count}件の配信が止まっています", "{count} {count|message waits|messages wait} for you";
    RELEASE_HELD: "SPF・DKIM・DMARCを直してから、設定 > 送信の速さ で再開してください。", "Mend SPF, DKIM or DMARC, then let them go on under Settings, Pace.";
}
