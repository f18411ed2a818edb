//! Trees in files of their own.

use super::{
    failure::{of_car, of_store, of_tree},
    get::bring_here,
    target::{Target, cid_of_text},
    tiers::Around,
};
use crate::{
    args::{ContentExport, ContentImport},
    commands::progress,
    exit::{Exit, Failure},
    output,
};
use indicatif::ProgressBar;
use serde::Serialize;
use std::{
    fs::File,
    io::{self, BufWriter, Read, Write},
    path::Path,
};
use veriframe_app::{Home, jobs::text};
use veriframe_ipfs::{
    BlockStore, Cid,
    car::{CarContent, CarError, write_car},
};

#[derive(Serialize)]
struct Taken {
    roots: Vec<Root>,
    blocks: u64,
}

#[derive(Serialize)]
struct Root {
    cid: String,
    pinned: bool,
    complete: bool,
}

pub fn import(store: &BlockStore, args: &ContentImport, cancelled: &dyn Fn() -> bool) -> Result<(), Failure> {
    let _held = store.hold().map_err(|error| of_store(&error))?;
    let mut roots: Vec<Cid> = Vec::new();
    let mut blocks = 0;
    for file in &args.files {
        let content = read(store, file, args, cancelled)?;
        if args.pin && content.roots.is_empty() {
            return Err(without_roots(file));
        }
        blocks += content.blocks.len() as u64;
        roots.extend(content.roots);
    }
    let mut seen = std::collections::HashSet::new();
    roots.retain(|root| seen.insert(*root));
    // After the last file: a tree may lie in several.
    let roots = roots
        .iter()
        .map(|root| keep(store, root, args))
        .collect::<Result<Vec<_>, _>>()?;
    tell(&Taken { roots, blocks }, args)
}

fn read(
    store: &BlockStore,
    file: &Path,
    args: &ContentImport,
    cancelled: &dyn Fn() -> bool,
) -> Result<CarContent, Failure> {
    let bar = progress::bytes("Reading", args.output.json);
    let input: Box<dyn Read> = if is_standard(file) {
        Box::new(io::stdin().lock())
    } else {
        let opened = File::open(file).map_err(|error| unreadable(file, &error))?;
        bar.set_length(opened.metadata().map_or(0, |metadata| metadata.len()));
        Box::new(opened)
    };
    let mut watched = Watched { input, bar, cancelled };
    let content = store.import_car(&mut watched).map_err(|error| of_car(file, &error))?;
    watched.bar.finish_and_clear();
    Ok(content)
}

fn keep(store: &BlockStore, root: &Cid, args: &ContentImport) -> Result<Root, Failure> {
    if args.pin {
        store.pin(root).map_err(|error| of_store(&error))?;
    }
    let missing = store.missing_blocks(root, 1).map_err(|error| of_tree(&error))?;
    Ok(Root {
        cid: root.to_string(),
        pinned: args.pin,
        complete: missing.is_empty(),
    })
}

fn tell(taken: &Taken, args: &ContentImport) -> Result<(), Failure> {
    for root in taken.roots.iter().filter(|root| !root.complete) {
        output::note(&format!(
            "Blocks of {} are still missing; other CAR files may have them.",
            root.cid
        ));
    }
    if args.output.json {
        return output::json(taken);
    }
    output::line(&text::count(taken.blocks, "block", "blocks"))?;
    for root in &taken.roots {
        output::line(&format!(
            "{}{}{}",
            root.cid,
            if root.pinned { "  kept" } else { "" },
            if root.complete { "" } else { "  incomplete" }
        ))?;
    }
    Ok(())
}

