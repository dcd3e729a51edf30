//! What an owner lets a session do.

mod proposal;
mod text;

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};
use sui_sdk_types::TypeTag;

use crate::limits::{self, Allowance, CoinAllowance, RateLimit, Renewals};

pub use proposal::Excess;

/// What a session may do: the mirror of Move's `valet::grant::Grant`. What it does not name is refused, and a limit is there or
/// it is not: no number stands for "unlimited".
///
/// ```
/// use std::time::Duration;
/// use valet_client::{Allowance, Grant, RateLimit};
///
/// let grant = Grant::actions([0, 1])
///     .with_max_debt(50_000_000)
///     .with_max_calls(1_000)
///     .with_rate_limit(RateLimit::new(20, 5, Duration::from_secs(1)))
///     .allow_coin("0x2::sui::SUI".parse()?, Allowance::new(2_000_000_000));
/// assert!(grant.allows(1) && !grant.allows(2));
/// assert_eq!(grant.max_debt(), Some(50_000_000));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Its serde form is this struct's own, for files and databases; it is not what Move has in BCS.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[must_use]
pub struct Grant {
    actions: Option<BTreeSet<u8>>,
    max_debt: Option<u64>,
    max_calls: Option<u64>,
    rate_limit: Option<RateLimit>,
    allowances: Vec<CoinAllowance>,
    renewals: Option<Renewals>,
}

impl Grant {
    /// Every action that the dApp lets sessions take, never an owner-only one.
    pub fn all_session_actions() -> Self {
        Self::of(None)
    }

    /// The named actions, and of those only what the dApp lets sessions take. The chain refuses an empty grant.
    pub fn actions(actions: impl IntoIterator<Item = u8>) -> Self {
        Self::of(Some(actions.into_iter().collect()))
    }

    /// Limits the debt that the session may cause over its life, in MIST. A ceiling of 0 allows only writes that cost
    /// nothing.
    pub fn with_max_debt(mut self, mist: u64) -> Self {
        self.max_debt = Some(mist);
        self
    }

    /// Limits how many authorizations the session gets over its life, all renewals included. An action that fails uses up
    /// none. The chain refuses a budget of 0.
    pub fn with_max_calls(mut self, calls: u64) -> Self {
        self.max_calls = Some(calls);
        self
    }

    /// Limits how fast the session gets authorizations.
    pub fn with_rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// Lets the session draw this coin from the owner's purse, within the allowance, which replaces an earlier one of the same
    /// coin. Name the type with the package that first defined it. The chain takes at most 16 coins.
    pub fn allow_coin(mut self, coin_type: TypeTag, allowance: Allowance) -> Self {
        match self
            .allowances
            .iter_mut()
            .find(|coin| coin.coin_type == coin_type)
        {
            Some(coin) => coin.allowance = allowance,
            None => self.allowances.push(CoinAllowance {
                coin_type,
                allowance,
            }),
        }
        self
    }

    /// Lets the session renew itself, `max_renewals` times, never to be valid at `ends_at_ms`, by the chain's clock, or later.
    /// The chain accepts an end between the session's own and 90 days after its activation.
    pub fn with_renewals(mut self, max_renewals: u64, ends_at_ms: u64) -> Self {
        self.renewals = Some(Renewals {
            max_renewals,
            ends_at_ms,
        });
        self
    }

    /// The named actions; `None` when the grant is of all session actions.
    #[must_use]
    pub fn named_actions(&self) -> Option<&BTreeSet<u8>> {
        self.actions.as_ref()
    }

    /// The most debt that the session may cause, in MIST.
    #[must_use]
    pub fn max_debt(&self) -> Option<u64> {
        self.max_debt
    }

    /// How many authorizations the session gets, if there is such a limit.
    #[must_use]
    pub fn max_calls(&self) -> Option<u64> {
        self.max_calls
    }

    /// How fast it gets them, if there is such a limit.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.rate_limit
    }

    /// What it may draw from the owner's purse, in the order in which the coins were allowed.
    #[must_use]
    pub fn allowances(&self) -> &[CoinAllowance] {
        &self.allowances
    }

    /// How far it may renew itself, if at all.
    #[must_use]
    pub fn renewals(&self) -> Option<Renewals> {
        self.renewals
    }

    /// Whether the grant covers an action. Whether sessions may take it at all is for the dApp to say.
    #[must_use]
    pub fn allows(&self, action: u8) -> bool {
        self.actions
            .as_ref()
            .is_none_or(|actions| actions.contains(&action))
    }

    fn of(actions: Option<BTreeSet<u8>>) -> Self {
        Self {
            actions,
            max_debt: None,
            max_calls: None,
            rate_limit: None,
            allowances: Vec::new(),
            renewals: None,
        }
    }
}

/// The Move struct `valet::grant::Grant`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct MoveGrant {
    actions: MoveActions,
    max_debt: Option<u64>,
    max_calls: Option<u64>,
    rate_limit: Option<RateLimit>,
    allowances: Vec<CoinAllowance>,
    envelope: Option<Renewals>,
}

#[derive(Clone, Debug, Deserialize)]
enum MoveActions {
    All,
    /// A 256-bit mask in little-endian order.
    Only([u8; 32]),
}

/// The actions of Move's `valet::action_set::ActionSet`, a 256-bit mask in little-endian order.
pub(crate) fn actions_of(mask: [u8; 32]) -> BTreeSet<u8> {
    (0..=u8::MAX)
        .filter(|action| {
            mask.get(usize::from(action / 8))
                .is_some_and(|byte| byte >> (action % 8) & 1 == 1)
        })
        .collect()
}

impl From<MoveGrant> for Grant {
    fn from(grant: MoveGrant) -> Self {
        let actions = match grant.actions {
            MoveActions::All => None,
            MoveActions::Only(mask) => Some(actions_of(mask)),
        };
        Self {
            actions,
            max_debt: grant.max_debt,
            max_calls: grant.max_calls,
            rate_limit: grant.rate_limit,
            allowances: grant.allowances,
            renewals: grant.envelope,
        }
    }
}

/// A session's terms: how long, and what. Neither has a default: what a session may do is for the caller to say.
///
/// ```
/// use std::time::Duration;
/// use valet_client::{Grant, Terms};
///
/// let terms = Terms::lasting(Duration::from_secs(3_600), Grant::actions([0, 3]).with_max_calls(500));
/// assert_eq!(terms.duration_ms(), 3_600_000);
/// assert_eq!(terms.to_string(), "for 1h: actions 0, 3; at most 500 calls; debt up to the dApp's own ceiling; no coins; no renewals");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Terms {
    duration_ms: u64,
    grant: Grant,
}

impl Terms {
    /// A session of this length, from the moment it is activated on chain, that may do what `grant` says. The chain accepts one
    /// minute to seven days.
    pub fn lasting(duration: Duration, grant: Grant) -> Self {
        Self {
            duration_ms: limits::milliseconds(duration),
            grant,
        }
    }

    /// How long, in milliseconds.
    #[must_use]
    pub fn duration_ms(&self) -> u64 {
        self.duration_ms
    }

    /// What.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }
}
