//! A checkpoint's file, and which of the tensors in it are the state dict.
//!
//! Training scripts save more than a state dict, under names of their own. Of a detector, though, one tensor is always
//! called `roi_heads.box_predictor.cls_score.weight`, by torchvision and by detectron2: whatever stands before that in
//! the file, be it the keys of dictionaries (`model`, `ema`), attributes of objects, or what wrappers put in front of
//! names (`module.`, `_orig_mod.`, `model.`), is where a state dict lies. Each such place is tried.

use std::collections::{BTreeMap, BTreeSet};

use super::formats::{self, Contents, Format, Leaf, MAX_EXPANSION};
use super::layers::{Problems, layers};
use super::torchvision::{Checkpoint, Classifier};
use super::{StateDict, infer};
use crate::{Error, Result};

/// A tensor that every detector has, in torchvision's names and in detectron2's.
const DETECTOR: &str = "roi_heads.box_predictor.cls_score.weight";

/// Tensors by which bodies are found: one that every residual network has, and one of every EfficientNet-Lite.
const BODIES: [&str; 2] = ["layer1.0.conv1.weight", "_blocks.0._depthwise_conv.weight"];

/// What wrappers put in front of names: data parallelism, torch.compile, Lightning's modules.
const WRAPPERS: [&str; 3] = ["module.", "_orig_mod.", "model."];

/// Networks in a file.
const MAX_PLACES: usize = 64;

/// The top level of a file, where a place is named.
const TOP: &str = ".";

/// A checkpoint's file.
pub struct CheckpointFile {
    contents: Contents,
}

/// Something on a file's top level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Its name, or what names have in common up to their first dot; empty where the file is nothing else.
    pub name: String,
    /// What it is, in a word or two, such as `dict of 3` or `argparse.Namespace`; empty for tensors.
    pub kind: String,
    /// Number of tensors in it.
    pub tensors: usize,
}

/// A state dict that was found in a file.
#[derive(Debug, Clone)]
pub struct Selected {
    /// Where it was found: the names of what it lies in, with dots between them; empty for the top level.
    pub path: String,
    /// It, with the names that the network's library gives them.
    pub state: StateDict,
    /// Where other networks lie, which were not taken.
    pub others: Vec<String>,
}

/// A place where a state dict may lie.
struct Candidate {
    path: String,
    state: Result<StateDict>,
    fit: Fit,
}

/// How well tensors fit a network that is known. The best comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// A network for classification whose body is known; its number of tensors.
    Classifier(usize),
    /// A detector except for some tensors; their number.
    Nearly(core::cmp::Reverse<usize>),
    /// A detector; its number of tensors.
    Detector(usize),
}

impl CheckpointFile {
    /// Reads what a file holds: `.safetensors`, what `torch.save` writes, or a `.pkl` with NumPy's arrays, told by
    /// its first bytes. No tensor is decoded yet.
    ///
    /// # Errors
    /// [`Error::WeightsIntegrity`] for damaged bytes, [`Error::WeightsIncompatible`] for an intact file that is
    /// something else.
    pub fn read(bytes: Vec<u8>) -> Result<Self> {
        formats::read(bytes).map(|contents| Self { contents })
    }

    /// Its format.
    pub fn format(&self) -> Format {
        self.contents.format
    }

    /// What it holds on its top level, in the order of the names.
    pub fn entries(&self) -> Vec<FileEntry> {
        let mut entries: BTreeMap<&str, FileEntry> = BTreeMap::new();
        let mut entry = |name, kind: &str, tensors| {
            let new = || FileEntry { name: String::from(name), kind: kind.into(), tensors: 0 };
            entries.entry(name).or_insert_with(new).tensors += tensors;
        };
        for found in self.contents.entries.iter().filter(|entry| entry.kind != "tensor" && entry.kind != "array") {
            entry(&found.name, &found.kind, 0);
        }
        for leaf in &self.contents.leaves {
            let name = leaf.path.split_once('.').map_or(leaf.path.as_str(), |(name, _)| name);
            entry(name, "", 1);
        }
        entries.into_values().collect()
    }

