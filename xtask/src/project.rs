//! Where things are, and the programs that work on them.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use valet_toolchain::{Error, Event, Toolchain};

/// The Move packages of the project, in the order of their dependencies.
pub(crate) const PACKAGES: &[&str] = &[".", "game/move", "game/bazaar", "soak/move"];

/// The root of the project.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// The packages named on the command line, or all of the project's.
pub(crate) fn move_packages(named: &[PathBuf]) -> Vec<PathBuf> {
    if named.is_empty() {
        PACKAGES.iter().map(|path| root().join(path)).collect()
    } else {
        named.to_vec()
    }
}

/// A package's path as a reader knows it.
pub(crate) fn display(package: &Path) -> String {
    match package.strip_prefix(root()) {
        Ok(inside) if inside.as_os_str().is_empty() || inside == Path::new(".") => ".".to_owned(),
        Ok(inside) => inside.display().to_string(),
        Err(_) => package.display().to_string(),
    }
}

/// The texts of a folder's files with this ending, by name; none of a folder that is not there.
pub(crate) fn named_files(directory: &Path, ending: &str) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    if !directory.is_dir() {
        return Ok(files);
    }
    for entry in fs::read_dir(directory).with_context(|| display(directory))? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == ending) {
            let text = fs::read_to_string(&path).with_context(|| display(&path))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            files.insert(name.into_owned(), text);
        }
    }
    Ok(files)
}

/// The Move tools, telling on stderr what takes time.
pub(crate) fn toolchain() -> Result<Toolchain, Error> {
    let toolchain = Toolchain::builder()
        .with_observer(|event| {
            if !matches!(event, Event::FromCache { .. }) {
                eprintln!("   {event}");
            }
        })
        .locate()?;
    toolchain.find_node()?;
    Ok(toolchain)
}

/// A program that a task needs and that is not there; the text says how to get it.
#[derive(Debug)]
pub(crate) struct MissingTool(pub(crate) String);

impl std::fmt::Display for MissingTool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MissingTool {}

/// The cargo that runs us, in the project.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}
