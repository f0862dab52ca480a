//! People who sign in, and their signed-in browsers.

use async_trait::async_trait;
use recado_model::{Account, AccountId, MemberId, UnixMs};
use serde::{Deserialize, Serialize};

use crate::Result;

/// A person of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRecord {
    /// Its id.
    pub id: MemberId,
    /// Whose.
    pub account_id: AccountId,
    /// In lower case; unique in the installation.
    pub email: String,
    /// The argon2id hash of the password, in PHC form.
    pub password: String,
    /// When it was made.
    pub created_at: UnixMs,
    /// What the person chose.
    pub profile: MemberProfile,
}

/// What a member chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberProfile {
    /// Shown name.
    pub name: String,
    /// `en` or `es`.
    pub language: String,
}

/// Browsers in which one member is signed in.
pub const SESSIONS_MAX: usize = 50;

/// A signed-in browser. The token itself is in its cookie only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// Who signed in.
    pub member_id: MemberId,
    /// When it ends.
    pub expires_at: UnixMs,
    /// When it began; 0 when that is not known.
    pub created_at: UnixMs,
    /// What the browser calls itself.
    pub agent: String,
}

/// The members' part of the store.
#[async_trait]
pub trait Members: Send + Sync + 'static {
    /// Whether nobody can sign in yet.
    async fn has_no_member(&self) -> Result<bool>;
    /// Makes the first member: of the first account there is, which takes name and time zone, or of this one when there is none. `Exists` when there
    /// is a member. Returns the member as it was made.
    async fn set_up(&self, account: Account, owner: MemberRecord) -> Result<MemberRecord>;
    /// The member with this address, in lower case.
    async fn member_by_email(&self, email: &str) -> Result<Option<MemberRecord>>;
    /// The members of an account, the oldest first.
    async fn members(&self, account_id: AccountId) -> Result<Vec<MemberRecord>>;
    /// Changes what a member chose.
    async fn update_profile(&self, id: MemberId, profile: MemberProfile) -> Result<()>;
    /// Changes the password, if its hash is still `from`, else `Conflict`. Ends all sessions of the member but the one that is named.
    async fn change_password(&self, id: MemberId, from: String, to: String, but: Option<[u8; 32]>) -> Result<()>;
    /// Keeps a new session of a member whose password's hash is still this one, else `Conflict`. Forgets those that ended before `now`, and the
    /// member's oldest past [`SESSIONS_MAX`].
    async fn open_session(&self, session: SessionRecord, password: String, now: UnixMs) -> Result<()>;
    /// Puts the end of a session off; one that is gone stays gone.
    async fn renew_session(&self, hash: [u8; 32], expires_at: UnixMs) -> Result<()>;
    /// Who is signed in with this token, if the session has not ended.
    async fn session(&self, hash: [u8; 32], now: UnixMs) -> Result<Option<(SessionRecord, MemberRecord)>>;
    /// The sessions of a member that have not ended, the newest first; at most [`SESSIONS_MAX`].
    async fn sessions(&self, member_id: MemberId, now: UnixMs) -> Result<Vec<SessionRecord>>;
    /// Ends all sessions of a member but one.
    async fn close_other_sessions(&self, member_id: MemberId, but: [u8; 32]) -> Result<()>;
    /// Ends a session.
    async fn close_session(&self, hash: [u8; 32]) -> Result<()>;
}
