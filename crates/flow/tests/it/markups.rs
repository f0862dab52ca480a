use proptest::prelude::*;
use recado_flow::markup::Markup;
use recado_model::{RichText, limits::RENDERED_BYTES_MAX, message::Span};

use crate::stage::Stage;

fn render(source: &str) -> RichText {
    Markup::parse(source).unwrap().render(&Stage::new().scope())
}

fn span(text: &str, look: &str, link: Option<&str>) -> Span {
    Span { text: text.to_owned(), bold: look.contains('b'), italic: look.contains('i'), link: link.map(str::to_owned) }
}

#[test]
fn bold_italic_and_links_become_spans() {
    assert_eq!(
        render("Hi **{{$first_name}}**, _see_ [our **shop**](https://h.test/{{count}})!").0,
        [
            span("Hi ", "", None),
            span("Ana", "b", None),
            span(", ", "", None),
            span("see", "i", None),
            span(" ", "", None),
            span("our ", "", Some("https://h.test/2")),
            span("shop", "b", Some("https://h.test/2")),
            span("!", "", None),
        ]
    );
    assert_eq!(render("**a _b_**").0, [span("a ", "b", None), span("b", "bi", None)]);
}

#[test]
fn marks_without_a_partner_are_characters() {
    for text in [
        "2 ** 3",
        "**a",
        "a**",
        "snake_case_name",
        "_a",
        "****",
        "__",
        "[a](b)",
        "[a]",
        "[](https://h.test)",
        "[a](https://h.test",
        "a * b * c",
        "5 ** 6 ** 7",
    ] {
        assert_eq!(render(text), RichText::plain(text), "{text}");
    }
}

#[test]
fn a_backslash_makes_a_mark_a_character() {
    assert_eq!(
        render(r"\*\*a\*\* \_b\_ \[c](https://h.test) \\ \{{name}} \n"),
        RichText::plain(r"**a** _b_ [c](https://h.test) \ {{name}} \n")
    );
}

#[test]
fn what_a_contact_wrote_has_no_looks() {
    let mut stage = Stage::new();
    stage.set_text("x", "**a** _b_ [c](https://evil.test) {{name}} \\");
    let rich = Markup::parse("_{{x}}_").unwrap().render(&stage.scope());
    assert_eq!(rich.0, [span("**a** _b_ [c](https://evil.test) {{name}} \\", "i", None)]);
}

#[test]
fn a_link_to_nowhere_is_left_out_with_a_warning() {
    let mut stage = Stage::new();
    stage.set_text("x", "javascript:alert(1)");
    stage.set_text("url", "https://h.test/a?b=c");
    let mut warnings = Vec::new();
    let rich = Markup::parse("[a]({{x}}) [b]({{url}})").unwrap().render_warned(&stage.scope(), &mut warnings);
    assert_eq!(rich.0, [span("a ", "", None), span("b", "", Some("https://h.test/a?b=c"))]);
    assert_eq!(warnings.len(), 1);
}

#[test]
fn all_spans_share_one_limit() {
    let mut stage = Stage::new();
    stage.set_text("x", &"é".repeat(RENDERED_BYTES_MAX / 3));
    let rich = Markup::parse("{{x}}**{{x}}**{{x}} end").unwrap().render(&stage.scope());
    let text = rich.to_plain();
    assert!(text.len() <= RENDERED_BYTES_MAX && text.ends_with(" end"));
}

proptest! {
    #[test]
    fn no_text_makes_markup_panic(source in r"(\*\*|_|\[|\]\(|\)|https://|\{\{x\}\}|\\|[a ]|\PC){0,60}", said in "\\PC{0,80}") {
        crate::entries::markup(format!("{source}\0{said}").as_bytes());
    }

    #[test]
    fn text_without_marks_stays(source in "[a-zA-Z0-9 .,;:!?()éñ/]{0,200}") {
        let rich = render(&source);
        prop_assert_eq!(rich.to_plain(), source);
        prop_assert!(rich.0.len() <= 1);
    }
}

#[test]
fn an_address_that_is_written_out_can_be_a_link_and_one_in_a_value_can_not() {
    let mut stage = Stage::new();
    stage.contact.variables.insert("site".into(), recado_model::Value::Text("https://evil.test".into()));
    stage.contact.variables.insert("q".into(), recado_model::Value::Text("a b".into()));
    let links = |source: &str| -> Vec<(String, String)> {
        let markup = Markup::parse(source).unwrap();
        let rich = markup.render_with_bare_links(&stage.scope(), &mut Vec::new());
        assert_eq!(rich.to_plain(), markup.render(&stage.scope()).to_plain(), "{source}");
        rich.0.into_iter().filter_map(|span| Some((span.text, span.link?))).collect()
    };
    let link = |text: &str, url: &str| (text.to_owned(), url.to_owned());
    for (source, expected) in [
        (
            "See https://h.test/a_b_c?x=1#y, please.",
            vec![link("https://h.test/a_b_c?x=1#y", "https://h.test/a_b_c?x=1#y")],
        ),
        (
            "(https://h.test) and http://i.test!",
            vec![link("https://h.test", "https://h.test/"), link("http://i.test", "http://i.test/")],
        ),
        ("**https://h.test/b**", vec![link("https://h.test/b", "https://h.test/b")]),
        ("https://h.test/{{q}}", vec![link("https://h.test/a b", "https://h.test/a%20b")]),
        (
            "[here](https://h.test/x) https://h.test/y",
            vec![link("here", "https://h.test/x"), link("https://h.test/y", "https://h.test/y")],
        ),
        ("{{site}} https://{{q}}.test/ xhttps://h.test https:// https://.", vec![]),
    ] {
        assert_eq!(links(source), expected, "{source}");
    }
}
