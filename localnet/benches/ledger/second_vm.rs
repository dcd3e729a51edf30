//! The second virtual machine: `sui-sandbox` from PyPI, the real Move VM behind a Python module.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::loops::{LOOPS, MODULE};
use crate::site::Site;

/// Names the Python that has `sui-sandbox`; `cargo xtask bench ledger` sets it.
pub(crate) const PYTHON: &str = "VALET_SECOND_VM_PYTHON";

const PROGRAM: &str = include_str!("second_vm.py");

/// What it took, in seconds.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    loops: BTreeMap<String, [f64; 2]>,
    small: f64,
}

impl Answer {
    /// Nanoseconds a round of a loop, by the slope between the two sizes.
    pub(crate) fn slope_ns(&self, name: &str, [few, many]: [u64; 2]) -> Option<f64> {
        let [short, long] = self.loops.get(name)?;
        Some((long - short) * 1e9 / (many - few) as f64)
    }

    /// Microseconds of a whole small call, the median.
    pub(crate) fn small_us(&self) -> f64 {
        self.small * 1e6
    }
}

/// Runs the loops there. An error says why there is nothing to compare with.
pub(crate) fn measure(site: &Site, rounds: [u64; 2], runs: usize) -> Result<Answer, String> {
    let python = std::env::var_os(PYTHON).ok_or_else(|| {
        format!("{PYTHON} is not set; `cargo xtask bench ledger` installs the second machine")
    })?;
    let package = site.loops_bytecode();
    let job = serde_json::json!({
        "package": package.id.to_string(),
        "modules": package.modules.values().map(|module| STANDARD.encode(module)).collect::<Vec<_>>(),
        "module": MODULE,
        "loops": LOOPS,
        "rounds": rounds,
        "runs": runs,
        "small_runs": 21,
    });
    let failed = |error: &dyn std::fmt::Display| format!("the second machine: {error}");
    let mut child = Command::new(python)
        .args(["-c", PROGRAM])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(&error))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin
            .write_all(job.to_string().as_bytes())
            .map_err(|error| failed(&error))?;
    }
    let output = child.wait_with_output().map_err(|error| failed(&error))?;
    if !output.status.success() {
        return Err(failed(&String::from_utf8_lossy(&output.stderr).trim()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| failed(&error))
}
