//! Code reads no byte beyond an array: the last ones lie before memory that is not there.

#![cfg(unix)]

mod common;

use brolga::{Arg, ArrayView, DType, FpMode, Type};
use common::Named;
use memmap2::MmapOptions;

const ROOM: usize = 1 << 16;

/// So many bytes behind which reading is a fault: those of a file, mapped as if it were longer.
struct Edge {
    map: memmap2::MmapMut,
}

impl Edge {
    fn new() -> Edge {
        let path =
            std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("edge-{}", std::process::id()));
        let file = std::fs::File::options().read(true).write(true).create(true).truncate(true).open(&path);
        let file = file.unwrap();
        std::fs::remove_file(path).unwrap();
        file.set_len(ROOM as u64).unwrap();
        // SAFETY: the file has no name any more, so that nobody changes it.
        let mut map = unsafe { MmapOptions::new().len(2 * ROOM).map_mut(&file) }.unwrap();
        map[..ROOM].iter_mut().enumerate().for_each(|(at, byte)| *byte = (at * 7 % 61) as u8);
        Edge { map }
    }

    /// A view that ends, by its last element, where the memory does.
    fn view(&self, dtype: DType, shape: &[usize], strides: &[isize]) -> ArrayView<'_> {
        let size = dtype.size();
        let bytes: Vec<isize> = strides.iter().map(|stride| stride * size as isize).collect();
        let last: isize = shape.iter().zip(&bytes).map(|(&n, stride)| (n as isize - 1) * stride).sum();
        let first = self.map.as_ptr().wrapping_add(ROOM - size).wrapping_offset(-last);
        // SAFETY: the strides are positive, so that the elements lie before the end of the memory; and it is long enough.
        unsafe { ArrayView::from_raw_parts(first.cast(), dtype, shape, &bytes) }.unwrap()
    }
}

#[test]
fn nothing_is_read_beyond_an_array() {
    let edge = Edge::new();
    let strict = FpMode::Strict;
    for Named { name, engine } in common::code_makers(strict) {
        for dtype in DType::ALL.into_iter().filter(|dtype| !dtype.is_complex()) {
            let ty = Type::Array(dtype);
            let plus = engine.compile("a + b", &[("a", ty), ("b", ty)]).unwrap();
            let single = Type::Scalar(dtype);
            let plus_one = engine.compile("a + b", &[("a", single), ("b", single)]).unwrap();
            // Rows long enough for a nest of their own, of lengths that are no multiple of any step.
            for (shape, [a, b]) in [
                (&[1601][..], [&[2][..], &[2][..]]),
                (&[1601], [&[1], &[2]]),
                (&[1537], [&[3], &[1]]),
                (&[5, 301], [&[602, 2], &[301, 1]]),
                (&[5, 301], [&[602, 2], &[0, 1]]),
                (&[5, 301], [&[602, 2], &[1, 0]]),
                (&[41, 37], [&[1, 41], &[37, 1]]),
                (&[41, 37], [&[2, 82], &[74, 2]]),
                (&[700, 3], [&[3, 1], &[0, 1]]),
            ] {
                let [a, b] = [a, b].map(|strides| edge.view(dtype, shape, strides));
                let found = plus.call_positional(&[Arg::from(a.clone()), Arg::from(b.clone())]).unwrap();
                for at in (0..found[0].len()).step_by(97).chain([found[0].len() - 1]) {
                    let expected = plus_one.call_positional(&[a.get(at).into(), b.get(at).into()]).unwrap();
                    assert!(found[0].get(at).same(expected[0].get(0)), "{name}, {dtype}, {shape:?}, {at}");
                }
            }
        }
    }
}
