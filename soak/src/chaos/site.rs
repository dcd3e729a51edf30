//! Where a run takes place: a ledger in this process, served over gRPC, with a dApp whose every write tells its number.

use std::sync::Arc;

use sui_sdk_types::TypeTag;
use valet_client::{Call, Deployment, RecordChange, Valet, ValetEvent};
use valet_localnet::{Localnet, ledger::Ledger};

use crate::{
    Error, Packages,
    gas::site::{Place, Site as Published},
};

/// How many records an account has. Each is written again and again, so that objects do not pile up.
const RECORDS: u64 = 16;

pub(super) struct Site {
    pub(super) localnet: Localnet,
    pub(super) deployment: Deployment,
    pub(super) types: Vec<TypeTag>,
}

impl Site {
    pub(super) async fn build(packages: &Packages) -> Result<Self, Error> {
        let published = Published::new(packages)?;
        let Place { deployment, types } = published.place(0)?;
        let localnet = Localnet::builder()
            .without_faucet()
            .with_ledger(Arc::new(published.chain.ledger))
            .start()
            .await
            .map_err(|error| Error::setup("serving the ledger", error))?;
        Ok(Self {
            localnet,
            deployment,
            types,
        })
    }

    pub(super) fn ledger(&self) -> &Ledger {
        self.localnet.ledger()
    }

    /// What happened, read from the ledger's own history.
    pub(super) fn history(&self) -> History {
        let ledger = self.ledger();
        let checkpoints = (0..).map_while(|number| ledger.checkpoint(number));
        let mut history = History::default();
        for checkpoint in checkpoints {
            for executed in &checkpoint.transactions {
                for event in executed.events.iter().flat_map(|events| &events.0) {
                    match ValetEvent::decode(&self.deployment, event) {
                        Some(ValetEvent::RecordWritten(written))
                            if written.change == RecordChange::Set =>
                        {
                            let record = bcs::from_bytes::<(u64, u64)>(&written.key_and_value);
                            history
                                .effects
                                .extend(record.ok().map(|(_, number)| number));
                        }
                        Some(ValetEvent::SessionRenewed(_)) => history.renewals += 1,
                        _ => {}
                    }
                }
            }
        }
        history
    }
}

/// What a ledger's history says.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The numbers of the actions that took effect, in the order of the ledger.
    pub(super) effects: Vec<u64>,
    /// How often a session renewed itself.
    pub(super) renewals: u64,
}

/// The action of a number: it writes that number.
pub(super) fn action(valet: &Valet, types: &[TypeTag], number: u64) -> Call {
    let call = valet.call("ledgers", "write_01");
    let call = types
        .iter()
        .fold(call, |call, tag| call.type_argument(tag.clone()));
    call.dapp()
        .storage()
        .arg(&(number % RECORDS))
        .arg(&number)
        .clock()
}
