//! The modules of a package together.

use super::super::bytecode::CompiledModule;
use super::error::{Rule, VerificationError};
use std::collections::{BTreeMap, BTreeSet};
use sui_sdk_types::{Address, Identifier};

/// Modules do not depend on each other in a circle, so that functions of several modules cannot call each other without end
/// with ever larger types.
pub(super) fn check(modules: &[&CompiledModule]) -> Result<(), VerificationError> {
    type Id<'a> = (Address, &'a Identifier);
    let mut needs: BTreeMap<Id<'_>, BTreeSet<Id<'_>>> = BTreeMap::new();
    for module in modules {
        let Ok(own) = module.module_id(module.self_handle) else {
            continue;
        };
        let handles = 0..u16::try_from(module.module_handles.len()).unwrap_or(u16::MAX);
        let others = handles.filter_map(|handle| module.module_id(handle).ok());
        needs.insert(own, others.filter(|other| *other != own).collect());
    }
    // Modules that need only what has been taken away are taken away, until nothing changes.
    let names: BTreeSet<_> = needs.keys().copied().collect();
    let mut rest = needs;
    for needed in rest.values_mut() {
        needed.retain(|id| names.contains(id));
    }
    loop {
        let free: Vec<_> = rest
            .iter()
            .filter(|(_, needed)| needed.is_empty())
            .map(|(id, _)| *id)
            .collect();
        if free.is_empty() {
            break;
        }
        for id in free {
            rest.remove(&id);
            rest.values_mut().for_each(|needed| {
                needed.remove(&id);
            });
        }
    }
    match rest.keys().next() {
        None => Ok(()),
        Some((_, name)) => Err(VerificationError {
            module: (*name).clone(),
            function: None,
            instruction: None,
            rule: Rule::CyclicModules,
        }),
    }
}

/// A module's name; parsing made sure that it has one.
pub(super) fn name(module: &CompiledModule) -> Identifier {
    match module.name() {
        Ok(name) => name.clone(),
        Err(_) => Identifier::from_static("unknown"),
    }
}
