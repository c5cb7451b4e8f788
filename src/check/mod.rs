//! stub
use crate::{diag::Result, engine::Type, syntax::ast::Ast};
pub(crate) struct Checked {
    pub unused: Vec<String>,
}
pub(crate) fn check(_: &Ast, _: &str, _: &[(&str, Type)]) -> Result<Checked> {
    todo!()
}
impl Checked {
    pub fn to_text(&self, _: &Ast) -> String {
        todo!()
    }
}
