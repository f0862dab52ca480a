//! What the last commits wrote, in memory, so that whoever goes on with it need not read it back.
//!
//! The cast: a [`Tail`] is the newest queued messages or ready deliveries, complete after a sequence; [`Generations`] keep contacts and encoded
//! events that were used lately. It is a copy: the database is right, and whatever is not here is read there. The writer brings it
//! in line with each commit before it answers. A change of another kind than the hot ones ([`Change::Other`]) empties it all, so only turns,
//! sends and attempts have to say what they change. It is bounded; it begins empty after a start.

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
    sync::Arc,
};

use bytes::Bytes;
use parking_lot::Mutex;
use recado_model::{BotId, ContactId, Run};

use super::batch::Sequences;
use crate::{
    deliveries::{Follower, ReadyDelivery},
    outbox::QueuedMessage,
    turns::{LoadedContact, NewEvent, TurnCommit},
};

/// Rows of a tail; when its reader is further behind, it reads the database.
const TAIL_MAX: usize = 4_096;
/// Deliveries born behind another one that are kept for their reader.
const FOLLOWERS_MAX: usize = 4_096;
/// Bytes of each of the two generations of contacts, and of events.
const GENERATION_BYTES_MAX: usize = 8 * 1024 * 1024;
/// What an entry takes beside its texts.
const ENTRY_BYTES: usize = 512;

/// What a commit did, in order.
pub(super) enum Change {
    /// A delivery was born ready.
    Ready(ReadyDelivery),
    /// A delivery was born behind another one.
    Follows(Follower),
    /// A delivery had an attempt, or was cancelled.
    Attempted(i64),
    /// A message of the turn was queued.
    Queued { seq: i64, turn: Arc<TurnCommit>, index: usize },
    /// A send of the message was tried.
    SendTried(i64),
    /// The queued messages of the contact were cancelled.
    Cancelled(ContactId),
    /// The body of an event that is sent next.
    Body { event_seq: i64, encoding: u8, data: Bytes },
    /// Something else.
    Other,
}

/// A queued message as its turn has it.
struct Queued {
    turn: Arc<TurnCommit>,
    index: usize,
}

/// The newest rows of a kind: all whose sequence is greater than `after`.
struct Tail<T> {
    /// `None`: nothing is known yet.
    after: Option<i64>,
    /// The greatest sequence that was committed.
    up_to: i64,
    rows: BTreeMap<i64, T>,
}

impl<T> Default for Tail<T> {
    fn default() -> Self {
        Self { after: None, up_to: 0, rows: BTreeMap::new() }
    }
}

impl<T> Tail<T> {
    /// The rows after a sequence, which leave the tail; `None` when it does not reach back so far.
    fn take_since(&mut self, seq: i64, limit: usize) -> Option<Vec<(i64, T)>> {
        let after = self.after?;
        if seq < after {
            return None;
        }
        let mut rows = self.rows.split_off(&(seq + 1));
        let rest = rows.keys().nth(limit).copied().map(|first| rows.split_off(&first));
        self.rows = rest.unwrap_or_default();
        self.after = rows.last_key_value().map_or(Some(seq), |(last, _)| Some(*last));
        Some(rows.into_iter().collect())
    }

    /// Before the changes of a commit that began at this sequence.
    fn begin(&mut self, seq: i64) {
        self.after.get_or_insert(seq);
    }

    /// After the changes of a commit.
    fn end(&mut self, seq: i64) {
        self.up_to = seq;
        if self.rows.len() > TAIL_MAX {
            self.forget();
        }
    }

    /// A row changed. One that nobody took yet is read from the database.
    fn touch(&mut self, seq: i64) {
        if self.rows.contains_key(&seq) {
            self.up_to = self.rows.last_key_value().map_or(seq, |(last, _)| *last).max(self.up_to);
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.rows.clear();
        self.after = self.after.map(|_| self.up_to);
    }
}

/// A bounded map that forgets what was not used for long: when the new generation is full it becomes the old one, and the old one goes.
struct Generations<K, V> {
    new: HashMap<K, V>,
    old: HashMap<K, V>,
    bytes: usize,
}

impl<K, V> Default for Generations<K, V> {
    fn default() -> Self {
        Self { new: HashMap::new(), old: HashMap::new(), bytes: 0 }
    }
}

impl<K: Eq + Hash, V> Generations<K, V> {
    fn get(&self, key: &K) -> Option<&V> {
        self.new.get(key).or_else(|| self.old.get(key))
    }

