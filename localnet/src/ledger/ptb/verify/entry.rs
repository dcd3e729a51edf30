//! Functions that are `entry` but not `public` get no argument that a hot potato still has a hold on.
//!
//! Values used together are of one group from then on. A group is hot while it holds a value that can be neither dropped
//! nor stored, and for ever once a shared object was taken by value: whoever made the value could still undo what the
//! function did.

use std::collections::{BTreeMap, BTreeSet};

use sui_sdk_types::CommandArgumentError;

use crate::vm::{Type, Visibility, Vm, VmStatus};

use super::super::super::effects::Failure;
use super::super::errors;
use super::super::program::{CommandKind, InputKind, Place, Program, Usage};

/// Groups of values as a forest: each points to the group it was merged into.
#[derive(Debug, Default)]
struct Groups {
    merged_into: Vec<Option<usize>>,
    hot_values: Vec<usize>,
    always_hot: Vec<bool>,
}

impl Groups {
    fn create(&mut self) -> usize {
        self.merged_into.push(None);
        self.hot_values.push(0);
        self.always_hot.push(false);
        self.merged_into.len() - 1
    }

    fn root(&self, mut group: usize) -> usize {
        // Groups are only ever merged into newer ones, so this ends.
        while let Some(Some(next)) = self.merged_into.get(group) {
            group = *next;
        }
        group
    }

    fn merge(&mut self, groups: &BTreeSet<usize>) -> usize {
        let roots: BTreeSet<usize> = groups.iter().map(|group| self.root(*group)).collect();
        if let (1, Some(root)) = (roots.len(), roots.first()) {
            return *root;
        }
        let merged = self.create();
        for root in roots {
            let (hot, always) = (self.hot(root), self.is_always_hot(root));
            self.add_hot(merged, hot);
            if always {
                self.set_always_hot(merged);
            }
            if let Some(into) = self.merged_into.get_mut(root) {
                *into = Some(merged);
            }
        }
        // Point straight at the new root, so that chains stay short.
        for group in groups {
            if let Some(into) = self.merged_into.get_mut(*group) {
                *into = Some(merged);
            }
        }
        merged
    }

    fn hot(&self, group: usize) -> usize {
        self.hot_values.get(self.root(group)).copied().unwrap_or(0)
    }

    fn is_always_hot(&self, group: usize) -> bool {
        self.always_hot
            .get(self.root(group))
            .copied()
            .unwrap_or(false)
    }

    fn is_hot(&self, group: usize) -> bool {
        self.hot(group) > 0 || self.is_always_hot(group)
    }

    fn add_hot(&mut self, group: usize, count: usize) {
        let root = self.root(group);
        if let Some(hot) = self.hot_values.get_mut(root) {
            *hot += count;
        }
    }

    fn remove_hot(&mut self, group: usize) {
        let root = self.root(group);
        if let Some(hot) = self.hot_values.get_mut(root) {
            *hot = hot.saturating_sub(1);
        }
    }

    fn set_always_hot(&mut self, group: usize) {
        let root = self.root(group);
        if let Some(always) = self.always_hot.get_mut(root) {
            *always = true;
        }
    }
}

/// A value in a place: its group, and whether it heats it.
#[derive(Clone, Copy, Debug)]
struct Held {
    group: usize,
    heats: bool,
}

/// Check every command in order.
pub(super) fn verify(vm: &Vm, program: &Program<'_>) -> Result<(), Failure> {
    let mut groups = Groups::default();
    let mut held: BTreeMap<Place, Held> = BTreeMap::new();
    for (index, command) in program.commands.iter().enumerate() {
        let mut argument_groups = Vec::new();
        let mut takes_shared = false;
        for argument in command.kind.arguments() {
            if argument.place == Place::Context {
                continue;
            }
            // An input has a group of its own from its first use.
            let value = *held.entry(argument.place).or_insert_with(|| Held {
                group: groups.create(),
                heats: false,
            });
            if argument.usage == Usage::Move {
                held.remove(&argument.place);
                if value.heats {
                    groups.remove_hot(value.group);
                }
                takes_shared |= matches!(argument.place, Place::Input(input) if matches!(
                    program.inputs.get(input), Some(InputKind::Object { shared: true, .. })));
            }
            argument_groups.push((argument.index, value.group));
        }
        if let CommandKind::MoveCall { function, .. } = &command.kind
            && function.is_entry()
            && function.visibility() != Visibility::Public
            && let Some((argument, _)) = argument_groups
                .iter()
                .find(|(_, group)| groups.is_hot(*group))
        {
            let kind = CommandArgumentError::InvalidArgumentToPrivateEntryFunction;
            return Err(errors::argument(index, *argument, kind));
        }
        let merged = groups.merge(
            &argument_groups
                .into_iter()
                .map(|(_, group)| group)
                .collect(),
        );
        if takes_shared {
            groups.set_always_hot(merged);
        }
        for (position, (ty, unused)) in command.results.iter().zip(&command.unused).enumerate() {
            if *unused && has_drop(vm, *ty).map_err(errors::status)? {
                continue;
            }
            let heats = is_hot_potato(vm, *ty).map_err(errors::status)?;
            groups.add_hot(merged, usize::from(heats));
            held.insert(
                Place::Result(index, position),
                Held {
                    group: merged,
                    heats,
                },
            );
        }
    }
    Ok(())
}

fn has_drop(vm: &Vm, ty: Type) -> Result<bool, VmStatus> {
    Ok(vm.types().abilities(ty)?.has_drop())
}

fn is_hot_potato(vm: &Vm, ty: Type) -> Result<bool, VmStatus> {
    let abilities = vm.types().abilities(ty)?;
    Ok(!abilities.has_drop() && !abilities.has_store())
}
