//! Objects with their history, and the indexes that queries and execution need.

mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Arc, OnceLock};

use sui_sdk_types::{Address, Digest, Identifier, Object, ObjectData, Owner, StructTag, TypeTag};

use self::versions::Versions;
use super::accumulators;
use crate::canonical;
use crate::maps::HashMap;

/// The part of a struct type that the type index is keyed by; type parameters are compared afterwards.
type TypeKey = (Address, Identifier, Identifier);

/// Every version of every object, indexed by owner, parent, type and address balance.
#[derive(Debug, Default)]
pub(crate) struct ObjectStore {
    live: HashMap<Address, Live>,
    history: HashMap<Address, Versions>,
    owned: HashMap<Address, BTreeSet<Address>>,
    children: HashMap<Address, BTreeSet<Address>>,
    by_type: HashMap<TypeKey, BTreeSet<Address>>,
    balances: BTreeMap<Address, BTreeMap<TypeTag, u64>>,
    /// Packages, dependencies before dependents.
    packages: Vec<Arc<Object>>,
}

/// The newest version of an object.
#[derive(Debug)]
struct Live {
    object: Arc<Object>,
    /// Its digest, once somebody worked it out.
    digest: OnceLock<Digest>,
}

impl Live {
    fn new(object: Arc<Object>) -> Self {
        Self {
            object,
            digest: OnceLock::new(),
        }
    }
}

/// What one transaction changes in the store.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StoreChanges {
    /// Objects that exist afterwards.
    pub(crate) written: Vec<Arc<Object>>,
    /// Objects that do not exist at top level any more: deleted or wrapped.
    pub(crate) removed: Vec<Address>,
}

/// What was live under the ids that a transaction changed, in the order it changed them.
#[derive(Debug)]
pub(crate) struct Undo(Vec<(Address, Option<Arc<Object>>)>);

impl ObjectStore {
    /// The newest version of an object.
    pub(crate) fn get(&self, id: &Address) -> Option<&Arc<Object>> {
        self.live.get(id).map(|live| &live.object)
    }

    /// The digest of an object, worked out at most once for one that is the newest of its id.
    pub(crate) fn digest(&self, object: &Arc<Object>) -> Digest {
        match self.live.get(&object.object_id()) {
            Some(live) if Arc::ptr_eq(&live.object, object) => {
                *live.digest.get_or_init(|| canonical::object_digest(object))
            }
            _ => canonical::object_digest(object),
        }
    }

    /// Remember the digests of objects that were just written, in the order they were.
    pub(crate) fn remember(&self, digests: &[(Address, Digest)]) {
        // Of an object that was written twice, the last version is the one that lives.
        for (id, digest) in digests.iter().rev() {
            if let Some(live) = self.live.get(id) {
                live.digest.get_or_init(|| *digest);
            }
        }
    }

    /// An object as it was at one of its versions.
    pub(crate) fn get_at(&self, id: &Address, version: u64) -> Option<&Arc<Object>> {
        self.history.get(id)?.get(version)
    }

    /// The newest version an object ever had, also when it is gone.
    pub(crate) fn newest_version(&self, id: &Address) -> Option<u64> {
        Some(self.history.get(id)?.newest()?.version())
    }

    /// A child of `parent`, if it is one.
    pub(crate) fn child(&self, parent: &Address, child: &Address) -> Option<&Arc<Object>> {
        self.get(child)
            .filter(|object| *object.owner() == Owner::Object(*parent))
    }

    /// Objects owned by an address, in the order of their ids, after `after`.
    pub(crate) fn owned_by(
        &self,
        owner: &Address,
        type_filter: Option<&StructTag>,
        after: Option<Address>,
        limit: usize,
    ) -> Vec<Arc<Object>> {
        self.page(self.owned.get(owner), after)
            .filter(|object| type_filter.is_none_or(|filter| matches_type(object, filter)))
            .take(limit)
            .collect()
    }

    /// Children of an object, in the order of their ids, after `after`.
    pub(crate) fn children_of(
        &self,
        parent: &Address,
        after: Option<Address>,
        limit: usize,
    ) -> Vec<Arc<Object>> {
        self.page(self.children.get(parent), after)
            .take(limit)
            .collect()
    }

    /// Objects of a type whoever owns them; a filter without type parameters matches every instantiation.
    pub(crate) fn of_type(&self, filter: &StructTag) -> Vec<Arc<Object>> {
        self.page(self.by_type.get(&type_key(filter)), None)
            .filter(|object| matches_type(object, filter))
            .collect()
    }

