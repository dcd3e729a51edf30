//! Submitting a signed transaction until its outcome is known.

use std::{fmt, sync::Arc, time::Duration};

use sui_rpc::{
    field::{FieldMask, FieldMaskUtil},
    proto::sui::rpc::v2::{
        self as proto, Bcs, ExecuteTransactionRequest, ExecutedTransaction, GetTransactionRequest,
    },
};
use sui_sdk_types::{
    Digest, Event, SignedTransaction, Transaction, TransactionEffects, TransactionEffectsV2,
    TransactionEvents, UserSignature,
};
use tokio::time::Instant;
use tonic::Code;

use super::{
    Network,
    classify::{self, Refusal, Verdict},
    read::malformed,
};
use crate::Error;

/// What is asked of an executed transaction: enough to verify the answer and to learn everything from it.
const ANSWER: [&str; 3] = ["digest", "effects.bcs", "events.bcs"];
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A refused connection says at once that nobody listens; more attempts than this only delay the news.
const CONNECTION_ATTEMPTS: u32 = 3;
/// How often a digest is asked for, because a node may know of an execution later than the network.
const LOOKUPS: u32 = 3;

/// A transaction that the ledger executed, with its outcome verified to be about that transaction.
#[derive(Clone, Debug)]
pub(crate) struct Executed {
    pub(crate) effects: TransactionEffectsV2,
    pub(crate) events: Vec<Event>,
}

/// A signed transaction whose outcome is not known yet. [`Valet::resolve`](crate::Valet::resolve) sends the same bytes
/// again: the network
/// executes a transaction at most once, so this never doubles an action.
/// Cheap to clone.
#[derive(Clone)]
pub struct Pending {
    signed: Arc<SignedTransaction>,
    digest: Digest,
    reason: String,
}

