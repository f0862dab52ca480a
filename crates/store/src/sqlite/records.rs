//! What users look at. Lists go page by page from a cursor, which is the sequence of the last item.

use async_trait::async_trait;
use recado_model::{
    Attempt, BotId, Contact, ContactId, Delivery, DeliveryId, ElementId, EventId, FlowId, MemberId, NotificationId,
    Run, UnixMs,
};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::{
    SqliteStore,
    chains::{self, chained, event_chain, events_of, message_chain},
    chats,
    codes::{self, event_kind_at, failed, from_json},
    deliveries::event_data,
    erasing,
    lanes::{delivery_at, delivery_columns},
    names,
    notifications::{self, notification_columns},
    outbox::{message_at, message_columns},
    query::{Query, Slice, blob, cursor_seq},
    room, runs, turns, waiting,
};
use crate::{
    Records, Result, StoreError,
    records::{
        CONTACTS_SCANNED_MAX, ChatRecord, ContactFilter, DeliveryFilter, EventFilter, EventRecord, LOG_SCANNED_MAX,
        LogRecord, MessageRecord, NotificationRecord, Page, Retention, Totals, WaitingRecord,
    },
    turns::LogLine,
};

/// The columns that [`event_at`] reads, from `event e`.
macro_rules! event_columns {
    () => {
        "e.seq, e.id, e.bot_id, e.contact_id, e.kind, e.title, e.at, e.data, e.test"
    };
}

fn event_at(row: &Row<'_>) -> rusqlite::Result<EventRecord> {
    let kind = event_kind_at(row, 4)?;
    Ok(EventRecord {
        seq: row.get(0)?,
        id: EventId::from_bytes(row.get(1)?),
        bot_id: BotId::from_bytes(row.get(2)?),
        contact_id: ContactId::from_bytes(row.get(3)?),
        kind,
        title: row.get::<_, Option<String>>(5)?.unwrap_or_else(|| kind.as_str().to_owned()),
        at: UnixMs(row.get(6)?),
        data: row.get(7)?,
        test: row.get(8)?,
    })
}

fn contacts(
    conn: &Connection,
    bot_id: BotId,
    filter: ContactFilter,
    before: Option<i64>,
    limit: usize,
) -> Result<Page<Contact>> {
    let mut query =
        Query::new("SELECT c.seq, c.doc, c.names FROM contact c WHERE c.bot_id = ?1", [blob(bot_id.bytes())]);
    query.slice("c.seq", Slice::Before(before));
    let floor = if filter.is_any() { None } else { scan_floor(conn, bot_id, before)? };
    if let Some(floor) = floor {
        query.and("c.seq >= ?", floor);
    }
    if let Some(status) = filter.status {
        query.and("c.status = ?", codes::contact_status(Some(status)));
    }
    let renamed = names::of_bot(conn, bot_id)?;
    if let Some(tag) = &filter.tag {
        // Until its row is moved, a contact has the tag under a name from before; its document decides then.
        let spellings = serde_json::to_string(&renamed.spellings(tag)).unwrap_or_default();
        query.and(
            "EXISTS (SELECT 1 FROM json_each(?) s JOIN contact_tag t ON t.tag = s.value WHERE t.bot_id = c.bot_id AND t.contact_id = c.id)",
            spellings,
        );
    }
    if let Some(title) = filter.received_webhook {
        query.and(
            "EXISTS (SELECT 1 FROM contact_passed p WHERE p.bot_id = c.bot_id AND p.contact_id = c.id AND p.title = ?)",
            title,
        );
    }
    if let Some(open) = filter.chat_open {
        query.and("c.chat_open = ?", i64::from(open));
    }
    // Names, values and searches are compared here: SQLite knows neither our variables' texts nor letters beyond ASCII.
    let search = filter.search.map(|search| search.to_lowercase());
    let fits = |contact: &Contact| {
        let variable = filter.variable.as_ref().is_none_or(|(name, value)| {
            contact.variables.get(name).is_some_and(|have| value.as_ref().is_none_or(|want| have.to_text() == *want))
        });
        let profile = &contact.profile;
        let fields = [Some(&profile.name), profile.username.as_ref(), profile.phone.as_ref(), profile.email.as_ref()];
        let starts = |search: &String| fields.iter().flatten().any(|field| field.to_lowercase().starts_with(search));
        let tag = filter.tag.as_ref().is_none_or(|tag| contact.tags.contains(tag));
        variable && tag && search.as_ref().is_none_or(starts)
    };
    let (sql, values) = query.end();
    let mut statement = conn.prepare_cached(&sql).map_err(failed)?;
    let mut rows = statement.query(params_from_iter(values)).map_err(failed)?;
    // Whoever looks further goes on behind what was looked at.
    let mut page = Page { items: Vec::new(), next: floor.map(|floor| floor.to_string()) };
    let mut last = 0_i64;
    while let Some(row) = rows.next().map_err(failed)? {
        let mut contact: Contact = from_json(row, 1).map_err(failed)?;
        renamed.bring_up_to_date(&mut contact, row.get(2).map_err(failed)?);
        if !fits(&contact) {
            continue;
        }
        if page.items.len() == limit {
            page.next = Some(last.to_string());
            break;
        }
        last = row.get(0).map_err(failed)?;
        page.items.push(contact);
    }
    Ok(page)
}

