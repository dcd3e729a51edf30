//! The claims:
//!
//! - without Node.js every task that needs it says so in one line and exits with status 2, before doing anything else;
//! - fuzzing without a C++ compiler says so in the same way;
//! - `move` works on any package it is given, prints what the runner prints and exits by the result;
//! - an endless Move test does not outlive the task that was running it.

mod mutants;

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

type TestResult = Result<(), Box<dyn std::error::Error>>;

fn xtask(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments);
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn package(directory: &Path, source: &str) -> std::io::Result<PathBuf> {
    fs::create_dir_all(directory.join("sources"))?;
    fs::write(
        directory.join("Move.toml"),
        "[package]\nname = \"lib\"\nedition = \"2024\"\n",
    )?;
    fs::write(directory.join("sources/lib.move"), source)?;
    Ok(directory.to_path_buf())
}

fn move_task(task: &[&str], directory: &TempDir, package: &Path) -> std::io::Result<Output> {
    xtask(task)
        .arg(package)
        .env("VALET_CACHE_DIR", directory.path().join("cache"))
        .output()
}

#[test]
fn without_node_there_is_one_line_and_status_2() -> TestResult {
    let empty = TempDir::new()?;
    for task in [
        &["demo"][..],
        &["test"],
        &["move", "build"],
        &["move", "fmt", "--check"],
        &["mutants"],
        &["fuzz"],
    ] {
        let output = xtask(task).env("PATH", empty.path()).output()?;
        assert_eq!(output.status.code(), Some(2), "{task:?}");
        assert_eq!(
            text(&output.stderr),
            "error: node was not found on PATH: install Node.js 20 or newer, which brings npm, and try again\n",
            "{task:?}"
        );
        assert_eq!(text(&output.stdout), "", "{task:?}");
    }
    Ok(())
}

#[test]
fn fuzzing_without_a_cpp_compiler_is_one_line_and_status_2() -> TestResult {
    let tools = TempDir::new()?;
    let path = env::var_os("PATH").unwrap_or_default();
    for tool in ["node", "npm"] {
        let mut places = env::split_paths(&path).map(|folder| folder.join(tool));
        let found = places.find(|place| place.exists());
        symlink(
            found.ok_or("the tests need Node.js")?,
            tools.path().join(tool),
        )?;
    }
    let output = xtask(&["fuzz"])
        .env("PATH", tools.path())
        .env_remove("CXX")
        .output()?;
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        text(&output.stderr),
        "error: c++ was not found on PATH: install a C++ compiler such as g++, which libFuzzer needs, and try again\n"
    );
    Ok(())
}

#[test]
fn tests_are_printed_and_counted() -> TestResult {
    let directory = TempDir::new()?;
    let source = "module lib::lib;\n\n#[test]\nfun one_is_one() { assert!(1 == 1) }\n";
    let path = package(&directory.path().join("lib"), source)?;
    let output = move_task(&["move", "test"], &directory, &path)?;
    let stdout = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(
        stdout.contains("[ PASS    ] lib::lib::one_is_one"),
        "{stdout}"
    );
    assert!(stdout.ends_with("1 passed, 0 failed\n"), "{stdout}");

    package(&path, &source.replace("1 == 1", "1 == 2"))?;
    let output = move_task(&["move", "test"], &directory, &path)?;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).ends_with("0 passed, 1 failed\n"));
    Ok(())
}

#[test]
fn build_lint_and_format_exit_by_the_result() -> TestResult {
    let directory = TempDir::new()?;
    let source = "module lib::lib;\n\npublic fun spin() { while (true) { break } }\n";
    let path = package(&directory.path().join("lib"), source)?;

    let output = move_task(&["move", "build"], &directory, &path)?;
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).ends_with(": 1 modules\n"));

    let output = move_task(&["move", "lint"], &directory, &path)?;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("warning[Lint"));

    let untidy = package(&directory.path().join("untidy"), "module   lib::lib;\n")?;
    let check = ["move", "fmt", "--check"];
    assert_eq!(
        move_task(&check, &directory, &untidy)?.status.code(),
        Some(1)
    );
    assert!(
        move_task(&["move", "fmt"], &directory, &untidy)?
            .status
            .success()
    );
    assert!(move_task(&check, &directory, &untidy)?.status.success());
    assert_eq!(
        fs::read_to_string(untidy.join("sources/lib.move"))?,
        "module lib::lib;\n"
    );

    let nowhere = directory.path().join("nowhere");
    let output = move_task(&["move", "build"], &directory, &nowhere)?;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("is not a Move package"));
    Ok(())
}

/// The Node.js processes that run a script with `marker` in their environment.
#[cfg(target_os = "linux")]
fn running_scripts(marker: &str) -> std::io::Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir("/proc")? {
        let process = entry?.path();
        // What is no process, or ended meanwhile, or belongs to others, cannot be read.
        let read = |file| {
            fs::read(process.join(file))
                .map(|bytes| text(&bytes))
                .unwrap_or_default()
        };
        if read("cmdline").contains("move.mjs") && read("environ").contains(marker) {
            count += 1;
        }
    }
    Ok(count)
}

#[test]
#[cfg(target_os = "linux")]
fn an_endless_test_ends_with_the_task() -> TestResult {
    use std::{thread, time::Duration};

    let directory = TempDir::new()?;
    let path = package(
        &directory.path().join("lib"),
        "module lib::lib;\n\n#[test]\nfun spin() { loop {} }\n",
    )?;
    let cache = directory.path().join("cache");
    let marker = cache.display().to_string();
    let mut task = xtask(&["move", "test"])
        .arg(&path)
        .env("VALET_CACHE_DIR", &cache)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;

    let count_becomes = |wanted: usize| -> std::io::Result<bool> {
        for _ in 0..600 {
            if running_scripts(&marker)? == wanted {
                return Ok(true);
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(false)
    };
    assert!(count_becomes(1)?, "the runner was started");
    // By now it has blocked its main thread or soon will.
    thread::sleep(Duration::from_secs(3));
    task.kill()?;
    task.wait()?;
    assert!(count_becomes(0)?, "the runner has ended");
    Ok(())
}
