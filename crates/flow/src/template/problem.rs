//! What can be wrong with a template.

use serde::Serialize;
use utoipa::ToSchema;

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, ToSchema)]
#[serde(tag = "code", content = "values")]
pub enum TemplateProblem {
    /// `{{` without `}}`.
    #[serde(rename = "template_open")]
    #[error("`{{{{` at character {at} is not closed by `}}}}`")]
    NotClosed {
        /// Counted from 1.
        at: usize,
    },
    /// Nothing between the braces.
    #[serde(rename = "template_name")]
    #[error("`{{{{}}}}` at character {at} names no variable")]
    NoName {
        /// Counted from 1.
        at: usize,
    },
    /// `}}` where none belongs.
    #[serde(rename = "template_brace")]
    #[error("at character {at}: unexpected `}}}}`")]
    Brace {
        /// Counted from 1.
        at: usize,
    },
    /// Nothing after a dot.
    #[serde(rename = "template_key")]
    #[error("at character {at}: a name is missing after the dot")]
    KeyMissing {
        /// Counted from 1.
        at: usize,
    },
    /// A path that is too long.
    #[serde(rename = "template_steps")]
    #[error("at character {at}: more than {max} steps")]
    TooManySteps {
        /// Counted from 1.
        at: usize,
        /// The limit.
        max: usize,
    },
    /// Neither a number nor a quoted name.
    #[serde(rename = "template_index")]
    #[error("at character {at}: a number or a quoted name belongs between `[` and `]`")]
    Index {
        /// Counted from 1.
        at: usize,
    },
    /// `[` without `]`.
    #[serde(rename = "template_bracket")]
    #[error("at character {at}: `]` is missing")]
    Bracket {
        /// Counted from 1.
        at: usize,
    },
    /// A quotation mark without its partner.
    #[serde(rename = "template_quote")]
    #[error("at character {at}: the quotation mark is not closed")]
    Quote {
        /// Counted from 1.
        at: usize,
    },
    /// More values than any filter takes.
    #[serde(rename = "template_values")]
    #[error("at character {at}: too many values")]
    TooManyValues {
        /// Counted from 1.
        at: usize,
    },
    /// More filters than are allowed.
    #[serde(rename = "template_filters")]
    #[error("at character {at}: more than {max} filters")]
    TooManyFilters {
        /// Counted from 1.
        at: usize,
        /// The limit.
        max: usize,
    },
    /// A filter without the value it was to have.
    #[serde(rename = "template_value")]
    #[error("at character {at}: a value is missing")]
    ValueMissing {
        /// Counted from 1.
        at: usize,
    },
    /// Something that can not stand there.
    #[serde(rename = "template_syntax")]
    #[error("at character {at}: `{found}` can not stand here")]
    Unexpected {
        /// Counted from 1.
        at: usize,
        /// The character.
        #[schema(value_type = String)]
        found: char,
    },
    /// Longer than [`RENDERED_BYTES_MAX`](recado_model::limits::RENDERED_BYTES_MAX).
    #[serde(rename = "template_length")]
    #[error("longer than {max} bytes")]
    TooLong {
        /// The limit.
        max: usize,
    },
    /// No filter of that name.
    #[serde(rename = "filter_unknown")]
    #[error("filter `{filter}`: there is no such filter")]
    UnknownFilter {
        /// As written.
        filter: String,
    },
    /// `round` with something else.
    #[serde(rename = "filter_decimals")]
    #[error("filter `{filter}`: takes a number of decimals from 0 to {max}")]
    FilterDecimals {
        /// As written.
        filter: String,
        /// The limit.
        max: u32,
    },
    /// `date` without a form, or with one that is too long.
    #[serde(rename = "filter_form")]
    #[error("filter `{filter}`: takes a form such as \"DD.MM.YYYY\", at most {max} characters")]
    FilterForm {
        /// As written.
        filter: String,
        /// The limit.
        max: usize,
    },
    /// `plural` with fewer words.
    #[serde(rename = "filter_words")]
    #[error("filter `{filter}`: takes two or three words")]
    FilterWords {
        /// As written.
        filter: String,
    },
    /// `default` without a text.
    #[serde(rename = "filter_text")]
    #[error("filter `{filter}`: takes a text")]
    FilterText {
        /// As written.
        filter: String,
    },
    /// A value too many.
    #[serde(rename = "filter_no_value")]
    #[error("filter `{filter}`: takes no value")]
    FilterNoValue {
        /// As written.
        filter: String,
    },
    /// More than one value.
    #[serde(rename = "filter_one_value")]
    #[error("filter `{filter}`: takes one value")]
    FilterOneValue {
        /// As written.
        filter: String,
    },
}
