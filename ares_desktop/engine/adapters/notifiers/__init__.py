"""Channels to people: mail, messengers, webhooks and sound."""
