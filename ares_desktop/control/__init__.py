"""The profile's local socket: how other processes of the same user talk to the running application."""
