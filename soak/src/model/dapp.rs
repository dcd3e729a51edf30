//! A dApp: who may write, at what price, and the credit that pays.

use crate::{
    layout::{Credit, FreeCredit},
    model::limits::mask,
    refusal::Refusal,
    script::{Affair, Deed},
    world::Kind,
};

const FEE_DELAY_MS: u64 = 172_800_000;
const MAX_FREE_CREDIT_MS: u64 = 31_622_400_000;
const DEFAULT_FEES: (u64, u64) = (1_000, 10);

/// A dApp's configuration and credit.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    kind: Kind,
    pub(crate) is_paused: bool,
    pub(crate) is_suspended: bool,
    pub(crate) session_actions: [u8; 32],
    /// Per write and per byte.
    pub(crate) fees: (u64, u64),
    /// The fees that wait, and until when.
    pub(crate) increase: Option<((u64, u64), u64)>,
    pub(crate) max_unsettled_writes: u64,
    pub(crate) credit: Credit,
    /// What the treasury got.
    pub(crate) collected: u128,
}

impl Config {
    pub(crate) fn new(kind: Kind) -> Self {
        let actions: &[u8] = match kind {
            Kind::Arena => &[0, 1, 2, 3],
            Kind::Bazaar => &[0, 1, 2],
        };
        Self {
            kind,
            is_paused: false,
            is_suspended: false,
            session_actions: mask(actions),
            fees: DEFAULT_FEES,
            increase: None,
            max_unsettled_writes: 1_000,
            credit: Credit::default(),
            collected: 0,
        }
    }

    /// Whether the dApp has a function for it.
    pub(crate) fn understands(&self, deed: &Deed) -> bool {
        match deed {
            Deed::Arena(_) => self.kind == Kind::Arena,
            Deed::Bazaar(_) => self.kind == Kind::Bazaar,
            _ => true,
        }
    }

    /// Whether the dApp takes writes.
    pub(crate) fn writable(&self) -> Result<(), Refusal> {
        if self.is_suspended {
            return Err(Refusal::SUSPENDED);
        }
        if self.is_paused {
            return Err(Refusal::PAUSED);
        }
        Ok(())
    }

    pub(crate) fn price(&self, bytes: u64) -> u64 {
        self.fees.0 + self.fees.1 * bytes
    }

    /// What there is of free credit.
    pub(crate) fn free_at(&self, now_ms: u64) -> u64 {
        match self.credit.free {
            Some(free) if now_ms < free.expires_at_ms => free.amount,
            _ => 0,
        }
    }

    /// Pays as much of `due` as there is, free credit first, then credit, then what a user adds; what free credit and
    /// credit paid, and what the user did.
    pub(crate) fn pay(&mut self, due: u64, user: u64, now_ms: u64) -> (u64, u64) {
        let free = due.min(self.free_at(now_ms));
        if free > 0 {
            self.credit.free = self.credit.free.and_then(|credit| {
                let amount = credit.amount - free;
                (amount > 0).then_some(FreeCredit { amount, ..credit })
            });
        }
        let held = (due - free).min(self.credit.held);
        let user = (due - free - held).min(user);
        self.credit.held -= held;
        self.credit.settled += held + user;
        self.credit.totals.settled += u128::from(held);
        self.credit.totals.paid_by_users += u128::from(user);
        (free + held, user)
    }

