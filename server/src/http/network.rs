//! Networks, and who called through which proxies.

use std::net::IpAddr;
use std::str::FromStr;

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The most that is read of a list of proxies.
const MOST_HOPS: usize = 32;

/// Addresses of one network: one address, or all with a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// Whether an address lies in it. An IPv4 address that is written as IPv6 is the IPv4 address.
    pub fn has(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

/// What is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither an address nor a network")]
pub struct NoNetwork;

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let address = || text.parse::<IpAddr>().ok().map(|address| IpNet::from(address.to_canonical()));
        text.parse().ok().or_else(address).map(Self).ok_or(NoNetwork)
    }
}

/// Who called: the peer, or where that is a proxy to be trusted, whoever the nearest proxy says that is none itself. Anybody can
/// write the left end of `X-Forwarded-For`; only what trusted proxies added at its right end is read.
pub fn caller(peer: IpAddr, headers: &HeaderMap, proxies: &[Network]) -> IpAddr {
    let trusted = |address: IpAddr| proxies.iter().any(|proxy| proxy.has(address));
    let mut caller = peer.to_canonical();
    let values = headers.get_all("x-forwarded-for").iter().rev();
    let hops = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.rsplit(','));
    for hop in hops.take(MOST_HOPS) {
        if !trusted(caller) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(address) => caller = address.to_canonical(),
            Err(_) => break,
        }
    }
    caller
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(peer: &str, forwarded: &[&'static str]) -> String {
        let proxies = ["10.0.0.0/8", "192.0.2.1"].map(|text| text.parse().unwrap());
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        caller(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn only_what_trusted_proxies_added_counts() {
        assert_eq!(called("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(called("10.1.1.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(called("10.1.1.1", &["1.1.1.1, 198.51.100.1, 192.0.2.1"]), "198.51.100.1");
        assert_eq!(called("10.1.1.1", &["1.1.1.1", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(called("10.1.1.1", &["1.1.1.1, nonsense"]), "10.1.1.1");
        assert_eq!(called("::ffff:10.1.1.1", &["::ffff:198.51.100.1"]), "198.51.100.1");
        assert_eq!(called("10.1.1.1", &[]), "10.1.1.1");
    }

    #[test]
    fn a_network_is_an_address_or_a_prefix() {
        assert!("10.0.0.0/33".parse::<Network>().is_err() && "host".parse::<Network>().is_err());
        assert!("::1".parse::<Network>().unwrap().has("::1".parse().unwrap()));
        assert!(!"10.0.0.1".parse::<Network>().unwrap().has("10.0.0.2".parse().unwrap()));
    }
}
