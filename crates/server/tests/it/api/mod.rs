//! The HTTP front, over a whole server in this process: its own inspector is the receiver.

mod account;
mod chat;
mod chats;
mod clock_jumps;
mod contacts;
pub(crate) mod contract;
mod conventions;
mod crowds;
mod document;
mod flow_test;
mod flows;
mod gone;
mod import;
mod inspector;
mod kept_webhooks;
mod moved_webhooks;
mod notifications;
mod request_test;
mod server;
mod session;
mod switched_off;
mod team;
mod telegram;
mod tenants;
mod unreadable;
mod web_app;
mod webhooks;
