//! Claims: over any run of transactions of every kind SUI is conserved to one MIST, digests are the SDK's, deposits are what the
//! bytes cost, versions grow strictly, dependencies are exact, and the ledger holds what its history says.

use std::collections::BTreeMap;

use arbitrary::Unstructured;
use sui_sdk_types::{Address, ExecutionStatus, Transaction};

use super::audit::Audit;
use super::program;
use super::world::{World, float, paid, publish, signatures};
use crate::chain::Builder;

/// Names how many transactions the long run takes; `VALET_RUN=1000000 cargo test --release … -- --ignored`.
const LENGTH: &str = "VALET_RUN";

/// What a run came to.
#[derive(Debug, Default)]
struct Tally {
    succeeded: u64,
    failed: BTreeMap<String, u64>,
    refused: u64,
    by_payment: [u64; 5],
    published: u64,
    epochs: u64,
}

/// Bytes whose sequence is the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn bytes(&mut self, words: u64) -> Vec<u8> {
        (0..words).flat_map(|_| self.next().to_le_bytes()).collect()
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

fn run(seed: u64, length: u64) -> Tally {
    let mut world = World::new();
    let mut audit = Audit::default();
    let mut random = Random(seed);
    let mut tally = Tally::default();
    for number in 0..length {
        let transaction = transaction(&world, &mut random, number, &mut tally);
        let before = world.chain.ledger.latest_checkpoint();
        let signatures = signatures(&world, &transaction);
        match world.chain.ledger.execute(&transaction, &signatures) {
            Ok(executed) => {
                match executed.effects.status() {
                    ExecutionStatus::Success => tally.succeeded += 1,
                    ExecutionStatus::Failure { error, .. } => {
                        let error = format!("{error:?}");
                        let name = error.split([' ', '{', '(']).next().unwrap_or_default();
                        *tally.failed.entry(name.to_owned()).or_default() += 1;
                    }
                }
                world.learn(&executed);
            }
            Err(_) => {
                tally.refused += 1;
                assert_eq!(
                    world.chain.ledger.latest_checkpoint(),
                    before,
                    "a refusal changes nothing"
                );
            }
        }
        time_passes(&mut world, &mut random, &mut tally);
        audit.catch_up(&world.chain.ledger);
    }
    audit.compare(&world.chain.ledger);
    tally
}

fn transaction(world: &World, random: &mut Random, number: u64, tally: &mut Tally) -> Transaction {
    let program = if random.below(200) == 0 {
        tally.published += 1;
        let mut b = Builder::default();
        let cap = b.command(publish(&world.small));
        let to = b.pure(&world.chain.account.address);
        b.transfer(vec![cap], to);
        b.finish()
    } else {
        let words = 32 + random.below(64);
        program::write(world, &mut Unstructured::new(&random.bytes(words)))
    };
    let way = u8::try_from(random.below(8)).unwrap_or_default();
    tally.by_payment[usize::from(if way < 5 { way } else { 0 })] += 1;
    let budgets = [
        1_000_000,
        2_000_000,
        5_000_000,
        30_000_000,
        100_000_000,
        100_000_000,
    ];
    let budget = budgets[usize::try_from(random.below(6)).expect("small")];
    let nonce = u32::try_from(number).unwrap_or(u32::MAX);
    paid(world, program, way, budget, nonce)
}

/// Now and then the clock moves, an epoch ends, and the faucet pays what was spent.
fn time_passes(world: &mut World, random: &mut Random, tally: &mut Tally) {
    let ledger = &world.chain.ledger;
    if random.below(16) == 0 {
        ledger
            .advance_clock_ms(random.below(2_000))
            .expect("forward");
    }
    if random.below(500) == 0 {
        ledger.advance_epoch().expect("an epoch ends");
        tally.epochs += 1;
    }
    for owner in [world.chain.account.address, world.sponsor.address] {
        let held: u64 = world
            .chain
            .coins(owner)
            .iter()
            .map(|coin| crate::chain::balance(coin))
            .sum();
        if held < 2_000_000_000 || world.chain.coins(owner).len() < 3 {
            ledger
                .fund(owner, &[5_000_000_000; 3])
                .expect("the faucet pays");
        }
    }
    let balance = |owner: Address| -> u64 {
        ledger
            .balances(&owner)
            .iter()
            .map(|balance| balance.address_balance)
            .sum()
    };
    let spent = [world.chain.account.address, world.session.address];
    let spent = spent
        .into_iter()
        .find(|owner| balance(*owner) < 500_000_000);
    if let Some(owner) = spent {
        let transaction = paid(world, float(owner, 2_000_000_000), 0, 100_000_000, 0);
        let signatures = signatures(world, &transaction);
        let executed = world
            .chain
            .ledger
            .execute(&transaction, &signatures)
            .expect("accepted");
        world.learn(&executed);
    }
}

fn all_kinds(tally: &Tally, length: u64) {
    let failed: u64 = tally.failed.values().sum();
    assert!(tally.succeeded > length / 10, "{tally:#?}");
    assert!(failed > length / 10, "{tally:#?}");
    assert!(tally.failed.len() >= 8, "{tally:#?}");
    assert!(
        tally.by_payment.iter().all(|count| *count > length / 20),
        "{tally:#?}"
    );
    assert!(tally.published > 0 && tally.epochs > 0, "{tally:#?}");
}

#[test]
fn every_run_adds_up() {
    let tally = run(0x9e37_79b9_7f4a_7c15, 2_000);
    all_kinds(&tally, 2_000);
}

#[test]
#[ignore = "as long as VALET_RUN says: run it in release"]
fn a_long_run_adds_up() {
    let length = std::env::var(LENGTH)
        .ok()
        .and_then(|text| text.parse().ok());
    let length: u64 = length.unwrap_or(100_000);
    // In parts, so that no ledger grows without bound.
    let part = length.min(20_000);
    let mut done = 0;
    for seed in 1.. {
        let tally = run(seed * 0x9e37_79b9, part);
        done += part;
        println!("{done} transactions: {tally:?}");
        if done >= length {
            break;
        }
    }
}
