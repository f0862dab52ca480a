//! Files: uploads lie content-addressed beside the database; downloads have signed, expiring links.

use std::{io, path::Path};

use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::BytesMut;
use futures_util::stream;
use recado_model::{BotId, FileId, message::MediaKind};
use serde::{Deserialize, Serialize};
use tokio::{fs::File, io::AsyncReadExt as _};
use utoipa::{IntoParams, ToSchema};

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{Asked, At},
    incoming,
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

/// Bytes of a file that are in memory at once for a download. A connection holds up to sixteen such chunks for a reader that is slow.
const CHUNK_BYTES: usize = 16 * 1024;
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
    let (body, length) = stream_of(&path).await.map_err(|error| {
        tracing::error!(%error, file = %id, "a stored file can not be read");
        ApiError::not_found("file")
    })?;
    let mut response = respond(body, &file.mime, &file.name);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}

/// The bytes of a file, read as they are taken, and how many there are.
async fn stream_of(path: &Path) -> io::Result<(Body, u64)> {
    let file = File::open(path).await?;
    let length = file.metadata().await?.len();
    let chunks = stream::try_unfold(file, |mut file| async move {
        let mut chunk = BytesMut::with_capacity(CHUNK_BYTES);
        let read = file.read_buf(&mut chunk).await?;
        io::Result::Ok((read > 0).then(|| (chunk.freeze(), file)))
    });
    Ok((Body::from_stream(chunks), length))
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
    Ok(respond(bytes.into(), mime, name))
}

fn link_expired() -> ApiError {
    ApiError::new(ProblemCode::LinkExpired, "the link has expired or is not one of ours")
}

/// The bytes of somebody's file, so that no browser runs them as a page of ours.
fn respond(body: Body, mime: &str, name: &str) -> Response {
    let (mime, how) = if SHOWN.contains(&mime) { (mime, "inline") } else { ("application/octet-stream", "attachment") };
    let name: String = name
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) { byte as char } else { '_' })
        .collect();
    let mut response = body.into_response();
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
    let file = incoming::keep(&web, bot_id, None, &named.name.unwrap_or_default(), request).await?;
    let url = web.files.lasting_url(file.id, web.now());
    let media = media_of(&file.mime);
    let view = FileView { id: file.id, url, media, mime: file.mime, bytes: file.bytes, name: file.name };
    Ok((StatusCode::CREATED, Json(view)))
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
