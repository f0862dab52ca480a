//! One HTTP/1.1 connection, driven by whoever sends on it.
//!
//! There is no task per connection: the request's own task polls hyper's connection beside the answer, which saves two wake-ups a request, and
//! dropping the request drops the socket. An idle connection is polled once when it is taken from the pool, and that shows a close by the receiver.

use std::{
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{
    body::{Body as _, Frame, Incoming},
    client::conn::http1,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::OwnedSemaphorePermit,
};

use super::dial::Socket;

/// Bytes that a receiver may send before its status line's head is complete: bounds floods of `1xx` answers, which hyper skips.
pub const BEFORE_HEAD_BYTES_MAX: usize = 64 * 1024;
/// Bytes of one answer's head, and of what is read at once.
const BUFFER_BYTES_MAX: usize = 32 * 1024;

/// What the socket counts for its owner.
#[derive(Debug, Default)]
struct Meter {
    /// Bytes read since the request was handed over.
    read: AtomicUsize,
    /// Bytes that may be read until somebody lifts it.
    read_max: AtomicUsize,
}

/// A socket that counts what it reads and stops at a bound.
struct Metered {
    socket: Box<dyn Socket>,
    meter: Arc<Meter>,
}

impl AsyncRead for Metered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.socket).poll_read(cx, buf);
        let count = buf.filled().len() - before;
        if count > 0 {
            let total = self.meter.read.fetch_add(count, Ordering::Relaxed) + count;
            if total > self.meter.read_max.load(Ordering::Relaxed) {
                return Poll::Ready(Err(io::Error::other("the answer does not come to its status line")));
            }
        }
        polled
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }
}

/// A request that got no answer on this connection.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) error: hyper::Error,
    /// Not a byte of an answer had come.
    pub(super) is_silent: bool,
}

/// One connection, in use or idle.
pub(super) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    /// Gone once the connection has ended; a body may still be read from its buffer.
    /// Boxed: it is large, and connections move between pool and request.
    driver: Option<Box<http1::Connection<TokioIo<Metered>, Full<Bytes>>>>,
    meter: Arc<Meter>,
    /// Where it leads.
    pub(super) address: SocketAddr,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    pub(super) async fn open(
        socket: Box<dyn Socket>,
        address: SocketAddr,
        permit: OwnedSemaphorePermit,
    ) -> Result<Self, hyper::Error> {
        let meter = Arc::new(Meter::default());
        let io = TokioIo::new(Metered { socket, meter: Arc::clone(&meter) });
        let (sender, driver) = http1::Builder::new().max_buf_size(BUFFER_BYTES_MAX).handshake(io).await?;
        Ok(Self { sender, driver: Some(Box::new(driver)), meter, address, _permit: permit })
    }

    /// Moves bytes. Whether the connection still lives.
    fn drive(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(driver) = &mut self.driver else { return false };
        match Pin::new(driver).poll(cx) {
            Poll::Pending => true,
            Poll::Ready(ended) => {
                if let Err(error) = ended {
                    tracing::trace!(%error, address = %self.address, "a connection ended");
                }
                self.driver = None;
                false
            }
        }
    }

    /// Whether an idle connection can take a request: the receiver did not close it and sent nothing unasked.
    pub(super) async fn is_usable(&mut self) -> bool {
        self.meter.read_max.store(0, Ordering::Relaxed);
        self.meter.read.store(0, Ordering::Relaxed);
        poll_fn(|cx| {
            let lives = self.drive(cx);
            Poll::Ready(lives && matches!(self.sender.poll_ready(cx), Poll::Ready(Ok(()))))
        })
        .await
    }

    /// Sends a request and waits for the head of the answer.
    pub(super) async fn exchange(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Lost> {
        self.meter.read.store(0, Ordering::Relaxed);
        self.meter.read_max.store(BEFORE_HEAD_BYTES_MAX, Ordering::Relaxed);
        let mut answer = std::pin::pin!(self.sender.send_request(request));
        let driver = &mut self.driver;
        let got = poll_fn(|cx| {
            if let Some(connection) = driver
                && Pin::new(connection).poll(cx).is_ready()
            {
                *driver = None;
            }
            answer.as_mut().poll(cx)
        })
        .await;
        match got {
            Ok(response) => {
                self.meter.read_max.store(usize::MAX, Ordering::Relaxed);
                Ok(response)
            }
            Err(error) => Err(Lost { error, is_silent: self.meter.read.load(Ordering::Relaxed) == 0 }),
        }
    }

    /// The next piece of the answer's body.
    pub(super) async fn frame(&mut self, body: &mut Incoming) -> Option<Result<Frame<Bytes>, hyper::Error>> {
        poll_fn(|cx| {
            // Asking for a frame tells the connection to read one; the connection then has it at once or wakes us.
            if let Poll::Ready(frame) = Pin::new(&mut *body).poll_frame(cx) {
                return Poll::Ready(frame);
            }
            self.drive(cx);
            Pin::new(&mut *body).poll_frame(cx)
        })
        .await
    }
}
