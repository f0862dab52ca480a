//! Which crate may know which.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    process::Command,
};

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, PackageId};

/// The crates of ours that a crate may know.
struct Arrows {
    from: &'static str,
    /// In the product, build scripts included.
    to: &'static [&'static str],
    /// Only in its tests.
    for_tests: &'static [&'static str],
}

/// The arrows of `ARCHITECTURE.md`.
const ARROWS: [Arrows; 7] = [
    Arrows { from: "recado-model", to: &[], for_tests: &[] },
    Arrows { from: "recado-flow", to: &["recado-model"], for_tests: &[] },
    Arrows { from: "recado-store", to: &["recado-model"], for_tests: &[] },
    Arrows { from: "recado-channels", to: &["recado-model"], for_tests: &[] },
    Arrows { from: "recado-delivery", to: &["recado-model"], for_tests: &["recado-testkit"] },
    Arrows {
        from: "recado-server",
        to: &["recado-model", "recado-flow", "recado-store", "recado-channels", "recado-delivery"],
        for_tests: &["recado-testkit"],
    },
    Arrows { from: "recado-testkit", to: &["recado-model"], for_tests: &["recado-channels"] },
];

/// Crates that do I/O or are async: none may stand anywhere below a pure crate.
const IMPURE: [&str; 11] =
    ["tokio", "sqlx", "axum", "reqwest", "hyper", "hyper-util", "mio", "rusqlite", "tower", "tower-http", "async-std"];

/// Crates that decide and do nothing else.
const PURE: [&str; 2] = ["recado-model", "recado-flow"];

/// What cargo knows of the workspace. For this machine's platform only: the crates of other platforms need not be there without a network.
fn metadata() -> Metadata {
    let options = ["--offline", "--locked", "--filter-platform", &platform()].map(str::to_owned);
    MetadataCommand::new()
        .cargo_path(env!("CARGO"))
        .manifest_path(super::root().join("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(options)
        .exec()
        .expect("cargo metadata answers")
}

fn platform() -> String {
    let output = Command::new(env!("CARGO")).arg("-vV").output().expect("cargo starts");
    let text = String::from_utf8(output.stdout).expect("cargo speaks UTF-8");
    text.lines().find_map(|line| line.strip_prefix("host: ")).expect("cargo names its host").to_owned()
}

#[test]
fn each_crate_knows_only_what_the_architecture_says() {
    let metadata = metadata();
    let arrows: BTreeMap<&str, &Arrows> = ARROWS.iter().map(|arrows| (arrows.from, arrows)).collect();
    let packages = metadata.workspace_packages();
    let ours: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let drawn: BTreeSet<&str> = arrows.keys().copied().collect();
    assert_eq!(ours, drawn, "a crate came or went: draw its arrows in ARCHITECTURE.md and here");
    let mut forbidden = Vec::new();
    for package in &packages {
        let arrows = arrows[package.name.as_str()];
        for dependency in package.dependencies.iter().filter(|dependency| ours.contains(dependency.name.as_str())) {
            let name = dependency.name.as_str();
            let for_tests = dependency.kind == DependencyKind::Development;
            let allowed = arrows.to.contains(&name) || (for_tests && arrows.for_tests.contains(&name));
            if !allowed {
                forbidden.push(format!("{} -> {name} ({})", package.name, dependency.kind));
            }
        }
    }
    assert!(forbidden.is_empty(), "arrows that the architecture does not have: {forbidden:?}");
}

#[test]
fn nothing_async_stands_below_the_words_and_the_engine() {
    let metadata = metadata();
    let names: HashMap<&PackageId, &str> =
        metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
    let pure = metadata.workspace_packages().into_iter().filter(|package| PURE.contains(&package.name.as_str()));
    let mut looked_at = 0;
    for package in pure {
        let below = tree_of(&metadata, &package.id);
        let found: Vec<&str> = below.iter().map(|id| names[id]).filter(|name| IMPURE.contains(name)).collect();
        assert!(found.is_empty(), "{} depends on {found:?}", package.name);
        looked_at += 1;
    }
    assert_eq!(looked_at, PURE.len());
}

/// Everything that a package is built from, without what only its tests or build scripts need.
fn tree_of<'a>(metadata: &'a Metadata, start: &'a PackageId) -> BTreeSet<&'a PackageId> {
    let resolve = metadata.resolve.as_ref().expect("the workspace resolves");
    let nodes: HashMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut seen = BTreeSet::new();
    let mut waiting = vec![start];
    while let Some(id) = waiting.pop() {
        if seen.insert(id) {
            let is_normal = |kind: &cargo_metadata::DepKindInfo| kind.kind == DependencyKind::Normal;
            let normal = nodes[id].deps.iter().filter(|dep| dep.dep_kinds.iter().any(is_normal));
            waiting.extend(normal.map(|dep| &dep.pkg));
        }
    }
    seen
}
