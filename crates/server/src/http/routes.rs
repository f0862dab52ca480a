//! All routes in one place.

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    routing::{any, get, post},
};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Web, account, bots, chat, chats, connect, contacts, deliveries, events, export, files, flow_test, flows, folders,
    health, idempotency, import, inspector, layers, links, names, notes, notifications, operations, plain_page,
    profile, publish, replies, request_test, segments, session, sessions, system, telegram, triggers, variables,
    versions, waiting, web_app, webhook_actions, webhook_health, webhook_test, webhooks,
};
use crate::{openapi, state::App};

/// Everything the server answers.
pub fn router(app: App) -> Router {
    health::recorder();
    let web = Web::new(app);
    let (api, _) = api().split_for_parts();
    let (uploads, _) = uploads().split_for_parts();
    let to_the_end = from_fn_with_state(web.clone(), layers::to_the_end);
    let api = api
        .layer(from_fn_with_state(web.clone(), idempotency::once))
        .layer(to_the_end.clone())
        .layer(from_fn(layers::whole_body));
    let uploads = uploads.layer(from_fn_with_state(web.clone(), idempotency::once_with_file)).layer(to_the_end.clone());
    let (tables, _) = tables().split_for_parts();
    let tables = tables.layer(to_the_end);
    let (visitors, _) = visitors().split_for_parts();
    Router::new()
        .merge(api)
        .merge(uploads)
        .merge(tables)
        .merge(visitors)
        .merge(plain())
        .merge(openapi::pages())
        .fallback(web_app::page)
        .method_not_allowed_fallback(layers::wrong_method)
        .layer(from_fn(layers::any_origin))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(web.clone(), layers::surround))
        .with_state(web)
}

/// The description of every call, without a server behind it.
pub fn document() -> OpenApi {
    let (_, mut document) = api().split_for_parts();
    document.merge(uploads().into_openapi());
    document.merge(tables().into_openapi());
    document.merge(visitors().into_openapi());
    openapi::complete(document)
}

fn api() -> OpenApiRouter<Web> {
    let calls = OpenApiRouter::new()
        .merge(setup())
        .merge(webhook_calls())
        .merge(flow_calls())
        .merge(contact_calls())
        .routes(routes!(events::list))
        .routes(routes!(events::live))
        .routes(routes!(events::read))
        .routes(routes!(inspector::read, inspector::clear));
    OpenApiRouter::with_openapi(openapi::frame()).nest("/api/v1", calls)
}

/// Calls whose body is a file, longer than the others may be.
fn uploads() -> OpenApiRouter<Web> {
    OpenApiRouter::new().nest("/api/v1", OpenApiRouter::new().routes(routes!(files::upload)))
}

/// Calls that read a table row by row. The same table again does no harm, so they need no `Idempotency-Key`.
fn tables() -> OpenApiRouter<Web> {
    OpenApiRouter::new().nest("/api/v1", OpenApiRouter::new().routes(routes!(import::contacts)))
}

fn setup() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(session::setup_state, session::set_up))
        .routes(routes!(session::read, session::sign_in, session::change, session::sign_out))
        .routes(routes!(sessions::list, sessions::end_others))
        .routes(routes!(sessions::end))
        .routes(routes!(system::read))
        .routes(routes!(account::read, account::change))
        .routes(routes!(account::members))
        .routes(routes!(account::tokens, account::create_token))
        .routes(routes!(account::delete_token))
        .routes(routes!(bots::list, bots::create))
        .routes(routes!(bots::read, bots::change, bots::delete))
        .routes(routes!(connect::connect))
        .routes(routes!(bots::log))
        .routes(routes!(bots::statistics))
        .routes(routes!(notifications::list))
        .routes(routes!(notifications::read))
        .routes(routes!(variables::list, variables::set))
        .routes(routes!(names::rename_variable, names::delete_variable))
        .routes(routes!(variables::tags))
        .routes(routes!(names::rename_tag, names::delete_tag))
        .routes(routes!(triggers::list, triggers::create))
        .routes(routes!(triggers::read, triggers::change, triggers::delete))
        .routes(routes!(triggers::find))
}

fn webhook_calls() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::read, webhooks::change, webhooks::delete))
        .routes(routes!(webhook_actions::secret))
        .routes(routes!(webhook_health::health))
        .routes(routes!(webhook_actions::rotate))
        .routes(routes!(webhook_actions::pause))
        .routes(routes!(webhook_actions::resume))
        .routes(routes!(webhook_test::send))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::read))
        .routes(routes!(deliveries::attempts))
        .routes(routes!(deliveries::retry))
        .routes(routes!(deliveries::cancel))
        .routes(routes!(deliveries::curl))
}

fn flow_calls() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(flows::list, flows::create))
        .routes(routes!(flows::import))
        .routes(routes!(folders::rename))
        .routes(routes!(flows::read, flows::change, flows::delete))
        .routes(routes!(flows::save_draft))
        .routes(routes!(flows::check))
        .routes(routes!(versions::list))
        .routes(routes!(versions::read))
        .routes(routes!(flows::statistics))
        .routes(routes!(waiting::list))
        .routes(routes!(flows::export))
        .routes(routes!(publish::publish))
        .routes(routes!(publish::run))
        .routes(routes!(flow_test::attempt))
        .routes(routes!(request_test::attempt))
}

fn contact_calls() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(contacts::list))
        .routes(routes!(contacts::read, profile::change, contacts::erase))
        .routes(routes!(export::contacts))
        .routes(routes!(notes::list, notes::create))
        .routes(routes!(notes::change, notes::delete))
        .routes(routes!(segments::list, segments::create, segments::replace, segments::delete))
        .routes(routes!(replies::list, replies::create, replies::replace, replies::delete))
        .routes(routes!(contacts::messages))
        .routes(routes!(contacts::runs))
        .routes(routes!(operations::stop_run))
        .routes(routes!(operations::set_variables))
        .routes(routes!(operations::set_tags))
        .routes(routes!(operations::unsubscribe))
        .routes(routes!(operations::subscribe))
        .routes(routes!(operations::disable))
        .routes(routes!(operations::open_chat))
        .routes(routes!(operations::assign))
        .routes(routes!(operations::close_chat))
        .routes(routes!(operations::pause))
        .routes(routes!(operations::resume))
        .routes(routes!(operations::say))
        .routes(routes!(chats::list))
        .routes(routes!(chats::read))
}

fn visitors() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(chat::session::open))
        .routes(routes!(chat::messages::post, chat::messages::list))
        .layer(from_fn(layers::whole_body))
        .routes(routes!(chat::events::follow))
        .routes(routes!(chat::upload::post))
}

fn plain() -> Router<Web> {
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics_page))
        .route("/l/{token}", get(links::follow))
        .route("/hooks/telegram/{bot_id}", post(telegram::hook))
        .route("/files/{file_id}", get(files::download))
        .route("/files/telegram/{bot_id}/{file_id}", get(files::download_remote))
        .route("/inspector/{token}", any(inspector::receive))
        .route("/inspector/{token}/{*rest}", any(inspector::receive))
        .route("/chat/{bot_id}", get(chat::page::page))
        .route("/chat.js", get(chat::page::bubble))
        .route("/assets/page.css", get(plain_page::style))
        .route("/assets/chat.css", get(chat::page::style))
        .route("/assets/chat-page.js", get(chat::page::script))
        .route("/assets/{*path}", get(web_app::asset))
}
