//! Structural checks on a parsed module: every index in bounds, every definition the module's own.

use super::super::VmStatus;
use super::code::{Code, Op};
use super::model::{CompiledModule, FieldDefinition, at};
use super::token::Token;
use std::collections::HashSet;

/// More parameters and locals than this cannot be named by an instruction.
const MAX_LOCALS: usize = 256;

pub(super) fn check(module: &CompiledModule) -> Result<(), VmStatus> {
    module.module_id(module.self_handle)?;
    for (address, name) in module.module_handles.iter().chain(&module.friends) {
        at(&module.addresses, *address)?;
        module.identifier(*name)?;
    }
    for handle in &module.datatype_handles {
        module.module_id(handle.module)?;
        module.identifier(handle.name)?;
    }
    for handle in &module.function_handles {
        module.module_id(handle.module)?;
        module.identifier(handle.name)?;
        // Parameters and results may be references, so only the tokens' own checks apply; they are made for all signatures.
        module.signature(handle.parameters)?;
        module.signature(handle.returns)?;
    }
    for token in module.signatures.iter().flatten() {
        match token {
            Token::Reference(inner) | Token::MutReference(inner) => check_token(module, inner)?,
            token => check_token(module, token)?,
        }
    }
    check_definitions(module)?;
    for (function, signature) in &module.function_instantiations {
        let handle = at(&module.function_handles, *function)?;
        check_arity(module, *signature, handle.type_parameters.len())?;
    }
    for (index, signature) in &module.struct_instantiations {
        check_arity(
            module,
            *signature,
            datatype_arity(module, at(&module.structs, *index)?.handle)?,
        )?;
    }
    for (index, signature) in &module.enum_instantiations {
        check_arity(
            module,
            *signature,
            datatype_arity(module, at(&module.enums, *index)?.handle)?,
        )?;
    }
    for (structure, number) in &module.fields {
        at(&at(&module.structs, *structure)?.fields, *number)?;
    }
    for (field, signature) in &module.field_instantiations {
        let (structure, _) = at(&module.fields, *field)?;
        check_arity(
            module,
            *signature,
            datatype_arity(module, at(&module.structs, *structure)?.handle)?,
        )?;
    }
    for (enumeration, tag) in &module.variants {
        at(&at(&module.enums, *enumeration)?.variants, *tag)?;
    }
    for (instantiation, tag) in &module.variant_instantiations {
        let (enumeration, _) = at(&module.enum_instantiations, *instantiation)?;
        at(&at(&module.enums, *enumeration)?.variants, *tag)?;
    }
    for function in &module.functions {
        let handle = at(&module.function_handles, function.handle)?;
        if let Some(code) = &function.code {
            let parameters = module.signature(handle.parameters)?.len();
            check_code(module, code, parameters)?;
        }
    }
    Ok(())
}

/// Definitions must be of this module, each once, with fields of storable shape.
fn check_definitions(module: &CompiledModule) -> Result<(), VmStatus> {
    let mut names = HashSet::new();
    let datatypes = module
        .structs
        .iter()
        .map(|item| item.handle)
        .chain(module.enums.iter().map(|item| item.handle));
    for index in datatypes {
        let handle = module.datatype_handle(index)?;
        if !module.is_self(handle.module) || !names.insert(handle.name) {
            return Err(VmStatus::RejectedBytecode(
                "datatype defined twice or for another module",
            ));
        }
    }
    names.clear();
    for function in &module.functions {
        let handle = module.function_handle(function.handle)?;
        if !module.is_self(handle.module) || !names.insert(handle.name) {
            return Err(VmStatus::RejectedBytecode(
                "function defined twice or for another module",
            ));
        }
    }
    for item in &module.structs {
        // A value of no bytes would make vectors of any length fit into none.
        if item.fields.is_empty() {
            return Err(VmStatus::RejectedBytecode("struct without fields"));
        }
        check_fields(module, &item.fields)?;
    }
    for item in &module.enums {
        for (name, fields) in &item.variants {
            module.identifier(*name)?;
            check_fields(module, fields)?;
        }
    }
    Ok(())
}

fn check_fields(module: &CompiledModule, fields: &[FieldDefinition]) -> Result<(), VmStatus> {
    for field in fields {
        module.identifier(field.name)?;
        check_token(module, &field.token)?;
    }
    Ok(())
}

