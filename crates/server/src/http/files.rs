//! Files: uploads lie content-addressed beside the database and are synced before their row commits; downloads have signed, expiring links.

use std::{fs, io::Write as _, path::Path};

use axum::{
    Json,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use recado_model::{BotId, ContactId, Entropy as _, FileId, limits, message::MediaKind};
use recado_store::catalog::FileRecord;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{Asked, At},
    layers,
    mistake::FieldMistake,
    problem_code::ProblemCode,
};
use crate::{
    auth::Caller,
    runtime::{
        file_links::RemoteFile,
        media::path_of,
        messenger::{self, NoFile},
    },
};

const NAME_CHARS_MAX: usize = 128;
/// Types a browser may show in place; everything else is saved to disk.
const SHOWN: [&str; 9] = [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "video/mp4",
    "video/webm",
    "audio/mpeg",
    "audio/ogg",
    "audio/mp4",
];

/// The signature of a download link.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    expires: i64,
    signature: String,
}

/// Downloads a file by its signed link.
pub async fn download(
    State(web): State<Web>,
    At(id): At<FileId>,
    Asked(signed): Asked<Signed>,
) -> Result<Response, ApiError> {
    if !web.files.is_valid(id, signed.expires, &signed.signature, web.now()) {
        return Err(link_expired());
    }
    let file = web.store.file(id).await?.ok_or_else(|| ApiError::not_found("file"))?;
    let path = path_of(&web.settings.files_dir, &file.hash);
    let bytes = tokio::fs::read(path).await.map_err(|error| {
        tracing::error!(%error, file = %id, "a stored file can not be read");
        ApiError::not_found("file")
    })?;
    Ok(respond(bytes.into(), &file.mime, &file.name))
}

/// What else the link of a file at Telegram carries.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedRemote {
    #[serde(default)]
    name: String,
    expires: i64,
    signature: String,
}

/// Downloads a file that a person sent on Telegram, by its signed link. The bytes come from Telegram through this server, which alone knows
/// the bot's token.
pub async fn download_remote(
    State(web): State<Web>,
    At((bot_id, file_id)): At<(BotId, String)>,
    Asked(signed): Asked<SignedRemote>,
) -> Result<Response, ApiError> {
    let file = RemoteFile { bot_id, file_id: &file_id, name: &signed.name };
    if !web.files.is_valid_remote(file, signed.expires, &signed.signature, web.now()) {
        return Err(link_expired());
    }
    let bot = web.bots.get(bot_id).await?.ok_or_else(|| ApiError::not_found("file"))?;
    let Ok(_room) = web.front.downloads.try_acquire() else {
        return Err(ApiError::too_many(1));
    };
    let bytes = messenger::download(web.app(), &bot, &file_id).await.map_err(|error| match error {
        NoFile::TooLong => ApiError::new(ProblemCode::FileTooLong, error.to_string()),
        NoFile::Unknown(_) => ApiError::new(ProblemCode::NotFound, error.to_string()),
        NoFile::Unreachable(_) => ApiError::new(ProblemCode::MessengerUnreachable, error.to_string()),
    })?;
    let mime = infer::get(&bytes).map_or("application/octet-stream", |kind| kind.mime_type());
    let name = if signed.name.is_empty() { "file" } else { &signed.name };
    Ok(respond(bytes, mime, name))
}

fn link_expired() -> ApiError {
    ApiError::new(ProblemCode::LinkExpired, "the link has expired or is not one of ours")
}

/// The bytes of somebody's file, so that no browser runs them as a page of ours.
fn respond(bytes: Bytes, mime: &str, name: &str) -> Response {
    let (mime, how) = if SHOWN.contains(&mime) { (mime, "inline") } else { ("application/octet-stream", "attachment") };
    let name: String = name
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) { byte as char } else { '_' })
        .collect();
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    if let (Ok(mime), Ok(how)) =
        (HeaderValue::from_str(mime), HeaderValue::from_str(&format!("{how}; filename=\"{name}\"")))
    {
        headers.insert(header::CONTENT_TYPE, mime);
        headers.insert(header::CONTENT_DISPOSITION, how);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    response
}

/// What a file is called.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Named {
    /// At most 128 characters are kept.
    name: Option<String>,
}

/// A file that flows can send.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileView {
    id: FileId,
    /// Put it into a message's `url`.
    url: String,
    media: MediaKind,
    mime: String,
    bytes: u64,
    name: String,
}

