//! Loops to blocks.

use std::mem::offset_of;

use cranelift::codegen::ir::BlockArg;
use cranelift::prelude::*;
use smallvec::{SmallVec, smallvec};

use super::super::group::plain;
use super::arrays::Parts;
use super::emit::{Emitter, Label, Owner, failed};
use crate::codegen::function::{CANCELLED, Run};
use crate::ir::func::{Node, Region, Value as IrValue};

impl<'a> Emitter<'a, '_> {
    /// A loop that goes on until it leaves.
    pub fn repeat(&mut self, carried: &[IrValue], body: &'a Region, results: &[IrValue]) {
        let mark = body.makes_arrays(self.module).then(|| self.mark());
        let cancel = self.cancel(body);
        let around = std::mem::replace(&mut self.cancel, cancel);
        let mut trip = self.label(&body.params);
        self.jump(carried, &mut trip);
        self.enter(&trip);
        let (next, after) = self.trip(body, &body.params, results);
        if next.used {
            self.enter(&next);
            self.between_trips(mark, &next);
            self.jump(&next.takes, &mut trip);
        }
        self.cancel = around;
        if after.used {
            self.enter(&after);
        }
    }

    /// The address of the flag that cancels the run, for a loop of this body. Calls on lanes leave few registers, so that what
    /// lives across them would stay on the stack in the innermost loops too.
    fn cancel(&mut self, body: &Region) -> Value {
        match !self.bodies.is_empty() && is_innermost(body) {
            true => self.b.ins().load(types::I64, plain(), self.run, offset_of!(Run, cancel) as i32),
            false => self.cancel,
        }
    }

    /// The region of a loop in the block at hand. Gives the block where the next trip is prepared, and that after the loop.
    fn trip(&mut self, body: &'a Region, carried: &[IrValue], results: &[IrValue]) -> (Label, Label) {
        let (next, after) = (self.label(carried), self.label(results));
        self.owners.push(Owner { after, next: Some(next) });
        self.region(body, None);
        let Owner { after, next } = self.owners.pop().expect("it was pushed");
        (next.expect("a loop has one"), after)
    }

    /// What happens at the end of each trip that is not the last, or may not be.
    fn between_trips(&mut self, mark: Option<Value>, next: &Label) {
        if let Some(mark) = mark {
            let arrays = next.takes.iter().filter(|&&value| self.func.ty(value).array().is_some());
            let bases: Parts = arrays.map(|&value| self.one(value)).collect();
            self.release(mark, &bases);
        }
        let mut cancelled = self.b.ins().load(types::I8, plain(), self.cancel, 0);
        if let Some(kept) = self.failed {
            let [failed, number] = match self.bodies.is_empty() {
                true => kept,
                // Few registers are left, as above.
                false => failed(&mut self.b, self.run),
            };
            let failed = self.b.ins().load(types::I64, plain(), failed, 0);
            let behind = self.b.ins().icmp(IntCC::UnsignedLessThan, failed, number);
            cancelled = self.b.ins().bor(cancelled, behind);
        }
        let (on, stop) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(cancelled, stop, &[], on, &[]);
        self.b.set_cold_block(stop);
        self.b.switch_to_block(stop);
        self.leave(CANCELLED);
        self.b.switch_to_block(on);
    }

    /// A loop over a range. Where the step is 1 or -1, the number itself tells when it ends; otherwise trips are counted.
    pub fn range(
        &mut self,
        [start, stop, step]: [IrValue; 3],
        carried: &[IrValue],
        body: &'a Region,
        results: &[IrValue],
    ) {
        let mark = body.makes_arrays(self.module).then(|| self.mark());
        let constant = self.func.constant(step);
        let [start, stop, step] = [start, stop, step].map(|value| self.one(value));
        let (number, params) = body.params.split_first().expect("the verifier saw the number");
        let before = match constant {
            Some(1) => Some(IntCC::SignedLessThan),
            Some(-1) => Some(IntCC::SignedGreaterThan),
            _ => None,
        };
        let (enters, trips) = match before {
            Some(before) => (self.b.ins().icmp(before, start, stop), None),
            None => {
                let (enters, trips) = match constant {
                    Some(step) if step > 0 => self.rising(start, stop, step),
                    _ => self.trips(start, stop, step),
                };
                (enters, Some(trips))
            }
        };
        // The trip takes the number, the trips that are left, and what is carried.
        let trip = self.b.create_block();
        let at = self.b.append_block_param(trip, types::I64);
        let left = trips.map(|_| self.b.append_block_param(trip, types::I64));
        for &param in params {
            for clif in self.handed(param) {
                self.b.append_block_param(trip, clif);
            }
        }
        let trip = Label { block: trip, takes: params.into(), used: true };
        let arguments = |e: &Self, counters: &[Value], values: &[IrValue]| {
            let counters = counters.iter().map(|&counter| BlockArg::from(counter));
            counters.chain(e.arguments(values, &trip)).collect::<SmallVec<[BlockArg; 8]>>()
        };
        let counters: Parts = [start].into_iter().chain(trips).collect();
        let into = arguments(self, &counters, carried);
        // The block after it is made by `trip`; until then, one of our own leads there.
        let none = self.b.create_block();
        let cancel = self.cancel(body);
        let around = std::mem::replace(&mut self.cancel, cancel);
        self.b.ins().brif(enters, trip.block, &into, none, &[]);
        self.enter(&trip);
        self.bind(*number, smallvec![at]);
        let (next, mut after) = self.trip(body, params, results);
        if next.used {
            self.enter(&next);
            self.between_trips(mark, &next);
            let following = self.b.ins().iadd(at, step);
            let (again, counters): (Value, Parts) = match (before, left) {
                (Some(before), _) => (self.b.ins().icmp(before, following, stop), smallvec![following]),
                (None, Some(left)) => {
                    let left = self.b.ins().iadd_imm_s(left, -1);
                    (left, smallvec![following, left])
                }
                (None, None) => unreachable!("trips are counted"),
            };
            let into = arguments(self, &counters, &next.takes);
            let out = self.arguments(&next.takes, &after);
            self.b.ins().brif(again, trip.block, &into, after.block, &out);
            after.used = true;
        }
        self.cancel = around;
        self.b.switch_to_block(none);
        self.jump(carried, &mut after);
        self.enter(&after);
    }

    /// Whether a range has numbers, and how many if it has, by a step that is known.
    fn rising(&mut self, start: Value, stop: Value, step: i64) -> (Value, Value) {
        let enters = self.b.ins().icmp(IntCC::SignedLessThan, start, stop);
        let distance = self.b.ins().isub(stop, start);
        let whole = self.b.ins().iadd_imm_s(distance, -1);
        let whole = self.b.ins().udiv_imm_s(whole, step);
        (enters, self.b.ins().iadd_imm_s(whole, 1))
    }

    /// Whether a range has numbers, and how many if it has.
    fn trips(&mut self, start: Value, stop: Value, step: Value) -> (Value, Value) {
        let zero = self.number(0);
        let up = self.b.ins().icmp(IntCC::SignedGreaterThan, step, zero);
        let down = self.b.ins().icmp(IntCC::SignedLessThan, step, zero);
        let below = self.b.ins().icmp(IntCC::SignedLessThan, start, stop);
        let above = self.b.ins().icmp(IntCC::SignedGreaterThan, start, stop);
        let (rises, falls) = (self.b.ins().band(up, below), self.b.ins().band(down, above));
        let enters = self.b.ins().bor(rises, falls);
        let (over, under) = (self.b.ins().isub(stop, start), self.b.ins().isub(start, stop));
        let distance = self.b.ins().select(up, over, under);
        let negated = self.b.ins().ineg(step);
        let size = self.b.ins().select(up, step, negated);
        // Where it does not enter, nothing is divided by 0.
        let one = self.number(1);
        let by = self.b.ins().select(enters, size, one);
        let whole = self.b.ins().iadd_imm_s(distance, -1);
        let whole = self.b.ins().udiv(whole, by);
        (enters, self.b.ins().iadd_imm_s(whole, 1))
    }
}

/// Whether a loop of this body is an innermost one.
fn is_innermost(body: &Region) -> bool {
    body.nodes
        .iter()
        .all(|node| !node.is_loop() && !matches!(node, Node::Lanes(_)) && node.regions().all(is_innermost))
}
