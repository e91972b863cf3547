//! The bytes of a mail.
//! Not its way out: that is mail/transport.
