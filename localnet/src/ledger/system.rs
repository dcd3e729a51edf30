//! The objects and packages that exist from the beginning and how transactions may use them.

use sui_sdk_types::{Address, Identifier, StructTag, TypeTag};

use super::rejection::Rejection;

/// `0x6`, the `Clock`.
pub(crate) const CLOCK: Address = Address::from_static("0x6");
/// `0x7`, the `AuthenticatorState`.
pub(crate) const AUTHENTICATOR_STATE: Address = Address::from_static("0x7");
/// `0x8`, `Random`.
pub(crate) const RANDOM: Address = Address::from_static("0x8");
/// `0x403`, the `DenyList` of regulated coins.
pub(crate) const DENY_LIST: Address = Address::from_static("0x403");
/// `0xacc`, the parent of address balances.
pub(crate) const ACCUMULATOR_ROOT: Address = Address::from_static("0xacc");

/// `0x2::sui::SUI`. The SDK's own parses the names each time.
pub(crate) fn sui() -> TypeTag {
    let (module, name) = const {
        (
            Identifier::from_static("sui"),
            Identifier::from_static("SUI"),
        )
    };
    StructTag::new(Address::TWO, module, name, Vec::new()).into()
}

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
