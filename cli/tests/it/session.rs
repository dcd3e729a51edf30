//! A session from its owner's signature to its key's end, by hand: `valet session`, `call`, `settle`, `deposit`, `withdraw`,
//! `revoke` and `logout`, each refusal with its words, its exit code and its JSON.

use serde_json::{Value, json};

use crate::stage::{BEGAN_MS, PIN, Person, Run, Stage, arena};

/// A stage with a session in folder `valet-session`, which may step, mine and rest a hundred times.
fn with_session(more: &[&str]) -> (Stage, Person, Value) {
    let (stage, owner) = Stage::with_arena();
    let started = stage.json(Some(&owner), &[&START[..], more].concat());
    (stage, owner, started)
}

const START: [&str; 11] = [
    "session",
    "start",
    "--actions",
    "0,1,3",
    "--max-calls",
    "100",
    "--with",
    "arena::join",
    "--pin-file",
    "pin",
    "--yes",
];
const PLAY: [&str; 4] = ["call", "arena::step", "--pin-file", "pin"];

fn step(direction: &'static str) -> Vec<&'static str> {
    [&PLAY[..2], &[direction], &PLAY[2..]].concat()
}

#[test]
fn d13_one_signature_then_silent_play_then_nothing_left() {
    let (stage, owner, started) = with_session(&[]);
    assert_eq!(started["owner"], owner.address.to_string());
    assert_eq!(started["owner_signatures"], 1);
    assert_eq!(started["expires_at_ms"], BEGAN_MS + 3_600_000);
    assert_eq!(started["folder"], "valet-session");
    assert_eq!(started["grant"]["actions"], json!([0, 1, 3]));

    // Silent: no owner's key anywhere near.
    for direction in ["1", "1", "3"] {
        let played = stage.json(None, &step(direction));
        assert_eq!(played["call"], "arena::step");
        assert_eq!(played["signed_by"], "session");
    }
    let owner_is = owner.address.to_string();
    let status = stage.json(None, &["session", "status", "--owner", &owner_is]);
    assert_eq!(status["badge"], "active");
    assert_eq!(status["session"]["wallet"], started["wallet"]);
    assert_eq!(status["session"]["remaining_calls"], 97);
    assert_eq!(status["session"]["remaining_ms"], 3_600_000);
    // The join and three steps.
    assert_eq!(status["account"]["write_count"], 4);
    let run = stage.valet(None, &["session", "status", "--owner", &owner_is]);
    for line in [
        "[active] 0x",
        "97 / 100 calls remaining",
        "1h 0m remaining",
        "actions 0, 1, 3",
    ] {
        assert!(run.stdout.contains(line), "{line}: {run:?}");
    }

    let over = stage.json(None, &["session", "end", "--yes", "--pin-file", "pin"]);
    assert_eq!(over["ended_by"], "session");
    assert!(
        over["swept_mist"]
            .as_u64()
            .is_some_and(|swept| swept > 400_000_000),
        "{over}"
    );
    assert!(!stage.path("valet-session/vault").exists());
    let status = stage.json(None, &["session", "status", "--owner", &owner_is]);
    assert_eq!(status["badge"], "revoked");
    assert_eq!(status["ended_session"]["reason"], "relinquished");
    let error = stage.error(None, 2, &step("1"));
    assert_eq!(error["message"], "there is no session key in valet-session");
}

#[test]
fn d13_the_grant_and_the_three_steps_are_shown() {
    let (stage, owner) = Stage::with_arena();
    let run = stage.valet(
        Some(&owner),
        &[
            &START[..],
            &[
                "--for",
                "2h",
                "--rate",
                "5/1s",
                "--burst",
                "20",
                "--allow",
                "sui=2sui,call=0.5sui,window=1sui/1d",
            ],
            &[
                "--max-debt",
                "0.05sui",
                "--renewals",
                "3",
                "--renew-within",
                "2d",
                "--float",
                "0.25sui",
            ],
        ]
        .concat(),
    );
    assert_eq!(run.code, Some(0), "{run:?}");
    let mut at = 0;
    for line in [
        "A session for 0x",
        "  lasts     2h",
        "  may take  actions 0, 1, 3",
        "  calls     at most 100",
        "  rate      5 calls every 1s, 20 at once",
        "  may draw  2 SUI of the purse, 0.5 SUI a call, 1 SUI every 1d",
        "  debt      at most 0.05 SUI",
        "  renewals  3 times, until 2026-11-23 12:00:00 UTC",
        "  float     0.25 SUI for its gas",
        "[1/3] Generate  key 0x",
        "[2/3] Register  signed once by 0x",
        "[3/3] Active    2h 0m remaining",
    ] {
        let found = run.stderr[at..].find(line);
        at += found.unwrap_or_else(|| panic!("{line}: {}", run.stderr));
    }
    assert!(run.stdout.starts_with("session 0x"), "{run:?}");

    let status = stage.json(Some(&owner), &["session", "status"]);
    assert_eq!(status["float_mist"], 250_000_000);
    assert_eq!(
        status["session"]["grant"],
        json!({
            "actions": [0, 1, 3],
            "max_calls": 100,
            "rate_limit": { "capacity": 20, "refill": 5, "interval_ms": 1_000 },
            "allowances": [{
                "coin": "0x0000000000000000000000000000000000000000000000000000000000000002::sui::SUI",
                "total": 2_000_000_000,
                "max_per_call": 500_000_000,
                "window": { "capacity": 1_000_000_000, "refill": 1_000_000_000, "interval_ms": 86_400_000 },
            }],
            "max_debt_mist": 50_000_000,
            "renewals": { "max_renewals": 3, "ends_at_ms": BEGAN_MS + 172_800_000 },
        })
    );
}

#[test]
fn d13_nothing_is_signed_without_consent() {
    let (stage, owner) = Stage::with_arena();
    let money = stage.money(&owner);
    let without = &START[..START.len() - 1];
    let run = stage.valet(Some(&owner), &[without, &["--json"]].concat());
    assert_eq!(run.code, Some(7), "{run:?}");
    assert_eq!(run.object()["error"]["kind"], "declined");
    assert_eq!(stage.money(&owner), money);
    assert!(!stage.path("valet-session").exists(), "no key was made");

    let (stage, owner, _) = with_session(&[]);
    for words in [
        &["revoke"][..],
        &["revoke", "--all"],
        &["session", "end", "--pin-file", "pin"],
        &["logout", "--pin-file", "pin"],
    ] {
        let run = stage.valet(Some(&owner), &[words, &["--json"]].concat());
        assert_eq!(run.code, Some(7), "{words:?}: {run:?}");
    }
    assert_eq!(
        stage.json(Some(&owner), &["session", "status"])["badge"],
        "active"
    );
}

#[test]
fn d13_refusals_say_what_happened_and_what_to_do() {
    let (stage, owner, _) = with_session(&[]);
    // Not granted, the owner's alone, against the game's rules, and no function at all.
    let error = stage.error(None, 1, &["call", "arena::fight", "--pin-file", "pin"]);
    assert_eq!(
        (&error["kind"], &error["code"]),
        (&json!("refused"), &json!("session::EActionNotGranted"))
    );
    assert!(
        error["remedy"]
            .as_str()
            .is_some_and(|text| text.contains("`valet call --as-owner`"))
    );
    let error = stage.error(
        None,
        1,
        &["call", "arena::rename", "Mallory", "--pin-file", "pin"],
    );
    assert_eq!(error["code"], "session::EOwnerOnlyAction");
    let error = stage.error(None, 1, &step("9"));
    assert_eq!(
        (&error["kind"], &error["code"]),
        (&json!("aborted"), &json!("arena::EUnknownDirection"))
    );
    assert_eq!(
        error["message"],
        "arena::walk refused: Directions are 0 (north), 1 (east), 2 (south) and 3 (west)"
    );
    for (words, message) in [
        (
            &["call", "arena::fly", "--pin-file", "pin"][..],
            "there is no function arena::fly in the dApp's package",
        ),
        (
            &["call", "arena::step", "--pin-file", "pin"],
            "arena::step takes 1 value: u8; 0 given",
        ),
        (
            &["call", "arena::step", "1", "2", "--pin-file", "pin"],
            "arena::step takes 1 value: u8; 2 given",
        ),
        (
            &["call", "arena::step", "north", "--pin-file", "pin"],
            "`north` is no u8 in the call of arena::step",
        ),
        (
            &["call", "step", "1", "--pin-file", "pin"],
            "`step` is no function",
        ),
    ] {
        let error = stage.error(None, 2, words);
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| text.starts_with(message)),
            "{error}"
        );
    }
    // The owner may.
    let played = stage.json(
        Some(&owner),
        &["call", "arena::rename", "Merlin", "--as-owner"],
    );
    assert_eq!(played["signed_by"], "owner");

    // A session that is there already.
    let error = stage.error(Some(&owner), 2, &START);
    assert!(
        error["message"].as_str().is_some_and(
            |text| text.starts_with("valet-session has the key of the live session 0x")
        )
    );
    // Too short, too long.
    for time in ["59s", "8d"] {
        let error = stage.error(Some(&owner), 2, &[&START[..], &["--for", time]].concat());
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| text.starts_with("a session cannot last "))
        );
    }

    // Expired to the millisecond, then over.
    stage.set_clock(3_599_999);
    stage.json(None, &step("1"));
    stage.set_clock(3_600_000);
    let error = stage.error(None, 1, &step("1"));
    assert_eq!(error["code"], "session::ESessionExpired");
    assert_eq!(
        error["remedy"],
        "let the owner start a new session with `valet session start`"
    );
    assert_eq!(
        stage.json(Some(&owner), &["session", "status"])["badge"],
        "expired"
    );
    let ended = stage.json(Some(&owner), &["revoke", "--yes"]);
    assert_eq!(ended["ended"].as_array().map(Vec::len), Some(1));
    let error = stage.error(None, 1, &step("1"));
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("the session is over: ")),
        "{error}"
    );
}