    pub(crate) fn affair(&mut self, affair: &Affair, now_ms: u64) -> Result<(), Refusal> {
        let credit = &mut self.credit;
        match affair {
            Affair::Recharge { amount } => {
                nonzero(*amount)?;
                credit.held += amount;
                credit.totals.recharged += u128::from(*amount);
            }
            Affair::Collect => {
                if credit.settled == 0 {
                    return Err(Refusal::NOTHING_SETTLED);
                }
                self.collected += u128::from(credit.settled);
                credit.settled = 0;
            }
            Affair::Refund { amount } => {
                nonzero(*amount)?;
                let left = credit.held.checked_sub(*amount);
                let left = left.ok_or(Refusal::REFUND_TOO_LARGE)?;
                if credit.reserve.is_some_and(|reserve| left < reserve) {
                    return Err(Refusal::RESERVED);
                }
                credit.held = left;
                credit.totals.refunded += u128::from(*amount);
            }
            Affair::Resume => {
                if !self.is_suspended {
                    return Err(Refusal::NOT_SUSPENDED);
                }
                let reserve = credit.reserve.ok_or(Refusal::NO_MINIMUM)?;
                if credit.held < reserve {
                    return Err(Refusal::BELOW_MINIMUM);
                }
                self.is_suspended = false;
            }
            Affair::Suspend { min_credit } => {
                self.is_suspended = true;
                credit.reserve = *min_credit;
            }
            Affair::Unsuspend => {
                self.is_suspended = false;
                credit.reserve = None;
            }
            Affair::Pause => self.is_paused = true,
            Affair::Unpause => self.is_paused = false,
            Affair::SetCeiling { writes } => {
                if !(1..=1_000_000).contains(writes) {
                    return Err(Refusal::INVALID_CEILING);
                }
                self.max_unsettled_writes = *writes;
            }
            Affair::SetSessionActions { actions } => {
                let mut named = actions.clone();
                named.sort_unstable();
                named.dedup();
                if named.len() < actions.len() {
                    return Err(Refusal::DUPLICATE_ACTION);
                }
                self.session_actions = mask(actions);
            }
            Affair::GrantFree {
                amount,
                expires_at_ms,
            } => {
                nonzero(*amount)?;
                self.assert_expiry(*expires_at_ms, now_ms)?;
                self.credit.free = Some(FreeCredit {
                    amount: self.free_at(now_ms) + amount,
                    expires_at_ms: *expires_at_ms,
                });
            }
            Affair::ExtendFree { expires_at_ms } => {
                let amount = self.free_at(now_ms);
                if amount == 0 {
                    return Err(Refusal::NO_FREE_CREDIT);
                }
                self.assert_expiry(*expires_at_ms, now_ms)?;
                self.credit.free = Some(FreeCredit {
                    amount,
                    expires_at_ms: *expires_at_ms,
                });
            }
            Affair::RevokeFree => {
                credit.free.take().ok_or(Refusal::NO_FREE_CREDIT)?;
            }
            Affair::LowerFees {
                per_write,
                per_byte,
            } => {
                if *per_write > self.fees.0 || *per_byte > self.fees.1 {
                    return Err(Refusal::FEE_INCREASE);
                }
                self.fees = (*per_write, *per_byte);
                self.increase = None;
            }
            Affair::AnnounceFees {
                per_write,
                per_byte,
            } => self.announce(*per_write, *per_byte, now_ms)?,
            Affair::ApplyFees => {
                let (fees, at_ms) = self.increase.ok_or(Refusal::NO_INCREASE)?;
                if now_ms < at_ms {
                    return Err(Refusal::INCREASE_TOO_EARLY);
                }
                self.fees = fees;
                self.increase = None;
            }
        }
        Ok(())
    }

    fn announce(&mut self, per_write: u64, per_byte: u64, now_ms: u64) -> Result<(), Refusal> {
        if self.increase.is_some() {
            return Err(Refusal::INCREASE_ANNOUNCED);
        }
        if per_write <= self.fees.0 && per_byte <= self.fees.1 {
            return Err(Refusal::NOT_AN_INCREASE);
        }
        let most = (
            DEFAULT_FEES.0.max(2 * self.fees.0),
            DEFAULT_FEES.1.max(2 * self.fees.1),
        );
        if per_write > most.0 || per_byte > most.1 {
            return Err(Refusal::INCREASE_TOO_LARGE);
        }
        self.increase = Some(((per_write, per_byte), now_ms + FEE_DELAY_MS));
        Ok(())
    }

    fn assert_expiry(&self, expires_at_ms: u64, now_ms: u64) -> Result<(), Refusal> {
        if expires_at_ms <= now_ms {
            return Err(Refusal::EXPIRY_TOO_EARLY);
        }
        if expires_at_ms - now_ms > MAX_FREE_CREDIT_MS {
            return Err(Refusal::EXPIRY_TOO_LATE);
        }
        let earlier = |free: FreeCredit| expires_at_ms < free.expires_at_ms;
        if self.credit.free.is_some_and(earlier) {
            return Err(Refusal::EXPIRY_TOO_EARLY);
        }
        Ok(())
    }
}

fn nonzero(amount: u64) -> Result<(), Refusal> {
    if amount == 0 {
        return Err(Refusal::CREDIT_ZERO);
    }
    Ok(())
}
