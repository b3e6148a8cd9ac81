"""The local socket of a running application: its server and its client."""
