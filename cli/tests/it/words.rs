//! What holds for every command: usage errors, exit codes, completions, closed pipes, unreachable nodes.

use std::process::{Command, Stdio};

use crate::stage::{BEGAN_MS, Person, Run, Stage, clean};

fn bare() -> (tempfile::TempDir, Command) {
    let folder = tempfile::tempdir().expect("a folder");
    let command = clean(folder.path());
    (folder, command)
}

#[test]
fn d13_wrong_words_are_usage_errors_in_text_and_in_json() {
    for words in [
        &["nothing"][..],
        &["recharge"],
        &["recharge", "1"],
        &["recharge", "1.5.0sui"],
        &["deploy", "x", "--type", "Arena"],
        &["completions", "klingon"],
        &["settle", "--pay", "1sui", "--purse"],
    ] {
        let (_folder, mut command) = bare();
        let run = Run::of(command.args(words).output().expect("runs"));
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(2), ""),
            "{words:?}: {run:?}"
        );
        assert!(run.stderr.starts_with("error: "), "{words:?}: {run:?}");

        let (_folder, mut command) = bare();
        let run = Run::of(command.args(words).arg("--json").output().expect("runs"));
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (Some(2), ""),
            "{words:?}: {run:?}"
        );
        assert_eq!(run.object()["error"]["kind"], "usage", "{words:?}");
    }
}

#[test]
fn d13_the_exit_codes_are_documented() {
    let (_folder, mut command) = bare();
    let run = Run::of(command.arg("--help").output().expect("runs"));
    assert_eq!(run.code, Some(0));
    for line in [
        "  0  done",
        "  1  refused by valet or the dApp, or failed",
        "  2  the command line, or a file that it names, cannot be used",
        "  3  no node answers",
        "  4  another process uses the session's key",
        "  5  the PIN is wrong",
        "  6  a transaction was sent and its outcome is not known",
        "  7  not agreed to",
    ] {
        assert!(run.stdout.contains(line), "{line}: {run:?}");
    }
}

#[test]
fn d13_every_shell_gets_completions_of_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (_folder, mut command) = bare();
        let run = Run::of(command.args(["completions", shell]).output().expect("runs"));
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{shell}");
        let (_folder, mut command) = bare();
        let json = command.args(["completions", shell, "--json"]).output();
        let json = Run::of(json.expect("runs")).object();
        assert_eq!(json["shell"], shell);
        assert_eq!(json["script"].as_str(), Some(run.stdout.trim_end()));
        for word in ["localnet", "deploy", "recharge", "revoke", "--json"] {
            // PowerShell and fish write options without dashes in places.
            assert!(
                run.stdout.contains(word.trim_start_matches('-')),
                "{shell}: {word}"
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn d13_bash_completes_with_what_it_was_given() {
    let (folder, mut command) = bare();
    let script = Run::of(
        command
            .args(["completions", "bash"])
            .output()
            .expect("runs"),
    )
    .stdout;
    std::fs::write(folder.path().join("valet.bash"), script).expect("a file");
    let program = "source ./valet.bash; COMP_WORDS=(valet rec); COMP_CWORD=1; _valet valet rec valet; echo \"${COMPREPLY[@]}\"";
    let output = Command::new("bash")
        .args(["--norc", "-c", program])
        .current_dir(folder.path())
        .output();
    let Ok(output) = output else {
        return; // No bash on this machine.
    };
    let run = Run::of(output);
    assert_eq!(run.stdout.trim(), "recharge", "{run:?}");
}

#[cfg(unix)]
#[test]
fn d13_a_reader_that_goes_away_is_no_failure() {
    for words in [&["completions", "bash"][..], &["--help"], &["--version"]] {
        let (_folder, mut command) = bare();
        let mut child = command
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("runs");
        drop(child.stdout.take());
        let run = Run::of(child.wait_with_output().expect("ends"));
        assert_eq!(run.stderr, "", "{words:?}");
        assert_eq!(run.code, Some(0), "{words:?}");
    }
}

#[test]
fn d13_a_node_that_is_not_there_is_told_with_its_own_exit_code() {
    let (stage, owner) = Stage::with_arena();
    for words in [
        &["credit"][..],
        &["account"],
        &["recharge", "1sui"],
        &["revoke", "--yes"],
    ] {
        let words = [words, &["--network", "http://127.0.0.1:1"]].concat();
        let error = stage.error(Some(&owner), 3, &words);
        assert_eq!(error["kind"], "unreachable", "{words:?}");
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| text.starts_with("no node answers at http://127.0.0.1:1"))
        );
    }
    let error = stage.error(Some(&owner), 2, &["credit", "--network", "moon"]);
    assert_eq!(error["message"], "`moon` is no network");
    let error = stage.error(Some(&owner), 2, &["credit", "--network", "ftp://127.0.0.1"]);
    assert_eq!(error["kind"], "usage");
}

#[test]
fn d13_a_deployment_that_cannot_be_used_is_told() {
    let (stage, owner) = Stage::with_arena();
    let error = stage.error(Some(&owner), 2, &["credit", "--deployment", "none.json"]);
    assert_eq!(
        error["message"],
        "cannot read the deployment file none.json: there is no such file"
    );
    assert!(
        error["remedy"]
            .as_str()
            .is_some_and(|text| text.contains("`valet deploy`"))
    );
    std::fs::write(stage.path("bad.json"), "{}").expect("a file");
    let error = stage.error(Some(&owner), 2, &["credit", "--deployment", "bad.json"]);
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("bad.json is not a deployment"))
    );

    // The right file on the wrong network.
    let other = Stage::beginning_at(BEGAN_MS + 1);
    let error = stage.error(
        Some(&owner),
        1,
        &["credit", "--network", &other.localnet.rpc_url()],
    );
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("the node is on chain "))
    );
}

#[test]
fn d13_keys_are_never_shown_and_wrong_ones_are_told() {
    let (stage, owner) = Stage::with_arena();
    let broken = Person {
        key: format!("{}x", owner.key),
        ..owner.clone()
    };
    let error = stage.error(Some(&broken), 2, &["recharge", "1sui"]);
    assert_eq!(error["message"], "VALET_OWNER_KEY is not a private key");
    let stranger = Person::new(8);
    let error = stage.error(
        Some(&stranger),
        2,
        &["account", "--owner", "not an address"],
    );
    assert_eq!(error["kind"], "usage");
    let address = owner.address.to_string();
    let error = stage.error(
        Some(&stranger),
        2,
        &["recharge", "1sui", "--owner", &address],
    );
    assert_eq!(
        error["message"],
        format!("the key is of {}, not of {address}", stranger.address)
    );
    let run = stage.valet(Some(&owner), &["recharge", "1sui"]);
    assert!(!run.stdout.contains("suiprivkey") && !run.stderr.contains("suiprivkey"));
}
