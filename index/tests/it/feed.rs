//! Claims: whatever order, overlap or gap checkpoints are fed in, each counts once and in order or is refused with a typed
//! error that leaves the index as it was. (D10)

use sui_sdk_types::{Address, Digest};
use valet_index::{Checkpoint, Index, IndexError, MemoryStore, Scope, SqliteStore};

use crate::stage::{MINUTE, Stage, checkpoints, everything, hour};

/// A ledger with some history, and its checkpoints.
async fn played() -> (Stage, Vec<Checkpoint>) {
    let stage = Stage::set().await;
    for owner in [stage.owner(), stage.owner()] {
        let (account, session) = stage.enter(&stage.arena, &owner, hour()).await;
        stage.enter(&stage.shop, &owner, hour()).await;
        for turn in 0..3 {
            session.play(&stage.step(turn)).await.expect("a move");
        }
        stage.wait(MINUTE);
        account.deactivate(&owner).await.expect("ended");
    }
    let checkpoints = checkpoints(stage.localnet.ledger());
    (stage, checkpoints)
}

/// Numbers that look random, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d10_what_comes_twice_counts_once_and_what_is_missing_is_noticed() {
    let (stage, all) = played().await;
    let straight = stage.index();
    straight.ingest(&all).expect("everything");
    stage.assert_equal(&straight).await;
    for seed in 0..20 {
        let mut numbers = Numbers(seed);
        let index = stage.index();
        let mut gaps = 0;
        loop {
            let next = index.cursor().expect("a cursor").next_checkpoint;
            let next = usize::try_from(next).expect("small");
            if next == all.len() {
                break;
            }
            let begin = numbers.below((next + 4).min(all.len()));
            let end = begin + 1 + numbers.below(all.len() - begin);
            let window = &all[begin..end];
            match index.ingest(window) {
                Ok(taken) => {
                    assert!(begin <= next, "a gap went unnoticed");
                    assert_eq!(taken, end.saturating_sub(next) as u64);
                }
                Err(IndexError::Gap { expected, found }) => {
                    gaps += 1;
                    assert_eq!((expected, found), (next as u64, begin as u64));
                    let after = index.cursor().expect("a cursor").next_checkpoint;
                    assert_eq!(after, next as u64);
                }
                Err(error) => panic!("{error}"),
            }
        }
        assert!(gaps > 0 || seed > 0, "the first run has gaps");
        assert_eq!(everything(&index), everything(&straight));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d10_a_hole_inside_what_is_fed_keeps_what_was_before_it() {
    let (stage, all) = played().await;
    let index = stage.index();
    let mut holed = all.clone();
    holed.remove(7);
    let error = index.ingest(&holed).expect_err("a hole");
    assert!(
        matches!(
            error,
            IndexError::Gap {
                expected: 7,
                found: 8
            }
        ),
        "{error}"
    );
    assert_eq!(index.cursor().expect("a cursor").next_checkpoint, 7);
    index.ingest(&all[7..]).expect("the rest");
    stage.assert_equal(&index).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t17_checkpoints_of_another_history_are_refused() {
    let (stage, all) = played().await;
    let index = stage.index();
    let (before, after) = all.split_at(all.len() / 2);
    index.ingest(before).expect("the first half");
    let cursor = index.cursor().expect("a cursor");

    // It continues something else.
    let mut forked = after[0].clone();
    forked.previous_digest = Some(Digest::new([1; 32]));
    let mut orphan = after[0].clone();
    orphan.previous_digest = None;
    // The one that was taken in last, under another digest.
    let mut rewritten = before[before.len() - 1].clone();
    rewritten.digest = Digest::new([2; 32]);
    for foreign in [forked, orphan, rewritten] {
        let error = index.ingest(&[foreign]).expect_err("a fork");
        assert!(matches!(error, IndexError::Forked { .. }), "{error}");
    }
    assert_eq!(index.cursor().expect("a cursor"), cursor);
    index.ingest(after).expect("the second half");
    stage.assert_equal(&index).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t17_an_event_that_does_not_fit_those_before_it_stops_the_index() {
    let (stage, all) = played().await;
    let whole = stage.index();
    whole.ingest(&all).expect("everything");
    let holds = everything(&whole);
    let mut refused = 0;
    // Without any one transaction that has events of accounts, something does not add up, here or in the next ones; or what
    // is missing was the last of its storage, and the comparison with the chain names it.
    for (number, checkpoint) in all.iter().enumerate() {
        let lacks_something = checkpoint
            .transactions
            .iter()
            .flat_map(|transaction| &transaction.events)
            .any(|event| {
                let module = event.type_.module().as_str();
                *event.type_.address() == stage.arena.deployment().valet_types
                    && ["user_storage", "session"].contains(&module)
            });
        if !lacks_something {
            continue;
        }
        let mut cut = all.clone();
        cut[number].transactions.clear();
        let index = stage.index();
        match index.ingest(&cut) {
            Err(IndexError::Misfit { .. }) => refused += 1,
            Err(error) => panic!("{error}"),
            Ok(_) => {
                assert_ne!(everything(&index), holds);
                let verification = index.verify(&stage.network).await.expect("a comparison");
                assert!(!verification.differences.is_empty(), "checkpoint {number}");
            }
        }
    }
    assert!(refused > 0, "some were noticed at once");

    // Bytes that are no such event.
    let mut broken = all.clone();
    let mut events = broken.iter_mut().flat_map(|checkpoint| {
        let transactions = checkpoint.transactions.iter_mut();
        transactions.flat_map(|transaction| transaction.events.iter_mut())
    });
    let activated = events.find(|event| event.type_.name().as_str() == "SessionActivated");
    activated.expect("a session").contents.pop();
    let index = stage.index();
    let error = index.ingest(&broken).expect_err("cut short");
    assert!(matches!(error, IndexError::Misfit { .. }), "{error}");
    assert!(error.to_string().contains("SessionActivated"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn d10_an_index_begins_anywhere_before_its_dapps_and_never_after() {
    let (stage, all) = played().await;
    let first = all.iter().position(|checkpoint| {
        let mut events = checkpoint.transactions.iter().flat_map(|of| &of.events);
        events.any(|event| event.type_.name().as_str() == "DappRegistered")
    });
    let first = first.expect("a registration");
    let begun_at = |number: usize| {
        let scope = stage.scope().starting_at(number as u64);
        Index::open(MemoryStore::new(), scope).expect("an index")
    };
    let index = begun_at(first);
    index.ingest(&all[first..]).expect("everything that counts");
    stage.assert_equal(&index).await;
    let late = begun_at(first + 1);
    let error = late.ingest(&all[first + 1..]).expect_err("too late");
    assert!(matches!(error, IndexError::BegunTooLate { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn d10_two_writers_of_one_file_count_everything_once() {
    let (stage, all) = played().await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("index.db");
    let open = || {
        let store = SqliteStore::open(&path).expect("a database");
        Index::open(store, stage.scope()).expect("an index")
    };
    let writers = [open(), open()];
    let threads = writers.clone().map(|index| {
        let all = all.clone();
        std::thread::spawn(move || {
            for checkpoint in &all {
                index
                    .ingest(std::slice::from_ref(checkpoint))
                    .expect("taken in");
            }
        })
    });
    for thread in threads {
        thread.join().expect("no panic");
    }
    let straight = stage.index();
    straight.ingest(&all).expect("everything");
    for index in &writers {
        assert_eq!(everything(index), everything(&straight));
    }
}

#[test]
fn d10_deployments_that_do_not_belong_together_are_refused() {
    let shared = |id: &'static str| valet_client::SharedObject {
        id: Address::from_static(id),
        initial_version: 1,
    };
    let one = valet_client::Deployment {
        chain_id: Digest::new([1; 32]),
        valet_package: Address::TWO,
        valet_types: Address::TWO,
        hub: shared("0xb0"),
        dapp_package: Address::THREE,
        dapp_type: "0x3::a::A".parse().expect("a type"),
        dapp: shared("0xd0"),
        dapp_storage: shared("0xd1"),
    };
    let mut other_chain = one.clone();
    other_chain.chain_id = Digest::new([2; 32]);
    let mut other_valet = one.clone();
    other_valet.valet_types = Address::THREE;
    let mixed = [
        vec![],
        vec![one.clone(), one.clone()],
        vec![one.clone(), other_chain],
        vec![one, other_valet],
    ];
    for deployments in mixed {
        let error = Scope::new(deployments).expect_err("mixed");
        assert!(
            matches!(error, IndexError::MixedDeployments { .. }),
            "{error}"
        );
    }
}
