//! Files of the public folder that are served as they are: known kinds only, nothing hidden, nothing outside.
//! Not programs: those are run by `script`, and never shown.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::http::Outgoing;

/// What is served at all.
const KINDS: &[(&str, &str)] = &[
    ("css", "text/css; charset=utf-8"),
    ("gif", "image/gif"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/x-icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff2", "font/woff2"),
    ("xml", "application/xml"),
];
const FILE_BYTES: u64 = 64 * 1024 * 1024;

/// The file behind a decoded path; `None` if there is none to show.
pub(crate) fn serve(root: &Path, path: &[u8]) -> Option<Outgoing> {
    let file = inside(root, path)?;
    let extension = file.extension()?.to_str()?.to_ascii_lowercase();
    let (_, content_type) = KINDS.iter().find(|(known, _)| *known == extension)?;
    let mut body = Vec::new();
    std::fs::File::open(file).ok()?.take(FILE_BYTES).read_to_end(&mut body).ok()?;
    let reply = Outgoing::new(200, "OK", content_type, body);
    Some(reply.with_header("cache-control", "no-cache").with_header("x-content-type-options", "nosniff"))
}

/// The regular file at `path` below `root`, also after its links are followed; hidden names are not there.
pub(crate) fn inside(root: &Path, path: &[u8]) -> Option<PathBuf> {
    let mut file = root.to_path_buf();
    for segment in path.strip_prefix(b"/")?.split(|byte| *byte == b'/') {
        if segment.is_empty() || segment.starts_with(b".") || segment.contains(&0) {
            return None;
        }
        file.push(OsStr::from_bytes(segment));
    }
    let file = file.canonicalize().ok()?;
    let hidden = file.strip_prefix(root).ok()?.iter().any(|name| name.as_bytes().starts_with(b"."));
    (!hidden && file.is_file()).then_some(file)
}
