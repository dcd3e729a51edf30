//! Three processes: a ledger, a game and a second client, the two with one key file and one journal between them. (D3, D13; threat 31.)

use std::{fs, path::Path};

use serde_json::Value;
use tokio::runtime::Runtime;
use valet_client::{Deployment, Network, Pin, SessionOptions, Standing, Valet, Vault};

use crate::{
    localnet::Server,
    stage::{PIN, Run, arena, clean},
};

/// The program in the folder, on this ledger; what it reports.
fn valet(folder: &Path, ledger: &Server, code: i32, arguments: &[&str]) -> Value {
    let output = clean(folder)
        .args(arguments)
        .arg("--json")
        .env("VALET_NETWORK", ledger.url("rpc_url"))
        .env("VALET_FAUCET", ledger.url("faucet_url"))
        .env("VALET_PIN_FILE", "pin")
        .output();
    let run = Run::of(output.expect("runs"));
    assert_eq!(run.code, Some(code), "{arguments:?}: {run:?}");
    run.object()
}

#[test]
fn d3_t31_of_two_processes_with_one_key_file_the_second_is_refused() {
    let ledger = Server::start(&[]);
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path();
    fs::write(folder.join("pin"), PIN).expect("a PIN file");
    valet(folder, &ledger, 0, &["key", "generate"]);
    valet(folder, &ledger, 0, &["faucet"]);
    let deploy = ["deploy", arena(), "--type", "arena::Arena"];
    valet(folder, &ledger, 0, &deploy);
    let start = [
        "session",
        "start",
        "--actions",
        "all",
        "--with",
        "arena::join",
        "--yes",
    ];
    valet(folder, &ledger, 0, &start);
    let step = ["call", "arena::step", "1"];
    valet(folder, &ledger, 0, &step);

    // A game, with the client that the command has too.
    let text = fs::read_to_string(folder.join("valet.json")).expect("a deployment");
    let deployment: Deployment = serde_json::from_str(&text).expect("a deployment");
    let runtime = Runtime::new().expect("a runtime");
    let (vault, session) = runtime.block_on(async {
        let network = Network::connect(ledger.url("rpc_url")).await;
        let valet = Valet::new(network.expect("a connection"), deployment).await;
        let valet = valet.expect("the deployment");
        let vault = Vault::open(folder.join("valet-session"), &Pin::new(PIN)).expect("opens");
        let resumed = vault.resume(&valet, SessionOptions::new()).await;
        let Standing::Active(session) = resumed.expect("resumed").standing else {
            panic!("the session lives on");
        };
        (vault, session)
    });
    let east = session
        .account()
        .valet()
        .call("arena", "step")
        .dapp()
        .storage()
        .arg(&1_u8)
        .clock();
    let play = || runtime.block_on(session.play(&east)).expect("a move");
    play();

    let refused = valet(folder, &ledger, 4, &step);
    assert_eq!(refused["error"]["kind"], "locked");
    let expected = format!(
        "the session in valet-session is in use by process {}",
        std::process::id()
    );
    assert_eq!(refused["error"]["message"], expected);
    assert_eq!(
        refused["error"]["remedy"],
        "wait until that one is done, or stop it: two at once could play the same move twice"
    );
    // The first is none the worse for it, and what it noted is there for the second.
    play();
    assert!(vault.in_flight().is_empty());
    let noted = vault.settled().len();
    assert_eq!(noted, 4, "the activation, and three moves");
    drop((vault, session));
    valet(folder, &ledger, 0, &step);
    let account = valet(folder, &ledger, 0, &["account"]);
    assert_eq!(account["write_count"], 5, "{account}");
}
