//! The loops.
//!
//! [`inbox`] takes inputs and runs their turns, one at a time per contact ([`turns`]); [`outbox`] sends messages; [`dispatch`] sends
//! webhooks, and [`catching_up`] gives those that stood still what they missed; [`timers`], [`api_calls`] and [`inputs`] bring what fell due back into the inbox; [`polling`] asks Telegram for updates; [`upkeep`]
//! makes room, and [`orphans`] removes files that no row names. Each loop is woken or ticks, looks at the store, acts, and commits what came of it. None keeps a fact in memory only, so a
//! process that dies anywhere goes on from its store.

pub mod api_calls;
pub mod api_request;
pub mod arrivals;
pub mod catching_up;
pub mod connection;
pub mod contended;
pub mod dispatch;
pub mod events;
pub mod file_links;
pub mod in_order;
pub mod inbox;
pub mod inputs;
pub mod live;
pub mod media;
pub mod messenger;
pub mod orphans;
pub mod outbox;
pub mod outgoing;
pub mod places;
pub mod polling;
pub mod registry;
pub mod rehearsal;
pub mod sending;
pub mod shown;
pub mod timers;
pub mod turns;
pub mod upkeep;
pub mod wakes;

use crate::state::App;

/// Starts every loop.
pub fn begin(app: &App) {
    app.tasks.spawn(timers::run(app.clone()));
    app.tasks.spawn(inputs::run(app.clone()));
    app.tasks.spawn(api_calls::run(app.clone()));
    app.tasks.spawn(outbox::run(app.clone()));
    app.tasks.spawn(dispatch::run(app.clone()));
    app.tasks.spawn(catching_up::run(app.clone()));
    app.tasks.spawn(polling::run(app.clone()));
    app.tasks.spawn(upkeep::run(app.clone()));
    app.tasks.spawn(orphans::run(app.clone()));
}
