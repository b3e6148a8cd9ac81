"""The commands about strategies, their decisions and their performance."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from ares_desktop.control import documents as d
from ares_desktop.control import strategy_arguments as a
from ares_desktop.control import strategy_documents as s
from ares_desktop.control.app import SOURCE, App, Handler, done
from ares_desktop.control.arguments import Nothing
from ares_desktop.control.protocol import ExitCode, Reply
from ares_desktop.domain.decisions import DecisionQuery
from ares_desktop.domain.differences import PARAMETERS
from ares_desktop.domain.errors import Finding, StrategyError, UsageError
from ares_desktop.domain.ids import ClientOrderId, StrategyId
from ares_desktop.domain.strategies import ParameterInfo, StrategyInstance, StrategyStatus
from ares_desktop.domain.versions import Preset

_RENAMED: Final[Mapping[str, str]] = {
    "symbols": "instruments",
    "bars": "bar_spec",
    "restart_backoff": "restart_backoff_s",
    "memory": "memory_mb",
}
"""Arguments whose field has another name."""
_FIELDS: Final = tuple(name for name in a.Fields.__struct_fields__ if name != "note")
_CLEARABLE: Final[Mapping[str, Any]] = {
    field.name: field.default
    for field in msgspec.structs.fields(StrategyInstance)
    if field.default is not msgspec.NODEFAULT and field.name not in {"active", "paused"}
} | {"instruments": ()}


async def _list(app: App, _: Nothing) -> Reply:
    rows = [_row(app, status) for status in app.managers.strategies.statuses()]
    files = {row["file"] for row in rows}
    faulty = [entry for entry in app.managers.strategies.catalog() if d.has_errors(entry) and entry.file not in files]
    return done(rows + [d.faulty_file_document(entry) for entry in faulty])


async def _show(app: App, of: a.OfStrategy) -> Reply:
    status = app.managers.strategies.status(of.name)
    instance = status.instance
    return done({**_row(app, status), **_lately(status), "configuration": s.configuration_document(instance)})


async def _enable(app: App, of: a.Enable) -> Reply:
    options = {"force": True} if of.force else {}
    return done(_row(app, await app.managers.strategies.enable(of.name, source=SOURCE, **options)))


async def _disable(app: App, of: a.OfStrategy) -> Reply:
    return done(_row(app, await app.managers.strategies.disable(of.name, source=SOURCE)))


async def _pause(app: App, of: a.OfStrategy) -> Reply:
    return done(_row(app, await app.managers.strategies.pause(of.name, source=SOURCE)))


async def _resume(app: App, of: a.OfStrategy) -> Reply:
    return done(_row(app, await app.managers.strategies.resume(of.name, source=SOURCE)))


async def _close_only(app: App, of: a.OfStrategy) -> Reply:
    await app.managers.strategies.lives.close_only(of.name, source=SOURCE)
    return done(_row(app, app.managers.strategies.status(of.name)))


async def _restart(app: App, of: a.OfStrategy) -> Reply:
    await app.managers.strategies.lives.restart(of.name, source=SOURCE)
    return done(_row(app, app.managers.strategies.status(of.name)))


async def _end(app: App, of: a.OfStrategy) -> Reply:
    await app.managers.strategies.lives.end(of.name, source=SOURCE)
    return done(_row(app, app.managers.strategies.status(of.name)))


async def _reload(app: App, of: a.OfStrategy) -> Reply:
    await app.managers.strategies.lives.reload(of.name, source=SOURCE)
    return done(_row(app, app.managers.strategies.status(of.name)))


async def _preflight(app: App, of: a.OfStrategy) -> Reply:
    report = await app.managers.strategies.preflights.preflight(of.name)
    return done(s.preflight_document(report), ExitCode.FAILED if report.failed else ExitCode.DONE)


async def _logs(app: App, of: a.Logs) -> Reply:
    name = app.managers.strategies.status(of.name).instance.name
    return done([s.log_document(line) for line in app.managers.strategies.logs(name)[-of.count :]])


async def _set(app: App, wanted: a.SetFields) -> Reply:
    strategies = app.managers.strategies
    present = strategies.status(wanted.name).instance
    infos = parameters_of(app, present.file)
    values = {name: d.typed(value, infos.get(name)) for name, value in wanted.values.items()}
    fields = _given(app, wanted)
    if wanted.file is not None:
        fields["file"] = wanted.file
    if not (fields or wanted.clear or wanted.note or wanted.preset is not None):
        if not values:
            problem, remedy = "nothing to set", "Give KEY=VALUE for a parameter, or an option such as --weight."
            raise UsageError(Finding(place="KEY=VALUE", value="", problem=problem, remedy=remedy))
        return done(_row(app, await strategies.set_parameters(wanted.name, values, source=SOURCE)))
    preset = {} if wanted.preset is None else _preset(app, present.file, wanted.preset).parameters
    parameters = {**present.parameters, **preset, **values}
    changed = _cleared(msgspec.structs.replace(present, **fields, parameters=parameters), wanted.clear)
    change = await strategies.editing.apply(changed, source=SOURCE, note=wanted.note)
    return done({**_row(app, strategies.status(wanted.name)), "change": s.change_document(change)})


async def _add(app: App, wanted: a.AddStrategy) -> Reply:
    strategies = app.managers.strategies
    _check_there(app, wanted.file)
    fields = _given(app, wanted)
    if not (fields.keys() - {"instruments", "capital"} or wanted.params or wanted.note):
        instruments = fields.get("instruments", ())
        status = await strategies.add(
            wanted.file, name=wanted.name, instruments=instruments, capital=wanted.capital, source=SOURCE
        )
        return done(_row(app, status))
    infos = {info.name: info for info in (await strategies.check(wanted.file)).parameters}
    parameters = {name: d.typed(value, infos.get(name)) for name, value in wanted.params.items()}
    draft = strategies.editing.draft(wanted.file, wanted.name)
    whole = msgspec.structs.replace(draft, **fields, parameters=parameters)
    return done(_row(app, await strategies.editing.create(whole, source=SOURCE, note=wanted.note)))


async def _remove(app: App, of: a.OfStrategy) -> Reply:
    await app.managers.strategies.remove(of.name, source=SOURCE)
    return done({"removed": of.name})


async def _check(app: App, of: a.OfFile) -> Reply:
    entry = await app.managers.strategies.check(of.file)
    return done(d.catalog_document(entry), ExitCode.FAILED if d.has_errors(entry) else ExitCode.DONE)


async def _history(app: App, of: a.OfStrategy) -> Reply:
    return done(s.history_documents(await app.managers.strategies.versions.history(of.name)))


async def _diff(app: App, which: a.Compare) -> Reply:
    versions = app.managers.strategies.versions
    before = (await versions.version(which.name, which.a)).instance
    if which.b is None:
        present = app.managers.strategies.status(which.name).instance
        after = msgspec.structs.replace(present, active=before.active, paused=before.paused)
    else:
        after = (await versions.version(which.name, which.b)).instance
    return done(s.difference_documents(versions.difference(before, after)))


async def _restore(app: App, which: a.Restore) -> Reply:
    change = await app.managers.strategies.versions.restore(which.name, which.version, source=SOURCE)
    return done({"name": which.name, "restored": which.version, **s.change_document(change)})


async def _duplicate(app: App, wanted: a.Duplicate) -> Reply:
    status = await app.managers.strategies.editing.duplicate(wanted.name, wanted.new, source=SOURCE)
    return done(_row(app, status))


async def _export(app: App, which: a.Export) -> Reply:
    return done({"text": app.managers.strategies.editing.export_text(which.names)})


async def _import(app: App, given: a.Import) -> Reply:
    names = await app.managers.strategies.editing.import_text(given.text, source=SOURCE)
    return done([_row(app, app.managers.strategies.status(name)) for name in names])


async def _presets(app: App, wanted: a.Presets) -> Reply:
    editing = app.managers.strategies.editing
    if wanted.values and wanted.save is None:
        raise UsageError(Finding(place="--save", value="", problem="is missing", remedy="Name the preset to keep."))
    if wanted.save is not None:
        infos = {info.name: info for info in (await app.managers.strategies.check(wanted.file)).parameters}
        values = {name: d.typed(value, infos.get(name)) for name, value in wanted.values.items()}
        await editing.save_preset(Preset(name=wanted.save, strategy=wanted.file, parameters=values))
    if wanted.delete is not None:
        await editing.delete_preset(wanted.file, wanted.delete)
    found = editing.presets(wanted.file)
    if not found and wanted.delete is None:
        _check_there(app, wanted.file)
    return done([s.preset_document(preset) for preset in found])


async def _why(app: App, of: a.OfOrder) -> Reply:
    return done(s.decision_document(await app.managers.trades.explain(ClientOrderId(of.order))))


async def _decisions(app: App, wanted: a.FindDecisions) -> Reply:
    query = DecisionQuery(
        strategy=None if wanted.strategy is None else StrategyId(wanted.strategy),
        instrument=None if wanted.instrument is None else app.managers.data.resolve(wanted.instrument),
        approved=False if wanted.denied else None,
        text=wanted.text,
        since=wanted.since,
        until=wanted.until,
        limit=wanted.count,
    )
    if wanted.export is not None:
        exported = await app.managers.trades.export_decisions(query, Path(wanted.export))
        return done({"file": wanted.export, "decisions": exported})
    return done([s.decision_row(item) for item in await app.managers.trades.decisions(query)])


async def _performance(app: App, of: a.OfBook) -> Reply:
    await app.managers.performance.refresh()
    found = app.managers.performance.performances()
    if of.name is None:
        return done([s.performance_row(item) for item in found])
    for item in found:
        if item.strategy == of.name:
            return done(s.performance_document(item))
    known = ", ".join(item.strategy for item in found) or "none"
    remedy = f"Known are: {known}."
    raise UsageError(Finding(place="strategy", value=of.name, problem="has no performance yet", remedy=remedy))


def parameters_of(app: App, file: str) -> dict[str, ParameterInfo]:
    """Return what is known of a file's parameters, nothing before it was looked at."""
    entry = app.managers.strategies.entry_of(file)
    return {} if entry is None else {info.name: info for info in entry.parameters}


