//! From a site's URL to an open line: one look-up of the name, one address that is allowed, TCP, TLS.
//! Not the call itself: call.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use url::{Host, Url};

use super::answer::word;
use super::outcome::Outcome;
use super::reach;

/// Why there is no line, and the details.
pub(crate) type Failed = (Outcome, String);

/// What every call needs to get a line.
pub(crate) struct Dialer {
    connector: TlsConnector,
    allow_loopback: bool,
}

/// A line, with TLS or without.
pub(crate) enum Line {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Dialer {
    /// Trusts the world's certification authorities, and those in `more` (PEM), for rehearsals.
    pub(crate) fn new(allow_loopback: bool, more: Option<&[u8]>) -> Result<Dialer, String> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for certificate in CertificateDer::pem_slice_iter(more.unwrap_or_default()) {
            let certificate = certificate.map_err(|cause| cause.to_string())?;
            roots.add(certificate).map_err(|cause| cause.to_string())?;
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().map_err(|cause| cause.to_string())?;
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        // Sites are called once a day: nothing of one line is of use to the next.
        config.resumption = tokio_rustls::rustls::client::Resumption::disabled();
        Ok(Dialer { connector: TlsConnector::from(Arc::new(config)), allow_loopback })
    }

    /// Looks the URL's host up, once: `known` if it still is one of its addresses, else the first that is allowed.
    pub(crate) async fn find(&self, url: &Url, known: Option<IpAddr>) -> Result<SocketAddr, Failed> {
        let port = url.port_or_known_default().unwrap_or(443);
        let mut found: Vec<IpAddr> = match url.host() {
            Some(Host::Ipv4(address)) => vec![IpAddr::V4(address)],
            Some(Host::Ipv6(address)) => vec![IpAddr::V6(address)],
            Some(Host::Domain(name)) => {
                let looked_up = tokio::net::lookup_host((name, port)).await;
                let looked_up = looked_up.map_err(|cause| (Outcome::NoSuchHost, word(&cause.to_string())))?;
                looked_up.map(|address| address.ip().to_canonical()).collect()
            }
            None => return Err((Outcome::BadAddress, "no host".to_string())),
        };
        let Some(first) = found.first().copied() else {
            return Err((Outcome::NoSuchHost, "no address".to_string()));
        };
        found.retain(|address| reach::is_allowed(*address, self.allow_loopback));
        found.sort_by_key(|address| (Some(*address) != known, address.is_ipv6()));
        match found.first() {
            Some(address) => Ok(SocketAddr::new(*address, port)),
            None => Err((Outcome::PrivateAddress, first.to_string())),
        }
    }

    pub(crate) async fn open(&self, url: &Url, address: SocketAddr) -> Result<Line, Failed> {
        let plain = TcpStream::connect(address).await;
        let plain = plain.map_err(|cause| (Outcome::NotConnected, word(&cause.to_string())))?;
        let _ = plain.set_nodelay(true);
        if url.scheme() == "http" {
            return Ok(Line::Plain(plain));
        }
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_string();
        let name =
            ServerName::try_from(host).map_err(|cause| (Outcome::BadAddress, word(&cause.to_string())))?;
        let line = self.connector.connect(name, plain).await;
        line.map(|line| Line::Tls(Box::new(line)))
            .map_err(|cause| (Outcome::TlsFailed, word(&cause.to_string())))
    }
}

impl AsyncRead for Line {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Line::Plain(line) => Pin::new(line).poll_read(context, into),
            Line::Tls(line) => Pin::new(line.as_mut()).poll_read(context, into),
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        match self.get_mut() {
            Line::Plain(line) => Pin::new(line).poll_write(context, from),
            Line::Tls(line) => Pin::new(line.as_mut()).poll_write(context, from),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Line::Plain(line) => Pin::new(line).poll_flush(context),
            Line::Tls(line) => Pin::new(line.as_mut()).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Line::Plain(line) => Pin::new(line).poll_shutdown(context),
            Line::Tls(line) => Pin::new(line.as_mut()).poll_shutdown(context),
        }
    }
}