/// Keeps a file that the bot's flows send, at most 10 MiB; the body is the file itself.
#[utoipa::path(post, path = "/bots/{bot_id}/files", tag = "bots", params(("bot_id" = BotId, Path), Named), request_body(content = String, content_type = "application/octet-stream"), responses((status = 201, body = FileView), (status = "default", body = Problem)))]
pub async fn upload(
    State(web): State<Web>,
    caller: Caller,
    At(bot_id): At<BotId>,
    Asked(named): Asked<Named>,
    request: Request,
) -> Result<(StatusCode, Json<FileView>), ApiError> {
    web.own_bot(caller, bot_id).await?;
    let request = layers::read_whole(request, limits::FILE_BYTES_MAX).await?;
    let bytes = to_bytes(request.into_body(), limits::FILE_BYTES_MAX).await.unwrap_or_default();
    if bytes.is_empty() {
        return Err(ApiError::field("body", FieldMistake::EmptyFile {}));
    }
    let file = keep(&web, bot_id, None, &named.name.unwrap_or_default(), bytes.to_vec()).await?;
    let url = web.files.lasting_url(file.id, web.now());
    let media = media_of(&file.mime);
    let view = FileView { id: file.id, url, media, mime: file.mime, bytes: file.bytes, name: file.name };
    Ok((StatusCode::CREATED, Json(view)))
}

/// Keeps a file: quota, sniffed type, bytes synced, then the row.
pub async fn keep(
    web: &Web,
    bot_id: BotId,
    contact_id: Option<ContactId>,
    name: &str,
    bytes: Vec<u8>,
) -> Result<FileRecord, ApiError> {
    let used = web.store.file_bytes_of(bot_id).await?;
    if used + bytes.len() as u64 > web.settings.files_bytes_a_bot_max {
        return Err(ApiError::new(ProblemCode::Quota, "the bot has no room for more files"));
    }
    let now = web.now();
    let record = FileRecord {
        id: FileId::new(now, &mut web.entropy()),
        bot_id,
        contact_id,
        hash: Sha256::digest(&bytes).into(),
        bytes: bytes.len() as u64,
        mime: infer::get(&bytes).map_or("application/octet-stream", |kind| kind.mime_type()).to_owned(),
        name: clean_name(name),
        created_at: now,
    };
    let (folder, hash, salt) = (web.settings.files_dir.clone(), record.hash, web.entropy().next_u64());
    let written = tokio::task::spawn_blocking(move || write_synced(&folder, &hash, salt, &bytes)).await;
    match written {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::error!(%error, "a file can not be stored");
            return Err(ApiError::new(ProblemCode::Unavailable, "files can not be stored now"));
        }
        Err(error) => {
            tracing::error!(%error, "storing a file was interrupted");
            return Err(ApiError::new(ProblemCode::Unavailable, "files can not be stored now"));
        }
    }
    web.store.create_file(record.clone()).await?;
    Ok(record)
}

/// What kind of file a MIME type is.
pub fn media_of(mime: &str) -> MediaKind {
    match mime.split('/').next() {
        Some("image") => MediaKind::Image,
        Some("video") => MediaKind::Video,
        Some("audio") => MediaKind::Audio,
        Some(_) | None => MediaKind::File,
    }
}

fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    if clean.trim_matches(['.', ' ']).is_empty() { "file".to_owned() } else { clean }
}

/// Written beside its place, synced, renamed, and the folder synced: a crash leaves the whole file or none.
fn write_synced(folder: &Path, hash: &[u8; 32], salt: u64, bytes: &[u8]) -> std::io::Result<()> {
    let path = path_of(folder, hash);
    let parent = path.parent().unwrap_or(folder);
    let synced = || fs::File::open(parent)?.sync_all().and_then(|()| fs::File::open(folder)?.sync_all());
    if path.exists() {
        // Whoever put it there may have died before this.
        return synced();
    }
    fs::create_dir_all(parent)?;
    let beside = parent.join(format!(".{salt:016x}.part"));
    let mut file = fs::File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, &path)?;
    synced()
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

    #[test]
    fn a_file_is_written_once_under_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let hash = Sha256::digest(b"abc").into();
        write_synced(folder.path(), &hash, 1, b"abc").unwrap();
        write_synced(folder.path(), &hash, 2, b"abc").unwrap();
        assert_eq!(fs::read(path_of(folder.path(), &hash)).unwrap(), b"abc");
    }
}
