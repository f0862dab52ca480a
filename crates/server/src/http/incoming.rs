//! Files that come in. Their bytes go to the disk as they come, so that many and slow senders take little memory.
//!
//! They are written beside their place while they are hashed, synced, renamed to their hash, and the folders synced; then the row commits. A crash leaves the whole
//! file or none, and never a row without its bytes. What is written and has no row goes with [`orphans`].

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use axum::{body::Body, extract::Request};
use futures_util::StreamExt as _;
use recado_model::{BotId, ContactId, Entropy as _, FileId, limits};
use recado_store::{StoreError, catalog::FileRecord};
use sha2::{Digest as _, Sha256};
use tokio::{io::AsyncWriteExt as _, runtime::Handle, time::Instant};

use super::{Web, error::ApiError, layers, mistake::FieldMistake, problem_code::ProblemCode};
use crate::{
    runtime::{media::path_of, orphans, places::Place},
    state::App,
};

const NAME_CHARS_MAX: usize = 128;
/// Bytes of a file that its type is told by.
const HEAD_BYTES: usize = 8 * 1024;
/// Files that come in at once, which the bots share. As long as they do, their bytes are in no quota.
pub const UPLOADS_MAX: usize = 32;
/// Keeps the file that the body is, of at most [`limits::FILE_BYTES_MAX`]: sniffed type, bytes synced, then the row.
pub async fn keep(
    web: &Web,
    bot_id: BotId,
    contact_id: Option<ContactId>,
    name: &str,
    request: Request,
) -> Result<FileRecord, ApiError> {
    let (parts, body) = request.into_parts();
    let declared = layers::declared_length(&parts.headers, limits::FILE_BYTES_MAX)?;
    let _place = match admit(web, bot_id, contact_id, declared.unwrap_or(1)).await {
        Ok(place) => place,
        Err(error) => {
            drain(body).await;
            return Err(error);
        }
    };
    let part = Part::new(&web.settings.files_dir, web.entropy().next_u64());
    let received = part.receive(body).await?;
    if received.bytes == 0 {
        return Err(ApiError::field("body", FieldMistake::EmptyFile {}));
    }
    let now = web.now();
    let record = FileRecord {
        id: FileId::new(now, &mut web.entropy()),
        bot_id,
        contact_id,
        hash: received.hash,
        bytes: received.bytes as u64,
        mime: infer::get(&received.head).map_or("application/octet-stream", |kind| kind.mime_type()).to_owned(),
        name: clean_name(name),
        created_at: now,
    };
    // A task of its own comes to its end when the sender hangs up: the lock is held until the row is there or refused.
    let placed = web.tasks.spawn(place(web.app().clone(), part, record));
    placed.await.map_err(|error| unstorable(&error))?
}

/// Whether a file may come in. What is too much is refused before it is on the disk; the commit looks again.
async fn admit(web: &Web, bot_id: BotId, contact_id: Option<ContactId>, bytes: usize) -> Result<Place, ApiError> {
    web.store.has_file_room(bot_id, contact_id, bytes as u64, web.settings.file_room).await?;
    let busy = || ApiError::new(ProblemCode::Busy, "too many files come in at once; try again in a second");
    web.front.uploads.try_take(bot_id).ok_or_else(busy)
}

/// Takes what comes and forgets it: a browser reads the answer only when it has sent all, and a connection that ends before takes the answer with it.
async fn drain(body: Body) {
    let drained = async {
        let (mut body, mut bytes) = (body.into_data_stream(), 0);
        while let Some(Ok(chunk)) = body.next().await {
            bytes += chunk.len();
            if bytes > limits::FILE_BYTES_MAX {
                return;
            }
        }
    };
    tokio::time::timeout(layers::BODY_WITHIN, drained).await.ok();
}

