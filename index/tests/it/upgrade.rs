//! Claims: when valet is upgraded, the index goes on without being told: what the newest package announces counts, since its
//! events keep the types of the package that first defined them. (D10, T17)

use std::path::Path;

use sui_sdk_types::{Address, Digest};
use valet_client::{Deployment, Grant, Owner as _, Valet, deploy::Deployer};
use valet_index::{Index, MemoryStore, Scope};
use valet_toolchain::Toolchain;

use crate::stage::{STEP, Stage, checkpoints, everything, hour, only};

/// Upgrades valet to what it is already, as its developer.
async fn upgrade(stage: &Stage) -> Address {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let compiled = tokio::task::spawn_blocking(move || Toolchain::locate()?.build(&root, &[]));
    let compiled = compiled.await.expect("the compiler's thread");
    let compiled = compiled.expect("compiles");
    let cap = stage.published.upgrade_cap().expect("the developer's");
    let upgraded = Deployer::new(&stage.network, &stage.developer)
        .upgrade(
            cap,
            compiled.modules,
            compiled.dependencies,
            Digest::new(compiled.digest),
        )
        .await;
    upgraded.expect("upgraded").package()
}

#[tokio::test(flavor = "multi_thread")]
async fn d10_t17_an_upgraded_valet_is_the_same_valet() {
    let stage = Stage::set().await;
    let index = stage.index();
    let owner = stage.owner();
    let terms = only(Grant::actions([STEP]).with_max_calls(9));
    let (_, session) = stage.enter(&stage.arena, &owner, terms).await;
    session.play(&stage.step(0)).await.expect("a move");
    stage.assert_equal(&index).await;

    let newest = upgrade(&stage).await;
    assert_ne!(newest, stage.published.package());
    let deployment = Deployment {
        valet_package: newest,
        ..stage.arena.deployment().clone()
    };
    let arena = Valet::new(stage.network.clone(), deployment.clone()).await;
    let arena = arena.expect("the same dApp");
    let account = arena.account(owner.address());
    account.deactivate(&owner).await.expect("ended");
    let (_, next) = stage.enter(&stage.shop, &stage.owner(), hour()).await;
    let later = stage.owner();
    let (_, newcomer) = stage.enter(&arena, &later, hour()).await;

    // What was announced really came from both, with the types of one.
    let announced = checkpoints(stage.localnet.ledger());
    let announced = announced.iter().flat_map(|one| &one.transactions);
    let announced = announced.flat_map(|one| &one.events);
    let (mut from_first, mut from_newest) = (0, 0);
    for event in announced.filter(|event| event.type_.name().as_str() == "SessionActivated") {
        assert_eq!(*event.type_.address(), stage.published.package());
        if event.package_id == newest {
            from_newest += 1;
        } else {
            assert_eq!(event.package_id, stage.published.package());
            from_first += 1;
        }
    }
    assert_eq!((from_first, from_newest), (2, 1));

    // The index that was begun before, and one that is begun with the newest package's address.
    stage.assert_equal(&index).await;
    let all = everything(&index);
    let wallet = |wallet| all.sessions.iter().find(|one| one.wallet == wallet);
    let ended = wallet(session.address()).expect("a session");
    assert_eq!(ended.end.expect("ended").actor, owner.address());
    assert_eq!(ended.counted_calls, 1);
    for key in [next.address(), newcomer.address()] {
        assert!(wallet(key).expect("a session").end.is_none());
    }
    let deployments = [deployment, stage.shop.deployment().clone()];
    let scope = Scope::new(deployments).expect("one valet, whatever version is called");
    let anew = Index::open(MemoryStore::new(), scope).expect("an index");
    stage.assert_equal(&anew).await;
    assert_eq!(everything(&anew), all);
}
