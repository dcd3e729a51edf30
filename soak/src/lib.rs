//! Long random runs of valet on the embedded ledger, against a reference model.
//!
//! Random owners, session keys, a stranger and an administrator act on three dApps: they activate, renew and revoke,
//! play, shop, pay in and out, settle, pause and suspend, and do what they must not. After every step,
//!
//! 1. the ledger did what the rules say: accepted or refused, at the same call and with the same error, so that
//!    whatever a session does lies inside its grant;
//! 2. credit and coins are conserved to one MIST;
//! 3. a replica that knows only the events is equal to the objects on the ledger;
//!
//! and no session ever costs more than `session_status::max_loss` said it could. Transactions are signed by real keys and
//! run on the ledger in this process. A run is a function of its seed; a violation is shortened to a script that can be
//! replayed.
//!
//! [`chaos`](fn@chaos) is another kind of run: a real client plays over a wire that does its worst, and the ledger's own history judges what
//! the client says.
//!
//! ```no_run
//! use valet_soak::{Packages, Plan};
//!
//! let report = valet_soak::run(&Packages::compile()?, Plan { steps: 1_000, seed: 1 })?;
//! assert!(report.violations.is_empty(), "{report}");
//! # Ok::<(), valet_soak::Error>(())
//! ```

mod chain;
mod chaos;
mod client;
mod episode;
mod error;
mod gas;
mod generate;
mod layout;
mod model;
mod packages;
mod random;
mod refusal;
mod replica;
mod report;
mod run;
mod shrink;
mod transaction;
mod world;

pub mod script;

pub use chaos::{Caller, ChaosPlan, ChaosReport, be_killed, chaos};
pub use client::{ClientPlan, ClientReport, Throughput};
pub use error::Error;
pub use gas::{GasRow, GasTable};
pub use packages::Packages;
pub use report::{Report, Violation};
pub use run::{Plan, Played, play, read_script, replay, run};
