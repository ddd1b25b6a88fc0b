"""The commands, a module each; `shared` holds what several of them need. `funnelsim.cli` finds them by name."""
