//! The mouths: how Recado speaks and listens on each messenger.
//!
//! A channel understands what a messenger sends ([`Channel::parse`], after [`Channel::verify`]), turns a message into the messenger's
//! requests ([`Channel::render`]) and reads the messenger's answer ([`Channel::outcome`]). All of it is pure: no socket, no clock, no
//! secret kept. The server prepends base URL and token and sends through its one door.
//!
//! Guarantees: nothing that a messenger or a visitor sends makes a channel panic; what is not understood comes back as [`Ignored`] with
//! the raw object, so that it can be kept and answered 200; a message renders to the same requests every time, so that a crash between
//! two of them resumes at the request that was not taken yet.
//!
//! A further messenger is one file with the six functions, one variant of [`Channel`], and what the compiler then asks for.

pub mod livechat;
pub mod pace;
mod split;
pub mod telegram;

use bytes::Bytes;
use http::HeaderMap;
use recado_model::{ChannelLimits, Inbound, Message, Service};
use serde_json::Value as Json;

pub use split::{Units, split};

/// The channels that are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// The web chat, which has no messenger behind it.
    Livechat,
    /// Telegram's Bot API.
    Telegram,
}

/// A request that does not come from the messenger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request's secret or signature is missing or wrong")]
pub struct Unverified;

/// A body that is not what the channel's protocol sends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The bytes are not JSON.
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    /// The JSON is not an object of the protocol; the words are for whoever sent it.
    #[error("{field}: {problem}")]
    Invalid {
        /// The field, as in `text`.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

/// What a request told, item by item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parsed {
    /// What turns handle, in order.
    pub inbound: Vec<Inbound>,
    /// What is kept raw and has no effect.
    pub ignored: Vec<Ignored>,
    /// Requests that the messenger waits for (the answer to a press or to a checkout). Sent once the turn is committed, best effort,
    /// never later than 10 s.
    pub answers: Vec<Request>,
}

/// An item without an effect.
#[derive(Debug, Clone, PartialEq)]
pub struct Ignored {
    /// The messenger's id of it, when it has one.
    pub dedup_key: Option<String>,
    /// Why it has no effect, in words.
    pub why: &'static str,
    /// The item as it came.
    pub raw: Json,
}

/// What rendering needs to know beside the message.
#[derive(Debug, Clone, Copy)]
pub struct Address<'a> {
    /// The messenger's opaque id of the person.
    pub identity: &'a str,
    /// The token of the bot's payment provider, when it has one.
    pub payment_token: Option<&'a str>,
    /// Whether links are shown with a preview.
    pub link_preview: bool,
    /// Whether a keyboard of an earlier message ([`telegram::keyboard_stands`]) is to be taken away.
    pub remove_keyboard: bool,
    /// URLs of files that are uploaded, whatever they look like: the messenger can not fetch them.
    pub uploaded: &'a [String],
    /// URLs of files that go as links in a text: they can not be uploaded either.
    pub linked: &'a [String],
    /// Words on buttons that Recado itself makes.
    pub labels: Labels<'a>,
}

impl<'a> Address<'a> {
    /// The usual: previews, no payments, nothing to take away.
    pub fn of(identity: &'a str) -> Self {
        Self {
            identity,
            payment_token: None,
            link_preview: true,
            remove_keyboard: false,
            uploaded: &[],
            linked: &[],
            labels: Labels::default(),
        }
    }
}

/// Words on buttons that Recado itself makes.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a> {
    /// On the button that shares the phone number.
    pub share_phone: &'a str,
    /// On the button that shares the location.
    pub share_location: &'a str,
}

impl Default for Labels<'_> {
    fn default() -> Self {
        Self { share_phone: "📱 Share my phone number", share_location: "📍 Share my location" }
    }
}

/// One HTTP request to the messenger: `POST {base URL}{method}`, with a JSON body, or as a form when files are uploaded with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What follows the base URL and the token, as in `sendMessage`.
    pub method: &'static str,
    /// The JSON object of the body.
    pub body: Json,
    /// Files whose bytes go with it, since the messenger can not or will not fetch them. Usually none.
    pub uploads: Vec<Upload>,
    /// URLs in the body that the messenger fetches. Usually none.
    pub fetched: Vec<String>,
}

/// A file that is uploaded with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The form's part that carries its bytes. A field of the body of that name is not sent.
    pub part: String,
    /// Where it is now.
    pub url: String,
    /// Its name, when the message gives one.
    pub name: Option<String>,
    /// More bytes than these are not taken by the messenger.
    pub bytes_max: usize,
}

/// The bytes of an [`Upload`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedFile {
    /// The name to show, with an ending that tells the type.
    pub name: String,
    /// The bytes.
    pub bytes: Bytes,
}

impl Request {
    /// A request without uploads.
    pub fn new(method: &'static str, body: Json) -> Self {
        Self { method, body, uploads: Vec::new(), fetched: Vec::new() }
    }

    /// Content type and body, without uploads.
    pub fn as_json(&self) -> (String, Vec<u8>) {
        ("application/json".to_owned(), self.body.to_string().into_bytes())
    }

