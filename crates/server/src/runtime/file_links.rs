//! Links to files: signed, expiring, usable without further credentials. Receivers get them in webhooks, visitors in the web chat.
//!
//! A file that lies here has its id in the link. One that a person sent on Telegram lies there: its link names the bot and Telegram's id of the
//! file, and whoever opens it gets the bytes through this server, so the bot's token stays here.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use recado_model::{Bot, BotId, FileId, Service, UnixMs, event::AttachmentLink, message::Attachment, time::DAY_MS};

use crate::seal::Sealer;

/// How long a link can be used.
const LINK_DAYS: i64 = 30;
/// How long the link of a file for flows can be used: it stands in a document.
const LASTING_LINK_DAYS: i64 = 3_650;

/// Makes and checks links.
pub struct FileLinks {
    keys: Arc<Sealer>,
    base_url: String,
    public_url: Option<String>,
}

/// A file at a messenger, as its link names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteFile<'a> {
    /// The bot that got it.
    pub bot_id: BotId,
    /// The messenger's id.
    pub file_id: &'a str,
    /// The name to save it under; empty when the messenger gave none.
    pub name: &'a str,
}

impl FileLinks {
    /// Links that begin with the public address, else with the local one.
    pub fn new(keys: Arc<Sealer>, public_url: Option<&str>, local_url: &str) -> Self {
        let base_url = public_url.unwrap_or(local_url).to_owned();
        Self { keys, base_url, public_url: public_url.map(ToOwned::to_owned) }
    }

    /// The download link of a file.
    pub fn url(&self, id: FileId, now: UnixMs) -> String {
        self.url_until(id, now + LINK_DAYS * DAY_MS)
    }

    /// The link of a file that flows send.
    pub fn lasting_url(&self, id: FileId, now: UnixMs) -> String {
        self.url_until(id, now + LASTING_LINK_DAYS * DAY_MS)
    }

    fn url_until(&self, id: FileId, expires: UnixMs) -> String {
        format!("{}{}", self.base_url, self.path(id, expires))
    }

    fn path(&self, id: FileId, expires: UnixMs) -> String {
        let expires = expires.seconds();
        let code = URL_SAFE_NO_PAD.encode(self.keys.code("file", message(id, expires).as_bytes()));
        format!("/files/{id}?expires={expires}&signature={code}")
    }

    /// Whether a link is ours and can still be used.
    pub fn is_valid(&self, id: FileId, expires: i64, signature: &str, now: UnixMs) -> bool {
        let code = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        self.keys.is_code("file", message(id, expires).as_bytes(), &code) && now.seconds() < expires
    }

    /// The file that a URL is a link of ours to, whatever its address (which may have a path) and expired or not: the signature tells.
    pub fn id_of(&self, url: &str) -> Option<FileId> {
        let url = url::Url::parse(url).ok()?;
        let id: FileId = url.path().rsplit_once("/files/")?.1.parse().ok()?;
        let field = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let expires: i64 = field("expires")?.parse().ok()?;
        let code = URL_SAFE_NO_PAD.decode(field("signature")?).ok()?;
        self.keys.is_code("file", message(id, expires).as_bytes(), &code).then_some(id)
    }

    /// The path of the download link of a file at Telegram.
    fn remote_path(&self, file: RemoteFile<'_>, expires: UnixMs) -> Option<String> {
        let expires = expires.seconds();
        let code = URL_SAFE_NO_PAD.encode(self.keys.code("remote-file", remote_message(file, expires).as_bytes()));
        let mut url = url::Url::parse("http://localhost").ok()?;
        let bot_id = file.bot_id.to_string();
        url.path_segments_mut().ok()?.pop_if_empty().extend(["files", "telegram", &bot_id, file.file_id]);
        let mut query = url.query_pairs_mut();
        if !file.name.is_empty() {
            query.append_pair("name", file.name);
        }
        query.append_pair("expires", &expires.to_string()).append_pair("signature", &code);
        drop(query);
        Some(url[url::Position::BeforePath..].to_owned())
    }

