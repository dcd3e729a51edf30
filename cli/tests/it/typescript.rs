//! The official TypeScript client, unchanged, against `valet localnet`: it takes coins from the faucet, reads objects and
//! executes signed transactions; it publishes a package, calls it, and follows its events.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use valet_toolchain::Toolchain;

use crate::localnet::Server;

/// Runs a script of `tools/tests/node`; it prints a line for each of so many steps.
fn run(script: &str, server: &Server, arguments: &[&Path], steps: usize) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tools/tests/node")
        .join(script);
    let toolchain = Toolchain::locate().expect("the tools");
    let output = toolchain
        .node_command()
        .expect("the packages")
        .arg(script)
        .args([server.url("rpc_url"), server.url("faucet_url")])
        .args(arguments)
        .output()
        .expect("runs");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{told}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        told.lines().filter(|line| line.starts_with("ok ")).count(),
        steps,
        "{told}"
    );
}

#[test]
fn the_official_typescript_client_plays_along() {
    let server = Server::start(&[]);
    run("grpc.mjs", &server, &[], 13);
}

#[test]
fn the_official_typescript_client_publishes_calls_and_follows() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../localnet/tests/move/objects");
    let toolchain = Toolchain::locate().expect("the tools");
    let compiled = toolchain.build(&source, &[]).expect("compiles");
    let modules: Vec<_> = compiled
        .modules
        .iter()
        .map(|module| STANDARD.encode(module))
        .collect();
    let dependencies: Vec<_> = compiled
        .dependencies
        .iter()
        .map(ToString::to_string)
        .collect();
    let package = json!({ "modules": modules, "dependencies": dependencies });
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), package.to_string()).expect("writes");
    let server = Server::start(&[]);
    run("package.mjs", &server, &[file.path()], 11);
}
