use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fmt,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};
use veriframe_core::{BlenderInfo, Engine};

/// What kind of device Cycles can render on, by Blender's own identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum DeviceKind {
    Cpu,
    Cuda,
    Optix,
    Hip,
    Metal,
    Oneapi,
}

impl DeviceKind {
    /// `CPU`, `CUDA`, …: as in `compute_device_type` of Cycles' preferences.
    pub fn blender_name(self) -> &'static str {
        match self {
            Self::Cpu => "CPU",
            Self::Cuda => "CUDA",
            Self::Optix => "OPTIX",
            Self::Hip => "HIP",
            Self::Metal => "METAL",
            Self::Oneapi => "ONEAPI",
        }
    }

    pub fn is_gpu(self) -> bool {
        self != Self::Cpu
    }
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "CPU",
            Self::Cuda => "CUDA",
            Self::Optix => "OptiX",
            Self::Hip => "HIP",
            Self::Metal => "Metal",
            Self::Oneapi => "oneAPI",
        })
    }
}

/// A device that Cycles can render on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Blender's identifier, stable between runs; `CPU` for the processor.
    pub id: String,
    pub kind: DeviceKind,
    pub name: String,
    /// Bytes; `None` when Blender does not tell. The processor's is the computer's memory.
    pub memory: Option<u64>,
}

/// One Blender on this computer, as it described itself. It may be kept between runs as long as [`Installation::is_current`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installation {
    /// As it was found, which may be a link.
    pub path: PathBuf,
    #[serde(with = "info")]
    pub info: BlenderInfo,
    pub devices: Vec<Device>,
    /// Why renders cannot be sandboxed; `None` when they can.
    pub no_sandbox: Option<String>,
    /// Size of the executable in bytes, and when it changed in seconds since 1970: what [`Installation::is_current`] compares.
    pub size: u64,
    pub modified: u64,
}

impl Installation {
    /// Whether both are of one executable, however much was known of it.
    pub fn is_same_program(&self, other: &Self) -> bool {
        (&self.path, self.size, self.modified, &self.no_sandbox)
            == (&other.path, other.size, other.modified, &other.no_sandbox)
    }

    /// Whether the executable is still the one that was asked.
    pub fn is_current(&self) -> bool {
        fingerprint(&self.path).is_some_and(|found| found == (self.size, self.modified))
    }
}

/// Size and time of change of the executable behind `path`.
pub(crate) fn fingerprint(path: &Path) -> Option<(u64, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some((metadata.len(), modified))
}

/// The stored form of the domain's `BlenderInfo`, which does not serialise itself.
mod info {
    use super::{BTreeSet, BlenderInfo, Deserialize, Engine, Serialize};
    use serde::{Deserializer, Serializer, de::Error as _};

    #[derive(Serialize, Deserialize)]
    struct Row {
        version: String,
        engines: BTreeSet<String>,
        denoisers: BTreeSet<String>,
        sandboxed: bool,
    }

    pub fn serialize<S: Serializer>(info: &BlenderInfo, serializer: S) -> Result<S::Ok, S::Error> {
        Row {
            version: info.version.to_string(),
            engines: info.engines.iter().map(|engine| engine.id().to_owned()).collect(),
            denoisers: info.denoisers.clone(),
            sandboxed: info.sandboxed,
        }
        .serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BlenderInfo, D::Error> {
        let row = Row::deserialize(deserializer)?;
        Ok(BlenderInfo {
            version: row.version.parse().map_err(D::Error::custom)?,
            engines: row.engines.iter().map(|id| Engine::from_id(id)).collect(),
            denoisers: row.denoisers,
            sandboxed: row.sandboxed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_is_kept_between_runs() {
        let installation = Installation {
            path: "/usr/bin/blender".into(),
            info: BlenderInfo {
                version: "3.4.1".parse().unwrap(),
                engines: [Engine::Cycles, Engine::Eevee].into(),
                denoisers: ["openimagedenoise".to_owned()].into(),
                sandboxed: true,
            },
            devices: vec![Device {
                id: "CUDA_x".into(),
                kind: DeviceKind::Cuda,
                name: "A card".into(),
                memory: None,
            }],
            no_sandbox: None,
            size: 3,
            modified: 4,
        };
        let text = serde_json::to_string(&installation).unwrap();
        assert_eq!(serde_json::from_str::<Installation>(&text).unwrap(), installation);
        assert!(!installation.is_current());
    }
}
