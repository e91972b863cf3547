//! The words by which a returned mail is told from other mail, in the languages in which servers write them.
//! Not the words of refusals: domain/bounce/words.

/// Headings after which a mail server repeats our mail instead of speaking itself.
pub(super) const BELOW: &str = "\
    below this line; below is a copy; this is a copy; included is a copy; a copy of your message; \
    a copy of the message; copy of your message; original message; original mail; original email; \
    the original message; the body of your message; returned message; returned text; rejected message; \
    unsent message; undelivered message; message header; message contents follow; message content; \
    message text; message follows; message details; message is attached; headers of the original; \
    headers follow; here is your message; here is a copy; your original message; your message reads; \
    your message was:; content of the message; start of; transcript of message; transcript of headers; \
    the header of the original; 元のメール; オリジナルメッセージ; メール本文";

/// Subjects of automatic replies begin so.
pub(super) const AWAY: &str = "\
    auto:; auto response; auto reply; auto-reply; automatic reply; autoreply; autoresponse; out of office; \
    out of the office; vacation; away from; on vacation; 【自動返信】; [自動返信]; 自動返信; 自動応答; 不在";

/// Subjects of bounces hold one of these.
pub(super) const FAILED: &str = "\
    undeliver; non-deliver; nondeliver; non recapitabile; not delivered; not be delivered; unable to deliver; \
    delivery fail; failed mail; failed delivery; delivery has failed; delivery status; delivery notification; \
    delivery report; delivery error; delivery problem; delivery incomplete; failure notice; failure delivery; \
    mail failure; mail delivery; mail error; mail system error; error sending your mail; message status; \
    message could not; returned mail; returned message; returned to sender; return to sender; warning: message; \
    user unknown; unzustellbar; mailer error; error in delivery; cannot send mail; permanent delivery failure; \
    email could not; mail could not; bounced; unknown user; 配信不能; 配信エラー; 未配達; 送信エラー; 届きません; 不達";

/// What mail servers say of a mail that did not arrive.
pub(super) const UNDELIVERED: &str = "\
    undeliver; not be delivered; unable to deliver; error delivering; invalid user; not delivered; \
    cannot be delivered; can not be delivered; could not deliver; couldn't be delivered; couldn't deliver; \
    delivery to the following; delivery has failed; delivery failed; failed to deliver; delivery attempt; \
    failure reason; failed addresses; permanent error; permanent delivery; fatal error; wasn't able to deliver; \
    was not able to deliver; unable to send; did not reach; error has occurred while attempting to deliver; \
    was not accepted; returned to you; being returned; could not be sent; has been returned; delivery error; \
    trouble delivering; following address; following recipient; unknown user; user unknown; no such user; \
    mailbox is full; over quota; has been rejected; was rejected; invalid recipient; invalid user; \
    non-existent; user address; does not exist; error message below; remote host said; エラー; 配信できません; \
    届けることができません; invalid final delivery; not found; error occurred; account is; smtp error; <<< 5;  550 ; \
     554 ; virus; unable to relay; has been postponed; cannot deliver; can't deliver";

/// Sentences of courtesy hold the very words by which refusals are told apart.
pub(super) const COURTESIES: &str = "\
    google tried to deliver your message, but it was rejected by the recipient domain.; \
    google tried to deliver your message, but it was rejected by the server for the recipient domain; \
    we recommend contacting the other email provider for further information about the cause of this error.; \
    this is a permanent error; i've given up; try resending; please try again later; \
    please check the recipient's email address and try resending; please double-check; \
    please try double-checking the recipient's email address for typos or unnecessary spaces; or try again; \
    send the message again; then try sending; and try again; your message was automatically rejected; \
    this message was created automatically by mail delivery software; if your message was rejected; \
    message contents; each of the following recipients was rejected by a remote mail server; \
    will be returned as an attachment; attached is; in the attachment; as an attachment; the attached; \
    it's attached below; message attached; please do not reply; deferred; for more information";

/// Lines that begin so name the sender or a help desk, not who failed.
pub(super) const HEADS: &str = "\
    from:; sender:; mail from; >>> mail; return-path; reply-to; message-id; contact ; please contact; subject:; \
    cc:; to: ; for further assistance; for assistance; date:; from <; the mail you sent; envelope-from; hello ; \
    dear ; hi ";
