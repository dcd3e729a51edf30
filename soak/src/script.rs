//! What happens in a run, as data: a script can be saved, shortened and replayed.

use serde::{Deserialize, Serialize};

/// How many owners there are; actors 0 to 2.
pub const OWNERS: u8 = 3;
/// How many session keys there are, shared by all owners; actors 3 to 6.
pub const KEYS: u8 = 4;
/// The actor that has nothing to do with anything.
pub const STRANGER: u8 = OWNERS + KEYS;
/// The actor that published everything and administers it.
pub const ADMIN: u8 = STRANGER + 1;
/// How many actors there are.
pub const ACTORS: u8 = ADMIN + 1;
/// How many dApps there are: the arena, and the bazaar twice.
pub const DAPPS: u8 = 3;
/// How many coin types there are: SUI and pebbles.
pub const COINS: u8 = 2;

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Time passes.
    Wait {
        /// How long.
        ms: u64,
    },
    /// An actor sends one transaction.
    Send {
        /// Who signs and pays.
        sender: u8,
        /// What it does, in order; all of it or nothing.
        calls: Vec<Call>,
    },
}

/// An owner's account in a dApp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Account {
    /// The dApp.
    pub dapp: u8,
    /// Its owner.
    pub owner: u8,
}

/// One thing that a transaction does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Call {
    /// Creates the sender's account and shares it.
    Create {
        /// In this dApp.
        dapp: u8,
    },
    /// Something about one account.
    On(Account, Deed),
    /// Something about one dApp.
    At(u8, Affair),
}

/// Something about one account. Wallets are actors; `None` is the address 0x0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// `session::activate_session`, or `session::activate` with terms.
    Activate {
        /// The session key.
        wallet: Option<u8>,
        /// For how long.
        duration_ms: u64,
        /// The grant; `None` for the plain call.
        terms: Option<Terms>,
    },
    /// `session::deactivate_session`.
    Deactivate,
    /// `session::revoke_if_active`.
    RevokeIfActive,
    /// `session::renew`.
    Renew {
        /// The new session key.
        wallet: Option<u8>,
        /// For how long from now.
        duration_ms: u64,
    },
    /// Plays in the arena.
    Arena(Move),
    /// `arena::step` on an account of another dApp: the types forbid it.
    Smuggle,
    /// Shops in the bazaar.
    Bazaar(Errand),
    /// `purse::deposit`.
    Deposit {
        /// The coin type.
        coin: u8,
        /// How much.
        amount: u64,
    },
    /// `purse::withdraw`.
    Withdraw {
        /// The coin type.
        coin: u8,
        /// How much.
        amount: u64,
    },
    /// `purse::withdraw_all`.
    WithdrawAll {
        /// The coin type.
        coin: u8,
    },
    /// `settlement::settle_writes`.
    Settle,
    /// `settlement::settle_writes_with_coin`.
    SettleWithCoin {
        /// What the coin holds.
        amount: u64,
    },
    /// `settlement::settle_writes_with_purse`.
    SettleWithPurse,
}

/// A move in the arena.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Move {
    /// `arena::join`.
    Join,
    /// `arena::step`.
    Step {
        /// Where to.
        direction: u8,
    },
    /// `arena::mine`.
    Mine,
    /// `arena::fight`.
    Fight,
    /// `arena::rest`.
    Rest,
    /// `arena::rename`.
    Rename {
        /// How long the name is.
        length: u8,
    },
    /// `arena::retire`.
    Retire,
}

/// An errand in the bazaar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Errand {
    /// `bazaar::buy`.
    Buy {
        /// The coin type.
        coin: u8,
        /// The item.
        item: u64,
        /// How many.
        quantity: u8,
    },
    /// `bazaar::buy_each`.
    BuyEach {
        /// The coin type.
        coin: u8,
        /// The items.
        items: Vec<u64>,
    },
    /// `bazaar::tip`.
    Tip {
        /// The coin type.
        coin: u8,
        /// How much.
        amount: u64,
    },
    /// `bazaar::discard`.
    Discard {
        /// The item.
        item: u64,
    },
}

/// Something about one dApp. What asks for a capability uses the administrator's, whoever sends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Affair {
    /// `dapp_storage::recharge`.
    Recharge {
        /// How much.
        amount: u64,
    },
    /// `dapp_storage::collect`.
    Collect,
    /// `governance::resume`.
    Resume,
    /// `governance::apply_fees`.
    ApplyFees,
    /// `dapp::refund_credit`.
    Refund {
        /// How much.
        amount: u64,
    },
    /// `dapp::pause`.
    Pause,
    /// `dapp::unpause`.
    Unpause,
    /// `dapp::set_max_unsettled_writes`.
    SetCeiling {
        /// How many writes.
        writes: u64,
    },
    /// `dapp::set_session_actions`.
    SetSessionActions {
        /// The actions.
        actions: Vec<u8>,
    },
    /// `governance::suspend`.
    Suspend {
        /// What ends it.
        min_credit: Option<u64>,
    },
    /// `governance::unsuspend`.
    Unsuspend,
    /// `governance::grant_free_credit`.
    GrantFree {
        /// How much.
        amount: u64,
        /// Until when.
        expires_at_ms: u64,
    },
    /// `governance::extend_free_credit`.
    ExtendFree {
        /// Until when.
        expires_at_ms: u64,
    },
    /// `governance::revoke_free_credit`.
    RevokeFree,
    /// `governance::lower_fees`.
    LowerFees {
        /// MIST per write.
        per_write: u64,
        /// MIST per byte.
        per_byte: u64,
    },
    /// `governance::announce_fees`.
    AnnounceFees {
        /// MIST per write.
        per_write: u64,
        /// MIST per byte.
        per_byte: u64,
    },
}

/// A grant as a client composes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// The actions; `None` for all session actions.
    pub actions: Option<Vec<u8>>,
    /// The debt ceiling.
    pub max_debt: Option<u64>,
    /// The call budget.
    pub max_calls: Option<u64>,
    /// The rate limit: capacity, refill, interval.
    pub rate_limit: Option<(u64, u64, u64)>,
    /// The allowances, by coin type.
    pub coins: Vec<CoinTerms>,
    /// The envelope: renewals, end.
    pub envelope: Option<(u64, u64)>,
}

/// An allowance as a client composes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoinTerms {
    /// The coin type.
    pub coin: u8,
    /// The total.
    pub total: u64,
    /// The limit per call.
    pub max_per_call: Option<u64>,
    /// The window: amount, length.
    pub window: Option<(u64, u64)>,
}

impl Affair {
    /// Whether it takes a capability that only the administrator owns.
    pub(crate) fn needs_capability(&self) -> bool {
        !matches!(
            self,
            Self::Recharge { .. } | Self::Collect | Self::Resume | Self::ApplyFees
        )
    }
}
