//! What silent play costs the client: time to build and sign, requests, actions per second, memory.

mod measure;
mod site;

use std::fmt;

use serde::Serialize;

use crate::{Error, Packages};

/// How many sessions play at the same time.
const IN_FLIGHT: [usize; 4] = [1, 16, 64, 256];

/// What to measure with.
#[derive(Clone, Copy, Debug)]
pub struct ClientPlan {
    /// How many actions are built and signed, and how many are played at each width.
    pub actions: usize,
    /// How many sessions are in the process at the end.
    pub sessions: usize,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct ClientReport {
    /// Microseconds to build and sign an action, the median.
    pub sign_us: f64,
    /// The same of the bare `sui-transaction-builder` and `sui-crypto`, for an equal transaction.
    pub bare_sign_us: f64,
    /// One over the other.
    pub sign_ratio: f64,
    /// Requests for an action, counted where they leave for the wire.
    pub rpcs_per_action: f64,
    /// Play over gRPC, against an embedded ledger in the same process.
    pub throughput: Vec<Throughput>,
    /// How many sessions the process holds at the end, all of which have played.
    pub sessions: usize,
    /// Bytes of memory that the client holds for each of them, where the system tells.
    pub bytes_per_session: Option<u64>,
}

/// Actions per second.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Throughput {
    /// How many are in flight at the same time.
    pub in_flight: usize,
    /// How many were played.
    pub actions: usize,
    /// How many of them in a second.
    pub per_second: f64,
}

impl ClientReport {
    /// Measures on a fresh ledger.
    ///
    /// # Errors
    /// When a step fails.
    pub fn measure(packages: &Packages, plan: ClientPlan) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::setup("the runtime", error))?;
        runtime.block_on(measure::all(packages, plan))
    }

    /// The report as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

impl fmt::Display for ClientReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "build and sign     {:>9.1} us an action, bare {:.1} us, ratio {:.3}",
            self.sign_us, self.bare_sign_us, self.sign_ratio
        )?;
        writeln!(
            f,
            "requests           {:>9.3} an action",
            self.rpcs_per_action
        )?;
        for row in &self.throughput {
            writeln!(
                f,
                "{:>5} in flight    {:>9.0} actions a second",
                row.in_flight, row.per_second
            )?;
        }
        write!(f, "{:>5} sessions", self.sessions)?;
        match self.bytes_per_session {
            Some(bytes) => write!(f, "      {bytes:>9} bytes each"),
            None => write!(f, ": this system does not tell their memory"),
        }
    }
}
