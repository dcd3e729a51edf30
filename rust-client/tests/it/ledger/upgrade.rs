//! Claims: a developer upgrades a package with one call, the ledger lists both versions and both can be called, and an
//! upgrade that the network refuses is a typed error that leaves the package as it was.

use std::path::Path;

use sui_rpc::proto::sui::rpc::v2::ListPackageVersionsRequest;
use sui_sdk_types::{Address, Digest, ExecutionError, PackageUpgradeError};
use valet_client::deploy::Deployer;
use valet_client::{Error, KeyOwner, Network, Owner};
use valet_localnet::Localnet;
use valet_toolchain::{CompiledPackage, Toolchain};

use super::SUI;

async fn compile(version: &str) -> CompiledPackage {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../localnet/tests/move/upgrade")
        .join(version);
    let compiled =
        tokio::task::spawn_blocking(move || Toolchain::locate()?.build(&package, &[])).await;
    compiled.expect("the compiler's thread").expect("compiles")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_is_upgraded_by_its_owner() {
    let localnet = Localnet::builder()
        .without_faucet()
        .start()
        .await
        .expect("a ledger");
    let owner = KeyOwner::generate().expect("randomness");
    localnet
        .ledger()
        .fund(owner.address(), &[100 * SUI])
        .expect("money");
    let network = Network::connect(&localnet.rpc_url())
        .await
        .expect("a connection");
    let deployer = Deployer::new(&network, &owner);
    let first = compile("v1").await;
    let published = deployer
        .publish(first.modules, first.dependencies)
        .await
        .expect("published");
    let cap = published.upgrade_cap().expect("given to the owner");

    let second = compile("v2").await;
    let refused = deployer
        .upgrade(
            cap,
            second.modules.clone(),
            second.dependencies.clone(),
            Digest::ZERO,
        )
        .await;
    match refused {
        Err(Error::Failed(failure)) => assert_eq!(
            *failure.execution_error(),
            ExecutionError::PackageUpgradeError {
                kind: PackageUpgradeError::DigestDoesNotMatch {
                    digest: Digest::new(second.digest)
                }
            }
        ),
        other => panic!("{other:?}"),
    }
    let upgraded = deployer
        .upgrade(
            cap,
            second.modules,
            second.dependencies,
            Digest::new(second.digest),
        )
        .await
        .expect("upgraded");
    assert_ne!(upgraded.package(), published.package());
    assert!(upgraded.upgrade_cap().is_err(), "the one there is was used");

    let mut client = sui_rpc::Client::new(localnet.rpc_url()).expect("a URL");
    for id in [published.package(), upgraded.package()] {
        let mut listed = Vec::new();
        let mut request = ListPackageVersionsRequest::new(&id);
        request.page_size = Some(1);
        loop {
            let page = client
                .package_client()
                .list_package_versions(request.clone())
                .await
                .expect("listed")
                .into_inner();
            for version in &page.versions {
                let id: Address = version.package_id().parse().expect("an address");
                listed.push((version.version(), id));
            }
            match page.next_page_token {
                Some(token) => request.page_token = Some(token),
                None => break,
            }
        }
        assert_eq!(listed, [(1, published.package()), (2, upgraded.package())]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_capability_is_refused_without_a_transaction() {
    let localnet = Localnet::builder()
        .without_faucet()
        .start()
        .await
        .expect("a ledger");
    let owner = KeyOwner::generate().expect("randomness");
    let network = Network::connect(&localnet.rpc_url())
        .await
        .expect("a connection");
    let deployer = Deployer::new(&network, &owner);
    for no_cap in [Address::from_static("0x6"), Address::from_static("0xdead")] {
        let refused = deployer.upgrade(no_cap, vec![vec![]], vec![], Digest::ZERO);
        assert!(matches!(
            refused.await,
            Err(Error::WrongObject { object, .. }) if object == no_cap
        ));
    }
}
