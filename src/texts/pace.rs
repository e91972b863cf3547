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
}
