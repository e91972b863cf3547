//! The words of refusing servers, by what they mean.
//! Not the order in which they count: domain/bounce.
//!
//! Phrases are in lower case, with single spaces, as servers of many makes and providers write them.

/// A refusal made comparable: lower case, single spaces, without codes, addresses and links.
pub(super) struct Words {
    text: String,
    /// "550 <a@example.jp>: …": the address stands right behind the code.
    pub(super) answers_about_an_address: bool,
    /// A link to a block list is often all that is said.
    pub(super) names_a_block_list: bool,
}

/// Words read at most; longer ones say it in the beginning.
const WORD_LIMIT: usize = 400;

impl Words {
    pub(super) fn read(said: &str) -> Words {
        let mut words =
            Words { text: String::new(), answers_about_an_address: false, names_a_block_list: false };
        let mut is_after_code = false;
        for word in said.split_whitespace().take(WORD_LIMIT) {
            let word = word.to_lowercase();
            words.names_a_block_list |= phrases(BLOCK_LISTS).any(|list| word.contains(list));
            if word.contains('@') {
                words.answers_about_an_address |= is_after_code;
                // "<a@example.jp>:Recipient" runs on.
                let rest = word.rsplit_once('>').map_or("", |(_, rest)| rest);
                words.add(rest);
            } else if !word.contains("://") && !is_code(&word) {
                words.add(&word);
            }
            is_after_code = is_code(&word);
        }
        words
    }

    fn add(&mut self, word: &str) {
        if !self.text.is_empty() && !word.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(word);
    }

    pub(super) fn say(&self, list: &'static str) -> bool {
        phrases(list).any(|phrase| self.text.contains(phrase))
    }
}

/// The phrases of a list: one string with semicolons, since a line each would be pages.
pub fn phrases(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split("; ")
}

/// `550`, `550-5.1.1`, `5.1.1`: in the middle of a sentence where a reply has several lines.
fn is_code(word: &str) -> bool {
    let is_number = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
    is_number && word.starts_with(['2', '4', '5']) && word.len() >= 3
}

const BLOCK_LISTS: &str = "\
    spamhaus.; dnsbl; spamcop.; sorbs.; barracudacentral; uribl.; rbl.; /rbl; senderscore; surbl.; njabl.; \
    abuseat.; proofpoint.com/dnsbl";

pub(super) const MAILBOX_FULL: &str = "\
    account is full; allocated storage; boite du destinataire pleine; bal destinataire pleine; \
    does not have enough space; exceed mailbox quota; exceeded his/her storage; exceeded its quota; \
    exceeded storage; exceeding its mailbox quota; exceeding their quota; exceeding the quota; \
    exceeds allowed size; exceeds its quota; full mailbox; has exceeded its; has reached its quota; \
    inbox is full; inbox is out of storage; insufficient disk space; insufficient storage; is full; \
    is over disk quota; mail box full; mail folder is full; mailbox size limit; mailbox exceeds; mailbox full; \
    mailbox has exceeded; mailbox limit; mailbox over; mailbox quota; maildir over quota; mailfolder is full; \
    maximum storage; no space left; not enough disk space; not enough storage; not sufficient disk space; \
    out of storage; over quota; overquota; over the allowed quota; over the maximum; over the quota; \
    over their quota; quota exceed; quota full; quota has been exceeded; quota violation; reached disk quota; \
    storage allocation; storage limit; storage quota; user has exhausted; diskspace quota; disk quota; \
    disc quota; 容量を超え; 容量オーバー; メールボックスがいっぱい";

/// A choice of the reader, or of her provider for her; not the sender's fault.
pub(super) const BY_THE_READER: &str = "\
    blocked by the recipient; does not want to receive; has blocked; message filtered; not accepting any mail; \
    recipient has chosen; recipient id refuse; recipient preferences; recipient rejects; rejected by the user; \
    rejected by user; restricted sms; this account is protected by; user filter; user refuses; user reject; \
    resolver.rst.notauthorized; recipient's settings";

