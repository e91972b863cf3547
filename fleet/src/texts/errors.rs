//! Sentences about what went wrong on the vendor's server, each with a number of the series F.
//! Not the error type: that is `neo::error`, and its E sentences are used where they fit.
//!
//! Numbers are never reused or changed. F10xx fleet, customers, keys, sites, publication; F11xx poller; F12xx incidents and
//! notices; F13xx the gate; F14xx portal.

use neo::texts::errors::Sentence;
use neo::texts::text;

macro_rules! sentences {
    ($($number:literal $name:ident: $ja:expr, $en:expr;)*) => {
        $(pub const $name: Sentence = Sentence { series: 'F', number: $number, text: text($ja, $en) };)*
        /// Every numbered sentence, for the test of the catalogue.
        pub const ALL: &[(&str, Sentence)] = &[$((stringify!($name), $name)),*];
    };
}

sentences! {
    // F10xx: the fleet itself
    1001 FLEET_MISSING: "ここにはまだフリートがありません。先に neo-fleet init を実行してください。({place})", "There is no fleet here yet. Run neo-fleet init first. ({place})";
    1002 FLEET_EXISTS: "ここにはすでにフリートがあります。({place})", "There is a fleet here already. ({place})";
    1003 DATABASE_URL_NOT_VALID: "データベースの指定を読み取れません: {why} 例: sqlite:/srv/fleet/fleet.sqlite、postgres://fleet@db.internal/fleet", "The database URL could not be read: {why} Examples: sqlite:/srv/fleet/fleet.sqlite, postgres://fleet@db.internal/fleet";
    1004 DATABASE_UNREACHABLE: "データベースに接続できません: {why}", "The database could not be reached: {why}";
    1005 DATABASE_CONTENDED: "ほかの処理と重なり、何度試しても完了できませんでした。少し待ってからもう一度実行してください。何も変更されていません。", "Others changed the same rows each time this was tried. Nothing was changed; please try again in a moment.";
    1006 DATABASE_REFUSED: "データベースがこの利用者の接続を受け付けません: {why}", "The database does not let this user in: {why}";
    1007 DATABASE_TLS: "PostgreSQLへの接続にTLSは使えません。Unixソケット、閉じたネットワーク、またはトンネル(stunnel、WireGuard、SSH)を使い、sslmode=disable を指定してください。", "TLS to PostgreSQL is not built in. Use a Unix socket, a closed network or a tunnel (stunnel, WireGuard, SSH) with sslmode=disable.";
    1008 CLOCK_IS_REAL: "NEO_FLEET_NOW は --rehearsal と一緒にのみ使えます。", "NEO_FLEET_NOW counts only together with --rehearsal.";
    1009 FLEET_IS_REAL: "このフリートは本番用です。--rehearsal では動かせません。", "This fleet is a real one and does not run with --rehearsal.";
    1010 FLEET_IS_REHEARSAL: "このフリートは訓練用です。--rehearsal を付けて実行してください。", "This fleet is a rehearsal; run it with --rehearsal.";
}
