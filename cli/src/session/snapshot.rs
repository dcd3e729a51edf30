//! A session as the chain has it at one moment: what `session status` prints and the live view draws.

use serde_json::{Value, json};
use sui_sdk_types::{Address, TypeTag};
use valet_client::{
    Account, AllowanceStatus, EndedSession, Error, MaxLoss, Phase, SessionStatus, Status,
};

use super::grant;
use crate::{money::coins, problem::Problem, units};

/// A session is low when its float lasts for fewer actions, as for the client's own.
const LOW_ACTIONS: u64 = 20;
/// What an action costs at the least, in units of computation: the protocol's floor, which silent actions stay at, and a tenth
/// for storage.
const UNITS_PER_ACTION: u64 = 1_100;
/// What an action may cost, in MIST: with less than this the session sends none.
const ACTION_BUDGET: u64 = 20_000_000;

/// What there is to see: a session in the client's words, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Badge {
    /// The owner has no account in the dApp.
    NoAccount,
    /// No session was ever activated.
    NoSession,
    /// Where the session is in its life, or the one that ended last.
    Phase(Phase),
}

/// Everything that is shown of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// The chain's clock.
    pub(crate) now_ms: u64,
    /// Whose account.
    pub(crate) owner: Address,
    /// The account, if it exists.
    pub(crate) status: Option<Status>,
    /// What the session key holds for gas, in MIST.
    pub(crate) float: u64,
    /// The network's gas price, in MIST.
    pub(crate) gas_price: u64,
    /// What the purse holds of each coin that the session may draw.
    pub(crate) purse: Vec<u64>,
}

impl Badge {
    /// The word in the badge.
    pub(crate) fn name(self) -> String {
        match self {
            Self::NoAccount => "no account".to_owned(),
            Self::NoSession => "no session".to_owned(),
            Self::Phase(phase) => phase.to_string(),
        }
    }

    /// Whether the session can act.
    pub(crate) fn is_live(self) -> bool {
        matches!(self, Self::Phase(Phase::Active | Phase::Low))
    }
}

impl Snapshot {
    /// Reads everything: the account, the clock, the float and the purse.
    pub(crate) async fn read(account: &Account) -> Result<Self, Problem> {
        let network = account.valet().network();
        let status = async {
            match account.status().await {
                Err(Error::NotOnboarded { .. }) => Ok(None),
                other => other.map(Some),
            }
        };
        let (status, now_ms) = tokio::try_join!(status, network.now_ms())?;
        let session = status.as_ref().and_then(|status| status.session.as_ref());
        let mut float = 0;
        let mut purse = Vec::new();
        if let Some(session) = session {
            let wealth = network.wealth(session.wallet).await?;
            float = wealth.coins.saturating_add(wealth.address_balance);
            for coin in session.grant.allowances() {
                purse.push(account.purse(&coin.coin_type).await?);
            }
        }
        Ok(Self {
            now_ms,
            owner: account.owner(),
            status,
            float,
            gas_price: network.gas_price().await,
            purse,
        })
    }

    /// The session that is registered, live or expired.
    pub(crate) fn session(&self) -> Option<&SessionStatus> {
        self.status.as_ref()?.session.as_ref()
    }

    /// The session that ended last, if none is registered.
    fn ended(&self) -> Option<&EndedSession> {
        let status = self.status.as_ref()?;
        match status.session {
            None => status.ended_session.as_ref(),
            Some(_) => None,
        }
    }

    /// Milliseconds until the session is refused.
    pub(crate) fn remaining_ms(&self) -> u64 {
        self.session().map_or(0, |session| {
            session.expires_at_ms.saturating_sub(self.now_ms)
        })
    }

    /// For about how many actions the float lasts; the budget of the last one must be there, though it is not used up.
    pub(crate) fn runway(&self) -> u64 {
        let Some(spare) = self.float.checked_sub(ACTION_BUDGET) else {
            return 0;
        };
        let price = self.gas_price.saturating_mul(UNITS_PER_ACTION).max(1);
        (spare / price).saturating_add(1)
    }

