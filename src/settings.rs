//! Every setting, declared once: key, default, kind, secret or not, help in both languages.
//! Not their storage (store/settings) and not their page (web/admin/settings).

use std::collections::BTreeMap;

use crate::domain::calendar::{self, Zone};
use crate::domain::pace::{Limits, domains};
use crate::domain::rest::{self, Rest};
use crate::domain::transport_url;
use crate::error::{Error, Result};
use crate::host::plans;
use crate::link::key::PublicKey;
use crate::texts::{Language, Text, errors, text};

/// One declared setting.
pub struct Setting {
    pub key: &'static str,
    pub default: &'static str,
    pub kind: Kind,
    pub help: Text,
}

/// What values a setting takes; checked before it is stored.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// One line of text up to so many characters.
    Line(usize),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A comma-separated choice of these words.
    Choices(&'static [&'static str]),
    Number(i64, i64),
    /// `HH:MM`, or empty.
    TimeOfDay,
    TimeZone,
    /// `21:00-08:00`, or nothing.
    Hours,
    /// Dates, stored as `YYYY-MM-DD` with commas between them.
    Dates,
    /// An http(s) URL without query, stored without a slash at the end.
    BaseUrl,
    /// A mail transport (domain/transport_url).
    Transport,
    /// The same, or nothing.
    OtherTransport,
    /// Limits of the pace (domain/pace), e.g. `100/hour 1000/day`.
    Pace,
    /// Such limits by receiving domain.
    PaceByDomain,
    /// A civil day, or nothing.
    Day,
    /// A folder on the web, or empty.
    OptionalUrl,
    /// Ed25519 public keys with commas, or empty.
    PublicKeys,
    /// Sealed with the site's key in the database; never shown.
    Secret,
}

macro_rules! settings {
    ($($name:ident: $key:literal = $default:expr, $kind:expr, $ja:expr, $en:expr;)*) => {
        $(pub static $name: Setting = Setting { key: $key, default: $default, kind: $kind, help: text($ja, $en) };)*
        /// Every setting, in the order of the page and of `neo setting list`.
        pub static ALL: &[&Setting] = &[$(&$name),*];
    };
}

/// Where a tick may come from.
pub const TICK_SOURCES: &[&str] = &["cron", "poller", "url", "visit", "admin"];

/// The clock that an owner wants her site to go by; empty: not chosen.
pub const WANTED_CLOCKS: &[&str] = &["", "cron", "poller", "url", "visit"];

