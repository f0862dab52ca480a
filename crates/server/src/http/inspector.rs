//! The built-in receiver: a URL that keeps the last 500 requests of an account, to look at and copy. In memory; a restart forgets them.
//!
//! Whoever has the URL may send to it, and may look at it in a browser ([`inspector_page`]). The URL's token is made of the account's id and a code that only this installation can make, so nothing is stored for it.

use std::collections::{HashMap, VecDeque};

use axum::{
    Json,
    body::to_bytes,
    extract::{Request, State},
    http::{Method, StatusCode},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use parking_lot::Mutex;
use recado_model::AccountId;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Web,
    error::{ApiError, Problem},
    extract::At,
    inspector_page, plain_page,
    problem_code::ProblemCode,
    shape::Time,
};
use crate::auth::Caller;

/// Requests that are kept of an account.
const REQUESTS_MAX: usize = 500;
/// Bytes of bodies that are kept of an account.
const ACCOUNT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of one body: more than a webhook of ours has.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Accounts whose requests are kept.
const ACCOUNTS_MAX: usize = 1_000;

/// What was received.
#[derive(Debug, Default)]
pub struct Inspector(Mutex<HashMap<AccountId, Kept>>);

#[derive(Debug, Default)]
struct Kept {
    requests: VecDeque<Received>,
    bytes: usize,
    count: u64,
}

/// A request that the inspector received.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Received {
    /// Counts the account's requests, 1 for the first since the start.
    pub(super) number: u64,
    pub(super) at: Time,
    pub(super) method: String,
    /// What follows the token, with the query.
    pub(super) path: String,
    /// As (name, value), in the order they came.
    pub(super) headers: Vec<(String, String)>,
    /// Bytes that are not UTF-8 are replaced.
    pub(super) body: String,
}

/// The account's inspector.
#[derive(Debug, Serialize, ToSchema)]
pub struct InspectorView {
    /// Put it into a webhook.
    url: String,
    /// The newest first, at most 500.
    items: Vec<Received>,
}

impl Inspector {
    fn keep(&self, account_id: AccountId, mut received: Received) {
        let mut accounts = self.0.lock();
        if accounts.len() >= ACCOUNTS_MAX && !accounts.contains_key(&account_id) {
            accounts.clear();
        }
        let kept = accounts.entry(account_id).or_default();
        kept.count += 1;
        received.number = kept.count;
        kept.bytes += received.body.len();
        kept.requests.push_front(received);
        while kept.requests.len() > REQUESTS_MAX || kept.bytes > ACCOUNT_BYTES_MAX {
            let Some(oldest) = kept.requests.pop_back() else { break };
            kept.bytes -= oldest.body.len();
        }
    }

    fn read(&self, account_id: AccountId) -> Vec<Received> {
        self.0.lock().get(&account_id).map(|kept| kept.requests.iter().cloned().collect()).unwrap_or_default()
    }

    fn clear(&self, account_id: AccountId) {
        if let Some(kept) = self.0.lock().get_mut(&account_id) {
            kept.requests.clear();
            kept.bytes = 0;
        }
    }
}

impl Web {
    /// The inspector URL of an account.
    pub fn inspector_url(&self, account_id: AccountId) -> String {
        let code = self.keys.code("inspector", account_id.bytes());
        let token = URL_SAFE_NO_PAD.encode([account_id.bytes().as_slice(), &code[..16]].concat());
        // Local: the demo's webhooks stay on this machine, whatever address people reach it by.
        format!("{}/inspector/{token}", self.settings.local_url)
    }

    fn inspected_account(&self, token: &str) -> Option<AccountId> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (id, code) = bytes.split_first_chunk::<16>()?;
        let right = self.keys.code("inspector", id);
        let same: bool = subtle::ConstantTimeEq::ct_eq(&right[..16], code).into();
        same.then(|| AccountId::from_bytes(*id))
    }
}

/// Receives anything, keeps it, answers 204. A browser that opens the address is shown what arrived instead.
pub async fn receive(
    State(web): State<Web>,
    At(path): At<Vec<(String, String)>>,
    request: Request,
) -> Result<Response, ApiError> {
    let part = |name: &str| path.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let token = part("token").unwrap_or_default();
    let account_id = web.inspected_account(token).ok_or_else(|| ApiError::not_found("inspector"))?;
    if request.method() == Method::GET && part("rest").is_none() && plain_page::is_wanted(request.headers()) {
        return Ok(inspector_page::show(&web.front.inspector.read(account_id)));
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX)
        .await
        .map_err(|_| ApiError::new(ProblemCode::BodyTooLong, "the inspector keeps bodies up to 1 MiB"))?;
    let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let headers = parts.headers.iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    web.front.inspector.keep(
        account_id,
        Received {
            number: 0,
            at: web.now().into(),
            method: parts.method.to_string(),
            path: format!("/{}{query}", part("rest").unwrap_or_default()),
            headers: headers.collect(),
            body: String::from_utf8_lossy(&body).into_owned(),
        },
    );
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Shows the account's inspector URL and what it received, the newest first.
#[utoipa::path(get, path = "/inspector", tag = "inspector", responses((status = 200, body = InspectorView), (status = "default", body = Problem)))]
pub async fn read(State(web): State<Web>, caller: Caller) -> Json<InspectorView> {
    let url = web.inspector_url(caller.account_id);
    Json(InspectorView { url, items: web.front.inspector.read(caller.account_id) })
}

/// Forgets what was received.
#[utoipa::path(delete, path = "/inspector", tag = "inspector", responses((status = 204), (status = "default", body = Problem)))]
pub async fn clear(State(web): State<Web>, caller: Caller) -> StatusCode {
    web.front.inspector.clear(caller.account_id);
    StatusCode::NO_CONTENT
}