/// The last contact of a bot that one filtered page looks at; `None` when it comes to the end before.
fn scan_floor(conn: &Connection, bot_id: BotId, before: Option<i64>) -> Result<Option<i64>> {
    let floor: Option<(i64, bool)> = conn
        .prepare_cached(
            "SELECT seq, EXISTS (SELECT 1 FROM contact older WHERE older.bot_id = ?1 AND older.seq < c.seq)
             FROM contact c WHERE bot_id = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT 1 OFFSET ?3",
        )
        .and_then(|mut statement| {
            let values = params![bot_id.bytes(), before.unwrap_or(i64::MAX), CONTACTS_SCANNED_MAX as i64 - 1];
            statement.query_row(values, |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })
        .map_err(failed)?;
    Ok(floor.and_then(|(seq, more)| more.then_some(seq)))
}

/// The codes of a delivery's status for a word of the API; `None` when there is no such word.
fn delivery_statuses(word: &str) -> Option<&'static [i64]> {
    match word {
        "pending" => Some(&[0, 1]),
        "delivered" => Some(&[2]),
        "failed" => Some(&[3]),
        "skipped" => Some(&[4]),
        "cancelled" => Some(&[5]),
        _ => None,
    }
}

/// By what is rarest of what is asked for: a contact, an event, a webhook, else the bot. What else is asked for is looked at here, row by row, so that a page
/// ends.
fn deliveries(
    conn: &Connection,
    bot_id: BotId,
    filter: &DeliveryFilter,
    before: Option<i64>,
    limit: usize,
) -> Result<Page<Delivery>> {
    macro_rules! select {
        ($condition:expr) => {
            concat!(
                "SELECT ",
                delivery_columns!(),
                " FROM delivery d JOIN event e ON e.seq = d.event_seq WHERE ",
                $condition
            )
        };
    }
    let statuses = match filter.status.as_deref().map(delivery_statuses) {
        None => None,
        Some(Some(statuses)) => Some(statuses),
        Some(None) => return Ok(Page { items: Vec::new(), next: None }),
    };
    let mut query = match (filter.contact_id, filter.event_id, filter.webhook_id) {
        (Some(id), ..) => Query::new(select!(concat!("d.event_seq IN ", events_of!())), [blob(id.bytes())]),
        (None, Some(id), _) => {
            Query::new(select!("d.event_seq = (SELECT seq FROM event WHERE id = ?1)"), [blob(id.bytes())])
        }
        (None, None, Some(id)) => Query::new(select!("d.webhook_id = ?1"), [blob(id.bytes())]),
        (None, None, None) => Query::new(select!("d.bot_id = ?1"), [blob(bot_id.bytes())]),
    };
    query.slice("d.seq", Slice::Before(before));
    let (page, _) = query.scan(conn, limit, LOG_SCANNED_MAX, |row| {
        let fits = statuses.is_none_or(|statuses| row.get(10).is_ok_and(|status| statuses.contains(&status)));
        if !fits {
            return Ok((row.get(1)?, None));
        }
        let delivery = delivery_at(row)?;
        let fits = delivery.bot_id == bot_id
            && filter.webhook_id.is_none_or(|id| delivery.webhook_id == id)
            && filter.event_id.is_none_or(|id| delivery.event_id == id)
            && filter.kind.is_none_or(|kind| delivery.event_kind == kind)
            && filter.since.is_none_or(|since| delivery.created_at >= since)
            && filter.until.is_none_or(|until| delivery.created_at < until);
        Ok((delivery.seq, fits.then_some(delivery)))
    })?;
    Ok(page)
}

