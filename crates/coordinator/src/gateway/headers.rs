//! What an answer of the gateway says about itself.
//!
//! Source: the "Path Gateway" and "Trustless Gateway" specifications of IPFS, and RFC 9110 for the entity tags.

use super::Asked;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use veriframe_ipfs::{
    Cid,
    gateway::{CarOptions, Duplicates, Order, RAW_TYPE},
};

/// 48 weeks: what a CID names never changes.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=29030400, immutable");
/// Longer names of files are not taken from the query.
const MAX_FILENAME: usize = 255;

pub const IPFS_PATH: HeaderName = HeaderName::from_static("x-ipfs-path");
pub const IPFS_ROOTS: HeaderName = HeaderName::from_static("x-ipfs-roots");

/// An answer before its body.
pub struct About {
    tag: String,
    all: HeaderMap,
}

impl About {
    pub fn raw(cid: Cid, asked: &Asked) -> Self {
        let mut about = Self::new(format!("\"{cid}.raw\""), &[cid], asked);
        about.set(header::CONTENT_TYPE, RAW_TYPE);
        about.set_file(asked, &format!("{cid}.bin"));
        about.set_location(asked, "raw", &[]);
        about
    }

    /// `roots`: what each part of the path stands for.
    pub fn car(roots: &[Cid], options: &CarOptions, asked: &Asked) -> Self {
        let root = roots.first().copied().unwrap_or_default();
        let names: Vec<&str> = asked.names().collect();
        // Another release may order the blocks in another way, so the tag is a weak one.
        let hash = Sha256::digest(format!("{root}/{}\0{options:?}", names.join("/")));
        let mut about = Self::new(format!("W/\"{root}.car.{}\"", hex::encode(&hash[..8])), roots, asked);
        about.set(header::CONTENT_TYPE, &options.content_type());
        about.set(header::ACCEPT_RANGES, "none");
        let last = names.last().map(|name| format!("_{name}")).unwrap_or_default();
        about.set_file(asked, &format!("{root}{last}.car"));
        let order = match options.order {
            Order::DepthFirst => "dfs",
            Order::Unknown => "unk",
        };
        let dups = match options.duplicates {
            Duplicates::Included => "y",
            Duplicates::Excluded => "n",
        };
        about.set_location(asked, "car", &[("car-order", order), ("car-dups", dups)]);
        about
    }

    fn new(tag: String, roots: &[Cid], asked: &Asked) -> Self {
        let mut about = Self {
            all: HeaderMap::new(),
            tag,
        };
        about.all = about.short();
        about.set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        let path = asked
            .names()
            .fold(format!("/ipfs/{}", asked.cid), |path, name| path + "/" + name);
        // Left out where a header could not carry it.
        about.set(IPFS_PATH, &path);
        let roots: Vec<String> = roots.iter().map(Cid::to_string).collect();
        about.set(IPFS_ROOTS, &roots.join(","));
        about
    }

    fn set(&mut self, name: HeaderName, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value)
            && value.to_str().is_ok()
        {
            self.all.insert(name, value);
        }
    }

    fn set_file(&mut self, asked: &Asked, default: &str) {
        let name = asked
            .query("filename")
            .filter(|name| !name.is_empty() && name.len() <= MAX_FILENAME)
            .unwrap_or(default);
        let plain: String = name.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
        let (plain, whole) = (escape(&plain), escape(name));
        self.set(
            header::CONTENT_DISPOSITION,
            &format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}"),
        );
    }

    /// Where the format came from a header, the address under which the same answer has no need of it.
    fn set_location(&mut self, asked: &Asked, format: &str, more: &[(&str, &str)]) {
        if asked.query("format") == Some(format) {
            return;
        }
        let mut place = asked
            .names()
            .fold(format!("/ipfs/{}", asked.cid), |path, name| path + "/" + &escape(name));
        let given = asked.query.iter().filter(|(name, _)| name != "format");
        let added = more.iter().filter(|(name, _)| asked.query(name).is_none());
        let pairs = given
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain(added.copied())
            .chain([("format", format)]);
        for (number, (name, value)) in pairs.enumerate() {
            let before = if number == 0 { '?' } else { '&' };
            let _ = write!(place, "{before}{}={}", escape(name), escape(value));
        }
        self.set(header::CONTENT_LOCATION, &place);
        self.set(header::VARY, "accept");
    }

    /// Whether `If-None-Match` names this answer, by the weak comparison.
    pub fn is_known(&self, asked: &Asked) -> bool {
        let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        let own = bare(&self.tag);
        asked
            .values(header::IF_NONE_MATCH)
            .flat_map(|value| value.split(','))
            .any(|tag| tag.trim() == "*" || bare(tag) == own)
    }

    /// What goes out without a body.
    pub fn short(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, FOREVER);
        if let Ok(tag) = HeaderValue::from_str(&self.tag) {
            headers.insert(header::ETAG, tag);
        }
        headers
    }

    pub fn headers(self) -> HeaderMap {
        self.all
    }
}

/// Percent-encodes all but the characters that mean nothing anywhere in an address (RFC 3986, "unreserved").
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
