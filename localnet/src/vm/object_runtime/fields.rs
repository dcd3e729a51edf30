//! The ids of dynamic fields.

use sui_sdk_types::Address;

use super::ObjectRuntime;
use crate::vm::Type;

/// A dynamic field and its id, which is a hash of the rest.
#[derive(Debug)]
pub(super) struct NamedField {
    parent: Address,
    key_type: Type,
    key: Vec<u8>,
    id: Address,
}

impl ObjectRuntime<'_> {
    /// The id of a field, if it is the one that was named last.
    pub(crate) fn field_id(&self, parent: Address, key_type: Type, key: &[u8]) -> Option<Address> {
        let last = self.last_field.as_ref()?;
        (last.parent == parent && last.key_type == key_type && last.key == key).then_some(last.id)
    }

    /// Remembers the id of a field until another is named.
    pub(crate) fn remember_field_id(
        &mut self,
        parent: Address,
        key_type: Type,
        key: Vec<u8>,
        id: Address,
    ) {
        self.last_field = Some(NamedField {
            parent,
            key_type,
            key,
            id,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sui_sdk_types::{Digest, Object};

    use super::*;
    use crate::vm::{ObjectStore, TxContext};

    #[derive(Debug)]
    struct Nothing;

    impl ObjectStore for Nothing {
        fn child(&self, _: Address, _: Address) -> Option<Arc<Object>> {
            None
        }

        fn receive(&self, _: Address, _: Address, _: u64) -> Option<Arc<Object>> {
            None
        }
    }

    #[test]
    fn a_field_is_known_by_parent_type_and_key() {
        let context = TxContext {
            sender: Address::ZERO,
            digest: Digest::ZERO,
            epoch: 0,
            epoch_timestamp_ms: 0,
            reference_gas_price: 1,
            gas_price: 1,
            gas_budget: 1,
            sponsor: None,
        };
        let mut runtime = ObjectRuntime::new(&Nothing, context);
        assert_eq!(runtime.field_id(Address::TWO, Type::U8, &[1]), None);
        runtime.remember_field_id(Address::TWO, Type::U8, vec![1], Address::THREE);
        let field = |parent, type_, key: &[u8]| runtime.field_id(parent, type_, key);
        assert_eq!(field(Address::TWO, Type::U8, &[1]), Some(Address::THREE));
        assert_eq!(field(Address::THREE, Type::U8, &[1]), None);
        assert_eq!(field(Address::TWO, Type::BOOL, &[1]), None);
        assert_eq!(field(Address::TWO, Type::U8, &[2]), None);
        assert_eq!(field(Address::TWO, Type::U8, &[]), None);
    }
}
