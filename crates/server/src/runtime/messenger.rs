//! One request to a messenger: base URL, the bot's token, through the one door.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header::CONTENT_TYPE};
use recado_channels::{Request, SendOutcome, UploadedFile, telegram};
use recado_delivery::egress::{self, Cut};
use recado_model::Entropy as _;

use super::registry::LiveBot;
use crate::state::App;

/// A long poll takes 25 s to its answer; everything else is faster.
const TIMEOUT: Duration = Duration::from_secs(35);
/// A file of 20 MiB on a slow line.
const UPLOAD_TIMEOUT: Duration = Duration::from_mins(3);
/// The same the other way.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_mins(2);
/// Bytes of a file that is downloaded: Telegram gives bots no longer ones.
const FILE_BYTES_MAX: usize = 20 * 1024 * 1024;
/// Bytes of an answer: a hundred long updates fit.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Sends the request. `Ok` is status and body; `Err` says in words why there was no answer, and never shows the token.
pub async fn call(app: &App, bot: &LiveBot, request: &Request) -> Result<(u16, Vec<u8>), String> {
    let token = bot.secrets.channel.get("token").ok_or("the bot is not connected: it has no token")?;
    call_with(app, token, request).await
}

/// As [`call`], with the bytes of the request's uploads.
pub async fn upload(
    app: &App,
    bot: &LiveBot,
    request: &Request,
    files: &[UploadedFile],
) -> Result<(u16, Vec<u8>), String> {
    let token = bot.secrets.channel.get("token").ok_or("the bot is not connected: it has no token")?;
    let mut rng = app.entropy();
    let boundary = format!("recado-{:016x}{:016x}", rng.next_u64(), rng.next_u64());
    post(app, token, request.method, request.as_form(files, &boundary), UPLOAD_TIMEOUT).await
}

/// As [`call`], with a token that belongs to no bot yet.
pub async fn call_with(app: &App, token: &str, request: &Request) -> Result<(u16, Vec<u8>), String> {
    post(app, token, request.method, request.as_json(), TIMEOUT).await
}

async fn post(
    app: &App,
    token: &str,
    method: &str,
    (kind, body): (String, Vec<u8>),
    timeout: Duration,
) -> Result<(u16, Vec<u8>), String> {
    let url = format!("{}/bot{token}/{method}", app.settings.telegram_base_url);
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(&kind).map_err(|_| "the content type can not be sent")?);
    let sent = app
        .door
        .send(egress::Request {
            method: Method::POST,
            url,
            headers,
            body: Bytes::from(body),
            head_timeout: timeout,
            keep_bytes: ANSWER_BYTES_MAX,
            keep_time: timeout,
            total_timeout: Some(timeout),
        })
        .await;
    match sent {
        Ok(answer) if answer.cut.is_none() => Ok((answer.status, answer.body.to_vec())),
        Ok(_) => Err("the messenger's answer is too long or too slow".to_owned()),
        Err(error) => Err(error.detail.replace(token, "***")),
    }
}

/// Why a file at the messenger can not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoFile {
    /// It is longer than the messenger or we let through.
    #[error("the file is longer than 20 MiB, which is all that Telegram gives to bots")]
    TooLong,
    /// The messenger has no such file for this bot.
    #[error("Telegram does not have the file: {0}")]
    Unknown(String),
    /// Not now.
    #[error("Telegram can not be asked for the file now: {0}")]
    Unreachable(String),
}

/// Downloads a file that a person sent (<https://core.telegram.org/bots/api#getfile>).
pub async fn download(app: &App, bot: &LiveBot, file_id: &str) -> Result<Bytes, NoFile> {
    let (status, body) = call(app, bot, &telegram::methods::get_file(file_id)).await.map_err(NoFile::Unreachable)?;
    let answer = telegram::answer(status, &body).map_err(|refusal| match *refusal {
        SendOutcome::Failed { message, .. } if message.contains("too big") => NoFile::TooLong,
        SendOutcome::Failed { message, .. } => NoFile::Unknown(message),
        SendOutcome::TokenDead { message } => NoFile::Unreachable(message),
        SendOutcome::Retry { .. }
        | SendOutcome::Blocked
        | SendOutcome::WindowClosed
        | SendOutcome::FilesRefused { .. }
        | SendOutcome::Sent { .. } => NoFile::Unreachable(format!("it answered {status}")),
    })?;
    let path = telegram::methods::file_path_of(&answer);
    let path = path.ok_or_else(|| NoFile::Unreachable("it gave no path".to_owned()))?;
    let token = bot.secrets.channel.get("token").map_or("", String::as_str);
    let request = egress::Request {
        method: Method::GET,
        url: format!("{}/file/bot{token}/{path}", app.settings.telegram_base_url),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        head_timeout: TIMEOUT,
        keep_bytes: FILE_BYTES_MAX,
        keep_time: DOWNLOAD_TIMEOUT,
        total_timeout: Some(DOWNLOAD_TIMEOUT),
    };
    let sent = app.door.send(request).await;
    match sent.map_err(|error| NoFile::Unreachable(error.detail.replace(token, "***")))? {
        answer if answer.status != 200 => {
            Err(NoFile::Unreachable(format!("its file server answered {}", answer.status)))
        }
        answer => match answer.cut {
            None => Ok(answer.body),
            Some(Cut::TooLong) => Err(NoFile::TooLong),
            Some(Cut::TooSlow | Cut::Broken) => Err(NoFile::Unreachable("the file did not come to its end".to_owned())),
        },
    }
}
