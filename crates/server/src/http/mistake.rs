//! What can be wrong with a field of a call: a stable code, the values that belong to it, and English words. All three come from one variant, so
//! they can not tell different things; the web app says the same in the language of the page.

use recado_flow::{keywords::TriggerMistake, pattern::BadPattern};
use recado_model::ValueType;
use serde::Serialize;
use utoipa::ToSchema;

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, ToSchema)]
#[serde(tag = "code", content = "values", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's message says what it is")]
pub enum FieldMistake {
    #[error("is needed")]
    Needed {},
    #[error("must have at least {min} characters")]
    TooShort { min: usize },
    #[error("must have at most {max} characters")]
    TooLong { max: usize },
    #[error("must be 1 to {max} characters, without control characters")]
    NameLength { max: usize },
    #[error("must be at most {max} characters, without control characters")]
    WordLength { max: usize },
    #[error("must be 1 to {max} characters")]
    TextLength { max: usize },
    #[error("must be {from} to {to}")]
    Range { from: String, to: String },
    #[error("is longer than {max} bytes")]
    TooManyBytes { max: usize },
    #[error("must be 1 to 64 characters of A-Z a-z 0-9 _ -")]
    NotARef {},
    #[error("is not an e-mail address")]
    NotAnEmail {},
    #[error("is not the name of a time zone")]
    NotATimeZone {},
    #[error("must be `en` or `es`")]
    NotALanguage {},
    #[error("is not the code that the server wrote to its log when it started")]
    WrongCode {},
    #[error("is not the present password")]
    WrongPassword {},
    #[error("is not a Telegram token, which looks like 123456:ABC-DEF")]
    NotATelegramToken {},
    #[error("Telegram does not take this token: {words}")]
    TokenRefused { words: String },
    #[error("Telegram does not take this server's address: {words}")]
    AddressRefused { words: String },
    #[error("this server speaks livechat and telegram")]
    UnknownService {},
    #[error("choose one or more of the global events")]
    NoEvents {},
    #[error("a flow webhook hears of its own elements only")]
    ForeignEvents {},
    #[error("a flow webhook's URL is that of its element: change it in the flow")]
    UrlOfElement {},
    #[error("has a masked part (***): write out what stands there")]
    MaskedUrl {},
    #[error("there is no such flow in this bot")]
    NoSuchFlow {},
    #[error("has neither letters nor digits")]
    KeywordEmpty {},
    #[error("is a regular expression that repeats too much")]
    PatternSize {},
    #[error("is a regular expression with a mistake: {words}")]
    PatternSyntax { words: String },
    #[error("there is no such member in this account")]
    NoSuchMember {},
    #[error("a bot variable has a value")]
    ValueNeeded {},
    #[error("a contact variable has a type")]
    TypeNeeded {},
    #[error("each contact has its own value")]
    ValueOfContacts {},
    #[error("can not be written between braces: leave out {{ }} [ ] . | $ and quotation marks")]
    NotPlain {},
    #[error("is the name of a field: a text that has it between braces means the field")]
    ReservedName {},
    #[error("needs `variable` beside it")]
    VariableNeeded {},
    #[error("says nothing: give at least one condition")]
    FilterNeeded {},
    #[error("is not a phone number with its country, as in +34600112233")]
    NotAPhone {},
    #[error("is not a date as in 2026-11-27")]
    NotADate {},
    #[error("is not the code of a country, as in ES")]
    NotACountry {},
    #[error("is not the tag of a language, as in es or pt-BR")]
    NotALanguageTag {},
    #[error("must be in the future")]
    NotInFuture {},
    #[error("is needed: who says it?")]
    SenderNeeded {},
    #[error("must be pending, delivered, failed, skipped or cancelled")]
    NotADeliveryStatus {},
    #[error("the file is empty")]
    EmptyFile {},
    #[error("is {words}")]
    NotOfType { kind: ValueType, words: String },
    #[error("is neither a column of the profile nor a variable that the bot declares for its contacts")]
    UnknownColumn {},
    #[error("stands twice in the first line")]
    ColumnTwice {},
    #[error("is not text in UTF-8")]
    NotUtf8 {},
    #[error("the line has {given} cells, the first line {wanted}")]
    CellCount { given: usize, wanted: usize },
    #[error("is not how this messenger names a person")]
    NotAnIdentity {},
    #[error("is not a visitor of this web chat: only those who opened it are its contacts")]
    NoSuchVisitor {},
    #[error("must be active, unsubscribed, blocked or disabled")]
    NotAStatus {},
    #[error("the contact would have more than {tags} tags or {variables} variables")]
    ContactFull { tags: usize, variables: usize },
    #[error("is not a file that this visitor uploaded")]
    ForeignFile {},
    #[error("is not one that was given for this flow")]
    ForeignState {},
    #[error("{words}")]
    UrlNotUsable { words: String },
    #[error("{words}")]
    UrlNotAllowed { words: String },
    /// What has no code of its own: the words of a parser or of a messenger.
    #[error("{text}")]
    Other { text: String },
}

impl From<String> for FieldMistake {
    fn from(text: String) -> Self {
        Self::Other { text }
    }
}

impl From<TriggerMistake> for FieldMistake {
    fn from(mistake: TriggerMistake) -> Self {
        match mistake {
            TriggerMistake::KeywordEmpty | TriggerMistake::Pattern(BadPattern::Empty {}) => Self::KeywordEmpty {},
            TriggerMistake::KeywordLength { max } | TriggerMistake::Pattern(BadPattern::TooLong { max }) => {
                Self::NameLength { max }
            }
            TriggerMistake::Pattern(BadPattern::TooLarge {}) => Self::PatternSize {},
            TriggerMistake::Pattern(BadPattern::Syntax { words }) => Self::PatternSyntax { words },
            TriggerMistake::KeywordCount { max } => Self::Range { from: 1.to_string(), to: max.to_string() },
            TriggerMistake::BadRef => Self::NotARef {},
            TriggerMistake::NoMinutes | TriggerMistake::BadHours | TriggerMistake::BadWeekdays => {
                mistake.to_string().into()
            }
        }
    }
}
