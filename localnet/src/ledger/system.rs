//! The objects and packages that exist from the beginning and how transactions may use them.

use sui_sdk_types::Address;

use super::rejection::Rejection;

/// `0x6`, the `Clock`.
pub(crate) const CLOCK: Address = Address::from_static("0x6");
/// `0x7`, the `AuthenticatorState`.
pub(crate) const AUTHENTICATOR_STATE: Address = Address::from_static("0x7");
/// `0x8`, `Random`.
pub(crate) const RANDOM: Address = Address::from_static("0x8");
/// `0xacc`, the parent of address balances.
pub(crate) const ACCUMULATOR_ROOT: Address = Address::from_static("0xacc");

/// Packages whose bytes are not charged when a transaction reads them.
pub(crate) fn is_system_package(id: &Address) -> bool {
    const IDS: [Address; 4] = [
        Address::from_static("0x1"),
        Address::from_static("0x2"),
        Address::from_static("0x3"),
        Address::from_static("0xb"),
    ];
    IDS.contains(id)
}

/// Refuse the uses of system objects that are not for users.
pub(crate) fn check_shared_access(object: Address, mutable: bool) -> Result<(), Rejection> {
    if object == AUTHENTICATOR_STATE {
        return Err(Rejection::ReservedObject { object });
    }
    if mutable && [CLOCK, RANDOM, ACCUMULATOR_ROOT].contains(&object) {
        return Err(Rejection::ImmutableRequired { object });
    }
    Ok(())
}