#[test]
fn d13_a_budget_runs_down_to_exhausted() {
    let (stage, owner) = Stage::with_arena();
    let mut start = START;
    start[5] = "3";
    stage.json(Some(&owner), &start);
    for (direction, left, badge) in [
        ("1", 2, "active"),
        ("3", 1, "active"),
        ("1", 0, "exhausted"),
    ] {
        stage.json(None, &step(direction));
        let status = stage.json(Some(&owner), &["session", "status"]);
        assert_eq!(
            (&status["session"]["remaining_calls"], &status["badge"]),
            (&json!(left), &json!(badge))
        );
    }
    let error = stage.error(None, 1, &step("1"));
    assert_eq!(error["code"], "grant::ECallBudgetExhausted");
}

#[test]
fn d13_pins_are_asked_for_and_wrong_ones_have_their_exit_code() {
    let (stage, owner, _) = with_session(&[]);
    std::fs::write(stage.path("wrong"), "1984\n").expect("a file");
    let error = stage.error(
        None,
        5,
        &["call", "arena::step", "1", "--pin-file", "wrong"],
    );
    assert_eq!(error["kind"], "wrong_pin");
    let error = stage.error(None, 2, &["call", "arena::step", "1"]);
    assert_eq!(error["message"], "there is nobody to ask for the PIN");
    let error = stage.error(None, 2, &["call", "arena::step", "1", "--pin-file", "none"]);
    assert_eq!(
        error["message"],
        "cannot read the PIN file none: there is no such file"
    );
    std::fs::write(stage.path("empty"), "\n").expect("a file");
    let error = stage.error(
        None,
        2,
        &["call", "arena::step", "1", "--pin-file", "empty"],
    );
    assert_eq!(error["message"], "the PIN is empty");

    // From standard input, as a script would.
    use std::io::Write as _;
    let mut child = stage
        .command(
            None,
            &["call", "arena::step", "1", "--pin-file", "-", "--json"],
        )
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("runs");
    writeln!(child.stdin.take().expect("a pipe"), "{PIN}").expect("writes");
    let run = Run::of(child.wait_with_output().expect("ends"));
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(!run.stdout.contains(PIN) && !run.stderr.contains(PIN));

    // A damaged key is told as what it is, and nothing is written over.
    let file = stage.path("valet-session/vault");
    let sealed = std::fs::read(&file).expect("the key");
    std::fs::write(&file, &sealed[..sealed.len() / 2]).expect("a file");
    let error = stage.error(None, 1, &step("1"));
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.contains("does not open")),
        "{error}"
    );
    assert_eq!(
        std::fs::read(&file).expect("the key").len(),
        sealed.len() / 2
    );
    std::fs::write(&file, &sealed).expect("a file");
    stage.json(None, &step("1"));
    let _ = owner;
}

