//! The metadata of OME-TIFF: XML in the description of the first image (the OME data model, June 2016).

use roxmltree::{Document, Node};

use super::pixel_size::{micrometres, square};
use super::stack::{Axis, Stack};
use crate::error::{Error, Result};

/// The most planes of a series of files that one of them may name.
const MAX_PLANES: usize = 1 << 22;

/// What is read of the first image's metadata.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ome {
    pub(super) stack: Stack,
    /// The channels' names, one for each; empty where they have none.
    pub(super) channel_names: Vec<String>,
    pub(super) pixel_size: Option<f64>,
}

impl Ome {
    /// Whether a description is OME's.
    pub(super) fn is_ome(description: &str) -> bool {
        description.trim_start().starts_with('<') && description.contains("<OME") || description.contains("<ome:OME")
    }

    /// Reads the description of a file of `images` images, the first of which has `samples` samples in a pixel.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where it is malformed or does not fit the file.
    pub(super) fn parse(description: &str, images: usize, samples: usize) -> Result<Self> {
        let document = Document::parse(description).map_err(|error| damaged(&format!("is malformed: {error}")))?;
        let pixels = document.descendants().find(|node| node.tag_name().name() == "Pixels");
        let pixels = pixels.ok_or_else(|| damaged("describes no image"))?;
        let length = |name: &str| {
            number(pixels, name).filter(|length| *length > 0).ok_or_else(|| damaged(&format!("lacks {name}")))
        };
        let (c, z, t) = (length("SizeC")?, length("SizeZ")?, length("SizeT")?);
        // The samples of a pixel are channels, too.
        let channels = if samples > 1 && c.is_multiple_of(samples) { c / samples } else { c };
        let axis = |letter: char| match letter {
            'C' => Some((Axis::Channel, channels)),
            'Z' => Some((Axis::Z, z)),
            'T' => Some((Axis::Time, t)),
            _ => None,
        };
        let order = pixels.attribute("DimensionOrder").unwrap_or("XYCZT");
        let axes: Vec<_> = order.chars().filter_map(axis).collect();
        if axes.len() != 3 {
            return Err(damaged(&format!("names the unknown order {order:?}")));
        }
        let names: Vec<_> = children(pixels, "Channel").map(|channel| channel.attribute("Name")).collect();
        let has_names = names.len() == channels && channels > 1 && names.iter().any(Option::is_some);
        let name = |(index, name): (usize, &Option<&str>)| name.map_or_else(|| format!("channel {index}"), Into::into);
        Ok(Self {
            stack: stack(pixels, &axes, images)?,
            channel_names: if has_names { names.iter().enumerate().map(name).collect() } else { Vec::new() },
            pixel_size: side(pixels, 'X').zip(side(pixels, 'Y')).and_then(|(x, y)| square(x, y)),
        })
    }
}

/// Which image is which plane, as the elements `TiffData` say.
fn stack(pixels: Node<'_, '_>, axes: &[(Axis, usize)], images: usize) -> Result<Stack> {
    let data: Vec<_> = children(pixels, "TiffData").collect();
    if data.iter().all(|data| data.attributes().len() == 0 && !data.has_children()) {
        return Stack::ordered(axes, axes.iter().map(|(_, length)| *length).product::<usize>().min(images));
    }
    let mut stack = Stack::sparse(axes, MAX_PLANES)?;
    let own = pixels.document().root_element().attribute("UUID");
    for data in data {
        let other = children(data, "UUID").find_map(|node| node.text());
        if other.is_some() && own.is_some() && other != own {
            continue;
        }
        let first = |name: &str| number(data, name).unwrap_or(0);
        let image = first("IFD");
        // Without a count: one plane where an image is named, else all that there are.
        let all = if data.has_attribute("IFD") { 1 } else { images };
        let count = number(data, "PlaneCount").unwrap_or(all).min(images.saturating_sub(image));
        let mut at = [first("FirstC"), first("FirstZ"), first("FirstT")];
        for step in 0..count {
            stack.set(at, image + step);
            for &(axis, length) in axes {
                at[axis as usize] += 1;
                if at[axis as usize] < length {
                    break;
                }
                at[axis as usize] = 0;
            }
        }
    }
    Ok(stack)
}

/// Width or height of a pixel in micrometres.
fn side(pixels: Node<'_, '_>, axis: char) -> Option<f64> {
    let size: f64 = pixels.attribute(format!("PhysicalSize{axis}").as_str())?.trim().parse().ok()?;
    let unit = pixels.attribute(format!("PhysicalSize{axis}Unit").as_str()).unwrap_or("µm");
    Some(size * micrometres(unit)?)
}

fn children<'a, 'input>(node: Node<'a, 'input>, name: &'a str) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(move |child| child.tag_name().name() == name)
}

fn number(node: Node<'_, '_>, name: &str) -> Option<usize> {
    node.attribute(name)?.trim().parse().ok()
}

fn damaged(what: &str) -> Error {
    Error::InvalidInput(format!("the TIFF is damaged: its OME-XML {what}"))
}
