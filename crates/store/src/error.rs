//! Why the store did not do it.

use crate::catalog::RoomOf;

/// Why the store did not do it. Whatever the kind, nothing of the call was kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The disk is full, read-only or failing, or the database is locked by someone else. New work is refused with 503 until it recovers.
    #[error("the database can not write or read now: {detail}")]
    Unavailable {
        /// What the database said.
        detail: String,
    },
    /// The de-duplication key was seen before: the first one had its effects.
    #[error("this was received before")]
    Duplicate,
    /// Somebody else changed it in between (a bot variable, a draft, a contact's turn). Read again and decide again.
    #[error("{what} was changed by somebody else in between")]
    Conflict {
        /// What.
        what: &'static str,
    },
    /// A name, URL or identity that must be unique is taken.
    #[error("{what} exists already")]
    Exists {
        /// What.
        what: &'static str,
    },
    /// There are as many of them as there may be.
    #[error("there are {max} of {what} already, and more are not kept")]
    TooMany {
        /// What.
        what: &'static str,
        /// How many there may be.
        max: usize,
    },
    /// A file is more than may be kept beside those that are.
    #[error("there is no room for the file: {max} bytes of files may be kept of {of:?}")]
    NoRoom {
        /// Whose room.
        of: RoomOf,
        /// How many bytes may be kept.
        max: u64,
    },
    /// There is no such thing (any more).
    #[error("{what} not found")]
    NotFound {
        /// What.
        what: &'static str,
    },
    /// A stored row can not be read: a bug, or a file changed by hand.
    #[error("a stored {what} can not be read: {detail}")]
    Corrupt {
        /// What.
        what: &'static str,
        /// Why.
        detail: String,
    },
}
