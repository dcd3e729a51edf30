//! From what happened during a transaction to what it did.

use std::collections::BTreeSet;
use std::mem;

use sui_sdk_types::{Address, Owner};

use super::children::WrittenChild;
use super::{
    InputAccess, LoadedObject, ObjectRuntime, RuntimeResults, Transfer, WriteKind, WrittenObject,
    ownership,
};
use crate::vm::{Heap, Types, VmStatus, bcs};

impl ObjectRuntime<'_> {
    /// Everything the transaction did.
    ///
    /// # Errors
    /// [`VmStatus::CircularOwnership`] if objects own each other, an invariant violation if a value is gone.
    pub fn finish(mut self, heap: &Heap, types: &Types) -> Result<RuntimeResults, VmStatus> {
        let mut results = RuntimeResults {
            ids_created: self.ids_created,
            events: mem::take(&mut self.events),
            accumulator_events: mem::take(&mut self.accumulators).into_events(),
            ..RuntimeResults::default()
        };
        let children = mem::take(&mut self.children).finish(heap, types)?;
        for (id, object) in children.loaded {
            let modified = children.written.contains_key(&id);
            results.loaded.insert(
                id,
                LoadedObject {
                    object,
                    modified,
                    received: false,
                },
            );
        }
        for id in children.removed {
            if let Some(loaded) = results.loaded.get_mut(&id) {
                loaded.modified = true;
            }
        }
        for (id, object) in mem::take(&mut self.received) {
            // A received object has left its place, whatever became of it.
            results.loaded.insert(
                id,
                LoadedObject {
                    object,
                    modified: true,
                    received: true,
                },
            );
        }

        let mut transfers: Vec<_> = mem::take(&mut self.transfers).into_iter().collect();
        transfers.sort_by_key(|(_, transfer)| transfer.order);
        let mut owners = Vec::with_capacity(transfers.len() + children.written.len());
        for (id, transfer) in transfers {
            let written = self.transferred(&id, &transfer, heap, types, &results)?;
            owners.push((id, written.owner));
            results.written.insert(id, written);
        }
        for (id, child) in children.written {
            owners.push((id, Owner::Object(child.parent)));
            let written = self.kept_as_child(&id, child, types, &results)?;
            results.written.insert(id, written);
        }
        if let Some(id) = ownership::find_cycle(owners.iter().map(|(id, owner)| (id, owner))) {
            return Err(VmStatus::CircularOwnership(id));
        }

        (results.created, results.deleted) = mem::take(&mut self.ids).into_sets();
        for (id, loaded) in &mut results.loaded {
            loaded.modified |= results.written.contains_key(id) || results.deleted.contains(id);
        }
        results.wrapped = self.wrapped(&results);
        Ok(results)
    }

    fn transferred(
        &self,
        id: &Address,
        transfer: &Transfer,
        heap: &Heap,
        types: &Types,
        results: &RuntimeResults,
    ) -> Result<WrittenObject, VmStatus> {
        // The same kind of owner as before keeps the version inside it.
        let owner = match self.inputs.get(id) {
            Some(input) if ownership::same_owner(&transfer.owner, &input.owner) => input.owner,
            _ => transfer.owner,
        };
        let mut contents = bcs::serialize(types, heap, transfer.type_, transfer.value)?;
        contents.shrink_to_fit();
        Ok(WrittenObject {
            owner,
            type_tag: types.struct_tag(transfer.type_)?.clone(),
            has_public_transfer: types.abilities(transfer.type_)?.has_store(),
            contents,
            kind: self.write_kind(id, results),
        })
    }

    fn kept_as_child(
        &self,
        id: &Address,
        mut child: WrittenChild,
        types: &Types,
        results: &RuntimeResults,
    ) -> Result<WrittenObject, VmStatus> {
        child.contents.shrink_to_fit();
        Ok(WrittenObject {
            owner: Owner::Object(child.parent),
            type_tag: child.tag,
            has_public_transfer: types.abilities(child.type_)?.has_store(),
            contents: child.contents,
            kind: self.write_kind(id, results),
        })
    }

    fn write_kind(&self, id: &Address, results: &RuntimeResults) -> WriteKind {
        if self.ids.is_created(id) {
            WriteKind::Created
        } else if self.inputs.contains_key(id) || results.loaded.contains_key(id) {
            WriteKind::Mutated
        } else {
            WriteKind::Unwrapped
        }
    }

    /// What was at top level or a child before, and is neither anywhere nor deleted now.
    fn wrapped(&self, results: &RuntimeResults) -> BTreeSet<Address> {
        let inputs = self
            .inputs
            .iter()
            .filter(|(_, input)| input.access == InputAccess::Mutable);
        let loaded = results.loaded.iter().filter(|(_, loaded)| loaded.modified);
        inputs
            .map(|(id, _)| id)
            .chain(loaded.map(|(id, _)| id))
            .filter(|id| !results.written.contains_key(id) && !results.deleted.contains(id))
            .copied()
            .collect()
    }
}
