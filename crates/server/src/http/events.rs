//! Events: list, read, and follow live as server-sent events.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::{HeaderMap, request::Parts},
    response::sse::{self, KeepAlive, Sse},
};
use futures_util::{Stream, stream};
use recado_model::{BotId, ContactId, EventId, EventKind};
use recado_store::records::{EventFilter, EventRecord};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{Asked, At},
    shape::{self, Listed, Time},
};
use crate::{auth::Caller, runtime::live::Watcher};

const LIVE_BATCH: usize = 100;
/// A lost wake-up costs this much.
const LIVE_TICK: Duration = Duration::from_secs(5);
/// Changes are told at most this often.
const CHANGES_EVERY: Duration = Duration::from_secs(1);

/// An event.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventView {
    /// Its place in the order of commits; `Last-Event-ID` of the live stream.
    seq: i64,
    id: EventId,
    bot_id: BotId,
    contact_id: ContactId,
    event: EventKind,
    title: String,
    at: Time,
    /// The event object as webhooks carry it. Null once it is erased.
    data: Value,
    /// It is of a test send: a sample, of a contact that does not exist.
    #[serde(skip_serializing_if = "is_false")]
    test: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl From<EventRecord> for EventView {
    fn from(record: EventRecord) -> Self {
        Self {
            seq: record.seq,
            id: record.id,
            bot_id: record.bot_id,
            contact_id: record.contact_id,
            event: record.kind,
            title: record.title,
            at: record.at.into(),
            data: serde_json::from_slice(&record.data).unwrap_or_default(),
            test: record.test,
        }
    }
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// Of this bot.
    bot_id: BotId,
    contact_id: Option<ContactId>,
    event: Option<EventKind>,
    /// At or after.
    since: Option<Time>,
    /// Before.
    until: Option<Time>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// Lists a bot's events, the newest first.
#[utoipa::path(get, path = "/events", tag = "events", params(EventQuery), responses((status = 200, body = Listed<EventView>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    Asked(asked): Asked<EventQuery>,
) -> Result<Json<Listed<EventView>>, ApiError> {
    web.own_bot(caller, asked.bot_id).await?;
    let filter = EventFilter {
        kind: asked.event,
        contact_id: asked.contact_id,
        since: asked.since.map(|time| time.0),
        until: asked.until.map(|time| time.0),
    };
    let page = web.store.events(asked.bot_id, filter, asked.cursor, shape::limit(asked.limit)?).await?;
    Ok(Json(Listed::page(page, Into::into)))
}

/// Reads an event.
#[utoipa::path(get, path = "/events/{event_id}", tag = "events", params(("event_id" = EventId, Path)), responses((status = 200, body = EventView), (status = "default", body = Problem)))]
pub async fn read(State(web): State<Web>, caller: Caller, At(id): At<EventId>) -> Result<Json<EventView>, ApiError> {
    let record = web.store.event(id).await?;
    web.own_bot(caller, record.bot_id).await.map_err(|_| ApiError::not_found("event"))?;
    Ok(Json(record.into()))
}

/// What to follow.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LiveQuery {
    /// Of this bot.
    bot_id: BotId,
    event: Option<EventKind>,
    contact_id: Option<ContactId>,
    /// Whether to say `changed` too, at most once a second, when something of the bot changed that is no event: a chat was assigned, closed or
    /// read, a message was delivered, a webhook was tried. The stream begins with one: what changed before it is not known here.
    #[serde(default)]
    changes: bool,
}

struct Follow {
    web: Web,
    /// Who asked: what they hold is looked at again each time, so that the stream ends with a session or a token.
    request: Parts,
    bot_id: BotId,
    filter: EventFilter,
    after: i64,
    watcher: Watcher,
    ready: VecDeque<EventRecord>,
    changes: Changes,
}

/// Whether something changed that is to be told, and when it may be.
struct Changes {
    wanted: bool,
    pending: bool,
    quiet_until: Instant,
}

/// Follows a bot's events as they happen (server-sent events). `Last-Event-ID` resumes after that sequence. The stream ends with the session or token
/// that opened it.
#[utoipa::path(get, path = "/events/live", tag = "events", params(LiveQuery), responses((status = 200, content_type = "text/event-stream", body = String), (status = "default", body = Problem)))]
pub async fn live(
    State(web): State<Web>,
    caller: Caller,
    request: Parts,
    Asked(asked): Asked<LiveQuery>,
) -> Result<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>, ApiError> {
    web.own_bot(caller, asked.bot_id).await?;
    let after = match last_event_id(&request.headers) {
        Some(seq) => seq,
        None => web.store.last_event_seq().await?,
    };
    let filter = EventFilter { kind: asked.event, contact_id: asked.contact_id, ..EventFilter::default() };
    let watcher = web.live.subscribe_bot(asked.bot_id);
    // What changed since the client read is told at once.
    let changes = Changes { wanted: asked.changes, pending: asked.changes, quiet_until: Instant::now() };
    let follow = Follow { web, request, bot_id: asked.bot_id, filter, after, watcher, ready: VecDeque::new(), changes };
    Ok(Sse::new(stream::unfold(follow, next)).keep_alive(KeepAlive::default()))
}

/// The sequence that a reconnecting client saw last.
pub fn last_event_id(headers: &HeaderMap) -> Option<i64> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

async fn next(mut follow: Follow) -> Option<(Result<sse::Event, Infallible>, Follow)> {
    loop {
        if let Some(record) = follow.ready.pop_front() {
            let event = sse::Event::default().id(record.seq.to_string()).event(record.kind.as_str());
            let data = serde_json::to_string(&EventView::from(record)).unwrap_or_default();
            return Some((Ok(event.data(data)), follow));
        }
        Caller::from_request_parts(&mut follow.request, &follow.web).await.ok()?;
        // A store that can not be read now ends the stream; the client comes back with `Last-Event-ID`.
        let filter = follow.filter.clone();
        let since = follow.web.store.events_since(follow.bot_id, filter, follow.after, LIVE_BATCH).await;
        let (events, looked) = since.ok()?;
        if looked > follow.after {
            // What was looked at is not looked at again, whether it was wanted or not.
            follow.after = looked;
            follow.ready.extend(events);
            continue;
        }
        let Changes { wanted, pending, quiet_until } = &mut follow.changes;
        if *pending && Instant::now() >= *quiet_until {
            (*pending, *quiet_until) = (false, Instant::now() + CHANGES_EVERY);
            return Some((Ok(sse::Event::default().event("changed").data("{}")), follow));
        }
        tokio::select! {
            () = follow.web.app().stopping.cancelled() => return None,
            changed = follow.watcher.changed() => {
                if changed.is_err() {
                    follow.watcher = follow.web.live.subscribe_bot(follow.bot_id);
                }
                *pending = *wanted;
            }
            () = tokio::time::sleep_until(*quiet_until), if *pending => {}
            () = tokio::time::sleep(LIVE_TICK) => {}
        }
    }
}
