//! The figures of the targets, in one run. Times are of the processor, so that what else runs on the machine hardly matters;
//! what waits by its nature (starting services, threads, gRPC) is by the clock on the wall.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};
use sui_crypto::{SuiVerifier, UserSignatureVerifier};
use valet_localnet::ledger::{Ledger, LedgerConfig, ManualTime, SimulateOptions, SimulationChecks};

use crate::loops::{LOOPS, Loop, MODULE};
use crate::processor;
use crate::program::{self, Builder};
use crate::scale;
use crate::second_vm;
use crate::site::{Player, Signed, Site, framework, fresh};
use crate::wire::{self, Wire};

/// The two sizes between which the slope of a loop is taken, and how often each is run.
const ROUNDS: [u64; 2] = [20_000, 220_000];
const RUNS: usize = 5;
/// Moves that are timed one by one, and those sent at each width.
const WRITES: usize = 2_000;
const SENT: usize = 10_000;
const IN_FLIGHT: [usize; 3] = [1, 16, 256];
const OBJECTS: [usize; 2] = [10_000, 1_000_000];

const INSTRUCTION_RATIO: f64 = 3.0;
const CALL_RATIO: f64 = 100.0;
const WRITE_US: f64 = 50.0;
const WRITES_A_SECOND: f64 = 5_000.0;
const START_MS: f64 = 200.0;
/// A million objects may make a transaction this much slower: what a cache that no longer holds everything costs.
const FLAT: f64 = 1.25;

/// A figure with its target.
struct Row {
    name: String,
    text: String,
    met: Option<bool>,
    value: Value,
}

/// Measures everything and prints it.
pub(crate) fn run(as_json: bool) {
    let site = Site::new(fresh(Arc::new(ManualTime::new(1_700_000_000_000))));
    let second = second_vm::measure(&site, ROUNDS, RUNS);
    if let Err(reason) = &second {
        eprintln!("   no second machine to compare with: {reason}");
    }
    let second = second.ok();
    let mut figures = serde_json::Map::new();
    let mut tell = |row: Row| {
        let met = match row.met {
            Some(true) => "  met",
            Some(false) => "  MISSED",
            None => "",
        };
        if !as_json {
            println!("{:<26} {}{met}", row.name, row.text);
        }
        figures.insert(row.name, row.value);
    };
    for name in LOOPS {
        tell(instruction(&site, name, second.as_ref()));
    }
    tell(small_call(&site, second.as_ref()));
    tell(write(&site));
    threads(&site).into_iter().for_each(&mut tell);
    over_the_wire(&site).into_iter().for_each(&mut tell);
    start().into_iter().for_each(&mut tell);
    sizes().into_iter().for_each(&mut tell);
    if as_json {
        println!("{}", Value::Object(figures));
    }
}

fn instruction(site: &Site, name: &str, second: Option<&second_vm::Answer>) -> Row {
    let ours = Loop::new(&site.ledger, site.loops, name);
    let (ns, instructions) = ours.slope(ROUNDS[0], ROUNDS[1], RUNS);
    let theirs = second.and_then(|second| second.slope_ns(name, ROUNDS));
    let ratio = theirs.map(|theirs| theirs / ns);
    let ours = ns / instructions;
    let theirs = theirs.map(|theirs| theirs / instructions);
    let beside = match (theirs, ratio) {
        (Some(theirs), Some(ratio)) => {
            format!(", second VM {theirs:.1} ns: {ratio:.2} times (>= {INSTRUCTION_RATIO})")
        }
        _ => String::new(),
    };
    Row {
        name: format!("instruction_{name}"),
        text: format!("{ours:.2} ns an instruction{beside}"),
        met: ratio.map(|ratio| ratio >= INSTRUCTION_RATIO),
        value: json!({ "ns": ours, "second_vm_ns": theirs, "ratio": ratio, "target_ratio": INSTRUCTION_RATIO,
            "instructions_a_round": instructions }),
    }
}

