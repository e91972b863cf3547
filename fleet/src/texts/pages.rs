//! Sentences of the published news pages.
//! Not the news themselves, which staff write.

neo::catalogue! {
    NEWS_TITLE: "お知らせと障害情報", "News and incidents";
    NEWS_NONE: "現在お知らせはありません。", "There is no news at present.";
    STATE_OPEN: "対応中", "Open";
    STATE_RESOLVED: "復旧済み", "Resolved";
    PROCEDURE: "復旧の手順", "What you can do";
    UPDATE_OPENED: "発生", "Opened";
    UPDATE_DAILY: "定期報告", "Daily report";
    UPDATE_UPDATE: "続報", "Update";
    UPDATE_RESOLVED: "復旧", "Resolved";
    UPDATE_REPORT: "事後報告", "Report";
}
