//! The words of Recado.
//!
//! Every other crate speaks in these types. They hold what a thing *is* and which of its states follow which; they do no I/O, know no
//! async and read no clock: the time is a [`UnixMs`] and randomness an [`Entropy`], both given by the caller.
//!
//! The cast, in the order a message meets them: a [`Bot`] on one [`Service`]; a [`Contact`] who writes to it; a [`Run`] of a flow; a
//! [`Message`] in or out; an [`Event`] that says what happened; a [`Webhook`] that wants to hear of it; a [`Delivery`] of the one to the
//! other; an [`Attempt`] to do so.

pub mod bot;
pub mod contact;
pub mod delivery;
pub mod entropy;
pub mod event;
pub mod ids;
pub mod inbound;
pub mod limits;
pub mod message;
pub mod run;
pub mod time;
pub mod trigger;
pub mod value;
pub mod webhook;

pub use bot::{Account, Bot, BotSettings, ConnectionLost, Plan, Service};
pub use contact::{AutomationPause, ChatState, Contact, ContactStatus, Profile};
pub use delivery::{Attempt, Delivery, DeliveryStatus, FailureKind, Outcome, Timing};
pub use entropy::Entropy;
pub use event::{Event, EventInfo, EventKind};
pub use ids::*;
pub use inbound::{Inbound, InboundKind};
pub use limits::ChannelLimits;
pub use message::{Button, ButtonAction, Direction, Message, MessageStatus, Offer, Part, RichText};
pub use run::{Frame, Run, RunEnd, Wait};
pub use time::UnixMs;
pub use trigger::{Trigger, TriggerKind};
pub use value::{Named, Value, ValueType, Variables};
pub use webhook::{ContentFormat, DateUnit, OffReason, PayloadProfile, Webhook, WebhookKind, WebhookState};
