//! A strict stand-in for Telegram's Bot API on loopback.
//!
//! The cast: the *bot* under test calls `{url}/bot{token}/{method}`; a *test* plays the people ([`FakeTelegram::says`],
//! [`FakeTelegram::presses`], [`FakeTelegram::blocks`]) and Telegram's moods ([`FakeTelegram::fail_next`]), and looks at what arrived
//! ([`FakeTelegram::sent`]). Updates reach the bot by long polling, or by posts to the webhook it set, again and again until it answers
//! 2xx.
//!
//! Stricter than Telegram in one point: an unknown parameter is refused, where Telegram overlooks it. Laxer in one: a webhook on
//! loopback may be plain HTTP.
//!
//! Waiting is driven by events; every wait ends after [`PATIENCE`] with a panic that says what was missing.

mod deliver;
mod fields;
mod html;
mod markup;
mod methods;
mod multipart;
mod people;
mod server;
mod state;

use std::{collections::VecDeque, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::{sync::watch, task::JoinSet};

pub use people::Press;
pub use state::{Button, Call, Failure, Sent, Uploaded};

use state::{State, Wanted};

/// How long a test waits for something that should happen at once.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// The token a bot uses unless told otherwise; it is the example of Telegram's documentation.
pub const TOKEN: &str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

/// What the tasks share: the state, and a counter that moves with each change of it.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

impl Shared {
    /// Reads or changes the state, and wakes whoever waits for a change.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state.lock());
        self.changes.send_modify(|count| *count += 1);
        result
    }

    /// Reads the state.
    fn read<T>(&self, read: impl FnOnce(&mut State) -> T) -> T {
        read(&mut self.state.lock())
    }

    /// Waits until `found` finds something; `None` when the time is over.
    async fn wait<T>(&self, time: Duration, mut found: impl FnMut(&mut State) -> Option<T>) -> Option<T> {
        let mut changes = self.changes.subscribe();
        let search = async {
            loop {
                changes.borrow_and_update();
                if let Some(result) = found(&mut self.state.lock()) {
                    return Some(result);
                }
                if changes.changed().await.is_err() {
                    return None;
                }
            }
        };
        tokio::time::timeout(time, search).await.ok().flatten()
    }
}

/// A running fake. Dropping it closes its port.
#[derive(Debug)]
pub struct FakeTelegram {
    shared: Arc<Shared>,
    address: SocketAddr,
    token: String,
    _tasks: JoinSet<()>,
}

impl FakeTelegram {
    /// A fake with one bot whose token is [`TOKEN`], on a free port of the loopback.
    pub async fn start() -> std::io::Result<Self> {
        Self::start_on(0, TOKEN).await
    }

