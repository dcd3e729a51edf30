//! Deposits to and withdrawals from address balances, as a transaction makes them.

use sui_sdk_types::{Address, Identifier, StructTag, TypeTag};

use crate::maps::HashMap;
use crate::vm::VmStatus;

/// The shared object that holds every address balance as a dynamic field.
pub const ACCUMULATOR_ROOT: Address = Address::from_static("0xacc");

/// What happens to an accumulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccumulatorAction {
    /// The value is added.
    Merge,
    /// The value is taken away.
    Split,
}

/// What is added to or taken from an accumulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccumulatorAmount {
    /// So many units of the accumulated type.
    Integer(u64),
    /// The transaction's event with this number, counted from its first event, joins an event stream.
    Event(u64),
}

/// One change to an accumulator, in the order Move code made them.
///
/// The ledger nets the changes of one accumulator into one entry of the effects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccumulatorEvent {
    /// Id of the accumulator's object, see [`accumulator_object_id`].
    pub object_id: Address,
    /// Whose balance it is: an account's address or an object's id.
    pub owner: Address,
    /// The accumulated type, such as `0x2::balance::Balance<0x2::sui::SUI>`.
    pub type_tag: TypeTag,
    /// Addition or removal.
    pub action: AccumulatorAction,
    /// How much.
    pub amount: AccumulatorAmount,
}

/// The id of the object that holds what `owner` has accumulated of a type: a dynamic field of [`ACCUMULATOR_ROOT`].
///
/// ```
/// use sui_sdk_types::{Address, StructTag, TypeTag};
/// use valet_localnet::vm::accumulator_object_id;
///
/// let balance: StructTag = "0x2::balance::Balance<0x2::sui::SUI>".parse()?;
/// let id = accumulator_object_id(Address::TWO, &TypeTag::from(balance));
/// assert_ne!(id, Address::TWO);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn accumulator_object_id(owner: Address, type_tag: &TypeTag) -> Address {
    let key = StructTag::new(
        Address::TWO,
        Identifier::from_static("accumulator"),
        Identifier::from_static("Key"),
        vec![type_tag.clone()],
    );
    ACCUMULATOR_ROOT.derive_dynamic_child_id(&key.into(), owner.as_ref())
}

/// The accumulator events of one transaction and what keeps their sums within 64 bits.
#[derive(Debug, Default)]
pub(super) struct Accumulators {
    events: Vec<AccumulatorEvent>,
    /// Sums per accumulator object and direction; an accumulator's id stands for its owner and type.
    totals: HashMap<(Address, AccumulatorAction), u64>,
}

impl Accumulators {
    /// Records a change.
    ///
    /// A real network applies the sums, so a sum beyond 64 bits fails here as it fails there.
    pub(super) fn record(&mut self, event: AccumulatorEvent) -> Result<(), VmStatus> {
        if let AccumulatorAmount::Integer(amount) = event.amount {
            let total = self
                .totals
                .entry((event.object_id, event.action))
                .or_default();
            *total = total.checked_add(amount).ok_or(VmStatus::ArithmeticError)?;
        }
        self.events.push(event);
        Ok(())
    }

    pub(super) fn events(&self) -> &[AccumulatorEvent] {
        &self.events
    }

    pub(super) fn into_events(self) -> Vec<AccumulatorEvent> {
        self.events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(action: AccumulatorAction, amount: u64) -> AccumulatorEvent {
        let type_tag = TypeTag::from(StructTag::sui());
        AccumulatorEvent {
            object_id: accumulator_object_id(Address::TWO, &type_tag),
            owner: Address::TWO,
            type_tag,
            action,
            amount: AccumulatorAmount::Integer(amount),
        }
    }

    /// The SDK derives the same id for coin reservations, masked by the chain id; with a zero mask it shows.
    #[test]
    fn the_object_id_is_the_one_the_sdk_reserves() {
        let owner = Address::from_static("0x1234");
        let balance: StructTag = "0x2::balance::Balance<0x2::sui::SUI>"
            .parse()
            .expect("a struct tag");
        let reference = sui_sdk_types::ObjectReference::coin_reservation(
            &StructTag::sui(),
            1,
            0,
            sui_sdk_types::Digest::ZERO,
            owner,
        );
        assert_eq!(
            accumulator_object_id(owner, &balance.into()),
            *reference.object_id()
        );
    }

    #[test]
    fn sums_of_each_direction_stay_within_64_bits() {
        let mut accumulators = Accumulators::default();
        accumulators
            .record(event(AccumulatorAction::Merge, u64::MAX))
            .expect("fits");
        accumulators
            .record(event(AccumulatorAction::Split, u64::MAX))
            .expect("fits");
        accumulators
            .record(event(AccumulatorAction::Merge, 0))
            .expect("fits");
        assert_eq!(
            accumulators.record(event(AccumulatorAction::Merge, 1)),
            Err(VmStatus::ArithmeticError)
        );
        assert_eq!(accumulators.events().len(), 3);
    }
}
