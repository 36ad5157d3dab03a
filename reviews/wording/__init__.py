"""Reviews in words for people: sentences and rules. The command and the pages share them."""
