//! Rebuilds the crate when a data file is added or removed: an embedded folder is read when the crate is compiled.

fn main() {
    println!("cargo:rerun-if-changed=../../catalog");
    println!("cargo:rerun-if-changed=build.rs");
}
