//! The memory of Recado: what was acknowledged is here, and what is here is acted on.
//!
//! One trait, [`Store`], in seven parts by who calls them: [`Turns`] (the contact loops), [`Outbox`] (the sending loops), [`Deliveries`] (the
//! webhook loops), [`Catalog`] (what users set up), [`Members`] (who signs in), [`Team`] (what they keep beside a bot) and [`Records`] (what users look at). **One method is one transaction is one business
//! fact**; no transaction handle leaves this crate. When a method that writes returns `Ok`, its rows are synced to disk; when it returns
//! `Err`, nothing of it is there. A process that dies in between leaves either all of it or nothing.
//!
//! The SQLite implementation ([`sqlite::SqliteStore`]) has one writer thread that commits what is waiting together (group commit) and a few
//! readers. Everything a second database must keep to is stated by the conformance suite in `tests/it/conformance/`.

pub mod catalog;
pub mod deliveries;
pub mod error;
pub mod members;
pub mod outbox;
pub mod records;
pub mod sqlite;
pub mod team;
pub mod turns;

pub use catalog::Catalog;
pub use deliveries::Deliveries;
pub use error::StoreError;
pub use members::Members;
pub use outbox::Outbox;
pub use records::Records;
pub use team::Team;
pub use turns::Turns;

/// Everything that is remembered.
pub trait Store: Turns + Outbox + Deliveries + Catalog + Members + Team + Records {}

impl<T: Turns + Outbox + Deliveries + Catalog + Members + Team + Records> Store for T {}

/// What the methods return.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
