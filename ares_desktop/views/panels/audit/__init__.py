"""The audit: the journal as a table, an order's chain of causes, proofs and incident bundles."""
