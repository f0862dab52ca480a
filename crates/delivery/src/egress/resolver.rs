//! Names to addresses: the system's DNS configuration and hosts file, asked by our own resolver, remembered for 1 to 60 s.
//!
//! Nothing here is trusted: what comes out is judged by the policy each time it is used, and the judged address is the one that is dialled.

use std::{
    collections::HashMap,
    future::Future,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hickory_resolver::TokioResolver;
use tokio::time::Instant;

/// Names that are remembered at a time.
const NAMES_MAX: usize = 10_000;
/// The shortest time that an answer is remembered.
const TTL_MIN: Duration = Duration::from_secs(1);
/// The longest time that an answer is remembered.
const TTL_MAX: Duration = Duration::from_mins(1);
/// Addresses of one name that are looked at.
pub const ADDRESSES_MAX: usize = 32;

/// What a name resolved to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The addresses, in the order to try them.
    pub addresses: Vec<IpAddr>,
    /// How long the answer may be used.
    pub ttl: Duration,
}

/// A name that did not resolve, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ResolveError(pub String);

/// The future of a look-up.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = Result<Resolved, ResolveError>> + Send + 'a>>;

/// Looks names up. The door is given one, so that tests can let DNS change between two looks.
pub trait Resolve: Send + Sync + 'static {
    /// The addresses of a name (lower-case ASCII, no dot at its end).
    fn resolve<'a>(&'a self, name: &'a str) -> Resolving<'a>;
}

/// The system's configuration.
pub struct SystemResolver {
    resolver: Result<TokioResolver, String>,
}

impl SystemResolver {
    /// Reads the system's configuration. A machine without one (no `resolv.conf`) still reaches addresses; each name then fails with the reason.
    pub fn new() -> Self {
        let built = TokioResolver::builder_tokio().and_then(hickory_resolver::ResolverBuilder::build);
        if let Err(error) = &built {
            tracing::warn!(%error, "the system's DNS configuration can not be used: names will not resolve");
        }
        Self { resolver: built.map_err(|error| error.to_string()) }
    }
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self::new()
    }
}

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, name: &'a str) -> Resolving<'a> {
        Box::pin(async move {
            let resolver = self
                .resolver
                .as_ref()
                .map_err(|error| ResolveError(format!("the system's DNS configuration can not be used: {error}")))?;
            let found = resolver.lookup_ip(name).await.map_err(|error| {
                ResolveError(if error.is_nx_domain() {
                    "no such name".to_owned()
                } else if error.is_no_records_found() {
                    "the name has no address".to_owned()
                } else {
                    error.to_string()
                })
            })?;
            let ttl = found.valid_until().saturating_duration_since(Instant::now().into_std());
            Ok(Resolved { addresses: found.iter().collect(), ttl })
        })
    }
}

struct Remembered {
    addresses: Arc<[IpAddr]>,
    until: Instant,
}

/// A resolver with a memory.
pub(super) struct Names {
    resolver: Arc<dyn Resolve>,
    remembered: Mutex<HashMap<String, Remembered>>,
}

/// `localhost` and the names below it never reach DNS (<https://www.rfc-editor.org/rfc/rfc6761#section-6.3>).
pub(super) fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

impl Names {
    pub(super) fn new(resolver: Arc<dyn Resolve>) -> Self {
        Self { resolver, remembered: Mutex::default() }
    }

    pub(super) async fn look_up(&self, name: &str) -> Result<Arc<[IpAddr]>, ResolveError> {
        if is_localhost(name) {
            return Ok([IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)].into());
        }
        let now = Instant::now();
        if let Some(known) = self.remembered.lock().unwrap_or_else(PoisonError::into_inner).get(name)
            && known.until > now
        {
            return Ok(Arc::clone(&known.addresses));
        }
        let found = self.resolver.resolve(name).await?;
        if found.addresses.is_empty() {
            return Err(ResolveError("the name has no address".to_owned()));
        }
        if found.addresses.len() > ADDRESSES_MAX {
            return Err(ResolveError(format!("the name has more than {ADDRESSES_MAX} addresses")));
        }
        let addresses: Arc<[IpAddr]> = found.addresses.into();
        let until = Instant::now() + found.ttl.clamp(TTL_MIN, TTL_MAX);
        self.remember(name, Remembered { addresses: Arc::clone(&addresses), until });
        Ok(addresses)
    }

    fn remember(&self, name: &str, answer: Remembered) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= NAMES_MAX && !remembered.contains_key(name) {
            let now = Instant::now();
            remembered.retain(|_, known| known.until > now);
            if remembered.len() >= NAMES_MAX {
                remembered.clear();
            }
        }
        remembered.insert(name.to_owned(), answer);
    }
}
