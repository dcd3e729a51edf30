//! Requests to every method of every service, through the services themselves: the first byte says which method, the second how
//! the message is framed, the rest is the message.

use std::cell::RefCell;
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::Body as _;
use http_body_util::Full;
use prost::Message;
use prost_types::FileDescriptorSet;
use sui_rpc::proto::sui::rpc::v2::FILE_DESCRIPTOR_SET;
use tower::ServiceExt;
use valet_localnet::Services;

use crate::trial::Trial;

/// Frames of one answer that are read; streams have no end.
const FRAMES: usize = 16;
/// How often a stream that has nothing to say is asked again.
const PATIENCE: usize = 4;

static TRIAL: LazyLock<Trial> = LazyLock::new(Trial::new);

thread_local! {
    static SERVER: RefCell<Server> = RefCell::new(Server::new());
}

struct Server {
    runtime: tokio::runtime::Runtime,
    services: Services,
}

/// One input.
pub fn run(data: &[u8]) {
    let [method, framing, message @ ..] = data else {
        return;
    };
    let methods = &*METHODS;
    let method = &methods[usize::from(*method) % methods.len()];
    let body = frame(*framing, message);
    SERVER.with_borrow(|server| server.call(method, body));
    TRIAL.reset();
}

impl Server {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .max_blocking_threads(1)
            .build()
            .expect("a runtime");
        let services = runtime.block_on(Services::new(Arc::clone(&TRIAL.world.chain.ledger)));
        Self { runtime, services }
    }

    fn call(&self, method: &str, body: Bytes) {
        let request = http::Request::post(method)
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(tonic::body::Body::new(Full::new(body)))
            .expect("a request");
        self.runtime.block_on(async {
            let answer = self.services.clone().oneshot(request).await;
            let mut body = pin!(answer.expect("services answer everything").into_body());
            let mut waits = 0;
            for _ in 0..FRAMES {
                // Everything is in memory: what is not there at once is not there.
                match body
                    .as_mut()
                    .poll_frame(&mut Context::from_waker(Waker::noop()))
                {
                    Poll::Ready(Some(Ok(_))) => {}
                    Poll::Pending if waits < PATIENCE => {
                        waits += 1;
                        tokio::task::yield_now().await;
                    }
                    _ => break,
                }
            }
        });
    }
}

/// The message as a client sends it, or with a frame that does not fit.
fn frame(framing: u8, message: &[u8]) -> Bytes {
    if framing == 0xff {
        return Bytes::copy_from_slice(message);
    }
    let length = match framing {
        0xfe => u32::MAX,
        0xfd => message.len() as u32 / 2,
        _ => message.len() as u32,
    };
    let compressed = u8::from(framing == 0xfc);
    let mut bytes = vec![compressed];
    bytes.extend(length.to_be_bytes());
    bytes.extend(message);
    bytes.into()
}

/// The path of every method that is served, in the order of their names.
pub(crate) static METHODS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let files = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).expect("descriptors");
    let mut methods: Vec<_> = files
        .file
        .iter()
        .flat_map(|file| {
            file.service
                .iter()
                .map(move |service| (file.package(), service))
        })
        .flat_map(|(package, service)| {
            service
                .method
                .iter()
                .map(move |method| format!("/{package}.{}/{}", service.name(), method.name()))
        })
        .chain(
            [
                "/grpc.health.v1.Health/Check",
                "/grpc.health.v1.Health/Watch",
                "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
            ]
            .map(str::to_owned),
        )
        .collect();
    methods.sort();
    methods
});
