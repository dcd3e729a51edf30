//! The layer in front of the services that does what faults say.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tonic::Status;
use tonic::body::Body;
use tower::{BoxError, Layer, Service};

use super::body::CutBody;
use super::rules::{Action, Verdict};
use super::{Faults, Method};

/// Why a call ends without an answer. Anything but a status, so that nobody makes an answer of it.
#[derive(Debug, thiserror::Error)]
#[error("the call was broken off on purpose")]
struct BrokenOff;

/// Puts services behind faults.
#[derive(Clone, Debug)]
pub(crate) struct FaultLayer(pub(crate) Faults);

impl<S> Layer<S> for FaultLayer {
    type Service = Faulty<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Faulty {
            faults: self.0.clone(),
            inner,
        }
    }
}

/// Services behind faults.
#[derive(Clone, Debug)]
pub(crate) struct Faulty<S> {
    faults: Faults,
    inner: S,
}

impl<S> Service<Request<Body>> for Faulty<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let verdict = Method::of_path(request.uri().path())
            .map(|method| self.faults.inner.rules.judge(method))
            .unwrap_or_default();
        if verdict.action.is_none() && verdict.delay.is_zero() {
            let answer = self.inner.call(request);
            return Box::pin(async move { answer.await.map_err(Into::into) });
        }
        // The one that was found ready handles the call; its clone may have to be asked again.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        let faults = self.faults.clone();
        Box::pin(suffer(faults, inner, request, verdict))
    }
}

/// Handle a call the way the verdict wants it.
async fn suffer<S>(
    faults: Faults,
    mut inner: S,
    request: Request<Body>,
    verdict: Verdict,
) -> Result<Response<Body>, BoxError>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone,
    S::Error: Into<BoxError>,
{
    if !verdict.delay.is_zero() {
        tokio::time::sleep(verdict.delay).await;
    }
    match verdict.action {
        None | Some(Action::Delay(_)) => inner.call(request).await.map_err(Into::into),
        Some(Action::Fail(status)) => Ok(status.into_http()),
        Some(Action::FailAfter(status)) => {
            handle(inner.call(request)).await?;
            Ok(status.into_http())
        }
        Some(Action::DropRequest) => Err(BrokenOff.into()),
        Some(Action::DropResponse) => {
            handle(inner.call(request)).await?;
            Err(BrokenOff.into())
        }
        Some(Action::Duplicate) => {
            let (first, second) = twice(request).await?;
            handle(inner.call(first)).await?;
            std::future::poll_fn(|context| inner.poll_ready(context))
                .await
                .map_err(Into::into)?;
            inner.call(second).await.map_err(Into::into)
        }
        Some(Action::Stall) => {
            faults.stalled_call().await;
            inner.call(request).await.map_err(Into::into)
        }
        Some(Action::CutStream { after }) => {
            let answer = inner.call(request).await.map_err(Into::into)?;
            Ok(answer.map(|body| Body::new(CutBody::new(body, after))))
        }
    }
}

/// Wait for the answer of a call that nobody will get.
async fn handle<E: Into<BoxError>>(
    answer: impl Future<Output = Result<Response<Body>, E>>,
) -> Result<(), BoxError> {
    answer.await.map(drop).map_err(Into::into)
}

/// The same request two times.
async fn twice(request: Request<Body>) -> Result<(Request<Body>, Request<Body>), BoxError> {
    let (parts, body) = request.into_parts();
    let bytes = body.collect().await?.to_bytes();
    let again = || {
        let body = Full::new(bytes.clone()).map_err(|never| -> Status { match never {} });
        Request::from_parts(parts.clone(), Body::new(body))
    };
    Ok((again(), again()))
}

impl Faults {
    /// Wait until stalled calls are let go.
    async fn stalled_call(&self) {
        /// Counts a call as stalled until it goes on or its client gives up.
        struct Stalled<'a>(&'a Faults);
        impl Drop for Stalled<'_> {
            fn drop(&mut self) {
                self.0
                    .inner
                    .stalled
                    .send_modify(|stalled| *stalled = stalled.saturating_sub(1));
            }
        }
        let mut releases = self.inner.releases.subscribe();
        let seen = *releases.borrow_and_update();
        self.inner.stalled.send_modify(|stalled| *stalled += 1);
        let _stalled = Stalled(self);
        // The sender lives as long as `self`.
        let _ = releases.wait_for(|releases| *releases != seen).await;
    }
}
