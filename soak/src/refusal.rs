//! Why something is refused: the errors of the Move packages, by module and code.

use std::fmt;

/// A refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Refusal {
    /// The Move module, or what else refuses.
    pub(crate) module: &'static str,
    pub(crate) code: u64,
    pub(crate) name: &'static str,
}

macro_rules! refusals {
    ($($constant:ident = $module:literal, $code:literal, $name:literal;)*) => {
        $(pub(crate) const $constant: Refusal = Refusal { module: $module, code: $code, name: $name };)*
    };
}

impl Refusal {
    refusals! {
        NOT_OWNER = "session", 0, "ENotOwner";
        TOO_SHORT = "session", 1, "EDurationTooShort";
        TOO_LONG = "session", 2, "EDurationTooLong";
        ZERO_WALLET = "session", 3, "EZeroWallet";
        OWNER_WALLET = "session", 4, "EOwnerWallet";
        NO_SESSION = "session", 5, "ENoSession";
        STILL_LIVE = "session", 6, "ESessionStillLive";
        NOT_REGISTERED = "session", 7, "ENotRegistered";
        WRONG_SENDER = "session", 8, "EWrongSender";
        EXPIRED = "session", 9, "ESessionExpired";
        REVOKED = "session", 10, "ESessionRevoked";
        REPLACED = "session", 11, "ESessionReplaced";
        OWNER_ONLY = "session", 12, "EOwnerOnlyAction";
        ACTION_NOT_GRANTED = "session", 13, "EActionNotGranted";
        OWNER_RENEWAL = "session", 14, "EOwnerRenewal";
        EMPTY_GRANT = "grant", 0, "EEmptyGrant";
        SESSION_DEBT = "grant", 2, "ESessionDebtCeiling";
        ZERO_CALLS = "grant", 4, "EZeroCalls";
        COIN_ALREADY_ALLOWED = "grant", 6, "ECoinAlreadyAllowed";
        CALL_BUDGET = "grant", 9, "ECallBudgetExhausted";
        RATE_LIMITED = "grant", 10, "ERateLimited";
        COIN_NOT_GRANTED = "grant", 11, "ECoinNotGranted";
        RENEWAL_NOT_GRANTED = "grant", 12, "ERenewalNotGranted";
        ZERO_ALLOWANCE = "allowance", 0, "EZeroAmount";
        PER_CALL = "allowance", 3, "EMaxPerCallExceeded";
        TOTAL = "allowance", 4, "ETotalExceeded";
        WINDOW = "allowance", 5, "EWindowExceeded";
        ZERO_CAPACITY = "rate_limit", 0, "EZeroCapacity";
        ZERO_REFILL = "rate_limit", 1, "EZeroRefill";
        ZERO_INTERVAL = "rate_limit", 2, "EZeroInterval";
        ZERO_RENEWALS = "envelope", 0, "EZeroRenewals";
        ENVELOPE_TOO_SHORT = "envelope", 1, "EEnvelopeTooShort";
        ENVELOPE_TOO_LONG = "envelope", 2, "EEnvelopeTooLong";
        NO_RENEWAL_LEFT = "envelope", 3, "ENoRenewalLeft";
        BEYOND_ENVELOPE = "envelope", 4, "EBeyondEnvelope";
        PURSE_NOT_OWNER = "purse", 0, "ENotOwner";
        PURSE_ZERO = "purse", 1, "EZeroAmount";
        PURSE_TOO_LOW = "purse", 2, "EPurseTooLow";
        STORAGE_EXISTS = "user_storage", 0, "EStorageExists";
        UNSETTLED_CEILING = "user_storage", 3, "EUnsettledCeiling";
        SETTLE_NOT_OWNER = "settlement", 0, "ENotOwner";
        SUSPENDED = "dapp", 3, "ESuspended";
        PAUSED = "dapp", 4, "EPaused";
        INVALID_CEILING = "dapp", 5, "EInvalidCeiling";
        FEE_INCREASE = "dapp", 6, "EFeeIncrease";
        DUPLICATE_ACTION = "action_set", 0, "EDuplicateAction";
        CREDIT_ZERO = "dapp_storage", 0, "EZeroAmount";
        NOTHING_SETTLED = "dapp_storage", 3, "ENothingSettled";
        REFUND_TOO_LARGE = "credit", 0, "ERefundTooLarge";
        RESERVED = "credit", 1, "EReserved";
        NO_FREE_CREDIT = "credit", 2, "ENoFreeCredit";
        EXPIRY_TOO_EARLY = "credit", 3, "EExpiryTooEarly";
        EXPIRY_TOO_LATE = "credit", 4, "EExpiryTooLate";
        NOT_SUSPENDED = "governance", 0, "ENotSuspended";
        NO_MINIMUM = "governance", 1, "ENoMinimumCredit";
        BELOW_MINIMUM = "governance", 2, "ECreditBelowMinimum";
        NOT_AN_INCREASE = "fee_plan", 0, "ENotAnIncrease";
        INCREASE_TOO_LARGE = "fee_plan", 1, "EIncreaseTooLarge";
        INCREASE_ANNOUNCED = "fee_plan", 2, "EIncreaseAnnounced";
        NO_INCREASE = "fee_plan", 3, "ENoIncrease";
        INCREASE_TOO_EARLY = "fee_plan", 4, "EIncreaseTooEarly";
        ALREADY_JOINED = "arena", 0, "EAlreadyJoined";
        NO_HERO = "arena", 1, "ENoHero";
        UNKNOWN_DIRECTION = "arena", 2, "EUnknownDirection";
        EDGE_OF_MAP = "arena", 3, "EEdgeOfMap";
        TOO_TIRED = "arena", 4, "ETooTired";
        NO_ORE = "arena", 5, "ENoOre";
        NO_DEN = "arena", 6, "ENoDen";
        TOO_WEAK = "arena", 7, "ETooWeak";
        FULLY_RESTED = "arena", 8, "EFullyRested";
        INVALID_NAME = "arena", 9, "EInvalidName";
        UNKNOWN_ITEM = "bazaar", 0, "EUnknownItem";
        NOTHING_TO_BUY = "bazaar", 1, "ENothingToBuy";
        NOTHING_HELD = "bazaar", 2, "ENothingHeld";
        WRONG_TYPE = "transaction", 0, "TypeMismatch";
        NOT_YOURS = "transaction", 1, "IncorrectOwner";
    }

    /// Whether the ledger does not even execute it.
    pub(crate) fn is_rejection(self) -> bool {
        self == Self::NOT_YOURS
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{} ({})", self.module, self.name, self.code)
    }
}
