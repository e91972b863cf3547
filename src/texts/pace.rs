//! Texts of the pace: hosts and plans, limits, what was learnt, the forecast.
//! Not the guard's: guard.

crate::catalogue! {
    PLAN_SAKURA: "さくらのレンタルサーバ", "Sakura";
    PLAN_LOLIPOP_ECONOMY: "ロリポップ! エコノミー", "Lolipop Economy";
    PLAN_LOLIPOP_LIGHT: "ロリポップ! ライト", "Lolipop Light";
    PLAN_LOLIPOP_STANDARD: "ロリポップ! スタンダード・ハイスピード・エンタープライズ", "Lolipop Standard, High Speed, Enterprise";
    PLAN_LOLIPOP_TRIAL: "ロリポップ! お試し期間", "Lolipop trial";
    PLAN_XSERVER: "エックスサーバー", "Xserver";
    PLAN_BIZ: "1分に12通までのサーバー(Biz)", "Hosts with 12 a minute (Biz)";
    PLAN_XTWO: "Xtwo(エックスツー)", "Xtwo";
    PLAN_CONOHA: "ConoHaのWING", "ConoHa WING";
    PLAN_HETEML: "ヘテムル", "Heteml";
    PLAN_MIXHOST: "mixhostのサーバー", "mixhost";
    PLAN_EXTREM_100: "エクストリム(1時間に100通のプラン)", "Extrem, 100 an hour";
    PLAN_EXTREM_300: "エクストリム(1時間に300通のプラン)", "Extrem, 300 an hour";
    PLAN_EXTREM_1000: "エクストリム(1時間に1,000通のプラン)", "Extrem, 1,000 an hour";
    PLAN_FORWARDY: "フォワーディ(Forwardy)", "Forwardy";
    PLAN_CPANEL_100: "cPanelのサーバー(1時間に100通)", "A cPanel host, 100 an hour";
    PLAN_CPANEL_300: "cPanelのサーバー(1時間に300通)", "A cPanel host, 300 an hour";
    PLAN_BRIXLY: "Brixlyのサーバー", "Brixly";
    PLAN_WESH: "weshのサーバー", "wesh.uk";
    NOTE_SAKURA: "上限は公表されていません。「さくらのウェブ」「バーチャルドメイン」(旧サービス)では、メールマガジンの配信そのものが禁止されています。", "No limits are published. Its old products (Sakura Web, Virtual Domain) forbid newsletters altogether.";
    NOTE_XTWO: "1日に1,500通または3,000通。それより少なくても、迷惑メールと見なされると制限されます。", "1,500 or 3,000 a day; less if it looks like spam.";
    NOTE_BRIXLY: "利用規約でメールマガジンが禁止されています。", "Its terms forbid newsletters.";
    // 今日
    LOGIN_STOPPED: "送信サーバーが利用者名かパスワードを2度受け付けなかったため、送信を止めています。設定を直すか、「もう一度試す」を押すまで、何も送りません。{why}", "The mail server refused the user or the password twice, so sending has stopped. Nothing goes out until you change the settings or press \"Try again\". {why}";
    HELD: "「{subject}」は、差出人が信用されないという理由で続けて断られたため、止めています。読者の登録はそのままです。{why}", "\"{subject}\" waits: servers kept refusing it since they do not trust the sender. Your readers are untouched. {why}";
    TO_PACE: "送信の速さを見る", "Look at the pace";
    // いつ終わるか
    DONE_AT: "{when}ごろに送り終わります。", "It will be done at about {when}.";
    DONE_AT_NIGHT: "{when}ごろに送り終わります。うち{night}通は夜間(22時〜7時)に届きます。", "It will be done at about {when}; {night} of them arrive at night (22:00 to 07:00).";
    DONE_FAR: "送り終わるまで数か月以上かかります。送信数の上限と時計をご確認ください。", "It would take months. Please look at the limits and at the clock.";
    BOUND_TICKS: "送信の時計の間隔({minutes}分)と1回に送る数で決まります。", "The gap between ticks ({minutes} min) and what one tick sends set the speed.";
    BOUND_LIMIT: "送信数の上限({limit})で決まります。", "The limit ({limit}) sets the speed.";
    BOUND_PROVIDER: "最後は{provider}あての上限({limit})で決まります。ほかのあて先は先に終わります。", "The last ones wait for the limit of {provider} ({limit}); all others are done before.";
    GAP_GUESSED: "時計の間隔がまだ分からないため、5分おきとして計算しました。", "The clock's gap is not known yet; five minutes were assumed.";
    PER_MINUTE: "1分に{count}通", "{count} a minute";
    PER_QUARTER: "15分に{count}通", "{count} in 15 minutes";
    PER_HOUR: "1時間に{count}通", "{count} an hour";
    PER_DAY: "24時間に{count}通", "{count} in 24 hours";
    TODAY_AT: "今日 {time}", "today {time}";
    TOMORROW_AT: "明日 {time}", "tomorrow {time}";
    MAILS: "{count}通", "{count} mails";
    LEFT: "残り", "Left";
    RATE: "速さ", "Rate";
    RATE_HINT: "この15〜30分の通数(すべての配信)", "mails in the last 15 to 30 minutes, of all messages";
    WENT_OUT: "この8時間に出た通数(15分ごと)", "Sent in the last eight hours, by the quarter";
    WILL_GO: "送られる通数の見込み", "How they will go out";
}
