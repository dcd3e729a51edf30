//! What passes between this crate and the script; `move.mjs` describes it from the other side.

use std::{collections::BTreeMap, path::Path, process::ExitStatus};

use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    framework::FrameworkSources,
    package::{Files, LocalPackage, PackageGraph},
    process,
    report::CompiledPackage,
    tree::TreeRequest,
};

/// What the script is asked.
#[derive(Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub(crate) enum Request<'a> {
    Dump(Sources<'a>),
    Lint(Sources<'a>),
    Test(Sources<'a>),
    #[serde(rename = "dump")]
    DumpTree(TreeRequest<'a>),
    #[serde(rename = "test")]
    TestTree(TreeRequest<'a>),
    Format {
        root: &'a Path,
        files: &'a Files,
    },
}

/// Everything the compiler sees.
#[derive(Serialize)]
pub(crate) struct Sources<'a> {
    pub(crate) package: &'a Files,
    pub(crate) locals: &'a BTreeMap<String, LocalPackage>,
    /// None for the framework itself.
    pub(crate) framework: Option<&'a FrameworkSources>,
}

impl<'a> Sources<'a> {
    pub(crate) fn new(graph: &'a PackageGraph, framework: &'a FrameworkSources) -> Self {
        Self {
            package: &graph.files,
            locals: &graph.locals,
            framework: Some(framework),
        }
    }
}

impl Request<'_> {
    /// What is being done, for messages.
    pub(crate) fn verb(&self) -> &'static str {
        match self {
            Self::Dump(_) | Self::DumpTree(_) => "compiling",
            Self::Lint(_) => "linting",
            Self::Test(_) | Self::TestTree(_) => "running the tests of",
            Self::Format { .. } => "formatting",
        }
    }
}

/// What the script answers.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Answer<T> {
    Refused { category: String, message: String },
    Done(T),
}

/// A compiled package, its bytes in hexadecimal.
#[derive(Deserialize)]
pub(crate) struct Dump {
    modules: Vec<String>,
    dependencies: Vec<String>,
    digest: String,
    warnings: String,
}

/// A test run.
#[derive(Deserialize)]
pub(crate) struct Tested {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) output: String,
}

/// All files that were sent, formatted.
#[derive(Deserialize)]
pub(crate) struct Formatted {
    pub(crate) formatted: Files,
}

impl Dump {
    pub(crate) fn into_package(self, package: &str) -> Result<CompiledPackage, Error> {
        let decode = || {
            let modules = self
                .modules
                .iter()
                .map(hex::decode)
                .collect::<Result<_, _>>();
            let dependencies = self.dependencies.iter().map(|id| id.parse());
            let mut digest = [0; 32];
            hex::decode_to_slice(&self.digest, &mut digest).ok()?;
            Some(CompiledPackage {
                modules: modules.ok()?,
                dependencies: dependencies.collect::<Result<_, _>>().ok()?,
                digest,
                warnings: self.warnings.clone(),
            })
        };
        decode().ok_or_else(|| Error::Tool {
            what: format!("compiling {package}"),
            detail: "unreadable bytecode in the answer".into(),
        })
    }
}

/// Turns a refusal into the error it stands for.
pub(crate) fn refusal(category: &str, message: String, package: &str, what: &str) -> Error {
    let package = package.to_owned();
    match category {
        "compile" | "compiler_output" | "dependency_resolution" | "input_validation" => {
            Error::Compile {
                package,
                diagnostics: message,
            }
        }
        "format" => Error::Format {
            package,
            detail: message,
        },
        _ => Error::Tool {
            what: what.to_owned(),
            detail: format!("{category}: {message}"),
        },
    }
}

/// What is known about a script that ended without an answer.
pub(crate) fn broken(status: ExitStatus, stderr: &[u8]) -> String {
    let tail = process::tail(stderr);
    // Node.js names the module and where it looked; a package was removed by hand.
    if tail.contains("ERR_MODULE_NOT_FOUND") {
        return format!(
            "an installed package is damaged; delete tools/node_modules and try again\n{tail}"
        );
    }
    format!("{status}\n{tail}")
}

/// A request that could not be written, for instance for a path that is not Unicode.
pub(crate) fn unencodable(error: serde_json::Error) -> Error {
    Error::Tool {
        what: "writing a request".into(),
        detail: error.to_string(),
    }
}
