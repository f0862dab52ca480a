//! The files of messages that go out: those that the messenger does not fetch itself are read here and uploaded.
//!
//! A link to one of our own files is read from disk. Everything else is outside and goes through the egress door, as a webhook does: a
//! private address is refused unless the operator allows it, and the bytes are bounded.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use http::{HeaderMap, HeaderValue, Method, header::USER_AGENT};
use recado_channels::{Upload, UploadedFile};
use recado_delivery::egress::{self, Cut};
use recado_model::delivery::FailureKind;

use super::registry::LiveBot;
use crate::state::App;

/// To the first byte of an outside file.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// To its last.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Why a file is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfetchable {
    /// Another try may help.
    Now(String),
    /// It will not.
    Never(String),
}

/// The bytes of all files of a request, in order.
pub async fn fetch_all(app: &App, bot: &LiveBot, uploads: &[Upload]) -> Result<Vec<UploadedFile>, Unfetchable> {
    let mut files = Vec::with_capacity(uploads.len());
    for upload in uploads {
        files.push(match own(app, bot, upload).await? {
            Some(file) => file,
            None => outside(app, upload).await?,
        });
    }
    Ok(files)
}

/// A file of this server, read from disk; `None` when the URL is not one of our links.
async fn own(app: &App, bot: &LiveBot, upload: &Upload) -> Result<Option<UploadedFile>, Unfetchable> {
    let Some(id) = app.files.id_of(&upload.url) else { return Ok(None) };
    let file = app.store.file(id).await.map_err(|error| Unfetchable::Now(error.to_string()))?;
    // A link that somebody brought from another bot opens nothing.
    let file = file.filter(|file| file.bot_id == bot.bot.id);
    let file = file.ok_or_else(|| Unfetchable::Never("the file is not there any more".to_owned()))?;
    if file.bytes > upload.bytes_max as u64 {
        return Err(too_long(upload));
    }
    let path = path_of(&app.settings.files_dir, &file.hash);
    let bytes = tokio::fs::read(path).await.map_err(|error| Unfetchable::Now(format!("a stored file: {error}")))?;
    let name = upload.name.clone().unwrap_or(file.name);
    Ok(Some(UploadedFile { name, bytes: bytes.into() }))
}

async fn outside(app: &App, upload: &Upload) -> Result<UploadedFile, Unfetchable> {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("Recado/", env!("CARGO_PKG_VERSION"))));
    let request = egress::Request {
        method: Method::GET,
        url: upload.url.clone(),
        headers,
        body: bytes::Bytes::new(),
        head_timeout: HEAD_TIMEOUT,
        keep_bytes: upload.bytes_max,
        keep_time: TIMEOUT,
        total_timeout: Some(TIMEOUT),
    };
    let answer = app.door.send(request).await.map_err(|error| match error.kind {
        FailureKind::Refused | FailureKind::InvalidUrl => Unfetchable::Never(error.detail),
        FailureKind::Dns
        | FailureKind::Connect
        | FailureKind::Tls
        | FailureKind::Timeout
        | FailureKind::Protocol
        | FailureKind::Status => Unfetchable::Now(error.detail),
    })?;
    match (answer.status, answer.cut) {
        (200..=299, None) => Ok(UploadedFile { name: name_of(upload), bytes: answer.body }),
        (200..=299, Some(Cut::TooLong)) => Err(too_long(upload)),
        (200..=299, Some(Cut::TooSlow | Cut::Broken)) => {
            Err(Unfetchable::Now("the file did not come to its end".to_owned()))
        }
        (status @ (408 | 425 | 429 | 500..), _) => {
            Err(Unfetchable::Now(format!("the file's server answered {status}")))
        }
        (status, _) => Err(Unfetchable::Never(format!("the file's server answered {status}"))),
    }
}

fn too_long(upload: &Upload) -> Unfetchable {
    Unfetchable::Never(format!("the file is longer than {} MiB", upload.bytes_max / (1024 * 1024)))
}

/// The given name, else the last part of the path. The ending tells the messenger the type, so the path's is added to a name without one.
fn name_of(upload: &Upload) -> String {
    let path = url::Url::parse(&upload.url).ok();
    let last =
        path.as_ref().and_then(|url| url.path_segments()?.next_back().map(ToOwned::to_owned)).unwrap_or_default();
    let last = if last.is_empty() { "file".to_owned() } else { last };
    match &upload.name {
        None => last,
        Some(name) => match last.rsplit_once('.') {
            Some((_, ending)) if !name.to_lowercase().ends_with(&format!(".{}", ending.to_lowercase())) => {
                format!("{name}.{ending}")
            }
            Some(_) | None => name.clone(),
        },
    }
}

/// Where the bytes of a stored file lie.
pub fn path_of(folder: &Path, hash: &[u8; 32]) -> PathBuf {
    let hex: String = hash
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect();
    folder.join(&hex[..2]).join(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_with_an_ending_that_tells_its_type() {
        let named = |url: &str, name: Option<&str>| {
            name_of(&Upload {
                part: String::new(),
                url: url.to_owned(),
                name: name.map(ToOwned::to_owned),
                bytes_max: 1,
            })
        };
        assert_eq!(named("https://example.org/a/plan.docx?x=1", None), "plan.docx");
        assert_eq!(named("https://example.org/a/plan.docx", Some("The plan")), "The plan.docx");
        assert_eq!(named("https://example.org/a/plan.docx", Some("The plan.DOCX")), "The plan.DOCX");
        assert_eq!(named("https://example.org/", None), "file");
    }
}
