//! Checks a message and parses its templates once, so that saying it later only fills them in.

use std::collections::BTreeSet;

use recado_model::{
    limits::{BUTTON_LABEL_CHARS_MAX, BUTTONS_MAX, QUICK_REPLIES_MAX, VARIABLE_NAME_CHARS_MAX},
    message::{MediaKind, Share},
};

use super::{
    CARDS_MAX, DELAY_S_MAX, GalleryCard, InputPart, Media, MessageButton, MessageButtonAction, MessageElement,
    MessagePart, PARTS_MAX, QuickReply, TIME_LIMIT_MIN_MAX, TRIES_MAX,
};
use crate::{markup::Markup, mistake::FlowMistake, reply::ReplyCheck, template::Template, validate::Checker};

/// A message that is ready to be said.
#[derive(Debug)]
pub(crate) struct CompiledMessage {
    pub(crate) parts: Vec<CompiledPart>,
}

#[derive(Debug)]
pub(crate) enum CompiledPart {
    Text { text: Markup, buttons: Vec<CompiledButton>, quick_replies: Vec<CompiledButton> },
    Media(Box<CompiledMedia>),
    Gallery { cards: Vec<CompiledCard>, items: Option<Template>, quick_replies: Vec<CompiledButton> },
    Delay { ms: i64 },
    Input(Box<CompiledInput>),
}

#[derive(Debug)]
pub(crate) struct CompiledMedia {
    pub(crate) media: MediaKind,
    pub(crate) url: Template,
    pub(crate) caption: Markup,
    pub(crate) name: Option<Template>,
    pub(crate) buttons: Vec<CompiledButton>,
    pub(crate) quick_replies: Vec<CompiledButton>,
}

#[derive(Debug)]
pub(crate) struct CompiledCard {
    pub(crate) title: Template,
    pub(crate) subtitle: Template,
    pub(crate) image: Option<Template>,
    pub(crate) buttons: Vec<CompiledButton>,
}

#[derive(Debug)]
pub(crate) struct CompiledButton {
    pub(crate) label: Template,
    pub(crate) action: CompiledButtonAction,
    pub(crate) output: Option<String>,
}

#[derive(Debug)]
pub(crate) enum CompiledButtonAction {
    Press,
    Link(Template),
    Phone(Template),
    Payment { title: Template, amount: i64, currency: String },
}

#[derive(Debug)]
pub(crate) struct CompiledInput {
    pub(crate) prompt: Markup,
    pub(crate) check: ReplyCheck,
    pub(crate) save_to: Option<String>,
    pub(crate) tries: u8,
    pub(crate) error_text: Markup,
    pub(crate) time_limit_min: u32,
    pub(crate) share: Option<Share>,
}

impl CompiledMessage {
    /// The input at a part, if there is one.
    pub(crate) fn input(&self, part: u16) -> Option<&CompiledInput> {
        match self.parts.get(usize::from(part)) {
            Some(CompiledPart::Input(input)) => Some(input),
            Some(
                CompiledPart::Text { .. }
                | CompiledPart::Media(_)
                | CompiledPart::Gallery { .. }
                | CompiledPart::Delay { .. },
            )
            | None => None,
        }
    }
}

pub(crate) fn compile(element: &MessageElement, checker: &mut Checker<'_>) -> CompiledMessage {
    if !(1..=PARTS_MAX).contains(&element.parts.len()) {
        checker.error("parts", FlowMistake::PartCount { max: PARTS_MAX });
    }
    if element.parts.iter().all(|part| matches!(part, MessagePart::Delay { .. })) && !element.parts.is_empty() {
        checker.error("parts", FlowMistake::SaysNothing {});
    }
    let buttons = element.parts.iter().flat_map(MessagePart::buttons).map(|button| button.id.as_str());
    let replies = element.parts.iter().flat_map(MessagePart::quick_replies).map(|reply| reply.id.as_str());
    checker.part_ids("parts", buttons.chain(replies).collect::<Vec<_>>().into_iter());
    let parts = element.parts.iter().enumerate();
    CompiledMessage {
        parts: parts.filter_map(|(index, part)| compile_part(&format!("parts[{index}]"), part, checker)).collect(),
    }
}

