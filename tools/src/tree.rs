//! Packages in memory, as they are or changed: what a tool needs that compiles or tests something other than what is on disk.

use std::{collections::BTreeMap, path::Path, time::Duration};

use serde::Serialize;
use sui_sdk_types::Address;

use crate::{
    error::Error,
    event::Event,
    framework::FrameworkSources,
    module_id::{MAGIC, module_id},
    package::{Files, PackageGraph, Scope},
    protocol::{Dump, Request, Tested, unencodable},
    report::TestReport,
    toolchain::{COMPILE_LIMIT, Toolchain},
};

/// A package's files by their path inside it, with forward slashes, and the packages it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PackageTree {
    /// Its name.
    #[serde(skip)]
    pub name: String,
    /// Its own files, `Move.toml` among them.
    #[serde(rename = "package")]
    pub files: BTreeMap<String, String>,
    /// The local packages it depends on, directly or not, by their path relative to it.
    pub locals: BTreeMap<String, BTreeMap<String, String>>,
    /// The packages of the framework by folder name, `move-stdlib` and `sui-framework`; none for the framework itself.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub framework: BTreeMap<String, BTreeMap<String, String>>,
}

/// How the compiler begins a module that was compiled in another mode than the ordinary one, so that no network takes it.
const UNPUBLISHABLE: [u8; 4] = [0xDE, 0xAD, 0xC0, 0xDE];

/// A compiled module of a [`PackageTree`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TreeModule {
    /// The address it gives itself; 0x0 unless the manifest names another.
    pub address: Address,
    /// Its name.
    pub name: String,
    /// Its bytecode.
    pub bytes: Vec<u8>,
}

/// What the script is asked about a tree.
#[derive(Debug, Serialize)]
pub(crate) struct TreeRequest<'a> {
    #[serde(flatten)]
    tree: &'a PackageTree,
    /// Compiler modes besides the ordinary one.
    modes: &'a [&'a str],
}

impl Toolchain {
    /// Reads a package with its tests, its local dependencies without theirs, and the framework.
    ///
    /// # Errors
    /// A package or the framework's sources cannot be read.
    pub fn tree(&self, package: &Path) -> Result<PackageTree, Error> {
        let graph = PackageGraph::read(package, Scope::Tests)?;
        let locals = graph.locals.into_iter();
        Ok(PackageTree {
            name: graph.name,
            files: graph.files,
            locals: locals.map(|(path, local)| (path, local.files)).collect(),
            framework: FrameworkSources::locate(self.tools())?.into_packages(),
        })
    }

    /// The framework as one package, each module at its final address.
    ///
    /// # Errors
    /// The framework's sources cannot be read.
    pub fn framework_tree(&self) -> Result<PackageTree, Error> {
        Ok(PackageTree {
            name: "framework".into(),
            files: FrameworkSources::locate(self.tools())?.into_one_package(),
            ..PackageTree::default()
        })
    }

    /// Compiles the package itself in these modes, and not what it depends on. What was compiled before is read from the
    /// cache. The modules look as if they could be published, whatever they are.
    ///
    /// # Errors
    /// It does not compile, or the tools could not be installed or run.
    pub fn compile_tree(
        &self,
        tree: &PackageTree,
        modes: &[&str],
    ) -> Result<Vec<TreeModule>, Error> {
        let inputs = serde_json::to_vec(&(tree, modes)).map_err(unencodable)?;
        let key = self.key()?.with(inputs).finish("tree");
        let blobs = self.cached(&key, &tree.name, || {
            let request = Request::DumpTree(TreeRequest { tree, modes });
            let dump: Dump = self.ask(&request, &tree.name, COMPILE_LIMIT)?;
            let modules = dump.into_package(&tree.name)?.modules;
            Ok(modules
                .into_iter()
                .map(|module| ("module".to_owned(), module))
                .collect())
        })?;
        let modules = blobs.into_iter().map(|(_, mut bytes)| {
            if let Some(magic) = bytes.first_chunk_mut()
                && *magic == UNPUBLISHABLE
            {
                *magic = MAGIC;
            }
            let (address, name) = module_id(&bytes)?;
            Some(TreeModule {
                address,
                name,
                bytes,
            })
        });
        modules.collect::<Option<_>>().ok_or_else(|| Error::Tool {
            what: format!("compiling {}", tree.name),
            detail: "its bytecode has no name".into(),
        })
    }

    /// Runs the package's unit tests, for no longer than `limit`.
    ///
    /// # Errors
    /// As [`Toolchain::test`].
    pub fn test_tree(&self, tree: &PackageTree, limit: Duration) -> Result<TestReport, Error> {
        self.observer().notify(&Event::RunningTests {
            package: tree.name.clone(),
        });
        let request = Request::TestTree(TreeRequest { tree, modes: &[] });
        let Tested {
            passed,
            failed,
            output,
        } = self.ask(&request, &tree.name, limit)?;
        Ok(TestReport {
            passed,
            failed,
            output,
        })
    }
}

impl FrameworkSources {
    fn into_packages(self) -> BTreeMap<String, Files> {
        let (std, sui) = self.into_parts();
        BTreeMap::from([
            ("move-stdlib".to_owned(), std),
            ("sui-framework".to_owned(), sui),
        ])
    }
}
