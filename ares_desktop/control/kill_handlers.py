"""The kill switch over the control socket: engage, drill, release, and the reports of the past."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from ares_desktop.control import arguments as a
from ares_desktop.control import documents as d
from ares_desktop.control.app import SOURCE, App, Handler, done
from ares_desktop.control.protocol import ExitCode, Reply
from ares_desktop.control.scopes import scope_of
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.events import KillSwitchDrilled
from ares_desktop.domain.kill import KillSwitchReport, StepState


async def _kill(app: App, wanted: a.Kill) -> Reply:
    state = app.managers.state
    if wanted.drill:
        drilled = await state.drill(source=SOURCE)
        return done(_drill_document(drilled), _exit_code(drilled.report))
    scope = scope_of(app, wanted.scope)
    report = await state.engage(reason=wanted.reason, source=SOURCE, scope=scope, mode=wanted.mode)
    return done(d.kill_document(report), _exit_code(report))


async def _release(app: App, typed: a.Release) -> Reply:
    state = app.managers.state
    engaged = {report.scope for report in state.engaged()}
    scope = typed.scope if typed.scope is None or typed.scope in engaged else scope_of(app, typed.scope)
    await state.release(word=typed.confirm, source=SOURCE, scope=scope)
    return done(d.state_document(state.state(scope) if scope else state.state()))


async def _reports(app: App, wanted: a.KillReports) -> Reply:
    reports = app.managers.state.reports
    if wanted.drills:
        drills = await reports.drills()
        newest = [drill.report for drill in drills[:1]]
        rows = [_drill_document(drill) for drill in drills]
    else:
        records = await reports.engagements()
        newest = [record.report for record in records[:1]]
        rows = [{**_row(record.report), "released": record.released_by} for record in records]
    if wanted.export is not None:
        if not newest:
            raise UsageError(
                Finding(
                    place="--export",
                    value=wanted.export,
                    problem="there is no report yet",
                    remedy="Hold a drill first: ares-desktop kill --drill",
                )
            )
        await reports.export(newest[0], Path(wanted.export))
    return done(rows)


def _row(report: KillSwitchReport) -> d.Document:
    return {
        "at": d.time_text(report.at),
        "scope": report.scope,
        "reason": report.reason,
        "source": report.source,
        "mode": report.mode,
        "latched_ms": d.rounded(report.latched_ms),
        "cancel_sent_ms": d.rounded(report.cancel_sent_ms),
        "cancel_confirmed_ms": d.rounded(report.cancel_confirmed_ms),
        "flat_ms": d.rounded(report.flat_ms),
        "orders_canceled": report.orders_canceled,
        "positions_flattened": report.positions_flattened,
        "left": len(report.residue),
        "finished": report.finished,
        "engaged": report.engaged,
    }


def _drill_document(drilled: KillSwitchDrilled) -> d.Document:
    return {
        **d.kill_document(drilled.report),
        **_row(drilled.report),
        "cost": drilled.cost,
        "currency": drilled.currency,
        "engaged": False,
    }


def _exit_code(report: KillSwitchReport) -> ExitCode:
    failed = any(step.state is StepState.FAILED for step in report.steps)
    return ExitCode.DONE if report.finished and not failed and not report.residue else ExitCode.FAILED


COMMANDS: Final[Mapping[str, tuple[type[msgspec.Struct], Handler]]] = {
    "kill": (a.Kill, _kill),
    "release": (a.Release, _release),
    "kill.reports": (a.KillReports, _reports),
}
"""The commands of this room, with what each takes."""
