//! The bare client: hyper connections that post the same bytes, and nothing else. What the machine allows.

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::{net::TcpStream, task::JoinSet, time::Instant};

use super::process::cpu_ms_of;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Address of the receiver
    #[arg(long)]
    address: String,
    /// Requests in all
    #[arg(long)]
    requests: usize,
    /// Connections
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Bytes of a body
    #[arg(long, default_value_t = 1024)]
    bytes: usize,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let body = Bytes::from(vec![b'x'; args.bytes]);
    let started = Instant::now();
    let before = cpu_ms_of("self")?;
    let each = args.requests.div_ceil(args.connections);
    let mut clients = JoinSet::new();
    for _ in 0..args.connections {
        clients.spawn(client(args.address.clone(), body.clone(), each));
    }
    while let Some(done) = clients.join_next().await {
        done??;
    }
    let sent = each * args.connections;
    let cpu_ms = cpu_ms_of("self")? - before;
    println!("{}", json!({"requests": sent, "seconds": started.elapsed().as_secs_f64(), "cpu_ms": cpu_ms}));
    Ok(())
}

async fn client(address: String, body: Bytes, requests: usize) -> anyhow::Result<()> {
    let stream = TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    for _ in 0..requests {
        let request =
            Request::post("/ok").header(header::HOST, &address).header(header::CONTENT_TYPE, "application/json");
        let response = sender.send_request(request.body(Full::new(body.clone()))?).await?;
        anyhow::ensure!(response.status().is_success(), "the receiver answered {}", response.status());
        response.into_body().collect().await?;
    }
    Ok(())
}
