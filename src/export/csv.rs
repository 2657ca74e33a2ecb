//! Measures as a table of comma-separated values (RFC 4180).

use std::io::Write;

use serde::Deserialize;

use super::number::digits;
use super::{Findings, unwritten};
use crate::error::{Error, Result};
use crate::measure::Measure;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CsvOptions {
    /// What is between cells: `,` (the default), `;` or a tab.
    pub delimiter: char,
    /// What is between a number's whole and its fraction: `.` (the default) or `,`, as spreadsheets of many countries
    /// expect it.
    pub decimal: char,
    /// Whether the file begins with a byte order mark, by which Excel knows UTF-8.
    pub bom: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { delimiter: ',', decimal: '.', bom: false }
    }
}

impl CsvOptions {
    /// # Errors
    /// [`Error::InvalidInput`] for a delimiter or a decimal mark that is not valid.
    pub fn check(&self) -> Result<()> {
        if ![',', ';', '\t'].contains(&self.delimiter) {
            let reason = format!("the delimiter is {:?}; expected ',', ';' or a tab", self.delimiter);
            return Err(Error::InvalidInput(reason));
        }
        if !['.', ','].contains(&self.decimal) {
            return Err(Error::InvalidInput(format!("the decimal mark is {:?}; expected '.' or ','", self.decimal)));
        }
        if self.delimiter == self.decimal {
            let reason = "the delimiter and the decimal mark are both ','; set the delimiter to ';' or a tab";
            return Err(Error::InvalidInput(reason.into()));
        }
        Ok(())
    }
}

/// Writes a row for each object of each image, after a header with the names of the columns and their units: the
/// image's file, where it is known, the object's number, its class, score and measures. Lines end in CR LF.
///
/// The columns are the measures of all images together; a cell without a value is empty. Text that a spreadsheet would
/// take for a formula is preceded by an apostrophe. Numbers have seven significant digits, whole ones all.
///
/// # Errors
/// [`Error::InvalidInput`] for options that are not valid, [`Error::Io`] where `out` does not take it.
pub fn write_csv(images: &[Findings<'_>], options: &CsvOptions, out: &mut dyn Write) -> Result<()> {
    options.check()?;
    let has_files = images.iter().any(|image| !image.file_name.is_empty());
    let columns = columns(images);
    let mut line = String::new();
    if options.bom {
        line.push('\u{feff}');
    }
    let mut row = Row { line: &mut line, options: *options, is_first: true };
    if has_files {
        row.text("image");
    }
    let headers = columns.iter().map(|(_, header)| header.as_str());
    ["id", "label", "score"].into_iter().chain(headers).for_each(|header| row.text(header));
    end(&mut line, out)?;
    for image in images {
        let find = |name: &String| image.measures.and_then(|measures| measures.get(name));
        let measures: Vec<Option<&Measure>> = columns.iter().map(|(name, _)| find(name)).collect();
        for index in 0..image.objects.len() {
            let mut row = Row { line: &mut line, options: *options, is_first: true };
            if has_files {
                row.text(image.file_name);
            }
            row.number((index + 1) as f64);
            row.text(image.label(index));
            row.number((f64::from(image.objects.scores[index]) * 1e4).round() / 1e4);
            for measure in &measures {
                row.number(measure.map_or(f64::NAN, |measure| measure.values[index]));
            }
            end(&mut line, out)?;
        }
    }
    Ok(())
}

/// Names and headers of the measures of all images, in the order in which they come up.
fn columns(images: &[Findings<'_>]) -> Vec<(String, String)> {
    let mut columns: Vec<(String, String)> = Vec::new();
    for measure in images.iter().filter_map(|image| image.measures).flat_map(|measures| measures.columns()) {
        if !columns.iter().any(|(name, _)| *name == measure.name) {
            columns.push((measure.name.clone(), measure.header()));
        }
    }
    columns
}

fn end(line: &mut String, out: &mut dyn Write) -> Result<()> {
    line.push_str("\r\n");
    out.write_all(line.as_bytes()).map_err(unwritten)?;
    line.clear();
    Ok(())
}

/// A line that is being written.
struct Row<'a> {
    line: &'a mut String,
    options: CsvOptions,
    is_first: bool,
}

impl Row<'_> {
    fn delimit(&mut self) {
        if !self.is_first {
            self.line.push(self.options.delimiter);
        }
        self.is_first = false;
    }

    /// A text: quoted where it must be, and never a formula.
    fn text(&mut self, text: &str) {
        self.delimit();
        let starts_formula = |character: char| "=+-@\t\r\n＝＋－＠".contains(character);
        let start = text.trim_start_matches(|character: char| character.is_whitespace() && !starts_formula(character));
        let guard = if start.starts_with(starts_formula) { "'" } else { "" };
        let is_quoted = text.contains(['"', ',', ';', '\t', '\r', '\n'])
            || text.starts_with(char::is_whitespace)
            || text.ends_with(char::is_whitespace);
        if is_quoted {
            self.line.extend(["\"", guard, &text.replace('"', "\"\""), "\""]);
        } else {
            self.line.extend([guard, text]);
        }
    }

    fn number(&mut self, value: f64) {
        self.delimit();
        let text = digits(value);
        self.line.push_str(&if self.options.decimal == '.' { text } else { text.replace('.', ",") });
    }
}
