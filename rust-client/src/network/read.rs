//! Reads.

use std::{collections::BTreeMap, future::Future, time::Duration};

use futures::{StreamExt as _, TryStreamExt as _};
use sui_rpc::{
    Client,
    field::{FieldMask, FieldMaskUtil},
    proto::sui::rpc::v2::{
        Balance, BatchGetObjectsRequest, GetBalanceRequest, GetEpochRequest, GetObjectRequest,
        GetServiceInfoRequest, ListBalancesRequest, ListOwnedObjectsRequest, Object,
        get_object_result,
    },
};
use sui_sdk_types::{
    Address, Digest, Identifier, ObjectData, ObjectReference, Owner, StructTag, TypeTag,
};
use tonic::{Code, Request, Status};

use super::{
    EpochGas, Network, NetworkOptions, classify,
    time::{ChainClock, time_in},
};
use crate::{
    Error, SharedObject,
    ptb::{ObjectInput, sui},
    valet,
};

/// An object as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerObject {
    /// The object's id.
    pub id: Address,
    /// Its version.
    pub version: u64,
    /// Its digest.
    pub digest: Digest,
    /// Who owns it.
    pub owner: Owner,
    /// Its type; none for a package.
    pub object_type: Option<StructTag>,
    /// Its fields in BCS; empty for a package.
    pub contents: Vec<u8>,
}

impl LedgerObject {
    /// The object as a shared input, when it is shared.
    #[must_use]
    pub fn as_shared(&self) -> Option<SharedObject> {
        match self.owner {
            Owner::Shared(initial_version) => Some(SharedObject {
                id: self.id,
                initial_version,
            }),
            _ => None,
        }
    }

    /// Checks what it is.
    pub(crate) fn expect_type(&self, tag: &StructTag) -> Result<(), Error> {
        if self.object_type.as_ref() == Some(tag) {
            return Ok(());
        }
        let found = self
            .object_type
            .as_ref()
            .map_or_else(|| "a package".to_owned(), |found| format!("a {found}"));
        Err(valet::wrong(self.id, format!("a {tag}"), found))
    }

    /// The object as a shared input, which it must be.
    pub(crate) fn expect_shared(&self) -> Result<SharedObject, Error> {
        self.as_shared().ok_or_else(|| valet::not_shared(self.id))
    }

    /// The object as an input that its owner passes.
    pub(crate) fn as_owned(&self) -> ObjectInput {
        ObjectInput::Owned {
            id: self.id,
            version: self.version,
            digest: self.digest,
        }
    }
}

/// What an address holds of a coin, in its smallest unit: MIST for SUI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wealth {
    /// In coin objects.
    pub coins: u64,
    /// In the address balance.
    pub address_balance: u64,
}

impl Network {
    /// Reads an object; `None` when there is none under this id.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Timeout`], [`Error::Rpc`] or [`Error::Malformed`].
    pub async fn object(&self, id: Address) -> Result<Option<LedgerObject>, Error> {
        const WHAT: &str = "GetObject";
        let request = GetObjectRequest::new(&id).with_read_mask(object_mask());
        let mut client = self.client();
        let answer = self
            .ask(
                WHAT,
                client.ledger_client().get_object(self.bounded(request)),
            )
            .await;
        let response = match answer {
            Err(Error::Rpc {
                code: Code::NotFound,
                ..
            }) => return Ok(None),
            other => other?,
        };
        let object = response
            .object
            .ok_or_else(|| malformed(WHAT, "no object"))?;
        let object = decode_object(WHAT, &object)?;
        if object.id != id {
            return Err(malformed(WHAT, format!("it is about object {}", object.id)));
        }
        Ok(Some(object))
    }

