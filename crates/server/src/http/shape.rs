//! How answers look: times, pages, limits of lists; and what calls share that ask.

use recado_model::UnixMs;
use recado_store::{StoreError, records::Page};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use utoipa::{IntoParams, ToSchema};

use super::{error::ApiError, mistake::FieldMistake};

/// Items of one page at most.
pub const PAGE_ITEMS_MAX: usize = 200;
const PAGE_ITEMS: usize = 50;

/// A change is made of what was read. When somebody else changed it in between it is made again, on what it is now. Of so many changes at once each comes
/// through: one of them does with every try.
#[derive(Debug)]
pub struct Tries(u32);

impl Default for Tries {
    fn default() -> Self {
        Self(16)
    }
}

impl Tries {
    /// Whether the store took it. `false`: it is to be made again.
    pub fn took(&mut self, result: Result<(), StoreError>) -> Result<bool, ApiError> {
        self.0 = self.0.saturating_sub(1);
        match result {
            Err(StoreError::Conflict { .. }) if self.0 > 0 => Ok(false),
            result => Ok(result.map(|()| true)?),
        }
    }
}

/// A moment: RFC 3339 in UTC with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, examples("2026-11-23T09:31:08.250Z"))]
pub struct Time(pub UnixMs);

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0.0) {
            Ok(time) => write!(f, "{time:.3}"),
            Err(_) => f.write_str("9999-12-30T22:00:00.000Z"),
        }
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let time: jiff::Timestamp =
            text.parse().map_err(|_| D::Error::custom("must be a time as in 2026-11-23T09:31:08Z"))?;
        Ok(Self(UnixMs(time.as_millisecond())))
    }
}

impl From<UnixMs> for Time {
    fn from(at: UnixMs) -> Self {
        Self(at)
    }
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Listed<T> {
    /// The items.
    pub items: Vec<T>,
    /// Send it as `cursor` to get the next page; null at the end.
    pub next_cursor: Option<String>,
}

impl<T> Listed<T> {
    /// A list that is whole.
    pub const fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }

    /// A page of the store.
    pub fn page<S>(page: Page<S>, show: impl FnMut(S) -> T) -> Self {
        Self { items: page.items.into_iter().map(show).collect(), next_cursor: page.next }
    }
}

/// The `limit` that was asked for, or the usual one.
pub fn limit(asked: Option<usize>) -> Result<usize, ApiError> {
    match asked {
        None => Ok(PAGE_ITEMS),
        Some(limit @ 1..=PAGE_ITEMS_MAX) => Ok(limit),
        Some(_) => {
            Err(ApiError::field("limit", FieldMistake::Range { from: 1.to_string(), to: PAGE_ITEMS_MAX.to_string() }))
        }
    }
}

/// A name that people type: trimmed, 1 to `max` characters, no control characters.
pub fn name(field: &str, text: &str, max: usize) -> Result<String, ApiError> {
    let text = text.trim();
    let chars = text.chars().count();
    if chars == 0 || chars > max || text.chars().any(char::is_control) {
        return Err(ApiError::field(field, FieldMistake::NameLength { max }));
    }
    Ok(text.to_owned())
}

/// Which of those that have names.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Named {
    /// The one with this name.
    pub name: String,
}

/// A number within its range.
pub fn within<T: PartialOrd + std::fmt::Display>(field: &str, number: T, from: T, to: T) -> Result<T, ApiError> {
    if number < from || number > to {
        return Err(ApiError::field(field, FieldMistake::Range { from: from.to_string(), to: to.to_string() }));
    }
    Ok(number)
}

/// Tells an absent field (`None`) from a null (`Some(None)`).
pub fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_rfc_3339_with_milliseconds_both_ways() {
        let time = Time(UnixMs(1_637_759_687_101));
        assert_eq!(serde_json::to_string(&time).unwrap(), "\"2021-11-24T13:14:47.101Z\"");
        assert_eq!(serde_json::from_str::<Time>("\"2021-11-24T13:14:47.101Z\"").unwrap(), time);
        assert_eq!(Time(UnixMs(0)).to_string(), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_limit_past_200_is_refused() {
        assert_eq!(limit(None).unwrap(), 50);
        assert_eq!(limit(Some(200)).unwrap(), 200);
        assert_eq!(limit(Some(201)).unwrap_err().status(), 422);
        assert_eq!(limit(Some(0)).unwrap_err().status(), 422);
    }
}
