//! The values of all keys, and where each was set last.

use std::{collections::BTreeMap, fmt, path::Path};

use super::{ConfigError, DEFAULTS, nearest};

/// Names that begin with `RECADO_` and are read by the command line itself.
const OTHER_VARIABLES: [&str; 3] = ["RECADO_CONFIG", "RECADO_URL", "RECADO_TOKEN"];

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `recado.default.toml`.
    Default,
    /// The operator's file.
    File(String),
    /// An environment variable.
    Environment(String),
    /// A flag.
    CommandLine,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the defaults"),
            Self::File(path) => f.write_str(path),
            Self::Environment(name) => write!(f, "the environment variable {name}"),
            Self::CommandLine => f.write_str("the command line"),
        }
    }
}

/// The values of all keys, and where each was set last.
#[derive(Debug, Clone)]
pub struct Layers {
    values: BTreeMap<String, (toml::Value, Place)>,
    /// `RECADO_…` variables that name no key. Not an error, because container platforms make such names of their own.
    pub unknown_variables: Vec<String>,
}

impl Layers {
    /// Only the defaults.
    pub fn defaults() -> Result<Self, ConfigError> {
        let table = parse(DEFAULTS, "recado.default.toml")?;
        let values = table.into_iter().map(|(key, value)| (key, (value, Place::Default))).collect();
        Ok(Self { values, unknown_variables: Vec::new() })
    }

    /// Puts a file over what is there.
    pub fn add_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::File { path: path.to_owned(), source })?;
        self.add_text(&text, &path.display().to_string())
    }

    /// Puts the text of a file over what is there.
    pub fn add_text(&mut self, text: &str, name: &str) -> Result<(), ConfigError> {
        for (key, value) in parse(text, name)? {
            if !self.values.contains_key(&key) {
                let nearest = nearest(&key, self.values.keys().map(String::as_str)).map(str::to_owned);
                return Err(ConfigError::UnknownKey { place: name.to_owned(), key, nearest });
            }
            self.set(&key, value, Place::File(name.to_owned()));
        }
        Ok(())
    }

    /// Puts environment variables over what is there. The default's type says how the text is read.
    pub fn add_environment(&mut self, variables: Vec<(String, String)>) -> Result<(), ConfigError> {
        for (name, text) in variables {
            let key = name.trim_start_matches("RECADO_").to_lowercase();
            let Some((known, _)) = self.values.get(&key) else {
                if !OTHER_VARIABLES.contains(&name.as_str()) {
                    self.unknown_variables.push(name);
                }
                continue;
            };
            let place = Place::Environment(name);
            let value = read_as(known, &text).ok_or_else(|| ConfigError::Value {
                key: key.clone(),
                place: place.to_string(),
                value: format!("`{text}`"),
                reason: format!("it must be {}", kind_of(known)),
            })?;
            self.set(&key, value, place);
        }
        self.unknown_variables.sort();
        Ok(())
    }

    /// Sets one value.
    pub fn set(&mut self, key: &str, value: toml::Value, place: Place) {
        self.values.insert(key.to_owned(), (value, place));
    }

    /// The variable that may be meant by one that names no key.
    pub fn meant_by(&self, name: &str) -> Option<String> {
        let key = name.trim_start_matches("RECADO_").to_lowercase();
        let near = nearest(&key, self.values.keys().map(String::as_str))?;
        Some(format!("RECADO_{}", near.to_uppercase()))
    }

    /// Tells which variables name no key, if any.
    pub fn unknown_words(&self) -> Option<String> {
        let told = self.unknown_variables.iter().map(|name| match self.meant_by(name) {
            Some(meant) => format!("{name} (did you mean {meant}?)"),
            None => name.clone(),
        });
        let told: Vec<String> = told.collect();
        (!told.is_empty())
            .then(|| format!("environment variables that are no settings and have no effect: {}", told.join(", ")))
    }

    /// Every key with its value and where it was set, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &toml::Value, &Place)> {
        self.values.iter().map(|(key, (value, place))| (key.as_str(), value, place))
    }

    fn get(&self, key: &str) -> Result<&(toml::Value, Place), ConfigError> {
        self.values.get(key).ok_or_else(|| ConfigError::UnknownKey {
            place: "the program".to_owned(),
            key: key.to_owned(),
            nearest: None,
        })
    }

    fn refuse(&self, key: &str, reason: impl Into<String>) -> ConfigError {
        let (value, place) = self
            .values
            .get(key)
            .map_or_else(|| (String::new(), String::new()), |(v, p)| (v.to_string(), p.to_string()));
        ConfigError::Value { key: key.to_owned(), place, value, reason: reason.into() }
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> Result<&str, ConfigError> {
        self.get(key)?.0.as_str().ok_or_else(|| self.refuse(key, "it must be text in quotes"))
    }

    /// A list of texts.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<String>, ConfigError> {
        let items = self.get(key)?.0.as_array().ok_or_else(|| self.refuse(key, "it must be a list of texts"))?;
        items
            .iter()
            .map(|item| {
                item.as_str().map(str::to_owned).ok_or_else(|| self.refuse(key, "each item must be text in quotes"))
            })
            .collect()
    }

    /// A whole number within a range.
    pub(super) fn number(&self, key: &str, min: i64, max: i64) -> Result<i64, ConfigError> {
        let number = self.get(key)?.0.as_integer().filter(|number| (min..=max).contains(number));
        number.ok_or_else(|| self.refuse(key, format!("it must be a whole number from {min} to {max}")))
    }

    /// A text that is read further.
    pub(super) fn parsed<T>(
        &self,
        key: &str,
        must_be: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        read(self.text(key)?).ok_or_else(|| self.refuse(key, format!("it must be {must_be}")))
    }
}

fn parse(text: &str, name: &str) -> Result<toml::Table, ConfigError> {
    text.parse::<toml::Table>().map_err(|error| ConfigError::Syntax {
        place: name.to_owned(),
        detail: error.to_string().trim_end().to_owned(),
    })
}

fn read_as(known: &toml::Value, text: &str) -> Option<toml::Value> {
    match known {
        toml::Value::String(_) => Some(toml::Value::String(text.to_owned())),
        toml::Value::Integer(_) => text.trim().replace('_', "").parse().ok().map(toml::Value::Integer),
        toml::Value::Float(_) => text.trim().parse().ok().map(toml::Value::Float),
        toml::Value::Boolean(_) => text.trim().parse().ok().map(toml::Value::Boolean),
        toml::Value::Array(_) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Some(toml::Value::Array(items.map(|item| toml::Value::String(item.to_owned())).collect()))
        }
        toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}

fn kind_of(known: &toml::Value) -> &'static str {
    match known {
        toml::Value::String(_) => "text",
        toml::Value::Integer(_) => "a whole number",
        toml::Value::Float(_) => "a number",
        toml::Value::Boolean(_) => "true or false",
        toml::Value::Array(_) => "a list separated by commas",
        toml::Value::Datetime(_) => "a date",
        toml::Value::Table(_) => "a table",
    }
}
