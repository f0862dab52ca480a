//! What users do to single deliveries, told to the loop that holds them.
//!
//! The store was changed before; a command that is lost costs the time until the next start or page, never a delivery.

use parking_lot::Mutex;
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
    },
}

/// Commands that wait for the loop.
#[derive(Debug, Default)]
pub struct Control(Mutex<Vec<Command>>);

impl Control {
    /// Tells the loop, which is to be woken then.
    pub fn tell(&self, command: Command) {
        self.0.lock().push(command);
    }

    /// Takes what was told.
    pub fn take(&self) -> Vec<Command> {
        std::mem::take(&mut *self.0.lock())
    }
}
