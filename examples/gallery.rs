//! The living style guide: writes a folder of HTML pages that together show every component in real use.
//! Not the real pages: their names and figures are made up, and nothing is stored or sent.
//!
//!     cargo run --example gallery -- FOLDER        then open FOLDER/index.html

use std::fs;
use std::path::{Path, PathBuf};

use neo::texts::Language::{self, En, Ja};
use neo::web::view::*;

const SITE: &str = "和菓子処 さくら堂";
const LIST: &str = "さくら堂だより";
const USER: &str = "sakura@sakurado.example.jp";

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| "target/gallery".into()));
    fs::create_dir_all(folder.join("assets"))?;
    for asset in assets() {
        fs::write(folder.join(asset.path().trim_start_matches('/')), asset.bytes)?;
    }
    let pages = pages();
    for (name, page) in &pages {
        fs::write(folder.join(format!("{name}.html")), page)?;
    }
    write_index(&folder, &pages)
}

fn write_index(folder: &Path, pages: &[(&str, String)]) -> std::io::Result<()> {
    let list = html! {
        h1 { "Gallery" }
        ul { @for (name, _) in pages { li { a href={ (name) ".html" } { (name) } } } }
    };
    fs::write(folder.join("index.html"), plain_page(&frame(En, "", "Gallery"), list))
}

/// Every page by its name; `tests/view.rs` reads them too.
pub(crate) fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("signup", signup("", None)),
        (
            "signup-error",
            signup(
                "hanako@example",
                Some("メールアドレスの形が正しくありません。例: hanako@example.jp (E1002)"),
            ),
        ),
        ("signup-english", signup_english()),
        ("thanks", thanks()),
        ("confirm", confirm()),
        ("unsubscribe", unsubscribe()),
        ("login", login()),
        ("setup", setup()),
        ("today", today()),
        ("broadcasts", broadcasts()),
        ("broadcast-edit", broadcast_edit()),
        ("broadcast-watch", broadcast_watch()),
        ("sequence", sequence()),
        ("subscribers", subscribers()),
        ("forms-empty", forms_empty()),
        ("settings-errors", settings_errors()),
        ("today-english", today_english()),
        ("error", error()),
        ("components", components()),
    ]
}

/// Links of the gallery lie beside the page, so that the files work without a server.
fn frame<'a>(language: Language, name: &'a str, title: &'a str) -> Frame<'a> {
    Frame::new(language, ".", name, title)
}

fn admin_frame(title: &str) -> Frame<'_> {
    frame(Ja, SITE, title).user(USER, "proof")
}

fn signup(typed: &str, wrong: Option<&str>) -> String {
    let errors: Vec<(&str, &str)> = wrong.map(|wrong| ("email", wrong)).into_iter().collect();
    let content = html! {
        (error_summary("入力内容をご確認ください", &errors))
        h1 { "季節の便りをお届けします" }
        p { "新しいお菓子のご案内と、読者の方だけのお知らせを月に2回ほどお送りします。いつでもワンクリックで解除できます。" }
        (form("signup.html", "", html! {
            (Field::new("email", "メールアドレス", Input::Email).value(typed).error(wrong).required(Ja).autocomplete("email"))
            (Field::new("name", "お名前", Input::Text).hint("メールの宛名に使います。空欄でもかまいません。").autocomplete("name").maxlength(80))
            (Field::new("consent", html! { (link("#", "個人情報の取り扱い")) "に同意して登録します" }, Input::Checkbox).required(Ja))
            (button("登録する", ButtonKind::Primary))
        }))
        p.hint { "このあと確認メールをお送りします。メールの中のリンクを開くと登録が完了します。" }
    };
    public_page(&frame(Ja, LIST, "メールマガジンの登録").indexed(), content)
}

