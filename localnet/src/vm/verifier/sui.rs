//! Sui's rules of function bodies.

mod fresh_ids;
mod private_generics;

use super::super::bytecode::{Code, CompiledModule};
use super::error::{Broken, Rule};
use super::flow::Flow;
use super::meter::Meter;
use super::typing::Effect;
use sui_sdk_types::Address;

/// Checks one function, which keeps Move's rules.
pub(super) fn check(
    module: &CompiledModule,
    function: u16,
    code: &Code,
    flow: &Flow,
    effects: &[Effect],
    meter: &mut Meter,
) -> Result<(), Broken> {
    fresh_ids::check(module, function, code, flow, effects, meter)?;
    private_generics::check(module, code)
}

/// The names of a function.
fn function_name(module: &CompiledModule, handle: u16) -> Result<(Address, &str, &str), Rule> {
    let out = |_| Rule::OutOfBounds;
    let handle = module.function_handle(handle).map_err(out)?;
    let (address, module_name) = module.module_id(handle.module).map_err(out)?;
    let name = module.identifier(handle.name).map_err(out)?;
    Ok((address, module_name.as_str(), name.as_str()))
}
