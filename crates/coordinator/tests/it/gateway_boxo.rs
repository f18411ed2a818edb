//! The same questions to boxo's gateway and to ours, over the same blocks.

use crate::support::World;
use reqwest::{Method, StatusCode, header::HeaderMap};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};
use tempfile::TempDir;
use veriframe_ipfs::{
    Cid,
    car::{CarDecoder, CarItem},
};
use veriframe_peers::{Boxo, BoxoGateway, Profile};

struct Both {
    world: World,
    gateway: BoxoGateway,
    boxo: Boxo,
    repo: TempDir,
    http: reqwest::Client,
    differences: Mutex<Vec<String>>,
}

/// All of them at once: one alone says little about why.
impl Drop for Both {
    fn drop(&mut self) {
        let differences = self.differences.lock().unwrap();
        for difference in differences.iter() {
            println!("{}", difference.chars().take(1500).collect::<String>());
        }
        assert!(
            std::thread::panicking() || differences.is_empty(),
            "{} answers differ",
            differences.len()
        );
    }
}

/// What two gateways must agree on.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: StatusCode,
    content_type: Option<String>,
    /// The part of the entity tag before a hash.
    tag: Option<String>,
    others: Vec<Option<String>>,
    /// Whether it says which address the answer has without a header.
    elsewhere: bool,
    body: Body,
}

#[derive(Debug, PartialEq, Eq)]
enum Body {
    Refusal,
    /// A CAR that is cut or ends in something else.
    Broken,
    Bytes(Vec<u8>),
    Car {
        roots: Vec<Cid>,
        blocks: Vec<Cid>,
    },
}

// Not `x-ipfs-path`, which newer releases of boxo leave out.
const SAME_HEADERS: [&str; 6] = [
    "content-disposition",
    "cache-control",
    "x-ipfs-roots",
    "x-content-type-options",
    "accept-ranges",
    "content-length",
];

impl Both {
    async fn start() -> Option<Self> {
        let boxo = Boxo::find()?;
        let repo = tempfile::tempdir().unwrap();
        let world = World::start().await;
        // A repo is made by its first block.
        let file = repo.path().join("empty");
        fs::write(&file, b"").unwrap();
        boxo.add(&repo.path().join("repo"), Profile::V1In2025, &file);
        let gateway = BoxoGateway::start(&boxo, &repo.path().join("repo"));
        Some(Self {
            world,
            gateway,
            boxo,
            repo,
            http: reqwest::Client::new(),
            differences: Mutex::default(),
        })
    }

    fn repo(&self) -> PathBuf {
        self.repo.path().join("repo")
    }

    fn add(&self, profile: Profile, path: &Path) -> Cid {
        let root = self.boxo.add(&self.repo(), profile, path);
        self.share(root)
    }

    /// Takes a tree of boxo's into our store, and keeps it.
    fn share(&self, root: Cid) -> Cid {
        let car = self.repo.path().join("shared.car");
        self.boxo.export(&self.repo(), &root, &car);
        self.world
            .blocks
            .import_car(&mut fs::File::open(&car).unwrap())
            .unwrap();
        assert_eq!(self.world.blocks.missing_blocks(&root, 10).unwrap(), []);
        self.world.blocks.pin(&root).unwrap();
        root
    }

