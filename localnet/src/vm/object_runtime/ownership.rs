//! What a transfer means for an object, and which chains of owners are allowed.

use sui_sdk_types::{Address, Owner};

use crate::maps::HashMap;

/// What a transfer does to the object's ownership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferKind {
    /// The object was created by this transaction.
    New,
    /// The object keeps its owner; sharing a shared object again is this.
    SameOwner,
    /// The object existed before and changes hands, or comes out of another object.
    OwnerChanged,
}

/// Objects that the system creates under fixed ids: creating them is a transfer of an id nobody generated.
pub(super) fn is_system_object(id: &Address) -> bool {
    const SYSTEM_OBJECTS: [Address; 9] = [
        Address::from_static("0x5"),
        Address::from_static("0x6"),
        Address::from_static("0x7"),
        Address::from_static("0x8"),
        Address::from_static("0x9"),
        Address::from_static("0xa"),
        Address::from_static("0xc"),
        Address::from_static("0xacc"),
        Address::from_static("0x403"),
    ];
    SYSTEM_OBJECTS.contains(id)
}

/// Whether two owners are the same, apart from versions that are only known when the transaction is committed.
pub(super) fn same_owner(new: &Owner, old: &Owner) -> bool {
    match (new, old) {
        (Owner::Shared(_), Owner::Shared(_)) => true,
        (
            Owner::ConsensusAddress { owner: new, .. },
            Owner::ConsensusAddress { owner: old, .. },
        ) => new == old,
        (new, old) => new == old,
    }
}

/// The first object that would own itself, directly or through others.
///
/// Only ownership by an object can make a cycle, and only transfers of this transaction can close one.
pub(super) fn find_cycle<'a>(
    transfers: impl Iterator<Item = (&'a Address, &'a Owner)>,
) -> Option<Address> {
    let mut parents: HashMap<Address, Address> = HashMap::default();
    for (id, owner) in transfers {
        parents.remove(id);
        let Owner::Object(parent) = owner else {
            continue;
        };
        let mut current = *parent;
        loop {
            if current == *id {
                return Some(current);
            }
            match parents.get(&current) {
                Some(next) => current = *next,
                None => break,
            }
        }
        parents.insert(*id, *parent);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Address = Address::from_static("0xa1");
    const B: Address = Address::from_static("0xb1");
    const C: Address = Address::from_static("0xc1");

    #[test]
    fn owners_are_compared_without_versions() {
        assert!(same_owner(&Owner::Shared(0), &Owner::Shared(7)));
        assert!(same_owner(
            &Owner::ConsensusAddress {
                start_version: 0,
                owner: A
            },
            &Owner::ConsensusAddress {
                start_version: 9,
                owner: A
            }
        ));
        assert!(!same_owner(
            &Owner::ConsensusAddress {
                start_version: 0,
                owner: A
            },
            &Owner::ConsensusAddress {
                start_version: 0,
                owner: B
            }
        ));
        assert!(!same_owner(&Owner::Address(A), &Owner::Object(A)));
        assert!(!same_owner(&Owner::Shared(0), &Owner::Immutable));
    }

    #[test]
    fn cycles_of_any_length_are_found() {
        let cycle = |transfers: &[(Address, Owner)]| {
            find_cycle(transfers.iter().map(|(id, owner)| (id, owner)))
        };
        assert_eq!(cycle(&[(A, Owner::Object(A))]), Some(A));
        assert_eq!(
            cycle(&[(A, Owner::Object(B)), (B, Owner::Object(A))]),
            Some(B)
        );
        assert_eq!(
            cycle(&[
                (A, Owner::Object(B)),
                (B, Owner::Object(C)),
                (C, Owner::Object(A))
            ]),
            Some(C)
        );
        assert_eq!(
            cycle(&[(A, Owner::Object(B)), (B, Owner::Address(A))]),
            None
        );
        assert_eq!(cycle(&[]), None);
    }
}
