//! What users do to single deliveries, told to the loop that holds them.
//!
//! The store was changed before; a command that is lost costs the time until the next start or page, never a delivery.

use std::collections::VecDeque;

use parking_lot::Mutex;
use recado_model::WebhookId;
use recado_store::deliveries::ReadyDelivery;

/// One command.
#[derive(Debug, Clone)]
pub enum Command {
    /// Something became ready outside the order of commits (a retry by hand, the follower of a cancelled head).
    Offer(Box<ReadyDelivery>),
    /// It was cancelled.
    Withdraw {
        /// Its sequence.
        seq: i64,
    },
    /// It is due now.
    Hasten {
        /// Its sequence.
        seq: i64,
        /// Its lanes.
        lanes_id: WebhookId,
    },
}

/// Commands that wait for the loop.
#[derive(Debug, Default)]
pub struct Control(Mutex<VecDeque<Command>>);

impl Control {
    /// Tells the loop, which is to be woken then.
    pub fn tell(&self, command: Command) {
        self.0.lock().push_back(command);
    }

    /// Takes the first that was told.
    pub fn take(&self) -> Option<Command> {
        self.0.lock().pop_front()
    }

    /// Puts back what could not be done now. It comes first again.
    pub fn put_back(&self, command: Command) {
        self.0.lock().push_front(command);
    }
}
