//! Valet's own refusals, mirrored from the Move sources.

use std::fmt;

/// Declares the enum and its tables from one list, so that they cannot disagree with each other. That the list agrees with
/// the Move sources is what the drift test checks.
macro_rules! refusals {
    ($($module:ident $code:literal $constant:ident => $variant:ident: $message:literal, $remedy:literal;)*) => {
        /// Why valet refused: one value per error of the Move package.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Refusal {
            $(#[doc = concat!("`", stringify!($module), "::", stringify!($constant), "`: ", $message, ".")] $variant,)*
        }

        impl Refusal {
            /// The refusal of an error's module and number; `None` when this crate does not know it.
            #[must_use]
            pub fn from_code(module: &str, code: u64) -> Option<Self> {
                match (module, code) {
                    $((stringify!($module), $code) => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The Move constant, as `module::EName`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!(stringify!($module), "::", stringify!($constant)),)*
                }
            }

            /// What to do about it.
            #[must_use]
            pub fn remedy(self) -> &'static str {
                match self {
                    $(Self::$variant => $remedy,)*
                }
            }

            fn message(self) -> &'static str {
                match self {
                    $(Self::$variant => $message,)*
                }
            }

            #[cfg(test)]
            const TABLE: &[(&'static str, u64, &'static str)] =
                &[$((stringify!($module), $code, stringify!($constant)),)*];
        }
    };
}

