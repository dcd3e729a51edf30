//! All versions of one object.

use std::sync::Arc;

use sui_sdk_types::Object;

/// The versions of an object, oldest first. Most objects of a large ledger have one, so it takes no more than that needs.
#[derive(Debug, Default)]
pub(super) struct Versions(Vec<Arc<Object>>);

impl Versions {
    pub(super) fn get(&self, version: u64) -> Option<&Arc<Object>> {
        self.0.get(self.position(version).ok()?)
    }

    pub(super) fn newest(&self) -> Option<&Arc<Object>> {
        self.0.last()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn insert(&mut self, object: Arc<Object>) {
        match self.position(object.version()) {
            Ok(index) => {
                if let Some(place) = self.0.get_mut(index) {
                    *place = object;
                }
            }
            Err(index) => {
                if self.0.is_empty() {
                    self.0.reserve_exact(1);
                }
                self.0.insert(index, object);
            }
        }
    }

    pub(super) fn remove(&mut self, version: u64) {
        if let Ok(index) = self.position(version) {
            self.0.remove(index);
        }
    }

    /// Where a version is, or where it belongs: nearly always at the end.
    fn position(&self, version: u64) -> Result<usize, usize> {
        match self.0.last() {
            Some(newest) if newest.version() < version => Err(self.0.len()),
            _ => self
                .0
                .binary_search_by_key(&version, |object| object.version()),
        }
    }
}
