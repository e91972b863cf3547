//! Texts of the activation key (利用キー): its page, its notices, its command.
//! Not the refusal of a new broadcast: errors.

crate::catalogue! {
    TAB_ACTIVATION: "利用キー", "Activation";
    STANDING_TRY_OUT: "未登録", "No key";
    STANDING_VALID: "有効", "Valid";
    STANDING_ENDING: "まもなく期限", "Ends soon";
    STANDING_OVER: "期限切れ", "Expired";
    // 今日
    ENDING: "利用期限は{until}です(あと{days}日)。過ぎると、新しい配信を始められなくなります。登録・退会・ステップメールはそのまま動きます。", "The activation key is valid until {until} ({days} {days|day|days}). After that no new broadcasts can be started; sign-ups, unsubscribes and sequences go on.";
    OVER: "利用期限が{until}に切れたため、新しい配信を始められません。登録・退会・ステップメール、送信中・予約済みの配信はそのまま動いています。", "The activation key expired at {until}: no new broadcasts can be started. Sign-ups, unsubscribes, sequences, and broadcasts under way or scheduled go on.";
    TO_ACTIVATION: "利用キーを見る", "Look at the activation key";
    TRY_OUT_LINE: "利用キーは未登録です。登録しなくても、すべての機能を使えます。", "No activation key has been entered. Everything works without one.";
    // 設定 > 利用キー
    TRY_OUT_TEXT: "利用キーはまだ登録されていません。登録しなくても、すべての機能を期限なしで使えます。提供元からキーが届いたら、下で登録してください。", "No activation key has been entered yet. Everything works without one, for as long as you like. When the vendor gives you a key, enter it below.";
    STATE: "状態", "State";
    KEY: "利用キー", "Activation key";
    CUSTOMER: "ご契約者", "Customer";
    PLAN: "プラン", "Plan";
    UNTIL: "有効期限", "Valid until";
    UNTIL_DAYS: "{until}(あと{days}日)", "{until} ({days} {days|day|days})";
    SITE: "このサイトの番号", "This site's number";
    SITE_HINT: "提供元へのお問い合わせの際にお知らせください。", "Please tell it to the vendor when you ask for help.";
    NO_SITE: "まだ決まっていません", "None yet";
    ANY_SITE: "どのサイトでも使えます", "any site";
    FOR_SITE: "このサイト専用です", "this site only";
    CHECKED: "証明を受け取った日時", "Token received";
    ISSUED: "証明の発行", "Token issued";
    WANTED_KEY: "キー {key} を控えました。有効期限などの証明(トークン)は、提供元につながったときに受け取ります。外部に接続できないサーバーでは、提供元から届いたトークンを下に貼り付けてください。", "The key {key} is noted. Its token (customer, plan, end) comes when the vendor is next heard. On a host without outgoing connections, please paste the token that the vendor sent you below.";
    CLOCK_BACK: "サーバーの時計が、前に見た日時({seen})より戻っています。期限は、進んでいた方の日時で判断しています。", "The server's clock stands before a moment that was seen already ({seen}). The key is judged by the later of the two.";
    ENDS_TITLE: "期限が切れると", "What an expiry means";
    ENDS_STOPS: "止まるもの", "What stops";
    ENDS_STOPS_NEW: "新しい配信の作成・予約・送信", "Creating, scheduling and sending new broadcasts";
    ENDS_STOPS_RECUR: "くり返し配信の新しい回", "New occurrences of recurring broadcasts";
    ENDS_GOES_ON: "止まらないもの", "What never stops";
    ENDS_SIGN_UP: "読者の登録・登録確認・退会・設定の変更", "Sign-ups, confirmations, unsubscribes, preferences";
    ENDS_SEQUENCES: "ステップメール", "Sequences";
    ENDS_RUNNING: "送信中の配信、予約済みの配信", "Broadcasts that are under way or scheduled";
    ENDS_DATA: "読者の取り込みと書き出し、バックアップと復元", "Import, export, backup and restore";
    ENDS_NOTICE: "期限の14日前から、「今日」のページとメールでお知らせします。期限はこのサーバーの中だけで確かめるため、提供元につながらなくても使い続けられます。", "From 14 days before the end you are told here and by mail. The end is checked on this server alone, so everything goes on when the vendor cannot be reached.";
    ENTER_TITLE: "利用キーを登録する", "Enter a key";
    ENTER_AGAIN_TITLE: "利用キーを更新する", "Renew or change the key";
    ENTER: "利用キーまたはトークン", "Key or token";
    ENTER_HINT: "「NEO-」で始まるキーか、「v4.public.」または「#1/」で始まるトークンを、そのまま貼り付けてください。全角文字や余分な改行が混ざっていてもかまいません。", "Paste the key that begins with NEO-, or the token that begins with v4.public. or #1/, as it is. Full-width letters and stray line breaks do no harm.";
    ENTER_FILE: "またはファイル", "Or its file";
    ENTER_FILE_HINT: "提供元から届いたトークンのファイルを選びます。", "The token file that the vendor sent you.";
    ENTER_BUTTON: "登録する", "Enter it";
    DONE_ACTIVATED: "利用キーを登録しました。", "The key has been entered.";
    DONE_KEY_NOTED: "利用キーを控えました。証明(トークン)の到着を待っています。", "The key is noted; its token has not arrived yet.";
    DONE_KEYS: "提供元の鍵の一覧を取り込みました。", "The vendor's list of keys was taken in.";
    // メール
    SOON_SUBJECT: "【NEO】利用期限が近づいています({until})", "[NEO] Your activation key ends soon ({until})";
    SOON_TEXT: "利用キーの有効期限は{until}です。過ぎると、新しい配信を始められなくなります。\n\n登録・登録確認・退会・ステップメール、送信中・予約済みの配信、書き出しとバックアップは、期限が切れても止まりません。\n\n更新は、下のページで行えます。\n\n{url}", "Your activation key is valid until {until}. After that no new broadcasts can be started.\n\nSign-ups, confirmations, unsubscribes, sequences, broadcasts under way or scheduled, export and backup never stop.\n\nPlease renew it on this page:\n\n{url}";
    OVER_SUBJECT: "【NEO】利用期限が切れました({until})", "[NEO] Your activation key has expired ({until})";
    OVER_TEXT: "利用キーの有効期限({until})が過ぎたため、新しい配信を始められません。\n\n登録・登録確認・退会・ステップメール、送信中・予約済みの配信、書き出しとバックアップは、いつもどおり動いています。\n\n更新は、下のページで行えます。\n\n{url}", "Your activation key expired at {until}: no new broadcasts can be started.\n\nSign-ups, confirmations, unsubscribes, sequences, broadcasts under way or scheduled, export and backup go on as ever.\n\nPlease renew it on this page:\n\n{url}";
}