/// A call from outside, from its arguments' bytes to its result's.
fn small_call(site: &Site, second: Option<&second_vm::Answer>) -> Row {
    let mut b = Builder::default();
    let arguments = vec![b.pure(&3u64), b.pure(&4u64)];
    b.call((site.loops, MODULE, "small"), Vec::new(), arguments);
    let transaction = program::view(b.finish());
    let options = SimulateOptions::default().with_checks(SimulationChecks::Disabled);
    let us = median_us(2_001, || {
        let simulation = site
            .ledger
            .simulate(&transaction, &options)
            .expect("the ledger takes it");
        assert_eq!(
            simulation.commands[0].return_values[0].bytes,
            7u64.to_le_bytes()
        );
    });
    let theirs = second.map(second_vm::Answer::small_us);
    let ratio = theirs.map(|theirs| theirs / us);
    let beside = match (theirs, ratio) {
        (Some(theirs), Some(ratio)) => {
            format!(", second VM {theirs:.0} us: {ratio:.0} times (>= {CALL_RATIO:.0})")
        }
        _ => String::new(),
    };
    Row {
        name: "small_call".to_owned(),
        text: format!("{us:.1} us{beside}"),
        met: ratio.map(|ratio| ratio >= CALL_RATIO),
        value: json!({ "us": us, "second_vm_us": theirs, "ratio": ratio, "target_ratio": CALL_RATIO }),
    }
}

/// A silent move, and the part of it that no ledger can save: checking an ed25519 signature.
fn write(site: &Site) -> Row {
    let mut player = site.player(0);
    let signed = site.next_move(&mut player);
    let verifier = UserSignatureVerifier::new();
    let signature_us = median_us(501, || {
        verifier
            .verify_transaction(&signed.0, &signed.1)
            .expect("a signature that fits");
    });
    site.play(&signed);
    let us = scale::write_us(site, &mut player, WRITES);
    Row {
        name: "silent_write".to_owned(),
        text: format!(
            "{us:.1} us, of which the signature {signature_us:.1} us (< {WRITE_US:.0} us)"
        ),
        met: Some(us < WRITE_US),
        value: json!({ "us": us, "signature_us": signature_us, "target_us": WRITE_US }),
    }
}

/// Moves of as many threads: each in an account of its own, and all in one.
fn threads(site: &Site) -> Vec<Row> {
    let run = |lists: Vec<Vec<Signed>>, play: fn(&Site, &Signed)| {
        let count: usize = lists.iter().map(Vec::len).sum();
        let begun = Instant::now();
        thread::scope(|scope| {
            for moves in &lists {
                scope.spawn(|| moves.iter().for_each(|signed| play(site, signed)));
            }
        });
        count as f64 / begun.elapsed().as_secs_f64()
    };
    let mut players: Vec<Player> = (100..104).map(|number| site.player(number)).collect();
    let mut own = |width: usize| {
        let lists = players[..width].iter_mut().map(|player| {
            (0..SENT / 2 / width)
                .map(|_| site.next_move(player))
                .collect()
        });
        run(lists.collect(), Site::play)
    };
    let (one, two, four) = (own(1), own(2), own(4));
    let mut player = site.player(104);
    let moves: Vec<_> = (0..SENT / 2).map(|_| site.next_move(&mut player)).collect();
    let halves = moves.chunks(SENT / 4).map(<[_]>::to_vec).collect();
    let shared = run(halves, |site, signed| drop(site.execute(signed)));
    [
        ("1_thread", one),
        ("2_threads", two),
        ("4_threads", four),
        ("2_threads_one_object", shared),
    ]
    .map(|(name, per_second)| Row {
        name: format!("writes_{name}"),
        text: format!(
            "{per_second:.0} a second: {:.2} times one thread",
            per_second / one
        ),
        met: None,
        value: json!({ "per_second": per_second, "ratio_to_one_thread": per_second / one }),
    })
    .into()
}

