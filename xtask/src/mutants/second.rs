//! A second look at what the Move tests let through: the quick property run, or any command that is given the changed
//! package.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::project::{cargo, root};

/// The environment variable that tells the command where the changed package is.
pub(crate) const PACKAGE: &str = "VALET_MUTANT_PACKAGE";

/// How long the property run is, and which one: always the same.
const STEPS: &str = "2000";
const SEED: &str = "1";

/// What takes the look.
#[derive(Debug)]
pub(crate) struct SecondLook {
    how: How,
    /// Whether it was seen to let the unchanged package through, without which it says nothing about a changed one.
    is_trusted: Mutex<bool>,
}

#[derive(Debug)]
enum How {
    /// Notices a change by any status other than 0.
    Command(String),
    /// `valet-soak`, which says by its status whether it noticed something or could not look.
    Properties,
}

impl SecondLook {
    /// A shell command that ends with another status than 0 when it notices the change.
    pub(crate) fn command(command: String) -> Self {
        Self::new(How::Command(command))
    }

    /// The quick property run: valet on a ledger, against the reference model.
    pub(crate) fn properties() -> Self {
        Self::new(How::Properties)
    }

    fn new(how: How) -> Self {
        Self {
            how,
            is_trusted: Mutex::new(false),
        }
    }

    /// Whether the package was noticed to be changed. The look is taken in the project, at a copy that has the change.
    ///
    /// # Errors
    /// The look cannot be taken, or notices something where nothing is changed.
    pub(crate) fn catches(
        &self,
        files: &BTreeMap<String, String>,
        edits: &BTreeMap<String, String>,
    ) -> Result<bool> {
        // Others wait here: there is no sense in looking before it is known what a look is worth.
        let mut is_trusted = self
            .is_trusted
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !*is_trusted {
            if let Some(told) = self.look(files, &BTreeMap::new())? {
                bail!("the second look notices a change where there is none:\n{told}");
            }
            *is_trusted = true;
        }
        drop(is_trusted);
        Ok(self.look(files, edits)?.is_some())
    }

    /// What was told about the change, if it was noticed.
    fn look(
        &self,
        files: &BTreeMap<String, String>,
        edits: &BTreeMap<String, String>,
    ) -> Result<Option<String>> {
        let directory = TempDir::new().context("no folder for a changed package")?;
        write(directory.path(), files, edits)?;
        let output = self
            .program()
            .env(PACKAGE, directory.path())
            .stdin(Stdio::null())
            .output()
            .context("the second look does not start")?;
        match (&self.how, output.status.code()) {
            (_, Some(0)) => Ok(None),
            (How::Command(_), _) | (How::Properties, Some(1)) => Ok(Some(text(&output))),
            (How::Properties, _) => bail!("the property run was not made:\n{}", text(&output)),
        }
    }

    fn program(&self) -> Command {
        match &self.how {
            How::Command(command) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", command]).current_dir(root());
                shell
            }
            How::Properties => {
                let mut cargo = cargo();
                cargo.args(["run", "--quiet", "--package", "valet-soak", "--", "run"]);
                cargo.args(["--steps", STEPS, "--seed", SEED]);
                cargo
            }
        }
    }
}

fn write(
    directory: &Path,
    files: &BTreeMap<String, String>,
    edits: &BTreeMap<String, String>,
) -> Result<()> {
    let unchanged = files.iter().filter(|(path, _)| !edits.contains_key(*path));
    for (path, text) in edits.iter().chain(unchanged) {
        let path = directory.join(path);
        let parent = path.parent().unwrap_or(directory);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&path, text))
            .with_context(|| path.display().to_string())?;
    }
    Ok(())
}

fn text(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&both).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(command: &str) -> Result<bool> {
        let files = BTreeMap::from([
            ("sources/a.move".to_owned(), "before".to_owned()),
            ("Move.toml".to_owned(), "same".to_owned()),
        ]);
        let edits = BTreeMap::from([("sources/a.move".to_owned(), "after".to_owned())]);
        SecondLook::command(command.to_owned()).catches(&files, &edits)
    }

    #[test]
    fn the_command_sees_the_changed_package() -> Result<()> {
        assert!(look(
            "! grep -q after $VALET_MUTANT_PACKAGE/sources/a.move"
        )?);
        assert!(!look("grep -q same $VALET_MUTANT_PACKAGE/Move.toml")?);
        Ok(())
    }

    #[test]
    fn a_command_that_notices_nothing_in_particular_is_an_error() {
        let message = look("echo no; false").err().map(|error| error.to_string());
        assert_eq!(
            message.as_deref(),
            Some("the second look notices a change where there is none:\nno")
        );
    }
}
