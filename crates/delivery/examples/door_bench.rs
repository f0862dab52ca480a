//! What the door costs: CPU time per 1 KiB POST on kept connections, beside a bare hyper connection that posts the same bytes.
//!
//! `cargo run --release -p recado-delivery --example door_bench [posts]`; the receiver is this program again, as a process of its own, so that only the sender is
//! counted. Linux only: CPU time is read from `/proc/self/stat`.

use std::{
    error::Error,
    io::{BufRead as _, BufReader, Write as _},
    net::Ipv4Addr,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use recado_delivery::egress::{Door, DoorConfig, Request};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    runtime::Handle,
    task::JoinSet,
    time::Instant,
};

type Failure = Box<dyn Error + Send + Sync>;

const SENDERS: usize = 64;
const BODY_BYTES: usize = 1_024;
/// `_SC_CLK_TCK` of every Linux that matters.
const TICKS_A_SECOND: f64 = 100.0;

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let argument = std::env::args().nth(1);
    if argument.as_deref() == Some("receive") {
        return runtime.block_on(receive());
    }
    let posts: usize = argument.map_or(Ok(200_000), |posts| posts.parse())?;
    let mut receiver =
        Command::new(std::env::current_exe()?).arg("receive").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(receiver.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    let port: u16 = line.trim().parse()?;
    let measured = runtime.block_on(async {
        for round in 1..=3 {
            let bare = measure(posts, bare(port, posts)).await?;
            let door = measure(posts, door(port, posts)).await?;
            println!(
                "round {round}: bare hyper {:.1} µs CPU, {:.0}/s; door {:.1} µs CPU, {:.0}/s; ratio {:.2}",
                bare.0,
                bare.1,
                door.0,
                door.1,
                door.0 / bare.0
            );
        }
        Ok(())
    });
    // The receiver ends with its standard input.
    drop(receiver.stdin.take());
    receiver.wait()?;
    measured
}

fn cpu_seconds() -> Result<f64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit(')').next().ok_or("no stat")?;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks: f64 =
        fields.get(11).ok_or("no utime")?.parse::<f64>()? + fields.get(12).ok_or("no stime")?.parse::<f64>()?;
    Ok(ticks / TICKS_A_SECOND)
}

/// Microseconds of CPU a post, and posts a second.
async fn measure(posts: usize, work: impl Future<Output = Result<(), Failure>>) -> Result<(f64, f64), Failure> {
    let (cpu, began) = (cpu_seconds()?, Instant::now());
    work.await?;
    let count = posts as f64;
    Ok(((cpu_seconds()? - cpu) * 1e6 / count, count / began.elapsed().as_secs_f64()))
}

/// The headers of a signed webhook.
fn headers() -> HeaderMap {
    [
        ("user-agent", "Recado/0.1.0"),
        ("content-type", "application/json"),
        ("webhook-id", "01890a5d-ac96-774b-bcce-b302099a8057"),
        ("webhook-timestamp", "1790000000"),
        ("webhook-signature", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="),
        ("recado-attempt", "1"),
        ("recado-event", "incoming_message"),
    ]
    .into_iter()
    .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
    .collect()
}

async fn all(mut senders: JoinSet<Result<(), Failure>>) -> Result<(), Failure> {
    while let Some(ended) = senders.join_next().await {
        ended??;
    }
    Ok(())
}

async fn bare(port: u16, posts: usize) -> Result<(), Failure> {
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        senders.spawn(async move {
            let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
            stream.set_nodelay(true)?;
            let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
            let driver = Handle::current().spawn(connection);
            let body = Bytes::from(vec![b'b'; BODY_BYTES]);
            for _ in 0..posts / SENDERS {
                let mut request = http::Request::post("/hook").body(Full::new(body.clone()))?;
                *request.headers_mut() = headers();
                request.headers_mut().insert("host", HeaderValue::from_static("127.0.0.1"));
                sender.ready().await?;
                sender.send_request(request).await?.into_body().collect().await?;
            }
            drop(sender);
            driver.await??;
            Ok(())
        });
    }
    all(senders).await
}

async fn door(port: u16, posts: usize) -> Result<(), Failure> {
    let config = DoorConfig { allow: vec![format!("127.0.0.1:{port}").parse()?], ..DoorConfig::default() };
    let door = Arc::new(Door::new(config, &Handle::current())?);
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        let door = Arc::clone(&door);
        senders.spawn(async move {
            let body = Bytes::from(vec![b'b'; BODY_BYTES]);
            for _ in 0..posts / SENDERS {
                let request = Request {
                    method: Method::POST,
                    url: format!("http://127.0.0.1:{port}/hook"),
                    headers: headers(),
                    body: body.clone(),
                    head_timeout: Duration::from_secs(10),
                    keep_bytes: 16 * 1_024,
                    keep_time: Duration::from_secs(1),
                    total_timeout: None,
                };
                let status = door.send(request).await?.status;
                if status != 200 {
                    return Err(format!("answered {status}").into());
                }
            }
            Ok(())
        });
    }
    all(senders).await
}

/// Answers each POST of [`BODY_BYTES`] with `ok` until its standard input ends.
async fn receive() -> Result<(), Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?.port());
    std::io::stdout().flush()?;
    let mut connections = JoinSet::new();
    let mut ended = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted?.0,
            _ = &mut ended => return Ok(()),
        };
        connections.spawn(answer(stream));
    }
}

async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(8 * 1_024);
    loop {
        if stream.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
        while let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let whole = end + 4 + BODY_BYTES;
            if buffer.len() < whole {
                break;
            }
            buffer.drain(..whole);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await?;
        }
    }
}
