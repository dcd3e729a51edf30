//! Manifests as both machines need them: what tests depend on is depended on always, and the framework is the one there is.

use std::collections::BTreeSet;

use toml::{Table, Value};

/// Folders of the framework's repository, and what older manifests call the packages in them.
const FRAMEWORK_FOLDERS: [&str; 2] = ["sui-framework", "move-stdlib"];
const FRAMEWORK_NAMES: [&str; 2] = ["Sui", "MoveStdlib"];

/// Whose manifest it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Role<'a> {
    /// The package whose tests run.
    Root,
    /// A package it depends on, under this package's addresses.
    Dependency(&'a Table),
}

/// The manifest, changed.
///
/// # Errors
/// It is not TOML.
pub(super) fn rewrite(text: &str, role: Role<'_>) -> Result<String, toml::de::Error> {
    let mut manifest: Table = text.parse()?;
    merge(&mut manifest, "dev-dependencies", "dependencies", role);
    merge(&mut manifest, "dev-addresses", "addresses", role);
    let mut named_framework = false;
    if let Some(Value::Table(dependencies)) = manifest.get_mut("dependencies") {
        let before = dependencies.len();
        dependencies.retain(|name, dependency| !is_framework(name, dependency));
        named_framework = dependencies.len() < before;
        for (_, dependency) in dependencies.iter_mut() {
            unmode(dependency);
        }
    }
    // One that names the framework itself asks not to be given it, which is how it comes now.
    if named_framework && let Some(Value::Table(package)) = manifest.get_mut("package") {
        package.remove("implicit-dependencies");
    }
    let root = match role {
        Role::Root => Table::new(),
        Role::Dependency(root) => root.clone(),
    };
    if let Some(Value::Table(addresses)) = manifest.get_mut("addresses") {
        for (name, address) in addresses.iter_mut() {
            if address.as_str() == Some("_") {
                let chosen = root.get(name).cloned();
                *address = chosen.unwrap_or_else(|| Value::String("0x0".to_owned()));
            }
        }
    }
    Ok(manifest.to_string())
}

/// The manifest with 0x0 for these addresses.
pub(super) fn at_zero(text: &str, names: &BTreeSet<String>) -> Result<String, toml::de::Error> {
    let mut manifest: Table = text.parse()?;
    if let Some(Value::Table(addresses)) = manifest.get_mut("addresses") {
        for (name, address) in addresses.iter_mut() {
            if names.contains(name) {
                *address = Value::String("0x0".to_owned());
            }
        }
    }
    Ok(manifest.to_string())
}

/// The manifest with another edition of Move, unless it is written in the syntax before all editions.
pub(super) fn with_edition(text: &str, edition: &str) -> Result<String, toml::de::Error> {
    let mut manifest: Table = text.parse()?;
    if let Some(Value::Table(package)) = manifest.get_mut("package")
        && package
            .get("edition")
            .and_then(Value::as_str)
            .is_some_and(|edition| edition.starts_with("2024"))
    {
        package.insert("edition".to_owned(), Value::String(edition.to_owned()));
    }
    Ok(manifest.to_string())
}

/// The addresses a manifest names.
pub(super) fn addresses(text: &str) -> Table {
    section(text, "addresses")
}

/// The paths of the local packages that a rewritten manifest depends on.
pub(super) fn local_dependencies(text: &str) -> Vec<String> {
    let dependencies = section(text, "dependencies");
    let local = |dependency: &Value| Some(dependency.get("local")?.as_str()?.to_owned());
    dependencies.values().filter_map(local).collect()
}

fn section(text: &str, name: &str) -> Table {
    let manifest: Table = text.parse().unwrap_or_default();
    match manifest.get(name) {
        Some(Value::Table(table)) => table.clone(),
        _ => Table::new(),
    }
}

/// Moves what only tests have to where everything has it; a dependency's tests are not run.
fn merge(manifest: &mut Table, from: &str, to: &str, role: Role<'_>) {
    let Some(Value::Table(moved)) = manifest.remove(from) else {
        return;
    };
    if let Role::Dependency(_) = role {
        return;
    }
    let into = manifest
        .entry(to)
        .or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(into) = into {
        into.extend(moved);
    }
}

fn is_framework(name: &str, dependency: &Value) -> bool {
    let place = |key| dependency.get(key).and_then(Value::as_str).unwrap_or("");
    let folder = |path: &str| {
        let last = path.trim_end_matches('/').rsplit('/').next();
        last.is_some_and(|last| FRAMEWORK_FOLDERS.contains(&last))
    };
    FRAMEWORK_NAMES.contains(&name) || folder(place("subdir")) || folder(place("local"))
}

/// A dependency of test mode becomes one of every mode.
fn unmode(dependency: &mut Value) {
    let Value::Table(dependency) = dependency else {
        return;
    };
    let modes = dependency.get("modes").and_then(Value::as_array);
    let for_tests =
        modes.is_some_and(|modes| modes.iter().any(|mode| mode.as_str() == Some("test")));
    if for_tests {
        dependency.remove("modes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tests_need_is_needed_always() -> Result<(), toml::de::Error> {
        let text = "[package]\nname = \"p\"\nimplicit-dependencies = false\n[dependencies]\na = { local = \"../a\", modes = [\"test\"] }\n\
            Sui = { git = \"x\", subdir = \"crates/sui-framework/packages/sui-framework\" }\n\
            [dev-dependencies]\nb = { local = \"../b\" }\n[addresses]\np = \"0x0\"\nq = \"_\"\n[dev-addresses]\nq = \"0x7\"\n";
        let root = rewrite(text, Role::Root)?;
        assert_eq!(local_dependencies(&root), ["../a", "../b"]);
        assert_eq!(
            addresses(&root).get("q").and_then(Value::as_str),
            Some("0x7")
        );
        assert!(!root.contains("Sui") && !root.contains("implicit") && !root.contains("modes"));

        let outer = addresses("[addresses]\nq = \"0x9\"\n");
        let dependency = rewrite(text, Role::Dependency(&outer))?;
        assert_eq!(local_dependencies(&dependency), ["../a"]);
        assert_eq!(
            addresses(&dependency).get("q").and_then(Value::as_str),
            Some("0x9")
        );
        Ok(())
    }

    #[test]
    fn other_manifests_keep_their_meaning() -> Result<(), toml::de::Error> {
        let text = "[package]\nname = \"p\"\nedition = \"2024\"\nimplicit-dependencies = false\n";
        assert!(rewrite(text, Role::Root)?.contains("implicit-dependencies = false"));
        assert!(rewrite("[package", Role::Root).is_err());
        Ok(())
    }
}
