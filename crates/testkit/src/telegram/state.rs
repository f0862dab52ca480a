//! What the fake remembers.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use bytes::Bytes;
use serde_json::{Map, Value as Json, json};

/// A message that the bot sent and the fake took.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// The chat it was sent to.
    pub chat: i64,
    /// Its id.
    pub message_id: i64,
    /// The method it was sent by.
    pub method: String,
    /// Its text or caption as people see it, without markup.
    pub text: String,
    /// The request's parameters.
    pub fields: Map<String, Json>,
    /// The buttons under it or on the keyboard it shows, row by row.
    pub buttons: Vec<Button>,
    /// The files that were uploaded with it.
    pub uploads: Vec<Uploaded>,
    /// The message object as Telegram gave it back.
    pub message: Json,
}

impl Sent {
    /// The button with this label.
    pub fn button(&self, label: &str) -> Option<&Button> {
        self.buttons.iter().find(|button| button.label == label)
    }
}

/// A file that was uploaded with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// The form's part.
    pub part: String,
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// A button as a person sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// The payload of its press.
    pub callback_data: Option<String>,
    /// Where it leads.
    pub url: Option<String>,
    /// The whole object.
    pub object: Json,
}

/// A call of a method.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Its name.
    pub method: String,
    /// Its parameters, as typed by the method; as given, when they were refused.
    pub fields: Map<String, Json>,
    /// The status it was answered with; 0 when the connection was dropped.
    pub status: u16,
}

/// How a call fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// 429 with `parameters.retry_after` in seconds.
    TooManyRequests {
        /// Seconds.
        retry_after: u64,
    },
    /// 403 as for a bot that was blocked.
    Blocked,
    /// 403 as for a person who left Telegram.
    Deactivated,
    /// 403 with these words after "Forbidden: ".
    Forbidden(String),
    /// 401 as for a revoked token.
    Unauthorized,
    /// 400 with these words after "Bad Request: ".
    BadRequest(String),
    /// A status of 500 to 599 with a body that is no JSON.
    Server(u16),
    /// The message is taken, but the connection is closed before the answer.
    TakenThenDropped,
    /// The connection is closed before anything is taken.
    Dropped,
    /// Nothing is taken and nothing is ever answered. The call is not among those that are remembered.
    Silent,
}

/// Which call a failure waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Any that says a message.
    Message,
    /// Any that says a message to this chat.
    MessageTo(i64),
    /// One of this method.
    Method(String),
}

/// A webhook that was set.
#[derive(Debug, Clone)]
pub(super) struct Webhook {
    pub(super) url: String,
    pub(super) secret: Option<String>,
    pub(super) max_connections: usize,
}

/// What the fake remembers of its one bot.
#[derive(Debug)]
pub(super) struct State {
    pub(super) token: String,
    pub(super) bot_id: i64,
    pub(super) next_update: i64,
    pub(super) next_message: i64,
    pub(super) next_callback: i64,
    pub(super) people: BTreeMap<i64, Json>,
    pub(super) blocked: BTreeSet<i64>,
    /// Updates that the bot has not taken yet.
    pub(super) pending: VecDeque<Json>,
    /// Every update there was.
    pub(super) history: Vec<Json>,
    pub(super) holding: bool,
    pub(super) allowed: Option<Vec<String>>,
    /// Numbers the polls; an older one that still waits is ended by a newer.
    pub(super) poll: u64,
    pub(super) webhook: Option<Webhook>,
    pub(super) posts: usize,
    pub(super) failures: VecDeque<(Wanted, Failure)>,
    /// The keyboard that stands in a chat in the place of the letters.
    pub(super) keyboards: BTreeMap<i64, Vec<Button>>,
    /// Files that people sent: path and bytes by id.
    pub(super) files: BTreeMap<String, (String, Bytes)>,
    /// The uploads of the call that is being answered.
    pub(super) uploads: Vec<Uploaded>,
    /// Presses by id, and whether each was answered.
    pub(super) callbacks: HashMap<String, bool>,
    /// Checkouts by id, and the answer.
    pub(super) checkouts: HashMap<String, Option<bool>>,
    pub(super) sent: Vec<Sent>,
    pub(super) calls: Vec<Call>,
    /// Calls with a token that is not the bot's.
    pub(super) strangers: usize,
}