def _row(app: App, status: StrategyStatus) -> d.Document:
    return d.strategy_document(status, parameters_of(app, status.instance.file))


def _lately(status: StrategyStatus) -> d.Document:
    """Return what only ``strategies show`` tells of a worker."""
    return {
        "cpu_percent": status.cpu_percent,
        "memory_mb": status.memory_mb,
        "messages_per_s": status.messages_per_s,
        "dropped": status.dropped,
        "restart_at": d.time_text(status.restart_at),
        "reloaded_at": d.time_text(status.reloaded_at),
        "reload_fault": d.fault_document(status.reload_fault) if status.reload_fault else None,
    }


def _given(app: App, wanted: a.Fields) -> dict[str, Any]:
    """Return the fields that were given, by their names in a configuration."""
    values = {name: value for name in _FIELDS if (value := getattr(wanted, name)) is not None}
    if "symbols" in values:
        values["symbols"] = tuple(app.managers.data.resolve(symbol) for symbol in values["symbols"])
    if "benchmark" in values:
        values["benchmark"] = app.managers.data.resolve(values["benchmark"])
    return {_RENAMED.get(name, name): value for name, value in values.items()}


def _cleared(instance: StrategyInstance, names: tuple[str, ...]) -> StrategyInstance:
    fields = {_RENAMED.get(name.replace("-", "_"), name.replace("-", "_")): name for name in names}
    parameters = dict(instance.parameters)
    unknown = [name for field, name in fields.items() if field not in _CLEARABLE and name not in parameters]
    if unknown:
        remedy = f"Known are: {', '.join(sorted({*_CLEARABLE, *parameters}))}."
        raise UsageError(
            *(Finding(place="--clear", value=name, problem="is not set", remedy=remedy) for name in unknown)
        )
    changed = {field: _CLEARABLE[field] for field in fields if field in _CLEARABLE}
    for name in names:
        parameters.pop(name, None)
    return msgspec.structs.replace(instance, **{PARAMETERS: parameters, **changed})


