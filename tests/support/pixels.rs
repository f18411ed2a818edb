//! Pictures are compared as decoded pixels: the bytes of two files differ by their dates.

use std::path::Path;

/// # Panics
/// When the pictures differ in size or in any pixel, saying how much.
pub fn assert_equal(ours: &Path, plain: &Path) {
    let open = |path: &Path| {
        image::open(path)
            .unwrap_or_else(|error| panic!("{} is no picture: {error}", path.display()))
            .into_rgba16()
    };
    let (a, b) = (open(ours), open(plain));
    assert_eq!(
        a.dimensions(),
        b.dimensions(),
        "{} and {}",
        ours.display(),
        plain.display()
    );
    let differing = a.pixels().zip(b.pixels()).filter(|(a, b)| a != b).count();
    let all = a.pixels().len();
    assert_eq!(
        differing,
        0,
        "{differing} of {all} pixels of {} differ from {}",
        ours.display(),
        plain.display()
    );
}

/// # Panics
/// When the picture shows one colour only.
pub fn assert_shows_something(path: &Path) {
    let picture = image::open(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .into_rgb8();
    let first = picture.get_pixel(0, 0);
    assert!(
        picture.pixels().any(|pixel| pixel != first),
        "{} is a single colour",
        path.display()
    );
}
