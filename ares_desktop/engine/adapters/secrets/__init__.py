"""Stores of secrets: the machine's keyring, environment variables, an encrypted file."""
