//! How fast the ledger is.
//!
//! `cargo bench -p valet-localnet` runs the benchmarks one by one, with divan; `cargo xtask bench ledger` prints the figures
//! that the project has targets for, beside those of a second virtual machine.

mod loops;
mod processor;
mod program;
mod report;
mod scale;
mod second_vm;
mod site;
mod speed;
mod wire;

/// The allocator of the `valet` command, so that what is measured is what its users get.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Prints the figures of the targets instead of running divan.
const TARGETS: &str = "--targets";
const JSON: &str = "--json";

fn main() {
    let given = |wanted: &str| std::env::args().any(|argument| argument == wanted);
    if given(TARGETS) {
        report::run(given(JSON));
    } else {
        divan::main();
    }
}
