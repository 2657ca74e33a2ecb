//! `plot.svg`: how losses and accuracies developed.

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::train::run::metrics::Record;
use crate::{Error, Result};

/// Width and height of the drawing in pixels.
const SIZE: (u32, u32) = (960, 720);

/// Maximum number of points per line.
const MAX_POINTS: usize = 480;

/// A line of a panel.
struct Line {
    name: &'static str,
    points: Vec<(f64, f64)>,
}

/// Draws the losses, each point the mean of the steps up to it, and the accuracies.
///
/// # Errors
/// [`Error::Internal`] if the drawing fails.
pub(crate) fn plot(records: &[Record]) -> Result<String> {
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
    let steps = records.iter().filter_map(|record| match record {
        Record::Step(record) => {
            let losses = record.losses.named().map(|(name, loss)| (name, f64::from(loss)));
            Some((record.step, losses.collect()))
        }
        Record::Validation(_) => None,
    });
    let mut lines = lines(steps);
    for line in &mut lines {
        let share = line.points.len().div_ceil(MAX_POINTS).max(1);
        let mean = |part: &[(f64, f64)]| part.iter().map(|(_, loss)| loss).sum::<f64>() / part.len() as f64;
        line.points = line.points.chunks(share).map(|part| (part[part.len() - 1].0, mean(part))).collect();
    }
    lines
}

fn accuracies(records: &[Record]) -> Vec<Line> {
    lines(records.iter().filter_map(|record| match record {
        Record::Step(_) => None,
        Record::Validation(record) => Some((record.step, record.overall.named().collect())),
    }))
}

/// One line for each name, from the values that it has at each step.
fn lines(steps: impl Iterator<Item = (u64, Vec<(&'static str, f64)>)>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (step, values) in steps {
        for (name, value) in values {
            let point = (step as f64, value);
            match lines.iter_mut().find(|line| line.name == name) {
                Some(line) => line.points.push(point),
                None => lines.push(Line { name, points: vec![point] }),
            }
        }
    }
    lines
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
