//! Splitting a whole over parts so that the parts always add up (S02).

use crate::points::Points;

/// Splits `whole` over `weights` by largest remainder; equal remainders go in the order of the weights. The
/// parts add up to `whole`. Where every weight is 0, the first part takes all; no weights, no parts.
pub fn apportion(whole: Points, weights: &[i128]) -> Vec<Points> {
    let total: i128 = weights.iter().sum();
    if total == 0 {
        let mut parts = vec![Points::ZERO; weights.len()];
        if let Some(first) = parts.first_mut() {
            *first = whole;
        }
        return parts;
    }
    let whole = i128::from(whole.get());
    let mut parts: Vec<i128> = Vec::with_capacity(weights.len());
    let mut remainders: Vec<(i128, usize)> = Vec::with_capacity(weights.len());
    for (place, weight) in weights.iter().enumerate() {
        let (part, remainder) = mul_div(whole, *weight, total);
        parts.push(part);
        remainders.push((remainder, place));
    }
    let left = whole - parts.iter().sum::<i128>();
    remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, place) in remainders.iter().take(usize::try_from(left).unwrap_or(0)) {
        parts[*place] += 1;
    }
    parts.into_iter().map(|part| Points::at_least_zero(i64::try_from(part).unwrap_or(i64::MAX))).collect()
}

/// `a * b / c` and its remainder, exact: weights are scaled down first where the product would not fit.
fn mul_div(a: i128, b: i128, c: i128) -> (i128, i128) {
    match a.checked_mul(b) {
        Some(product) => (product / c, product % c),
        None => {
            // Exact by long division over the bits of `a`: quotient and remainder are doubled in step.
            let (mut quotient, mut remainder) = (0_i128, 0_i128);
            for bit in (0..i128::BITS - a.leading_zeros()).rev() {
                quotient *= 2;
                remainder *= 2;
                if a >> bit & 1 == 1 {
                    remainder += b;
                }
                quotient += remainder / c;
                remainder %= c;
            }
            (quotient, remainder)
        }
    }
}

/// The cumulative share of `whole` for `part` of `of`, by floor; the last unit takes the rest (S02).
pub fn cumulative_share(whole: i64, part: i64, of: i64) -> i64 {
    if part >= of {
        return whole;
    }
    let share = i128::from(whole) * i128::from(part) / i128::from(of);
    i64::try_from(share).unwrap_or(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(whole: i64, weights: &[i128]) -> Vec<i64> {
        apportion(Points::at_least_zero(whole), weights).into_iter().map(Points::get).collect()
    }

    #[test]
    fn s02_largest_remainders_first_then_line_order() {
        assert_eq!(split(300, &[100, 250]), [86, 214]);
        assert_eq!(split(1, &[1, 1, 1]), [1, 0, 0]);
        assert_eq!(split(5, &[1, 1, 1]), [2, 2, 1]);
        assert_eq!(split(7, &[0, 0]), [7, 0]);
        assert_eq!(split(7, &[]), Vec::<i64>::new());
    }

    #[test]
    fn s02_parts_add_up_where_products_would_overflow() {
        let parts = split(i64::MAX, &[i128::MAX / 4, i128::MAX / 4, 1]);
        assert_eq!(parts.iter().map(|part| i128::from(*part)).sum::<i128>(), i128::from(i64::MAX));
    }

    #[test]
    fn s02_a_returned_part_takes_its_share_cumulatively() {
        let taken: Vec<i64> = (1..=3).map(|part| cumulative_share(100, part, 3)).collect();
        assert_eq!(taken, [33, 66, 100]);
    }
}