    /// The state dict with the most tensors that is one of a detector, or of a ResNet or EfficientNet-Lite for classification; where
    /// there is none, the one that comes nearest. With `key`, only those in the place with this path, `.` being the
    /// top level. `masks` is that of [`WeightsOptions`](super::WeightsOptions).
    ///
    /// # Errors
    /// [`Error::WeightsIncompatible`] if there is none, or several that are as good but not the same;
    /// [`Error::InvalidInput`] if there is nothing in that place; [`Error::WeightsIntegrity`] for a tensor whose
    /// elements are missing.
    pub fn select(&self, key: Option<&str>, masks: Option<bool>) -> Result<Selected> {
        let mut candidates = self.candidates(masks)?;
        let flat = candidates.iter().any(|(_, candidate)| candidate.path.is_empty());
        candidates.retain(|(top, candidate)| match key {
            None => true,
            Some(TOP) if flat => candidate.path.is_empty(),
            Some(TOP) => *top,
            Some(key) => within(&candidate.path, key),
        });
        let Some(best) = candidates.iter().map(|(_, candidate)| candidate.fit).max() else {
            return self.largest(key);
        };
        let is_network = |fit: Fit| !matches!(fit, Fit::Nearly(_));
        let (best, others): (Vec<_>, Vec<_>) =
            candidates.into_iter().map(|(_, candidate)| candidate).partition(|candidate| candidate.fit == best);
        let others: Vec<String> =
            others.into_iter().filter(|other| is_network(other.fit)).map(|other| other.path).collect();
        let mut distinct: Vec<(String, StateDict)> = vec![];
        for Candidate { path, state, fit } in best {
            let state = state?;
            // Of those that are not detectors, the reason for one is enough.
            if distinct.is_empty() || is_network(fit) && !same(&distinct, &state) {
                distinct.push((path, state));
            }
        }
        let names: Vec<String> = distinct.iter().map(|(path, _)| shown(path)).collect();
        match <[_; 1]>::try_from(distinct) {
            Ok([(path, state)]) => Ok(Selected { path, state, others }),
            Err(_) => Err(Error::WeightsIncompatible(format!(
                "the file holds {} networks that would do: {}; choose one with --state-dict NAME (stateDict in JavaScript)",
                names.len(),
                list(&names)
            ))),
        }
    }

    /// The places where networks lie, each with whether that is the top level.
    fn candidates(&self, masks: Option<bool>) -> Result<Vec<(bool, Candidate)>> {
        let leaves = &self.contents.leaves;
        let place = |path: &str| {
            let detector = path.strip_suffix(DETECTOR);
            let body = || BODIES.iter().find_map(|body| path.strip_suffix(body)).filter(|place| !is_part(place));
            detector.or_else(body).filter(|place| place.is_empty() || place.ends_with('.')).map(str::to_owned)
        };
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for leaf in leaves {
            places.extend(place(&leaf.path).map(|place| (place, leaf.group)));
        }
        if places.len() > MAX_PLACES {
            return Err(Error::WeightsIncompatible(format!("the file holds {} networks: too many", places.len())));
        }
        let candidate = |(place, &group): (&String, &usize)| {
            let is_inner = |path: &str| {
                places
                    .keys()
                    .any(|inner| inner.len() > place.len() && inner.starts_with(place) && path.starts_with(inner))
            };
            let below: Vec<&Leaf> =
                leaves.iter().filter(|leaf| leaf.path.starts_with(place) && !is_inner(&leaf.path)).collect();
            // Beside a state dict's tensors there may be dictionaries of others; or its parts may be dictionaries.
            let own: Vec<&Leaf> = below.iter().copied().filter(|leaf| leaf.group == group).collect();
            let tries = [below, own].map(|leaves| {
                let state = self.state(&leaves, place);
                let fit = state.as_ref().map_or(Fit::Nearly(core::cmp::Reverse(usize::MAX)), |state| fit(state, masks));
                Candidate { path: place.trim_end_matches('.').into(), state, fit }
            });
            let [below, own] = tries;
            let top = self.contents.groups.get(group).is_none_or(String::is_empty);
            (top, if own.fit > below.fit { own } else { below })
        };
        Ok(places.iter().map(candidate).collect())
    }

    /// Where no network is found: the dictionary with the most tensors.
    fn largest(&self, key: Option<&str>) -> Result<Selected> {
        let Contents { leaves, groups, .. } = &self.contents;
        if leaves.is_empty() {
            // A file may be a single thing, such as a whole network whose class keeps its weights elsewhere.
            let what = match &self.contents.entries[..] {
                [entry] if entry.name.is_empty() => format!(", but `{}`", entry.kind.escape_debug()),
                _ => String::new(),
            };
            return Err(Error::WeightsIncompatible(format!(
                "the file holds no state dict{what}; save one with torch.save(model.state_dict(), path)"
            )));
        }
        let group = |leaf: &Leaf| groups.get(leaf.group).map_or("", String::as_str);
        let wanted = |leaf: &&Leaf| match key {
            None => true,
            Some(TOP) => group(leaf).is_empty(),
            Some(key) => within(&leaf.path, key),
        };
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for leaf in leaves.iter().filter(wanted) {
            *counts.entry(leaf.group).or_default() += 1;
        }
        // Of several with as many the one that lies least deep.
        let Some((&largest, _)) = counts.iter().max_by_key(|&(&group, &count)| (count, core::cmp::Reverse(group)))
        else {
            return Err(self.nothing_at(key.unwrap_or(TOP)));
        };
        let own: Vec<&Leaf> = leaves.iter().filter(|leaf| leaf.group == largest).filter(wanted).collect();
        let base = groups.get(largest).map_or("", String::as_str);
        let mut place = if base.is_empty() { String::new() } else { format!("{base}.") };
        let shared = |place: &str, wrapper: &str| own.iter().all(|leaf| leaf.path[place.len()..].starts_with(wrapper));
        while let Some(wrapper) = WRAPPERS.iter().find(|wrapper| shared(&place, wrapper)) {
            place.push_str(wrapper);
        }
        let state = self.state(&own, &place)?;
        Ok(Selected { path: place.trim_end_matches('.').into(), state, others: vec![] })
    }

