//! Accounts, tokens, bots and their variables.

use recado_model::{Account, AccountId, BotId, ConnectionLost, TokenId, UnixMs, Variables};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    batch::Tx,
    cancelling,
    codes::{failed, from_json, from_json_or, json, or_exists},
    flows, members, names,
    room::run,
    team::is_room,
    webhooks,
};
use crate::{
    Result, StoreError,
    catalog::{BOTS_MAX, BotBundle, StoredBot, TokenRecord, VariableRecord},
};

pub(super) fn create_account(tx: &Tx<'_>, account: &Account) -> Result<()> {
    let doc = json(account)?;
    tx.conn
        .execute("INSERT INTO account VALUES (?1, ?2, ?3)", params![account.id.bytes(), account.created_at.0, doc])
        .map(drop)
        .map_err(or_exists("account"))
}

pub(super) fn accounts(conn: &Connection) -> Result<Vec<Account>> {
    conn.prepare_cached("SELECT doc FROM account ORDER BY created_at, id")
        .and_then(|mut statement| statement.query_map([], |row| from_json(row, 0))?.collect())
        .map_err(failed)
}

pub(super) fn update_account(tx: &Tx<'_>, account: &Account) -> Result<()> {
    let doc = json(account)?;
    let changed = tx
        .conn
        .execute("UPDATE account SET doc = ?2 WHERE id = ?1", params![account.id.bytes(), doc])
        .map_err(failed)?;
    found(changed, "account")
}

/// `NotFound` when a change met no row.
pub(super) fn found(changed: usize, what: &'static str) -> Result<()> {
    if changed == 0 { Err(StoreError::NotFound { what }) } else { Ok(()) }
}

pub(super) fn create_token(tx: &Tx<'_>, token: &TokenRecord) -> Result<()> {
    tx.conn
        .execute(
            "INSERT INTO token (id, account_id, hash, name, created_at) SELECT ?1, id, ?3, ?4, ?5 FROM account WHERE id = ?2",
            params![token.id.bytes(), token.account_id.bytes(), token.hash, token.name, token.created_at.0],
        )
        .map_err(or_exists("token"))
        .and_then(|changed| found(changed, "account"))
}

fn token_at(row: &Row<'_>) -> rusqlite::Result<TokenRecord> {
    Ok(TokenRecord {
        id: TokenId::from_bytes(row.get(0)?),
        account_id: AccountId::from_bytes(row.get(1)?),
        name: row.get(2)?,
        hash: row.get(3)?,
        created_at: UnixMs(row.get(4)?),
    })
}

pub(super) fn token_by_hash(conn: &Connection, hash: [u8; 32]) -> Result<Option<TokenRecord>> {
    conn.prepare_cached("SELECT id, account_id, name, hash, created_at FROM token WHERE hash = ?1")
        .and_then(|mut statement| statement.query_row([hash], token_at).optional())
        .map_err(failed)
}

pub(super) fn tokens(conn: &Connection, account_id: AccountId) -> Result<Vec<TokenRecord>> {
    conn.prepare_cached(
        "SELECT id, account_id, name, hash, created_at FROM token WHERE account_id = ?1 ORDER BY created_at, id",
    )
    .and_then(|mut statement| statement.query_map([account_id.bytes()], token_at)?.collect())
    .map_err(failed)
}

pub(super) fn create_bot(tx: &Tx<'_>, bot: &StoredBot) -> Result<()> {
    let of_account = "SELECT count(*) FROM bot WHERE account_id = ?1 AND deleted = 0";
    is_room(tx.conn, of_account, &[bot.bot.account_id.bytes()], BOTS_MAX, "bot")?;
    let doc = json(&bot.bot)?;
    tx.conn
        .execute(
            "INSERT INTO bot (id, account_id, created_at, doc, sealed) SELECT ?1, id, ?3, ?4, ?5 FROM account WHERE id = ?2",
            params![bot.bot.id.bytes(), bot.bot.account_id.bytes(), bot.bot.created_at.0, doc, bot.sealed],
        )
        .map_err(or_exists("bot"))
        .and_then(|changed| found(changed, "account"))
}

fn bot_at(row: &Row<'_>) -> rusqlite::Result<StoredBot> {
    Ok(StoredBot { bot: from_json(row, 0)?, sealed: row.get(1)?, lost: from_json_or(row, 2, None)? })
}

pub(super) fn bots(conn: &Connection, account_id: AccountId) -> Result<Vec<StoredBot>> {
    conn.prepare_cached(
        "SELECT doc, sealed, lost FROM bot WHERE account_id = ?1 AND deleted = 0 ORDER BY created_at, id",
    )
    .and_then(|mut statement| statement.query_map([account_id.bytes()], bot_at)?.collect())
    .map_err(failed)
}

pub(super) fn bot(conn: &Connection, account_id: AccountId, id: BotId) -> Result<StoredBot> {
    conn.prepare_cached("SELECT doc, sealed, lost FROM bot WHERE id = ?1 AND account_id = ?2 AND deleted = 0")
        .and_then(|mut statement| statement.query_row(params![id.bytes(), account_id.bytes()], bot_at).optional())
        .map_err(failed)?
        .ok_or(StoreError::NotFound { what: "bot" })
}

/// `NotFound` when the bot is not there (any more).
pub(super) fn is_there(conn: &Connection, id: BotId) -> Result<()> {
    let there = conn
        .prepare_cached("SELECT 1 FROM bot WHERE id = ?1 AND deleted = 0")
        .and_then(|mut statement| statement.exists([id.bytes()]))
        .map_err(failed)?;
    found(usize::from(there), "bot")
}

