//! What can be wrong with a flow: a stable code, the values that belong to it, and English words. All three come from one variant, so they can not tell
//! different things; the web app says the same in the language of the page.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{expression::ExpressionProblem, pattern::BadPattern, template::TemplateProblem};

/// Whatever can be wrong in a flow. Each code belongs to one of the kinds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Mistake {
    /// An element, a connection or the flow as a whole.
    #[error(transparent)]
    Flow(#[from] FlowMistake),
    /// A template.
    #[error(transparent)]
    Template(#[from] TemplateProblem),
    /// An expression.
    #[error(transparent)]
    Expression(#[from] ExpressionProblem),
    /// A regular expression.
    #[error(transparent)]
    Pattern(#[from] BadPattern),
}

impl Mistake {
    /// Whether a published version runs all the same: it tells of what has changed around the flow, or of a limit, and nothing of the document is
    /// left out of the plan for it.
    pub(crate) const fn is_borne_when_published(&self) -> bool {
        match self {
            Self::Flow(mistake) => mistake.is_borne_when_published(),
            Self::Template(_) | Self::Expression(_) | Self::Pattern(_) => false,
        }
    }
}

/// What can be wrong with elements, conditions and connections.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, ToSchema)]
#[serde(tag = "code", content = "values", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's message says what it is")]
pub enum FlowMistake {
    #[error("the document's version is 1, not {version}")]
    DocumentVersion { version: u32 },
    #[error("a flow's name has 1 to {max} characters")]
    NameLength { max: usize },
    #[error("the flow has no elements")]
    NoElements {},
    #[error("a flow has at most {max} elements")]
    TooManyElements { max: usize },
    #[error("the flow does not say which element it begins with")]
    NoStart {},
    #[error("`{id}` is no id: 1 to 36 of A–Z a–z 0–9 _ -")]
    BadId { id: String },
    #[error("the id `{id}` is there twice")]
    SameId { id: String },
    #[error("the element can not be understood")]
    NotUnderstood {},

    #[error("the flow has more than {max} connections")]
    TooManyEdges { max: usize },
    #[error("a connection begins at `{from}`, which does not exist")]
    EdgeFromNowhere { from: String },
    #[error("the element has no output `{output}`")]
    NoSuchOutput { output: String },
    #[error("the output `{output}` leads to two elements")]
    TwoEdges { output: String },
    #[error("the output `{output}` leads to `{to}`, which does not exist")]
    EdgeToNowhere { output: String, to: String },
    #[error("no connection leads here")]
    Unreachable {},
    #[error("when the request fails, the run ends with an error")]
    UnconnectedError {},
    #[error("pressing this button leads nowhere")]
    UnconnectedButton {},
    #[error("paying leads nowhere")]
    UnconnectedPayment {},
    #[error("a message after this pause may fall outside the {hours} hours in which this messenger lets a bot write")]
    OutsideWindow { hours: u32 },

    #[error("a URL begins with https:// or http:// and a host")]
    BadUrl {},
    #[error("this address is a placeholder: put your own one here")]
    PlaceholderAddress {},
    #[error("this is no URL of at most {max} bytes")]
    NotAUrl { max: usize },
    #[error("templates may stand in a URL's path and query, not in its host")]
    TemplateInHost {},
    #[error("a variable's name has 1 to {max} characters, none of {{ }} | $")]
    BadName { max: usize },
    #[error("nothing sets `{name}`; it shows as empty")]
    UnknownName { name: String },
    #[error("the bot has no variable `{name}` yet")]
    UnknownBotVariable { name: String },
    #[error(
        "`${name}` is a field of the contact or the system's, which a text reads instead of the bot's variable: give that another name"
    )]
    ReservedName { name: String },
    #[error("`{name}` is a variable of another type")]
    OtherType { name: String },
    #[error("the bot has no secret `{name}`")]
    UnknownSecret { name: String },
    #[error("the flow to start does not exist")]
    UnknownFlow {},

    #[error("a message has 1 to {max} parts")]
    PartCount { max: usize },
    #[error("the message says nothing")]
    SaysNothing {},
    #[error("the text is empty")]
    EmptyText {},
    #[error("the question is empty")]
    EmptyQuestion {},
    #[error("over {max} characters: it is sent as several messages")]
    LongText { max: usize },
    #[error("over {max} characters: it is sent as a message of its own")]
    LongCaption { max: usize },
    #[error("a delay lasts 0 to {max} seconds")]
    DelayRange { max: u32 },
    #[error("a gallery has 1 to {max} cards, one made from a list has one card")]
    CardCount { max: usize },
    #[error("name the list variable whose items become cards")]
    ListNeeded {},
    #[error("a card needs a title")]
    EmptyTitle {},
    #[error("a button needs a label")]
    EmptyLabel {},
    #[error("a label has at most {max} characters")]
    LongLabel { max: usize },
    #[error("two quick replies have the same label: a typed text takes the first")]
    SameLabel {},
    #[error("a message has at most {max} buttons")]
    TooManyButtons { max: usize },
    #[error("a message has at most {max} quick replies")]
    TooManyQuickReplies { max: usize },
    #[error("this channel shows at most {max} buttons under one message")]
    ChannelButtons { max: usize },
    #[error("this channel shows at most {max} quick replies")]
    ChannelQuickReplies { max: usize },
    #[error("this channel takes no payments: the button is shown without effect")]
    ChannelPayments {},
    #[error("this channel has no share button: the contact types the reply")]
    ChannelShare {},
    #[error("the button needs a phone number")]
    EmptyPhone {},
    #[error("what is paid for has 1 to {max} characters")]
    PaymentTitle { max: usize },
    #[error("the amount is at least 1")]
    PaymentAmount {},
    #[error("a currency is three capital letters, as in EUR")]
    PaymentCurrency {},
    #[error("an input has 1 to {max} tries")]
    TriesRange { max: u8 },
    #[error("a time limit is 1 minute to {days} days")]
    TimeLimitRange { days: u32 },

    #[error("an action element does 1 to {max} things")]
    ActionCount { max: usize },
    #[error("a tag has 1 to {max} characters")]
    TagLength { max: usize },
    #[error("a webhook's name has 1 to {max} characters")]
    WebhookName { max: usize },
    #[error("a webhook has at most {max} extra fields")]
    TooManyFields { max: usize },
    #[error("each field needs a name of its own")]
    FieldName {},

    #[error("a pause lasts 1 minute to {days} days")]
    PeriodRange { days: i64 },
    #[error("`{text}` is no date as in 2026-12-24 or 2026-12-24T18:00")]
    BadDate { text: String },
    #[error("`{text}` is no time as in 09:30")]
    BadTime { text: String },
    #[error("weekdays are 1 (Monday) to 7 (Sunday)")]
    BadWeekday {},

    #[error("there must be {min} to {max} branches")]
    BranchCount { min: usize, max: usize },
    #[error("the percentages sum to {sum}, they must sum to 100")]
    PercentSum { sum: u32 },
    #[error("a branch needs a condition")]
    NoConditions {},
    #[error("a branch takes at most {max} conditions")]
    TooManyConditions { max: usize },
    #[error("a group needs a condition")]
    EmptyGroup {},
    #[error("a campaign is missing")]
    NoCampaign {},
    #[error("give days or hours, not both")]
    DaysAndHours {},
    #[error("at least one weekday is needed")]
    NoWeekday {},
    #[error("the name is too long")]
    LongName {},
    #[error("a value to compare with is missing")]
    ValueToCompare {},
    #[error("the upper end is missing")]
    UpperEnd {},
    #[error("a value has at most {max} bytes")]
    LongValue { max: usize },
    #[error("a whole number of minutes, hours or days is missing")]
    SpanNeeded {},
    #[error("a regular expression is written here, not taken from a variable")]
    PatternOfVariable {},

    #[error("a time-out is 1 to {max} seconds")]
    TimeoutRange { max: u32 },
    #[error("a request is tried again at most {max} times")]
    RetriesRange { max: u8 },
    #[error("POST and PATCH are only tried again when `retry_unsafe` is set")]
    RetriesUnused {},
    #[error("a request has at most {max} headers, form fields and saved values each")]
    TooManyRequestFields { max: usize },
    #[error("`{name}` is no header name")]
    BadHeader { name: String },
    #[error("not a JSONPath: {words}")]
    BadPath { words: String },
}

impl FlowMistake {
    #[expect(clippy::too_many_lines, reason = "a line for each mistake")]
    const fn is_borne_when_published(&self) -> bool {
        match self {
            Self::NameLength { .. }
            | Self::TooManyElements { .. }
            | Self::TooManyEdges { .. }
            | Self::Unreachable { .. }
            | Self::UnconnectedError { .. }
            | Self::UnconnectedButton { .. }
            | Self::UnconnectedPayment { .. }
            | Self::OutsideWindow { .. }
            | Self::PlaceholderAddress { .. }
            | Self::NotAUrl { .. }
            | Self::UnknownName { .. }
            | Self::UnknownBotVariable { .. }
            | Self::ReservedName { .. }
            | Self::OtherType { .. }
            | Self::UnknownSecret { .. }
            | Self::UnknownFlow { .. }
            | Self::PartCount { .. }
            | Self::LongText { .. }
            | Self::LongCaption { .. }
            | Self::DelayRange { .. }
            | Self::CardCount { .. }
            | Self::LongLabel { .. }
            | Self::SameLabel { .. }
            | Self::TooManyButtons { .. }
            | Self::TooManyQuickReplies { .. }
            | Self::ChannelButtons { .. }
            | Self::ChannelQuickReplies { .. }
            | Self::ChannelPayments { .. }
            | Self::ChannelShare { .. }
            | Self::PaymentTitle { .. }
            | Self::TriesRange { .. }
            | Self::TimeLimitRange { .. }
            | Self::ActionCount { .. }
            | Self::TagLength { .. }
            | Self::WebhookName { .. }
            | Self::TooManyFields { .. }
            | Self::PeriodRange { .. }
            | Self::BranchCount { .. }
            | Self::TimeoutRange { .. }
            | Self::RetriesRange { .. }
            | Self::RetriesUnused { .. }
            | Self::TooManyRequestFields { .. } => true,
            Self::DocumentVersion { .. }
            | Self::NoElements { .. }
            | Self::NoStart { .. }
            | Self::BadId { .. }
            | Self::SameId { .. }
            | Self::NotUnderstood { .. }
            | Self::EdgeFromNowhere { .. }
            | Self::NoSuchOutput { .. }
            | Self::TwoEdges { .. }
            | Self::EdgeToNowhere { .. }
            | Self::BadUrl { .. }
            | Self::TemplateInHost { .. }
            | Self::BadName { .. }
            | Self::SaysNothing { .. }
            | Self::EmptyText { .. }
            | Self::EmptyQuestion { .. }
            | Self::ListNeeded { .. }
            | Self::EmptyTitle { .. }
            | Self::EmptyLabel { .. }
            | Self::EmptyPhone { .. }
            | Self::PaymentAmount { .. }
            | Self::PaymentCurrency { .. }
            | Self::FieldName { .. }
            | Self::BadDate { .. }
            | Self::BadTime { .. }
            | Self::BadWeekday { .. }
            | Self::PercentSum { .. }
            | Self::NoConditions { .. }
            | Self::TooManyConditions { .. }
            | Self::EmptyGroup { .. }
            | Self::NoCampaign { .. }
            | Self::DaysAndHours { .. }
            | Self::NoWeekday { .. }
            | Self::LongName { .. }
            | Self::ValueToCompare { .. }
            | Self::UpperEnd { .. }
            | Self::LongValue { .. }
            | Self::SpanNeeded { .. }
            | Self::PatternOfVariable { .. }
            | Self::BadHeader { .. }
            | Self::BadPath { .. } => false,
        }
    }
}
