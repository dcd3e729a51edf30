//! The compiler's stand-in while the fuzz targets are built: it has coverage counted in what is to be explored, and nowhere else.
//!
//! Counting everywhere, in curves, hashes and runtimes too, takes as long as all the rest, and leads the fuzzer astray.

use std::{
    env,
    ffi::OsString,
    process::{Command, ExitCode},
};

use anyhow::{Context, Result};

/// Set for the compiler's stand-in, which is this program.
pub(super) const STAND_IN: &str = "VALET_FUZZ_STAND_IN";

/// The crates that are explored: the ledger, the targets, and what decodes what they are sent.
const EXPLORED: [&str; 12] = [
    "bcs",
    "bytecode",
    "grpc",
    "program",
    "prost",
    "prost_types",
    "sui_rpc",
    "sui_sdk_types",
    "tonic",
    "transaction",
    "valet_fuzz",
    "valet_localnet",
];

/// What makes the compiler count which edges an input takes. What is compared with what is not traced: the inputs that a run begins
/// with know every number that matters, and the interpreter would be three times as slow.
const FLAGS: [&str; 5] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Ccodegen-units=1",
];

/// Compiles, if this program was started as the compiler's stand-in.
pub(crate) fn stand_in() -> Option<Result<ExitCode>> {
    env::var_os(STAND_IN)?;
    let mut arguments = env::args_os().skip(1);
    let compiler = arguments.next()?;
    Some(compile(compiler, arguments.collect()))
}

fn compile(compiler: OsString, arguments: Vec<OsString>) -> Result<ExitCode> {
    let mut command = Command::new(&compiler);
    if is_explored(&arguments) {
        command.args(FLAGS);
    }
    let status = command
        .args(arguments)
        .status()
        .with_context(|| compiler.to_string_lossy().into_owned())?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Whether coverage is to be counted in what is compiled. What runs while building is not compiled for a target.
fn is_explored(arguments: &[OsString]) -> bool {
    let after = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1)?.to_str()
    };
    after("--target").is_some()
        && after("--crate-name").is_some_and(|name| EXPLORED.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_explored_is_counted_in() {
        let explored = |words: &str| {
            let arguments: Vec<_> = words.split(' ').map(OsString::from).collect();
            is_explored(&arguments)
        };
        assert!(explored("--crate-name valet_localnet --target here x.rs"));
        assert!(!explored("--crate-name blake2 --target here x.rs"));
        assert!(
            !explored("--crate-name prost x.rs"),
            "it runs while building"
        );
        assert!(!explored("- --print=cfg --target here --crate-name"));
    }
}
