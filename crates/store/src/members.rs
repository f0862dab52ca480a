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

/// A signed-in browser. The token itself is in its cookie only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionRecord {
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// Who signed in.
    pub member_id: MemberId,
    /// When it ends.
    pub expires_at: UnixMs,
}

/// The members' part of the store.
#[async_trait]
pub trait Members: Send + Sync + 'static {
    /// Whether nobody can sign in yet.
    async fn has_no_member(&self) -> Result<bool>;
    /// Makes the first member: of the first account there is, which takes the name, or of this one when there is none. `Exists` when there is a
    /// member. Returns the member as it was made.
    async fn set_up(&self, account: Account, owner: MemberRecord) -> Result<MemberRecord>;
    /// The member with this address, in lower case.
    async fn member_by_email(&self, email: &str) -> Result<Option<MemberRecord>>;
    /// The members of an account, the oldest first.
    async fn members(&self, account_id: AccountId) -> Result<Vec<MemberRecord>>;
    /// Changes profile and password. Another password ends all sessions of the member but the one that is named.
    async fn update_member(&self, member: MemberRecord, but: Option<[u8; 32]>) -> Result<()>;
    /// Keeps a session, and forgets those that ended before `now`.
    async fn open_session(&self, session: SessionRecord, now: UnixMs) -> Result<()>;
    /// Who is signed in with this token, if the session has not ended.
    async fn session(&self, hash: [u8; 32], now: UnixMs) -> Result<Option<(SessionRecord, MemberRecord)>>;
    /// Ends a session.
    async fn close_session(&self, hash: [u8; 32]) -> Result<()>;
}
