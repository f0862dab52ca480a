//! Contacts out of a table: each row is a turn of its contact, so it is one commit, in order with whatever else happens to that contact. A process that dies in
//! between has the rows that were committed, and the same table again changes nothing more.

use axum::{
    Json,
    extract::{Request, State},
    http::header,
};
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use recado_channels::Channel;
use recado_flow::{
    Imported, Input, Operation,
    convert::{self, Reading},
};
use recado_model::{BotId, ContactStatus, Profile, Value, ValueType, limits};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as JsonValue};
use tokio::time::Duration;
use utoipa::{IntoParams, ToSchema};

use super::{
    Web,
    error::{ApiError, FieldError, Problem},
    export,
    extract::Asked,
    mistake::FieldMistake,
    problem_code::ProblemCode,
    profile::ProfileChange,
    shape,
    table::{Row, Rows, TABLE_BYTES_MAX},
    variables,
};
use crate::{
    auth::Caller,
    runtime::{
        inbox::{SubmitError, To},
        registry::LiveBot,
    },
};

/// Rows that have their turns side by side.
const ROWS_AT_ONCE: usize = 64;
/// Rows that are wrong and told of; the rest is counted.
const MISTAKES_MAX: usize = 100;
/// Characters that are shown of the name of a column.
const COLUMN_CHARS_MAX: usize = 64;
/// After the inbox was full.
const REST: Duration = Duration::from_millis(20);

/// Columns of the profile that the export has not.
const MORE_OF_PROFILE: [&str; 3] = ["birthday", "photo", "time_zone"];
/// Columns of the export that say what only this server can know.
const LEFT_OUT: [&str; 3] = ["id", "created_at", "active_at"];

/// Whose contacts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// Of this bot.
    bot_id: BotId,
}

/// What came of a table.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ImportView {
    /// People who were no contacts before.
    created: u64,
    /// Contacts that took over a row.
    updated: u64,
    /// Rows that changed nothing, because something is wrong with them.
    refused: u64,
    /// The first 100 of those.
    mistakes: Vec<RowMistakes>,
}

/// What is wrong with a row.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowMistakes {
    /// The line it begins in; the first line of the table is 1.
    line: u64,
    /// By column.
    errors: Vec<FieldError>,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
enum Column {
    LeftOut,
    Identity,
    Status,
    Tags,
    Profile(String),
    Variable(String, ValueType),
}

/// A row as a turn takes it.
struct Person {
    line: u64,
    identity: String,
    imported: Imported,
}

/// Takes contacts over from a table: CSV in UTF-8, separated by commas, semicolons or tabs, at most 64 MiB; its first line names the columns as the export does. `identity`
/// is needed: it says who it is, as the messenger names the person; whoever is not known to the bot becomes a contact (not in the web chat, whose
/// visitors open it themselves). An empty cell changes nothing. `tags` are added; `status` counts for people who have none yet, who are active
/// without one; `id`, `created_at` and `active_at` are left out; any other column is a variable that the bot declares for its contacts. Each row is taken over whole or
/// not at all, whatever becomes of the others. No event is told and no flow starts.
#[utoipa::path(post, path = "/contacts/import", tag = "contacts", params(ImportQuery), request_body(content = String, content_type = "text/csv"), responses((status = 200, body = ImportView), (status = "default", body = Problem)))]
pub async fn contacts(
    State(web): State<Web>,
    caller: Caller,
    Asked(ImportQuery { bot_id }): Asked<ImportQuery>,
    request: Request,
) -> Result<Json<ImportView>, ApiError> {
    let bot = web.own_live_bot(caller, bot_id).await?;
    let Ok(_room) = web.front.imports.try_acquire() else {
        return Err(ApiError::too_many(10));
    };
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: usize| length > TABLE_BYTES_MAX) {
        return Err(ApiError::new(
            ProblemCode::BodyTooLong,
            format!("the table is longer than {TABLE_BYTES_MAX} bytes"),
        ));
    }
    let mut rows = Rows::of(request.into_body()).await?;
    let Some(first) = rows.next().await? else {
        return Err(ApiError::field("body", FieldMistake::EmptyFile {}));
    };
    let columns = columns(&first, &bot)?;
    let mut done = ImportView::default();
    match take_over(&web, &bot, &columns, &mut rows, &mut done).await {
        Ok(()) => {
            // Turns side by side end in any order.
            done.mistakes.sort_by_key(|row| row.line);
            Ok(Json(done))
        }
        Err(error) => {
            let taken = done.created + done.updated;
            Err(error
                .and(&format!("; {taken} rows were taken over before, and the same table again does them no harm")))
        }
    }
}

