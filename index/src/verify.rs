//! Comparing an index with the chain.

use std::{collections::BTreeMap, fmt};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use sui_sdk_types::{Address, StructTag};
use valet_client::{Error, Network, Status, Valet};

use crate::{Index, IndexError, StorageQuery, StorageRecord};

/// Reads in flight.
const READS: usize = 16;
/// How often a difference is looked at again: the chain goes on while it is read.
const LOOKS: u32 = 5;

/// What a comparison found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// How many storages were compared, with their sessions and purses.
    pub storages: u64,
    /// How many of them have a session registered.
    pub sessions: u64,
    /// Where the index and the chain differ; empty when they are equal.
    pub differences: Vec<Difference>,
}

/// Something that the index and the chain say differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The dApp's type.
    pub dapp: StructTag,
    /// The storage, or the dApp's storage.
    pub object: Address,
    /// What of it, such as `debt` or `session`.
    pub field: String,
    /// What the index says.
    pub index: String,
    /// What the chain says.
    pub chain: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            dapp,
            object,
            field,
            index,
            chain,
        } = self;
        write!(
            f,
            "{field} of {object} in {dapp}: the index says {index}, the chain {chain}"
        )
    }
}

impl Index {
    /// Catches up, and compares every storage with its object on the chain: counters, debt, the registered session with its
    /// grant and all that is left of it, the session that ended last, and every coin in the purse; also, for every owner, that
    /// there is no storage in another of the index's dApps that the index has missed; and what each dApp's credit and users
    /// ever paid. Something that differs is looked at again after catching up once more, so that a chain that goes on makes no
    /// difference.
    ///
    /// # Errors
    /// As [`catch_up`](Self::catch_up), and [`IndexError::Client`] when the chain cannot be read.
    pub async fn verify(&self, network: &Network) -> Result<Verification, IndexError> {
        self.catch_up(network).await?;
        let mut verification = Verification {
            storages: 0,
            sessions: 0,
            differences: Vec::new(),
        };
        let mut valets = BTreeMap::new();
        for deployment in self.scope().deployments() {
            let valet = Valet::new(network.clone(), deployment.clone()).await?;
            valets.insert(deployment.dapp_type.clone(), valet);
        }
        let mut query = StorageQuery::new();
        loop {
            let page = self.storages(&query)?;
            let Some(last) = page.last() else {
                break;
            };
            query = query.after(last.storage);
            for record in &page {
                verification.storages = verification.storages.saturating_add(1);
                let has_session = u64::from(record.session.is_some());
                verification.sessions = verification.sessions.saturating_add(has_session);
            }
            let compared = stream::iter(&page).map(|record| self.compare(&valets, record));
            let found: Vec<Vec<Difference>> = compared.buffered(READS).try_collect().await?;
            verification.differences.extend(found.into_iter().flatten());
        }
        for (dapp, valet) in &valets {
            let found = self.compare_totals(dapp, valet).await?;
            verification.differences.extend(found);
        }
        Ok(verification)
    }

    /// Compares all that an owner has, beginning at one of the storages.
    async fn compare(
        &self,
        valets: &BTreeMap<StructTag, Valet>,
        record: &StorageRecord,
    ) -> Result<Vec<Difference>, IndexError> {
        let mut differences = Vec::new();
        for (dapp, valet) in valets {
            let storage = valet.deployment().storage_id(record.owner);
            // What the index has of the owner elsewhere has a record of its own; only what it lacks is looked for here.
            if *dapp != record.dapp && self.status(storage)?.is_some() {
                continue;
            }
            let mut looks = 1;
            loop {
                let found = self.compare_storage(dapp, valet, record.owner).await?;
                if found.is_empty() || looks == LOOKS {
                    differences.extend(found);
                    break;
                }
                looks += 1;
                self.catch_up(valet.network()).await?;
            }
        }
        Ok(differences)
    }

    async fn compare_storage(
        &self,
        dapp: &StructTag,
        valet: &Valet,
        owner: Address,
    ) -> Result<Vec<Difference>, IndexError> {
        let account = valet.account(owner);
        let storage = account.storage_id();
        // Read first: what the index learns meanwhile shows as a difference, and is looked at again.
        let chain = match account.status().await {
            Ok(status) => Some(status),
            Err(Error::NotOnboarded { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let index = self.status(storage)?;
        let mut pairs = fields(index.as_ref(), chain.as_ref());
        for (coin_type, held) in self.purse(storage)? {
            let field = format!("purse of {coin_type}");
            let found = match coin_type.parse() {
                Ok(tag) => account.purse(&tag).await?.to_string(),
                Err(_) => "no such type".to_owned(),
            };
            pairs.push((field, held.to_string(), found));
        }
        pairs.retain(|(_, index, chain)| index != chain);
        Ok(pairs
            .into_iter()
            .map(|(field, index, chain)| Difference {
                dapp: dapp.clone(),
                object: storage,
                field,
                index,
                chain,
            })
            .collect())
    }

    async fn compare_totals(
        &self,
        dapp: &StructTag,
        valet: &Valet,
    ) -> Result<Vec<Difference>, IndexError> {
        let mut looks = 1;
        loop {
            let chain = valet.credit().await?.totals;
            let record = self.dapp(dapp)?;
            let (by_credit, by_users) = record.map_or((0, 0), |record| {
                let paid = record.settlements;
                (
                    paid.credit_paid.saturating_add(record.records_credit_paid),
                    paid.coin_paid.saturating_add(paid.purse_paid),
                )
            });
            let pairs = [
                ("paid by credit", by_credit, chain.settled),
                ("paid by users", by_users, chain.paid_by_users),
            ];
            let different = pairs.iter().filter(|(_, index, chain)| index != chain);
            let differences: Vec<_> = different
                .map(|(field, index, chain)| Difference {
                    dapp: dapp.clone(),
                    object: valet.deployment().dapp_storage.id,
                    field: (*field).to_owned(),
                    index: index.to_string(),
                    chain: chain.to_string(),
                })
                .collect();
            if differences.is_empty() || looks == LOOKS {
                return Ok(differences);
            }
            looks += 1;
            self.catch_up(valet.network()).await?;
        }
    }
}

/// Every field of an account, as the index and as the chain has it.
fn fields(index: Option<&Status>, chain: Option<&Status>) -> Vec<(String, String, String)> {
    let (Some(index), Some(chain)) = (index, chain) else {
        let there = |status: Option<&Status>| match status {
            Some(_) => "that it exists".to_owned(),
            None => "that there is none".to_owned(),
        };
        return vec![("existence".to_owned(), there(index), there(chain))];
    };
    let pair = |field: &str, index: &dyn fmt::Debug, chain: &dyn fmt::Debug| {
        (field.to_owned(), format!("{index:?}"), format!("{chain:?}"))
    };
    vec![
        pair("storage", &index.storage, &chain.storage),
        pair("owner", &index.owner, &chain.owner),
        pair("session", &index.session, &chain.session),
        pair("ended session", &index.ended_session, &chain.ended_session),
        pair("session count", &index.session_count, &chain.session_count),
        pair("write count", &index.write_count, &chain.write_count),
        pair("byte count", &index.byte_count, &chain.byte_count),
        pair(
            "unsettled writes",
            &index.unsettled_writes,
            &chain.unsettled_writes,
        ),
        pair("debt", &index.debt, &chain.debt),
    ]
}
