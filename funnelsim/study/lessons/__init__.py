"""What the modules of the workshop measure: each a class that asks its question of simulated years when it runs."""
