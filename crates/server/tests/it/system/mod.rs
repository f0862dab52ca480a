//! The real binary, as a process of its own, driven over HTTP: killed, starved, lied to, and watched.
//!
//! The cast: [`harness`] starts, stops and kills the process; [`api`] is the bot maker; [`visitor`] is a person at the web chat;
//! [`counting`] is a bot whose every effect can be counted. Nothing here waits for time to
//! pass: each wait looks for something that can be seen, and says what was missing when it does not come.

mod api;
mod bad_input;
mod behind;
mod command_line;
mod company;
mod counting;
mod demo;
mod disk;
mod doors;
mod end_to_end;
mod files;
mod graceful;
mod harness;
mod kill;
mod links;
mod listen;
mod lost_key;
mod neighbours;
mod secrets;
mod starved;
mod synced;
mod telegram;
mod telegram_files;
mod telegram_foreign;
mod telegram_sending;
mod visitor;
