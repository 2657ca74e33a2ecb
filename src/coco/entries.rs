//! Lists of images, annotations and categories.

use std::fmt::Formatter;
use std::marker::PhantomData;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What is listed, and may have its id as the key of an object.
pub(super) trait Entry {
    fn id(&mut self) -> &mut Value;
}

/// A list, or an object whose keys are ids, as LIVECell's `annotations` are: `{"1": {…}, "2": {…}}`.
#[derive(Debug)]
pub(super) struct Entries<T>(pub(super) Vec<T>);

impl<'de, T: Entry + Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading<T>(PhantomData<T>);

        impl<'de, T: Entry + Deserialize<'de>> Visitor<'de> for Reading<T> {
            type Value = Entries<T>;

            fn expecting(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a list of objects")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Entries<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = items.next_element()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Entries<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, mut entry)) = items.next_entry::<String, T>()? {
                    if entry.id().is_null() {
                        *entry.id() = key.parse::<u64>().map_or(Value::String(key), Value::from);
                    }
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_any(Reading(PhantomData))
    }
}
