//! Terms in words, for the owner to read before signing.

use std::fmt;

use super::{Grant, Terms};
use crate::{CoinAllowance, RateLimit};

impl fmt::Display for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "for {}: {}", Span(self.duration_ms), self.grant)
    }
}

/// Every limit there is, and of every limit that is missing that it is.
impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.actions {
            None => f.write_str("every action that the dApp opens to sessions, now or later")?,
            Some(actions) if actions.is_empty() => f.write_str("no action")?,
            Some(actions) => {
                f.write_str(if actions.len() == 1 {
                    "action "
                } else {
                    "actions "
                })?;
                for (index, action) in actions.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{action}")?;
                }
            }
        }
        match self.max_calls {
            None => f.write_str("; any number of calls")?,
            Some(1) => f.write_str("; at most 1 call")?,
            Some(calls) => write!(f, "; at most {calls} calls")?,
        }
        if let Some(limit) = &self.rate_limit {
            write!(f, " ({})", Rate(limit))?;
        }
        match self.max_debt {
            None => f.write_str("; debt up to the dApp's own ceiling")?,
            Some(mist) => write!(f, "; at most {mist} MIST of debt")?,
        }
        if self.allowances.is_empty() {
            f.write_str("; no coins")?;
        }
        for coin in &self.allowances {
            write!(f, "; {}", Coin(coin))?;
        }
        match self.renewals {
            None => f.write_str("; no renewals"),
            Some(renewals) => write!(
                f,
                "; up to {} renewals by itself, ending at {} ms since 1970 at the latest",
                renewals.max_renewals, renewals.ends_at_ms
            ),
        }
    }
}

struct Rate<'a>(&'a RateLimit);

impl fmt::Display for Rate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (capacity, refill) = (self.0.capacity(), self.0.refill());
        write!(
            f,
            "{capacity} at once, {refill} more every {}",
            Span(self.0.interval_ms())
        )
    }
}

struct Coin<'a>(&'a CoinAllowance);

impl fmt::Display for Coin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let allowance = &self.0.allowance;
        write!(
            f,
            "at most {} of {} from the purse",
            allowance.total(),
            self.0.coin_type
        )?;
        if let Some(max) = allowance.max_per_call() {
            write!(f, ", {max} a call")?;
        }
        if let Some(window) = allowance.window() {
            write!(
                f,
                ", {} every {}",
                window.capacity(),
                Span(window.interval_ms())
            )?;
        }
        Ok(())
    }
}

/// Milliseconds in the units that people use.
struct Span(u64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 5] = [
            (86_400_000, "d"),
            (3_600_000, "h"),
            (60_000, "m"),
            (1_000, "s"),
            (1, "ms"),
        ];
        let mut rest = self.0;
        let mut is_first = true;
        for (size, name) in UNITS {
            let count = rest / size;
            rest %= size;
            if count > 0 {
                let space = if is_first { "" } else { " " };
                write!(f, "{space}{count}{name}")?;
                is_first = false;
            }
        }
        if is_first {
            f.write_str("0ms")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Allowance, ptb::sui};

    #[test]
    fn t32_a_proposed_grant_is_shown_with_every_limit_and_every_missing_one() {
        let wide = Terms::lasting(Duration::from_secs(604_800), Grant::all_session_actions());
        assert_eq!(
            wide.to_string(),
            "for 7d: every action that the dApp opens to sessions, now or later; any number of calls; debt up to the dApp's own \
             ceiling; no coins; no renewals"
        );
        let narrow = Grant::actions([3])
            .with_max_calls(1)
            .with_rate_limit(RateLimit::new(20, 5, Duration::from_millis(1_500)))
            .with_max_debt(7)
            .allow_coin(
                sui(),
                Allowance::new(10)
                    .with_max_per_call(2)
                    .with_window(4, Duration::from_secs(86_400)),
            )
            .with_renewals(2, 99);
        assert_eq!(
            narrow.to_string(),
            "action 3; at most 1 call (20 at once, 5 more every 1s 500ms); at most 7 MIST of debt; at most 10 of \
             0x0000000000000000000000000000000000000000000000000000000000000002::sui::SUI from the purse, 2 a call, 4 every 1d; \
             up to 2 renewals by itself, ending at 99 ms since 1970 at the latest"
        );
        assert!(Grant::actions([]).to_string().starts_with("no action;"));
        assert_eq!(Span(0).to_string(), "0ms");
    }
}
