"""Parts of the operators' and the command's pages: what they show, to whom, and how old it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dashboards.access.gate import Gate
from dashboards.common.city_index import CityIndex
from models.messages.commands import Role
from models.messages.warnings import CityWarning, Level, LifeState
from tests.dashboards.access.things import NOW_MS, bearer, user_file
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.common.books import NOON_MS, acknowledged, entry, receipt, warning, write
from tests.dashboards.web import WebClient

OPEN = warning(0)
OVER = warning(1, area="110101002", state=LifeState.NORMAL, level=Level.RED)
KEPT = warning(2, area="110101002", state=LifeState.SHELVED)


def rows(client: WebClient, query: str = "", **more: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/part/operator/warnings?{query}", **more)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["set"]["warning-grid.rowData"]
    return found


def told(client: WebClient) -> str:
    return client.get("/part/operator/warnings").text


def test_the_list_shows_what_somebody_has_to_deal_with_unless_asked(
    redis_url: str, client: WebClient
) -> None:
    write(redis_url, OPEN, OVER, KEPT)
    assert [row["id"] for row in rows(client)] == [OPEN.id]
    assert [row["id"] for row in rows(client, "view=over")] == [OVER.id]
    assert [row["id"] for row in rows(client, "view=kept")] == [KEPT.id]
    assert {row["id"] for row in rows(client, "view=all")} == {OPEN.id, OVER.id, KEPT.id}
    assert rows(client, "view=all&level=red&area=110101001") == []
    assert [row["id"] for row in rows(client, "view=all&level=red&level=nonsense")] == [OVER.id]


def test_a_row_names_its_revision_and_speaks_the_pages_language(
    redis_url: str, client: WebClient
) -> None:
    write(redis_url, acknowledged(OPEN))
    (chinese,), (english,) = rows(client), rows(client, "language=en")
    assert (chinese["revision"], chinese["state"], chinese["level"]) == (1, "已确认", "Ⅲ 黄色")
    assert (english["state"], english["level"]) == ("acknowledged", "Ⅲ yellow")


def test_an_empty_book_never_looks_like_a_calm_city(redis_url: str, client: WebClient) -> None:
    assert "不等于没有预警" in told(client)
    write(redis_url, OPEN, written_ms=NOON_MS - 60_000)
    assert "可能已过时" in told(client)
    write(redis_url, OPEN, written_ms=NOON_MS)
    assert "已更新" in told(client)


def test_what_has_not_changed_is_not_sent_again(redis_url: str, client: WebClient) -> None:
    write(redis_url, OPEN)
    tag = client.get("/part/operator/warnings").headers["etag"]
    assert client.get("/part/operator/warnings", headers={"If-None-Match": tag}).status_code == 304
    write(redis_url, acknowledged(OPEN))
    assert client.get("/part/operator/warnings", headers={"If-None-Match": tag}).status_code == 200


def test_one_warning_shows_its_whole_life_and_its_receipts(
    redis_url: str, client: WebClient
) -> None:
    done = acknowledged(OPEN)
    first = receipt(OPEN, delivered=False, status=503, detail="busy").as_try
    told = {"delivered": False, "status": 500, "detail": "500 <b>no</b>", "earlier": [first]}
    failed = receipt(OPEN, attempt=3, **told)
    write(redis_url, done, entry(OPEN), entry(done, "rule"), failed)
    shown = client.get(f"/part/operator-warning/life?id={OPEN.id}").text
    assert f'"data-warning":"{OPEN.id}","data-revision":"1"' in shown.replace(
        f'"data-revision":"1","data-warning":"{OPEN.id}"',
        f'"data-warning":"{OPEN.id}","data-revision":"1"',
    )
    assert "失败（第 3 次）" in shown
    assert "此前失败 1 次" in shown
    assert "503" in shown
    assert "确认" in shown


def test_a_page_about_no_warning_says_so_instead_of_loading_for_ever(
    redis_url: str, client: WebClient
) -> None:
    write(redis_url, OPEN, entry(OPEN))
    assert "地址中没有预警编号" in client.get("/part/operator-warning/life").text
    unknown = client.get("/part/operator-warning/life?id=none").text
    assert "没有这条预警，或无权查看：none" in unknown
    assert "data-warning" not in unknown


def test_parts_keep_to_what_their_caller_may_see(
    redis_url: str, city_index: CityIndex, tmp_path: Path
) -> None:
    mine = warning(0, area="110101002")
    write(redis_url, mine, entry(mine), receipt(mine))
    gate = Gate(user_file(tmp_path), lambda: NOW_MS)
    client = WebClient(server_of(context_of(redis_url, city_index, gate=gate)))
    assert [row["id"] for row in rows(client, headers=bearer(Role.OPERATOR))] == [mine.id]
    for part in (
        "operator/warnings",
        "operator-warning/life?id=x",
        "operator-deliveries/receipts",
        "operator-audit/entries",
        "operator-rules/load",
        "command/warnings",
        "command/log",
    ):
        answer = client.get(f"/part/{part}")
        assert answer.status_code in (302, 303, 401), (part, answer.status_code)


def test_an_unknown_part_is_not_found(client: WebClient) -> None:
    assert client.get("/part/operator/nothing").status_code == 404
    assert client.get("/part/").status_code == 404


def test_a_warning_may_be_of_a_rule_that_is_no_more(redis_url: str, client: WebClient) -> None:
    gone: CityWarning = warning(3, rule="gone<script>")
    write(redis_url, gone)
    (row,) = rows(client)
    assert row["rule"] == "gone<script>"  # as text: the grid never reads it as markup


def test_the_bureau_sees_the_warnings_of_dust_alone(redis_url: str, client: WebClient) -> None:
    others = warning(4, rule="case-counts", feed="cases")
    write(redis_url, OPEN, others, receipt(OPEN), receipt(others, receiver="https://other.example"))
    shown = client.get("/part/bureau/warnings").json()["set"]["bureau-grid.rowData"]
    told = client.get("/part/bureau/receipts").text
    assert {row["id"] for row in shown} <= {OPEN.id}
    assert "other.example" not in told
