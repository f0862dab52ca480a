//! Small integers for enums, JSON for documents, and what SQLite's errors mean.

use recado_model::{
    ContactStatus, DeliveryStatus, Direction, EventKind, MessageStatus, TriggerId, inbound::DedupKind, run::TimerKey,
};
use rusqlite::{
    Error, ErrorCode, Row,
    types::{FromSqlError, Type, Value as SqlValue},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::StoreError;

/// A store error of an SQLite one.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "SQLite's errors are many and may grow; what is no broken row is a database that can not answer now"
)]
pub(super) fn failed(error: Error) -> StoreError {
    match &error {
        Error::FromSqlConversionFailure(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::InvalidColumnType(..)
        | Error::Utf8Error(..) => StoreError::Corrupt { what: "row", detail: error.to_string() },
        Error::SqliteFailure(cause, _) if cause.code == ErrorCode::ConstraintViolation => {
            StoreError::Corrupt { what: "row", detail: error.to_string() }
        }
        _ => StoreError::Unavailable { detail: error.to_string() },
    }
}

/// Whether a unique index or primary key refused it.
pub(super) fn is_taken(error: &Error) -> bool {
    matches!(error, Error::SqliteFailure(cause, _)
        if cause.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
            || cause.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY)
}

/// `Exists` when a unique index refused it, else what [`failed`] says.
pub(super) fn or_exists(what: &'static str) -> impl FnOnce(Error) -> StoreError {
    move |error| if is_taken(&error) { StoreError::Exists { what } } else { failed(error) }
}

/// A value as JSON bytes.
pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> crate::Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| StoreError::Corrupt { what: "document", detail: error.to_string() })
}

/// A value from a column of JSON bytes.
pub(super) fn from_json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let bytes = row.get_ref(column)?.as_blob().map_err(|error| conversion(column, error))?;
    serde_json::from_slice(bytes).map_err(|error| conversion(column, error))
}

/// A value from a column of JSON bytes or NULL.
pub(super) fn from_json_or<T: DeserializeOwned>(row: &Row<'_>, column: usize, default: T) -> rusqlite::Result<T> {
    let bytes = row.get_ref(column)?.as_blob_or_null().map_err(|error| conversion(column, error))?;
    bytes.map_or(Ok(default), |bytes| serde_json::from_slice(bytes).map_err(|error| conversion(column, error)))
}

fn conversion(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::FromSqlConversionFailure(column, Type::Blob, Box::new(error))
}

/// The value at this place of a list of all values of an enum.
fn of_code<T: Copy>(row: &Row<'_>, column: usize, all: &[T]) -> rusqlite::Result<T> {
    let code: i64 = row.get(column)?;
    all.get(code as usize).copied().ok_or_else(|| conversion(column, FromSqlError::OutOfRange(code)))
}

pub(super) const fn contact_status(status: Option<ContactStatus>) -> i64 {
    match status {
        None => 0,
        Some(ContactStatus::Active) => 1,
        Some(ContactStatus::Unsubscribed) => 2,
        Some(ContactStatus::Blocked) => 3,
        Some(ContactStatus::Disabled) => 4,
    }
}

pub(super) const fn dedup_kind(kind: DedupKind) -> i64 {
    match kind {
        DedupKind::Update => 0,
        DedupKind::Message => 1,
        DedupKind::Api => 2,
    }
}

pub(super) const fn direction(direction: Direction) -> i64 {
    match direction {
        Direction::In => 0,
        Direction::Out => 1,
    }
}

pub(super) fn direction_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Direction> {
    of_code(row, column, &[Direction::In, Direction::Out])
}

pub(super) const fn message_status(status: MessageStatus) -> i64 {
    match status {
        MessageStatus::Received => 0,
        MessageStatus::Queued => 1,
        MessageStatus::Sent => 2,
        MessageStatus::Delivered => 3,
        MessageStatus::Read => 4,
        MessageStatus::Failed => 5,
        MessageStatus::Cancelled => 6,
    }
}

pub(super) fn message_status_at(row: &Row<'_>, column: usize) -> rusqlite::Result<MessageStatus> {
    use MessageStatus::{Cancelled, Delivered, Failed, Queued, Read, Received, Sent};
    of_code(row, column, &[Received, Queued, Sent, Delivered, Read, Failed, Cancelled])
}

pub(super) fn delivery_status_at(row: &Row<'_>, column: usize) -> rusqlite::Result<DeliveryStatus> {
    use DeliveryStatus::{Cancelled, Delivered, Failed, Ready, Skipped, Waiting};
    of_code(row, column, &[Waiting, Ready, Delivered, Failed, Skipped, Cancelled])
}

pub(super) fn event_kind(kind: EventKind) -> i64 {
    EventKind::ALL.iter().position(|other| *other == kind).unwrap_or(EventKind::ALL.len()) as i64
}

pub(super) fn event_kind_at(row: &Row<'_>, column: usize) -> rusqlite::Result<EventKind> {
    of_code(row, column, &EventKind::ALL)
}

/// A timer key as (kind, ref).
pub(super) fn timer_key(key: TimerKey) -> (i64, SqlValue) {
    match key {
        TimerKey::Run { number } => (0, SqlValue::Integer(i64::from(number))),
        TimerKey::Gather => (1, SqlValue::Integer(0)),
        TimerKey::Resume => (2, SqlValue::Integer(0)),
        TimerKey::Trigger { id } => (3, SqlValue::Blob(id.bytes().to_vec())),
    }
}

/// A timer key from its two columns.
pub(super) fn timer_key_at(row: &Row<'_>, column: usize) -> rusqlite::Result<TimerKey> {
    let kind: i64 = row.get(column)?;
    Ok(match kind {
        0 => TimerKey::Run { number: row.get(column + 1)? },
        1 => TimerKey::Gather,
        2 => TimerKey::Resume,
        3 => TimerKey::Trigger { id: TriggerId::from_bytes(row.get(column + 1)?) },
        other => return Err(conversion(column, FromSqlError::OutOfRange(other))),
    })
}