    async fn ask(&self, base: &str, method: Method, path: &str, headers: &[(&str, &str)]) -> (Answer, HeaderMap) {
        let mut request = self.http.request(method.clone(), format!("{base}/ipfs/{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = answer
            .bytes()
            .await
            .unwrap_or_else(|error| panic!("{base} {path}: {error}"));
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let good = status.is_success() || status == StatusCode::NOT_MODIFIED;
        let content_type = text("content-type").filter(|_| status.is_success());
        let car = content_type
            .as_ref()
            .is_some_and(|kind| kind.starts_with("application/vnd.ipld.car"));
        let body = match (good, car && method == Method::GET) {
            (false, _) => Body::Refusal,
            (true, true) => read_car(&bytes),
            (true, false) => Body::Bytes(bytes.into()),
        };
        let tag = text("etag").filter(|_| good);
        let same = |name: &str| {
            let value = text(name).filter(|_| status.is_success())?;
            // Blocks in parts are not offered here; a short CAR has a length only where it was made as a whole.
            let differs = value == "bytes" || (car && name == "content-length");
            (!differs).then_some(value)
        };
        let answer = Answer {
            status,
            content_type,
            tag: tag.map(|tag| tag.split(".car.").next().unwrap().to_owned()),
            others: SAME_HEADERS.iter().map(|name| same(name)).collect(),
            elsewhere: status.is_success() && headers.contains_key("content-location"),
            body,
        };
        (answer, headers)
    }

    async fn compare_with(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let (theirs, _) = self.ask(&self.gateway.url, method.clone(), path, headers).await;
        let (ours, _) = self.ask(&self.world.running.url(), method.clone(), path, headers).await;
        if ours != theirs {
            let said = format!("{method} {path} {headers:?}\nours   {ours:?}\ntheirs {theirs:?}");
            self.differences.lock().unwrap().push(said);
        }
        ours
    }

    async fn compare(&self, path: &str) -> Answer {
        self.compare_with(Method::GET, path, &[]).await
    }

    /// Where there is nothing, ours says so. boxo sends the blocks that prove it, under a root that is none, or
    /// begins a CAR before it knows.
    async fn nothing_at(&self, path: &str) {
        let (ours, _) = self.ask(&self.world.running.url(), Method::GET, path, &[]).await;
        assert_eq!(ours.status, 404, "{path}");
        let (theirs, _) = self.ask(&self.gateway.url, Method::GET, path, &[]).await;
        let proof = match &theirs.body {
            Body::Car { roots, .. } => roots.iter().map(Cid::to_string).eq(["bafkqaaa"]),
            Body::Refusal | Body::Broken => true,
            Body::Bytes(_) => false,
        };
        assert!(proof, "{path}: {theirs:?}");
    }

    /// Every way to ask for a CAR of what lies at `path`.
    async fn compare_cars(&self, path: &str, ranges: &[&str]) {
        for dups in ["", "&car-dups=y", "&car-dups=n&car-order=unk", "&car-order=dfs"] {
            for scope in ["", "&dag-scope=block", "&dag-scope=entity", "&dag-scope=all"] {
                self.compare(&format!("{path}?format=car{scope}{dups}")).await;
            }
            for range in ranges {
                let query = format!("format=car&dag-scope=entity&entity-bytes={range}{dups}");
                self.compare(&format!("{path}?{query}")).await;
            }
        }
        self.compare_with(Method::HEAD, &format!("{path}?format=car"), &[])
            .await;
    }
}

fn read_car(bytes: &[u8]) -> Body {
    let mut decoder = CarDecoder::default();
    decoder.feed(bytes);
    let (mut roots, mut blocks) = (Vec::new(), Vec::new());
    loop {
        match decoder.next_item() {
            Ok(Some(CarItem::Roots(found))) => roots = found,
            Ok(Some(CarItem::Block(cid, data))) => {
                assert!(veriframe_ipfs::block::matches(&cid, &data));
                blocks.push(cid);
            }
            Ok(None) if decoder.finish().is_ok() => return Body::Car { roots, blocks },
            Ok(None) | Err(_) => return Body::Broken,
        }
    }
}

#[tokio::test]
async fn files_and_folders_of_the_old_profile() {
    let Some(both) = Both::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("sub/Käse & Brot")).unwrap();
    let mut big: Vec<u8> = (0..900_000_u32)
        .map(|number| (number.wrapping_mul(number) >> 7) as u8)
        .collect();
    // The same chunk several times.
    big.extend(vec![7; 5 << 18]);
    fs::write(folder.path().join("big.bin"), &big).unwrap();
    fs::write(folder.path().join("sub/small.txt"), b"small").unwrap();
    fs::write(folder.path().join("sub/Käse & Brot/empty"), b"").unwrap();
    fs::write(folder.path().join("again.txt"), b"small").unwrap();
    for profile in [Profile::LegacyV0, Profile::V1In2025] {
        let root = both.add(profile, folder.path());
        both.compare_cars(&root.to_string(), &["0:*", "5:10"]).await;
        both.compare_cars(&format!("{root}/"), &[]).await;
        let ranges = [
            "0:*",
            "0:0",
            "262144:262144",
            "262143:262144",
            "300000:600000",
            "-1000:*",
            "-300000:-200000",
            "5:-5",
            "1000000:1600000",
            "-99999999:10",
        ];
        both.compare_cars(&format!("{root}/big.bin"), &ranges).await;
        both.compare_cars(&format!("{root}/sub/small.txt"), &["0:*", "1:2"])
            .await;
        both.compare_cars(&format!("{root}/sub"), &["1:2"]).await;
        both.compare_cars(&format!("{root}/sub/K%C3%A4se%20%26%20Brot/empty"), &["0:*"])
            .await;
        for path in ["missing", "sub/missing", "sub/small.txt/more", "sub/Small.txt"] {
            both.nothing_at(&format!("{root}/{path}?format=car")).await;
        }
        assert_eq!(both.compare(&format!("{root}?format=raw")).await.status, 200);
        both.compare_with(Method::HEAD, &format!("{root}?format=raw"), &[])
            .await;
        both.compare(&format!("{root}?format=raw&filename=my%20file.bin")).await;
        both.compare(&format!("{root}?format=car&filename=my.car")).await;
    }
}

#[tokio::test]
async fn folders_in_shards() {
    let Some(both) = Both::start().await else { return };
    for (entries, fanout) in [(700, 256), (300, 8), (1200, 1024)] {
        let root = both.share(both.boxo.hamt(&both.repo(), entries, fanout));
        both.compare_cars(&root.to_string(), &["0:5"]).await;
        for number in [0, 42, 299] {
            both.compare_cars(&format!("{root}/entry-{number:05}.txt"), &["0:*"])
                .await;
        }
        for path in ["missing", "entry-00042", "00", "entry-00042.txt/more"] {
            both.nothing_at(&format!("{root}/{path}?format=car")).await;
        }
        both.compare(&format!("{root}?format=raw")).await;
        let out = both.repo.path().join(format!("out-{fanout}"));
        both.world
            .blocks
            .export_tree(&root, &out, &mut |_| {}, &|| false)
            .unwrap();
        assert_eq!(fs::read_dir(&out).unwrap().count(), entries as usize);
        assert_eq!(fs::read(out.join("entry-00042.txt")).unwrap(), b"entry 42");
    }
}

#[tokio::test]
async fn blocks_in_their_names_and_dag_cbor() {
    let Some(both) = Both::start().await else { return };
    let identity = both.boxo.identity(&both.repo());
    let folder = both.share(identity.folder);
    both.compare_cars(&folder.to_string(), &[]).await;
    both.compare_cars(&format!("{folder}/inline.txt"), &["0:3"]).await;
    both.compare_cars(&format!("{folder}/stored.txt"), &[]).await;
    both.compare_cars(&identity.inline.to_string(), &[]).await;
    both.compare(&format!("{}?format=raw", identity.inline)).await;
    let node = both.share(both.boxo.cbor(&both.repo()).node);
    both.compare_cars(&node.to_string(), &["0:*"]).await;
    both.compare(&format!("{node}?format=raw")).await;
    // How a gateway is recognised.
    for method in [Method::GET, Method::HEAD] {
        for format in ["raw", "car"] {
            let answer = both
                .compare_with(method.clone(), &format!("bafkqaaa?format={format}"), &[])
                .await;
            assert_eq!(answer.status, 200);
        }
    }
}

#[tokio::test]
async fn formats_tags_and_refusals() {
    let Some(both) = Both::start().await else { return };
    let file = both.repo.path().join("file");
    fs::write(&file, vec![3; 600_000]).unwrap();
    let root = both.add(Profile::LegacyV0, &file).to_string();
    let car = "application/vnd.ipld.car";
    let unknown = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
    for (path, accept) in [
        (root.clone(), "application/vnd.ipld.raw"),
        (root.clone(), car),
        (root.clone(), "application/vnd.ipld.car; version=1; order=dfs; dups=y"),
        (root.clone(), "application/vnd.ipld.car;order=unk"),
        (root.clone(), "application/vnd.ipld.car; version=2"),
        (root.clone(), "application/vnd.ipld.car; order=bfs"),
        (root.clone(), "application/vnd.ipld.car; dups=maybe"),
        (format!("{root}?format=raw"), car),
        (format!("{root}?format=car"), "application/vnd.ipld.raw"),
        (format!("{root}?format=car"), "*/*"),
        (
            format!("{root}?format=car&car-dups=n"),
            "application/vnd.ipld.car; dups=y",
        ),
        (format!("{root}?format=car&dag-scope=some"), "*/*"),
        (format!("{root}?format=car&dag-scope="), "*/*"),
        (format!("{root}?format=car&entity-bytes=x"), "*/*"),
        (format!("{root}?format=car&entity-bytes=2:1"), "*/*"),
        (format!("{root}?format=car&car-version=2"), "*/*"),
        (format!("{root}?format=raw&dag-scope=some"), "*/*"),
        (format!("{unknown}?format=raw"), "*/*"),
        ("nonsense?format=raw".to_owned(), "*/*"),
        ("nonsense?format=car".to_owned(), "*/*"),
    ] {
        for method in [Method::GET, Method::HEAD] {
            both.compare_with(method, &path, &[("accept", accept)]).await;
        }
    }
    both.nothing_at(&format!("{unknown}?format=car")).await;
    both.nothing_at(&format!("{unknown}/path?format=car")).await;
    for query in ["format=raw", "format=car", "format=car&dag-scope=block&car-dups=y"] {
        let path = format!("{root}?{query}");
        let mut tags = Vec::new();
        for base in [&both.gateway.url, &both.world.running.url()] {
            let (_, headers) = both.ask(base, Method::GET, &path, &[]).await;
            tags.push(headers["etag"].to_str().unwrap().to_owned());
        }
        // Either knows its own.
        for tag in [tags.join(", "), "*".to_owned()] {
            let answer = both.compare_with(Method::GET, &path, &[("if-none-match", &tag)]).await;
            assert_eq!(answer.status, 304, "{path} {tag}");
        }
        let answer = both
            .compare_with(Method::GET, &path, &[("if-none-match", "\"other\"")])
            .await;
        assert_eq!(answer.status, 200);
    }
}
