//! How the installation does, for whoever runs it.

use axum::{Json, extract::State};
use recado_model::{Account, AccountId};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Web,
    error::{ApiError, Problem},
    problem_code::ProblemCode,
    shape::Time,
};
use crate::auth::Caller;

/// The disk that the data is on.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiskView {
    /// Bytes that the server may still use.
    free_bytes: u64,
    total_bytes: u64,
}

/// How the installation does. Figures of all accounts together.
#[derive(Debug, Serialize, ToSchema)]
pub struct SystemView {
    version: &'static str,
    /// When this process started.
    started_at: Time,
    /// Where people and messengers reach it; null when it is not public.
    public_url: Option<String>,
    /// Where it listens.
    local_url: String,
    /// Null when the system does not tell.
    disk: Option<DiskView>,
    database_bytes: u64,
    /// Days that events, deliveries and attempts are kept.
    retention_days: u32,
    deliveries_pending: u64,
    /// When the event of the oldest pending delivery happened.
    oldest_pending_at: Option<Time>,
    /// Messages that wait to be sent.
    messages_queued: u64,
    /// Pauses, input limits and delays that are set.
    timers: u64,
}

/// Whether an account is that of whoever runs the server: the first of the installation.
pub fn runs_the_server(accounts: &[Account], id: AccountId) -> bool {
    accounts.first().is_some_and(|first| first.id == id)
}

/// Tells how the installation does. Only the first account may ask: it is that of whoever runs the server.
#[utoipa::path(get, path = "/system", tag = "account", responses((status = 200, body = SystemView), (status = "default", body = Problem)))]
pub async fn read(State(web): State<Web>, caller: Caller) -> Result<Json<SystemView>, ApiError> {
    if !runs_the_server(&web.store.accounts().await?, caller.account_id) {
        return Err(ApiError::new(ProblemCode::NotTheOperator, "this is for the account that runs the server"));
    }
    let totals = web.store.totals().await?;
    let settings = &web.settings;
    let disk = rustix::fs::statvfs(&settings.files_dir).ok();
    Ok(Json(SystemView {
        version: env!("CARGO_PKG_VERSION"),
        started_at: settings.started_at.into(),
        public_url: settings.public_url.clone(),
        local_url: settings.local_url.clone(),
        disk: disk.map(|disk| DiskView {
            free_bytes: disk.f_bavail * disk.f_frsize,
            total_bytes: disk.f_blocks * disk.f_frsize,
        }),
        database_bytes: totals.bytes,
        retention_days: settings.retention_days,
        deliveries_pending: totals.deliveries_pending,
        oldest_pending_at: totals.oldest_pending_at.map(Into::into),
        messages_queued: totals.messages_queued,
        timers: totals.timers,
    }))
}
