//! The benchmarks that divan runs.

use std::sync::Arc;

use divan::{Bencher, counter::ItemsCount};
use valet_localnet::ledger::{Ledger, LedgerConfig, ManualTime};

use crate::loops::Loop;
use crate::site::{Site, framework, fresh};
use crate::wire::{self, Wire};

const ROUNDS: u64 = 10_000;

fn site() -> Site {
    Site::new(fresh(Arc::new(ManualTime::new(1_700_000_000_000))))
}

/// The machine alone; the items are instructions.
#[divan::bench(args = ["arithmetic", "vectors", "fields", "calls", "dynamic_fields"], sample_size = 1, sample_count = 50)]
fn machine(bencher: Bencher<'_, '_>, name: &str) {
    let site = site();
    let measured = Loop::new(&site.ledger, site.loops, name);
    let rounds = if name == "dynamic_fields" {
        ROUNDS / 20
    } else {
        ROUNDS
    };
    let instructions = measured.run(rounds).instructions;
    bencher
        .counter(ItemsCount::new(instructions))
        .bench_local(|| measured.run(rounds).time);
}

/// A move of a session, signature checked, effects built, committed.
#[divan::bench(sample_count = 1_000)]
fn silent_write(bencher: Bencher<'_, '_>) {
    let site = site();
    let mut player = site.player(0);
    bencher
        .with_inputs(|| site.next_move(&mut player))
        .bench_local_values(|signed| site.play(&signed));
}

/// A thousand moves over gRPC, so many in flight.
#[divan::bench(args = [1, 16, 256], sample_size = 1, sample_count = 5)]
fn silent_writes_over_grpc(bencher: Bencher<'_, '_>, in_flight: usize) {
    const MOVES: usize = 1_000;
    let site = site();
    let mut players: Vec<_> = (0..256).map(|number| site.player(number)).collect();
    let wire = Wire::new(&site.ledger);
    bencher
        .counter(ItemsCount::new(MOVES))
        .with_inputs(|| wire::moves(&site, &mut players, MOVES))
        .bench_local_values(|moves| wire.send(moves, in_flight));
    wire.stop();
}

/// A ledger with the framework.
#[divan::bench(sample_size = 1, sample_count = 20)]
fn start_ledger() -> Ledger {
    let config = LedgerConfig::new(Arc::new(ManualTime::new(1_700_000_000_000)));
    Ledger::genesis(config, framework()).expect("genesis")
}

/// A ledger with its services.
#[divan::bench(sample_size = 1, sample_count = 20)]
fn start_services() -> std::time::Duration {
    wire::start()
}