fn signup_english() -> String {
    let content = html! {
        h1 { "Letters from Sakurado" }
        p { "News of the season's sweets, about twice a month. You can leave at any time with one click." }
        (form("signup-english.html", "", html! {
            (Field::new("email", "E-mail address", Input::Email).required(En).autocomplete("email"))
            (Field::new("name", "Name", Input::Text).hint("How our letters address you. You may leave it empty.").autocomplete("name"))
            (button("Sign up", ButtonKind::Primary))
        }))
    };
    public_page(&frame(En, "Letters from Sakurado", "Sign up"), content)
}

fn thanks() -> String {
    let content = html! {
        h1 { "確認メールをお送りしました" }
        p { "hanako@example.jp 宛に確認メールをお送りしました。メールの中のリンクを開くと、登録が完了します。" }
        (notice(Tone::Info, "数分たっても届かないときは、迷惑メールのフォルダーをご確認ください。"))
        (details_box("届かないときは", html! {
            p { "携帯電話のメールアドレスをお使いの場合は、" code { "sakurado.example.jp" } " からのメールを受け取れるように設定してください。" }
        }))
    };
    public_page(&frame(Ja, LIST, "ありがとうございます"), content)
}

fn confirm() -> String {
    let content = html! {
        h1 { "登録の確認" }
        p { "hanako@example.jp を「さくら堂だより」に登録します。よろしければボタンを押してください。" }
        (actions(post_button(&PostButton { action: "confirm.html", label: "登録を完了する", kind: ButtonKind::Primary, ..PostButton::default() })))
        p.hint { "お心当たりのない場合は、このページを閉じてください。登録されません。" }
    };
    public_page(&frame(Ja, LIST, "登録の確認"), content)
}

fn unsubscribe() -> String {
    let content = html! {
        h1 { "配信の解除" }
        p { "hanako@example.jp への「さくら堂だより」の配信を止めます。" }
        (form("unsubscribe.html", "", html! {
            (Field::new("reason", "よろしければ理由をお聞かせください", Input::Radio(&[
                Choice::new("often", "メールが多い"),
                Choice::new("content", "内容が合わない"),
                Choice::new("unknown", "登録した覚えがない"),
            ])))
            (button("配信を解除する", ButtonKind::Primary))
        }))
        p { (link("#", "受け取る頻度や内容を変える")) }
    };
    public_page(&frame(Ja, LIST, "配信の解除"), content)
}

fn login() -> String {
    let content = html! {
        h1 { "ログイン" }
        (form("login.html", "proof", html! {
            (Field::new("email", "メールアドレス", Input::Email).autocomplete("username"))
            (Field::new("password", "パスワード", Input::Password).autocomplete("current-password"))
            (button("ログイン", ButtonKind::Primary))
        }))
        (details_box("パスワードを忘れたとき", html! {
            p { "FTPでデータフォルダーに空のファイル " code { "reset-password" } " を置き、このページを開き直してください。" }
        }))
    };
    let frame =
        frame(Ja, SITE, "ログイン").notice(Tone::Error, "メールアドレスまたはパスワードが違います。(E1014)");
    plain_page(&frame, content)
}

fn setup() -> String {
    let content = html! {
        (steps("初期設定の手順", &["確認", "管理者", "差出人", "送信"], 1))
        h1 { "管理者を決めます" }
        p { "データフォルダーの " code { "setup-code.txt" } " をFTPで開き、書かれているコードを入力してください。" }
        (form("setup.html", "proof", html! {
            (Field::new("code", "設定コード", Input::Text).autocomplete("one-time-code").required(Ja))
            (Field::new("email", "メールアドレス", Input::Email).hint("ログインに使います。").autocomplete("username").required(Ja))
            (Field::new("password", "パスワード", Input::Password).hint("12文字以上。長い文のほうが覚えやすく、破られにくくなります。").autocomplete("new-password").required(Ja))
            (Field::new("language", "管理画面の言語", Input::Select(&[Choice::new("ja", "日本語"), Choice::new("en", "English")])))
            (button("次へ進む", ButtonKind::Primary))
        }))
    };
    plain_page(&frame(Ja, "", "初期設定"), content)
}

