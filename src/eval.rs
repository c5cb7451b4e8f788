//! stub
use crate::dtype::*;
use crate::op::*;
pub(crate) fn eval(_op: Op, _d: DType, _a: &[Scalar]) -> Scalar {
    todo!()
}
