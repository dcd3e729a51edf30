//! `valet sponsor` prints what it allows and its limits, serves, keeps its key to itself, and says what it lacks. (D11.)

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use sui_crypto::ed25519::Ed25519PrivateKey;

use crate::localnet::{Server, valet};

const VARIABLE: &str = "VALET_SPONSOR_KEY";

/// Killed when dropped, whatever a test did.
struct Sponsor(Child);

impl Drop for Sponsor {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn key() -> (String, String) {
    let key = Ed25519PrivateKey::new([7; 32]);
    let address = key.public_key().derive_address().to_string();
    (key.to_suiprivkey().expect("text"), address)
}

/// Writes the example's configuration, for this node.
fn configure(directory: &Path, rpc_url: &str) {
    let example = valet().args(["sponsor", "--example"]).output();
    let text = String::from_utf8(example.expect("runs").stdout).expect("text");
    let text = text.replace("http://127.0.0.1:9000", rpc_url);
    fs::write(directory.join("sponsor.toml"), text).expect("written");
}

fn sponsor(directory: &Path) -> Command {
    let mut command = valet();
    command
        .args(["sponsor", "--port", "0", "--json", "--config"])
        .arg(directory.join("sponsor.toml"))
        .env_remove(VARIABLE);
    command
}

/// What went wrong and what to do about it, with this exit code.
fn refused(mut command: Command, code: i32) -> String {
    let output: Output = command.output().expect("runs");
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let object: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let error = &object["error"];
    format!(
        "{}; {}",
        error["message"].as_str().expect("text"),
        error["remedy"].as_str().unwrap_or_default()
    )
}

#[test]
fn d11_the_sponsor_command_serves_what_its_configuration_says() {
    let ledger = Server::start(&[]);
    let directory = tempfile::tempdir().expect("a directory");
    configure(directory.path(), ledger.url("rpc_url"));
    let (key, address) = key();
    fs::write(directory.path().join("sponsor.key"), &key).expect("written");
    let child = sponsor(directory.path()).stdout(Stdio::piped()).spawn();
    let mut child = Sponsor(child.expect("starts"));
    let stdout = child.0.stdout.take().expect("a pipe");
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let announced: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(announced["terms"]["address"], address);
    assert_eq!(announced["terms"]["chain_id"], ledger.announced["chain_id"]);
    assert_eq!(announced["terms"]["limits"]["max_budget"], 20_000_000);
    assert_eq!(announced["terms"]["policy"]["allow"][0]["module"], "arena");
    assert!(!line.contains(&key) && !line.contains("suiprivkey"));
    let url = announced["url"].as_str().expect("a URL");
    let place = url.strip_prefix("http://").expect("an http URL");
    assert!(place.starts_with("127.0.0.1:"), "{place}");
    TcpStream::connect(place).expect("listens");

    // Two would each believe in the whole limits.
    let text = refused(sponsor(directory.path()), 4);
    assert!(
        text.contains("another sponsor writes to this book"),
        "{text}"
    );
}

#[test]
fn d11_the_sponsor_command_says_what_it_lacks() {
    let ledger = Server::start(&[]);
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    let text = refused(sponsor(at), 2);
    assert!(text.contains("valet sponsor --example"), "{text}");
    let example = |more: &[&str]| {
        let output = valet().args(["sponsor", "--example"]).args(more).output();
        String::from_utf8(output.expect("runs").stdout).expect("text")
    };
    let object: Value = serde_json::from_str(&example(&["--json"])).expect("JSON");
    assert_eq!(
        object["configuration"].as_str(),
        Some(example(&[]).trim_end())
    );
    configure(at, ledger.url("rpc_url"));
    let text = refused(sponsor(at), 2);
    assert!(text.contains("cannot read the key file"), "{text}");
    // What is in a key's place may be a key, mistyped.
    let secret = format!("{}x", key().0);
    fs::write(at.join("sponsor.key"), &secret).expect("written");
    let text = refused(sponsor(at), 2);
    assert!(
        text.contains("sponsor.key holds no key") && !text.contains(&secret[..30]),
        "{text}"
    );
    let mut command = sponsor(at);
    command.env(VARIABLE, &secret);
    let text = refused(command, 2);
    assert!(
        text.contains(VARIABLE) && !text.contains(&secret[..30]),
        "{text}"
    );
    fs::write(at.join("sponsor.key"), key().0).expect("written");
    let file = at.join("sponsor.toml");
    let config = fs::read_to_string(&file).expect("read");
    fs::write(&file, config.replace("max_price", "max_prize")).expect("written");
    let text = refused(sponsor(at), 2);
    assert!(text.contains("max_prize"), "{text}");
    configure(at, "http://127.0.0.1:1");
    let text = refused(sponsor(at), 3);
    assert!(text.starts_with("no node answers at "), "{text}");
}
