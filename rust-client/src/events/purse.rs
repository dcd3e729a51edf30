//! Events about the coins in an account's purse. Amounts are in the coin's smallest unit.

use serde::{Deserialize, Serialize};
use sui_sdk_types::{Address, TypeTag};

use super::ValetEvent;
use crate::Remainder;

/// Coins came into a purse.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct PurseDeposited {
    /// The storage.
    pub storage: Address,
    /// Its owner.
    pub owner: Address,
    /// Who put them in.
    pub actor: Address,
    /// The coin's type.
    pub coin_type: TypeTag,
    /// How much.
    pub amount: u64,
    /// What the purse holds now.
    pub balance: u64,
}

/// The owner took coins out of the purse.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct PurseWithdrawn {
    /// The storage.
    pub storage: Address,
    /// Its owner, who got them.
    pub owner: Address,
    /// The coin's type.
    pub coin_type: TypeTag,
    /// How much.
    pub amount: u64,
    /// What the purse holds now.
    pub balance: u64,
}

/// The dApp drew coins from the purse.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct PurseDrawn {
    /// The storage.
    pub storage: Address,
    /// Its owner.
    pub owner: Address,
    /// Who signed: the owner or the session.
    pub actor: Address,
    /// The action that was authorized.
    pub action: u8,
    /// The coin's type.
    pub coin_type: TypeTag,
    /// How much.
    pub amount: u64,
    /// What the purse holds now.
    pub balance: u64,
    /// What is left of the session's allowance of this coin; none when the owner drew.
    pub remainder: Option<Remainder>,
}

/// Decodes an event of the purse; its second type parameter, the first of `others`, is the coin's type.
pub(super) fn decode(
    module: &str,
    name: &str,
    others: &[TypeTag],
    bytes: &[u8],
) -> Option<ValetEvent> {
    let coin_type = others.first()?.clone();
    match (module, name) {
        ("purse", "PurseDeposited") => {
            let (storage, owner, actor, amount, balance) = bcs::from_bytes(bytes).ok()?;
            Some(ValetEvent::PurseDeposited(PurseDeposited {
                storage,
                owner,
                actor,
                coin_type,
                amount,
                balance,
            }))
        }
        ("purse", "PurseWithdrawn") => {
            let (storage, owner, amount, balance) = bcs::from_bytes(bytes).ok()?;
            Some(ValetEvent::PurseWithdrawn(PurseWithdrawn {
                storage,
                owner,
                coin_type,
                amount,
                balance,
            }))
        }
        ("purse", "PurseDrawn") => {
            let (storage, owner, actor, action, amount, balance, remainder) =
                bcs::from_bytes(bytes).ok()?;
            Some(ValetEvent::PurseDrawn(PurseDrawn {
                storage,
                owner,
                actor,
                action,
                coin_type,
                amount,
                balance,
                remainder,
            }))
        }
        _ => None,
    }
}
