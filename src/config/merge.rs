//! Settings of which only some are given.

use serde_json::{Map, Value};

use super::Settings;
use crate::{Error, Result};

impl Settings {
    /// These settings with those of `changes` in their places: an object of the same shape in which anything may be
    /// missing, as a manifest's `settings`, JavaScript's or a TOML file's. Names may be in `camelCase` or in `snake_case`.
    /// Arrays are replaced as a whole.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for an unknown name, a value of the wrong type, and what
    /// [`Settings::check`] refuses; each names the setting.
    pub fn with(&self, changes: &Value) -> Result<Self> {
        let mut merged = json(self)?;
        let mut given = vec![];
        merge(&mut merged, changes, "", &mut given)?;
        let settings = match Self::deserialize(&merged) {
            Ok(settings) => settings,
            Err(error) => return Err(self.mistyped(&given).unwrap_or(error)),
        };
        settings.check()?;
        Ok(settings)
    }

    /// As [`Settings::with`], for settings with names such as `input.minSize`.
    ///
    /// # Errors
    /// As [`Settings::with`].
    pub fn with_each<'a>(&self, changes: impl IntoIterator<Item = (&'a str, Value)>) -> Result<Self> {
        let mut all = Value::Object(Map::new());
        for (name, value) in changes {
            insert(&mut all, name, value)?;
        }
        self.with(&all)
    }

    /// The error of the first of the `given` settings that alone cannot be read.
    fn mistyped(&self, given: &[(String, Value)]) -> Option<Error> {
        given.iter().find_map(|(name, value)| {
            let mut alone = json(self).ok()?;
            let mut change = Value::Object(Map::new());
            insert(&mut change, name, value.clone()).ok()?;
            merge(&mut alone, &change, "", &mut vec![]).ok()?;
            match Self::deserialize(&alone) {
                Err(Error::InvalidInput(reason)) => Some(Error::InvalidInput(format!("`{name}`: {reason}"))),
                _ => None,
            }
        })
    }

    fn deserialize(value: &Value) -> Result<Self> {
        serde_json::from_value(value.clone()).map_err(|error| Error::InvalidInput(error.to_string()))
    }
}

fn json(settings: &Settings) -> Result<Value> {
    serde_json::to_value(settings).map_err(|error| Error::Internal(error.to_string()))
}

/// Brings `value` into `object` under the name `a.b.c`, in objects within objects.
fn insert(object: &mut Value, name: &str, value: Value) -> Result<()> {
    let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
    let Value::Object(fields) = object else {
        return Err(Error::InvalidInput(format!("`{name}` is given as a part of a setting and as a whole")));
    };
    match rest {
        None => {
            fields.insert(first.into(), value);
            Ok(())
        }
        Some(rest) => insert(fields.entry(first).or_insert_with(|| Value::Object(Map::new())), rest, value),
    }
}

/// Brings `changes` into `target`, and lists the settings that they give.
fn merge(target: &mut Value, changes: &Value, path: &str, given: &mut Vec<(String, Value)>) -> Result<()> {
    let (Value::Object(fields), Value::Object(changes)) = (&mut *target, changes) else {
        if path.is_empty() || target.is_object() && !is_optional(path) {
            let what = if path.is_empty() { "the settings".into() } else { format!("`{path}`") };
            return Err(Error::InvalidInput(format!("expected an object for {what}, found {changes}")));
        }
        given.push((path.into(), changes.clone()));
        *target = changes.clone();
        return Ok(());
    };
    for (name, change) in changes {
        let name = camel_case(name);
        let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let Some(field) = fields.get_mut(&name) else {
            let known: Vec<&str> = fields.keys().map(String::as_str).collect();
            let known = known.join(", ");
            return Err(Error::InvalidInput(format!("`{inner}` is not a setting; expected one of {known}")));
        };
        merge(field, change, &inner, given)?;
    }
    Ok(())
}

/// A name as JSON and JavaScript write it, of one as TOML and Rust do: `min_size` is `minSize`.
fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut starts_word = false;
    for letter in name.chars() {
        match letter {
            '_' => starts_word = true,
            _ => {
                camel.push(if starts_word { letter.to_ascii_uppercase() } else { letter });
                starts_word = false;
            }
        }
    }
    camel
}

/// Whether an object may be replaced by `null` as a whole.
fn is_optional(path: &str) -> bool {
    path == "input.contrast"
}
