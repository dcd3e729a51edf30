//! Node.js and npm: what is said when they are missing, old or failing.
#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use valet_toolchain::{Error, Event, Toolchain};

use crate::fixture::{Events, TestResult, Workspace};

/// A program that prints what it is told to.
fn program(workspace: &Workspace, name: &str, script: &str) -> TestResult {
    let path = workspace.path("bin").join(name);
    workspace.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

/// A copy of the project's tools, for tests that break them.
fn copy_of_tools(workspace: &Workspace) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = [
        "package.json",
        "package-lock.json",
        "move.mjs",
        "lib/compile.mjs",
        "lib/format.mjs",
        "lib/watchdog.mjs",
    ];
    for file in files {
        workspace.write(
            &format!("tools/{file}"),
            &fs::read_to_string(source.join(file))?,
        )?;
    }
    let lock = fs::read_to_string(source.join("../Cargo.lock"))?;
    workspace.write("Cargo.lock", &lock)?;
    Ok(workspace.path("tools"))
}

#[test]
fn a_missing_node_is_one_line() -> TestResult {
    let workspace = Workspace::new()?;
    let missing = |path: PathBuf| {
        Toolchain::builder()
            .with_path(path)
            .locate()
            .and_then(|toolchain| toolchain.install())
    };
    let Err(error) = missing(workspace.path("bin")) else {
        return Err("node was found nowhere".into());
    };
    assert!(matches!(error, Error::NodeMissing { needed: 20 }));
    assert_eq!(
        error.to_string(),
        "node was not found on PATH: install Node.js 20 or newer, which brings npm, and try again"
    );

    // A file that cannot be run is no program.
    workspace.write("bin/node", "")?;
    assert!(matches!(
        missing(workspace.path("bin")),
        Err(Error::NodeMissing { .. })
    ));

    program(&workspace, "node", "echo v20.0.0")?;
    assert!(matches!(
        missing(workspace.path("bin")),
        Err(Error::NpmMissing { needed: 20 })
    ));
    Ok(())
}

#[test]
fn an_old_node_is_named() -> TestResult {
    let workspace = Workspace::new()?;
    program(&workspace, "node", "echo v18.19.1")?;
    program(&workspace, "npm", "exit 1")?;
    let package = workspace.package("lib", &[], "module lib::lib;\n")?;
    let toolchain = Toolchain::builder()
        .with_path(workspace.path("bin"))
        .with_cache_dir(workspace.path(".valet"))
        .locate()?;
    let Err(error) = toolchain.check(&package) else {
        return Err("an old node was used".into());
    };
    assert!(
        matches!(&error, Error::NodeTooOld { found, needed: 20, .. } if found == "v18.19.1"),
        "{error}"
    );
    Ok(())
}

#[test]
fn the_packages_are_installed_once_and_again_when_the_pins_change() -> TestResult {
    let workspace = Workspace::new()?;
    let tools = copy_of_tools(&workspace)?;
    // Only the installation is of interest: npm makes the folder and node answers.
    program(
        &workspace,
        "npm",
        r#"/bin/mkdir -p node_modules && echo "$*" >> installs"#,
    )?;
    program(
        &workspace,
        "node",
        r#"[ "$1" = --version ] && echo v22.1.0 && exit
echo '{"ok":true,"formatted":{}}'"#,
    )?;
    let package = workspace.package("lib", &[], "module lib::lib;\n")?;
    let format = || -> TestResult {
        let (builder, events) = Events::observe(Toolchain::builder());
        let toolchain = builder
            .with_tools_dir(&tools)
            .with_path(workspace.path("bin"))
            .locate()?;
        toolchain.format(&package, valet_toolchain::FormatMode::Check)?;
        assert!(events.take().is_empty());
        Ok(())
    };
    let installs = || fs::read_to_string(tools.join("installs")).map(|text| text.lines().count());
    format()?;
    format()?;
    assert_eq!(installs()?, 1);

    let lock = fs::read_to_string(tools.join("package-lock.json"))?;
    workspace.write("tools/package-lock.json", &format!("{lock}\n"))?;
    format()?;
    assert_eq!(installs()?, 2);

    // An install that was cut short has left no mark.
    fs::remove_file(tools.join("node_modules/.valet-installed"))?;
    format()?;
    assert_eq!(installs()?, 3);

    // What the project's tests need comes on top, once, and serves the rest as well.
    let everything = Toolchain::builder()
        .with_tools_dir(&tools)
        .with_path(workspace.path("bin"))
        .locate()?;
    for _ in 0..2 {
        assert!(
            everything
                .node_command()?
                .arg("--version")
                .output()?
                .status
                .success()
        );
        format()?;
        assert_eq!(installs()?, 4);
    }
    let omitted = fs::read_to_string(tools.join("installs"))?;
    let omitted: Vec<bool> = omitted
        .lines()
        .map(|line| line.contains("--omit=dev"))
        .collect();
    assert_eq!(omitted, [true, true, true, false]);
    Ok(())
}

#[test]
fn a_failed_install_passes_on_what_npm_said() -> TestResult {
    let workspace = Workspace::new()?;
    let tools = copy_of_tools(&workspace)?;
    program(&workspace, "node", "echo v20.0.0")?;
    program(&workspace, "npm", "echo 'npm error code E404' >&2; exit 1")?;
    let package = workspace.package("lib", &[], "module lib::lib;\n")?;
    let (builder, _) = Events::observe(Toolchain::builder());
    let toolchain = builder
        .with_tools_dir(&tools)
        .with_path(workspace.path("bin"))
        .locate()?;
    let result = toolchain.format(&package, valet_toolchain::FormatMode::Check);
    assert!(
        matches!(&result, Err(Error::Install { detail, .. }) if detail == "npm error code E404"),
        "{result:?}"
    );
    Ok(())
}

#[test]
fn tools_that_are_not_there_are_named() -> TestResult {
    let workspace = Workspace::new()?;
    let nowhere = workspace.path("nowhere");
    let missing = Toolchain::builder().with_tools_dir(&nowhere).locate();
    assert!(matches!(missing, Err(Error::ToolsMissing { path }) if path == nowhere));
    Ok(())
}

#[test]
fn the_installation_is_announced() {
    assert_eq!(
        Event::InstallingTools.to_string(),
        "installing the pinned Node tools (npm ci)"
    );
}
