"""Reports as documents: parts of HTML from plain values, and whole pages as HTML and PDF."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final

from models.printable import printable_lines

STYLE: Final = """
body { font-family: "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei",
  sans-serif; color: #1b1f24; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  line-height: 1.6; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 1.8rem; break-after: avoid; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #c9d1d9; padding: .25rem .5rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
table + table { margin-top: .8rem; }
table.words th, table.words td { text-align: left; vertical-align: top; }
thead { display: table-header-group; } tr { break-inside: avoid; }
dt { font-weight: 600; } dd { margin: 0 0 .4rem 1rem; }
article + article { break-before: page; }
@page { size: A4; margin: 18mm 15mm; @bottom-right { content: counter(page) "/" counter(pages); } }
@media print { body { margin: 0; padding: 0; font-size: 9pt; line-height: 1.4; }
  th, td { padding: .12rem .35rem; } }
"""


def shown(text: str) -> str:
    """Escape a text from anywhere: nothing of it is markup, a control or a change of direction."""
    return escape(printable_lines(text))


def heading(text: str, level: int = 2) -> str:
    """Write a heading."""
    return f"<h{level}>{shown(text)}</h{level}>"


def paragraph(text: str) -> str:
    """Write a paragraph."""
    return f"<p>{shown(text)}</p>"


def numbered(texts: Iterable[str]) -> str:
    """Write a numbered list."""
    return f"<ol>{''.join(f'<li>{shown(text)}</li>' for text in texts)}</ol>"


def table(
    head: Iterable[str], rows: Iterable[Sequence[object]], *, has_numbers: bool = True
) -> str:
    """Write a table; its first column is to the left, the others to the right if of numbers."""
    titles = "".join(f"<th>{shown(each)}</th>" for each in head)
    body = "".join(
        f"<tr>{''.join(f'<td>{shown(str(cell))}</td>' for cell in row)}</tr>" for row in rows
    )
    kind = "" if has_numbers else ' class="words"'
    return f"<table{kind}><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"


def definitions(terms: Iterable[tuple[str, str]]) -> str:
    """Write terms with what they mean."""
    rows = "".join(f"<dt>{shown(term)}</dt><dd>{shown(text)}</dd>" for term, text in terms)
    return f"<dl>{rows}</dl>"


def document(title: str, lang: str, parts: Iterable[str]) -> str:
    """Write a whole page that needs no other file.

    Parameters
    ----------
    title : str
        Of the window; the page's own heading is one of the parts.
    lang : str
        `zh` or `en`; of the first part where there are several.
    parts : iterable of str
        HTML.
    """
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f"<title>{shown(title)}</title><style>{STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )


def to_pdf(title: str, lang: str, parts: Iterable[str]) -> bytes:
    """Give parts of HTML as a whole page in PDF."""
    return to_pdf_page(document(title, lang, parts))


def write_documents(out: Path, pages: Mapping[str, str]) -> list[Path]:
    """Write each page as HTML and PDF under its name; gives the files."""
    out.mkdir(parents=True, exist_ok=True)
    files = []
    for name, html in pages.items():
        file, pdf = out / f"{name}.html", out / f"{name}.pdf"
        file.write_text(html, encoding="utf-8")
        pdf.write_bytes(to_pdf_page(html))
        files += [file, pdf]
    return files


def to_pdf_page(html: str) -> bytes:
    """Give a whole page of HTML as PDF."""
    from weasyprint import HTML

    return bytes(HTML(string=html).write_pdf())  # type: ignore[no-untyped-call]
