//! Texts with `{{variables}}`.
//!
//! A [`Template`] is parsed once, when a flow becomes a plan, and rendered on every pass against a [`Scope`]. What a contact wrote is data: it is put
//! in, escaped for where it goes, and never looked at again, so it can neither become a placeholder nor markup, nor leave its JSON string or its
//! place in a URL.
//!
//! ```text
//! {{name}}                     the contact's variable, else the contact's field of that name
//! {{$name}}                    a field, a system variable or a bot variable
//! {{order.items[0].name}}      a path          {{order['a key']}}   the same with any key
//! {{$['key']['nested']}}       from $response, else $data, else the contact's variable `key`
//! {{name | default:"friend" | upper}}          filters, see [`filter::Filter`]
//! \{{                          two braces that are no placeholder
//! ```

pub mod filter;
mod lookup;
mod parse;
mod problem;
mod write;

use std::ops::Range;

use jiff::tz::TimeZone;
use recado_model::{Bot, Contact, UnixMs, Variables, limits::RENDERED_BYTES_MAX};
use serde_json::Value as Json;

pub(crate) use lookup::Datum;
pub use lookup::{FIELD_NAMES, SYSTEM_NAMES};
pub(crate) use parse::placeholder_at;

use filter::Filter;

/// Filters of one placeholder.
pub const FILTERS_MAX: usize = 8;
/// Steps of one path.
pub const PATH_STEPS_MAX: usize = 16;

/// What a template sees.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The contact.
    pub contact: &'a Contact,
    /// The bot.
    pub bot: &'a Bot,
    /// The bot's variables.
    pub variables: &'a Variables,
    /// The contact's zone.
    pub zone: &'a TimeZone,
    /// The time of the turn.
    pub now: UnixMs,
    /// `{{$data}}`.
    pub data: &'a Json,
    /// `{{$response}}`.
    pub response: &'a Json,
    /// `{{$start}}`.
    pub start: &'a Json,
    /// A name that is only known here, as `item` is in a list built from an array variable. It wins over the contact's variable.
    pub local: Option<(&'a str, &'a Json)>,
}

/// Where the text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// To people, or to a place that escapes by itself.
    Plain,
    /// Into JSON: escaped inside a string literal, a whole JSON value outside (unset is `null`).
    Json,
    /// Into a URL: percent-encoded, one component. A template that begins with a placeholder for a whole http(s) URL keeps that URL.
    Url,
}

/// A rendered template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The text, at most [`RENDERED_BYTES_MAX`] bytes.
    pub text: String,
    /// What a bot maker should know, in words.
    pub warnings: Vec<String>,
}

pub use problem::TemplateProblem;

/// A text with placeholders, parsed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Template {
    pub(crate) segments: Vec<Segment>,
    /// Bytes that are there whatever the values are.
    pub(crate) fixed_bytes: usize,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Segment {
    /// As it is.
    Literal(String),
    /// A value.
    Hole {
        /// Which.
        placeholder: Placeholder,
        /// It stands inside a JSON string literal, if the template is JSON.
        in_string: bool,
        /// It begins the template, and nothing or a `/`, `?` or `#` follows.
        whole_url: bool,
    },
}

/// What stands between the braces.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placeholder {
    pub(crate) root: Root,
    pub(crate) path: Vec<Step>,
    pub(crate) filters: Vec<Filter>,
    /// Where in the source its name stands; of `$['key']` the key with its quotes.
    pub(crate) name_at: Range<usize>,
}

/// Where a placeholder begins to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Root {
    /// `name`.
    Variable(String),
    /// `$name`, without the `$`.
    Dollar(String),
    /// `$` alone, before a path.
    Run,
}

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Of an object.
    Key(String),
    /// Of a list.
    Index(usize),
}

/// A name that a template uses, for validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name<'a> {
    /// It stands after a `$`: a field, a system variable or a bot variable.
    pub dollar: bool,
    /// The name without `$`.
    pub text: &'a str,
}

impl Name<'_> {
    /// Whether every contact and bot has it: a system variable, or a field.
    pub fn is_built_in(&self) -> bool {
        FIELD_NAMES.contains(&self.text) || (self.dollar && SYSTEM_NAMES.contains(&self.text))
    }
}

impl Template {
    /// Parses a text.
    pub fn parse(source: &str) -> Result<Self, TemplateProblem> {
        parse::template(source)
    }

    /// A template of pieces that were parsed elsewhere.
    pub(crate) fn of_segments(segments: Vec<Segment>) -> Self {
        let fixed_bytes = segments.iter().map(Segment::fixed_bytes).sum();
        Self { segments, fixed_bytes }
    }

    /// Renders it.
    pub fn render(&self, scope: &Scope<'_>, escape: Escape) -> Rendered {
        let mut rendered = Rendered::default();
        self.render_into(scope, escape, RENDERED_BYTES_MAX, &mut rendered);
        rendered
    }

    /// Appends to a text of which at most `bytes_max` more bytes may come from here.
    pub(crate) fn render_into(&self, scope: &Scope<'_>, escape: Escape, bytes_max: usize, rendered: &mut Rendered) {
        write::render(self, scope, escape, bytes_max, rendered);
    }

    /// The names it uses, with repetitions, in order.
    pub fn names(&self) -> impl Iterator<Item = Name<'_>> {
        self.placeholders().filter_map(Placeholder::name)
    }

    pub(crate) fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Hole { placeholder, .. } => Some(placeholder),
            Segment::Literal(_) => None,
        })
    }

    /// Its text, when it has no placeholder.
    pub fn as_literal(&self) -> Option<&str> {
        match self.segments.as_slice() {
            [] => Some(""),
            [Segment::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The value of a template that is one placeholder and nothing else, with its type kept: what *set variable* copies and lists are built from.
    /// `None` for any other template. Unset is null.
    pub fn as_value(&self, scope: &Scope<'_>) -> Option<Json> {
        match self.segments.as_slice() {
            [Segment::Hole { placeholder, .. }] => Some(placeholder.datum(scope, &mut Vec::new()).to_json()),
            _ => None,
        }
    }
}

impl Segment {
    fn fixed_bytes(&self) -> usize {
        match self {
            Self::Literal(text) => text.len(),
            Self::Hole { .. } => 0,
        }
    }
}

impl Placeholder {
    /// Parses the inside of the braces.
    pub(crate) fn parse(inside: &str) -> Result<Self, TemplateProblem> {
        parse::alone(inside)
    }

    /// The name it begins with.
    pub(crate) fn name(&self) -> Option<Name<'_>> {
        match &self.root {
            Root::Variable(text) => Some(Name { dollar: false, text }),
            Root::Dollar(text) => Some(Name { dollar: true, text }),
            Root::Run => None,
        }
    }

    /// Its value after its filters.
    pub(crate) fn datum<'a>(&'a self, scope: &Scope<'a>, warnings: &mut Vec<String>) -> Datum<'a> {
        let found = lookup::find(self, scope, warnings);
        self.filters.iter().fold(found, |datum, filter| filter.apply(datum, scope, warnings))
    }
}
