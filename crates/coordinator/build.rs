//! The operators' page is carried inside: it is built anew when the page was.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../ui/dist-operator");
}
