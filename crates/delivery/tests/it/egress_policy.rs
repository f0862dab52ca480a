//! The SSRF corpus: every special address, every spelling of it, and names that lead to it.

use std::net::IpAddr;

use recado_delivery::egress::{AllowEntry, Policy, Target, TypedHost};
use recado_model::delivery::FailureKind;

use crate::outside::{Names, config, door_naming, door_with};

/// First and last address of each special range.
const SPECIAL: &[(&str, &str)] = &[
    ("0.0.0.0", "0.255.255.255"),
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("127.0.0.0", "127.255.255.255"),
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"),
    ("192.0.2.0", "192.0.2.255"),
    ("192.31.196.0", "192.31.196.255"),
    ("192.52.193.0", "192.52.193.255"),
    ("192.88.99.0", "192.88.99.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("192.175.48.0", "192.175.48.255"),
    ("198.18.0.0", "198.19.255.255"),
    ("198.51.100.0", "198.51.100.255"),
    ("203.0.113.0", "203.0.113.255"),
    ("224.0.0.0", "239.255.255.255"),
    ("240.0.0.0", "255.255.255.255"),
    ("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("::", "::255.255.255.255"),
    ("::ffff:0.0.0.0", "::ffff:255.255.255.255"),
    ("::ffff:0:0:0", "::ffff:0:255.255.255.255"),
    ("64:ff9b::", "64:ff9b::255.255.255.255"),
    ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
    ("100::", "100::ffff:ffff:ffff:ffff"),
    ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff"),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff"),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
];

/// The neighbours of the ranges, and well-known hosts.
const PUBLIC: &[&str] = &[
    "1.0.0.0",
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.0.1.0",
    "192.0.3.0",
    "192.88.98.255",
    "192.88.100.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "198.51.99.255",
    "198.51.101.0",
    "203.0.112.255",
    "203.0.114.0",
    "223.255.255.255",
    "2000::",
    "2001:200::",
    "2001:4860:4860::8888",
    "2001:db7:ffff::",
    "2001:db9::",
    "2003::",
    "2606:4700::1111",
    "2620:4f:8001::",
    "3ffe::",
    "3fff:1000::",
];

/// What a person or an attacker may type for this machine and its neighbours.
const SPELLINGS: &[&str] = &[
    "http://127.0.0.1/",
    "https://127.0.0.1/",
    "http://127.0.0.1:8080/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0X7F.0.0.1/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://0177.0x0.0.01/",
    "http://127.0.0.1./",
    "http://0/",
    "http://0x/",
    "http://00000/",
    "http://4294967295/",
    "http://10.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0xa9fea9fe/",
    "http://2852039166/",
    "http://169.254.43518/",
    "http://１２７.０.０.１/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://127．0．0．1/",
    "http://%31%32%37.0.0.1/",
    "http://127%2e0%2e0%2e1/",
    "http://%31%36%39.254.169.254/",
    "http:127.0.0.1/",
    "http:/127.0.0.1/",
    "http:\\\\127.0.0.1\\",
    "http:///127.0.0.1/",
    "\thttp://127.0.0.1/\n",
    "ht\ntp://127.0\t.0.1/",
    "http://1\u{ad}27.0.0.1/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:7f00:1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://ｌｏｃａｌｈｏｓｔ/",
    "http://a.b.localhost/",
    "http://loc%61lhost/",
    "http://localhost:3000/hook",
    "http://127.0.0.1\\@example.com:80@example.com/",
];

/// What is no URL to call at all.
const INVALID: &[&str] = &[
    "",
    "/hook",
    "hook",
    "example.com/hook",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_x",
    "javascript:alert(1)",
    "data:text/plain,x",
    "ws://example.com/",
    "unix:/run/docker.sock",
    "http://",
    "https://",
    "http://user@example.com/",
    "http://user:password@example.com/",
    "http://:password@example.com/",
    "http://example.com@127.0.0.1/",
    "http://example.com:0/",
    "http://example.com:65536/",
    "http://example.com:http/",
    "http://exa mple.com/",
    "http://[::1/",
    "http://[::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://256.256.256.256/",
    "http://1.2.3.4.5/",
    "http://0x100000000/",
    "http://./",
    "http://%00/",
    "http://127.0.0.1%00.example.com/",
    "http://example.com%2f@127.0.0.1/",
    "http://a<b/",
];

fn target(url: &str) -> Target {
    Target::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
}

fn url_of(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("http://{address}/"),
        IpAddr::V6(address) => format!("http://[{address}]/"),
    }
}

#[test]
fn every_special_range_is_refused_at_its_first_and_last_address() {
    for (first, last) in SPECIAL {
        for address in [first, last] {
            let address: IpAddr = address.parse().unwrap();
            let judged = Policy::default().judge(&target(&url_of(address)), address);
            assert!(judged.is_err(), "{address} is not refused");
        }
    }
}

