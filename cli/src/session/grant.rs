//! The options that make a grant, and a grant in words.

use std::time::Duration;

use serde_json::{Value, json};
use sui_sdk_types::TypeTag;
use valet_client::{Allowance, Grant, RateLimit};

use crate::{money::coins, problem::Problem, units};

/// What the session may do. What is not named is refused.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "What the session may do")]
pub(crate) struct GrantArguments {
    /// The numbers of the actions that it may take, such as `0,1,3`, or `all` for every one that the dApp lets sessions take.
    #[arg(long, value_name = "NUMBERS|all", value_parser = parse_actions)]
    actions: Actions,

    /// How long, from one minute to seven days.
    #[arg(long = "for", value_name = "TIME", default_value = "1h", value_parser = units::parse_duration)]
    pub(crate) duration: Duration,

    /// At most this many calls.
    #[arg(long, value_name = "CALLS")]
    max_calls: Option<u64>,

    /// At most this fast: `5/1s` is five calls a second.
    #[arg(long, value_name = "CALLS/TIME", value_parser = parse_rate)]
    rate: Option<Rate>,

    /// At most this many calls at once, with --rate [default: as many as the rate].
    #[arg(long, value_name = "CALLS", requires = "rate")]
    burst: Option<u64>,

    /// May draw a coin from the purse: `sui=2sui`, `sui=2sui,call=0.5sui,window=1sui/1d` or `TYPE=AMOUNT`. May be repeated.
    #[arg(long, value_name = "COIN=AMOUNT", value_parser = parse_allowance)]
    allow: Vec<(TypeTag, Allowance)>,

    /// May cause at most this much debt.
    #[arg(long, value_name = "AMOUNT", value_parser = units::parse_sui)]
    max_debt: Option<u64>,

    /// May renew itself this many times.
    #[arg(long, value_name = "TIMES", requires = "renew_within")]
    renewals: Option<u64>,

    /// No renewal lets it live longer than this from now, at most 90 days.
    #[arg(long, value_name = "TIME", value_parser = units::parse_duration, requires = "renewals")]
    renew_within: Option<Duration>,
}

/// Which actions.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Actions {
    All,
    Only(Vec<u8>),
}

/// So many calls in such a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rate {
    calls: u64,
    interval: Duration,
}

impl GrantArguments {
    /// The grant, at this moment of the chain's clock.
    pub(crate) fn grant(&self, now_ms: u64) -> Result<Grant, Problem> {
        let mut grant = match &self.actions {
            Actions::All => Grant::all_session_actions(),
            Actions::Only(actions) => Grant::actions(actions.iter().copied()),
        };
        if let Some(calls) = self.max_calls {
            grant = grant.with_max_calls(calls);
        }
        if let Some(rate) = self.rate {
            let burst = self.burst.unwrap_or(rate.calls);
            grant = grant.with_rate_limit(RateLimit::new(burst, rate.calls, rate.interval));
        }
        for (index, (coin, allowance)) in self.allow.iter().enumerate() {
            if self.allow[..index].iter().any(|(other, _)| other == coin) {
                return Err(Problem::usage(format!("--allow names {coin} twice"))
                    .with_remedy("name each coin once"));
            }
            grant = grant.allow_coin(coin.clone(), *allowance);
        }
        if let Some(mist) = self.max_debt {
            grant = grant.with_max_debt(mist);
        }
        if let Some((renewals, within)) = self.renewals.zip(self.renew_within) {
            let within = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
            grant = grant.with_renewals(renewals, now_ms.saturating_add(within));
        }
        Ok(grant)
    }
}

