//! What an owner lets a session do.

use std::{collections::BTreeSet, time::Duration};

/// What a session may do: the mirror of Move's `valet::grant::Grant`. What it does not name is refused.
///
/// ```
/// use valet_client::Grant;
///
/// let grant = Grant::actions([0, 1]).with_max_debt(50_000_000);
/// assert!(grant.allows(1) && !grant.allows(2));
/// assert_eq!(grant.max_debt(), Some(50_000_000));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Grant {
    actions: Option<BTreeSet<u8>>,
    max_debt: Option<u64>,
}

impl Grant {
    /// Every action that the dApp lets sessions take, never an owner-only one.
    pub fn all_session_actions() -> Self {
        Self {
            actions: None,
            max_debt: None,
        }
    }

    /// The named actions, and of those only what the dApp lets sessions take. The chain refuses an empty grant.
    pub fn actions(actions: impl IntoIterator<Item = u8>) -> Self {
        Self {
            actions: Some(actions.into_iter().collect()),
            max_debt: None,
        }
    }

    /// Limits the debt that the session may cause over its life, in MIST. A ceiling of 0 allows only writes that cost
    /// nothing.
    pub fn with_max_debt(mut self, mist: u64) -> Self {
        self.max_debt = Some(mist);
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

    /// Whether the grant covers an action. Whether sessions may take it at all is for the dApp to say.
    #[must_use]
    pub fn allows(&self, action: u8) -> bool {
        self.actions
            .as_ref()
            .is_none_or(|actions| actions.contains(&action))
    }
}

/// A session's terms: how long, and what.
///
/// ```
/// use std::time::Duration;
/// use valet_client::{Grant, Terms};
///
/// let terms = Terms::lasting(Duration::from_secs(3_600)).with_grant(Grant::actions([0]));
/// assert_eq!(terms.duration_ms(), 3_600_000);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Terms {
    duration_ms: u64,
    grant: Grant,
}

impl Terms {
    /// A session of this length, from the moment it is activated on chain, that may take every action the dApp lets
    /// sessions take. The chain accepts one minute to seven days.
    pub fn lasting(duration: Duration) -> Self {
        Self {
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            grant: Grant::all_session_actions(),
        }
    }

    /// Narrows what the session may do.
    pub fn with_grant(mut self, grant: Grant) -> Self {
        self.grant = grant;
        self
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
