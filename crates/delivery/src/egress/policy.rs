//! Who may be called: every public host, and what the operator added.
//!
//! An entry is `host-or-CIDR[:port][/path-prefix]`. An address or network is compared with the address that is dialled, whatever name led to it;
//! a host is compared with the host that was typed. There is no switch that allows everything, nor does `0.0.0.0/0`: who means many networks names them.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use ipnet::IpNet;
use url::Host;

use super::{
    ranges,
    target::{Target, TypedHost},
};

/// What an entry compares.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Who {
    Net(IpNet),
    Host(String),
}

/// One `--allow-egress` entry of the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowEntry {
    who: Who,
    port: Option<u16>,
    path_prefix: Option<String>,
}

/// An entry that can not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{entry}` is no egress entry (host-or-CIDR[:port][/path-prefix]): {reason}")]
pub struct AllowEntryError {
    entry: String,
    reason: String,
}

/// Host, port, path prefix, as text.
type Pieces<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

fn split_at_path(rest: &str) -> (&str, Option<&str>) {
    match rest.find('/') {
        Some(at) => (&rest[..at], Some(&rest[at..])),
        None => (rest, None),
    }
}

/// Takes an entry apart. After an address without a port, `/8` is a prefix length; after a port or a name it is a path.
fn pieces(entry: &str) -> Result<Pieces<'_>, String> {
    if let Some(rest) = entry.strip_prefix('[') {
        let (inner, after) = rest.split_once(']').ok_or("the bracket is not closed")?;
        let (after, path) = split_at_path(after);
        let is_length = path.is_some_and(|path| path.len() > 1 && path[1..].bytes().all(|b| b.is_ascii_digit()));
        if after.is_empty() && is_length {
            return Err("write a network as [address/length]".into());
        }
        let port = match after.strip_prefix(':') {
            Some(port) => Some(port),
            None if after.is_empty() => None,
            None => return Err(format!("`{after}` after the bracket is no port")),
        };
        return Ok((inner, port, path));
    }
    if entry.parse::<Ipv6Addr>().is_ok() || entry.split_once('/').is_some_and(|(ip, _)| ip.parse::<Ipv6Addr>().is_ok())
    {
        return Ok((entry, None, None));
    }
    let (authority, path) = split_at_path(entry);
    if authority.parse::<Ipv4Addr>().is_ok()
        && let Some(path) = path
    {
        // `10.0.0.0/8`, `10.0.0.0/8:3000`, `10.0.0.0/8:3000/hooks/`
        let after = &path[1..];
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let ends = after.as_bytes().get(digits);
        if digits > 0 && matches!(ends, None | Some(b':')) {
            let net = &entry[..authority.len() + 1 + digits];
            let Some(rest) = after[digits..].strip_prefix(':') else { return Ok((net, None, None)) };
            let (port, path) = split_at_path(rest);
            return Ok((net, Some(port), path));
        }
    }
    match authority.split_once(':') {
        Some((host, port)) => Ok((host, Some(port), path)),
        None => Ok((authority, None, path)),
    }
}

fn read_who(text: &str) -> Result<Who, String> {
    if text.contains('/') {
        let net: IpNet = text.parse().map_err(|_| format!("`{text}` is no network"))?;
        if net.trunc() != net {
            return Err(format!("bits after the prefix are set; the network is {}", net.trunc()));
        }
        if net.prefix_len() == 0 {
            return Err(format!("`{text}` is every address; name the networks that may be reached"));
        }
        return Ok(Who::Net(net));
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(Who::Net(address.to_canonical().into()));
    }
    if text.is_empty() {
        return Err("the host is missing".into());
    }
    if text.contains('*') {
        return Err("there are no wildcards; name each host".into());
    }
    match Host::parse(text).map_err(|error| format!("`{text}` is no host: {error}"))? {
        Host::Ipv4(address) => Ok(Who::Net(IpAddr::from(address).into())),
        Host::Ipv6(address) => Ok(Who::Net(IpAddr::from(address).to_canonical().into())),
        Host::Domain(name) => match name.strip_suffix('.').unwrap_or(&name) {
            "" => Err("the host is missing".into()),
            // With two dots at its end an address would be taken for a name.
            name if name.ends_with('.') => Err(format!("`{text}` is no host: it ends with two dots")),
            name => Ok(Who::Host(name.to_owned())),
        },
    }
}

impl FromStr for AllowEntry {
    type Err = AllowEntryError;

