//! Functions that act for the module that defines a type are called from that module.

use super::super::super::bytecode::{Code, CompiledModule, Op, Token};
use super::super::error::{Broken, Rule};
use super::function_name;
use sui_sdk_types::Address;

const STDLIB: Address = Address::from_static("0x1");

/// Functions whose one type argument must be a type of the calling module.
const FOR_OWN_TYPES: [(Address, &str, &str); 9] = [
    (STDLIB, "internal", "permit"),
    (Address::TWO, "event", "emit"),
    (Address::TWO, "event", "emit_authenticated"),
    (Address::TWO, "transfer", "transfer"),
    (Address::TWO, "transfer", "freeze_object"),
    (Address::TWO, "transfer", "share_object"),
    (Address::TWO, "transfer", "receive"),
    (Address::TWO, "transfer", "party_transfer"),
    (Address::TWO, "coin_registry", "new_currency"),
];

pub(super) fn check(module: &CompiledModule, code: &Code) -> Result<(), Broken> {
    for (at, op) in code.ops.iter().enumerate() {
        if let Op::CallGeneric(index) = op {
            check_call(module, *index).map_err(|rule| Broken::from(rule).at(at))?;
        }
    }
    Ok(())
}

fn check_call(module: &CompiledModule, instantiation: u16) -> Result<(), Rule> {
    let found = module.function_instantiation(instantiation);
    let (callee, signature) = found.map_err(|_| Rule::OutOfBounds)?;
    if !FOR_OWN_TYPES.contains(&function_name(module, callee)?) {
        return Ok(());
    }
    let arguments = module.signature(signature).map_err(|_| Rule::OutOfBounds)?;
    let is_own = |token: &Token| match token {
        Token::Datatype(handle, _) => module
            .datatype_handle(*handle)
            .is_ok_and(|handle| handle.module == module.self_handle),
        _ => false,
    };
    if arguments.len() == 1 && arguments.iter().all(is_own) {
        Ok(())
    } else {
        Err(Rule::PrivateGeneric)
    }
}
