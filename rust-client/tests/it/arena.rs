// The arena game on a ledger: for the tests, and for the examples in the documentation, which include this file. That is why
// it names everything by its full path and has no inner documentation.

/// Publishes valet and the arena by real Publish transactions, and registers the arena.
pub(crate) async fn deploy(
    network: &valet_client::Network,
    developer: &valet_client::KeyOwner,
) -> (valet_client::deploy::Published, valet_client::Deployment) {
    let valet = publish_valet(network, developer).await;
    let game = ("game/move", "arena", "Arena");
    let deployment = add_dapp(network, developer, &valet, game).await;
    (valet, deployment)
}

/// Publishes valet.
async fn publish_valet(
    network: &valet_client::Network,
    developer: &valet_client::KeyOwner,
) -> valet_client::deploy::Published {
    let deployer = valet_client::deploy::Deployer::new(network, developer);
    let (modules, dependencies) = compile("", vec![]).await;
    deployer
        .publish(modules, dependencies)
        .await
        .expect("valet")
}

/// Publishes a dApp and registers it: its package's directory, its module with a function `setup`, and its type.
pub(crate) async fn add_dapp(
    network: &valet_client::Network,
    developer: &valet_client::KeyOwner,
    valet: &valet_client::deploy::Published,
    (directory, module, marker): (&str, &str, &str),
) -> valet_client::Deployment {
    let deployer = valet_client::deploy::Deployer::new(network, developer);
    let published = valet_toolchain::PublishedDependency::new("valet", valet.package());
    let (modules, dependencies) = compile(directory, vec![published]).await;
    let dapp = deployer
        .publish(modules, dependencies)
        .await
        .expect("the dApp");
    let marker = dapp.tag(module, marker).expect("a type");
    deployer
        .register(valet, &dapp, module, "setup", marker)
        .await
        .expect("registered")
}

async fn compile(
    directory: &str,
    published: Vec<valet_toolchain::PublishedDependency>,
) -> (Vec<Vec<u8>>, Vec<sui_sdk_types::Address>) {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let package = root.join(directory);
    let compiled = tokio::task::spawn_blocking(move || {
        valet_toolchain::Toolchain::locate()?.build(&package, &published)
    });
    let compiled = compiled
        .await
        .expect("the compiler's thread")
        .expect("a package");
    (compiled.modules, compiled.dependencies)
}
