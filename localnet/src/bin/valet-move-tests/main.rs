//! Runs the unit tests of Move packages in this crate's virtual machine, for `cargo xtask conform`, and generated programs for
//! `cargo xtask differential`.
//!
//! One JSON request on stdin: bytecode in which tests are ordinary functions, and their names. One JSON line on stdout for
//! each test, written as soon as it has ended, so that whoever started this knows which one does not end.

mod load;
mod run;

use std::io::{self, Read, Write};
use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use sui_sdk_types::Address;

/// What is asked.
#[derive(Debug, Deserialize)]
struct Request {
    /// Every module that tests can reach, in hexadecimal, in any order.
    modules: Vec<String>,
    tests: Vec<Test>,
}

/// A function without parameters, or one that takes the context of a transaction.
#[derive(Debug, Deserialize)]
struct Test {
    address: Address,
    module: String,
    function: String,
    /// The digest of the transaction, in hexadecimal. In one, dynamic fields have the ids that they have on a network.
    #[serde(default)]
    digest: Option<String>,
}

/// How a test ended.
#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum Outcome {
    /// It returned.
    Passed {
        /// The BCS bytes of its results, in hexadecimal; a test has none.
        values: Vec<String>,
        /// The ids of the dynamic fields that a transaction left.
        fields: Vec<String>,
    },
    /// Move code, or the machine, stopped it.
    Failed {
        failure: Failure,
        /// The module it stopped in.
        module: Option<String>,
        /// The status and location in words.
        detail: String,
        place: Option<Place>,
    },
    /// It called a native that this machine does not provide.
    Unsupported { native: String },
    /// It went on for longer than any test should.
    Endless,
}

/// The instruction that a test was stopped at.
#[derive(Debug, Serialize)]
struct Place {
    /// The index of the function in its module.
    function: u16,
    instruction: u16,
    /// The code of an abort as it is, or of a vector operation.
    code: Option<u64>,
}

/// Why a test was stopped, as the official runner tells it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Failure {
    /// An abort with a number.
    Code(u64),
    /// An abort with an error constant.
    Constant(String),
    /// An abort that names neither.
    Abort,
    Arithmetic,
    /// With its sub-status.
    Vector(u64),
    /// Any other status, by its official name.
    Status(String),
}

/// What it exits with when something else than a test went wrong.
const NOT_A_TEST: u8 = 2;

fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(NOT_A_TEST)
        }
    }
}

fn serve() -> Result<(), String> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| format!("the request cannot be read: {error}"))?;
    let request: Request =
        serde_json::from_str(&text).map_err(|error| format!("not a request: {error}"))?;
    let program = load::program(&request.modules)?;
    for test in &request.tests {
        let line = serde_json::to_string(&run::run(&program, test)?)
            .map_err(|error| format!("the answer cannot be written: {error}"))?;
        let mut out = io::stdout().lock();
        writeln!(out, "{line}")
            .and_then(|()| out.flush())
            .map_err(|error| format!("nobody reads the answer: {error}"))?;
    }
    Ok(())
}
