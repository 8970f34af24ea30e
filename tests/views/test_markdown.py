"""Markdown of people: what it may become, and what it never becomes."""

import re
from html.parser import HTMLParser

import pytest

from tenure.views.markdown import excerpt, render

HOSTILE = [
    "<script>alert(1)</script>", "<ScRiPt src=//evil.example></sCrIpT>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>",
    '<a href="javascript:alert(1)">x</a>', "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](&#106;avascript:alert(1))",
    "[x](java\nscript:alert(1))", "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](vbscript:msgbox(1))", "[x](file:///etc/passwd)",
    "<javascript:alert(1)>", "![x](https://evil.example/pixel.gif)", "![x](javascript:alert(1))", '[x](https://a.example "onmouseover=alert(1)")',
    "[x]: javascript:alert(1)\n\n[x]", "<iframe src=//evil.example>", "<style>*{display:none}</style>", "<form action=//evil.example><input>",
    "<base href=//evil.example>", "<meta http-equiv=refresh content=0>", "<div style=position:fixed>", "<!-- --><b>", "`<script>`", "```html\n<script>\n```",
    "@[<script>alert(1)</script>]", '@["onclick=alert(1)]', "| <script> |\n|---|\n| <img src=x onerror=1> |", "# <script>", "> <script>", "- <script>",
    "\x00<script>", "[x](//evil.example)", "[x](/logout/)", "<a\nhref=x>", "</div></body></html>", "<math><mtext><script>", "&lt;script&gt;", "\u202e<script>",
]  # fmt: skip
TAGS = set("p br hr strong em s code pre blockquote ul ol li a table thead tbody tr th td span h3".split())


class Found(HTMLParser):
    """Tags and attributes of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_anything_that_acts(text: str) -> None:
    for tag, attributes in Found(render(text)).tags:
        assert tag in TAGS
        assert set(attributes) <= {"href", "title", "rel", "start", "class"}
        assert attributes.get("class") in (None, "md-at")
        assert re.match(r"https?://|mailto:", attributes.get("href") or "https://")
        if tag == "a":
            assert attributes["rel"] == "noopener nofollow"


def test_marks_become_what_they_mean() -> None:
    assert render("**b** _i_ ~~s~~ `c`\nline") == "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c</code><br>\nline</p>\n"
    assert render("- a\n- b") == "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"
    assert render("3. a") == '<ol start="3">\n<li>a</li>\n</ol>\n'
    assert render("> q") == "<blockquote>\n<p>q</p>\n</blockquote>\n"
    assert (
        render("| a |\n|---|\n| 1 |")
        == "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n</tr>\n</tbody>\n</table>\n"
    )
    assert (
        render("[t](https://a.example/?b=1&c=2)")
        == '<p><a href="https://a.example/?b=1&amp;c=2" rel="noopener nofollow">t</a></p>\n'
    )


def test_raw_html_is_shown_not_taken() -> None:
    assert render("a <b>b</b> & c") == "<p>a &lt;b&gt;b&lt;/b&gt; &amp; c</p>\n"


def test_headings_stand_under_the_page_s_own() -> None:
    assert render("# One\n\n#### Four") == "<h3>One</h3>\n<h3>Four</h3>\n"
    assert render("# One", "h4") == "<h4>One</h4>\n"
    assert render("# One", "h1") == "<h3>One</h3>\n"


def test_people_who_are_named_stand_out() -> None:
    assert render("Ask @[Tam Technical] *now*") == '<p>Ask <span class="md-at">@Tam Technical</span> <em>now</em></p>\n'
    assert render("`@[Tam]`") == "<p><code>@[Tam]</code></p>\n"


def test_an_excerpt_is_one_line_without_marks_and_headings() -> None:
    assert excerpt("## News\n- **Runners** are [slow](https://a.example)\n1. @[Tam Technical]\n\n---\n```js\ncode\n```") == (
        "Runners are slow @Tam Technical code"
    )
    assert excerpt("## News\nAll well\n\n## Next steps\n") == "All well"
    assert excerpt("## News\n\n## Next steps") == "News Next steps"
    assert excerpt("#1 on the list, C# next") == "#1 on the list, C# next"
    assert excerpt("snake_case stays, 2 * 3 * 4 too") == "snake_case stays, 2 * 3 * 4 too"
    assert excerpt("one two three", 9) == "one two…"
    assert excerpt(None) == ""


@pytest.mark.parametrize("mark", ["[", "*", "`", "<", "[a](", "*a ", ">", "- ", "@[", "_a_", "\\", "&", "|a"])
def test_a_long_text_of_marks_costs_no_more_than_a_long_text(mark: str) -> None:
    import time

    begun = time.process_time()
    render(mark * (20_000 // len(mark)))
    excerpt(mark * (20_000 // len(mark)))

    assert time.process_time() - begun < 3
