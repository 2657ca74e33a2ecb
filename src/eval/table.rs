//! An evaluation as tables.

use std::fmt::{Display, Formatter, Result};

use super::evaluation::{Evaluation, GroupScores, RegionScores};

impl Display for Evaluation {
    /// Tables of all images and of each kind, for masks and for boxes; `-` where a score is undefined.
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        let groups: Vec<(&str, &GroupScores)> = [("all", &self.overall)]
            .into_iter()
            .chain(self.by_kind.iter().map(|(kind, scores)| (kind.as_str(), scores)))
            .collect();
        let masks: Option<Vec<_>> =
            groups.iter().map(|&(name, group)| Some((name, group, group.masks.as_ref()?))).collect();
        if let Some(masks) = masks {
            self.region(formatter, "masks", &masks)?;
            writeln!(formatter)?;
        }
        let boxes: Vec<_> = groups.iter().map(|&(name, group)| (name, group, &group.boxes)).collect();
        self.region(formatter, "boxes", &boxes)
    }
}

impl Evaluation {
    fn region(&self, to: &mut Formatter<'_>, title: &str, rows: &[(&str, &GroupScores, &RegionScores)]) -> Result {
        let width = rows.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or(0).max(title.len());
        let head = ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR", "ARs", "ARm", "ARl"];
        writeln!(to, "COCO's scores of {title}, at most `max` detections a picture and category")?;
        write!(to, "{:width$} {:>8} {:>7} {:>5}", "", "pictures", "objects", "max")?;
        cells(to, head.map(String::from))?;
        for (name, group, scores) in rows {
            for coco in &scores.coco {
                write!(to, "{name:width$} {:>8} {:>7} {:>5}", group.pictures, group.objects, coco.max_detections)?;
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
        for (name, _, scores) in rows {
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
