//! Packages in temporary folders, and toolchains that tell what they did.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use tempfile::TempDir;
use valet_toolchain::{Event, Toolchain, ToolchainBuilder};

pub(crate) type TestResult = Result<(), Box<dyn std::error::Error>>;

/// A folder of packages, with a cache folder of its own.
pub(crate) struct Workspace(TempDir);

impl Workspace {
    pub(crate) fn new() -> std::io::Result<Self> {
        TempDir::new().map(Self)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, file: &str, text: &str) -> std::io::Result<()> {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
        fs::write(path, text)
    }

    /// A package `name` in the folder `name`, depending on local packages by name and path.
    pub(crate) fn package(
        &self,
        name: &str,
        dependencies: &[(&str, &str)],
        source: &str,
    ) -> std::io::Result<PathBuf> {
        let dependencies: String = dependencies
            .iter()
            .map(|(name, path)| format!("{name} = {{ local = \"{path}\" }}\n"))
            .collect();
        self.write(
            &format!("{name}/Move.toml"),
            &format!(
                "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}"
            ),
        )?;
        self.write(&format!("{name}/sources/{name}.move"), source)?;
        Ok(self.path(name))
    }

    /// A toolchain that keeps its results in this workspace.
    pub(crate) fn toolchain(&self) -> Result<(Toolchain, Events), valet_toolchain::Error> {
        let (builder, events) = Events::observe(Toolchain::builder());
        Ok((
            builder.with_cache_dir(self.path(".valet")).locate()?,
            events,
        ))
    }

    pub(crate) fn cache_entries(&self) -> std::io::Result<Vec<PathBuf>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(self.path(".valet"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "bin") {
                entries.push(path);
            }
        }
        Ok(entries)
    }
}

/// What a toolchain has done so far.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<Event>>>);

impl Events {
    pub(crate) fn observe(builder: ToolchainBuilder) -> (ToolchainBuilder, Self) {
        let events = Self::default();
        let sink = events.clone();
        let builder = builder.with_observer(move |event| {
            if let Ok(mut events) = sink.0.lock() {
                events.push(event.clone());
            }
        });
        (builder, events)
    }

    /// What was done since the last call, without the installation, which depends on who came first.
    pub(crate) fn take(&self) -> Vec<Event> {
        let mut events = self
            .0
            .lock()
            .map(|mut all| std::mem::take(&mut *all))
            .unwrap_or_default();
        events.retain(|event| *event != Event::InstallingTools);
        events
    }
}

pub(crate) fn compiling(package: &str) -> Event {
    Event::Compiling {
        package: package.to_owned(),
    }
}

pub(crate) fn from_cache(package: &str) -> Event {
    Event::FromCache {
        package: package.to_owned(),
    }
}
