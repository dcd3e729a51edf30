//! The keystore that is shared with the `sui` command: its keys, the names that it has for them, and the one that it uses. (D12)

use std::fs;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sui_crypto::ed25519::Ed25519PrivateKey;

use crate::stage::{Person, Stage};

/// As the `sui` command writes it: two keys with names, the second in use.
fn sui_was_here(stage: &Stage) -> [Person; 2] {
    let people = [Person::new(1), Person::new(2)];
    let folder = stage.path(".sui/sui_config");
    fs::create_dir_all(&folder).expect("a folder");
    let (mut keys, mut aliases) = (Vec::new(), Vec::new());
    for (number, name) in [(1_u8, "brave-agate"), (2, "calm-beryl")] {
        let key = Ed25519PrivateKey::new([number; 32]);
        let flagged = |bytes: &[u8]| STANDARD.encode([&[0], bytes].concat());
        keys.push(flagged(&[number; 32]));
        let public = flagged(key.public_key().as_bytes());
        aliases.push(json!({ "alias": name, "public_key_base64": public }));
    }
    let write = |name: &str, text: String| fs::write(folder.join(name), text).expect("a file");
    write("sui.keystore", json!(keys).to_string());
    write("sui.aliases", json!(aliases).to_string());
    let config = format!(
        "---\nkeystore:\n  File: sui.keystore\nenvs:\n  - alias: localnet\n    rpc: \"http://127.0.0.1:9000\"\nactive_env: localnet\nactive_address: \"{}\"\n",
        people[1].address
    );
    write("client.yaml", config);
    people
}

#[test]
fn d12_names_and_the_active_address_are_those_of_the_sui_command() {
    let stage = Stage::new();
    let [first, second] = sui_was_here(&stage);
    let run = stage.valet(None, &["key", "list"]);
    let expected = format!(
        "{}  brave-agate\n{}  calm-beryl  (active)\n",
        first.address, second.address
    );
    assert_eq!(run.stdout, expected, "{run:?}");
    let listed = stage.json(None, &["key", "list"]);
    assert_eq!(
        listed["keys"],
        json!([
            { "address": first.address.to_string(), "alias": "brave-agate", "is_active": false },
            { "address": second.address.to_string(), "alias": "calm-beryl", "is_active": true },
        ])
    );
    // Whose money it is, is whose key is used.
    let paid = |more: &[&str]| {
        let report = stage.json(None, &[&["faucet"][..], more].concat());
        report["address"].clone()
    };
    assert_eq!(paid(&[]), second.address.to_string());
    assert_eq!(paid(&["--owner", "brave-agate"]), first.address.to_string());
    let error = stage.error(None, 2, &["faucet", "--owner", "nobody"]);
    assert_eq!(error["message"], "no key is called `nobody`");
    let error = stage.error(None, 2, &["faucet", "--owner", "0xnobody"]);
    assert_eq!(error["kind"], "usage");

    // Without a configuration there are two, and nobody says which.
    fs::remove_file(stage.path(".sui/sui_config/client.yaml")).expect("removed");
    let error = stage.error(None, 2, &["faucet"]);
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.ends_with("sui.keystore has 2 keys")),
        "{error}"
    );
}

#[test]
fn d12_a_new_key_gets_a_name_so_that_the_sui_command_lists_it() {
    let stage = Stage::new();
    let [first, _] = sui_was_here(&stage);
    let made = stage.json(None, &["key", "generate"]);
    assert_eq!(made["is_new"], true);
    stage.json(None, &["key", "generate"]);
    let aliases = fs::read_to_string(stage.path(".sui/sui_config/sui.aliases")).expect("a file");
    let aliases: Vec<Value> = serde_json::from_str(&aliases).expect("a list");
    let names: Vec<_> = aliases.iter().map(|one| one["alias"].clone()).collect();
    assert_eq!(
        names,
        ["brave-agate", "calm-beryl", "valet", "valet-2"].map(Value::from)
    );
    let listed = stage.json(None, &["key", "list"]);
    assert_eq!(listed["keys"][2]["address"], made["address"]);
    assert_eq!(listed["keys"][2]["alias"], "valet");

    // One that is there already changes nothing.
    let before = fs::read(stage.path(".sui/sui_config/sui.aliases")).expect("a file");
    let run = import(&stage, &first.key);
    assert!(run.stdout.contains("was already in"), "{run:?}");
    let after = fs::read(stage.path(".sui/sui_config/sui.aliases")).expect("a file");
    assert_eq!(before, after);
}

fn import(stage: &Stage, text: &str) -> crate::stage::Run {
    use std::io::Write as _;
    let mut child = stage
        .command(None, &["key", "import"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("runs");
    writeln!(child.stdin.take().expect("a pipe"), "{text}").expect("writes");
    crate::stage::Run::of(child.wait_with_output().expect("ends"))
}

#[test]
fn d12_keys_come_in_from_standard_input_and_wrong_ones_are_not_repeated() {
    let stage = Stage::new();
    let person = Person::new(5);
    let run = import(&stage, &person.key);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(
        run.stdout
            .starts_with(&format!("the key of {} is in ", person.address)),
        "{run:?}"
    );
    for text in ["", "suiprivkey1zzzz", &format!("{}q", person.key)] {
        let run = import(&stage, text);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(2), ""),
            "{text}: {run:?}"
        );
        assert!(
            run.stderr
                .starts_with("error: standard input is not a private key"),
            "{run:?}"
        );
        assert!(!run.stderr.contains("zzzz"), "{run:?}");
    }
}
