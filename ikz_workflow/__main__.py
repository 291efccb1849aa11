"""Run `py -m ikz_workflow` like `ikz`."""

from ikz_workflow.cli import main

main()
