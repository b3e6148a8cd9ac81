"""Output becomes lines, at a bearable rate."""

import logging

from ares_desktop.engine.hosting.output import LineStream, Throttle, captured, printer


def test_a_stream_passes_complete_lines_on() -> None:
    lines: list[tuple[str, str]] = []
    stream = LineStream("info", lambda level, text: lines.append((level, text)))
    stream.write("one\ntw")
    stream.write("o\n\nthree")
    assert lines == [("info", "one"), ("info", "two")]


def test_a_line_without_an_end_is_passed_on_in_pieces() -> None:
    lines: list[str] = []
    stream = LineStream("info", lambda _, text: lines.append(text))
    stream.write("x" * 2001)
    assert len(lines) == 1


def test_a_throttle_counts_what_it_leaves_out() -> None:
    now = [0.0]
    lines: list[str] = []
    throttle = Throttle(lambda _, text: lines.append(text), lambda: now[0])
    for number in range(1000):
        throttle.line("info", str(number))
    assert len(lines) == 400
    now[0] = 1.0
    throttle.line("info", "later")
    assert lines[400:] == ["600 lines were left out: more than 200 a second", "later"]


def test_print_and_logging_are_captured(caplog: object) -> None:
    del caplog
    lines: list[tuple[str, str]] = []
    with captured(lambda level, text: lines.append((level, text))):
        print("printed")  # noqa: T201 - what is tested
        logging.getLogger("some.library").warning("careful %d", 1)
    assert lines == [("info", "printed"), ("warning", "careful 1")]


def test_a_printer_joins_as_print_does() -> None:
    lines: list[str] = []
    printer(lambda _, text: lines.append(text))("a", 1, None, sep="-")
    assert lines == ["a-1-None"]