#[test]
fn the_neighbours_of_the_special_ranges_are_public() {
    for address in PUBLIC {
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(Policy::default().judge(&target(&url_of(address)), address), Ok(()), "{address}");
    }
}

#[tokio::test]
async fn every_spelling_of_a_private_address_is_refused() {
    let door = door_with(config(&[]));
    for url in SPELLINGS {
        let error = door.check(url).await.expect_err(url);
        assert_eq!(error.kind, FailureKind::Refused, "{url}: {error}");
    }
}

#[tokio::test]
async fn what_is_no_web_address_is_refused_before_any_look_up() {
    let names = Names::new(&[&["8.8.8.8"]]);
    let door = door_naming(config(&["0.0.0.0/1", "128.0.0.0/1", "[::/1]", "[8000::/1]"]), names.clone());
    for url in INVALID {
        let error = door.check(url).await.expect_err(url);
        assert_eq!(error.kind, FailureKind::InvalidUrl, "{url}: {error}");
    }
    assert_eq!(names.times(), 0);
}

#[tokio::test]
async fn one_private_address_among_public_ones_refuses_the_name() {
    for answer in [["8.8.8.8", "10.0.0.1"], ["10.0.0.1", "8.8.8.8"], ["2606:4700::1111", "::ffff:10.0.0.1"]] {
        let door = door_naming(config(&[]), Names::new(&[&answer]));
        let error = door.check("https://hooks.example/").await.unwrap_err();
        assert_eq!(error.kind, FailureKind::Refused);
    }
}