/// What each column holds. Everything that is wrong with the first line is told at once, and nothing is taken over then.
fn columns(first: &Row, bot: &LiveBot) -> Result<Vec<Column>, ApiError> {
    let mut columns: Vec<Column> = Vec::with_capacity(first.cells.len());
    let mut wrong = Vec::new();
    for cell in &first.cells {
        let name = String::from_utf8_lossy(cell);
        let column = match column(name.trim(), &columns, bot) {
            Ok(column) => column,
            Err(mistake) => {
                let shown: String = name.trim().chars().take(COLUMN_CHARS_MAX).collect();
                wrong.push(FieldError::new(&shown, mistake));
                Column::LeftOut
            }
        };
        columns.push(column);
    }
    if !columns.contains(&Column::Identity) {
        wrong.push(FieldError::new("identity", FieldMistake::Needed {}));
    }
    if wrong.is_empty() { Ok(columns) } else { Err(ApiError::fields(wrong)) }
}

/// A variable may be called as a column of the profile is: then it is the second of that name, as in the export.
fn column(name: &str, before: &[Column], bot: &LiveBot) -> Result<Column, FieldMistake> {
    let fixed = match name {
        "identity" => Some(Column::Identity),
        "status" => Some(Column::Status),
        "tags" => Some(Column::Tags),
        name if LEFT_OUT.contains(&name) => return Ok(Column::LeftOut),
        name if export::COLUMNS.contains(&name) || MORE_OF_PROFILE.contains(&name) => {
            Some(Column::Profile(name.to_owned()))
        }
        _ => None,
    };
    let kind = bot.validation_context().variables.get(name).copied();
    let variable = kind.map(|kind| Column::Variable(name.to_owned(), kind));
    let is_known = fixed.is_some() || variable.is_some();
    let free = [fixed, variable].into_iter().flatten().find(|column| !before.contains(column));
    free.ok_or(if is_known { FieldMistake::ColumnTwice {} } else { FieldMistake::UnknownColumn {} })
}

/// Has the turns of some rows side by side, then of the next ones. Two rows of one person are never in the same lot: the later one counts.
async fn take_over(
    web: &Web,
    bot: &LiveBot,
    columns: &[Column],
    rows: &mut Rows,
    done: &mut ImportView,
) -> Result<(), ApiError> {
    let mut lot: Vec<Person> = Vec::new();
    while let Some(row) = rows.next().await? {
        let line = row.line;
        let person = match person(row, columns, bot) {
            Ok(person) => person,
            Err(errors) => {
                done.refuse(line, errors);
                continue;
            }
        };
        if lot.len() >= ROWS_AT_ONCE || lot.iter().any(|other| other.identity == person.identity) {
            take_lot(web, bot, &mut lot, done).await?;
        }
        lot.push(person);
    }
    take_lot(web, bot, &mut lot, done).await
}

