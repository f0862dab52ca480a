//! Wake-ups of the loops. They carry no data: a loop that is woken looks at the store. A lost one costs a tick, never an event.

use tokio::sync::Notify;

/// One bell for each loop.
#[derive(Debug, Default)]
pub struct Wakes {
    /// A delivery became ready.
    pub deliveries: Notify,
    /// A webhook was resumed from its cursor.
    pub catching_up: Notify,
    /// A message was queued.
    pub outbox: Notify,
    /// A timer was set.
    pub timers: Notify,
    /// An API request was made.
    pub api_calls: Notify,
    /// An input was stored for a contact.
    pub inputs: Notify,
    /// A bot was made, changed or deleted.
    pub bots: Notify,
    /// The same, for the messages and stored inputs that wait for their bot to be connected or switched on.
    pub connections: Notify,
    /// A webhook or a bot was deleted.
    pub upkeep: Notify,
}
