//! The two kinds of machine-readable report: delivery status (RFC 3464) and complaint (RFC 5965).
//! Not the free text beside them: plain.

use crate::domain::bounce::Enhanced;

/// What a delivery status says about one recipient.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    pub recipient: String,
    pub action: String,
    pub status: Option<Enhanced>,
    pub diagnostic: String,
}

/// Blocks of one report that are read.
const MOST_BLOCKS: usize = 200;

impl Block {
    /// `delayed`, `delivered`, `relayed` and `expanded` are no failures. Where nothing is said, the status decides.
    pub(super) fn has_failed(&self) -> bool {
        match self.action.as_str() {
            "" => self.status.is_some() || !self.diagnostic.is_empty(),
            action => {
                action.starts_with("fail") || action.starts_with("expire") || action.starts_with("error")
            }
        }
    }

    pub(super) fn is_delayed(&self) -> bool {
        self.action.starts_with("delay")
    }
}

/// The recipients of a delivery status. The first block is about the report itself; servers forget the empty line that
/// ends it, so a block begins wherever a recipient is named again.
pub(super) fn recipients(status: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut block = Block::default();
    for (name, value) in fields(status) {
        let is_recipient =
            matches!(name.as_str(), "final-recipient" | "original-recipient" | "x-actual-recipient");
        let begins = name.is_empty()
            || (name == "final-recipient" && !block.recipient.is_empty() && !block.action.is_empty());
        if begins && !block.recipient.is_empty() {
            blocks.push(std::mem::take(&mut block));
        }
        match name.as_str() {
            "final-recipient" if block.recipient.is_empty() => block.recipient = address(&value),
            "original-recipient" if !address(&value).is_empty() => block.recipient = address(&value),
            _ if is_recipient && block.recipient.is_empty() => block.recipient = address(&value),
            "action" => block.action = value.to_lowercase(),
            "status" => block.status = Enhanced::find(&value).or(block.status),
            "diagnostic-code" | "smtp-remote-diagnostic" | "x-supplementary-info" | "x-notes" => {
                let said = value.split_once(';').map_or(value.as_str(), |(_, said)| said);
                block.diagnostic = format!("{} {}", block.diagnostic, said.trim()).trim().to_string();
            }
            _ => {}
        }
        if blocks.len() >= MOST_BLOCKS {
            return blocks;
        }
    }
    if !block.recipient.is_empty() {
        blocks.push(block);
    }
    blocks
}

/// Whether each recipient that is named got the mail, or still may.
pub(super) fn says_all_is_well(status: &str) -> bool {
    let blocks = recipients(status);
    !blocks.is_empty()
        && blocks.iter().all(|block| !block.action.is_empty() && !block.has_failed() && !block.is_delayed())
}

/// `rfc822; <taro@example.jp>`
fn address(value: &str) -> String {
    let typed = value.split_once(';').map_or(value, |(_, address)| address).trim();
    let inner = match typed.split_once('<') {
        Some((_, inner)) => inner.split('>').next().unwrap_or_default(),
        None => typed.split_whitespace().next().unwrap_or_default(),
    };
    if inner.contains('@') { inner.to_string() } else { String::new() }
}

/// Name in lower case and unfolded value; an empty line is a field without a name.
pub(super) fn fields(text: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if line.trim().is_empty() {
            fields.push((String::new(), String::new()));
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut().filter(|(name, _)| !name.is_empty()) {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_lowercase(), value.trim().to_string()));
        }
    }
    fields
}

/// Whether a feedback report is a reader's complaint. `not-spam` and `auth-failure` are notes to the owner.
pub(super) fn is_complaint(report: &str) -> bool {
    let kind = fields(report).into_iter().find(|(name, _)| name == "feedback-type");
    let kind = kind.map(|(_, value)| value.to_lowercase()).unwrap_or_default();
    ["abuse", "fraud", "opt-out", "complaint", "virus", "other", "miscategorized"]
        .iter()
        .any(|word| kind.starts_with(word))
}

/// Who complained; often left out or made unreadable.
pub(super) fn complainant(report: &str) -> Option<String> {
    let fields = fields(report);
    let named = |wanted: &str| {
        fields
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| address(value))
            .filter(|found| !found.is_empty())
    };
    named("original-rcpt-to").or_else(|| named("removal-recipient"))
}

/// Return paths of the mail that a report is about.
pub(super) fn original_senders(report: &str) -> Vec<String> {
    fields(report)
        .into_iter()
        .filter(|(name, _)| name == "original-mail-from")
        .map(|(_, value)| value)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_recipient_is_read_with_its_folded_diagnosis() {
        let status = "Reporting-MTA: dns; mx.example.jp\n\nFinal-Recipient: rfc822; a@example.com\nAction: failed\n\
                      Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1\n  no such user\n\n\
                      Final-Recipient: rfc822;<b@example.com>\nAction: delayed\nStatus: 4.4.1\n";
        let blocks = recipients(status);
        assert_eq!(blocks.len(), 2);
        assert_eq!(blocks[0].recipient, "a@example.com");
        assert_eq!(blocks[0].diagnostic, "550 5.1.1 no such user");
        assert!(blocks[0].has_failed());
        assert!(blocks[1].recipient == "b@example.com" && !blocks[1].has_failed());
    }

    #[test]
    fn only_readers_complaints_count() {
        assert!(is_complaint("Feedback-Type: abuse\nUser-Agent: x\n"));
        assert!(is_complaint("User-Agent: x\nFeedback-Type: opt-out\n"));
        assert!(!is_complaint("Feedback-Type: auth-failure\n"));
        assert!(!is_complaint("Feedback-Type: not-spam\n"));
    }
}
