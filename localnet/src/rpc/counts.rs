//! How often each method was called, counted where requests come in.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use http::Request;
use prost::Message;
use prost_types::FileDescriptorSet;
use sui_rpc::proto::sui::rpc::v2::FILE_DESCRIPTOR_SET;
use tower::{Layer, Service};

/// Counters of all methods of the protocol. A layer of the server.
#[derive(Clone, Debug)]
pub(crate) struct Counters {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// By path, such as `/sui.rpc.v2.LedgerService/GetObject`. Filled once: what clients send never grows it.
    methods: HashMap<String, AtomicU64>,
    other: AtomicU64,
}

impl Counters {
    /// Zero for every method.
    pub(crate) fn new() -> Self {
        let files = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap_or_default();
        let methods = files
            .file
            .iter()
            .flat_map(|file| {
                file.service.iter().flat_map(move |service| {
                    service.method.iter().map(move |method| {
                        format!("/{}.{}/{}", file.package(), service.name(), method.name())
                    })
                })
            })
            .map(|path| (path, AtomicU64::new(0)))
            .collect();
        Self {
            inner: Arc::new(Inner {
                methods,
                other: AtomicU64::new(0),
            }),
        }
    }

    fn count(&self, path: &str) {
        self.inner
            .methods
            .get(path)
            .unwrap_or(&self.inner.other)
            .fetch_add(1, Ordering::Relaxed);
    }

    /// The counts so far.
    pub(crate) fn snapshot(&self) -> RequestCounts {
        let methods = self.inner.methods.iter().filter_map(|(path, count)| {
            let count = count.load(Ordering::Relaxed);
            (count > 0).then(|| (path.trim_start_matches('/').to_owned(), count))
        });
        RequestCounts {
            methods: methods.collect(),
            other: self.inner.other.load(Ordering::Relaxed),
        }
    }
}

impl<S> Layer<S> for Counters {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Counted {
            counters: self.clone(),
            inner,
        }
    }
}

/// A service whose requests are counted.
#[derive(Clone, Debug)]
pub(crate) struct Counted<S> {
    counters: Counters,
    inner: S,
}

impl<S, B> Service<Request<B>> for Counted<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // A browser's preflight is not a call.
        if request.method() == http::Method::POST {
            self.counters.count(request.uri().path());
        }
        self.inner.call(request)
    }
}

/// How many requests came in, by method: `sui.rpc.v2.LedgerService/GetObject`.
///
/// Opening a stream is one request, however many messages follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestCounts {
    methods: BTreeMap<String, u64>,
    other: u64,
}

impl RequestCounts {
    /// The number of requests of all methods of Sui's services.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.methods.values().sum()
    }

    /// The number of requests of one method, named without its package: `LedgerService/GetObject`.
    #[must_use]
    pub fn of(&self, method: &str) -> u64 {
        self.methods
            .iter()
            .filter(|(name, _)| {
                name.rsplit_once('.')
                    .is_some_and(|(_, tail)| tail == method)
            })
            .map(|(_, count)| count)
            .sum()
    }

    /// Requests of anything else: reflection, health, paths that do not exist.
    #[must_use]
    pub fn other(&self) -> u64 {
        self.other
    }

    /// Every method that was called, with its full name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.methods
            .iter()
            .map(|(method, count)| (method.as_str(), *count))
    }

    /// What was counted after `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let before = |method: &str| earlier.methods.get(method).copied().unwrap_or(0);
        Self {
            methods: self
                .methods
                .iter()
                .map(|(method, count)| (method.clone(), count.saturating_sub(before(method))))
                .filter(|(_, count)| *count > 0)
                .collect(),
            other: self.other.saturating_sub(earlier.other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_paths_share_one_counter() {
        let counters = Counters::new();
        counters.count("/sui.rpc.v2.LedgerService/GetObject");
        let before = counters.snapshot();
        counters.count("/sui.rpc.v2.LedgerService/GetObject");
        counters.count("/sui.rpc.v2.StateService/GetBalance");
        for path in 0..100 {
            counters.count(&format!("/{path}"));
        }
        let after = counters.snapshot();
        assert_eq!(after.of("LedgerService/GetObject"), 2);
        assert_eq!(
            (after.total(), after.other(), after.iter().count()),
            (3, 100, 2)
        );
        let since = after.since(&before);
        assert_eq!(
            (
                since.total(),
                since.of("LedgerService/GetObject"),
                since.other()
            ),
            (2, 1, 100)
        );
    }
}