/// A value that the program was made with.
const fn built_in(value: Option<&'static str>) -> &'static str {
    match value {
        Some(value) => value,
        None => "",
    }
}

settings! {
    BASE_URL: "base_url" = "", Kind::BaseUrl,
        "このサイトの公開URL。メールの中のリンクはすべてこれから作られます。例: https://example.jp/neo.cgi",
        "The public URL of this site; all links in mails are made from it. Example: https://example.jp/neo.cgi";
    LANGUAGE: "language" = "ja", Kind::Choice(&["ja", "en"]),
        "管理画面と通知の言語。", "The language of the admin and of notices.";
    TIME_ZONE: "time_zone" = "Asia/Tokyo", Kind::TimeZone,
        "配信日時のタイムゾーン。", "The time zone of all sending times.";
    SENDER_NAME: "sender_name" = "", Kind::Line(100),
        "送信責任者の名前または会社名。すべてのメールの末尾に表示されます(特定電子メール法)。",
        "The name of the person or company responsible; shown at the end of every mail, as the law asks.";
    SENDER_ADDRESS: "sender_address" = "", Kind::Line(200),
        "送信責任者の住所。すべてのメールの末尾に表示されます(特定電子メール法)。",
        "The postal address; shown at the end of every mail, as the law asks.";
    SENDER_CONTACT: "sender_contact" = "", Kind::Line(200),
        "苦情・問い合わせの連絡先(電話番号・メールアドレス・URLのいずれか)。",
        "Where complaints and questions go: a phone number, an e-mail address or a URL.";
    TRANSPORT: "transport" = "folder:outbox", Kind::Transport,
        "送信方法。smtp://利用者@サーバー:587?tls=required、smtps://…、sendmail:/usr/sbin/sendmail、folder:outbox(お試し)",
        "How mails leave: smtp://user@host:587?tls=required, smtps://…, sendmail:/usr/sbin/sendmail, folder:outbox (try-out)";
    TRANSPORT_PASSWORD: "transport_password" = "", Kind::Secret,
        "送信サーバー(SMTP)のパスワード。暗号化して保存されます。",
        "The password of the mail server (SMTP). It is stored encrypted.";
    RETURN_PATH: "return_path" = "", Kind::Line(254),
        "届かなかったメールの戻り先。空欄なら差出人。「{token}」を含めると、配信ごとに別のアドレスになります。例: bounce+{token}@example.jp",
        "Where bounces go; empty: the sender. With \"{token}\" it differs for each delivery. Example: bounce+{token}@example.jp";
    UNSURE: "unsure" = "retry", Kind::Choice(&["retry", "hold"]),
        "送信の途中でプログラムが止まり、届いたかどうか分からない1通の扱い。retry: 同じ内容で1度だけ送り直す。hold: 保留して確認を待つ。",
        "What to do with the one mail in hand when the program died: retry it once with the same bytes, or hold it for you.";
    TICK_SOURCES_ALLOWED: "tick_sources" = "cron,poller,url,visit,admin", Kind::Choices(TICK_SOURCES),
        "送信の時計として使えるもの。cron: サーバーのcron。poller: 提供元からの呼び出し(署名つき)。url: 鍵つきURL。visit: 公開ページの閲覧(ほかの時計が止まっているときだけ)。admin: 管理画面のボタン。",
        "Which clocks may start the sending. cron: the host's cron. poller: the vendor's signed calls. url: the address with a key. visit: a visit to a public page, only while the others are silent. admin: the owner's button.";
    TICK_KEY: "tick_key" = "", Kind::Secret,
        "送信を始めるURLの鍵。", "The key in the address that starts a tick.";
    TICK_GAP: "tick_gap" = "30", Kind::Number(0, 3600),
        "URLからの送信開始を受け付ける最短の間隔(秒)。", "The shortest gap between ticks by URL, in seconds.";
    WANTED_CLOCK: "wanted_clock" = "", Kind::Choice(WANTED_CLOCKS),
        "このサイトの時計。cron・poller・url・visit。提供元には、この選択だけを伝えます。空欄なら未選択です。",
        "The clock that this site goes by: cron, poller, url or visit; empty: not chosen. The vendor is told.";
    SITE_ID: "site_id" = "", Kind::Line(64),
        "提供元とのやりとりで使う、このサイトの番号。変更しないでください。",
        "The name of this site on the line to the vendor. Leave it as it is.";
    ACTIVATION_KEY: "activation_key" = "", Kind::Secret,
        "登録した利用キー。有効期限などを記したトークンは、提供元につながったときに受け取ります。neo activate か、設定の「利用キー」のページで登録します。",
        "The activation key that was entered; its token comes when the vendor is heard. Enter it by neo activate or on its page.";
    VENDOR_URL: "vendor_url" = built_in(option_env!("NEO_VENDOR_URL")), Kind::OptionalUrl,
        "お知らせ・更新・利用キーを受け取る場所(index.json のあるURL)。1日に最大4回、読みにいきます。空欄なら、読みにいきません。",
        "Where news, updates and tokens are fetched (the folder of index.json), at most four times a day; empty: never.";
    VENDOR_ROOT: "vendor_root" = built_in(option_env!("NEO_VENDOR_ROOT")), Kind::PublicKeys,
        "提供元の公開鍵。neo link trust で変更します。変更すると、それまでに受け取ったものはすべて無効になります。",
        "The vendor's public key, changed by neo link trust. A change makes void all that was received so far.";
    TICK_MESSAGES: "tick_messages" = "10000", Kind::Number(1, 1_000_000),
        "1回に送る最大の通数。", "The most mails sent in one tick.";
    TICK_SECONDS: "tick_seconds" = "40", Kind::Number(1, 50),
        "cronによる1回の送信の長さ(秒)。URLからは最大20秒です。",
        "How long a tick by cron works, in seconds; by URL it is at most 20.";
    QUIET_HOURS: "quiet_hours" = "", Kind::Hours,
        "静かな時間。この間に届くはずのステップメールと、静かな時間を守る配信は、終わりの時刻まで待ちます。例: 21:00-08:00。空欄ならありません。",
        "Quiet hours: mails of sequences that fall into them, and broadcasts that keep them, wait for their end. Example: 21:00-08:00; empty means none.";
    CLOSED_DAYS: "closed_days" = "", Kind::Choices(rest::KINDS),
        "休みの日。sat: 土曜日、sun: 日曜日、holiday: 国民の祝日。休みの日を避けるステップメールだけが、次の営業日を待ちます。",
        "Closed days: sat, sun, holiday (Japan's). Only sequences that keep them wait for the next open day.";
    CLOSED_DATES: "closed_dates" = "", Kind::Dates,
        "そのほかの休業日。2026-12-30 の形で、コンマで区切ります。",
        "Further closed days as 2026-12-30, with commas between them.";
    HOST_PLAN: "host_plan" = "", Kind::Choice(plans::IDS),
        "お使いのサーバーとプラン。公表されている送信数の上限を守ります。空欄なら、断られた回数から学びます。",
        "The host and plan; its known limits are kept. Empty: limits are learnt from refusals.";
    PACE: "pace" = "", Kind::Pace,
        "自分で決める送信数の上限。例: 100/hour 1000/day(minute・15min・hour・day)。プランの上限より少ない方を守ります。",
        "Your own limits, e.g. 100/hour 1000/day (minute, 15min, hour, day). The stricter of these and the plan's holds.";
    PACE_DOMAINS: "pace_domains" = "gmail.com=4900/day", Kind::PaceByDomain,
        "受信側ごとの上限。例: gmail.com=4900/day, docomo.ne.jp=1000/hour。Gmailは24時間に約5,000通を超えた差出人を、以後ずっと大量送信者として扱います。",
        "Limits by receiving domain, e.g. gmail.com=4900/day, docomo.ne.jp=1000/hour. Who sends Gmail about 5,000 in 24 hours counts as a bulk sender for ever.";
    WARM_UP_FROM: "warm_up_from" = "", Kind::Day,
        "新しい送信元の「ならし」を始める日。例: 2026-12-01。空欄ならしません。1日の上限が毎日3分の1ずつ増えます。",
        "The day on which a warm-up of a new sender begins, e.g. 2026-12-01; empty: none. The day's limit grows by a third each day.";
    WARM_UP_FIRST: "warm_up_first" = "200", Kind::Number(10, 100_000),
        "「ならし」の初日に送る最大の通数。", "The most mails on the first day of a warm-up.";
    TRANSPORT_WEIGHT: "transport_weight" = "1", Kind::Number(1, 100),
        "送信方法を2つ以上使うときの、1つ目の割合。", "The share of the first transport when there are several.";
    TRANSPORT_2: "transport_2" = "", Kind::OtherTransport,
        "2つ目の送信方法。1つ目と割合に応じて分け合い、片方が使えないときはもう片方で送ります。",
        "A second transport: it shares the work by weight, and takes over when the other cannot be used.";
    TRANSPORT_2_PASSWORD: "transport_2_password" = "", Kind::Secret,
        "2つ目の送信方法のパスワード。", "The password of the second transport.";
    TRANSPORT_2_WEIGHT: "transport_2_weight" = "1", Kind::Number(0, 100),
        "2つ目の割合。0にすると、ほかが使えないときだけ使います。", "Its share; 0: only while the others cannot be used.";
    PACE_2: "pace_2" = "", Kind::Pace, "2つ目の送信数の上限。", "The limits of the second transport.";
    TRANSPORT_3: "transport_3" = "", Kind::OtherTransport, "3つ目の送信方法。", "A third transport.";
    TRANSPORT_3_PASSWORD: "transport_3_password" = "", Kind::Secret,
        "3つ目の送信方法のパスワード。", "The password of the third transport.";
    TRANSPORT_3_WEIGHT: "transport_3_weight" = "1", Kind::Number(0, 100), "3つ目の割合。", "Its share.";
    PACE_3: "pace_3" = "", Kind::Pace, "3つ目の送信数の上限。", "The limits of the third transport.";
    GUARD_MEMORY: "guard_memory_mib" = "128", Kind::Number(48, 1024),
        "1つのプログラムが使えるメモリの上限(MiB)。", "The most memory of one process, in MiB.";
    GUARD_CPU: "guard_cpu_seconds" = "20", Kind::Number(2, 120),
        "cronからの1回の送信で使えるCPU時間(秒)。", "The CPU time of one tick by cron, in seconds.";
    GUARD_WALL: "guard_wall_seconds" = "50", Kind::Number(10, 600),
        "cronからの1回の送信が続けられる時間(秒)。", "How long one tick by cron may last, in seconds.";
    GUARD_WEB_CPU: "guard_web_cpu_seconds" = "10", Kind::Number(2, 60),
        "1ページの表示で使えるCPU時間(秒)。", "The CPU time of one page, in seconds.";
    GUARD_WEB_WALL: "guard_web_wall_seconds" = "25", Kind::Number(25, 120),
        "1ページの表示にかけられる時間(秒)。", "How long one page may take, in seconds.";
    CONFIRM_DAYS: "confirm_days" = "7", Kind::Number(1, 90),
        "登録確認メールのリンクの有効日数。", "For how many days a confirmation link is valid.";
    BACKUP_AT: "backup_at" = "03:30", Kind::TimeOfDay,
        "夜間バックアップの時刻。この時刻を過ぎて最初にcronが動いたときに行います。空欄にすると行いません。例: 03:30",
        "When the nightly backup is made: by the first cron tick after this time of day; empty: never. Example: 03:30";
    BACKUP_KEEP: "backup_keep" = "7", Kind::Number(0, 60),
        "残しておく夜間バックアップの数。古いものから削除します。0にすると夜間バックアップを行いません。",
        "How many nightly backups are kept; the oldest go first. 0: none are made.";
    UPDATE_MODE: "update_mode" = "manual", Kind::Choice(&["off", "manual", "auto"]),
        "プログラムの更新。manual: 新しい版を知らせ、ボタンで更新する。auto: 決めた時刻に自動で更新する。off: 知らせない。",
        "Updates of the program. manual: you are told, and press a button. auto: by itself at the chosen hour. off: you are not told.";
    UPDATE_HOUR: "update_hour" = "4", Kind::Number(0, 23),
        "自動で更新する時刻(0〜23時)。この時刻のあいだに送信の時計が動いたときに更新します。",
        "The hour of day (0 to 23) at which updates by themselves happen, when a clock calls in it.";
    UPDATE_DAYS: "update_days" = "3", Kind::Number(0, 60),
        "自動で更新するまでに待つ日数。公開からこの日数がたった版だけを入れます(セキュリティの修正は待ちません)。",
        "How many days after its release a version is installed by itself; security fixes do not wait.";
}

/// Finds a setting by its key.
pub fn find(key: &str) -> Result<&'static Setting> {
    ALL.iter()
        .copied()
        .find(|setting| setting.key == key)
        .ok_or_else(|| Error::not_found(errors::SETTING_UNKNOWN).with("key", key))
}

