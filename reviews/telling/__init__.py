"""How reviews are told to people: the words of sentences and rules. The command and the pages share them."""
