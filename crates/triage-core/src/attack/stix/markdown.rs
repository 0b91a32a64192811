//! ATT&CK's Markdown as plain text.

use std::sync::LazyLock;

use regex::Regex;

static CITATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\s?\(Citation: [^)]*\)").expect("the pattern is a constant that tests compile")
});
static LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\[([^\]]*)\]\([^)\s]*\)").expect("the pattern is a constant that tests compile")
});
static TAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"</?(?:code|br|b|i|p|pre|ul|li)\s*/?>")
        .expect("the pattern is a constant that tests compile")
});

/// ATT&CK's Markdown as plain text: links keep their words, citations and tags go.
pub(super) fn plain_text(markdown: &str) -> String {
    let text = CITATION.replace_all(markdown, "");
    let text = LINK.replace_all(&text, "$1");
    TAG.replace_all(&text, "").trim().to_owned()
}
