//! The official TypeScript client, unchanged, against `valet localnet`: it takes coins from the faucet, reads objects and
//! executes signed transactions.

use std::path::Path;

use valet_toolchain::Toolchain;

use crate::localnet::Server;

#[test]
fn the_official_typescript_client_plays_along() {
    let server = Server::start(&[]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/tests/node/grpc.mjs");
    let toolchain = Toolchain::locate().expect("node and npm");
    let output = toolchain
        .node_command()
        .expect("the packages")
        .arg(script)
        .args([server.url("rpc_url"), server.url("faucet_url")])
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
        13,
        "{told}"
    );
}
