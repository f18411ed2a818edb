//! CIDs that were computed once, by hand, with boxo, the library that Kubo is made of.

use std::{
    fs::{self, File},
    io::{Seek, SeekFrom, Write},
    path::Path,
};
use veriframe_ipfs::{BlockStore, cid_of_path};

const MIB: u64 = 1 << 20;

/// Zeros, with the number of the chunk at the start of each, so that no two chunks are equal and the file takes
/// little room on the disk.
fn sized(path: &Path, bytes: u64) {
    let mut file = File::create(path).unwrap();
    file.set_len(bytes).unwrap();
    for chunk in 0..bytes.div_ceil(MIB) {
        let start = chunk * MIB;
        let number = (chunk + 1).to_le_bytes();
        file.seek(SeekFrom::Start(start)).unwrap();
        file.write_all(&number[..(bytes - start).min(8) as usize]).unwrap();
    }
}

fn put(folder: &Path, name: &str, content: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// Unicode, a film clapper above the basic plane, names whose order is that of their bytes, a hollow folder.
fn tree(folder: &Path) {
    put(folder, "scene.blend", b"BLENDER-v304");
    put(folder, "a/b/c/deep.txt", b"deep");
    put(folder, "a.b", b"1");
    put(folder, "a-b", b"2");
    put(folder, "B", b"3");
    put(folder, "b", b"4");
    put(folder, "textures/Holz Maserung \u{e4}\u{df}.png", b"png");
    put(
        folder,
        "\u{65e5}\u{672c}\u{8a9e}/\u{30b7}\u{30fc}\u{30f3}.blend",
        b"scene",
    );
    put(folder, "\u{1f3ac}.txt", b"clap");
    put(folder, "empty.bin", b"");
    fs::create_dir(folder.join("hollow")).unwrap();
    sized(&folder.join("large.bin"), 2 * MIB + 5);
}

#[test]
fn files_of_every_shape() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let vectors = [
        (0, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"),
        (1, "bafkreicl6ujc6ncfktctxxroxognfn7d2fqavvrryoc2lv6m4i6hpbkfti"),
        (MIB - 1, "bafkreiauigg4vc7kt4nrinyx4slxb7hc5jfdzi75sx2uukt2bctcprmita"),
        (MIB, "bafkreiddf3g7dnm7exgocn6tproiawcp2opqs2r7tbd5utgej745enbmxa"),
        (MIB + 1, "bafybeihpakhct6eznmytpl52a4ymkengncpiferyyyreupnmwr7ffbg7ea"),
        (
            3 * MIB + 17,
            "bafybeihwz6pd6obxlvki5axvkng3hoiuquz5tzxd2syokgbtpwsv66skbe",
        ),
        // Exactly full, and one more: the second has two levels of nodes.
        (
            1024 * MIB,
            "bafybeidikowveu47xjwjvdehjgclm5ucuq7hwlsy7fvyxyzirl3nseov4u",
        ),
        (
            1024 * MIB + 1,
            "bafybeifr3luwga24njitdczjt75nurddk4rjbykyd4tw37y7igl2ltmbu4",
        ),
    ];
    for (bytes, cid) in vectors {
        sized(&path, bytes);
        assert_eq!(cid_of_path(&path).unwrap().to_string(), cid, "{bytes} bytes");
    }
}

#[test]
fn folders() {
    let folder = tempfile::tempdir().unwrap();
    let nested = folder.path().join("tree");
    tree(&nested);
    let expected = "bafybeiaxpvsldprrrsh7gujde6oohd7exy7bakbvev4dhpmshgww2duugi";
    assert_eq!(cid_of_path(&nested).unwrap().to_string(), expected);
    assert_eq!(
        cid_of_path(&nested.join("hollow")).unwrap().to_string(),
        "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"
    );

    let many = folder.path().join("many");
    for number in 0..1000 {
        put(
            &many,
            &format!("frame_{number:04}.png"),
            format!("frame {number}").as_bytes(),
        );
    }
    let expected = "bafybeidlrhcirllvlohqjjdyztbnujhskn4ea36fj2ykuwruv2meigltxy";
    assert_eq!(cid_of_path(&many).unwrap().to_string(), expected);
}

#[test]
fn storing_gives_the_same_names() {
    let folder = tempfile::tempdir().unwrap();
    let nested = folder.path().join("tree");
    tree(&nested);
    // The names differ only in case, which is refused where it would be stored for others.
    fs::remove_file(nested.join("B")).unwrap();
    let store = BlockStore::open(folder.path().join("store")).unwrap();
    let mut last = None;
    let imported = store
        .import_path(&nested, &mut |progress| last = Some(progress), &|| false)
        .unwrap();
    assert_eq!(imported.root, cid_of_path(&nested).unwrap());
    assert_eq!(imported.files, 10);
    let last = last.unwrap();
    assert_eq!((last.done, last.total), (imported.bytes, imported.bytes));
    assert_eq!(store.missing_blocks(&imported.root, 10).unwrap(), []);
}
