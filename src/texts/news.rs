//! Texts around the vendor's incidents and news.
//! Not the news themselves: those come in the feed, in both languages.

crate::catalogue! {
    TITLE: "お知らせ", "News";
    TO_NEWS: "お知らせをすべて見る", "All news";
    BANNER: "障害のお知らせ: {title}", "Incident: {title}";
    BANNER_MORE: "経過を見る", "See what is known";
    BANNER_UPDATED: "({when} 更新)", "(updated {when})";
    MORE_INCIDENTS: "ほかに{count}件", "and {count} more";
    OPEN: "対応中", "Open";
    RESOLVED: "復旧済み", "Resolved";
    OPEN_TITLE: "対応中の障害", "Open incidents";
    PAST_TITLE: "復旧した障害", "Resolved incidents";
    NEWS_TITLE: "提供元からのお知らせ", "News from the vendor";
    NOTHING: "お知らせはありません。", "There is no news.";
    NOTHING_OPEN: "いま対応中の障害はありません。", "No incident is open.";
    NEVER_TITLE: "お知らせは、まだ受け取っていません", "No news has been heard yet";
    NEVER_TEXT: "提供元からの呼び出しか、提供元のサーバーへの接続で届きます。届かなくても、NEOはそのまま使えます。", "News comes with the vendor's calls, or is fetched from the vendor's server. NEO works without it.";
    HEARD: "{when}に受け取りました({ago})。", "Heard at {when} ({ago}).";
    EXPIRED: "このお知らせは、{until}までのものです。最後に受け取ったのは{when}で、その後の様子は分かりません。送信やそのほかの機能は、そのまま使えます。", "This news was meant to last until {until}. It was last heard at {when}; what has happened since is not known here. Sending and everything else goes on.";
    EXPIRED_SHORT: "{when}に受け取った、古いお知らせです。", "Old news, heard at {when}.";
    FROM: "発生", "Since";
    UNTIL: "復旧", "Resolved at";
    CONCERNS: "対象", "Concerns";
    CONCERNS_ALL: "すべてのサーバー", "all hosts";
    CONCERNS_OTHERS: "お使いのサーバー以外", "Other hosts than yours";
    COURSE: "経過", "Course";
    PROCEDURE: "復旧の手順・お願い", "What you can do";
    REPORT: "報告書", "After-report";
    KIND_OPENED: "発生", "Opened";
    KIND_DAILY: "経過報告", "Daily report";
    KIND_UPDATE: "続報", "Update";
    KIND_RESOLVED: "復旧", "Resolved";
    KIND_REPORT: "報告書", "After-report";
    READ_ON: "くわしく見る", "Read on";
}
