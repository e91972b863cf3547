//! The ceremonies of fleet/README.md are true: their lines are run as they stand there, on two machines.
//! Not what an install believes afterwards: signing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a broken check may stop here")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// A machine is a folder; what is carried between them is copied.
struct Machine {
    folder: PathBuf,
}

impl Machine {
    fn run(&self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let mut command = Command::new(env!("CARGO_BIN_EXE_neo-fleet"));
        let output = command.env_clear().current_dir(&self.folder).args(&words).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn each_ceremony_of_the_readme_can_be_held_as_it_is_written() {
    let root = std::env::temp_dir().join(format!("neo-fleet-ceremony-{}", std::process::id()));
    let machine = |name: &str| {
        let folder = root.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Machine { folder }
    };
    let (offline, server) = (machine("offline"), machine("server"));
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let blocks: Vec<&str> = readme.split("```").skip(1).step_by(2).collect();
    assert_eq!(blocks.len(), 4);
    let (mut public, mut both, mut lines) = (String::new(), String::new(), 0);
    for line in blocks.iter().flat_map(|block| block.lines()).filter(|line| !line.trim().is_empty()) {
        let (place, command) = line.split_once("  ").expect("who does it, and what");
        let command = command.split('#').next().unwrap_or_default();
        let mut command = command.replace("PUBLIC", &public).replace("BOTH", &both);
        if command.contains("_ID") {
            let id = |text: String, after: &str| {
                text.split(after).nth(1).unwrap().split('"').nth(1).unwrap().to_string()
            };
            let shown: serde_json::Value =
                serde_json::from_str(&server.run("neo-fleet --json signing show")).unwrap();
            let keys = shown.get("keys").and_then(serde_json::Value::as_array).unwrap();
            let release = keys
                .iter()
                .find(|key| key.get("role").unwrap() == "release" && key.get("place").unwrap() == "present");
            let release = release.and_then(|key| key.get("id")?.as_str()).unwrap().to_string();
            let old_root = id(offline.run("neo-fleet --json root show offline/root.seed"), "\"id\":");
            command = command.replace("RELEASE_ID", &release).replace("ROOT_ID", &old_root);
        }
        let is_offline = place == "A";
        let said = if is_offline { offline.run(&command) } else { server.run(&command) };
        if command.contains("root new") {
            public = said.trim().to_string();
        }
        if command.contains("root rotate") {
            both = said.trim().to_string();
        }
        carry(&offline.folder, &server.folder);
        lines += 1;
    }
    assert_eq!(lines, 7 + 7 + 5 + 5);
    std::fs::remove_dir_all(root).unwrap();
}

/// The USB stick: requests and lists go over, seeds do not.
fn carry(one: &Path, other: &Path) {
    for (from, to) in [(one, other), (other, one)] {
        for entry in std::fs::read_dir(from).unwrap() {
            let file = entry.unwrap().path();
            let target = to.join(file.file_name().unwrap());
            if file.extension().is_some_and(|ending| ending == "json") && !target.exists() {
                std::fs::copy(&file, &target).unwrap();
            }
        }
    }
}
