//! Arrays in `.npy` files.
//!
//! A header says what follows and may lie: nothing of its size is allocated before the file's own
//! size has been held against it.

mod descr;
mod header;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use brolga::{Array, DType, Element, Error, ErrorKind, Result, Shape};

use crate::element::{Bytes, of_element};
use descr::Descr;
use header::Header;

/// More dimensions than this no array of NumPy has.
pub const MOST_DIMENSIONS: usize = 64;

/// NumPy, too, reads no header that is longer, unless told to.
const LONGEST_HEADER: usize = 10_000;

/// Bytes read or written at a time; whole elements of every type.
const CHUNK: usize = 1 << 18;

/// A file whose header is read.
#[derive(Debug)]
pub struct NpyFile {
    path: PathBuf,
    data: File,
    descr: Descr,
    /// Shape of the array.
    pub shape: Shape,
    fortran_order: bool,
}

/// Opens a file and reads its header; the error names the file.
pub fn open(path: &Path) -> Result<NpyFile> {
    open_plain(path)
        .map_err(|why| Error::new(ErrorKind::Argument, format!("cannot read {}: {why}", path.display())))
}

/// The array in a file; the error names the file.
#[cfg(test)]
pub fn read(path: &Path) -> Result<Array> {
    open(path)?.read()
}

fn open_plain(path: &Path) -> Result<NpyFile, String> {
    // A pipe would be waited for without end, so this is asked before opening.
    let metadata = fs::metadata(path).map_err(|e| e.to_string())?;
    if metadata.is_dir() {
        return Err("it is a directory".to_string());
    }
    if !metadata.is_file() {
        return Err("it is not a regular file".to_string());
    }
    if metadata.len() == 0 {
        return Err("it is empty".to_string());
    }
    let mut data = File::open(path).map_err(|e| e.to_string())?;
    let (text, start) = header_text(&mut data)?;
    let Header { descr, fortran_order, shape } = Header::parse(&text)?;
    let needed = shape.checked_len().and_then(|len| len.checked_mul(descr.size()));
    let found = metadata.len() - start as u64;
    if needed.is_none_or(|needed| needed as u64 > found) {
        return Err(format!(
            "it is cut short: an array of {} of shape {shape} does not fit in {found} byte{} of data",
            if descr.half { "float16" } else { descr.dtype.name() },
            if found == 1 { "" } else { "s" }
        ));
    }
    Ok(NpyFile { path: path.into(), data, descr, shape, fortran_order })
}

/// The header's own text, and where the data starts.
fn header_text(file: &mut File) -> Result<(String, usize), String> {
    let mut start = [0; 8];
    if file.read_exact(&mut start).is_err() || !start.starts_with(b"\x93NUMPY") {
        return Err("it is not a .npy file".to_string());
    }
    // Version 1 gives the header's length in two bytes, the later ones in four.
    let width = match start[6..] {
        [1, 0] => 2,
        [2 | 3, 0] => 4,
        [major, minor] => return Err(format!("its version {major}.{minor} of the format is not known")),
        _ => unreachable!("two bytes are left of eight"),
    };
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends within its header".to_string(),
        _ => error.to_string(),
    };
    let mut length = [0; 4];
    file.read_exact(&mut length[..width]).map_err(failed)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST_HEADER {
        return Err("its header is too long".to_string());
    }
    let mut text = vec![0; length];
    file.read_exact(&mut text).map_err(failed)?;
    // Version 3 is UTF-8, the others are Latin-1.
    let text = match start[6] {
        3 => String::from_utf8(text).map_err(|_| "its header is damaged")?,
        _ => text.into_iter().map(char::from).collect(),
    };
    Ok((text, start.len() + width + length))
}

impl NpyFile {
    /// Type of the elements as they are read.
    pub fn dtype(&self) -> DType {
        self.descr.dtype
    }

    /// Whether its elements are float16, which is read as float32.
    pub fn is_half(&self) -> bool {
        self.descr.half
    }