fn over_the_wire(site: &Site) -> Vec<Row> {
    let mut players: Vec<_> = (200..456).map(|number| site.player(number)).collect();
    let wire = Wire::new(&site.ledger);
    wire.send(wire::moves(site, &mut players, SENT / 10), IN_FLIGHT[0]);
    let rows = IN_FLIGHT.map(|width| {
        let count = if width == 1 { SENT / 5 } else { SENT };
        let moves = wire::moves(site, &mut players, count);
        let before = processor::process();
        let per_second = count as f64 / wire.send(moves, width).as_secs_f64();
        let used = processor::process().saturating_sub(before);
        let cpu_us = used.as_secs_f64() * 1e6 / count as f64;
        let on_two = 2e6 / cpu_us;
        let widest = width == IN_FLIGHT[2];
        let mut text = format!(
            "{per_second:.0} silent writes a second; {cpu_us:.0} us of processor each, client included: \
             {on_two:.0} on two idle cores"
        );
        if widest {
            text += &format!(" (>= {WRITES_A_SECOND:.0})");
        }
        Row {
            name: format!("wire_{width}_in_flight"),
            text,
            met: widest.then_some(per_second >= WRITES_A_SECOND),
            value: json!({
                "per_second": per_second,
                "processor_us": cpu_us,
                "per_second_on_two_idle_cores": on_two,
                "target_per_second": widest.then_some(WRITES_A_SECOND),
            }),
        }
    });
    wire.stop();
    rows.into()
}

fn start() -> [Row; 2] {
    let genesis_ms = median_us(11, || {
        let config = LedgerConfig::new(Arc::new(ManualTime::new(1_700_000_000_000)));
        Ledger::genesis(config, framework()).expect("genesis");
    }) / 1e3;
    let mut starts = [(); 11].map(|()| wire::start().as_secs_f64() * 1e3);
    starts.sort_unstable_by(f64::total_cmp);
    let services_ms = starts[starts.len() / 2];
    [
        Row {
            name: "start_ledger".to_owned(),
            text: format!("{genesis_ms:.1} ms (< {START_MS:.0} ms)"),
            met: Some(genesis_ms < START_MS),
            value: json!({ "ms": genesis_ms, "target_ms": START_MS }),
        },
        Row {
            name: "start_services".to_owned(),
            text: format!(
                "{services_ms:.1} ms, the framework read from the cache (< {START_MS:.0} ms)"
            ),
            met: Some(services_ms < START_MS),
            value: json!({ "ms": services_ms, "target_ms": START_MS }),
        },
    ]
}

fn sizes() -> [Row; 2] {
    let site = Site::new(fresh(Arc::new(ManualTime::new(1_700_000_000_000))));
    let mut player = site.player(0);
    let [few, many] = scale::measure(&site, &mut player, OBJECTS);
    let ratio = many.write_us / few.write_us;
    let bytes = few.resident.zip(many.resident).map(|(before, after)| {
        after.saturating_sub(before) as f64 / (many.objects - few.objects) as f64
    });
    [
        Row {
            name: "write_at_a_million".to_owned(),
            text: format!(
                "{:.1} us, at ten thousand objects {:.1} us: {ratio:.2} times (<= {FLAT})",
                many.write_us, few.write_us
            ),
            met: Some(ratio <= FLAT),
            value: json!({ "us": many.write_us, "us_at_ten_thousand": few.write_us, "ratio": ratio, "target_ratio": FLAT }),
        },
        Row {
            name: "bytes_an_object".to_owned(),
            text: bytes.map_or("this system does not tell".to_owned(), |bytes| {
                format!("{bytes:.0}, with the history of the transactions that made them")
            }),
            met: None,
            value: json!({ "bytes": bytes }),
        },
    ]
}

/// Processor time, the median.
fn median_us(times: usize, mut work: impl FnMut()) -> f64 {
    let mut taken: Vec<_> = (0..times)
        .map(|_| {
            let begun = processor::thread();
            work();
            processor::thread().saturating_sub(begun)
        })
        .collect();
    taken.sort_unstable();
    taken[taken.len() / 2].as_nanos() as f64 / 1e3
}
