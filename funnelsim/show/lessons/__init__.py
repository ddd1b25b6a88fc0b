"""The modules of the workshop as a page tells them: what is asked, what a study found, in words and pictures."""