    /// Reads objects, all of which must exist, in the order of their ids.
    pub(crate) async fn objects(&self, ids: &[Address]) -> Result<Vec<LedgerObject>, Error> {
        const WHAT: &str = "BatchGetObjects";
        /// What nodes accept in one request.
        const BATCH: usize = 500;
        let mut objects = Vec::with_capacity(ids.len());
        for ids in ids.chunks(BATCH) {
            let mut request = BatchGetObjectsRequest::default();
            request.requests = ids.iter().map(GetObjectRequest::new).collect();
            request.read_mask = Some(object_mask());
            let mut client = self.client();
            let mut ledger = client.ledger_client();
            let response = self
                .ask(WHAT, ledger.batch_get_objects(self.bounded(request)))
                .await?;
            if response.objects.len() != ids.len() {
                return Err(malformed(WHAT, "another number of objects"));
            }
            for (id, result) in ids.iter().zip(&response.objects) {
                let Some(get_object_result::Result::Object(object)) = &result.result else {
                    return Err(malformed(WHAT, format!("no object {id}")));
                };
                let object = decode_object(WHAT, object)?;
                if object.id != *id {
                    return Err(malformed(WHAT, format!("it is about object {}", object.id)));
                }
                objects.push(object);
            }
        }
        Ok(objects)
    }

    /// The objects of a type that an address owns.
    pub(crate) async fn owned_objects(
        &self,
        owner: Address,
        tag: &StructTag,
    ) -> Result<Vec<LedgerObject>, Error> {
        const WHAT: &str = "ListOwnedObjects";
        let mut request = ListOwnedObjectsRequest::default();
        request.owner = Some(owner.to_string());
        request.object_type = Some(tag.to_string());
        request.read_mask = Some(object_mask());
        let client = self.client();
        let stream = client.list_owned_objects(request);
        let listed: Vec<_> =
            tokio::time::timeout(self.options().request_timeout, stream.try_collect())
                .await
                .map_err(|_| timed_out(WHAT, self.options()))?
                .map_err(|status| self.failed(WHAT, &status))?;
        let mut objects = Vec::with_capacity(listed.len());
        for object in &listed {
            let object = decode_object(WHAT, object)?;
            // A node may list more than was asked for.
            if object.owner != Owner::Address(owner) || object.object_type.as_ref() != Some(tag) {
                return Err(malformed(
                    WHAT,
                    format!("object {} was not asked for", object.id),
                ));
            }
            objects.push(object);
        }
        Ok(objects)
    }

    /// Reads the compiled modules of a package.
    pub(crate) async fn modules(
        &self,
        package: Address,
    ) -> Result<BTreeMap<Identifier, Vec<u8>>, Error> {
        const WHAT: &str = "GetObject";
        let request =
            GetObjectRequest::new(&package).with_read_mask(FieldMask::from_paths(["bcs"]));
        let mut client = self.client();
        let response = self
            .ask(
                WHAT,
                client.ledger_client().get_object(self.bounded(request)),
            )
            .await?;
        let bcs = response.object.and_then(|object| object.bcs);
        let object: sui_sdk_types::Object = bcs
            .ok_or_else(|| malformed(WHAT, "no object"))?
            .deserialize()
            .map_err(|error| malformed(WHAT, error.to_string()))?;
        match object.data() {
            ObjectData::Package(found) if found.id == package => Ok(found.modules.clone()),
            _ => Err(malformed(WHAT, "it is not the package")),
        }
    }

    /// Reads what an address holds in SUI.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Timeout`] or [`Error::Rpc`].
    pub async fn wealth(&self, address: Address) -> Result<Wealth, Error> {
        self.wealth_in(address, &sui()).await
    }

    /// Reads what an address holds of a coin.
    ///
    /// # Errors
    /// As [`wealth`](Self::wealth).
    pub async fn wealth_in(&self, address: Address, coin_type: &TypeTag) -> Result<Wealth, Error> {
        let mut request = GetBalanceRequest::default();
        request.owner = Some(address.to_string());
        request.coin_type = Some(coin_type.to_string());
        let mut client = self.client();
        let response = self
            .ask(
                "GetBalance",
                client.state_client().get_balance(self.bounded(request)),
            )
            .await?;
        Ok(response
            .balance
            .map_or_else(Wealth::default, |balance| Wealth {
                coins: balance.coin_balance(),
                address_balance: balance.address_balance(),
            }))
    }

    /// What an address holds of every coin, of so many types at most.
    pub(crate) async fn balances(
        &self,
        address: Address,
        most: usize,
    ) -> Result<Vec<(TypeTag, Wealth)>, Error> {
        const WHAT: &str = "ListBalances";
        let mut request = ListBalancesRequest::default();
        request.owner = Some(address.to_string());
        let client = self.client();
        let listed = client.list_balances(request).take(most).try_collect();
        let listed: Vec<Balance> = tokio::time::timeout(self.options().request_timeout, listed)
            .await
            .map_err(|_| timed_out(WHAT, self.options()))?
            .map_err(|status| self.failed(WHAT, &status))?;
        listed
            .iter()
            .map(|balance| {
                let wealth = Wealth {
                    coins: balance.coin_balance(),
                    address_balance: balance.address_balance(),
                };
                Ok((parse(WHAT, balance.coin_type())?, wealth))
            })
            .collect()
    }

