"""Markdown of people as HTML that can't do harm: no raw HTML, no images, links that tell nobody where one comes from.

Two locks: markdown-it escapes HTML instead of passing it through, and nh3 (ammonia) keeps only what stands on its list. See decision record 19.
"""

import re
from functools import lru_cache

import nh3
from django import template
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

register = template.Library()

HEADINGS = ("h3", "h4", "h5")  # what a heading of the text may become: it stands under a heading of the page
TAGS = {
    "p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "table", "thead", "tbody", "tr", "th", "td", "span",
    *HEADINGS,
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "span": {"class"}}
SCHEMES = {"http", "https", "mailto"}
REL = "noopener nofollow"
MENTION = re.compile(r"@\[([^\[\]\n]{1,200})\]")
LONGEST = 100_000  # characters that are rendered at most
DEEPEST = 20  # quotes and lists within each other
MARKS = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?|\d{1,9}[.)][ \t]+)", re.MULTILINE)
HEADING = re.compile(r"^[ \t]{0,3}#{1,6}(?:[ \t].*)?$", re.MULTILINE)
RULERS = re.compile(r"^[ \t]*(?:[-*_=][ \t]*){3,}$|^[ \t]*`{3,}.*$", re.MULTILINE)
LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\n]{0,500}\)")
EMPHASIS = re.compile(r"(\*{1,3}|_{2,3}|~~|`{1,3})(?=\S)(.{1,500}?)(?<=\S)\1")


def _mention(state: StateInline, silent: bool) -> bool:
    """``@[Tam Technical]`` as a name that stands out."""
    found = MENTION.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        token = state.push("mention", "", 0)
        token.content = found[1]
    state.pos = found.end()
    return True


def _shown(self: RendererHTML, tokens: list[Token], at: int, options: OptionsDict, env: EnvType) -> str:
    return f'<span class="md-at">@{nh3.clean_text(tokens[at].content)}</span>'


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    made = (
        MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": DEEPEST})
        .enable(["table", "strikethrough"])
        .disable("image")
    )
    made.inline.ruler.before("link", "mention", _mention)
    made.add_render_rule("mention", _shown)
    return made


def render(text: str, heading: str = "h3") -> SafeString:
    """The HTML of a text; all its headings become ``heading``, so that they never break the order of the page's own."""
    level = heading if heading in HEADINGS else HEADINGS[0]
    tokens = _reader().parse(text[:LONGEST])
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = level
    html = _reader().renderer.render(tokens, _reader().options, {})
    clean = nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=REL, strip_comments=True, allowed_classes=None,
        attribute_filter=_kept,
    )  # fmt: skip
    return SafeString(clean)


def _kept(tag: str, name: str, value: str) -> str | None:
    """Classes are ours alone; a link leads somewhere by its full address."""
    if name == "class":
        return value if value == "md-at" else None
    if name == "href":
        return value if value.partition(":")[0].lower() in SCHEMES else None
    return value


@register.filter
def markdown(text: str | None, heading: str = "h3") -> SafeString:
    """A text of people as HTML: ``{{ row.body|markdown:"h4" }}``."""
    return render(text or "", heading)


@register.filter
def excerpt(text: str | None, size: int = 280) -> str:
    """The beginning of a text without its marks and headings, on one line, for lists; of a text with headings alone, these."""
    part = MENTION.sub(r"@\1", (text or "")[: size * 6])
    part = without if (without := HEADING.sub("", part)).strip() else part
    part = LINK.sub(r"\1", RULERS.sub("", part))
    part = EMPHASIS.sub(r"\2", MARKS.sub("", part))
    words = " ".join(part.split())
    return words if len(words) <= size else f"{words[: size - 1].rsplit(' ', 1)[0]}…"
