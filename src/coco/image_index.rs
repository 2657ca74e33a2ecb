//! Which image an id means.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{CocoId, CocoImage};

/// Finds images by what annotations and results call them.
#[derive(Debug, Clone, Default)]
pub(crate) struct ImageIndex {
    ids: HashMap<CocoId, usize>,
    /// By the name of the file, with and without its folder and ending; `None` for a name that several have.
    names: HashMap<String, Option<usize>>,
}

impl ImageIndex {
    /// Of a data set's images, whose ids differ.
    pub(crate) fn new(images: &[CocoImage]) -> Self {
        let mut index = Self::default();
        for (position, image) in images.iter().enumerate() {
            index.ids.insert(image.id.clone(), position);
            let path = image.file_name.replace('\\', "/");
            let base = path.rsplit('/').next().unwrap_or_default();
            let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
            let mut names = vec![image.file_name.as_str(), &path, base, stem];
            names.dedup();
            for name in names {
                match index.names.entry(name.to_owned()) {
                    Entry::Occupied(mut entry) if *entry.get() != Some(position) => {
                        entry.insert(None);
                    }
                    Entry::Occupied(_) => (),
                    Entry::Vacant(entry) => {
                        entry.insert(Some(position));
                    }
                }
            }
        }
        index
    }

    /// The position of the image with this id: exactly, as a number for a string that holds one (or the other way
    /// round), or, for a string, the image with this file name, which need not have its folder or its ending.
    pub(crate) fn find(&self, id: &CocoId) -> Option<usize> {
        if let Some(&position) = self.ids.get(id) {
            return Some(position);
        }
        if let Some(&position) = id.rewritten().and_then(|id| self.ids.get(&id)) {
            return Some(position);
        }
        match id {
            CocoId::Text(name) => *self.names.get(name.as_str())?,
            CocoId::Number(_) => None,
        }
    }
}
