//! The client's errors in this command's words: it speaks of functions to call, a person at a terminal needs commands.

use valet_client::{Error, Failure, Refusal, SealError, VaultError};

use crate::units;

/// What happened, and what to do about it where the message does not say so itself.
pub(super) fn of(error: &Error) -> (String, Option<String>) {
    match error {
        Error::Refused { refusal, .. } => (
            format!("valet refused: {refusal}"),
            Some(of_refusal(*refusal).to_owned()),
        ),
        Error::Foreseen { refusal, .. } => (
            format!("valet would refuse this, so it was not sent: {refusal}"),
            Some(of_refusal(*refusal).to_owned()),
        ),
        Error::Aborted(failure) => of_abort(failure),
        Error::Unconfirmed(pending) => (
            format!("the transaction was sent, but its outcome is unknown ({})", pending.reason()),
            Some(
                "look it up by its digest before you do the same again; a session learns by itself what became of its own \
                 transactions when it is next used"
                    .to_owned(),
            ),
        ),
        Error::Timeout { what, after } => (
            format!("the node did not answer {what} within {} s", after.as_secs()),
            Some("try again, or use another node with `--network`".to_owned()),
        ),
        Error::NotOnboarded { owner, .. } => (
            format!("{owner} has no account in this dApp yet"),
            Some("create it with `valet session start`".to_owned()),
        ),
        Error::AlreadyOnboarded { owner, .. } => (
            format!("{owner} has an account in this dApp already"),
            Some("start a session in it with `valet session start`".to_owned()),
        ),
        Error::NotTheSession { key, .. } => (
            format!("{key} is not the key of the account's session: it ended, or another one replaced it"),
            Some("look with `valet session status`; start a new one with `valet session start`".to_owned()),
        ),
        // The node's own words are about MIST and say the same.
        Error::InsufficientGas { payer, needed, .. } => (
            format!(
                "{payer} cannot pay: this may cost up to {}, and it holds less",
                units::sui(*needed)
            ),
            Some(format!(
                "send SUI to that address; on a local ledger `valet faucet {payer}` gives some, a session gets more with \
                 `valet session top-up`"
            )),
        ),
        Error::Vault(error) => of_vault(error),
        Error::Unreachable { .. } | Error::Faucet { .. } => {
            let text = error.to_string();
            match text.split_once("; ") {
                Some((message, remedy)) => (message.to_owned(), Some(remedy.to_owned())),
                None => (text, None),
            }
        }
        Error::GasPriceTooHigh { price, cap } => (
            format!("the network's gas price is {price} MIST, above the cap of {cap}"),
            Some("wait until it falls".to_owned()),
        ),
        other => (other.to_string(), None),
    }
}

/// What is wrong with a session's key file.
fn of_vault(error: &VaultError) -> (String, Option<String>) {
    match error {
        VaultError::InUse { path, pid } => (
            format!(
                "the session in {} is in use{}",
                path.display(),
                pid.map(|pid| format!(" by process {pid}")).unwrap_or_default()
            ),
            Some("wait until that one is done, or stop it: two at once could play the same move twice".to_owned()),
        ),
        VaultError::Sealed {
            path,
            reason: SealError::WrongPin,
        } => (
            format!("the PIN does not open {}", path.display()),
            Some("try again; without the PIN the key is lost: end the session with `valet revoke`".to_owned()),
        ),
        VaultError::Sealed { path, reason } => {
            // What is wrong comes first in the text, and what to do about it last.
            let text = reason.to_string();
            let (what, remedy) = text.split_once("; ").unwrap_or((&text, ""));
            let remedy = match reason {
                SealError::Damaged { .. } | SealError::Truncated { .. } => {
                    "restore it from a copy; or end the session with `valet revoke` and start a new one in another folder"
                }
                _ => remedy,
            };
            (
                format!("{} does not open: {what}", path.display()),
                Some(remedy.to_owned()).filter(|remedy| !remedy.is_empty()),
            )
        }
        VaultError::Missing { path } => (
            format!("there is no {}", path.display()),
            Some("make one with `valet session start`, or name its folder with `--session`".to_owned()),
        ),
        VaultError::Exists { path } => (
            format!("{} exists already", path.display()),
            Some("end that session with `valet session end`, or name another folder with `--session`".to_owned()),
        ),
        VaultError::JournalDamaged { path, .. } => (
            format!("the journal {} is damaged", path.display()),
            Some("restore it from a copy, or end the session with `valet revoke` and start a new one in another folder".to_owned()),
        ),
        VaultError::WrongState { path, state, .. } => (
            format!("the session in {} is {state}", path.display()),
            Some("look with `valet session status`; end it with `valet session end`".to_owned()),
        ),
        VaultError::OtherAccount { path, expected, found } => (
            format!("the session in {} is for {found}, not for {expected}", path.display()),
            Some("name the right folder with `--session`, or the right `--deployment`".to_owned()),
        ),
        VaultError::Io { .. } => (
            error.to_string(),
            Some("check the folder, its rights and the disk, or name another folder with `--session`".to_owned()),
        ),
        VaultError::Exposed { path, mode } => (
            format!("{} is open to other users (mode {mode:o})", path.display()),
            Some(format!("take their rights away: `chmod 600 {}`", path.display())),
        ),
        other => (other.to_string(), None),
    }
}

