//! A second look at what the Move tests let through: any command that is given the changed package.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::project::root;

/// The environment variable that tells the command where the changed package is.
pub(crate) const PACKAGE: &str = "VALET_MUTANT_PACKAGE";

/// A shell command that ends with another status than 0 when it notices the change.
#[derive(Debug)]
pub(crate) struct SecondLook {
    command: String,
}

impl SecondLook {
    pub(crate) fn new(command: String) -> Self {
        Self { command }
    }

    /// Whether the command notices that the package was changed. It runs in the project, with the path of a copy that
    /// has the change in [`PACKAGE`].
    pub(crate) fn catches(
        &self,
        package: &Path,
        files: &BTreeMap<String, String>,
        edits: &BTreeMap<String, String>,
    ) -> Result<bool> {
        let directory = TempDir::new().context("no folder for a changed package")?;
        let changed = edits
            .iter()
            .chain(files.iter().filter(|(path, _)| !edits.contains_key(*path)));
        for (path, text) in changed {
            let path = directory.path().join(path);
            let parent = path.parent().unwrap_or(directory.path());
            fs::create_dir_all(parent)
                .and_then(|()| fs::write(&path, text))
                .with_context(|| path.display().to_string())?;
        }
        let status = Command::new("sh")
            .args(["-c", &self.command])
            .current_dir(root())
            .env(PACKAGE, directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .with_context(|| format!("the second look at {}", package.display()))?;
        Ok(!status.success())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_sees_the_changed_package() -> Result<()> {
        let look = |command: &str| {
            let files = BTreeMap::from([
                ("sources/a.move".to_owned(), "before".to_owned()),
                ("Move.toml".to_owned(), "same".to_owned()),
            ]);
            let edits = BTreeMap::from([("sources/a.move".to_owned(), "after".to_owned())]);
            SecondLook::new(command.to_owned()).catches(Path::new("a"), &files, &edits)
        };
        assert!(look(
            "! grep -q after $VALET_MUTANT_PACKAGE/sources/a.move"
        )?);
        assert!(!look("grep -q same $VALET_MUTANT_PACKAGE/Move.toml")?);
        Ok(())
    }
}
