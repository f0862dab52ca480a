//! Members and sessions in SQLite.

use async_trait::async_trait;
use recado_model::{Account, AccountId, MemberId, UnixMs};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    SqliteStore,
    batch::Tx,
    bots,
    codes::{failed, from_json, json, or_exists},
};
use crate::{
    Members, Result, StoreError,
    members::{MemberProfile, MemberRecord, SESSIONS_MAX, SessionRecord},
};

/// About what a change adds to a commit.
const BYTES: usize = 1_024;

fn member_at(row: &Row<'_>) -> rusqlite::Result<MemberRecord> {
    Ok(MemberRecord {
        id: MemberId::from_bytes(row.get(0)?),
        account_id: AccountId::from_bytes(row.get(1)?),
        email: row.get(2)?,
        password: row.get(3)?,
        created_at: UnixMs(row.get(4)?),
        profile: from_json(row, 5)?,
    })
}

fn insert(tx: &Tx<'_>, member: &MemberRecord) -> Result<()> {
    tx.conn
        .execute(
            "INSERT INTO member (id, account_id, email, password, created_at, doc) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                member.id.bytes(),
                member.account_id.bytes(),
                member.email,
                member.password,
                member.created_at.0,
                json(&member.profile)?
            ],
        )
        .map(drop)
        .map_err(or_exists("member"))
}

fn is_empty(conn: &Connection) -> Result<bool> {
    conn.query_row("SELECT NOT EXISTS (SELECT 1 FROM member)", [], |row| row.get(0)).map_err(failed)
}

fn set_up(tx: &mut Tx<'_>, account: &Account, owner: &MemberRecord) -> Result<MemberRecord> {
    if !is_empty(tx.conn)? {
        return Err(StoreError::Exists { what: "member" });
    }
    let account_id = if let Some(first) = bots::accounts(tx.conn)?.into_iter().next() {
        let id = first.id;
        let (name, time_zone) = (account.name.clone(), account.time_zone.clone());
        bots::update_account(tx, &Account { name, time_zone, ..first })?;
        id
    } else {
        bots::create_account(tx, account)?;
        account.id
    };
    let owner = MemberRecord { account_id, ..owner.clone() };
    insert(tx, &owner)?;
    Ok(owner)
}

fn update_profile(tx: &Tx<'_>, id: MemberId, profile: &MemberProfile) -> Result<()> {
    let changed = tx
        .conn
        .execute("UPDATE member SET doc = ?2 WHERE id = ?1", params![id.bytes(), json(profile)?])
        .map_err(failed)?;
    bots::found(changed, "member")
}

fn change_password(tx: &Tx<'_>, id: MemberId, from: &str, to: &str, but: Option<[u8; 32]>) -> Result<()> {
    let changed = tx
        .conn
        .execute("UPDATE member SET password = ?3 WHERE id = ?1 AND password = ?2", params![id.bytes(), from, to])
        .map_err(failed)?;
    if changed == 0 {
        return Err(StoreError::Conflict { what: "member" });
    }
    tx.conn
        .execute(
            "DELETE FROM session WHERE member_id = ?1 AND hash IS NOT ?2",
            params![id.bytes(), but.as_ref().map(|hash| &hash[..])],
        )
        .map(drop)
        .map_err(failed)
}

/// A session from the columns `hash, member_id, expires_at, created_at, agent`, the first of which is at `at`.
fn session_at(row: &Row<'_>, at: usize) -> rusqlite::Result<SessionRecord> {
    Ok(SessionRecord {
        hash: row.get(at)?,
        member_id: MemberId::from_bytes(row.get(at + 1)?),
        expires_at: UnixMs(row.get(at + 2)?),
        created_at: UnixMs(row.get(at + 3)?),
        agent: row.get(at + 4)?,
    })
}

fn open_session(tx: &Tx<'_>, session: &SessionRecord, password: &str, now: UnixMs) -> Result<()> {
    let member = session.member_id;
    let made = tx
        .conn
        .execute(
            "INSERT INTO session (hash, member_id, expires_at, created_at, agent)
               SELECT ?1, id, ?3, ?5, ?6 FROM member WHERE id = ?2 AND password = ?4",
            params![session.hash, member.bytes(), session.expires_at.0, password, session.created_at.0, session.agent],
        )
        .map_err(failed)?;
    if made == 0 {
        return Err(StoreError::Conflict { what: "member" });
    }
    tx.conn.execute("DELETE FROM session WHERE expires_at <= ?1", [now.0]).map_err(failed)?;
    tx.conn
        .execute(
            "DELETE FROM session WHERE member_id = ?1 AND hash NOT IN
               (SELECT hash FROM session WHERE member_id = ?1 ORDER BY expires_at DESC, hash = ?2 DESC LIMIT ?3)",
            params![member.bytes(), session.hash, SESSIONS_MAX as i64],
        )
        .map(drop)
        .map_err(failed)
}

