//! Connections that can be reset from outside.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tonic::transport::server::Connected;

/// What is decided about connections; every open one listens.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    orders: watch::Sender<Orders>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Orders {
    /// Connections of an earlier generation are reset.
    generation: u64,
    down: bool,
}

impl Connections {
    pub(super) fn new() -> Self {
        Self {
            orders: watch::Sender::new(Orders::default()),
        }
    }

    pub(super) fn sever(&self) {
        self.orders
            .send_modify(|orders| orders.generation = orders.generation.wrapping_add(1));
    }

    pub(super) fn take_down(&self) {
        self.orders.send_modify(|orders| {
            orders.generation = orders.generation.wrapping_add(1);
            orders.down = true;
        });
    }

    pub(super) fn bring_up(&self) {
        self.orders.send_if_modified(|orders| {
            let was_down = orders.down;
            orders.down = false;
            was_down
        });
    }

    /// A connection that obeys. One that comes while the server is down is reset at its first use.
    pub(crate) fn watch<I>(&self, io: I) -> Severable<I> {
        let mut orders = self.orders.subscribe();
        let generation = orders.borrow().generation;
        Severable {
            io,
            severed: Box::pin(async move {
                // An error means that nobody is left to give orders.
                let severed = |orders: &Orders| orders.down || orders.generation != generation;
                if orders.wait_for(severed).await.is_err() {
                    std::future::pending::<()>().await;
                }
            }),
            gone: false,
        }
    }
}

/// A connection that breaks when it is told to.
pub(crate) struct Severable<I> {
    io: I,
    severed: Pin<Box<dyn Future<Output = ()> + Send + Sync>>,
    gone: bool,
}

impl<I> Severable<I> {
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        self.gone = self.gone || self.severed.as_mut().poll(context).is_ready();
        if self.gone {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Severable<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Severable<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.io).poll_shutdown(context))?;
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.io).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

impl<I: Connected> Connected for Severable<I> {
    type ConnectInfo = I::ConnectInfo;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.io.connect_info()
    }
}
