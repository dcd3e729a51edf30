//! The Sui framework: its Move sources, as cargo brought them, and its bytecode.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde::Deserialize;
use sui_sdk_types::Address;

use crate::{
    cache::Blobs,
    error::Error,
    module_id::module_id,
    package::{Files, Scope, move_files},
    process::{self, Outcome},
};

/// The crate whose `move` folder holds the sources.
const CRATE: &str = "moverox-sui";

/// `cargo metadata` downloads crates when it has to.
const METADATA_LIMIT: Duration = Duration::from_secs(600);

/// Where each package lies in the crate, and what it is published as.
const STD: &str = "move-stdlib";
const SUI: &str = "sui-framework";

/// The bytecode of the packages that every Sui network has from its first checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Framework {
    /// `0x1` (the Move standard library), then `0x2` (the Sui framework).
    pub packages: Vec<FrameworkPackage>,
}

/// One package of the framework.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FrameworkPackage {
    /// Its id on every network.
    pub id: Address,
    /// Its modules, each after those it depends on.
    pub modules: Vec<Module>,
    /// The ids of the packages it depends on.
    pub dependencies: Vec<Address>,
}

/// A compiled module.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Module {
    /// The name it gives itself.
    pub name: String,
    /// Its bytecode.
    pub bytes: Vec<u8>,
}

impl Framework {
    /// Sorts compiled modules into their packages.
    pub(crate) fn from_modules(modules: Vec<Vec<u8>>) -> Result<Self, Error> {
        let unexpected = |detail: String| Error::Tool {
            what: "compiling the Sui framework".into(),
            detail,
        };
        let mut std = FrameworkPackage::new(Address::from(MOVE_STDLIB_ID), Vec::new());
        let mut sui = FrameworkPackage::new(Address::TWO, vec![std.id]);
        for bytes in modules {
            let (address, name) =
                module_id(&bytes).ok_or_else(|| unexpected("not a module".into()))?;
            let package = [&mut std, &mut sui]
                .into_iter()
                .find(|package| package.id == address)
                .ok_or_else(|| {
                    unexpected(format!(
                        "module {address}::{name} belongs to neither package"
                    ))
                })?;
            package.modules.push(Module { name, bytes });
        }
        Ok(Self {
            packages: vec![std, sui],
        })
    }

    pub(crate) fn to_blobs(&self) -> Blobs {
        let modules = self.packages.iter().flat_map(|package| &package.modules);
        modules
            .map(|module| (module.name.clone(), module.bytes.clone()))
            .collect()
    }

    pub(crate) fn from_blobs(blobs: Blobs) -> Result<Self, Error> {
        Self::from_modules(blobs.into_iter().map(|(_, bytes)| bytes).collect())
    }
}

impl FrameworkPackage {
    fn new(id: Address, dependencies: Vec<Address>) -> Self {
        Self {
            id,
            modules: Vec::new(),
            dependencies,
        }
    }
}

const MOVE_STDLIB_ID: [u8; Address::LENGTH] = {
    let mut id = [0; Address::LENGTH];
    id[Address::LENGTH - 1] = 1;
    id
};

/// The sources of both packages, manifests included, by folder name: what the compiler asks for.
#[derive(Debug, serde::Serialize)]
pub(crate) struct FrameworkSources {
    #[serde(rename = "move-stdlib")]
    std: Files,
    #[serde(rename = "sui-framework")]
    sui: Files,
}

impl FrameworkSources {
    /// Reads the sources from where cargo keeps the crate.
    pub(crate) fn locate(tools: &Path) -> Result<Self, Error> {
        let root = crate_directory(tools)?.join("move");
        Ok(Self {
            std: read(&root.join(STD))?,
            sui: read(&root.join(SUI))?,
        })
    }

    /// The standard library's files and the framework's.
    pub(crate) fn into_parts(self) -> (Files, Files) {
        (self.std, self.sui)
    }

