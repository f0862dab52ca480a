//! The HTTP front, over a whole server in this process: its own inspector is the receiver.

mod account;
mod chat;
mod clock_jumps;
mod contacts;
mod conventions;
mod crowds;
mod document;
mod flows;
mod inspector;
mod notifications;
mod server;
mod telegram;
mod tenants;
mod unreadable;
mod webhooks;