    fn put(&mut self, key: K, value: V, bytes: usize) {
        if self.bytes + bytes > GENERATION_BYTES_MAX {
            self.old = std::mem::take(&mut self.new);
            self.bytes = 0;
        }
        if bytes <= GENERATION_BYTES_MAX {
            self.bytes += bytes;
            self.new.insert(key, value);
        }
    }

    fn remove(&mut self, key: &K) {
        self.new.remove(key);
        self.old.remove(key);
    }
}

#[derive(Default)]
struct Tails {
    ready: Tail<ReadyDelivery>,
    /// Nobody depends on them: when there are too many, the newest are left out.
    followers: Vec<Follower>,
    queued: Tail<Queued>,
}

#[derive(Default)]
struct Contacts {
    /// Counts the changes that emptied it: what was read or begun before one is not put here after it.
    age: u64,
    loaded: Generations<ContactId, Arc<LoadedContact>>,
    ids: Generations<(BotId, String), ContactId>,
}

/// What the last commits wrote.
#[derive(Default)]
pub(super) struct Recent {
    tails: Mutex<Tails>,
    contacts: Mutex<Contacts>,
    events: Mutex<Generations<(i64, u8), Bytes>>,
}

impl Recent {
    /// Takes in what a commit did, between the commit and its answers.
    pub(super) fn committed(&self, before: Sequences, after: Sequences, changes: impl Iterator<Item = Change>) {
        let mut tails = self.tails.lock();
        tails.ready.begin(before.delivery);
        tails.queued.begin(before.message);
        let mut other = false;
        for change in changes {
            match change {
                Change::Ready(ready) => drop(tails.ready.rows.insert(ready.delivery.seq, ready)),
                Change::Follows(follower) if tails.followers.len() < FOLLOWERS_MAX => tails.followers.push(follower),
                Change::Follows(_) => {}
                Change::Attempted(seq) => tails.ready.touch(seq),
                Change::Queued { seq, turn, index } => drop(tails.queued.rows.insert(seq, Queued { turn, index })),
                Change::SendTried(seq) => tails.queued.touch(seq),
                Change::Cancelled(id) => tails.queued.rows.retain(|_, queued| queued.turn.contact.id != id),
                Change::Body { event_seq, encoding, data } => self.keep_body(event_seq, encoding, data),
                Change::Other => other = true,
            }
        }
        tails.ready.end(after.delivery);
        tails.queued.end(after.message);
        if other {
            self.forget(&mut tails);
        }
    }

    /// A commit failed: whether it is in the database is not known.
    pub(super) fn failed(&self) {
        let mut tails = self.tails.lock();
        self.forget(&mut tails);
        (tails.ready.after, tails.queued.after) = (None, None);
    }

    fn forget(&self, tails: &mut Tails) {
        tails.ready.forget();
        tails.followers = Vec::new();
        tails.queued.forget();
        let mut contacts = self.contacts.lock();
        *contacts = Contacts { age: contacts.age + 1, ..Contacts::default() };
        *self.events.lock() = Generations::default();
    }

    /// Deliveries born ready after a sequence, and up to where that is all.
    pub(super) fn ready_since(&self, seq: i64, limit: usize) -> Option<(Vec<ReadyDelivery>, i64)> {
        let mut tails = self.tails.lock();
        let rows = tails.ready.take_since(seq, limit)?;
        let up_to = match rows.last() {
            Some((last, _)) if rows.len() >= limit => *last,
            Some(_) | None => seq.max(tails.ready.up_to),
        };
        Some((rows.into_iter().map(|(_, ready)| ready).collect(), up_to))
    }

    /// What was born behind another one since this was last asked.
    pub(super) fn take_followers(&self) -> Vec<Follower> {
        std::mem::take(&mut self.tails.lock().followers)
    }

    /// Messages queued after a sequence.
    pub(super) fn queued_since(&self, seq: i64, limit: usize) -> Option<Vec<QueuedMessage>> {
        let rows = self.tails.lock().queued.take_since(seq, limit)?;
        let messages = rows.into_iter().filter_map(|(seq, Queued { turn, index })| {
            let message = turn.messages.get(index)?.clone();
            Some(QueuedMessage { seq, message, identity: turn.contact.identity.clone(), tries: 0, bulk: turn.bulk })
        });
        Some(messages.collect())
    }