    /// The array; the error names the file.
    pub fn read(mut self) -> Result<Array> {
        let mut array = Array::zeros(self.dtype(), self.shape.clone())?;
        let big_endian = self.descr.big_endian;
        let read = match self.descr.half {
            true => self.decode(&mut array, |bytes| {
                f32::from(half::f16::from_bits(u16::from_bytes(bytes, big_endian)))
            }),
            false => {
                of_element!(self.dtype(), T => self.decode(&mut array, |bytes| T::from_bytes(bytes, big_endian)))
            }
        };
        let failed =
            |why| Error::new(ErrorKind::Argument, format!("cannot read {}: {why}", self.path.display()));
        read.map_err(failed)?;
        if self.fortran_order { to_c_order(array) } else { Ok(array) }
    }

    /// Reads the data into an array of the file's length.
    fn decode<T: Element>(&mut self, array: &mut Array, value: impl Fn(&[u8]) -> T) -> io::Result<()> {
        let size = self.descr.size();
        let mut buffer = vec![0; CHUNK];
        for places in elements_mut::<T>(array).chunks_mut(CHUNK / size) {
            let bytes = &mut buffer[..places.len() * size];
            self.data.read_exact(bytes)?;
            for (place, bytes) in places.iter_mut().zip(bytes.chunks_exact(size)) {
                *place = value(bytes);
            }
        }
        Ok(())
    }
}

fn elements_mut<T: Element>(array: &mut Array) -> &mut [T] {
    array.as_mut_slice().expect("the array is of this type")
}