fn bars() -> Vec<(String, u64, String)> {
    [
        0, 0, 412, 18, 22, 9, 30, 0, 1204, 41, 25, 19, 12, 0, 38, 1187, 44, 20, 16, 0, 9, 51, 620, 33, 28,
        14, 0, 7, 19, 620,
    ]
    .iter()
    .enumerate()
    .map(|(index, count)| (format!("10/{}", index + 1), *count, format!("{count}通")))
    .collect()
}

fn today() -> String {
    let bars = bars();
    let bars: Vec<Bar> =
        bars.iter().map(|(label, value, words)| Bar { label, value: *value, words }).collect();
    let content = html! {
        (page_heading("今日", link_button("broadcast-edit.html", "配信をつくる", ButtonKind::Primary)))
        (stats(&[
            stat_linked("subscribers.html", "読者", "1,248", "今週 +23"),
            stat("今日の送信", "620", "残り 628通"),
            stat("届かなかった数", "3", "30日間の0.2%"),
            stat("次の送信", "12:40", "約4分後"),
        ]))
        (columns(
            html! {
                (card("いま配信しているもの", html! {
                    (progress("11月のお知らせ:新しい冬のお菓子", "620 / 1,248通", 620, 1248))
                    p.hint { "この速さでは、13時25分ごろに送り終えます。" }
                    (actions(html! {
                        (link_button("broadcast-watch.html", "様子を見る", ButtonKind::Secondary))
                        (post_button(&PostButton { action: "#", csrf: "proof", label: "一時停止", kind: ButtonKind::Quiet, hidden: &[("message", "12")] }))
                    }))
                }))
                (card("", bar_chart("この30日に送ったメール", "最も多い日 1,204通", &bars)))
            },
            html! {
                (card("送信の時計", definition_list(&[
                    ("cron(サーバー)", html! { (badge(Tone::Success, "動いています")) " 2分前" }),
                    ("ページの閲覧", html! { (badge(Tone::Neutral, "控え")) " きのう" }),
                ])))
                (card("お知らせ", html! {
                    p { "NEO 1.2を公開しました。配信の一覧が速くなりました。" }
                    p { (link("#", "変更点を読む")) }
                }))
            },
        ))
    };
    let frame = admin_frame("今日").notice(
        Tone::Warn,
        html! {
            p { "差出人の住所が未入力です。配信する前に入力してください(特定電子メール法)。" }
            p { (link("settings-errors.html", "差出人を設定する")) }
        },
    );
    admin_page(&frame, Nav::Today, content)
}

fn today_english() -> String {
    let content = html! {
        (page_heading("Today", link_button("#", "New broadcast", ButtonKind::Primary)))
        (stats(&[
            stat("Subscribers", "1,248", "23 more this week"),
            stat("Sent today", "620", "628 left"),
            stat("Not delivered", "3", "0.2% of 30 days"),
        ]))
        (card("Running now", progress("News of November", "620 of 1,248", 620, 1248)))
    };
    let frame = frame(En, "Sakurado sweets", "Today")
        .user(USER, "proof")
        .notice(Tone::Success, "The settings are saved.");
    admin_page(&frame, Nav::Today, content)
}

