//! 設定 > 更新: what the owner sees of updates and her buttons.
//! Not the work behind them: update.rs.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/updates.rs"]
mod updates;

use updates::{Browser, NEW, OLD, Rig, next_version};

const PAGE: &str = "/admin/settings/update";

#[test]
fn one_click_installs_what_the_page_offered_and_another_puts_the_former_version_back() {
    let rig = Rig::new();
    let owner = Browser::sign_in(&rig);
    let (status, page) = owner.get(PAGE);
    assert!(status.ends_with("200 OK") && page.contains("まだ受け取っていません"), "{page}");
    rig.publish(NEW, &next_version(NEW, "none"), |_| ());
    let (_, today) = owner.get("/admin");
    assert!(today.contains("版 0.2.0 に更新できます。"), "{today}");
    let (_, page) = owner.get(PAGE);
    assert!(page.contains("速くなりました。") && page.contains("7日間、1,200サイトで"), "{page}");
    let (status, _) = owner.press(PAGE, "/admin/settings/update/apply", &[]);
    assert!(status.ends_with("303 See Other"), "{status}");
    assert_eq!(rig.running(), NEW);
    let (_, page) = owner.get(PAGE);
    assert!(page.contains("しばらく様子を見ています"), "{page}");
    rig.watch_it_through();
    let (_, page) = owner.get(PAGE);
    assert!(page.contains("問題なし") && page.contains("最新の版です。"), "{page}");
    let (status, _) = owner.press(PAGE, "/admin/settings/update/rollback", &[]);
    assert!(status.ends_with("303 See Other"), "{status}");
    assert_eq!(rig.running(), OLD);
    let (_, page) = owner.get(PAGE);
    assert!(page.contains("ご自分の操作"), "{page}");
    rig.check_works("back");
}

#[test]
fn a_version_that_failed_is_told_with_its_reason_and_a_held_one_is_not_installed() {
    let rig = Rig::new();
    let owner = Browser::sign_in(&rig);
    rig.publish(NEW, &next_version(NEW, "exit"), |_| ());
    owner.press(PAGE, "/admin/settings/update/apply", &[]);
    rig.run(&["tick"]);
    rig.run(&["tick"]);
    let (_, today) = owner.get("/admin");
    assert!(today.contains("自動で元の版に戻しました(2回の失敗)"), "{today}");
    let (status, page) = owner.get(PAGE);
    assert!(status.ends_with("200 OK") && page.contains("自動で元の版に戻しました(2回の失敗)"), "{page}");
    assert_eq!(rig.running(), OLD);
    rig.publish("0.2.1", &next_version("0.2.1", "none"), |_| ());
    owner.press(PAGE, "/admin/settings/update/hold", &[]);
    let (_, page) = owner.get(PAGE);
    assert!(page.contains("版 0.2.1 は見送っています"), "{page}");
    owner.press(PAGE, "/admin/settings/update/unhold", &[]);
    let fields = [("update_mode", "auto"), ("update_hour", "25"), ("update_days", "3")];
    let (status, _) = owner.press(PAGE, PAGE, &fields);
    assert!(status.contains("422"), "{status}");
    let (status, _) = owner.press(PAGE, PAGE, &[fields[0], ("update_hour", "5"), fields[2]]);
    assert!(status.ends_with("303 See Other"));
    assert_eq!(rig.ok(&["setting", "get", "update_hour"]), "5");
}

#[test]
fn a_click_for_a_version_that_is_not_offered_any_more_installs_nothing() {
    let rig = Rig::new();
    let owner = Browser::sign_in(&rig);
    rig.publish(NEW, &next_version(NEW, "none"), |_| ());
    let (_, before) = owner.get(PAGE);
    assert!(before.contains(NEW));
    let (status, page) = owner.press(PAGE, "/admin/settings/update/apply", &[("version", "0.1.9")]);
    assert!(status.contains("403") && page.contains("E1301"), "{status}");
    assert_eq!(rig.running(), OLD);
    // Nobody else's page may press it.
    let (status, _) = rig.get("/admin/settings/update");
    assert!(!status.ends_with("200 OK"), "{status}");
}
