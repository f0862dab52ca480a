//! Whether the server lives, can work, and how it does.

use std::sync::OnceLock;

use axum::extract::State;
use metrics::Unit;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::{Web, error::ApiError, problem_code::ProblemCode};

/// The process lives.
pub async fn healthz() -> &'static str {
    "ok"
}

/// The process can store what comes.
pub async fn readyz(State(web): State<Web>) -> Result<&'static str, ApiError> {
    web.store.probe().await?;
    Ok("ok")
}

/// What the figures are, for whoever looks at them. Those that only grow or open now and then are there from the start.
fn describe() {
    metrics::describe_counter!("recado_turns_total", "Turns that were committed.");
    metrics::counter!("recado_turns_total").increment(0);
    metrics::describe_histogram!(
        "recado_commit_seconds",
        Unit::Seconds,
        "What commits take, from the first statement until they are on the disk."
    );
    metrics::describe_counter!("recado_attempts_total", "Attempts of deliveries by outcome.");
    for outcome in ["delivered", "retry", "failed", "probed"] {
        metrics::counter!("recado_attempts_total", "outcome" => outcome).increment(0);
    }
    metrics::describe_histogram!("recado_delivery_latency_seconds", Unit::Seconds, "From an event to its 2xx.");
    metrics::describe_gauge!("recado_deliveries_pending", "Deliveries that wait.");
    metrics::describe_gauge!("recado_oldest_pending_seconds", Unit::Seconds, "For how long the oldest of them waits.");
    metrics::describe_gauge!("recado_breakers_open", "Webhooks whose breaker is open.");
    metrics::gauge!("recado_breakers_open").set(0.0);
    metrics::describe_gauge!("recado_messages_queued", "Messages that wait to be sent to a messenger.");
    metrics::describe_gauge!("recado_timers", "Pauses, time limits and delays that wait.");
    metrics::describe_gauge!("recado_database_bytes", Unit::Bytes, "Size of the database.");
    metrics::describe_counter!("recado_http_requests_total", "Calls by route and status.");
}

/// Bounds of histograms in seconds: of commits, and of deliveries that are retried for a day.
const BUCKETS: [f64; 18] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3_600.0, 86_400.0,
];

/// One recorder a process, whoever asks first.
pub fn recorder() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        // Bounds that are given are not refused: there are some.
        let recorder = PrometheusBuilder::new().set_buckets(&BUCKETS).ok()?.build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).ok()?;
        describe();
        Some(handle)
    };
    HANDLE.get_or_init(install).as_ref()
}

/// Figures for Prometheus. No figure carries a name, text or URL of a tenant.
pub async fn metrics_page(State(web): State<Web>) -> Result<String, ApiError> {
    let totals = web.store.totals().await?;
    let now = web.now();
    metrics::gauge!("recado_deliveries_pending").set(totals.deliveries_pending as f64);
    let age = totals.oldest_pending_at.map_or(0, |at| now - at);
    metrics::gauge!("recado_oldest_pending_seconds").set(age as f64 / 1_000.0);
    metrics::gauge!("recado_messages_queued").set(totals.messages_queued as f64);
    metrics::gauge!("recado_timers").set(totals.timers as f64);
    metrics::gauge!("recado_database_bytes").set(totals.bytes as f64);
    let handle =
        recorder().ok_or_else(|| ApiError::new(ProblemCode::NoMetrics, "another recorder of metrics is installed"))?;
    handle.run_upkeep();
    Ok(handle.render())
}
