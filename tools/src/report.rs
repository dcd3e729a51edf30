//! What a toolchain answers.

use std::path::PathBuf;

use sui_sdk_types::Address;

use crate::cache::Blobs;

/// A package's bytecode, as a publish transaction takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompiledPackage {
    /// The modules at address 0x0, each after those it depends on.
    pub modules: Vec<Vec<u8>>,
    /// The ids of all packages it depends on, directly or not.
    pub dependencies: Vec<Address>,
    /// The digest that an upgrade ticket would carry.
    pub digest: [u8; 32],
    /// What the compiler warned of; empty if of nothing.
    pub warnings: String,
}

/// What the compiler thinks of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// How many modules were compiled.
    pub modules: usize,
    /// What the compiler, or the linter, warned of; empty if of nothing.
    pub warnings: String,
}

/// How a package's unit tests ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestReport {
    /// How many passed.
    pub passed: u64,
    /// How many failed.
    pub failed: u64,
    /// What the runner printed, as `sui move test` does, without colours.
    pub output: String,
}

/// What to do about files that are not formatted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatMode {
    /// Report them.
    Check,
    /// Rewrite them.
    Write,
}

/// Which files the formatter disagrees or disagreed with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormatReport {
    /// How many files were looked at.
    pub files: usize,
    /// Those that were not formatted, relative to the package.
    pub changed: Vec<PathBuf>,
}

impl CompiledPackage {
    pub(crate) fn to_blobs(&self) -> Blobs {
        let modules = self.modules.iter().map(|bytes| ("module", bytes.clone()));
        let dependencies = self
            .dependencies
            .iter()
            .map(|id| ("dependency", id.as_bytes().to_vec()));
        let rest = [
            ("digest", self.digest.to_vec()),
            ("warnings", self.warnings.clone().into_bytes()),
        ];
        modules
            .chain(dependencies)
            .chain(rest)
            .map(|(name, content)| (name.to_owned(), content))
            .collect()
    }

    /// Reads a cache entry back; `None` if it holds something else.
    pub(crate) fn from_blobs(blobs: Blobs) -> Option<Self> {
        let mut package = Self {
            modules: Vec::new(),
            dependencies: Vec::new(),
            digest: [0; 32],
            warnings: String::new(),
        };
        for (name, content) in blobs {
            match name.as_str() {
                "module" => package.modules.push(content),
                "dependency" => package
                    .dependencies
                    .push(Address::from_bytes(content).ok()?),
                "digest" => package.digest = content.try_into().ok()?,
                "warnings" => package.warnings = String::from_utf8(content).ok()?,
                _ => return None,
            }
        }
        Some(package)
    }
}

impl From<CompiledPackage> for Check {
    fn from(package: CompiledPackage) -> Self {
        Self {
            modules: package.modules.len(),
            warnings: package.warnings,
        }
    }
}
