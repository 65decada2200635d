//! Entra, as far as servers can tell: they reach `login.microsoftonline.com` by the proxy that their environment names, trust the
//! authority that it names, and find an issuer there. So they are configured as for the cloud, and nothing of them is of a sandbox.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::serve::Listener;
use engage_identity::Version;
use engage_identity::issuer::{Application, LocalIssuer, Random, Realm, Resource};
use engage_runner::SystemTime;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;
use uuid::{Uuid, uuid};

/// Where tokens come from.
const HOST: &str = "login.microsoftonline.com";
/// The platform's own tenant.
const PLATFORM: Uuid = uuid!("50a00000-0000-4000-8000-000000000001");
/// The two APIs.
const MANAGEMENT: Uuid = uuid!("50a00000-0000-4000-8000-000000000002");
const INTEGRATION: Uuid = uuid!("50a00000-0000-4000-8000-000000000003");
const INTEGRATION_URI: &str = "https://engage.example/integration";
/// The back-end of the organisation.
pub(crate) const BACK_END: Uuid = uuid!("50a00000-0000-4000-8000-000000000004");

/// An issuer that answers for as long as it is not dropped.
pub(crate) struct Entra {
    issuer: LocalIssuer,
    proxy: SocketAddr,
    folder: TempDir,
    _runtime: Runtime,
}

impl Entra {
    pub(crate) fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let issuer = LocalIssuer::new(realm(), Arc::new(SystemTime::default()), random()).unwrap();
        let (authority, tls) = certified();
        std::fs::write(folder.path().join("ca.pem"), authority).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let proxy = listener.local_addr().unwrap();
        let router = issuer.router();
        runtime.spawn(async move { axum::serve(Tunnels { listener, tls }, router).await });
        Self { issuer, proxy, folder, _runtime: runtime }
    }

    /// What a server is told of whose tokens it takes.
    pub(crate) fn settings() -> [String; 5] {
        [
            format!("identity.management-client-id={MANAGEMENT}"),
            "identity.management-uri=api://engage-management".to_owned(),
            format!("identity.platform-tenant={PLATFORM}"),
            format!("identity.system-client-id={INTEGRATION}"),
            format!("identity.system-uri={INTEGRATION_URI}"),
        ]
    }

    /// What leads a server here.
    pub(crate) fn variables(&self) -> [(String, String); 2] {
        [
            ("HTTPS_PROXY".to_owned(), format!("http://{}", self.proxy)),
            ("SSL_CERT_FILE".to_owned(), self.folder.path().join("ca.pem").display().to_string()),
        ]
    }

    /// A token of the organisation's back-end, for an hour.
    pub(crate) fn token(&self) -> String {
        let Realm { applications, resources, .. } = self.issuer.realm();
        self.issuer.application_token(&applications[0], &resources[0]).unwrap()
    }
}

fn realm() -> Realm {
    let resource = Resource { client_id: INTEGRATION, uri: INTEGRATION_URI.to_owned(), version: Version::V2 };
    let application = Application {
        client_id: BACK_END,
        tenant: PLATFORM,
        secret: None,
        redirect_uris: Vec::new(),
        permissions: vec!["Integration.Call".to_owned()],
    };
    Realm {
        base: format!("https://{HOST}"),
        resources: vec![resource],
        applications: vec![application],
        people: Vec::new(),
    }
}

fn random() -> Random {
    Arc::new(|bytes: &mut [u8]| {
        for part in bytes.chunks_mut(16) {
            part.iter_mut().zip(Uuid::new_v4().into_bytes()).for_each(|(byte, drawn)| *byte = drawn);
        }
    })
}

/// An authority, as a file has it, and what accepts connections with a certificate that it has signed.
fn certified() -> (String, TlsAcceptor) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate().unwrap();
    let file = authority.self_signed(&key).unwrap().pem();
    let signer = Issuer::new(authority, key);
    let own = KeyPair::generate().unwrap();
    let mut named = CertificateParams::new([HOST.to_owned()]).unwrap();
    named.use_authority_key_identifier_extension = true;
    let certificate = named.signed_by(&own, &signer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(own.serialize_der().into()));
    (file, TlsAcceptor::from(Arc::new(config.unwrap())))
}

/// A proxy that leads to one place, whichever is asked for: who asked for another finds that its certificate is not good there.
struct Tunnels {
    listener: TcpListener,
    tls: TlsAcceptor,
}

impl Tunnels {
    async fn attempt(&self) -> io::Result<(TlsStream<TcpStream>, SocketAddr)> {
        let (mut stream, from) = self.listener.accept().await?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
        Ok((self.tls.accept(stream).await?, from))
    }
}

impl Listener for Tunnels {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            match self.attempt().await {
                Ok(accepted) => return accepted,
                // A server that is killed hangs up in the middle of it.
                Err(error) => eprintln!("issuer: {error}"),
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}