    /// The paths at this server under which the web app gets the files of a message, in their order; `None` for one that is neither here nor at Telegram.
    pub fn paths(&self, bot: &Bot, attachments: &[Attachment], now: UnixMs) -> Vec<Option<String>> {
        // The same all day, so that a browser which asks again shows what it has.
        let until = UnixMs((now.0 / DAY_MS + 1 + LINK_DAYS) * DAY_MS);
        let path = |file: &Attachment| match (file.file_id, &file.external) {
            (Some(id), _) => Some(self.path(id, until)),
            (None, Some(file_id)) if bot.service == Service::Telegram => {
                let name = file.name.as_deref().unwrap_or_default();
                self.remote_path(RemoteFile { bot_id: bot.id, file_id, name }, until)
            }
            (None, _) => None,
        };
        attachments.iter().map(path).collect()
    }

    /// The same link, usable for its whole time again; `None` for one that is not ours. Whoever may see the contact may see what it sent.
    pub fn renewed(&self, url: &str, now: UnixMs) -> Option<String> {
        if let Some(id) = self.id_of(url) {
            return Some(self.url(id, now));
        }
        let read = url::Url::parse(url).ok()?;
        let (_, rest) = read.path().split_once("/files/telegram/")?;
        let (bot_id, file_id) = rest.split_once('/')?;
        let field = |name: &str| read.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let name = field("name").unwrap_or_default();
        let file = RemoteFile { bot_id: bot_id.parse().ok()?, file_id, name: &name };
        // Its own time may be over; the signature still says that we made it.
        let (expires, signature) = (field("expires")?.parse().ok()?, field("signature")?);
        if !self.is_valid_remote(file, expires, &signature, UnixMs(0)) {
            return None;
        }
        let base = self.public_url.as_ref()?.trim_end_matches('/');
        Some(format!("{base}{}", self.remote_path(file, now + LINK_DAYS * DAY_MS)?))
    }

    /// Whether a link to a file at Telegram is ours and can still be used.
    pub fn is_valid_remote(&self, file: RemoteFile<'_>, expires: i64, signature: &str, now: UnixMs) -> bool {
        let code = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        self.keys.is_code("remote-file", remote_message(file, expires).as_bytes(), &code) && now.seconds() < expires
    }

    /// The files of a message as receivers see them: those that we keep, and those that Telegram keeps for the bot, which need a public address: nobody else
    /// than a receiver opens them.
    pub fn of(&self, bot: &Bot, attachments: &[Attachment], now: UnixMs) -> Vec<AttachmentLink> {
        let linked = attachments.iter().zip(self.paths(bot, attachments, now)).filter_map(|(file, path)| {
            let base = if file.file_id.is_some() { &self.base_url } else { self.public_url.as_ref()? };
            Some(AttachmentLink {
                media: file.media,
                url: format!("{}{}", base.trim_end_matches('/'), path?),
                name: file.name.clone(),
                mime: file.mime.clone(),
            })
        });
        linked.collect()
    }
}

fn message(id: FileId, expires: i64) -> String {
    format!("{id}.{expires}")
}

fn remote_message(file: RemoteFile<'_>, expires: i64) -> String {
    // A file's id has no dot; the name, which may have any, stands last.
    format!("{}.{}.{expires}.{}", file.bot_id, file.file_id, file.name)
}

#[cfg(test)]
mod tests {
    use recado_model::{AccountId, bot::BotSettings, entropy::Seeded, message::MediaKind};

    use super::*;

    const NOW: UnixMs = UnixMs(1_790_000_000_000);

    fn links(public: Option<&str>) -> FileLinks {
        FileLinks::new(Arc::new(Sealer::new([1; 32])), public, "http://127.0.0.1:8080")
    }

    fn signed(url: &str) -> (i64, String) {
        let url = url::Url::parse(url).unwrap();
        let field = |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        (field("expires").parse().unwrap(), field("signature"))
    }

