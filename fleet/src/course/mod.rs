//! The course of an incident as rules without any database: its states, the reports that it owes on which business day,
//! and whom it hurt. Not what is done to it: incidents.

pub mod business_days;
pub mod duty;
pub mod missed;
pub mod state;
