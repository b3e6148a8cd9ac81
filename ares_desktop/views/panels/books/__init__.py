"""The panel of the books: proof, holdings by book, moves, cash flows, differences to the brokers."""
