"""The trading engine: services, their ports and adapters, and the managers over them."""
