//! Encryption of the line to the mail server, with the certificate always checked.
//! Not the choice whether to encrypt: that is `smtp`.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

/// What every connection to a server shares: the trusted roots, and sessions to resume.
pub(super) fn config(private_ca: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(file) = private_ca {
        add_private_ca(&mut roots, file).map_err(|why| format!("ca={}: {why}", file.display()))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| why.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// The client's half of a handshake with `host`.
pub(super) fn session(config: &Arc<ClientConfig>, host: &str) -> Result<ClientConnection, String> {
    let name = ServerName::try_from(host.to_string()).map_err(|why| why.to_string())?;
    ClientConnection::new(Arc::clone(config), name).map_err(|why| why.to_string())
}

fn add_private_ca(roots: &mut RootCertStore, file: &Path) -> Result<(), String> {
    let certificates = CertificateDer::pem_file_iter(file).map_err(|why| why.to_string())?;
    let before = roots.len();
    for certificate in certificates {
        let certificate = certificate.map_err(|why| why.to_string())?;
        roots.add(certificate).map_err(|why| why.to_string())?;
    }
    if roots.len() == before { Err("no certificate".to_string()) } else { Ok(()) }
}