impl Setting {
    pub fn is_secret(&self) -> bool {
        matches!(self.kind, Kind::Secret)
    }

    /// Whether days and hours of mails that wait hang on it.
    pub fn moves_days(&self) -> bool {
        [&QUIET_HOURS, &CLOSED_DAYS, &CLOSED_DATES, &TIME_ZONE].iter().any(|setting| setting.key == self.key)
    }

    /// Checks a typed value and gives the form that is stored.
    pub fn parse(&self, typed: &str) -> Result<String> {
        let typed = typed.trim();
        let refuse = |why: Text| {
            Error::invalid(errors::FIELD_NOT_VALID).with("field", self.key).with("why", why).on(self.key)
        };
        match self.kind {
            Kind::Line(limit) => {
                if typed.chars().any(char::is_control) {
                    return Err(Error::invalid(errors::CONTROL_CHARACTER).on(self.key));
                }
                if typed.chars().count() > limit {
                    return Err(Error::invalid(errors::FIELD_TOO_LONG)
                        .with("field", self.key)
                        .with("limit", limit.to_string())
                        .on(self.key));
                }
                Ok(typed.to_string())
            }
            Kind::Choice(words) if words.contains(&typed) => Ok(typed.to_string()),
            Kind::Choices(words) => {
                let chosen: Vec<&str> =
                    typed.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
                match chosen.iter().all(|word| words.contains(word)) {
                    true => Ok(chosen.join(",")),
                    false => Err(refuse(text("選べる値ではありません。", "Not one of the choices."))),
                }
            }
            Kind::Choice(_) => Err(refuse(text("選べる値ではありません。", "Not one of the choices."))),
            Kind::Number(least, most) => match typed.parse::<i64>() {
                Ok(number) if (least..=most).contains(&number) => Ok(number.to_string()),
                _ => Err(Error::invalid(errors::NUMBER_OUT_OF_RANGE)
                    .with("field", self.key)
                    .with("least", least.to_string())
                    .with("most", most.to_string())
                    .on(self.key)),
            },
            Kind::TimeOfDay if typed.is_empty() => Ok(String::new()),
            Kind::TimeOfDay => match calendar::TimeOfDay::parse(typed) {
                Ok(time) => Ok(time.to_string()),
                Err(_) => Err(Error::invalid(errors::TIME_OF_DAY_NOT_VALID).on(self.key)),
            },
            Kind::TimeZone => calendar::parse_zone(typed).map(|zone| zone.name().to_string()),
            Kind::Hours if typed.is_empty() => Ok(String::new()),
            Kind::Hours => rest::parse_hours(typed)
                .map(|(from, until)| format!("{from}-{until}"))
                .ok_or_else(|| Error::invalid(errors::QUIET_HOURS_NOT_VALID).on(self.key)),
            Kind::Dates => {
                parse_dates(typed).ok_or_else(|| Error::invalid(errors::CLOSED_DATES_NOT_VALID).on(self.key))
            }
            Kind::BaseUrl => parse_url(self.key, typed),
            Kind::OptionalUrl if typed.is_empty() => Ok(String::new()),
            Kind::OptionalUrl => parse_url(self.key, typed),
            Kind::PublicKeys => PublicKey::parse_all(typed)
                .map(|keys| keys.iter().map(ToString::to_string).collect::<Vec<String>>().join(","))
                .map_err(|error| error.on(self.key)),
            Kind::OtherTransport | Kind::Day if typed.is_empty() => Ok(String::new()),
            Kind::Transport | Kind::OtherTransport => {
                transport_url::parse(typed).map(|_| typed.to_string()).map_err(|error| error.on(self.key))
            }
            Kind::Pace => {
                Limits::parse(typed).map(|limits| limits.to_string()).map_err(|error| error.on(self.key))
            }
            Kind::PaceByDomain => {
                domains::parse(typed).map(|_| typed.to_string()).map_err(|error| error.on(self.key))
            }
            Kind::Day => calendar::parse_day(typed)
                .map(|day| day.to_string())
                .ok_or_else(|| Error::invalid(errors::TIME_NOT_VALID).on(self.key)),
            Kind::Secret => Ok(typed.to_string()),
        }
    }
}

