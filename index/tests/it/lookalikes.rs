//! Claims: only events of the right package, module, name and dApp count; what looks like them is passed over. (T17)

use sui_sdk_types::{Address, Digest, Event};
use valet_client::{Grant, Valet};
use valet_index::{Checkpoint, Index, MemoryStore, Scope, TransactionEvents};

use crate::{
    arena,
    stage::{STEP, Stage, checkpoints, everything, hour, only},
};

/// What comes next after these checkpoints, with these events.
fn next(all: &[Checkpoint], events: Vec<Event>) -> Checkpoint {
    let last = all.last().expect("some");
    Checkpoint {
        sequence_number: last.sequence_number + 1,
        digest: Digest::new([9; 32]),
        previous_digest: Some(last.digest),
        timestamp_ms: last.timestamp_ms,
        transactions: vec![TransactionEvents {
            transaction: Digest::new([8; 32]),
            events,
        }],
    }
}

/// An account's event of this kind, as it was.
fn find(all: &[Checkpoint], name: &str) -> Event {
    let transactions = all.iter().flat_map(|checkpoint| &checkpoint.transactions);
    let mut events = transactions.flat_map(|transaction| &transaction.events);
    let found = events.find(|event| event.type_.name().as_str() == name);
    found.expect("an event").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn t17_a_second_valet_with_the_same_modules_and_names_is_passed_over() {
    let stage = Stage::set().await;
    let index = stage.index();
    let owner = stage.owner();
    stage.enter(&stage.arena, &owner, hour()).await;
    stage.assert_equal(&index).await;
    let before = everything(&index);

    // Anybody can publish the same code; whoever plays there makes events with the same names and layouts.
    let stranger = stage.owner();
    let (_, theirs) = arena::deploy(&stage.network, &stranger).await;
    let theirs = Valet::new(stage.network.clone(), theirs).await;
    let theirs = theirs.expect("a deployment");
    let join = theirs.call("arena", "join").dapp().storage();
    let onboarding = valet_client::Onboarding::new(hour()).with_call(join);
    let key = valet_client::SessionKey::generate().expect("randomness");
    let account = theirs.account(valet_client::Owner::address(&owner));
    let entered = account.onboard(&owner, key, onboarding);
    entered.await.expect("onboarded");
    stage.assert_equal(&index).await;
    assert_eq!(everything(&index), before);

    // Whoever asks for theirs gets theirs.
    let scope = Scope::new([theirs.deployment().clone()]).expect("a scope");
    let other = Index::open(MemoryStore::new(), scope).expect("an index");
    stage.assert_equal(&other).await;
    assert_eq!(everything(&other).sessions.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn t17_an_event_counts_by_package_module_name_and_dapp_of_its_type() {
    let stage = Stage::set().await;
    let owner = stage.owner();
    let terms = only(Grant::actions([STEP]).with_max_calls(9));
    let (_, session) = stage.enter(&stage.arena, &owner, terms).await;
    session.play(&stage.step(0)).await.expect("a move");
    let all = checkpoints(stage.localnet.ledger());
    let index = stage.index();
    index.ingest(&all).expect("everything");
    let known = everything(&index);

    let genuine = find(&all, "CallCounted");
    let marker = stage.arena.deployment().marker();
    let types = stage.arena.deployment().valet_types;
    let with_type = |text: String| Event {
        type_: text.parse().expect("a type"),
        ..genuine.clone()
    };
    let foreign = Address::from_static("0xbad");
    let shop = stage.shop.deployment().dapp_type.clone();
    let look_alikes = [
        format!("{foreign}::session::CallCounted<{marker}>"),
        format!("{types}::session::CallCounted<{foreign}::arena::Arena>"),
        format!("{types}::session::CallCounted"),
        format!("{types}::session::CallCounted<u8>"),
        format!("{foreign}::session::CallCounted<{shop}>"),
        format!(
            "{types}::session::CallCounted<{}::other::Arena>",
            stage.arena.deployment().dapp_package
        ),
    ];
    let look_alikes = look_alikes.map(with_type).to_vec();
    index
        .ingest(&[next(&all, look_alikes)])
        .expect("passed over");
    assert_eq!(everything(&index), known);

    // Of the right package, but not an event that it has: somebody is lying.
    for text in [
        format!("{types}::session::CallsCounted<{marker}>"),
        format!("{types}::sessions::CallCounted<{marker}>"),
        // And an account's event under another dApp's name: no such account there.
        format!("{types}::session::CallCounted<{shop}>"),
    ] {
        let index = stage.index();
        index.ingest(&all).expect("everything");
        let refused = index.ingest(&[next(&all, vec![with_type(text.clone())])]);
        assert!(refused.is_err(), "{text}");
        assert_eq!(everything(&index), known);
    }
}