/// The members of an account, the oldest first.
pub(super) fn ids(conn: &Connection, account_id: AccountId) -> Result<Vec<MemberId>> {
    conn.prepare_cached("SELECT id FROM member WHERE account_id = ?1 ORDER BY created_at, id")
        .and_then(|mut statement| {
            statement.query_map([account_id.bytes()], |row| row.get(0).map(MemberId::from_bytes))?.collect()
        })
        .map_err(failed)
}

#[async_trait]
impl Members for SqliteStore {
    async fn has_no_member(&self) -> Result<bool> {
        self.readers.point(is_empty)
    }

    async fn set_up(&self, account: Account, owner: MemberRecord) -> Result<MemberRecord> {
        self.writer.call(BYTES, move |tx| set_up(tx, &account, &owner)).await
    }

    async fn member_by_email(&self, email: &str) -> Result<Option<MemberRecord>> {
        self.readers.point(|conn| {
            conn.query_row(
                "SELECT id, account_id, email, password, created_at, doc FROM member WHERE email = ?1",
                [email],
                member_at,
            )
            .optional()
            .map_err(failed)
        })
    }

    async fn members(&self, account_id: AccountId) -> Result<Vec<MemberRecord>> {
        self.readers
            .scan(move |conn| {
                conn.prepare_cached(
                    "SELECT id, account_id, email, password, created_at, doc FROM member WHERE account_id = ?1 ORDER BY id",
                )
                .and_then(|mut statement| statement.query_map([account_id.bytes()], member_at)?.collect())
                .map_err(failed)
            })
            .await
    }

    async fn update_profile(&self, id: MemberId, profile: MemberProfile) -> Result<()> {
        self.writer.call(BYTES, move |tx| update_profile(tx, id, &profile)).await
    }

    async fn change_password(&self, id: MemberId, from: String, to: String, but: Option<[u8; 32]>) -> Result<()> {
        self.writer.call(BYTES, move |tx| change_password(tx, id, &from, &to, but)).await
    }

    async fn open_session(&self, session: SessionRecord, password: String, now: UnixMs) -> Result<()> {
        self.writer.call_hot(BYTES, move |tx| open_session(tx, &session, &password, now)).await
    }

    async fn renew_session(&self, hash: [u8; 32], expires_at: UnixMs) -> Result<()> {
        self.writer
            .call_hot(64, move |tx| {
                tx.conn
                    .execute("UPDATE session SET expires_at = ?2 WHERE hash = ?1", params![hash, expires_at.0])
                    .map(drop)
                    .map_err(failed)
            })
            .await
    }

    async fn session(&self, hash: [u8; 32], now: UnixMs) -> Result<Option<(SessionRecord, MemberRecord)>> {
        self.readers.point(|conn| {
            conn.prepare_cached(
                "SELECT m.id, m.account_id, m.email, m.password, m.created_at, m.doc, s.hash, s.member_id, s.expires_at, s.created_at, s.agent
                 FROM session s JOIN member m ON m.id = s.member_id WHERE s.hash = ?1 AND s.expires_at > ?2",
            )
            .and_then(|mut statement| {
                statement
                    .query_row(params![hash, now.0], |row| {
                        Ok((session_at(row, 6)?, member_at(row)?))
                    })
                    .optional()
            })
            .map_err(failed)
        })
    }

    async fn sessions(&self, member_id: MemberId, now: UnixMs) -> Result<Vec<SessionRecord>> {
        self.readers.point(|conn| {
            conn.prepare_cached(
                "SELECT hash, member_id, expires_at, created_at, agent FROM session
                 WHERE member_id = ?1 AND expires_at > ?2 ORDER BY created_at DESC, hash",
            )
            .and_then(|mut statement| {
                statement.query_map(params![member_id.bytes(), now.0], |row| session_at(row, 0))?.collect()
            })
            .map_err(failed)
        })
    }

    async fn close_other_sessions(&self, member_id: MemberId, but: [u8; 32]) -> Result<()> {
        self.writer
            .call_hot(64, move |tx| {
                tx.conn
                    .execute("DELETE FROM session WHERE member_id = ?1 AND hash <> ?2", params![member_id.bytes(), but])
                    .map(drop)
                    .map_err(failed)
            })
            .await
    }

    async fn close_session(&self, hash: [u8; 32]) -> Result<()> {
        self.writer
            .call_hot(64, move |tx| {
                tx.conn.execute("DELETE FROM session WHERE hash = ?1", [hash]).map(drop).map_err(failed)
            })
            .await
    }
}