    fn from_str(entry: &str) -> Result<Self, Self::Err> {
        let read = || {
            let trimmed = entry.trim();
            if trimmed.contains("://") {
                return Err("leave out the scheme".to_owned());
            }
            if trimmed.contains(['@', '?', '#']) {
                return Err("an entry has no user, query or fragment".to_owned());
            }
            let (host, port, path) = pieces(trimmed)?;
            let port = match port.map(str::parse::<u16>) {
                None => None,
                Some(Ok(port)) if port > 0 => Some(port),
                Some(_) => return Err("the port is no number from 1 to 65535".to_owned()),
            };
            let path_prefix = path.filter(|path| *path != "/").map(str::to_owned);
            Ok(Self { who: read_who(host)?, port, path_prefix })
        };
        read().map_err(|reason| AllowEntryError { entry: entry.to_owned(), reason })
    }
}

impl fmt::Display for AllowEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.who {
            Who::Host(name) => f.write_str(name)?,
            Who::Net(net) => {
                let is_host = net.prefix_len() == net.max_prefix_len();
                match (net, is_host) {
                    (IpNet::V4(net), true) => write!(f, "{}", net.addr())?,
                    (IpNet::V6(net), true) => write!(f, "[{}]", net.addr())?,
                    (IpNet::V4(net), false) => write!(f, "{net}")?,
                    (IpNet::V6(net), false) => write!(f, "[{net}]")?,
                }
            }
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(self.path_prefix.as_deref().unwrap_or_default())
    }
}

impl AllowEntry {
    fn allows(&self, target: &Target, address: IpAddr) -> bool {
        if self.port.is_some_and(|port| port != target.origin.port) {
            return false;
        }
        if self.path_prefix.as_deref().is_some_and(|prefix| !is_below(&target.path, prefix)) {
            return false;
        }
        match &self.who {
            Who::Host(name) => matches!(&target.origin.host, TypedHost::Name(typed) if typed == name),
            Who::Net(net) => net.contains(&address),
        }
    }
}

/// Whether a path lies below a prefix. `/a` covers `/a`, `/a/b` and not `/ab`; the URL parser has resolved `..` and `%2e%2e`, and an encoded
/// slash or backslash, which some receivers decode before they resolve, is below nothing.
fn is_below(path: &str, prefix: &str) -> bool {
    let Some(rest) = path.strip_prefix(prefix) else { return false };
    let lower = path.to_ascii_lowercase();
    if lower.contains("%2f") || lower.contains("%5c") || lower.contains("%25") {
        return false;
    }
    prefix.ends_with('/') || rest.is_empty() || rest.starts_with('/')
}

/// An address that may not be dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// In words, with the ways out.
    pub detail: String,
}

/// The rules: built once from the configuration.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    entries: Vec<AllowEntry>,
}

impl Policy {
    /// Public hosts and these entries.
    pub fn new(entries: Vec<AllowEntry>) -> Self {
        Self { entries }
    }

    /// Whether this address may be dialled for this URL.
    pub fn judge(&self, target: &Target, address: IpAddr) -> Result<(), Refusal> {
        let Some(what) = ranges::special(address) else { return Ok(()) };
        if self.is_added(target, address) {
            return Ok(());
        }
        Err(Refusal { detail: words_of_refusal(target, address, what) })
    }

    /// An address that carries an IPv4 address is what that one is: a network entry does not open the private hosts behind a translator.
    fn is_added(&self, target: &Target, address: IpAddr) -> bool {
        let carried = match address {
            IpAddr::V4(_) => None,
            IpAddr::V6(address) => ranges::embedded(address),
        };
        let has_entry = |address: IpAddr| self.entries.iter().any(|entry| entry.allows(target, address));
        match carried {
            None => has_entry(address),
            Some(inner) if address.to_canonical() == IpAddr::V4(inner) => has_entry(inner.into()),
            Some(inner) => has_entry(address) && (ranges::special(inner.into()).is_none() || has_entry(inner.into())),
        }
    }
}

fn words_of_refusal(target: &Target, address: IpAddr, what: &str) -> String {
    let host = &target.origin.host;
    let port = target.origin.port;
    let subject = match host {
        TypedHost::Ip(_) => format!("{host} is {what}"),
        TypedHost::Name(_) => format!("{host} resolves to {address}, {what}"),
    };
    format!(
        "{subject}, and only public hosts are called; the operator can allow it with `--allow-egress {host}:{port}`"
    )
}
