//! What a job needs of a worker's Blender, and the reason when one does not fit.

use std::{collections::BTreeSet, fmt, str::FromStr};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlenderVersion {
    pub major: u16,
    pub minor: u16,
    pub patch: u16,
}

impl BlenderVersion {
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }
}

impl fmt::Display for BlenderVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a Blender version such as 4.2.3")]
pub struct VersionError(String);

impl FromStr for BlenderVersion {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || VersionError(text.chars().take(40).collect());
        let mut parts = text
            .trim()
            .splitn(3, '.')
            .map(|part| part.parse::<u16>().map_err(|_| bad()));
        let major = parts.next().ok_or_else(bad)??;
        let minor = parts.next().ok_or_else(bad)??;
        Ok(Self {
            major,
            minor,
            patch: parts.next().transpose()?.unwrap_or(0),
        })
    }
}

/// A render engine by Blender's own identifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Engine {
    Cycles,
    /// `BLENDER_EEVEE` and, in 4.2 to 4.5, `BLENDER_EEVEE_NEXT`: one engine to a person.
    Eevee,
    Workbench,
    /// An add-on's engine.
    Other(String),
}

impl Engine {
    pub fn from_blender(identifier: &str) -> Self {
        match identifier {
            "CYCLES" => Self::Cycles,
            "BLENDER_EEVEE" | "BLENDER_EEVEE_NEXT" => Self::Eevee,
            "BLENDER_WORKBENCH" => Self::Workbench,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The identifier in wire shapes: lower case, `eevee` for both of Blender's.
    pub fn id(&self) -> &str {
        match self {
            Self::Cycles => "cycles",
            Self::Eevee => "eevee",
            Self::Workbench => "workbench",
            Self::Other(name) => name,
        }
    }

    pub fn from_id(id: &str) -> Self {
        match id {
            "cycles" => Self::Cycles,
            "eevee" => Self::Eevee,
            "workbench" => Self::Workbench,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cycles => "Cycles",
            Self::Eevee => "EEVEE",
            Self::Workbench => "Workbench",
            Self::Other(name) => name,
        })
    }
}

/// What a job needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirements {
    pub engine: Engine,
    /// The version that saved the file. Older Blenders cannot be trusted to open it.
    pub saved_by: BlenderVersion,
    /// `openimagedenoise` or `optix`; `None` when the job does not denoise.
    pub denoiser: Option<String>,
    /// Estimated peak memory in bytes; 0 when unknown.
    pub memory_bytes: u64,
}

/// One installed Blender, as it described itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlenderInfo {
    pub version: BlenderVersion,
    pub engines: BTreeSet<Engine>,
    pub denoisers: BTreeSet<String>,
    /// Renders run inside a sandbox.
    pub sandboxed: bool,
}

/// Why a Blender cannot render a job. The texts are shown to people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ineligible {
    #[error("no Blender is installed")]
    NoBlender,
    #[error("needs Blender {needs} or newer, you have {has}")]
    TooOld { needs: String, has: String },
    #[error("needs {engine}, which Blender {version} here cannot run")]
    Engine { engine: String, version: BlenderVersion },
    #[error("needs the denoiser {denoiser}, which Blender {version} here was built without")]
    Denoiser { denoiser: String, version: BlenderVersion },
    #[error("needs {needs_mb} MB of memory, the limit here is {has_mb} MB")]
    Memory { needs_mb: u64, has_mb: u64 },
}

impl Requirements {
    /// The Blender that fits best: the one nearest above the file's own version, so that a file looks as its author saw it.
    pub fn choose<'a>(
        &self,
        installed: &'a [BlenderInfo],
        memory_limit: Option<u64>,
    ) -> Result<&'a BlenderInfo, Ineligible> {
        if let Some(limit) = memory_limit.filter(|&limit| limit < self.memory_bytes) {
            return Err(Ineligible::Memory {
                needs_mb: self.memory_bytes >> 20,
                has_mb: limit >> 20,
            });
        }
        let mut candidates: Vec<&BlenderInfo> = installed.iter().collect();
        candidates.sort_by_key(|blender| blender.version);
        let newest = candidates.last().ok_or(Ineligible::NoBlender)?;
        let too_old = Ineligible::TooOld {
            needs: format!("{}.{}", self.saved_by.major, self.saved_by.minor),
            has: newest.version.to_string(),
        };
        // The first fitting one wins; otherwise the newest one's reason is the most useful to hear.
        let mut reason = too_old;
        for blender in candidates {
            match self.check(blender) {
                Ok(()) => return Ok(blender),
                Err(Ineligible::TooOld { .. }) => {}
                Err(why) => reason = why,
            }
        }
        Err(reason)
    }

    fn check(&self, blender: &BlenderInfo) -> Result<(), Ineligible> {
        let version = blender.version;
        // A file opens in every later patch release of its series, and in every later series.
        if (version.major, version.minor) < (self.saved_by.major, self.saved_by.minor) {
            return Err(Ineligible::TooOld {
                needs: format!("{}.{}", self.saved_by.major, self.saved_by.minor),
                has: version.to_string(),
            });
        }
        if !blender.engines.contains(&self.engine) {
            return Err(Ineligible::Engine {
                engine: self.engine.to_string(),
                version,
            });
        }
        match &self.denoiser {
            Some(denoiser) if !blender.denoisers.contains(denoiser) => Err(Ineligible::Denoiser {
                denoiser: denoiser.clone(),
                version,
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blender(version: &str, denoisers: &[&str]) -> BlenderInfo {
        BlenderInfo {
            version: version.parse().unwrap(),
            engines: [Engine::Cycles].into(),
            denoisers: denoisers.iter().map(ToString::to_string).collect(),
            sandboxed: true,
        }
    }

    fn needs(version: &str, denoiser: Option<&str>) -> Requirements {
        Requirements {
            engine: Engine::Cycles,
            saved_by: version.parse().unwrap(),
            denoiser: denoiser.map(ToOwned::to_owned),
            memory_bytes: 0,
        }
    }

    #[test]
    fn the_nearest_version_above_the_file_is_chosen() {
        let installed = [blender("5.0.1", &[]), blender("3.4.1", &[]), blender("4.2.3", &[])];
        assert_eq!(
            needs("3.5", None).choose(&installed, None).unwrap().version,
            BlenderVersion::new(4, 2, 3)
        );
        assert_eq!(
            needs("3.4", None).choose(&installed, None).unwrap().version,
            BlenderVersion::new(3, 4, 1)
        );
    }

    #[test]
    fn reasons_are_said() {
        let installed = [blender("3.4.1", &[])];
        let reason = |needs: Requirements| needs.choose(&installed, Some(1 << 30)).unwrap_err().to_string();
        assert_eq!(reason(needs("4.2", None)), "needs Blender 4.2 or newer, you have 3.4.1");
        assert!(reason(needs("3.4", Some("openimagedenoise"))).contains("built without"));
        assert_eq!(needs("3.4", None).choose(&[], None), Err(Ineligible::NoBlender));
    }
}
