//! The Move packages of a run, compiled.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use sui_sdk_types::Address;
use valet_localnet::ledger::GenesisPackage;
use valet_toolchain::{CompiledPackage, PublishedDependency, Toolchain};

use crate::Error;

/// The framework, valet, and what is compiled against valet once its address is known.
#[derive(Debug)]
pub struct Packages {
    toolchain: Toolchain,
    root: PathBuf,
    framework: Vec<GenesisPackage>,
    valet: CompiledPackage,
    /// By path and valet's address, which is the same in every run: the ledger is deterministic.
    dependents: Mutex<BTreeMap<(String, Address), Arc<CompiledPackage>>>,
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

/// The root of this project.
fn project() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}
