//! What a job asks of Blender beyond what its file says.

use crate::FrameSet;
use std::{fmt, str::FromStr};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutputFormat {
    Png,
    /// OpenEXR, the float format; saved with the depth and codec of the file.
    Exr,
    Jpeg,
}

impl OutputFormat {
    pub const ALL: [Self; 3] = [Self::Png, Self::Exr, Self::Jpeg];

    /// Blender's name, as in `scene.render.image_settings.file_format`.
    pub fn blender_name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Exr => "OPEN_EXR",
            Self::Jpeg => "JPEG",
        }
    }

    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Exr => "exr",
            Self::Jpeg => "jpg",
        }
    }

    /// `frame_0001.png`; a negative frame is `frame_-0001.png`, as Blender writes it.
    pub fn file_name(self, frame: i32) -> String {
        let sign = if frame < 0 { "-" } else { "" };
        format!("frame_{sign}{:04}.{}", frame.unsigned_abs(), self.extension())
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Png => "png",
            Self::Exr => "exr",
            Self::Jpeg => "jpeg",
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a format; use png, exr or jpeg")]
pub struct FormatError(String);

impl FromStr for OutputFormat {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "png" => Ok(Self::Png),
            "exr" | "open_exr" => Ok(Self::Exr),
            "jpg" | "jpeg" => Ok(Self::Jpeg),
            _ => Err(FormatError(text.chars().take(40).collect())),
        }
    }
}

/// Whether to denoise as the file says, or not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Denoise {
    #[default]
    AsInFile,
    Off,
}

/// The settings a creator chose; `None` means "as in the file".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderSettings {
    pub frames: FrameSet,
    /// Resolution in percent of the file's pixels, replacing the file's own percentage.
    pub percent: Option<u16>,
    pub samples: Option<u32>,
    pub format: OutputFormat,
    pub denoise: Denoise,
    /// The scene to render, for files with several.
    pub scene: Option<String>,
}
