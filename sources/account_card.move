/// A card for each account, in its owner's hands: how an owner finds all accounts, in every dApp,
/// with one query for the objects of type `AccountCard` that it owns.
///
/// A card is a pointer and nothing more. It cannot be transferred, holds no authority, and no call
/// ever takes it, so it costs an account's creation one object and every other transaction nothing.
/// The account it names, read at the same time, has the session.
module valet::account_card;

use std::type_name::{Self, TypeName};

// === Structs ===

/// Says that its owner has an account in a dApp.
public struct AccountCard has key {
    id: UID,
    /// The `UserStorage<D>`.
    storage_id: ID,
    /// The dApp's type `D`.
    dapp: TypeName,
}

// === View functions ===

/// The account's storage.
public fun storage_id(self: &AccountCard): ID {
    self.storage_id
}

/// The type of the account's dApp.
public fun dapp(self: &AccountCard): TypeName {
    self.dapp
}

// === Package functions ===

/// Makes the card of an account of dApp `D` and hands it to the account's owner.
public(package) fun issue<D>(storage_id: ID, owner: address, ctx: &mut TxContext) {
    let card = AccountCard {
        id: object::new(ctx),
        storage_id,
        dapp: type_name::with_defining_ids<D>(),
    };
    transfer::transfer(card, owner);
}
