//! The images to learn from, and the objects in them.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crate::coco::{ClassMap, CocoAnnotation, CocoDataset, CocoId, CocoImage, WarningKind, Warnings};
use crate::error::{Error, Result};
use crate::eval::PictureSet;
use crate::structures::BoundingBox;
use crate::train::{LabelledClasses, Object, ObjectMask, Sample};

/// How the categories of a data set become classes; class 0 is the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CategoryIds {
    /// Classes 1, 2, 3… in the order of the categories' ids, without those that only name a group of others
    /// ([`ClassMap::of_training`]).
    #[default]
    Contiguous,
    /// A category's id is its class, as in torchvision's checkpoints: 91 classes, of which 80
    /// mean a category of COCO.
    AsTheyAre,
}

/// Far more than any data set has: a typing error in an id is not to make a gigantic network.
const MAX_CLASSES: u64 = 100_000;

impl CategoryIds {
    fn classes(self, dataset: &CocoDataset) -> Result<ClassMap> {
        let ids = dataset.categories.iter().map(|category| category.id);
        let (Some(least), Some(greatest)) = (ids.clone().min(), ids.max()) else {
            return Err(Error::InvalidInput("the data set has no categories".into()));
        };
        match self {
            Self::Contiguous => Ok(ClassMap::of_training(dataset)),
            Self::AsTheyAre if least == 0 || greatest >= MAX_CLASSES => Err(Error::InvalidInput(format!(
                "the categories' ids, {least} to {greatest}, cannot be classes as they are; number the classes from 1"
            ))),
            Self::AsTheyAre => ClassMap::of_network(dataset, greatest as usize + 1),
        }
    }
}

/// A data set in COCO's format with its images.
///
/// Images are read when they are asked for first. They and their masks stay in memory up to
/// [`Dataset::DEFAULT_CACHE_BYTES`] or what [`Dataset::with_cache_bytes`] says; those that do not
/// fit are read again each time. Threads may ask at the same time.
#[derive(Debug)]
pub struct Dataset {
    files: PictureSet,
    pictures: Vec<Picture>,
    classes: ClassMap,
    labels: Vec<String>,
    /// Bytes that may still be kept.
    room: AtomicUsize,
}

/// One image, and what is kept of it.
#[derive(Debug)]
struct Picture {
    annotations: Vec<CocoAnnotation>,
    kept: OnceLock<Arc<Sample>>,
}

impl Dataset {
    /// How many bytes of images and masks are kept in memory at most: 1 GiB.
    pub const DEFAULT_CACHE_BYTES: usize = 1 << 30;

    /// Opens a data set: `json` in COCO's format, with its images in `images`, or else where
    /// [`ImageFiles`](crate::coco::ImageFiles) says. The headers of all images are read: now rather than hours into a
    /// training.
    ///
    /// # Errors
    /// [`Error::Io`] where `json` or one of the images' files is missing, [`Error::InvalidInput`]
    /// where a file is not an image or has another size than the data set says, and where `json` is malformed, has no
    /// images or no categories, or has ids of categories that [`CategoryIds::AsTheyAre`] cannot take: 0, or 100,000
    /// and more.
    pub fn open(
        json: &Path,
        images: Option<&Path>,
        category_ids: CategoryIds,
        warnings: &mut Warnings,
    ) -> Result<Self> {
        let mut files = PictureSet::open(json, images, warnings)?;
        let dataset = files.dataset_mut();
        let invalid = |reason: &dyn std::fmt::Display| Error::InvalidInput(format!("{}: {reason}", json.display()));
        if dataset.images.is_empty() {
            return Err(invalid(&"the data set has no images"));
        }
        let classes = category_ids.classes(dataset).map_err(|error| invalid(&error))?;
        let used = dataset.used_categories();
        for category in dataset.categories.iter().filter(|category| !used.contains(&category.id)) {
            warnings.add(WarningKind::UnusedCategory, || match classes.class(category.id) {
                Some(class) => format!("{} (class {class}) in {}", category.name, json.display()),
                None => format!("{} (a group, not a class) in {}", category.name, json.display()),
            });
        }
        let mut annotations: HashMap<CocoId, Vec<CocoAnnotation>> = HashMap::new();
        for annotation in std::mem::take(&mut dataset.annotations) {
            annotations.entry(annotation.image_id.clone()).or_default().push(annotation);
        }
        let pictures = dataset.images.iter().map(|image| {
            let annotations = annotations.remove(&image.id).unwrap_or_default();
            Picture { annotations, kept: OnceLock::new() }
        });
        let (pictures, labels) = (pictures.collect(), classes.labels());
        files.check(warnings)?;
        Ok(Self { files, pictures, classes, labels, room: AtomicUsize::new(Self::DEFAULT_CACHE_BYTES) })
    }

