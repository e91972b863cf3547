//! What is known of hosts' limits on mail, by host and plan. Unknown is unknown: such a plan limits nothing by itself,
//! and the pace learns. Not the limits in force: mail/pace.

use crate::domain::pace::Limits;
use crate::texts::{Text, pace};

/// How far a figure can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Read on the host's own page.
    Published,
    /// From an old page or somebody else's.
    Reported,
    /// The host publishes none, or it could not be read.
    Unknown,
}

/// One plan of a host.
pub struct Plan {
    /// The word of the setting `host_plan`.
    pub id: &'static str,
    pub name: Text,
    pub limits: Limits,
    pub trust: Trust,
    /// Where the figures stand.
    pub source: &'static str,
    /// What else the owner must know.
    pub note: Option<Text>,
}

const fn plan(id: &'static str, name: Text, limits: Limits, trust: Trust, source: &'static str) -> Plan {
    Plan { id, name, limits, trust, source, note: None }
}

const fn hourly(hour: i64, day: i64) -> Limits {
    Limits::of(None, Some(hour), Some(day))
}

const LOLIPOP: &str = "lolipop.jp/terms/prohibition";
const EZHP: &str = "ezhp.jp/web/1466944804.html (2016)";
const XTWO: &str = "xtwo.ne.jp man/mail_spec";
const EXTREM: &str = "extrem.jp/acmailer.php";

use Trust::{Published, Reported, Unknown};

/// Every plan that is known by name.
pub static PLANS: &[Plan] = &[
    Plan {
        note: Some(pace::NOTE_SAKURA),
        ..plan("sakura", pace::PLAN_SAKURA, Limits::NONE, Unknown, "help.sakura.ad.jp")
    },
    plan("lolipop-economy", pace::PLAN_LOLIPOP_ECONOMY, hourly(100, 1000), Published, LOLIPOP),
    plan("lolipop-light", pace::PLAN_LOLIPOP_LIGHT, hourly(300, 3000), Published, LOLIPOP),
    plan("lolipop-standard", pace::PLAN_LOLIPOP_STANDARD, hourly(1000, 10_000), Published, LOLIPOP),
    plan("lolipop-trial", pace::PLAN_LOLIPOP_TRIAL, Limits::of(None, None, Some(50)), Published, LOLIPOP),
    plan("xserver", pace::PLAN_XSERVER, hourly(1500, 15_000), Reported, EZHP),
    plan("biz", pace::PLAN_BIZ, Limits::of(Some(12), None, None), Reported, EZHP),
    Plan {
        note: Some(pace::NOTE_XTWO),
        ..plan("xtwo", pace::PLAN_XTWO, Limits::of(None, None, Some(1500)), Published, XTWO)
    },
    plan("conoha-wing", pace::PLAN_CONOHA, Limits::NONE, Unknown, ""),
    plan("heteml", pace::PLAN_HETEML, Limits::NONE, Unknown, ""),
    plan("mixhost", pace::PLAN_MIXHOST, Limits::NONE, Unknown, "mixhost.jp/fair-use-policy"),
    plan("extrem-100", pace::PLAN_EXTREM_100, hourly(100, 1000), Published, EXTREM),
    plan("extrem-300", pace::PLAN_EXTREM_300, hourly(300, 3000), Published, EXTREM),
    plan("extrem-1000", pace::PLAN_EXTREM_1000, hourly(1000, 10_000), Published, EXTREM),
    plan("forwardy", pace::PLAN_FORWARDY, Limits::of(None, Some(100), None), Reported, "cp.forwardy.jp 133"),
    plan(
        "cpanel-100",
        pace::PLAN_CPANEL_100,
        Limits::of(None, Some(100), None),
        Reported,
        "thiswebhost, psyphire",
    ),
    plan(
        "cpanel-300",
        pace::PLAN_CPANEL_300,
        Limits::of(None, Some(300), None),
        Reported,
        "mightywebhosting",
    ),
    Plan {
        note: Some(pace::NOTE_BRIXLY),
        ..plan("brixly", pace::PLAN_BRIXLY, hourly(150, 4000), Published, "brixly.uk")
    },
    plan("wesh", pace::PLAN_WESH, Limits::of(None, Some(20), None), Published, "wesh.uk"),
];

/// The words of the setting `host_plan`: none, or one of the plans.
pub const IDS: &[&str] = &[
    "",
    "sakura",
    "lolipop-economy",
    "lolipop-light",
    "lolipop-standard",
    "lolipop-trial",
    "xserver",
    "biz",
    "xtwo",
    "conoha-wing",
    "heteml",
    "mixhost",
    "extrem-100",
    "extrem-300",
    "extrem-1000",
    "forwardy",
    "cpanel-100",
    "cpanel-300",
    "brixly",
    "wesh",
];

/// The plan of that name.
pub fn find(id: &str) -> Option<&'static Plan> {
    PLANS.iter().find(|plan| plan.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plan_can_be_chosen_and_every_choice_is_a_plan() {
        let known: Vec<&str> = PLANS.iter().map(|plan| plan.id).collect();
        assert_eq!(IDS[1..], known);
    }

    #[test]
    fn an_unknown_limit_is_none_and_a_known_one_has_its_source() {
        for plan in PLANS {
            assert_eq!(plan.trust == Unknown, plan.limits.is_none(), "{}", plan.id);
            assert!(plan.trust == Unknown || !plan.source.is_empty(), "{}", plan.id);
        }
        assert_eq!(find("lolipop-light").unwrap().limits.to_string(), "300/hour 3000/day");
    }
}
