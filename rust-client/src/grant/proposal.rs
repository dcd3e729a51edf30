//! Holding a proposal against what the game asks for at most.

use std::fmt;

use sui_sdk_types::TypeTag;

use super::{Grant, Terms};
use crate::{Allowance, Error, RateLimit};

/// Where a proposal goes beyond its maximum.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Excess {
    /// It lasts longer.
    Duration,
    /// It names an action that the maximum does not; `None`: it names none and so covers all.
    Action(Option<u8>),
    /// It has more calls, or no limit of calls.
    Calls,
    /// It is faster in one of the numbers of its rate limit, or has no such limit.
    Rate,
    /// It may cause more debt, or has no ceiling.
    Debt,
    /// It may draw more of this coin, in one of the numbers of its allowance.
    Coin(TypeTag),
    /// It may renew itself more often, or for longer.
    Renewals,
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duration => f.write_str("a longer session"),
            Self::Action(None) => f.write_str("every action"),
            Self::Action(Some(action)) => write!(f, "action {action}"),
            Self::Calls => f.write_str("more calls"),
            Self::Rate => f.write_str("a faster rate"),
            Self::Debt => f.write_str("more debt"),
            Self::Coin(coin) => write!(f, "more of the coin {coin}"),
            Self::Renewals => f.write_str("more renewals"),
        }
    }
}

impl Terms {
    /// Refuses these terms when they go beyond `most` in anything. For terms that come from outside: a server's proposal is
    /// held against what the game itself asks for at most, before it is shown to the owner with `Display`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use valet_client::{Error, Excess, Grant, Terms};
    ///
    /// let hour = Duration::from_secs(3_600);
    /// let most = Terms::lasting(hour, Grant::actions([0, 1, 3]).with_max_calls(500));
    /// let proposed = Terms::lasting(hour, Grant::actions([0]).with_max_calls(100));
    /// assert!(proposed.within(&most).is_ok());
    ///
    /// let wider = Terms::lasting(hour, Grant::actions([0]));
    /// let refused = wider.within(&most).unwrap_err();
    /// assert!(matches!(refused, Error::TooWide { excess } if excess == [Excess::Calls]));
    /// ```
    ///
    /// # Errors
    /// [`Error::TooWide`] with everything in which they go beyond it.
    pub fn within(self, most: &Self) -> Result<Self, Error> {
        let mut excess = self.grant.beyond(&most.grant);
        if self.duration_ms > most.duration_ms {
            excess.insert(0, Excess::Duration);
        }
        if excess.is_empty() {
            Ok(self)
        } else {
            Err(Error::TooWide { excess })
        }
    }
}

impl Grant {
    /// In what this grant goes beyond `most`: nothing when whatever it allows, `most` allows too.
    #[must_use]
    pub fn beyond(&self, most: &Self) -> Vec<Excess> {
        let mut excess = Vec::new();
        match (&self.actions, &most.actions) {
            (_, None) => {}
            (None, Some(_)) => excess.push(Excess::Action(None)),
            (Some(actions), Some(allowed)) => {
                let others = actions.difference(allowed);
                excess.extend(others.map(|action| Excess::Action(Some(*action))));
            }
        }
        if is_more(self.max_calls, most.max_calls) {
            excess.push(Excess::Calls);
        }
        if is_faster(self.rate_limit, most.rate_limit) {
            excess.push(Excess::Rate);
        }
        if is_more(self.max_debt, most.max_debt) {
            excess.push(Excess::Debt);
        }
        for coin in &self.allowances {
            let allowed = most
                .allowances
                .iter()
                .find(|allowed| allowed.coin_type == coin.coin_type);
            if allowed.is_none_or(|allowed| draws_more(&coin.allowance, &allowed.allowance)) {
                excess.push(Excess::Coin(coin.coin_type.clone()));
            }
        }
        let renews_more = self.renewals.is_some_and(|renewals| {
            most.renewals.is_none_or(|allowed| {
                renewals.max_renewals > allowed.max_renewals
                    || renewals.ends_at_ms > allowed.ends_at_ms
            })
        });
        if renews_more {
            excess.push(Excess::Renewals);
        }
        excess
    }
}

