//! A URL as it was typed, read by a real URL parser, as the place to dial.
//!
//! The parser (WHATWG) turns every odd spelling of an address (`0x7f.1`, `2130706433`, `１２７.0.0.1`, `%31%32%37.0.0.1`) into the address it
//! means, and international names into their ASCII form; what comes out is what the policy judges and what is dialled.

use std::net::IpAddr;

use bytes::Bytes;
use http::{HeaderValue, Uri};
use recado_model::delivery::FailureKind;
use url::{Host, Url};

use super::error::EgressError;

/// Bytes of a URL that is dialled: a saved URL is shorter, its templates may make it longer.
pub const DIALLED_URL_BYTES_MAX: usize = 8 * 1024;

/// What the URL names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TypedHost {
    /// An address, whatever its spelling was.
    Ip(IpAddr),
    /// A name in lower-case ASCII without the dot at its end.
    Name(String),
}

impl std::fmt::Display for TypedHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ip(IpAddr::V4(address)) => write!(f, "{address}"),
            Self::Ip(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// One receiver: what connections are shared by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// `https`.
    pub is_tls: bool,
    /// The host.
    pub host: TypedHost,
    /// The port, given or the scheme's.
    pub port: u16,
}

/// A URL, ready to be judged and dialled.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where.
    pub origin: Origin,
    /// The path alone, as it will be sent; path prefixes of the policy look at it.
    pub path: String,
    /// Path and query as they stand in the request line.
    pub request_line: Uri,
    /// The `Host` header.
    pub host_header: HeaderValue,
}

impl Target {
    /// Reads a URL.
    pub fn parse(typed: &str) -> Result<Self, EgressError> {
        let invalid = |detail: String| EgressError::new(FailureKind::InvalidUrl, detail);
        if typed.len() > DIALLED_URL_BYTES_MAX {
            return Err(invalid(format!("the URL is longer than {DIALLED_URL_BYTES_MAX} bytes")));
        }
        let url = Url::parse(typed).map_err(|error| invalid(format!("the URL can not be used: {error}")))?;
        let is_tls = match url.scheme() {
            "http" => false,
            "https" => true,
            other => return Err(invalid(format!("only http and https URLs can be called, not {other}"))),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid(
                "a user name or password in the URL is not sent; use the webhook's authorisation".into(),
            ));
        }
        let host = match url.host() {
            Some(Host::Ipv4(address)) => TypedHost::Ip(address.into()),
            Some(Host::Ipv6(address)) => TypedHost::Ip(address.into()),
            Some(Host::Domain(name)) => TypedHost::Name(name.strip_suffix('.').unwrap_or(name).to_owned()),
            None => return Err(invalid("the URL names no host".into())),
        };
        // With two dots at its end an address would be taken for a name.
        if matches!(&host, TypedHost::Name(name) if name.is_empty() || name.ends_with('.')) {
            return Err(invalid("the URL names no host".into()));
        }
        let port = url.port().unwrap_or(if is_tls { 443 } else { 80 });
        if port == 0 {
            return Err(invalid("port 0 can not be dialled".into()));
        }
        let host_header = match url.port() {
            Some(port) => HeaderValue::try_from(format!("{host}:{port}")),
            None => HeaderValue::try_from(host.to_string()),
        };
        let request_line = url[url::Position::BeforePath..url::Position::AfterQuery].to_owned();
        Ok(Self {
            path: url.path().to_owned(),
            request_line: Uri::from_maybe_shared(Bytes::from(request_line))
                .map_err(|error| invalid(format!("the URL's path can not be sent: {error}")))?,
            host_header: host_header.map_err(|_| invalid("the URL's host can not be sent".into()))?,
            origin: Origin { is_tls, host, port },
        })
    }
}
