//! The audience as a table for spreadsheets, written while it is read: a page of contacts is in memory, never all of them.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use recado_model::{BotId, Contact, UnixMs, Value};
use recado_store::records::ContactFilter;

use super::{
    Web,
    contacts::ContactQuery,
    error::{ApiError, Problem},
    extract::Asked,
    shape::{PAGE_ITEMS_MAX, Time},
};
use crate::auth::Caller;

/// The columns before the variables.
const COLUMNS: [&str; 15] = [
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

/// Gives a bot's contacts as CSV (RFC 4180, UTF-8), the newest first: their profile and tags, and a column for each declared variable. Filters are those of the list.
/// A cell that a spreadsheet would take for a formula gets an apostrophe before it. An answer that ends without its last line is not complete.
#[utoipa::path(get, path = "/contacts/export", tag = "contacts", params(ContactQuery), responses((status = 200, body = String, content_type = "text/csv"), (status = "default", body = Problem)))]
pub async fn contacts(
    State(web): State<Web>,
    caller: Caller,
    Asked(asked): Asked<ContactQuery>,
) -> Result<Response, ApiError> {
    web.own_bot(caller, asked.bot_id).await?;
    let (bot_id, filter) = (asked.bot_id, asked.into_filter()?);
    let bundle = web.store.load_bot(bot_id).await?.ok_or_else(|| ApiError::not_found("bot"))?;
    let variables: Vec<String> = bundle.declared.into_iter().map(|declared| declared.name).collect();
    let header = COLUMNS.into_iter().map(str::to_owned).chain(variables.iter().cloned());
    let first = lines(std::iter::once(header.collect()))?;
    let table = Table { web, bot_id, filter, variables, next: Next::Header(first) };
    let mut response = Body::from_stream(stream::try_unfold(table, Table::page)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let named = HeaderValue::from_static("attachment; filename=\"contacts.csv\"");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, named);
    Ok(response)
}

/// What is written next.
enum Next {
    Header(Bytes),
    Page(Option<String>),
    Nothing,
}

struct Table {
    web: Web,
    bot_id: BotId,
    filter: ContactFilter,
    variables: Vec<String>,
    next: Next,
}

impl Table {
    /// The next piece. An error breaks the answer off, so that nobody takes a part for the whole.
    async fn page(mut self) -> Result<Option<(Bytes, Self)>, std::io::Error> {
        let cursor = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Nothing => return Ok(None),
            Next::Header(header) => {
                self.next = Next::Page(None);
                return Ok(Some((header, self)));
            }
            Next::Page(cursor) => cursor,
        };
        let page = self.web.store.contacts(self.bot_id, self.filter.clone(), cursor, PAGE_ITEMS_MAX).await;
        let page = page.map_err(std::io::Error::other)?;
        if page.next.is_some() {
            self.next = Next::Page(page.next);
        }
        let rows = page.items.iter().map(|contact| row(contact, &self.variables));
        let bytes = lines(rows).map_err(|_| std::io::Error::other("a row can not be written"))?;
        Ok(Some((bytes, self)))
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
fn lines(rows: impl Iterator<Item = Vec<String>>) -> Result<Bytes, ApiError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let failed = |error: &dyn std::fmt::Display| ApiError::internal(error.to_string());
    for row in rows {
        writer.write_record(row.into_iter().map(harmless)).map_err(|error| failed(&error))?;
    }
    writer.into_inner().map(Bytes::from).map_err(|error| failed(&error))
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
