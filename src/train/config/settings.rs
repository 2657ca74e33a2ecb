//! The section `settings` of a configuration: changes to the preset's [`Settings`], under their names in snake case, as
//! TOML has them, or in camel case, as a manifest has them.

use serde_json::Value as Json;
use toml::{Table, Value};

use super::keys::value_at;
use crate::config::Settings;
use crate::{Error, Result};

/// Where keys of earlier versions have gone.
const MOVED: [(&str, &str); 5] = [
    ("network.anchor_sizes", "settings.anchors.sizes"),
    ("network.min_size", "settings.input.min_size"),
    ("network.max_size", "settings.input.max_size"),
    ("network.min_scale", "settings.input.min_scale"),
    ("network.detections_per_image", "settings.detections.max_detections"),
];

/// The settings with `changes` in their places. `false` means `null`, which TOML lacks.
///
/// # Errors
/// Those of [`Settings::with`].
pub(crate) fn apply(settings: &Settings, changes: &Table) -> Result<Settings> {
    let changes = serde_json::to_value(changes).map_err(|error| Error::Internal(error.to_string()))?;
    settings.with(&without_false(changes)).map_err(|error| match error {
        Error::InvalidInput(reason) => Error::InvalidInput(format!("the configuration's settings: {reason}")),
        error => error,
    })
}

/// Refuses keys of earlier versions.
///
/// # Errors
/// [`Error::InvalidInput`], naming the key's new place.
pub(crate) fn check_moved(config: &Table) -> Result<()> {
    match MOVED.iter().find(|(old, _)| value_at(config, old).is_some()) {
        None => Ok(()),
        Some((old, new)) => Err(Error::InvalidInput(format!("`{old}` is called `{new}` now; rename it"))),
    }
}

/// Gives the settings of a configuration their names in snake case, so that each has one name, and leaves out groups
/// in which nothing is set.
pub(crate) fn rename(config: &mut Table) {
    if let Some(Value::Table(settings)) = config.get_mut("settings") {
        *settings = renamed(std::mem::take(settings));
        settings.retain(|_, group| group.as_table().is_none_or(|group| !group.is_empty()));
    }
}

fn renamed(table: Table) -> Table {
    let value = |value| match value {
        Value::Table(table) => Value::Table(renamed(table)),
        value => value,
    };
    table.into_iter().map(|(name, inner)| (snake_case(&name), value(inner))).collect()
}

/// `minSize` as `min_size`.
pub(crate) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn without_false(value: Json) -> Json {
    match value {
        Json::Bool(false) => Json::Null,
        Json::Object(fields) => {
            Json::Object(fields.into_iter().map(|(name, value)| (name, without_false(value))).collect())
        }
        value => value,
    }
}
