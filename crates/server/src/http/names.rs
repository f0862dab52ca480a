//! Variables and tags get other names, or are deleted: what documents name follows.

use axum::{Json, extract::State, http::StatusCode};
use recado_flow::{
    document::FlowDocument,
    references::{self, Renaming, is_built_in, is_plain_name, is_same_tag},
    template::FIELD_NAMES,
};
use recado_model::{BotId, FlowId, Named, WebhookKind, limits};
use recado_store::{
    StoreError,
    catalog::{BotBundle, BotDocuments, Rename},
    team::{Kept, KeptKind},
};
use serde::{Deserialize, Serialize};
use serde_json::Value as JsonValue;
use utoipa::{IntoParams, ToSchema};

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{Asked, At, Body},
    mistake::FieldMistake,
    problem_code::ProblemCode,
    shape,
    variables::{DeclaredScope, TagView, VariableView},
};
use crate::auth::Caller;

/// How often a rename is written anew because a flow changed meanwhile.
const TRIES: usize = 4;

/// A new name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewName {
    /// Of a variable 1 to 64 characters without `{ } [ ] . | $` and quotation marks; of a tag 1 to 32.
    name: String,
}

/// Whether something is deleted although it is in use.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Consent {
    /// It is in use, and shall be deleted all the same.
    #[serde(default)]
    force: bool,
}

/// Who uses a name: a flow, by its draft or its published version, or a segment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum NameUse {
    /// A flow.
    Flow {
        /// Its id.
        flow_id: FlowId,
        /// Its name.
        flow: String,
        /// Its elements that use the name.
        elements: Vec<String>,
    },
    /// A segment of the audience.
    Segment {
        /// Its name.
        segment: String,
    },
}

/// What may name something, read for one change of a name.
struct Documents {
    bundle: BotBundle,
    flows: BotDocuments,
    segments: Vec<Kept>,
}

fn document_of(json: &JsonValue) -> Option<FlowDocument> {
    serde_json::from_value(json.clone()).ok()
}

/// Which fields of a segment's filter name things of this kind.
const fn field_of(what: Named) -> Option<&'static str> {
    match what {
        Named::ContactVariable => Some("variable"),
        Named::Tag => Some("tag"),
        Named::BotVariable => None,
    }
}

fn is_same(what: Named, one: &str, other: &str) -> bool {
    if what == Named::Tag { is_same_tag(one, other) } else { one == other }
}

impl Documents {
    async fn read(web: &Web, id: BotId) -> Result<Self, ApiError> {
        let bundle = web.store.load_bot(id).await?.ok_or_else(|| ApiError::not_found("bot"))?;
        let flows = web.store.documents(id).await?;
        let segments = web.store.kept(id, KeptKind::Segment).await?;
        Ok(Self { bundle, flows, segments })
    }

    /// Who uses a name now: drafts, published versions and segments.
    fn uses(&self, what: Named, name: &str) -> Vec<NameUse> {
        let mut uses = Vec::new();
        for (flow, draft) in &self.flows.drafts {
            let published = self.flows.versions.iter().find(|version| Some(version.id) == flow.published);
            let documents = std::iter::once(draft).chain(published.map(|version| &version.document));
            let mut elements: Vec<String> = Vec::new();
            for element in documents.filter_map(document_of).flat_map(|draft| references::users(&draft, what, name)) {
                if !elements.contains(&element.to_string()) {
                    elements.push(element.to_string());
                }
            }
            if !elements.is_empty() {
                uses.push(NameUse::Flow { flow_id: flow.id, flow: flow.name.clone(), elements });
            }
        }
        let segments = self.segments.iter().filter(|segment| names(segment, what, name));
        uses.extend(segments.map(|segment| NameUse::Segment { segment: segment.name.clone() }));
        uses
    }

    /// Whether there is such a thing beside what documents name.
    async fn has(&self, web: &Web, what: Named, name: &str) -> Result<bool, ApiError> {
        Ok(match what {
            Named::BotVariable => self.bundle.variables.contains_key(name),
            Named::ContactVariable => self.bundle.declared.iter().any(|declared| declared.name == name),
            Named::Tag => {
                let tags = web.store.tags(self.bundle.bot.bot.id).await?;
                tags.iter().any(|(tag, _)| is_same_tag(tag, name))
            }
        })
    }

