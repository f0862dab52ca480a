//! Whether the server lives, can work, and how it does.

use std::sync::OnceLock;

use axum::extract::State;
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

/// One recorder a process, whoever asks first.
pub fn recorder() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).ok().map(|()| handle)
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
