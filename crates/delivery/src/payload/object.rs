//! The event object.

use recado_model::{
    Bot, DateUnit, Event, EventInfo, EventKind, PayloadProfile, Service, UnixMs,
    event::{AttachmentLink, ContactSnapshot},
    message::{MediaKind, SentBy},
};
use serde_json::Value as Json;

use super::{
    DATA_BYTES_MAX, channel_message,
    json::{Writer, json_bytes, text_bytes, value_bytes},
};

/// Characters that a text of the profile keeps in an object that would be too large.
const TIGHT_CHARS_MAX: usize = 1_024;

/// What does not fit and is left out.
#[derive(Default)]
struct LeftOut<'a> {
    variables: Vec<&'a str>,
    fields: Vec<&'a str>,
    message: bool,
    /// Texts of the profile are cut.
    tight: bool,
}

impl LeftOut<'_> {
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.variables.iter().map(|name| format!("variables.{name}")).collect();
        names.extend(self.fields.iter().map(|name| format!("info.fields.{name}")));
        if self.message {
            names.push("info.message.channel_data.message".to_owned());
        }
        if self.tight {
            names.push("long texts".to_owned());
        }
        names
    }
}

/// One thing that may be left out, and what that saves.
enum Piece<'a> {
    Variable(&'a str),
    Field(&'a str),
    Message,
}

/// The event as a JSON object in the documented keys and order, at most [`DATA_BYTES_MAX`] long.
pub fn event_object(event: &Event, bot: &Bot, profile: PayloadProfile, unit: DateUnit) -> Vec<u8> {
    let encoder = Encoder { event, bot, profile, unit };
    let mut left_out = LeftOut::default();
    let data = encoder.encode(&left_out);
    if data.len() <= DATA_BYTES_MAX {
        return data;
    }
    encoder.leave_out_the_largest(data.len(), &mut left_out);
    let data = encoder.encode(&left_out);
    if data.len() <= DATA_BYTES_MAX {
        return data;
    }
    left_out.tight = true;
    encoder.encode(&left_out)
}

struct Encoder<'a> {
    event: &'a Event,
    bot: &'a Bot,
    profile: PayloadProfile,
    unit: DateUnit,
}

impl<'a> Encoder<'a> {
    fn adds_keys(&self) -> bool {
        self.profile == PayloadProfile::Recado
    }

    fn is_flow(&self) -> bool {
        self.event.kind == EventKind::FlowWebhook
    }

    fn encode(&self, left_out: &LeftOut<'_>) -> Vec<u8> {
        let mut out = Writer::with_capacity(1_024);
        out.open();
        self.info(&mut out, left_out);
        out.text("service", self.bot.service.as_str());
        out.text("title", cut(&self.event.title, left_out.tight));
        self.bot(&mut out, left_out.tight);
        let flat_only = self.is_flow() && !self.adds_keys();
        out.key("contact");
        out.open();
        if flat_only {
            self.documented_flow_contact(&mut out, left_out);
        } else {
            self.contact(&mut out, left_out);
        }
        out.close();
        out.number("date", self.moment(self.event.at));
        if self.adds_keys() {
            out.plain("id", &self.event.id);
        }
        let names = left_out.names();
        if !names.is_empty() {
            out.texts("left_out", &names);
        }
        out.close();
        out.into_bytes()
    }

