"""Every command is in the journal with who, when and from where, and an order's chain leads from it to the books."""

import json
import zipfile
from pathlib import Path

import pytest

from ares_desktop.domain.audit import AuditQuery, BundleProgress, ChainStage, CommandKind, Issuer
from ares_desktop.domain.errors import RefusedError, StorageError, UsageError
from ares_desktop.domain.events import CommandFinished, CommandIssued, JournalEvent, OrderDenied
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.orders import Side
from ares_desktop.domain.tickets import OrderTicket
from tests.engine.house import ACME, House

ISSUER = Issuer(by="trader", via="command line", pid=77, uid=1000)
PLANTED = "tok-5f3a9c77d1"


async def committed(house: House, kind: str) -> list[JournalEvent]:
    """Return the newest events of a kind, once everything is recorded."""
    await house.managers.audit.commands.settled()
    assert house.engine is not None
    found = [e for e in house.engine._services.journal.read() if type(e.payload).__name__ == kind]
    return found[-1:]


async def place(house: House, quantity: int = 5) -> str:
    ticket = OrderTicket(side=Side.BUY, quantity=quantity, instrument=ACME, source="test")  # type: ignore[arg-type]
    order = await house.managers.audit.commands.carry_out(
        "order",
        lambda: house.managers.trades.submit(ticket),
        issuer=ISSUER,
        arguments={"quantity": quantity, "api_key": PLANTED, "note": f"token={PLANTED}"},
    )
    await house.play(3)
    return order.id


async def test_a_command_is_recorded_before_it_acts_and_its_end_after(house: House) -> None:
    seen: list[int] = []

    async def act() -> int:
        seen.append(house.managers.audit.last_sequence)
        return 1

    before = house.managers.audit.last_sequence
    await house.managers.audit.commands.carry_out("limits set", act, issuer=ISSUER, arguments={"scope": "all"})
    assert seen == [before + 1]
    (issued,) = await committed(house, "CommandIssued")
    (finished,) = await committed(house, "CommandFinished")
    assert isinstance(issued.payload, CommandIssued)
    assert isinstance(finished.payload, CommandFinished)
    told = issued.payload
    assert (told.command, told.by, told.via, told.pid, told.uid) == ("limits set", "trader", "command line", 77, 1000)
    assert (finished.cause, finished.payload.outcome) == (issued.id, "")


async def test_a_command_that_fails_says_why_in_the_journal(house: House) -> None:
    with pytest.raises(UsageError):
        await house.managers.audit.commands.carry_out(
            "strategies enable", lambda: house.managers.strategies.enable("nobody", source="test"), issuer=ISSUER
        )
    (finished,) = await committed(house, "CommandFinished")
    assert isinstance(finished.payload, CommandFinished)
    assert "nobody" in finished.payload.outcome


async def test_reading_is_not_recorded(house: House) -> None:

    async def look() -> str:
        return "seen"

    before = house.managers.audit.last_sequence
    carry_out = house.managers.audit.commands.carry_out
    assert await carry_out("positions", look, issuer=ISSUER, kind=CommandKind.READS) == "seen"
    assert house.managers.audit.last_sequence == before


async def test_without_a_journal_only_what_reduces_risk_is_carried_out(house: House) -> None:
    done: list[str] = []

    async def act(name: str) -> None:
        done.append(name)

    carry_out = house.managers.audit.commands.carry_out
    with house.locked_journal():
        await carry_out("pause", lambda: act("pause"), issuer=ISSUER, kind=CommandKind.REDUCES)
        assert done == ["pause"]
        with pytest.raises(RefusedError, match="JOURNAL_FAILED: limits set was not carried out"):
            await carry_out("limits set", lambda: act("limits"), issuer=ISSUER)
    assert done == ["pause"]


async def test_the_chain_of_an_order_leads_from_the_command_to_the_books(house: House) -> None:
    order = await place(house)
    chain = await house.managers.audit.chain(ClientOrderId(order))
    stages = [link.stage for link in chain.links]
    assert [stage for stage in ChainStage if stage in stages] == [
        ChainStage.COMMAND,
        ChainStage.INTENT,
        ChainStage.GATE,
        ChainStage.SUBMITTED,
        ChainStage.BROKER,
        ChainStage.FILL,
        ChainStage.BOOK,
    ]
    links = {link.key: link for link in chain.links}
    (booked,) = [link for link in chain.links if link.stage is ChainStage.BOOK and link.title == "Booked"]
    path = []
    while booked.parent:
        path.append(booked.stage)
        booked = links[booked.parent]
    assert booked.stage is ChainStage.COMMAND
    assert path[0] is ChainStage.BOOK
    assert path[-1] is ChainStage.INTENT


async def test_a_denied_order_has_a_chain_that_ends_at_the_gate(house: House) -> None:
    with pytest.raises(RefusedError):
        await place(house, quantity=10**9)
    (denied,) = await committed(house, "OrderDenied")
    assert isinstance(denied.payload, OrderDenied)
    chain = await house.managers.audit.chain(denied.payload.intent.client_order_id)
    assert "denied" in next(link.detail for link in chain.links if link.stage is ChainStage.GATE)
    assert not [link for link in chain.links if link.stage is ChainStage.SUBMITTED]