#[test]
fn d13_two_processes_cannot_share_a_session() {
    let (stage, _owner, started) = with_session(&[]);
    // This process has the vault open, as a game would.
    let folder = stage.path("valet-session");
    let pin = valet_client::Pin::new(PIN);
    let vault = valet_client::Vault::open(&folder, &pin).expect("opens");
    assert_eq!(started["wallet"], vault.address().to_string());
    let error = stage.error(None, 4, &step("1"));
    assert_eq!(error["kind"], "locked");
    let message = error["message"].as_str().expect("a message");
    assert!(
        message.starts_with("the session in valet-session is in use"),
        "{message}"
    );
    assert!(
        message.contains(&format!("process {}", std::process::id())),
        "{message}"
    );
    let error = stage.error(None, 4, &["session", "end", "--yes", "--pin-file", "pin"]);
    assert_eq!(error["kind"], "locked");
    drop(vault);
    stage.json(None, &step("1"));
}

#[test]
fn d13_renewal_moves_the_session_to_a_fresh_key() {
    let (stage, owner, started) = with_session(&["--renewals", "2", "--renew-within", "3h"]);
    stage.set_clock(1_800_000);
    let renewed = stage.json(
        None,
        &["session", "renew", "--for", "2h", "--pin-file", "pin"],
    );
    assert_ne!(renewed["wallet"], started["wallet"]);
    assert_eq!(renewed["expires_at_ms"], BEGAN_MS + 1_800_000 + 7_200_000);
    stage.json(None, &step("1"));
    let kept = stage.json(
        None,
        &[
            "session",
            "renew",
            "--for",
            "1h",
            "--keep-key",
            "--pin-file",
            "pin",
        ],
    );
    assert_eq!(kept["wallet"], renewed["wallet"]);
    let error = stage.error(None, 1, &["session", "renew", "--pin-file", "pin"]);
    assert_eq!(error["code"], "envelope::ENoRenewalLeft");
    let status = stage.json(Some(&owner), &["session", "status"]);
    assert_eq!(status["session"]["remaining_renewals"], 0);

    let (stage, _owner, _) = with_session(&[]);
    let error = stage.error(None, 1, &["session", "renew", "--pin-file", "pin"]);
    assert_eq!(error["code"], "grant::ERenewalNotGranted");
}

