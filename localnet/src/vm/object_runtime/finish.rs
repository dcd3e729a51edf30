//! From what happened during a transaction to what it did.

use sui_sdk_types::{Address, Owner, StructTag};

use super::{
    InputAccess, LoadedObject, ObjectRuntime, RuntimeResults, WriteKind, WrittenObject, ownership,
};
use crate::vm::{Heap, Type, Types, VmStatus, bcs};

impl ObjectRuntime<'_> {
    /// Everything the transaction did.
    ///
    /// # Errors
    /// [`VmStatus::CircularOwnership`] if objects own each other, an invariant violation if a value is gone.
    pub fn finish(mut self, heap: &Heap, types: &Types) -> Result<RuntimeResults, VmStatus> {
        let mut results = RuntimeResults {
            ids_created: self.ids_created,
            events: std::mem::take(&mut self.events),
            accumulator_events: std::mem::take(&mut self.accumulators).into_events(),
            ..RuntimeResults::default()
        };
        let (child_effects, loaded) = std::mem::take(&mut self.children).finish(heap, types)?;
        results.loaded = loaded
            .into_iter()
            .map(|(id, object)| {
                (
                    id,
                    LoadedObject {
                        object,
                        modified: false,
                        received: false,
                    },
                )
            })
            .chain(
                std::mem::take(&mut self.received)
                    .into_iter()
                    .map(|(id, object)| {
                        // A received object has left its place, whatever became of it.
                        (
                            id,
                            LoadedObject {
                                object,
                                modified: true,
                                received: true,
                            },
                        )
                    }),
            )
            .collect();

        let mut owners = Vec::with_capacity(self.transfers.len());
        for (id, transfer) in std::mem::take(&mut self.transfers) {
            let tag = types.struct_tag(transfer.type_)?;
            let contents = bcs::serialize(types, heap, transfer.type_, transfer.value)?;
            let owner = self.settled_owner(&id, transfer.owner);
            owners.push((transfer.order, id, owner));
            let written =
                self.written(id, owner, types, (transfer.type_, tag), contents, &results)?;
            results.written.insert(id, written);
        }
        for effect in child_effects {
            if let Some(loaded) = results.loaded.get_mut(&effect.id) {
                loaded.modified = true;
            }
            if let Some((parent, type_, tag, contents)) = effect.written {
                let owner = Owner::Object(parent);
                owners.push((usize::MAX, effect.id, owner));
                let written =
                    self.written(effect.id, owner, types, (type_, tag), contents, &results)?;
                results.written.insert(effect.id, written);
            }
        }
        // Children come last, as the store writes them after everything else.
        owners.sort_by_key(|(order, id, _)| (*order, *id));
        if let Some(id) = ownership::find_cycle(owners.iter().map(|(_, id, owner)| (id, owner))) {
            return Err(VmStatus::CircularOwnership(id));
        }

        let (created, deleted) = std::mem::take(&mut self.ids).into_sets();
        for (id, loaded) in &mut results.loaded {
            loaded.modified |= results.written.contains_key(id) || deleted.contains(id);
        }
        let inputs = self.inputs.iter();
        let mutable = inputs
            .filter(|(_, input)| input.access == InputAccess::Mutable)
            .map(|(id, _)| id);
        let modified = results
            .loaded
            .iter()
            .filter(|(_, loaded)| loaded.modified)
            .map(|(id, _)| id);
        results.wrapped = mutable
            .chain(modified)
            .filter(|id| !results.written.contains_key(id) && !deleted.contains(id))
            .copied()
            .collect();
        (results.created, results.deleted) = (created, deleted);
        Ok(results)
    }

    fn written(
        &self,
        id: Address,
        owner: Owner,
        types: &Types,
        (type_, type_tag): (Type, StructTag),
        contents: Vec<u8>,
        results: &RuntimeResults,
    ) -> Result<WrittenObject, VmStatus> {
        let kind = if self.ids.is_created(&id) {
            WriteKind::Created
        } else if self.inputs.contains_key(&id) || results.loaded.contains_key(&id) {
            WriteKind::Mutated
        } else {
            WriteKind::Unwrapped
        };
        Ok(WrittenObject {
            owner,
            type_tag,
            has_public_transfer: types.abilities(type_)?.has_store(),
            contents,
            kind,
        })
    }

    /// The owner with the version it keeps, if it is the same kind of owner as before.
    fn settled_owner(&self, id: &Address, owner: Owner) -> Owner {
        match self.inputs.get(id) {
            Some(input) if ownership::same_owner(&owner, &input.owner) => input.owner,
            _ => owner,
        }
    }
}
