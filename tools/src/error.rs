//! What can go wrong between a Move package on disk and its bytecode.

use std::path::{Path, PathBuf};

/// Why the Move tools gave no result. Each message says what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Node.js is not on PATH.
    #[error(
        "node was not found on PATH: install Node.js {needed} or newer, which brings npm, and try again"
    )]
    NodeMissing {
        /// The oldest major version that works.
        needed: u32,
    },

    /// npm is not on PATH, though Node.js is.
    #[error(
        "npm was not found on PATH: install npm (it comes with Node.js {needed} or newer) and try again"
    )]
    NpmMissing {
        /// The oldest major version of Node.js that works.
        needed: u32,
    },

    /// Node.js is there, but too old for the Move compiler.
    #[error("node {found} at {} is too old: install Node.js {needed} or newer and try again", path.display())]
    NodeTooOld {
        /// The program that was asked.
        path: PathBuf,
        /// The version it reports.
        found: String,
        /// The oldest major version that works.
        needed: u32,
    },

    /// The folder with the Node scripts is not where it was expected.
    #[error("no Move tools at {}: set VALET_TOOLS_DIR to the project's `tools` folder", path.display())]
    ToolsMissing {
        /// The folder that was tried.
        path: PathBuf,
    },

    /// `npm ci` failed.
    #[error("`npm ci` failed in {}; check the network or the npm registry settings and try again:\n{detail}", path.display())]
    Install {
        /// The folder of package.json.
        path: PathBuf,
        /// The end of what npm printed.
        detail: String,
    },

    /// The Move sources of the Sui framework could not be located through cargo.
    #[error(
        "the Sui framework's sources were not found; run `cargo fetch` and try again: {detail}"
    )]
    FrameworkSources {
        /// What cargo or Cargo.lock said.
        detail: String,
    },

    /// The folder holds no Move package.
    #[error("{} is not a Move package: it has no Move.toml", path.display())]
    NotAPackage {
        /// The folder that was given, or named by a dependency.
        path: PathBuf,
    },

    /// A Move.toml that cannot be used.
    #[error("{}: {reason}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// A package cannot be published before the packages it depends on.
    #[error(
        "{package} depends on `{dependency}`, which has no published address: publish it first and pass its id"
    )]
    UnpublishedDependency {
        /// The package to build.
        package: String,
        /// The dependency without an address.
        dependency: String,
    },

    /// An address was given for a package that is no dependency.
    #[error("{package} has no dependency named `{dependency}`; it depends on: {known}")]
    UnknownDependency {
        /// The package to build.
        package: String,
        /// The name that matches nothing.
        dependency: String,
        /// The names that would match.
        known: String,
    },

    /// The Move compiler refused the package.
    #[error("{package} does not compile:\n{diagnostics}")]
    Compile {
        /// The package.
        package: String,
        /// The compiler's own text, without colours.
        diagnostics: String,
    },

    /// The Move formatter could not parse a file.
    #[error("{package} cannot be formatted: {detail}")]
    Format {
        /// The package.
        package: String,
        /// The file and the formatter's reason.
        detail: String,
    },

    /// A tool did not finish in time and was stopped.
    #[error("{what} was stopped after {limit_secs} s{hint}")]
    TimedOut {
        /// What was running.
        what: String,
        /// The limit that was reached.
        limit_secs: u64,
        /// What to look for.
        hint: &'static str,
    },

    /// A tool broke or answered with something unreadable.
    #[error("{what} failed: {detail}")]
    Tool {
        /// What was running.
        what: String,
        /// Its last words.
        detail: String,
    },

    /// A file could not be read, written or locked, or a program not started.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or program.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

impl Error {
    /// Whether the machine lacks a program, which no retry will cure. By convention a command then exits with status 2.
    #[must_use]
    pub fn is_missing_tool(&self) -> bool {
        matches!(
            self,
            Self::NodeMissing { .. } | Self::NpmMissing { .. } | Self::NodeTooOld { .. }
        )
    }

    /// An adapter for `map_err` that remembers the path.
    pub(crate) fn io(path: impl AsRef<Path>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io { path, source }
    }
}
