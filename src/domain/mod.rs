//! Rules about addresses, lists, messages, days and deliveries: pure, no input, no output, no clock.
//! Not queries (store) and not sending (mail).

pub mod activation;
pub mod address;
pub mod audience;
pub mod bounce;
pub mod broadcast;
pub mod calendar;
pub mod civil;
pub mod condition;
pub mod condition_words;
pub mod consent;
pub mod delivery;
pub mod field;
pub mod field_test;
pub mod forecast;
pub mod guesses;
pub mod holidays;
pub mod id;
pub mod import;
pub mod list;
pub mod message;
pub mod pace;
pub mod recurrence;
pub mod rest;
pub mod sequence;
pub mod split;
pub mod strike;
pub mod subscriber;
pub mod tag;
pub mod token;
pub mod transport_url;
pub mod when;
pub mod width;
