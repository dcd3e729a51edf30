//! How much SUI an object holds, in coins and in balances anywhere inside it.

use sui_sdk_types::{Object, TypeTag};
use valet_localnet::vm::{Layout, Type, TypeKind, Vm};

/// MIST in all balances of SUI inside an object.
///
/// # Panics
///
/// If its contents are not exactly one value of its type.
pub(crate) fn held_by(vm: &Vm, object: &Object) -> u64 {
    let Some(data) = object.as_struct() else {
        return 0;
    };
    let balance: TypeTag = "0x2::balance::Balance<0x2::sui::SUI>"
        .parse()
        .expect("a type");
    let resolve = |tag: &TypeTag| vm.resolve_type(tag).expect("a type of the ledger");
    let ty = resolve(&TypeTag::from(data.object_type().clone()));
    let mut walk = Walk {
        vm,
        balance: resolve(&balance),
        bytes: data.contents(),
        held: 0,
    };
    walk.value(ty);
    assert!(
        walk.bytes.is_empty(),
        "bytes behind the value of {object:?}"
    );
    walk.held
}

struct Walk<'a> {
    vm: &'a Vm,
    balance: Type,
    bytes: &'a [u8],
    held: u64,
}

impl Walk<'_> {
    fn value(&mut self, ty: Type) {
        if ty == self.balance {
            let amount = u64::from_le_bytes(self.take(8).try_into().expect("eight bytes"));
            self.held += amount;
            return;
        }
        match self.vm.types().kind(ty).expect("a type") {
            TypeKind::Bool | TypeKind::U8 => self.skip(1),
            TypeKind::U16 => self.skip(2),
            TypeKind::U32 => self.skip(4),
            TypeKind::U64 => self.skip(8),
            TypeKind::U128 => self.skip(16),
            TypeKind::U256 | TypeKind::Address | TypeKind::Signer => self.skip(32),
            TypeKind::Vector(element) => {
                for _ in 0..self.length() {
                    self.value(*element);
                }
            }
            TypeKind::Datatype(..) => {
                let fields = match self.vm.types().layout(ty).expect("a layout") {
                    Layout::Struct(fields) => fields,
                    Layout::Enum(variants) => &variants[self.length()],
                };
                for field in fields {
                    self.value(*field);
                }
            }
            kind => panic!("no object holds a {kind:?}"),
        }
    }

    fn length(&mut self) -> usize {
        let mut length = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.take(1)[0];
            length |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return length;
            }
        }
        panic!("a length of more than five bytes");
    }

    fn skip(&mut self, count: usize) {
        self.take(count);
    }

    fn take(&mut self, count: usize) -> &[u8] {
        let (taken, rest) = self
            .bytes
            .split_at_checked(count)
            .expect("the value is whole");
        self.bytes = rest;
        taken
    }
}