pub(super) const TOO_FAST: &str = "\
    connection rate; exceeded the rate; exceeded the maximum number of; frequency limited; limit on the number; \
    maximum number of messages; message rate; messages per; number of concurrent; rate limit; rate-limit; \
    ratelimit; receiving mail at a rate; sending too; slow down; slower; temporarily deferred due to; \
    temporarily rate; throttl; too fast; too frequent; too many concurrent; too many connection; too many mail; \
    too many message; too many recipient; too many sessions; too many smtp; too many e-mail; too many email; \
    too much mail; unexpected volume; unusual rate";

pub(super) const CONTENT: &str = "\
    attachment; banned content; blacklisted url; content guidelines; content rejected; content restriction; \
    contains a virus; content presents; domain of url; duplicate header; exceeded maximum; \
    exceeds administrative limit; exceeds fixed; exceeds maximum; exceeds size; exceeds the maximum; \
    from: header; has been scored; headers too large; high probability of spam; identified as spam; infected; \
    is spam; junk; line too long; looks like spam; mail size limit; mail rejete; malformed header; \
    malformed message; malware; maximum incoming message size; maximum message size; message length; \
    message size; message too; missing header; not rfc; phish; policy reasons (content); rfc 5322; rfc 2822; \
    rejected as spam; size exceeds; size limit; - spam; spam content; spam detected; spam message; spam score; \
    spamsignature; scored as spam; this message contains; too big; too large; transaction failed: duplicate; \
    unsolicited; virus; considered spam; as spam";

pub(super) const POLICY: &str = "\
    access denied,; administrative prohibition; authentication checks; authentication information; \
    authentication level; authentication required; authrequired; bad dns ptr; bad spf; banned; black list; \
    blacklist; black-list; block list; blocked; blocklist; cannot find your hostname; client host rejected; \
    client ip; connections not accepted; denied by policy; denylist; dkim; dmarc; does not match; \
    domain of sender; dynamic ip; dnsbl; fix reverse dns; for policy reasons; forged; helo command; \
    helo hostname; invalid helo; bad helo; hard fail; insecure mail relay; ip reputation; \
    is not allowed to send; is listed at; is listed in; is listed on; local policy; low reputation; \
    may not be mail; access denied'; denied, access; sender was rejected; mismatches; must authenticate; \
    no relaying; no reverse; not allowed to relay; not allowed to send; not authenticated; not authorized; \
    not permitted to relay; not permitted to send; no ptr; poor reputation; policy violation; policy rejection; \
    ptr record; purported responsible; rdns; refused by policy; rejected by policy; rejected for policy; \
    relay access; relay denied; relay not permitted; relaying denied; relaying not; reputation; reverse dns; \
    reverse-dns; reverse lookup; security polic; security reasons; sender address; sender denied; \
    sender domain; sender id; sender is on; sender ip; sender rejected; sender verification; sending domain; \
    sending ip; sender policy; smtp server of your isp; spam source; spf ; spf:; spf-; (spf; suspicious; \
    unable to relay; unauthenticated; unroutable sender; weren't sent; your ip; your isp; rejected because of; \
    user complaints; dns block; envelope sender; mail from domain; mailfrom domain";

pub(super) const DISABLED: &str = "\
    account disabled; account has been disabled; account has been suspended; account inactive; \
    account is disabled; account is inactive; account is locked; account is not active; account is suspended; \
    account is temporarily; account suspended; account that you tried to reach is disabled; \
    account that you tried to reach is inactive; account unavailable; archived recipient; \
    boite du destinataire archivee; deactivated; disabled mailbox; disabled or discontinued; \
    disabled recipient; domain is disabled; extended inactivity; has been disabled; has been suspended; \
    inactive user; invalid/inactive; is disabled; is inactive; is suspended; is terminated; \
    mailbox currently suspended; mailbox disabled; mailbox inactive; mailbox is frozen; mailbox suspended; \
    mailbox temporarily disabled; not accepting messages; not subscribed; recipient suspend; suspended account; \
    temporarily disabled; temporarily inactive; temporarily suspended this account; \
    unavailable or access denied; user disabled; user is inactive; user suspended";

pub(super) const MOVED: &str = "\
    has moved to; been replaced by; new address is; no longer employed; no longer on server; no longer with; \
    not our customer; user has moved";