    /// The chain's time in milliseconds, from the `Clock`.
    ///
    /// # Errors
    /// As [`object`](Self::object).
    pub async fn now_ms(&self) -> Result<u64, Error> {
        let id = SharedObject::CLOCK.id;
        let clock = self.object(id).await?.ok_or_else(|| Error::WrongObject {
            object: id,
            expected: "the clock".to_owned(),
            found: "missing".to_owned(),
        })?;
        // Clock { id: UID, timestamp_ms: u64 }
        let (_, now): (Address, u64) = bcs::from_bytes(&clock.contents)
            .map_err(|error| malformed("GetObject", error.to_string()))?;
        self.inner.clock.set(now);
        Ok(now)
    }

    /// The coins of an address, until they hold `enough`.
    pub(crate) async fn coins(
        &self,
        owner: Address,
        coin_type: &TypeTag,
        enough: u64,
    ) -> Result<Vec<(ObjectReference, u64)>, Error> {
        /// The protocol's limit on gas coins.
        const MOST: usize = 256;
        const WHAT: &str = "ListOwnedObjects";
        let mut request = ListOwnedObjectsRequest::default();
        request.owner = Some(owner.to_string());
        request.object_type = Some(StructTag::coin(coin_type.clone()).to_string());
        request.read_mask = Some(FieldMask::from_paths([
            "object_id",
            "version",
            "digest",
            "balance",
        ]));
        let client = self.client();
        let mut stream = std::pin::pin!(client.list_owned_objects(request).take(MOST));
        let collect = async {
            let mut coins = Vec::new();
            let mut sum = 0_u64;
            while sum < enough {
                let Some(object) = stream.try_next().await? else {
                    break;
                };
                sum = sum.saturating_add(object.balance());
                coins.push(object);
            }
            Ok::<_, Status>(coins)
        };
        let coins = tokio::time::timeout(self.options().request_timeout, collect)
            .await
            .map_err(|_| timed_out(WHAT, self.options()))?
            .map_err(|status| self.failed(WHAT, &status))?;
        coins
            .iter()
            .map(|coin| {
                Ok((
                    ObjectReference::new(
                        parse(WHAT, coin.object_id())?,
                        coin.version(),
                        parse(WHAT, coin.digest())?,
                    ),
                    coin.balance(),
                ))
            })
            .collect()
    }

    pub(super) async fn read_epoch_gas(&self) -> Result<EpochGas, Error> {
        read_epoch_gas(&self.inner.client, self.url(), self.options()).await
    }

    pub(super) fn bounded<T>(&self, message: T) -> Request<T> {
        bounded(message, self.options().request_timeout)
    }

    async fn ask<T>(
        &self,
        what: &'static str,
        call: impl Future<Output = Result<tonic::Response<T>, Status>>,
    ) -> Result<T, Error> {
        let answer = tokio::time::timeout(self.options().request_timeout, call).await;
        if let Ok(answer) = &answer {
            self.saw_time_of(answer);
        }
        match answer {
            Ok(Ok(response)) => Ok(response.into_inner()),
            Ok(Err(status)) => Err(self.failed(what, &status)),
            Err(_) => Err(timed_out(what, self.options())),
        }
    }

    fn failed(&self, what: &'static str, status: &Status) -> Error {
        read_error(what, self.url(), self.options(), status)
    }
}

