//! The seven elements, one file each: its part of the document, its validation, its step.

pub mod action;
pub mod api_request;
pub mod filter;
pub mod flow;
pub mod message;
pub mod pause;
pub mod randomizer;