fn compile_part(at: &str, part: &MessagePart, checker: &mut Checker<'_>) -> Option<CompiledPart> {
    match part {
        MessagePart::Text { text, buttons, quick_replies } => {
            if text.trim().is_empty() {
                checker.error(format!("{at}.text"), FlowMistake::EmptyText {});
            }
            let limit = checker.context.limits.text_chars_max;
            if text.chars().count() > limit {
                checker.warning(format!("{at}.text"), FlowMistake::LongText { max: limit });
            }
            let buttons = compile_buttons(&format!("{at}.buttons"), buttons, checker);
            let quick_replies = compile_replies(&format!("{at}.quick_replies"), quick_replies, checker);
            Some(CompiledPart::Text { text: checker.markup(&format!("{at}.text"), text)?, buttons, quick_replies })
        }
        MessagePart::Image(media) => compile_media(at, media, MediaKind::Image, checker),
        MessagePart::Video(media) => compile_media(at, media, MediaKind::Video, checker),
        MessagePart::Audio(media) => compile_media(at, media, MediaKind::Audio, checker),
        MessagePart::File(media) => compile_media(at, media, MediaKind::File, checker),
        MessagePart::Gallery { cards, items, quick_replies } => {
            compile_gallery(at, cards, items.as_deref(), quick_replies, checker)
        }
        MessagePart::Delay { seconds } => {
            if *seconds > DELAY_S_MAX {
                checker.error(format!("{at}.seconds"), FlowMistake::DelayRange { max: DELAY_S_MAX });
            }
            Some(CompiledPart::Delay { ms: i64::from(*seconds) * 1_000 })
        }
        MessagePart::Input(input) => compile_input(at, input, checker),
    }
}

fn compile_media(at: &str, media: &Media, kind: MediaKind, checker: &mut Checker<'_>) -> Option<CompiledPart> {
    let limit = checker.context.limits.caption_chars_max;
    if media.caption.chars().count() > limit {
        checker.warning(format!("{at}.caption"), FlowMistake::LongCaption { max: limit });
    }
    let buttons = compile_buttons(&format!("{at}.buttons"), &media.buttons, checker);
    let quick_replies = compile_replies(&format!("{at}.quick_replies"), &media.quick_replies, checker);
    let name = media.name.as_ref().and_then(|name| checker.template(&format!("{at}.name"), name));
    let caption = checker.markup(&format!("{at}.caption"), &media.caption);
    let url = checker.address(&format!("{at}.url"), &media.url)?;
    Some(CompiledPart::Media(Box::new(CompiledMedia {
        media: kind,
        url,
        caption: caption?,
        name,
        buttons,
        quick_replies,
    })))
}

fn compile_gallery(
    at: &str,
    cards: &[GalleryCard],
    items: Option<&str>,
    quick_replies: &[QuickReply],
    checker: &mut Checker<'_>,
) -> Option<CompiledPart> {
    let count_is_good = if items.is_some() { cards.len() == 1 } else { (1..=CARDS_MAX).contains(&cards.len()) };
    if !count_is_good {
        checker.error(format!("{at}.cards"), FlowMistake::CardCount { max: CARDS_MAX });
    }
    let items = match items {
        Some(name) => {
            if name.is_empty() || name.chars().count() > VARIABLE_NAME_CHARS_MAX * 2 {
                checker.error(format!("{at}.items"), FlowMistake::ListNeeded {});
            }
            checker.local = Some("item");
            Some(checker.template(&format!("{at}.items"), &format!("{{{{{name}}}}}"))?)
        }
        None => None,
    };
    let mut compiled = Vec::with_capacity(cards.len());
    for (index, card) in cards.iter().enumerate() {
        let at = format!("{at}.cards[{index}]");
        if card.title.trim().is_empty() {
            checker.error(format!("{at}.title"), FlowMistake::EmptyTitle {});
        }
        let title = checker.template(&format!("{at}.title"), &card.title);
        let subtitle = checker.template(&format!("{at}.subtitle"), &card.subtitle);
        let image = card.image.as_ref().and_then(|image| checker.address(&format!("{at}.image"), image));
        let buttons = compile_buttons(&format!("{at}.buttons"), &card.buttons, checker);
        if let (Some(title), Some(subtitle)) = (title, subtitle) {
            compiled.push(CompiledCard { title, subtitle, image, buttons });
        }
    }
    checker.local = None;
    let quick_replies = compile_replies(&format!("{at}.quick_replies"), quick_replies, checker);
    Some(CompiledPart::Gallery { cards: compiled, items, quick_replies })
}

fn compile_label(at: &str, label: &str, checker: &mut Checker<'_>) -> Option<Template> {
    let template = checker.template(at, label)?;
    let length = label.trim().chars().count();
    if length == 0 {
        checker.error(at, FlowMistake::EmptyLabel {});
    } else if template.as_literal().is_some() && length > BUTTON_LABEL_CHARS_MAX {
        checker.error(at, FlowMistake::LongLabel { max: BUTTON_LABEL_CHARS_MAX });
    }
    Some(template)
}

fn compile_buttons(at: &str, buttons: &[MessageButton], checker: &mut Checker<'_>) -> Vec<CompiledButton> {
    if buttons.len() > BUTTONS_MAX {
        checker.error(at, FlowMistake::TooManyButtons { max: BUTTONS_MAX });
    } else if buttons.len() > checker.context.limits.buttons_max {
        let max = checker.context.limits.buttons_max;
        checker.warning(at, FlowMistake::ChannelButtons { max });
    }
    let mut compiled = Vec::with_capacity(buttons.len());
    for (index, button) in buttons.iter().enumerate() {
        let at = format!("{at}[{index}]");
        let label = compile_label(&format!("{at}.label"), &button.label, checker);
        let action = compile_button_action(&format!("{at}.action"), &button.action, checker);
        if let (Some(label), Some(action)) = (label, action) {
            compiled.push(CompiledButton { label, action, output: button.output() });
        }
    }
    compiled
}