/// The first two questions to a node: which chain, which epoch at which price.
pub(super) async fn greet(
    client: &Client,
    url: &str,
    options: &NetworkOptions,
) -> Result<Greeting, Error> {
    const WHAT: &str = "GetServiceInfo";
    let mut asking = client.clone();
    let mut ledger = asking.ledger_client();
    let request = bounded(GetServiceInfoRequest::default(), options.request_timeout);
    let answer = tokio::time::timeout(options.request_timeout, ledger.get_service_info(request));
    let info = match answer.await {
        Err(_) => return Err(timed_out(WHAT, options)),
        Ok(Ok(response)) => response,
        Ok(Err(status)) => {
            return Err(match read_error(WHAT, url, options, &status) {
                // Whatever else answers to a first question is not a node of Sui's.
                Error::Rpc { .. } => Error::NotSui {
                    url: url.to_owned(),
                    reason: classify::root_cause(&status),
                },
                other => other,
            });
        }
    };
    let clock = ChainClock::new();
    if let Some(now_ms) = time_in(info.metadata()) {
        clock.saw(now_ms);
    }
    Ok(Greeting {
        chain_id: parse(WHAT, info.get_ref().chain_id())?,
        gas: read_epoch_gas(client, url, options).await?,
        clock,
    })
}

/// What a node says first.
pub(super) struct Greeting {
    pub(super) chain_id: Digest,
    pub(super) gas: EpochGas,
    pub(super) clock: ChainClock,
}

async fn read_epoch_gas(
    client: &Client,
    url: &str,
    options: &NetworkOptions,
) -> Result<EpochGas, Error> {
    const WHAT: &str = "GetEpoch";
    let mut request = GetEpochRequest::latest();
    request.read_mask = Some(FieldMask::from_paths(["epoch", "reference_gas_price"]));
    let mut client = client.clone();
    let mut ledger = client.ledger_client();
    let answer = ledger.get_epoch(bounded(request, options.request_timeout));
    let response = tokio::time::timeout(options.request_timeout, answer)
        .await
        .map_err(|_| timed_out(WHAT, options))?
        .map_err(|status| read_error(WHAT, url, options, &status))?
        .into_inner();
    let epoch = response.epoch.ok_or_else(|| malformed(WHAT, "no epoch"))?;
    match (epoch.epoch, epoch.reference_gas_price) {
        (Some(epoch), Some(price)) => Ok(EpochGas { epoch, price }),
        _ => Err(malformed(WHAT, "no epoch number or no reference gas price")),
    }
}

fn read_error(what: &'static str, url: &str, options: &NetworkOptions, status: &Status) -> Error {
    if classify::never_connected(status) {
        return Error::Unreachable {
            url: url.to_owned(),
            reason: classify::root_cause(status),
        };
    }
    match status.code() {
        Code::DeadlineExceeded => timed_out(what, options),
        code => Error::Rpc {
            what,
            code,
            message: classify::root_cause(status),
        },
    }
}

fn bounded<T>(message: T, timeout: Duration) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(timeout);
    request
}

fn timed_out(what: &'static str, options: &NetworkOptions) -> Error {
    Error::Timeout {
        what,
        after: options.request_timeout,
    }
}

pub(super) fn malformed(what: &'static str, reason: impl Into<String>) -> Error {
    Error::Malformed {
        what,
        reason: reason.into(),
    }
}

fn parse<T: std::str::FromStr>(what: &'static str, text: &str) -> Result<T, Error>
where
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|error| malformed(what, format!("`{text}`: {error}")))
}

/// Decodes an object's fields.
pub(crate) fn decode<'de, T: serde::Deserialize<'de>>(
    object: &'de LedgerObject,
) -> Result<T, Error> {
    bcs::from_bytes(&object.contents).map_err(|error| malformed("GetObject", error.to_string()))
}

/// What [`decode_object`] needs.
fn object_mask() -> FieldMask {
    FieldMask::from_paths([
        "object_id",
        "version",
        "digest",
        "owner",
        "object_type",
        "contents",
    ])
}

fn decode_object(what: &'static str, object: &Object) -> Result<LedgerObject, Error> {
    let owner = object
        .owner
        .as_ref()
        .ok_or_else(|| malformed(what, "no owner"))?;
    let object_type = match object.object_type() {
        "package" => None,
        text => Some(parse(what, text)?),
    };
    Ok(LedgerObject {
        id: parse(what, object.object_id())?,
        version: object.version(),
        digest: parse(what, object.digest())?,
        owner: Owner::try_from(owner).map_err(|error| malformed(what, error.to_string()))?,
        object_type,
        contents: object
            .contents
            .as_ref()
            .and_then(|contents| contents.value.as_ref())
            .map(|bytes| bytes.to_vec())
            .unwrap_or_default(),
    })
}
