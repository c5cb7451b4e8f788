//! Reductions: all elements give one. A bound holds for each addition or multiplication.

use super::{Function, FunctionInfo, Rule};

super::family! {
    reduce;
    Sum: &["sum"], None, &["a"], Rule::Accumulate, 0.5, "Sum of all elements, in the fixed shape; integers in 64 bits.";
    Prod: &["prod"], None, &["a"], Rule::Accumulate, 0.5, "Product of all elements, in the fixed shape; integers in 64 bits.";
    Min: &["min", "amin"], None, &["a"], Rule::Extremum, 0.0, "The smallest element; NaN if any is.";
    Max: &["max", "amax"], None, &["a"], Rule::Extremum, 0.0, "The largest element; NaN if any is.";
    Mean: &["mean"], None, &["a"], Rule::Mean, 0.5, "Sum divided by the number of elements; integers in float64.";
    Any: &["any"], None, &["a"], Rule::Truth, 0.0, "Some element is true.";
    All: &["all"], None, &["a"], Rule::Truth, 0.0, "Every element is true.";
}