/// A page of events, and the sequence of the last one that it is done with.
fn events(
    conn: &Connection,
    bot_id: BotId,
    filter: &EventFilter,
    slice: Slice,
    limit: usize,
) -> Result<(Page<EventRecord>, Option<i64>)> {
    let chain = match filter.contact_id {
        Some(id) => chains::row_of(conn, id)?.map(|_| id),
        None => None,
    };
    let mut query = match (chain, filter.contact_id) {
        (Some(id), _) => Query::chain(chained!(event_chain!(), event_columns!(), "event e", "e.seq"), id, slice),
        (None, Some(id)) => Query::new(
            concat!("SELECT ", event_columns!(), " FROM event e WHERE e.contact_id = ?1 AND e.apart = 1"),
            [blob(id.bytes())],
        ),
        (None, None) => Query::new(
            concat!("SELECT ", event_columns!(), " FROM event e WHERE e.bot_id = ?1"),
            [blob(bot_id.bytes())],
        ),
    };
    query.slice("e.seq", slice);
    query.scan(conn, limit, LOG_SCANNED_MAX, |row| {
        let (kind, at) = (event_kind_at(row, 4)?, UnixMs(row.get(6)?));
        let fits = BotId::from_bytes(row.get(2)?) == bot_id
            && filter.kind.is_none_or(|wanted| kind == wanted)
            && filter.since.is_none_or(|since| at >= since)
            && filter.until.is_none_or(|until| at < until);
        Ok((row.get(0)?, if fits { Some(event_at(row)?) } else { None }))
    })
}

#[async_trait]
impl Records for SqliteStore {
    async fn contacts(
        &self,
        bot_id: BotId,
        filter: ContactFilter,
        cursor: Option<String>,
        limit: usize,
    ) -> Result<Page<Contact>> {
        let before = cursor_seq(cursor.as_deref())?;
        self.readers.list(move |conn| contacts(conn, bot_id, filter, before, limit)).await
    }

    async fn runs(&self, contact_id: ContactId) -> Result<Vec<Run>> {
        self.readers.point(|conn| runs::load(conn, contact_id))
    }

    async fn messages(
        &self,
        contact_id: ContactId,
        after: Option<i64>,
        cursor: Option<String>,
        limit: usize,
    ) -> Result<Page<MessageRecord>> {
        let at = cursor_seq(cursor.as_deref())?;
        self.readers
            .scan(move |conn| {
                let slice = Slice::of(after, at);
                let mut query = Query::chain(
                    chained!(message_chain!(), message_columns!(), "message m", "m.seq"),
                    contact_id,
                    slice,
                );
                query.slice("m.seq", slice);
                query.page(conn, limit, |row| {
                    let seq = row.get(0)?;
                    Ok((seq, MessageRecord { seq, message: message_at(row)? }))
                })
            })
            .await
    }

