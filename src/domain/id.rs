//! Row numbers that cannot be mixed up.
//! Not how they are stored: the store reads and writes them.

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident;)*) => {
        $($(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(typed: &str) -> Result<$name, Self::Err> {
                typed.parse().map($name)
            }
        })*
    };
}

ids! {
    /// One person who signed in to the admin.
    UserId;
    ListId;
    /// One reader, whatever lists she is on.
    SubscriberId;
    /// One reader on one list.
    SubscriptionId;
    /// The exact wording of a sign-up form at some time.
    FormVersionId;
    /// The content of a mail: a broadcast's, a step's, a confirmation's.
    MessageId;
    SequenceId;
    StepId;
    /// One reader's way through one sequence.
    EnrolmentId;
    /// One edit of a step, which can be undone.
    StepEditId;
    /// One (message, subscriber, occurrence): a row of the ledger.
    DeliveryId;
    /// One import of a file of readers.
    ImportId;
    /// A field that the owner declared.
    FieldId;
    TagId;
    /// A saved condition.
    SegmentId;
    /// A link of a message whose clicks are counted.
    LinkId;
    /// A mail that came back and waits for the owner.
    ReturnedMailId;
}
