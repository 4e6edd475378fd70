"""Is NEW slower than OLD, or wrong? Against a git revision, from saved runs, and how well that is answered."""
