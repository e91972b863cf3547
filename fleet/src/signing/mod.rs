//! Signing keys: the four that are online, the root that is not, and the list by which the root vouches for them.
//! Not activation keys, which are customers': store/keys.

/// The list of keys: asking for a signature, taking it, and whom to trust.
pub mod list;
/// What the root does, on a machine without a database.
pub mod root;
/// Secret halves as files that nobody else can read.
pub mod seeds;
/// A customer's token.
pub mod tokens;

use neo::link::key::Role;

/// Every role has a key of its own, so that one stolen key does one kind of harm.
pub const ROLES: [Role; 4] = [Role::Feed, Role::Release, Role::Activation, Role::Tick];

/// Reads a role's word.
pub fn parse_role(word: &str) -> Option<Role> {
    ROLES.into_iter().find(|role| role.word() == word)
}