refusals! {
    session 0 ENotOwner => NotOwner: "only the owner of the storage can activate a session",
        "let the owner sign";
    session 1 EDurationTooShort => DurationTooShort: "the session would be shorter than one minute",
        "ask for at least 60,000 ms";
    session 2 EDurationTooLong => DurationTooLong: "the session would be longer than seven days",
        "ask for at most 604,800,000 ms";
    session 3 EZeroWallet => ZeroWallet: "the address 0x0 cannot be a session key",
        "generate a key with `SessionKey::generate`";
    session 4 EOwnerWallet => OwnerWallet: "the owner cannot be its own session key",
        "generate a key with `SessionKey::generate`";
    session 5 ENoSession => NoSession: "the storage has no session to end",
        "nothing needs to be done";
    session 6 ESessionStillLive => SessionStillLive: "the session is live and the sender is neither the owner nor its key",
        "let the owner or the session key end it, or wait until it expires";
    session 7 ENotRegistered => NotRegistered: "no session is registered, and the sender is not the owner",
        "let the owner start a session with `Account::activate`";
    session 8 EWrongSender => WrongSender: "the sender is neither the owner nor the registered session key",
        "sign with the key of the active session, or let the owner activate this one";
    session 9 ESessionExpired => SessionExpired: "the session has expired",
        "let the owner start a new one with `Account::activate`";
    session 10 ESessionRevoked => SessionRevoked: "the session was deactivated",
        "let the owner start a new one with `Account::activate`";
    session 11 ESessionReplaced => SessionReplaced: "the session was replaced by another one",
        "use the new session's key, or let the owner activate this one again";
    session 12 EOwnerOnlyAction => OwnerOnlyAction: "the action is for the owner alone",
        "let the owner sign it with `Account::play_as_owner`";
    session 13 EActionNotGranted => ActionNotGranted: "the session was not granted this action",
        "let the owner sign it, or grant it in a new session";
    session 14 EOwnerRenewal => OwnerRenewal: "the owner cannot renew a session",
        "let the session key renew it with `Session::extend` or `Session::renew`, or let the owner activate a new one";
    grant 0 EEmptyGrant => EmptyGrant: "the grant names no action",
        "allow at least one action";
    grant 1 EMaxDebtAlreadySet => MaxDebtAlreadySet: "the grant has a debt ceiling already",
        "set it once";
    grant 2 ESessionDebtCeiling => SessionDebtCeiling: "the session's debt ceiling is reached",
        "let the owner activate a session with a new ceiling";
    grant 3 EMaxCallsAlreadySet => MaxCallsAlreadySet: "the grant has a call budget already",
        "set it once";
    grant 4 EZeroCalls => ZeroCalls: "the call budget is zero",
        "allow at least one call, or set no budget";
    grant 5 ERateLimitAlreadySet => RateLimitAlreadySet: "the grant has a rate limit already",
        "set it once";
    grant 6 ECoinAlreadyAllowed => CoinAlreadyAllowed: "the grant has an allowance of this coin already",
        "set it once";
    grant 7 ETooManyAllowances => TooManyAllowances: "the grant has allowances of 16 coins already",
        "allow fewer coins";
    grant 8 ERenewalsAlreadySet => RenewalsAlreadySet: "the grant says already how often it may be renewed",
        "set it once";
    grant 9 ECallBudgetExhausted => CallBudgetExhausted: "the session has used all its calls",
        "let the owner start a new one with `Account::activate`";
    grant 10 ERateLimited => RateLimited: "the session acts faster than its rate limit",
        "wait until it refills; `SessionStatus::calls_now` tells how many calls there are";
    grant 11 ECoinNotGranted => CoinNotGranted: "the session was not granted this coin",
        "let the owner sign it, or grant it in a new session with `Grant::allow_coin`";
    grant 12 ERenewalNotGranted => RenewalNotGranted: "the session was not granted renewals",
        "let the owner start a new one, with `Grant::with_renewals` if it shall renew itself";
    allowance 0 EZeroAmount => ZeroAllowance: "the allowance or one of its limits is zero",
        "leave it out";
    allowance 1 EMaxPerCallAlreadySet => MaxPerCallAlreadySet: "the allowance has a limit per call already",
        "set it once";
    allowance 2 EWindowAlreadySet => WindowAlreadySet: "the allowance has a window already",
        "set it once";
    allowance 3 EMaxPerCallExceeded => MaxPerCallExceeded: "the call draws more than the allowance's limit per call",
        "draw less, or let the owner sign it";
    allowance 4 ETotalExceeded => AllowanceExhausted: "the call draws more than is left of the session's allowance",
        "draw less, let the owner sign it, or grant more in a new session";
    allowance 5 EWindowExceeded => AllowanceWindowExceeded: "the call draws more than the allowance's window holds now",
        "draw less, or wait until it refills; `SessionStatus::allowances` tells what there is";
    rate_limit 0 EZeroCapacity => ZeroCapacity: "the rate limit lets nothing through",
        "leave it out, or let something through";
    rate_limit 1 EZeroRefill => ZeroRefill: "the rate limit never refills",
        "set a call budget instead";
    rate_limit 2 EZeroInterval => ZeroInterval: "the interval between refills is zero",
        "set at least 1 ms";
    envelope 0 EZeroRenewals => ZeroRenewals: "the number of renewals is zero",
        "leave renewals out, or allow at least one";
    envelope 1 EEnvelopeTooShort => EnvelopeTooShort: "the renewals would end before the session itself",
        "let them end later, or leave them out";
    envelope 2 EEnvelopeTooLong => EnvelopeTooLong: "the renewals would end more than 90 days after the activation",
        "let them end earlier";
    envelope 3 ENoRenewalLeft => NoRenewalLeft: "the session has used all its renewals",
        "let the owner start a new one with `Account::activate`";
    envelope 4 EBeyondEnvelope => BeyondEnvelope: "the renewed session would outlast what its owner allowed",
        "renew it for less time";
    purse 0 ENotOwner => PurseNotOwner: "only the owner can withdraw from the account's purse",
        "let the owner sign";
    purse 1 EZeroAmount => PurseZeroAmount: "the amount is zero",
        "move more than nothing";
    purse 2 EPurseTooLow => PurseTooLow: "the purse holds less of this coin",
        "deposit more with `Account::deposit`";
    action_set 0 EDuplicateAction => DuplicateAction: "an action is listed twice",
        "name each action once";
    user_storage 0 EStorageExists => StorageExists: "the owner has a storage in this dApp already",
        "use it: start a session with `Account::activate`";
    user_storage 1 EWrongStorage => WrongStorage: "the authority is for another storage",
        "authorize with the storage that is written";
    user_storage 2 ESessionEnded => SessionEnded: "the session ended within the transaction",
        "authorize again, or end the session last";
    user_storage 3 EUnsettledCeiling => UnsettledCeiling: "the ceiling on unsettled writes is reached",
        "recharge the dApp's credit with `Valet::recharge`, then settle";
    record 0 ERecordNotFound => RecordNotFound: "no record has this key",
        "create it first: most games do when the player joins";
    record 1 EWrongRecordType => WrongRecordType: "the record under this key has another type",
        "remove it before changing its type";
    record 2 EWrongChange => WrongChange: "the change belongs to another storage",
        "commit it where it was begun";
    dapp 0 EWrongPublisher => WrongPublisher: "the publisher is not that of the module that defines the dApp's type",
        "register with the `Publisher` of the dApp's own package";
    dapp 1 EAlreadyRegistered => AlreadyRegistered: "the dApp's type is registered already",
        "use the existing registration";
    dapp 2 EWrongVersion => DappWrongVersion: "the dApp is on another version of the valet package",
        "update the deployment's valet package";
    dapp 3 ESuspended => Suspended: "the dApp is suspended by the framework",
        "wait until it resumes; the session can be ended meanwhile";
    dapp 4 EPaused => Paused: "the dApp is paused by its administrator",
        "wait until it resumes; the session can be ended meanwhile";
    metadata 0 EInvalidName => InvalidName: "the dApp's name is empty or longer than 64 bytes",
        "choose a name of 1 to 64 bytes";
    metadata 1 EDescriptionTooLong => DescriptionTooLong: "the dApp's description is longer than 1,024 bytes",
        "shorten it";
    metadata 2 EWebsiteTooLong => WebsiteTooLong: "the dApp's website address is longer than 256 bytes",
        "shorten it";
    metadata 3 ETooManyPackages => TooManyPackages: "the dApp lists 64 packages already",
        "list no more";
    metadata 4 EPackageAlreadyListed => PackageAlreadyListed: "the dApp lists the package already",
        "nothing needs to be done";
    dapp 5 EInvalidCeiling => InvalidCeiling: "the ceiling on unsettled writes is out of range",
        "set it between 1 and 1,000,000";
    dapp 6 EFeeIncrease => FeeIncrease: "a part of the price would rise",
        "announce an increase, which takes effect 48 hours later";
    dapp 7 ENothingToMigrate => DappUpToDate: "the dApp is on the package's version or a later one",
        "nothing needs to be done";
    dapp_hub 0 EWrongVersion => HubWrongVersion: "the hub is on another version of the valet package",
        "update the deployment's valet package";
    dapp_hub 1 ENothingToMigrate => HubUpToDate: "the hub is on the package's version or a later one",
        "nothing needs to be done";
    dapp_hub 2 ENoOffer => NoOffer: "nothing was offered",
        "let the holder offer it first";
    dapp_hub 3 ENotOffered => NotOffered: "the offer is for another address",
        "sign with the address it was offered to";
    dapp_hub 4 ENotOfferer => NotOfferer: "the offer was made by another address",
        "sign with the address that made it";
    dapp_hub 5 EFeeIncrease => DefaultFeeIncrease: "a part of the default price would rise",
        "announce an increase, which takes effect 48 hours later";
    dapp_storage 0 EZeroAmount => ZeroAmount: "the amount is zero",
        "give more than nothing";
    dapp_storage 1 EFreeCreditTooLarge => FreeCreditTooLarge: "the free credit would exceed its cap",
        "grant less";
    dapp_storage 2 ECreditTooLow => CreditTooLow: "the dApp's credit does not cover a global write",
        "recharge it with `Valet::recharge`";
    dapp_storage 3 ENothingSettled => NothingSettled: "no settled fees are waiting to be collected",
        "nothing needs to be done";
    dapp_storage 4 EWrongVersion => DappStorageWrongVersion: "the dApp is on another version of the valet package",
        "update the deployment's valet package";
    credit 0 ERefundTooLarge => RefundTooLarge: "the refund exceeds the dApp's credit",
        "ask for less";
    credit 1 EReserved => CreditReserved: "the framework requires the dApp to keep a minimum credit",
        "ask for less, or ask the framework's administrator to release it";
    credit 2 ENoFreeCredit => NoFreeCredit: "the dApp has no free credit, or it has expired",
        "grant it anew";
    credit 3 EExpiryTooEarly => FreeCreditExpiryTooEarly: "the free credit would expire in the past or earlier than before",
        "name a later time, or revoke it";
    credit 4 EExpiryTooLate => FreeCreditExpiryTooLate: "the free credit would last longer than 366 days",
        "name an earlier time";
    settlement 0 ENotOwner => NotPurseOwner: "only the owner can settle from the account's purse",
        "let the owner sign, or settle with a coin";
    fee_plan 0 ENotAnIncrease => NotAnIncrease: "neither part of the price would rise",
        "lower the fees, which takes effect at once";
    fee_plan 1 EIncreaseTooLarge => IncreaseTooLarge: "the increase exceeds its cap",
        "rise in smaller steps";
    fee_plan 2 EIncreaseAnnounced => IncreaseAnnounced: "an increase waits already",
        "withdraw it first";
    fee_plan 3 ENoIncrease => NoIncrease: "no increase was announced",
        "announce one first";
    fee_plan 4 EIncreaseTooEarly => IncreaseTooEarly: "the increase was announced less than 48 hours ago",
        "wait until then";
    governance 0 ENotSuspended => NotSuspended: "the dApp is not suspended",
        "nothing needs to be done";
    governance 1 ENoMinimumCredit => NoMinimumCredit: "no credit ends this suspension",
        "ask the framework's administrator";
    governance 2 ECreditBelowMinimum => CreditBelowMinimum: "the dApp's credit is below the minimum to resume",
        "recharge it with `Valet::recharge`";
    fees 0 EFeePerWriteTooHigh => FeePerWriteTooHigh: "the fee per write exceeds 1 SUI",
        "set it lower";
    fees 1 EFeePerByteTooHigh => FeePerByteTooHigh: "the fee per byte exceeds 0.001 SUI",
        "set it lower";
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::Refusal;

    /// Every `#[error(code = N)]` constant of a Move source: module, code, name.
    fn declared(source: &str) -> Vec<(String, u64, String)> {
        let module = source
            .lines()
            .find_map(|line| line.strip_prefix("module valet::"))
            .expect("a module declaration")
            .trim_end_matches(';')
            .to_owned();
        let mut lines = source.lines().map(str::trim);
        let mut errors = Vec::new();
        while let Some(line) = lines.next() {
            let Some(rest) = line.strip_prefix("#[error(code = ") else {
                continue;
            };
            let code = rest.trim_end_matches(")]").parse().expect("a number");
            let constant = lines.next().expect("a constant");
            let name = constant
                .strip_prefix("const ")
                .and_then(|rest| rest.split(':').next())
                .expect("a constant's name");
            errors.push((module.clone(), code, name.to_owned()));
        }
        errors
    }

    #[test]
    fn the_table_is_that_of_the_move_sources() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sources");
        let mut in_move = BTreeSet::new();
        for entry in fs::read_dir(sources).expect("the Move sources") {
            let path = entry.expect("an entry").path();
            if path
                .extension()
                .is_some_and(|extension| extension == "move")
            {
                in_move.extend(declared(&fs::read_to_string(path).expect("a source")));
            }
        }
        let here: BTreeSet<_> = Refusal::TABLE
            .iter()
            .map(|(module, code, name)| ((*module).to_owned(), *code, (*name).to_owned()))
            .collect();
        assert_eq!(here, in_move);
    }

    #[test]
    fn codes_lead_back_to_their_refusal() {
        assert_eq!(
            Refusal::from_code("session", 9),
            Some(Refusal::SessionExpired)
        );
        assert_eq!(Refusal::SessionExpired.name(), "session::ESessionExpired");
        assert_eq!(Refusal::from_code("session", 99), None);
        assert_eq!(Refusal::from_code("elsewhere", 0), None);
    }
}