#[tokio::test]
async fn an_international_name_is_looked_up_in_its_ascii_form() {
    let names = Names::new(&[&["8.8.8.8"]]);
    let door = door_naming(config(&[]), names.clone());
    door.check("https://BÜCHER.example./hook").await.unwrap();
    assert_eq!(*names.asked.lock().unwrap(), ["xn--bcher-kva.example"]);
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_only_a_warning() {
    let door = door_naming(config(&[]), Names::failing("no such name"));
    let error = door.check("https://soon.example/").await.unwrap_err();
    assert!(error.is_warning());
    assert_eq!(error.detail, "soon.example does not resolve: no such name");
}

#[tokio::test]
async fn a_refusal_names_the_host_and_the_ways_out() {
    let door = door_with(config(&[]));
    let error = door.check("http://127.1:3000/hook").await.unwrap_err();
    assert!(!error.is_warning());
    insta::assert_snapshot!(error.detail, @"127.0.0.1 is a loopback address, and only public hosts are called; the operator can allow it with `--allow-egress 127.0.0.1:3000`");
    let door = door_naming(config(&[]), Names::new(&[&["192.168.7.7"]]));
    let error = door.check("https://n8n.lan/hook").await.unwrap_err();
    insta::assert_snapshot!(error.detail, @"n8n.lan resolves to 192.168.7.7, a private address, and only public hosts are called; the operator can allow it with `--allow-egress n8n.lan:443`");
}

fn allows(entry: &str, url: &str, dialled: &str) -> bool {
    let entry: AllowEntry = entry.parse().unwrap_or_else(|error| panic!("{error}"));
    Policy::new(vec![entry]).judge(&target(url), dialled.parse().unwrap()).is_ok()
}

#[test]
fn an_entry_opens_what_it_names_and_nothing_else() {
    for (entry, url, dialled, expected) in [
        ("127.0.0.1:3000", "http://127.0.0.1:3000/", "127.0.0.1", true),
        ("127.0.0.1:3000", "http://0x7f.1:3000/", "127.0.0.1", true),
        ("127.0.0.1:3000", "http://any.example:3000/", "127.0.0.1", true),
        ("127.0.0.1:3000", "http://127.0.0.1:3001/", "127.0.0.1", false),
        ("127.0.0.1:3000", "http://127.0.0.2:3000/", "127.0.0.2", false),
        ("127.0.0.1:3000", "http://[::ffff:127.0.0.1]:3000/", "::ffff:127.0.0.1", true),
        ("127.0.0.1", "http://127.0.0.1:81/", "127.0.0.1", true),
        ("10.0.0.0/8", "http://10.9.8.7/", "10.9.8.7", true),
        ("10.0.0.0/8", "http://11.0.0.1/", "192.168.0.1", false),
        ("10.0.0.0/8:443", "https://10.9.8.7/", "10.9.8.7", true),
        ("10.0.0.0/8:443", "http://10.9.8.7/", "10.9.8.7", false),
        ("10.0.0.0/8:80/in/", "http://10.9.8.7/in/x", "10.9.8.7", true),
        ("10.0.0.0/8:80/in/", "http://10.9.8.7/out", "10.9.8.7", false),
        ("fd00::/8", "http://[fd00::1]/", "fd00::1", true),
        ("[fd00::/8]:8080", "http://[fd00::1]:8080/", "fd00::1", true),
        ("[::1]:3000/x", "http://[::1]:3000/x/y", "::1", true),
        ("[::1]:3000/x", "http://[::1]:3000/xy", "::1", false),
        ("::1", "http://[::1]/", "::1", true),
        ("n8n.lan:5678", "http://N8N.lan.:5678/", "192.168.1.5", true),
        ("n8n.lan:5678", "http://192.168.1.5:5678/", "192.168.1.5", false),
        ("n8n.lan:5678", "http://x.n8n.lan:5678/", "192.168.1.5", false),
        ("127.0.0.1:1/inspector/", "http://127.0.0.1:1/inspector/a?b", "127.0.0.1", true),
        ("127.0.0.1:1/inspector/", "http://127.0.0.1:1/inspector", "127.0.0.1", false),
        ("127.0.0.1:1/inspector/", "http://127.0.0.1:1/inspector/../api", "127.0.0.1", false),
        ("127.0.0.1:1/inspector/", "http://127.0.0.1:1/inspector/%2e%2e/api", "127.0.0.1", false),
        ("127.0.0.1:1/inspector/", "http://127.0.0.1:1/inspector/..%2fapi", "127.0.0.1", false),
        ("127.0.0.1:1/inspector/", "http://127.0.0.1:1/inspector/..\\api", "127.0.0.1", false),
        ("127.0.0.1:1/inspector/", "http://127.0.0.1:1/inspector/..%5Capi", "127.0.0.1", false),
        ("127.0.0.1:1/inspector/", "http://127.0.0.1:1/inspector/%252e%252e/api", "127.0.0.1", false),
        // A translator's network opens the public hosts behind it, not the private ones.
        ("[64:ff9b::/96]", "http://a.example/", "64:ff9b::8.8.8.8", true),
        ("[64:ff9b::/96]", "http://a.example/", "64:ff9b::10.0.0.1", false),
        ("[::/1]", "http://a.example/", "::ffff:10.0.0.1", false),
    ] {
        assert_eq!(allows(entry, url, dialled), expected, "{entry} for {url} at {dialled}");
    }
}

#[test]
fn an_entry_that_can_not_be_read_says_why() {
    for (entry, reason) in [
        ("", "the host is missing"),
        (":3000", "the host is missing"),
        ("http://127.0.0.1:3000", "leave out the scheme"),
        ("a@b", "an entry has no user, query or fragment"),
        ("*.example.com", "there are no wildcards; name each host"),
        ("127.0.0.1:0", "the port is no number from 1 to 65535"),
        ("127.0.0.1:70000", "the port is no number from 1 to 65535"),
        ("127.0.0.1:", "the port is no number from 1 to 65535"),
        ("10.0.0.1/8", "bits after the prefix are set; the network is 10.0.0.0/8"),
        ("10.0.0.0/33", "`10.0.0.0/33` is no network"),
        ("0.0.0.0/0", "`0.0.0.0/0` is every address; name the networks that may be reached"),
        ("0.0.0.0/0:8080/hooks/", "`0.0.0.0/0` is every address; name the networks that may be reached"),
        ("[::/0]:80", "`::/0` is every address; name the networks that may be reached"),
        ("[::1", "the bracket is not closed"),
        ("[fd00::]/8", "write a network as [address/length]"),
        ("[::1]x", "`x` after the bracket is no port"),
    ] {
        let error = entry.parse::<AllowEntry>().expect_err(entry).to_string();
        assert!(error.ends_with(reason), "{entry}: {error}");
    }
}

#[test]
fn an_entry_is_shown_as_it_is_written() {
    for entry in [
        "127.0.0.1:3000",
        "10.0.0.0/8",
        "10.0.0.0/8:80/in/",
        "[::1]:3000/x",
        "[fd00::/8]:8080",
        "n8n.lan",
        "n8n.lan/hooks/",
    ] {
        assert_eq!(entry.parse::<AllowEntry>().unwrap().to_string(), entry);
    }
}

proptest::proptest! {
    #[test]
    fn a_url_is_read_without_panic(url in "\\PC{0,60}") {
        let _ = Target::parse(&url);
        let _ = Target::parse(&format!("http://{url}"));
    }

    #[test]
    fn an_entry_is_read_without_panic(entry in "[0-9a-f:./\\[\\]*@-]{0,30}") {
        let _ = entry.parse::<AllowEntry>();
    }

    #[test]
    fn whatever_is_typed_a_private_address_is_never_public(bits in proptest::num::u32::ANY) {
        let address = std::net::Ipv4Addr::from_bits(bits);
        for url in [format!("http://{bits}/"), format!("http://{bits:#x}/"), format!("http://0{bits:o}/")] {
            let read = target(&url);
            assert_eq!(read.origin.host, TypedHost::Ip(address.into()));
            let is_public = Policy::default().judge(&read, address.into()).is_ok();
            let is_special = address.is_private() || address.is_loopback() || address.is_link_local() || address.is_multicast()
                || address.is_broadcast() || address.is_documentation() || address.is_unspecified();
            assert!(!(is_public && is_special), "{address}");
        }
    }
}