    /// All that changes with a name.
    fn renamed(&self, renaming: Renaming<'_>, mut rename: Rename) -> Result<Rename, ApiError> {
        let written = |json: &JsonValue| {
            document_of(json)
                .and_then(|document| references::renamed(&document, renaming))
                .map(|document| serde_json::to_value(&document).map_err(|error| ApiError::internal(error.to_string())))
                .transpose()
        };
        for (flow, draft) in &self.flows.drafts {
            rename.drafts.extend(written(draft)?.map(|draft| (flow.id, draft)));
        }
        for version in &self.flows.versions {
            rename.versions.extend(written(&version.document)?.map(|document| (version.id, document)));
        }
        let read = self.flows.drafts.iter().map(|(flow, _)| (flow.id, flow.draft_revision, flow.published));
        rename.read = Some(read.collect());
        for stored in self.bundle.webhooks.iter().filter(|stored| stored.webhook.kind == WebhookKind::Flow) {
            let url = references::renamed_text(&stored.webhook.url, renaming);
            rename.webhook_urls.extend(url.map(|url| (stored.webhook.id, url)));
        }
        for segment in self.segments.iter().filter(|segment| names(segment, renaming.what, renaming.from)) {
            let mut segment = segment.clone();
            if let Some(field) = field_of(renaming.what) {
                segment.doc[field] = renaming.to.into();
            }
            rename.segments.push(segment);
        }
        Ok(rename)
    }
}

fn names(segment: &Kept, what: Named, name: &str) -> bool {
    let named = field_of(what).and_then(|field| segment.doc.get(field)).and_then(JsonValue::as_str);
    named.is_some_and(|named| is_same(what, named, name))
}

fn without_documents(bot_id: BotId, what: Named, from: &str, to: Option<String>, web: &Web) -> Rename {
    Rename {
        bot_id,
        what,
        from: from.to_owned(),
        to,
        read: None,
        drafts: Vec::new(),
        versions: Vec::new(),
        webhook_urls: Vec::new(),
        segments: Vec::new(),
        at: web.now(),
    }
}

const fn word(what: Named) -> &'static str {
    match what {
        Named::ContactVariable | Named::BotVariable => "variable",
        Named::Tag => "tag",
    }
}

/// The new name of something, if it may have it.
fn checked(what: Named, from: &str, wanted: &str) -> Result<String, ApiError> {
    if what == Named::Tag {
        return shape::name("name", wanted, limits::TAG_CHARS_MAX);
    }
    let name = shape::name("name", wanted, limits::VARIABLE_NAME_CHARS_MAX)?;
    if !is_plain_name(&name) {
        return Err(ApiError::field("name", FieldMistake::NotPlain {}));
    }
    let is_reserved = |name: &str| match what {
        Named::BotVariable => is_built_in(name),
        // In a card that a list fills, `item` is its item.
        Named::ContactVariable | Named::Tag => FIELD_NAMES.contains(&name) || name == references::ITEM_NAME,
    };
    // `{{name}}` is the field of every contact that has no variable of that name: nobody can tell which of the two a text means.
    if is_reserved(&name) || (what == Named::ContactVariable && FIELD_NAMES.contains(&from)) {
        return Err(ApiError::field("name", FieldMistake::ReservedName {}));
    }
    Ok(name)
}

impl Web {
    async fn give_name(&self, id: BotId, what: Named, from: &str, wanted: &str) -> Result<String, ApiError> {
        let to = checked(what, from, wanted)?;
        for _ in 0..TRIES {
            let documents = Documents::read(self, id).await?;
            if !documents.has(self, what, from).await? && documents.uses(what, from).is_empty() {
                return Err(ApiError::not_found(word(what)));
            }
            if from == to {
                return Ok(to);
            }
            let is_other = !is_same(what, from, &to);
            if is_other && (documents.has(self, what, &to).await? || !documents.uses(what, &to).is_empty()) {
                return Err(StoreError::Exists { what: word(what) }.into());
            }
            let rename = without_documents(id, what, from, Some(to.clone()), self);
            let rename = documents.renamed(Renaming { what, from, to: &to }, rename)?;
            match self.store.rename(rename).await {
                Err(StoreError::Conflict { .. }) => {}
                result => {
                    result?;
                    self.bot_changed(id).await?;
                    return Ok(to);
                }
            }
        }
        Err(StoreError::Conflict { what: "flow" }.into())
    }

