//! What renders a frame.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeviceKind {
    Cpu,
    Cuda,
    Optix,
    Hip,
    Oneapi,
    Metal,
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "CPU",
            Self::Cuda => "CUDA",
            Self::Optix => "OptiX",
            Self::Hip => "HIP",
            Self::Oneapi => "oneAPI",
            Self::Metal => "Metal",
        })
    }
}