    /// Fills `left_out` with the largest pieces until what remains of `bytes` fits.
    fn leave_out_the_largest(&self, bytes: usize, left_out: &mut LeftOut<'a>) {
        let copies = if self.is_flow() && self.adds_keys() { 2 } else { 1 };
        let mut pieces: Vec<(usize, Piece<'a>)> = self
            .event
            .contact
            .variables
            .iter()
            .map(|(name, value)| ((value_bytes(value) + text_bytes(name)) * copies, Piece::Variable(name)))
            .collect();
        match &self.event.info {
            EventInfo::Fields { fields } => {
                pieces.extend(fields.iter().map(|(name, value)| (text_bytes(value), Piece::Field(name))));
            }
            EventInfo::Message { message, .. } => pieces.push((json_bytes(message), Piece::Message)),
            EventInfo::None
            | EventInfo::CustomFlow { .. }
            | EventInfo::Link { .. }
            | EventInfo::FailedDelivery { .. } => {}
        }
        pieces.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
        // Each name in the list of what was left out takes some bytes again.
        let mut remaining = bytes + 64;
        for (size, piece) in pieces {
            if remaining <= DATA_BYTES_MAX {
                break;
            }
            let name = match piece {
                Piece::Variable(name) => {
                    left_out.variables.push(name);
                    name
                }
                Piece::Field(name) => {
                    left_out.fields.push(name);
                    name
                }
                Piece::Message => {
                    left_out.message = true;
                    ""
                }
            };
            remaining = (remaining + text_bytes(name) + 40).saturating_sub(size);
        }
    }

    fn moment(&self, at: UnixMs) -> i64 {
        match self.unit {
            DateUnit::Milliseconds => at.0,
            DateUnit::Seconds => at.seconds(),
        }
    }

    fn bot(&self, out: &mut Writer, tight: bool) {
        let bot = self.bot;
        out.key("bot");
        out.open();
        out.text("url", cut(&bot.url, tight));
        match bot.external_id.parse::<i64>() {
            Ok(number) if bot.service == Service::Telegram => out.number("external_id", number),
            Ok(_) | Err(_) => out.text("external_id", &bot.external_id),
        }
        out.plain("id", &bot.id);
        out.text("name", cut(&bot.name, tight));
        if self.adds_keys() {
            out.text("channel", bot.service.channel());
            out.text_if("photo", bot.photo.as_deref().map(|photo| cut(photo, tight)));
        }
        out.close();
    }

    fn phone(&self, contact: &'a ContactSnapshot) -> Option<&'a str> {
        let phone = contact.profile.phone.as_deref()?;
        Some(if self.bot.service == Service::Whatsapp { phone.trim_start_matches('+') } else { phone })
    }

    fn contact(&self, out: &mut Writer, left_out: &LeftOut<'_>) {
        let contact = &self.event.contact;
        let profile = &contact.profile;
        let known = |text: &'a Option<String>| text.as_deref().map(|text| cut(text, left_out.tight));
        out.text_if("username", known(&profile.username));
        out.text("name", cut(&profile.name, left_out.tight));
        out.texts("tags", &contact.tags);
        out.text("last_message", cut(&contact.last_message, left_out.tight));
        out.text_or_null("photo", known(&profile.photo));
        out.key("variables");
        out.open();
        self.variables(out, left_out, false);
        out.close();
        out.plain("id", &contact.id);
        out.text_if("phone", self.phone(contact));
        out.text_if("email", known(&profile.email));
        if self.adds_keys() {
            if self.bot.service == Service::Telegram {
                out.text("telegram_id", &contact.identity);
            }
            out.text_if("birthday", known(&profile.birthday));
            out.text_if("city", known(&profile.city));
            out.text_if("country", known(&profile.country));
            out.text_if("language", known(&profile.language));
            if self.is_flow() {
                self.variables(out, left_out, true);
            }
        }
    }

    /// The contact of the documented flow webhook: variables flat, and no object of them.
    fn documented_flow_contact(&self, out: &mut Writer, left_out: &LeftOut<'_>) {
        let contact = &self.event.contact;
        let profile = &contact.profile;
        let known = |text: &'a Option<String>| text.as_deref().map(|text| cut(text, left_out.tight));
        self.variables(out, left_out, true);
        out.text_if("email", known(&profile.email));
        out.text_if("phone", self.phone(contact));
        out.text("last_message", cut(&contact.last_message, left_out.tight));
        out.text_or_null("photo", known(&profile.photo));
        out.texts("tags", &contact.tags);
        out.plain("id", &contact.id);
        out.text("name", cut(&profile.name, left_out.tight));
        out.text_if("username", known(&profile.username));
    }

    fn variables(&self, out: &mut Writer, left_out: &LeftOut<'_>, flat: bool) {
        for (name, value) in &self.event.contact.variables {
            let is_out = left_out.variables.contains(&name.as_str()) || (flat && self.is_fixed_key(name));
            if !is_out {
                out.value(name, value);
            }
        }
    }

    /// Whether `contact` has a fixed key of this name, which wins over a flat variable.
    fn is_fixed_key(&self, name: &str) -> bool {
        let profile = &self.event.contact.profile;
        match name {
            "name" | "tags" | "last_message" | "photo" | "id" => true,
            "username" => profile.username.is_some(),
            "phone" => profile.phone.is_some(),
            "email" => profile.email.is_some(),
            "variables" => self.adds_keys(),
            "telegram_id" => self.adds_keys() && self.bot.service == Service::Telegram,
            "birthday" => self.adds_keys() && profile.birthday.is_some(),
            "city" => self.adds_keys() && profile.city.is_some(),
            "country" => self.adds_keys() && profile.country.is_some(),
            "language" => self.adds_keys() && profile.language.is_some(),
            _ => false,
        }
    }

    fn info(&self, out: &mut Writer, left_out: &LeftOut<'_>) {
        match &self.event.info {
            EventInfo::Message { id, message, message_id, chat_id, sent_by, attachments } => {
                out.key("info");
                out.open();
                out.key("message");
                out.open();
                if self.adds_keys() {
                    out.plain("id", id);
                }
                let message = if left_out.message { &Json::Null } else { message };
                self.channel_data(out, message, message_id, chat_id);
                if !self.adds_keys() {
                    // The documented examples have the id last.
                    out.plain("id", id);
                }
                if self.adds_keys() && !attachments.is_empty() {
                    out.key("attachments");
                    out.array(attachments, attachment);
                }
                out.close();
                if let Some(sent_by) = sent_by {
                    person(out, sent_by);
                }
                out.close();
            }
            EventInfo::FailedDelivery { at, error_code, error_message, message_id } => {
                out.key("info");
                out.open();
                out.number("timestamp", self.moment(*at));
                out.text("error_code", cut(error_code, left_out.tight));
                out.text("error_message", cut(error_message, left_out.tight));
                out.plain("message_id", message_id);
                out.close();
            }
            EventInfo::Fields { fields } if self.adds_keys() => {
                out.key("info");
                out.open();
                out.key("fields");
                out.open();
                for (name, value) in fields.iter().filter(|(name, _)| !left_out.fields.contains(&name.as_str())) {
                    out.text(name, value);
                }
                out.close();
                out.close();
            }
            EventInfo::CustomFlow { .. } | EventInfo::Link { .. } if self.adds_keys() => {
                self.flow_or_link(out, left_out.tight);
            }
            EventInfo::None | EventInfo::Fields { .. } | EventInfo::CustomFlow { .. } | EventInfo::Link { .. } => {
                out.null("info");
            }
        }
    }

    fn channel_data(&self, out: &mut Writer, message: &Json, message_id: &Json, chat_id: &Json) {
        out.key("channel_data");
        out.open();
        channel_message::write(out, message, self.bot.service, self.event.kind, self.profile);
        out.json("message_id", message_id);
        if !chat_id.is_null() {
            out.json("chat_id", chat_id);
        }
        out.close();
    }

    fn flow_or_link(&self, out: &mut Writer, tight: bool) {
        out.key("info");
        out.open();
        match &self.event.info {
            EventInfo::CustomFlow { flow_id, flow_name, trigger, keyword } => {
                flow(out, flow_id, flow_name);
                out.key("trigger");
                out.open();
                out.text("type", trigger);
                out.text_or_null("keyword", keyword.as_deref());
                out.close();
            }
            EventInfo::Link { url, text, element, flow_id, flow_name } => {
                out.key("link");
                out.open();
                out.text("url", cut(url, tight));
                out.text("text", cut(text, tight));
                out.close();
                out.key("element");
                out.open();
                out.text("id", element.as_str());
                // Only messages carry links.
                out.text("type", "message");
                out.close();
                flow(out, flow_id, flow_name);
            }
            EventInfo::None
            | EventInfo::Fields { .. }
            | EventInfo::Message { .. }
            | EventInfo::FailedDelivery { .. } => {}
        }
        out.close();
    }
}

fn flow(out: &mut Writer, id: &recado_model::FlowId, name: &str) {
    out.key("flow");
    out.open();
    out.plain("id", id);
    out.text("name", name);
    out.close();
}

fn person(out: &mut Writer, sent_by: &SentBy) {
    out.key("sent_by");
    out.open();
    out.text("firstname", &sent_by.firstname);
    out.text("lastname", &sent_by.lastname);
    out.text("email", &sent_by.email);
    out.close();
}

fn attachment(out: &mut Writer, link: &AttachmentLink) {
    out.open();
    let kind = match link.media {
        MediaKind::Image => "image",
        MediaKind::Video => "video",
        MediaKind::Audio => "audio",
        MediaKind::File => "file",
    };
    out.text("type", kind);
    out.text("url", &link.url);
    out.text_if("name", link.name.as_deref());
    out.text_if("mime", link.mime.as_deref());
    out.close();
}

fn cut(text: &str, tight: bool) -> &str {
    if !tight {
        return text;
    }
    text.char_indices().nth(TIGHT_CHARS_MAX).map_or(text, |(end, _)| &text[..end])
}