impl Pending {
    /// The transaction's digest.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Why the outcome is unknown.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The transaction and its signatures, to keep or to send by other means.
    #[must_use]
    pub fn signed_transaction(&self) -> &SignedTransaction {
        &self.signed
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("digest", &self.digest)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl Network {
    /// Sends a transaction and waits for its outcome, sending the same bytes again whenever an answer leaves it open.
    pub(crate) async fn submit(
        &self,
        transaction: &Transaction,
        signatures: &[UserSignature],
    ) -> Result<Executed, Error> {
        self.send_until_known(transaction, signatures, false).await
    }

    /// [`submit`](Self::submit) for a transaction that may have been executed before.
    pub(crate) async fn resubmit(
        &self,
        transaction: &Transaction,
        signatures: &[UserSignature],
    ) -> Result<Executed, Error> {
        self.send_until_known(transaction, signatures, true).await
    }

    async fn send_until_known(
        &self,
        transaction: &Transaction,
        signatures: &[UserSignature],
        mut may_have_run: bool,
    ) -> Result<Executed, Error> {
        let digest = transaction.digest();
        let deadline = Instant::now() + self.options().deadline;
        let mut pause = FIRST_PAUSE;
        let mut attempt = 0_u32;
        loop {
            attempt = attempt.saturating_add(1);
            let left = deadline.saturating_duration_since(Instant::now());
            let timeout = self.options().request_timeout.min(left);
            let reason = match self.attempt(transaction, signatures, timeout).await {
                Ok(answer) => {
                    let executed = verify(digest, "ExecuteTransaction", &answer)?;
                    self.saw_epoch(executed.effects.epoch).await;
                    return Ok(executed);
                }
                Err(status) => match classify::verdict(&status) {
                    Verdict::Refused(_) if may_have_run => {
                        // The refusal may be about the echo of a transaction that an earlier attempt carried through.
                        match self.look_up(digest).await {
                            Ok(Some(executed)) => return Ok(executed),
                            Ok(None) => return Err(self.refused(transaction, &status)),
                            Err(_) => classify::root_cause(&status),
                        }
                    }
                    Verdict::Refused(_) => return Err(self.refused(transaction, &status)),
                    Verdict::NeverSent if !may_have_run && attempt >= CONNECTION_ATTEMPTS => {
                        return Err(Error::Unreachable {
                            url: self.url().to_owned(),
                            reason: classify::root_cause(&status),
                        });
                    }
                    Verdict::NeverSent => classify::root_cause(&status),
                    Verdict::Ambiguous => {
                        may_have_run = true;
                        classify::root_cause(&status)
                    }
                },
            };
            tracing::warn!(%digest, attempt, reason, "outcome unknown, sending the same bytes again");
            if Instant::now() + pause >= deadline {
                if let Ok(Some(executed)) = self.look_up(digest).await {
                    return Ok(executed);
                }
                return Err(Error::Unconfirmed(Box::new(Pending {
                    signed: Arc::new(SignedTransaction {
                        transaction: transaction.clone(),
                        signatures: signatures.to_vec(),
                    }),
                    digest,
                    reason,
                })));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt(
        &self,
        transaction: &Transaction,
        signatures: &[UserSignature],
        timeout: Duration,
    ) -> Result<ExecutedTransaction, tonic::Status> {
        let message = message(transaction, signatures)
            .map_err(|error| tonic::Status::invalid_argument(error.to_string()))?;
        let mut request = tonic::Request::new(message);
        request.set_timeout(timeout);
        let mut client = self.client();
        let mut execution = client.execution_client();
        match tokio::time::timeout(timeout, execution.execute_transaction(request)).await {
            Ok(answer) => {
                self.saw_time_of(&answer);
                Ok(answer?.into_inner().transaction.unwrap_or_default())
            }
            Err(_) => Err(tonic::Status::deadline_exceeded(format!(
                "no answer within {timeout:?}"
            ))),
        }
    }

    /// Asks for a transaction by digest. `None`: the node has not seen it executed.
    pub(crate) async fn look_up(&self, digest: Digest) -> Result<Option<Executed>, Error> {
        const WHAT: &str = "GetTransaction";
        let mut pause = FIRST_PAUSE;
        for _ in 0..LOOKUPS {
            let mut request = GetTransactionRequest::new(&digest);
            request.read_mask = Some(FieldMask::from_paths(ANSWER));
            let mut client = self.client();
            let mut ledger = client.ledger_client();
            let answer = ledger.get_transaction(self.bounded(request));
            let timeout = self.options().request_timeout;
            match tokio::time::timeout(timeout, answer).await {
                Ok(Ok(response)) => {
                    let answer = response.into_inner().transaction.unwrap_or_default();
                    return verify(digest, WHAT, &answer).map(Some);
                }
                Ok(Err(status)) if status.code() == Code::NotFound => {}
                Ok(Err(status)) => {
                    return Err(Error::Rpc {
                        what: WHAT,
                        code: status.code(),
                        message: classify::root_cause(&status),
                    });
                }
                Err(_) => {
                    return Err(Error::Timeout {
                        what: WHAT,
                        after: timeout,
                    });
                }
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Ok(None)
    }

    fn refused(&self, transaction: &Transaction, status: &tonic::Status) -> Error {
        let message = classify::root_cause(status);
        match classify::verdict(status) {
            Verdict::Refused(Refusal::Other(rejection)) => Error::Rejected { rejection, message },
            _ => Error::InsufficientGas {
                payer: transaction.gas_payment.owner,
                needed: transaction.gas_payment.budget,
                message,
            },
        }
    }
}

/// Checks that an answer is about the transaction that was sent, and decodes it.
fn verify(
    sent: Digest,
    what: &'static str,
    answer: &ExecutedTransaction,
) -> Result<Executed, Error> {
    let effects = answer
        .effects
        .as_ref()
        .and_then(|effects| effects.bcs.as_ref())
        .ok_or_else(|| malformed(what, "no effects"))?;
    let effects = match effects
        .deserialize::<TransactionEffects>()
        .map_err(|error| malformed(what, format!("effects: {error}")))?
    {
        TransactionEffects::V2(effects) => *effects,
        _ => return Err(malformed(what, "effects of an unknown version")),
    };
    if effects.transaction_digest != sent {
        return Err(Error::ForeignAnswer {
            sent,
            found: effects.transaction_digest,
        });
    }
    if let Some(text) = &answer.digest {
        let found = text
            .parse()
            .map_err(|_| malformed(what, format!("`{text}` is not a digest")))?;
        if found != sent {
            return Err(Error::ForeignAnswer { sent, found });
        }
    }
    let events = match (&effects.events_digest, answer.events.as_ref()) {
        (None, _) => Vec::new(),
        (Some(expected), Some(events)) => {
            let bytes = events
                .bcs
                .as_ref()
                .ok_or_else(|| malformed(what, "no events"))?;
            let events = bytes
                .deserialize::<TransactionEvents>()
                .map_err(|error| malformed(what, format!("events: {error}")))?;
            if events.digest() != *expected {
                return Err(malformed(what, "the events are not those of the effects"));
            }
            events.0
        }
        (Some(_), None) => return Err(malformed(what, "the events are missing")),
    };
    Ok(Executed { effects, events })
}

/// The request that executes a transaction. It holds nothing but the signed bytes: nodes look at nothing else where there are some.
fn message(
    transaction: &Transaction,
    signatures: &[UserSignature],
) -> Result<ExecuteTransactionRequest, bcs::Error> {
    let bytes = Bcs::serialize(transaction)?;
    let signatures = signatures
        .iter()
        .map(|signature| proto::UserSignature::default().with_bcs(signature.to_bytes()));
    Ok(
        ExecuteTransactionRequest::new(proto::Transaction::default().with_bcs(bytes))
            .with_signatures(signatures.collect())
            .with_read_mask(FieldMask::from_paths(ANSWER)),
    )
}
