use std::{
    fs::{self, File},
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use super::{PackProgress, plan::Plan, rewrite};
use crate::{PackError, read::BlendFile, trace::Spot};

/// Between two looks at whether to go on.
const STEP: u64 = 8 << 20;

/// Writes the pack; returns its files and bytes.
pub(super) fn carry_out(
    main: &BlendFile,
    plan: &Plan,
    out_dir: &Path,
    compress: bool,
    progress: &mut dyn FnMut(PackProgress),
    cancelled: &dyn Fn() -> bool,
) -> Result<(u32, u64), PackError> {
    let size = |path: &Path| fs::metadata(path).map_or(0, |facts| facts.len());
    let mut state = PackProgress {
        // Libraries may be compressed; the total is corrected once each is open.
        bytes_total: main.bytes().len() as u64
            + plan.blends.iter().skip(1).map(|blend| size(&blend.source)).sum::<u64>()
            + plan.copies.iter().map(|(_, source)| size(source)).sum::<u64>(),
        files_total: (plan.blends.len() + plan.copies.len()) as u32,
        ..PackProgress::default()
    };
    progress(state);
    for (number, blend) in plan.blends.iter().enumerate() {
        let library;
        let file = if number == 0 {
            main
        } else {
            library = BlendFile::open(&blend.source).map_err(|source| PackError::Library {
                path: blend.source.clone(),
                source,
            })?;
            state.bytes_total =
                state.bytes_total - library.stored_bytes().min(state.bytes_total) + library.bytes().len() as u64;
            &library
        };
        let mut splices = scrubbed(file, &blend.place)?;
        for (place, new) in &blend.changes {
            splices.extend(rewrite::splices(file, place, new)?);
        }
        let to = out_dir.join(&blend.place);
        let failed = |source| {
            failure(source, |source| PackError::Write {
                path: to.clone(),
                source,
            })
        };
        let out = BufWriter::new(create(&to).map_err(failed)?);
        let mut wrote = |bytes| {
            state.bytes_done += bytes;
            progress(state);
            stop_if(cancelled)
        };
        let mut out = Out::new(out, compress).map_err(failed)?;
        rewrite::write(file, splices, out.writer(), &mut wrote).map_err(failed)?;
        out.finish().map_err(failed)?;
        state.files_done += 1;
        progress(state);
    }
    for (place, source) in &plan.copies {
        copy_file(source, &out_dir.join(place), &mut |bytes| {
            state.bytes_done += bytes;
            progress(state);
            stop_if(cancelled)
        })?;
        state.files_done += 1;
        progress(state);
    }
    let written = plan
        .blends
        .iter()
        .map(|blend| &blend.place)
        .chain(plan.copies.iter().map(|(place, _)| place));
    let bytes = written.map(|place| size(&out_dir.join(place))).sum();
    Ok((state.files_done, bytes))
}

/// Blender's own level.
const ZSTD_LEVEL: i32 = 3;

/// A `.blend` file that is being written.
enum Out {
    Plain(BufWriter<File>),
    Zstd(zstd::stream::write::Encoder<'static, BufWriter<File>>),
}

impl Out {
    fn new(file: BufWriter<File>, compress: bool) -> io::Result<Self> {
        if !compress {
            return Ok(Self::Plain(file));
        }
        let mut encoder = zstd::stream::write::Encoder::new(file, ZSTD_LEVEL)?;
        encoder.include_checksum(true)?;
        Ok(Self::Zstd(encoder))
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(file) => file,
            Self::Zstd(encoder) => encoder,
        }
    }

    fn finish(self) -> io::Result<()> {
        let file = match self {
            Self::Plain(file) => file,
            Self::Zstd(encoder) => encoder.finish()?,
        };
        file.into_inner().map(drop).map_err(io::IntoInnerError::into_error)
    }
}

/// The file's own former path tells the name of its author's account and folders: the pack does not carry it.
fn scrubbed(file: &BlendFile, place: &str) -> Result<Vec<rewrite::Splice>, PackError> {
    let raw = file.global().and_then(|global| global.raw_text("filename"));
    let spot = raw.map(|raw| Spot {
        offset: raw.offset,
        size: raw.size,
    });
    spot.filter(|spot| place.len() < spot.size)
        .map(|spot| rewrite::fill(spot, place))
        .transpose()
        .map(|splice| splice.into_iter().collect())
}

fn stop_if(cancelled: &dyn Fn() -> bool) -> io::Result<()> {
    if cancelled() {
        Err(io::Error::other(Stopped))
    } else {
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("stopped")]
struct Stopped;

fn failure(error: io::Error, otherwise: impl FnOnce(io::Error) -> PackError) -> PackError {
    if error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Stopped>())
        .is_some()
    {
        PackError::Cancelled
    } else {
        otherwise(error)
    }
}

fn create(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::create_new(path)
}

fn copy_file(source: &Path, to: &Path, wrote: &mut dyn FnMut(u64) -> io::Result<()>) -> Result<(), PackError> {
    let reading = |error| {
        failure(error, |error| PackError::Copy {
            path: PathBuf::from(source),
            source: error,
        })
    };
    let writing = |error| {
        failure(error, |error| PackError::Write {
            path: PathBuf::from(to),
            source: error,
        })
    };
    let from = File::open(source).map_err(reading)?;
    let mut out = create(to).map_err(writing)?;
    loop {
        // Between two files the standard library asks the kernel to copy, which shares the blocks where it can.
        let copied = io::copy(&mut (&from).take(STEP), &mut out).map_err(writing)?;
        wrote(copied).map_err(writing)?;
        if copied < STEP {
            break;
        }
    }
    out.flush().map_err(writing)
}
