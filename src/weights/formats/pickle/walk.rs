//! From a pickle's values to the tensors among them, by the names of the dictionaries and objects that they lie in.

use std::collections::{HashSet, VecDeque};

use super::globals::Global;
use super::machine::{MAX_NAME, Machine};
use super::numbers::numbers;
use super::value::{Id, Object, Value};
use super::{Entry, Places, Record};
use crate::{Error, Result};

/// More tensors than any detector's training keeps: ResNet-101 v2 has 721, with an optimiser three times as many.
const MAX_TENSORS: usize = 1 << 15;

/// Dictionaries, lists and objects that are looked into.
const MAX_CONTAINERS: usize = 1 << 17;

/// What the attributes of a network's module (`torch.nn.Module`) hold its tensors in.
const MODULE: [&str; 3] = ["_parameters", "_buffers", "_modules"];

/// Attributes of a module.
const MAX_ATTRIBUTES: usize = 256;

/// A dictionary, list or object that is to be looked into.
struct Container {
    id: Id,
    path: String,
    /// Number of the state dict that its tensors belong to.
    group: usize,
    is_module: bool,
}

/// What is found on the way through the values.
pub(super) struct Walk<'m, 'a> {
    machine: &'m Machine<'a>,
    places: &'m Places<'m>,
    queue: VecDeque<Container>,
    seen: HashSet<Id>,
    records: Vec<Record>,
    groups: Vec<String>,
}

impl<'m, 'a> Walk<'m, 'a> {
    /// Looks through all that `machine` has built, what lies least deep first. A dictionary that lies in several
    /// places is found in the first.
    pub(super) fn run(machine: &'m Machine<'a>, places: &'m Places<'m>) -> Result<(Vec<Record>, Vec<String>)> {
        let mut walk =
            Walk { machine, places, queue: VecDeque::new(), seen: HashSet::new(), records: vec![], groups: vec![] };
        let root = machine.root()?;
        match machine.get(root) {
            Value::Dict(_) | Value::List(_) | Value::Tuple(_) | Value::Object(_) => {
                walk.visit(root, String::new(), None)?
            }
            _ => {}
        }
        while let Some(container) = walk.queue.pop_front() {
            walk.look_into(&container)?;
        }
        Ok((walk.records, walk.groups))
    }

    /// Queues whatever may contain tensors. `group` is that of the module that it is a part of.
    fn visit(&mut self, id: Id, path: String, group: Option<usize>) -> Result<()> {
        if path.len() > MAX_NAME || !self.seen.insert(id) {
            return Ok(());
        }
        if self.seen.len() > MAX_CONTAINERS {
            return Err(too_many("dictionaries and lists"));
        }
        let is_module = matches!(self.machine.get(id), Value::Object(object) if self.module(object).is_some());
        let group = group.filter(|_| is_module).unwrap_or_else(|| {
            self.groups.push(path.clone());
            self.groups.len() - 1
        });
        self.queue.push_back(Container { id, path, group, is_module });
        Ok(())
    }

    fn look_into(&mut self, container: &Container) -> Result<()> {
        let machine = self.machine;
        match machine.get(container.id) {
            Value::Dict(entries) => self.entries(container, entries),
            Value::List(items) | Value::Tuple(items) => self.items(container, items),
            Value::Object(object) => {
                let parts: Vec<Id> = match self.module(object) {
                    Some(attributes) => {
                        let is_wanted = |key| self.machine.text(key).is_some_and(|key| MODULE.contains(&key));
                        attributes.iter().filter(|(key, _)| is_wanted(*key)).map(|&(_, part)| part).collect()
                    }
                    None => {
                        self.entries(container, &object.items)?;
                        object.parts.clone()
                    }
                };
                parts.into_iter().try_for_each(|part| self.part(container, part))
            }
            _ => Ok(()),
        }
    }

    /// What an object's attributes or arguments are counts as its own.
    fn part(&mut self, container: &Container, part: Id) -> Result<()> {
        let machine = self.machine;
        match machine.get(part) {
            Value::Dict(_) | Value::List(_) | Value::Tuple(_) if !self.seen.insert(part) => Ok(()),
            Value::Dict(entries) => self.entries(container, entries),
            Value::List(items) | Value::Tuple(items) => self.items(container, items),
            _ => self.child(container, "", part),
        }
    }