/// A type that is no reference and holds none.
fn check_token(module: &CompiledModule, token: &Token) -> Result<(), VmStatus> {
    match token {
        Token::Reference(_) | Token::MutReference(_) => {
            return Err(VmStatus::RejectedBytecode(
                "a reference inside another type",
            ));
        }
        Token::Datatype(handle, arguments)
            if datatype_arity(module, *handle)? != arguments.len() =>
        {
            return Err(VmStatus::RejectedBytecode("wrong number of type arguments"));
        }
        _ => {}
    }
    token
        .children()
        .iter()
        .try_for_each(|child| check_token(module, child))
}

fn datatype_arity(module: &CompiledModule, handle: u16) -> Result<usize, VmStatus> {
    Ok(module.datatype_handle(handle)?.type_parameters.len())
}

fn check_arity(module: &CompiledModule, signature: u16, expected: usize) -> Result<(), VmStatus> {
    let arguments = module.signature(signature)?;
    if arguments.len() != expected {
        return Err(VmStatus::RejectedBytecode("wrong number of type arguments"));
    }
    arguments
        .iter()
        .try_for_each(|token| check_token(module, token))
}

fn check_code(module: &CompiledModule, code: &Code, parameters: usize) -> Result<(), VmStatus> {
    let locals = parameters + module.signature(code.locals)?.len();
    if locals > MAX_LOCALS {
        return Err(VmStatus::RejectedBytecode("more than 256 locals"));
    }
    let target = |offset: u16| {
        if usize::from(offset) < code.ops.len() {
            Ok(())
        } else {
            Err(VmStatus::RejectedBytecode("branch out of the function"))
        }
    };
    for table in &code.jump_tables {
        let (_, variants) = module.enumeration(table.enumeration)?;
        if table.targets.len() != variants.len() {
            return Err(VmStatus::RejectedBytecode(
                "jump table without one target for each variant",
            ));
        }
        table
            .targets
            .iter()
            .try_for_each(|offset| target(*offset))?;
    }
    for op in &code.ops {
        match op {
            Op::BrTrue(offset) | Op::BrFalse(offset) | Op::Branch(offset) => target(*offset)?,
            Op::CopyLoc(local)
            | Op::MoveLoc(local)
            | Op::StLoc(local)
            | Op::BorrowLoc(_, local)
                if usize::from(*local) >= locals =>
            {
                return Err(VmStatus::RejectedBytecode("local out of range"));
            }
            Op::LdConst(index) => {
                at(&module.constants, *index)?;
            }
            Op::Call(index) if !module.function_handle(*index)?.type_parameters.is_empty() => {
                return Err(VmStatus::RejectedBytecode("call without type arguments"));
            }
            Op::CallGeneric(index) => {
                module.function_instantiation(*index)?;
            }
            Op::Pack(index) | Op::Unpack(index) => {
                module.structure(*index)?;
            }
            Op::PackGeneric(index) | Op::UnpackGeneric(index) => {
                module.struct_instantiation(*index)?;
            }
            Op::BorrowField(_, index) => {
                module.field(*index)?;
            }
            Op::BorrowFieldGeneric(_, index) => {
                module.field_instantiation(*index)?;
            }
            Op::PackVariant(index) | Op::UnpackVariant(index) | Op::UnpackVariantRef(_, index) => {
                {
                    module.variant(*index)?;
                };
            }
            Op::PackVariantGeneric(index)
            | Op::UnpackVariantGeneric(index)
            | Op::UnpackVariantGenericRef(_, index) => {
                {
                    module.variant_instantiation(*index)?;
                };
            }
            Op::VariantSwitch(index) => {
                at(&code.jump_tables, *index)?;
            }
            Op::VecPack(index, _)
            | Op::VecLen(index)
            | Op::VecBorrow(_, index)
            | Op::VecPushBack(index)
            | Op::VecPopBack(index)
            | Op::VecUnpack(index, _)
            | Op::VecSwap(index) => {
                let [element] = module.signature(*index)? else {
                    return Err(VmStatus::RejectedBytecode(
                        "vector instruction without one element type",
                    ));
                };
                check_token(module, element)?;
            }
            _ => {}
        }
    }
    match code.ops.last() {
        Some(Op::Ret | Op::Abort | Op::Branch(_) | Op::VariantSwitch(_)) => Ok(()),
        _ => Err(VmStatus::RejectedBytecode("code that can run past its end")),
    }
}