/// What a grant lets a session do, a line for each limit.
pub(crate) fn lines(grant: &Grant) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    lines.push((
        "may take",
        match grant.named_actions() {
            None => "every action that the dApp lets sessions take".to_owned(),
            Some(actions) => {
                let numbers: Vec<_> = actions.iter().map(u8::to_string).collect();
                let ending = if numbers.len() == 1 { "" } else { "s" };
                format!("action{ending} {}", numbers.join(", "))
            }
        },
    ));
    lines.push((
        "calls",
        grant.max_calls().map_or_else(
            || "no limit".to_owned(),
            |calls| format!("at most {}", units::count(calls)),
        ),
    ));
    if let Some(rate) = grant.rate_limit() {
        lines.push(("rate", self::rate(&rate)));
    }
    for coin in grant.allowances() {
        let allowance = coin.allowance;
        let of = |amount| coins(&coin.coin_type, amount);
        let mut text = format!("{} of the purse", of(allowance.total()));
        if let Some(most) = allowance.max_per_call() {
            text.push_str(&format!(", {} a call", of(most)));
        }
        if let Some(window) = allowance.window() {
            text.push_str(&format!(
                ", {} every {}",
                of(window.capacity()),
                units::interval(window.interval_ms())
            ));
        }
        lines.push(("may draw", text));
    }
    if grant.allowances().is_empty() {
        lines.push(("may draw", "nothing".to_owned()));
    }
    lines.push((
        "debt",
        grant.max_debt().map_or_else(
            || "up to the dApp's own ceiling".to_owned(),
            |mist| format!("at most {}", units::sui(mist)),
        ),
    ));
    if let Some(renewals) = grant.renewals() {
        lines.push((
            "renewals",
            format!(
                "{}, until {}",
                units::plural(renewals.max_renewals, "time"),
                units::moment(renewals.ends_at_ms)
            ),
        ));
    }
    lines
}

/// A rate limit in words.
pub(crate) fn rate(limit: &RateLimit) -> String {
    format!(
        "{} every {}, {} at once",
        units::plural(limit.refill(), "call"),
        units::interval(limit.interval_ms()),
        units::count(limit.capacity())
    )
}

/// A grant as JSON.
pub(crate) fn fields(grant: &Grant) -> Value {
    json!({
        "actions": grant.named_actions(),
        "max_calls": grant.max_calls(),
        "rate_limit": grant.rate_limit().map(|limit| limit_fields(&limit)),
        "allowances": grant.allowances().iter().map(|coin| json!({
            "coin": coin.coin_type.to_string(),
            "total": coin.allowance.total(),
            "max_per_call": coin.allowance.max_per_call(),
            "window": coin.allowance.window().map(|window| limit_fields(&window)),
        })).collect::<Vec<_>>(),
        "max_debt_mist": grant.max_debt(),
        "renewals": grant.renewals().map(|renewals| json!({
            "max_renewals": renewals.max_renewals,
            "ends_at_ms": renewals.ends_at_ms,
        })),
    })
}

fn limit_fields(limit: &RateLimit) -> Value {
    json!({
        "capacity": limit.capacity(),
        "refill": limit.refill(),
        "interval_ms": limit.interval_ms(),
    })
}

fn parse_actions(text: &str) -> Result<Actions, String> {
    if text == "all" {
        return Ok(Actions::All);
    }
    text.split(',')
        .map(|number| number.trim().parse())
        .collect::<Result<_, _>>()
        .map(Actions::Only)
        .map_err(|_| format!("`{text}` is no list of actions; write numbers from 0 to 255, such as `0,1,3`, or `all`"))
}

fn parse_rate(text: &str) -> Result<Rate, String> {
    let wrong = || format!("`{text}` is no rate; write it as `5/1s`, five calls a second");
    let (calls, interval) = text.split_once('/').ok_or_else(wrong)?;
    Ok(Rate {
        calls: calls.trim().parse().map_err(|_| wrong())?,
        interval: units::parse_duration(interval).map_err(|_| wrong())?,
    })
}

