//! A package as a subject of comparison: its tests, its text for the official runner, its bytecode for our machine.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use toml::Table;
use valet_toolchain::{Error, PackageTree, Toolchain, TreeModule};

use super::{
    extension::{self, extensions},
    machine::Call,
    manifest::{self, Role},
    official::Others,
    rewrite::{FoundTest, MODE, Purpose, TestName, module_addresses, rewrite, tests},
};

const MANIFEST: &str = "Move.toml";

/// What is compared: a package or the framework.
#[derive(Debug)]
pub(crate) struct Subject {
    tree: PackageTree,
    /// Where the package is; none for the framework.
    path: Option<PathBuf>,
    /// The addresses its manifest names.
    addresses: Table,
    pub(super) tests: Vec<FoundTest>,
}

/// A subject's bytecode.
#[derive(Debug)]
pub(crate) struct Program {
    /// All modules that its tests can reach, in hexadecimal.
    pub(crate) modules: Vec<String>,
    /// The address and name of each of its own.
    own: Vec<(String, String)>,
    addresses: Table,
}

impl Subject {
    /// The package in a folder.
    ///
    /// # Errors
    /// Something of it cannot be read.
    pub(crate) fn package(toolchain: &Toolchain, path: &Path) -> Result<Self> {
        let mut tree = toolchain.tree(path)?;
        let text = tree.files.get(MANIFEST).cloned().unwrap_or_default();
        let text = manifest::rewrite(&text, Role::Root).with_context(|| MANIFEST.to_owned())?;
        let addresses = manifest::addresses(&text);
        tree.files.insert(MANIFEST.to_owned(), text);
        for files in tree.locals.values_mut() {
            rewrite_dependency(files, &addresses)?;
        }
        Self::new(tree, Some(path.to_path_buf()), addresses)
    }

    /// The framework itself.
    ///
    /// # Errors
    /// Its sources cannot be read.
    pub(super) fn framework(toolchain: &Toolchain) -> Result<Self> {
        let tree = toolchain.framework_tree()?;
        let text = tree.files.get(MANIFEST).cloned().unwrap_or_default();
        Self::new(tree, None, manifest::addresses(&text))
    }

    fn new(tree: PackageTree, path: Option<PathBuf>, addresses: Table) -> Result<Self> {
        let mut found = Vec::new();
        for (file, text) in move_files(&tree.files) {
            found.extend(tests(text).with_context(|| file.clone())?);
        }
        Ok(Self {
            tree,
            path,
            addresses,
            tests: found,
        })
    }

    /// The same with something else in the file that holds `mark`, so that a test can tell it from the package.
    #[cfg(test)]
    pub(super) fn with_text(mut self, mark: &str, from: &str, to: &str) -> Self {
        for text in self.tree.files.values_mut() {
            if text.contains(mark) {
                *text = text.replace(from, to);
            }
        }
        self
    }

    /// The package with these tests, for the official runner; with the others as ordinary functions, or without them.
    ///
    /// # Errors
    /// A file cannot be read as Move.
    pub(super) fn official(
        &self,
        tests: &BTreeSet<TestName>,
        others: Others,
    ) -> Result<PackageTree> {
        let mut tree = self.tree.clone();
        let purpose = match others {
            Others::Kept => Purpose::Official(tests),
            Others::LeftOut => Purpose::OfficialAlone(tests),
        };
        rewrite_files(&mut tree.files, purpose)?;
        Ok(tree)
    }

    /// The bytecode of the package, of the local packages it depends on, and of the framework, test code included.
    ///
    /// # Errors
    /// Something does not compile.
    pub(crate) fn compile(&self, toolchain: &Toolchain) -> Result<Program> {
        let mut own = self.tree.clone();
        rewrite_files(&mut own.files, Purpose::Machine)?;
        for_machine(&mut own)?;
        let own = compiled(toolchain, &own)?;
        let mut modules: Vec<String> = own.iter().map(encode).collect();
        if let Some(path) = &self.path {
            let mut extensions = extensions(move_files(&self.tree.files))?;
            modules.extend(framework(toolchain, &mut extensions)?.iter().map(encode));
            let manifest = self.tree.files.get(MANIFEST).map_or("", String::as_str);
            let mut seen = BTreeSet::from([canonical(path)?]);
            let mut pending = next(path, manifest);
            while let Some(path) = pending.pop() {
                if !seen.insert(canonical(&path)?) {
                    continue;
                }
                let tree = self.dependency(toolchain, &path, &mut extensions)?;
                let manifest = tree.files.get(MANIFEST).map_or("", String::as_str);
                pending.extend(next(&path, manifest));
                modules.extend(compiled(toolchain, &tree)?.iter().map(encode));
            }
        }
        Ok(Program {
            modules,
            own: own
                .into_iter()
                .map(|module| (module.address.to_string(), module.name))
                .collect(),
            addresses: self.addresses.clone(),
        })
    }