pub(super) const NO_SUCH_HOST: &str = "\
    all relevant mx records point to non-existent; does not accept mail; doesn't accept email; \
    doesn't accept mail; doesn't receive email; domain does not exist; domain doesn't exist; \
    domain is not reachable; domain must exist; domain name not found; domain not found; domain unknown; \
    domain is unknown; indicated no smtp service; host not found; host or domain name not found; host unknown; \
    invalid domain; mail receiving disabled; name or service not known; no mx; no such domain; no such host; \
    no route to domain; null mx; nullmx; nxdomain; unable to find domain; unable to route to domain; \
    unknown domain; unknown host; unresolvable; couldn't find a mail exchanger; couldn't find any host; \
    find a mail exchanger; unroutable mail domain; unrouteable address; unroutable address; \
    unrouteable mail domain; malformed or unexpected name server reply; lookup failure: host";

/// Words that only a server uses that looked the address up.
pub(super) const SURELY_UNKNOWN: &str = "\
    addressee unknown; address does not exist; address doesn't exist; address not found in; \
    address not present in directory; address rejected: access denied; \
    adresse d au moins un destinataire invalide; adresse destinataire invalide; bad destination mailbox; \
    could not be found; destination addresses were unknown; does not exist; doesn't exist; \
    email address is wrong; email name is not found; email address not found; inactive email address; \
    invalid final delivery user; invalid recipient; invalid user address; is not a known user; \
    is not a valid mailbox; isn't a known user; mailbox does not exist; mailbox invalid; mailbox not found; \
    mailbox not present; mistyped; name is not found; name is not recognized; couldn't be found; \
    check if address is correct; no account by that name; \
    no existe dicha persona; no longer valid; no mailbox; no mail box; no such address; no such mailbox; \
    no such person; no such recipient; no such user; nobody by that name; not a valid recipient; \
    not a valid user; not a registered gateway user; not known at this; not listed in; no user with that; \
    recipient does not exist; recipient not exist; recipient not found; recipient unknown; recipnotfound; \
    recipientnotfound; there is no one at this address; there is no such; unknown e-mail address; \
    unknown local; unknown mailbox; unknown or illegal; unknown recipient; unknown user:; unknown virtual user; \
    user does not exist; user doesn't exist; user missing home directory; user not exist; utilisateur inconnu; \
    usuario no existe; unknown user account; unable to find user; unknown to address; validrcptto; badrcptto; \
    宛先が存在しません; 存在しません; 見つかりません; ユーザーが見つかり";

/// Words that filters use as well.
pub(super) const UNKNOWN_USER: &str = "\
    unknown user; user unknown; user invalid; invalid user; invalid address; invalid mailbox; address unknown; \
    address invalid; bad address; bad recipient; unknown account; unknown address; user not found; \
    users not found; user not known; not a known; no valid mailbox; user doesn't have a; user does not have a; user is unknown";

pub(super) const NOT_AVAILABLE: &str = "\
    mailbox unavailable; address rejected; recipient rejected; not available";

pub(super) const FILTERED: &str = "\
    rejected by a remote; rejected by the recipient; refuse to receive; refused to receive; not been accepted by";

/// A mailbox's own machinery is broken; the rest of what it says is about its files.
pub(super) const OUT_OF_ORDER: &str = "\
    couldn't create; can't create; cannot create; no such file; failed to read response; internal system error; \
    mailer error";

/// Waiting helps, sending less does not.
pub(super) const NOT_NOW: &str = "\
    connection refused; connection reset; could not be delivered within; delivery time expired; \
    delivery timed out; envelope expired; expired; greylist; graylist; grey-list; hop count; hops; loop; \
    lost connection; mailbox busy; mailbox is busy; mailbox is locked; message timed out; no answer from host; \
    not responding; operating system error; retry timeout; retry time; timed out; timeout; unable to connect; \
    unverified address";

/// Said for many reasons, too much mail among them.
pub(super) const LATER: &str = "\
    again later; deferred; service unavailable; service currently unavailable; temporar; try again; try later";
