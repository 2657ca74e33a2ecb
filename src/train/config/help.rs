//! The configuration file with every key explained. What it says comes from the docstrings of the configuration's
//! types and from their defaults, and so is never out of date.

use documented::DocumentedFields;
use serde::Serialize;
use toml::{Table, Value};

use super::settings::snake_case;
use crate::config::{AnchorSettings, DetectionSettings, InputSettings, ProposalSettings, Settings};
use crate::train::TrainConfig;
use crate::{Error, Result};

/// Letters of a line.
const WIDTH: usize = 100;

impl TrainConfig {
    /// A configuration file with the default of each key, and above it what the key means, its unit and its range. Keys
    /// that have no default of their own, because a preset says their value, are commented out.
    ///
    /// # Errors
    /// [`Error::Internal`] if a default cannot be written, which none can be that is tested.
    pub fn help() -> Result<String> {
        let config = Self::default();
        let mut text = String::new();
        explain(&mut text, "The configuration of `maskrcnn train`. What a file leaves out is as here.");
        let values = table(&config)?;
        for (&name, docs) in Self::FIELD_NAMES.iter().zip(Self::FIELD_DOCS) {
            match values.get(name) {
                _ if name == "settings" => {
                    text.push('\n');
                    explain(&mut text, docs);
                    settings(&mut text);
                }
                Some(Value::Table(_)) => {
                    text.push('\n');
                    explain(&mut text, docs);
                    text.push_str(&format!("[{name}]\n"));
                    text.push_str(&section(name, &config)?);
                }
                value => key(&mut text, name, docs, value),
            }
        }
        Ok(text)
    }
}

/// The groups of the settings, whose values are the preset's.
fn settings(text: &mut String) {
    let mut group = |name: &str, docs: &str, names: &[&str], all: &[&str]| {
        text.push('\n');
        explain(text, docs);
        text.push_str(&format!("[settings.{name}]\n"));
        for (name, docs) in names.iter().zip(all) {
            key(text, name, &in_toml(docs), None);
        }
    };
    for (&name, docs) in Settings::FIELD_NAMES.iter().zip(Settings::FIELD_DOCS) {
        match name {
            "input" => group(name, docs, InputSettings::FIELD_NAMES, InputSettings::FIELD_DOCS),
            "anchors" => group(name, docs, AnchorSettings::FIELD_NAMES, AnchorSettings::FIELD_DOCS),
            "proposals" => group(name, docs, ProposalSettings::FIELD_NAMES, ProposalSettings::FIELD_DOCS),
            _ => group(name, docs, DetectionSettings::FIELD_NAMES, DetectionSettings::FIELD_DOCS),
        }
    }
}

/// An explanation with names and values as in TOML.
fn in_toml(docs: &str) -> String {
    let words = docs.split('`').enumerate().map(|(index, words)| match words {
        "null" if index % 2 == 1 => "false".into(),
        words if index % 2 == 1 => snake_case(words),
        words => words.into(),
    });
    words.collect::<Vec<String>>().join("`")
}

/// The keys of a section.
fn section(name: &str, config: &TrainConfig) -> Result<String> {
    match name {
        "network" => keys(&config.network),
        "objective" => keys(&config.objective),
        "augment" => keys(&config.augment),
        "loader" => keys(&config.loader),
        "optimizer" => keys(&config.optimizer),
        "schedule" => keys(&config.schedule),
        "ema" => keys(&config.ema),
        "validation" => keys(&config.validation),
        "output" => keys(&config.output),
        _ => Err(Error::Internal(format!("the section `{name}` is not explained"))),
    }
}

fn keys<T: DocumentedFields + Serialize>(section: &T) -> Result<String> {
    let values = table(section)?;
    let mut text = String::new();
    for (name, docs) in T::FIELD_NAMES.iter().zip(T::FIELD_DOCS) {
        key(&mut text, name, docs, values.get(*name));
    }
    Ok(text)
}

fn key(text: &mut String, name: &str, docs: &str, value: Option<&Value>) {
    text.push('\n');
    explain(text, docs);
    match value {
        Some(value) => text.push_str(&format!("{name} = {}\n", written(value))),
        None => text.push_str(&format!("# {name} = as in the preset\n")),
    }
}

/// A value as TOML. Numbers of single precision have the digits that they were given with.
fn written(value: &Value) -> String {
    match value {
        Value::Float(number) if f64::from(*number as f32) == *number => format!("{:?}", *number as f32),
        Value::Array(values) => format!("[{}]", values.iter().map(written).collect::<Vec<_>>().join(", ")),
        Value::Table(table) if table.is_empty() => "{}".into(),
        Value::Table(table) => {
            let entries: Vec<String> =
                table.iter().map(|(name, value)| format!("{name} = {}", written(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        value => value.to_string(),
    }
}

/// A text as comments of at most [`WIDTH`] letters a line.
fn explain(text: &mut String, docs: &str) {
    let mut line = String::from("#");
    for word in docs.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}

fn table(value: &impl Serialize) -> Result<Table> {
    Table::try_from(value).map_err(|error| Error::Internal(format!("the configuration: {error}")))
}
