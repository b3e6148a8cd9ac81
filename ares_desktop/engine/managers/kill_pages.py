"""The kill switch's report as one HTML file that needs nothing else to be read."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from ares_desktop.domain.kill import KillStep, KillSwitchReport

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #5b6570; --paper: #ffffff; --line: #d9dee3;
  --good: #16794c; --bad: #b3261e; --wash: #f4f6f8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #9aa4ae; --paper: #14171a; --line: #2c3238;
  --good: #4cc38a; --bad: #ff7b72; --wash: #1b1f23; } }
body { margin: 2.5rem auto; max-width: 62rem; padding: 0 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { margin: .2rem 0; } .soft { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); }
table { border-collapse: collapse; width: 100%; } th, td { padding: .35rem .7rem; border-bottom: 1px solid var(--line);
  text-align: left; vertical-align: top; } th { color: var(--soft); font-weight: 600; background: var(--wash); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
"""


def report_page(report: KillSwitchReport) -> str:
    """Return a whole page: who, when and why, each step's milliseconds, each order and position with its outcome."""
    title = f"Kill switch: {report.scope}"
    parts = [
        f"<h1>{escape(title)}{' (drill)' if report.drill else ''}</h1>",
        *_facts(report),
        _section("Steps", ("Step", "Outcome", "Began, ms", "Took, ms", "Detail"), map(_step, report.steps)),
        *(
            _section(
                f"At {line.broker}, account {line.account}: {line.mode}",
                ("Step", "Outcome", "Began, ms", "Took, ms", "Detail"),
                map(_step, line.steps),
            )
            for line in report.brokers
        ),
        _section(
            "What is left",
            ("Item", "Account", "State", "What happens next"),
            ((item.item, item.account, item.detail, item.next_action) for item in report.residue),
        ),
        _section(
            "Orders",
            ("Order", "Book", "Instrument", "What it was", "Outcome"),
            (
                (one.order, one.strategy, one.instrument, "closing order" if one.closing else "canceled", one.outcome)
                for one in report.orders
            ),
        ),
        _section(
            "Positions",
            ("Book", "Instrument", "Account", "Before", "After"),
            (
                (one.strategy, one.instrument, one.account, _Number(f"{one.before:f}"), _Number(f"{one.after:f}"))
                for one in report.positions
            ),
        ),
    ]
    return _page(title, "\n".join(parts))


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>\n{body}\n</body></html>\n"
    )


class _Number(str):
    """A text that stands on the right."""

    __slots__ = ()


def _facts(report: KillSwitchReport) -> list[str]:
    when = "unknown" if report.at is None else f"{report.at:%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC"
    state = "engaged" if report.engaged else "released"
    left = f"{len(report.residue)} items left" if report.residue else "nothing left"
    outcome = left if report.finished else "not finished"
    tone = "good" if report.finished and not report.residue else "bad"
    by = f"by {report.source or 'unknown'}, {when}"
    facts = [
        f'<p class="{tone}"><strong>{outcome}</strong>, {state}</p>',
        f'<p>{escape(report.reason or "no reason given")} <span class="soft">{escape(by)}</span></p>',
        *(f'<p class="soft">also: {escape(reason)}</p>' for reason in report.further_reasons),
    ]
    times = (
        ("latched", report.latched_ms),
        ("cancels handed over", report.cancel_sent_ms),
        ("cancels confirmed", report.cancel_confirmed_ms),
        ("flat", report.flat_ms),
    )
    told = " &middot; ".join(f"{name} after {value:,.1f} ms" for name, value in times if value is not None)
    return [*facts, f'<p class="soft">{told}</p>']


def _step(step: KillStep) -> tuple[str, ...]:
    took = None if step.started_ms is None or step.finished_ms is None else step.finished_ms - step.started_ms
    return step.name, step.state.value, _ms(step.started_ms), _ms(took), step.detail


def _ms(value: float | None) -> _Number:
    return _Number("" if value is None else f"{value:,.1f}")


def _section(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    made = ["<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in rows]
    if not made:
        return f'<h2>{escape(title)}</h2><p class="soft">none</p>'
    numeric = {"Began, ms", "Took, ms", "Before", "After"}
    head = "".join(f'<th class="number">{name}</th>' if name in numeric else f"<th>{name}</th>" for name in heads)
    return f"<h2>{escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{''.join(made)}</tbody></table>"


def _cell(text: str) -> str:
    kind = ' class="number"' if isinstance(text, _Number) else ""
    return f"<td{kind}>{escape(text)}</td>"
