//! `LedgerService`: what has happened and what there is.

use std::pin::Pin;
use std::sync::Arc;

use futures::{Stream, StreamExt};
use sui_rpc::field::FieldMaskTree;
use sui_rpc::proto::sui::rpc::v2::get_checkpoint_request::CheckpointId;
use sui_rpc::proto::sui::rpc::v2::ledger_service_server::LedgerService;
use sui_rpc::proto::sui::rpc::v2::{
    self as proto, BatchGetObjectsRequest, BatchGetObjectsResponse, BatchGetTransactionsRequest,
    BatchGetTransactionsResponse, GetCheckpointRequest, GetCheckpointResponse, GetEpochRequest,
    GetEpochResponse, GetObjectRequest, GetObjectResponse, GetObjectResult, GetServiceInfoRequest,
    GetServiceInfoResponse, GetTransactionRequest, GetTransactionResponse, GetTransactionResult,
    ListCheckpointsRequest, ListCheckpointsResponse, ListEventsRequest, ListEventsResponse,
    ListTransactionsRequest, ListTransactionsResponse, QueryOptions,
};
use sui_rpc::proto::timestamp_ms_to_proto;
use sui_sdk_types::{Address, Digest};
use tonic::{Request, Response, Status};

use super::query::{
    CheckpointItems, EventItems, EventMatcher, Items, ListFrame, Range, Scan, TransactionItems,
    TransactionMatcher,
};
use super::render::Render;
use super::{Answer, CHAIN_NAME, SERVER_NAME, epoch, fields, status};
use crate::ledger::Ledger;

/// Most entries of a batch.
const MAX_BATCH: usize = 1_000;
/// Most bytes of a batch's answer, so that a small request cannot ask for gigabytes.
const MAX_BATCH_BYTES: usize = 32 * 1024 * 1024;

const OBJECT_MASK: &str = "object_id,version,digest";
pub(super) const TRANSACTION_MASK: &str = "digest";
pub(super) const CHECKPOINT_MASK: &str = "sequence_number,digest";
/// Where an event is, and what it is.
pub(super) const EVENT_MASK: &str = "checkpoint,transaction_digest,transaction_index,event_index,package_id,module,sender,event_type";
const EPOCH_MASK: &str = "epoch";

/// The frames of a listing.
type Frames<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The service over a ledger.
#[derive(Clone, Debug)]
pub(super) struct Service {
    ledger: Arc<Ledger>,
}

impl Service {
    pub(super) fn new(ledger: Arc<Ledger>) -> Self {
        Self { ledger }
    }

    fn render(&self) -> Render<'_> {
        Render::new(&self.ledger)
    }

    fn object(
        &self,
        id: Address,
        version: Option<u64>,
        mask: &FieldMaskTree,
    ) -> Result<proto::Object, Status> {
        let object = match version {
            Some(version) => self.ledger.object_at(&id, version).ok_or_else(|| {
                status::not_found(format_args!("object {id} with version {version} not found"))
            })?,
            None => self
                .ledger
                .object(&id)
                .ok_or_else(|| status::not_found(format_args!("object {id} not found")))?,
        };
        Ok(self.render().object(&object, mask))
    }

    fn transaction(
        &self,
        digest: &Digest,
        mask: &FieldMaskTree,
    ) -> Result<proto::ExecutedTransaction, Status> {
        let executed = self
            .ledger
            .transaction(digest)
            .ok_or_else(|| status::not_found(format_args!("transaction {digest} not found")))?;
        Ok(self.render().executed(&executed, mask))
    }

    /// The items of a listing within the bounds of its request, each frame made a message by `frame`.
    fn list<I: Items, T: 'static>(
        &self,
        items: I,
        start: Option<u64>,
        end: Option<u64>,
        options: Option<&QueryOptions>,
        frame: impl Fn(ListFrame<I::Message>) -> T + Send + 'static,
    ) -> Answer<Frames<T>> {
        let tip = self
            .ledger
            .latest_checkpoint()
            .ok_or_else(|| status::internal("there is no checkpoint"))?
            .sequence_number();
        let cursors = I::cursors(self.ledger.chain_id());
        let range = Range::new(&cursors, tip, start, end, options)?;
        let frames = Scan::new(Arc::clone(&self.ledger), items, range).stream();
        Ok(Response::new(Box::pin(
            frames.map(move |result| result.map(&frame)),
        )))
    }
}