    /// To be asked before a read or a turn whose contact is to be kept here afterwards.
    pub(super) fn age(&self) -> u64 {
        self.contacts.lock().age
    }

    /// A contact with its runs.
    pub(super) fn contact(&self, id: ContactId) -> Option<Arc<LoadedContact>> {
        self.contacts.lock().loaded.get(&id).cloned()
    }

    /// The id of an identity.
    pub(super) fn id_of(&self, bot_id: BotId, identity: &str) -> Option<ContactId> {
        self.contacts.lock().ids.get(&(bot_id, identity.to_owned())).copied()
    }

    /// Keeps an id that was read.
    pub(super) fn keep_id(&self, age: u64, bot_id: BotId, identity: &str, id: ContactId) {
        let mut contacts = self.contacts.lock();
        if contacts.age == age {
            contacts.ids.put((bot_id, identity.to_owned()), id, 128 + identity.len());
        }
    }

    /// Keeps a contact that was read or committed, unless a newer one is here.
    ///
    /// `doc_bytes` is the length of its document.
    pub(super) fn keep_contact(&self, age: u64, loaded: Arc<LoadedContact>, doc_bytes: usize) {
        let bytes = ENTRY_BYTES + 4 * doc_bytes + bytes_of(&loaded.runs);
        let mut contacts = self.contacts.lock();
        let id = loaded.contact.id;
        let is_newer = contacts.loaded.get(&id).is_none_or(|known| known.revision < loaded.revision);
        if contacts.age == age && is_newer {
            contacts.loaded.put(id, loaded, bytes);
        }
    }

    /// A turn of the contact was refused, perhaps because what is here is no longer true.
    pub(super) fn forget_contact(&self, id: ContactId) {
        self.contacts.lock().loaded.remove(&id);
    }

    /// The contact after a turn, when it is known how its runs were before.
    pub(super) fn keep_turn(&self, age: u64, turn: &TurnCommit, revision: i64, doc_bytes: usize) {
        let mut runs = match turn.revision {
            None => {
                self.keep_id(age, turn.contact.bot_id, &turn.contact.identity, turn.contact.id);
                Vec::new()
            }
            Some(before) => match self.contact(turn.contact.id) {
                Some(known) if known.revision == before => known.runs.clone(),
                Some(_) | None => return,
            },
        };
        runs.retain(|run| {
            !turn.runs_put.iter().any(|put| put.number == run.number)
                && !turn.runs_ended.iter().any(|(number, _)| *number == run.number)
        });
        let ended = |run: &&Run| turn.runs_ended.iter().any(|(number, _)| *number == run.number);
        runs.extend(turn.runs_put.iter().filter(|run| !ended(run)).cloned());
        runs.sort_by_key(|run| run.number);
        let loaded = LoadedContact { contact: Arc::clone(&turn.contact), runs, revision, names: turn.names };
        self.keep_contact(age, Arc::new(loaded), doc_bytes);
    }

    /// Keeps the bodies of an event that has somewhere to go.
    pub(super) fn keep_event(&self, seq: i64, event: &NewEvent) {
        if event.deliveries.is_empty() {
            return;
        }
        self.keep_body(seq, 0, event.data.clone());
        for (encoding, data) in &event.encodings {
            self.keep_body(seq, *encoding, data.clone());
        }
    }

    fn keep_body(&self, seq: i64, encoding: u8, data: Bytes) {
        let bytes = ENTRY_BYTES + data.len();
        self.events.lock().put((seq, encoding), data, bytes);
    }

    /// The body of an event in an encoding.
    pub(super) fn event(&self, seq: i64, encoding: u8) -> Option<Bytes> {
        self.events.lock().get(&(seq, encoding)).cloned()
    }
}

/// About how many bytes the runs of a contact take in memory.
fn bytes_of(runs: &[Run]) -> usize {
    let of_run = |run: &Run| {
        let documents = [&run.data, &run.response, &run.start].into_iter().filter(|document| !document.is_null());
        ENTRY_BYTES + documents.map(|document| 4 * document.to_string().len()).sum::<usize>()
    };
    runs.iter().map(of_run).sum()
}
