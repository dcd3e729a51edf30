//! What the demo measured, as a table and as JSON.

use std::{fmt, time::Duration};

use serde::Serialize;
use valet_client::{Error, Gas};

/// The figures of one run. Every one was observed in it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The node and its chain.
    pub network: NetworkReport,
    /// Signatures of the player's wallet before the session was deactivated.
    pub owner_signatures: u64,
    /// Signatures of the session key in the same time.
    pub session_signatures: u64,
    /// Moves that changed the hero on the ledger, each as the rules predict.
    pub silent_actions: u64,
    /// Settlements that paid something.
    pub settlements: u64,
    /// Writes owed for before the last settlement.
    pub unsettled_before: u64,
    /// Writes owed for after it.
    pub unsettled_after: u64,
    /// What the account owed before the last settlement, in MIST.
    pub debt_before_mist: u64,
    /// What it owed after it, in MIST.
    pub debt_after_mist: u64,
    /// Requests on the wire for each silent action.
    pub rpc_calls_per_action: f64,
    /// Where those requests were counted.
    pub rpc_calls_counted_by: &'static str,
    /// The mean cost of a silent action, its share of the settlements included.
    pub gas_per_action_mist: GasReport,
    /// The least the protocol takes for an action: 1,000 computation units and what the network keeps, 1 %, of the storage
    /// deposits of the objects that the action wrote.
    pub gas_floor_mist: u64,
    /// The mean net cost over that floor.
    pub gas_over_floor: f64,
    /// How long a silent action took, from the call to the decoded receipt.
    pub latency_ms: LatencyReport,
    /// Silent actions a second, one after another.
    pub actions_per_second: f64,
    /// The same transactions a second when a second ledger executes them without a network, signatures checked; null on
    /// other networks.
    pub actions_per_second_in_process: Option<f64>,
    /// A move after the owner ended the session.
    pub refused_after_deactivation: Refused,
    /// An action that the dApp lets sessions take, but this session's grant does not name.
    pub refused_other_action: Refused,
    /// An action that is the owner's alone.
    pub refused_owner_only_action: Refused,
    /// Moves around the expiry of a second session; needs a chain clock that can be set, so it is null on other networks.
    pub refused_at_expiry: Option<ExpiryReport>,
    /// How long the embedded ledger took to start; null on other networks.
    pub boot_ms: Option<f64>,
    /// The hero at the end, as read from the ledger.
    pub hero: crate::Hero,
}

/// Where the demo played.
#[derive(Clone, Debug, Serialize)]
pub struct NetworkReport {
    /// `localnet` or `remote`.
    pub kind: &'static str,
    /// The node's URL.
    pub url: String,
    /// The digest of the genesis checkpoint.
    pub chain_id: String,
}

/// A mean cost, in MIST.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct GasReport {
    /// For computation.
    pub computation: u64,
    /// Storage deposits made.
    pub storage: u64,
    /// Storage deposits returned.
    pub rebate: u64,
    /// What the payer paid.
    pub net: i64,
}

/// Percentiles, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LatencyReport {
    /// Half were faster.
    pub p50: f64,
    /// 95 % were faster.
    pub p95: f64,
    /// 99 % were faster.
    pub p99: f64,
}

/// A typed refusal.
#[derive(Clone, Debug, Serialize)]
pub struct Refused {
    /// What was tried.
    pub action: &'static str,
    /// The error's number in its Move module.
    pub code: u64,
    /// The Move constant.
    pub name: &'static str,
    /// What the client says, with the remedy.
    pub message: String,
}

/// What happened around an expiry.
#[derive(Clone, Debug, Serialize)]
pub struct ExpiryReport {
    /// The offset of the refused move from the expiry.
    pub offset_ms: i64,
    /// Its refusal.
    #[serde(flatten)]
    pub refused: Refused,
    /// The move before it.
    pub before: AcceptedBefore,
}

/// The move that was accepted just before an expiry.
#[derive(Clone, Debug, Serialize)]
pub struct AcceptedBefore {
    /// Its offset from the expiry.
    pub offset_ms: i64,
    /// The digest of its transaction.
    pub accepted: String,
}

impl Refused {
    /// Takes a refusal out of an error.
    ///
    /// # Errors
    /// Says so when the error is not a refusal by valet.
    pub(super) fn new(action: &'static str, error: &Error) -> anyhow::Result<Self> {
        let (Some(refusal), Some(abort)) = (
            error.refusal(),
            error.failure().and_then(|failure| failure.abort()),
        ) else {
            anyhow::bail!("{action} should have been refused by valet, but: {error}");
        };
        Ok(Self {
            action,
            code: abort.code().unwrap_or_else(|| abort.raw_code()),
            name: refusal.name(),
            message: error.to_string(),
        })
    }
}

/// Sums up what actions cost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct GasTotal {
    computation: u64,
    storage: u64,
    rebate: u64,
    non_refundable: u64,
}

impl GasTotal {
    pub(super) fn add(&mut self, gas: Gas) {
        self.computation += gas.computation;
        self.storage += gas.storage;
        self.rebate += gas.rebate;
        self.non_refundable += gas.non_refundable;
    }

