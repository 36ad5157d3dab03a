"""Where the document of a review lies: its copies, their moves, and what storage shows of them."""
