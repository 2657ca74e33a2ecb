/**
 * The shader that draws what a network found on an image, from where both are on the GPU.
 *
 * Masks lie on the image as the engine's own (`src/structures/pasted_mask.rs`): the grid gets a border of one empty cell,
 * the box grows with it, and each pixel is interpolated between the cells around its centre. Colours are premultiplied.
 */
export const OVERLAY_SHADER = /* wgsl */ `
struct Drawing {
  // Of the image and the canvas, in pixels.
  size: vec2f,
  // Words from the start of one row of pixels to that of the next.
  row_words: u32,
  // Rows of detections, best score first; those with a negative score are empty.
  count: u32,
  // Side of a mask; 0 without masks.
  mask_size: u32,
  // Whether masks lie over the exact edges of their boxes.
  aligned: u32,
  // The maximum number of objects.
  max_objects: u32,
  fill_opacity: f32,
  line_width: f32,
}

@group(0) @binding(0) var<uniform> drawing: Drawing;
@group(0) @binding(1) var<storage, read> pixels: array<u32>;
@group(0) @binding(2) var<storage, read> detections: array<f32>;
// The objects' colours, in turn, each with that of the rim of its outlines.
@group(0) @binding(3) var<storage, read> colors: array<u32>;
// By a class's number, whether its objects are drawn.
@group(0) @binding(4) var<storage, read> classes: array<u32>;

const HEAD = 6u;

fn start_of(row: u32) -> u32 {
  return row * (HEAD + drawing.mask_size * drawing.mask_size);
}

fn is_object(row: u32) -> bool {
  let start = start_of(row);
  let class_id = u32(max(detections[start + 5u], 0.0));
  return detections[start + 4u] >= 0.0 && class_id < arrayLength(&classes) && classes[class_id] != 0u;
}

// How many objects are before a row.
fn place_of(row: u32) -> u32 {
  var place = 0u;
  for (var before = 0u; before < row; before++) {
    place += u32(is_object(before));
  }
  return place;
}

// x1, y1, x2, y2, within the image.
fn box_of(row: u32) -> vec4f {
  let start = start_of(row);
  let high = min(vec2f(detections[start + 2u], detections[start + 3u]), drawing.size);
  return vec4f(min(vec2f(detections[start], detections[start + 1u]), high), high);
}

fn corner(vertex: u32) -> vec2f {
  return vec2f(f32(vertex & 1u), f32(vertex >> 1u));
}

// From pixels of the canvas.
fn clip(position: vec2f) -> vec4f {
  let scaled = position / drawing.size * 2.0 - 1.0;
  return vec4f(scaled.x, -scaled.y, 0.0, 1.0);
}

@vertex
fn image_vertex(@builtin(vertex_index) vertex: u32) -> @builtin(position) vec4f {
  return clip(corner(vertex) * drawing.size);
}

@fragment
fn image_fragment(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let pixel = vec2u(position.xy);
  let color = unpack4x8unorm(pixels[pixel.y * drawing.row_words + pixel.x]);
  return vec4f(color.rgb * color.a, color.a);
}

struct Object {
  @builtin(position) position: vec4f,
  @location(0) @interpolate(flat) row: u32,
  // Index of its colour.
  @location(1) @interpolate(flat) color: u32,
  // Of a mask: its first pixel, which may lie beyond the image, and the cells of its grid for one pixel. Of a box: its corners.
  @location(2) @interpolate(flat) span: vec4f,
}

// An object with nothing to be seen.
fn nothing() -> Object {
  return Object(vec4f(0.0, 0.0, 0.0, 1.0), 0u, 0u, vec4f(0.0));
}

// The best object comes last, and so on top.
fn row_of(instance: u32) -> u32 {
  return drawing.count - 1u - instance;
}

fn color_of(place: u32) -> u32 {
  return place % (arrayLength(&colors) / 2u) * 2u;
}

fn opaque(color: u32) -> vec4f {
  return vec4f(unpack4x8unorm(colors[color]).rgb, 1.0);
}

// A mask's pixels, and those around it that its outlines reach.
fn mask_object(vertex: u32, instance: u32, reach: f32) -> Object {
  let row = row_of(instance);
  let place = place_of(row);
  if (!is_object(row) || place >= drawing.max_objects) {
    return nothing();
  }
  let box = box_of(row);
  let grid = f32(drawing.mask_size + 2u);
  let half = (box.zw - box.xy) * 0.5 * (grid / f32(drawing.mask_size));
  let centre = (box.zw + box.xy) * 0.5;
  var low = centre - half;
  var high = centre + half;
  var step = vec2f(grid) / max(high - low, vec2f(1e-30));
  if (drawing.aligned == 0u) {
    low = trunc(low);
    let length = max(trunc(high) - low + 1.0, vec2f(1.0));
    high = low + length;
    step = vec2f(grid) / length;
  }
  let first = clamp(floor(low - reach), vec2f(0.0), drawing.size);
  let end = clamp(ceil(high + reach), first, drawing.size);
  return Object(clip(mix(first, end, corner(vertex))), row, color_of(place), vec4f(low, step));
}

fn probability(start: u32, cell: vec2u) -> f32 {
  let side = drawing.mask_size;
  if (any(cell < vec2u(1u)) || any(cell > vec2u(side))) {
    return 0.0;
  }
  return detections[start + HEAD + (cell.y - 1u) * side + cell.x - 1u];
}

// Whether a point of the canvas lies in a mask.
fn is_inside(object: Object, position: vec2f) -> bool {
  if (any(position < vec2f(0.0)) || any(position >= drawing.size)) {
    return false;
  }
  let start = start_of(object.row);
  let last = vec2u(drawing.mask_size + 1u);
  let place = max(object.span.zw * (position - object.span.xy) - 0.5, vec2f(0.0));
  let low = min(vec2u(place), last);
  let high = min(low + 1u, last);
  let weight = min(place - vec2f(low), vec2f(1.0));
  let upper = mix(probability(start, low), probability(start, vec2u(high.x, low.y)), weight.x);
  let lower = mix(probability(start, vec2u(low.x, high.y)), probability(start, high), weight.x);
  return mix(upper, lower, weight.y) >= 0.5;
}

@vertex
fn mask_vertex(@builtin(vertex_index) vertex: u32, @builtin(instance_index) instance: u32) -> Object {
  return mask_object(vertex, instance, 0.0);
}

@fragment
fn mask_fragment(object: Object) -> @location(0) vec4f {
  if (!is_inside(object, object.position.xy)) {
    discard;
  }
  return opaque(object.color) * drawing.fill_opacity;
}

// How much wider an outline is with its rim.
const RIM = 1.6;

// Whether a mask ends within a distance of a point.
fn ends_near(object: Object, position: vec2f, distance: f32) -> bool {
  let is_centre_inside = is_inside(object, position);
  for (var direction = 0u; direction < 8u; direction++) {
    let angle = f32(direction) * 0.7853982;
    let towards = position + distance * vec2f(cos(angle), sin(angle));
    if (is_inside(object, towards) != is_centre_inside) {
      return true;
    }
  }
  return false;
}

@vertex
fn outline_vertex(@builtin(vertex_index) vertex: u32, @builtin(instance_index) instance: u32) -> Object {
  return mask_object(vertex, instance, drawing.line_width * RIM * 0.5);
}

@fragment
fn outline_fragment(object: Object) -> @location(0) vec4f {
  let position = object.position.xy;
  if (!ends_near(object, position, drawing.line_width * RIM * 0.5)) {
    discard;
  }
  if (ends_near(object, position, drawing.line_width * 0.5)) {
    return opaque(object.color);
  }
  return opaque(object.color + 1u) * 0.5;
}

@vertex
fn box_vertex(@builtin(vertex_index) vertex: u32, @builtin(instance_index) instance: u32) -> Object {
  let row = row_of(instance);
  let place = place_of(row);
  if (!is_object(row) || place >= drawing.max_objects) {
    return nothing();
  }
  let box = box_of(row);
  let reach = vec2f(drawing.line_width * 0.5 + 1.0);
  return Object(clip(mix(box.xy - reach, box.zw + reach, corner(vertex))), row, color_of(place), box);
}

// How much of a pixel lies between two corners.
fn coverage(pixel: vec2f, low: vec2f, high: vec2f) -> f32 {
  let covered = clamp(min(pixel + 0.5, high) - max(pixel - 0.5, low), vec2f(0.0), vec2f(1.0));
  return covered.x * covered.y;
}

@fragment
fn box_fragment(object: Object) -> @location(0) vec4f {
  let half = vec2f(drawing.line_width * 0.5);
  let pixel = object.position.xy;
  let outer = coverage(pixel, object.span.xy - half, object.span.zw + half);
  return opaque(object.color) * (outer - coverage(pixel, object.span.xy + half, object.span.zw - half));
}
`;