    /// A local dependency, ready to be compiled by itself.
    fn dependency(
        &self,
        toolchain: &Toolchain,
        path: &Path,
        extensions: &mut BTreeMap<String, Vec<String>>,
    ) -> Result<PackageTree> {
        let mut tree = toolchain.tree(path)?;
        tree.files
            .retain(|file, _| file == MANIFEST || file.starts_with("sources/"));
        let mut addresses = BTreeSet::new();
        for (file, text) in move_files(&tree.files) {
            addresses.extend(module_addresses(text).with_context(|| file.clone())?);
        }
        for address in addresses {
            extend(&mut tree.files, extensions.remove(&address))?;
        }
        rewrite_dependency(&mut tree.files, &self.addresses)?;
        for files in tree.locals.values_mut() {
            rewrite_dependency(files, &self.addresses)?;
        }
        rewrite_files(&mut tree.files, Purpose::MachineDependency)?;
        for_machine(&mut tree)?;
        Ok(tree)
    }
}

impl Program {
    /// The package's own modules: the name of each, and its bytes in hexadecimal.
    pub(crate) fn own_modules(&self) -> impl Iterator<Item = (&str, &String)> {
        let names = self.own.iter().map(|(_, name)| name.as_str());
        names.zip(&self.modules)
    }

    /// The same with other bytes for the package's own modules, which are of another address then.
    ///
    /// # Errors
    /// As `edit`, which is given each name and the bytes.
    pub(crate) fn moved(
        mut self,
        address: &str,
        edit: impl Fn(&str, &mut Vec<u8>) -> Result<()>,
    ) -> Result<Self> {
        for ((own, name), module) in self.own.iter_mut().zip(&mut self.modules) {
            let mut bytes = from_hexadecimal(module)?;
            edit(name, &mut bytes)?;
            *module = hexadecimal(&bytes);
            address.clone_into(own);
        }
        Ok(self)
    }

    /// A function of the package, by the name of its module.
    pub(crate) fn function(&self, module: &str, function: &str) -> Call {
        self.call(&TestName {
            address: String::new(),
            module: module.to_owned(),
            function: function.to_owned(),
        })
    }

    /// The function that a test is.
    pub(super) fn call(&self, test: &TestName) -> Call {
        let named: Vec<&String> = self
            .own
            .iter()
            .filter(|(_, module)| *module == test.module)
            .map(|(address, _)| address)
            .collect();
        // Only where two modules share a name does it matter how the source writes the address.
        let address = match named.as_slice() {
            [only] => (*only).clone(),
            several => {
                let number = self.addresses.get(&test.address);
                let number = number
                    .and_then(toml::Value::as_str)
                    .unwrap_or(&test.address);
                let digits = number.trim_start_matches("0x").to_lowercase();
                let written = format!("0x{digits:0>64}");
                // The package's own address is none before it is published, whatever its manifest says.
                match several.iter().any(|known| **known == written) {
                    true => written,
                    false => format!("0x{:0>64}", 0),
                }
            }
        };
        Call {
            address,
            module: test.module.clone(),
            function: test.function.clone(),
            digest: None,
        }
    }
}

/// The bytecode of the framework, test code included.
fn framework(
    toolchain: &Toolchain,
    extensions: &mut BTreeMap<String, Vec<String>>,
) -> Result<Vec<TreeModule>> {
    let mut tree = toolchain.framework_tree()?;
    for address in ["std", "sui"] {
        extend(&mut tree.files, extensions.remove(address))?;
    }
    rewrite_files(&mut tree.files, Purpose::MachineDependency)?;
    compiled(toolchain, &tree)
}

/// Adds extensions to a package, each as a file of its own.
fn extend(files: &mut BTreeMap<String, String>, extensions: Option<Vec<String>>) -> Result<()> {
    let Some(extensions) = extensions else {
        return Ok(());
    };
    if let Some(text) = files.get_mut(MANIFEST) {
        *text = manifest::with_edition(text, extension::EDITION)?;
    }
    let start = files.len();
    for (index, text) in extensions.into_iter().enumerate() {
        files.insert(format!("sources/extension_{}.move", start + index), text);
    }
    Ok(())
}

