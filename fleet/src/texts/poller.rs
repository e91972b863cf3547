//! What the poller tells staff.
//! Not what customers read: that is written with the incident.

use neo::texts::{Text, text};

/// The first words of a draft.
pub const PROVIDER_STOPPED: Text = text(
    "{provider} のサイトが応答しなくなりました。最近呼び出した {called} サイトのうち {stopped} サイトです。このプロバイダへの呼び出しは止めてあり、時間をおいて少数のサイトで回復を確かめます。",
    "Sites at {provider} stopped answering: {stopped} of the {called} that were called lately. Calls there have stopped; a few sites will be asked again after a while.",
);
