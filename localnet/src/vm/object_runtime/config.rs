//! The limits and switches the object runtime and the natives obey.

/// Per-transaction limits and protocol switches of the object runtime.
///
/// [`RuntimeConfig::default`] is protocol 123 with address balances switched on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuntimeConfig {
    /// Most ids one transaction may create.
    pub max_new_ids: usize,
    /// Most ids one transaction may delete.
    pub max_deleted_ids: usize,
    /// Most objects one transaction may transfer, share or freeze.
    pub max_transfers: usize,
    /// Most children one transaction may look up.
    pub max_cached_objects: usize,
    /// Most children one transaction may read, change or add.
    pub max_store_entries: usize,
    /// Most events of one transaction.
    pub max_events: usize,
    /// Largest size of one event, type tag included, in abstract units.
    pub max_event_size: u64,
    /// Largest size of all events of one transaction, in abstract units.
    pub max_total_event_size: u64,
    /// Internal gas units per byte of a child or received object that has to be read from the store.
    pub object_read_cost_per_byte: u64,
    /// Whether funds can be deposited to and withdrawn from address balances.
    pub accumulators: bool,
    /// Whether an object's own balance can be withdrawn from.
    pub object_funds_withdraw: bool,
    /// Whether objects can be transferred to a party.
    pub party_transfer: bool,
    /// Whether authenticated event streams can be written.
    pub authenticated_event_streams: bool,
    /// How ids of dynamic fields are hashed.
    pub field_hash: FieldHash,
}

/// How the id of a dynamic field is hashed from its parent and its key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldHash {
    /// As on every network.
    #[default]
    Network,
    /// As the official machine does where it was built for 32-bit WebAssembly: the key's length takes four bytes instead of
    /// eight. Only for comparing with it.
    Wasm32,
}

impl Default for RuntimeConfig {
    fn default() -> Self {
        Self {
            max_new_ids: 2048,
            max_deleted_ids: 2048,
            max_transfers: 2048,
            max_cached_objects: 1000,
            max_store_entries: 1000,
            max_events: 1024,
            max_event_size: 256_000,
            max_total_event_size: 65_536_000,
            object_read_cost_per_byte: 15,
            accumulators: true,
            object_funds_withdraw: true,
            party_transfer: true,
            authenticated_event_streams: false,
            field_hash: FieldHash::Network,
        }
    }
}

impl RuntimeConfig {
    /// The limits of transactions that the system itself makes, such as genesis.
    #[must_use]
    pub fn system() -> Self {
        Self {
            max_new_ids: 32_768,
            max_deleted_ids: 32_768,
            max_transfers: 32_768,
            max_cached_objects: 16_000,
            max_store_entries: 16_000,
            ..Self::default()
        }
    }

    /// What the official unit-test runner runs under, built for WebAssembly as it comes from npm.
    #[must_use]
    pub fn unit_test() -> Self {
        Self {
            field_hash: FieldHash::Wasm32,
            ..Self::system()
        }
    }

    /// Whether the protocol switch that Move asks for by `name` is on; an unknown name is off.
    pub(crate) fn is_feature_enabled(&self, name: &[u8]) -> bool {
        match name {
            b"enable_accumulators" => self.accumulators,
            b"enable_object_funds_withdraw" => self.object_funds_withdraw,
            b"enable_party_transfer" => self.party_transfer,
            b"enable_authenticated_event_streams" => self.authenticated_event_streams,
            _ => false,
        }
    }
}
