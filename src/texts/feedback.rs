//! Texts of what comes back: returned mails, suppressed addresses, strikes, and the counting of opens and clicks.
//! Not the code that shows them: web/admin/{returned,suppressions}, web/public/engagement.

crate::catalogue! {
    // Why a mail did not arrive
    REASON_NO_SUCH_ADDRESS: "宛先のアドレスがない", "No such address";
    REASON_NO_SUCH_HOST: "宛先のドメインがない", "No such domain";
    REASON_MOVED: "宛先が移転した", "The address has moved";
    REASON_MAILBOX_FULL: "受信箱がいっぱい", "The mailbox is full";
    REASON_DISABLED: "受信箱が止まっている", "The mailbox is disabled";
    REASON_FILTERED: "受信側のフィルター", "Refused by the reader's filter";
    REASON_POLICY: "送信者側の問題(認証・評判など)", "Held against the sender (authentication, reputation)";
    REASON_CONTENT: "メールの内容や大きさ", "Content or size of the mail";
    REASON_TOO_FAST: "送りすぎ・速すぎ", "Too many mails at a time";
    REASON_TEMPORARY: "一時的な障害", "A passing trouble";
    REASON_UNKNOWN: "理由不明", "Unknown";
    REASON_COMPLAINT: "迷惑メールとして報告された", "Reported as spam";
    REASON_OWNER: "管理者が指定した", "Named by you";
    // 送らないアドレス
    SUPPRESSIONS: "送らないアドレス", "Suppressed addresses";
    SUPPRESSIONS_TEXT: "ここにあるアドレスには、どのリストからもメールを送りません。宛先がないと分かったとき、迷惑メールとして報告されたとき、または手で加えたときに載ります。", "Nothing is sent to these addresses from any list. They come here when the address turned out to be dead, when its reader reported spam, or when you add them.";
    SUPPRESSIONS_NONE: "送らないアドレスはありません", "No address is suppressed";
    SUPPRESSIONS_NONE_TEXT: "届かないことが分かったアドレスは、自動でここに載ります。", "Addresses that turn out to be dead come here by themselves.";
    SUPPRESSIONS_SEARCH: "アドレスの先頭で探す", "Find by the beginning of the address";
    SUPPRESSIONS_ADD: "アドレスを加える", "Add an address";
    SUPPRESSIONS_ADD_TEXT: "電話や手紙で「送らないでほしい」と言われたときなどに使います。", "For instance when somebody asks by phone or letter to get no more mails.";
    SUPPRESSIONS_ADD_BUTTON: "今後は送らない", "Send nothing more to it";
    SUPPRESSION_REASON: "理由", "Reason";
    SUPPRESSION_SINCE: "いつから", "Since";
    SUPPRESSION_SAID: "相手サーバーの言葉", "The server's words";
    SUPPRESSION_LIFT: "解除する", "Lift";
    SUPPRESSION_LIFTED: "解除しました。次の配信から、また送ります。", "Lifted. Mails go there again from the next one on.";
    SUPPRESSION_ADDED: "送らないアドレスに加えました。", "Added: nothing more is sent there.";
    // The reader's page
    STOPPED_TITLE: "この方には送っていません", "Nothing is sent to this reader";
    STOPPED_TEXT: "{when}から送信を止めています。理由: {reason}", "Stopped since {when}. Reason: {reason}";
    STOPPED_LIFT_TEXT: "アドレスが使えると分かったときは解除できます。終わったステップメールは再開しません。", "If you know that the address works, you can lift this. Sequences that ended do not begin again.";
    STOPPED_LIFT_COMPLAINT: "ご本人が迷惑メールとして報告しています。ご本人から頼まれたとき以外は解除しないでください。", "The reader reported a mail as spam. Please lift this only if the reader asks for it.";
    STRIKES: "届かなかった記録", "Refusals";
    STRIKES_TEXT: "宛先側の理由で届かなかった回数です。宛先がない場合は1回(携帯電話は別の日に2回)、受信箱がいっぱいの場合は30日に5回、止まっている場合は7日以上にわたって3回で、送信を止めます。", "Refusals that are about the address. Sending stops after one for a dead address (two on different days at phone carriers), five within 30 days for a full mailbox, three over a week or more for a disabled one.";
    STRIKE_FORGIVEN: "解除済み", "forgiven";
    WAY_COMPLAINT: "迷惑メールの報告から", "By a spam report";
    WAY_MAIL: "配信停止のメールから", "By a mail that asked to leave";
    // 戻ってきたメール
    RETURNED: "戻ってきたメール", "Returned mails";
    RETURNED_TEXT: "届かなかった知らせや返信のうち、どの配信についてのものか分からなかったメールです。新しい順に500通まで残します。", "Notices and replies that could not be matched with a mail of yours. The newest 500 are kept.";
    RETURNED_NONE: "戻ってきたメールはありません", "No returned mails";
    RETURNED_NONE_TEXT: "不達の知らせを取り込むには、戻り先アドレスの転送設定(.forward など)で neo feedback を呼び出してください。読み取れたものは自動で処理され、分からなかったものだけがここに残ります。", "To take in bounces, let the return path's forwarding (.forward and the like) call neo feedback. What is understood is acted on; only the rest stays here.";
    RETURNED_FROM: "差出人", "From";
    RETURNED_SUBJECT: "件名", "Subject";
    RETURNED_NO_SUBJECT: "(件名なし)", "(no subject)";
    RETURNED_AT: "受け取った日時", "Received";
    RETURNED_KIND: "種類", "Kind";
    RETURNED_KIND_BOUNCE: "届かなかった知らせ", "Bounce";
    RETURNED_KIND_COMPLAINT: "迷惑メールの報告", "Spam report";
    RETURNED_KIND_OTHER: "その他", "Other";
    RETURNED_NAMES: "届かなかったと書かれているアドレス", "The address it names";
    RETURNED_BODY: "内容", "Content";
    RETURNED_SOURCE: "メールのソース", "Source";
    RETURNED_DEAD: "このアドレスはもう使われていない", "This address is dead";
    RETURNED_DEAD_TEXT: "押すと、このアドレスを「送らないアドレス」に加え、このメールを削除します。メールの差出人は偽れるので、内容をご確認ください。", "This adds the address to the suppressed ones and deletes this mail. Senders can be forged: please look at the content first.";
    RETURNED_DEAD_ADDRESS: "使われていないアドレス", "The dead address";
    RETURNED_DELETE: "このメールを削除する", "Delete this mail";
    RETURNED_DELETED: "削除しました。", "Deleted.";
    // Counting of opens and clicks
    TRACKING: "開封とクリックの計測", "Counting of opens and clicks";
    TRACK_OPENS: "開封を数える", "Count opens";
    TRACK_CLICKS: "リンクのクリックを数える", "Count clicks on links";
    TRACK_HINT: "HTMLメールだけが対象です。計測すると、登録フォームにその旨の一文が入ります。読者は「登録内容の確認と変更」で断れます。IPアドレスは残しません。", "Only HTML mails are counted. The sign-up form then says so in a sentence, and each reader can refuse on the preferences page. No IP addresses are kept.";
    DISCLOSURE_BOTH: "内容の改善のため、メールを開いたことと、メール内のリンクを押したことを記録します。記録は登録内容の変更ページでいつでも断れます。", "To improve our mails we record whether they are opened and which links are pressed. You can refuse this at any time on your preferences page.";
    DISCLOSURE_OPENS: "内容の改善のため、メールを開いたことを記録します。記録は登録内容の変更ページでいつでも断れます。", "To improve our mails we record whether they are opened. You can refuse this at any time on your preferences page.";
    DISCLOSURE_CLICKS: "内容の改善のため、メール内のリンクを押したことを記録します。記録は登録内容の変更ページでいつでも断れます。", "To improve our mails we record which links are pressed. You can refuse this at any time on your preferences page.";
    REFUSE_TRACKING: "開封やクリックを記録しない", "Do not record opens and clicks";
    COUNTED_TITLE: "開封とクリック", "Opens and clicks";
    COUNTED_OPENERS: "開いた読者", "Readers who opened it";
    COUNTED_CLICKERS: "クリックした読者", "Readers who clicked";
    COUNTED_RATE: "送信した{count}通の{rate}%", "{rate}% of {count} sent";
    COUNTED_LINK: "リンク", "Link";
    COUNTED_CLICKS: "クリック数", "Clicks";
    COUNTED_CAVEAT: "メールソフトや安全対策のプログラムが自動で開くことがあり(Appleのメールプライバシー保護など)、人が開いた数とは区別できません。画像を表示しない読者は数に入りません。", "Mail programs and security scanners open mails and links by themselves (Apple Mail Privacy Protection, for instance) and cannot be told from people; readers who show no pictures are not counted.";
}
