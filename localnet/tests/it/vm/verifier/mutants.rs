//! Real modules with an instruction exchanged: refused, or run to an ordinary end.
//!
//! A mutant that the verifier accepts and that then meets a value of another kind, a local that holds nothing or a reference
//! to what is gone ends in an invariant violation of the virtual machine. There must be none.

mod disassembly;
mod runs;

use std::panic::{AssertUnwindSafe, catch_unwind};

use sui_sdk_types::{Address, Identifier};
use valet_localnet::vm::{CompiledModule, PackageSource, verify};

use super::super::support::{framework_packages, opcodes_package};
use disassembly::Disassembly;
use runs::{Outcome, Runner};

/// A small generator, so that the mutants are the same in every run.
#[derive(Debug)]
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("below a usize")
    }
}

#[derive(Debug, Default)]
struct Tally {
    refused: usize,
    unlinked: usize,
    accepted: usize,
    calls: usize,
}

/// Makes mutants of a package's modules and runs what is accepted.
fn mutate(package: &PackageSource, before: &[PackageSource], count: usize, seed: u64) -> Tally {
    let mut random = Random(seed);
    let modules: Vec<(Identifier, Disassembly)> = package
        .modules
        .iter()
        .map(|(name, bytes)| (name.clone(), Disassembly::of(bytes)))
        .filter(|(_, module)| module.instructions() > 0)
        .collect();
    for (name, module) in &modules {
        assert_eq!(module.bytes(), package.modules[name], "{name}");
    }
    let mut tally = Tally::default();
    let baseline = Runner::new(before, package).expect("the package loads");
    for round in 0..count {
        let (name, module) = &modules[random.below(modules.len())];
        let mut mutant = module.clone();
        let function = mutant.mutate(&mut random);
        let bytes = mutant.bytes();
        let label = || format!("seed {seed}, round {round}, {name}, function {function}");
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            try_mutant(&baseline, package, before, name, function, bytes)
        }));
        match outcome.unwrap_or_else(|_| panic!("{}: a panic", label())) {
            Outcome::Refused => tally.refused += 1,
            Outcome::Unlinked => tally.unlinked += 1,
            Outcome::Ran(calls) => {
                tally.accepted += 1;
                tally.calls += calls;
            }
            Outcome::Broken(error) => panic!("{}: {error}", label()),
        }
    }
    tally
}

fn try_mutant(
    baseline: &Runner,
    package: &PackageSource,
    before: &[PackageSource],
    name: &Identifier,
    function: usize,
    bytes: Vec<u8>,
) -> Outcome {
    let Ok(module) = CompiledModule::parse(&bytes) else {
        return Outcome::Refused;
    };
    if verify(&[&module]).is_err() {
        return Outcome::Refused;
    }
    let mut package = package.clone();
    package.modules.insert(name.clone(), bytes);
    match Runner::new(before, &package) {
        Some(mutant) => mutant.compare(baseline, name, function),
        None => Outcome::Unlinked,
    }
}

/// How many mutants to make of each package; a long run asks for more.
fn count(default: usize) -> usize {
    let asked = std::env::var("VALET_MUTANTS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn seed() -> u64 {
    let asked = std::env::var("VALET_MUTANTS_SEED").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(0x5eed)
}

#[test]
fn t37_accepted_mutants_of_the_test_package_run_without_surprises() {
    let std = framework_packages().remove(0);
    assert_eq!(std.storage_id, Address::from_static("0x1"));
    let mut package = opcodes_package();
    package
        .linkage
        .retain(|original, _| *original == std.storage_id);
    let tally = mutate(&package, &[std], count(400), seed());
    assert!(tally.refused > tally.accepted, "{tally:?}");
    assert!(
        tally.accepted > count(400) / 20 && tally.calls > 0,
        "{tally:?}"
    );
    eprintln!("{tally:?}");
}

#[test]
fn t37_accepted_mutants_of_the_standard_library_run_without_surprises() {
    let std = framework_packages().remove(0);
    let tally = mutate(&std, &[], count(300), seed() + 1);
    assert!(
        tally.accepted > count(300) / 20 && tally.calls > 0,
        "{tally:?}"
    );
    eprintln!("{tally:?}");
}

#[test]
fn t37_accepted_mutants_of_the_framework_run_without_surprises() {
    let mut packages = framework_packages();
    let std = packages.remove(0);
    let tally = mutate(&packages[0], &[std], count(40), seed() + 2);
    assert!(tally.refused > 0, "{tally:?}");
    eprintln!("{tally:?}");
}