    async fn waiting(
        &self,
        flow_id: FlowId,
        element: Option<ElementId>,
        cursor: Option<String>,
        limit: usize,
    ) -> Result<Page<WaitingRecord>> {
        let after = cursor.as_deref().map(waiting::place).transpose()?;
        self.readers.list(move |conn| waiting::list(conn, flow_id, element.as_ref(), after, limit)).await
    }

    async fn chats(&self, bot_id: BotId, cursor: Option<String>, limit: usize) -> Result<Page<ChatRecord>> {
        let before = cursor_seq(cursor.as_deref())?;
        self.readers.list(move |conn| chats::all(conn, bot_id, before, limit)).await
    }

    async fn assigned_chats(&self, bot_id: BotId) -> Result<Vec<(MemberId, u32)>> {
        self.readers.list(move |conn| chats::assigned(conn, bot_id)).await
    }

    async fn open_chats(&self, bot_id: BotId) -> Result<Vec<ChatRecord>> {
        self.readers.list(move |conn| chats::open(conn, bot_id)).await
    }

    async fn read_chat(&self, contact_id: ContactId, up_to: Option<i64>) -> Result<()> {
        self.writer.call_hot(64, move |tx| chats::read(tx, contact_id, up_to)).await
    }

    async fn bot_of_test(&self, contact_id: ContactId) -> Result<Option<BotId>> {
        self.readers.point(|conn| {
            conn.prepare_cached("SELECT bot_id FROM event WHERE contact_id = ?1 AND apart = 1 AND test = 1 LIMIT 1")
                .and_then(|mut statement| {
                    statement.query_row([contact_id.bytes()], |row| row.get(0).map(BotId::from_bytes)).optional()
                })
                .map_err(failed)
        })
    }

    async fn erase_contact(&self, bot_id: BotId, id: ContactId, now: UnixMs) -> Result<()> {
        self.writer.call(4_096, move |tx| erasing::begin(tx, bot_id, id, now)).await?;
        while self.writer.call(64 * 1024, move |tx| erasing::more(tx, id)).await? {}
        Ok(())
    }

    async fn events(
        &self,
        bot_id: BotId,
        filter: EventFilter,
        cursor: Option<String>,
        limit: usize,
    ) -> Result<Page<EventRecord>> {
        let slice = Slice::Before(cursor_seq(cursor.as_deref())?);
        self.readers.list(move |conn| Ok(events(conn, bot_id, &filter, slice, limit)?.0)).await
    }

    async fn events_since(
        &self,
        bot_id: BotId,
        filter: EventFilter,
        after: i64,
        limit: usize,
    ) -> Result<(Vec<EventRecord>, i64)> {
        self.readers
            .list(move |conn| {
                let (page, looked) = events(conn, bot_id, &filter, Slice::After(after), limit)?;
                Ok((page.items, looked.unwrap_or(after)))
            })
            .await
    }

    async fn event(&self, id: EventId) -> Result<EventRecord> {
        self.readers.point(|conn| {
            conn.prepare_cached(concat!("SELECT ", event_columns!(), " FROM event e WHERE e.id = ?1"))
                .and_then(|mut statement| statement.query_row([id.bytes()], event_at).optional())
                .map_err(failed)?
                .ok_or(StoreError::NotFound { what: "event" })
        })
    }

