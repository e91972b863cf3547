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
}
