//! A second Move virtual machine, to measure and compare ours with: `sui-sandbox` from PyPI, in a Python environment of its
//! own in the cache folder. Nothing of the product needs it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::project::root;

/// The release that comparisons are made with.
const PACKAGE: &str = "sui-sandbox==0.22.0";
const FOLDER: &str = "second-vm-0.22.0";
/// Written last, so that an installation that broke off is made again.
const STAMP: &str = "installed";
/// The interpreters that the package is built for, and how they are called.
const NAMES: [&str; 3] = ["python3.12", "python3.11", "python3"];
const FITS: &str = "import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))";

/// The Python that has the second machine, installed if it is not there yet.
///
/// # Errors
/// There is no CPython 3.11 or 3.12, or the package cannot be had. The message says which.
pub(crate) fn python() -> Result<PathBuf> {
    let cache = env::var_os("VALET_CACHE_DIR").map_or_else(|| root().join(".valet"), PathBuf::from);
    let folder = cache.join(FOLDER);
    let python = folder.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    if folder.join(STAMP).exists() {
        return Ok(python);
    }
    let fits = |name: &&str| runs(Command::new(*name).args(["-c", FITS]));
    let Some(system) = NAMES.into_iter().find(fits) else {
        bail!("there is no CPython 3.11 or 3.12 on the PATH, which {PACKAGE} is built for");
    };
    eprintln!("   installing {PACKAGE}");
    fs::create_dir_all(&cache).with_context(|| cache.display().to_string())?;
    finish(
        Command::new(system)
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
        "making a Python environment",
    )?;
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--only-binary=:all:",
        PACKAGE,
    ];
    finish(
        Command::new(&python).args(install),
        "installing the second machine",
    )?;
    stamp(&folder)?;
    Ok(python)
}

fn stamp(folder: &Path) -> Result<()> {
    let stamp = folder.join(STAMP);
    fs::write(&stamp, PACKAGE).with_context(|| stamp.display().to_string())
}

fn runs(command: &mut Command) -> bool {
    let silent = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    silent.status().is_ok_and(|status| status.success())
}

fn finish(command: &mut Command, what: &str) -> Result<()> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| what.to_owned())?;
    if !output.status.success() {
        bail!("{what}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