    /// What the session is worth now.
    pub(crate) fn badge(&self) -> Badge {
        if self.status.is_none() {
            return Badge::NoAccount;
        }
        match (self.session(), self.ended()) {
            (Some(session), _) => {
                Badge::Phase(session.phase(self.now_ms, self.runway() < LOW_ACTIONS))
            }
            (None, Some(ended)) => Badge::Phase(ended.phase()),
            (None, None) => Badge::NoSession,
        }
    }

    /// `12 / 100 calls remaining`.
    pub(crate) fn calls_line(&self) -> Option<String> {
        let session = self.session()?;
        Some(
            match session.grant.max_calls().zip(session.remaining_calls) {
                Some((max, left)) => format!(
                    "{} / {} remaining",
                    units::count(left),
                    units::plural(max, "call")
                ),
                None => "no limit on calls".to_owned(),
            },
        )
    }

    /// `5h 23m remaining`.
    pub(crate) fn time_line(&self) -> Option<String> {
        let session = self.session()?;
        Some(if session.is_active(self.now_ms) {
            format!("{} remaining", units::duration(self.remaining_ms()))
        } else {
            format!("expired at {}", units::moment(session.expires_at_ms))
        })
    }

    /// `0.5 SUI, about 437 actions`.
    pub(crate) fn float_line(&self) -> String {
        format!(
            "{}, about {}",
            units::sui(self.float),
            units::plural(self.runway(), "action")
        )
    }

    /// `1.5 of 2 SUI left, 0.5 SUI now` for each coin that it may draw.
    pub(crate) fn allowance_lines(&self) -> Vec<String> {
        let Some(session) = self.session() else {
            return Vec::new();
        };
        let granted = session.grant.allowances().iter();
        granted
            .zip(session.allowances(self.now_ms))
            .zip(&self.purse)
            .map(|((coin, left), purse)| {
                format!(
                    "{} of {} left, {} now; purse {}",
                    amount(&coin.coin_type, left.remaining),
                    coins(&coin.coin_type, coin.allowance.total()),
                    coins(&coin.coin_type, left.available),
                    coins(&coin.coin_type, *purse),
                )
            })
            .collect()
    }

    /// `3 of 5 calls now, 5 calls every 1s`.
    pub(crate) fn rate_line(&self) -> Option<String> {
        let session = self.session()?;
        let limit = session.grant.rate_limit()?;
        let now = session.calls_now(self.now_ms)?;
        Some(format!(
            "{} now; {}",
            units::plural(now, "call"),
            grant::rate(&limit)
        ))
    }

    /// `0.012 / 0.05 SUI of debt remaining`.
    pub(crate) fn debt_line(&self) -> Option<String> {
        let session = self.session()?;
        Some(
            match session.grant.max_debt().zip(session.remaining_debt()) {
                Some((max, left)) => format!(
                    "{} caused, {} of {} remaining",
                    units::sui(session.debt),
                    amount(&units::sui_type(), left),
                    units::sui(max)
                ),
                None => format!("{} caused, no limit of its own", units::sui(session.debt)),
            },
        )
    }

    /// `2 renewals remaining, until …`.
    pub(crate) fn renewals_line(&self) -> Option<String> {
        let session = self.session()?;
        let (renewals, left) = session.grant.renewals().zip(session.remaining_renewals)?;
        Some(format!(
            "{} remaining, until {}",
            units::plural(left, "renewal"),
            units::moment(renewals.ends_at_ms)
        ))
    }

