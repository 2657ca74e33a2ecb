//! A data set as its JSON has it: any value anywhere, so that what is wrong can be said with the entry's name.

use serde::Deserialize;
use serde_json::Value;

use super::entries::{Entries, Entry};
use super::written_mask::WrittenMask;

/// The file.
#[derive(Deserialize)]
#[serde(expecting = "an object with `images`, `annotations` and `categories`")]
pub(super) struct Written {
    pub(super) images: Option<Entries<WrittenImage>>,
    pub(super) annotations: Option<Entries<WrittenAnnotation>>,
    pub(super) categories: Option<Entries<WrittenCategory>>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an image: an object")]
pub(super) struct WrittenImage {
    pub(super) id: Value,
    pub(super) file_name: Value,
    pub(super) width: Value,
    pub(super) height: Value,
    pub(super) kind: Value,
    pub(super) labelled_categories: Value,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "an annotation: an object")]
pub(super) struct WrittenAnnotation {
    pub(super) id: Value,
    pub(super) image_id: Value,
    pub(super) category_id: Value,
    pub(super) bbox: Value,
    pub(super) area: Value,
    pub(super) iscrowd: Value,
    pub(super) segmentation: WrittenMask,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "a category: an object")]
pub(super) struct WrittenCategory {
    pub(super) id: Value,
    pub(super) name: Value,
    pub(super) supercategory: Value,
}

impl Entry for WrittenImage {
    fn id(&mut self) -> &mut Value {
        &mut self.id
    }
}
impl Entry for WrittenAnnotation {
    fn id(&mut self) -> &mut Value {
        &mut self.id
    }
}
impl Entry for WrittenCategory {
    fn id(&mut self) -> &mut Value {
        &mut self.id
    }
}