    fn page<'a>(
        &'a self,
        index: Option<&'a BTreeSet<Address>>,
        after: Option<Address>,
    ) -> impl Iterator<Item = Arc<Object>> + 'a {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        index
            .into_iter()
            .flat_map(move |ids| ids.range((start, Bound::Unbounded)))
            .filter_map(|id| self.get(id).cloned())
    }

    /// What the address balance of `owner` holds of a coin type.
    pub(crate) fn balance(&self, owner: &Address, coin_type: &TypeTag) -> u64 {
        self.balances
            .get(owner)
            .and_then(|balances| balances.get(coin_type))
            .copied()
            .unwrap_or(0)
    }

    /// Every address balance of `owner`.
    pub(crate) fn balances(&self, owner: &Address) -> impl Iterator<Item = (&TypeTag, u64)> {
        self.balances
            .get(owner)
            .into_iter()
            .flatten()
            .map(|(coin_type, amount)| (coin_type, *amount))
    }

    /// Every package, dependencies before dependents.
    pub(crate) fn packages(&self) -> &[Arc<Object>] {
        &self.packages
    }

    /// Make the changes of one transaction, and return what undoes them.
    pub(crate) fn apply(&mut self, changes: &StoreChanges) -> Undo {
        let mut before = Vec::with_capacity(changes.removed.len() + changes.written.len());
        for id in &changes.removed {
            let old = self.live.remove(id).map(|live| live.object);
            if let Some(old) = &old {
                self.unindex(old);
            }
            before.push((*id, old));
        }
        for object in &changes.written {
            let id = object.object_id();
            let old = self.live.insert(id, Live::new(Arc::clone(object)));
            let old = old.map(|live| live.object);
            match &old {
                Some(old) if is_found_alike(old, object) => {}
                Some(old) => {
                    self.unindex(old);
                    self.index(object);
                }
                None => self.index(object),
            }
            before.push((id, old));
            if object.as_struct().is_none() {
                self.packages.push(Arc::clone(object));
            }
            self.history
                .entry(id)
                .or_default()
                .insert(Arc::clone(object));
        }
        Undo(before)
    }

    /// Take the changes of the newest transaction back.
    pub(crate) fn undo(&mut self, changes: &StoreChanges, undo: Undo) {
        for object in &changes.written {
            let id = object.object_id();
            if let Some(gone) = self.live.remove(&id) {
                self.unindex(&gone.object);
            }
            if object.as_struct().is_none() {
                self.packages.retain(|package| package.object_id() != id);
            }
            if let Some(versions) = self.history.get_mut(&id) {
                versions.remove(object.version());
                if versions.is_empty() {
                    self.history.remove(&id);
                }
            }
        }
        for (id, object) in undo.0.into_iter().rev() {
            if let Some(object) = object {
                self.index(&object);
                self.live.insert(id, Live::new(object));
            }
        }
    }

    fn index(&mut self, object: &Object) {
        let id = object.object_id();
        if let Some(index) = owner_index(&mut self.owned, &mut self.children, object.owner()) {
            index.0.entry(index.1).or_default().insert(id);
        }
        if let ObjectData::Struct(data) = object.data() {
            self.by_type
                .entry(type_key(data.object_type()))
                .or_default()
                .insert(id);
            if let Some((owner, coin_type, amount)) = accumulators::parse_balance_object(data) {
                self.balances
                    .entry(owner)
                    .or_default()
                    .insert(coin_type.clone(), amount);
            }
        }
    }

    fn unindex(&mut self, object: &Object) {
        let id = object.object_id();
        if let Some((index, key)) = owner_index(&mut self.owned, &mut self.children, object.owner())
        {
            forget(index, &key, &id);
        }
        if let ObjectData::Struct(data) = object.data() {
            forget(&mut self.by_type, &type_key(data.object_type()), &id);
            if let Some((owner, coin_type, _)) = accumulators::parse_balance_object(data)
                && let Some(of_owner) = self.balances.get_mut(&owner)
            {
                of_owner.remove(coin_type);
                if of_owner.is_empty() {
                    self.balances.remove(&owner);
                }
            }
        }
    }
}

/// Whether two versions of an object are at the same places of every index; one that holds a balance never is.
fn is_found_alike(old: &Object, new: &Object) -> bool {
    let (Some(before), Some(after)) = (old.as_struct(), new.as_struct()) else {
        return false;
    };
    old.owner() == new.owner()
        && before.object_type() == after.object_type()
        && accumulators::parse_balance_object(after).is_none()
}

type OwnerIndex = HashMap<Address, BTreeSet<Address>>;

fn owner_index<'a>(
    owned: &'a mut OwnerIndex,
    children: &'a mut OwnerIndex,
    owner: &Owner,
) -> Option<(&'a mut OwnerIndex, Address)> {
    match owner {
        Owner::Address(address) | Owner::ConsensusAddress { owner: address, .. } => {
            Some((owned, *address))
        }
        Owner::Object(parent) => Some((children, *parent)),
        _ => None,
    }
}

fn forget<K: std::hash::Hash + Eq>(
    index: &mut HashMap<K, BTreeSet<Address>>,
    key: &K,
    id: &Address,
) {
    if let Some(ids) = index.get_mut(key) {
        ids.remove(id);
        if ids.is_empty() {
            index.remove(key);
        }
    }
}

fn type_key(tag: &StructTag) -> TypeKey {
    (*tag.address(), tag.module().clone(), tag.name().clone())
}

fn matches_type(object: &Object, filter: &StructTag) -> bool {
    object.as_struct().is_some_and(|data| {
        let tag = data.object_type();
        if filter.type_params().is_empty() {
            type_key(tag) == type_key(filter)
        } else {
            tag == filter
        }
    })
}