async def test_rows_are_found_by_kind_who_scope_order_and_text(house: House) -> None:
    order = await place(house)
    await house.managers.audit.commands.settled()
    audit = house.managers.audit

    async def kinds(**query: object) -> list[str]:
        found = await audit.page(AuditQuery(**query))  # type: ignore[arg-type]
        return [row.kind for row in found.rows]

    assert set(await kinds(kinds=("CommandIssued",))) == {"CommandIssued"}
    assert set(await kinds(who="command line")) == {"CommandIssued"}
    assert set(await kinds(scope=f"instrument:{ACME}")) >= {"OrderSubmitted", "OrderFilled"}
    assert set(await kinds(order=order)) >= {"OrderSubmitted", "OrderAccepted", "OrderFilled"}
    assert "CommandIssued" in await kinds(text="QUANTITY")
    assert await kinds(text="nothing like this") == []
    assert await kinds(text="100%_\\") == []


async def test_pages_go_on_where_the_last_one_ended(house: House) -> None:
    await place(house)
    audit = house.managers.audit
    whole = (await audit.page(AuditQuery())).rows
    found: list[int] = []
    before = None
    while True:
        page = await audit.page(AuditQuery(before=before, limit=2))
        found += [row.sequence for row in page.rows]
        before = page.before
        if before is None:
            break
    assert found == [row.sequence for row in whole]
    assert found == sorted(found, reverse=True)


async def test_the_journal_is_proven_in_the_window(house: House) -> None:
    proof = await house.managers.audit.verify()
    assert (proof.ok, proof.finished, proof.verified) == (True, True, house.managers.audit.last_sequence)
    assert house.managers.audit.proof == proof


async def test_a_bundle_holds_what_is_needed_and_no_planted_secret(house: House, tmp_path: Path) -> None:
    planted = {"telegram_token": PLANTED, "smtp_user": f"password={PLANTED}", "url": f"https://me:{PLANTED}@host"}
    house.managers.audit.bundle.add("planted.json", lambda: planted)
    house.managers.audit.redactor.remember("remembered-secret")
    await place(house)
    await house.managers.audit.commands.settled()
    house.profile.logs.mkdir(exist_ok=True)
    (house.profile.logs / "ares-desktop.log").write_text(
        f'{{"event": "login", "token": "{PLANTED}"}}\nsaid remembered-secret\n'
    )
    progress: list[BundleProgress] = []
    house.managers.audit.bundle_progressed.connect(progress.append)
    file = tmp_path / "incident.zip"
    report = await house.managers.audit.write_bundle(file, minutes=10, screenshot=b"\x89PNG picture")
    assert (report.path, report.missing) == (str(file), ())
    with zipfile.ZipFile(file) as pack:
        content = {name: pack.read(name) for name in pack.namelist()}
    assert {"journal.jsonl", "settings.json", "versions.json", "instances.json", "safety.json"} <= content.keys()
    assert {"kill_switch.json", "connections.json", "health.json", "alerts.json", "window.png"} <= content.keys()
    assert {"logs/ares-desktop.log", "README.txt"} <= content.keys()
    everything = b"\n".join(content.values())
    assert PLANTED.encode() not in everything
    assert b"remembered-secret" not in everything
    lines = [json.loads(line) for line in content["journal.jsonl"].splitlines()]
    assert len(lines) == report.events
    assert [line["sequence"] for line in lines] == list(range(1, len(lines) + 1))
    assert progress
    assert progress[-1].done == progress[-1].total


async def test_a_bundle_that_can_not_be_written_says_where_and_leaves_nothing(house: House, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="can't be written"):
        await house.managers.audit.write_bundle(tmp_path / "file" / "incident.zip")
    assert not list(tmp_path.glob("*.zip*"))  # noqa: ASYNC240 - a folder of a test


async def test_an_order_of_the_kill_switch_goes_back_to_its_latch_and_to_who_pressed_it(house: House) -> None:
    await place(house)
    house.go_on()
    await house.managers.audit.commands.carry_out(
        "kill",
        lambda: house.managers.state.engage(reason="test", source="command line"),
        issuer=ISSUER,
        kind=CommandKind.REDUCES,
    )
    house.managers.data.pause()
    await house.managers.audit.commands.settled()
    order = [one for one in house.managers.trades.orders() if one.intent.purpose.value != "strategy"][-1]
    chain = await house.managers.audit.chain(order.id)
    titles = [link.title for link in chain.links]
    assert titles.index("kill") < titles.index("Kill switch engaged") < titles.index(f"Intent {order.id}")
    links = {link.key: link for link in chain.links}
    link = next(one for one in chain.links if one.title == f"Intent {order.id}")
    above = []
    while link.parent:
        link = links[link.parent]
        above.append(link.title)
    assert above == ["Kill switch engaged", "kill"]
