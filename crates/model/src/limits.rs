//! A limit on everything, with a name and a unit.

use serde::{Deserialize, Serialize};

/// Elements a run may pass in one turn; past it the run ends with an error event.
pub const ELEMENTS_A_TURN_MAX: usize = 100;
/// Elements of one flow.
pub const ELEMENTS_A_FLOW_MAX: usize = 500;
/// Bytes that one template may render to.
pub const RENDERED_BYTES_MAX: usize = 64 * 1024;
/// Calls inside calls.
pub const FLOW_DEPTH_MAX: usize = 16;
/// Runs of one contact, all of them.
pub const RUNS_A_CONTACT_MAX: usize = 50;
/// Texts that wait for an API answer.
pub const QUEUED_TEXTS_MAX: usize = 20;
/// Inputs held while automation is paused; past it the oldest goes.
pub const HELD_INPUTS_MAX: usize = 100;
/// Variables of one contact.
pub const VARIABLES_MAX: usize = 200;
/// Bytes of one value.
pub const VALUE_BYTES_MAX: usize = 8 * 1024;
/// Characters of a variable's name.
pub const VARIABLE_NAME_CHARS_MAX: usize = 64;
/// Characters of the name of a folder of flows.
pub const FOLDER_NAME_CHARS_MAX: usize = 64;
/// Tags of one contact.
pub const TAGS_MAX: usize = 100;
/// Characters of a tag.
pub const TAG_CHARS_MAX: usize = 32;
/// Characters of a keyword.
pub const KEYWORD_CHARS_MAX: usize = 32;
/// Characters of a button's label.
pub const BUTTON_LABEL_CHARS_MAX: usize = 20;
/// Buttons of one message part.
pub const BUTTONS_MAX: usize = 10;
/// Quick replies of one message.
pub const QUICK_REPLIES_MAX: usize = 11;
/// Characters of a webhook's title.
pub const WEBHOOK_TITLE_CHARS_MAX: usize = 128;
/// Bytes of a webhook's body.
pub const WEBHOOK_BODY_BYTES_MAX: usize = 256 * 1024;
/// Deliveries of one webhook that may be pending; past it the webhook is behind and makes no more until half of them are worked off.
pub const WEBHOOK_PENDING_MAX: u64 = 100_000;
/// Bytes of a URL.
pub const URL_BYTES_MAX: usize = 2_048;
/// Characters of a text that a user input takes.
pub const INPUT_TEXT_CHARS_MAX: usize = 255;
/// Characters of a regular expression.
pub const REGEX_CHARS_MAX: usize = 256;
/// Bytes of a text that a contact may send in one message.
pub const INBOUND_TEXT_BYTES_MAX: usize = 16 * 1024;
/// Bytes of an API answer that are read.
pub const API_ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Characters of a value saved from an API answer.
pub const SAVED_VALUE_CHARS_MAX: usize = 1_024;
/// Bytes of an uploaded file.
pub const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;

/// What one channel can carry. `validate` warns by the same numbers that `render` splits by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelLimits {
    /// Characters of a text message; longer texts are split at sentence ends.
    pub text_chars_max: usize,
    /// Characters of a caption.
    pub caption_chars_max: usize,
    /// Buttons under one message.
    pub buttons_max: usize,
    /// Quick replies of one message.
    pub quick_replies_max: usize,
    /// Characters of a label.
    pub label_chars_max: usize,
    /// The channel can ask for the phone number with one tap.
    pub shares_phone: bool,
    /// The channel can ask for the location with one tap.
    pub shares_location: bool,
    /// The channel can take payments.
    pub takes_payments: bool,
    /// Hours after the contact's last message in which the bot may write, where the messenger limits that.
    pub window_hours: Option<u32>,
}
