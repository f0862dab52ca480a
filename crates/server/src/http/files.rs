//! Files: uploads lie content-addressed beside the database and are synced before their row commits; downloads have signed, expiring links.

use std::{fs, io::Write as _, path::Path};

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use recado_model::{BotId, ContactId, Entropy as _, FileId, message::MediaKind};
use recado_store::catalog::FileRecord;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{
    Web,
    error::ApiError,
    extract::{Asked, At},
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
        return Err(ApiError::new(StatusCode::FORBIDDEN, "link_expired", "the link has expired or is not one of ours"));
    }
    let file = web.store.file(id).await?.ok_or_else(|| ApiError::not_found("file"))?;
    let path = path_of(&web.settings.files_dir, &file.hash);
    let bytes = tokio::fs::read(path).await.map_err(|error| {
        tracing::error!(%error, file = %id, "a stored file can not be read");
        ApiError::not_found("file")
    })?;
    let (mime, how) = if SHOWN.contains(&file.mime.as_str()) {
        (file.mime.as_str(), "inline")
    } else {
        ("application/octet-stream", "attachment")
    };
    let name: String = file
        .name
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
    Ok(response)
}

/// Keeps a contact's file: quota, sniffed type, bytes synced, then the row.
pub async fn keep(
    web: &Web,
    bot_id: BotId,
    contact_id: ContactId,
    name: &str,
    bytes: Vec<u8>,
) -> Result<FileRecord, ApiError> {
    let used = web.store.file_bytes_of(bot_id).await?;
    if used + bytes.len() as u64 > web.settings.files_bytes_a_bot_max {
        return Err(ApiError::new(StatusCode::INSUFFICIENT_STORAGE, "quota", "the bot has no room for more files"));
    }
    let now = web.now();
    let record = FileRecord {
        id: FileId::new(now, &mut web.entropy()),
        bot_id,
        contact_id: Some(contact_id),
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
            return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "files can not be stored now"));
        }
        Err(error) => {
            tracing::error!(%error, "storing a file was interrupted");
            return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "files can not be stored now"));
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

fn hex(hash: &[u8; 32]) -> String {
    hash.iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

fn path_of(folder: &Path, hash: &[u8; 32]) -> std::path::PathBuf {
    let hex = hex(hash);
    folder.join(&hex[..2]).join(hex)
}

/// Written beside its place, synced, renamed, and the folder synced: a crash leaves the whole file or none.
fn write_synced(folder: &Path, hash: &[u8; 32], salt: u64, bytes: &[u8]) -> std::io::Result<()> {
    let path = path_of(folder, hash);
    if path.exists() {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(folder);
    fs::create_dir_all(parent)?;
    let beside = parent.join(format!(".{salt:016x}.part"));
    let mut file = fs::File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, &path)?;
    fs::File::open(parent)?.sync_all()?;
    fs::File::open(folder)?.sync_all()
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
