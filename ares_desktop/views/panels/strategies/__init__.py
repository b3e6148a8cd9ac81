"""The strategies panel: its table, what is known of one instance, the card before a start, and the form."""
