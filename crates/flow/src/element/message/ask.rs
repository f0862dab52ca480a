//! Handles the reply to a question.

use recado_model::{Part, Value, ValueType, Wait};

use super::{
    compile::{CompiledInput, CompiledMessage},
    send::say_from,
};
use crate::{
    calendar,
    convert::Reading,
    reply::Reply,
    run::{Next, Walk},
    turn::Conversation,
};

/// Takes a reply: a good one is saved and the message goes on after the question; a bad one is a try.
pub(crate) fn answered(talk: &mut Conversation<'_>, walk: &Walk, message: &CompiledMessage, reply: &Reply<'_>) -> Next {
    let Wait::Input { part, tries_left, until } = walk.run.wait else { return Next::out("next") };
    let Some(input) = message.input(part) else {
        return Next::Fail { code: "input_gone", text: "the element has this question no more".to_owned() };
    };
    let country = talk.contact.profile.country.clone();
    let link = reply.attachments.first().and_then(|file| (talk.view.file_link)(file));
    let reply = &Reply { link: link.as_deref(), ..*reply };
    let read = input.check.read(reply, Reading { zone: &talk.zone, country: country.as_deref() });
    match read {
        Ok(value) => {
            keep(talk, walk, input, value);
            say_from(talk, walk, message, usize::from(part) + 1)
        }
        Err(error) => {
            talk.log_at(walk, false, "bad_reply", error.to_string());
            let tries_left = tries_left.saturating_sub(1);
            if tries_left == 0 {
                return Next::out("failed");
            }
            let text = talk.render_tracked(walk, &input.error_text);
            if !text.is_blank() {
                let expects = Some(input.check.kind().as_str().to_owned());
                let part =
                    Part::Text { text, buttons: Vec::new(), quick_replies: Vec::new(), share: input.share, expects };
                talk.send(walk, part, Vec::new());
            }
            Next::Wait(Wait::Input { part, tries_left, until })
        }
    }
}

fn keep(talk: &mut Conversation<'_>, walk: &Walk, input: &CompiledInput, value: Value) {
    match (input.check.kind().value_type(), &value) {
        (ValueType::Phone, Value::Phone(phone)) => {
            talk.contact.profile.phone = Some(phone.clone());
            talk.zone = calendar::zone_of(&talk.contact, talk.view.account);
        }
        (ValueType::Email, Value::Email(email)) => talk.contact.profile.email = Some(email.clone()),
        (_, _) => {}
    }
    if let Some(name) = &input.save_to {
        let kind = value.kind();
        talk.set_value(walk, name, value, Some(kind));
    }
}