    /// Content type and body with the bytes of the uploads, in their order (RFC 7578). No part of the content may contain the boundary, so
    /// it is to be one that nobody guesses.
    pub fn as_form(&self, files: &[UploadedFile], boundary: &str) -> (String, Vec<u8>) {
        let mut body = Vec::with_capacity(files.iter().map(|file| file.bytes.len() + 512).sum::<usize>() + 2_048);
        let fields = self.body.as_object().into_iter().flatten();
        for (name, value) in fields.filter(|(name, _)| !self.uploads.iter().any(|upload| upload.part == **name)) {
            let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(value.as_bytes());
            body.extend_from_slice(b"\r\n");
        }
        for (upload, file) in self.uploads.iter().zip(files) {
            let name: String = file.name.chars().map(|c| if c.is_control() || c == '"' { '_' } else { c }).collect();
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n",
                upload.part
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(&file.bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        (format!("multipart/form-data; boundary={boundary}"), body)
    }
}

/// How a message leaves.
#[derive(Debug, Clone, PartialEq)]
pub enum Rendered {
    /// These requests, one after the other. The message is sent once the last one was taken; a crash or a retry goes on with the first
    /// that was not.
    Requests(Vec<Request>),
    /// Nothing leaves: the message is shown by us, and this is its outcome.
    Shown(Box<SendOutcome>),
}

/// A message that the channel has no way to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsayable {
    /// It is blank.
    #[error("the message is empty")]
    Empty,
    /// It is one that a contact said.
    #[error("a contact's own message is not sent back")]
    Inbound,
    /// The identity is none of this channel.
    #[error("the contact's identity is not one of this channel")]
    Identity,
}

/// What the messenger made of one request.
#[derive(Debug, Clone, PartialEq)]
pub enum SendOutcome {
    /// It took it.
    Sent {
        /// Its id of the message.
        external_id: String,
        /// The channel's own object, for the webhook's `channel_data.message`.
        message_json: Json,
        /// For `channel_data.message_id`: a number on Telegram, text elsewhere.
        message_id: Json,
        /// For `channel_data.chat_id`.
        chat_id: Json,
    },
    /// It wants the request again, not before so many milliseconds.
    Retry {
        /// At least 1,000.
        after_ms: u64,
    },
    /// The person blocked the bot, or is gone.
    Blocked,
    /// The bot may only write after the person has written again.
    WindowClosed,
    /// The bot's token is no longer valid: nothing can be sent until somebody connects the bot anew.
    TokenDead {
        /// The messenger's words.
        message: String,
    },
    /// It can not fetch or use a file of the request, and does not say which. The same message may arrive in another way.
    FilesRefused {
        /// The URLs of the files that it was to fetch ([`Address::uploaded`] is the next way); when there were none, of those that were
        /// uploaded ([`Address::linked`]).
        urls: Vec<String>,
        /// Whether they were uploaded.
        uploaded: bool,
        /// The messenger's words.
        message: String,
    },
    /// It refused the request for good.
    Failed {
        /// The messenger's code.
        code: String,
        /// The messenger's words.
        message: String,
    },
}

impl Channel {
    /// The channel of a service, where it is built.
    pub const fn of(service: Service) -> Option<Self> {
        match service {
            Service::Livechat => Some(Self::Livechat),
            Service::Telegram => Some(Self::Telegram),
            Service::Messenger | Service::Whatsapp | Service::Instagram | Service::Viber => None,
        }
    }

    /// Whether the channel can name a person so. The web chat names its visitors itself: only those it has are somebody.
    pub fn is_identity(self, identity: &str) -> bool {
        match self {
            Self::Livechat => false,
            Self::Telegram => telegram::is_identity(identity),
        }
    }

    /// What it can carry.
    pub const fn limits(self) -> ChannelLimits {
        match self {
            Self::Livechat => livechat::LIMITS,
            Self::Telegram => telegram::LIMITS,
        }
    }

    /// Whether a request comes from the messenger. The web chat's sessions are checked by the server, so there is nothing to check here.
    pub fn verify(self, secret: &str, headers: &HeaderMap, _body: &[u8]) -> Result<(), Unverified> {
        match self {
            Self::Livechat => Ok(()),
            Self::Telegram => telegram::verify(secret, headers),
        }
    }

    /// What a request's body tells. `identity` is who the request's own authentication says it is from; messengers name the person in
    /// the body, so it counts on the web chat only.
    pub fn parse(self, body: &[u8], identity: &str) -> Result<Parsed, Unreadable> {
        match self {
            Self::Livechat => {
                livechat::parse(body, identity).map(|inbound| Parsed { inbound: vec![inbound], ..Parsed::default() })
            }
            Self::Telegram => telegram::parse(body),
        }
    }

    /// How a message leaves.
    pub fn render(self, message: &Message, to: &Address<'_>) -> Result<Rendered, Unsayable> {
        match self {
            Self::Livechat => livechat::render(message, to).map(|shown| Rendered::Shown(Box::new(shown))),
            Self::Telegram => telegram::render(message, to).map(Rendered::Requests),
        }
    }

    /// The request that shows the person that the bot is typing, where the messenger has one. Its answer does not matter.
    pub fn typing(self, to: &Address<'_>) -> Option<Request> {
        match self {
            Self::Livechat => None,
            Self::Telegram => telegram::typing(to.identity),
        }
    }

    /// What the messenger made of a request.
    pub fn outcome(self, request: Request, status: u16, body: &[u8]) -> SendOutcome {
        match self {
            Self::Livechat => {
                SendOutcome::Failed { code: status.to_string(), message: "the web chat has no messenger".to_owned() }
            }
            Self::Telegram => telegram::outcome(request, status, body),
        }
    }
}