async fn take_lot(web: &Web, bot: &LiveBot, lot: &mut Vec<Person>, done: &mut ImportView) -> Result<(), ApiError> {
    if web.stopping.is_cancelled() {
        return Err(ApiError::new(ProblemCode::Unavailable, "the server is stopping"));
    }
    let mut turns: FuturesUnordered<_> = lot.drain(..).map(|person| take(web, bot, person)).collect();
    let mut failed = None;
    while let Some((line, taken)) = turns.next().await {
        match taken {
            Ok(Taken::New) => done.created += 1,
            Ok(Taken::Known) => done.updated += 1,
            Ok(Taken::Refused(field, mistake)) => done.refuse(line, vec![FieldError::new(field, mistake)]),
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(()), Err)
}

/// What became of a row.
enum Taken {
    New,
    Known,
    Refused(&'static str, FieldMistake),
}

async fn take(web: &Web, bot: &LiveBot, person: Person) -> (u64, Result<Taken, ApiError>) {
    (person.line, turn_of(web, bot, person).await)
}

async fn turn_of(web: &Web, bot: &LiveBot, person: Person) -> Result<Taken, ApiError> {
    let bot_id = bot.bot.id;
    let channel = Channel::of(bot.bot.service);
    let Person { identity, mut imported, .. } = person;
    if channel == Some(Channel::Livechat) {
        // Whoever only opened the chat said nothing yet.
        imported.status = None;
    }
    let operation = Operation::Import(Box::new(imported));
    loop {
        let known = web.store.contact_id_of(bot_id, &identity).await?;
        let to = match known {
            Some(id) => To::Contact(id),
            None if channel == Some(Channel::Livechat) => {
                return Ok(Taken::Refused("identity", FieldMistake::NoSuchVisitor {}));
            }
            None if !channel.is_some_and(|channel| channel.is_identity(&identity)) => {
                return Ok(Taken::Refused("identity", FieldMistake::NotAnIdentity {}));
            }
            None => To::Identity(identity.clone()),
        };
        match web.inbox.submit(bot_id, to, Input::Operation(operation.clone())).await {
            // A row sets and adds: only a limit refuses it.
            Ok(done) if done.refused.is_some() => {
                let (tags, variables) = (limits::TAGS_MAX, limits::VARIABLES_MAX);
                return Ok(Taken::Refused("identity", FieldMistake::ContactFull { tags, variables }));
            }
            Ok(_) => return Ok(if known.is_some() { Taken::Known } else { Taken::New }),
            Err(SubmitError::Full) => tokio::time::sleep(REST).await,
            // Erased meanwhile: nobody knows this person any more.
            Err(SubmitError::NoSuchContact) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

impl ImportView {
    fn refuse(&mut self, line: u64, errors: Vec<FieldError>) {
        self.refused += 1;
        if self.mistakes.len() < MISTAKES_MAX {
            self.mistakes.push(RowMistakes { line, errors });
        }
    }
}

/// A row as a turn takes it, or everything that is wrong with it.
fn person(row: Row, columns: &[Column], bot: &LiveBot) -> Result<Person, Vec<FieldError>> {
    if row.cells.len() != columns.len() {
        let mistake = FieldMistake::CellCount { given: row.cells.len(), wanted: columns.len() };
        return Err(vec![FieldError::new("line", mistake)]);
    }
    let zone = jiff::tz::TimeZone::get(&bot.account.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let mut wrong = Vec::new();
    let mut profile = Map::new();
    let mut identity = String::new();
    let mut imported = Imported {
        profile: Profile::default(),
        variables: Vec::new(),
        tags: Vec::new(),
        status: Some(ContactStatus::Active),
    };
    for (cell, column) in row.cells.into_iter().zip(columns) {
        let Ok(text) = String::from_utf8(cell) else {
            wrong.push(FieldError::new(column.name(), FieldMistake::NotUtf8 {}));
            continue;
        };
        let text = meant(&text);
        if text.trim().is_empty() {
            continue;
        }
        match column {
            Column::LeftOut => {}
            Column::Identity => text.trim().clone_into(&mut identity),
            Column::Status => match status(text.trim()) {
                Some(status) => imported.status = Some(status),
                None => wrong.push(FieldError::new("status", FieldMistake::NotAStatus {})),
            },
            Column::Tags => {
                for tag in text.split(',').filter(|tag| !tag.trim().is_empty()) {
                    match shape::name("tags", tag, limits::TAG_CHARS_MAX) {
                        Ok(tag) => imported.tags.push(tag),
                        Err(error) => wrong.extend(error.into_fields()),
                    }
                }
            }
            Column::Profile(name) => drop(profile.insert(name.clone(), text.into())),
            Column::Variable(name, kind) => match value(text, *kind, &zone) {
                Ok(value) => imported.variables.push((name.clone(), value)),
                Err(mistake) => wrong.push(FieldError::new(name, mistake)),
            },
        }
    }
    if identity.is_empty() {
        wrong.push(FieldError::new("identity", FieldMistake::Needed {}));
    }
    let told = serde_json::from_value::<ProfileChange>(JsonValue::Object(profile)).unwrap_or_default();
    match told.checked() {
        Ok(profile) => imported.profile = profile,
        Err(error) => wrong.extend(error.into_fields()),
    }
    if wrong.is_empty() { Ok(Person { line: row.line, identity, imported }) } else { Err(wrong) }
}

fn value(text: &str, kind: ValueType, zone: &jiff::tz::TimeZone) -> Result<Value, FieldMistake> {
    convert::from_text(text, kind, Reading { zone, country: None }).map_err(|error| variables::not_a_value(error, kind))
}

/// A cell without the apostrophe that marks text for spreadsheets, as the export sets it.
fn meant(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        Some(_) | None => cell,
    }
}

fn status(word: &str) -> Option<ContactStatus> {
    [ContactStatus::Active, ContactStatus::Unsubscribed, ContactStatus::Blocked, ContactStatus::Disabled]
        .into_iter()
        .find(|status| status.as_str() == word)
}

impl Column {
    fn name(&self) -> &str {
        match self {
            Self::LeftOut => "line",
            Self::Identity => "identity",
            Self::Status => "status",
            Self::Tags => "tags",
            Self::Profile(name) | Self::Variable(name, _) => name,
        }
    }
}
