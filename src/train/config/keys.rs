//! Values of a configuration by their keys, such as `settings.input.min_size`.

use toml::{Table, Value};

/// The value at a key, `section.key`.
pub(crate) fn value_at<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    match key.split_once('.') {
        None => table.get(key),
        Some((section, key)) => value_at(table.get(section)?.as_table()?, key),
    }
}

/// Puts a value in its section, `section.key`.
pub(crate) fn insert(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => drop(table.insert(key.into(), value)),
        Some((section, key)) => {
            let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            if let Some(section) = section.as_table_mut() {
                insert(section, key, value);
            }
        }
    }
}
