//! Notifications: what *notify* and *open chat* of a flow want members to know. They are stored in the turn's commit, so none is lost, and stay
//! unread until somebody says otherwise.

use axum::{Json, extract::State};
use recado_model::{BotId, ContactId, MemberId, NotificationId};
use recado_store::records::NotificationRecord;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{Asked, At},
    shape::{self, Listed, Time},
};
use crate::auth::Caller;

/// Which notifications.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only those that nobody read.
    #[serde(default)]
    unread: bool,
    /// 1 to 200, usually 50.
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A notification.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationView {
    id: NotificationId,
    at: Time,
    /// Who is told; null is everybody who looks after chats.
    member_id: Option<MemberId>,
    /// Of which contact.
    contact_id: ContactId,
    text: String,
    /// When it was first read; null until then.
    read_at: Option<Time>,
}

fn view(record: NotificationRecord) -> NotificationView {
    let told = record.notification;
    NotificationView {
        id: told.id,
        at: told.at.into(),
        member_id: told.member,
        contact_id: record.contact_id,
        text: told.text,
        read_at: record.read_at.map(Time::from),
    }
}

/// Lists the bot's notifications, the newest first.
#[utoipa::path(get, path = "/bots/{bot_id}/notifications", tag = "bots", params(("bot_id" = BotId, Path), Wanted), responses((status = 200, body = Listed<NotificationView>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Listed<NotificationView>>, ApiError> {
    web.own_bot(caller, id).await?;
    let page = web.store.notifications(id, wanted.unread, wanted.cursor, shape::limit(wanted.limit)?).await?;
    Ok(Json(Listed::page(page, view)))
}

/// Marks a notification as read.
#[utoipa::path(post, path = "/bots/{bot_id}/notifications/{notification_id}/read", tag = "bots", params(("bot_id" = BotId, Path), ("notification_id" = NotificationId, Path)), responses((status = 200, body = NotificationView), (status = "default", body = Problem)))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    At((bot_id, id)): At<(BotId, NotificationId)>,
) -> Result<Json<NotificationView>, ApiError> {
    web.own_bot(caller, bot_id).await?;
    Ok(Json(view(web.store.read_notification(bot_id, id, web.now()).await?)))
}
