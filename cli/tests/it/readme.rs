//! The commands of the README work as they stand there, one after the other, in an empty folder.

use std::{fs, path::Path};

use serde_json::json;

use crate::stage::{PIN, Stage, arena};

#[test]
fn d13_the_readme_s_commands_work_in_their_order() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(readme).expect("the README");
    let block = readme
        .split("```sh\n")
        .filter_map(|rest| rest.split("```").next())
        .find(|block| block.contains("valet session start"))
        .expect("the commands");

    let stage = Stage::new();
    fs::write(stage.path("pin"), PIN).expect("a PIN file");
    let mut ran = Vec::new();
    for line in block.lines() {
        let line = line.split(" #").next().unwrap_or_default();
        let Some(words) = line.strip_prefix("valet ") else {
            assert!(line.is_empty() || line.starts_with("export "), "{line}");
            continue;
        };
        let mut words: Vec<_> = words.split_whitespace().collect();
        for word in &mut words {
            if *word == "game/move" {
                *word = arena();
            }
        }
        let asks = match words[..] {
            ["session", "start" | "end", ..] => &["--yes", "--pin-file", "pin"][..],
            ["call", ..] => &["--pin-file", "pin"],
            _ => &[],
        };
        let run = stage.valet(None, &[&words[..], asks].concat());
        assert_eq!(run.code, Some(0), "{line}: {run:?}");
        ran.push(words[..words.len().min(2)].join(" "));
    }
    let expected = [
        "session start",
        "call arena::step",
        "session status",
        "session end",
    ];
    assert_eq!(ran[ran.len() - 4..], expected);
    let status = stage.json(None, &["session", "status"]);
    assert_eq!(
        (&status["badge"], &status["ended_session"]["reason"]),
        (&json!("revoked"), &json!("relinquished"))
    );
}

#[test]
fn d13_the_readme_names_every_command() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(readme).expect("the README");
    let section = readme
        .split("## The valet command")
        .nth(1)
        .expect("the section");
    let stage = Stage::new();
    for list in [&["--help"][..], &["session", "--help"]] {
        let help = stage.valet(None, list).stdout;
        let commands = help.split("Commands:").nth(1).expect("commands");
        let commands = commands.split("\n\n").next().expect("a list");
        let names: Vec<_> = commands
            .lines()
            .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
            .filter_map(|line| line.split_whitespace().next())
            .filter(|name| *name != "help")
            .collect();
        assert!(names.len() >= 5, "{help}");
        for name in names {
            assert!(
                section.contains(&format!("`{name}")) || section.contains(&format!(" {name}")),
                "{name}"
            );
        }
    }
}