/// The dApp's own words, if its package has any.
fn of_abort(failure: &Failure) -> (String, Option<String>) {
    let Some(abort) = failure.abort() else {
        return (failure.to_string(), None);
    };
    let place = abort.function().map_or_else(
        || abort.module().to_owned(),
        |function| format!("{}::{function}", abort.module()),
    );
    match abort.message() {
        Some(words) => (
            format!("{place} refused: {}", words.trim_end_matches('.')),
            None,
        ),
        None => (format!("the dApp refused: {abort}"), None),
    }
}

/// What to do about a refusal.
pub(super) fn of_refusal(refusal: Refusal) -> &'static str {
    const START: &str = "let the owner start a new session with `valet session start`";
    match refusal {
        Refusal::NotRegistered
        | Refusal::SessionExpired
        | Refusal::SessionRevoked
        | Refusal::CallBudgetExhausted
        | Refusal::NoRenewalLeft => START,
        Refusal::ZeroWallet | Refusal::OwnerWallet => "let `valet session start` generate the key",
        Refusal::OwnerOnlyAction => "let the owner sign it: `valet call --as-owner`",
        Refusal::ActionNotGranted => {
            "let the owner sign it with `valet call --as-owner`, or grant it in a new session with `--actions`"
        }
        Refusal::OwnerRenewal => {
            "renew with the session's key, or start a new session with `valet session start`"
        }
        Refusal::RateLimited => {
            "wait until the limit refills; `valet session status` tells how many calls there are"
        }
        Refusal::CoinNotGranted => {
            "let the owner sign it, or grant the coin in a new session with `--allow`"
        }
        Refusal::AllowanceWindowExceeded => {
            "draw less, or wait until the window refills; `valet session status` tells what there is"
        }
        Refusal::RenewalNotGranted => {
            "let the owner start a new session with `valet session start`, with `--renewals` if it shall renew itself"
        }
        Refusal::PurseTooLow => "put more in with `valet deposit`",
        Refusal::StorageExists => "start a session in it with `valet session start`",
        Refusal::UnsettledCeiling => {
            "add to the dApp's credit with `valet recharge`, then `valet settle`; or pay yourself with `valet settle --pay`"
        }
        Refusal::CreditTooLow | Refusal::CreditBelowMinimum => {
            "add to the dApp's credit with `valet recharge`"
        }
        other => other.remedy(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules of the Move package that refuse.
    const MODULES: &[&str] = &[
        "session",
        "grant",
        "allowance",
        "rate_limit",
        "envelope",
        "purse",
        "action_set",
        "user_storage",
        "record",
        "dapp",
        "metadata",
        "dapp_hub",
        "dapp_storage",
        "credit",
        "settlement",
        "fee_plan",
        "governance",
        "fees",
    ];

    #[test]
    fn d13_no_remedy_speaks_of_functions_of_the_library() {
        let mut seen = 0;
        for module in MODULES {
            for code in 0..=u64::from(u8::MAX) {
                let Some(refusal) = Refusal::from_code(module, code) else {
                    continue;
                };
                seen += 1;
                let remedy = of_refusal(refusal);
                assert!(!remedy.contains("::"), "{}: {remedy}", refusal.name());
                assert!(!remedy.is_empty());
            }
        }
        assert!(seen > 80, "only {seen} refusals");
    }
}
