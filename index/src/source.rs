//! A full node as the source of checkpoints.

use std::{future::Future, time::Duration};

use futures::{Stream, StreamExt as _};
use sui_rpc::{
    Client,
    field::{FieldMask, FieldMaskUtil as _},
    proto::{
        proto_to_timestamp_ms,
        sui::rpc::v2::{
            self as proto, GetCheckpointRequest, GetServiceInfoRequest, SubscribeCheckpointsRequest,
        },
    },
};
use sui_sdk_types::{Digest, TransactionEvents as Events};
use tonic::{Code, Status};

use crate::{Checkpoint, IndexError, Scope, TransactionEvents};

/// What is asked of a checkpoint.
const FIELDS: [&str; 6] = [
    "sequence_number",
    "digest",
    "summary.previous_digest",
    "summary.timestamp",
    "transactions.digest",
    "transactions.events.bcs",
];
/// A checkpoint with all its events has to fit. Nodes keep checkpoints well below this.
const MAX_MESSAGE_BYTES: usize = 64 * 1024 * 1024;
/// How long one answer may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// What a node has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// The first checkpoint that it keeps.
    pub(crate) lowest: u64,
    /// The last.
    pub(crate) highest: u64,
}

/// A full node.
#[derive(Clone)]
pub(crate) struct Source {
    client: Client,
    url: String,
}

impl Source {
    /// Of the node at this address. Nothing is sent yet.
    pub(crate) fn new(url: &str) -> Result<Self, IndexError> {
        let client = Client::new(url).map_err(|status| unreachable(url, &status))?;
        Ok(Self {
            client: client.with_max_decoding_message_size(MAX_MESSAGE_BYTES),
            url: url.to_owned(),
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What the node has, if it is of the right network.
    pub(crate) async fn extent(&self, chain_id: Digest) -> Result<Extent, IndexError> {
        const WHAT: &str = "GetServiceInfo";
        let mut client = self.client.clone();
        let mut ledger = client.ledger_client();
        let answer = ledger.get_service_info(GetServiceInfoRequest::default());
        let info = self.ask(WHAT, answer).await?;
        let found = digest(WHAT, info.chain_id())?;
        if found != chain_id {
            return Err(IndexError::WrongNetwork {
                expected: chain_id,
                found,
            });
        }
        let highest = info.checkpoint_height;
        Ok(Extent {
            lowest: info.lowest_available_checkpoint.unwrap_or(0),
            highest: highest.ok_or_else(|| malformed(WHAT, "no checkpoint height"))?,
        })
    }

    /// One checkpoint, with what is about the scope's dApps.
    pub(crate) async fn checkpoint(
        &self,
        number: u64,
        scope: &Scope,
    ) -> Result<Checkpoint, IndexError> {
        const WHAT: &str = "GetCheckpoint";
        let mut request = GetCheckpointRequest::by_sequence_number(number);
        request.read_mask = Some(FieldMask::from_paths(FIELDS));
        let mut client = self.client.clone();
        let mut ledger = client.ledger_client();
        let answer = self.ask(WHAT, ledger.get_checkpoint(request)).await?;
        let checkpoint = answer
            .checkpoint
            .ok_or_else(|| malformed(WHAT, "no checkpoint"))?;
        let checkpoint = read(WHAT, &checkpoint)?;
        if checkpoint.sequence_number != number {
            let found = checkpoint.sequence_number;
            return Err(malformed(
                WHAT,
                format!("it is checkpoint {found}, not {number}"),
            ));
        }
        Ok(checkpoint.narrow(scope))
    }

    /// Checkpoints as they are made, with what is about the scope's dApps.
    pub(crate) async fn subscribe(
        &self,
        scope: Scope,
    ) -> Result<impl Stream<Item = Result<Checkpoint, IndexError>> + use<>, IndexError> {
        const WHAT: &str = "SubscribeCheckpoints";
        let mut request = SubscribeCheckpointsRequest::default();
        request.read_mask = Some(FieldMask::from_paths(FIELDS));
        let mut client = self.client.clone();
        let mut subscriptions = client.subscription_client();
        let stream = self
            .ask(WHAT, subscriptions.subscribe_checkpoints(request))
            .await?;
        let url = self.url.clone();
        Ok(stream.map(move |frame| {
            let frame = frame.map_err(|status| unreachable(&url, &status))?;
            let checkpoint = frame
                .checkpoint
                .ok_or_else(|| malformed(WHAT, "no checkpoint"))?;
            Ok(read(WHAT, &checkpoint)?.narrow(&scope))
        }))
    }

    async fn ask<T>(
        &self,
        what: &'static str,
        call: impl Future<Output = Result<tonic::Response<T>, Status>>,
    ) -> Result<T, IndexError> {
        match tokio::time::timeout(REQUEST_TIMEOUT, call).await {
            Ok(Ok(response)) => Ok(response.into_inner()),
            // These do not go away by asking again.
            Ok(Err(status))
                if matches!(status.code(), Code::Unimplemented | Code::InvalidArgument) =>
            {
                Err(malformed(what, status.message()))
            }
            Ok(Err(status)) => Err(unreachable(&self.url, &status)),
            Err(_) => Err(IndexError::Unreachable {
                url: self.url.clone(),
                reason: format!("no answer to {what} within {REQUEST_TIMEOUT:?}"),
            }),
        }
    }
}

fn unreachable(url: &str, status: &Status) -> IndexError {
    IndexError::Unreachable {
        url: url.to_owned(),
        reason: format!("{}: {}", status.code(), status.message()),
    }
}

fn malformed(what: &'static str, reason: impl Into<String>) -> IndexError {
    IndexError::Malformed {
        what,
        reason: reason.into(),
    }
}

fn digest(what: &'static str, text: &str) -> Result<Digest, IndexError> {
    let digest = text.parse();
    digest.map_err(|error| malformed(what, format!("`{text}` is not a digest: {error}")))
}

fn read(what: &'static str, checkpoint: &proto::Checkpoint) -> Result<Checkpoint, IndexError> {
    let lacks = |field: &str| malformed(what, format!("no {field}"));
    let summary = checkpoint
        .summary
        .as_ref()
        .ok_or_else(|| lacks("summary"))?;
    let timestamp = summary.timestamp.ok_or_else(|| lacks("timestamp"))?;
    let previous = summary.previous_digest.as_deref();
    let mut transactions = Vec::new();
    for transaction in &checkpoint.transactions {
        let Some(events) = transaction.events.as_ref() else {
            continue;
        };
        let bytes = events.bcs.as_ref().ok_or_else(|| lacks("events"))?;
        let events: Events = bytes
            .deserialize()
            .map_err(|error| malformed(what, format!("events: {error}")))?;
        transactions.push(TransactionEvents {
            transaction: digest(what, transaction.digest())?,
            events: events.0,
        });
    }
    Ok(Checkpoint {
        sequence_number: checkpoint
            .sequence_number
            .ok_or_else(|| lacks("sequence number"))?,
        digest: digest(what, checkpoint.digest())?,
        previous_digest: previous.map(|text| digest(what, text)).transpose()?,
        timestamp_ms: proto_to_timestamp_ms(timestamp)
            .map_err(|error| malformed(what, error.to_string()))?,
        transactions,
    })
}
