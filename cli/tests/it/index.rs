//! `valet index` rebuilds what the chain says, follows it and goes on where it stopped; `valet sessions` tells of it. (D10)

use std::{
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use valet_localnet::Localnet;

use crate::stage::{BEGAN_MS, Person, Run, Stage};

const START: [&str; 11] = [
    "session",
    "start",
    "--actions",
    "all",
    "--max-calls",
    "100",
    "--with",
    "arena::join",
    "--pin-file",
    "pin",
    "--yes",
];
const AGAIN: [&str; 9] = [
    "session",
    "start",
    "--actions",
    "all",
    "--max-calls",
    "100",
    "--pin-file",
    "pin",
    "--yes",
];
const STEP: [&str; 5] = ["call", "arena::step", "1", "--pin-file", "pin"];
const ONCE: [&str; 3] = ["index", "--once", "--verify"];

fn sessions(stage: &Stage, more: &[&str]) -> Vec<Value> {
    let mut report = stage.json(None, &[&["sessions"][..], more].concat());
    let Value::Array(sessions) = report["sessions"].take() else {
        panic!("{report}");
    };
    sessions
}

/// What the chain says of the owner's session, as the index tells it.
fn of_the_chain(stage: &Stage, owner: &Person) -> Value {
    let owner = owner.address.to_string();
    let status = stage.json(None, &["session", "status", "--owner", &owner]);
    let session = &status["session"];
    json!([
        session["wallet"],
        session["generation"],
        session["expires_at_ms"],
        session["remaining_calls"],
        session["debt_mist"],
        session["grant"],
    ])
}

fn of_the_index(session: &Value) -> Value {
    json!([
        session["wallet"],
        session["generation"],
        session["expires_at_ms"],
        session["remaining_calls"],
        session["debt_mist"],
        session["grant"],
    ])
}

#[test]
fn d10_an_index_is_built_compared_and_gone_on_with() {
    let (stage, owner) = Stage::with_arena();
    let started = stage.json(Some(&owner), &START);
    for _ in 0..3 {
        stage.json(None, &STEP);
    }
    let report = stage.json(None, &ONCE);
    assert_eq!(report["database"], "valet-index.db");
    assert_eq!(report["verified"], json!({ "accounts": 1, "sessions": 1 }));
    assert_eq!(report["now_ms"], BEGAN_MS);
    let [session] = &sessions(&stage, &[])[..] else {
        panic!("one session");
    };
    assert_eq!(session["state"], "live");
    assert_eq!(session["wallet"], started["wallet"]);
    assert_eq!(session["owner"], owner.address.to_string());
    assert_eq!(session["remaining_calls"], 97);
    assert_eq!(session["writes"], 3);
    assert_eq!(session["end"], Value::Null);
    assert_eq!(of_the_index(session), of_the_chain(&stage, &owner));

    // It ends; whoever does not look does not know.
    stage.json(None, &["session", "end", "--yes", "--pin-file", "pin"]);
    assert_eq!(sessions(&stage, &["--live"]).len(), 1);
    stage.set_clock(1_000);
    let second = stage.json(Some(&owner), &AGAIN);
    // What it is of, it knows by itself.
    std::fs::rename(stage.path("valet.json"), stage.path("arena.json")).expect("moved");
    let report = stage.json(None, &ONCE);
    assert_eq!(report["verified"], json!({ "accounts": 1, "sessions": 1 }));
    let all = sessions(&stage, &["--owner", &owner.address.to_string()]);
    let [first, next] = &all[..] else {
        panic!("{all:?}");
    };
    assert_eq!(first["state"], "ended");
    assert_eq!(first["end"]["reason"], "relinquished");
    assert_eq!(first["end"]["actor"], started["wallet"]);
    assert_eq!(
        (&next["state"], &next["generation"]),
        (&json!("live"), &json!(2))
    );
    assert_eq!(next["wallet"], second["wallet"]);
    assert_eq!(sessions(&stage, &["--live"]), std::slice::from_ref(next));
    let key = started["wallet"].as_str().expect("an address");
    assert_eq!(
        sessions(&stage, &["--key", key]),
        std::slice::from_ref(first)
    );
    let dapp = first["dapp_type"].as_str().expect("a type");
    assert_eq!(sessions(&stage, &["--dapp", dapp]), all);
    assert_eq!(sessions(&stage, &["--owner", "0x7"]), [] as [Value; 0]);
    let page = stage.json(None, &["sessions", "--limit", "1"]);
    assert_eq!(
        (&page["sessions"], &page["has_more"]),
        (&json!([first]), &json!(true))
    );

    let run = stage.valet(None, &["sessions"]);
    for line in [
        "2 sessions, as of checkpoint ",
        " at 2026-11-21 12:00:01 UTC",
        "[ended] 0x",
        "  time      ended at 2026-11-21 12:00:00 UTC: it ended itself",
        "[live] 0x",
        "  time      1h 0m remaining",
        "  calls     97 / 100 calls remaining",
        "  calls     100 / 100 calls remaining",
        "  wrote     3 records, ",
    ] {
        assert!(run.stdout.contains(line), "{line}: {run:?}");
    }
    let run = stage.valet(None, &ONCE);
    assert!(
        run.stdout
            .contains("equal to the chain: 1 account, 1 session registered"),
        "{run:?}"
    );
}

/// Killed when dropped, whatever a test did.
struct Follower(Child);

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Follower {
    fn start(stage: &Stage) -> Self {
        let mut command = stage.command(None, &["index", "--json"]);
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Self(child.expect("starts"))
    }
}

/// Waits until the index says so.
fn until(stage: &Stage, what: &str, is_so: impl Fn(&[Value]) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        let run = stage.valet(None, &["sessions", "--json"]);
        if run.code == Some(0) {
            let object = run.object();
            if is_so(object["sessions"].as_array().expect("a list")) {
                return;
            }
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{what}: {:?}", stage.valet(None, &["sessions"]));
}

#[cfg(unix)]
#[test]
fn d10_the_command_follows_through_kills_and_ends_on_a_signal() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    let (stage, owner) = Stage::with_arena();
    let follower = Follower::start(&stage);
    stage.json(Some(&owner), &START);
    stage.json(None, &STEP);
    until(&stage, "the first move", |all| {
        all.first().is_some_and(|session| session["writes"] == 1)
    });
    // Without a warning; what happens meanwhile is made up for.
    drop(follower);
    stage.json(None, &STEP);
    let mut follower = Follower::start(&stage);
    stage.json(None, &STEP);
    until(&stage, "the third move", |all| {
        all.first().is_some_and(|session| session["writes"] == 3)
    });
    let id = Pid::from_raw(i32::try_from(follower.0.id()).expect("fits"));
    kill(id, Signal::SIGINT).expect("a signal");
    let status = follower.0.wait().expect("ends");
    let mut report = String::new();
    let stdout = follower.0.stdout.as_mut().expect("a pipe");
    std::io::Read::read_to_string(stdout, &mut report).expect("UTF-8");
    assert!(status.success(), "{report}");
    let report: Value = serde_json::from_str(&report).expect("one object");
    // The account, and its session.
    assert_eq!(report["entries"], 2);
    assert_eq!(report["verified"], Value::Null);
    let report = stage.json(None, &ONCE);
    assert_eq!(report["entries"], 2);
    assert_eq!(report["verified"], json!({ "accounts": 1, "sessions": 1 }));
}

#[test]
fn d10_what_is_no_index_or_of_elsewhere_is_refused() {
    let (stage, _owner) = Stage::with_arena();
    let error = stage.error(None, 2, &["sessions"]);
    assert_eq!(error["message"], "there is no index in valet-index.db");
    assert!(!stage.path("valet-index.db").exists());
    let error = stage.error(
        None,
        2,
        &["index", "--once", "--deployment", "nowhere.json"],
    );
    assert_eq!(
        error["message"],
        "cannot read the deployment file nowhere.json: there is no such file"
    );
    let error = stage.error(
        None,
        3,
        &["index", "--once", "--network", "http://127.0.0.1:1"],
    );
    assert_eq!(error["kind"], "unreachable");
    assert!(!stage.path("valet-index.db").exists(), "nothing was begun");

    std::fs::write(stage.path("letter"), "Dear reader, this is no database.").expect("a file");
    for command in [&["sessions"][..], &["index", "--once"]] {
        let error = stage.error(None, 2, &[command, &["--database", "letter"]].concat());
        assert_eq!(error["message"], "`letter` is not an index of valet");
        assert_eq!(error["remedy"], "give the path of one, or of no file");
    }

    stage.json(None, &["index", "--once"]);
    let error = stage.error(None, 2, &["index", "--once", "--from", "1"]);
    assert_eq!(
        error["message"],
        "the database was begun for something else (from checkpoint 0 on, not 1)"
    );
    let error = stage.error(None, 2, &["sessions", "--dapp", "0x7::arena::Arena"]);
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("the index does not hold 0x")),
        "{error}"
    );
    let elsewhere = tokio::runtime::Runtime::new().expect("a runtime");
    let other = elsewhere
        .block_on(Localnet::builder().without_faucet().start())
        .expect("a ledger");
    let error = stage.error(None, 2, &["index", "--once", "--network", &other.rpc_url()]);
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("the node is on chain ")),
        "{error}"
    );
    // None of it has changed what is there.
    let run: Run = stage.valet(None, &ONCE);
    assert_eq!(run.code, Some(0), "{run:?}");
}
