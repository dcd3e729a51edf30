//! Move packages on disk: the files that the compiler sees, and the local packages they depend on.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;
use sui_sdk_types::Address;

use crate::{
    error::Error,
    link::{Link, stand_in},
};

/// File contents by their path inside a package, with forward slashes.
pub(crate) type Files = BTreeMap<String, String>;

const MANIFEST: &str = "Move.toml";

/// The folders the compiler reads, beside the manifest, in every build.
const SOURCES: &[&str] = &["sources"];

/// Those it reads when it builds tests.
const WITH_TESTS: &[&str] = &["sources", "tests", "examples"];

/// Which of a package's files take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// What is published.
    Sources,
    /// What is published and its tests.
    Tests,
}

impl Scope {
    fn directories(self) -> &'static [&'static str] {
        match self {
            Self::Sources => SOURCES,
            Self::Tests => WITH_TESTS,
        }
    }
}

/// A package that was published, for the packages that depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedDependency {
    /// Its name in its own Move.toml.
    pub name: String,
    /// The package id on the network that the dependent will be published to.
    pub id: Address,
}

impl PublishedDependency {
    /// Says that the package `name` is published as `id`.
    pub fn new(name: impl Into<String>, id: Address) -> Self {
        Self {
            name: name.into(),
            id,
        }
    }
}

/// A package and everything local that it depends on, in memory.
#[derive(Debug)]
pub(crate) struct PackageGraph {
    pub(crate) name: String,
    pub(crate) files: Files,
    /// By path relative to the root package: what the compiler asks for.
    pub(crate) locals: BTreeMap<String, LocalPackage>,
}

/// One local dependency, direct or not.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct LocalPackage {
    #[serde(skip)]
    pub(crate) name: String,
    pub(crate) files: Files,
}

impl PackageGraph {
    /// Reads the package at `directory` and, through the manifests, every local package below it.
    pub(crate) fn read(directory: &Path, scope: Scope) -> Result<Self, Error> {
        let manifest = Manifest::read(directory)?;
        let mut graph = Self {
            name: manifest.name.clone(),
            files: read_files(directory, scope)?,
            locals: BTreeMap::new(),
        };
        let mut pending = relative_dependencies("", &manifest);
        while let Some(path) = pending.pop() {
            // A path that leads back to the root is a cycle; the compiler's own message about it is the clearest.
            if path.is_empty() || graph.locals.contains_key(&path) {
                continue;
            }
            let directory = directory.join(&path);
            // The framework by a path, as packages of its own repository name it, is the one we have.
            if is_framework(&path) && !directory.exists() {
                continue;
            }
            let manifest = Manifest::read(&directory)?;
            pending.extend(relative_dependencies(&path, &manifest));
            let files = read_files(&directory, Scope::Sources)?;
            let name = manifest.name;
            graph.locals.insert(path, LocalPackage { name, files });
        }
        Ok(graph)
    }

    /// Gives every local dependency a published address: a stand-in, and what to replace it by later.
    pub(crate) fn publish_dependencies(
        &mut self,
        published: &[PublishedDependency],
    ) -> Result<Vec<Link>, Error> {
        let known = |name: &str| self.locals.values().any(|local| local.name == name);
        if let Some(stranger) = published.iter().find(|entry| !known(&entry.name)) {
            let names: Vec<&str> = self.locals.values().map(|l| l.name.as_str()).collect();
            return Err(Error::UnknownDependency {
                package: self.name.clone(),
                dependency: stranger.name.clone(),
                known: if names.is_empty() {
                    "no local package".into()
                } else {
                    names.join(", ")
                },
            });
        }
        let mut links = Vec::new();
        for local in self.locals.values_mut() {
            let entry = published.iter().find(|entry| entry.name == local.name);
            let Some(entry) = entry else {
                return Err(Error::UnpublishedDependency {
                    package: self.name.clone(),
                    dependency: local.name.clone(),
                });
            };
            let stand_in = stand_in(&local.name);
            local
                .files
                .insert("Published.toml".into(), publication(stand_in));
            links.push(Link {
                stand_in,
                id: entry.id,
            });
        }
        Ok(links)
    }
}

/// The publication record as the compiler reads it, for the one environment that the scripts name. The chain id is
/// only compared with itself.
fn publication(id: Address) -> String {
    format!(
        "[published.testnet]\nchain-id = \"4c78adac\"\npublished-at = \"{id}\"\noriginal-id = \"{id}\"\nversion = 1\n"
    )
}

#[derive(Debug)]
struct Manifest {
    name: String,
    /// The `local` path of each dependency that has one.
    local: Vec<String>,
}