    /// A fake on a port (0 for a free one) with a token of `{number}:{secret}`.
    pub async fn start_on(port: u16, token: &str) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
        let address = listener.local_addr()?;
        let state = State::new(token);
        let shared = Arc::new(Shared { state: Mutex::new(state), changes: watch::Sender::new(0) });
        let mut tasks = JoinSet::new();
        tasks.spawn(server::serve(listener, Arc::clone(&shared)));
        tasks.spawn(deliver::deliver(Arc::clone(&shared)));
        Ok(Self { shared, address, token: token.to_owned(), _tasks: tasks })
    }

    /// The base URL, as in `http://127.0.0.1:40001`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The bot's token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The messages that reached a chat, oldest first.
    pub fn sent(&self, chat: i64) -> Vec<Sent> {
        self.shared.read(|state| state.sent.iter().filter(|sent| sent.chat == chat).cloned().collect())
    }

    /// Every message that was sent, oldest first.
    pub fn all_sent(&self) -> Vec<Sent> {
        self.shared.read(|state| state.sent.clone())
    }

    /// Every call the bot made, in order, also those that were refused.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.read(|state| state.calls.clone())
    }

    /// Waits until `count` messages were sent in all, and gives them.
    ///
    /// # Panics
    /// When they do not come.
    pub async fn wait_for_messages(&self, count: usize) -> Vec<Sent> {
        let found = self.shared.wait(PATIENCE, |state| (state.sent.len() >= count).then(|| state.sent.clone())).await;
        found.unwrap_or_else(|| panic!("waited for {count} messages; there are {:#?}", self.texts()))
    }

    /// Waits until a chat got a message with this text, and gives the newest such.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn wait_for_text(&self, chat: i64, text: &str) -> Sent {
        let search =
            |state: &mut State| state.sent.iter().rev().find(|sent| sent.chat == chat && sent.text == text).cloned();
        let found = self.shared.wait(PATIENCE, search).await;
        found.unwrap_or_else(|| panic!("waited for {text:?} in {chat}; there are {:#?}", self.texts()))
    }

    /// Waits until the bot called a method `count` times, and gives these calls.
    ///
    /// # Panics
    /// When it does not.
    pub async fn wait_for_calls(&self, method: &str, count: usize) -> Vec<Call> {
        let search = |state: &mut State| {
            let calls: Vec<Call> = state.calls.iter().filter(|call| call.method == method).cloned().collect();
            (calls.len() >= count).then_some(calls)
        };
        let found = self.shared.wait(PATIENCE, search).await;
        found.unwrap_or_else(|| panic!("waited for {count} calls of {method}; there are {:#?}", self.calls()))
    }

    /// Waits until a press was answered with `answerCallbackQuery`.
    ///
    /// # Panics
    /// When it is not.
    pub async fn wait_for_answer(&self, callback_id: &str) {
        let search = |state: &mut State| state.callbacks.get(callback_id).copied().unwrap_or(false).then_some(());
        let found = self.shared.wait(PATIENCE, search).await;
        found.unwrap_or_else(|| panic!("the press {callback_id} was not answered"));
    }

    /// Waits until the bot has taken every update: confirmed it by a poll's offset, or answered its post with 2xx.
    ///
    /// # Panics
    /// When it does not.
    pub async fn wait_until_taken(&self) {
        let found = self.shared.wait(PATIENCE, |state| state.pending.is_empty().then_some(())).await;
        found.unwrap_or_else(|| {
            panic!("updates were not taken: {:#?}", self.shared.read(|state| state.pending.clone()))
        });
    }

    /// How often the post of an update was tried.
    pub fn posts(&self) -> usize {
        self.shared.read(|state| state.posts)
    }

    fn texts(&self) -> Vec<(i64, String)> {
        self.shared.read(|state| state.sent.iter().map(|sent| (sent.chat, sent.text.clone())).collect())
    }

    /// The next call of a method that says a message fails so; several queue up.
    pub fn fail_next(&self, failure: Failure) {
        self.shared.change(|state| state.failures.push_back((Wanted::Message, failure)));
    }

    /// The next call of this method fails so; several queue up.
    pub fn fail_next_of(&self, method: &str, failure: Failure) {
        self.shared.change(|state| state.failures.push_back((Wanted::Method(method.to_owned()), failure)));
    }

    /// The next message to this chat fails so; several queue up.
    pub fn fail_next_to(&self, chat: i64, failure: Failure) {
        self.shared.change(|state| state.failures.push_back((Wanted::MessageTo(chat), failure)));
    }

    /// The bot's owner asks for a new token: from now on the old one is unauthorised. Give one of the same number.
    pub fn changes_token(&self, token: &str) {
        self.shared.change(|state| token.clone_into(&mut state.token));
    }

    /// How many calls came with a token that is not the bot's (any more).
    pub fn strangers(&self) -> usize {
        self.shared.read(|state| state.strangers)
    }

    /// The buttons of the keyboard that stands in a chat in the place of the letters.
    pub fn keyboard(&self, chat: i64) -> Vec<Button> {
        self.shared.read(|state| state.keyboards.get(&chat).cloned().unwrap_or_default())
    }

    /// Telegram has a file under this id, at a path such as `photos/file_1.jpg`.
    pub fn has_file(&self, file_id: &str, path: &str, bytes: &[u8]) {
        let file = (path.to_owned(), Bytes::copy_from_slice(bytes));
        self.shared.change(|state| state.files.insert(file_id.to_owned(), file));
    }

    /// Keeps updates back until [`FakeTelegram::release_updates`].
    pub fn hold_updates(&self) {
        self.shared.change(|state| state.holding = true);
    }

    /// Lets held updates go, in order or the newest first.
    pub fn release_updates(&self, newest_first: bool) {
        self.shared.change(|state| {
            if newest_first {
                state.pending = state.pending.drain(..).rev().collect::<VecDeque<_>>();
            }
            state.holding = false;
        });
    }

    /// Sends the update with this id once more, as Telegram does when it missed an answer.
    ///
    /// # Panics
    /// When there was no such update.
    pub fn redeliver(&self, update_id: i64) {
        self.shared.change(|state| {
            let again = state.history.iter().find(|update| update["update_id"] == update_id).cloned();
            state.pending.push_back(again.unwrap_or_else(|| panic!("there was no update {update_id}")));
        });
    }
}
