//! From the format's instructions to the interpreter's.

use super::super::bytecode::{self, CompiledModule, Op};
use super::super::{Type, Types, Value, VmStatus};
use super::cost;
use super::instruction::{Callee, Code, Instr};
use super::resolve::ModuleTypes;
use std::collections::HashMap;

/// Translates one function at a time, collecting what its instructions refer to.
pub(super) struct Decoder<'a> {
    types: &'a Types,
    module: &'a CompiledModule,
    resolved: &'a ModuleTypes,
    /// Type parameters of the function.
    type_parameters: usize,
    /// The size of each local in the gas model, if its type alone tells.
    local_sizes: Vec<Option<u8>>,
    wide: Vec<Value>,
    elements: Vec<Type>,
    made: Vec<Type>,
    callees: Vec<Callee>,
    /// Positions of what has been collected, by where the module names it.
    element_index: HashMap<u16, u16>,
    callee_index: HashMap<(u16, Option<u16>), u16>,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(
        types: &'a Types,
        module: &'a CompiledModule,
        resolved: &'a ModuleTypes,
        type_parameters: usize,
    ) -> Self {
        Self {
            types,
            module,
            resolved,
            type_parameters,
            local_sizes: Vec::new(),
            wide: Vec::new(),
            elements: Vec::new(),
            made: Vec::new(),
            callees: Vec::new(),
            element_index: HashMap::new(),
            callee_index: HashMap::new(),
        }
    }

    pub(super) fn decode(
        mut self,
        code: &bytecode::Code,
        parameters: &[Type],
    ) -> Result<Code, VmStatus> {
        let locals = self.resolved.signature(code.locals)?;
        self.local_sizes = parameters
            .iter()
            .chain(locals)
            .map(|ty| cost::fixed_size(self.types, *ty))
            .collect::<Result<_, _>>()?;
        let instructions = code
            .ops
            .iter()
            .map(|op| self.instruction(op))
            .collect::<Result<Box<[_]>, _>>()?;
        self.made.sort_unstable();
        self.made.dedup();
        Ok(Code {
            costs: cost::runs(&instructions),
            instructions,
            locals: narrow(self.local_sizes.len())?,
            jump_tables: code
                .jump_tables
                .iter()
                .map(|table| table.targets.as_slice().into())
                .collect(),
            wide: self.wide.into(),
            elements: self.elements.into(),
            made: self.made.into(),
            callees: self.callees.into(),
        })
    }

    fn instruction(&mut self, op: &Op) -> Result<Instr, VmStatus> {
        Ok(match op {
            Op::Pop => Instr::Pop,
            Op::Ret => Instr::Ret,
            Op::BrTrue(target) => Instr::BrTrue(*target),
            Op::BrFalse(target) => Instr::BrFalse(*target),
            Op::Branch(target) => Instr::Branch(*target),
            Op::LdU8(value) => Instr::LdU8(*value),
            Op::LdU16(value) => Instr::LdU16(*value),
            Op::LdU32(value) => Instr::LdU32(*value),
            Op::LdU64(value) => Instr::LdU64(*value),
            Op::LdU128(value) => self.wide(Value::from(*value))?,
            Op::LdU256(value) => self.wide(Value::from(**value))?,
            Op::LdConst(index) => Instr::LdConst(*index),
            Op::LdTrue => Instr::LdBool(true),
            Op::LdFalse => Instr::LdBool(false),
            Op::CopyLoc(local) => match self.local_sizes.get(usize::from(*local)) {
                Some(Some(size)) => Instr::CopyLoc {
                    local: *local,
                    size: *size,
                },
                _ => Instr::CopyValue(*local),
            },
            Op::MoveLoc(local) => Instr::MoveLoc(*local),
            Op::StLoc(local) => Instr::StLoc(*local),
            Op::BorrowLoc(_, local) => Instr::BorrowLoc(*local),
            Op::BorrowField(_, index) => Instr::BorrowField(self.module.field(*index)?.1),
            Op::BorrowFieldGeneric(_, index) => Instr::BorrowField(
                self.module
                    .field(self.module.field_instantiation(*index)?)?
                    .1,
            ),
            Op::Call(index) => self.call(*index, None)?,
            Op::CallGeneric(index) => {
                let (handle, signature) = self.module.function_instantiation(*index)?;
                self.call(handle, Some(signature))?
            }
            Op::Pack(index) => Instr::Pack(self.structure(*index, None)?),
            Op::PackGeneric(index) => {
                let (definition, signature) = self.module.struct_instantiation(*index)?;
                Instr::Pack(self.structure(definition, Some(signature))?)
            }
            Op::Unpack(index) => Instr::Unpack(self.structure(*index, None)?),
            Op::UnpackGeneric(index) => {
                let (definition, signature) = self.module.struct_instantiation(*index)?;
                Instr::Unpack(self.structure(definition, Some(signature))?)
            }
            Op::PackVariant(index) => {
                let (tag, fields) = self.variant(*index)?;
                Instr::PackVariant { tag, fields }
            }
            Op::PackVariantGeneric(index) => {
                let (tag, fields) = self.variant_instantiation(*index)?;
                Instr::PackVariant { tag, fields }
            }
            Op::UnpackVariant(index) => {
                let (tag, fields) = self.variant(*index)?;
                Instr::UnpackVariant { tag, fields }
            }
            Op::UnpackVariantGeneric(index) => {
                let (tag, fields) = self.variant_instantiation(*index)?;
                Instr::UnpackVariant { tag, fields }
            }
            Op::UnpackVariantRef(_, index) => {
                let (tag, fields) = self.variant(*index)?;
                Instr::UnpackVariantRef { tag, fields }
            }
            Op::UnpackVariantGenericRef(_, index) => {
                let (tag, fields) = self.variant_instantiation(*index)?;
                Instr::UnpackVariantRef { tag, fields }
            }
            Op::VariantSwitch(index) => Instr::VariantSwitch(*index),
            Op::ReadRef => Instr::ReadRef,
            Op::WriteRef => Instr::WriteRef,
            Op::FreezeRef => Instr::FreezeRef,
            Op::Add => Instr::Add,
            Op::Sub => Instr::Sub,
            Op::Mul => Instr::Mul,
            Op::Mod => Instr::Mod,
            Op::Div => Instr::Div,
            Op::BitOr => Instr::BitOr,
            Op::BitAnd => Instr::BitAnd,
            Op::Xor => Instr::Xor,
            Op::Shl => Instr::Shl,
            Op::Shr => Instr::Shr,
            Op::Or => Instr::Or,
            Op::And => Instr::And,
            Op::Not => Instr::Not,
            Op::Eq => Instr::Eq,
            Op::Neq => Instr::Neq,
            Op::Lt => Instr::Lt,
            Op::Gt => Instr::Gt,
            Op::Le => Instr::Le,
            Op::Ge => Instr::Ge,
            Op::Abort => Instr::Abort,
            Op::Nop => Instr::Nop,
            Op::CastU8 => Instr::CastU8,
            Op::CastU16 => Instr::CastU16,
            Op::CastU32 => Instr::CastU32,
            Op::CastU64 => Instr::CastU64,
            Op::CastU128 => Instr::CastU128,
            Op::CastU256 => Instr::CastU256,
            Op::VecPack(signature, count) => self.vector_pack(*signature, *count)?,
            Op::VecLen(_) => Instr::VecLen,
            Op::VecBorrow(..) => Instr::VecBorrow,
            Op::VecPushBack(_) => Instr::VecPushBack,
            Op::VecPopBack(_) => Instr::VecPopBack,
            // No vector of four billion elements exists, so a larger count fails as the largest does.
            Op::VecUnpack(_, count) => Instr::VecUnpack(u32::try_from(*count).unwrap_or(u32::MAX)),
            Op::VecSwap(_) => Instr::VecSwap,
        })
    }

    fn wide(&mut self, value: Value) -> Result<Instr, VmStatus> {
        let index = narrow(self.wide.len())?;
        self.wide.push(value);
        Ok(Instr::LdWide(index))
    }

    fn vector_pack(&mut self, signature: u16, count: u64) -> Result<Instr, VmStatus> {
        let count = u32::try_from(count)
            .map_err(|_| VmStatus::RejectedBytecode("vector literal too long"))?;
        if let Some(element) = self.element_index.get(&signature) {
            return Ok(Instr::VecPack {
                element: *element,
                count,
            });
        }
        let element = self.arguments(signature)?.first().copied();
        let element = element.ok_or(VmStatus::RejectedBytecode(
            "vector instruction without element type",
        ))?;
        self.made.push(self.types.vector(element)?);
        let index = narrow(self.elements.len())?;
        self.elements.push(element);
        self.element_index.insert(signature, index);
        Ok(Instr::VecPack {
            element: index,
            count,
        })
    }

    fn call(&mut self, handle: u16, signature: Option<u16>) -> Result<Instr, VmStatus> {
        let key = (handle, signature);
        if let Some(index) = self.callee_index.get(&key) {
            return Ok(Instr::Call(*index));
        }
        let type_arguments = self.optional_arguments(signature)?.into();
        let handle = self.module.function_handle(handle)?;
        let (package, module) = self.module.module_id(handle.module)?;
        let callee = Callee {
            package,
            module: module.clone(),
            function: self.module.identifier(handle.name)?.clone(),
            type_arguments,
        };
        let index = narrow(self.callees.len())?;
        self.callees.push(callee);
        self.callee_index.insert(key, index);
        Ok(Instr::Call(index))
    }

    /// Notes that the code makes or takes apart this struct; returns its number of fields.
    fn structure(&mut self, definition: u16, signature: Option<u16>) -> Result<u16, VmStatus> {
        let (handle, fields) = self.module.structure(definition)?;
        let count = narrow(fields.len())?;
        self.note(handle, signature)?;
        Ok(count)
    }

    fn variant(&mut self, index: u16) -> Result<(u16, u16), VmStatus> {
        let (enumeration, tag) = self.module.variant(index)?;
        Ok((tag, self.variant_fields(enumeration, tag, None)?))
    }

    fn variant_instantiation(&mut self, index: u16) -> Result<(u16, u16), VmStatus> {
        let (enumeration, signature, tag) = self.module.variant_instantiation(index)?;
        Ok((tag, self.variant_fields(enumeration, tag, Some(signature))?))
    }

    fn variant_fields(
        &mut self,
        enumeration: u16,
        tag: u16,
        signature: Option<u16>,
    ) -> Result<u16, VmStatus> {
        let (handle, variants) = self.module.enumeration(enumeration)?;
        let (_, fields) = variants
            .get(usize::from(tag))
            .ok_or(VmStatus::RejectedBytecode("variant number out of range"))?;
        let count = narrow(fields.len())?;
        self.note(handle, signature)?;
        Ok(count)
    }

    fn note(&mut self, handle: u16, signature: Option<u16>) -> Result<(), VmStatus> {
        let id = self.resolved.datatype(handle)?;
        let arguments = self.optional_arguments(signature)?;
        self.made.push(self.types.datatype(id, &arguments)?);
        Ok(())
    }

    fn optional_arguments(&self, signature: Option<u16>) -> Result<Vec<Type>, VmStatus> {
        signature.map_or_else(|| Ok(Vec::new()), |signature| self.arguments(signature))
    }

    /// The types of a signature, checked to mention only the function's type parameters.
    fn arguments(&self, signature: u16) -> Result<Vec<Type>, VmStatus> {
        let types = self.resolved.signature(signature)?;
        for ty in types {
            if usize::from(self.types.parameter_count(*ty)?) > self.type_parameters {
                return Err(VmStatus::RejectedBytecode("type parameter out of range"));
            }
        }
        Ok(types.to_vec())
    }
}

fn narrow(value: usize) -> Result<u16, VmStatus> {
    u16::try_from(value).map_err(|_| VmStatus::RejectedBytecode("more than 65,535 elements"))
}
