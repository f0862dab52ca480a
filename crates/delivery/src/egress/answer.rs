//! What came back: the head decides, of the body a part is kept.

use std::{net::IpAddr, time::Duration};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use hyper::body::{Body as _, Incoming};
use recado_model::delivery::Timing;
use tokio::time::{Instant, timeout_at};

use super::connection::Connection;

/// Why the kept body is not the whole body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// More bytes followed than are kept.
    TooLong,
    /// It did not end in the time given to it.
    TooSlow,
    /// The connection broke inside the body.
    Broken,
}

/// An answer: whatever its status, the request reached a receiver.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The kept part of the body.
    pub body: Bytes,
    /// Why the body is not whole; `None` when it is.
    pub cut: Option<Cut>,
    /// Where the time went.
    pub timing: Timing,
    /// The address that was dialled.
    pub remote_ip: IpAddr,
}

/// Reads what is kept of a body. Never more than `keep_bytes` and one buffer are held.
pub(super) async fn read_body(
    connection: &mut Connection,
    body: &mut Incoming,
    keep_bytes: usize,
    until: Instant,
) -> (Bytes, Option<Cut>) {
    if body.is_end_stream() {
        return (Bytes::new(), None);
    }
    let mut first: Option<Bytes> = None;
    let mut more = BytesMut::new();
    let read = async {
        loop {
            let frame = match connection.frame(body).await {
                None => return None,
                Some(Err(_)) => return Some(Cut::Broken),
                Some(Ok(frame)) => frame,
            };
            let Ok(mut data) = frame.into_data() else { continue };
            let held = first.as_ref().map_or(more.len(), Bytes::len);
            let is_over = data.len() > keep_bytes - held;
            data.truncate(keep_bytes - held);
            // The usual answer is one piece: it is kept as it came.
            match first.take() {
                None if more.is_empty() => first = Some(data),
                None => more.extend_from_slice(&data),
                Some(piece) => {
                    more.extend_from_slice(&piece);
                    more.extend_from_slice(&data);
                }
            }
            if is_over {
                return Some(Cut::TooLong);
            }
            if body.is_end_stream() {
                return None;
            }
        }
    };
    let cut = timeout_at(until, read).await.unwrap_or(Some(Cut::TooSlow));
    (first.unwrap_or_else(|| more.freeze()), cut)
}

/// Microseconds, as [`Timing`] keeps them.
pub(super) fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}
