//! Axis-aligned boxes.

/// A box in pixels, from the left upper corner `(x1, y1)` to the right lower one `(x2, y2)`;
/// coordinates are continuous, so the width is `x2 - x1`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BoundingBox {
    /// Left edge.
    pub x1: f32,
    /// Upper edge.
    pub y1: f32,
    /// Right edge.
    pub x2: f32,
    /// Lower edge.
    pub y2: f32,
}

impl BoundingBox {
    /// Width in pixels.
    pub fn width(&self) -> f32 {
        self.x2 - self.x1
    }
    /// Height in pixels.
    pub fn height(&self) -> f32 {
        self.y2 - self.y1
    }
    /// Area in square pixels.
    pub fn area(&self) -> f32 {
        self.width() * self.height()
    }
    /// The part within an image of `width × height` pixels; `None` where that has no area.
    pub fn clipped(&self, width: usize, height: usize) -> Option<Self> {
        let (right, bottom) = (width as f32, height as f32);
        let part = Self {
            x1: self.x1.clamp(0.0, right),
            y1: self.y1.clamp(0.0, bottom),
            x2: self.x2.clamp(0.0, right),
            y2: self.y2.clamp(0.0, bottom),
        };
        (part.width() > 0.0 && part.height() > 0.0).then_some(part)
    }
    /// Intersection over union with another box, 0..1; 0 where both are empty.
    pub fn iou(&self, other: &Self) -> f32 {
        let width = (self.x2.min(other.x2) - self.x1.max(other.x1)).max(0.0);
        let height = (self.y2.min(other.y2) - self.y1.max(other.y1)).max(0.0);
        let intersection = width * height;
        let union = self.area() + other.area() - intersection;
        if union > 0.0 { intersection / union } else { 0.0 }
    }
}
