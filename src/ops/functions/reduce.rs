//! Reductions: all elements give one. A bound holds for each addition or multiplication.

use super::{Function, FunctionInfo, Rule};
use crate::ops::Reduction;
use crate::ops::meaning::reduction;

super::family! {
    reduce;
    Sum: &["sum"], None, &["a"], Rule::Accumulate, 0.5, "Sum of all elements, in the fixed shape; integers in 64 bits.";
        reduction(Reduction::Sum);
    Prod: &["prod"], None, &["a"], Rule::Accumulate, 0.5, "Product of all elements, in the fixed shape; integers in 64 bits.";
        reduction(Reduction::Prod);
    Min: &["min", "amin"], None, &["a"], Rule::Extremum, 0.0, "The smallest element; NaN if any is.";
        reduction(Reduction::Min);
    Max: &["max", "amax"], None, &["a"], Rule::Extremum, 0.0, "The largest element; NaN if any is.";
        reduction(Reduction::Max);
    Mean: &["mean"], None, &["a"], Rule::Mean, 0.5, "Sum divided by the number of elements; integers in float64.";
        reduction(Reduction::Sum);
    Any: &["any"], None, &["a"], Rule::Truth, 0.0, "Some element is true.";
        reduction(Reduction::Max);
    All: &["all"], None, &["a"], Rule::Truth, 0.0, "Every element is true.";
        reduction(Reduction::Min);
}
