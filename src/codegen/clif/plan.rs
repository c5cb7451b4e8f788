//! How many lanes a trip takes.

use crate::codegen::streams::Streams;
use crate::ir::{Extent, Inst, Loop};
use crate::reduce;
use crate::types::Ty;

/// Choices that tests and benches force; the defaults are what measured best.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tuning {
    /// Lanes of a group: 1, 2, 4, 8, 16; `None` lets the plan choose.
    pub lanes: Option<usize>,
    /// Runs Cranelift's own optimiser. Straight-line vector bodies were faster without it.
    pub clif_optimize: bool,
}

/// The shape of a loop's code.
pub(super) struct Plan {
    /// Lanes of a group; 1 is scalar code.
    pub lanes: usize,
    /// Elements of a trip: one group, or as many as fill the partials.
    pub step: usize,
    /// Partials stay in registers over the whole loop; otherwise each trip loads and stores them.
    pub register_partials: bool,
    /// Bytes of a lane of a mask: the widest type of the body.
    pub mask_size: usize,
    /// Lanes of a register of the widest type.
    pub register_lanes: usize,
}

const REGISTER: usize = 16;

/// Elements of the longest trip of a loop that does not reduce.
pub(super) const LONGEST_STEP: usize = 16;

/// Bytes of the partials of a reduction, of any type.
const PARTIALS_BYTES: usize = 128;

/// Groups of a trip times operations of the body may come to this, with partials in registers.
const UNROLLED_OPERATIONS: usize = 96;

pub(super) fn plan(l: &Loop, streams: &Streams, tuning: Tuning) -> Plan {
    let sizes = l.body.iter().map(|(_, _, ty)| if ty == Ty::Bool { 4 } else { ty.size() });
    let mask_size = sizes.max().unwrap_or(8);
    let operations = l.body.iter().filter(|(_, inst, _)| !matches!(inst, Inst::Const(_))).count();
    // Interleaving fills the ports where a body is short; a long one fills them by itself, and its
    // values would not find registers twice.
    let registers = match operations {
        0..=24 => 2,
        _ => 1,
    };
    let lanes = match l.extent {
        Extent::Once => 1,
        Extent::Space(_) => tuning.lanes.unwrap_or(registers * REGISTER / mask_size),
    };
    let mut partials = l.reduces.iter().map(|r| reduce::partials(l.body.ty(r.value)));
    let step = partials.next().filter(|&first| {
        // A trip that fills the partials of one type must not go round those of another, and a
        // group of less than a register must not join what its upper lanes hold.
        let trips = first / lanes;
        let whole_registers = lanes * PARTIALS_BYTES / first >= REGISTER;
        whole_registers
            && streams.cycle == Some(first)
            && partials.all(|p| p == first)
            && trips * operations <= UNROLLED_OPERATIONS
    });
    let register_partials = step.is_some();
    let step = step.unwrap_or(lanes);
    let register_lanes = if lanes == 1 { 1 } else { REGISTER / mask_size };
    Plan { lanes, step, register_partials, mask_size, register_lanes }
}