def _check_there(app: App, file: str) -> None:
    """Raise a UsageError where there is no such strategy file."""
    try:
        app.managers.strategies.editing.draft(file)
    except StrategyError as error:
        remedy = "Give its path, or the name of a file in one of the strategy folders."
        raise UsageError(Finding(place="FILE", value=file, problem=str(error), remedy=remedy)) from None


def _preset(app: App, file: str, name: str) -> Preset:
    presets = app.managers.strategies.editing.presets(file)
    for preset in presets:
        if preset.name == name:
            return preset
    known = ", ".join(preset.name for preset in presets) or "none"
    raise UsageError(Finding(place="--preset", value=name, problem="is not known", remedy=f"Known are: {known}."))


COMMANDS: Final[Mapping[str, tuple[type[msgspec.Struct], Handler]]] = {
    "strategies.list": (Nothing, _list),
    "strategies.show": (a.OfStrategy, _show),
    "strategies.enable": (a.Enable, _enable),
    "strategies.disable": (a.OfStrategy, _disable),
    "strategies.pause": (a.OfStrategy, _pause),
    "strategies.resume": (a.OfStrategy, _resume),
    "strategies.close-only": (a.OfStrategy, _close_only),
    "strategies.restart": (a.OfStrategy, _restart),
    "strategies.end": (a.OfStrategy, _end),
    "strategies.reload": (a.OfStrategy, _reload),
    "strategies.preflight": (a.OfStrategy, _preflight),
    "strategies.logs": (a.Logs, _logs),
    "strategies.set": (a.SetFields, _set),
    "strategies.add": (a.AddStrategy, _add),
    "strategies.remove": (a.OfStrategy, _remove),
    "strategies.check": (a.OfFile, _check),
    "strategies.history": (a.OfStrategy, _history),
    "strategies.diff": (a.Compare, _diff),
    "strategies.restore": (a.Restore, _restore),
    "strategies.duplicate": (a.Duplicate, _duplicate),
    "strategies.export": (a.Export, _export),
    "strategies.import": (a.Import, _import),
    "strategies.presets": (a.Presets, _presets),
    "why": (a.OfOrder, _why),
    "decisions": (a.FindDecisions, _decisions),
    "performance": (a.OfBook, _performance),
}
"""Every command about strategies, with what it takes."""
