//! Which category of a data set a network's class stands for.

use super::CocoCategory;
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

    /// The classes of a network with `num_classes` classes, the background included, on a data set with
    /// these categories: [contiguous](ClassMap::contiguous) where it has as many as the data set and one
    /// more; else, as torchvision's networks of 91 classes have it, the ids of the categories themselves.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the network has too few classes for both.
    pub fn of_network(categories: &[CocoCategory], num_classes: usize) -> Result<Self> {
        if num_classes == categories.len() + 1 {
            return Ok(Self::contiguous(categories));
        }
        let mut map = Self { categories: vec![None; num_classes] };
        for category in categories {
            let class = usize::try_from(category.id).ok().filter(|&id| id > 0);
            let class = class.and_then(|id| map.categories.get_mut(id));
            *class.ok_or_else(|| {
                Error::InvalidInput(format!(
                    "the network has {} classes of objects, the data set has {} categories with ids up to {}; use a \
                     network that was trained on these categories",
                    num_classes.saturating_sub(1),
                    categories.len(),
                    categories.iter().map(|category| category.id).max().unwrap_or(0)
                ))
            })? = Some(category.clone());
        }
        Ok(map)
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
