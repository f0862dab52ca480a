//! HTTP/1.1 by hand: requests are read strictly, answers are written as the behaviour says.

use std::io;

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::sleep,
};
use tokio_rustls::server::TlsStream;

use super::{Behaviour, Received, Shared};

/// Bytes of a request's head.
const HEAD_BYTES_MAX: usize = 128 * 1024;

/// A stream that can be reset.
pub(super) trait Line: AsyncRead + AsyncWrite + Send + Unpin {
    /// Makes the close that follows a reset.
    fn arm_reset(&self);
}

impl Line for TcpStream {
    fn arm_reset(&self) {
        // When it fails the peer sees a close, and a test that wanted a reset says so.
        let _ = self.set_zero_linger();
    }
}

impl Line for TlsStream<TcpStream> {
    fn arm_reset(&self) {
        self.get_ref().0.arm_reset();
    }
}

/// Takes requests until the peer leaves or a behaviour ends the connection.
pub(super) async fn serve(mut line: impl Line, number: usize, shared: &Shared) {
    let mut buffer = BytesMut::with_capacity(8 * 1024);
    let mut close_idle = shared.close_idle.subscribe();
    loop {
        let read = tokio::select! {
            biased;
            read = read_request(&mut line, &mut buffer, number) => read,
            _ = close_idle.changed() => return,
        };
        let Ok(Some(request)) = read else { return };
        let closes = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let behaviour = shared.arrive(request);
        if !matches!(answer(&mut line, behaviour).await, Ok(true)) || closes {
            return;
        }
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// Reads more. `false` at the end.
async fn fill(line: &mut impl Line, buffer: &mut BytesMut) -> io::Result<bool> {
    buffer.reserve(4 * 1024);
    Ok(line.read_buf(buffer).await? > 0)
}

async fn read_request(line: &mut impl Line, buffer: &mut BytesMut, number: usize) -> io::Result<Option<Received>> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if buffer.len() > HEAD_BYTES_MAX {
            return Err(broken("the head is too long"));
        }
        if !fill(line, buffer).await? {
            return Ok(None);
        }
    };
    let head = buffer.split_to(end + 4);
    let head = std::str::from_utf8(&head[..end]).map_err(|_| broken("the head is no text"))?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some("HTTP/1.1"), None) = (first.next(), first.next(), first.next(), first.next())
    else {
        return Err(broken("no request line"));
    };
    let mut headers = Vec::new();
    for header in lines {
        let (name, value) = header.split_once(':').ok_or_else(|| broken("a header without a colon"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Received {
        method: method.to_owned(),
        target: target.to_owned(),
        headers,
        body: Bytes::new(),
        connection: number,
    };
    let is_chunked = request.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
    request.body = if is_chunked {
        read_chunks(line, buffer).await?
    } else {
        let length = request.header("content-length").map_or(Ok(0), str::parse::<usize>);
        read_exactly(line, buffer, length.map_err(|_| broken("no length"))?).await?
    };
    Ok(Some(request))
}

async fn read_exactly(line: &mut impl Line, buffer: &mut BytesMut, count: usize) -> io::Result<Bytes> {
    while buffer.len() < count {
        if !fill(line, buffer).await? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(buffer.split_to(count).freeze())
}

async fn read_chunks(line: &mut impl Line, buffer: &mut BytesMut) -> io::Result<Bytes> {
    let mut body = BytesMut::new();
    loop {
        let end = loop {
            if let Some(end) = buffer.windows(2).position(|two| two == b"\r\n") {
                break end;
            }
            if !fill(line, buffer).await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let size = buffer.split_to(end);
        buffer.advance(2);
        let size = std::str::from_utf8(&size).ok().and_then(|size| usize::from_str_radix(size.trim(), 16).ok());
        let size = size.ok_or_else(|| broken("no chunk size"))?;
        body.extend_from_slice(&read_exactly(line, buffer, size).await?);
        read_exactly(line, buffer, 2).await?;
        if size == 0 {
            return Ok(body.freeze());
        }
    }
}

/// Writes an answer. Whether the connection goes on.
async fn answer(line: &mut impl Line, mut behaviour: Behaviour) -> io::Result<bool> {
    while let Behaviour::After(gate, then) = behaviour {
        gate.wait().await;
        behaviour = *then;
    }
    match behaviour {
        Behaviour::Answer { status, headers, body } => {
            line.write_all(&plain(status, &headers, &body)).await?;
            Ok(true)
        }
        Behaviour::Drip { status, body_bytes, pause } => {
            let head = format!("HTTP/1.1 {status} Drip\r\ncontent-length: {body_bytes}\r\n\r\n");
            line.write_all(head.as_bytes()).await?;
            for _ in 0..body_bytes {
                sleep(pause).await;
                line.write_all(b".").await?;
            }
            Ok(true)
        }
        Behaviour::Endless => {
            line.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await?;
            let chunk = [b"2000\r\n".as_slice(), &[b'0'; 0x2000], b"\r\n"].concat();
            repeat(line, &chunk).await
        }
        Behaviour::EndlessHeaders => {
            line.write_all(b"HTTP/1.1 200 OK\r\n").await?;
            repeat(line, b"x-more: and more and more and more\r\n").await
        }
        Behaviour::EndlessContinue => repeat(line, b"HTTP/1.1 100 Continue\r\n\r\n").await,
        Behaviour::Silence => {
            // Reading shows when the peer gives up.
            let mut ignored = [0; 1_024];
            while line.read(&mut ignored).await? > 0 {}
            Ok(false)
        }
        Behaviour::Reset => {
            line.arm_reset();
            Ok(false)
        }
        // `After` is gone by the loop above.
        Behaviour::Close | Behaviour::After(..) => Ok(false),
        Behaviour::Raw(bytes) => {
            line.write_all(&bytes).await?;
            line.shutdown().await?;
            Ok(false)
        }
        Behaviour::ResetInBody => {
            line.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nbegun").await?;
            line.flush().await?;
            line.arm_reset();
            Ok(false)
        }
    }
}

async fn repeat(line: &mut impl Line, piece: &[u8]) -> io::Result<bool> {
    loop {
        line.write_all(piece).await?;
    }
}

fn plain(status: u16, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut answer = Vec::with_capacity(128 + body.len());
    let reason =
        http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Other");
    // Writing to memory does not fail.
    let _ = write!(answer, "HTTP/1.1 {status} {reason}\r\n");
    for (name, value) in headers {
        let _ = write!(answer, "{name}: {value}\r\n");
    }
    if status == 204 || status == 304 {
        let _ = write!(answer, "\r\n");
    } else {
        let _ = write!(answer, "content-length: {}\r\n\r\n", body.len());
        answer.extend_from_slice(body);
    }
    answer
}
