//! `valet localnet` prints where it serves, serves there, stops when told to, and says which flag helps.

use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The command, ready for arguments.
pub(crate) fn valet() -> Command {
    Command::new(env!("CARGO_BIN_EXE_valet"))
}

/// A running `valet localnet`; killed when dropped, whatever a test did.
pub(crate) struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub(crate) announced: Value,
}

impl Server {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = valet()
            .args(["localnet", "--json", "--port", "0", "--faucet-port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let announced = serde_json::from_str(&line).unwrap_or_else(|error| {
            let _ = child.kill();
            panic!("{error}: {line:?}")
        });
        Self {
            child,
            stdout,
            announced,
        }
    }

    pub(crate) fn url(&self, name: &str) -> &str {
        self.announced[name].as_str().expect("a url")
    }

    fn address(&self, name: &str) -> &str {
        self.url(name).strip_prefix("http://").expect("an http url")
    }

    fn wait(&mut self) -> std::process::ExitStatus {
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().expect("waits") {
                return status;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("still running");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_serves_where_it_says_on_loopback() {
    let server = Server::start(&[]);
    for name in ["rpc_url", "faucet_url"] {
        assert!(
            server.address(name).starts_with("127.0.0.1:"),
            "{}",
            server.announced
        );
        TcpStream::connect(server.address(name)).expect("listens");
    }
    assert!(
        server.announced["chain_id"]
            .as_str()
            .is_some_and(|id| id.len() > 32)
    );
    assert!(server.announced["boot_ms"].is_u64());
}

#[test]
fn the_admin_service_is_there_when_asked_for() {
    let server = Server::start(&[]);
    assert!(server.announced["admin_url"].is_null());
    let server = Server::start(&["--admin", "--admin-port", "0"]);
    let address = server.address("admin_url");
    assert!(address.starts_with("127.0.0.1:"), "{}", server.announced);
    TcpStream::connect(address).expect("listens");
}

#[cfg(unix)]
#[test]
fn it_saves_when_stopped_and_goes_on_from_there() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ledger.snapshot");
    let file = file.to_str().expect("a path");
    let mut first = Server::start(&["--save", file]);
    let id = Pid::from_raw(i32::try_from(first.child.id()).expect("fits"));
    kill(id, Signal::SIGTERM).expect("a signal");
    assert!(first.wait().success());
    // A new chain begins at another time: only a loaded one has the same id.
    let second = Server::start(&["--load", file]);
    assert_eq!(second.announced["chain_id"], first.announced["chain_id"]);

    let nothing = valet()
        .args([
            "localnet",
            "--port",
            "0",
            "--faucet-port",
            "0",
            "--load",
            "/nowhere",
        ])
        .output()
        .expect("runs");
    let text = String::from_utf8_lossy(&nothing.stderr);
    assert!(
        text.contains("the snapshot /nowhere cannot be read"),
        "{text}"
    );
}

#[cfg(unix)]
#[test]
fn it_stops_in_good_order_on_ctrl_c_and_sigterm() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let mut server = Server::start(&[]);
        let id = Pid::from_raw(i32::try_from(server.child.id()).expect("fits"));
        kill(id, signal).expect("a signal");
        assert!(server.wait().success(), "{signal}");
        let mut rest = String::new();
        server.stdout.read_to_string(&mut rest).expect("reads");
        assert_eq!(rest, "", "one line of JSON and nothing else");
        assert!(TcpStream::connect(server.address("rpc_url")).is_err());
    }
}

#[test]
fn a_taken_port_ends_it_with_the_flag_that_helps() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    for (flag, arguments) in [
        (
            "--port",
            ["localnet", "--faucet-port", "0", "--port", &port],
        ),
        (
            "--faucet-port",
            ["localnet", "--port", "0", "--faucet-port", &port],
        ),
    ] {
        let output = valet().args(arguments).output().expect("runs");
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(
            text.contains(&format!("port {port} on 127.0.0.1 is in use")),
            "{text}"
        );
        assert!(text.contains(&format!("`{flag} ")), "{text}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn the_defaults_are_those_of_sui_start() {
    let output = valet().args(["localnet", "--help"]).output().expect("runs");
    let help = String::from_utf8_lossy(&output.stdout);
    for default in ["[default: 9000]", "[default: 9123]", "[default: 127.0.0.1]"] {
        assert!(help.contains(default), "{default}: {help}");
    }
}

#[test]
fn a_wrong_argument_is_a_usage_error() {
    for arguments in [
        &["localnet", "--port", "70000"][..],
        &["localnet", "--host", "nowhere"],
        &["localnet", "--no-faucet", "--faucet-port", "1"],
        &["localnet", "--admin-port", "1"],
        &["nothing"],
        &[],
    ] {
        let output = valet().args(arguments).output().expect("runs");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}