fn broadcasts() -> String {
    let rows: Vec<Vec<Markup>> = [
        (Tone::Info, "配信中", "11月のお知らせ:新しい冬のお菓子", "今日 12:00", "620 / 1,248", "様子"),
        (Tone::Warn, "予約", "年末年始の営業日と発送のご案内", "12月10日 09:00", "1,248", "編集"),
        (Tone::Neutral, "下書き", "【読者限定】栗きんとん 先行予約のご案内 {{ name }} 様", "", "", "編集"),
        (Tone::Success, "完了", "10月のお知らせ:お月見と栗", "10月9日 12:00", "1,204", "結果"),
        (Tone::Error, "停止", "定休日変更のお知らせ", "10月3日 08:00", "412 / 1,198", "様子"),
    ]
    .into_iter()
    .map(|(tone, state, subject, at, count, action)| {
        vec![
            html! { (link("broadcast-watch.html", subject)) },
            badge(tone, state),
            html! { (at) },
            html! { (count) },
            link_button("broadcast-watch.html", action, ButtonKind::Quiet),
        ]
    })
    .collect();
    let columns = [
        Column::main("件名"),
        Column::text("状態"),
        Column::text("日時"),
        Column::number("通数"),
        Column::actions("操作"),
    ];
    let content = html! {
        (page_heading("配信", link_button("broadcast-edit.html", "配信をつくる", ButtonKind::Primary)))
        (tabs("配信の絞り込み", &[
            Tab { label: "すべて", url: "#", active: true },
            Tab { label: "下書き", url: "#", active: false },
            Tab { label: "予約", url: "#", active: false },
            Tab { label: "完了", url: "#", active: false },
        ]))
        (table("配信の一覧", &columns, &rows))
        (pager("ページ送り", None, Some(Link { label: "前の配信を見る", url: "#" })))
    };
    admin_page(&admin_frame("配信").notice(Tone::Success, "下書きを保存しました。"), Nav::Broadcasts, content)
}

fn broadcast_edit() -> String {
    let body = "{{ name | default(\"読者\") }} 様\n\nいつも「さくら堂だより」をお読みくださり、ありがとうございます。\n霜月に入り、店先の桜の葉も色づいてまいりました。\n\n■ 冬のお菓子、始まりました\n・柚子まんじゅう(6個入 1,080円)\n・栗きんとん(11月末まで)\n\nhttps://sakurado.example.jp/winter\n";
    let content = html! {
        (back_link(Link { label: "配信の一覧", url: "broadcasts.html" }))
        (page_heading("配信をつくる", html! {}))
        (columns(
            card("", form("#", "proof", html! {
                (Field::new("list", "読者リスト", Input::Select(&[Choice::new("1", "さくら堂だより(1,248人)"), Choice::new("2", "お茶会のご案内(86人)")])))
                (Field::new("subject", "件名", Input::Text).value("11月のお知らせ:新しい冬のお菓子").required(Ja).maxlength(200))
                (Field::new("preview", "プレビュー文", Input::Text).hint("受信箱で件名のあとに表示されます。").value("柚子まんじゅうと栗きんとん、始まりました"))
                (Field::new("text", "本文", Input::Textarea { rows: 14 }).value(body).required(Ja))
                (Field::new("when", "送る時", Input::Radio(&[
                    Choice::new("now", "すぐに送る"),
                    Choice::new("at", "日時を決めて送る").with_hint("日本時間。送信の時計が動いたときに送り始めます。"),
                ])).value("at"))
                (Field::new("at", "送信日時", Input::DateTime).value("2026-11-25T12:00"))
                (actions(html! {
                    (button_named("do", "check", "確認へ進む", ButtonKind::Primary))
                    (button_named("do", "save", "下書きを保存", ButtonKind::Secondary))
                }))
            })),
            html! {
                (card("差し込み", html! {
                    p { "本文に書くと、読者ごとの値に変わります。" }
                    (definition_list(&[
                        ("お名前", html! { code { "{{ name }}" } }),
                        ("メールアドレス", html! { code { "{{ email }}" } }),
                        ("解除のURL", html! { code { "{{ unsubscribe_url }}" } }),
                    ]))
                }))
                (card("試しに送る", html! {
                    p { "自分宛に1通だけ送ります。" }
                    (post_button(&PostButton { action: "#", csrf: "proof", label: "自分に送る", ..PostButton::default() }))
                }))
            },
        ))
    };
    admin_page(&admin_frame("配信をつくる"), Nav::Broadcasts, content)
}