fn compile_button_action(
    at: &str,
    action: &MessageButtonAction,
    checker: &mut Checker<'_>,
) -> Option<CompiledButtonAction> {
    Some(match action {
        MessageButtonAction::Continue => CompiledButtonAction::Press,
        MessageButtonAction::Link { url } => CompiledButtonAction::Link(checker.address(&format!("{at}.url"), url)?),
        MessageButtonAction::Phone { phone } => {
            if phone.trim().is_empty() {
                checker.error(format!("{at}.phone"), FlowMistake::EmptyPhone {});
            }
            CompiledButtonAction::Phone(checker.template(&format!("{at}.phone"), phone)?)
        }
        MessageButtonAction::Payment { title, amount, currency } => {
            if !checker.context.limits.takes_payments {
                checker.warning(at, FlowMistake::ChannelPayments {});
            }
            if !(1..=super::PAYMENT_TITLE_CHARS_MAX).contains(&title.trim().chars().count()) {
                checker.error(format!("{at}.title"), FlowMistake::PaymentTitle { max: super::PAYMENT_TITLE_CHARS_MAX });
            }
            if *amount < 1 {
                checker.error(format!("{at}.amount"), FlowMistake::PaymentAmount {});
            }
            if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
                checker.error(format!("{at}.currency"), FlowMistake::PaymentCurrency {});
            }
            let title = checker.template(&format!("{at}.title"), title)?;
            CompiledButtonAction::Payment { title, amount: *amount, currency: currency.clone() }
        }
    })
}

fn compile_replies(at: &str, replies: &[QuickReply], checker: &mut Checker<'_>) -> Vec<CompiledButton> {
    if replies.len() > QUICK_REPLIES_MAX {
        checker.error(at, FlowMistake::TooManyQuickReplies { max: QUICK_REPLIES_MAX });
    } else if replies.len() > checker.context.limits.quick_replies_max {
        let max = checker.context.limits.quick_replies_max;
        checker.warning(at, FlowMistake::ChannelQuickReplies { max });
    }
    let labels: BTreeSet<&str> = replies.iter().map(|reply| reply.label.trim()).collect();
    if labels.len() < replies.len() {
        checker.warning(at, FlowMistake::SameLabel {});
    }
    let replies = replies.iter().enumerate();
    replies
        .filter_map(|(index, reply)| {
            let label = compile_label(&format!("{at}[{index}].label"), &reply.label, checker)?;
            Some(CompiledButton {
                label,
                action: CompiledButtonAction::Press,
                output: Some(format!("button:{}", reply.id)),
            })
        })
        .collect()
}

fn compile_input(at: &str, input: &InputPart, checker: &mut Checker<'_>) -> Option<CompiledPart> {
    if input.prompt.trim().is_empty() {
        checker.error(format!("{at}.prompt"), FlowMistake::EmptyQuestion {});
    }
    if !(1..=TRIES_MAX).contains(&input.tries) {
        checker.error(format!("{at}.tries"), FlowMistake::TriesRange { max: TRIES_MAX });
    }
    if !(1..=TIME_LIMIT_MIN_MAX).contains(&input.time_limit_min) {
        checker.error(
            format!("{at}.time_limit_min"),
            FlowMistake::TimeLimitRange { days: TIME_LIMIT_MIN_MAX / (24 * 60) },
        );
    }
    if let Some(name) = &input.save_to {
        checker.variable(&format!("{at}.save_to"), name, Some(input.expects.value_type()));
    }
    let shares = match input.share {
        None => true,
        Some(Share::Phone) => checker.context.limits.shares_phone,
        Some(Share::Location) => checker.context.limits.shares_location,
    };
    if !shares {
        checker.warning(format!("{at}.share"), FlowMistake::ChannelShare {});
    }
    let prompt = checker.markup(&format!("{at}.prompt"), &input.prompt);
    let error_text = checker.markup(&format!("{at}.error_text"), &input.error_text);
    let check = match ReplyCheck::compile(&input.expects) {
        Ok(check) => Some(check),
        Err(error) => {
            checker.error(format!("{at}.expects"), error);
            None
        }
    };
    Some(CompiledPart::Input(Box::new(CompiledInput {
        prompt: prompt?,
        check: check?,
        save_to: input.save_to.clone(),
        tries: input.tries,
        error_text: error_text?,
        time_limit_min: input.time_limit_min,
        share: input.share.filter(|_| shares),
    })))
}
