//! stub
use crate::{check::Checked, diag::Result, ir::Program, syntax::ast::Ast};
pub(crate) fn lower(_: &Ast, _: &Checked) -> Result<Program> {
    todo!()
}
