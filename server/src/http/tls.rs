//! The TLS identity of the server.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

use crate::config::TlsFiles;

/// Why there is no TLS. Names the file and never what stands in it.
#[derive(Debug, thiserror::Error)]
#[error("`{file}` {why}")]
pub struct TlsError {
    file: String,
    why: String,
}

impl TlsError {
    fn new(file: &Path, why: impl Into<String>) -> Self {
        Self { file: file.display().to_string(), why: why.into() }
    }
}

/// Speaks TLS 1.2 and 1.3 with a certificate chain and its key.
///
/// # Errors
/// A file that cannot be read, holds no PEM, or a key that is another certificate's.
pub fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, TlsError> {
    let TlsFiles { certificate, key } = files;
    let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|_| TlsError::new(certificate, "cannot be read as certificates in PEM form"))?;
    if chain.is_empty() {
        return Err(TlsError::new(certificate, "holds no certificate"));
    }
    let private = PrivateKeyDer::from_pem_file(key);
    let private = private.map_err(|_| TlsError::new(key, "cannot be read as a private key in PEM form"))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = versions.and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private));
    let mut config = config
        .map_err(|error| TlsError::new(key, format!("does not serve with `{}`: {error}", certificate.display())))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