#[tonic::async_trait]
impl LedgerService for Service {
    async fn get_service_info(
        &self,
        _: Request<GetServiceInfoRequest>,
    ) -> Answer<GetServiceInfoResponse> {
        let latest = self
            .ledger
            .latest_checkpoint()
            .ok_or_else(|| status::internal("there is no checkpoint"))?;
        let mut message = GetServiceInfoResponse::default();
        message.chain_id = Some(self.ledger.chain_id().to_string());
        message.chain = Some(CHAIN_NAME.to_owned());
        message.epoch = Some(self.ledger.epoch().epoch);
        message.checkpoint_height = Some(latest.sequence_number());
        message.timestamp = Some(timestamp_ms_to_proto(latest.summary.timestamp_ms));
        message.lowest_available_checkpoint = Some(0);
        message.lowest_available_checkpoint_objects = Some(0);
        message.server = Some(SERVER_NAME.to_owned());
        Ok(Response::new(message))
    }

    async fn get_object(&self, request: Request<GetObjectRequest>) -> Answer<GetObjectResponse> {
        let request = request.into_inner();
        let mask = fields::mask::<proto::Object>(request.read_mask.as_ref(), OBJECT_MASK)?;
        let id = fields::required("object_id", request.object_id.as_deref())?;
        Ok(Response::new(GetObjectResponse::new(self.object(
            id,
            request.version,
            &mask,
        )?)))
    }

    async fn batch_get_objects(
        &self,
        request: Request<BatchGetObjectsRequest>,
    ) -> Answer<BatchGetObjectsResponse> {
        let request = request.into_inner();
        let mask = fields::mask::<proto::Object>(request.read_mask.as_ref(), OBJECT_MASK)?;
        let mut batch = Batch::new("requests", request.requests.len())?;
        let ids = request
            .requests
            .iter()
            .enumerate()
            .map(|(index, entry)| {
                let field = format!("requests[{index}].object_id");
                Ok((
                    fields::required::<Address>(&field, entry.object_id.as_deref())?,
                    entry.version,
                ))
            })
            .collect::<Result<Vec<_>, Status>>()?;
        for (id, version) in ids {
            batch.push(match self.object(id, version, &mask) {
                Ok(object) => GetObjectResult::new_object(object),
                Err(error) => GetObjectResult::new_error(status::to_proto(&error)),
            })?;
        }
        Ok(Response::new(BatchGetObjectsResponse::new(batch.entries)))
    }

    async fn get_transaction(
        &self,
        request: Request<GetTransactionRequest>,
    ) -> Answer<GetTransactionResponse> {
        let request = request.into_inner();
        let mask = fields::mask::<proto::ExecutedTransaction>(
            request.read_mask.as_ref(),
            TRANSACTION_MASK,
        )?;
        let digest = fields::required("digest", request.digest.as_deref())?;
        Ok(Response::new(GetTransactionResponse::new(
            self.transaction(&digest, &mask)?,
        )))
    }

    async fn batch_get_transactions(
        &self,
        request: Request<BatchGetTransactionsRequest>,
    ) -> Answer<BatchGetTransactionsResponse> {
        let request = request.into_inner();
        let mask = fields::mask::<proto::ExecutedTransaction>(
            request.read_mask.as_ref(),
            TRANSACTION_MASK,
        )?;
        let mut batch = Batch::new("digests", request.digests.len())?;
        let digests = request
            .digests
            .iter()
            .enumerate()
            .map(|(index, digest)| {
                fields::required::<Digest>(&format!("digests[{index}]"), Some(digest))
            })
            .collect::<Result<Vec<_>, Status>>()?;
        for digest in digests {
            batch.push(match self.transaction(&digest, &mask) {
                Ok(transaction) => GetTransactionResult::new_transaction(transaction),
                Err(error) => GetTransactionResult::new_error(status::to_proto(&error)),
            })?;
        }
        Ok(Response::new(BatchGetTransactionsResponse::new(
            batch.entries,
        )))
    }

    async fn get_checkpoint(
        &self,
        request: Request<GetCheckpointRequest>,
    ) -> Answer<GetCheckpointResponse> {
        let request = request.into_inner();
        let mask = fields::mask::<proto::Checkpoint>(request.read_mask.as_ref(), CHECKPOINT_MASK)?;
        let checkpoint = match request.checkpoint_id {
            Some(CheckpointId::SequenceNumber(number)) => self
                .ledger
                .checkpoint(number)
                .ok_or_else(|| status::not_found(format_args!("checkpoint {number} not found")))?,
            Some(CheckpointId::Digest(digest)) => {
                let digest = fields::required("digest", Some(&digest))?;
                self.ledger.checkpoint_by_digest(&digest).ok_or_else(|| {
                    status::not_found(format_args!("checkpoint {digest} not found"))
                })?
            }
            _ => self
                .ledger
                .latest_checkpoint()
                .ok_or_else(|| status::internal("there is no checkpoint"))?,
        };
        Ok(Response::new(GetCheckpointResponse::new(
            self.render().checkpoint(&checkpoint, &mask),
        )))
    }

