//! One registry of typed ids. All are UUIDv7, shown as hyphenated text, stored as 16 bytes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Entropy, UnixMs};

/// A text that is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid {kind} id")]
pub struct InvalidId {
    /// Which id was expected, as in `contact`.
    pub kind: &'static str,
    /// What was given instead, cut to 64 characters.
    pub text: String,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = Uuid)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id. Ids made later sort later, to the millisecond.
            pub fn new(now: UnixMs, rng: &mut dyn Entropy) -> Self {
                let mut random = [0; 10];
                rng.fill(&mut random);
                Self(uuid::Builder::from_unix_timestamp_millis(now.0.max(0) as u64, &random).into_uuid())
            }

            /// The id as it is stored.
            pub const fn bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id from its stored form.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}:{}", $kind, self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text)
                    .map(Self)
                    .map_err(|_| InvalidId { kind: $kind, text: text.chars().take(64).collect() })
            }
        }
    )*};
}

ids! {
    /// A tenant.
    AccountId = "account";
    /// One presence on one channel.
    BotId = "bot";
    /// A person talking to one bot.
    ContactId = "contact";
    /// A flow, whatever its version.
    FlowId = "flow";
    /// One immutable published version (or the draft) of a flow.
    VersionId = "flow version";
    /// What starts a flow.
    TriggerId = "trigger";
    /// One thing said, in or out.
    MessageId = "message";
    /// Something that happened.
    EventId = "event";
    /// A subscription of a URL to events.
    WebhookId = "webhook";
    /// One event on its way to one webhook.
    DeliveryId = "delivery";
    /// An API token.
    TokenId = "token";
    /// An uploaded or received file.
    FileId = "file";
    /// A tracked link of one message.
    LinkId = "link";
    /// A member of an account.
    MemberId = "member";
    /// What the team wrote down about a contact.
    NoteId = "note";
    /// What members are to know.
    NotificationId = "notification";
}

/// The id of an element inside its flow document: 1 to 36 characters of `A–Z a–z 0–9 _ -`, unique in the flow.
///
/// Kept as text because people write flow documents by hand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, max_length = 36, pattern = "^[A-Za-z0-9_-]+$")]
pub struct ElementId(pub std::sync::Arc<str>);

impl ElementId {
    /// An element id from its text; [`ElementId::is_valid`] tells whether it may stand in a document.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the text keeps the rule of the type.
    pub fn is_valid(&self) -> bool {
        (1..=36).contains(&self.0.len())
            && self.0.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    }
}

impl fmt::Display for ElementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
