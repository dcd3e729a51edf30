//! What bytecode says about types, functions and errors.

use prost_types::Value;
use sui_rpc::proto::sui::rpc::v2 as proto;
use sui_rpc::proto::sui::rpc::v2::clever_error;
use sui_sdk_types::{Address, Identifier, Object, ObjectData, TypeTag};

use super::json;
use crate::ledger::Ledger;
use crate::vm::{self, CompiledModule, TypeKind, Vm};

/// Answers questions about types of a ledger.
#[derive(Clone, Copy, Debug)]
pub(super) struct Types<'a> {
    ledger: &'a Ledger,
    vm: &'a Vm,
}

/// How a function takes an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passing {
    /// By value.
    Value,
    /// By value, as a `Receiving` ticket of an object sent to an object.
    Receiving,
    /// By `&`.
    Reference,
    /// By `&mut`.
    MutableReference,
}

/// A dynamic field taken apart.
pub(super) struct DynamicField<'a> {
    pub(super) name_type: TypeTag,
    pub(super) name: &'a [u8],
    pub(super) value_type: TypeTag,
    pub(super) value: &'a [u8],
    /// The object the field stands for, if it is a dynamic object field.
    pub(super) child: Option<Address>,
}

impl<'a> Types<'a> {
    pub(super) fn new(ledger: &'a Ledger) -> Self {
        Self {
            ledger,
            vm: ledger.vm(),
        }
    }

    /// The machine that knows the types.
    pub(super) fn vm(&self) -> &'a Vm {
        self.vm
    }

    /// A value as JSON; none if it cannot be rendered.
    pub(super) fn json(&self, tag: &TypeTag, bytes: &[u8]) -> Option<Value> {
        let ty = self.vm.resolve_type(tag).ok()?;
        json::render(self.vm.types(), ty, bytes)
    }

    /// The parts of a dynamic field; none if the object is something else.
    pub(super) fn dynamic_field<'o>(&self, object: &'o Object) -> Option<DynamicField<'o>> {
        let data = object.as_struct()?;
        let [name_type, value_type] =
            type_arguments(&data.object_type().clone().into(), "dynamic_field", "Field")?;
        let rest = data.contents().get(Address::LENGTH..)?;
        let ty = self.vm.resolve_type(&name_type).ok()?;
        let (name, value) = json::split(self.vm.types(), ty, rest)?;
        Some(
            match type_arguments(&name_type, "dynamic_object_field", "Wrapper") {
                // The wrapper has one field, so its bytes are those of the name.
                Some([name_type]) => DynamicField {
                    name_type,
                    name,
                    value_type,
                    value,
                    child: Some(Address::from_bytes(value).ok()?),
                },
                None => DynamicField {
                    name_type,
                    name,
                    value_type,
                    value,
                    child: None,
                },
            },
        )
    }

    /// How a function takes each of its arguments; none if there is no such function.
    pub(super) fn passings(
        &self,
        package: &Address,
        module: &str,
        function: &str,
    ) -> Option<Vec<Passing>> {
        let function = self.vm.resolve_function(*package, module, function).ok()?;
        let passing = |ty: &vm::Type| match self.vm.types().kind(*ty).ok()? {
            TypeKind::Reference(_) => Some(Passing::Reference),
            TypeKind::MutReference(_) => Some(Passing::MutableReference),
            TypeKind::Datatype(id, _) => {
                let datatype = self.vm.types().datatype_info(*id).ok()?;
                let receiving = datatype.original_id == Address::TWO
                    && datatype.module.as_str() == "transfer"
                    && datatype.name.as_str() == "Receiving";
                Some(if receiving {
                    Passing::Receiving
                } else {
                    Passing::Value
                })
            }
            _ => Some(Passing::Value),
        };
        function.parameters().iter().map(passing).collect()
    }

    /// The type of a function's parameter; none if there is no such function or parameter.
    pub(super) fn parameter(
        &self,
        package: &Address,
        module: &str,
        function: &str,
        index: usize,
    ) -> Option<vm::Type> {
        let function = self.vm.resolve_function(*package, module, function).ok()?;
        function.parameters().get(index).copied()
    }

    /// What an abort code made of an `#[error]` constant or an `assert!` means.
    ///
    /// Such a code has its highest bit set and holds, from above: the error's own code, the line in the source, and the
    /// positions of the constant's name and value among the module's constants, all ones where there is none.
    pub(super) fn clever_error(
        &self,
        package: &Address,
        module: &str,
        code: u64,
    ) -> Option<proto::CleverError> {
        if code >> 63 == 0 {
            return None;
        }
        let [_, error_code, line @ ..] = code.to_be_bytes();
        let [
            line_high,
            line_low,
            name_high,
            name_low,
            value_high,
            value_low,
        ] = line;
        let mut message = proto::CleverError::default();
        message.error_code = (error_code != u8::MAX).then(|| error_code.into());
        message.line_number = Some(u16::from_be_bytes([line_high, line_low]).into());

        let object = self.ledger.object(package)?;
        let ObjectData::Package(data) = object.data() else {
            return None;
        };
        let module =
            CompiledModule::parse(data.modules.get(&Identifier::new(module).ok()?)?).ok()?;
        let name = module.constant(u16::from_be_bytes([name_high, name_low]));
        if let Some((TypeTag::Vector(element), bytes)) = name
            && *element == TypeTag::U8
        {
            message.constant_name = bcs::from_bytes(bytes).ok();
        }
        if let Some((tag, bytes)) = module.constant(u16::from_be_bytes([value_high, value_low])) {
            message.constant_type = Some(tag.to_string());
            message.value = Some(match rendered(&tag, bytes) {
                Some(text) => clever_error::Value::Rendered(text),
                None => clever_error::Value::Raw(bytes.to_vec().into()),
            });
        }
        Some(message)
    }
}

/// A constant as a person would read it.
fn rendered(tag: &TypeTag, bytes: &[u8]) -> Option<String> {
    match tag {
        TypeTag::Bool => bcs::from_bytes::<bool>(bytes)
            .ok()
            .map(|value| value.to_string()),
        TypeTag::U8 => bcs::from_bytes::<u8>(bytes)
            .ok()
            .map(|value| value.to_string()),
        TypeTag::U16 => bcs::from_bytes::<u16>(bytes)
            .ok()
            .map(|value| value.to_string()),
        TypeTag::U32 => bcs::from_bytes::<u32>(bytes)
            .ok()
            .map(|value| value.to_string()),
        TypeTag::U64 => bcs::from_bytes::<u64>(bytes)
            .ok()
            .map(|value| value.to_string()),
        TypeTag::U128 => bcs::from_bytes::<u128>(bytes)
            .ok()
            .map(|value| value.to_string()),
        TypeTag::Address => bcs::from_bytes::<Address>(bytes)
            .ok()
            .map(|value| value.to_string()),
        TypeTag::Vector(element) if **element == TypeTag::U8 => bcs::from_bytes(bytes).ok(),
        _ => None,
    }
}

/// The type arguments of `0x2::{module}::{name}`; none if `tag` is another type.
fn type_arguments<const N: usize>(tag: &TypeTag, module: &str, name: &str) -> Option<[TypeTag; N]> {
    let TypeTag::Struct(tag) = tag else {
        return None;
    };
    let same = *tag.address() == Address::TWO
        && tag.module().as_str() == module
        && tag.name().as_str() == name;
    let arguments = same.then(|| tag.type_params().to_vec())?;
    arguments.try_into().ok()
}