#[test]
fn d13_money_goes_in_and_comes_out() {
    let (stage, owner, _) = with_session(&[]);
    let put = stage.json(Some(&owner), &["deposit", "2sui"]);
    assert_eq!(
        (&put["amount"], &put["purse"]),
        (&json!(2_000_000_000), &json!(2_000_000_000))
    );
    let took = stage.json(Some(&owner), &["withdraw", "0.5sui"]);
    assert_eq!(took["purse"], 1_500_000_000);
    let error = stage.error(Some(&owner), 1, &["withdraw", "2sui"]);
    assert_eq!(error["code"], "purse::EPurseTooLow");
    assert_eq!(error["remedy"], "put more in with `valet deposit`");
    assert_eq!(
        stage.json(Some(&owner), &["account"])["purse_mist"],
        1_500_000_000
    );

    let before = stage.json(Some(&owner), &["session", "status"])["float_mist"].as_u64();
    let sent = stage.json(Some(&owner), &["session", "top-up", "0.5sui"]);
    assert_eq!(
        sent["float_mist"].as_u64(),
        before.map(|mist| mist + 500_000_000)
    );

    // Without credit nothing is settled; with a coin, with credit, all of it is.
    let status = stage.json(Some(&owner), &["session", "status"]);
    let owed = status["account"]["debt_mist"].as_u64().expect("a number");
    assert!(owed > 0);
    let skipped = stage.json(Some(&owner), &["settle"]);
    assert_eq!(
        (&skipped["outcome"], &skipped["still_owed_mist"]),
        (&json!("skipped"), &json!(owed))
    );
    let paid = stage.json(Some(&owner), &["settle", "--pay", "1sui"]);
    assert_eq!(
        (&paid["outcome"], &paid["paid_mist"]["coin"]),
        (&json!("full"), &json!(owed))
    );
    stage.json(None, &step("1"));
    let paid = stage.json(Some(&owner), &["settle", "--purse"]);
    assert_eq!(paid["outcome"], "full");
    assert!(
        paid["paid_mist"]["purse"]
            .as_u64()
            .is_some_and(|mist| mist > 0)
    );
    stage.json(Some(&owner), &["recharge", "1sui"]);
    stage.json(None, &step("3"));
    let paid = stage.json(Some(&owner), &["settle"]);
    assert_eq!(paid["outcome"], "full");
    assert!(
        paid["paid_mist"]["credit"]
            .as_u64()
            .is_some_and(|mist| mist > 0)
    );
    let run = stage.valet(Some(&owner), &["settle"]);
    assert!(run.stdout.starts_with("nothing was owed\n"), "{run:?}");
}