/// The elements of an array of the same shape that were laid out with the first index fastest.
fn to_c_order(array: Array) -> Result<Array> {
    fn reorder<T: Element>(from: &Array, to: &mut Array) {
        let shape = from.shape();
        let elements = from.as_slice::<T>().expect("the array is of this type");
        let strides: Vec<usize> =
            shape.iter().scan(1, |stride, &n| Some(std::mem::replace(stride, *stride * n))).collect();
        let mut index = vec![0; shape.len()];
        let mut at = 0;
        for place in elements_mut::<T>(to) {
            *place = elements[at];
            // The next index in C order, like an odometer, and where it lies.
            for axis in (0..shape.len()).rev() {
                index[axis] += 1;
                at += strides[axis];
                if index[axis] < shape[axis] {
                    break;
                }
                at -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }
    }
    let mut ordered = Array::zeros(array.dtype(), array.shape())?;
    of_element!(array.dtype(), T => reorder::<T>(&array, &mut ordered));
    Ok(ordered)
}

/// Writes an array.
pub fn write(array: &Array, to: &mut impl Write) -> io::Result<()> {
    of_element!(array.dtype(), T => encode::<T>(array, to))
}

fn encode<T: Bytes>(array: &Array, to: &mut impl Write) -> io::Result<()> {
    to.write_all(&Header::of(array))?;
    let elements = array.as_slice::<T>().expect("the array is of this type");
    let mut buffer = Vec::with_capacity(CHUNK);
    for part in elements.chunks(CHUNK / size_of::<T>()) {
        buffer.clear();
        part.iter().for_each(|v| v.push_bytes(&mut buffer));
        to.write_all(&buffer)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use brolga::Scalar;
    use std::path::PathBuf;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Folder {
            Folder(tempfile::tempdir().unwrap())
        }

        fn file(&self, bytes: &[u8]) -> PathBuf {
            let path = self.0.path().join("x.npy");
            fs::write(&path, bytes).unwrap();
            path
        }
    }

    fn npy(descr: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let text = format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.bytes());
        bytes.extend(data);
        bytes
    }

    fn values(array: &Array) -> String {
        let values: Vec<_> = (0..array.len()).map(|i| array.get(i).to_string()).collect();
        format!("{} {:?} {}", array.dtype(), array.shape(), values.join(" "))
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = Folder::new();
        let arrays = [
            Array::from_vec(vec![true, false, true], 3).unwrap(),
            Array::from_vec(vec![i32::MIN, -1, 0, 1, 2, i32::MAX], [2, 3]).unwrap(),
            Array::from_vec(vec![i64::MIN, i64::MAX], [1, 2, 1]).unwrap(),
            Array::from_vec(vec![i8::MIN, -1, i8::MAX], 3).unwrap(),
            Array::from_vec(vec![i16::MIN, i16::MAX], 2).unwrap(),
            Array::from_vec(vec![0, 1, u8::MAX], 3).unwrap(),
            Array::from_vec(vec![0, 1, u16::MAX], 3).unwrap(),
            Array::from_vec(vec![0, 1, u32::MAX], 3).unwrap(),
            Array::from_vec(vec![0, 1, u64::MAX], 3).unwrap(),
            Array::from_vec(vec![f32::MIN_POSITIVE, -0.0, f32::INFINITY], 3).unwrap(),
            Array::from_vec((0..100_000).map(f64::from).collect(), [1000, 100]).unwrap(),
            Array::from_scalar(Scalar::Float64(2.5)),
            Array::zeros(DType::Float64, [0, 3]).unwrap(),
        ];
        for array in arrays {
            let mut bytes = Vec::new();
            write(&array, &mut bytes).unwrap();
            let start = bytes.len() - array.len() * array.dtype().size();
            assert_eq!(start % 64, 0, "NumPy maps aligned data");
            let back = read(&folder.file(&bytes)).unwrap();
            assert_eq!(values(&back), values(&array));
        }
    }

    #[test]
    fn byte_orders_and_layouts() {
        let folder = Folder::new();
        let read = |bytes: Vec<u8>| values(&read(&folder.file(&bytes)).unwrap());
        let be: Vec<u8> = [1i32, -2, 3].iter().flat_map(|v| v.to_be_bytes()).collect();
        assert_eq!(read(npy("'>i4'", "False", "(3,)", &be)), "int32 [3] 1 -2 3");
        let be: Vec<u8> = [0.5f64, -2.0].iter().flat_map(|v| v.to_be_bytes()).collect();
        assert_eq!(read(npy("'>f8'", "False", "(2,)", &be)), "float64 [2] 0.5 -2.0");
        let le: Vec<u8> = (0..6i64).flat_map(|v| v.to_le_bytes()).collect();
        let ne: Vec<u8> = [0.5f64, -2.0].iter().flat_map(|v| v.to_ne_bytes()).collect();
        for descr in ["'=f8'", "'f8'", "'d'", "'|f8'", "\"float64\""] {
            assert_eq!(read(npy(descr, "False", "(2,)", &ne)), "float64 [2] 0.5 -2.0", "{descr}");
        }
        assert_eq!(read(npy("'<i8'", "True", "(2, 3)", &le)), "int64 [2, 3] 0 2 4 1 3 5");
        assert_eq!(read(npy("'<i8'", "True", "(1, 2, 3)", &le)), "int64 [1, 2, 3] 0 2 4 1 3 5");
        assert_eq!(read(npy("'<i8'", "True", "(3, 2, 1)", &le)), "int64 [3, 2, 1] 0 3 1 4 2 5");
        assert_eq!(read(npy("'<i8'", "False", "()", &le[8..16])), "int64 [] 1");
        assert_eq!(read(npy("'|b1'", "False", "(3,)", &[0, 1, 2])), "bool [3] False True True");
        assert_eq!(read(npy("'>u2'", "False", "(2,)", &[0, 1, 255, 254])), "uint16 [2] 1 65534");
        assert_eq!(read(npy("'|i1'", "True", "(2, 2)", &[1, 2, 3, 255])), "int8 [2, 2] 1 3 2 -1");
        let halves: Vec<u8> =
            [0x3e00u16, 0x8001, 0x7c00, 0x7bff].iter().flat_map(|v| v.to_le_bytes()).collect();
        let read_as = "float32 [2, 2] 1.5 -5.9604645e-8 inf 65504.0";
        assert_eq!(read(npy("'<f2'", "False", "(2, 2)", &halves)), read_as);
        assert_eq!(read(npy("'|b1'", "True", "(0, 3)", &[])), "bool [0, 3] ");
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_name() {
        let folder = Folder::new();
        let good = npy("'<f8'", "False", "(2,)", &[0; 16]);
        let nested = format!("{}1{}", "(".repeat(4000), ")".repeat(4000));
        let mut later = good.clone();
        later[6] = 4;
        let mut minor = good.clone();
        minor[7] = 1;
        let mut long = b"\x93NUMPY\x02\x00".to_vec();
        long.extend(u32::MAX.to_le_bytes());
        for (bytes, part) in [
            (vec![], "it is empty"),
            (b"garbage, garbage, garbage".to_vec(), "not a .npy file"),
            (good[..7].to_vec(), "not a .npy file"),
            (good[..9].to_vec(), "ends within its header"),
            (good[..30].to_vec(), "ends within its header"),
            (good[..good.len() - 1].to_vec(), "fit in 15 bytes"),
            (good[..good.len() - 15].to_vec(), "fit in 1 byte of"),
            (long, "header is too long"),
            (later, "its version 4.0 of the format"),
            (minor, "its version 1.1 of the format"),
            (npy("'<f8'", "False", &nested, &[]), "header is damaged"),
            (npy("'<f8'", "False", "(576460752303423488,)", &[0; 16]), "cut short"),
            (npy("'<f8'", "False", "(4294967296, 4294967296)", &[0; 16]), "shape is too large"),
            (npy("'<f8'", "False", "(0, 18446744073709551615, 9)", &[0; 16]), "shape is too large"),
            (npy("'<f8'", "False", "(99999999999999999999999,)", &[0; 16]), "shape is too large"),
            (npy("'<f8'", "False", "(-1,)", &[0; 16]), "header is damaged"),
            (npy("'<f8'", "False", "3", &[0; 16]), "header is damaged"),
            (npy("'<f8'", "0", "(2,)", &[0; 16]), "header is damaged"),
            (npy("'<c32'", "False", "(1,)", &[0; 16]), "clongdouble"),
            (npy("'<f2'", "False", "(9,)", &[0; 16]), "an array of float16 of shape (9,) does not fit"),
            (npy("'|O'", "False", "(1,)", &[0; 16]), "object"),
            (npy("'<U3'", "False", "(1,)", &[0; 16]), "str"),
            (npy("'|S3'", "False", "(1,)", &[0; 16]), "bytes"),
            (npy("'<M8[s]'", "False", "(1,)", &[0; 16]), "datetime64"),
            (npy("[('a', '<i4'), ('b', '<f8')]", "False", "(1,)", &[0; 16]), "structured"),
        ] {
            let error = read(&folder.file(&bytes)).expect_err(part);
            let shown = error.to_string();
            assert!(shown.contains(part) && shown.contains("x.npy"), "{part}: {shown}");
            assert_eq!(shown.lines().count(), 1, "{shown}");
        }
        let missing = read(Path::new("/nowhere/at all.npy")).unwrap_err().to_string();
        assert!(missing.contains("/nowhere/at all.npy"), "{missing}");
        let folder = read(folder.0.path()).unwrap_err().to_string();
        assert!(folder.contains("it is a directory"), "{folder}");
    }

    #[test]
    fn no_change_of_a_byte_makes_reading_panic() {
        let folder = Folder::new();
        let good = npy("'<f8'", "False", "(2,)", &[0; 16]);
        for at in 0..good.len() - 16 {
            for byte in [0, b'(', b'9', b'\'', 0xff, good[at] ^ 1] {
                let mut bytes = good.clone();
                bytes[at] = byte;
                let _ = read(&folder.file(&bytes));
            }
        }
    }
}
