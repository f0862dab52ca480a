//! What Telegram's answers mean: <https://core.telegram.org/bots/api#making-requests>.

use serde::Deserialize;
use serde_json::{Value as Json, value::RawValue};

use crate::{Request, SendOutcome};

/// The wait after an answer that names none.
const RETRY_MS: u64 = 1_000;
/// The longest wait that is believed.
const RETRY_MAX_S: u64 = 24 * 60 * 60;

/// The `result` of an answer, or its outcome when it is none. For methods that do not say a message.
pub fn answer(status: u16, body: &[u8]) -> Result<Json, Box<SendOutcome>> {
    let mut json: Json = serde_json::from_slice(body).unwrap_or(Json::Null);
    if (200..300).contains(&status) && json["ok"] == Json::Bool(true) {
        return Ok(json["result"].take());
    }
    Err(Box::new(refusal(status, &json)))
}

/// As much of an answer as counts when the messenger took a message: most of it is the message once more.
#[derive(Deserialize)]
struct Taken<'a> {
    ok: bool,
    #[serde(borrow)]
    result: &'a RawValue,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TakenMessage {
    message_id: Json,
}

impl Taken<'_> {
    /// The id of the message, of the first one when there are several; null when none is told.
    fn message_id(&self) -> Json {
        let result = self.result.get();
        let first = if result.starts_with('[') {
            serde_json::from_str::<Vec<TakenMessage>>(result).unwrap_or_default().into_iter().next()
        } else {
            serde_json::from_str(result).ok()
        };
        first.unwrap_or_default().message_id
    }
}

/// What became of a request that says a message.
pub fn outcome(request: Request, status: u16, body: &[u8]) -> SendOutcome {
    match serde_json::from_slice::<Taken<'_>>(body) {
        Ok(taken) if taken.ok && (200..300).contains(&status) => sent(request, taken.message_id()),
        Ok(_) | Err(_) => match answer(status, body).map_err(|outcome| *outcome) {
            Ok(_) => sent(request, Json::Null),
            Err(SendOutcome::Failed { code, message }) if is_about_file(&code, &message) => {
                files_refused(request, code, message)
            }
            Err(outcome) => outcome,
        },
    }
}

/// Words of the refusals that are about a file, in lower case. By URL they come for one that Telegram can not reach, that is too long for it, or that is not
/// what its method sends; of an upload for the last two. In an album they stand behind the number of the item.
const FILE_WORDS: [&str; 17] = [
    "wrong file identifier",
    "wrong remote file identifier",
    "failed to get http url content",
    "wrong http url specified",
    "file http url",
    "wrong type of the web page content",
    "type of file mismatch",
    "group send failed",
    "media of the specified type in the album",
    "too big",
    "file must be non-empty",
    "external_url_invalid",
    "webpage_",
    "media_empty",
    "media_invalid",
    "photo_",
    "image_process_failed",
];

/// Whether a refusal is about a file of the request. 413 is an upload that is too long.
fn is_about_file(code: &str, message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    code == "413" || (code == "400" && FILE_WORDS.iter().any(|words| message.contains(words)))
}

/// The files that may go in another way; a request that has none failed for good.
fn files_refused(request: Request, code: String, message: String) -> SendOutcome {
    let Request { uploads, fetched, .. } = request;
    let uploaded = fetched.is_empty();
    let urls: Vec<String> = if uploaded { uploads.into_iter().map(|upload| upload.url).collect() } else { fetched };
    if urls.is_empty() {
        return SendOutcome::Failed { code, message };
    }
    SendOutcome::FilesRefused { urls, uploaded, message }
}

/// A taken message. The channel's own object is the request as sent, which is what the documented examples show, without the chat's id
/// that stands beside it and without the payment provider's token.
fn sent(request: Request, message_id: Json) -> SendOutcome {
    let mut message_json = request.body;
    let mut chat_id = Json::Null;
    if let Some(fields) = message_json.as_object_mut() {
        chat_id = fields.shift_remove("chat_id").unwrap_or(Json::Null);
        fields.shift_remove("provider_token");
    }
    let external_id = if message_id.is_null() { String::new() } else { message_id.to_string() };
    SendOutcome::Sent { external_id, message_json, message_id, chat_id }
}

/// What a refusal means. An answer that is not Telegram's object comes from something in between (a proxy, a captive portal): it says
/// nothing of the token or the person, so it is tried again, unless it is about the request itself (400, 413, …).
fn refusal(status: u16, json: &Json) -> SendOutcome {
    let code = json["error_code"].as_u64().filter(|_| json.is_object()).unwrap_or_else(|| u64::from(status));
    let described = json["description"].as_str().unwrap_or_default();
    let words = || {
        if described.is_empty() { format!("Telegram answered {code}") } else { described.chars().take(512).collect() }
    };
    if !json["ok"].is_boolean() && matches!(code, 401 | 403 | 404 | 407 | 408) {
        return SendOutcome::Retry { after_ms: RETRY_MS };
    }
    match code {
        401 | 404 if is_token(described) => SendOutcome::TokenDead { message: words() },
        403 if is_blocked(described) => SendOutcome::Blocked,
        429 => {
            let seconds = json["parameters"]["retry_after"].as_u64().unwrap_or(1);
            SendOutcome::Retry { after_ms: seconds.clamp(1, RETRY_MAX_S) * 1_000 }
        }
        400..=499 => SendOutcome::Failed { code: code.to_string(), message: words() },
        _ => SendOutcome::Retry { after_ms: RETRY_MS },
    }
}

/// Of the refusals with 403 those that are the person's doing. Others are about what the bot may do ("bot can't initiate conversation with a user",
/// "bot can't send messages to bots", "not enough rights …"): the person did nothing, and another message may arrive.
fn is_blocked(described: &str) -> bool {
    let described = described.to_ascii_lowercase();
    ["bot was blocked by the user", "user is deactivated"].iter().any(|words| described.contains(words))
}

/// A revoked token answers 401 "Unauthorized", a malformed one 404 "Not Found"; an unknown method is also a 404, with more words.
fn is_token(described: &str) -> bool {
    matches!(described, "Unauthorized" | "Not Found")
}
