//! Two-dimensional arrays as images, in grey or in colours.

use std::io::{self, Write};

use brolga::{Array, DType, Error, ErrorKind, Result, Scalar};

use crate::colormap::Colormap;

/// The image of an array: its width, its height and a level for each pixel.
///
/// bool is black and white; a uint8 is a pixel as it stands; other numbers go in a straight line from their least (black) to their
/// greatest (white), infinities beyond both ends, NaN to black.
pub struct Image {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
    colormap: Colormap,
}

impl Image {
    /// The image of a 2-D array.
    pub fn new(array: &Array, colormap: Colormap) -> Result<Image> {
        let refuse = |why: String| Err(Error::new(ErrorKind::Shape, why));
        let &[height, width] = array.shape() else {
            return refuse(format!(
                "a .png takes an array of 2 dimensions, and the result has {}",
                array.shape().len()
            ));
        };
        if array.dtype().is_complex() {
            return refuse(
                "a .png has no complex numbers: save their `abs(…)`, `real(…)` or `angle(…)`".into(),
            );
        }
        // The format holds 31 bits for either length.
        let length = |n: usize| u32::try_from(n).ok().filter(|n| (1..1 << 31).contains(n));
        let (Some(width), Some(height)) = (length(width), length(height)) else {
            return refuse(format!("no .png can be {width} pixels wide and {height} high"));
        };
        Ok(Image { width, height, pixels: pixels(array), colormap })
    }

    /// Writes the file.
    pub fn write(&self, to: impl Write) -> io::Result<()> {
        let mut encoder = png::Encoder::new(to, self.width, self.height);
        let colours = self.colormap.colours();
        encoder.set_color(if colours.is_some() {
            png::ColorType::Indexed
        } else {
            png::ColorType::Grayscale
        });
        encoder.set_depth(png::BitDepth::Eight);
        if let Some(colours) = colours {
            encoder.set_palette(colours.concat());
        }
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        Ok(writer.finish()?)
    }
}

fn pixels(array: &Array) -> Vec<u8> {
    if let Some(values) = array.as_slice::<bool>() {
        return values.iter().map(|&v| if v { 255 } else { 0 }).collect();
    }
    if let Some(values) = array.as_slice::<u8>() {
        return values.to_vec();
    }
    let value = |at| match array.get(at).cast(DType::Float64) {
        Scalar::Float64(value) => value,
        other => unreachable!("{other} is not the float64 it was cast to"),
    };
    let finite = || (0..array.len()).map(value).filter(|v| v.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    // Halves, because the whole range of float64 is too wide for a float64.
    let scale = 255.0 / (high / 2.0 - low / 2.0).max(f64::MIN_POSITIVE);
    let grey = |v: f64| match v {
        v if v == f64::INFINITY => 255,
        // A cast of a negative number or of NaN gives 0.
        v => ((v / 2.0 - low / 2.0) * scale).round() as u8,
    };
    (0..array.len()).map(|at| grey(value(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(values: Vec<f64>) -> Vec<u8> {
        let width = values.len();
        Image::new(&Array::from_vec(values, [1, width]).unwrap(), Colormap::Gray).unwrap().pixels
    }

    #[test]
    fn numbers_go_from_black_to_white() {
        assert_eq!(grey(vec![-1.0, 0.0, 1.0]), [0, 128, 255]);
        assert_eq!(grey(vec![f64::MIN, f64::MAX]), [0, 255]);
        assert_eq!(grey(vec![f64::NAN, f64::NEG_INFINITY, f64::INFINITY, 1.0, 2.0]), [0, 0, 255, 0, 255]);
        assert_eq!(grey(vec![3.0, 3.0]), [0, 0]);
        assert_eq!(grey(vec![f64::NAN]), [0]);
        let coins = Array::from_vec(vec![true, false], [2, 1]).unwrap();
        assert_eq!(Image::new(&coins, Colormap::Gray).unwrap().pixels, [255, 0]);
        let grey = Array::from_vec(vec![7u8, 200], [1, 2]).unwrap();
        assert_eq!(Image::new(&grey, Colormap::Gray).unwrap().pixels, [7, 200]);
    }

    #[test]
    fn files_can_be_decoded() {
        let array = Array::from_vec(vec![0i32, 51, 102, 153, 204, 255], [2, 3]).unwrap();
        let mut file = Vec::new();
        Image::new(&array, Colormap::Gray).unwrap().write(&mut file).unwrap();
        let mut reader = png::Decoder::new(io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (3, 2));
        assert_eq!(pixels, [0, 51, 102, 153, 204, 255]);
    }

    #[test]
    fn levels_have_the_colours_of_a_map() {
        let array = Array::from_vec(vec![0u8, 255], [1, 2]).unwrap();
        for (colormap, first, last) in
            [(Colormap::Viridis, [68, 1, 84], [253, 231, 37]), (Colormap::Magma, [0, 0, 4], [252, 253, 191])]
        {
            let mut file = Vec::new();
            Image::new(&array, colormap).unwrap().write(&mut file).unwrap();
            let mut decoder = png::Decoder::new(io::Cursor::new(file));
            decoder.set_transformations(png::Transformations::EXPAND);
            let mut reader = decoder.read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut pixels).unwrap();
            let near = |a: &[u8], b: [u8; 3]| a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 1);
            assert!(near(&pixels[..3], first) && near(&pixels[3..], last), "{pixels:?}");
        }
    }

    #[test]
    fn other_shapes_are_refused() {
        for shape in [&[3][..], &[], &[0, 3], &[1, 2, 3]] {
            let array = Array::zeros(DType::Float64, shape).unwrap();
            assert!(Image::new(&array, Colormap::Gray).is_err(), "{shape:?}");
        }
    }
}