    pub(super) fn mean(&self, actions: u64) -> GasReport {
        let actions = actions.max(1);
        let net = i128::from(self.computation) + i128::from(self.storage) - i128::from(self.rebate);
        GasReport {
            computation: self.computation / actions,
            storage: self.storage / actions,
            rebate: self.rebate / actions,
            net: i64::try_from(net / i128::from(actions)).unwrap_or(i64::MAX),
        }
    }

    /// What the network keeps of the deposits of what an action wrote.
    pub(super) fn mean_kept(&self, actions: u64) -> u64 {
        self.non_refundable / actions.max(1)
    }
}

impl LatencyReport {
    pub(super) fn of(mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        let at = |percent: usize| {
            // The nearest rank: the smallest value that at least `percent` of all do not exceed.
            let rank = (latencies.len() * percent).div_ceil(100);
            latencies
                .get(rank.saturating_sub(1))
                .map_or(0.0, |latency| thousandths(latency.as_secs_f64() * 1_000.0))
        };
        Self {
            p50: at(50),
            p95: at(95),
            p99: at(99),
        }
    }
}

/// Rounded to three decimals: more would be noise.
pub(super) fn thousandths(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, value: String| writeln!(f, "  {name:<28}{value}");
        row(
            "network",
            format!("{} ({})", self.network.kind, self.network.url),
        )?;
        if let Some(boot) = self.boot_ms {
            row("ledger started in", format!("{boot:.0} ms"))?;
        }
        row(
            "owner signatures",
            format!("{} (onboarding)", self.owner_signatures),
        )?;
        row("session signatures", self.session_signatures.to_string())?;
        row("silent actions", self.silent_actions.to_string())?;
        row(
            "requests per action",
            format!(
                "{:.2} (counted by {})",
                self.rpc_calls_per_action, self.rpc_calls_counted_by
            ),
        )?;
        row(
            "gas per action",
            format!(
                "{} MIST net = {} computation + {} storage - {} rebate",
                self.gas_per_action_mist.net,
                self.gas_per_action_mist.computation,
                self.gas_per_action_mist.storage,
                self.gas_per_action_mist.rebate
            ),
        )?;
        row(
            "the protocol's floor",
            format!(
                "{} MIST; the actions cost {:.3} times that",
                self.gas_floor_mist, self.gas_over_floor
            ),
        )?;
        row(
            "latency",
            format!(
                "p50 {} ms, p95 {} ms, p99 {} ms",
                self.latency_ms.p50, self.latency_ms.p95, self.latency_ms.p99
            ),
        )?;
        row(
            "actions per second",
            format!("{} (one after another)", self.actions_per_second),
        )?;
        if let Some(rate) = self.actions_per_second_in_process {
            row(
                "  without the network",
                format!("{rate} (the same transactions, with the same effects)"),
            )?;
        }
        row("settlements", self.settlements.to_string())?;
        row(
            "owed before the last one",
            format!(
                "{} writes, {} MIST",
                self.unsettled_before, self.debt_before_mist
            ),
        )?;
        row(
            "owed after it",
            format!(
                "{} writes, {} MIST",
                self.unsettled_after, self.debt_after_mist
            ),
        )?;
        row(
            "the hero",
            format!(
                "at ({}, {}), {} hp, {} energy, {} gold, {} xp, {} steps",
                self.hero.x,
                self.hero.y,
                self.hero.hp,
                self.hero.energy,
                self.hero.gold,
                self.hero.xp,
                self.hero.steps
            ),
        )?;
        writeln!(f, "\nRefused, as it should be:")?;
        for (when, refused) in [
            ("outside the grant", &self.refused_other_action),
            ("the owner's alone", &self.refused_owner_only_action),
            ("after deactivation", &self.refused_after_deactivation),
        ] {
            writeln!(f, "  {when}, {}: {}", refused.action, refused.message)?;
        }
        match &self.refused_at_expiry {
            Some(expiry) => writeln!(
                f,
                "  at the expiry ({} ms accepted, +{} ms refused), {}: {}",
                expiry.before.offset_ms,
                expiry.offset_ms,
                expiry.refused.action,
                expiry.refused.message
            ),
            None => writeln!(
                f,
                "  at the expiry: not tried, this network's clock cannot be set"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_the_nearest_rank() {
        let latencies = (1..=200).rev().map(Duration::from_millis).collect();
        let report = LatencyReport::of(latencies);
        assert!((report.p50 - 100.0).abs() < 1e-9);
        assert!((report.p95 - 190.0).abs() < 1e-9);
        assert!((report.p99 - 198.0).abs() < 1e-9);
    }

    #[test]
    fn a_mean_cost_may_be_negative() {
        let mut total = GasTotal::default();
        total.add(Gas {
            computation: 100,
            storage: 0,
            rebate: 500,
            non_refundable: 4,
        });
        assert_eq!(total.mean(2).net, -200);
        assert_eq!(total.mean_kept(2), 2);
    }
}