    async fn get_epoch(&self, request: Request<GetEpochRequest>) -> Answer<GetEpochResponse> {
        let request = request.into_inner();
        let mask = fields::mask::<proto::Epoch>(request.read_mask.as_ref(), EPOCH_MASK)?;
        let info = match request.epoch {
            Some(number) => self
                .ledger
                .epoch_at(number)
                .ok_or_else(|| status::not_found(format_args!("epoch {number} not found")))?,
            None => self.ledger.epoch(),
        };
        Ok(Response::new(GetEpochResponse::new(epoch::message(
            &info,
            self.ledger.protocol(),
            &mask,
        ))))
    }

    async fn list_checkpoints(
        &self,
        request: Request<ListCheckpointsRequest>,
    ) -> Answer<Frames<ListCheckpointsResponse>> {
        let request = request.into_inner();
        let items = CheckpointItems {
            mask: fields::mask::<proto::Checkpoint>(request.read_mask.as_ref(), CHECKPOINT_MASK)?,
            filter: request
                .filter
                .as_ref()
                .map(TransactionMatcher::transactions)
                .transpose()?,
        };
        self.list(
            items,
            request.start_checkpoint,
            request.end_checkpoint,
            request.options.as_ref(),
            |frame| {
                let mut message = ListCheckpointsResponse::default();
                message.checkpoint = frame.item;
                message.watermark = Some(frame.watermark);
                message.end = frame.end;
                message
            },
        )
    }

    async fn list_transactions(
        &self,
        request: Request<ListTransactionsRequest>,
    ) -> Answer<Frames<ListTransactionsResponse>> {
        let request = request.into_inner();
        let items = TransactionItems {
            mask: fields::mask::<proto::ExecutedTransaction>(
                request.read_mask.as_ref(),
                TRANSACTION_MASK,
            )?,
            filter: request
                .filter
                .as_ref()
                .map(TransactionMatcher::transactions)
                .transpose()?,
        };
        self.list(
            items,
            request.start_checkpoint,
            request.end_checkpoint,
            request.options.as_ref(),
            |frame| {
                let mut message = ListTransactionsResponse::default();
                message.transaction = frame.item;
                message.watermark = Some(frame.watermark);
                message.end = frame.end;
                message
            },
        )
    }

    async fn list_events(
        &self,
        request: Request<ListEventsRequest>,
    ) -> Answer<Frames<ListEventsResponse>> {
        let request = request.into_inner();
        let items = EventItems {
            mask: fields::mask::<proto::Event>(request.read_mask.as_ref(), EVENT_MASK)?,
            filter: request
                .filter
                .as_ref()
                .map(EventMatcher::events)
                .transpose()?,
        };
        self.list(
            items,
            request.start_checkpoint,
            request.end_checkpoint,
            request.options.as_ref(),
            |frame| {
                let mut message = ListEventsResponse::default();
                message.event = frame.item;
                message.watermark = Some(frame.watermark);
                message.end = frame.end;
                message
            },
        )
    }
}

/// The answer to a batch while it grows.
struct Batch<T> {
    entries: Vec<T>,
    bytes: usize,
}

impl<T: prost::Message> Batch<T> {
    fn new(field: &str, len: usize) -> Result<Self, Status> {
        if len > MAX_BATCH {
            return Err(status::invalid(
                field,
                format!("{len} entries is more than the limit of {MAX_BATCH}"),
            ));
        }
        Ok(Self {
            entries: Vec::with_capacity(len),
            bytes: 0,
        })
    }

    fn push(&mut self, entry: T) -> Result<(), Status> {
        self.bytes = self.bytes.saturating_add(entry.encoded_len());
        if self.bytes > MAX_BATCH_BYTES {
            return Err(Status::resource_exhausted(format!(
                "the answer is larger than {MAX_BATCH_BYTES} bytes: ask for fewer entries or a narrower read_mask"
            )));
        }
        self.entries.push(entry);
        Ok(())
    }
}
