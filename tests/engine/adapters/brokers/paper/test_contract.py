"""The paper broker keeps the contract of every broker."""

from tests.contracts.broker_contract import BrokerContract


class TestPaperBroker(BrokerContract):
    """See the suite."""