impl State {
    pub(super) fn new(token: &str) -> Self {
        let bot_id = token.split(':').next().and_then(|number| number.parse().ok()).unwrap_or(1);
        Self {
            token: token.to_owned(),
            bot_id,
            next_update: 700_000_001,
            next_message: 1,
            next_callback: 4_382_000_000_001,
            people: BTreeMap::new(),
            blocked: BTreeSet::new(),
            pending: VecDeque::new(),
            history: Vec::new(),
            holding: false,
            allowed: None,
            poll: 0,
            webhook: None,
            posts: 0,
            failures: VecDeque::new(),
            keyboards: BTreeMap::new(),
            files: BTreeMap::new(),
            uploads: Vec::new(),
            callbacks: HashMap::new(),
            checkouts: HashMap::new(),
            sent: Vec::new(),
            calls: Vec::new(),
            strangers: 0,
        }
    }

    /// The bot as a user: <https://core.telegram.org/bots/api#user>.
    pub(super) fn bot(&self) -> Json {
        json!({"id": self.bot_id, "is_bot": true, "first_name": "Recado test", "username": "recado_test_bot"})
    }

    /// A person; on first sight with the name `Ann` and the user name `ann{chat}`.
    pub(super) fn person(&mut self, chat: i64) -> Json {
        let ann = || json!({"id": chat, "is_bot": false, "first_name": "Ann", "last_name": "Lee", "username": format!("ann{chat}"), "language_code": "en"});
        self.people.entry(chat).or_insert_with(ann).clone()
    }

    /// The private chat with a person: <https://core.telegram.org/bots/api#chat>.
    pub(super) fn chat(&mut self, chat: i64) -> Json {
        let person = self.person(chat);
        json!({"id": chat, "type": "private", "first_name": person["first_name"], "username": person["username"]})
    }

    /// The next message's id and its date, which moves by a second a message.
    pub(super) fn message_id(&mut self) -> (i64, i64) {
        let id = self.next_message;
        self.next_message += 1;
        (id, 1_790_000_000 + id)
    }

    /// Adds an update and gives its id. One of a kind that the bot did not ask for is not kept.
    pub(super) fn update(&mut self, kind: &str, object: Json) -> i64 {
        let id = self.next_update;
        self.next_update += 1;
        let mut update = json!({"update_id": id});
        update[kind] = object;
        self.history.push(update.clone());
        if self.allowed.as_ref().is_none_or(|allowed| allowed.is_empty() || allowed.iter().any(|word| word == kind)) {
            self.pending.push_back(update);
        }
        id
    }

    /// The failure that waits for this call.
    pub(super) fn failure(&mut self, method: &str, fields: &Map<String, Json>) -> Option<Failure> {
        let says = method.starts_with("send") && method != "sendChatAction";
        let chat = fields.get("chat_id").and_then(Json::as_i64);
        let index = self.failures.iter().position(|(wanted, _)| match wanted {
            Wanted::Message => says,
            Wanted::MessageTo(to) => says && chat == Some(*to),
            Wanted::Method(name) => name == method,
        })?;
        self.failures.remove(index).map(|(_, failure)| failure)
    }

    /// A message shows a keyboard in the chat, or takes it away.
    pub(super) fn keyboard(&mut self, chat: i64, markup: &Json, buttons: &[Button]) {
        if markup.get("keyboard").is_some() {
            self.keyboards.insert(chat, buttons.to_vec());
        } else if markup["remove_keyboard"] == Json::Bool(true) {
            self.keyboards.remove(&chat);
        }
    }
}
