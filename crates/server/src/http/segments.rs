//! Segments: filters of the audience that a team keeps by name.

use axum::{Json, extract::State, http::StatusCode};
use recado_model::{BotId, ContactStatus};
use recado_store::{
    records::ContactFilter,
    team::{Kept, KeptKind},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{Asked, At, Body},
    mistake::FieldMistake,
    replies::NAME_CHARS_MAX,
    shape::{self, Listed, Named},
};
use crate::auth::Caller;

/// Characters of each text of a filter.
const TEXT_CHARS_MAX: usize = 256;

/// Which contacts: those that fit all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AudienceFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<ContactStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tag: Option<String>,
    /// That have this variable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) variable: Option<String>,
    /// With this text as the variable's value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<String>,
    /// That passed a *send webhook* of this title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) received_webhook: Option<String>,
    /// Whose name, user name, phone or e-mail starts so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) search: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) chat_open: Option<bool>,
}

impl AudienceFilter {
    /// As the store asks; a value needs its variable.
    pub fn checked(self) -> Result<ContactFilter, ApiError> {
        let Self { status, tag, variable, value, received_webhook, search, chat_open } = self;
        if value.is_some() && variable.is_none() {
            return Err(ApiError::field("value", FieldMistake::VariableNeeded {}));
        }
        let variable = variable.map(|name| (name, value));
        Ok(ContactFilter { status, tag, variable, received_webhook, search, chat_open })
    }
}

/// A segment of a bot's audience.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// 1 to 64 characters, unique in the bot.
    name: String,
    /// Something must be given.
    filter: AudienceFilter,
}

impl Segment {
    fn checked(self) -> Result<(Self, Kept), ApiError> {
        let name = shape::name("name", &self.name, NAME_CHARS_MAX)?;
        let given = self.filter.clone().checked()?;
        if given.is_any() {
            return Err(ApiError::field("filter", FieldMistake::FilterNeeded {}));
        }
        let AudienceFilter { tag, variable, value, received_webhook, search, .. } = &self.filter;
        let texts = [tag, variable, value, received_webhook, search];
        if texts.into_iter().flatten().any(|text| text.chars().count() > TEXT_CHARS_MAX) {
            return Err(ApiError::field("filter", FieldMistake::TextLength { max: TEXT_CHARS_MAX }));
        }
        let doc = serde_json::to_value(&self.filter).map_err(|error| ApiError::field("filter", error.to_string()))?;
        Ok((Self { name: name.clone(), filter: self.filter }, Kept { name, doc }))
    }
}

/// Lists the segments of a bot's audience, by name; at most 200.
#[utoipa::path(get, path = "/bots/{bot_id}/segments", tag = "contacts", params(("bot_id" = BotId, Path)), responses((status = 200, body = Listed<Segment>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
) -> Result<Json<Listed<Segment>>, ApiError> {
    web.own_bot(caller, id).await?;
    let kept = web.store.kept(id, KeptKind::Segment).await?;
    let segment = |Kept { name, doc }| serde_json::from_value(doc).ok().map(|filter| Segment { name, filter });
    Ok(Json(Listed::whole(kept.into_iter().filter_map(segment).collect())))
}

/// Saves a segment.
#[utoipa::path(post, path = "/bots/{bot_id}/segments", tag = "contacts", params(("bot_id" = BotId, Path)), request_body = Segment, responses((status = 201, body = Segment), (status = "default", body = Problem)))]
pub async fn create(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
    Body(wanted): Body<Segment>,
) -> Result<(StatusCode, Json<Segment>), ApiError> {
    web.own_bot(caller, id).await?;
    let (segment, kept) = wanted.checked()?;
    web.store.keep(id, KeptKind::Segment, kept).await?;
    Ok((StatusCode::CREATED, Json(segment)))
}

/// Changes the segment with this name, its name as well.
#[utoipa::path(put, path = "/bots/{bot_id}/segments", tag = "contacts", params(("bot_id" = BotId, Path), Named), request_body = Segment, responses((status = 200, body = Segment), (status = "default", body = Problem)))]
pub async fn replace(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
    Asked(asked): Asked<Named>,
    Body(wanted): Body<Segment>,
) -> Result<Json<Segment>, ApiError> {
    web.own_bot(caller, id).await?;
    let (segment, kept) = wanted.checked()?;
    web.store.replace_kept(id, KeptKind::Segment, asked.name, kept).await?;
    Ok(Json(segment))
}

/// Forgets the segment with this name. Its contacts stay.
#[utoipa::path(delete, path = "/bots/{bot_id}/segments", tag = "contacts", params(("bot_id" = BotId, Path), Named), responses((status = 204), (status = "default", body = Problem)))]
pub async fn delete(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<BotId>,
    Asked(asked): Asked<Named>,
) -> Result<StatusCode, ApiError> {
    web.own_bot(caller, id).await?;
    web.store.forget_kept(id, KeptKind::Segment, asked.name).await?;
    Ok(StatusCode::NO_CONTENT)
}
