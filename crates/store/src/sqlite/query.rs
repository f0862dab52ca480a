//! A list that users look at: conditions, an order, one page from a cursor.

use recado_model::ContactId;
use rusqlite::{Connection, Row, params_from_iter, types::Value as SqlValue};

use super::codes::failed;
use crate::{Result, StoreError, records::Page};

/// What is asked for of a list.
#[derive(Debug, Clone, Copy)]
pub(super) enum Slice {
    /// The newest first, those before a sequence.
    Before(Option<i64>),
    /// The oldest first, those after a sequence.
    After(i64),
}

impl Slice {
    /// What follows a cursor, in a list that begins after a sequence or at the newest.
    pub(super) fn of(after: Option<i64>, cursor: Option<i64>) -> Self {
        after.map_or(Self::Before(cursor), |after| Self::After(cursor.unwrap_or(after).max(after)))
    }
}

/// Conditions of a list and their values.
pub(super) struct Query {
    sql: String,
    values: Vec<SqlValue>,
    order: String,
    /// Its rows come the newest first by themselves; sorting them would read them all.
    chained: bool,
}

impl Query {
    /// `SELECT … WHERE …` with the values of `?1` and so on.
    pub(super) fn new(select: &str, values: impl Into<Vec<SqlValue>>) -> Self {
        Self { sql: select.to_owned(), values: values.into(), order: String::new(), chained: false }
    }

    /// A [`chained!`](super::chains::chained) select of a contact's rows.
    pub(super) fn chain(select: &str, contact_id: ContactId, slice: Slice) -> Self {
        let (from, after) = match slice {
            Slice::Before(before) => (before.map_or(SqlValue::Null, SqlValue::Integer), 0),
            Slice::After(after) => (SqlValue::Null, after),
        };
        Self { chained: true, ..Self::new(select, [blob(contact_id.bytes()), from, after.into()]) }
    }

    /// Adds a condition; its `?` is the value.
    pub(super) fn and(&mut self, condition: &str, value: impl Into<SqlValue>) -> &mut Self {
        self.and_that(condition);
        self.values.push(value.into());
        self
    }

    /// Adds a condition without a value.
    pub(super) fn and_that(&mut self, condition: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
    }

    /// Bounds and orders the list by its sequence.
    pub(super) fn slice(&mut self, seq: &str, slice: Slice) {
        match slice {
            Slice::After(after) => {
                self.and(&format!("{seq} > ?"), after);
                self.order = format!(" ORDER BY {seq}");
            }
            Slice::Before(before) => {
                if let Some(before) = before {
                    self.and(&format!("{seq} < ?"), before);
                }
                self.order = if self.chained { String::new() } else { format!(" ORDER BY {seq} DESC") };
            }
        }
    }

    /// The whole statement.
    pub(super) fn end(mut self) -> (String, Vec<SqlValue>) {
        self.sql.push_str(&self.order);
        (self.sql, self.values)
    }

    /// Reads one page; the cursor is the last item's sequence.
    pub(super) fn page<T>(
        self,
        conn: &Connection,
        limit: usize,
        item: impl Fn(&Row<'_>) -> rusqlite::Result<(i64, T)>,
    ) -> Result<Page<T>> {
        let (mut sql, mut values) = self.end();
        sql.push_str(" LIMIT ?");
        values.push(SqlValue::Integer(limit as i64 + 1));
        let mut found: Vec<(i64, T)> = conn
            .prepare_cached(&sql)
            .and_then(|mut statement| statement.query_map(params_from_iter(values), |row| item(row))?.collect())
            .map_err(failed)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = if more { found.last().map(|(seq, _)| seq.to_string()) } else { None };
        Ok(Page { items: found.into_iter().map(|(_, item)| item).collect(), next })
    }

    /// Reads one page of what fits: `item` gives a row's sequence, and `None` when it does not fit. It looks at so many rows at most. Returns the page and
    /// the sequence of the last row that it is done with.
    pub(super) fn scan<T>(
        self,
        conn: &Connection,
        limit: usize,
        rows_max: usize,
        item: impl Fn(&Row<'_>) -> rusqlite::Result<(i64, Option<T>)>,
    ) -> Result<(Page<T>, Option<i64>)> {
        let (sql, values) = self.end();
        let mut statement = conn.prepare_cached(&sql).map_err(failed)?;
        let mut rows = statement.query(params_from_iter(values)).map_err(failed)?;
        let (mut items, mut last, mut looked) = (Vec::new(), None, None);
        let mut left = rows_max;
        while let Some(row) = rows.next().map_err(failed)? {
            if left == 0 {
                // Whoever looks further goes on behind what was looked at.
                let next = looked.map(|seq: i64| seq.to_string());
                return Ok((Page { items, next }, looked));
            }
            left -= 1;
            let (seq, item) = item(row).map_err(failed)?;
            if let Some(item) = item {
                if items.len() == limit {
                    let next = last.map(|seq: i64| seq.to_string());
                    return Ok((Page { items, next }, last));
                }
                items.push(item);
                last = Some(seq);
            }
            looked = Some(seq);
        }
        Ok((Page { items, next: None }, looked))
    }
}

pub(super) fn blob(bytes: &[u8; 16]) -> SqlValue {
    SqlValue::Blob(bytes.to_vec())
}

/// The sequence of a cursor; a text that is none begins at the beginning of nothing.
pub(super) fn cursor_seq(cursor: Option<&str>) -> Result<Option<i64>> {
    cursor.map(|text| text.parse().map_err(|_| StoreError::NotFound { what: "page" })).transpose()
}
