//! The distance from each object to the nearest other one, by a k-d tree (Bentley 1975).

/// Number of points of a leaf.
const LEAF: usize = 8;

/// The distance from each point (x, y) to the nearest other one; NaN for points that are NaN, and where there is no
/// other.
pub(super) fn nearest_neighbour_distances(points: &[[f64; 2]]) -> Vec<f64> {
    let mut tree: Vec<usize> = (0..points.len()).filter(|&index| points[index][0].is_finite()).collect();
    build(points, &mut tree, 0);
    let mut distances = vec![f64::NAN; points.len()];
    if tree.len() > 1 {
        for &index in &tree {
            let mut square = f64::INFINITY;
            nearest(points, &tree, (index, 0), &mut square);
            distances[index] = square.sqrt();
        }
    }
    distances
}

/// Orders the points so that the middle one of each part has the lower ones along its axis on its left.
fn build(points: &[[f64; 2]], part: &mut [usize], axis: usize) {
    if part.len() <= LEAF {
        return;
    }
    let middle = part.len() / 2;
    part.select_nth_unstable_by(middle, |&a, &b| points[a][axis].total_cmp(&points[b][axis]));
    let (low, high) = part.split_at_mut(middle);
    build(points, low, 1 - axis);
    build(points, &mut high[1..], 1 - axis);
}

/// Lowers `square` to the square of the distance from a point to the nearest other one of a part, where that is less.
fn nearest(points: &[[f64; 2]], part: &[usize], (index, axis): (usize, usize), square: &mut f64) {
    let point = points[index];
    let mut look = |other: usize| {
        let between = (points[other][0] - point[0]).powi(2) + (points[other][1] - point[1]).powi(2);
        if other != index && between < *square {
            *square = between;
        }
    };
    if part.len() <= LEAF {
        part.iter().copied().for_each(look);
        return;
    }
    let middle = part.len() / 2;
    look(part[middle]);
    let offset = point[axis] - points[part[middle]][axis];
    let (low, high) = (&part[..middle], &part[middle + 1..]);
    let (near, far) = if offset < 0.0 { (low, high) } else { (high, low) };
    nearest(points, near, (index, 1 - axis), square);
    if offset.powi(2) < *square {
        nearest(points, far, (index, 1 - axis), square);
    }
}