pub(super) fn update_bot(tx: &Tx<'_>, read: &StoredBot, bot: &StoredBot) -> Result<()> {
    let before = self::bot(tx.conn, bot.bot.account_id, bot.bot.id)?;
    if (&before.bot, &before.sealed) != (&read.bot, &read.sealed) {
        return Err(StoreError::Conflict { what: "bot" });
    }
    let doc = json(&bot.bot)?;
    tx.conn
        .execute(
            "UPDATE bot SET doc = ?3, sealed = ?4, lost = CASE WHEN sealed = ?4 THEN lost END WHERE id = ?1 AND account_id = ?2 AND deleted = 0",
            params![bot.bot.id.bytes(), bot.bot.account_id.bytes(), doc, bot.sealed],
        )
        .map_err(failed)
        .and_then(|changed| found(changed, "bot"))
}

/// Keeps what a messenger said of the bot's credentials, if they are still these and it is the first to say so.
pub(super) fn lose_connection(tx: &Tx<'_>, id: BotId, sealed: &[u8], lost: &ConnectionLost) -> Result<bool> {
    let lost = json(lost)?;
    tx.conn
        .execute(
            "UPDATE bot SET lost = ?3 WHERE id = ?1 AND sealed = ?2 AND lost IS NULL AND deleted = 0",
            params![id.bytes(), sealed, lost],
        )
        .map(|changed| changed > 0)
        .map_err(failed)
}

/// Marks a bot as gone, so that all that is on its way stops. Its rows go with `make_room`.
pub(super) fn delete_bot(tx: &mut Tx<'_>, account_id: AccountId, id: BotId) -> Result<()> {
    let changed = tx
        .conn
        .execute(
            "UPDATE bot SET deleted = 1 WHERE id = ?1 AND account_id = ?2 AND deleted = 0",
            params![id.bytes(), account_id.bytes()],
        )
        .map_err(failed)?;
    found(changed, "bot")?;
    // The store has no clock: the last event of the bot is the best it knows.
    let now: Option<i64> = tx
        .conn
        .query_row("SELECT at FROM event WHERE bot_id = ?1 ORDER BY seq DESC LIMIT 1", [id.bytes()], |row| row.get(0))
        .optional()
        .map_err(failed)?;
    run(tx.conn, "DELETE FROM trigger WHERE bot_id = ?1", [id.bytes()])?;
    cancelling::begin(tx, "w.bot_id = ?1", *id.bytes(), UnixMs(now.unwrap_or(0)))
}

pub(super) fn holds_secrets(conn: &Connection) -> Result<bool> {
    let sql =
        "SELECT 1 FROM webhook WHERE length(sealed) > 0 UNION ALL SELECT 1 FROM bot WHERE length(sealed) > 0 LIMIT 1";
    conn.prepare_cached(sql).and_then(|mut statement| statement.exists([])).map_err(failed)
}

pub(super) fn all_bot_ids(conn: &Connection) -> Result<Vec<BotId>> {
    conn.prepare_cached("SELECT id FROM bot WHERE deleted = 0")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0).map(BotId::from_bytes))?.collect())
        .map_err(failed)
}

pub(super) fn variables(conn: &Connection, id: BotId) -> Result<Variables> {
    conn.prepare_cached("SELECT name, value FROM bot_variable WHERE bot_id = ?1")
        .and_then(|mut statement| {
            statement.query_map([id.bytes()], |row| Ok((row.get(0)?, from_json(row, 1)?)))?.collect()
        })
        .map_err(failed)
}

pub(super) fn load_bot(conn: &Connection, id: BotId) -> Result<Option<BotBundle>> {
    let found: Option<(Account, StoredBot)> = conn
        .prepare_cached(
            "SELECT b.doc, b.sealed, b.lost, a.doc FROM bot b JOIN account a ON a.id = b.account_id WHERE b.id = ?1 AND b.deleted = 0",
        )
        .and_then(|mut statement| statement.query_row([id.bytes()], |row| Ok((from_json(row, 3)?, bot_at(row)?))).optional())
        .map_err(failed)?;
    let Some((account, bot)) = found else { return Ok(None) };
    let variables = variables(conn, id)?;
    let members = members::ids(conn, account.id)?;
    let declared = conn
        .prepare_cached("SELECT name, kind, created_at FROM declared WHERE bot_id = ?1 ORDER BY name")
        .and_then(|mut statement| {
            statement
                .query_map([id.bytes()], |row| {
                    Ok(VariableRecord { name: row.get(0)?, kind: from_json(row, 1)?, created_at: UnixMs(row.get(2)?) })
                })?
                .collect()
        })
        .map_err(failed)?;
    Ok(Some(BotBundle {
        account,
        bot,
        flows: flows::flows(conn, id)?,
        versions: flows::published(conn, id)?,
        triggers: flows::triggers(conn, id)?,
        webhooks: webhooks::of_bot(conn, id)?,
        variables,
        declared,
        members,
        names: names::newest(conn, id)?,
    }))
}

pub(super) fn declare(tx: &Tx<'_>, bot_id: BotId, variable: &VariableRecord) -> Result<()> {
    is_there(tx.conn, bot_id)?;
    let kind = json(&variable.kind)?;
    let before: Option<Vec<u8>> = tx
        .conn
        .query_row(
            "SELECT kind FROM declared WHERE bot_id = ?1 AND name = ?2",
            params![bot_id.bytes(), variable.name],
            |row| row.get(0),
        )
        .optional()
        .map_err(failed)?;
    match before {
        Some(before) if before == kind => Ok(()),
        Some(_) => Err(StoreError::Exists { what: "variable" }),
        None => tx
            .conn
            .execute(
                "INSERT INTO declared VALUES (?1, ?2, ?3, ?4)",
                params![bot_id.bytes(), variable.name, kind, variable.created_at.0],
            )
            .map(drop)
            .map_err(failed),
    }
}