/// No limit is more than any.
fn is_more(limit: Option<u64>, most: Option<u64>) -> bool {
    most.is_some_and(|most| limit.is_none_or(|limit| limit > most))
}

/// Number by number: a burst after a longer pause can pass a limit that is lower on average.
fn is_faster(limit: Option<RateLimit>, most: Option<RateLimit>) -> bool {
    most.is_some_and(|most| {
        limit.is_none_or(|limit| {
            limit.capacity() > most.capacity()
                || limit.refill() > most.refill()
                || limit.interval_ms() < most.interval_ms()
        })
    })
}

fn draws_more(allowance: &Allowance, most: &Allowance) -> bool {
    allowance.total() > most.total()
        || is_more(allowance.max_per_call(), most.max_per_call())
        || is_faster(allowance.window(), most.window())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ptb::sui;

    const SECOND: Duration = Duration::from_secs(1);

    fn most() -> Grant {
        Grant::actions([0, 3])
            .with_max_calls(10)
            .with_rate_limit(RateLimit::new(5, 2, SECOND))
            .with_max_debt(100)
            .allow_coin(
                sui(),
                Allowance::new(50)
                    .with_max_per_call(5)
                    .with_window(20, SECOND),
            )
            .with_renewals(2, 1_000)
    }

    fn coin() -> Vec<Excess> {
        vec![Excess::Coin(sui())]
    }

    #[test]
    fn t32_what_is_as_narrow_is_accepted() {
        assert_eq!(most().beyond(&most()), []);
        let narrower = Grant::actions([3])
            .with_max_calls(9)
            .with_rate_limit(RateLimit::new(4, 1, SECOND * 2))
            .with_max_debt(0);
        assert_eq!(narrower.beyond(&most()), []);
        assert_eq!(
            most().beyond(&Grant::all_session_actions()),
            [Excess::Coin(sui()), Excess::Renewals]
        );
    }

    #[test]
    fn t32_a_wider_proposal_is_refused_in_each_of_its_limits() {
        let allow = |allowance| most().allow_coin(sui(), allowance);
        let rate = |capacity, refill, interval| {
            most().with_rate_limit(RateLimit::new(capacity, refill, interval))
        };
        for (wider, excess) in [
            (most().with_max_calls(11), vec![Excess::Calls]),
            (rate(6, 2, SECOND), vec![Excess::Rate]),
            (rate(5, 3, SECOND), vec![Excess::Rate]),
            (rate(5, 2, SECOND / 2), vec![Excess::Rate]),
            (most().with_max_debt(101), vec![Excess::Debt]),
            (most().with_renewals(3, 1_000), vec![Excess::Renewals]),
            (most().with_renewals(2, 1_001), vec![Excess::Renewals]),
            (allow(Allowance::new(50)), coin()),
            (allow(Allowance::new(50).with_max_per_call(5)), coin()),
            (
                allow(
                    Allowance::new(51)
                        .with_max_per_call(5)
                        .with_window(20, SECOND),
                ),
                coin(),
            ),
            (
                allow(
                    Allowance::new(50)
                        .with_max_per_call(5)
                        .with_window(21, SECOND),
                ),
                coin(),
            ),
            (
                Grant::actions([0, 1, 7]),
                vec![
                    Excess::Action(Some(1)),
                    Excess::Action(Some(7)),
                    Excess::Calls,
                    Excess::Rate,
                    Excess::Debt,
                ],
            ),
            (
                Grant::all_session_actions(),
                vec![
                    Excess::Action(None),
                    Excess::Calls,
                    Excess::Rate,
                    Excess::Debt,
                ],
            ),
        ] {
            assert_eq!(wider.beyond(&most()), excess, "{wider}");
        }
    }

    #[test]
    fn t32_a_longer_session_is_refused() {
        let terms = |ms| Terms::lasting(Duration::from_millis(ms), most());
        assert_eq!(
            terms(60_000).within(&terms(60_000)).ok(),
            Some(terms(60_000))
        );
        let error = terms(60_001).within(&terms(60_000)).expect_err("longer");
        assert!(error.to_string().contains("a longer session"), "{error}");
    }
}
