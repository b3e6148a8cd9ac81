"""The money path: gate, orders, ledger, valuation, kill switch."""