#[test]
fn d13_revoke_all_ends_every_session_with_one_signature() {
    let (stage, owner, _) = with_session(&[]);
    // A second game beside it, and a session there; a third with a valet of its own, whose accounts are none of this one's.
    for (file, more) in [
        ("beside.json", &["--beside", "valet.json"][..]),
        ("apart.json", &[]),
    ] {
        let deploy = [
            "deploy",
            arena(),
            "--type",
            "arena::Arena",
            "--deployment",
            file,
        ];
        let run = stage.valet(Some(&owner), &[&deploy[..], more].concat());
        assert_eq!(run.code, Some(0), "{run:?}");
        let elsewhere = [
            "--deployment",
            file,
            "--session",
            file.trim_end_matches(".json"),
        ];
        stage.json(Some(&owner), &[&START[..], &elsewhere].concat());
    }
    let everywhere = stage.json(Some(&owner), &["account", "--all"]);
    assert_eq!(everywhere["accounts"].as_array().map(Vec::len), Some(2));
    let ended = stage.json(Some(&owner), &["revoke", "--all", "--yes"]);
    assert_eq!(ended["ended"].as_array().map(Vec::len), Some(2));
    assert!(ended["transaction"]["digest"].is_string());
    for (file, badge) in [("beside.json", "revoked"), ("apart.json", "active")] {
        let status = stage.json(Some(&owner), &["session", "status", "--deployment", file]);
        assert_eq!(status["badge"], badge, "{file}");
    }
    let error = stage.error(
        None,
        1,
        &[
            "call",
            "arena::step",
            "1",
            "--pin-file",
            "pin",
            "--session",
            "apart",
        ],
    );
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("the session in apart is for ")),
        "{error}"
    );
    assert_eq!(
        stage.json(Some(&owner), &["session", "status"])["badge"],
        "revoked"
    );
    let run = stage.valet(Some(&owner), &["revoke", "--all"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(0), "there is no session to end\n"),
        "{run:?}"
    );
}

#[test]
fn d13_the_live_view_needs_a_terminal_and_speaks_json_without() {
    let (stage, owner, started) = with_session(&[]);
    let run = stage.valet(Some(&owner), &["session", "watch"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(
        run.stderr
            .starts_with("error: the live view needs a terminal"),
        "{run:?}"
    );
    let run = stage.valet(
        Some(&owner),
        &[
            "session", "watch", "--json", "--looks", "3", "--every", "50ms",
        ],
    );
    assert_eq!(run.code, Some(0), "{run:?}");
    let looks: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(looks.len(), 3);
    for look in looks {
        assert_eq!(
            (&look["badge"], &look["session"]["wallet"]),
            (&json!("active"), &started["wallet"])
        );
    }
    // A reader that goes away ends it.
    let mut child = stage
        .command(
            Some(&owner),
            &["session", "watch", "--json", "--every", "50ms"],
        )
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("runs");
    drop(child.stdout.take());
    assert!(child.wait().expect("ends").success());
}
