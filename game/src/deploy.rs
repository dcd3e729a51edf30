//! Publishing valet and a dApp from their Move sources, and registering the dApp.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use valet_client::{
    Deployment, Network, Owner,
    deploy::{Deployer, Published},
};
use valet_toolchain::{CompiledPackage, PublishedDependency, Toolchain};

/// A dApp as a Move package on disk.
#[derive(Clone, Debug)]
pub struct Dapp {
    package: PathBuf,
    module: String,
    marker: String,
    setup: String,
}

impl Dapp {
    /// The dApp in a package, whose module has the type that stands for it, and a function `setup` that registers it.
    #[must_use]
    pub fn new(
        package: impl Into<PathBuf>,
        module: impl Into<String>,
        marker: impl Into<String>,
    ) -> Self {
        Self {
            package: package.into(),
            module: module.into(),
            marker: marker.into(),
            setup: "setup".to_owned(),
        }
    }

    /// The example game.
    #[must_use]
    pub fn arena() -> Self {
        let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("move");
        Self::new(package, "arena", "Arena")
    }

    /// Publishes valet and this dApp, which uses it, by real Publish transactions, and registers the dApp. `owner` signs, pays
    /// and gets the capabilities.
    ///
    /// # Errors
    /// When a package does not compile, or the network refuses a transaction.
    pub async fn deploy(&self, network: &Network, owner: &dyn Owner) -> Result<Deployment> {
        let deployer = Deployer::new(network, owner);
        let valet = publish(&deployer, project_root(), Vec::new()).await?;
        let at = vec![PublishedDependency::new("valet", valet.package())];
        let dapp = publish(&deployer, self.package.clone(), at).await?;
        let marker = dapp.tag(&self.module, &self.marker)?;
        deployer
            .register(&valet, &dapp, &self.module, &self.setup, marker)
            .await
            .with_context(|| format!("registering {}::{}", self.module, self.marker))
    }
}

async fn publish(
    deployer: &Deployer<'_>,
    package: PathBuf,
    dependencies: Vec<PublishedDependency>,
) -> Result<Published> {
    let CompiledPackage {
        modules,
        dependencies,
        ..
    } = compile(package.clone(), dependencies).await?;
    deployer
        .publish(modules, dependencies)
        .await
        .with_context(|| format!("publishing {}", package.display()))
}

async fn compile(
    package: PathBuf,
    dependencies: Vec<PublishedDependency>,
) -> Result<CompiledPackage> {
    tokio::task::spawn_blocking(move || {
        Toolchain::locate()?
            .build(&package, &dependencies)
            .with_context(|| format!("compiling {}", package.display()))
    })
    .await?
}

/// Where the Move package `valet` is.
fn project_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}