    fn entries(&mut self, container: &Container, entries: &[(Id, Id)]) -> Result<()> {
        for &(key, value) in entries {
            if let Some(key) = self.machine.text(key) {
                self.child(container, key, value)?;
            } else if let Value::Int(key) = self.machine.get(key) {
                self.child(container, &key.to_string(), value)?;
            }
        }
        Ok(())
    }

    fn items(&mut self, container: &Container, items: &[Id]) -> Result<()> {
        for (index, &item) in items.iter().enumerate() {
            self.child(container, &index.to_string(), item)?;
        }
        Ok(())
    }

    fn child(&mut self, container: &Container, key: &str, value: Id) -> Result<()> {
        let Container { path, group, is_module, .. } = container;
        let is_container =
            matches!(self.machine.get(value), Value::Dict(_) | Value::List(_) | Value::Tuple(_) | Value::Object(_));
        let numbers = numbers(self.machine, value, self.places);
        if key.len() > MAX_NAME || !is_container && numbers.is_none() {
            return Ok(());
        }
        let dot = if path.is_empty() || key.is_empty() { "" } else { "." };
        let path = format!("{path}{dot}{key}");
        let Some(numbers) = numbers else { return self.visit(value, path, is_module.then_some(*group)) };
        if self.records.len() >= MAX_TENSORS {
            return Err(too_many("tensors"));
        }
        let numbers = numbers.map_err(|why| why.of(&path));
        self.records.push(Record { path, group: *group, numbers });
        Ok(())
    }

    /// The attributes of a network's module.
    fn module(&self, object: &Object) -> Option<&'m [(Id, Id)]> {
        object.parts.iter().find_map(|&part| match self.machine.get(part) {
            Value::Dict(entries) if entries.len() <= MAX_ATTRIBUTES => {
                let has = |name| entries.iter().any(|&(key, _)| self.machine.text(key) == Some(name));
                MODULE.iter().all(|name| has(name)).then_some(&entries[..])
            }
            _ => None,
        })
    }
}

/// What lies on top of the pickle: the entries of the dictionary that it holds, or the one thing that it is.
pub(super) fn entries(machine: &Machine<'_>) -> Result<Vec<Entry>> {
    let root = machine.root()?;
    let entries = match machine.get(root) {
        Value::Dict(entries) => &entries[..],
        Value::List(_) | Value::Tuple(_) => &[],
        Value::Object(Object { items, .. }) if !items.is_empty() => &items[..],
        _ => return Ok(vec![Entry { name: String::new(), kind: kind(machine, root) }]),
    };
    let name = |key| machine.text(key).map_or_else(|| kind(machine, key), |text| text.chars().take(MAX_NAME).collect());
    Ok(entries
        .iter()
        .take(MAX_TENSORS)
        .map(|&(key, value)| Entry { name: name(key), kind: kind(machine, value) })
        .collect())
}

/// What a value is, in a word or two.
fn kind(machine: &Machine<'_>, id: Id) -> String {
    let count = |what: &str, count: usize| format!("{what} of {count}");
    match machine.get(id) {
        Value::Opaque(kind) => (*kind).into(),
        Value::Bool(value) => if *value { "True" } else { "False" }.into(),
        Value::Int(value) => value.to_string(),
        Value::Text(text) => format!("{:?}", text.chars().take(40).collect::<String>()),
        Value::Bytes(_) | Value::Latin1(_) => "bytes".into(),
        Value::Tuple(items) => count("tuple", items.len()),
        Value::List(items) => count("list", items.len()),
        Value::Dict(entries) => count("dict", entries.len()),
        Value::Tensor(_) => "tensor".into(),
        Value::Array(_) => "array".into(),
        Value::Storage(_) => "storage".into(),
        Value::Object(Object { class, .. }) => kind_of_class(machine, *class),
        Value::Global(_) | Value::ElementType(_) => kind_of_class(machine, id),
    }
}

fn kind_of_class(machine: &Machine<'_>, class: Id) -> String {
    match machine.get(class) {
        Value::Global(Global::Other(module, name)) => format!("{module}.{name}").chars().take(120).collect(),
        _ => "object".into(),
    }
}

fn too_many(what: &str) -> Error {
    Error::WeightsIncompatible(format!("the file holds more {what} than the training of a Mask R-CNN would keep"))
}