/// The bytecode, or why there is none, without what the compiler warned of.
fn compiled(toolchain: &Toolchain, tree: &PackageTree) -> Result<Vec<TreeModule>> {
    toolchain.compile_tree(tree, &[MODE]).map_err(|error| {
        match error {
            Error::Compile {
                package,
                diagnostics,
            } => Error::Compile {
                package,
                diagnostics: errors(&diagnostics),
            },
            other => other,
        }
        .into()
    })
}

/// What is no warning. Tests that became functions are not called, which is worth one each.
fn errors(diagnostics: &str) -> String {
    let mut kept = String::new();
    let mut keeps = true;
    for line in diagnostics.lines() {
        if line.starts_with("warning") {
            keeps = false;
        } else if line.starts_with("error") {
            keeps = true;
        }
        if keeps {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept.trim_end().to_owned()
}

/// Rewrites what a tree depends on, for our machine.
fn for_machine(tree: &mut PackageTree) -> Result<()> {
    for files in tree.locals.values_mut().chain(tree.framework.values_mut()) {
        rewrite_files(files, Purpose::MachineDependency)?;
    }
    Ok(())
}

fn rewrite_files(files: &mut BTreeMap<String, String>, purpose: Purpose<'_>) -> Result<()> {
    for (file, text) in files.iter_mut() {
        if file.ends_with(".move") {
            *text = rewrite(text, purpose).with_context(|| file.clone())?;
        }
    }
    // Outside of test mode only this folder is compiled.
    if !matches!(purpose, Purpose::Official(_) | Purpose::OfficialAlone(_)) {
        for folder in ["tests", "examples"] {
            let prefix = format!("{folder}/");
            let moved: Vec<String> = files
                .keys()
                .filter(|file| file.starts_with(&prefix))
                .cloned()
                .collect();
            for file in moved {
                if let Some(text) = files.remove(&file) {
                    files.insert(format!("sources/of_{file}"), text);
                }
            }
        }
    }
    Ok(())
}

fn rewrite_dependency(files: &mut BTreeMap<String, String>, root: &Table) -> Result<()> {
    let mut own = BTreeSet::new();
    for (file, text) in move_files(files) {
        own.extend(module_addresses(text).with_context(|| file.clone())?);
    }
    if let Some(text) = files.get_mut(MANIFEST) {
        let role = Role::Dependency(root);
        let rewritten = manifest::rewrite(text, role).with_context(|| MANIFEST.to_owned())?;
        // Compiled by itself, a package is at 0x0 whatever its manifest says, so that is where it has to be for others.
        *text = manifest::at_zero(&rewritten, &own).with_context(|| MANIFEST.to_owned())?;
    }
    Ok(())
}

fn move_files(files: &BTreeMap<String, String>) -> impl Iterator<Item = (&String, &String)> {
    files.iter().filter(|(file, _)| file.ends_with(".move"))
}

fn next(path: &Path, manifest: &str) -> Vec<PathBuf> {
    let local = manifest::local_dependencies(manifest);
    local.into_iter().map(|local| path.join(local)).collect()
}

fn canonical(path: &Path) -> Result<PathBuf> {
    fs::canonicalize(path).with_context(|| path.display().to_string())
}

fn encode(module: &TreeModule) -> String {
    hexadecimal(&module.bytes)
}

/// Bytes as our machine is given them.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 0xF)]);
    let pairs = bytes.iter();
    pairs
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

/// What [`hexadecimal`] was made from.
///
/// # Errors
/// Nothing was.
pub(crate) fn from_hexadecimal(text: &str) -> Result<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let pairs = text.as_bytes().chunks(2);
    let bytes = pairs.map(|pair| match pair {
        [high, low] => u8::try_from(digit(high)? << 4 | digit(low)?).ok(),
        _ => None,
    });
    bytes.collect::<Option<_>>().context("not hexadecimal")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_left_out() {
        let diagnostics =
            "warning[W1]: unused\n  | f\n\nerror[E1]: wrong\n  | g\n\nwarning[W2]: odd\n  | h\n";
        assert_eq!(errors(diagnostics), "error[E1]: wrong\n  | g");
        assert_eq!(
            errors("Dependency cycle detected"),
            "Dependency cycle detected"
        );
    }

    #[test]
    fn bytes_survive_being_written_down() -> Result<()> {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        let text = hexadecimal(&bytes);
        assert_eq!(from_hexadecimal(&text)?, bytes);
        assert!(from_hexadecimal("0").is_err() && from_hexadecimal("0g").is_err());
        Ok(())
    }
}
