"""Reads reports back with parsers that forgive nothing, and says what is in them as JSON."""

import json
import sys

import html5lib
from markdown_it import MarkdownIt
from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db
from pylatexenc.latexwalker import LatexEnvironmentNode, LatexGroupNode, LatexMacroNode, LatexWalker


def read_html(text):
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    tables = []
    for section in tree.iter("section"):
        rows = [["".join(cell.itertext()) for cell in row] for row in section.iter("tr")]
        tables.append({"title": section.find("h2").text, "rows": rows})
    return {
        "tables": tables,
        "elements": sorted({element.tag for element in tree.iter() if isinstance(element.tag, str)}),
        "attributes": sorted({name for element in tree.iter() for name in element.attrib}),
        "links": [element.attrib["href"] for element in tree.iter("a")],
    }


def read_markdown(text):
    tokens = MarkdownIt("gfm-like", {"html": True}).parse(text)
    tables, cell, heading = [], False, False
    kinds = set()
    for token in tokens:
        kinds.add(token.type)
        kinds.update(child.type for child in token.children or [])
        if token.type == "heading_open":
            heading = token.tag == "h2"
        elif token.type == "tr_open":
            tables[-1]["rows"].append([])
        elif token.type in ("th_open", "td_open"):
            cell = True
        elif token.type == "inline":
            shown = "".join(child.content for child in token.children)
            if heading:
                tables.append({"title": shown, "rows": []})
                heading = False
            elif cell:
                tables[-1]["rows"][-1].append(shown)
        if token.type in ("th_close", "td_close"):
            cell = False
    return {"tables": tables, "kinds": sorted(kinds)}


def walk(nodes):
    for node in nodes or []:
        if node is None:
            continue
        yield node
        yield from walk(getattr(node, "nodelist", None))
        arguments = getattr(node, "nodeargd", None)
        yield from walk(getattr(arguments, "argnlist", None))


def rows_of(nodes, plain):
    """Cells between `&`, rows between `\\\\`, without the rules."""
    rows, row, cell = [], [], []

    def end_cell():
        row.append(plain.nodelist_to_text(cell).strip())
        cell.clear()

    for node in nodes:
        name = node.macroname if isinstance(node, LatexMacroNode) else None
        if getattr(node, "specials_chars", None) == "&":
            end_cell()
        elif name == "\\":
            end_cell()
            rows.append(row.copy())
            row.clear()
        elif name not in ("toprule", "midrule", "bottomrule", "endhead", "endfoot"):
            cell.append(node)
    return rows


# What the standard fonts print for the commands that stand for one character.
CHARACTERS = {
    "textbackslash": "\\",
    "textasciicircum": "^",
    "textasciitilde": "~",
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
    "textquotedbl": '"',
    "textquotesingle": "'",
    "textasciigrave": "`",
    "textendash": "–",
}


def read_latex(text):
    nodes, _, _ = LatexWalker(text, tolerant_parsing=False).get_latex_nodes()
    known = get_default_latex_context_db()
    characters = [MacroTextSpec(name, simplify_repl=c) for name, c in CHARACTERS.items()]
    known.add_context_category("characters", macros=characters, prepend=True)
    plain = LatexNodes2Text(known, keep_comments=True, strict_latex_spaces=True)
    everything = list(walk(nodes))
    tables = []
    for node in everything:
        if isinstance(node, LatexMacroNode) and node.macroname == "subsection":
            tables.append({"title": plain.nodelist_to_text(node.nodeargd.argnlist[2:]).strip(), "rows": []})
        elif isinstance(node, LatexEnvironmentNode) and node.environmentname == "longtable":
            # The column specification may stand in front as a group of its own.
            own = [child for child in node.nodelist if child is not None]
            tables[-1]["rows"] = rows_of(own[1:] if isinstance(own[0], LatexGroupNode) else own, plain)
    return {
        "tables": tables,
        "macros": sorted({node.macroname for node in everything if isinstance(node, LatexMacroNode)}),
        "comments": [node.comment for node in everything if type(node).__name__ == "LatexCommentNode"],
    }


report = json.load(sys.stdin)
json.dump(
    {
        "html": read_html(report["html"]),
        "markdown": read_markdown(report["markdown"]),
        "latex": read_latex(report["latex"]),
    },
    sys.stdout,
)
