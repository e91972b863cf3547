//! Mails to customers about incidents and keys, and to staff about reports that are owed.
//! Not the words of an incident itself: staff write those.

neo::catalogue! {
    OPENED_SUBJECT: "【NEO】障害のお知らせ: {title}", "[NEO] Incident: {title}";
    OPENED_TEXT: "NEOをご利用いただき、ありがとうございます。\n次の障害が起きています。ご迷惑をおかけし、申し訳ありません。\n\n■ {title}\n発生: {began}\n対象: {affected}\n\n{text}\n{advice}{procedure}\n経過は、営業日ごとに管理画面の「お知らせ」でご報告します。次のメールは、状況が変わったときにお送りします。\n", "Thank you for using NEO.\nThere is an incident. We are sorry for the trouble.\n\n* {title}\nSince: {began}\nConcerns: {affected}\n\n{text}\n{advice}{procedure}\nWe report each business day under \"News\" in your admin pages. The next mail comes when something changes.\n";
    UPDATE_SUBJECT: "【NEO】障害の続報(重要): {title}", "[NEO] Important news of the incident: {title}";
    UPDATE_TEXT: "先にお知らせした障害について、重要なお知らせがあります。\n\n■ {title}\n発生: {began}\n対象: {affected}\n\n{text}\n{advice}{procedure}", "There is important news of the incident that we told you of.\n\n* {title}\nSince: {began}\nConcerns: {affected}\n\n{text}\n{advice}{procedure}";
    RESOLVED_SUBJECT: "【NEO】障害が復旧しました: {title}", "[NEO] Resolved: {title}";
    RESOLVED_TEXT: "次の障害は復旧しました。ご迷惑をおかけし、申し訳ありませんでした。\n\n■ {title}\n発生: {began}\n復旧: {ended}\n対象: {affected}\n\n{text}\n{procedure}\n原因と再発防止策は、あらためてご報告します。\n", "The following incident is over. We are sorry for the trouble.\n\n* {title}\nFrom: {began}\nTo: {ended}\nConcerned: {affected}\n\n{text}\n{procedure}\nWe will report its cause, and what will prevent it, in another mail.\n";
    REPORT_SUBJECT: "【NEO】障害のご報告(原因・再発防止・補償): {title}", "[NEO] Report on the incident (cause, prevention, compensation): {title}";
    REPORT_TEXT: "次の障害について、ご報告します。\n\n■ {title}\n発生: {began}\n復旧: {ended}\n対象: {affected}\n\n{text}\n", "This is our report on the following incident.\n\n* {title}\nFrom: {began}\nTo: {ended}\nConcerned: {affected}\n\n{text}\n";
    EXTENDED_SUBJECT: "【NEO】利用期間を{days}日延長しました", "[NEO] Your keys are extended by {days} days";
    EXTENDED_TEXT: "障害「{title}」({began}から{ended})でご迷惑をおかけしたお詫びに、次の利用キーの期限を{days}日延長しました。\n\n{about}\n新しい期限は、NEOに自動で届きます。お客様の操作は必要ありません。外部と通信できないサーバーでは、担当者にご連絡ください。貼り付けるだけで使えるファイルをお送りします。\n", "To make up for the incident \"{title}\" ({began} to {ended}), we have extended these keys by {days} days.\n\n{about}\nYour NEO learns of it by itself; there is nothing for you to do. If your host allows no connections, please tell us: we will send you a file that you can paste.\n";
    EXTENDED_KEY: "{key}: {before} → {after}", "{key}: {before} -> {after}";

    GREETING: "{name} 様", "Dear {name},";
    AFFECTED_ALL: "すべてのサーバー", "all hosts";
    STILL: "継続中", "still lasting";
    ADVICE_LOCAL_CRON: "\n■ お願い\nお使いのサーバーのcronで、配信を続けられます。管理画面の「設定」→「送信の時計」に、サーバーごとの設定方法があります。\n", "\n* What you can do\nYour host's own cron keeps your mails going. \"Settings\" -> \"The clock\" in your admin pages has the line for your host.\n";
    PROCEDURE: "\n■ 復旧の手順\n{procedure}\n", "\n* How to recover\n{procedure}\n";
    FOOTER: "\n-- \n{sender}\n{address}\n", "\n-- \n{sender}\n{address}\n";

    REPORT_PARTS: "■ 原因\n{cause}\n\n■ 再発防止策\n{prevention}\n\n■ 補償\n{compensation}", "* Cause\n{cause}\n\n* Prevention\n{prevention}\n\n* Compensation\n{compensation}";
    NO_REPORT: "{day}(営業日)は、報告を出していません。", "We gave no report on {day}, a business day.";
    DRAFT_SUBJECT: "【NEO】障害の下書き {title}", "[NEO] Draft of an incident: {title}";
    DRAFT_TEXT: "ポーラーが障害の下書きをつくりました。確かめて、公開するか取り下げてください。\n\n■ {title}\n発生: {began}\n対象: {affected}\n\n{about}\n", "The poller has drafted an incident. Please look, and confirm or dismiss it.\n\n* {title}\nSince: {began}\nConcerns: {affected}\n\n{about}\n";
    DRAFT_TOLD: "{provider}で、NEOの呼び出しに応答がなくなっています。原因を調べています。", "Sites at {provider} have stopped answering our calls. We are looking for the cause.";
    DRAFT_TITLE: "{provider}で、NEOの呼び出しに応答がありません", "Sites at {provider} do not answer our calls";

    REMINDER_SUBJECT: "【NEO】{day}の報告: {count}件", "[NEO] Reports for {day}: {count}";
    REMINDER_TEXT: "{day}に必要な報告です。\n\n{about}", "These reports are due on {day}.\n\n{about}";
    REMINDER_DAILY: "- {id} {title}: 本日の報告がまだです。(neo-fleet incident update {id})", "- {id} {title}: today's report is missing. (neo-fleet incident update {id})";
    REMINDER_DRAFT: "- {id} {title}: 下書きのままです。公開するか、取り下げてください。(neo-fleet incident confirm|dismiss {id})", "- {id} {title}: still a draft. Please confirm or dismiss it. (neo-fleet incident confirm|dismiss {id})";
    REMINDER_AFTER: "- {id} {title}: 事後報告の期限は{due}です。(neo-fleet incident report {id})", "- {id} {title}: the after-report is due on {due}. (neo-fleet incident report {id})";
    REMINDER_MISSED: "  報告のなかった営業日: {days}", "  Business days without a report: {days}";
}
