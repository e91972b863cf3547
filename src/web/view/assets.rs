//! The stylesheet, the icon and the script, inside the executable: an upload by FTP cannot forget them.
//! Not the reply that carries them: routes asks [`asset`] and sets the caching headers.

/// A file that pages link to.
#[derive(Debug)]
pub struct Asset {
    /// The name without the hash, e.g. `neo.css`.
    pub name: &'static str,
    pub content_type: &'static str,
    pub bytes: &'static [u8],
    stem: &'static str,
    extension: &'static str,
    hash: u64,
}

/// An asset that was asked for by name.
#[derive(Debug)]
pub struct ServedAsset {
    pub asset: &'static Asset,
    /// The name carries the present hash, so a browser may keep the bytes for ever. A page of an older version may
    /// still ask with the older hash: it gets the present bytes, to be kept only for a moment.
    pub immutable: bool,
}

/// The vendored base with its licence, then ours.
const STYLES: &str = concat!(
    "/*\n",
    include_str!("../../../public_html/assets/vendor/modern-normalize/LICENSE"),
    "*/\n",
    include_str!("../../../public_html/assets/vendor/modern-normalize/modern-normalize.css"),
    include_str!("../../../public_html/assets/neo.css"),
);

const UPLOAD: &[u8] = include_bytes!("../../../public_html/assets/upload.js");
const FAVICON: &[u8] = include_bytes!("../../../public_html/assets/favicon.svg");

pub(super) static STYLESHEET: Asset = Asset {
    name: "neo.css",
    content_type: "text/css; charset=utf-8",
    bytes: STYLES.as_bytes(),
    stem: "neo",
    extension: "css",
    hash: const { fnv1a(STYLES.as_bytes()) },
};

pub(super) static ICON: Asset = Asset {
    name: "favicon.svg",
    content_type: "image/svg+xml",
    bytes: FAVICON,
    stem: "favicon",
    extension: "svg",
    hash: const { fnv1a(FAVICON) },
};

/// Sends large files in pieces. Its page works without it.
pub static UPLOAD_SCRIPT: Asset = Asset {
    name: "upload.js",
    content_type: "text/javascript; charset=utf-8",
    bytes: UPLOAD,
    stem: "upload",
    extension: "js",
    hash: const { fnv1a(UPLOAD) },
};

/// Saves drafts by itself; pages work without it.
const AUTOSAVE: &str = include_str!("../../../public_html/assets/autosave.js");

pub(super) static AUTOSAVE_SCRIPT: Asset = Asset {
    name: "autosave.js",
    content_type: "text/javascript; charset=utf-8",
    bytes: AUTOSAVE.as_bytes(),
    stem: "autosave",
    extension: "js",
    hash: const { fnv1a(AUTOSAVE.as_bytes()) },
};

static ALL: [&Asset; 4] = [&STYLESHEET, &ICON, &UPLOAD_SCRIPT, &AUTOSAVE_SCRIPT];

/// Every asset.
pub fn assets() -> &'static [&'static Asset] {
    &ALL
}

/// The asset behind the last part of `/assets/FILE`.
pub fn asset(file: &str) -> Option<ServedAsset> {
    ALL.iter()
        .find(|asset| asset.answers_to(file))
        .map(|asset| ServedAsset { asset, immutable: file == asset.file() })
}

impl Asset {
    /// The path below the script's name, e.g. `/assets/neo-0123456789abcdef.css`.
    pub fn path(&self) -> String {
        format!("/assets/{}", self.file())
    }

    fn file(&self) -> String {
        format!("{}-{:016x}.{}", self.stem, self.hash, self.extension)
    }

    fn answers_to(&self, file: &str) -> bool {
        let hash = file
            .strip_prefix(self.stem)
            .and_then(|rest| rest.strip_prefix('-'))
            .and_then(|rest| rest.strip_suffix(self.extension))
            .and_then(|rest| rest.strip_suffix('.'));
        hash.is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }
}

/// FNV-1a, 64 bits, at compile time: it names a version of our own file and guards nothing.
const fn fnv1a(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut rest = bytes;
    while let Some((first, others)) = rest.split_first() {
        hash = (hash ^ *first as u64).wrapping_mul(0x0000_0100_0000_01b3);
        rest = others;
    }
    hash
}
