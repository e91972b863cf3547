//! What is known of hosts' limits on mail and of their crons, by host and plan. Unknown is unknown: such a plan limits
//! nothing by itself, and the pace learns. Not the limits in force: mail/pace.

use crate::domain::pace::Limits;
use crate::texts::{Text, clocks, pace};

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
    pub cron: Cron,
}

/// What a cron panel wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A command, and when in fields of their own.
    Command,
    /// The path of a file, as FTP shows it, without arguments.
    File,
    Unknown,
}

/// What is known of a host's cron.
#[derive(Clone, Copy, Debug)]
pub struct Cron {
    /// Where it is in the panel, in the panel's words.
    pub menu: Option<Text>,
    /// The shortest gap, in minutes.
    pub shortest: Option<i64>,
    /// How many entries an account may have.
    pub entries: Option<i64>,
    pub takes: Takes,
    /// The gap that we advise, in minutes.
    pub every: i64,
    pub trust: Trust,
    pub source: &'static str,
    pub note: Option<Text>,
}

impl Cron {
    pub const UNKNOWN: Cron = Cron {
        menu: None,
        shortest: None,
        entries: None,
        takes: Takes::Unknown,
        every: 5,
        trust: Trust::Unknown,
        source: "",
        note: None,
    };

    /// When to run, as the five fields of a crontab. Once an hour is at a minute of the site's own: all sites of a host
    /// at the full hour would be its busiest minute.
    pub fn schedule(&self, site: &str) -> String {
        match self.every {
            60.. => format!("{} * * * *", minute_of(site)),
            every => format!("*/{every} * * * *"),
        }
    }
}

/// A minute of the hour that differs from site to site and stays the same for one: not the full hour nor its halves.
pub fn minute_of(site: &str) -> u32 {
    let sum = site.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let minute = sum % 56 + 2;
    if minute == 30 { 31 } else { minute }
}

const fn plan(id: &'static str, name: Text, limits: Limits, trust: Trust, source: &'static str) -> Plan {
    Plan { id, name, limits, trust, source, note: None, cron: Cron::UNKNOWN }
}

/// Lolipop's panel; what differs from plan to plan is how many and how often.
const fn lolipop(plan: Plan, entries: i64, shortest: i64) -> Plan {
    let cron = Cron {
        menu: Some(clocks::MENU_LOLIPOP),
        shortest: Some(shortest),
        entries: Some(entries),
        takes: Takes::File,
        every: 5,
        trust: Published,
        source: "lolipop.jp/manual/user/cron",
        note: Some(clocks::NOTE_LOLIPOP),
    };
    Plan { cron, ..plan }
}

const SAKURA_CRON: Cron = Cron {
    menu: Some(clocks::MENU_SAKURA),
    shortest: None,
    entries: Some(5),
    takes: Takes::Command,
    every: 60,
    trust: Reported,
    source: "shattered-blog.com/archives/3786 (2014)",
    note: Some(clocks::NOTE_SAKURA),
};

const CPANEL_CRON: Cron = Cron {
    menu: Some(clocks::MENU_CPANEL),
    takes: Takes::Command,
    every: 15,
    trust: Reported,
    source: "docs.cpanel.net",
    ..Cron::UNKNOWN
};

const CPANEL_30: Cron = Cron {
    shortest: Some(30),
    every: 30,
    source: "mightywebhosting",
    note: Some(clocks::NOTE_CPANEL_30),
    ..CPANEL_CRON
};

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
        cron: SAKURA_CRON,
        ..plan("sakura", pace::PLAN_SAKURA, Limits::NONE, Unknown, "help.sakura.ad.jp")
    },
    lolipop(plan("lolipop-economy", pace::PLAN_LOLIPOP_ECONOMY, hourly(100, 1000), Published, LOLIPOP), 1, 5),
    lolipop(plan("lolipop-light", pace::PLAN_LOLIPOP_LIGHT, hourly(300, 3000), Published, LOLIPOP), 5, 5),
    lolipop(
        plan("lolipop-standard", pace::PLAN_LOLIPOP_STANDARD, hourly(1000, 10_000), Published, LOLIPOP),
        10,
        1,
    ),
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
    Plan {
        cron: CPANEL_CRON,
        ..plan(
            "cpanel-100",
            pace::PLAN_CPANEL_100,
            Limits::of(None, Some(100), None),
            Reported,
            "thiswebhost, psyphire",
        )
    },
    Plan {
        cron: CPANEL_30,
        ..plan(
            "cpanel-300",
            pace::PLAN_CPANEL_300,
            Limits::of(None, Some(300), None),
            Reported,
            "mightywebhosting",
        )
    },
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

    #[test]
    fn what_is_known_of_a_cron_has_its_source_and_no_gap_is_advised_that_the_host_refuses() {
        for plan in PLANS {
            let cron = &plan.cron;
            let knows_nothing =
                cron.menu.is_none() && cron.shortest.is_none() && cron.takes == Takes::Unknown;
            assert_eq!(cron.trust == Unknown, knows_nothing, "{}", plan.id);
            assert_eq!(cron.source.is_empty(), knows_nothing, "{}", plan.id);
            assert!(cron.every >= cron.shortest.unwrap_or(1), "{}", plan.id);
        }
    }

    #[test]
    fn sakura_is_asked_once_an_hour_each_site_at_its_own_minute() {
        let cron = find("sakura").unwrap().cron;
        let minutes: std::collections::BTreeSet<u32> =
            (0..200).map(|site| minute_of(&format!("/home/shop{site}/www/neo.cgi"))).collect();
        assert!(minutes.len() > 40 && !minutes.contains(&0) && !minutes.contains(&30), "{minutes:?}");
        let site = "/home/shop/www/neo.cgi";
        assert_eq!(cron.schedule(site), format!("{} * * * *", minute_of(site)));
        assert_eq!(Cron::UNKNOWN.schedule(site), "*/5 * * * *");
    }
}
