//! The audience as a table for spreadsheets, written while it is read: a page of contacts is in memory, never all of them.

use std::{io, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use recado_model::{BotId, Contact, ContactStatus, UnixMs, Value};
use recado_store::records::ContactFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    Web,
    error::{ApiError, Problem},
    extract::Asked,
    segments::AudienceFilter,
    shape::{PAGE_ITEMS_MAX, Time},
};
use crate::auth::Caller;

/// The columns before the variables.
pub const COLUMNS: [&str; 15] = [
    "id",
    "identity",
    "status",
    "name",
    "first_name",
    "last_name",
    "username",
    "phone",
    "email",
    "city",
    "country",
    "language",
    "tags",
    "created_at",
    "active_at",
];

/// Which contacts: those that fit all that is given.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// Of this bot.
    bot_id: BotId,
    status: Option<ContactStatus>,
    tag: Option<String>,
    /// That have this variable.
    variable: Option<String>,
    /// With this text as the variable's value.
    value: Option<String>,
    /// That passed a *send webhook* of this title.
    received_webhook: Option<String>,
    /// Whose name, user name, phone or e-mail starts so.
    search: Option<String>,
    chat_open: Option<bool>,
}

/// Gives a bot's contacts as CSV (RFC 4180, UTF-8), the newest first: their profile and tags, and a column for each declared variable. Filters are those of the list.
/// A cell that a spreadsheet would take for a formula gets an apostrophe before it. When something fails on the way the answer is broken off, not ended.
#[utoipa::path(get, path = "/contacts/export", tag = "contacts", params(ExportQuery), responses((status = 200, body = String, content_type = "text/csv"), (status = "default", body = Problem)))]
pub async fn contacts(
    State(web): State<Web>,
    caller: Caller,
    Asked(asked): Asked<ExportQuery>,
) -> Result<Response, ApiError> {
    let ExportQuery { bot_id, status, tag, variable, value, received_webhook, search, chat_open } = asked;
    let live = web.own_live_bot(caller, bot_id).await?;
    let filter = AudienceFilter { status, tag, variable, value, received_webhook, search, chat_open }.checked()?;
    let variables: Vec<String> = live.validation_context().variables.keys().cloned().collect();
    let header = COLUMNS.into_iter().map(str::to_owned).chain(variables.iter().cloned());
    let header = lines(std::iter::once(header.collect()));
    let table = Arc::new(Table { web, bot_id, filter, variables });
    let pages = stream::try_unfold(Some(None), move |at| {
        let table = Arc::clone(&table);
        async move { table.page(at).await }
    });
    let mut response = Body::from_stream(stream::iter([header]).chain(pages)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let named = HeaderValue::from_static("attachment; filename=\"contacts.csv\"");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, named);
    Ok(response)
}

/// Where a page begins; `None` behind the last.
type At = Option<Option<String>>;

struct Table {
    web: Web,
    bot_id: BotId,
    filter: ContactFilter,
    variables: Vec<String>,
}

impl Table {
    /// A page, and where the next one begins.
    async fn page(&self, at: At) -> io::Result<Option<(Bytes, At)>> {
        let Some(cursor) = at else { return Ok(None) };
        let page = self.web.store.contacts(self.bot_id, self.filter.clone(), cursor, PAGE_ITEMS_MAX).await;
        let page = page.map_err(io::Error::other)?;
        let rows = lines(page.items.iter().map(|contact| row(contact, &self.variables)))?;
        Ok(Some((rows, page.next.map(Some))))
    }
}

fn row(contact: &Contact, variables: &[String]) -> Vec<String> {
    let profile = &contact.profile;
    let time = |at: UnixMs| Time(at).to_string();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut cells = vec![
        contact.id.to_string(),
        contact.identity.clone(),
        contact.status.map_or("", |status| status.as_str()).to_owned(),
        profile.name.clone(),
        text(&profile.first_name),
        text(&profile.last_name),
        text(&profile.username),
        text(&profile.phone),
        text(&profile.email),
        text(&profile.city),
        text(&profile.country),
        text(&profile.language),
        contact.tags.join(", "),
        time(contact.created_at),
        contact.active_at.map(time).unwrap_or_default(),
    ];
    cells.extend(variables.iter().map(|name| contact.variables.get(name).map(Value::to_text).unwrap_or_default()));
    cells
}

/// Rows as CSV, harmless to spreadsheets.
fn lines(rows: impl Iterator<Item = Vec<String>>) -> io::Result<Bytes> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.into_iter().map(harmless))?;
    }
    writer.into_inner().map(Bytes::from).map_err(csv::IntoInnerError::into_error)
}

/// A cell that begins as a formula does is marked as text. A number with its sign, as phone numbers are, is no formula.
fn harmless(cell: String) -> String {
    let is_number = |rest: &str| rest.chars().all(|c| c.is_ascii_digit() || " .-()".contains(c));
    match cell.chars().next() {
        Some('+' | '-') if is_number(&cell[1..]) => cell,
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{cell}"),
        Some(_) | None => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_text_and_a_phone_number_stays() {
        for (cell, written) in [
            ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
            ("+34 600-11 (22)", "+34 600-11 (22)"),
            ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
            ("@SUM(1)", "'@SUM(1)"),
            ("\tx", "'\tx"),
            ("-5", "-5"),
            ("Ana", "Ana"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell.to_owned()), written);
        }
    }

    #[test]
    fn a_cell_with_commas_quotes_and_lines_is_one_cell() {
        let row = vec!["a, \"b\"\nc".to_owned(), "d".to_owned()];
        assert_eq!(lines(std::iter::once(row)).unwrap(), "\"a, \"\"b\"\"\nc\",d\r\n");
    }
}
