"""How alerts reach people: the book of alerts, what is told to whom, and deliveries that hold nothing up."""
