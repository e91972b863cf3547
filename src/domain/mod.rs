//! Rules about addresses, lists, messages and days.
//! Nothing here reads, writes or waits.

pub mod address;
