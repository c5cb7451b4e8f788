//! What code asks others for: calls of functions, arrays, and the words that are passed.

use std::mem::offset_of;

use cranelift::codegen::ir::StackSlot;
use cranelift::prelude::*;
use smallvec::smallvec;

use super::super::group::plain;
use super::arrays::{self, Parts};
use super::emit::Emitter;
use crate::codegen::function::{self, Run};
use crate::ir::func::{self, Service, SiteId, Value as IrValue};

impl Emitter<'_, '_> {
    pub fn read_words(&mut self, words: Value, at: &mut i32, ty: func::Type) -> Parts {
        let mut next = |b: &mut FunctionBuilder<'_>| {
            *at += 8;
            b.ins().load(types::I64, plain(), words, *at - 8)
        };
        match ty.scalar() {
            Some(ty) => {
                let word = next(&mut self.b);
                smallvec![arrays::from_word(&mut self.b, word, ty)]
            }
            None => (0..ty.words()).map(|_| next(&mut self.b)).collect(),
        }
    }

    pub fn write_words(&mut self, words: Value, at: &mut i32, parts: &[Value], ty: func::Type) {
        for &part in parts {
            let word = ty.scalar().map_or(part, |ty| arrays::to_word(&mut self.b, part, ty));
            self.b.ins().store(plain(), word, words, *at);
            *at += 8;
        }
    }

    /// Words on the stack with the arguments and room for the results, the offset behind the arguments, and how many words there are.
    fn write_args(&mut self, args: &[IrValue], results: &[IrValue]) -> (Value, i32, usize) {
        let count = args.iter().chain(results).map(|&value| self.func.ty(value).words()).sum();
        let words = self.words(count);
        let mut at = 0;
        for &arg in args {
            let parts = self.parts[arg.index()].clone();
            self.write_words(words, &mut at, &parts, self.func.ty(arg));
        }
        (words, at, count)
    }

    pub fn host_call(&mut self, address: usize, args: &[Value], result: Option<Type>) -> Option<Value> {
        let mut signature = Signature::new(self.b.func.signature.call_conv);
        signature.params.extend(args.iter().map(|_| AbiParam::new(types::I64)));
        signature.returns.extend(result.map(AbiParam::new));
        let signature = self.b.import_signature(signature);
        let callee = self.number(address as i64);
        let call = self.b.ins().call_indirect(signature, callee, args);
        self.b.inst_results(call).first().copied()
    }

    /// The address of so many words on the stack.
    pub fn stack(&mut self, words: usize) -> (StackSlot, Value) {
        let size = 8 * words.max(1) as u32;
        let slot = self.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3));
        (slot, self.b.ins().stack_addr(types::I64, slot, 0))
    }

    /// The address of so many words on the stack, which all calls share: what they hold is gone with the next call.
    fn words(&mut self, count: usize) -> Value {
        let Some(slot) = self.words else {
            let (slot, words) = self.stack(count);
            self.words = Some(slot);
            return words;
        };
        let size = &mut self.b.func.sized_stack_slots[slot].size;
        *size = (*size).max(8 * count as u32);
        self.b.ins().stack_addr(types::I64, slot, 0)
    }

    pub fn mark(&mut self) -> Value {
        let address = function::mark as *const () as usize;
        self.host_call(address, &[self.run], Some(types::I64)).expect("it has a result")
    }

    pub fn release(&mut self, mark: Value, bases: &[Value]) {
        let keep = self.words(bases.len());
        for (at, &base) in bases.iter().enumerate() {
            self.b.ins().store(plain(), base, keep, 8 * at as i32);
        }
        let count = self.number(bases.len() as i64);
        self.host_call(function::release as *const () as usize, &[self.run, mark, keep, count], None);
    }

    pub fn alloc(&mut self, array: IrValue, lengths: &[IrValue], site: SiteId) {
        let (dtype, rank) = self.func.ty(array).array().expect("the verifier saw an array");
        let words = self.words(rank);
        let numbers = self.ones(lengths);
        for (at, &length) in numbers.iter().enumerate() {
            self.b.ins().store(plain(), length, words, 8 * at as i32);
        }
        let [dtype_number, rank] = [dtype as i64, rank as i64].map(|n| self.number(n));
        let address = function::alloc as *const () as usize;
        let base = self.host_call(address, &[self.run, dtype_number, rank, words], Some(types::I64));
        let base = base.expect("it has a result");
        let shown = if self.module.sites[site.index()].shown.is_empty() { &[] } else { lengths };
        self.unless(base, |e| e.fail(site, shown));
        let parts = arrays::contiguous(&mut self.b, base, dtype.size(), &numbers);
        self.bind(array, parts);
    }

    pub fn serve(&mut self, service: Service, args: &[IrValue], results: &[IrValue]) {
        let (words, mut at, count) = self.write_args(args, results);
        let [code, count] = [service.code() as i64, count as i64].map(|number| self.number(number));
        let address = function::serve as *const () as usize;
        self.host_call(address, &[self.run, code, words, count], None);
        for &result in results {
            let parts = self.read_words(words, &mut at, self.func.ty(result));
            self.bind(result, parts);
        }
    }

    /// Begins what counts as so many calls: as many less may nest. Gives how many may, the words of the arguments with room for the results, and the offset
    /// behind the arguments.
    fn begin_call(
        &mut self,
        calls: u32,
        args: &[IrValue],
        results: &[IrValue],
        site: SiteId,
    ) -> (Value, Value, i32) {
        let depth_at = offset_of!(Run, depth) as i32;
        let depth = self.b.ins().load(types::I64, plain(), self.run, depth_at);
        let calls = self.number(i64::from(calls));
        let may = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, depth, calls);
        self.unless(may, |e| e.fail(site, &[]));
        let less = self.b.ins().isub(depth, calls);
        self.b.ins().store(plain(), less, self.run, depth_at);
        let (words, at, _) = self.write_args(args, results);
        (depth, words, at)
    }

    /// Ends a call: leaves with its code unless that is 0.
    fn end_call(&mut self, code: Value, depth: Value) {
        let (on, failed) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(code, failed, &[], on, &[]);
        self.b.set_cold_block(failed);
        self.b.switch_to_block(failed);
        self.b.ins().return_(&[code]);
        self.b.switch_to_block(on);
        self.b.ins().store(plain(), depth, self.run, offset_of!(Run, depth) as i32);
    }

    pub fn parallel(&mut self, func: func::FuncId, args: &[IrValue], count: IrValue, site: SiteId) {
        let (depth, words, end) = self.begin_call(func::CALLS_OF_PARALLEL, args, &[], site);
        let count = self.one(count);
        let [func, given] = [i64::from(func.0), i64::from(end / 8)].map(|n| self.number(n));
        let address = function::parallel as *const () as usize;
        let code = self.host_call(address, &[self.run, func, count, words, given], Some(types::I32));
        self.end_call(code.expect("it has a result"), depth);
    }

    pub fn call(&mut self, func: func::FuncId, args: &[IrValue], results: &[IrValue], site: SiteId) {
        let (depth, words, mut at) = self.begin_call(1, args, results, site);
        let entries = self.b.ins().load(types::I64, plain(), self.run, offset_of!(Run, entries) as i32);
        let entry = self.b.ins().load(types::I64, plain(), entries, 8 * func.0 as i32);
        let signature = self.b.func.signature.clone();
        let signature = self.b.import_signature(signature);
        let call = self.b.ins().call_indirect(signature, entry, &[self.run, words]);
        let code = self.b.inst_results(call)[0];
        self.end_call(code, depth);
        for &result in results {
            let parts = self.read_words(words, &mut at, self.func.ty(result));
            self.bind(result, parts);
        }
    }
}
