//! An evaluation as tables.

use std::fmt::{Display, Formatter, Result};

use super::evaluation::{CategoryScores, Evaluation, GroupScores, RegionScores};

/// What a line of the tables is of: a group of images, or a category in one.
struct Row<'a> {
    name: String,
    pictures: usize,
    objects: usize,
    scores: &'a RegionScores,
    /// How many of the limits on detections have a line.
    limits: usize,
}

impl Display for Evaluation {
    /// Tables of all images and of each kind, and, where there are several categories, of each in these, for masks and
    /// for boxes; `-` where a score is undefined.
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        if let Some(masks) = self.rows(|group| group.masks.as_ref(), |category| category.masks.as_ref()) {
            self.region(formatter, "masks", &masks)?;
            writeln!(formatter)?;
        }
        let boxes = self.rows(|group| Some(&group.boxes), |category| Some(&category.boxes));
        boxes.map_or(Ok(()), |boxes| self.region(formatter, "boxes", &boxes))
    }
}

impl Evaluation {
    /// `None` where a group has no such scores.
    fn rows<'a>(
        &'a self,
        of_group: impl Fn(&'a GroupScores) -> Option<&'a RegionScores>,
        of_category: impl Fn(&'a CategoryScores) -> Option<&'a RegionScores>,
    ) -> Option<Vec<Row<'a>>> {
        let kinds = self.by_kind.iter().map(|(kind, group)| (kind.as_str(), group));
        let several = self.overall.by_category.len() > 1;
        let mut rows = Vec::new();
        for (name, group) in [("all", &self.overall)].into_iter().chain(kinds) {
            let (pictures, limits) = (group.pictures, self.options.max_detections.len());
            rows.push(Row { name: name.into(), pictures, objects: group.objects, scores: of_group(group)?, limits });
            for category in group.by_category.iter().filter(|_| several) {
                let (name, scores) = (format!("  {}", category.name), of_category(category)?);
                rows.push(Row { name, pictures, objects: category.objects, scores, limits: 1 });
            }
        }
        Some(rows)
    }

    fn region(&self, to: &mut Formatter<'_>, title: &str, rows: &[Row<'_>]) -> Result {
        let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).max(title.len());
        let head = ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR", "ARs", "ARm", "ARl"];
        writeln!(to, "COCO's scores of {title}, at most `max` detections a picture and category")?;
        write!(to, "{:width$} {:>8} {:>7} {:>5}", "", "pictures", "objects", "max")?;
        cells(to, head.map(String::from))?;
        for Row { name, pictures, objects, scores, limits } in rows {
            for coco in scores.coco.iter().take(*limits) {
                write!(to, "{name:width$} {pictures:>8} {objects:>7} {:>5}", coco.max_detections)?;
                cells(to, coco.stats().map(number))?;
            }
        }
        let threshold = self.options.score_threshold;
        let disjoint = if self.options.disjoint && title == "masks" { ", one mask a pixel" } else { "" };
        writeln!(to, "\nTP / (TP + FP + FN) of {title} with a score of at least {threshold}{disjoint}")?;
        write!(
            to,
            "{:width$} {:>20} {:>20} {:>20}\n{:width$}",
            "", "mean of pictures", "pooled", "pooled at IoU 0.5", ""
        )?;
        let head = ["0.5", "0.75", "mean", "0.5", "0.75", "mean", "TP", "FP", "FN"];
        cells(to, head.map(String::from))?;
        for Row { name, scores, .. } in rows {
            let (own, pooled, counts) =
                (scores.instances.per_picture, scores.instances.pooled, scores.instances.counts);
            write!(to, "{name:width$}")?;
            let precision = [own.ap50, own.ap75, own.ap, pooled.ap50, pooled.ap75, pooled.ap].map(number);
            let counts = [counts.true_positives, counts.false_positives, counts.false_negatives];
            cells(to, precision.into_iter().chain(counts.map(|count| count.to_string())))?;
        }
        Ok(())
    }
}

fn cells(to: &mut Formatter<'_>, cells: impl IntoIterator<Item = String>) -> Result {
    cells.into_iter().try_for_each(|cell| write!(to, " {cell:>6}"))?;
    writeln!(to)
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".into(), |value| format!("{value:.3}"))
}
