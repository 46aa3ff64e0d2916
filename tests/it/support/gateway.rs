//! What may stand between the program and a model server: a proxy, and TLS under a certificate of one's own authority.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Serves every connection to a new port of loopback on a thread of its own, until the tests end.
fn listen(serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port on loopback");
    let address = listener.local_addr().expect("the port's address");
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            thread::spawn(move || serve(stream));
        }
    });
    address
}

/// A forward proxy for `http`, by `CONNECT` for `https`.
pub struct Proxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// With `login`, the value that `Proxy-Authorization` must have.
    pub fn start(login: Option<&str>) -> Self {
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (noted, login) = (heads.clone(), login.map(str::to_owned));
        let address = listen(move |stream| forward(stream, login.as_deref(), &noted));
        Self { address, heads }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The head of the first request of every connection.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn forward(mut stream: TcpStream, login: Option<&str>, heads: &Mutex<Vec<String>>) -> io::Result<()> {
    let head = read_head(&mut stream)?;
    heads.lock().unwrap().push(head.clone());
    let sent = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("proxy-authorization").then_some(value)
    });
    if login.is_some() && sent != login {
        let refusal = format!("you sent {}", sent.unwrap_or("nothing"));
        let length = refusal.len();
        return write!(
            stream,
            "HTTP/1.1 407 Proxy Authentication Required\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{refusal}"
        );
    }
    let mut words = head.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut upstream;
    if method == "CONNECT" {
        upstream = TcpStream::connect(target)?;
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    } else {
        let host = target.trim_start_matches("http://").split('/').next().unwrap_or_default();
        upstream = TcpStream::connect(host)?;
        upstream.write_all(head.replacen(&format!("http://{host}"), "", 1).as_bytes())?;
    }
    let (mut from, mut to) = (stream.try_clone()?, upstream.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        to.shutdown(Shutdown::Write)
    });
    io::copy(&mut upstream, &mut stream)?;
    stream.shutdown(Shutdown::Both)
}

/// Up to the empty line, and no byte further.
fn read_head(stream: &mut impl Read) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

static AUTHORITIES: AtomicUsize = AtomicUsize::new(0);

/// TLS before a plain server.
pub struct Tls {
    address: SocketAddr,
    /// The authority's certificate.
    pub ca: String,
}

impl Tls {
    pub fn before(server: SocketAddr) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).expect("parameters");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // No two authorities of the same name: one would be taken for a forger of the other.
        authority
            .distinguished_name
            .push(DnType::CommonName, format!("authority {}", AUTHORITIES.fetch_add(1, Relaxed)));
        let issuer_key = KeyPair::generate().expect("a key");
        let ca = authority.self_signed(&issuer_key).expect("a certificate").pem();
        let issuer = Issuer::new(authority, issuer_key);
        let key = KeyPair::generate().expect("a key");
        let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
        let leaf = leaf.signed_by(&key, &issuer).expect("a certificate");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .expect("the key fits");
        let config = Arc::new(config);
        let address = listen(move |stream| terminate(stream, config.clone(), server));
        Self { address, ca }
    }

    pub fn url(&self) -> String {
        format!("https://{}/v1", self.address)
    }
}

/// One request after the other: the scripted server ends its answers with the last chunk.
fn terminate(stream: TcpStream, config: Arc<ServerConfig>, server: SocketAddr) -> io::Result<()> {
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut tls = StreamOwned::new(connection, stream);
    let mut upstream = TcpStream::connect(server)?;
    let mut answers = BufReader::new(upstream.try_clone()?);
    loop {
        let head = read_head(&mut tls)?;
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        tls.read_exact(&mut body)?;
        upstream.write_all(head.as_bytes())?;
        upstream.write_all(&body)?;
        let mut line = Vec::new();
        while line != b"0\r\n" {
            line.clear();
            if answers.read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            tls.write_all(&line)?;
        }
        tls.write_all(b"\r\n")?;
        tls.flush()?;
        answers.read_until(b'\n', &mut line)?;
    }
}
