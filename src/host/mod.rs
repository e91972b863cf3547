//! The machine under us: where the data lies, whose it is, what the doctor sees.
//! Not limits on ourselves: guard.

pub mod doctor;
pub mod fault_log;
pub mod key_file;
pub mod password;
pub mod paths;
pub mod plans;
pub mod setup_tries;
