"""Settings of alerts: rules, quiet hours, and the channels that reach people."""

from datetime import time
from typing import Literal

from pydantic import field_validator

from ares_desktop.config.declaring import Group, Text, setting
from ares_desktop.domain.alerting import AlertRule, QuietHours, known_zone, parse_rule
from ares_desktop.domain.errors import UsageError


class AlertSettings(Group):
    """Who is told of what, and when. Passwords, tokens and addresses that hold them are in the keyring, not here."""

    rules: tuple[Text, ...] = setting(
        (
            "warning -> desktop",
            "error -> desktop, sound",
            "critical -> desktop, sound, email, telegram, webhook, apprise",
        ),
        "Rules",
        "One a line: the least severity, source=PATTERN and key=PATTERN where wanted, an arrow, and channels.",
        max_length=100,
    )
    quiet_from: Text = setting("00:00", "Quiet from", "When channels fall silent, as HH:MM.")
    quiet_to: Text = setting("00:00", "Quiet to", "When they speak again; the same time turns quiet hours off.")
    quiet_zone: Text = setting("UTC", "Time zone", "Of the quiet hours, such as Europe/Zurich.")
    quiet_critical: bool = setting(
        default=True, title="Critical passes", description="Whether critical alerts are told in quiet hours."
    )
    repeat_minutes: float = setting(
        5.0,
        "Repeat critical",
        "A critical alert that nobody acknowledged is told again after this long; 0 never.",
        unit="min",
        ge=0,
        le=1440,
    )
    per_minute: int = setting(
        10, "Notes a minute", "What one channel is sent at most; the rest comes as one summary.", ge=1, le=600
    )
    timeout_s: float = setting(
        15.0, "Delivery time-out", "How long one attempt of a channel may take.", unit="s", ge=1, le=120
    )
    sound: bool = setting(default=True, title="Sound", description="Whether alerts may be heard.")
    smtp_host: str = setting("", "Mail server", "Host that takes e-mail; empty turns e-mail off.", max_length=255)
    smtp_port: int = setting(587, "Mail port", "Usually 587 for STARTTLS and 465 for TLS.", ge=1, le=65_535)
    smtp_security: Literal["starttls", "tls", "none"] = setting(
        "starttls", "Mail security", "How the connection is protected; none sends no password."
    )
    smtp_user: str = setting("", "Mail user", "Its password is the secret email.password.", max_length=255)
    email_from: str = setting("", "From", "Address that mails come from; empty takes the user.", max_length=255)
    email_to: tuple[Text, ...] = setting((), "To", "Addresses that mails go to.", max_length=20)
    telegram_chat: str = setting(
        "", "Telegram chat", "Number or name of the chat; the token is the secret telegram.token.", max_length=255
    )
    telegram_url: Text = setting("https://api.telegram.org", "Telegram server", "Where the bot's interface is.")
    webhook: bool = setting(
        default=False,
        title="Webhook",
        description="Whether alerts are posted as JSON to the secret webhook.url, signed with the secret webhook.key.",
    )
    apprise: bool = setting(
        default=False,
        title="Others by Apprise",
        description="Whether alerts go to the addresses in the secret apprise.urls, separated by blanks.",
    )

    @field_validator("rules")
    @classmethod
    def _are_rules(cls, lines: tuple[str, ...]) -> tuple[str, ...]:
        problems = []
        for number, line in enumerate(lines, start=1):
            try:
                parse_rule(line, f"rule {number}")
            except UsageError as error:
                problems.append(str(error))
        if problems:
            raise ValueError("; ".join(problems))
        return lines

    @field_validator("quiet_from", "quiet_to")
    @classmethod
    def _is_a_time(cls, text: str) -> str:
        try:
            found = time.fromisoformat(text)
        except ValueError as error:
            raise ValueError("must be a time such as 22:30") from error
        if found.tzinfo is not None:
            raise ValueError("must be a time without an offset, such as 22:30")
        return text

    @field_validator("quiet_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        if not known_zone(name):
            raise ValueError("must be a time zone such as Europe/Zurich or UTC")
        return name

    def alert_rules(self) -> tuple[AlertRule, ...]:
        """Return the rules as records."""
        return tuple(parse_rule(line) for line in self.rules)

    def quiet(self) -> QuietHours:
        """Return the quiet hours as a record."""
        return QuietHours(
            begin=time.fromisoformat(self.quiet_from),
            end=time.fromisoformat(self.quiet_to),
            zone=self.quiet_zone,
            critical_passes=self.quiet_critical,
        )