fn broadcast_watch() -> String {
    let rows = vec![
        vec![
            html! { "yamada@example.jp" },
            badge(Tone::Error, "不達"),
            html! { "宛先がありません(550 5.1.1)" },
        ],
        vec![
            html! { "suzuki.ichiro@example.co.jp" },
            badge(Tone::Warn, "再送待ち"),
            html! { "受信箱がいっぱいです(452 4.2.2)。13:30に再送します" },
        ],
        vec![
            html! { "tanaka-yoshiko@docomo.example.ne.jp" },
            badge(Tone::Neutral, "不明"),
            html! { "送信中に止まりました。同じメールをもう一度送ります" },
        ],
    ];
    let content = html! {
        (back_link(Link { label: "配信の一覧", url: "broadcasts.html" }))
        (page_heading("11月のお知らせ:新しい冬のお菓子", html! {
            (post_button(&PostButton { action: "#", csrf: "proof", label: "一時停止", ..PostButton::default() }))
            (post_button(&PostButton { action: "#", csrf: "proof", label: "残りを取りやめる", kind: ButtonKind::Danger, ..PostButton::default() }))
        }))
        (card("", html! {
            (progress("配信中", "620 / 1,248通", 620, 1248))
            p.hint { "12:00に開始。この速さでは、13時25分ごろに送り終えます。" }
        }))
        (stats(&[
            stat("対象", "1,248", ""), stat("送信済み", "617", ""), stat("待ち", "627", ""),
            stat("再送待ち", "1", ""), stat("不達", "2", ""), stat("不明", "1", ""),
        ]))
        (table("届かなかった宛先", &[Column::main("宛先"), Column::text("状態"), Column::text("理由")], &rows))
        (card("本文", html! {
            (tabs("形式", &[Tab { label: "テキスト", url: "#", active: true }, Tab { label: "HTML", url: "#", active: false }]))
            (mail_preview_frame("メールの見本", "mail.html", Ja))
        }))
    };
    admin_page(&admin_frame("配信の様子"), Nav::Broadcasts, content)
}

fn sequence() -> String {
    let edit = || link_button("#", "編集", ButtonKind::Secondary);
    let steps = [
        ("登録してすぐ", "ご登録ありがとうございます", "開封 68%・1,248人に送信"),
        ("1日目 08:30", "さくら堂のお菓子ができるまで", "開封 54%・1,190人に送信"),
        ("3日目 08:30", "はじめての方へ:人気の詰め合わせ3つ", "開封 49%・1,102人に送信"),
        ("7日目 18:00", "【読者限定】送料無料のご案内", "開封 51%・987人に送信"),
    ]
    .map(|(marker, title, detail)| TimelineItem {
        marker,
        title: html! { (title) },
        detail: html! { (detail) },
        actions: edit(),
    });
    let content = html! {
        (back_link(Link { label: "ステップメールの一覧", url: "#" }))
        (page_heading("はじめましての7日間", html! {
            (badge(Tone::Success, "動いています"))
            (link_button("#", "メールを足す", ButtonKind::Primary))
        }))
        (columns(
            timeline(&steps),
            html! {
                (card("いまの人数", definition_list(&[
                    ("途中の読者", html! { "261人" }),
                    ("終えた読者", html! { "987人" }),
                    ("次に送る時", html! { "明日 08:30(14通)" }),
                ])))
                (card("試してみる", html! {
                    p { "これからの30日に、誰にいつ何が届くかを、送らずに確かめます。" }
                    (link_button("#", "予行する", ButtonKind::Secondary))
                }))
            },
        ))
    };
    admin_page(&admin_frame("はじめましての7日間"), Nav::Sequences, content)
}

