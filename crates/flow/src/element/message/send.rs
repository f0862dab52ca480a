//! Says a message: fills in its templates, numbers what can be pressed, and queues what the messenger will be asked to send.

use recado_model::{
    Button, ButtonAction, Part, Wait,
    limits::BUTTON_LABEL_CHARS_MAX,
    message::{Card, Choice},
    time::MINUTE_MS,
};
use serde_json::Value as Json;

use super::{
    CARDS_MAX,
    compile::{
        CompiledButton, CompiledButtonAction, CompiledCard, CompiledInput, CompiledMedia, CompiledMessage, CompiledPart,
    },
};
use crate::{
    convert,
    run::{Next, Walk},
    template::{Escape, Template},
    turn::Conversation,
};

/// Says the parts from `first` on, up to a question or the end.
pub(crate) fn say_from(talk: &mut Conversation<'_>, walk: &Walk, message: &CompiledMessage, first: usize) -> Next {
    if first == 0 {
        talk.contact.offer = None;
    }
    for (index, part) in message.parts.iter().enumerate().skip(first) {
        match part {
            CompiledPart::Text { text, buttons, quick_replies } => {
                let text = talk.render_tracked(walk, text);
                let mut choices = Vec::with_capacity(buttons.len() + quick_replies.len());
                let buttons = press_list(talk, walk, buttons, None, &mut choices);
                let quick_replies = press_list(talk, walk, quick_replies, None, &mut choices);
                if text.is_blank() && choices.is_empty() {
                    talk.log_at(walk, false, "empty_message", "the text rendered to nothing and was not sent");
                } else {
                    talk.send(walk, Part::Text { text, buttons, quick_replies, share: None, expects: None }, choices);
                }
            }
            CompiledPart::Media(media) => say_media(talk, walk, media),
            CompiledPart::Gallery { cards, items, quick_replies } => {
                say_gallery(talk, walk, cards, items.as_ref(), quick_replies);
            }
            CompiledPart::Delay { ms } => talk.send_at = talk.send_at + *ms,
            CompiledPart::Input(input) => {
                ask(talk, walk, input);
                let until = talk.now + i64::from(input.time_limit_min) * MINUTE_MS;
                return Next::Wait(Wait::Input { part: index as u16, tries_left: input.tries, until });
            }
        }
    }
    Next::out("next")
}

fn ask(talk: &mut Conversation<'_>, walk: &Walk, input: &CompiledInput) {
    let text = talk.render_tracked(walk, &input.prompt);
    if text.is_blank() && input.share.is_none() {
        talk.log_at(walk, false, "empty_message", "the question rendered to nothing and was not sent");
        return;
    }
    let expects = Some(input.check.kind().as_str().to_owned());
    let part = Part::Text { text, buttons: Vec::new(), quick_replies: Vec::new(), share: input.share, expects };
    talk.send(walk, part, Vec::new());
}

fn say_media(talk: &mut Conversation<'_>, walk: &Walk, media: &CompiledMedia) {
    let url = talk.render(walk, &media.url, Escape::Url);
    let caption = talk.render_tracked(walk, &media.caption);
    let name = media.name.as_ref().map(|name| talk.render(walk, name, Escape::Plain)).filter(|name| !name.is_empty());
    let mut choices = Vec::new();
    let buttons = press_list(talk, walk, &media.buttons, None, &mut choices);
    let quick_replies = press_list(talk, walk, &media.quick_replies, None, &mut choices);
    if convert::absolute_url(&url).is_none() {
        talk.log_at(walk, true, "bad_url", "the file's URL rendered to no absolute URL; the file was not sent");
        return;
    }
    talk.send(walk, Part::Media { media: media.media, url, caption, name, buttons, quick_replies }, choices);
}

fn say_gallery(
    talk: &mut Conversation<'_>,
    walk: &Walk,
    cards: &[CompiledCard],
    items: Option<&Template>,
    quick_replies: &[CompiledButton],
) {
    let mut choices = Vec::new();
    let mut said = Vec::new();
    match items {
        None => said.extend(cards.iter().filter_map(|card| say_card(talk, walk, card, None, &mut choices))),
        Some(items) => {
            let list = talk.value_of(walk, items);
            let (Json::Array(list), Some(card)) = (list, cards.first()) else {
                talk.log_at(walk, false, "not_a_list", "the gallery's variable is not a list; nothing was sent");
                return;
            };
            for item in list.iter().take(CARDS_MAX) {
                said.extend(say_card(talk, walk, card, Some(item), &mut choices));
            }
        }
    }
    if said.is_empty() {
        talk.log_at(walk, false, "empty_message", "the gallery has no cards and was not sent");
        return;
    }
    let quick_replies = press_list(talk, walk, quick_replies, None, &mut choices);
    talk.send(walk, Part::Gallery { cards: said, quick_replies }, choices);
}

fn say_card(
    talk: &mut Conversation<'_>,
    walk: &Walk,
    card: &CompiledCard,
    item: Option<&Json>,
    choices: &mut Vec<Choice>,
) -> Option<Card> {
    let title = talk.render_with(walk, &card.title, Escape::Plain, item);
    if title.trim().is_empty() {
        talk.log_at(walk, false, "empty_message", "a card's title rendered to nothing; the card was left out");
        return None;
    }
    let subtitle = talk.render_with(walk, &card.subtitle, Escape::Plain, item);
    let image = card.image.as_ref().map(|image| talk.render_with(walk, image, Escape::Url, item));
    let image = image.filter(|image| convert::absolute_url(image).is_some());
    let buttons = press_list(talk, walk, &card.buttons, item, choices);
    Some(Card { title, subtitle, image, buttons })
}

fn press_list(
    talk: &mut Conversation<'_>,
    walk: &Walk,
    buttons: &[CompiledButton],
    item: Option<&Json>,
    choices: &mut Vec<Choice>,
) -> Vec<Button> {
    let mut shown = Vec::with_capacity(buttons.len());
    for button in buttons {
        let label = talk.render_with(walk, &button.label, Escape::Plain, item);
        let label: String = label.trim().chars().take(BUTTON_LABEL_CHARS_MAX).collect();
        let label = if label.is_empty() { "…".to_owned() } else { label };
        let action = match &button.action {
            CompiledButtonAction::Press => ButtonAction::Press,
            CompiledButtonAction::Phone(phone) => {
                ButtonAction::Phone { phone: talk.render_with(walk, phone, Escape::Plain, item) }
            }
            CompiledButtonAction::Link(url) => {
                let url = talk.render_with(walk, url, Escape::Url, item);
                if convert::absolute_url(&url).is_none() {
                    talk.log_at(
                        walk,
                        true,
                        "bad_url",
                        format!("the button `{label}` leads to no absolute URL and was left out"),
                    );
                    continue;
                }
                ButtonAction::Link { url: talk.track(walk, url, &label) }
            }
            CompiledButtonAction::Payment { title, amount, currency } => {
                let title = talk.render_with(walk, title, Escape::Plain, item).chars().take(32).collect();
                ButtonAction::Payment { title, amount: *amount, currency: currency.clone() }
            }
        };
        choices.push(Choice { label: label.clone(), output: button.output.clone() });
        shown.push(Button { label, action });
    }
    shown
}