    /// The same data set, keeping other than [`Dataset::DEFAULT_CACHE_BYTES`] in memory.
    pub fn with_cache_bytes(mut self, bytes: usize) -> Self {
        for picture in &mut self.pictures {
            picture.kept = OnceLock::new();
        }
        self.room = AtomicUsize::new(bytes);
        self
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.pictures.len()
    }

    /// Whether there is no image; never true of a data set that was opened.
    pub fn is_empty(&self) -> bool {
        self.pictures.is_empty()
    }

    /// What the data set says of each image and its objects.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&CocoImage, &[CocoAnnotation])> {
        let images = self.files.dataset().images.iter();
        images.zip(self.pictures.iter().map(|picture| &picture.annotations[..]))
    }

    /// Which category of the data set is which class of the network.
    pub fn classes(&self) -> &ClassMap {
        &self.classes
    }

    /// Number of classes, the background included.
    pub fn num_classes(&self) -> usize {
        self.labels.len()
    }

    /// The name of each class, the background first.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// What kind of image the one at `index` is, where the data set says so.
    pub fn kind(&self, index: usize) -> Option<&str> {
        self.files.dataset().images.get(index)?.kind.as_deref()
    }

    /// The classes of the image at `index` that are labelled exhaustively.
    fn labelled(&self, index: usize) -> LabelledClasses {
        match &self.files.dataset().images[index].labelled_categories {
            None => LabelledClasses::All,
            Some(categories) => {
                let classes = categories.iter().filter_map(|&category| self.classes.class(category));
                LabelledClasses::of(classes.collect(), self.num_classes())
            }
        }
    }

    /// The image at `index` and its objects, in the image's own pixels.
    ///
    /// Boxes are those of the masks where there are masks. Crowd regions are `ignored`. As in
    /// torchvision's `references/detection/coco_utils.py`, annotations without any extent are
    /// left out.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read; [`Error::InvalidInput`] where it is not an image
    /// or has another size than the data set says, where a mask is malformed, or for an index past
    /// the end.
    pub fn sample(&self, index: usize) -> Result<Arc<Sample>> {
        let picture = self.pictures.get(index).ok_or_else(|| {
            Error::InvalidInput(format!("there is no image {index} in a data set of {} images", self.pictures.len()))
        })?;
        if let Some(sample) = picture.kept.get() {
            return Ok(Arc::clone(sample));
        }
        let sample = Arc::new(self.read(index)?);
        let bytes = bytes(&sample);
        let taken = self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(bytes));
        if taken.is_ok() && picture.kept.set(Arc::clone(&sample)).is_err() {
            // Another thread read it at the same time.
            self.room.fetch_add(bytes, Ordering::Relaxed);
        }
        Ok(sample)
    }

    fn read(&self, index: usize) -> Result<Sample> {
        let image = self.files.read(index, &mut Warnings::default())?;
        let (width, height) = (image.width(), image.height());
        let labelled = self.labelled(index);
        let mut sample = Sample { image, objects: Vec::new(), ignored: Vec::new(), labelled };
        for annotation in &self.pictures[index].annotations {
            if annotation.iscrowd {
                sample.ignored.extend(clipped(annotation.bbox, (width, height)));
            } else if let Some((bounding_box, mask)) = outline(annotation, (width, height))? {
                let class_id = self.classes.class(annotation.category_id).ok_or_else(|| {
                    Error::InvalidInput(format!(
                        "annotation {}: unknown category {}",
                        annotation.id, annotation.category_id
                    ))
                })?;
                sample.objects.push(Object { bounding_box, class_id, mask });
            }
        }
        Ok(sample)
    }
}

/// Box and mask of an annotation; `None` where it has no extent.
fn outline(
    annotation: &CocoAnnotation,
    (width, height): (usize, usize),
) -> Result<Option<(BoundingBox, Option<ObjectMask>)>> {
    Ok(match annotation.mask(width, height)? {
        None => clipped(annotation.bbox, (width, height)).map(|bounding_box| (bounding_box, None)),
        Some(rle) => rle.to_cropped().map(|(part, pixels)| {
            let mask = ObjectMask { part, pixels };
            (mask.bounding_box(), Some(mask))
        }),
    })
}

/// COCO's x, y, width, height as a box within an image of this width and height; `None` where nothing is left of it.
fn clipped([x, y, width, height]: [f64; 4], size: (usize, usize)) -> Option<BoundingBox> {
    let [x1, y1, x2, y2] = [x, y, x + width, y + height].map(|value| value as f32);
    BoundingBox { x1, y1, x2, y2 }.clipped(size.0, size.1)
}

/// What a sample takes in memory, its lists included.
fn bytes(sample: &Sample) -> usize {
    let masks: usize = sample.objects.iter().flat_map(|object| &object.mask).map(|mask| mask.pixels.len()).sum();
    sample.image.samples().bytes() + masks + size_of_val(&sample.objects[..]) + size_of_val(&sample.ignored[..])
}
