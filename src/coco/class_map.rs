//! Maps the classes of a network to categories of a data set.

use std::collections::BTreeSet;

use super::{CocoCategory, CocoDataset};
use crate::error::{Error, Result};

/// The classes of a network, 1 and more (0 is the background), and the categories of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassMap {
    /// The category of each class from 0 on; `None` for the background and for classes that the data
    /// set does not have.
    categories: Vec<Option<CocoCategory>>,
}

impl ClassMap {
    /// The classes of a network that is trained on these categories: class 1 is the category with the
    /// lowest id, class 2 the next, and so on.
    pub fn contiguous(categories: &[CocoCategory]) -> Self {
        let mut categories = categories.to_vec();
        categories.sort_by_key(|category| category.id);
        Self { categories: [None].into_iter().chain(categories.into_iter().map(Some)).collect() }
    }

    /// The classes of a network that is trained on this data set: its categories in the order of their ids, without
    /// those that only name the group of others, as Roboflow's id 0 does. Categories that no annotation uses but that
    /// are no such group are classes, so that the parts of a data set agree.
    pub fn of_training(dataset: &CocoDataset) -> Self {
        Self::contiguous(&without_groups(dataset))
    }

    /// The classes of a network with `num_classes` classes, the background included, on a data set:
    /// its categories in the order of their ids ([`ClassMap::contiguous`]), where they are as many and one less: all
    /// of them, or those that are not only a group of others, or those that annotations use. Else, as torchvision's
    /// networks of 91 classes have it, the ids of the categories themselves, and for a data set without categories
    /// the network's own numbers.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the network has too few classes for all that.
    pub fn of_network(dataset: &CocoDataset, num_classes: usize) -> Result<Self> {
        let used_ids = dataset.used_categories();
        let used = |category: &&CocoCategory| used_ids.contains(&category.id);
        let used: Vec<CocoCategory> = dataset.categories.iter().filter(used).cloned().collect();
        for categories in [dataset.categories.clone(), without_groups(dataset), used] {
            if !categories.is_empty() && num_classes == categories.len() + 1 {
                return Ok(Self::contiguous(&categories));
            }
        }
        let mut map = Self { categories: vec![None; num_classes] };
        if dataset.categories.is_empty() {
            let own = (1..num_classes).map(|class| CocoCategory {
                id: class as u64,
                name: format!("class {class}"),
                supercategory: None,
            });
            map.categories.iter_mut().skip(1).zip(own).for_each(|(class, category)| *class = Some(category));
        }
        for category in &dataset.categories {
            let class = usize::try_from(category.id).ok().filter(|&id| id > 0);
            match class.and_then(|id| map.categories.get_mut(id)) {
                Some(class) => *class = Some(category.clone()),
                // A category that nothing uses is in nobody's way where the others fit.
                None if !used_ids.is_empty() && !used_ids.contains(&category.id) => (),
                None => return Err(too_few(dataset, num_classes)),
            }
        }
        Ok(map)
    }

    /// The same classes on another data set, whose categories are found by their names.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the other data set has annotations of a category without a class.
    pub fn by_name(&self, dataset: &CocoDataset) -> Result<Self> {
        let named = |name: &str| dataset.categories.iter().find(|category| category.name == name).cloned();
        let categories: Vec<Option<CocoCategory>> =
            self.categories.iter().map(|category| named(&category.as_ref()?.name)).collect();
        let map = Self { categories };
        let used = dataset.used_categories();
        let unknown = |category: &&CocoCategory| used.contains(&category.id) && map.class(category.id).is_none();
        match dataset.categories.iter().find(unknown) {
            None => Ok(map),
            Some(category) => Err(Error::InvalidInput(format!(
                "it has objects of the category {:?} (id {}), but the network learns only {}; give both data sets the \
                 same categories",
                category.name,
                category.id,
                self.labels()[1..].join(", ")
            ))),
        }
    }

    /// Number of classes, the background included.
    pub fn num_classes(&self) -> usize {
        self.categories.len()
    }

    /// The id of a class's category; `None` for the background and for classes that the data set does
    /// not have.
    pub fn category(&self, class_id: usize) -> Option<u64> {
        self.categories.get(class_id)?.as_ref().map(|category| category.id)
    }

    /// The class of a category; `None` where there is no such category.
    pub fn class(&self, category_id: u64) -> Option<usize> {
        self.categories.iter().position(|category| category.as_ref().is_some_and(|c| c.id == category_id))
    }

    /// The name of each class, the background's first.
    pub fn labels(&self) -> Vec<String> {
        let name = |(class, category): (usize, &Option<CocoCategory>)| match category {
            Some(category) => category.name.clone(),
            None if class == 0 => "background".into(),
            None => format!("class {class}"),
        };
        self.categories.iter().enumerate().map(name).collect()
    }
}

/// The categories without those that no annotation uses and that others name as their supercategory.
fn without_groups(dataset: &CocoDataset) -> Vec<CocoCategory> {
    let used = dataset.used_categories();
    let is_other = |group: &CocoCategory, other: &CocoCategory| {
        other.id != group.id && other.supercategory.as_ref() == Some(&group.name)
    };
    let is_group = |category: &CocoCategory| {
        !used.contains(&category.id) && dataset.categories.iter().any(|other| is_other(category, other))
    };
    dataset.categories.iter().filter(|category| !is_group(category)).cloned().collect()
}

fn too_few(dataset: &CocoDataset, num_classes: usize) -> Error {
    let ids: BTreeSet<u64> = dataset.categories.iter().map(|category| category.id).collect();
    Error::InvalidInput(format!(
        "the network has {} classes of objects, the data set has {} categories with ids up to {}; use a \
         network that was trained on these categories",
        num_classes.saturating_sub(1),
        ids.len(),
        ids.last().copied().unwrap_or(0)
    ))
}
