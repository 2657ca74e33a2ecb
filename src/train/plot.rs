//! `plot.svg`: how losses and accuracies developed.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::metrics::{Record, StepRecord, ValidationRecord};
use crate::{Error, Result};

/// Width and height of the drawing in pixels.
const SIZE: (u32, u32) = (960, 720);

/// At most so many points a line.
const MOST_POINTS: usize = 480;

/// A line of a panel.
struct Line {
    name: &'static str,
    points: Vec<(f64, f64)>,
}

/// Draws the losses, each point the mean of the steps up to it, and the accuracies.
///
/// # Errors
/// [`Error::Internal`] if the drawing fails.
pub(super) fn plot(records: &[Record]) -> Result<String> {
    let mut drawing = String::new();
    let failed = |error: &dyn core::fmt::Display| Error::Internal(format!("plot.svg: {error}"));
    {
        let area = SVGBackend::with_string(&mut drawing, SIZE).into_drawing_area();
        area.fill(&WHITE).map_err(|error| failed(&error))?;
        let panels = area.split_evenly((2, 1));
        panel(&panels[0], "Losses", &losses(records)).map_err(|error| failed(&error))?;
        panel(&panels[1], "Validation", &accuracies(records)).map_err(|error| failed(&error))?;
        area.present().map_err(|error| failed(&error))?;
    }
    Ok(drawing)
}

fn losses(records: &[Record]) -> Vec<Line> {
    let steps = || records.iter().filter_map(|record| if let Record::Step(step) = record { Some(step) } else { None });
    let names: Vec<&str> =
        steps().next().into_iter().flat_map(|step| step.losses.named().map(|(name, _)| name)).collect();
    let value = |step: &StepRecord, name| step.losses.named().find(|(other, _)| *other == name).map(|(_, value)| value);
    let line = |name| {
        let all: Vec<(f64, f64)> =
            steps().filter_map(|step| Some((step.step as f64, f64::from(value(step, name)?)))).collect();
        let share = all.len().div_ceil(MOST_POINTS).max(1);
        let mean = |part: &[(f64, f64)]| part.iter().map(|(_, loss)| loss).sum::<f64>() / part.len() as f64;
        Line { name, points: all.chunks(share).map(|part| (part[part.len() - 1].0, mean(part))).collect() }
    };
    names.into_iter().map(line).collect()
}

fn accuracies(records: &[Record]) -> Vec<Line> {
    type Accuracy = fn(&ValidationRecord) -> Option<f64>;
    let accuracies: [(&'static str, Accuracy); 6] = [
        ("mask AP", |record| record.mask_ap),
        ("mask AP50", |record| record.mask_ap50),
        ("box AP", |record| Some(record.box_ap)),
        ("box AP50", |record| Some(record.box_ap50)),
        ("cells", |record| record.cells),
        ("cells, IoU 0.5", |record| record.cells50),
    ];
    let validations = || {
        records.iter().filter_map(|record| if let Record::Validation(record) = record { Some(record) } else { None })
    };
    let line = |(name, accuracy): (&'static str, Accuracy)| Line {
        name,
        points: validations().filter_map(|record| Some((record.step as f64, accuracy(record)?))).collect(),
    };
    accuracies.into_iter().map(line).filter(|line| !line.points.is_empty()).collect()
}

fn panel<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    title: &str,
    lines: &[Line],
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let points = || lines.iter().flat_map(|line| &line.points);
    let most = |axis: fn(&(f64, f64)) -> f64| points().map(axis).filter(|value| value.is_finite()).fold(0.0, f64::max);
    let (last, highest) = (most(|point| point.0).max(1.0), most(|point| point.1).max(1e-3) * 1.05);
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 18))
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(50)
        .build_cartesian_2d(0.0..last, 0.0..highest)?;
    chart.configure_mesh().x_desc("step").x_label_formatter(&|step| format!("{step:.0}")).draw()?;
    for (index, line) in lines.iter().enumerate() {
        let colour = Palette99::pick(index).to_rgba();
        let series = chart.draw_series(LineSeries::new(line.points.iter().copied(), colour.stroke_width(2)))?;
        series.label(line.name).legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
    }
    if !lines.is_empty() {
        chart.configure_series_labels().background_style(WHITE.mix(0.8)).border_style(BLACK).draw()?;
    }
    Ok(())
}
