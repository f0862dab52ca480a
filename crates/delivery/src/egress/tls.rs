//! TLS in one place: provider, roots, the operator's own authority. To change the provider, change [`client_config`].

use std::sync::Arc;

use tokio_rustls::rustls::{
    self, ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

/// A CA file that can not be used.
#[derive(Debug, thiserror::Error)]
#[error("the CA file can not be used: {0}")]
pub struct CaError(String);

/// The certificates of a PEM file of the operator.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, CaError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = read.map_err(|error| CaError(error.to_string()))?;
    if certificates.is_empty() {
        return Err(CaError("it holds no certificate".to_owned()));
    }
    Ok(certificates)
}

/// How we speak TLS: 1.2 and 1.3 with *ring*, Mozilla's roots, the operator's authorities added, certificates always verified.
pub(super) fn client_config(authorities: &[CertificateDer<'static>]) -> Result<Arc<ClientConfig>, CaError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for authority in authorities {
        roots.add(authority.clone()).map_err(|error| CaError(error.to_string()))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| CaError(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
