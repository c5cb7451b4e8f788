//! Colours of images, by the names that plots have made known.

use std::fmt;
use std::str::FromStr;

use colorgrad::{Gradient, preset};

/// A way from the least number to the greatest through colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colormap {
    /// Black to white; the file has one byte a pixel.
    #[default]
    Gray,
    Viridis,
    Magma,
    Inferno,
    Plasma,
    Cividis,
    Turbo,
}

impl Colormap {
    pub const ALL: &[Colormap] = &[
        Colormap::Gray,
        Colormap::Viridis,
        Colormap::Magma,
        Colormap::Inferno,
        Colormap::Plasma,
        Colormap::Cividis,
        Colormap::Turbo,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Colormap::Gray => "gray",
            Colormap::Viridis => "viridis",
            Colormap::Magma => "magma",
            Colormap::Inferno => "inferno",
            Colormap::Plasma => "plasma",
            Colormap::Cividis => "cividis",
            Colormap::Turbo => "turbo",
        }
    }

    /// The red, green and blue of each level; none where levels are grey as they stand.
    pub fn colours(self) -> Option<[[u8; 3]; 256]> {
        let gradient: Box<dyn Gradient> = match self {
            Colormap::Gray => return None,
            Colormap::Viridis => Box::new(preset::viridis()),
            Colormap::Magma => Box::new(preset::magma()),
            Colormap::Inferno => Box::new(preset::inferno()),
            Colormap::Plasma => Box::new(preset::plasma()),
            Colormap::Cividis => Box::new(preset::cividis()),
            Colormap::Turbo => Box::new(preset::turbo()),
        };
        let colour = |level: usize| {
            let [r, g, b, _] = gradient.at(level as f32 / 255.0).to_rgba8();
            [r, g, b]
        };
        Some(std::array::from_fn(colour))
    }
}

impl fmt::Display for Colormap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Colormap {
    type Err = String;

    fn from_str(name: &str) -> Result<Colormap, String> {
        let found = Colormap::ALL.iter().copied().find(|map| map.name() == name);
        found.ok_or_else(|| format!("`{name}` is no colormap"))
    }
}
