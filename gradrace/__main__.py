"""`python -m gradrace`."""

from gradrace.cli.main import main

main()