    async fn take_name(&self, id: BotId, what: Named, name: &str, force: bool) -> Result<StatusCode, ApiError> {
        let documents = Documents::read(self, id).await?;
        let uses = documents.uses(what, name);
        if !documents.has(self, what, name).await? && uses.is_empty() {
            return Err(ApiError::not_found(word(what)));
        }
        if !force && !uses.is_empty() {
            let words =
                format!("this {} is in use; `force=true` deletes it all the same, and it reads empty then", word(what));
            let uses = serde_json::to_value(uses).map_err(|error| ApiError::internal(error.to_string()))?;
            return Err(ApiError::new(ProblemCode::InUse, words).with_problems(uses));
        }
        self.store.rename(without_documents(id, what, name, None, self)).await?;
        self.bot_changed(id).await?;
        Ok(StatusCode::NO_CONTENT)
    }
}

const fn named(scope: DeclaredScope) -> Named {
    match scope {
        DeclaredScope::Bot => Named::BotVariable,
        DeclaredScope::Contact => Named::ContactVariable,
    }
}

/// Gives a variable another name: in every contact, draft, published version and segment, in one commit.
#[utoipa::path(patch, path = "/bots/{bot_id}/variables/{scope}/{name}", tag = "bots", params(("bot_id" = BotId, Path), ("scope" = DeclaredScope, Path), ("name" = String, Path)), request_body = NewName, responses((status = 200, body = VariableView), (status = "default", body = Problem)))]
pub async fn rename_variable(
    State(web): State<Web>,
    caller: Caller,
    At((id, scope, name)): At<(BotId, DeclaredScope, String)>,
    Body(wanted): Body<NewName>,
) -> Result<Json<VariableView>, ApiError> {
    web.own_bot(caller, id).await?;
    let name = web.give_name(id, named(scope), &name, &wanted.name).await?;
    let bundle = web.store.load_bot(id).await?.ok_or_else(|| ApiError::not_found("bot"))?;
    Ok(Json(VariableView::of(&bundle, scope, name)))
}

/// Deletes a variable: it reads empty then, of every contact. One that a flow or a segment uses is refused with `in_use` and who uses it in `problems`,
/// unless `force` says that it is meant.
#[utoipa::path(delete, path = "/bots/{bot_id}/variables/{scope}/{name}", tag = "bots", params(("bot_id" = BotId, Path), ("scope" = DeclaredScope, Path), ("name" = String, Path), Consent), responses((status = 204), (status = "default", body = Problem)))]
pub async fn delete_variable(
    State(web): State<Web>,
    caller: Caller,
    At((id, scope, name)): At<(BotId, DeclaredScope, String)>,
    Asked(consent): Asked<Consent>,
) -> Result<StatusCode, ApiError> {
    web.own_bot(caller, id).await?;
    web.take_name(id, named(scope), &name, consent.force).await
}

/// Gives a tag another name, whatever its case: in every contact, draft, published version and segment, in one commit.
#[utoipa::path(patch, path = "/bots/{bot_id}/tags/{name}", tag = "bots", params(("bot_id" = BotId, Path), ("name" = String, Path)), request_body = NewName, responses((status = 200, body = TagView), (status = "default", body = Problem)))]
pub async fn rename_tag(
    State(web): State<Web>,
    caller: Caller,
    At((id, name)): At<(BotId, String)>,
    Body(wanted): Body<NewName>,
) -> Result<Json<TagView>, ApiError> {
    web.own_bot(caller, id).await?;
    let name = web.give_name(id, Named::Tag, &name, &wanted.name).await?;
    let tags = web.store.tags(id).await?;
    let contacts = tags.into_iter().find(|(tag, _)| *tag == name).map_or(0, |(_, contacts)| contacts);
    Ok(Json(TagView { name, contacts }))
}

/// Deletes a tag, whatever its case: every contact loses it. One that a flow or a segment uses is refused with `in_use` and who uses it in `problems`,
/// unless `force` says that it is meant.
#[utoipa::path(delete, path = "/bots/{bot_id}/tags/{name}", tag = "bots", params(("bot_id" = BotId, Path), ("name" = String, Path), Consent), responses((status = 204), (status = "default", body = Problem)))]
pub async fn delete_tag(
    State(web): State<Web>,
    caller: Caller,
    At((id, name)): At<(BotId, String)>,
    Asked(consent): Asked<Consent>,
) -> Result<StatusCode, ApiError> {
    web.own_bot(caller, id).await?;
    web.take_name(id, Named::Tag, &name, consent.force).await
}