    /// Both packages as one, each module at its final address.
    ///
    /// The compiler gives the modules of the package it is asked for the address 0x0, to be filled in at publication;
    /// with addresses of their own, and no implicit dependency on themselves, they keep them.
    pub(crate) fn into_one_package(self) -> Files {
        let manifest = "[package]\nname = \"framework\"\nedition = \"2024\"\nimplicit-dependencies = false\n\n\
            [addresses]\nstd = \"0x1\"\nsui = \"0x2\"\n";
        let mut files = Files::from([("Move.toml".to_owned(), manifest.to_owned())]);
        for (name, sources) in [(STD, self.std), (SUI, self.sui)] {
            for (path, text) in sources {
                if let Some(path) = path.strip_prefix("sources/") {
                    files.insert(format!("sources/{name}/{path}"), text);
                }
            }
        }
        files
    }
}

fn read(directory: &Path) -> Result<Files, Error> {
    let manifest = directory.join("Move.toml");
    let text = fs::read_to_string(&manifest).map_err(Error::io(&manifest))?;
    let mut files = move_files(directory, Scope::Sources)?;
    files.insert("Move.toml".into(), text);
    Ok(files)
}

/// Names the exact sources without reading them: the checksum that Cargo.lock pins the crate to covers each of them.
pub(crate) fn identity(tools: &Path) -> Result<String, Error> {
    let lock = tools
        .ancestors()
        .map(|directory| directory.join("Cargo.lock"))
        .find(|path| path.is_file())
        .ok_or_else(|| Error::FrameworkSources {
            detail: format!("no Cargo.lock above {}", tools.display()),
        })?;
    let text = fs::read_to_string(&lock).map_err(Error::io(&lock))?;
    locked_checksum(&text).ok_or_else(|| Error::FrameworkSources {
        detail: format!("{} pins no {CRATE} with a checksum", lock.display()),
    })
}

/// Finds the crate's checksum in a lock file. Read by line, as the file is large, cargo writes it in one form only, and
/// every cache hit waits for this.
fn locked_checksum(lock: &str) -> Option<String> {
    let name = format!("name = \"{CRATE}\"");
    lock.lines()
        .skip_while(|line| *line != name)
        .take_while(|line| !line.is_empty())
        .find_map(|line| line.strip_prefix("checksum = \"")?.strip_suffix('"'))
        .map(str::to_owned)
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
}

#[derive(Deserialize)]
struct MetadataPackage {
    name: String,
    manifest_path: PathBuf,
}

/// Asks cargo where the crate is; cargo downloads it first if it has to.
fn crate_directory(tools: &Path) -> Result<PathBuf, Error> {
    let failed = |detail: String| Error::FrameworkSources { detail };
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(&cargo);
    command
        .args(["metadata", "--format-version", "1", "--locked"])
        .arg("--manifest-path")
        .arg(tools.join("Cargo.toml"));
    let outcome = process::run(&mut command, Vec::new(), METADATA_LIMIT)
        .map_err(|error| failed(format!("{} did not start: {error}", cargo.display())))?;
    let Outcome::Finished {
        status,
        stdout,
        stderr,
    } = outcome
    else {
        return Err(failed("`cargo metadata` did not finish".into()));
    };
    if !status.success() {
        return Err(failed(process::tail(&stderr)));
    }
    let metadata: Metadata =
        serde_json::from_slice(&stdout).map_err(|error| failed(error.to_string()))?;
    let found = metadata
        .packages
        .iter()
        .find(|package| package.name == CRATE);
    found
        .and_then(|package| Some(package.manifest_path.parent()?.to_path_buf()))
        .ok_or_else(|| failed(format!("{CRATE} is not among the project's dependencies")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_crate_asked_for() {
        let lock = "[[package]]\nname = \"moverox\"\nchecksum = \"aa\"\n\n\
            [[package]]\nname = \"moverox-sui\"\nversion = \"0.4.0\"\nchecksum = \"bb\"\n\n\
            [[package]]\nname = \"other\"\nchecksum = \"cc\"\n";
        assert_eq!(locked_checksum(lock).as_deref(), Some("bb"));
        assert_eq!(
            locked_checksum(&lock.replace("checksum = \"bb\"\n", "")),
            None
        );
        assert_eq!(locked_checksum(""), None);
    }
}
