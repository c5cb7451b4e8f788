//! Operators: which tokens they are, how tightly they bind, and what waits for what.
//!
//! The table is Python's; this is the one place that holds it.

use super::ast::{BinaryOp, CompareOp, NodeId, UnaryOp};
use super::token::Kind;
use crate::diag::Span;

/// How tightly an operator binds, Python's table from loose to tight.
pub(super) mod power {
    pub const IF: u8 = 0;
    pub const ELSE: u8 = 1;
    pub const OR: u8 = 2;
    pub const AND: u8 = 3;
    pub const NOT: u8 = 4;
    pub const COMPARE: u8 = 5;
    pub const BIT_OR: u8 = 6;
    pub const BIT_XOR: u8 = 7;
    pub const BIT_AND: u8 = 8;
    pub const SHIFT: u8 = 9;
    pub const SUM: u8 = 10;
    pub const TERM: u8 = 11;
    pub const PREFIX: u8 = 12;
    pub const POW: u8 = 13;
}

/// An operator and what stands before it, waiting for what stands behind.
pub(super) enum Pending {
    Unary(UnaryOp, Span),
    Binary(BinaryOp, NodeId),
    Compare(Vec<CompareOp>, Vec<NodeId>),
    /// `then if`, waiting for its condition; only an `else` ends it.
    If {
        then: NodeId,
    },
    /// `then if condition else`
    Else {
        then: NodeId,
        condition: NodeId,
    },
}

impl Pending {
    pub(super) fn power(&self) -> u8 {
        match self {
            Pending::Unary(UnaryOp::Not, _) => power::NOT,
            Pending::Unary(..) => power::PREFIX,
            Pending::Binary(op, _) => binary_power(*op),
            Pending::Compare(..) => power::COMPARE,
            Pending::If { .. } => power::IF,
            Pending::Else { .. } => power::ELSE,
        }
    }

    /// Whether a chain of these goes deeper to the right with each link.
    pub(super) fn nests(&self) -> bool {
        matches!(self, Pending::Unary(..) | Pending::Binary(BinaryOp::Pow, _) | Pending::Else { .. })
    }
}

/// An operator that may follow an operand.
pub(super) enum Infix {
    Binary(BinaryOp),
    Compare(CompareOp),
    If,
    Else,
}

impl Infix {
    pub(super) fn of(kind: Kind) -> Option<Infix> {
        Some(match kind {
            Kind::Plus => Infix::Binary(BinaryOp::Add),
            Kind::Minus => Infix::Binary(BinaryOp::Sub),
            Kind::Star => Infix::Binary(BinaryOp::Mul),
            Kind::Slash => Infix::Binary(BinaryOp::Div),
            Kind::DoubleSlash => Infix::Binary(BinaryOp::FloorDiv),
            Kind::Percent => Infix::Binary(BinaryOp::Mod),
            Kind::At => Infix::Binary(BinaryOp::MatMul),
            Kind::DoubleStar => Infix::Binary(BinaryOp::Pow),
            Kind::LeftShift => Infix::Binary(BinaryOp::Shl),
            Kind::RightShift => Infix::Binary(BinaryOp::Shr),
            Kind::Ampersand => Infix::Binary(BinaryOp::BitAnd),
            Kind::Bar => Infix::Binary(BinaryOp::BitOr),
            Kind::Caret => Infix::Binary(BinaryOp::BitXor),
            Kind::And => Infix::Binary(BinaryOp::And),
            Kind::Or => Infix::Binary(BinaryOp::Or),
            Kind::Equal => Infix::Compare(CompareOp::Eq),
            Kind::NotEqual => Infix::Compare(CompareOp::Ne),
            Kind::Less => Infix::Compare(CompareOp::Lt),
            Kind::LessEqual => Infix::Compare(CompareOp::Le),
            Kind::Greater => Infix::Compare(CompareOp::Gt),
            Kind::GreaterEqual => Infix::Compare(CompareOp::Ge),
            Kind::If => Infix::If,
            Kind::Else => Infix::Else,
            _ => return None,
        })
    }

    /// What waits on the stack and binds at least this tightly has its right operand now.
    pub(super) fn reduces(&self) -> u8 {
        match self {
            // Groups from the right: another `**` on the stack goes on waiting.
            Infix::Binary(BinaryOp::Pow) => power::POW + 1,
            Infix::Binary(op) => binary_power(*op),
            // A comparison on the stack goes on as a chain.
            Infix::Compare(_) => power::COMPARE + 1,
            // What an `else` on the stack waits for includes the conditional that begins here.
            Infix::If | Infix::Else => power::ELSE + 1,
        }
    }
}

pub(super) fn binary_power(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => power::OR,
        BinaryOp::And => power::AND,
        BinaryOp::BitOr => power::BIT_OR,
        BinaryOp::BitXor => power::BIT_XOR,
        BinaryOp::BitAnd => power::BIT_AND,
        BinaryOp::Shl | BinaryOp::Shr => power::SHIFT,
        BinaryOp::Add | BinaryOp::Sub => power::SUM,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::FloorDiv | BinaryOp::Mod | BinaryOp::MatMul => power::TERM,
        BinaryOp::Pow => power::POW,
    }
}

/// The operator in `+=` and its like; none in `=`.
pub(super) fn augmented(text: &str) -> Option<BinaryOp> {
    Some(match text {
        "+=" => BinaryOp::Add,
        "-=" => BinaryOp::Sub,
        "*=" => BinaryOp::Mul,
        "/=" => BinaryOp::Div,
        "//=" => BinaryOp::FloorDiv,
        "%=" => BinaryOp::Mod,
        "@=" => BinaryOp::MatMul,
        "**=" => BinaryOp::Pow,
        "<<=" => BinaryOp::Shl,
        ">>=" => BinaryOp::Shr,
        "&=" => BinaryOp::BitAnd,
        "|=" => BinaryOp::BitOr,
        "^=" => BinaryOp::BitXor,
        _ => return None,
    })
}