fn parse_allowance(text: &str) -> Result<(TypeTag, Allowance), String> {
    let (coin, limits) = text.split_once('=').ok_or_else(|| {
        format!("`{text}` is no allowance; write it as `sui=2sui` or `TYPE=AMOUNT`")
    })?;
    let coin: TypeTag = match coin.trim() {
        "sui" | "SUI" => units::sui_type(),
        name => name.parse().map_err(|_| {
            format!("`{name}` is no coin type; write `sui`, or a type such as `0x2::sui::SUI`")
        })?,
    };
    let mut parts = limits.split(',');
    let total = units::parse_coin(&coin, parts.next().unwrap_or_default())?;
    let mut allowance = Allowance::new(total);
    for part in parts {
        allowance = match part.split_once('=') {
            Some(("call", amount)) => {
                allowance.with_max_per_call(units::parse_coin(&coin, amount)?)
            }
            Some(("window", window)) => {
                let (amount, time) = window
                    .split_once('/')
                    .ok_or_else(|| format!("`{window}` is no window; write it as `1sui/1d`"))?;
                allowance.with_window(
                    units::parse_coin(&coin, amount)?,
                    units::parse_duration(time)?,
                )
            }
            _ => {
                return Err(format!(
                    "`{part}` is no limit of an allowance; say `call=AMOUNT` or `window=AMOUNT/TIME`"
                ));
            }
        };
    }
    Ok((coin, allowance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d13_limits_are_read_as_they_are_written() {
        assert_eq!(parse_actions("all"), Ok(Actions::All));
        assert_eq!(
            parse_actions("0, 1,255"),
            Ok(Actions::Only(vec![0, 1, 255]))
        );
        for text in ["", "256", "1,,2", "-1", "ALL!"] {
            assert!(parse_actions(text).is_err(), "{text}");
        }
        let rate = Rate {
            calls: 5,
            interval: Duration::from_secs(1),
        };
        assert_eq!(parse_rate("5/1s"), Ok(rate));
        for text in ["5", "5/", "/1s", "x/1s", "5/1"] {
            assert!(parse_rate(text).is_err(), "{text}");
        }
        let expected = Allowance::new(2_000_000_000)
            .with_max_per_call(500_000_000)
            .with_window(1_000_000_000, Duration::from_secs(86_400));
        assert_eq!(
            parse_allowance("sui=2sui,call=0.5sui,window=1sui/1d"),
            Ok((units::sui_type(), expected))
        );
        assert_eq!(
            parse_allowance("0xa::gem::GEM=7").map(|(_, allowance)| allowance),
            Ok(Allowance::new(7))
        );
        for text in [
            "sui",
            "sui=2",
            "x=1sui",
            "sui=1sui,day=1sui",
            "sui=1sui,window=1sui",
            "0xa::gem::GEM=1.5",
        ] {
            assert!(parse_allowance(text).is_err(), "{text}");
        }
    }

    #[test]
    fn d13_a_grant_is_shown_with_every_limit_it_has() {
        let grant = Grant::actions([3, 0])
            .with_max_calls(1_000)
            .with_rate_limit(RateLimit::new(20, 5, Duration::from_secs(1)))
            .allow_coin(
                units::sui_type(),
                Allowance::new(2_000_000_000)
                    .with_max_per_call(500_000_000)
                    .with_window(1_000_000_000, Duration::from_secs(86_400)),
            )
            .with_max_debt(50_000_000)
            .with_renewals(3, 1_795_273_445_000);
        assert_eq!(
            lines(&grant),
            [
                ("may take", "actions 0, 3".to_owned()),
                ("calls", "at most 1,000".to_owned()),
                ("rate", "5 calls every 1s, 20 at once".to_owned()),
                (
                    "may draw",
                    "2 SUI of the purse, 0.5 SUI a call, 1 SUI every 1d".to_owned()
                ),
                ("debt", "at most 0.05 SUI".to_owned()),
                (
                    "renewals",
                    "3 times, until 2026-11-21 15:04:05 UTC".to_owned()
                ),
            ]
        );
        assert_eq!(
            lines(&Grant::all_session_actions())[..2],
            [
                (
                    "may take",
                    "every action that the dApp lets sessions take".to_owned()
                ),
                ("calls", "no limit".to_owned()),
            ]
        );
    }
}
