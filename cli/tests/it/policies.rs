//! What a session does when it ends soon, and what is done when it is over, as the command is told. (D8)

use serde_json::{Value, json};

use crate::stage::{Person, Stage};

const STEP: [&str; 5] = ["call", "arena::step", "1", "--pin-file", "pin"];

fn with_session(more: &[&str]) -> (Stage, Person, Value) {
    let (stage, owner) = Stage::with_arena();
    let start = [
        "session",
        "start",
        "--with",
        "arena::join",
        "--pin-file",
        "pin",
        "--yes",
    ];
    let started = stage.json(Some(&owner), &[&start[..], more].concat());
    (stage, owner, started)
}

fn status(stage: &Stage, owner: &Person) -> Value {
    stage.json(Some(owner), &["session", "status"])
}

#[test]
fn d8_a_call_renews_the_session_when_it_ends_soon() {
    let (stage, owner, started) = with_session(&[
        "--actions",
        "all",
        "--renewals",
        "1",
        "--renew-within",
        "3h",
    ]);
    let soon = [&STEP[..], &["--renew-before", "10m", "--for", "2h"]].concat();
    stage.json(None, &soon);
    assert_eq!(
        status(&stage, &owner)["session"]["wallet"],
        started["wallet"]
    );

    stage.set_clock(3_000_001);
    let run = stage.valet(None, &soon);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(
        run.stderr
            .starts_with("the session was renewed, and is with the key 0x"),
        "{run:?}"
    );
    let renewed = status(&stage, &owner);
    assert_ne!(renewed["session"]["wallet"], started["wallet"]);
    assert_eq!(renewed["session"]["remaining_ms"], 7_200_000);
    assert_eq!(renewed["session"]["remaining_renewals"], 0);
    // The folder has the new key, and no renewal is left.
    stage.set_clock(3_000_001 + 7_000_000);
    let run = stage.valet(None, &soon);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(
        run.stderr.starts_with("the session was not renewed: "),
        "{run:?}"
    );
    assert_eq!(
        status(&stage, &owner)["session"]["wallet"],
        renewed["session"]["wallet"]
    );
}

#[test]
fn d8_the_owner_signs_when_the_session_cannot_and_only_then() {
    let (stage, owner, _) = with_session(&["--max-calls", "1", "--actions", "0"]);
    let step = [&STEP[..], &["--or-owner"]].concat();
    let signed_by = |person: Option<&Person>| stage.json(person, &step)["signed_by"].clone();
    // What it may not do is no reason: that is for `--as-owner`.
    let rest = ["call", "arena::rest", "--pin-file", "pin", "--or-owner"];
    let error = stage.error(Some(&owner), 1, &rest);
    assert_eq!(error["code"], "session::EActionNotGranted");
    assert_eq!(signed_by(Some(&owner)), "session");
    assert_eq!(signed_by(Some(&owner)), "owner", "its calls are used up");

    stage.json(Some(&owner), &["revoke", "--yes"]);
    assert_eq!(signed_by(Some(&owner)), "owner", "it is over");
    stage.json(None, &["session", "end", "--yes", "--pin-file", "pin"]);
    assert_eq!(signed_by(Some(&owner)), "owner", "there is none");
    let error = stage.error(None, 2, &step);
    assert_eq!(error["message"], "there is no owner's key");
    let error = stage.error(Some(&owner), 2, &[&step[..], &["--as-owner"]].concat());
    assert_eq!(error["kind"], json!("usage"));
}
