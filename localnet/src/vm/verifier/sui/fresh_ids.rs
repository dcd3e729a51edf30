//! An object is made of an id that was made for it, and of no id that another object had.

use super::super::super::bytecode::{Code, CompiledModule, Op};
use super::super::error::{Broken, Rule};
use super::super::fixpoint::{self, Analysis};
use super::super::flow::Flow;
use super::super::locals::LocalSet;
use super::super::meter::Meter;
use super::super::typing::Effect;
use super::function_name;
use std::ops::Range;
use sui_sdk_types::Address;

/// Functions of `0x2` that make fresh ids.
const MAKERS: [(&str, &str); 4] = [
    ("object", "new"),
    ("object", "new_uid_from_hash"),
    ("derived_object", "claim"),
    ("test_scenario", "new_object"),
];

/// Modules of `0x2` whose `create` makes a system object, at an address that is no fresh id.
const SYSTEM_OBJECTS: [&str; 8] = [
    "clock",
    "authenticator_state",
    "random",
    "deny_list",
    "accumulator",
    "coin_registry",
    "display_registry",
    "address_alias",
];

struct FreshIds<'m> {
    module: &'m CompiledModule,
    code: &'m Code,
    effects: &'m [Effect],
}

pub(super) fn check(
    module: &CompiledModule,
    function: u16,
    code: &Code,
    flow: &Flow,
    effects: &[Effect],
    meter: &mut Meter,
) -> Result<(), Broken> {
    let mut analysis = FreshIds {
        module,
        code,
        effects,
    };
    let mut makes_objects = false;
    for op in &code.ops {
        makes_objects |= analysis.makes_object(op)?;
    }
    let (address, module_name, name) = function_name(module, function)?;
    let system = address == Address::TWO && SYSTEM_OBJECTS.contains(&module_name);
    if !makes_objects || (system && name == "create") {
        return Ok(());
    }
    fixpoint::run(&mut analysis, flow, LocalSet::default(), meter)
}

impl FreshIds<'_> {
    fn makes_object(&self, op: &Op) -> Result<bool, Rule> {
        let out = |_| Rule::OutOfBounds;
        let definition = match op {
            Op::Pack(index) => *index,
            Op::PackGeneric(index) => self.module.struct_instantiation(*index).map_err(out)?.0,
            _ => return Ok(false),
        };
        let (handle, _) = self.module.structure(definition).map_err(out)?;
        let handle = self.module.datatype_handle(handle).map_err(out)?;
        Ok(handle.abilities.has_key())
    }

    fn makes_id(&self, op: &Op) -> Result<bool, Rule> {
        let handle = match op {
            Op::Call(handle) => *handle,
            Op::CallGeneric(index) => {
                let found = self.module.function_instantiation(*index);
                found.map_err(|_| Rule::OutOfBounds)?.0
            }
            _ => return Ok(false),
        };
        let (address, module, name) = function_name(self.module, handle)?;
        Ok(address == Address::TWO && MAKERS.contains(&(module, name)))
    }

    /// `stack` says of each operand whether it is a fresh id, as `fresh` does of locals.
    fn step(&self, fresh: &mut LocalSet, stack: &mut Vec<bool>, at: usize) -> Result<(), Rule> {
        let op = self.code.ops.get(at).ok_or(Rule::OutOfBounds)?;
        let effect = self.effects.get(at).ok_or(Rule::OutOfBounds)?;
        match op {
            Op::MoveLoc(local) => {
                stack.push(fresh.contains(*local));
                fresh.set(*local, false);
            }
            Op::StLoc(local) => fresh.set(*local, stack.pop().unwrap_or(false)),
            op => {
                let rest = stack.len().saturating_sub(effect.pops);
                // The first field of an object is its id.
                if self.makes_object(op)? && stack.get(rest) != Some(&true) {
                    return Err(Rule::IdLeak);
                }
                stack.truncate(rest);
                let made = self.makes_id(op)?;
                stack.extend(std::iter::repeat_n(made, effect.pushes));
            }
        }
        Ok(())
    }
}

impl Analysis for FreshIds<'_> {
    type State = LocalSet;

    fn block(
        &mut self,
        state: &mut LocalSet,
        code: Range<usize>,
        _: &mut Meter,
    ) -> Result<(), Broken> {
        let mut stack = Vec::new();
        for at in code {
            self.step(state, &mut stack, at)
                .map_err(|rule| Broken::from(rule).at(at))?;
        }
        Ok(())
    }

    fn join(
        &mut self,
        known: &mut LocalSet,
        other: &LocalSet,
        _: &mut Meter,
    ) -> Result<bool, Rule> {
        let joined = known.intersection(*other);
        Ok(std::mem::replace(known, joined) != joined)
    }
}