const READERS: [(&str, &str, &str, Tone); 20] = [
    ("佐藤 花子", "hanako.sato@example.jp", "購読中", Tone::Success),
    ("鈴木 一郎", "ichiro@example.com", "購読中", Tone::Success),
    ("高橋 美咲", "misaki-takahashi@example.ne.jp", "確認待ち", Tone::Warn),
    ("田中 健太", "kenta.tanaka@example.co.jp", "購読中", Tone::Success),
    ("伊藤 さくら", "sakura_ito@example.jp", "解除", Tone::Neutral),
    ("渡邊 翔", "sho@example.jp", "購読中", Tone::Success),
    ("山本 陽子", "yoko.yamamoto@example.or.jp", "不達", Tone::Error),
    ("中村 大輔", "daisuke@example.com", "購読中", Tone::Success),
    ("小林 結衣", "yui.k@example.jp", "購読中", Tone::Success),
    ("加藤 誠", "makoto-kato@example.ne.jp", "購読中", Tone::Success),
    ("吉田 真由美", "mayumi.yoshida.1975@example.jp", "購読中", Tone::Success),
    ("山田 太郎", "taro@example.jp", "購読中", Tone::Success),
    ("佐々木 希", "nozomi@example.com", "確認待ち", Tone::Warn),
    ("山口 蓮", "ren@example.jp", "購読中", Tone::Success),
    ("松本 葵", "aoi.matsumoto@example.co.jp", "購読中", Tone::Success),
    ("井上 隆", "takashi@example.jp", "購読中", Tone::Success),
    ("木村 彩香", "ayaka_kimura@example.jp", "購読中", Tone::Success),
    ("林 直樹", "naoki@example.com", "解除", Tone::Neutral),
    (
        "",
        "a-very-long-address-of-somebody-with-much-to-say@mail.subdomain.example.co.jp",
        "購読中",
        Tone::Success,
    ),
    ("勅使河原 龍之介 ウィリアム", "r.teshigawara@example.jp", "購読中", Tone::Success),
];

fn subscribers() -> String {
    let rows: Vec<Vec<Markup>> = READERS
        .iter()
        .enumerate()
        .map(|(index, (name, email, state, tone))| {
            vec![
                html! { a href="#" { (email) } },
                html! { (name) },
                badge(*tone, state),
                html! { "2026年11月" (22 - index) "日" },
            ]
        })
        .collect();
    let columns = [
        Column::main("メールアドレス"),
        Column::text("お名前"),
        Column::text("状態"),
        Column::number("登録日"),
    ];
    let content = html! {
        (page_heading("読者", html! {
            (link_button("#", "CSVを取り込む", ButtonKind::Secondary))
            (link_button("#", "読者を加える", ButtonKind::Primary))
        }))
        (search_form("#", &[], "メールアドレスかお名前で探す", ("q", ""), "探す"))
        (table("読者の一覧", &columns, &rows))
        (pager("ページ送り", Some(Link { label: "最初へ", url: "#" }), Some(Link { label: "次の20人", url: "#" })))
    };
    admin_page(&admin_frame("読者"), Nav::Subscribers, content)
}

fn forms_empty() -> String {
    let content = html! {
        (page_heading("フォーム", html! {}))
        (empty_state(
            "登録フォームがまだありません",
            "フォームをつくると、ホームページに貼るHTMLと、そのまま使える登録ページができます。",
            link_button("#", "フォームをつくる", ButtonKind::Primary),
        ))
        (card("ホームページに貼る", code_block("このHTMLをページに貼り付けてください",
            "<form action=\"https://sakurado.example.jp/neo.cgi/f/tayori\" method=\"post\" accept-charset=\"UTF-8\">\n  <label>メールアドレス <input type=\"email\" name=\"email\" required></label>\n  <button>登録する</button>\n</form>")))
    };
    admin_page(&admin_frame("フォーム"), Nav::Forms, content)
}

