// The arena game on a ledger: for the tests, and for the examples in the documentation, which include this file. That is why
// it names everything by its full path and has no inner documentation.

/// Publishes valet and the arena by real Publish transactions, and registers the arena.
pub(crate) async fn deploy(
    network: &valet_client::Network,
    developer: &valet_client::KeyOwner,
) -> valet_client::Deployment {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let deployer = valet_client::deploy::Deployer::new(network, developer);
    let (modules, dependencies) = compile(root.clone(), vec![]).await;
    let valet = deployer
        .publish(modules, dependencies)
        .await
        .expect("valet");
    let published = valet_toolchain::PublishedDependency::new("valet", valet.package());
    let (modules, dependencies) = compile(root.join("game/move"), vec![published]).await;
    let arena = deployer
        .publish(modules, dependencies)
        .await
        .expect("the arena");
    let marker = arena.tag("arena", "Arena").expect("a type");
    deployer
        .register(&valet, &arena, "arena", "setup", marker)
        .await
        .expect("registered")
}

async fn compile(
    package: std::path::PathBuf,
    published: Vec<valet_toolchain::PublishedDependency>,
) -> (Vec<Vec<u8>>, Vec<sui_sdk_types::Address>) {
    let compiled = tokio::task::spawn_blocking(move || {
        valet_toolchain::Toolchain::locate()?.build(&package, &published)
    });
    let compiled = compiled
        .await
        .expect("the compiler's thread")
        .expect("a package");
    (compiled.modules, compiled.dependencies)
}