    #[test]
    fn a_remote_link_names_its_file_and_nothing_else() {
        let bot_id = BotId::new(NOW, &mut Seeded::new(1));
        let file = RemoteFile { bot_id, file_id: "AgAC-_x", name: "a b.pdf" };
        let bot = Bot {
            id: bot_id,
            account_id: AccountId::new(NOW, &mut Seeded::new(3)),
            service: Service::Telegram,
            name: "B".to_owned(),
            external_id: "1".to_owned(),
            url: String::new(),
            photo: None,
            active: true,
            settings: BotSettings::default(),
            created_at: NOW,
        };
        let sent = Attachment {
            media: MediaKind::File,
            external: Some(file.file_id.to_owned()),
            file_id: None,
            name: Some(file.name.to_owned()),
            mime: None,
            bytes: None,
        };
        let sent = std::slice::from_ref(&sent);
        assert_eq!(links(None).of(&bot, sent, NOW), [], "nobody outside could open it");
        let path = links(None).paths(&bot, sent, NOW).remove(0).unwrap();
        let links = links(Some("https://bots.example.org/recado"));
        let url = links.of(&bot, sent, NOW).remove(0).url;
        assert_eq!(url, format!("https://bots.example.org/recado{path}"), "the web app gets it all the same");
        assert!(path.starts_with(&format!("/files/telegram/{bot_id}/AgAC-_x?name=a+b.pdf&")), "{path}");
        assert_eq!(links.paths(&bot, sent, NOW + 1_000), [Some(path)], "it is the same all day");
        let late = UnixMs(signed(&url).0 * 1_000 + DAY_MS);
        let again = links.renewed(&url, late).unwrap();
        let (expires, signature) = signed(&again);
        assert!(links.is_valid_remote(file, expires, &signature, late), "{again}");
        assert_eq!(links.renewed(&url.replace("AgAC-_x", "other"), NOW), None);
        let (expires, signature) = signed(&url);
        assert!(links.is_valid_remote(file, expires, &signature, NOW));
        assert!(!links.is_valid_remote(file, expires, &signature, UnixMs(expires * 1_000)), "it expires");
        assert!(!links.is_valid_remote(file, expires + 1, &signature, NOW));
        assert!(!links.is_valid_remote(RemoteFile { file_id: "other", ..file }, expires, &signature, NOW));
        assert!(!links.is_valid_remote(RemoteFile { name: "evil.html", ..file }, expires, &signature, NOW));
        let other = RemoteFile { bot_id: BotId::new(NOW, &mut Seeded::new(2)), ..file };
        assert!(!links.is_valid_remote(other, expires, &signature, NOW));
    }

    #[test]
    fn a_link_of_ours_is_known_by_its_signature() {
        let links = links(None);
        let id = FileId::new(NOW, &mut Seeded::new(1));
        let url = links.lasting_url(id, NOW);
        assert_eq!(links.id_of(&url), Some(id));
        assert_eq!(
            links.id_of(&url.replace("127.0.0.1:8080", "elsewhere.example")),
            Some(id),
            "the address may change"
        );
        let late = NOW + 40 * DAY_MS;
        let again = links.renewed(&links.url(id, NOW), late).unwrap();
        let (expires, signature) = signed(&again);
        assert!(links.is_valid(id, expires, &signature, late), "{again}");
        assert_eq!(links.renewed("https://example.org/files/x?expires=1&signature=AA", NOW), None);
        assert_eq!(links.id_of(&url.replace("expires=", "expires=9")), None);
        let under_a_path = FileLinks::new(Arc::clone(&links.keys), Some("https://example.org/recado"), "");
        let url = under_a_path.url(id, NOW);
        assert!(url.starts_with("https://example.org/recado/files/"), "{url}");
        assert_eq!((links.id_of(&url), under_a_path.id_of(&url)), (Some(id), Some(id)));
        assert_eq!(links.id_of("https://example.org/files/x?expires=1&signature=AA"), None);
    }
}