fn settings_errors() -> String {
    let address = "差出人の住所を入力してください。(E1006)";
    let from =
        "gmail.com のアドレスは差出人にできません。ご自分のドメインのアドレスを指定してください。(E1021)";
    let content = html! {
        (page_heading("設定", html! {}))
        (tabs("設定の種類", &[
            Tab { label: "差出人", url: "#", active: true },
            Tab { label: "送信方法", url: "#", active: false },
            Tab { label: "送信の時計", url: "#", active: false },
            Tab { label: "安全装置", url: "#", active: false },
            Tab { label: "バックアップ", url: "#", active: false },
        ]))
        (error_summary("2か所を直してください", &[("from", from), ("address", address)]))
        (card("", form("#", "proof", html! {
            (Field::new("sender", "差出人の名前", Input::Text).value("和菓子処 さくら堂").required(Ja))
            (Field::new("from", "差出人のアドレス", Input::Email).value("sakurado@gmail.com").error(Some(from)).required(Ja).lang("en"))
            (Field::new("address", "住所", Input::Textarea { rows: 2 }).hint("法律により、すべてのメールの末尾に表示します。").error(Some(address)).required(Ja))
            (fieldset("送る速さ", html! {
                (Field::new("pace", "1時間に送る上限", Input::Number { min: 1, max: 100_000 }).value("300").unit("通").hint("お使いのサーバーの決まりより少なくしてください。"))
                (Field::new("quiet", "夜間(21時〜翌8時)は送らない", Input::Checkbox).value("1").hint("ステップメールは翌朝に送ります。"))
                (Field::new("morning", "朝の送信時刻", Input::Time).value("08:30"))
            }))
            (actions(button("設定を保存する", ButtonKind::Primary)))
        })))
        (card("送信の時計", html! {
            p { "サーバーの管理画面のcronに、次の行を登録してください。" }
            (code_block("cronの設定", "*/10 * * * * /home/sakurado/www/neo.cgi tick"))
            (details_box("cronを使えないサーバーでは", html! { p { "ページが開かれたときに送ることもできます。" } }))
        }))
    };
    admin_page(&admin_frame("設定"), Nav::Settings, content)
}

fn error() -> String {
    let frame = frame(Ja, LIST, "ページが見つかりません");
    error_page(
        &frame,
        "404",
        "URLをご確認ください。メールのリンクが途中で切れているときは、全体をコピーして開いてください。(E2001)",
        Some(Link { label: "登録ページへ", url: "signup.html" }),
    )
}

fn components() -> String {
    let kinds = [
        (ButtonKind::Primary, "保存する"),
        (ButtonKind::Secondary, "下書きにする"),
        (ButtonKind::Quiet, "あとで"),
        (ButtonKind::Danger, "削除する"),
    ];
    let tones = [
        (Tone::Neutral, "下書き"),
        (Tone::Info, "配信中"),
        (Tone::Success, "完了"),
        (Tone::Warn, "注意"),
        (Tone::Error, "不達"),
    ];
    let content = html! {
        (page_heading("部品", html! {}))
        (card("ボタン", actions(html! { @for (kind, label) in kinds { (button(label, kind)) } })))
        (card("状態", html! {
            p { @for (tone, label) in tones { (badge(tone, label)) " " } }
            @for (tone, label) in tones { (notice(tone, html! { p { (label) ":ひと目で分かる、短い文。" (link("#", "くわしく")) } })) }
        }))
        (card("入力", html! {
            (Field::new("file", "CSVファイル", Input::File { accept: ".csv" }).hint("文字コードは自動で判別します。"))
            (Field::new("date", "日付", Input::Date).value("2026-11-23"))
            (Field::new("html", "HTML", Input::Code { rows: 4 }).value("<p>こんにちは、{{ name }} 様</p>"))
            (Field::new("search", "検索", Input::Search).placeholder("例: hanako"))
        }))
        (card("文章", prose(html! {
            p { "静かで、読みやすく、迷わないこと。ひとつの画面で大切なことはひとつだけ。ボタンの言葉は、押すと何が起きるかを言います。" }
            ul { li { "失敗したときは、何を直せばよいかを言う。" } li { "入力したものは消さない。" } }
        })))
        (steps("手順", &["宛先", "本文", "確認", "送信"], 2))
    };
    admin_page(&admin_frame("部品"), Nav::Elsewhere, content)
}
