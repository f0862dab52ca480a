//! Builds the program anew when the web app was built anew. It builds no web app: `make ui` does.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../ui/dist");
}
