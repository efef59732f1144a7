// Starting Node and nothing else.