    /// These tensors, without `place` before their names.
    fn state(&self, leaves: &[&Leaf], place: &str) -> Result<StateDict> {
        let mut total = 0_usize;
        let tensors = leaves.iter().map(|leaf| {
            let tensor = leaf.tensor.clone()?;
            // A layer without channels cannot be built.
            if tensor.shape().contains(&0) {
                let (name, shape) = (&leaf.path, tensor.shape());
                return Err(Error::WeightsIncompatible(format!("`{name}` is empty: its shape is {shape:?}")));
            }
            let byte_len = tensor.shape().iter().product::<usize>().saturating_mul(tensor.dtype().size());
            total = total.saturating_add(byte_len);
            if total / MAX_EXPANSION > self.contents.file_len {
                return Err(Error::WeightsIntegrity("the tensors claim more than the file has".into()));
            }
            Ok((leaf.path[place.len()..].to_owned(), tensor))
        });
        tensors.collect()
    }

    fn nothing_at(&self, key: &str) -> Error {
        let places: BTreeSet<&str> = self.contents.groups.iter().map(String::as_str).collect();
        let names: Vec<String> = places.into_iter().map(shown).collect();
        Error::InvalidInput(format!(
            "the file holds no tensors in `{}`; what it holds is in {}",
            key.escape_debug(),
            list(&names)
        ))
    }
}

impl StateDict {
    /// Reads the state dict that a checkpoint's file holds, as [`CheckpointFile::select`] finds it. Nothing is
    /// decoded yet.
    ///
    /// # Errors
    /// Those of [`CheckpointFile::read`] and [`CheckpointFile::select`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self> {
        Ok(CheckpointFile::read(bytes)?.select(None, None)?.state)
    }
}

/// Whether a body in this place is a detector's.
fn is_part(place: &str) -> bool {
    place.ends_with("backbone.body.")
}

/// Whether `path` is `key`, or lies in it.
fn within(path: &str, key: &str) -> bool {
    path.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn fit(state: &StateDict, masks: Option<bool>) -> Fit {
    let nearly = |problems: usize| Fit::Nearly(core::cmp::Reverse(problems));
    if state.get(DETECTOR).is_none() {
        return if Classifier::of(state).is_some() { Fit::Classifier(state.len()) } else { nearly(usize::MAX) };
    }
    let Ok(checkpoint) = Checkpoint::new(state.clone(), masks) else { return nearly(usize::MAX) };
    let Ok(config) = infer::infer(&checkpoint.state) else { return nearly(usize::MAX) };
    match Problems::of(&checkpoint.state, &layers(&config)).count() {
        0 => Fit::Detector(checkpoint.state.len()),
        problems => nearly(problems),
    }
}

/// Whether a state dict has the same numbers as one of the others.
fn same(others: &[(String, StateDict)], state: &StateDict) -> bool {
    others.iter().any(|(_, other)| {
        other.len() == state.len()
            && other.iter().zip(state.iter()).all(|((name, tensor), (other_name, other))| {
                (name, tensor.shape(), tensor.dtype()) == (other_name, other.shape(), other.dtype())
                    && tensor.to_bytes().ok() == other.to_bytes().ok()
            })
    })
}

/// A place, as messages name it.
fn shown(path: &str) -> String {
    if path.is_empty() {
        return format!("`{TOP}` (the top level)");
    }
    format!("`{}`", path.escape_debug())
}

fn list(names: &[String]) -> String {
    const LISTED: usize = 8;
    let listed = names[..names.len().min(LISTED)].join(", ");
    match names.len().saturating_sub(LISTED) {
        0 => listed,
        more => format!("{listed} and {more} more"),
    }
}
