//! Links to files: signed, expiring, usable without further credentials. Receivers get them in webhooks, visitors in the web chat.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use recado_model::{FileId, UnixMs, event::AttachmentLink, message::Attachment, time::DAY_MS};

use crate::seal::Sealer;

/// How long a link can be used.
const LINK_DAYS: i64 = 30;

/// Makes and checks links.
pub struct FileLinks {
    keys: Arc<Sealer>,
    base_url: String,
}

impl FileLinks {
    /// Links that begin with this address.
    pub fn new(keys: Arc<Sealer>, base_url: &str) -> Self {
        Self { keys, base_url: base_url.to_owned() }
    }

    /// The download link of a file.
    pub fn url(&self, id: FileId, now: UnixMs) -> String {
        let expires = (now + LINK_DAYS * DAY_MS).seconds();
        let code = URL_SAFE_NO_PAD.encode(self.keys.code("file", message(id, expires).as_bytes()));
        format!("{}/files/{id}?expires={expires}&signature={code}", self.base_url)
    }

    /// Whether a link is ours and can still be used.
    pub fn is_valid(&self, id: FileId, expires: i64, signature: &str, now: UnixMs) -> bool {
        let code = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        self.keys.is_code("file", message(id, expires).as_bytes(), &code) && now.seconds() < expires
    }

    /// The files of a message as receivers see them: those that we keep.
    pub fn of(&self, attachments: &[Attachment], now: UnixMs) -> Vec<AttachmentLink> {
        let kept = attachments.iter().filter_map(|file| Some((file, file.file_id?)));
        kept.map(|(file, id)| AttachmentLink {
            media: file.media,
            url: self.url(id, now),
            name: file.name.clone(),
            mime: file.mime.clone(),
        })
        .collect()
    }
}

fn message(id: FileId, expires: i64) -> String {
    format!("{id}.{expires}")
}
