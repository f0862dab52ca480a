//! The web chat: sessions, messages, live events, files, and the page.
//!
//! A visitor is known by a session token that this installation signed; nothing is stored for it. A message is answered 202 after its turn's
//! commit. Visitors are strangers: everything is limited per session and per address.

pub mod events;
pub mod messages;
pub mod page;
pub mod session;
pub mod upload;
