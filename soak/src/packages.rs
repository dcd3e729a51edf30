//! The Move packages of a run, compiled.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use sui_sdk_types::Address;
use tempfile::TempDir;
use valet_localnet::ledger::GenesisPackage;
use valet_toolchain::{CompiledPackage, PublishedDependency, Toolchain};

use crate::Error;

/// What is compiled against valet, by path from the root of the tree.
const DEPENDENTS: [&str; 3] = ["game/move", "game/bazaar", "soak/move"];
/// What the compiler reads of a package.
const PARTS: [&str; 2] = ["Move.toml", "sources"];

/// The framework, valet, and what is compiled against valet once its address is known.
#[derive(Debug)]
pub struct Packages {
    toolchain: Toolchain,
    root: PathBuf,
    framework: Vec<GenesisPackage>,
    valet: CompiledPackage,
    /// By path and valet's address, which is the same in every run: the ledger is deterministic.
    dependents: Mutex<BTreeMap<(String, Address), Arc<CompiledPackage>>>,
    /// Keeps `root` where it is when it is a copy.
    _copy: Option<TempDir>,
}

impl Packages {
    /// Compiles this project's packages, or takes them from the toolchain's cache.
    ///
    /// # Errors
    /// [`Error::Toolchain`] when a tool is missing or a package does not compile.
    pub fn compile() -> Result<Self, Error> {
        Self::compile_at(project())
    }

    /// Compiles the packages of another tree with the layout of this project: valet in `root`, the dApps in
    /// `root/game/move`, `root/game/bazaar` and `root/soak/move`.
    ///
    /// # Errors
    /// As [`compile`](Self::compile).
    pub fn compile_at(root: &Path) -> Result<Self, Error> {
        let toolchain = Toolchain::locate()?;
        let framework = toolchain
            .framework()?
            .packages
            .into_iter()
            .map(|package| GenesisPackage {
                id: package.id,
                modules: package
                    .modules
                    .into_iter()
                    .map(|module| module.bytes)
                    .collect(),
                dependencies: package.dependencies,
            })
            .collect();
        let valet = toolchain.build(root, &[])?;
        Ok(Self {
            toolchain,
            root: root.to_path_buf(),
            framework,
            valet,
            dependents: Mutex::default(),
            _copy: None,
        })
    }

    /// Compiles this project's packages with another valet: the package in `valet`, which is neither changed nor needed
    /// any longer afterwards. The dApps are compiled against it, so that what its macros became counts too.
    ///
    /// # Errors
    /// As [`compile`](Self::compile); and [`Error::Package`] when `valet` cannot be read.
    pub fn compile_with_valet(valet: &Path) -> Result<Self, Error> {
        let unreadable = |error: std::io::Error| Error::Package {
            path: valet.display().to_string(),
            reason: error.to_string(),
        };
        let copy = TempDir::new().map_err(unreadable)?;
        copy_package(valet, copy.path()).map_err(unreadable)?;
        for path in DEPENDENTS {
            copy_package(&project().join(path), &copy.path().join(path)).map_err(unreadable)?;
        }
        let packages = Self::compile_at(copy.path())?;
        Ok(Self {
            _copy: Some(copy),
            ..packages
        })
    }

    pub(crate) fn framework(&self) -> &[GenesisPackage] {
        &self.framework
    }

    pub(crate) fn valet(&self) -> &CompiledPackage {
        &self.valet
    }

    /// A package at a path of the tree, compiled against valet at its address.
    pub(crate) fn against(
        &self,
        path: &str,
        valet: Address,
    ) -> Result<Arc<CompiledPackage>, Error> {
        let mut known = self
            .dependents
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let key = (path.to_owned(), valet);
        if let Some(package) = known.get(&key) {
            return Ok(Arc::clone(package));
        }
        let dependency = PublishedDependency::new("valet", valet);
        let package = self.toolchain.build(&self.root.join(path), &[dependency])?;
        let package = Arc::new(package);
        known.insert(key, Arc::clone(&package));
        Ok(package)
    }
}

fn copy_package(source: &Path, target: &Path) -> std::io::Result<()> {
    PARTS
        .iter()
        .try_for_each(|part| copy(&source.join(part), &target.join(part)))
}

fn copy(source: &Path, target: &Path) -> std::io::Result<()> {
    if source.is_dir() {
        fs::create_dir_all(target)?;
        for entry in fs::read_dir(source)? {
            let entry = entry?;
            copy(&entry.path(), &target.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::copy(source, target).map(drop)
}

/// The root of this project.
fn project() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}
