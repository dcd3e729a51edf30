//! An answer that ends with an error after some messages.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use prost::bytes::{Buf, Bytes, BytesMut};
use tonic::Status;
use tonic::body::Body;

/// A message on the wire: a flag, the length in four bytes, the message.
const HEADER: usize = 5;

/// Passes whole messages on, then ends with an error in the trailers. A reset of the stream would overtake them.
#[derive(Debug)]
pub(super) struct CutBody {
    inner: Body,
    /// What was received and not passed on yet.
    buffer: BytesMut,
    left: u64,
    ended: bool,
}

impl CutBody {
    pub(super) fn new(inner: Body, messages: u64) -> Self {
        Self {
            inner,
            buffer: BytesMut::new(),
            left: messages,
            ended: false,
        }
    }

    /// The first whole message of the buffer.
    fn message(&mut self) -> Option<Bytes> {
        let mut length = self.buffer.get(1..HEADER)?;
        let size = HEADER.checked_add(usize::try_from(length.get_u32()).ok()?)?;
        (self.buffer.len() >= size).then(|| self.buffer.split_to(size).freeze())
    }
}

impl http_body::Body for CutBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Status>>> {
        loop {
            if self.ended {
                return Poll::Ready(None);
            }
            if self.left == 0 {
                self.ended = true;
                let status = Status::unavailable("the stream was cut on purpose");
                let trailers = status.into_http::<()>().into_parts().0.headers;
                return Poll::Ready(Some(Ok(http_body::Frame::trailers(trailers))));
            }
            if let Some(message) = self.message() {
                self.left -= 1;
                return Poll::Ready(Some(Ok(http_body::Frame::data(message))));
            }
            let Some(frame) = ready!(Pin::new(&mut self.inner).poll_frame(context)) else {
                return Poll::Ready(None);
            };
            match frame?.into_data() {
                Ok(data) => self.buffer.extend_from_slice(&data),
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        }
    }
}
