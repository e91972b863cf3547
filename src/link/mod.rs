//! What an install and the vendor must agree on: signed files, activation tokens, tick calls, the feed, the manifest.
//! Not who sends, keeps or shows them: pure formats, signing and verifying, used by both sides of the line.
//!
//! Everything is signed by Ed25519 over PASETO's pre-authentication encoding of (kind, content…), so that a thing of one
//! kind can never pass for another. A root key, which is never online, signs the list of the keys that are; each of those
//! may sign what its roles say and nothing else.

/// The activation key and its token (PASETO v4.public), also as a file for copy and paste.
pub mod activation;
/// A signed file.
pub mod envelope;
/// Incidents and news.
pub mod feed;
/// Which files belong together.
pub mod index;
/// Keys, their list, and whom to trust with what.
pub mod key;
/// PASETO v4.public and its encoding of what is signed.
pub mod paseto;
/// The signed call that starts a tick.
pub mod tick_call;
/// What the newest version is.
pub mod update;
