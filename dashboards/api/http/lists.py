"""How a list is answered: as JSON with the cursor of the next page, as CSV or as Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, TypeVar

from fastapi import Request
from starlette.responses import Response

from dashboards.api.http.answers import Listing, Schemas, answer, believable, tagged
from dashboards.api.http.exports import CSV, PARQUET, as_csv, as_parquet
from dashboards.api.http.paging import PageQuery, cursor
from dashboards.common.book import BookState

T = TypeVar("T")


def list_responses(schemas: Schemas, kind: Any, *problems: HTTPStatus) -> dict[int | str, Any]:
    """Say what a list of a type answers."""
    also = (CSV.partition(";")[0], PARQUET)
    return schemas.responses(Listing[kind], HTTPStatus.NOT_FOUND, *problems, also=also)


def answer_list(
    request: Request,
    query: PageQuery,
    kind: type[T],
    items: list[T],
    after: object | None,
    state: BookState,
) -> Response:
    """Answer one page.

    Parameters
    ----------
    request, query
        `query.format` says how.
    kind : type
        Of the items.
    items : list
    after : object or None
        Key of the last item where more follow; an export names it in the header `Link`.
    state : BookState

    Raises
    ------
    Problem
        503: nothing is known at present.
    """
    state, following = believable(state), cursor(after)
    if query.format == "json":
        return answer(request, Listing(items=items, next=following, state=state))
    more = {"Gridpulse-State": state.value}
    if following is not None:
        url = request.url.include_query_params(after=following)
        more["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    name = request.url.path.rpartition("/")[2]
    more["Content-Disposition"] = f'attachment; filename="{name}.{query.format}"'
    if query.format == "csv":
        return tagged(request, as_csv(kind, items), CSV, more=more)
    return tagged(request, as_parquet(kind, items), PARQUET, more=more)


def page_of(
    items: Iterable[T], key: Callable[[T], Any], query: PageQuery, kind: object
) -> tuple[list[T], Any]:
    """Cut a page out of items that are all at hand; keys are unique and of a type."""
    after = query.key(kind)
    ordered = sorted(items, key=key)
    rest = [each for each in ordered if after is None or key(each) > after]
    page = rest[: query.most]
    return page, key(page[-1]) if len(page) < len(rest) else None
