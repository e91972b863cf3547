//! What the try-out outbox promises: it shows the mails that were not sent, and no other file.
//! Not the folder transport, which writes them: tests/transports.rs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says by a panic what failed, also in its helpers"
)]

#[allow(dead_code, reason = "each test file uses a part of it")]
#[path = "support/owner.rs"]
mod owner;

use std::path::Path;

use owner::Owner;

fn names(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn with_a_mail() -> (Owner, String) {
    let owner = Owner::new().complete();
    let fields = [
        ("list", "1"),
        ("subject", "冬の<b>お知らせ"),
        ("text", "こんにちは<script>"),
        ("html", "<p>こんにちは</p><script>x</script>"),
    ];
    assert_eq!(owner.post("/admin/broadcasts/new", &fields).status, 303);
    assert_eq!(owner.post("/admin/broadcasts/1/test", &[]).status, 200);
    let name = names(&owner.outbox()).pop().unwrap();
    (owner, name)
}

#[test]
fn a_mail_that_was_not_sent_can_be_read_with_its_headers_text_and_html() {
    let (owner, name) = with_a_mail();
    let list = owner.get("/admin/outbox");
    assert!(
        list.has("冬の&lt;b&gt;お知らせ") && list.has(&format!("/admin/outbox/{name}\"")),
        "{}",
        list.words()
    );
    assert!(list.words().contains("sakura@sakurado.example.jp 2026-11-23 15:00"), "{}", list.words());
    let page = owner.get(&format!("/admin/outbox/{name}"));
    assert_eq!(page.status, 200);
    for words in [
        "【テスト】冬の&lt;b&gt;お知らせ",
        "さくら堂 &lt;news@sakurado.example.jp&gt;",
        "こんにちは&lt;script&gt;",
        "Message-ID:",
    ] {
        assert!(page.has(words), "{words}: {}", page.words());
    }
    assert!(!page.has("<script"));
    let html = owner.get(&format!("/admin/outbox/{name}/html"));
    assert!(
        html.head.contains("content-security-policy: sandbox; default-src 'none'; img-src https: data:;")
    );
    assert!(html.has("<p>こんにちは</p>"));
}

#[test]
fn no_other_file_can_be_reached_by_a_name() {
    let (owner, name) = with_a_mail();
    std::fs::write(owner.outbox().join("notes.txt"), "secret words").unwrap();
    std::fs::write(owner.data().join("other.eml"), "Subject: secret words\r\n\r\nx").unwrap();
    std::os::unix::fs::symlink(owner.data().join("neo.key"), owner.outbox().join("link.eml")).unwrap();
    std::fs::create_dir(owner.outbox().join("folder.eml")).unwrap();
    for file in [
        "notes.txt",
        "..",
        "../other.eml",
        "..%2fother.eml",
        "other.eml",
        "link.eml",
        "folder.eml",
        ".eml",
        "-x.eml",
        "neo.sqlite",
        "../neo.key",
        &format!("./{name}"),
        &format!("{name}/../../neo.key"),
        &format!("{name}.part"),
        "あ.eml",
        &format!("{}.eml", "a".repeat(5000)),
    ] {
        for path in [format!("/admin/outbox/{file}"), format!("/admin/outbox/{file}/html")] {
            let page = owner.get(&path);
            assert_eq!(page.status, 404, "{path}");
            assert!(!page.has("secret words"), "{path}");
        }
    }
    let list = owner.get("/admin/outbox");
    assert!(!list.has("notes.txt") && !list.has("link.eml") && !list.has("folder.eml"), "{}", list.words());
}

#[test]
fn the_newest_fifty_are_listed_and_files_that_are_no_mails_do_no_harm() {
    let (owner, _) = with_a_mail();
    for number in 0..2500 {
        let name = format!("20991231T{number:06}Z-000001-00000000.eml");
        std::fs::write(owner.outbox().join(name), format!("Subject: n{number:04}-\r\n\r\nx")).unwrap();
    }
    std::fs::write(owner.outbox().join("20991232T000000Z-1.eml"), b"\xff\xfe\0\0 no mail at all").unwrap();
    std::fs::write(owner.outbox().join("20991233T000000Z-1.eml"), b"").unwrap();
    let list = owner.get("/admin/outbox");
    assert_eq!(list.status, 200);
    assert!(list.has("n2499-") && list.has("n2452-") && !list.has("n2451-"), "{}", list.words());
    for odd in ["20991232T000000Z-1.eml", "20991233T000000Z-1.eml"] {
        let page = owner.get(&format!("/admin/outbox/{odd}"));
        assert!(page.status == 200 || page.status == 404, "{odd}: {}", page.status);
    }
}

#[test]
fn a_huge_mail_is_cut_and_says_so() {
    let (owner, _) = with_a_mail();
    let mut mail = b"Subject: huge\r\nContent-Type: text/plain\r\n\r\n".to_vec();
    mail.resize(9 * 1024 * 1024, b'x');
    std::fs::write(owner.outbox().join("huge.eml"), mail).unwrap();
    let page = owner.get("/admin/outbox/huge.eml");
    assert_eq!(page.status, 200);
    assert!(page.has("4 MiB") && page.body.len() < 5 * 1024 * 1024);
}

#[test]
fn there_is_no_outbox_while_mails_are_really_sent() {
    let (owner, name) = with_a_mail();
    owner.neo(&["setting", "set", "transport", "smtp://127.0.0.1:9?tls=none"]);
    for path in
        ["/admin/outbox".to_string(), format!("/admin/outbox/{name}"), format!("/admin/outbox/{name}/html")]
    {
        let page = owner.get(&path);
        assert_eq!(page.status, 404, "{path}");
        assert!(page.has("E2040"), "{path}");
    }
}

#[test]
fn a_stranger_sees_no_mail() {
    let (owner, name) = with_a_mail();
    for path in
        ["/admin/outbox".to_string(), format!("/admin/outbox/{name}"), format!("/admin/outbox/{name}/html")]
    {
        assert_eq!(owner.stranger("GET", &path).leads_to(), "/admin/login", "{path}");
    }
}
