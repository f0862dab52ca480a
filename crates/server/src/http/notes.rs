//! What the team writes down about a contact. It is never sent to anybody.

use axum::{Json, extract::State, http::StatusCode};
use recado_model::{ContactId, NoteId};
use recado_store::team::NoteRecord;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{At, Body},
    mistake::FieldMistake,
    shape::{Listed, Time},
};
use crate::auth::{By, Caller};

/// Characters of a note.
const TEXT_CHARS_MAX: usize = 4_000;

/// A note about a contact.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoteView {
    id: NoteId,
    at: Time,
    /// Who wrote it, as the member was called then; null: a program.
    written_by: Option<String>,
    text: String,
}

impl From<NoteRecord> for NoteView {
    fn from(NoteRecord { id, at, written_by, text, .. }: NoteRecord) -> Self {
        Self { id, at: at.into(), written_by, text }
    }
}

/// What a note says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteText {
    /// 1 to 4,000 characters.
    text: String,
}

impl NoteText {
    fn checked(self) -> Result<String, ApiError> {
        let text = self.text.trim();
        if text.is_empty() || text.chars().count() > TEXT_CHARS_MAX {
            return Err(ApiError::field("text", FieldMistake::TextLength { max: TEXT_CHARS_MAX }));
        }
        Ok(text.to_owned())
    }
}

/// Lists the notes about a contact, the newest first; at most 200.
#[utoipa::path(get, path = "/contacts/{contact_id}/notes", tag = "contacts", params(("contact_id" = ContactId, Path)), responses((status = 200, body = Listed<NoteView>), (status = "default", body = Problem)))]
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<ContactId>,
) -> Result<Json<Listed<NoteView>>, ApiError> {
    web.own_contact(caller, id).await?;
    Ok(Json(Listed::whole(web.store.notes(id).await?.into_iter().map(Into::into).collect())))
}

/// Writes a note about a contact. The contact never sees it; it is erased with the contact.
#[utoipa::path(post, path = "/contacts/{contact_id}/notes", tag = "contacts", params(("contact_id" = ContactId, Path)), request_body = NoteText, responses((status = 201, body = NoteView), (status = "default", body = Problem)))]
pub async fn create(
    State(web): State<Web>,
    caller: Caller,
    At(contact_id): At<ContactId>,
    Body(wanted): Body<NoteText>,
) -> Result<(StatusCode, Json<NoteView>), ApiError> {
    web.own_contact(caller, contact_id).await?;
    let text = wanted.checked()?;
    let written_by = match caller.by {
        By::Member(id) => web.own_member(caller, id).await?.map(|member| member.profile.name),
        By::Token(_) => None,
    };
    let at = web.now();
    let note = NoteRecord { id: NoteId::new(at, &mut web.entropy()), contact_id, at, written_by, text };
    web.store.add_note(note.clone()).await?;
    Ok((StatusCode::CREATED, Json(note.into())))
}

/// Changes what a note says.
#[utoipa::path(patch, path = "/contacts/{contact_id}/notes/{note_id}", tag = "contacts", params(("contact_id" = ContactId, Path), ("note_id" = NoteId, Path)), request_body = NoteText, responses((status = 200, body = NoteView), (status = "default", body = Problem)))]
pub async fn change(
    State(web): State<Web>,
    caller: Caller,
    At((contact_id, id)): At<(ContactId, NoteId)>,
    Body(wanted): Body<NoteText>,
) -> Result<Json<NoteView>, ApiError> {
    web.own_contact(caller, contact_id).await?;
    let text = wanted.checked()?;
    Ok(Json(web.store.change_note(contact_id, id, text).await?.into()))
}

/// Takes a note away.
#[utoipa::path(delete, path = "/contacts/{contact_id}/notes/{note_id}", tag = "contacts", params(("contact_id" = ContactId, Path), ("note_id" = NoteId, Path)), responses((status = 204), (status = "default", body = Problem)))]
pub async fn delete(
    State(web): State<Web>,
    caller: Caller,
    At((contact_id, id)): At<(ContactId, NoteId)>,
) -> Result<StatusCode, ApiError> {
    web.own_contact(caller, contact_id).await?;
    web.store.delete_note(contact_id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
