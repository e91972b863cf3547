//! The poller: calls each site when something is due there, and leaves alone who does not want to be called.
//! Not a clock that sites depend on: each has its own if it wants. Not the queue's tables: store/calls.

pub(crate) mod announce;
pub(crate) mod answer;
pub(crate) mod backoff;
pub(crate) mod breaker;
pub(crate) mod call;
pub(crate) mod dial;
pub(crate) mod documents;
pub(crate) mod outcome;
pub(crate) mod reach;
pub(crate) mod record;
pub(crate) mod run;
pub(crate) mod schedule;
pub(crate) mod status;
pub(crate) mod time;
