//! A caller with things to lose: a home with a secret, a key in the environment, a server on loopback, sockets.

use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fdsp::sandbox::{File, Interpreter, Job, Layers, Limits, Outcome, Sandbox};

/// Whose account the sandbox runs under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// The one that runs the tests.
    Own,
    /// An ordinary one, where the tests run as root.
    Ordinary,
}

pub fn users() -> Vec<User> {
    if rustix::process::geteuid().is_root() { vec![User::Own, User::Ordinary] } else { vec![User::Own] }
}

const ATTACKS: &str = include_str!("attacks.py");

pub struct World {
    pub sandbox: Sandbox,
    pub marker: String,
    user: User,
    layers: Layers,
    interpreter: Interpreter,
    home: tempfile::TempDir,
    _listeners: (TcpListener, UnixListener, UnixListener),
    port: u16,
    abstract_name: String,
}

const SECRET: &str = "the caller's own";

impl World {
    pub async fn new(user: User, layers: Layers) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        // Another user's sandbox must get to its own program; the canary is open to everybody, so that only walls hide it.
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o777)).expect("permissions");
        std::fs::write(home.path().join("canary"), SECRET).expect("a canary");
        std::fs::set_permissions(home.path().join("canary"), std::fs::Permissions::from_mode(0o666))
            .expect("permissions");
        let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = tcp.local_addr().expect("an address").port();
        let unix = UnixListener::bind(home.path().join("socket")).expect("a socket");
        std::fs::set_permissions(home.path().join("socket"), std::fs::Permissions::from_mode(0o777))
            .expect("permissions");
        let marker = format!("fdsp-marker-{}-{}", std::process::id(), fastrand::u64(..));
        let address = SocketAddr::from_abstract_name(marker.as_bytes()).expect("a name");
        let abstract_socket = UnixListener::bind_addr(&address).expect("an abstract socket");
        let interpreter = interpreter(user);
        let sandbox = start(user, layers, home.path()).await;
        let _listeners = (tcp, unix, abstract_socket);
        let abstract_name = marker.clone();
        Self { sandbox, marker, user, layers, interpreter, home, _listeners, port, abstract_name }
    }

    /// A second sandbox of the same kind.
    pub async fn other(&self) -> Sandbox {
        start(self.user, self.layers, self.home.path()).await
    }

    pub fn canary(&self) -> PathBuf {
        self.home.path().join("canary")
    }

    pub fn job(&self, code: &str, limits: Limits) -> Job {
        Job {
            program: self.interpreter.program.clone(),
            args: vec!["-I".to_owned(), "-c".to_owned(), code.to_owned()],
            stdin: Vec::new(),
            env: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
            files: vec![File { path: "a/b.txt".to_owned(), bytes: b"given".to_vec() }],
            readonly: self.interpreter.readonly.clone(),
            limits,
        }
    }

    pub async fn python(&self, code: &str, limits: Limits) -> Outcome {
        self.sandbox.run(&self.job(code, limits)).await.expect("it runs")
    }

    /// Runs one of the corpus.
    pub async fn attack(&self, name: &str, limits: Limits) -> Outcome {
        let mut job = self.job(ATTACKS, limits);
        let canary = self.canary();
        let socket = canary.with_file_name("socket");
        job.args.extend([
            name.to_owned(),
            canary.display().to_string(),
            self.port.to_string(),
            socket.display().to_string(),
            self.abstract_name.clone(),
            std::process::id().to_string(),
            self.marker.clone(),
        ]);
        self.sandbox.run(&job).await.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Everything outside is as it was.
    pub fn is_intact(&self) -> Result<(), String> {
        let canary = std::fs::read_to_string(self.canary()).map_err(|error| format!("canary: {error}"))?;
        if canary != SECRET {
            return Err(format!("the canary says {canary:?}"));
        }
        let here: Vec<_> = std::fs::read_dir(self.home.path()).map_err(|e| e.to_string())?.flatten().collect();
        // The canary, the socket, and where another user runs it the program and its wrapper.
        let expected = if self.user == User::Ordinary { 4 } else { 2 };
        if here.len() != expected {
            return Err(format!("files beside the canary: {here:?}"));
        }
        for folder in ["/tmp", "/dev/shm"] {
            if Path::new(folder).join(&self.marker).exists() {
                return Err(format!("a file came out into {folder}"));
            }
        }
        for path in ["/etc/passwd", "/usr/bin/env", "/bin/sh"] {
            if !Path::new(path).exists() {
                return Err(format!("{path} is gone"));
            }
        }
        Ok(())
    }

    /// No process with the marker lives on.
    pub async fn nothing_is_left(&self) {
        for turn in 0.. {
            let left = living(&self.marker);
            if left.is_empty() {
                return;
            }
            assert!(turn < 100, "still there: {left:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn living(marker: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").expect("/proc").flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).into_owned());
    lines.filter(|line| line.contains(marker)).collect()
}

fn interpreter(user: User) -> Interpreter {
    let usual = ["/usr/bin/python3", "/usr/local/bin/python3"].map(Path::new);
    let named = match user {
        User::Own => None,
        // An interpreter in root's home is out of an ordinary user's reach.
        User::Ordinary => usual.into_iter().find(|path| path.exists()),
    };
    Interpreter::find(named).expect("the tests need python3")
}

async fn start(user: User, layers: Layers, home: &Path) -> Sandbox {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_fdsp"));
    let program = match user {
        User::Own => program,
        User::Ordinary => {
            let (copy, wrapper) = (home.join("fdsp"), home.join("as-user"));
            if !wrapper.exists() {
                std::fs::copy(&program, &copy).expect("a copy of the program");
                let script = format!(
                    "#!/bin/sh\nexec setpriv --reuid 12345 --regid 12345 --clear-groups {} \"$@\"\n",
                    copy.display()
                );
                std::fs::write(&wrapper, script).expect("a wrapper");
                for path in [&copy, &wrapper] {
                    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("permissions");
                }
            }
            wrapper
        }
    };
    Sandbox::start(&program, layers).await.expect("the sandbox starts")
}
