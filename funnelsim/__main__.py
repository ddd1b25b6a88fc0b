"""`python -m funnelsim` is the command."""

from funnelsim.cli import main

main()