    /// The most that the session can still cost.
    pub(crate) fn max_loss_line(&self) -> Option<String> {
        let status = self.status.as_ref()?;
        let loss = status.max_loss(self.now_ms);
        let mut parts: Vec<_> = loss
            .coins
            .iter()
            .map(|coin| coins(&coin.coin_type, coin.amount))
            .collect();
        parts.push(format!("{} of gas", units::sui(self.float)));
        parts.push(loss.debt.map_or_else(
            || "debt up to the dApp's ceiling".to_owned(),
            |mist| format!("{} of debt", units::sui(mist)),
        ));
        Some(parts.join(", "))
    }

    /// Everything in words.
    pub(crate) fn text(&self) -> String {
        let badge = self.badge();
        let mut text = format!("[{}]", badge.name());
        let Some(session) = self.session() else {
            text.push_str(&format!(" {}", self.owner));
            if let Some(ended) = self.ended() {
                text.push_str(&format!(
                    "\n  last session  {}, {}",
                    ended.wallet,
                    super::why(ended.reason)
                ));
            }
            text.push_str("\n\nStart one with `valet session start`.");
            return text;
        };
        text.push_str(&format!(" {}", session.wallet));
        let mut line = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                text.push_str(&format!("\n  {name:<10}{value}"));
            }
        };
        line("owner", Some(self.owner.to_string()));
        line("time", self.time_line());
        line("calls", self.calls_line());
        line("rate", self.rate_line());
        line(
            "actions",
            grant::lines(&session.grant)
                .into_iter()
                .next()
                .map(|(_, actions)| actions),
        );
        for allowance in self.allowance_lines() {
            line("may draw", Some(allowance));
        }
        line("debt", self.debt_line());
        line("renewals", self.renewals_line());
        line("float", Some(self.float_line()));
        line("at risk", self.max_loss_line().filter(|_| badge.is_live()));
        text
    }

    /// Everything for machines.
    pub(crate) fn json(&self) -> Value {
        json!({
            "badge": self.badge().name(),
            "now_ms": self.now_ms,
            "owner": self.owner.to_string(),
            "session": self.session().map(|session| self.session_fields(session)),
            "ended_session": self.ended().map(|ended| json!({
                "wallet": ended.wallet.to_string(),
                "generation": ended.generation,
                "reason": super::reason_name(ended.reason),
            })),
            "float_mist": self.float,
            "runway_actions": self.runway(),
            "max_loss": self.status.as_ref().map(|status| max_loss_fields(&status.max_loss(self.now_ms))),
            "account": self.status.as_ref().map(|status| json!({
                "storage": status.storage.to_string(),
                "debt_mist": status.debt,
                "unsettled_writes": status.unsettled_writes,
                "write_count": status.write_count,
            })),
        })
    }

    fn session_fields(&self, session: &SessionStatus) -> Value {
        let allowances: Vec<AllowanceStatus> = session.allowances(self.now_ms);
        json!({
            "wallet": session.wallet.to_string(),
            "generation": session.generation,
            "expires_at_ms": session.expires_at_ms,
            "remaining_ms": self.remaining_ms(),
            "remaining_calls": session.remaining_calls,
            "calls_now": session.calls_now(self.now_ms),
            "remaining_renewals": session.remaining_renewals,
            "debt_mist": session.debt,
            "remaining_debt_mist": session.remaining_debt(),
            "allowances": allowances.iter().zip(&self.purse).map(|(left, purse)| json!({
                "coin": left.coin_type.to_string(),
                "remaining": left.remaining,
                "available": left.available,
                "purse": purse,
            })).collect::<Vec<_>>(),
            "grant": grant::fields(&session.grant),
        })
    }
}

/// A risk for machines.
fn max_loss_fields(loss: &MaxLoss) -> Value {
    json!({
        "coins": loss.coins.iter().map(|coin| json!({
            "coin": coin.coin_type.to_string(),
            "amount": coin.amount,
        })).collect::<Vec<_>>(),
        "debt_mist": loss.debt,
    })
}

/// An amount without its coin's name, which follows.
fn amount(coin: &TypeTag, amount: u64) -> String {
    let text = coins(coin, amount);
    text.split(' ').next().unwrap_or(&text).to_owned()
}