impl Manifest {
    fn read(directory: &Path) -> Result<Self, Error> {
        let path = directory.join(MANIFEST);
        if !path.is_file() {
            return Err(Error::NotAPackage {
                path: directory.to_path_buf(),
            });
        }
        let text = fs::read_to_string(&path).map_err(Error::io(&path))?;
        Self::parse(&text).map_err(|reason| Error::Manifest { path, reason })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let table: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| error.to_string().trim_end().to_owned())?;
        let name = table
            .get("package")
            .and_then(|package| package.get("name"))
            .and_then(toml::Value::as_str)
            .ok_or("`[package]` needs a `name`")?;

        // Replacements are kept per environment, one level deeper.
        let replacements = table
            .get("dep-replacements")
            .and_then(toml::Value::as_table)
            .into_iter()
            .flat_map(|environments| environments.values());
        let local = ["dependencies", "dev-dependencies"]
            .into_iter()
            .filter_map(|section| table.get(section))
            .chain(replacements)
            .filter_map(toml::Value::as_table)
            .flat_map(|dependencies| dependencies.values())
            .filter_map(|dependency| dependency.get("local")?.as_str())
            .map(str::to_owned)
            .collect();
        Ok(Self {
            name: name.to_owned(),
            local,
        })
    }
}

/// Whether a path ends where the framework's repository keeps its packages.
fn is_framework(path: &str) -> bool {
    matches!(
        path.rsplit('/').next(),
        Some("sui-framework" | "move-stdlib")
    )
}

fn relative_dependencies(base: &str, manifest: &Manifest) -> Vec<String> {
    let local = manifest.local.iter();
    local.map(|path| join_normalized(base, path)).collect()
}

/// Joins two relative paths and removes `.` and `..` without asking the file system, as the compiler does.
fn join_normalized(base: &str, path: &str) -> String {
    let (root, base) = match path.strip_prefix('/') {
        Some(_) => ("/", ""),
        None => ("", base),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("{root}{}", parts.join("/"))
}

/// Reads the manifest and the Move files. A lock file and publication records are left out: the first pins what the
/// build does not fetch, the second names addresses on other networks.
fn read_files(directory: &Path, scope: Scope) -> Result<Files, Error> {
    let manifest = directory.join(MANIFEST);
    let text = fs::read_to_string(&manifest).map_err(Error::io(&manifest))?;
    let mut files = move_files(directory, scope)?;
    files.insert(MANIFEST.into(), text);
    Ok(files)
}

/// Reads the `.move` files that belong to a package.
pub(crate) fn move_files(directory: &Path, scope: Scope) -> Result<Files, Error> {
    let mut files = Files::new();
    for part in scope.directories() {
        let path = directory.join(part);
        if path.is_dir() {
            walk(&path, part, &mut files)?;
        }
    }
    Ok(files)
}

fn walk(directory: &Path, prefix: &str, files: &mut Files) -> Result<(), Error> {
    for entry in fs::read_dir(directory).map_err(Error::io(directory))? {
        let entry = entry.map_err(Error::io(directory))?;
        let path: PathBuf = entry.path();
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let key = format!("{prefix}/{name}");
        // `DirEntry::file_type` does not follow links, so a link to a parent folder cannot make this endless.
        let kind = entry.file_type().map_err(Error::io(&path))?;
        if kind.is_dir() {
            walk(&path, &key, files)?;
        } else if name.ends_with(".move") && path.is_file() {
            let text = fs::read_to_string(&path).map_err(Error::io(&path))?;
            files.insert(key, text);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_as_the_compiler_joins_them() {
        assert_eq!(join_normalized("", "../.."), "../..");
        assert_eq!(join_normalized("../../mid", "../lib"), "../../lib");
        assert_eq!(join_normalized("../../mid", "./sub/"), "../../mid/sub");
        assert_eq!(join_normalized("../a", "../../b"), "../../b");
        assert_eq!(join_normalized("../a", "/b/../c"), "/c");
        assert_eq!(join_normalized("a", ".."), "");
    }

    #[test]
    fn local_paths_are_found_in_every_section() -> Result<(), String> {
        let manifest = Manifest::parse(
            r#"
            [package]
            name = "app"
            [dependencies]
            lib = { local = "../lib" }
            remote = { git = "https://example.com/x.git", rev = "main" }
            [dev-dependencies]
            fixtures = { local = "../fixtures" }
            [dep-replacements.testnet]
            lib = { local = "../fork" }
            "#,
        )?;
        assert_eq!(manifest.name, "app");
        assert_eq!(manifest.local, ["../lib", "../fixtures", "../fork"]);
        Ok(())
    }

    #[test]
    fn a_manifest_without_a_name_is_refused() {
        assert_eq!(
            Manifest::parse("[package]").err().as_deref(),
            Some("`[package]` needs a `name`")
        );
        assert!(Manifest::parse("[package").is_err());
    }
}
