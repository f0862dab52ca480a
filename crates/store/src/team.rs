//! What a team keeps beside its bots: saved replies and segments by name, and notes about contacts.

use async_trait::async_trait;
use recado_model::{BotId, ContactId, NoteId, UnixMs};
use serde_json::Value as Json;

use crate::Result;

/// What can be kept by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptKind {
    /// A text that agents answer with.
    Reply,
    /// A filter of the audience.
    Segment,
}

/// Things of one kind that a bot keeps.
pub const KEPT_MAX: usize = 200;
/// Notes about one contact.
pub const NOTES_MAX: usize = 200;

/// Something with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Unique among those of its kind in the bot.
    pub name: String,
    /// What it is.
    pub doc: Json,
}

/// A note about a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRecord {
    /// Its id.
    pub id: NoteId,
    /// About whom.
    pub contact_id: ContactId,
    /// When it was written.
    pub at: UnixMs,
    /// Who wrote it, as it was called then; `None`: a program.
    pub written_by: Option<String>,
    /// What it says.
    pub text: String,
}

/// The team's part of the store.
#[async_trait]
pub trait Team: Send + Sync + 'static {
    /// What a bot keeps of a kind, by name.
    async fn kept(&self, bot_id: BotId, kind: KeptKind) -> Result<Vec<Kept>>;
    /// Keeps something new: `Exists` when the name is taken, `TooMany` past [`KEPT_MAX`].
    async fn keep(&self, bot_id: BotId, kind: KeptKind, new: Kept) -> Result<()>;
    /// Puts something in the place of the one with this name. `NotFound` when there is none, `Exists` when its new name is another's.
    async fn replace_kept(&self, bot_id: BotId, kind: KeptKind, name: String, with: Kept) -> Result<()>;
    /// Forgets the one with this name.
    async fn forget_kept(&self, bot_id: BotId, kind: KeptKind, name: String) -> Result<()>;

    /// The notes about a contact, the newest first.
    async fn notes(&self, contact_id: ContactId) -> Result<Vec<NoteRecord>>;
    /// Writes a note: `NotFound` when the contact is gone, `TooMany` past [`NOTES_MAX`].
    async fn add_note(&self, note: NoteRecord) -> Result<()>;
    /// Says it otherwise.
    async fn change_note(&self, contact_id: ContactId, id: NoteId, text: String) -> Result<NoteRecord>;
    /// Takes a note away.
    async fn delete_note(&self, contact_id: ContactId, id: NoteId) -> Result<()>;
}
