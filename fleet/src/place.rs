//! Where a site is: the URL of its tick, and the one name of its provider.
//! Not calling it: the poller.

use std::net::{IpAddr, Ipv6Addr, ToSocketAddrs};

use neo::error::{Error, Result};
use neo::host::plans;
use url::Url;

use crate::store::sites::Whereabouts;
use crate::texts::errors;

/// Longer URLs are nobody's tick.
const LONGEST: usize = 500;

/// What is known of a site's place besides its URL.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    pub host_plan: Option<String>,
    pub ip: Option<IpAddr>,
}

/// Reads a tick URL and finds its provider: the host plan if one is given, else the network of its address. A rehearsal's
/// sites may be on this machine, on any port.
pub fn whereabouts(tick_url: &str, hints: &Hints, is_rehearsal: bool) -> Result<Whereabouts> {
    let url = parse_tick_url(tick_url, is_rehearsal)?;
    if let Some(plan) = hints.host_plan.as_deref().filter(|plan| plans::find(plan).is_none()) {
        let known = plans::IDS.iter().filter(|id| !id.is_empty()).copied().collect::<Vec<_>>();
        return Err(Error::invalid(errors::HOST_PLAN_UNKNOWN)
            .with("plan", plan)
            .with("known", known.join(", ")));
    }
    let ip = hints.ip.or_else(|| literal(&url));
    let ip = if ip.is_none() && hints.host_plan.is_none() { resolve(&url) } else { ip };
    let provider = match (&hints.host_plan, ip) {
        (Some(plan), _) => plan.clone(),
        (None, Some(ip)) => network(ip),
        (None, None) => {
            let host = url.host_str().unwrap_or_default().to_string();
            return Err(Error::invalid(errors::PROVIDER_UNKNOWN).with("host", host));
        }
    };
    Ok(Whereabouts {
        tick_url: url.to_string(),
        provider,
        host_plan: hints.host_plan.clone(),
        ip: ip.map(|ip| ip.to_string()),
    })
}

/// The network that stands for a provider whose name nobody knows: /24, or /48 of IPv6.
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

fn parse_tick_url(typed: &str, is_rehearsal: bool) -> Result<Url> {
    let refuse = |why: &str| Error::invalid(errors::TICK_URL_NOT_VALID).with("why", why);
    if typed.len() > LONGEST {
        return Err(refuse("longer than 500"));
    }
    let url = Url::parse(typed.trim()).map_err(|cause| refuse(&cause.to_string()))?;
    let flaw = if !matches!(url.scheme(), "http" | "https") {
        "http, https"
    } else if !url.username().is_empty() || url.password().is_some() {
        "user@"
    } else if url.query().is_some() || url.fragment().is_some() {
        "? #"
    } else if !url.path().ends_with("/tick") {
        "/tick"
    } else if url.port().is_some() && !is_rehearsal {
        ":port"
    } else if url.host_str().is_none_or(|host| !host.contains(['.', ':'])) && !is_rehearsal {
        "host"
    } else {
        return Ok(url);
    };
    Err(refuse(flaw))
}

fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        url::Host::Ipv4(address) => Some(IpAddr::V4(address)),
        url::Host::Ipv6(address) => Some(IpAddr::V6(address)),
        url::Host::Domain(_) => None,
    }
}

fn resolve(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    (host, 443).to_socket_addrs().ok()?.next().map(|found| found.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_has_one_name_the_plan_or_the_network() {
        let at = |url: &str, plan: Option<&str>, ip: Option<&str>| {
            let hints = Hints { host_plan: plan.map(str::to_string), ip: ip.map(|ip| ip.parse().unwrap()) };
            whereabouts(url, &hints, false).map(|place| place.provider)
        };
        let url = "https://shop.example.jp/neo.cgi/tick";
        assert_eq!(at(url, Some("sakura"), Some("192.0.2.77")).unwrap(), "sakura");
        assert_eq!(at(url, None, Some("192.0.2.77")).unwrap(), "192.0.2.0/24");
        assert_eq!(at(url, None, Some("2001:db8:1:2::3")).unwrap(), "2001:db8:1::/48");
        assert_eq!(at(url, None, Some("::ffff:192.0.2.77")).unwrap(), "192.0.2.0/24");
        assert_eq!(at("https://192.0.2.9/neo.cgi/tick", None, None).unwrap(), "192.0.2.0/24");
        assert!(at(url, Some("no-such-plan"), None).is_err());
    }

    #[test]
    fn a_tick_url_is_plain_or_refused() {
        let hints = Hints { host_plan: Some("sakura".to_string()), ip: None };
        for wrong in [
            "ftp://shop.example.jp/neo.cgi/tick",
            "https://user@shop.example.jp/neo.cgi/tick",
            "https://shop.example.jp/neo.cgi/tick?key=1",
            "https://shop.example.jp/neo.cgi/tick#x",
            "https://shop.example.jp/neo.cgi",
            "https://shop.example.jp:8025/neo.cgi/tick",
            "https://localhost/neo.cgi/tick",
            "shop.example.jp/neo.cgi/tick",
            "",
        ] {
            assert!(whereabouts(wrong, &hints, false).is_err(), "{wrong}");
        }
        let rehearsal = whereabouts("http://127.0.0.1:8025/neo.cgi/tick", &Hints::default(), true).unwrap();
        assert_eq!(rehearsal.provider, "127.0.0.0/24");
        let idn = whereabouts("https://お店.example.jp/neo.cgi/tick", &hints, false).unwrap();
        assert_eq!(idn.tick_url, "https://xn--t8jz70l.example.jp/neo.cgi/tick");
    }
}
