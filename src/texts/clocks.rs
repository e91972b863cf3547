//! Texts of 設定 > 送信の時計: which clock, how to set it, how to try it; what the vendor sees.
//! Not the history of ticks: site.

crate::catalogue! {
    TEXT: "送信は「時計」が呼び出すたびに進みます。どれを主に使うかを1つ選んでください。サーバーのcronがいちばん確実です。", "Mails go out each time a clock calls. Please choose the one to rely on; the host's cron is the surest.";
    CHOOSE: "この時計を使う", "Use this clock";
    CHOSEN: "使用中", "Chosen";
    NOT_CHOSEN: "主に使う時計がまだ選ばれていません。下から1つ選んで保存してください。", "No clock has been chosen yet. Please choose one below and save.";
    CHOSEN_SILENT: "選んだ時計「{clock}」が、まだ一度も動いていません。下の「確かめる」で様子を見られます。", "The clock you chose ({clock}) has not been heard yet. Try it below.";
    LAST_BEAT: "最後の合図", "Last heard";
    HOW: "設定のしかた", "How to set it up";
    ALSO: "ほかの時計の合図も受け付ける", "Other clocks that may call";
    ALSO_TEXT: "主に使う時計が止まったときの備えになります。同時に来ても、メールが2通送られることはありません。", "They stand in when the chosen one is silent. Two that call at once never send a mail twice.";
    SAVE: "保存する", "Save";
    // cron
    CRON: "サーバーのcron", "The host's cron";
    CRON_WHY: "お使いのサーバーの中だけで動きます。提供元にも、ほかのサービスにも頼りません。", "It works on your host alone, and needs neither the vendor nor any other service.";
    CRON_UNKNOWN: "お使いのサーバーのcronのことは分かっていません。下の例を目安に、サーバーの案内に合わせてください。ファイルのパスだけを登録する画面では、プログラムのパスだけを入力します。", "Nothing is known of your host's cron. Take the line below as an example. Where the panel takes a file alone, give the program's path.";
    CRON_NO_HOST: "「送信の速さ」のページでサーバーを選ぶと、そのサーバーに合わせた内容を表示します。", "Choose your host on the page about the pace, and what fits it is shown here.";
    TO_HOST: "サーバーを選ぶ", "Choose the host";
    CRON_MENU: "管理画面の場所", "In the panel";
    CRON_GAP: "最短の間隔", "Shortest gap";
    CRON_GAP_MINUTES: "{minutes}分", "{minutes} min";
    CRON_ENTRIES: "登録できる数", "Entries";
    CRON_ENTRIES_COUNT: "{count}個まで", "up to {count}";
    CRON_EVERY: "おすすめの間隔", "Advised gap";
    CRON_EVERY_MINUTES: "{minutes}分ごと", "every {minutes} min";
    CRON_EVERY_HOUR: "1時間に1回(毎時{minute}分)", "once an hour, at minute {minute}";
    CRON_LINE: "登録する行", "The line to add";
    CRON_COMMAND: "実行コマンド", "Command";
    CRON_WHEN: "実行日時(月 日 時 分 曜日)", "When (month, day, hour, minute, weekday)";
    CRON_FILE: "実行ファイルパス", "Path of the file";
    CRON_FILE_HINT: "FTPで最初に開くフォルダから見たパスです。引数は付けません。", "As seen from the folder that FTP opens first, without arguments.";
    CRON_SCRIPT: "この内容で tick.sh というファイルをつくって権限を700にし、そのパスを登録してください", "Make a file tick.sh with this content, permissions 700, and enter its path";
    CRON_PUBLISHED: "サーバー会社の案内によります({source})。", "As the host publishes it ({source}).";
    CRON_REPORTED: "古い資料または利用者の報告によります({source})。いまの画面と違うことがあります。", "From an old page or a user's report ({source}); today's panel may differ.";
    MENU_SAKURA: "コントロールパネル >「CRONの設定」", "Control panel > CRON no settei (CRON settings)";
    MENU_LOLIPOP: "ユーザー専用ページ >「WEBツール」>「cron設定」", "User page > WEB tool > cron settei (cron settings)";
    MENU_CPANEL: "cPanel >「Cron ジョブ」", "cPanel > Cron Jobs";
    NOTE_SAKURA: "1時間以内に何度も実行する設定や、CPUを60秒以上続けて使う処理は、予告なく解除されることがあります。そのため1時間に1回をおすすめします。1回の送信は長くても1分以内に終わります。", "Jobs that run more often than once an hour, or use 60 seconds of CPU in a row, may be removed without notice: so once an hour is advised. One tick never takes longer than a minute.";
    NOTE_LOLIPOP: "コマンドではなく、ファイルのパスだけを登録する画面です。", "The panel takes a file's path, not a command.";
    NOTE_CPANEL_30: "30分より短い間隔を受け付けない会社があります。", "Some hosts of this kind refuse gaps below 30 minutes.";
    // poller
    POLLER: "提供元からの呼び出し", "The vendor's calls";
    POLLER_WHY: "提供元のサーバーが、送るものがある時刻にこのサイトを呼び出します。cronの設定がいりません。提供元が止まると送信も止まるので、cronも登録しておくと安心です。", "The vendor's server calls this site when something is due. No cron is needed. When the vendor fails, so does this clock: a cron beside it is wise.";
    POLLER_HOW: "署名を確かめた呼び出しだけを受け付けます。お知らせや利用キーの更新もいっしょに届くので、このサーバーから外へ接続する必要はありません。", "Only calls with a valid signature are answered. News and a renewed key come along, so this server needs no outgoing connection.";
    POLLER_URL: "提供元に伝えるURL", "The address to give to the vendor";
    POLLER_SITE: "このサイトの番号", "This site's number";
    // url
    URL: "鍵つきURL", "Address with a key";
    URL_WHY: "稼働監視などの外部サービスに、秘密のURLを定期的に開いてもらいます。", "Any uptime or pinger service that opens a secret address now and then.";
    URL_HOW: "5分から1時間おきに開くように設定してください。URLはほかの人に教えないでください。", "Let it be opened every five minutes to an hour. Keep the address to yourself.";
    // visit
    VISIT: "ページの閲覧", "Visits";
    VISIT_WHY: "登録フォームなどの公開ページが開かれたあとに、少しずつ送ります。閲覧のない間は送れないので、ほかに方法がないときのためのものです。", "After a public page was shown, a small piece is sent. Without visitors nothing goes out: a last resort.";
    VISIT_HOW: "ほかの時計が1時間以上止まっていて、送るものがあるときだけ動きます。5分に1回までです。ページを見た方を待たせることはありません。", "Only while the other clocks are silent for more than an hour and something is due, at most every five minutes, and no visitor waits for it.";
    ADMIN: "管理画面のボタン", "Your button";
    // 確かめる
    TRY_CRON: "cronの合図を待ってみる", "Wait for cron";
    TRY_POLLER: "呼び出しに応じられるか確かめる", "Check the answer";
    TRY_URL: "このURLを呼び出してみる", "Call this address";
    TRY_VISIT: "いま閲覧があったらどうなるか確かめる", "What a visit would do now";
    TRIED: "確かめた結果: {clock}", "Tried: {clock}";
    TRY_AGAIN: "もう一度確かめる", "Look again";
    CRON_CAME: "cronの合図が{when}に届きました。正しく動いています。", "Cron was heard at {when}: it works.";
    CRON_WAITS: "cronの合図を{since}から待っています。登録した時刻を過ぎてから、もう一度確かめてください。", "Waiting for cron since {since}. Please look again after the time you entered has passed.";
    CRON_CHECK: "届かないときは、次のことをご確認ください。", "If nothing comes, please check:";
    CRON_CHECK_PATH: "登録したパスが、上のパスと1文字も違わないこと", "The path in the panel is exactly the one above.";
    CRON_CHECK_MODE: "プログラムの権限が700・705・755のどれかであること(いまは{mode})", "The program's permissions are 700, 705 or 755 (now {mode}).";
    CRON_CHECK_ALLOWED: "このページで、cronの合図を受け付ける設定になっていること(いまは{state})", "This page allows ticks by cron (now {state}).";
    CRON_CHECK_MAIL: "cronの画面に結果をメールで送る設定があれば、オンにして届いた文面", "If the panel can mail the output, what that mail says.";
    ALLOWED: "受け付けます", "allowed";
    NOT_ALLOWED: "受け付けません", "not allowed";
    CALL_ANSWERED: "外からの呼び出しに正しく答えました。", "The address was called from outside and answered.";
    CALL_FAILED: "このサーバーから自分のURLを呼び出せませんでした({why})。サーバーが自分自身への接続を禁じていることもあります。下のリンクをブラウザーで開き、「\"source\":\"url\"」を含む文字が出れば正しく動いています。", "This server could not call its own address ({why}); some hosts forbid that. Open the link below in your browser: if a line with \"source\":\"url\" appears, it works.";
    CALL_ODD: "呼び出せましたが、NEOの答えではありませんでした(状態 {status})。アクセス制限やWAF、公開URLの設定をご確認ください。", "It was called, but the answer was not NEO's (status {status}). Please look at access rules, the WAF, and the public URL.";
    CALL_OPEN: "ブラウザーで開く", "Open it in the browser";
    CALL_ANSWER: "返ってきた内容", "What came back";
    POLLER_HEARD: "署名を確かめた呼び出しを、{when}に受け付けました。", "A signed call was answered at {when}.";
    POLLER_UNHEARD: "署名を確かめた呼び出しは、まだ一度も届いていません。送るものがないときの呼び出しは、1日に1回ほどです。", "No signed call has been heard yet. With nothing due there is about one a day.";
    POLLER_OFF: "提供元からの呼び出しを受け付けない設定になっています。", "The vendor's calls are not allowed here.";
    POLLER_NO_ROOT: "提供元の公開鍵が登録されていないため、いまは署名を確かめられません。", "The vendor's public key is not known here, so no signature can be checked.";
    POLLER_NO_KEYS: "提供元の鍵の一覧がまだ届いていません。最初の呼び出しといっしょに届きます。", "The vendor's list of keys has not arrived yet. It comes with the first call.";
    POLLER_READY: "呼び出しに応じる準備ができています。下がその答えです。", "Calls will be answered; below is the answer.";
    VISIT_OFF: "閲覧では送らない設定になっています。", "Visits are not allowed to send.";
    VISIT_WOULD: "いま公開ページが開かれると、送信が進みます。", "A visit would send now.";
    VISIT_WOULD_NOT: "いま公開ページが開かれても、送信はしません。ほかの時計が動いているか、送るものがないためです。", "A visit would send nothing now: another clock is at work, or nothing is due.";
    // 提供元に見えるもの
    SEEN_TITLE: "提供元に見えるもの", "What the vendor sees of you";
    SEEN_TEXT: "提供元からの呼び出しに返す内容は、下がすべてです。読者のアドレスや名前、メールの内容は含まれません。", "This is all that an answer to the vendor's call says. No reader's address or name, and no mail, is in it.";
    SEEN_LABEL: "返す内容(JSON)", "The answer (JSON)";
    // 提供元からのおすすめ
    ADVICE_TITLE: "提供元からのお願い: サーバーのcronに切り替えてください", "The vendor asks you to use the host's cron";
    ADVICE_INCIDENT: "理由: {title}", "Reason: {title}";
    ADVICE_NO_REASON: "提供元から、お使いのサーバーへの呼び出しが届きにくくなっています。", "The vendor's calls to your host no longer get through reliably.";
    ADVICE_TO_CLOCK: "送信の時計を見る", "Look at the clock";
}