    async fn deliveries(
        &self,
        bot_id: BotId,
        filter: DeliveryFilter,
        cursor: Option<String>,
        limit: usize,
    ) -> Result<Page<Delivery>> {
        let before = cursor_seq(cursor.as_deref())?;
        self.readers.list(move |conn| deliveries(conn, bot_id, &filter, before, limit)).await
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Delivery> {
        self.readers.point(|conn| {
            conn.prepare_cached(concat!(
                "SELECT ",
                delivery_columns!(),
                " FROM delivery d JOIN event e ON e.seq = d.event_seq WHERE d.id = ?1"
            ))
            .and_then(|mut statement| statement.query_row([id.bytes()], delivery_at).optional())
            .map_err(failed)?
            .ok_or(StoreError::NotFound { what: "delivery" })
        })
    }

    async fn attempts(&self, id: DeliveryId) -> Result<Vec<Attempt>> {
        self.readers
            .scan(move |conn| {
                conn.prepare_cached(
                    "SELECT a.doc FROM delivery d JOIN attempt a ON a.key BETWEEN d.seq * 65536 AND d.seq * 65536 + 65535
                     WHERE d.id = ?1 ORDER BY a.key",
                )
                .and_then(|mut statement| statement.query_map([id.bytes()], |row| from_json(row, 0))?.collect())
                .map_err(failed)
            })
            .await
    }

    async fn delivery_data(&self, id: DeliveryId) -> Result<(u8, Vec<u8>)> {
        self.readers.read(|conn| {
            let (seq, encoding) = conn
                .prepare_cached("SELECT event_seq, encoding FROM delivery WHERE id = ?1")
                .and_then(|mut statement| {
                    statement.query_row([id.bytes()], |row| Ok((row.get(0)?, row.get(1)?))).optional()
                })
                .map_err(failed)?
                .ok_or(StoreError::NotFound { what: "delivery" })?;
            match event_data(conn, seq, encoding) {
                Err(StoreError::NotFound { .. }) => Ok((encoding, Vec::new())),
                data => Ok((encoding, data?)),
            }
        })
    }

    async fn log(&self, bot_id: BotId, cursor: Option<String>, limit: usize) -> Result<Page<LogRecord>> {
        let before = cursor_seq(cursor.as_deref())?;
        self.readers
            .list(move |conn| {
                let mut query =
                    Query::new("SELECT seq, contact_id, at, doc FROM log WHERE bot_id = ?1", [blob(bot_id.bytes())]);
                query.slice("seq", Slice::Before(before));
                query.page(conn, limit, |row| {
                    let seq = row.get(0)?;
                    let contact_id = row.get::<_, Option<[u8; 16]>>(1)?.map(ContactId::from_bytes);
                    Ok((seq, LogRecord { seq, contact_id, at: UnixMs(row.get(2)?), line: from_json(row, 3)? }))
                })
            })
            .await
    }

    async fn add_log(&self, bot_id: BotId, contact_id: Option<ContactId>, at: UnixMs, line: LogLine) -> Result<()> {
        self.writer.call_hot(256, move |tx| turns::insert_log(tx, bot_id, contact_id, at, &line)).await
    }

    async fn notifications(
        &self,
        bot_id: BotId,
        unread: bool,
        cursor: Option<String>,
        limit: usize,
    ) -> Result<Page<NotificationRecord>> {
        let before = cursor_seq(cursor.as_deref())?;
        self.readers
            .list(move |conn| {
                let mut query = Query::new(
                    concat!("SELECT ", notification_columns!(), " FROM notification WHERE bot_id = ?1"),
                    [blob(bot_id.bytes())],
                );
                if unread {
                    query.and("read_at IS NULL AND seq > ?", 0);
                }
                query.slice("seq", Slice::Before(before));
                query.page(conn, limit, |row| Ok((row.get(0)?, notifications::notification_at(row)?)))
            })
            .await
    }

    async fn read_notification(&self, bot_id: BotId, id: NotificationId, at: UnixMs) -> Result<NotificationRecord> {
        self.writer.call(128, move |tx| notifications::read(tx, bot_id, id, at)).await
    }

    async fn totals(&self) -> Result<Totals> {
        self.readers.scan(room::totals).await
    }

    async fn make_room(&self, retention: Retention) -> Result<bool> {
        self.writer.call_hot(64 * 1024, move |tx| room::make_room(tx, retention)).await
    }

    async fn probe(&self) -> Result<()> {
        self.writer
            .call_hot(64, |tx| {
                tx.conn
                    .prepare_cached("UPDATE sequence SET value = value WHERE name = 'other'")
                    .and_then(|mut statement| statement.execute(params![]))
                    .map(drop)
                    .map_err(failed)
            })
            .await
    }
}