/// Some years of closed days.
const MOST_DATES: usize = 500;

fn parse_dates(typed: &str) -> Option<String> {
    let mut days = rest::parse_days(typed).filter(|days| days.len() <= MOST_DATES)?;
    days.sort_unstable();
    days.dedup();
    Some(days.iter().map(ToString::to_string).collect::<Vec<String>>().join(","))
}

fn parse_url(key: &'static str, typed: &str) -> Result<String> {
    let refuse = || Error::invalid(errors::URL_NOT_VALID).on(key);
    let url = url::Url::parse(typed).map_err(|_| refuse())?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.query().is_none()
        && url.fragment().is_none();
    match is_plain {
        true => Ok(url.as_str().trim_end_matches('/').to_string()),
        false => Err(refuse()),
    }
}

/// The values of all settings as they stood when the process began.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    values: BTreeMap<String, String>,
}

impl Settings {
    pub fn new(values: BTreeMap<String, String>) -> Settings {
        Settings { values }
    }

    /// The stored value, else the default. Secrets are sealed here; the store opens them.
    pub fn value<'a>(&'a self, setting: &'a Setting) -> &'a str {
        self.values.get(setting.key).map_or(setting.default, String::as_str)
    }

    pub fn number(&self, setting: &Setting) -> i64 {
        self.value(setting).parse().or_else(|_| setting.default.parse()).unwrap_or(0)
    }

    pub fn has(&self, setting: &Setting, word: &str) -> bool {
        self.value(setting).split(',').any(|other| other == word)
    }

    pub fn language(&self) -> Language {
        Language::parse(self.value(&LANGUAGE)).unwrap_or_default()
    }

    pub fn zone(&self) -> Zone {
        calendar::parse_zone(self.value(&TIME_ZONE)).unwrap_or_default()
    }

    /// When mails rest.
    pub fn rest(&self) -> Rest {
        Rest::new(self.value(&QUIET_HOURS), self.value(&CLOSED_DAYS), self.value(&CLOSED_DATES))
    }

    /// The keys of the sender's details that the law asks for and that are still empty.
    pub fn missing_sender_details(&self) -> Vec<&'static Setting> {
        [&SENDER_NAME, &SENDER_ADDRESS, &SENDER_CONTACT]
            .into_iter()
            .filter(|setting| self.value(setting).is_empty())
            .collect()
    }

    /// Puts a value in place for this process only, e.g. in a rehearsal.
    pub fn override_with(&mut self, setting: &Setting, value: &str) {
        self.values.insert(setting.key.to_string(), value.to_string());
    }
}
