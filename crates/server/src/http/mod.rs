//! The HTTP front: the API under `/api/v1`, the web chat, the messengers' hooks, tracked links, files, health.
//!
//! Every answer that acknowledges something is given after its commit. The cast: [`Web`] is what handlers hold ([`App`] and what only the
//! front keeps in memory: rate limits and the inspector); [`error::ApiError`] is the one way to say no; [`extract`] reads requests,
//! [`shape`] shapes answers; [`layers`] is what surrounds every call. Routes stand in [`routes`], one file a resource.
//!
//! Invariant: whatever names a thing of a tenant goes through [`scope`], which answers 404 for another tenant's.

pub mod account;
pub mod bots;
pub mod chat;
pub mod chats;
pub mod connect;
pub mod contacts;
pub mod deliveries;
pub mod error;
pub mod events;
pub mod export;
pub mod extract;
pub mod files;
pub mod flow_test;
pub mod flows;
pub mod folders;
pub mod health;
pub mod idempotency;
pub mod import;
pub mod incoming;
pub mod inspector;
pub mod inspector_page;
pub mod kept;
pub mod layers;
pub mod links;
pub mod mistake;
pub mod names;
pub mod notes;
pub mod notifications;
pub mod operations;
pub mod plain_page;
pub mod problem_code;
pub mod profile;
pub mod publish;
pub mod rate;
pub mod replies;
pub mod request_test;
pub mod routes;
pub mod scope;
pub mod segments;
pub mod session;
pub mod sessions;
pub mod shape;
pub mod system;
pub mod table;
pub mod telegram;
pub mod triggers;
pub mod variables;
pub mod versions;
pub mod waiting;
pub mod web_app;
pub mod webhook_actions;
pub mod webhook_health;
pub mod webhook_test;
pub mod webhooks;

use std::{
    ops::Deref,
    sync::{Arc, Once},
};

pub use routes::router;
use tokio::sync::Semaphore;

use crate::{
    runtime::{in_order::InOrder, places::Places},
    state::App,
};

/// Drafts that are tried out at once.
const REHEARSALS_MAX: usize = 2;
/// API requests that are tried out at once.
const TEST_REQUESTS_MAX: usize = 8;
/// Tables of contacts that are read in at once.
const IMPORTS_MAX: usize = 4;
/// Files of messengers that are passed on at once.
const DOWNLOADS_MAX: usize = 4;

/// What every handler holds. Cloning it is cheap.
#[derive(Clone)]
pub struct Web {
    app: App,
    /// What only the front keeps, in memory.
    pub front: Arc<Front>,
}

/// What only the front keeps, in memory. All of it is bounded and may be lost.
#[derive(Debug)]
pub struct Front {
    /// The built-in receiver.
    pub inspector: inspector::Inspector,
    /// Rate limits of the web chat.
    pub rates: rate::Rates,
    /// Calls with an `Idempotency-Key` that are under way.
    pub under_way: idempotency::UnderWay,
    /// Updates that Telegram posts at once, in their order.
    pub updates: Arc<InOrder>,
    /// Room for drafts that are tried out.
    pub rehearsals: Semaphore,
    /// Whoever runs the server was told that a proxy does not say who asks.
    pub nameless_proxy: Once,
    /// Room for API requests that are tried out.
    pub test_requests: Semaphore,
    /// Room for tables of contacts that are read in.
    pub imports: Semaphore,
    /// Room for files that pass from a messenger to a receiver, at most 20 MiB each.
    pub downloads: Semaphore,
    /// Room for files that come in.
    pub uploads: Arc<Places>,
}

impl Default for Front {
    fn default() -> Self {
        Self {
            inspector: inspector::Inspector::default(),
            rates: rate::Rates::default(),
            under_way: idempotency::UnderWay::default(),
            nameless_proxy: Once::new(),
            updates: Arc::default(),
            rehearsals: Semaphore::new(REHEARSALS_MAX),
            test_requests: Semaphore::new(TEST_REQUESTS_MAX),
            imports: Semaphore::new(IMPORTS_MAX),
            downloads: Semaphore::new(DOWNLOADS_MAX),
            uploads: Places::new(incoming::UPLOADS_MAX),
        }
    }
}

impl Web {
    /// The front of this server.
    pub fn new(app: App) -> Self {
        Self { app, front: Arc::default() }
    }

    /// The parts behind the front.
    pub const fn app(&self) -> &App {
        &self.app
    }
}

impl Deref for Web {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}