/// Puts the bytes into their place and makes the row.
async fn place(app: App, part: Part, record: FileRecord) -> Result<FileRecord, ApiError> {
    let shared = app.placing.read().await;
    let (folder, hash) = (app.settings.files_dir.clone(), record.hash);
    let placed = tokio::task::spawn_blocking(move || part.place(&folder, &hash));
    placed.await.map_err(|error| unstorable(&error))?.map_err(|error| unstorable(&error))?;
    let created = app.store.create_file(record.clone(), app.settings.file_room).await;
    drop(shared);
    // Only if the store says that there is no such row: what it could not write may still be in its log.
    if matches!(created, Err(StoreError::NoRoom { .. } | StoreError::NotFound { .. }))
        && let Err(error) = orphans::remove(&app, vec![hash]).await
    {
        tracing::warn!(%error, "the bytes of a file that was refused stay until the next sweep");
    }
    created?;
    Ok(record)
}

fn unstorable(error: &dyn std::error::Error) -> ApiError {
    tracing::error!(%error, "a file can not be stored");
    ApiError::new(ProblemCode::Unavailable, "files can not be stored now")
}

/// A file on its way, beside its place. Whatever comes of it, nothing is left of it there.
struct Part(PathBuf);

/// What came.
struct Received {
    hash: [u8; 32],
    bytes: usize,
    /// The first of its bytes.
    head: Vec<u8>,
}

impl Part {
    fn new(folder: &Path, salt: u64) -> Self {
        Self(folder.join(format!(".{salt:016x}.part")))
    }

    /// Writes the body as it comes, and syncs it.
    async fn receive(&self, body: Body) -> Result<Received, ApiError> {
        let mut file = tokio::fs::File::create_new(&self.0).await.map_err(|error| unstorable(&error))?;
        let (mut hash, mut bytes, mut head) = (Sha256::new(), 0, Vec::new());
        let mut body = body.into_data_stream();
        let end = Instant::now() + layers::BODY_WITHIN;
        while let Some(chunk) = tokio::time::timeout_at(end, body.next()).await.map_err(|_| layers::too_slow())? {
            let chunk = chunk.map_err(|_| layers::too_slow())?;
            bytes += chunk.len();
            if bytes > limits::FILE_BYTES_MAX {
                return Err(layers::too_long(limits::FILE_BYTES_MAX));
            }
            head.extend_from_slice(&chunk[..chunk.len().min(HEAD_BYTES - head.len())]);
            hash.update(&chunk);
            file.write_all(&chunk).await.map_err(|error| unstorable(&error))?;
        }
        if bytes > 0 {
            // The flush tells of a write that failed behind our back; the sync alone does not.
            file.flush().await.map_err(|error| unstorable(&error))?;
            file.sync_all().await.map_err(|error| unstorable(&error))?;
        }
        Ok(Received { hash: hash.finalize().into(), bytes, head })
    }

    /// Renames it to its hash and syncs the folders. One that is there already is replaced by the same bytes, which are synced for sure.
    fn place(self, folder: &Path, hash: &[u8; 32]) -> io::Result<()> {
        let path = path_of(folder, hash);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent)?;
        fs::rename(&self.0, &path)?;
        fs::File::open(parent)?.sync_all()?;
        fs::File::open(folder)?.sync_all()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let path = std::mem::take(&mut self.0);
        // In its place there is nothing to remove any more. Without a runtime the process ends, and a sweep finds it.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn_blocking(move || fs::remove_file(path).ok());
        }
    }
}

fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    if clean.trim_matches(['.', ' ']).is_empty() { "file".to_owned() } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_path_and_no_control_characters() {
        assert_eq!(clean_name("../../etc/passwd"), "passwd");
        assert_eq!(clean_name("C:\\x\\photo\n.png"), "photo.png");
        assert_eq!(clean_name(".."), "file");
    }

    #[tokio::test]
    async fn a_file_is_written_once_under_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let hash = Sha256::digest(b"abc").into();
        for salt in [1, 2] {
            let part = Part::new(folder.path(), salt);
            let received = part.receive(Body::from("abc")).await.unwrap();
            assert_eq!((received.hash, received.bytes, &received.head[..]), (hash, 3, &b"abc"[..]));
            part.place(folder.path(), &hash).unwrap();
        }
        assert_eq!(fs::read(path_of(folder.path(), &hash)).unwrap(), b"abc");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}
