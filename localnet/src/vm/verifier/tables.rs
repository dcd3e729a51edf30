//! The tables of a module: sizes, no element twice, nothing named and not defined, friends.

use super::super::bytecode::{CompiledModule, FieldDefinition, Token};
use super::error::Rule;
use std::collections::HashSet;
use std::hash::Hash;

const MAX_TYPE_PARAMETERS: usize = 32;
const MAX_PARAMETERS: usize = 128;
/// Parts of a type, where a datatype and a type parameter count as several.
const MAX_TYPE_PARTS: usize = 256;
const NAMED_TYPE_PARTS: usize = 4;
const MAX_DATATYPES: usize = 200;
const MAX_FIELDS: usize = 32;

pub(super) fn check(module: &CompiledModule) -> Result<(), Rule> {
    sizes(module)?;
    distinct(module)?;
    defined(module)?;
    friends(module)
}

fn sizes(module: &CompiledModule) -> Result<(), Rule> {
    for handle in &module.datatype_handles {
        if handle.type_parameters.len() > MAX_TYPE_PARAMETERS {
            return Err(Rule::TooManyTypeParameters);
        }
    }
    for handle in &module.function_handles {
        if handle.type_parameters.len() > MAX_TYPE_PARAMETERS {
            return Err(Rule::TooManyTypeParameters);
        }
        let parameters = module
            .signature(handle.parameters)
            .map_err(|_| Rule::OutOfBounds)?;
        if parameters.len() > MAX_PARAMETERS {
            return Err(Rule::TooManyParameters);
        }
    }
    if module.structs.len() + module.enums.len() > MAX_DATATYPES {
        return Err(Rule::TooManyDatatypes);
    }
    let structs = module.structs.iter().map(|item| item.fields.len());
    let enums = module.enums.iter().map(|item| {
        let fields = item.variants.iter().map(|(_, fields)| fields.len());
        fields.sum()
    });
    if structs.chain(enums).any(|fields| fields > MAX_FIELDS) {
        return Err(Rule::TooManyFields);
    }
    let constants = module.constants.iter().map(|constant| &constant.token);
    let types = module.signatures.iter().flatten().chain(constants);
    for token in types.chain(fields(module).map(|field| &field.token)) {
        if parts(token) > MAX_TYPE_PARTS {
            return Err(Rule::TypeTooLarge);
        }
    }
    Ok(())
}

fn parts(token: &Token) -> usize {
    let own = match token {
        Token::Datatype(..) | Token::Parameter(_) => NAMED_TYPE_PARTS,
        _ => 1,
    };
    own + token.children().iter().map(parts).sum::<usize>()
}

/// All fields of all structs and variants.
pub(super) fn fields(module: &CompiledModule) -> impl Iterator<Item = &FieldDefinition> {
    let structs = module.structs.iter().flat_map(|item| &item.fields);
    let variants = module.enums.iter().flat_map(|item| &item.variants);
    structs.chain(variants.flat_map(|(_, fields)| fields))
}

/// An index names an element of its own, so that equal things have equal indices.
fn distinct(module: &CompiledModule) -> Result<(), Rule> {
    unique(&module.identifiers)?;
    unique(&module.addresses)?;
    unique(
        module
            .constants
            .iter()
            .map(|item| (&item.token, &item.bytes)),
    )?;
    unique(&module.signatures)?;
    unique(&module.module_handles)?;
    unique(&module.friends)?;
    unique(
        module
            .datatype_handles
            .iter()
            .map(|item| (item.module, item.name)),
    )?;
    unique(
        module
            .function_handles
            .iter()
            .map(|item| (item.module, item.name)),
    )?;
    unique(&module.function_instantiations)?;
    unique(&module.fields)?;
    unique(&module.field_instantiations)?;
    unique(&module.struct_instantiations)?;
    unique(&module.enum_instantiations)?;
    unique(&module.variants)?;
    unique(&module.variant_instantiations)?;
    unique(module.functions.iter().map(|item| item.handle))?;
    let structs = module.structs.iter().map(|item| item.handle);
    unique(structs.chain(module.enums.iter().map(|item| item.handle)))?;
    for item in &module.structs {
        unique(item.fields.iter().map(|field| field.name))?;
    }
    for item in &module.enums {
        unique(item.variants.iter().map(|(name, _)| name))?;
        for (_, fields) in &item.variants {
            unique(fields.iter().map(|field| field.name))?;
        }
    }
    Ok(())
}

fn unique<T: Eq + Hash>(items: impl IntoIterator<Item = T>) -> Result<(), Rule> {
    let mut seen = HashSet::new();
    if items.into_iter().all(|item| seen.insert(item)) {
        Ok(())
    } else {
        Err(Rule::Duplicate)
    }
}

/// Every type and function the module names as its own is one that it defines.
fn defined(module: &CompiledModule) -> Result<(), Rule> {
    let structs = module.structs.iter().map(|item| item.handle);
    let datatypes: HashSet<u16> = structs
        .chain(module.enums.iter().map(|item| item.handle))
        .collect();
    let functions: HashSet<u16> = module.functions.iter().map(|item| item.handle).collect();
    let own_types = module.datatype_handles.iter().map(|handle| handle.module);
    let own_functions = module.function_handles.iter().map(|handle| handle.module);
    for (handles, defined) in [
        (own_types.collect::<Vec<_>>(), datatypes),
        (own_functions.collect(), functions),
    ] {
        for (index, owner) in (0u16..).zip(handles) {
            if owner == module.self_handle && !defined.contains(&index) {
                return Err(Rule::MissingDefinition);
            }
        }
    }
    Ok(())
}

fn friends(module: &CompiledModule) -> Result<(), Rule> {
    let own = module
        .module_id(module.self_handle)
        .map_err(|_| Rule::OutOfBounds)?;
    for friend in module.friends().map_err(|_| Rule::OutOfBounds)? {
        if friend == own {
            return Err(Rule::FriendOfItself);
        }
        if friend.0 != own.0 {
            return Err(Rule::FriendElsewhere);
        }
    }
    Ok(())
}
