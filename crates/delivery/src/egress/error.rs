//! Why a request got no answer: a kind for the machine, words for the log.

use std::{error::Error, fmt::Write as _, io, net::IpAddr, time::Duration};

use recado_model::delivery::{FailureKind, Timing};
use tokio_rustls::rustls::{self, CertificateError};

/// A request that got no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct EgressError {
    /// The kind that outcome and breaker go by. Never [`FailureKind::Status`].
    pub kind: FailureKind,
    /// The failure in words, for the user.
    pub detail: String,
    /// Where the time went until then.
    pub timing: Timing,
    /// The address that was dialled, when it came that far.
    pub remote_ip: Option<IpAddr>,
}

impl EgressError {
    pub(super) fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), timing: Timing::default(), remote_ip: None }
    }

    /// Whether saving the URL may go on with a warning: a name that does not resolve today may resolve tomorrow.
    pub fn is_warning(&self) -> bool {
        self.kind == FailureKind::Dns
    }
}

/// The innermost I/O error of a chain, when there is one.
fn io_cause<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e io::Error> {
    let mut cause = Some(error);
    let mut found = None;
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            found = Some(io);
        }
        cause = error.source();
    }
    found
}

/// A duration as people say it: `10 s`, `250 ms`.
pub(super) fn words_of_duration(duration: Duration) -> String {
    let ms = duration.as_millis();
    if ms >= 1_000 && ms.is_multiple_of(1_000) { format!("{} s", ms / 1_000) } else { format!("{ms} ms") }
}

/// A refused or failed TCP connection.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the standard library's and rustls' lists grow; what has no words here speaks for itself"
)]
pub(super) fn words_of_connect(address: std::net::SocketAddr, error: &io::Error) -> String {
    let cause = match error.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens there (connection refused)".to_owned(),
        io::ErrorKind::TimedOut => "no connection in time".to_owned(),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "the network does not reach it".to_owned()
        }
        io::ErrorKind::ConnectionReset => "the connection was reset".to_owned(),
        _ => error.to_string(),
    };
    format!("could not connect to {address}: {cause}")
}

/// A failed TLS handshake.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the standard library's and rustls' lists grow; what has no words here speaks for itself"
)]
pub(super) fn words_of_tls(host: &str, error: &io::Error) -> String {
    let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        let ended = matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset);
        return if ended {
            format!("the TLS handshake with {host} failed: the connection was closed")
        } else {
            format!("the TLS handshake with {host} failed: {error}")
        };
    };
    if let rustls::Error::InvalidMessage(_) = tls {
        return format!("{host} does not speak TLS on this port");
    }
    let rustls::Error::InvalidCertificate(certificate) = tls else {
        return format!("the TLS handshake with {host} failed: {tls}");
    };
    let cause = match certificate {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "is not valid yet".to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "is for another name".to_owned()
        }
        CertificateError::UnknownIssuer => "is signed by an authority that is not trusted here".to_owned(),
        CertificateError::Revoked => "was revoked".to_owned(),
        other => format!("is not accepted: {other}"),
    };
    format!("the certificate of {host} {cause}")
}

/// A connection that failed after the request was on its way.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the standard library's and rustls' lists grow; what has no words here speaks for itself"
)]
pub(super) fn words_of_exchange(error: &hyper::Error) -> String {
    if error.is_parse_too_large() {
        return "the answer's headers are too large".to_owned();
    }
    if let Some(io) = io_cause(error) {
        return match io.kind() {
            io::ErrorKind::ConnectionReset => "the receiver reset the connection before it answered".to_owned(),
            io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof => {
                "the receiver closed the connection before it answered".to_owned()
            }
            _ => format!("the connection failed before an answer: {io}"),
        };
    }
    if error.is_parse() {
        let mut words = "what came back is not HTTP/1".to_owned();
        if let Some(source) = error.source() {
            let _ = write!(words, ": {source}");
        }
        return words;
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return "the receiver closed the connection before it answered".to_owned();
    }
    format!("the exchange failed: {error}")
}
