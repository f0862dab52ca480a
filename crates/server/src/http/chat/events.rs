//! The visitor's live events: `message`, `typing` and `chat` (its state), resumable by `Last-Event-ID`.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::HeaderMap,
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, stream};
use recado_channels::livechat;
use recado_model::{BotId, ChatState, ContactId};
use serde_json::json;

use super::{
    messages::{After, visible_after},
    session::Session,
};
use crate::{
    http::{
        Web,
        error::{ApiError, Problem},
        events::last_event_id,
        extract::Asked,
    },
    runtime::live::Watcher,
};

const BATCH: usize = 100;
/// A lost wake-up costs this much.
const TICK: Duration = Duration::from_secs(5);

struct Follow {
    web: Web,
    bot_id: BotId,
    contact_id: ContactId,
    after: i64,
    typing: bool,
    chat_open: Option<bool>,
    watcher: Watcher,
    ready: VecDeque<Event>,
}

/// Follows the chat (server-sent events): `message`, `typing`, `chat`. `Last-Event-ID`, or `after`, resumes after that sequence.
#[utoipa::path(get, path = "/api/chat/{bot_id}/events", tag = "web chat", params(("bot_id" = BotId, Path), After), responses((status = 200, content_type = "text/event-stream", body = String), (status = "default", body = Problem)), security(("session" = [])))]
pub async fn follow(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
    Asked(asked): Asked<After>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let contact_id = session.contact_id(&web).await?.ok_or_else(|| ApiError::not_found("chat"))?;
    let after = last_event_id(&headers).or(asked.after()).unwrap_or(0);
    let watcher = web.live.subscribe_contact(contact_id);
    let bot_id = session.bot_id;
    let follow =
        Follow { web, bot_id, contact_id, after, typing: false, chat_open: None, watcher, ready: VecDeque::new() };
    Ok(Sse::new(stream::unfold(follow, next)).keep_alive(KeepAlive::default()))
}

async fn next(mut follow: Follow) -> Option<(Result<Event, Infallible>, Follow)> {
    loop {
        if let Some(event) = follow.ready.pop_front() {
            return Some((Ok(event), follow));
        }
        // A store that can not be read now, and a bot that was switched off, end the stream; the page comes back with `Last-Event-ID`.
        follow.look().await.ok()?;
        if !follow.ready.is_empty() {
            continue;
        }
        tokio::select! {
            () = follow.web.app().stopping.cancelled() => return None,
            changed = follow.watcher.changed() => {
                if changed.is_err() {
                    follow.watcher = follow.web.live.subscribe_contact(follow.contact_id);
                }
            }
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

impl Follow {
    async fn look(&mut self) -> Result<(), ApiError> {
        super::session::is_there(&self.web, self.bot_id).await?;
        let visible = visible_after(&self.web, self.contact_id, self.after, BATCH).await?;
        self.after = visible.after;
        for record in visible.shown {
            let data = livechat::show(&record.message, record.seq).to_string();
            self.ready.push_back(Event::default().event("message").id(record.seq.to_string()).data(data));
        }
        if visible.typing != self.typing {
            self.typing = visible.typing;
            self.ready.push_back(Event::default().event("typing").data(json!({"typing": self.typing}).to_string()));
        }
        let loaded = self.web.store.load_contact(self.contact_id).await?.ok_or_else(|| ApiError::not_found("chat"))?;
        let open = matches!(loaded.contact.chat, ChatState::Open { .. });
        if self.chat_open != Some(open) {
            self.chat_open = Some(open);
            self.ready.push_back(Event::default().event("chat").data(json!({"open": open}).to_string()));
        }
        Ok(())
    }
}