pub fn export(
    home: &Home,
    store: &BlockStore,
    args: &ContentExport,
    cancelled: &dyn Fn() -> bool,
) -> Result<(), Failure> {
    if is_standard(&args.out) && args.output.json {
        return Err(Failure::new(
            Exit::BadInput,
            "invalid_settings",
            "The CAR and the JSON cannot both go to standard output.",
            "Name a file after -o, or leave --json out.",
        ));
    }
    let root = cid_of_text(&args.cid)?;
    let _held = store.hold().map_err(|error| of_store(&error))?;
    let whole = Target {
        root,
        path: String::new(),
    };
    let around = Around::new(home, &args.network, &args.output);
    bring_here(&around, store, &whole)?;
    let blocks = store.tree_blocks(&root).map_err(|error| of_tree(&error))?;
    let bar = progress::bytes("Writing", args.output.json);
    bar.set_length(blocks.iter().filter_map(|block| block.size).sum());
    let cids: Vec<Cid> = blocks.iter().map(|block| block.cid).collect();
    let write = |out: &mut dyn Write| {
        let mut out = Counted {
            out,
            bar: &bar,
            bytes: 0,
            cancelled,
        };
        let written = write_car(store, &[root], cids.iter().copied(), &mut out);
        written
            .map(|()| out.bytes)
            .map_err(|error| of_writing(&args.out, &error))
    };
    let bytes = if is_standard(&args.out) {
        write(&mut BufWriter::new(io::stdout().lock()))?
    } else {
        beside(&args.out, write)?
    };
    bar.finish_and_clear();
    let count = cids.len() as u64;
    if args.output.json {
        return output::json(&serde_json::json!({
            "cid": root.to_string(), "path": args.out, "blocks": count, "bytes": bytes,
        }));
    }
    let told = format!(
        "{root}  {}  {}",
        text::count(count, "block", "blocks"),
        text::bytes(bytes)
    );
    if is_standard(&args.out) {
        output::note(&told);
        return Ok(());
    }
    output::line(&told)
}

/// Writes under another name first: a file of this name is whole.
fn beside(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<u64, Failure>) -> Result<u64, Failure> {
    let path = std::path::absolute(path)?;
    let failed = |error: &io::Error| unwritable(&path, error);
    let folder = path.parent().unwrap_or(&path);
    let file = tempfile::Builder::new()
        .prefix(".outgoing-")
        .tempfile_in(folder)
        .map_err(|error| failed(&error))?;
    let mut buffered = BufWriter::new(file);
    let bytes = write(&mut buffered)?;
    let file = buffered.into_inner().map_err(|error| failed(error.error()))?;
    file.as_file().sync_data().map_err(|error| failed(&error))?;
    file.persist(&path).map_err(|error| failed(&error.error))?;
    Ok(bytes)
}

/// Gives up when asked to, and moves the bar.
struct Watched<'a> {
    input: Box<dyn Read>,
    bar: ProgressBar,
    cancelled: &'a dyn Fn() -> bool,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if (self.cancelled)() {
            return Err(io::Error::other("interrupted"));
        }
        let length = self.input.read(buffer)?;
        self.bar.inc(length as u64);
        Ok(length)
    }
}

/// The same for what is written.
struct Counted<'a> {
    out: &'a mut dyn Write,
    bar: &'a ProgressBar,
    bytes: u64,
    cancelled: &'a dyn Fn() -> bool,
}

impl Write for Counted<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if (self.cancelled)() {
            return Err(io::Error::other("interrupted"));
        }
        let length = self.out.write(data)?;
        self.bytes += length as u64;
        self.bar.inc(length as u64);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

fn without_roots(file: &Path) -> Failure {
    Failure::new(
        Exit::BadInput,
        "no_roots",
        format!("“{}” names no roots, so there is nothing to pin.", file.display()),
        "Its blocks were taken in. Pin what you mean: veriframe content pin CID.",
    )
}

fn unreadable(file: &Path, error: &io::Error) -> Failure {
    let code = if error.kind() == io::ErrorKind::NotFound {
        "not_found"
    } else {
        "unreadable"
    };
    let message = format!("“{}” cannot be read: {error}.", file.display());
    Failure::new(
        Exit::BadInput,
        code,
        message,
        "Name a CAR file, or - for standard input.",
    )
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let code = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "no_space",
        _ => "unwritable",
    };
    let message = format!("“{}” cannot be written: {error}.", path.display());
    Failure::new(Exit::Failed, code, message, "Nothing half was left behind.")
}

fn of_writing(path: &Path, error: &CarError) -> Failure {
    match error {
        CarError::Store(error) => of_store(error),
        CarError::Io(error) => unwritable(path, error),
        _ => Failure::new(Exit::Failed, "internal", error.to_string(), ""),
    }
}
