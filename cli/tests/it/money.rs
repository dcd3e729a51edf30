//! `valet deploy`, `account`, `credit`, `recharge`, `settle` and `faucet` on a real ledger.

use crate::stage::{Person, Stage, arena};

#[test]
fn d13_deploy_publishes_registers_and_writes_the_deployment() {
    let stage = Stage::new();
    let owner = stage.rich(1);
    let deploy = ["deploy", arena(), "--type", "arena::Arena"];
    let report = stage.json(Some(&owner), &deploy);
    assert_eq!(report["owner"], owner.address.to_string());
    assert_eq!(report["file"], "valet.json");
    let written = std::fs::read_to_string(stage.path("valet.json")).expect("the file");
    let written: serde_json::Value = serde_json::from_str(&written).expect("JSON");
    assert_eq!(written, report["deployment"]);
    assert!(
        written["dapp_type"]
            .as_str()
            .is_some_and(|name| name.ends_with("::arena::Arena"))
    );

    // It is never written over by accident, and nothing is published for nothing.
    let spent = stage.money(&owner);
    let error = stage.error(Some(&owner), 2, &deploy);
    assert_eq!(error["message"], "valet.json exists already");
    assert_eq!(stage.money(&owner), spent);
    let run = stage.valet(Some(&owner), &[&deploy[..], &["--force"]].concat());
    assert_eq!(run.code, Some(0), "{run:?}");
    for line in [
        "published valet as 0x",
        "published the dApp as 0x",
        "registered arena::Arena",
    ] {
        assert!(run.stderr.contains(line), "{run:?}");
    }
}

#[test]
fn d13_deploy_says_what_is_missing() {
    let stage = Stage::new();
    let poor = Person::new(9);
    let error = stage.error(None, 2, &["deploy", arena(), "--type", "arena::Arena"]);
    assert_eq!(error["message"], "there is no owner's key");
    let error = stage.error(Some(&poor), 2, &["deploy", "nowhere", "--type", "a::B"]);
    assert_eq!(
        error["message"],
        "nowhere is no Move package: it has no Move.toml"
    );
    let error = stage.error(
        Some(&poor),
        1,
        &["deploy", arena(), "--type", "arena::Arena"],
    );
    assert_eq!(error["kind"], "failed");
    assert!(error["message"].as_str().is_some_and(|text| {
        text.starts_with(&format!(
            "{} cannot pay: this may cost up to 1",
            poor.address
        ))
    }));
    assert!(
        error["remedy"]
            .as_str()
            .is_some_and(|text| text.contains(&format!("`valet faucet {}`", poor.address)))
    );
    assert!(!stage.path("valet.json").exists());
}

#[test]
fn d13_credit_is_shown_recharged_and_pays_nothing_without_debt() {
    let (stage, owner) = Stage::with_arena();
    let credit = stage.json(None, &["credit"]);
    assert_eq!(credit["credit_mist"], 0);
    assert_eq!(credit["totals_mist"]["recharged"], 0);
    let run = stage.valet(None, &["credit"]);
    assert!(run.stdout.contains("credit   0 SUI"), "{run:?}");
    assert!(run.stdout.contains("`valet recharge`"), "{run:?}");

    let report = stage.json(Some(&owner), &["recharge", "1.5sui"]);
    assert_eq!(report["recharged_mist"], 1_500_000_000_u64);
    assert_eq!(report["credit_mist"], 1_500_000_000_u64);
    assert!(
        report["transaction"]["gas_mist"]["net"]
            .as_i64()
            .is_some_and(|gas| gas > 0)
    );
    let run = stage.valet(Some(&owner), &["recharge", "500mist"]);
    assert!(
        run.stdout.starts_with(
            "recharged 0.0000005 SUI; the dApp's credit is 1.5000005 SUI\ntransaction "
        ),
        "{run:?}"
    );
    let error = stage.error(Some(&owner), 1, &["recharge", "0sui"]);
    assert_eq!(error["kind"], "refused");
    assert_eq!(error["code"], "dapp_storage::EZeroAmount");
    assert!(error["transaction"].is_string() && error["gas_mist"].is_i64());
    assert_eq!(
        stage.error(Some(&owner), 2, &["recharge", "1"])["kind"],
        "usage"
    );

    // Nobody has an account yet.
    for command in [
        &["settle"][..],
        &["revoke", "--yes"],
        &["deposit", "1sui"],
        &["withdraw", "1sui"],
    ] {
        let error = stage.error(Some(&owner), 1, command);
        assert_eq!(
            error["message"],
            format!("{} has no account in this dApp yet", owner.address)
        );
        assert_eq!(error["remedy"], "create it with `valet session start`");
    }
    let account = stage.json(Some(&owner), &["account"]);
    assert_eq!(account["exists"], false);
    let everywhere = stage.json(Some(&owner), &["account", "--all"]);
    assert_eq!(everywhere["accounts"], serde_json::json!([]));
    assert_eq!(
        stage.json(Some(&owner), &["revoke", "--all"])["ended"],
        serde_json::json!([])
    );
}

#[test]
fn d13_the_faucet_gives_sui_to_whom_it_is_told() {
    let stage = Stage::new();
    let person = Person::new(5);
    let report = stage.json(Some(&person), &["faucet"]);
    assert_eq!(report["address"], person.address.to_string());
    let other = Person::new(6).address.to_string();
    assert_eq!(stage.json(None, &["faucet", &other])["address"], other);
    let error = stage.error(
        None,
        1,
        &["faucet", &other, "--faucet-url", "http://127.0.0.1:1"],
    );
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("the faucet at http://127.0.0.1:1 gave nothing"))
    );
    assert_eq!(
        stage.error(None, 2, &["faucet"])["message"],
        "whose account?"
    );
}
